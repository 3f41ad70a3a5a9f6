"""What is converted says the same as what was read, whichever tool wrote it."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_examples import EXAMPLES, Example
from sources_kit import own_run, record

from ragtui.cli import main
from ragtui.model import RunHeader, State
from ragtui.sources import LoadedRun, open_source

FAILED = (int(State.METRIC_ERROR), int(State.NON_FINITE))


def loaded(path: Path) -> list[LoadedRun]:
    """Every run under a path."""
    source = open_source(path)
    return [source.load(header.id) for header in source.headers() if isinstance(header, RunHeader)]


def told(run: LoadedRun) -> dict[str, Any]:
    """Everything a run says, for a comparison of two."""
    scores, cells = run.scores, dict[tuple[str, str, str], object]()
    for row, item in enumerate(scores.items):
        for layer, repeat in enumerate(scores.repeats):
            result = run.result(item, repeat.label)
            for column, metric in enumerate(scores.metrics):
                state = int(scores.states[row, column, layer])
                value = float(scores.values[row, column, layer])
                cells[item, repeat.label, metric.name] = (
                    "failed" if state in FAILED else state,
                    None if np.isnan(value) else value,
                )
            if result is not None:
                texts = (result.output, result.error, result.trace_id, result.latency_s, dict(result.tokens))
                judged = {
                    name: (said.value, said.label, said.rationale, said.judge)
                    for name, said in result.judgements.items()
                    if said.value is not None or said.error
                }
                cells[item, repeat.label, ""] = (texts, judged, dict(result.metadata), len(result.contexts))
        found = run.item(item)
        cells[item, "", ""] = (found.question, found.expected, dict(found.metadata))
    metrics = {
        (metric.name, metric.label_of, metric.higher_is_better, metric.direction_from.value)
        for metric in scores.metrics
    }
    return {"cells": cells, "metrics": metrics, "configuration": run.header.configuration.flat()}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_run_folder_says_the_same(tmp_path: Path, example: Example) -> None:
    place = example.write(tmp_path / "in")
    assert main(["convert", str(place), str(tmp_path / "out")]) == 0
    before = sorted(loaded(place), key=lambda run: run.header.name)
    after = sorted(loaded(tmp_path / "out"), key=lambda run: run.header.name)
    assert [run.header.name for run in before] == [run.header.name for run in after]
    for one, other in zip(before, after, strict=True):
        wanted, got = told(one), told(other)
        wanted["configuration"].pop("dataset_version")
        got["configuration"].pop("dataset_version")
        assert got == wanted
        assert one.header.created == other.header.created
        assert one.header.errors == other.header.errors


def in_a_table(run: LoadedRun, *, flat: bool) -> dict[Any, object]:
    """What a long table says of a run: everything, and of scores beside a pipeline's error how they were written."""
    found: dict[Any, object] = {}
    for key, said in told(run)["cells"].items():
        _item, repeat, metric = key
        if metric and said[0] == int(State.MISSING):
            continue
        if repeat and not metric:  # a score called "tokens" is told as the tokens it is
            (output, error, trace, seconds, _), judged, metadata, contexts = said
            measured = ("latency", "cost", "tokens")
            judged = {name: entry for name, entry in judged.items() if name not in measured and not error}
            said = output, error, trace, seconds, judged, metadata, contexts
        found[key] = " ".join(json.dumps(said, sort_keys=True).split()) if flat else said
    told_of = {m.name: (m.label_of, m.higher_is_better) for m in run.scores.metrics}
    return found | told_of


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_long_table_is_read_back_as_it_was(tmp_path: Path, example: Example, ending: str) -> None:
    if ending == "parquet":
        pytest.importorskip("pyarrow.parquet")
    place, table = example.write(tmp_path / "in"), tmp_path / f"table.{ending}"
    assert main(["convert", str(place), str(table)]) == 0
    before, after = loaded(place), loaded(table)
    assert {run.header.format for run in after} == {"ragtui-table"}
    assert [run.header.name for run in after] == [run.header.name for run in before]
    for one, other in zip(before, after, strict=True):
        wanted, got = in_a_table(one, flat=ending == "csv"), in_a_table(other, flat=ending == "csv")
        assert got == wanted
        assert one.header.errors == other.header.errors


def test_a_long_table_can_be_read_again(tmp_path: Path) -> None:
    own_run(tmp_path / "a", [record("x", 1), record("y", 1, scores={"faithfulness": {"value": 2, "rationale": "so"}})])
    assert main(["convert", str(tmp_path / "a"), str(tmp_path / "t.csv")]) == 0
    (run,) = loaded(tmp_path / "t.csv")
    assert run.scores.of("faithfulness").ravel().tolist() == [5, 2]


