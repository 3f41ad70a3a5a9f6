"""A question of many lines hides neither the verdict nor the reason, and all of it is one key away."""

import json
from pathlib import Path

import pytest
from tui.driving import LARGE, SMALL, go_to, item, opened, press, settled, until
from tui.frames import frame

LONG = " ".join(f"word{number}" for number in range(300)) + " atlast?"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, score in (("base", 5), ("cand", 2)):
        rows = [
            {
                "id": f"q{row}",
                "repeat": repeat,
                "question": LONG,
                "answer": name,
                "quality": score if row < 5 else 5 - (row + repeat) % 2,
            }
            for row in range(40)
            for repeat in (1, 2, 3, 4)
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_verdict_and_reason_stand_before_a_long_question(place: Path, size: tuple[int, int]) -> None:
    async with opened(place, size=size) as (app, pilot):
        await go_to(app, pilot, "cand")
        await press(pilot, "enter")
        await until(pilot, lambda: "cannot tell why" in frame(app))
        board = frame(app)
        assert "▼ regressed  quality  5.000 → 2.000" in board
        if size == LARGE:
            assert board.index("▼ regressed  quality") < board.index("cannot tell why") < board.index("… ⏎")
        await press(pilot, "enter")
        await until(pilot, lambda: item(app).record is not None)
        await settled(pilot)
        shown = frame(app)
        assert "… i" in shown and "atlast?" not in shown
        assert "cannot tell why: no passages were recorded" in shown and "▼ regressed" in shown
        assert "2 no passages" in shown and "╭─ Passages" not in shown, "no heading above nothing"
        await press(pilot, "i")
        await press(pilot, *["pagedown"] * 4)
        assert "atlast?" in frame(app)
