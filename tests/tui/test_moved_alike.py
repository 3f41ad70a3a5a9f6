"""Items that one shift explains are one line of the board until `z` opens them."""

from pathlib import Path

import numpy as np
from tui.driving import compare, go_to, opened, press
from tui.frames import frame


def write_side(folder: Path, name: str, shift: float, seed: int) -> None:
    """A table of 30 items in three repeats, all of them moved by as much; one item fell farther in the later one."""
    level = np.random.default_rng(1).uniform(0.5, 0.9, 30)
    noise = np.random.default_rng(seed).normal(0, 0.004, (30, 3))
    fall = 0.25 * (np.arange(30) == 7) * (shift > 0)
    rows = (f"q{n:02},{run},{level[n] - shift - fall[n] + noise[n, run]:.4f}" for n in range(30) for run in range(3))
    (folder / f"{name}.csv").write_text("id,repeat,groundedness\n" + "\n".join(rows) + "\n", "utf-8")


async def test_items_that_moved_alike_are_one_line_with_its_sentence(tmp_path: Path) -> None:
    write_side(tmp_path, "before", 0.0, 2)
    write_side(tmp_path, "later", 0.2, 3)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "later")
        await press(pilot, "enter")
        assert compare(app).shown_items[0] == "q07"  # what fell farther stands for itself
        assert len(compare(app).shown_items) == 2
        assert "all items moved alike" in frame(app)
        assert "noise and 28 alike folded (z)" in frame(app)
        await press(pilot, "z")
        assert len(compare(app).shown_items) == 30
        assert "folded" not in frame(app)
        await press(pilot, "z")
        assert len(compare(app).shown_items) == 2