@pytest.mark.parametrize("target", ["t.csv", "t.jsonl", "out"])
def test_results_without_scores_and_texts_with_apostrophes_stay(tmp_path: Path, target: str) -> None:
    said = ["'+1", "''=1", "+1", "'plain'", "'"]
    results = [record(f"a{n}", 1, scores={}, output=text) for n, text in enumerate(said)]
    own_run(tmp_path / "a", [*results, record("b", 1)])
    assert main(["convert", str(tmp_path / "a"), str(tmp_path / target)]) == 0
    (run,) = loaded(tmp_path / target)
    found = [run.result(item, "1") for item in run.scores.items]
    assert [result.output for result in found if result] == [*said, ""]


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    own_run(tmp_path / "a", [record("x", 1), record("y", 2)])
    assert main(["convert", str(tmp_path / "a"), str(tmp_path / "t.parquet")]) == 0
    rows = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert [(row["item"], row["repeat"], row["metric"], row["score"]) for row in rows] == [
        ("x", "1", "faithfulness", 5.0),
        ("y", "2", "faithfulness", 5.0),
    ]


def test_formulas_are_guarded_in_csv_only(tmp_path: Path) -> None:
    own_run(tmp_path / "a", [record("=1+1", 1, output="@run", metadata={"n": -1})])
    main(["convert", str(tmp_path / "a"), str(tmp_path / "t.csv")])
    main(["convert", str(tmp_path / "a"), str(tmp_path / "t.jsonl")])
    (row,) = csv.DictReader((tmp_path / "t.csv").read_text().splitlines())
    assert (row["item"], row["output"]) == ("'=1+1", "'@run")
    assert json.loads((tmp_path / "t.jsonl").read_text())["item"] == "=1+1"


def test_nothing_is_overwritten_and_nothing_half_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_run(tmp_path / "runs" / "a", [record("x", 1)])
    (tmp_path / "t.csv").write_text("mine")
    assert main(["convert", str(tmp_path / "runs"), str(tmp_path / "t.csv")]) == 2
    assert (tmp_path / "t.csv").read_text() == "mine"
    for _ in range(2):
        assert main(["convert", str(tmp_path / "runs"), str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "a-2"]
    assert main(["convert", str(tmp_path / "runs"), str(tmp_path / "nowhere" / "t.csv")]) == 2
    assert main(["convert", str(tmp_path / "t.csv"), str(tmp_path / "x")]) == 2
    assert "no rows" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*.tmp"))


def test_a_run_that_cannot_be_read_does_not_keep_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own_run(tmp_path / "runs" / "good", [record("x", 1)])
    (tmp_path / "runs" / "bad.json").write_text('{"testCases": [{"name": "a", "actualOutput": "b", "metricsData": [')
    own_run(tmp_path / "runs" / "uneven", [record("x", None), record("x", None, output="other"), record("y", None)])
    (tmp_path / "runs" / "uneven" / "results.jsonl").unlink()
    assert main(["convert", str(tmp_path / "runs"), str(tmp_path / "out")]) == 2
    shown = capsys.readouterr().err
    assert "bad.json: DeepEval: not valid JSON" in shown
    assert "results.jsonl: missing" in shown
    assert [run.header.name for run in loaded(tmp_path / "out")] == ["good"]


@pytest.mark.parametrize("name", ["all.cvs", "all.xlsx", "all.jsonll", "ALL.PARQUE", "out.tsv"])
def test_a_folder_is_not_called_like_a_table(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "r.csv").write_text("id,correctness\na,1\nb,0\n")
    assert main(["convert", str(tmp_path / "r.csv"), str(tmp_path / name)]) == 2
    assert "tables do not end in" in capsys.readouterr().err
    assert not (tmp_path / name).exists()
    assert main(["convert", str(tmp_path / "r.csv"), str(tmp_path / "v1.2")]) == 0


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize("labels", [
    ("correct", "incorrect", "partially correct"), ("pass", "fail", "partial"), ("left", "right", "tie"),
])  # fmt: skip
def test_labels_of_a_category_are_still_its_labels(tmp_path: Path, labels: tuple[str, ...], ending: str) -> None:
    rows = "".join(f"q{n},Question {n}?,{labels[n % len(labels)]}\n" for n in range(12))
    if ending == ".parquet":
        pytest.importorskip("pyarrow.parquet")
    (tmp_path / "own.csv").write_text(f"id,question,verdict\n{rows}")
    assert main(["convert", str(tmp_path / "own.csv"), str(tmp_path / f"long{ending}")]) == 0
    both = [run for name in ("own.csv", f"long{ending}") for run in loaded(tmp_path / name)]
    own, again = ({m.name: (m.label_of, m.higher_is_better, m.direction_from) for m in r.scores.metrics} for r in both)
    assert own == again and {category for category, *_ in again.values()} == {"verdict"}


def test_a_direction_that_a_long_table_calls_unknown_is_not_guessed_again(tmp_path: Path) -> None:
    columns = "run,run_id,format,item,repeat,metric,score,higher_is_better,direction_from"
    rows = "".join(f"r,r,table,q{n},1,accuracy,0.5,,unknown\n" for n in range(4))
    (tmp_path / "long.csv").write_text(f"{columns}\n{rows}")
    (run,) = loaded(tmp_path / "long.csv")
    (metric,) = run.scores.metrics
    assert metric.sign == 0
