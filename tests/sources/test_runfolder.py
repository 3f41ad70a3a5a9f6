import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from sources_kit import lines_of, listed, only_run, own_run, record, said

from ragtui.errors import InputError
from ragtui.model import Kind, Role, RunStatus
from ragtui.sources import open_source
from ragtui.sources.own.runfolder import load_folder, read_folder_header


def test_listing_never_opens_the_results(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record()], name="named", results=1)
    (tmp_path / "r" / "results.jsonl").unlink()
    (tmp_path / "r" / "results.jsonl").mkdir()
    (header,), problems = listed(tmp_path)
    assert (header.name, header.results) == ("named", 1)
    assert not problems
    with pytest.raises(InputError, match=r"results\.jsonl: is a folder, not a file"):
        open_source(tmp_path).load("r")


def test_a_newer_format_version_loads_what_is_known(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record(colour="red")], ragtui=7, mood="new")
    (header,), _ = listed(tmp_path)
    assert header.extra == {"mood": "new"}
    assert "format version 7 is newer than this ragtui knows (1)" in str(header.problems[0])
    assert only_run(tmp_path).scores.of("faithfulness").tolist() == [[5]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"ragtui": 1, "name": ', "not valid JSON"),
        (b"[]", "is not a JSON object"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"", "not valid JSON"),
    ],
)
def test_a_broken_summary_does_not_hide_the_results(tmp_path: Path, content: bytes, message: str) -> None:
    own_run(tmp_path / "r", [record()])
    (tmp_path / "r" / "summary.json").write_bytes(content)
    (header,), problems = listed(tmp_path)
    assert header.name == "r"
    assert f"{tmp_path / 'r' / 'summary.json'}: {message}" in str(problems[0])
    assert only_run(tmp_path).scores.of("faithfulness").tolist() == [[5]]


def test_wrong_types_in_a_summary_are_ignored(tmp_path: Path) -> None:
    nonsense = {
        "name": 7,
        "created": "yesterday",
        "dataset": "text",
        "pipeline": [1],
        "judges": None,
        "metrics": [{"name": "m", "kind": "purple", "scale": ["a", 1], "role": 3}, 5, {"kind": "unit"}],
        "repeats": "five",
        "results": -3,
        "aggregates": {"m": {"mean": "high"}, "n": 3.5, "o": None},
        "git": "abc",
        "selection": "all",
        "status": "sleeping",
        "errors": True,
        "duration_s": "NaN",
    }
    own_run(tmp_path / "r", [record(scores={"m": 1})], **nonsense)
    (header,), _ = listed(tmp_path)
    assert header.name == "7"
    assert (header.created, header.repeats, header.results, header.errors, header.revision) == (None,) * 5
    assert [(m.name, m.mean) for m in header.metrics] == [("m", None), ("n", 3.5), ("o", None)]
    assert header.status is RunStatus.PARTIAL
    assert "unknown status 'sleeping'" in str(header.problems[0])
    assert only_run(tmp_path).scores.metrics[0].kind is None


def test_declared_metrics_keep_their_definition_and_their_column(tmp_path: Path) -> None:
    metrics = [
        {"name": "silent", "kind": "unit"},
        {
            "name": "risk",
            "kind": "ordinal",
            "higher_is_better": False,
            "scale": [1, 5],
            "unit": "pt",
            "role": "resource",
        },
    ]
    own_run(tmp_path, [record(scores={"risk": 2})], metrics=metrics)
    silent, risk = only_run(tmp_path).scores.metrics
    assert (silent.name, silent.kind) == ("silent", Kind.UNIT)
    assert (risk.kind, risk.higher_is_better, risk.scale, risk.unit, risk.role) == (
        Kind.ORDINAL,
        False,
        (1.0, 5.0),
        "pt",
        Role.RESOURCE,
    )


def test_a_running_status_needs_a_living_writer(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record()], status="running")
    (tmp_path / "r" / ".lock").touch()
    assert listed(tmp_path)[0][0].status is RunStatus.PARTIAL


