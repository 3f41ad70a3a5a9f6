import json
import os
import sys
from pathlib import Path

import pytest
from sources_kit import deflated, eval_entries, lines_of, listed, log_head, own_run, record, sample

from ragtui.errors import InputError
from ragtui.model import Problem, RunHeader
from ragtui.sources import open_source


def names(path: Path) -> list[str]:
    return [header.id for header in listed(path)[0]]


def mixed(folder: Path) -> Path:
    own_run(folder / "own", [record()])
    (folder / "plain").mkdir(parents=True)
    (folder / "plain" / "results.jsonl").write_bytes(lines_of([{"id": "a", "scores": {"m": 1}}]))
    (folder / "logs").mkdir()
    deflated(folder / "logs" / "a.eval", eval_entries([sample(1), sample(2)], log_head()))
    (folder / "scores.csv").write_text("item,answer,score\na,x,1\nb,y,0\n")
    return folder


def test_any_mix_of_formats_is_one_list(tmp_path: Path) -> None:
    headers, problems = listed(mixed(tmp_path))
    assert {header.format: header.id for header in headers} == {
        "inspect": "E1",
        "ragtui": "own",
        "plain": "plain",
        "table": "scores.csv",
    }
    assert not problems
    source = open_source(tmp_path)
    for header in headers:
        assert source.load(header.id).scores.items


def test_a_list_comes_one_run_at_a_time(tmp_path: Path) -> None:
    for name in "abc":
        own_run(tmp_path / name, [record()])
    found = open_source(tmp_path).headers()
    first = next(found)
    assert isinstance(first, RunHeader)
    assert first.id == "a"
    (tmp_path / "b" / "summary.json").write_text('{"ragtui": 1, "id": "written meanwhile"}')
    assert [getattr(entry, "id", "") for entry in found] == ["written meanwhile", "c"]


def test_one_broken_entry_never_stops_the_others(tmp_path: Path) -> None:
    mixed(tmp_path)
    (tmp_path / "logs" / "broken.eval").write_bytes(b"PK\x03\x04 cut")
    (tmp_path / "logs" / "cut.json").write_text('{"version": 2, "eval": {"task": "t", "model": ')
    headers, problems = listed(tmp_path)
    assert len(headers) == 4
    assert sorted(Path(problem.where).name for problem in problems) == ["broken.eval", "cut.json"]
    assert all(problem.message and problem.hint for problem in problems)


