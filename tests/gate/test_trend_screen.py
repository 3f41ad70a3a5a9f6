"""The trend screen: from the list by one key, metrics and marks, at two sizes and in ASCII."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gate_cases import write_run
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from tui.driving import until
from tui.frames import SIZES, frame, widths

from ragtui.present.span import span
from ragtui.tui.app import RagtuiApp
from ragtui.tui.screens.runs import RunsScreen
from ragtui.tui.screens.trend import TrendScreen
from ragtui.tui.widgets.table.column_table import ColumnTable

LEVEL = np.where(np.arange(40) % 4 == 0, 4.0, 5.0)[:, None]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for number in range(8):
        rng = np.random.default_rng(100 + number)
        jitter = (np.arange(40) % 3 == 0)[:, None] & (rng.random((40, 2)) < 0.3)
        scores = LEVEL - jitter
        scores[: 6 if number >= 5 else 0] -= 2
        write_run(
            tmp_path / f"n{number}", {"quality": scores, "tone": LEVEL - jitter},
            created=f"2026-11-{number + 1:02d}T09:00:00+00:00", pipeline={"prompt": number // 5},
        )  # fmt: skip
    return tmp_path


async def opened(pilot: Pilot[None], app: RagtuiApp) -> TrendScreen:
    await until(pilot, lambda: isinstance(app.screen, RunsScreen) and app.screen.is_mounted and bool(app.screen.row))
    await pilot.press("H")
    await until(pilot, lambda: isinstance(app.screen, TrendScreen) and app.screen.history is not None)
    assert isinstance(app.screen, TrendScreen)
    return app.screen


@pytest.mark.parametrize("size", list(SIZES))
async def test_one_key_from_the_list_shows_where_it_changed(runs: Path, size: str) -> None:
    app = RagtuiApp([str(runs)])
    async with app.run_test(size=SIZES[size]) as pilot:
        screen = await opened(pilot, app)
        text = frame(app)
        assert "2026-11-06 n5" in text
        assert "worse beyond noise" in text
        assert "quality" in text
        assert "n0" in text
        assert widths(app) == {SIZES[size][0]}
        assert screen.series is not None
        assert [change.place for change in screen.series.changes] == [5]


async def test_many_changes_leave_room_for_the_runs(tmp_path: Path) -> None:
    """Two configurations in turn change at every run; on a small screen the table of runs still stands."""
    for number in range(8):
        jitter = np.arange(120).reshape(40, 3) % 7 == 0
        write_run(
            tmp_path / f"n{number}", {"quality": LEVEL - jitter - number % 2 * 2},
            created=f"2026-11-{number + 1:02d}T09:00:00+00:00", pipeline={"prompt": number % 2},
        )  # fmt: skip
    app = RagtuiApp([str(tmp_path)])
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app)
        assert screen.series is not None and len(screen.series.changes) == 7
        assert "and 4 more: n goes to the next" in frame(app)
        assert screen.query_one("#points", ColumnTable).size.height >= 5


async def test_keys_walk_metrics_changes_and_configurations(runs: Path) -> None:
    app = RagtuiApp([str(runs)])
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("n")
        assert screen.query_one("#points", ColumnTable).cursor_row == 5
        await pilot.press("m")
        assert screen.metric == "tone"
        assert "no change beyond the scatter of runs" in frame(app)
        await pilot.press("n")
        await pilot.press("m", "f")
        await until(pilot, lambda: screen.history is not None and screen.history.configurations == 1)
        assert screen.series is not None
        assert len(screen.series.points) == 5
        assert screen.series.changes == ()
        await pilot.press("escape")
        assert isinstance(app.screen, RunsScreen)


async def test_ascii_signs(runs: Path) -> None:
    app = RagtuiApp([str(runs)], ascii_only=True)
    async with app.run_test(size=(120, 36)) as pilot:
        await opened(pilot, app)
        text = frame(app)
        assert "◆" not in text
        assert "●" not in text
        assert "* 2026-11-06 n5" in text


@given(
    st.floats(-1, 2), st.floats(-1, 2), st.floats(-1, 2), st.integers(1, 60), st.booleans(),
)  # fmt: skip
def test_a_span_is_always_as_wide_as_asked_with_one_dot(
    mean: float, low: float, high: float, width: int, ascii_only: bool
) -> None:
    drawn = span(mean, low, high, (0.0, 1.0), width, ascii_only=ascii_only)
    assert len(drawn) == width
    assert drawn.count("o" if ascii_only else "●") == 1


def test_spans() -> None:
    assert span(0.5, 0.25, 0.75, (0, 1), 9) == "  ──●──  "
    assert span(0.5, float("nan"), float("nan"), (0, 1), 9) == "    ●    "
    assert span(float("nan"), 0, 1, (0, 1), 3) == "   "
    assert span(5, 5, 5, (5, 5), 5) == "  ●  "
