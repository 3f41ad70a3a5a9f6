"""Formats are found, not listed; another package adds one by an entry point, and a broken one costs little."""

import json
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from format_examples import EXAMPLES, Example
from sources_kit import listed

from ragtui.cli import main
from ragtui.manual import page
from ragtui.manual.tables import format_tables
from ragtui.sources import open_source
from ragtui.sources.format import Format
from ragtui.sources.peek import Peek, closed
from ragtui.sources.registry import registry

READER = """
from ragtui.model import Configuration, RunHeader
from ragtui.sources.drafts.draft import Draft
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.format import Format


def sniff(peek):
    return "abacus" in peek.top


def drafts(document, source):
    beads = [
        {"item": str(row["n"]), "repeat": "1", "scores": {"sum": row["sum"]}} for row in document["abacus"]
    ]
    yield Draft(name="beads", records=beads)


def read(peek, request):
    yield from read_document(peek, request, FORMAT, drafts)


FORMAT = Format(
    name="abacus", tool="Abacus", files=".bead", told_by="`abacus`", item="n", repeat="none", configuration="none",
    error="none", endings=(".bead",), sniff=sniff, read=read,
)
"""


@pytest.fixture(autouse=True)
def found_anew() -> Iterator[None]:
    """Formats are found once a process: look again before and after."""
    registry.cache_clear()
    yield
    registry.cache_clear()


def installed(place: Path, monkeypatch: pytest.MonkeyPatch, module: str, code: str) -> None:
    """A package with one entry point, as an installer leaves it."""
    (place / f"{module}.py").write_text(code)
    info = place / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[ragtui.formats]\n{module} = {module}:FORMAT\n")
    monkeypatch.syspath_prepend(str(place))
    monkeypatch.delitem(sys.modules, module, raising=False)


def test_every_format_says_what_it_is() -> None:
    names = [known.name for known in registry().formats]
    assert len(names) == len(set(names))
    for known in registry().formats:
        for said in (
            known.tool,
            known.files,
            known.told_by,
            known.item,
            known.repeat,
            known.configuration,
            known.error,
        ):
            assert said.strip() == said != ""
        assert all(ending == ending.lower() for ending in known.endings)


def test_a_package_adds_a_format_in_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, runs = tmp_path / "site", tmp_path / "runs"
    site.mkdir()
    runs.mkdir()
    installed(site, monkeypatch, "abacus", READER)
    assert len(READER.splitlines()) <= 60
    (runs / "a.bead").write_text(json.dumps({"abacus": [{"n": 1, "sum": 4}, {"n": 2, "sum": 2}]}))
    source = open_source(runs)
    (header,) = source.headers()
    assert (header.name, header.format, header.items) == ("beads", "abacus", 2)  # type: ignore[union-attr]
    run = source.load(header.id)  # type: ignore[union-attr]
    assert run.scores.of("sum").ravel().tolist() == [4, 2]
    assert "| **Abacus** `abacus` | n | none |" in page("files").text


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise RuntimeError('no bead')", "cannot be loaded (RuntimeError: no bead)"),
        ("FORMAT = 7", "names no ragtui.sources.format.Format"),
        (READER.replace('return "abacus" in', "return 1 / 0 in"), "failed to recognise a file"),
    ],
)
def test_a_broken_package_costs_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    site, runs = tmp_path / "site", tmp_path / "runs"
    site.mkdir()
    runs.mkdir()
    installed(site, monkeypatch, "abacus", code)
    for name in ("a.bead", "b.bead"):
        (runs / name).write_text("{}")
    (runs / "good.csv").write_text("item,answer,correct\n1,a,1\n2,b,0\n")
    headers, problems = listed(runs)
    assert [header.name for header in headers] == ["good"]
    assert [message in problem.message for problem in problems] == [True]


def test_a_reader_that_breaks_costs_its_own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site, runs = tmp_path / "site", tmp_path / "runs"
    site.mkdir()
    runs.mkdir()
    installed(site, monkeypatch, "abacus", READER)
    (runs / "a.bead").write_text(json.dumps({"abacus": 7}))
    (runs / "b.bead").write_text(json.dumps({"abacus": [{"n": 1, "sum": 4}]}))
    headers, problems = listed(runs)
    assert [header.name for header in headers] == ["beads"]
    assert [Path(problem.where).name for problem in problems] == ["a.bead"]


