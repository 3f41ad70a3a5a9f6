"""Files of one folder with other metrics of the same items: joined where their names say so, else named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sources_kit import listed, only_run, said

from ragtui.model import State
from ragtui.workbench.library import open_library


def _write(
    folder: Path, stem: str, metric: str, items: str = "abcdef", asked: str = "why {}?", extra: str = ""
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{item},{asked.format(item)},0.{place}{extra}" for place, item in enumerate(items)]
    names = f"id,question,{metric}" + (",model" if extra else "")
    (folder / f"{stem}.csv").write_text("\n".join([names, *rows]) + "\n")


@pytest.mark.parametrize(
    ("first", "second"),
    [("generation", "retrieval"), ("faithfulness", "recall"), ("v2_faithfulness", "v2_recall"), ("recall", "scores"),
     ("judge_results", "retrieval_results"), ("2026-05-01 Faithfulness", "2026-05-01 Recall")],
)  # fmt: skip
def test_files_that_are_called_by_their_metrics_are_one_run(tmp_path: Path, first: str, second: str) -> None:
    ours = {"recall": "recall", "scores": "faithfulness"} if first == "recall" else {}
    _write(tmp_path, first, ours.get(first, "faithfulness"))
    _write(tmp_path, second, ours.get(second, "recall"))
    run = only_run(tmp_path)
    assert run.header.name == f"{first} + {second}" and run.header.items == 6
    assert {metric.name for metric in run.scores.metrics} == {"faithfulness", "recall"}
    assert (run.scores.states == State.SCORED).all()
    assert "hold other metrics of the same items: read as one run" in said(run)
    assert any("read as one run" in text for text in run.header.assumed)
    result = run.result("c", "1")
    assert result is not None and {name: got.value for name, got in result.judgements.items()} == {
        "faithfulness": 0.2,
        "recall": 0.2,
    }
    assert run.item("c").question == "why c?"


@pytest.mark.parametrize("names", [("v1_recall", "v2_faithfulness"), ("bm25", "dense"), ("base", "cand")])
def test_names_of_configurations_are_never_put_together(tmp_path: Path, names: tuple[str, str]) -> None:
    for name, metric in zip(names, ("recall", "faithfulness"), strict=True):
        _write(tmp_path, name, metric)
    headers, problems = listed(tmp_path)
    assert len(headers) == 2 and problems == []


@pytest.mark.parametrize(
    "names", [("base", "cand"), ("a", "b", "c"), ("gpt4", "gemini"), ("bm25", "dense")], ids=" ".join
)
@pytest.mark.parametrize("metric", ["{}_f1", "{}_score"])
@pytest.mark.parametrize("stem", ["{}", "{}_score"])
def test_a_metric_that_each_system_calls_by_its_own_name_is_one_in_common(
    tmp_path: Path, names: tuple[str, ...], metric: str, stem: str
) -> None:
    for name in names:
        _write(tmp_path, stem.format(name), metric.format(name))
    headers, problems = listed(tmp_path)
    assert len(headers) == len(names) and problems == []


def test_metrics_of_different_texts_are_different_metrics(tmp_path: Path) -> None:
    for metric in ("answer_relevancy", "context_relevancy", "question_relevancy", "context_recall"):
        _write(tmp_path, metric, metric)
    assert len(only_run(tmp_path).scores.metrics) == 4


def test_calls_that_failed_are_counted_in_whichever_file_they_stand(tmp_path: Path) -> None:
    _write(tmp_path, "generation", "faithfulness")
    rows = ["a,why a?,,timeout", "b,why b?,,timeout", *(f"{item},why {item}?,0.5," for item in "cdef")]
    (tmp_path / "retrieval.csv").write_text("\n".join(["id,question,recall,error", *rows]) + "\n")
    run = only_run(tmp_path)
    assert run.header.errors == 2
    assert run.scores.states_of("recall")[run.scores.row_of["a"], 0] == State.ITEM_ERROR


def test_runs_in_folders_of_their_own_are_called_by_the_folders(tmp_path: Path) -> None:
    for system in ("plain", "rerank"):
        for stem, metric in (("generation", "faithfulness"), ("retrieval", "recall")):
            _write(tmp_path / system, stem, metric)
    assert [header.name for header in listed(tmp_path)[0]] == ["plain", "rerank"]


def test_names_that_say_nothing_leave_two_runs_and_it_is_said_what_they_share(tmp_path: Path) -> None:
    _write(tmp_path, "kestrel", "recall")
    _write(tmp_path, "osprey", "faithfulness")
    headers, [problem] = listed(tmp_path)
    assert [header.name for header in headers] == ["kestrel", "osprey"]
    assert "holds other metrics of the same 6 items as kestrel.csv: they stay two runs" in problem.message


@pytest.mark.parametrize(
    "other",
    [{"metric": "recall"}, {"items": "uvwxyz"}, {"asked": "who {}?"}, {"extra": ",large"}],
    ids=["a metric in common", "other items", "other questions", "another setting"],
)
def test_what_disagrees_stays_apart(tmp_path: Path, other: dict[str, str]) -> None:
    _write(tmp_path, "retrieval", "recall", extra=",small")
    _write(tmp_path, "generation", **{"metric": "faithfulness", "extra": ",small", **other})
    assert len(listed(tmp_path)[0]) == 2


def test_an_item_that_one_file_lacks_is_missing_there_and_never_zero(tmp_path: Path) -> None:
    _write(tmp_path, "retrieval", "recall")
    _write(tmp_path, "generation", "faithfulness", items="abcdeg")
    scores = only_run(tmp_path).scores
    assert len(scores.items) == 7
    assert scores.states_of("faithfulness")[scores.row_of["f"], 0] == State.MISSING
    assert scores.states_of("recall")[scores.row_of["g"], 0] == State.MISSING


def test_each_file_of_a_run_names_it_and_alone_it_is_opened_alone(tmp_path: Path) -> None:
    _write(tmp_path, "retrieval", "recall")
    _write(tmp_path, "generation", "faithfulness")
    library = open_library([str(tmp_path)])
    for _ in library.scan():
        pass
    for name in ("retrieval.csv", "generation.csv"):
        assert [header.name for header in library.find(str(tmp_path / name))] == ["generation + retrieval"]
    assert only_run(tmp_path / "retrieval.csv").header.name == "retrieval"


def test_several_systems_in_one_folder_are_each_joined(tmp_path: Path) -> None:
    for system in ("plain", "rerank"):
        for metric in ("recall", "faithfulness", "coherence"):
            _write(tmp_path, f"{system}-{metric}", metric)
    headers, _ = listed(tmp_path)
    assert len(headers) == 2 and {len(header.metrics) for header in headers} == {3}


def test_what_may_be_one_run_is_listed_in_the_order_of_its_paths(tmp_path: Path) -> None:
    for stem in ("a", "c", "e"):
        _write(tmp_path, stem, "recall")
    for stem in ("b", "d"):
        (tmp_path / f"{stem}.md").write_text(
            "| id | question | recall |\n|---|---|---|\n" + "".join(f"| {i} | why {i}? | 0.{i} |\n" for i in range(6))
        )
    assert [header.name for header in listed(tmp_path)[0]] == ["a", "b", "c", "d", "e"]
