"""A repeat left out with a key: named in the notes, taken back by the same key."""

from pathlib import Path

from tui.driving import compare, go_to, opened, press
from tui.frames import frame


def write_side(folder: Path, name: str, scores: list[list[int]]) -> None:
    """A table of 20 items; one list of scores a repeat, given to every item of it."""
    lines = [f"q{n:02},{repeat},{runs[n]}" for repeat, runs in enumerate(scores, 1) for n in range(20)]
    (folder / f"{name}.csv").write_text("id,repeat,faithfulness\n" + "\n".join(lines) + "\n", "utf-8")


async def test_a_wild_repeat_is_left_out_and_taken_back(tmp_path: Path) -> None:
    steady, other = [4 + n % 2 for n in range(20)], [5 if n % 3 else 4 for n in range(20)]
    write_side(tmp_path, "before", [steady, other, [4 + n % 5 // 4 for n in range(20)]])
    write_side(tmp_path, "later", [steady, [1] * 20, other])
    async with opened(tmp_path) as (app, pilot):
        await go_to(app, pilot, "later")
        await press(pilot, "enter")

        def mean() -> float:
            result = compare(app).result
            assert result is not None
            return float(result.comparison.metrics[0].cells.mean_b[10])

        def repeats() -> tuple[int, int]:
            result = compare(app).result
            assert result is not None
            return len(result.a.scores.repeats), len(result.b.scores.repeats)

        assert repeats() == (3, 3)
        assert mean() == 10 / 3
        await press(pilot, "W", *"candidate 2", "enter")
        assert repeats() == (3, 2)
        assert mean() == 4.5
        assert "left out: candidate:2" in frame(app)
        await press(pilot, "W", *"candidate 2", "enter")
        assert repeats() == (3, 3) and mean() == 10 / 3
        await press(pilot, "W", *"candidate 1", "enter", "W", *"candidate 2", "enter", "W", *"candidate 3", "enter")
        assert repeats() == (3, 1), "the last repeat of a side stays"
        assert "the last repeat of its side" in frame(app)
