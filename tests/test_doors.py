"""Files that somebody else may have put there are opened through one door, which never waits."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ragtui.errors import InputError
from ragtui.files.atomic import write_bytes, write_named
from ragtui.files.regular import append_regular, open_regular, update_regular

HOUSE = Path(__file__).parents[1] / "ragtui"
DOOR = ("files/", "runner/usercode/ragtui_host/")
"""Where files are opened: the door itself, and the host of user code, which imports nothing of ragtui's."""

PACKAGED = frozenset({"runner/launch/demo.py"})
"""Reads what ships with ragtui."""

NO_FILES = frozenset({"cli/output.py", "runner/launch/trust.py"})
"""Opens descriptors of its own: /dev/null in place of a lost stream, and the store of trust, looked at once opened."""


def _in_the_package(call: ast.Call) -> bool:
    return "files(" in ast.unparse(call)


def _calls(but: frozenset[str]) -> list[tuple[str, ast.Call]]:
    return [
        (f"{name}:{node.lineno}", node)
        for path in HOUSE.rglob("*.py")
        if not (name := path.relative_to(HOUSE).as_posix()).startswith(DOOR) and name not in but
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
    ]


def test_text_and_bytes_are_read_through_the_door() -> None:
    """`open_regular` and its kin refuse pipes and devices; `Path.read_bytes` would wait for a writer for ever."""
    found = [
        place
        for place, call in _calls(PACKAGED)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in ("read_text", "read_bytes")
        and not _in_the_package(call)
    ]
    assert not found


def test_files_are_opened_through_the_door() -> None:
    """`open(…)`, `os.open(…)`, `io.open(…)` and `path.open("rb")`, by whatever name the path goes."""
    found = [
        place
        for place, call in _calls(NO_FILES)
        if ast.unparse(call.func) in ("open", "io.open", "os.open")
        or (isinstance(call.func, ast.Attribute) and call.func.attr == "open" and _has_a_mode(call))
    ]
    assert not found


def _has_a_mode(call: ast.Call) -> bool:
    """Whether a method called `open` is a path's: its first argument is a mode, or it names an encoding."""
    first = call.args[0] if call.args else None
    names = {keyword.arg for keyword in call.keywords}
    mode = isinstance(first, ast.Constant) or (isinstance(first, ast.IfExp) and isinstance(first.body, ast.Constant))
    return mode or bool(names & {"mode", "encoding", "newline", "buffering"})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
@pytest.mark.parametrize("way", [open_regular, update_regular, append_regular])
@pytest.mark.parametrize("kind", ["pipe", "device", "folder"])
def test_the_door_refuses_what_is_no_file(way: Callable[[Path], object], kind: str, tmp_path: Path) -> None:
    place = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place.symlink_to(os.devnull)
    else:
        place.mkdir()
    with pytest.raises(OSError, match=kind):
        way(place)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_written_into_nor_replaced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for way in (write_bytes, write_named):
        with pytest.raises(InputError, match="pipe"):
            way(tmp_path / "pipe", b"content")
    assert not (tmp_path / "pipe").is_file()


def test_a_named_file_follows_links_and_a_file_of_our_own_replaces_them(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("before")
    for link in ("named", "own"):
        (tmp_path / link).symlink_to("there")
    write_bytes(tmp_path / "own", b"own")
    assert (tmp_path / "there").read_text() == "before" and not (tmp_path / "own").is_symlink()
    write_named(tmp_path / "named", b"named")
    assert (tmp_path / "there").read_text() == "named" and (tmp_path / "named").is_symlink()
