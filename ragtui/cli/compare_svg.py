"""The compare screen as a picture, drawn by the app itself without a terminal."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (120, 40)
_PATIENCE_S = 60.0

_WEB_FONTS = re.compile(r"@font-face\s*\{[^}]*\}\s*")
"""What would fetch a font from the network; without it the picture shows the reader's own monospace font."""


def compare_svg(places: Sequence[str], baseline: Sequence[str], candidate: Sequence[str]) -> str:
    """The compare screen of two sides as SVG.

    Args:
        places: what the app opens.
        baseline, candidate: locations of the runs.

    Raises:
        RagtuiError: the runs cannot be opened, or the screen did not come.
    """
    return asyncio.run(_draw(places, baseline, candidate))


async def _draw(places: Sequence[str], baseline: Sequence[str], candidate: Sequence[str]) -> str:
    from ragtui.tui.app import RagtuiApp
    from ragtui.tui.screens.compare import CompareScreen
    from ragtui.tui.screens.runs import RunsScreen

    app = RagtuiApp(places)
    async with app.run_test(size=SIZE) as pilot:
        await _until(pilot, lambda: isinstance(app.screen, RunsScreen) and app.screen.is_mounted)
        assert app.session is not None
        headers = {header.location: header for header in app.session.library.headers.values()}
        sides = [[headers[place] for place in side if place in headers] for side in (baseline, candidate)]
        if not all(sides):
            raise RagtuiError("the compare screen finds no runs", "Leave the .svg report out.")
        screen = CompareScreen(app.session, sides[0], [sides[1]])
        await app.push_screen(screen)
        await _until(pilot, lambda: screen.result is not None)
        await pilot.pause()
        return _WEB_FONTS.sub("", app.export_screenshot(title="ragtui"))


async def _until(pilot: Pilot[None], ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not ready():
        if time.monotonic() > deadline:
            raise RagtuiError("the compare screen did not come", "Leave the .svg report out.")
        await pilot.pause(0.05)
