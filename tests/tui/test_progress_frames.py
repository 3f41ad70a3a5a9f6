"""The progress screen as drawn, from run folders whose times and events are fixed."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from builders import dataset, steady, write_run
from textual.pilot import Pilot
from tui.driving import go_to, opened, press, settled, until
from tui.frames import FOUR, assert_frame, assert_frames, frame

from ragtui.runner.launch.child import Worker
from ragtui.tui.app import RagtuiApp
from ragtui.tui.live import LiveRun
from ragtui.tui.screens.progress import ProgressScreen
from ragtui.tui.widgets.key_line import shown_keys

ITEMS = 24


def fields(folders: list[Path], per_side: int, state: str) -> dict[str, Any]:
    """A progress snapshot."""
    sides = [
        {"name": folder.name, "folder": str(folder), "total": per_side, "done": per_side, "failed": place,
         "unjudged": 0, "repeats": {str(n): per_side // 3 for n in (1, 2, 3)}}
        for place, folder in enumerate(folders)
    ]  # fmt: skip
    total = per_side * len(folders)
    return {
        "pid": 1, "state": state, "message": "", "total": total, "done": total, "failed": 1, "unjudged": 0,
        "in_flight": 0, "limit": 4, "ceiling": 8, "rate_per_s": 12.5, "eta_s": 0.0, "retries": 3, "p50_s": 0.8,
        "p95_s": 2.4, "calls": 576, "tokens": 90_000, "cost_usd": 0.42, "unpriced_calls": 0, "seconds": 61.0,
        "sides": sides,
    }  # fmt: skip


EVENTS: list[dict[str, Any]] = [
    {"t": "2026-11-02T10:00:00.000+00:00", "kind": "start", "pid": 1, "left": 144, "done": 0, "total": 144},
    {"t": "2026-11-02T10:00:01.000+00:00", "kind": "item", "side": 0, "item": "001", "repeat": "1", "attempt": 1,
     "error": None, "scores": {"quality": 5.0}},
    {"t": "2026-11-02T10:00:02.000+00:00", "kind": "retry", "message": "429 too many requests; again in 2 s"},
    {"t": "2026-11-02T10:00:03.000+00:00", "kind": "item", "side": 1, "item": "007", "repeat": "3", "attempt": 1,
     "error": "timed out after 60 s [red]", "scores": {}},
    {"t": "2026-11-02T10:00:04.000+00:00", "kind": "finish", "ending": "complete", "message": "", "hint": ""},
]  # fmt: skip


def lay_out(tmp_path: Path, folders: list[Path], per_side: int) -> Path:
    lead = folders[0]
    (lead / "progress.json").write_bytes(orjson.dumps(fields(folders, per_side, "complete")))
    (lead / "events.jsonl").write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in EVENTS))
    return lead


async def shown(pilot: Pilot[None], lead: Path, name: str) -> None:
    app = pilot.app
    assert isinstance(app, RagtuiApp) and app.session is not None
    run = LiveRun(Worker(lead), lead.name)
    run.take(run.worker.poll())
    app.live.runs.append(run)
    screen = ProgressScreen(app.session, run)
    app.push_screen(screen)
    await settled(pilot)
    await until(pilot, lambda: bool(str(screen.query_one("#verdict").render())))
    await assert_frames(pilot, name)


async def test_both_sides_of_a_launch(tmp_path: Path) -> None:
    base = write_run(tmp_path / "base", steady(5, ITEMS, 3), pipeline={"version": "old"})
    cand = write_run(
        tmp_path / "cand", steady(5, ITEMS, 3, **{f"i{n:03d}": [3, 3, 3] for n in range(1, 13)}, i013=[5, 5, "boom"]),
        pipeline={"version": "new"}, day=2,
    )  # fmt: skip
    async with opened(tmp_path) as (_app, pilot):
        await shown(pilot, lay_out(tmp_path, [base, cand], ITEMS * 3), "progress")


async def test_sides_of_a_sweep(tmp_path: Path) -> None:
    """The same as above with one candidate more: each against the first side."""
    folders = [
        write_run(
            tmp_path / f"top_k={k}", steady(5, ITEMS, 3, **{f"i{n:03d}": [level] * 3 for n in range(1, 13)}),
            pipeline={"top_k": k}, day=k,
        )
        for k, level in ((4, 5), (2, 4), (1, 2))
    ]  # fmt: skip
    async with opened(tmp_path) as (_app, pilot):
        await shown(pilot, lay_out(tmp_path, folders, ITEMS * 3), "sweep")


def lay_out_targeted(tmp_path: Path) -> Path:
    """Two sides, and fresh repeats of two items that were worse; returns the lead of those."""
    old, new = {"version": "old"}, {"version": "new"}
    write_run(tmp_path / "base", steady(5, ITEMS, 3), pipeline=old)
    write_run(tmp_path / "cand", steady(5, ITEMS, 3, i003=[2, 2, 3], i007=[2, 2, 2]), pipeline=new, day=2)
    again: dict[str, Any] = {"golden": dataset(ITEMS), "day": 3, "selection": ("003", "007")}
    first = write_run(tmp_path / "base-again", [[5, 5]] * 3, pipeline=old, confirms="base", **again)
    second = write_run(tmp_path / "cand-again", [[5, 2]] * 3, pipeline=new, confirms="cand", **again)
    return lay_out(tmp_path, [first, second], 6)


async def test_progress_of_targeted_repeats(tmp_path: Path) -> None:
    lead = lay_out_targeted(tmp_path)
    async with opened(tmp_path) as (_app, pilot):
        await shown(pilot, lead, "progress-targeted")


@pytest.mark.parametrize("size", FOUR.values(), ids=list(FOUR))
async def test_before_and_after_over_the_board(tmp_path: Path, size: tuple[int, int]) -> None:
    lay_out_targeted(tmp_path)
    async with opened(tmp_path, size=size) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter", "V")
        assert_frame(app, f"before-after-{size[0]}x{size[1]}")


async def test_keys_that_would_do_nothing_are_not_offered(tmp_path: Path) -> None:
    """An ended run cannot be paused; a running one cannot be retried."""
    (tmp_path / "run").mkdir()
    async with opened(tmp_path) as (app, pilot):
        assert app.session is not None
        run = LiveRun(Worker(tmp_path / "run"), "run", {"done": 3, "total": 9}, "running")
        screen = ProgressScreen(app.session, run)
        await app.push_screen(screen)
        for state, failed, offered in (
            ("running", 0, {"pause", "stop"}), ("complete", 0, set()), ("complete", 2, {"repeat failed"}),
        ):  # fmt: skip
            run.state, run.ended, run.progress = state, state != "running", {"done": 9, "total": 9, "failed": failed}
            screen.paint()
            await settled(pilot)
            assert {key.does for key in shown_keys(app.screen)} & {"pause", "stop", "repeat failed"} == offered


async def test_a_run_that_begins_is_on_the_screen_once_and_has_no_event_yet(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    async with opened(tmp_path) as (app, pilot):
        assert app.session is not None
        run = LiveRun(Worker(tmp_path / "run"), "run", {"done": 0, "total": 9}, "running")
        screen = ProgressScreen(app.session, run)
        await app.push_screen(screen)
        screen.show_live(run)
        await settled(pilot)
        assert "no event yet" in frame(app) and "p progress" not in frame(app)
        run.events.append(EVENTS[1])
        screen.paint()
        await press(pilot, "f")
        assert "no failure so far" in frame(app)
