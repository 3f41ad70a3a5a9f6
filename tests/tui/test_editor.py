"""What an editor is given, and what is never run."""

import sys
from pathlib import Path

import pytest
from textual.app import App

from ragtui.tui.editor import edit_file, file_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights and names of files are POSIX's")


@pytest.mark.parametrize("editor", ["", "  ", "\t", "vim '"])
def test_the_file_itself_is_never_run(editor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", editor)
    program, said = tmp_path / "results.jsonl", list[str]()
    program.write_text(f"#!/usr/bin/env sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    program.chmod(0o755)
    edit_file(App[None](), str(program), said.append)
    assert said and not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a#b.csv", "C#/a.csv", "+!touch x;:.csv", "a;b c.csv", "a\nb.csv"])
def test_a_file_of_any_name_is_given_whole(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / name, tmp_path / name.partition("#")[0]):
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text("x", encoding="utf-8")
    assert file_of(str(tmp_path / name)) == tmp_path / name
