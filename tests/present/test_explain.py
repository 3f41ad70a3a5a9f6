"""Verdicts in words: every sentence carries the numbers it rests on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from stats_kit import FAILED, cube, cube_of

from ragtui.model import LATENCY, Kind, Metric
from ragtui.present.explain import explain_aggregate, explain_cell
from ragtui.stats import (
    Comparison,
    Settings,
    Verdict,
    compare,
    compare_cells,
    repeats_to_settle,
)

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))
STEADY: dict[str, list[Any]] = {f"{row:03}": [5, 5, 5] for row in range(30)}
WOBBLY: dict[str, list[Any]] = {f"{row:03}": [5, 4, 5] for row in range(30, 36)}


def compared(a: dict[str, list[Any]], b: dict[str, list[Any]], **settings: Any) -> Comparison:
    return compare(
        cube({FAITH: {**STEADY, **WOBBLY, **a}}), cube({FAITH: {**STEADY, **WOBBLY, **b}}), Settings(**settings)
    )


def said(comparison: Comparison, item: str = "x") -> str:
    return explain_cell(comparison, "faithfulness", item)


def test_regressed_and_improved() -> None:
    down = said(compared({"x": [5, 5, 5]}, {"x": [2, 2, 2]}))
    assert re.fullmatch(
        r"x · faithfulness fell 3\.00 \(5\.00 → 2\.00, 3 v 3 runs\): outside its ±0\.\d\d band and chance of noise "
        r"0\.\d %: regressed\.",
        down,
    )
    assert said(compared({"x": [2, 2, 2]}, {"x": [5, 5, 5]})).endswith(": improved.")


def test_within_noise() -> None:
    sentence = said(compared({}, {"030": [4, 4, 5]}), "030")
    assert re.fullmatch(
        r"030 · faithfulness fell 0\.33 \(4\.67 → 4\.33, 3 v 3 runs\): runs of an unchanged item like this differ by "
        r"up to ±\d\.\d\d in 95 % of cases, so this is within noise\.",
        sentence,
    )
    assert "in 80 % of cases" in said(compared({}, {"030": [4, 4, 5]}, alpha=0.2), "030")


def test_unproven_with_a_single_run() -> None:
    result = compared({"x": [5, 5, 5]}, {"x": [3]})
    assert re.search(
        r"outside its ±1\.00 band, but one candidate run cannot prove it \(chance of noise \d+ %\); "
        r"\d more agreeing candidate runs? would settle this\.$",
        said(result),
    )
    mirrored = compared({"x": [3]}, {"x": [5, 5, 5]})
    assert "one baseline run cannot prove it" in said(mirrored)
    assert "one run a side cannot prove it" in said(compared({"x": [5]}, {"x": [1]}))


def test_unproven_because_runs_disagree() -> None:
    result = compared({"x": [5, 5, 5]}, {"x": [4, 2, 4]})
    assert result.metric("faithfulness").cells.verdict[result.row_of["x"]] == Verdict.UNPROVEN
    assert "but the candidate's own runs disagree (chance of noise " in said(result)
    assert re.search(
        r"but so few runs leave a \d+ % chance of noise", said(compared({"x": [5, 5, 5]}, {"x": [4, 4, 4]}))
    )


def test_unproven_because_too_little_is_known() -> None:
    a, b = cube({FAITH: {"x": [5, 5], "y": [4, 4]}}), cube({FAITH: {"x": [1, 1], "y": [4, 4]}})
    sentence = explain_cell(compare(a, b, Settings(repeats_are_fresh=True)), "faithfulness", "x")
    assert "4 repeated scores are too few to learn the noise from" in sentence
    assert sentence.endswith("; repeat the whole run.")


def test_a_borrowed_band_is_said_to_be_borrowed_on_either_side_of_it() -> None:
    a = cube({FAITH: {f"{row:03}": [4 if row in (6, 7, 8, 9) else 5] for row in range(40)}})
    b = cube({FAITH: {f"{row:03}": [{0: 1, 1: 4, 2: 4, 3: 4, 4: 4}.get(row, 5)] for row in range(40)}})
    result = compare(a, b)
    assert re.search(
        r"so nothing is proven; it is outside of a (zero|±\d\.00) band borrowed from ragtui's local RAG, so it is "
        r"worth repeating\.$",
        explain_cell(result, "faithfulness", "000"),
    )
    assert re.search(
        r"may be chance, as it is inside of a ±\d\.00 band borrowed from ragtui's local RAG\. Repeat the baseline",
        explain_cell(result, "faithfulness", "001"),
    )


def test_unknown_same_absent_and_one_sided() -> None:
    a = cube({FAITH: {"x": [5], "same": [4], "a": [1], "none": [None], "bad": [4], "worse": [FAILED]}})
    b = cube({FAITH: {"x": [4], "same": [4], "b": [1], "none": [None], "bad": [FAILED], "worse": [FAILED]}})
    result = compare(a, b, Settings(borrow=False))
    assert said(result) == (
        "x · faithfulness fell 1.00 (5.00 → 4.00, 1 v 1 runs): no repeats, so the noise is unknown and −1.00 may be "
        "chance. Repeat the baseline 3× or load a noise profile."
    )
    assert said(result, "same") == "same · faithfulness is the same (4.00, 1 v 1 runs)."
    assert said(result, "none") == "none · faithfulness: no score on either side."
    assert said(result, "a") == "a · faithfulness: only in the baseline, nothing to compare."
    assert said(result, "b") == "b · faithfulness: only in the candidate, nothing to compare."
    assert said(result, "bad") == "bad · faithfulness: no score in any candidate run (1 failed)."
    assert said(result, "worse") == "worse · faithfulness: no score in any run of either side (1 and 1 failed)."
    with pytest.raises(KeyError):
        said(result, "nobody")


def test_a_refused_metric_says_why() -> None:
    result = compare(cube({FAITH: {"x": [9]}}), cube({FAITH: {"x": [5]}}))
    reason = "not compared, baseline: item x, repeat 1 scored 9, outside 1..5 (1 such)."
    assert said(result) == f"x · faithfulness: {reason}"
    assert explain_aggregate(result.metrics[0]) == f"faithfulness: {reason}"


def test_a_logarithmic_band_is_a_factor() -> None:
    rng = np.random.default_rng(0)
    base = np.exp(rng.normal(size=(40, 1)))
    a, b = (cube_of(base * np.exp(0.1 * rng.normal(size=(40, 3))), LATENCY) for _ in range(2))
    sentence = explain_cell(compare(a, b), "latency", "000")
    assert re.search(r"\(\d+\.\d\d s → \d+\.\d\d s, 3 v 3 runs\): .* differ by up to ×/÷ 1\.\d\d in 95 %", sentence)


def test_a_mean_without_a_margin_says_what_it_could_have_seen() -> None:
    result = compared({}, {"030": [4, 4, 5]})
    assert re.fullmatch(
        r"faithfulness 4\.944 → 4\.935 over 36 items, −0\.009 \(95 % interval −0\.\d+ to \+0\.\d+, these items\): "
        r"inconclusive, could be as bad as −0\.\d+; these runs would show a change of about 0\.\d+\.",
        explain_aggregate(result.metrics[0]),
    )


def test_a_mean_with_a_margin_says_what_would_resolve_it() -> None:
    noisy = {f"n{row}": [1, 5, 3] for row in range(20)}
    result = compared(noisy, noisy, margins={"faithfulness": 0.1})
    assert re.search(
        r"about [\d\u202f\u00a0\u2009 ]+ repeats a side would resolve the 0\.100 margin\.$",
        explain_aggregate(result.metrics[0]),
    )
    equal = compared({}, {}, margins={"faithfulness": 0.5})
    assert explain_aggregate(equal.metrics[0]).endswith(": equivalent within the ±0.500 margin.")


def test_a_mean_of_single_runs() -> None:
    a, b = cube({FAITH: {"x": [5], "y": [4]}}), cube({FAITH: {"x": [4], "y": [4]}})
    entry = compare(a, b).metrics[0]
    assert "items like these): inconclusive" in explain_aggregate(entry)
    assert explain_aggregate(entry).endswith("; repeats would show how much of this is noise.")
    alone = compare(cube({FAITH: {"x": [5]}}), cube({FAITH: {"x": [4]}})).metrics[0]
    assert "no repeats, so the noise is unknown" in explain_aggregate(alone)
    nothing = compare(cube({FAITH: {"x": [5]}}), cube({FAITH: {"y": [4]}})).metrics[0]
    assert explain_aggregate(nothing) == "faithfulness: no item has a score on both sides."


def ordinal_background(runs_b: int) -> tuple[np.ndarray, np.ndarray]:
    """60 items of which a quarter wobble, and room for one item to look at."""
    rng = np.random.default_rng(5)
    level = rng.integers(2, 6, (60, 1))
    wobble = (np.arange(60)[:, None] % 4 == 0) * rng.integers(-1, 2, (60, 3 + runs_b))
    scores = np.clip(level + wobble, 1, 5).astype(float)
    return scores[:, :3], scores[:, 3:]


def test_a_larger_drop_needs_fewer_runs_to_settle() -> None:
    needed = {}
    for candidate in (4, 3, 2):
        a, b = ordinal_background(1)
        a[1], b[1] = 5, candidate
        needed[candidate] = repeats_to_settle(compare_cells(a, b), 1)
    assert needed[4] is not None
    assert needed[4] >= (needed[3] or 0) >= (needed[2] or 0) >= 1


def test_the_promised_runs_do_settle_it() -> None:
    a, b = ordinal_background(6)
    a[1] = 5
    b[1] = [3, np.nan, np.nan, np.nan, np.nan, np.nan]
    cells = compare_cells(a, b)
    more = repeats_to_settle(cells, 1)
    assert cells.verdict[1] == Verdict.UNPROVEN
    assert more is not None
    b[1, : 1 + more] = 3
    assert compare_cells(a, b).verdict[1] == Verdict.REGRESSED


def test_nothing_to_settle() -> None:
    a, b = ordinal_background(3)
    a[1], b[1] = 5, 1
    settled = compare_cells(a, b)
    assert settled.verdict[1] == Verdict.REGRESSED
    assert repeats_to_settle(settled, 1) == 0
    a[2], b[2] = 4, 4
    assert repeats_to_settle(compare_cells(a, b), 2) is None
    assert repeats_to_settle(compare_cells([[5.0]], [[1.0]]), 0) is None
    b[3] = np.nan
    assert repeats_to_settle(compare_cells(a, b), 3) is None
