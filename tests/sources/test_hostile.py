"""What an attacker, a crash or a tired person leaves in a file of any format: one message, and the rest is read."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from format_examples import EXAMPLES, Example
from format_examples.example import encoded
from format_mutants import LIMIT_S, seen_in
from sources_kit import listed

from ragtui.model import Problem, RunHeader, State
from ragtui.sources import open_source
from ragtui.sources.registry import registry

each_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)


COPIES = ("deepeval-hidden-twice", "openai-two-files-of-one-run")
"""Examples with a second file that holds the same: it is read where the first is damaged."""


def main_file(example: Example) -> str:
    """The largest file of an example: the one with the results."""
    return max(example.files, key=lambda name: len(encoded(name, example.files[name])))


@each_example
def test_a_file_cut_anywhere_is_a_message_or_fewer_results(tmp_path: Path, example: Example) -> None:
    place = example.write(tmp_path)
    name = main_file(example)
    if example.id in COPIES:
        pytest.skip("has a second copy")
    whole, most = encoded(name, example.files[name]), seen_in(place).results
    for part in range(1, 8):
        (tmp_path / name).write_bytes(whole[: len(whole) * part // 8])
        seen = seen_in(place)
        assert seen.results <= most
        assert seen.said or seen.results < most or not seen.results


@each_example
def test_a_bad_file_beside_a_good_one_costs_itself_only(tmp_path: Path, example: Example) -> None:
    (tmp_path / "good.csv").write_text("item,answer,correct\n1,a,1\n2,b,0\n")
    name = main_file(example)
    (tmp_path / f"bad-{Path(name).name}").write_bytes(encoded(name, example.files[name])[:-9] + b"\xff\0\xfe")
    headers, problems = listed(tmp_path)
    assert "good" in [header.name for header in headers]
    assert all("should not happen" not in str(problem) for problem in problems)


def deep(levels: int) -> str:
    """Brackets in brackets."""
    return "[" * levels + "]" * levels


BOMBS = ("nested", "huge cell", "huge number", "many keys")


@pytest.mark.parametrize(
    ("example", "bomb"),
    [(example, BOMBS[place % len(BOMBS)]) for place, example in enumerate(EXAMPLES)],
    ids=[example.id for example in EXAMPLES],
)
def test_bombs_are_refused_or_harmless(tmp_path: Path, example: Example, bomb: str) -> None:
    """Put where the file has a text: brackets 100,000 deep, a cell of 2 MB, a number of 5,000 digits, 50,000 keys."""
    name = main_file(example)
    raw = encoded(name, example.files[name])
    if isinstance(example.files[name], bytes):
        pytest.skip("no text")
    for old in (b'"answer"', b'"A"', b'"right"', b'"small"', b"A,", b"o,", b"r1,"):
        if old in raw:
            break
    as_text = name.endswith(".csv")
    put: dict[str, str] = {
        "nested": deep(100_000),
        "huge cell": '"' + "y" * 2_000_000 + '"',
        "huge number": "9" * 5_000,
        "many keys": "{" + ",".join(f'"k{number}": {number}' for number in range(50_000)) + "}",
    }
    said = put[bomb].replace('"', '""') if as_text else put[bomb]
    changed = raw.replace(old, f'"{said}",'.encode() if as_text else said.encode(), 1)
    example.write(tmp_path)
    (tmp_path / name).write_bytes(changed)
    started = time.process_time()
    seen_in(tmp_path / example.open if example.open else tmp_path)
    assert time.process_time() - started < LIMIT_S


def test_escapes_and_formulas_in_names_are_values_only(tmp_path: Path) -> None:
    evil = "=cmd|' /C calc'!A0\x1b]0;owned\x07\u202e"
    rows = [{"example_id": evil, "reward": 1.0, "completion": evil, "prompt": evil, "answer": evil, "task": evil}]
    (tmp_path / "results.jsonl").write_text("\n".join(map(json.dumps, rows)))
    headers, problems = listed(tmp_path / "results.jsonl")
    assert len(headers) == 1
    assert all(str(problem).isprintable() for problem in problems)


def test_nothing_is_unpickled_or_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle under any ending is not touched by `pickle`."""
    import pickle

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("unpickled")

    monkeypatch.setattr(pickle, "loads", refuse)
    monkeypatch.setattr(pickle, "load", refuse)
    raw = pickle.dumps({"testCases": []})
    for ending in {ending for known in registry().formats for ending in known.endings}:
        (tmp_path / f"data{ending}").write_bytes(raw)
    assert listed(tmp_path)[0] == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs on this system")
def test_fifos_devices_and_circles_are_never_opened(tmp_path: Path) -> None:
    (tmp_path / "good.csv").write_text("item,answer,correct\n1,a,1\n2,b,0\n")
    for name in ("results.jsonl", "metadata.json", "test_run_1.json", "per_instance_stats.json", "config.json"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir(exist_ok=True)
        os.mkfifo(folder / name)
    (tmp_path / "null.json").symlink_to("/dev/zero")
    (tmp_path / "circle").symlink_to(tmp_path)
    headers, _ = listed(tmp_path)
    assert [header.name for header in headers] == ["good"]


@each_example
def test_a_file_that_changes_while_it_is_open_is_said(tmp_path: Path, example: Example) -> None:
    source = open_source(example.write(tmp_path))
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    for name in example.files:
        (tmp_path / name).write_bytes(b"[]")
    for header in headers:
        try:
            run = source.load(header.id)
        except Exception as error:
            assert type(error).__name__ == "InputError"
        else:
            assert run.problems or not (run.scores.states == State.SCORED).any()


def test_a_sqlite_file_of_anything_else_is_passed_over(tmp_path: Path) -> None:
    import sqlite3

    for name, schema in (("notes.db", "CREATE TABLE notes (text)"), ("runs.db", "CREATE TABLE runs (id)")):
        database = sqlite3.connect(tmp_path / name)
        database.execute(schema)
        database.commit()
        database.close()
    headers, problems = listed(tmp_path)
    assert headers == []
    assert all(isinstance(problem, Problem) for problem in problems)
