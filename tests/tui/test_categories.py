"""Labels on the board and on the item screen: words, never numbers."""

from pathlib import Path

from tui.driving import compare, opened, press, until
from tui.frames import frame


def lay_out(home: Path) -> None:
    home.mkdir()
    for name, moved in (("base", 0), ("cand", 5)):
        lines = ["id,repeat,question,winner"]
        for item in range(30):
            label = "right" if item < moved else "left"
            lines += [
                f"q{item:02},{n},Question {item}?,{'tie' if (item + 7 * n + moved) % 19 == 0 else label}"
                for n in range(1, 5)
            ]
        (home / f"{name}.csv").write_text("\n".join(lines) + "\n")


async def test_labels_are_shown_as_labels(tmp_path: Path) -> None:
    lay_out(tmp_path / "runs")
    async with opened(tmp_path / "runs") as (app, pilot):
        await press(pilot, "enter")
        await until(pilot, lambda: compare(app).result is not None)
        assert "↔ left→right" in frame(app) and "4 items flagged" in frame(app)
        assert '[metrics.winner] good = ["left"]' in frame(app)
        await press(pilot, "D")
        assert "labels have no direction" in frame(app)
        await press(pilot, "enter")
        await until(pilot, lambda: "right right right" in frame(app))
        assert "0.000" not in frame(app).split("Answers")[0]
