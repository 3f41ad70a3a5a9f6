"""Opening the app in a test and waiting until it has nothing left to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual._queue import Queue
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.message import Message
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen
from textual.worker import Worker, WorkerCancelled
from waiting import STUCK_S

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
    *places: str | Path,
    size: tuple[int, int] = LARGE,
    ascii_only: bool = False,
    theme: str | None = None,
    paints_at_once: bool = False,
) -> AsyncIterator[tuple[RagtuiApp, Pilot[None]]]:
    """The app over some places, settled. Unless told otherwise it is painted when it has nothing left to do."""
    app = RagtuiApp([str(place) for place in places], ascii_only=ascii_only, theme=theme)
    app.animation_level = "none"  # a scroll under way would be drawn half done, depending on how quick the machine is
    with nullcontext() if paints_at_once else _painted_at_rest():
        async with app.run_test(size=size) as pilot:
            await until(pilot, lambda: any(isinstance(one, RunsScreen) and not one.reading for one in app.screen_stack))
            await settled(pilot)
            yield app, pilot
            if app.faults:  # said in a message, and a fault all the same
                raise app.faults[0]


_put_off: set[Compositor] = set()
"""What is to be painted as soon as its app is at rest."""


@contextmanager
def _painted_at_rest() -> Iterator[None]:
    """Nobody sees what an app without a terminal paints, six times a key: paint it once, when it has settled."""

    paint = Compositor.render_update

    def put_off(
        compositor: Compositor, full: bool = False, screen_stack: list[Screen[object]] | None = None, **how: bool
    ) -> RenderableType | None:
        if full:  # a picture of the screen
            return paint(compositor, full, screen_stack, **how)
        visible_screen_stack.set(screen_stack or [])
        compositor._dirty_regions.clear()
        _put_off.add(compositor)
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", put_off)
        yield
    _put_off.clear()


def _painted(pilot: Pilot[None]) -> bool:
    """Paint the screen on top if that was put off; what is seen for the first time may ask for more."""
    screen = pilot.app.screen
    if screen._compositor not in _put_off:
        return False
    _put_off.discard(screen._compositor)
    visible_screen_stack.set(pilot.app._background_screens)
    screen._compositor.render_full_update()
    return True


async def settled(pilot: Pilot[None]) -> None:
    """Wait until no worker runs, nothing typed waits to be posted and every message has been handled.

    Nothing here sleeps for a while and hopes: a busy machine needs longer, an idle one does not wait.
    """
    for _ in range(20):
        await _handled(pilot)
        busy: list[Worker[object]] = [worker for worker in pilot.app.workers if worker.group not in ("watch", "poll")]
        typed = any(bar.waiting for bar in pilot.app.screen.query(FilterBar))
        if not busy and not typed and not (_painted(pilot) and _under_way(pilot)):
            return
        if busy:
            with suppress(WorkerCancelled):  # a newer job of the same group took its place
                await pilot.app.workers.wait_for_complete(busy)
        await asyncio.sleep(0.02 if typed else 0)


async def _handled(pilot: Pilot[None]) -> None:
    """Wait until every message has been handled, and those that followed from them, and the screen is laid out anew."""
    quiet, rounds, end = 0, 0, time.monotonic() + STUCK_S
    while quiet < 3 and not pilot.app._exception_event.is_set():
        rounds += 1
        await asyncio.sleep(0 if rounds < 100 else 0.005)
        pilot.app.screen._on_timer_update()
        quiet = 0 if (under_way := _under_way(pilot)) else quiet + 1
        assert time.monotonic() < end, under_way


def _under_way(pilot: Pilot[None]) -> list[MessagePump]:
    """Widgets that have something to handle: one that waits for a message has handled the one before.

    `Pilot.pause` posts a message to every widget to learn it, which was a third of what a key cost in a test.
    """
    nodes: tuple[MessagePump, ...] = (pilot.app, *pilot.app.screen_stack, *pilot.app.screen.walk_children())
    return [node for node in nodes if not node._closed and not _waits(node)]


def _waits(node: MessagePump) -> bool:
    queue: Queue[Message | None] = node._message_queue
    return queue.empty() and bool(queue.ready_event._waiters)


async def until(pilot: Pilot[None], true: Callable[[], bool], seconds: float = STUCK_S) -> None:
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
