"""Targeted repeats: the fresh ones confirm, the full runs only teach the noise."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import dataset, steady, write_run

from ragtui.present.confirming import standing, standings, tally
from ragtui.stats import Verdict
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

ITEMS = 24
OLD, NEW = {"version": "old"}, {"version": "new"}


def full_runs(folder: Path) -> None:
    """031-like: 003 and 007 look worse in the full runs."""
    write_run(folder / "base", steady(5, ITEMS, 3, i003=[5, 5, 5]), pipeline=OLD)
    write_run(folder / "cand", steady(5, ITEMS, 3, i003=[2, 2, 3], i007=[2, 2, 2]), pipeline=NEW, day=2)


def targeted(folder: Path, base: Sequence[Sequence[float]], cand: Sequence[Sequence[float]]) -> None:
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
    assert "3 full repeats of base" in fresh.evidence and "3 full repeats of cand" in fresh.evidence
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


def test_fresh_repeats_lead_back_to_what_they_confirm(tmp_path: Path) -> None:
    full_runs(tmp_path)
    write_run(tmp_path / "base-2", steady(5, ITEMS, 1), pipeline=OLD, day=4)
    targeted(tmp_path, [[5, 5]] * 3, [[5, 2]] * 3)
    runs = open_library([str(tmp_path)])
    [a], [b] = runs.find("base-again"), runs.find("cand-again")
    sides = confirmed_sides(runs, a, b)
    assert sides is not None
    assert [sorted(header.name for header in side) for side in sides] == [["base", "base-2"], ["cand"]]
    assert confirmed_sides(runs, a, runs.find("cand")[0]) is None


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