def test_the_command_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formats"]) == 0
    shown = capsys.readouterr().out
    assert all(known.name in shown for known in registry().formats)
    assert main(["formats", "inspect"]) == 0
    assert "epoch" in capsys.readouterr().out
    assert main(["formats", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "ragtui.formats/1"
    assert {entry["name"] for entry in told["formats"]} == {known.name for known in registry().formats}
    assert main(["formats", "abacus"]) == 2


@pytest.mark.parametrize(
    ("start", "whole"),
    [
        (b'{"a": [1, 2, {"b": "x", "c": "cut he', b'{"a": [1, 2, {"b": "x"}]}'),
        (b'{"a": [1, 2', b'{"a": [1]}'),
        (b'{"a": {"b": ', b'{"a": {}}'),
        (b'[{"a": "]}\\"", "b": 1}, {', b'[{"a": "]}\\"", "b": 1}, {}]'),
        (b"[" * 5, b"[[[[[]]]]]"),
        (b"nothing", b""),
    ],
)
def test_a_cut_document_is_closed(start: bytes, whole: bytes) -> None:
    assert closed(start) == whole


def test_the_beginning_of_a_long_document_tells_its_shape(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    path.write_text(json.dumps({"name": "x", "rows": [{"text": "y" * 500}] * 1000}))
    peek = Peek(path)
    assert not peek.whole
    assert (peek.kind, peek.top["name"]) == ("json", "x")
    assert 50 < len(peek.top["rows"]) < 1000
    assert len(peek.load()["rows"]) == 1000


def test_every_room_holds_formats_only() -> None:
    assert all(isinstance(known, Format) for known in registry().formats)


def test_the_manual_shows_what_the_formats_say_of_themselves() -> None:
    tables = format_tables(registry().formats)
    assert tables in page("files").text
    copy = files("ragtui.manual").joinpath("files.md").read_text("utf-8")
    stale = [line for line in copy.splitlines() if line.startswith("| ") and line not in tables.splitlines()]
    assert not stale, "ragtui formats -f markdown prints the tables for ragtui/manual/files.md"


def test_a_first_entry_longer_than_the_beginning_is_still_recognised(tmp_path: Path) -> None:
    row = {"doc_id": 0, "doc": {"question": "long " * 40_000}, "target": "x", "resps": [["a"]], "filtered_resps": ["a"]}
    row |= {"filter": "none", "metrics": ["acc"], "acc": 1.0}
    (tmp_path / "samples_t.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row | {"doc_id": 1}) + "\n")
    long = {"task_id": 0, "trial": 0, "traj": [{"content": "y" * 300_000}], "reward": 1.0, "info": {}}
    (tmp_path / "tau.json").write_text(json.dumps([long, long | {"task_id": 1}]))
    headers, problems = listed(tmp_path)
    assert sorted((header.format, header.items) for header in headers) == [("lm-eval", 2), ("tau-bench", 2)]
    assert not problems


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.json",
            {"test_results": [{"id": f"t{n}", "input": "q", "actual_output": "a", "score": n} for n in range(3)]},
        ),
        ("b.json", {"results": [{"id": f"t{n}", "prompt": "q", "answer": "a", "score": n} for n in range(3)]}),
        ("c.json", {"rows": [{"id": f"t{n}", "query": "q", "answer": "a", "score": n} for n in range(3)]}),
        ("d.json", [{"task_id": f"t{n}", "reward": n, "answer": "a"} for n in range(3)]),
        ("e.json", {"cases": [{"id": f"t{n}", "inputs": "q", "output": "a", "scores": {"x": n}} for n in range(3)]}),
    ],
)
def test_no_tool_takes_the_file_of_a_hand_made_harness(tmp_path: Path, name: str, content: object) -> None:
    (tmp_path / name).write_text(json.dumps(content))
    (header,), _ = listed(tmp_path)
    assert (header.format in ("plain", "table", "lines"), header.items) == (True, 3)


def test_runs_of_one_name_with_other_scores_are_two_runs(tmp_path: Path) -> None:
    for day, second in (("monday", "0.5"), ("tuesday", "0.75"), ("copy", "0.5")):
        rows = f"dataset_item_id,experiment_name,feedback_scores.tone\na,baseline,1\nb,baseline,{second}\n"
        (tmp_path / f"{day}.csv").write_text(rows)
    headers, problems = listed(tmp_path)
    assert [Path(header.location).name for header in headers] == ["copy.csv", "tuesday.csv"]
    assert "monday.csv: holds the same results as" in str(problems[0])


def example(name: str) -> Example:
    """A format's example by its id."""
    return next(entry for entry in EXAMPLES if entry.id == name)


def test_deepevals_second_copy_counts_where_the_first_is_damaged(tmp_path: Path) -> None:
    example("deepeval-hidden-twice").write(tmp_path)
    (tmp_path / "app" / ".deepeval" / ".latest_run_full.json").write_text('{"testCases": [')
    headers, problems = listed(tmp_path)
    assert [(header.format, header.items) for header in headers] == [("deepeval", 3)]
    assert "not valid JSON" in problems[0].message


def test_lm_eval_results_lead_to_their_samples(tmp_path: Path) -> None:
    example("lm-eval-two-filters").write(tmp_path)
    (results,) = tmp_path.rglob("results_*.json")
    assert [header.name for header in listed(results)[0]] == ["sums small"]
    assert len(listed(tmp_path)[0]) == 1
    (samples,) = tmp_path.rglob("samples_*.jsonl")
    samples.unlink()
    headers, problems = listed(tmp_path)
    assert headers == []
    assert "only means" in problems[0].message
    assert "--log_samples" in problems[0].hint
