"""Crumbs, filter line, key line, progress and messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input
from tui.driving import settled, until
from tui.frames import assert_frame, frame, widths

from ragtui.tui.widgets.crumbs import Crumbs, lay_out_crumbs
from ragtui.tui.widgets.filter_bar import FilterBar
from ragtui.tui.widgets.key_line import KeyLine, ShownKey, fit_keys
from ragtui.tui.widgets.message_line import MessageLine
from ragtui.tui.widgets.progress_strip import ProgressStrip
from ragtui.tui.widgets.table.column_table import Column, ColumnTable

PATH = ("ragtui", "runs", "baseline-main ⇄ rerank-v2", "faq-0042")


class LinesScreen(Screen[None]):
    BINDINGS = [
        Binding("escape", "back", "back", id="screen.back"),
        Binding("enter", "compare", "compare", id="lines.compare"),
        Binding("B", "baseline", "baseline", id="lines.baseline"),
        Binding("slash", "filter", "filter", id="lines.filter"),
        Binding("r", "noise", "noise and repeats", id="lines.noise"),
        Binding("w", "write", "write report", id="lines.write"),
        Binding("x", "hidden", "hidden", id="lines.hidden", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Crumbs()
        yield FilterBar()
        yield ColumnTable()
        yield ProgressStrip()
        yield MessageLine()
        yield KeyLine()

    def on_mount(self) -> None:
        self.done: list[object] = []
        self.query_one(Crumbs).show(PATH, "120 items · 5×5 repeats")
        table = self.query_one(ColumnTable)
        table.set_data([Column("name", "name", 12, flexible=True, render=lambda row: f"row {row}")], 20)
        table.focus()

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.done.append(event.text)

    def on_filter_bar_closed(self) -> None:
        self.done.append("closed")
        self.query_one(ColumnTable).focus()

    def on_crumbs_chosen(self, event: Crumbs.Chosen) -> None:
        self.done.append((event.step, event.back))

    def on_column_table_row_selected(self) -> None:
        self.done.append("selected")

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_baseline(self) -> None:
        self.done.append("baseline")


class LinesApp(App[None]):
    CSS = "KeyLine { dock: bottom; }"
    BINDINGS = [
        Binding("question_mark,f1", "help", "help", id="app.help", key_display="?"),
        Binding("q", "quit", "quit", id="app.quit"),
    ]

    def on_mount(self) -> None:
        self.push_screen(LinesScreen())

    @property
    def done(self) -> list[object]:
        assert isinstance(self.screen, LinesScreen)
        return self.screen.done


# ------------------------------------------------------------------- crumbs


@pytest.mark.parametrize(
    ("width", "shown", "status"),
    [
        (90, "ragtui › runs › baseline-main ⇄ rerank-v2 › faq-0042", "120 items · 5×5 repeats"),
        (78, "ragtui › … › baseline-main ⇄ rerank-v2 › faq-0042", "120 items · 5×5 repeats"),
        (60, "ragtui › … › faq-0042", "120 items · 5×5 repeats"),
        (40, "… › faq-0042", "120 items · 5×5 repeats"),
        (30, "… › faq-0042", "120 items · 5…"),
        (12, "… › faq-0…", ""),
    ],
)
def test_the_middle_of_a_path_goes_first(width: int, shown: str, status: str) -> None:
    steps, right = lay_out_crumbs(PATH, "120 items · 5×5 repeats", width, " › ", "…")
    assert (" › ".join(text for _, text in steps), right) == (shown, status)


@given(st.lists(st.text(alphabet="ab漢🙂", max_size=12), max_size=5), st.text(alphabet="cd漢", max_size=20),
       st.integers(8, 100))  # fmt: skip
def test_crumbs_never_overflow(path: list[str], status: str, width: int) -> None:
    steps, right = lay_out_crumbs(path, status, width, " › ", "…")
    assert cell_len(" › ".join(text for _, text in steps)) + cell_len(right) <= width - 2


async def test_a_click_on_a_crumb_goes_back_to_it() -> None:
    app = LinesApp()
    async with app.run_test(size=(120, 20)) as pilot:
        await pilot.pause()
        await pilot.click(Crumbs, offset=(12, 0))
        await pilot.click(Crumbs, offset=(8, 0))
        await pilot.pause()
        assert app.done == [(1, 2)]


# -------------------------------------------------------------- filter line


async def test_the_filter_line_posts_what_is_typed_and_enter_keeps_it() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        bar = app.screen.query_one(FilterBar)
        assert not bar.has_class("-open")
        await pilot.press("slash", *"row")
        assert bar.has_class("-open")
        await pilot.press("enter")
        await settled(pilot)
        assert app.done[-2:] == ["row", "closed"]
        assert isinstance(app.focused, ColumnTable)
        assert "/ row" in frame(app)
        await pilot.press("slash", "x")
        await settled(pilot)
        assert app.done[-1] == "rowx", "typing goes on where it stopped"


async def test_escape_clears_and_leaves_the_filter_line() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        await pilot.press("slash", "a", "space", *"delta:>x")
        await settled(pilot)
        assert "x is not a number" in frame(app)
        await pilot.press("ctrl+w")
        assert app.screen.query_one(FilterBar).text == "a"
        await pilot.press("escape")
        await settled(pilot)
        assert app.done[-3:] == ["a", "", "closed"]
        assert not app.screen.query_one(FilterBar).has_class("-open")
        assert isinstance(app.focused, ColumnTable)
        app.screen.query_one(FilterBar).clear()
        await settled(pilot)
        assert app.done[-1] == "closed", "clearing nothing is no news"


async def test_typing_fast_posts_once() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        bar = app.screen.query_one(FilterBar)
        bar.open()
        for end in range(1, 8):
            bar.query_one(Input).value = "refunds"[:end]
        await settled(pilot)
        assert app.done == ["refunds"]


# ----------------------------------------------------------------- key line


def key(display: str, does: str, *, kept: bool = False) -> ShownKey:
    return ShownKey(display, does, display, kept)


def test_the_way_to_help_and_back_stays() -> None:
    keys = [key("a", "first"), key("b", "second"), key("esc", "back", kept=True), key("?", "help", kept=True)]
    assert [shown.display for shown in fit_keys(keys, 80)] == ["a", "b", "esc", "?"]
    assert [shown.display for shown in fit_keys(keys, 28)] == ["a", "esc", "?"]
    assert [shown.display for shown in fit_keys(keys, 10)] == ["esc", "?"]


@given(st.lists(st.tuples(st.text("abc漢", min_size=1, max_size=4), st.text("xyz", max_size=9)), max_size=9),
       st.integers(2, 90))  # fmt: skip
def test_keys_fit_their_line(pairs: list[tuple[str, str]], width: int) -> None:
    shown = fit_keys([key(display, does) for display, does in pairs], width)
    assert 2 + sum(entry.width for entry in shown) + 2 * max(len(shown) - 1, 0) <= width or not shown


async def test_the_key_line_follows_bindings_focus_and_keymap() -> None:
    app = LinesApp()
    async with app.run_test(size=(110, 20)) as pilot:
        await pilot.pause()
        line = frame(app).splitlines()[-1]
        assert line.startswith(" ⏎ compare  B baseline  / filter  r noise and repeats  w write report")
        assert line.endswith("esc back  ? help") and "hidden" not in line
        await pilot.press("slash")
        await pilot.pause()
        assert frame(app).splitlines()[-1] == " ⏎ keep  esc clear  ^w drop last  f1 help"
        await pilot.press("escape")
        app.set_keymap({"lines.baseline": "ctrl+b"})
        await pilot.pause()
        assert "^b baseline" in frame(app).splitlines()[-1]


async def test_keys_can_be_clicked() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        await pilot.click(KeyLine, offset=(13, 0))
        await pilot.click(KeyLine, offset=(3, 0))
        await pilot.pause()
        assert app.done == ["baseline", "selected"]


# ------------------------------------------------------ progress, messages


async def test_progress_and_messages_come_and_go() -> None:
    app = LinesApp()
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.pause()
        strip, line = app.screen.query_one(ProgressStrip), app.screen.query_one(MessageLine)
        assert not strip.display and not line.display
        strip.show("rerank-v3", 402, 600, "1 error · eta 1m40s")
        line.say("copied [b]\x1b[31mthis", "warning", seconds=600)
        await pilot.pause()
        assert "402/600  67 %  1 error" in frame(app)
        assert " ! copied [b]this" in frame(app)
        line.say("copied that", seconds=0.01)
        await until(pilot, lambda: "copied" not in frame(app))
        line.say("stays", seconds=None)
        await pilot.pause()
        await pilot.click(MessageLine)
        await pilot.pause()
        assert "stays" not in frame(app)
        strip.hide()
        await pilot.pause()
        assert "402" not in frame(app)


@pytest.mark.parametrize(("name", "size"), [("lines-120x36", (120, 36)), ("lines-80x24", (80, 24))])
async def test_frames(name: str, size: tuple[int, int]) -> None:
    app = LinesApp()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.screen.query_one(ProgressStrip).show("rerank-v3", 402, 600, "1 error · eta 1m40s")
        app.screen.query_one(MessageLine).say("noise unknown for 3 runs", "warning", seconds=None)
        await pilot.press("slash", *"row")
        await pilot.pause()
        assert_frame(app, name)


@pytest.mark.parametrize("size", [(1, 1), (9, 4), (20, 8), (40, 12)])
async def test_small_terminals(size: tuple[int, int]) -> None:
    app = LinesApp()
    async with app.run_test(size=size) as pilot:
        app.screen.query_one(ProgressStrip).show("rerank-v3", 402, 600)
        await pilot.press("slash")
        await pilot.pause()
        assert widths(app) == {size[0]}
