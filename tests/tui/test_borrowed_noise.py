"""Borrowed noise on the board: its own sign, gone with one key, never flagged."""

from pathlib import Path

from tui.driving import compare, go_to, opened, press
from tui.frames import frame

from ragtui.stats import Verdict


def write_side(folder: Path, name: str, fallen: int) -> None:
    """A table of 30 items with one score each, of which some are 0 in place of 1."""
    lines = "\n".join(f"q{n:02},{int(n >= fallen)}" for n in range(30))
    (folder / f"{name}.csv").write_text(f"id,passed\n{lines}\n", "utf-8")


async def test_deltas_worth_repeating_are_marked_until_a_key_turns_that_off(tmp_path: Path) -> None:
    write_side(tmp_path, "before", 0)
    write_side(tmp_path, "later", 2)
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "later")
        await press(pilot, "enter")

        def verdicts() -> set[Verdict]:
            result = compare(app).result
            assert result is not None
            return {Verdict(int(verdict)) for verdict in result.comparison.metrics[0].cells.verdict}

        assert verdicts() == {Verdict.SAME, Verdict.BORROWED}
        assert "◌ −1.00" in frame(app) and "0 items flagged" in frame(app)
        await press(pilot, "Q")
        assert verdicts() == {Verdict.SAME, Verdict.UNKNOWN}
        assert "◌" not in frame(app)
        await press(pilot, "Q")
        assert verdicts() == {Verdict.SAME, Verdict.BORROWED}
