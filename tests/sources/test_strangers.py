"""A stranger's folder: pipes, devices and sockets are never opened, bombs are not unpacked, everything else loads."""

import os
import socket
import zipfile
from pathlib import Path

import pytest
from sources_kit import lines_of, listed, own_run, record

from ragtui.errors import InputError
from ragtui.files.regular import NotRegularError, is_regular, kind_of, open_regular, read_regular
from ragtui.sources import open_source

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")


def pipe(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    return path


def device(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/dev/zero")
    return path


def plug(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's address may be no longer than a hundred bytes
    try:
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path.name)
    finally:
        os.chdir(here)
    return path


def folder(path: Path) -> Path:
    path.mkdir(parents=True)
    return path


KINDS = [(pipe, "a named pipe"), (device, "a device"), (plug, "a socket"), (folder, "a folder")]


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_only_regular_files_are_opened(tmp_path: Path, make: object, kind: str) -> None:
    path = make(tmp_path / "x")  # type: ignore[operator]
    assert kind_of(path) == kind and not is_regular(path)
    with pytest.raises(NotRegularError, match=kind):
        open_regular(path)
    (tmp_path / "file").write_bytes(b"abc")
    assert read_regular(tmp_path / "file", 2) == b"ab" and is_regular(tmp_path / "file")
    assert kind_of(tmp_path / "none") == ""


@pytest.mark.parametrize(("make", "kind"), KINDS[:3])
@pytest.mark.parametrize("name", ["results.jsonl", "scores.csv", "eval.json", "log.eval", "more.jsonl", "t.tsv"])
def test_what_is_no_file_is_named_and_the_rest_loads(tmp_path: Path, make: object, kind: str, name: str) -> None:
    make(tmp_path / "strange" / name)  # type: ignore[operator]
    (tmp_path / "good.jsonl").write_bytes(lines_of([{"id": "a", "scores": {"recall": 1}}]))
    headers, problems = listed(tmp_path)
    assert [header.name for header in headers] == ["good"]
    assert [f"{kind}, not a file: not opened" in problem.message for problem in problems] == [True]
    with pytest.raises(InputError):
        open_source(tmp_path).load("strange")


@pytest.mark.parametrize("name", [".lock", "dataset.json", "launch.json", "summary.json"])
def test_a_pipe_beside_a_run_does_not_hold_it_up(tmp_path: Path, name: str) -> None:
    run = own_run(tmp_path / "r", [record()], status="running")
    if (run / name).exists():
        (run / name).unlink()
    pipe(run / name)
    headers, _ = listed(tmp_path)
    assert len(headers) == 1
    assert open_source(tmp_path).load(headers[0].id).scores.values.size


@pytest.mark.parametrize("target", ["/", "..", "../.."])
def test_a_link_to_a_folder_around_the_place_is_named_and_not_followed(tmp_path: Path, target: str) -> None:
    """The whole disk was searched, and a neighbour's runs stood in the list as if they were the place's."""
    place = tmp_path / "downloads" / "place"
    own_run(place / "r", [record()])
    own_run(tmp_path / "downloads" / "neighbour", [record()])
    (place / "up").symlink_to(target)
    headers, problems = listed(place)
    assert [header.name for header in headers] == ["r"]
    assert ["not followed" in problem.message for problem in problems] == [True]
    (place / "up").unlink()
    (place / "beside").symlink_to(tmp_path / "downloads" / "neighbour")
    assert sorted(header.location for header in listed(place)[0])[0].endswith("beside")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.eval"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b"[" + b"[]," * 8_000_000 + b"[]]")
    assert path.stat().st_size < 100_000
    headers, problems = listed(path)
    assert not headers and "unpacks to more than" in problems[0].message
