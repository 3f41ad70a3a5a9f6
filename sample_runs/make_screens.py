"""Export the README's screenshots from the app itself: python sample_runs/make_screens.py"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from pathlib import Path

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

HERE = Path(__file__).parent
SIZE = (120, 36)


async def settle(pilot: Pilot[None]) -> None:
    """Wait until no worker runs and the frame is painted."""
    for _ in range(3):
        await pilot.pause(0.2)
        with contextlib.suppress(WorkerCancelled):  # a newer job of the same group took its place
            await pilot.app.workers.wait_for_complete()
    await pilot.pause(0.2)


async def shoot() -> None:
    """Walk runs, board, item, slices and noise, and keep a picture of each."""
    from ragtui.tui.app import RagtuiApp

    os.chdir(HERE.parent)  # so that the pictures show the path a reader would type
    app = RagtuiApp(["sample_runs/support-docs"])
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        steps = {"runs": ["down", "down", "down"], "compare": ["enter"], "item": ["enter"]}
        for name, keys in steps.items():
            for key in keys:
                await pilot.press(key)
                await settle(pilot)
            save(app.export_screenshot(title="ragtui"), name)
        for name, key in (("slices", "F"), ("noise", "r")):
            await pilot.press("escape")
            await settle(pilot)
            await pilot.press(key)
            await settle(pilot)
            save(app.export_screenshot(title="ragtui"), name)


def save(svg: str, name: str) -> None:
    """Keep one picture; nothing in it is fetched from elsewhere."""
    lines = [line for line in svg.splitlines() if "url(" not in line or "http" not in line]
    lines = [line.replace('Regular"),', 'Regular");').replace('Bold"),', 'Bold");') for line in lines]
    (HERE / "screens" / f"{name}.svg").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    (HERE / "screens").mkdir(exist_ok=True)
    os.environ["RAGTUI_STATE_DIR"] = tempfile.mkdtemp()
    asyncio.run(shoot())
