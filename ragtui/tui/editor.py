"""The user's own editor, while the app steps aside."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from textual.app import App, SuspendNotSupported

from ragtui.places import real_path


def edit_text(app: App[None], text: str, say: Callable[[str], None]) -> None:
    """Show text in the editor; changes are thrown away, for run files are never edited."""
    with tempfile.NamedTemporaryFile("w", suffix=".md", prefix="ragtui-", encoding="utf-8", delete=False) as file:
        file.write(text)
    try:
        edit_file(app, file.name, say)
    finally:
        Path(file.name).unlink(missing_ok=True)


def file_of(path: str) -> Path | None:
    """What an editor is given: the file itself under its absolute path, so that no name can be read as an option or as
    an editor's command ("+!rm …;:.csv" is one to vim); of a run folder its results. None for anything but a file."""
    target = Path(path if Path(path).exists() else path.partition("#")[0])
    if target.is_dir():
        found = next((target / name for name in ("results.jsonl", "summary.json") if (target / name).is_file()), None)
        return None if found is None else real_path(found)
    return real_path(target) if target.is_file() else None


def _out_of(target: Path, places: Sequence[str]) -> bool:
    """Whether a file is in none of the places: a link in one of them led to it."""
    roots = [real_path(place) for place in places]
    around = [root if root.is_dir() else root.parent for root in roots]
    return bool(around) and not any(root in target.parents for root in around)


def edit_file(app: App[None], path: str, say: Callable[[str], None], places: Sequence[str] = ()) -> None:
    """Open a file, or a run folder's results, in $VISUAL or $EDITOR; says where a link out of the places leads to."""
    command = os.environ.get("VISUAL", "").strip() or os.environ.get("EDITOR", "").strip()
    try:
        words = shlex.split(command)
    except ValueError as error:
        say(f"$EDITOR cannot be read: {error}")
        return
    if not words:  # without a program before it, the file itself would be run
        say("set $EDITOR to open files from here")
        return
    target = file_of(path)
    if target is None:
        say(f"{path} is not a local file")
        return
    if _out_of(target, places):
        say(f"a link led out of this place: {target} was opened")
    try:
        with app.suspend():
            code = subprocess.call([*words, str(target)])
    except SuspendNotSupported:
        say("this terminal cannot hand over to an editor")
    except OSError as error:
        say(f"{command}: {error.strerror}")
    else:
        app.refresh()
        if code:
            say(f"{command} ended with exit code {code}")
