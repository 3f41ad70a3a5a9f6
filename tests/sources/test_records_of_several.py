"""Records and files that hold more than one answer an item: models by name, lists of repeats, second ids, series."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from sources_kit import listed

COUNT = 6


def records(path: Path, fields: Sequence[Mapping[str, Any]]) -> Path:
    """A file of records: JSON Lines or a JSON list, by its ending."""
    lines = "\n".join(json.dumps(entry) for entry in fields)
    path.write_text(lines if path.suffix == ".jsonl" else json.dumps(fields))
    return path


def table(path: Path, *rows: Sequence[object]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
@pytest.mark.parametrize("holder", ["predictions", "answers", "by_system", "configurations"])
@pytest.mark.parametrize("item", ["audio", "image_path", "question"])
def test_models_by_name_below_one_field_are_configurations(tmp_path: Path, holder: str, item: str, ending: str) -> None:
    fields = [
        {item: f"{n} of {COUNT}.wav", holder: {name: {"text": "x", "wer": n / 10} for name in ("wide-s", "wide-m")}}
        for n in range(COUNT)
    ]
    records(tmp_path / f"out{ending}", fields)
    runs, _ = listed(tmp_path)
    assert {run.name for run in runs} == {"wide-s", "wide-m"}
    assert [(run.items, run.repeats, [metric.name for metric in run.metrics]) for run in runs] == [(6, 1, ["wer"])] * 2


def test_scores_by_name_below_one_field_are_metrics_of_one_answer(tmp_path: Path) -> None:
    graded = {"relevance": {"score": 0.5, "reason": "x"}, "fluency": {"score": 1, "reason": "y"}}
    records(tmp_path / "out.json", [{"question": f"Why {n}?", "outputs": graded} for n in range(COUNT)])
    (run,), _ = listed(tmp_path)
    assert {metric.name for metric in run.metrics} == {"relevance", "fluency"}


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
@pytest.mark.parametrize(
    ("lists", "metric"),
    [
        ({"correct": [1, 0, 1]}, "correct"),
        ({"scores": [1, 0, 1], "parsed_outputs": ["7", "3", "7"]}, "score"),
        ({"scores": [1, 0, 1], "extracted_answers": [7, 3, 7]}, "score"),
    ],
)
def test_lists_of_scores_are_repeats_in_a_list_as_in_lines(
    tmp_path: Path, lists: dict[str, Any], metric: str, ending: str
) -> None:
    records(tmp_path / f"out{ending}", [{"query": f"Why {n}?", **lists} for n in range(COUNT)])
    (run,), problems = listed(tmp_path)
    assert (run.items, run.repeats, [found.name for found in run.metrics]) == (6, 3, [metric])
    assert run.metrics[0].mean == pytest.approx(2 / 3) and run.metrics[0].scored == 18
    assert run.assumed and "3 entries of" in run.assumed[0] and "are taken for repeats" in run.assumed[0]
    assert not problems


@pytest.mark.parametrize("ending", [".json", ".jsonl"])
def test_a_score_beside_the_tries_it_sums_up_is_named_as_not_read(tmp_path: Path, ending: str) -> None:
    tries = [{"answer": "a", "score": number} for number in (0, 1)]
    records(tmp_path / f"out{ending}", [{"id": f"q{n}", "score": 0.5, "attempts": tries} for n in range(COUNT)])
    (run,), _ = listed(tmp_path)
    assert (run.items, run.repeats, run.metrics[0].scored) == (6, 2, 12)
    assert "`score` of a record is not read: its `attempts` are" in run.assumed
    records(tmp_path / f"out{ending}", [{"id": f"q{n}", "topic": "x", "attempts": tries} for n in range(COUNT)])
    (run,), _ = listed(tmp_path)
    assert not any("is not read" in sentence for sentence in run.assumed)


@pytest.mark.parametrize(
    ("second", "items", "runs"),
    [
        ("requirementId", 12, 1),
        ("clause_no", 12, 1),
        ("variant_id", 4, 3),
        ("model_id", 4, 3),
    ],
)
def test_a_second_id_is_part_of_the_item(tmp_path: Path, second: str, items: int, runs: int) -> None:
    rows = [[f"S{one}", f"R{two}", 1 + (one + two) % 5] for one in range(4) for two in range(3)]
    table(tmp_path / "t.csv", ["statement_id", second, "verdict_score"], *rows)
    found, _ = listed(tmp_path)
    assert [(run.items, run.repeats) for run in found] == [(items, 1)] * runs
    if runs == 1:
        assert f"`{second}` is part of the item" in found[0].assumed


def test_an_id_that_differs_on_every_row_is_none_of_the_item(tmp_path: Path) -> None:
    rows = [[f"q{item}", f"e{item}{repeat}", repeat, repeat % 2] for item in range(4) for repeat in range(3)]
    table(tmp_path / "t.csv", ["question_id", "evaluation_id", "repeat", "correct"], *rows)
    (run,), _ = listed(tmp_path)
    assert (run.items, run.repeats) == (4, 3)


def test_means_of_runs_have_no_items(tmp_path: Path) -> None:
    rows = [[run, metric, 0.5] for run in ("a", "b") for metric in ("faithfulness", "relevancy")]
    path = table(tmp_path / "means.csv", ["run", "metric", "value"], *rows)
    runs, problems = listed(tmp_path)
    assert not runs and [Path(problem.where) for problem in problems] == [path]


@pytest.mark.parametrize("name", ["coverage.json", "lines.json"])
def test_measures_of_source_files_are_no_results(tmp_path: Path, name: str) -> None:
    files = {f"src/m{n}.py": {"summary": {"covered_lines": n, "missing_lines": 9 - n}} for n in range(COUNT)}
    (tmp_path / name).write_text(json.dumps({"files": files}))
    runs, problems = listed(tmp_path)
    assert not runs and "may hold scores" not in "".join(map(str, problems))


@pytest.mark.parametrize(
    "names", [("run1", "run2", "run10"), ("base_seed_3", "base_seed_11"), ("try-1", "try-2"), ("my run 1", "my run 2")]
)
def test_files_called_as_repeats_stay_apart_and_it_is_said(tmp_path: Path, names: Sequence[str]) -> None:
    for shift, name in enumerate(names):
        rows = [[f"q{n}", f"Why {n}?", (n + shift) % 3] for n in range(COUNT)]
        table(tmp_path / f"{name}.csv", ["id", "question", "rating"], *rows)
    runs, (problem,) = listed(tmp_path)
    assert {run.name for run in runs} == set(names)
    assert problem.message.startswith(", ".join(f"{name}.csv" for name in names))
    assert f"--vs {shlex.join(f'{name}.csv' for name in names[:2])}" in problem.hint and not problem.partial


def test_files_with_other_items_or_metrics_are_no_series(tmp_path: Path) -> None:
    for name, metric, items in (("a_run1", "rating", 6), ("a_run2", "rating", 5), ("a_run3", "recall", 6)):
        rows = [[f"q{n}", f"Why {n}?", n % 2] for n in range(items)]
        table(tmp_path / f"{name}.csv", ["id", "question", metric], *rows)
    runs, problems = listed(tmp_path)
    assert len(runs) == 3 and not problems


@pytest.mark.parametrize("holder", ["results", "scores", "metrics", "evals"])
@pytest.mark.parametrize("name", ["t.json", "t.jsonl"])
def test_models_by_name_below_the_scores_are_configurations(tmp_path: Path, holder: str, name: str) -> None:
    rows = [{"question": f"Who is {n}?", holder: {"gpt-4o": {"f1": n / 4}, "llama-3": {"f1": 0.5}}} for n in range(5)]
    text = json.dumps(rows) if name == "t.json" else "".join(json.dumps(row) + "\n" for row in rows)
    (tmp_path / name).write_text(text)
    found = {header.name: [(m.name, m.mean) for m in header.metrics] for header in listed(tmp_path)[0]}
    assert found == {"gpt-4o": [("f1", 0.5)], "llama-3": [("f1", 0.5)]}


@pytest.mark.parametrize(
    "said",
    [
        {"title": {"f1": 0.5}, "author": {"f1": 0.25}},  # fields that were read out of a document
        {"relevance": {"score": 4}, "fluency": {"score": 2}},
    ],
)
def test_fields_and_metrics_below_the_scores_are_no_configurations(tmp_path: Path, said: dict[str, object]) -> None:
    (tmp_path / "t.json").write_text(json.dumps([{"question": f"Who is {n}?", "scores": said} for n in range(5)]))
    headers, _ = listed(tmp_path)
    assert len(headers) == 1 and len(headers[0].metrics) == 2
