"""Targeted repeats: the fresh ones confirm, the full runs only teach the noise."""

import csv
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from builders import dataset, steady, write_run

from ragtui.model import Kind
from ragtui.present.confirming import fresh_words, standing, standings, stands, tally, turns
from ragtui.present.report import as_csv, as_json, as_markdown, as_text
from ragtui.present.sentences.evidence import say_taught
from ragtui.stats import Verdict, compare_cells
from ragtui.stats.enough.settle import repeats_to_see
from ragtui.workbench import (
    SideComparison,
    compare_sides,
    confirmed_sides,
    doubts,
    find_evidence,
    open_library,
    pick_sides,
    with_fresh_repeats,
)
from ragtui.workbench.reporting import subject_of

ITEMS = 24
OLD, NEW = {"version": "old"}, {"version": "new"}


def full_runs(folder: Path) -> None:
    """031-like: 003 and 007 look worse in the full runs."""
    write_run(folder / "base", steady(5, ITEMS, 3, i003=[5, 5, 5]), pipeline=OLD)
    write_run(folder / "cand", steady(5, ITEMS, 3, i003=[2, 2, 3], i007=[2, 2, 2]), pipeline=NEW, day=2)


def targeted(folder: Path, base: Sequence[Sequence[float | str]], cand: Sequence[Sequence[float | str]]) -> None:
    """Fresh repeats of 003 and 007."""
    for name, scores, pipeline, confirms in (
        ("base-again", base, OLD, "base"), ("cand-again", cand, NEW, "cand")
    ):  # fmt: skip
        write_run(
            folder / name, scores, pipeline=pipeline, golden=dataset(ITEMS), day=3,
            selection=("003", "007"), confirms=confirms,
        )  # fmt: skip


def compared(folder: Path, base: str, candidate: str) -> SideComparison:
    runs = open_library([str(folder)])
    a, b = pick_sides(runs, runs.find(base), runs.find(candidate))
    return with_fresh_repeats(runs, compare_sides(a, b, evidence=find_evidence(runs, a, b)))


def verdicts(result: SideComparison) -> dict[str, Verdict]:
    cells = result.comparison.metric("quality").cells
    return {item: Verdict(int(cells.verdict[row])) for item, row in result.comparison.row_of.items()}


def test_two_items_are_enough_to_confirm_because_the_full_runs_teach_the_noise(tmp_path: Path) -> None:
    full_runs(tmp_path)
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    fresh = compared(tmp_path, "base-again", "cand-again")
    assert verdicts(fresh) == {"003": Verdict.SAME, "007": Verdict.REGRESSED}
    told = say_taught(fresh.evidence)
    assert told == "3 full repeats of base and 3 full repeats of cand"
    assert fresh.comparison.metric("quality").cells.repeated > 2 * ITEMS


def test_without_the_full_runs_a_few_fresh_repeats_prove_nothing(tmp_path: Path) -> None:
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    assert verdicts(compared(tmp_path, "base-again", "cand-again"))["007"] is Verdict.UNPROVEN


def test_the_full_comparison_says_what_the_fresh_repeats_made_of_it(tmp_path: Path) -> None:
    full_runs(tmp_path)
    before = compared(tmp_path, "base", "cand")
    assert before.fresh is None
    assert doubts(before) == {"003": ("quality",), "007": ("quality",)}
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    result = compared(tmp_path, "base", "cand")
    assert result.fresh is not None
    assert verdicts(result) == verdicts(before), "the biased old repeats are judged as they were"
    words = standings(result.comparison, result.fresh.comparison)
    assert words == {("003", "quality"): "not confirmed", ("007", "quality"): "confirmed"}
    assert tally(words.values()) == "fresh repeats of 2 cells: 1 not confirmed, 1 confirmed"


def test_every_report_says_what_the_fresh_repeats_made_of_a_verdict(tmp_path: Path) -> None:
    full_runs(tmp_path)
    plain = subject_of(compared(tmp_path, "base", "cand"))
    assert "fresh" not in as_text(plain) and "fresh" not in as_markdown(plain)
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    subject = subject_of(compared(tmp_path, "base", "cand"))
    assert "fresh repeats of 2 cells: 1 not confirmed, 1 confirmed" in as_text(subject)
    assert "fresh repeats, confirmed: fell 3.00 (5.00 → 2.00, 3 v 3 runs)" in as_text(subject)
    rows = [line.split(" | ") for line in as_markdown(subject).splitlines() if line.startswith("| 00")]
    assert {(row[0], row[6]) for row in rows} == {("| 003", "not confirmed"), ("| 007", "confirmed")}
    quality = next(entry for entry in json.loads(as_json(subject))["metrics"] if entry["name"] == "quality")
    fresh = {cell["item"]: cell["fresh"] for cell in quality["cells"]}
    assert fresh["007"]["standing"] == "confirmed" and fresh["001"] is None
    lines = {(row["item"], row["metric"]): row for row in csv.DictReader(as_csv(subject).splitlines())}
    assert lines["003", "quality"]["fresh"] == "not confirmed" and lines["001", "quality"]["fresh"] == ""


