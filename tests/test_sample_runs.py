"""The sample runs say what the README promises, and the scripts still write them byte for byte."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ragtui.model import About, RunStatus, State
from ragtui.sources import read_dataset
from ragtui.stats import Outcome, Verdict
from ragtui.workbench import Library, SideComparison, compare_sides, find_evidence, load_side, open_library

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "sample_runs"
SUPPORT = SAMPLES / "support-docs"
RECORDED = ROOT / "tests" / "data" / "local-rag.zip"
"""What the local model said, one line an answer, as it was recorded."""
RUNS = ("baseline", "run-1b", "run-2", "improved", "regressed", "refactor", "flaky-errors", "single")
QUALITY = ("faithfulness", "relevance", "context_precision")
WORSE = {"004", "009", "013", "022", "027", "031", "036"}
BETTER = {"002", "006", "008", "012", "014", "017", "021", "023", "026", "030", "034", "038"}


@cache
def library() -> Library:
    return open_library([str(SAMPLES)])


def compared(baseline: tuple[str, ...], *candidate: str) -> SideComparison:
    a, b = load_side(library(), baseline), load_side(library(), candidate)
    return compare_sides(a, b, evidence=find_evidence(library(), a, b))


def verdict_of(result: SideComparison, metric: str, item: str) -> Verdict:
    comparison = result.comparison
    return Verdict(comparison.metric(metric).cells.verdict[comparison.row_of[item]])


def items_with(result: SideComparison, *verdicts: Verdict) -> set[str]:
    comparison = result.comparison
    return {
        item
        for metric in QUALITY
        for item, verdict in zip(comparison.items, comparison.metric(metric).cells.verdict, strict=True)
        if verdict in verdicts
    }


def run_script(script: str, *arguments: Path) -> None:
    command = [sys.executable, str(SAMPLES / script), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def files_under(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_script_writes_the_same_bytes_again(tmp_path: Path) -> None:
    shutil.copyfile(SUPPORT / "dataset.json", tmp_path / "dataset.json")
    shutil.copytree(SUPPORT / "corpus", tmp_path / "corpus")
    run_script("make_support_docs.py", tmp_path)
    made, committed = files_under(tmp_path), files_under(SUPPORT)
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_the_recorded_results_convert_to_the_same_bytes_again(tmp_path: Path) -> None:
    with zipfile.ZipFile(RECORDED) as packed:
        packed.extractall(tmp_path / "recorded")
    run_script("convert_local_rag.py", tmp_path / "recorded" / "local-rag", tmp_path / "made")
    made, committed = files_under(tmp_path / "made"), files_under(SAMPLES / "local-rag")
    del committed["README.md"]
    assert made.keys() == committed.keys()
    assert [name for name in made if made[name] != committed[name]] == []


def test_every_run_loads_without_a_problem() -> None:
    headers = library().headers
    assert library().problems == []
    assert sorted(header.name for header in headers.values()) == sorted([*RUNS, "A", "B", "A-rejudged"])
    for uid, header in headers.items():
        assert not header.problems
        assert not library().load(uid).problems


def test_the_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 4_000_000


def test_what_was_not_measured_says_so() -> None:
    origins = {header.name: header.origin for header in library().headers.values()}
    assert {name for name, origin in origins.items() if origin == "constructed"} == set(RUNS)
    for header in library().headers.values():
        assert header.origin == "" or header.description.startswith("Constructed, not measured.")
    assert any(note.about is About.ORIGIN for note in compared(("baseline",), "regressed").warnings)


def test_every_question_is_answered_by_a_section_of_the_corpus() -> None:
    dataset = read_dataset(SUPPORT / "dataset.json")
    assert [item.id for item in dataset.items] == [f"{number:03}" for number in range(1, 41)]
    for item in dataset.items:
        page, _, number = str(item.metadata["source"]).partition("#")
        sections = (SUPPORT / "corpus" / f"{page}.md").read_text(encoding="utf-8").split("\n## ")
        assert sections[int(number)].strip()
        assert item.question.endswith("?")
        assert item.expected


@pytest.mark.parametrize(
    ("run", "means"),
    [("run-1b", (4.925, 3.425, 0.475)), ("run-2", (4.9, 3.425, 0.45)), ("baseline", (4.95, 3.45, 0.45))],
)
def test_means_of_the_article(run: str, means: tuple[float, ...]) -> None:
    side = load_side(library(), [run])
    assert [float(side.scores.of(metric).mean()) for metric in QUALITY] == pytest.approx(means, abs=1e-12)
    recorded = {entry.name: entry.mean for entry in side.headers[0].metrics}
    assert [recorded[metric] for metric in QUALITY] == pytest.approx(means, abs=1e-12)


def test_what_moved_between_the_two_runs_of_the_article() -> None:
    before, after = (load_side(library(), [run]).scores for run in ("run-1b", "run-2"))
    moved = {
        metric: {
            item: float(delta)
            for item, delta in zip(before.items, (after.of(metric) - before.of(metric))[:, 0], strict=True)
            if delta
        }
        for metric in QUALITY
    }
    assert moved == {
        "faithfulness": {"002": -1},
        "relevance": {"018": -1, "028": 1},
        "context_precision": {"018": -1},
    }


def test_the_runs_of_the_article_are_repeats_of_the_baseline() -> None:
    group = next(group for group in library().groups() if group.label == "baseline")
    assert [header.name for header in group.headers] == ["baseline", "run-1b", "run-2"]
    repeats = load_side(library(), ["baseline"]).scores
    for metric, values in (("relevance", {3, 4}), ("context_precision", {0, 1})):
        assert set(repeats.of(metric)[repeats.row_of["018"]]) == values


@pytest.mark.parametrize("baseline", [("run-1b",), ("baseline", "run-1b")])
def test_item_018_is_within_noise(baseline: tuple[str, ...]) -> None:
    result = compared(baseline, "run-2")
    assert verdict_of(result, "relevance", "018") is Verdict.WITHIN
    assert verdict_of(result, "context_precision", "018") is Verdict.WITHIN
    assert items_with(result, Verdict.REGRESSED, Verdict.IMPROVED) == set()
    for metric in QUALITY:
        aggregate = result.comparison.metric(metric).aggregate
        assert aggregate is not None
        assert aggregate.outcome is Outcome.INCONCLUSIVE


def test_item_018_is_unknown_without_any_repeats() -> None:
    alone = open_library([str(SUPPORT / "run-1b"), str(SUPPORT / "run-2")])
    a, b = load_side(alone, ["run-1b"]), load_side(alone, ["run-2"])
    assert find_evidence(alone, a, b) is None
    result = compare_sides(a, b)
    assert verdict_of(result, "relevance", "018") is Verdict.UNKNOWN
    precision = result.comparison.metric("context_precision").aggregate
    assert precision is not None
    assert precision.p_flip == pytest.approx(0.5)


def test_true_regressions_are_proven() -> None:
    result = compared(("baseline",), "regressed")
    assert items_with(result, Verdict.REGRESSED) == WORSE
    assert items_with(result, Verdict.IMPROVED) == set()
    assert items_with(result, Verdict.UNPROVEN) == {"015"}
    for item in WORSE:
        assert verdict_of(result, "faithfulness", item) is Verdict.REGRESSED
    assert {result.comparison.metric(metric).aggregate.outcome for metric in QUALITY} == {Outcome.REGRESSED}  # type: ignore[union-attr]


def test_the_null_change_proves_nothing() -> None:
    result = compared(("baseline",), "refactor")
    assert items_with(result, Verdict.REGRESSED, Verdict.IMPROVED) == set()
    assert items_with(result, Verdict.WITHIN), "a null change still moves single scores"
    assert {result.comparison.metric(metric).aggregate.outcome for metric in QUALITY} == {Outcome.INCONCLUSIVE}  # type: ignore[union-attr]


def test_the_improvement_is_proven_and_so_is_its_casualty() -> None:
    result = compared(("baseline",), "improved")
    assert items_with(result, Verdict.IMPROVED) == BETTER
    assert items_with(result, Verdict.REGRESSED) == {"020"}
    relevance = result.comparison.metric("relevance").aggregate
    assert relevance is not None
    assert relevance.outcome is Outcome.IMPROVED


def test_errors_are_errors_and_never_zero() -> None:
    result = compared(("baseline",), "flaky-errors")
    assert items_with(result, Verdict.ERROR) == {"034"}
    assert items_with(result, Verdict.REGRESSED, Verdict.IMPROVED) == set()
    scores = result.b.scores
    states = scores.states_of("relevance")
    assert (states == State.ITEM_ERROR).sum() == 9
    assert (states == State.METRIC_ERROR).sum() == 2
    assert np.isnan(scores.of("relevance")[states != State.SCORED]).all()
    retried = result.b.result("015", scores.repeats[0])
    assert retried is not None
    assert (retried.attempt, retried.error) == (2, "")


def test_a_single_run_leaves_small_losses_unproven() -> None:
    result = compared(("baseline",), "single")
    assert items_with(result, Verdict.UNPROVEN) == {"003", "022", "029", "036"}
    assert items_with(result, Verdict.REGRESSED) == {"015"}


def test_the_real_runs_show_what_was_not_reached() -> None:
    result = compared(("A",), "B")
    entry = result.comparison.metric("faithfulness")
    assert (entry.coverage_a.scored, entry.coverage_a.expected) == (272, 320)
    assert (entry.coverage_b.scored, entry.coverage_b.expected) == (170, 200)
    assert {header.status for header in (*result.a.headers, *result.b.headers)} == {RunStatus.PARTIAL}
    deltas = [result.comparison.metric(metric).aggregate.delta for metric in QUALITY]  # type: ignore[union-attr]
    assert deltas == pytest.approx([-0.452, -0.543, -0.097], abs=6e-4)
    assert {result.comparison.metric(metric).aggregate.outcome for metric in QUALITY} == {Outcome.REGRESSED}  # type: ignore[union-attr]


def test_the_rejudged_run_belongs_to_the_real_one() -> None:
    header = next(header for header in library().headers.values() if header.name == "A-rejudged")
    assert header.rejudge_of == "local-rag-A"
    scores = library().load(header.uid).scores
    assert [repeat.label for repeat in scores.repeats] == ["1.1", "1.2", "1.3", "1.4", "1.5"]
    assert scores.of("faithfulness").shape == (10, 5)


def test_answers_passages_and_rationales_are_there_to_read() -> None:
    for line in (SUPPORT / "regressed" / "results.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        assert record["output"]
        similarities = [context["score"] for context in record["contexts"]]
        assert similarities == sorted(similarities, reverse=True)
        first_is_right = record["contexts"][0]["relevant"]
        assert first_is_right == bool(record["scores"]["context_precision"]["value"])
        for score in record["scores"].values():
            assert score["rationale"]
            assert "{" not in score["rationale"]
