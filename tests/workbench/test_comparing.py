"""From run folders to verdicts, through the one path that the app, `compare` and `gate` share."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import JUDGES, dataset, steady, write_run
from stats_kit import flagged_items

from ragtui.errors import NotComparable, UsageError
from ragtui.model import About, Note
from ragtui.present.sentences.evidence import say_taught
from ragtui.present.sentences.notes import say_notes
from ragtui.stats import Settings, Verdict
from ragtui.workbench import (
    Library,
    SideComparison,
    compare_sides,
    find_evidence,
    load_side,
    open_library,
    pick_sides,
)

ITEMS = 24


def library(tmp_path: Path) -> Library:
    return open_library([str(tmp_path)])


def compared(runs: Library, base: str, candidate: str) -> SideComparison:
    a, b = pick_sides(runs, runs.find(base), runs.find(candidate))
    return compare_sides(a, b, evidence=find_evidence(runs, a, b))


def verdict(result: SideComparison, item: str) -> Verdict:
    row = result.comparison.row_of[item]
    return Verdict(int(result.comparison.metric("quality").cells.verdict[row]))


def test_a_steady_drop_is_proven_and_a_flicker_is_not(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, ITEMS, 4, i003=[5, 4, 5, 4]))
    write_run(tmp_path / "cand", steady(5, ITEMS, 4, i003=[4, 5, 4, 4], i007=[2, 2, 2, 2]))
    result = compared(library(tmp_path), "base", "cand")
    assert verdict(result, "007") is Verdict.REGRESSED
    assert verdict(result, "003") is Verdict.WITHIN
    assert verdict(result, "001") is Verdict.SAME
    assert flagged_items(result.comparison) == ("007",)


def test_single_runs_have_unknown_noise_until_repeats_of_their_configuration_tell(tmp_path: Path) -> None:
    write_run(tmp_path / "one", steady(5, ITEMS, 1, i003=[5]), pipeline={"code": "same"})
    write_run(tmp_path / "two", steady(5, ITEMS, 1, i003=[4]), pipeline={"code": "same"})
    runs = library(tmp_path)
    result = compared(runs, "one", "two")
    assert verdict(result, "003") is Verdict.BORROWED, "worth repeating, by what was measured elsewhere"
    sides = pick_sides(runs, runs.find("one"), runs.find("two"))
    assert verdict(compare_sides(*sides, Settings(borrow=False)), "003") is Verdict.UNKNOWN
    assert result.evidence == ()
    write_run(tmp_path / "again", steady(5, ITEMS, 4, i003=[4, 5, 4, 5]), pipeline={"code": "same"})
    informed = compared(library(tmp_path), "one", "two")
    assert "4 other repeats of the same configuration (again)" in say_taught(informed.evidence)
    assert verdict(informed, "003") is Verdict.WITHIN


def test_a_run_within_its_own_configuration_is_compared_with_the_rest(tmp_path: Path) -> None:
    for name in ("r1", "r2", "r3"):
        write_run(tmp_path / name, steady(5, ITEMS, 1), pipeline={"code": "same"})
    runs = library(tmp_path)
    a, b = pick_sides(runs, runs.groups()[0].headers, runs.find("r2"))
    assert [header.name for header in a.headers] == ["r1", "r3"]
    assert [header.name for header in b.headers] == ["r2"]
    with pytest.raises(UsageError, match="same runs"):
        pick_sides(runs, runs.find("r2"), runs.find("r2"))


def test_nothing_in_common_is_not_a_comparison(tmp_path: Path) -> None:
    other = dataset(ITEMS, "other")
    renamed = replace(
        other, items=tuple(replace(item, id=f"x{item.id}", question=f"other {item.question}") for item in other.items)
    )
    write_run(tmp_path / "base", steady(5, ITEMS, 2))
    write_run(tmp_path / "cand", steady(5, ITEMS, 2), golden=renamed)
    with pytest.raises(NotComparable, match="no items in common"):
        compared(library(tmp_path), "base", "cand")


def test_another_judge_or_dataset_is_a_blocker_and_another_pipeline_is_not(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, ITEMS, 2))
    write_run(tmp_path / "tuned", steady(5, ITEMS, 2))
    write_run(tmp_path / "judged", steady(5, ITEMS, 2), judges={"quality": {"model": "judge-2"}})
    write_run(tmp_path / "moved", steady(5, ITEMS + 1, 2))
    runs = library(tmp_path)
    assert compared(runs, "base", "tuned").blockers == ()
    assert compared(runs, "base", "judged").blockers == (Note(About.OTHER_JUDGE, names=("quality",)),)
    assert compared(runs, "base", "moved").blockers[0].about is About.OTHER_VERSION


def test_constructed_and_cached_data_are_said(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, ITEMS, 2), origin="constructed")
    write_run(tmp_path / "cand", steady(5, ITEMS, 2), cached=True)
    warnings = " | ".join(say_notes(compared(library(tmp_path), "base", "cand").warnings))
    assert "base: constructed data, not a measurement" in warnings
    assert "cand: its 2 repeats are one run, cached or copied" in warnings


def test_failures_are_failures(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, ITEMS, 3))
    write_run(tmp_path / "cand", steady(5, ITEMS, 3, i004=["timeout"] * 3, i005=["timeout", 5, 5]))
    result = compared(library(tmp_path), "base", "cand")
    assert verdict(result, "004") is Verdict.ERROR
    assert verdict(result, "005") is Verdict.SAME
    coverage = result.comparison.metric("quality").coverage_b
    assert (coverage.scored, coverage.item_errors, coverage.expected) == (ITEMS * 3 - 4, 4, ITEMS * 3)
    rate = result.comparison.error_rate
    assert rate is not None and rate.aggregate is not None
    assert rate.aggregate.mean_b == pytest.approx(4 / (ITEMS * 3))


def test_swapping_sides_mirrors_the_verdict(tmp_path: Path) -> None:
    write_run(tmp_path / "base", steady(5, ITEMS, 4))
    write_run(tmp_path / "cand", steady(5, ITEMS, 4, i007=[2, 2, 2, 2]))
    runs = library(tmp_path)
    assert verdict(compared(runs, "base", "cand"), "007") is Verdict.REGRESSED
    assert verdict(compared(runs, "cand", "base"), "007") is Verdict.IMPROVED


def test_words_find_runs_by_path_name_and_group(tmp_path: Path) -> None:
    for name in ("r1", "r2"):
        write_run(tmp_path / "runs" / name, steady(5, ITEMS, 1), pipeline={"code": "same"})
    write_run(tmp_path / "runs" / "other", steady(5, ITEMS, 1))
    runs = library(tmp_path)
    assert len(runs.find(str(tmp_path / "runs" / "r1"))) == 1
    assert len(runs.find(str(tmp_path / "runs"))) == 3
    assert len(runs.find("r2")) == 1
    with pytest.raises(UsageError, match="othr") as caught:
        runs.find("othr")
    assert "other" in caught.value.hint
    side = load_side(runs, ["r1", "r2", "r1"])
    assert len(side.scores.repeats) == 2
    assert side.item("001").question == "Question 1?"
    assert JUDGES["quality"]["model"] == "judge-1"
