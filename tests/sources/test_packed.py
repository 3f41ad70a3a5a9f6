"""Packed files: read like what is in them, with bounds on what they may become."""

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from sources_kit import lines_of, listed, only_run

from ragtui.files import packed

ROWS = [{"id": f"i{n}", "question": "Où ?", "score": n % 2} for n in range(6)]
PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", zstandard.compress),
    (".GZ", gzip.compress),
]  # fmt: skip


@pytest.mark.parametrize(("ending", "pack"), PACKERS)
@pytest.mark.parametrize("name", ["runs.jsonl", "runs.csv"])
def test_a_packed_file_is_read_like_the_one_inside(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes], name: str
) -> None:
    table = "id,question,score\n" + "".join(f"{row['id']},{row['question']},{row['score']}\n" for row in ROWS)
    path = tmp_path / f"{name}{ending}"
    path.write_bytes(pack(lines_of(ROWS) if name.endswith("l") else table.encode()))
    run = only_run(tmp_path)
    assert run.scores.of("score").mean() == 0.5 and run.scores.items[0] == "i0"
    assert run.item("i3").question == "Où ?"
    assert run.header.location == str(path)


@pytest.mark.parametrize(("content", "said"), [
    (b"plain text", "cannot be unpacked"),
    (gzip.compress(lines_of(ROWS))[:-9], "cannot be unpacked"),
    (gzip.compress(b"SQLite format 3\0" + bytes(100)), "only read unpacked"),
], ids=["no archive", "cut off", "a database"])  # fmt: skip
def test_what_cannot_be_unpacked_is_named_and_the_rest_is_read(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "bad.jsonl.gz").write_bytes(content)
    (tmp_path / "good.jsonl").write_bytes(lines_of(ROWS))
    runs, problems = listed(tmp_path)
    assert [run.name for run in runs] == ["good"]
    (problem,) = problems
    assert said in problem.message and "bad.jsonl.gz" in problem.where


@pytest.mark.parametrize(("ending", "pack"), PACKERS[:4])
def test_a_file_that_becomes_too_large_is_not_read(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed, "ALWAYS", 4096)
    (tmp_path / f"bomb.csv{ending}").write_bytes(pack(b"id,score\n" + b"1,1\n" * 50_000))
    runs, problems = listed(tmp_path)
    assert not runs and "when unpacked: not read" in problems[0].message