def test_files_that_are_no_runs_are_passed_over(tmp_path: Path) -> None:
    items = [{"id": "1", "question": "?", "expected": "!", "difficulty": 3}]
    (tmp_path / "dataset.json").write_text(json.dumps({"ragtui_dataset": 1, "name": "d", "items": items}))
    (tmp_path / "golden.json").write_text(json.dumps(items))
    (tmp_path / "corpus.jsonl").write_bytes(lines_of([{"id": "p1", "title": "t", "text": "words", "tokens": 12}]))
    (tmp_path / "package.json").write_text('{"name": "x", "scores": {"a": 1}}')
    (tmp_path / "prices.csv").write_text("date,open,close\n2026-01-01,3.5,3.6\n")
    (tmp_path / "notes.txt").write_text("item,score\na,1\n")
    (tmp_path / ".hidden").mkdir()
    own_run(tmp_path / ".hidden" / "r", [record()])
    own_run(tmp_path / "node_modules" / "r", [record()])
    headers, problems = listed(tmp_path)
    assert headers == []
    assert [problem.message for problem in problems] == ["holds no runs"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("results.json", b'{"a": [1, 2', "not valid JSON"),
        ("long.json", b"[" + b'["a", 1], ' * 10_000, "is cut short"),
        ("binary.json", b"\0\1", "is no .json file"),
        ("empty.csv", b"", "is empty"),
        ("binary.csv", b"\0\1a,b\n1,2\n", "is no .csv file"),
        ("garbage.jsonl", b"Traceback (most recent call last):\n", "holds no JSON object"),
        ("results.jsonl", b"x\n", "holds no JSON object"),  # makes a run folder of its folder
        ("run.parquet", b"garbage", "is no .parquet file"),
    ],
)
def test_a_broken_file_is_named_where_nothing_else_was_found(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / name).write_bytes(content)
    (tmp_path / "only" / "package.json").write_text('{"name": "x"}')
    assert [(problem.where, problem.message[: len(message)]) for problem in listed(tmp_path / "only")[1]] == [
        (str(tmp_path / "only" / name), message)
    ]
    own_run(tmp_path / "run", [record()])
    if name != "results.jsonl":
        assert not listed(tmp_path)[1], "beside a run it is not ours to judge"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("golden.json", '[{"id": "1", "question": "?"}]', "what its columns mean cannot be guessed"),
        ("package.json", '{"name": "x"}', "no item scores and no means found"),
        ("list.json", '["a", "b"]', "is a list without objects"),
        ("numbers.json", "[1, 2]", "is a list of 2 numbers, and nothing says of which items"),
        ("number.json", "7", "holds no results"),
        ("broken.json", "{", "not valid JSON"),
        ("empty.csv", "", "is empty"),
        ("names.csv", "item,score\n", "no rows"),
        ("binary.csv", "a\0b\n1,2\n", "is not a text file"),
        ("empty.jsonl", "", "is empty"),
        ("notes.txt", "Dear all,\nthe run went well.\n", "what its columns mean cannot be guessed"),
        ("empty.txt", "  ", "is empty"),
        ("log.eval", "not a zip", "Inspect AI: is damaged or cut short"),
    ],
)
def test_a_file_named_directly_that_is_no_run_says_why(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    headers, problems = listed(tmp_path / name)
    assert headers == []
    assert len(problems) == 1
    assert problems[0].where == str(tmp_path / name)
    assert problems[0].message.startswith(message)
    assert problems[0].hint


def test_an_empty_folder_says_what_is_read(tmp_path: Path) -> None:
    assert listed(tmp_path) == ([], [Problem(str(tmp_path), "holds no runs", listed(tmp_path)[1][0].hint)])
    assert "ragtui formats" in listed(tmp_path)[1][0].hint


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        open_source(tmp_path / "none")


def test_links_are_followed_once(tmp_path: Path) -> None:
    own_run(tmp_path / "real" / "r", [record()])
    (tmp_path / "real" / "loop").symlink_to(tmp_path / "real")
    (tmp_path / "again").symlink_to(tmp_path / "real" / "r")
    (tmp_path / "self.csv").symlink_to(tmp_path / "self.csv")
    (tmp_path / "nowhere.jsonl").symlink_to(tmp_path / "gone")
    assert names(tmp_path) == ["r"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert names(tmp_path) == []
    _, problems = listed(tmp_path / "pipe.csv")
    assert problems[0].message == "is a named pipe, not a file: not opened"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="needs a user without all rights")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record()])
    (tmp_path / "closed").mkdir(mode=0)
    headers, problems = listed(tmp_path)
    assert len(headers) == 1
    assert "Permission denied" in problems[0].message


def test_copies_of_a_run_are_told_apart(tmp_path: Path) -> None:
    own_run(tmp_path / "a", [record(scores={"m": 1})], id="same")
    own_run(tmp_path / "b", [record(scores={"m": 2})], id="same")
    source = open_source(tmp_path)
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    assert [header.id for header in headers] == ["same", "b"]
    assert len({header.uid for header in headers}) == 2
    assert "has the same id 'same'" in str(headers[1].problems[0])
    loaded = source.load("b")
    assert loaded.scores.of("m").tolist() == [[2]]
    assert loaded.scores.repeats[0].run_uid == headers[1].uid


def test_a_run_can_be_loaded_without_listing_first(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record()])
    assert open_source(tmp_path).load("r").header.id == "r"
    with pytest.raises(InputError, match="holds no run 'other'"):
        open_source(tmp_path).load("other")


def test_the_stamp_changes_with_what_was_listed(tmp_path: Path) -> None:
    own_run(tmp_path / "deep" / "r", [record()])
    (tmp_path / "scores.csv").write_text("item,answer,score\na,x,1\n")
    source = open_source(tmp_path)
    list(source.headers())
    first = source.stamp()
    assert source.stamp() == first
    own_run(tmp_path / "deep" / "new", [record()])
    second = source.stamp()
    assert second != first
    (tmp_path / "scores.csv").write_text("item,answer,score\na,x,1\nb,y,1\n")
    third = source.stamp()
    assert third != second
    (tmp_path / "deep" / "r" / "summary.json").unlink()
    assert source.stamp() != third


def test_a_run_folder_named_directly(tmp_path: Path) -> None:
    own_run(tmp_path / "r", [record()])
    assert names(tmp_path / "r") == ["r"]
    assert names(tmp_path / "r" / "results.jsonl") == ["r"]


def test_keys_of_sources_do_not_depend_on_how_the_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_run(tmp_path / "r", [record()])
    monkeypatch.chdir(tmp_path)
    assert open_source(Path("r")).key == open_source(tmp_path / "r" / ".." / "r").key
    assert listed(Path())[0][0].id == "r"
