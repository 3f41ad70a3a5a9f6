"""Plain-text frames of an app's screen, kept beside the tests and compared line by line.

`RAGTUI_UPDATE_FRAMES=1 pytest tests/tui` writes the frames anew; the difference is then read in review.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot
from tui.driving import settled

FRAMES = Path(__file__).parent / "frames"
SIZES = {"120x36": (120, 36), "80x24": (80, 24)}
"""Every screen is drawn at these sizes."""
FOUR = {**SIZES, "200x50": (200, 50), "40x10": (40, 10)}


def frame(app: App[Any]) -> str:
    """Text of the screen, one line a terminal line, blanks at the ends of lines left out."""
    lines = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def widths(app: App[Any]) -> set[int]:
    """Widths of the screen's lines in terminal cells: a single one unless something is drawn too wide."""
    strips = app.screen._compositor.render_strips()
    return {cell_len("".join(segment.text for segment in strip)) for strip in strips}


def assert_frame(app: App[Any], name: str) -> None:
    """Compare the screen with `frames/<name>.txt`, and every line with the width of the terminal.

    Raises:
        AssertionError: it differs, or there is no such frame yet.
    """
    assert widths(app) == {app.size.width}, "a line is not as wide as the terminal"
    shown, path = frame(app), FRAMES / f"{name}.txt"
    if os.environ.get("RAGTUI_UPDATE_FRAMES"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8", newline="\n")
        return
    assert path.exists(), f"no frame {path.name}: RAGTUI_UPDATE_FRAMES=1 writes it\n{shown}"
    assert shown == path.read_text(encoding="utf-8"), f"{path.name} differs from the screen:\n{shown}"


async def assert_frames(pilot: Pilot[None], name: str) -> None:
    """Compare the screen at hand at four sizes: the terminal changes its size, which is cheaper than four apps."""
    for word, size in FOUR.items():
        await pilot.resize_terminal(*size)
        await settled(pilot)
        assert_frame(pilot.app, f"{name}-{word}")
