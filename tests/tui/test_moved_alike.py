"""Items that one shift explains are one line of the board until `z` opens them."""

from pathlib import Path

import numpy as np
from tui.driving import compare, go_to, opened, press, until
from tui.frames import frame

from ragtui.stats import Verdict


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


async def test_whatever_is_asked_for_is_shown_whether_it_moved_alike_or_not(tmp_path: Path) -> None:
    write_side(tmp_path, "before", 0.0, 2)
    write_side(tmp_path, "later", 0.2, 3)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "later")
        await press(pilot, "enter")
        assert "30 items flagged" in frame(app), "those that are folded count"
        screen = compare(app)
        folded = next(item for item in screen.board.items if item not in screen.shown_items)
        await press(pilot, "slash", *folded, "enter")
        assert screen.shown_items == [folded] and screen.item == folded
        assert "folded" not in frame(app)
        await press(pilot, "n")
        assert screen.item == folded
        await press(pilot, "z")  # noise alone is folded among what was asked for
        assert screen.shown_items == [folded]
        await press(pilot, "z", "escape")
        screen.folded = None
        screen.filter_by("verdict:regressed")
        assert len(screen.shown_items) == 30
        screen.remember()
        await press(pilot, "q")
    async with opened(tmp_path) as (app, pilot):
        await until(pilot, lambda: len(compare(app).shown_items) == 30)
        await press(pilot, "escape")
        screen = compare(app)
        assert len(screen.shown_items) == 2, "without the filter it is as it opens"
        for view, shown in (("flagged", 2), ("regressed", 2), ("improved", 0), ("unproven", 0), ("all", 2)):
            await press(pilot, "f")
            assert (screen.view, len(screen.shown_items)) == (view, shown)
        jumps = dict(screen.jumps())
        assert len(jumps) == 30
        jumps[f"item {folded}"]()
        assert screen.item == folded and len(screen.shown_items) == 30


async def test_the_row_that_stands_for_all_is_one_of_the_view(tmp_path: Path) -> None:
    write_side(tmp_path, "before", 0.0, 2)
    write_side(tmp_path, "later", 0.2, 3)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "later")
        await press(pilot, "enter")
        board = compare(app).board
        first = int(board.rank[1])  # q07 fell farther
        assert first not in board.told_by_one("regressed") and len(board.told_by_one("regressed")) == 28
        board.verdicts[first] = int(Verdict.UNPROVEN)
        left = board.kept("regressed", folded=True)
        left[board.told_by_one("regressed")] = False
        assert left.sum() == 2, "one that regressed, and what fell farther"
