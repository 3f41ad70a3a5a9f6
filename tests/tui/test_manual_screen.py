"""The manual inside the app: found by words, read by keys, and all of it is there."""

from __future__ import annotations

import pytest
from textual.containers import VerticalScroll
from tui.driving import LARGE, ROOT, SAMPLES, SMALL, opened, press
from tui.frames import frame

from ragtui.manual import pages
from ragtui.manual.chapters import chapters, cut
from ragtui.tui.dialogs.manual import ManualScreen


def test_cut_at_its_headings_nothing_is_lost() -> None:
    for page in pages():
        parts = [chapter for chapter in chapters() if chapter.topic == page.topic]
        assert parts[0].title == page.title.replace("`", "")
        assert "".join("".join(part.text for part in parts).split()) == "".join(page.text.split())


def test_a_remark_in_code_is_no_heading() -> None:
    parts = cut("x", "# One\n\n```sh\n# not two\n```\n\n## Two `words`\n\ntext\n")
    assert [(part.title, part.level) for part in parts] == [("One", 1), ("Two words", 2)]
    assert parts[0].says("ONE not") and not parts[0].says("one text")


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["120x36", "80x24"])
async def test_it_is_read_from_the_help_and_left_again(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    async with opened(SAMPLES, size=size) as (app, pilot):
        await press(pilot, "question_mark", "m")
        assert isinstance(app.screen, ManualScreen)
        assert "Reading verdicts" in frame(app)
        await press(pilot, "slash", *"repeats are fresh", "enter")
        assert all(chapter.says("repeats are fresh") for chapter in app.screen._shown) and app.screen._shown
        await press(pilot, "tab")
        assert isinstance(app.screen.focused, VerticalScroll)
        await press(pilot, "slash", *"nowhere to be found", "enter")
        assert "nothing says that" in frame(app)
        await press(pilot, "escape", "escape")
        assert type(app.screen).__name__ == "RunsScreen"