def test_items_of_the_dataset_without_a_result_are_rows(tmp_path: Path) -> None:
    items = [{"id": item, "question": f"{item}?", "expected": "e"} for item in "cab"]
    (tmp_path / "golden.json").write_text(json.dumps({"name": "g", "version": "3", "items": items}))
    dataset = {"name": "g", "version": "3", "file": "../golden.json"}
    own_run(tmp_path / "all", [record("a")], dataset=dataset)
    own_run(tmp_path / "some", [record("a")], dataset=dataset, selection=["a", "b"])
    own_run(tmp_path / "old", [record("a", question="old?")], dataset={**dataset, "version": "2"})
    source = open_source(tmp_path)
    assert source.load("all").scores.items == ("c", "a", "b")
    assert source.load("all").item("b").question == "b?"
    assert source.load("some").scores.items == ("a", "b")
    old = source.load("old")
    assert old.scores.items == ("a",)
    assert old.item("a").question == "old?"
    assert "the dataset file ../golden.json is version 3, the run used 2" in said(old)


def test_a_broken_dataset_is_a_problem_of_the_run(tmp_path: Path) -> None:
    own_run(tmp_path, [record()])
    (tmp_path / "dataset.json").write_text("{")
    run = only_run(tmp_path)
    assert run.scores.items == ("a",)
    assert "the dataset cannot be used" in said(run)


def test_an_empty_results_file_is_a_run_without_results(tmp_path: Path) -> None:
    own_run(tmp_path, b"")
    run = only_run(tmp_path)
    assert run.scores.values.size == 0
    assert "holds no results" in said(run)


def test_text_comes_from_its_line(tmp_path: Path) -> None:
    wild: dict[str, Any] = {
        "output": {"answer": 42},
        "contexts": [{"text": "passage", "relevant": "yes"}, "bare", None],
        "scores": {"m": {"value": 1, "rationale": ["because"], "judge": None}, "n": "bad"},
        "tokens": {"input": "many", "output": 3},
        "trace_url": "https://example.org/x",
        "metadata": "none",
        "error": None,
    }
    own_run(tmp_path, [record("z"), record(**wild)])
    result = only_run(tmp_path).result("a", "1")
    assert result is not None
    assert result.output == '{"answer":42}'
    assert [(c.id, c.text, c.relevant) for c in result.contexts] == [
        ("#1", "passage", None),
        ("#2", "bare", None),
        ("#3", "", None),
    ]
    assert (result.judgements["m"].rationale, result.judgements["m"].value) == ('["because"]', 1.0)
    assert (result.judgements["n"].value, result.judgements["n"].raw) == (None, "bad")
    assert result.tokens == {"output": 3}
    assert only_run(tmp_path).result("a", "2") is None
    assert only_run(tmp_path).result("b", "1") is None
    assert only_run(tmp_path).item("b").question == ""


def test_the_line_limit_can_be_set(tmp_path: Path) -> None:
    own_run(tmp_path, [record("short"), record("long", output="x" * 500)])
    header = read_folder_header(tmp_path, "s", "r")
    assert load_folder(tmp_path, header, max_line=200).scores.items == ("short",)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user without all rights")
def test_results_that_may_not_be_read(tmp_path: Path) -> None:
    own_run(tmp_path, [record()])
    (tmp_path / "results.jsonl").chmod(0)
    with pytest.raises(InputError, match="Permission denied"):
        only_run(tmp_path)


def test_a_live_run_is_read_while_it_grows(tmp_path: Path) -> None:
    folder = own_run(tmp_path / "r", [record()])
    source = open_source(tmp_path)
    list(source.headers())
    before, first = source.stamp(), source.load("r")
    with (folder / "results.jsonl").open("ab") as file:
        file.write(lines_of([record("b")]) + b'{"item": "c", "rep')
    assert source.stamp() != before
    assert source.load("r").scores.items == ("a", "b")
    assert first.scores.items == ("a",)
    assert first.result("a", "1") is not None
