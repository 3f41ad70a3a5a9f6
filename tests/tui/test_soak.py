"""Hundreds of random events over all screens, while the runs shown vanish and change: the app goes on."""

from pathlib import Path

import pytest
from tui.driving import opened
from tui.soak import lay_out, soak


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_ends_the_app(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "true")
    home = tmp_path / "runs"
    lay_out(home)
    async with opened(home) as (app, pilot):
        out = await soak(pilot, home, 150, seed)
        assert app.is_running and not out.faults, out.faults
        assert len(out.screens) >= 4, out.screens
