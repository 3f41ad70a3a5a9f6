"""The one table of verdicts and the one order of cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from stats_kit import FAILED, cube

from ragtui.model import Kind, Metric
from ragtui.present.explain import explain_cell, say_cell
from ragtui.present.order import ranked_cells, ranked_rows, sizes
from ragtui.present.report.content import Subject, sections
from ragtui.present.verdicts import LEGEND, VERDICTS, outcome_sign, verdict_sign
from ragtui.stats import FLAGGED, PROVEN, CellFacts, Comparison, Outcome, Verdict, compare

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))
UNTOLD = Metric("length", Kind.ORDINAL, higher_is_better=None, scale=(1, 5))

STEADY = {f"{row:03}": [5, 4, 5] if row % 5 == 0 else [4, 4, 4] for row in range(30)}


def facts(verdict: Verdict) -> CellFacts:
    return CellFacts("q-1", FAITH, verdict, None, 3, 3, 4.0, 2.0, -2.0, 0.5, False, 0.0123, 0.05, 20)


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_everything_that_is_shown_of_it(verdict: Verdict) -> None:
    shown = VERDICTS[verdict]
    assert len(shown.sign.glyph) == len(shown.sign.ascii) == 1
    assert shown.sign.ascii.isascii()
    assert shown.sign.word and shown.sign.style and shown.meaning and shown.section
    assert say_cell(facts(verdict)).startswith("q-1 · faithfulness")
    assert shown.always or verdict not in FLAGGED, "a flagged cell must be in every report"


def test_no_two_verdicts_look_alike() -> None:
    for part in ("glyph", "ascii"):
        signs = [getattr(shown.sign, part) for shown in VERDICTS.values()]
        assert len(set(signs)) == len(signs)
    assert len({sign.glyph for sign, _ in LEGEND}) == len(LEGEND)
    assert {sign.word for sign, _ in LEGEND} == {s.sign.word for v, s in VERDICTS.items() if v is not Verdict.ABSENT}


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_a_sign(outcome: Outcome) -> None:
    assert outcome_sign(outcome).word


def test_a_probability_has_the_same_digits_in_the_sentence_and_in_the_table() -> None:
    assert "chance of noise 1.2 %" in say_cell(facts(Verdict.REGRESSED))


def example() -> Comparison:
    down, up = {"d1": [5, 5, 5], "d2": [5, 5, 5]}, {"u": [1, 1, 1]}
    gone = {"only-a": [4, 4, 4]}
    a: dict[str, list[int]] = {**STEADY, **down, **up, **gone, "bad": [4, 4, 4]}
    b: dict[str, list[Any]] = {
        **STEADY,
        "d1": [2, 2, 2],
        "d2": [1, 1, 1],
        "u": [5, 5, 5],
        "bad": [FAILED] * 3,
        "only-b": [4, 4, 4],
    }
    return compare(cube({FAITH: a, UNTOLD: a}), cube({FAITH: b, UNTOLD: b}))


def test_reports_list_the_worst_first_and_of_equals_the_largest_move() -> None:
    result = example()
    entry = result.metric("faithfulness")
    items = [result.items[row] for row in ranked_rows(entry)]
    assert items[:4] == ["d2", "d1", "bad", "u"]
    assert set(items[4:6]) == {"only-a", "only-b"}
    cells = ranked_cells(result)
    assert len(cells) == 2 * len(result.items)
    ranks = [list(VERDICTS).index(Verdict(int(entry.cells.verdict[row]))) for entry, row in cells]
    assert ranks == sorted(ranks)
    assert list(dict.fromkeys(result.items[row] for _, row in cells))[:3] == ["d2", "d1", "bad"]


def test_every_section_of_a_report_follows_the_order_of_cells() -> None:
    result = example()
    subject = Subject(result, "a", "b", "d", lambda item: "")
    listed = [(line.metric, line.item) for section in sections(subject, every=True) for line in section.lines]
    assert listed == [(entry.metric.name, result.items[row]) for entry, row in ranked_cells(result)]


def test_a_metric_without_a_direction_changes_and_is_never_better_or_worse() -> None:
    result = example()
    cells = result.metric("length").cells
    verdicts = {item: Verdict(int(cells.verdict[row])) for item, row in result.row_of.items()}
    assert verdicts["d1"] is verdicts["d2"] is Verdict.CHANGED_DOWN
    assert verdicts["u"] is Verdict.CHANGED_UP
    assert not cells.count(Verdict.REGRESSED, Verdict.IMPROVED)
    assert cells.count(*PROVEN) == result.metric("faithfulness").cells.count(*PROVEN) == 3
    assert explain_cell(result, "length", "d1").endswith("changed down; whether higher is better is not known.")
    assert "improved" not in verdict_sign(Verdict.CHANGED_UP).style
    assert verdict_sign(Verdict.UNPROVEN, -1.0, higher_is_better=None).word == "unproven"
    assert verdict_sign(Verdict.UNPROVEN, -1.0, higher_is_better=None) not in [
        verdict_sign(Verdict.UNPROVEN, -1.0, higher_is_better=way) for way in (True, False)
    ]


def test_the_mean_of_a_metric_without_a_direction_is_only_changed() -> None:
    low = {f"{row:03}": [2, 2, 3] for row in range(30)}
    high = {f"{row:03}": [4, 5, 4] for row in range(30)}
    up = compare(cube({UNTOLD: low}), cube({UNTOLD: high})).metric("length").aggregate
    down = compare(cube({UNTOLD: high}), cube({UNTOLD: low})).metric("length").aggregate
    assert up is not None and up.outcome is Outcome.CHANGED_UP
    assert down is not None and down.outcome is Outcome.CHANGED_DOWN


def test_sizes_are_shares_of_the_metrics_own_scale() -> None:
    a = {**STEADY, "x": [5, 5, 5]}
    b = {**STEADY, "x": [3, 3, 3]}
    entry = compare(cube({FAITH: a}), cube({FAITH: b})).metric("faithfulness")
    row = len(STEADY)
    assert sizes(entry)[row] == pytest.approx(0.5)
    assert np.isfinite(sizes(replace(entry, cells=replace(entry.cells, grid=None)))).all()
