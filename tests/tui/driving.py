"""Opening the app in a test and waiting until it has nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot
from textual.worker import Worker, WorkerCancelled

from ragtui.tui.app import RagtuiApp
from ragtui.tui.screens.compare import CompareScreen
from ragtui.tui.screens.item import ItemScreen
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.widgets.filter_bar import FilterBar

ROOT = Path(__file__).parents[2]
SAMPLES = "sample_runs/support-docs"
LARGE, SMALL = (120, 36), (80, 24)
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@asynccontextmanager
async def opened(
    *places: str | Path, size: tuple[int, int] = LARGE, ascii_only: bool = False, theme: str | None = None
) -> AsyncIterator[tuple[RagtuiApp, Pilot[None]]]:
    """The app over some places, settled."""
    app = RagtuiApp([str(place) for place in places], ascii_only=ascii_only, theme=theme)
    app.animation_level = "none"  # a scroll under way would be drawn half done, depending on how quick the machine is
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: any(isinstance(each, RunsScreen) and not each.reading for each in app.screen_stack))
        await settled(pilot)
        yield app, pilot
        if app.faults:  # said in a message, and a fault all the same
            raise app.faults[0]


async def settled(pilot: Pilot[None]) -> None:
    """Wait until no worker runs, nothing typed waits to be posted and every message has been handled.

    Nothing here sleeps for a while and hopes: a busy machine needs longer, an idle one does not wait.
    """
    for _ in range(20):
        await _handled(pilot)
        busy: list[Worker[object]] = [worker for worker in pilot.app.workers if worker.group not in ("watch", "poll")]
        if not busy and not any(bar.waiting for bar in pilot.app.screen.query(FilterBar)):
            return
        with suppress(WorkerCancelled):  # a newer job of the same group took its place
            await pilot.app.workers.wait_for_complete(busy)
        await asyncio.sleep(0 if busy else 0.02)


async def _handled(pilot: Pilot[None]) -> None:
    """Wait until every message has been handled, and those that followed from them, and the screen is drawn anew."""
    quiet = 0
    while quiet < 3:
        await pilot.pause(0)
        app = pilot.app
        nodes = [app, *app.screen_stack, *app.screen.walk_children()]
        quiet = quiet + 1 if all(node._message_queue.empty() for node in nodes) else 0


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for workers and other processes to make something true."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it took too long"
        await pilot.pause(0.01)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Press keys, settling after each. Textual's own `press` waits twice for 20 ms without work, which may never be."""
    for key in keys:
        name = _character_to_key(key) if len(key) == 1 else key
        pilot.app.post_message(Key(name, key_to_character(name)))
        await settled(pilot)


def runs(app: RagtuiApp) -> RunsScreen:
    """The runs screen, on top or below."""
    return next(screen for screen in app.screen_stack if isinstance(screen, RunsScreen))


def compare(app: RagtuiApp) -> CompareScreen:
    """The compare screen on top."""
    assert isinstance(app.screen, CompareScreen), app.screen
    return app.screen


def item(app: RagtuiApp) -> ItemScreen:
    """The item screen on top."""
    assert isinstance(app.screen, ItemScreen), app.screen
    return app.screen


async def go_to(app: RagtuiApp, pilot: Pilot[None], label: str) -> None:
    """Put the cursor on a line of the runs screen."""
    screen = runs(app)
    place = next(place for place, row in enumerate(screen.shown) if row.label == label)
    screen.table.move_to(place)
    await settled(pilot)
