"""The user's own editor, while the app steps aside."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from textual.app import App, SuspendNotSupported


def edit_text(app: App[None], text: str, say: Callable[[str], None]) -> None:
    """Show text in the editor; changes are thrown away, for run files are never edited."""
    with tempfile.NamedTemporaryFile("w", suffix=".md", prefix="ragtui-", encoding="utf-8", delete=False) as file:
        file.write(text)
    try:
        edit_file(app, file.name, say)
    finally:
        Path(file.name).unlink(missing_ok=True)


def edit_file(app: App[None], path: str, say: Callable[[str], None]) -> None:
    """Open a file, or a run folder's results, in $VISUAL or $EDITOR."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not command:
        say("set $EDITOR to open files from here")
        return
    target = Path(path)
    if target.is_dir():
        results = target / "results.jsonl"
        target = results if results.exists() else target
    if not target.exists():
        say(f"{path} is not a local file")
        return
    try:
        with app.suspend():
            code = subprocess.call([*shlex.split(command), str(target)])
    except SuspendNotSupported:
        say("this terminal cannot hand over to an editor")
    except OSError as error:
        say(f"{command}: {error.strerror}")
    else:
        app.refresh()
        if code:
            say(f"{command} ended with exit code {code}")
