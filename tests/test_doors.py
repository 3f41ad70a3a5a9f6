"""Files that somebody else may have put there are opened through one door, which never waits."""

import ast
from pathlib import Path

HOUSE = Path(__file__).parents[1] / "ragtui"
DOOR = ("files/", "runner/usercode/ragtui_host/")
"""Where files are opened: the door itself, and the host of user code, which imports nothing of ragtui's."""

PACKAGED = frozenset({"runner/launch/demo.py"})
"""Reads what ships with ragtui."""


def _in_the_package(call: ast.Call) -> bool:
    return "files(" in ast.unparse(call)


def test_text_and_bytes_are_read_through_the_door() -> None:
    """`open_regular` and its kin refuse pipes and devices; `Path.read_bytes` would wait for a writer for ever."""
    found = [
        f"{path.relative_to(HOUSE).as_posix()}:{node.lineno}"
        for path in HOUSE.rglob("*.py")
        if not (name := path.relative_to(HOUSE).as_posix()).startswith(DOOR) and name not in PACKAGED
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("read_text", "read_bytes")
        and not _in_the_package(node)
    ]
    assert not found
