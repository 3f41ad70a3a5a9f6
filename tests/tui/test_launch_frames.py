"""What is said before anything is spent, and what a pipeline did, as drawn."""

from pathlib import Path

import pytest
from runner_kit import lay_out
from tui.driving import ROOT, opened, settled
from tui.frames import assert_frames

from ragtui.model import Observation, Trace
from ragtui.tui.screens.launch import LaunchScreen
from ragtui.tui.screens.trace import TraceScreen
from ragtui.tui.shell import Traced

SWEEP = "\n[matrix]\ntop_k = [1, 2]\ntemperature = [0.0, 0.7]\n[simulated]\nseed = 3\nlatency_s = 0.0\n"
SPANS = (
    Observation("a", "answer", "span", seconds=2.4),
    Observation("b", "search", "retriever", 1, seconds=0.3, level="WARNING", status="3 of 4 shards", input="card fee"),
    Observation(
        "c", "llm", "generation", 1, seconds=2.1, model="gpt-x", prompt="answer@3", parameters="temperature 0.5",
        tokens={"input": 1200, "output": 85}, cost=0.0042, input="Answer only from the passages.\ncard fee",
        output="The card fee is not refunded.", comments=("the price is wrong",),
    ),
)  # fmt: skip


async def test_a_plan_before_it_is_launched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(tmp_path) as (app, pilot):
        assert app.session is not None
        app.push_screen(LaunchScreen(app.session, ROOT / "sample_runs/support-docs.plan.toml"))
        await settled(pilot)
        await assert_frames(pilot, "launch")


async def test_a_sweep_before_it_is_launched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    plan = lay_out(tmp_path, "http://127.0.0.1:9/v1", SWEEP)
    (tmp_path / "runs").mkdir()
    async with opened(tmp_path / "runs") as (app, pilot):
        assert app.session is not None
        app.push_screen(LaunchScreen(app.session, plan))
        await settled(pilot)
        await assert_frames(pilot, "launch-sweep")


async def test_a_trace(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, pilot):
        assert app.session is not None
        screen = TraceScreen(app.session, "031", [Traced("u", "cand #1"), Traced("u", "cand #2")], 0)
        screen.traces[0] = Trace("4bf92f3577b34da6", SPANS, ("see ticket 7",))
        app.push_screen(screen)
        await settled(pilot)
        screen.query_one("#tree").move_to(2)  # type: ignore[attr-defined]
        await assert_frames(pilot, "trace")