def test_turns_tell_numbers_only_where_there_are_some(tmp_path: Path) -> None:
    full_runs(tmp_path)
    targeted(tmp_path, [[5, "boom"]] * 3, [["boom", 2]] * 3)
    result = compared(tmp_path, "base", "cand")
    assert result.fresh is not None
    found = {turn.item: turn for turn in turns(result.comparison, result.fresh.comparison, ["003", "007", "099"])}
    assert list(found) == ["003", "007"]
    assert (found["003"].standing, found["003"].n_a, found["003"].n_b) == ("failed", 3, 0)
    assert math.isnan(found["003"].delta)


def test_an_item_within_noise_says_how_many_more_repeats_would_see_what_it_moved_by(tmp_path: Path) -> None:
    full_runs(tmp_path)
    targeted(tmp_path, [[5, 5], [4, 5], [5, 5]], [[5, 2], [4, 2], [4, 2]])
    result = compared(tmp_path, "base", "cand")
    assert result.fresh is not None
    found = {turn.item: turn for turn in turns(result.comparison, result.fresh.comparison, ["003", "007"])}
    metric = result.comparison.metric("quality").metric
    assert found["003"].more is not None and found["007"].more is None
    words = stands(found["003"], metric)
    assert words == f"not confirmed, {found['003'].more} more would see 0.33", words
    rows = fresh_words(result.comparison, result.fresh.comparison, "quality")
    assert rows == {"003": "~ not confirmed", "007": "▼ confirmed"}


def test_repeats_to_see_narrow_the_band_to_what_was_seen() -> None:
    """From three repeats, half the band takes four times as many: nine more; what never moved needs none."""
    rng = np.random.default_rng(5)
    x = np.where(rng.random((60, 3)) < 0.3, 4.0, 5.0)
    cells = compare_cells(x, x[:, ::-1], kind=Kind.ORDINAL, scale=(1, 5))
    cells.ratio[:3] = 0.5, 1.0, 0.0
    assert repeats_to_see(cells, 0) == 9
    assert repeats_to_see(cells, 1) == 1, "on the edge of its band one more is enough"
    assert repeats_to_see(cells, 2) is None
    cells.ratio[0] = 0.05
    assert repeats_to_see(cells, 0) is None, "nobody is told to repeat one item a thousand times"


def test_fresh_repeats_lead_back_to_what_they_confirm(tmp_path: Path) -> None:
    full_runs(tmp_path)
    write_run(tmp_path / "base-2", steady(5, ITEMS, 1), pipeline=OLD, day=4)
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    runs = open_library([str(tmp_path)])
    a, b = runs.find("base-again"), runs.find("cand-again")
    sides = confirmed_sides(runs, a, b)
    assert sides is not None
    assert [sorted(header.name for header in side) for side in sides] == [["base", "base-2"], ["cand"]]
    assert confirmed_sides(runs, a, runs.find("cand")) is None


@pytest.mark.parametrize(
    ("before", "fresh", "word"),
    [
        (Verdict.REGRESSED, Verdict.REGRESSED, "confirmed"),
        (Verdict.REGRESSED, Verdict.IMPROVED, "reversed"),
        (Verdict.IMPROVED, Verdict.WITHIN, "not confirmed"),
        (Verdict.UNPROVEN, Verdict.REGRESSED, "proven"),
        (Verdict.UNPROVEN, Verdict.SAME, "noise"),
        (Verdict.UNKNOWN, Verdict.UNPROVEN, "still open"),
        (Verdict.ERROR, Verdict.ERROR, "failed again"),
        (Verdict.ERROR, Verdict.SAME, "recovered"),
        (Verdict.REGRESSED, Verdict.ERROR, "failed"),
        (Verdict.WITHIN, Verdict.SAME, ""),
        (Verdict.REGRESSED, Verdict.ABSENT, ""),
    ],
)
def test_words(before: Verdict, fresh: Verdict, word: str) -> None:
    assert standing(before, fresh) == word
