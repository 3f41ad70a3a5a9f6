"""The table under a person's hands: keys, mouse, sizes, sorting, a million rows, hostile text."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable

import numpy as np
import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.message import Message
from tui.driving import until
from tui.frames import assert_frame, frame, widths

from ragtui.tui.looks.ascii import AsciiFilter
from ragtui.tui.widgets.table.column_table import Column, ColumnTable

HOSTILE = [
    "[red]markup[/red] [link=http://x]y[/]",
    "\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07clipboard",
    "right\u202eto left",
    "漢字かな交じり文の長い質問がここに続きます、列より広い",
    "👩\u200d👩\u200d👧 family, 🇨🇭 flag, ⚠\ufe0f sign",
    "a\u0301\u0301\u0301\u0301 combining",
    "two\nlines\r\nand\ttabs",
    "zero\u200bwidth\ufeff \x00 nul",
    "x" * 5_000,
    "",
]


class TableApp(App[None]):
    """A table and nothing else."""

    def __init__(self, rows: int, values: np.ndarray | None = None, *, theme: str = "textual-dark") -> None:
        super().__init__()
        self.rows = rows
        self.values = np.arange(rows, dtype=float) if values is None else values
        self.rendered: list[int] = []
        self.wanted_theme = theme

    def compose(self) -> ComposeResult:
        yield ColumnTable(empty="no item matches [the filter]")

    def on_mount(self) -> None:
        self.theme = self.wanted_theme
        self.table.set_data(self.columns(), self.rows)
        self.table.focus()

    @property
    def table(self) -> ColumnTable:
        return self.query_one(ColumnTable)

    def columns(self) -> list[Column]:
        def item(row: int) -> str:
            self.rendered.append(row)
            return f"faq-{row:04d}"

        return [
            Column("sign", "", 1, 0, render=lambda row: Text("▲", "bold green")),
            Column("item", "item", 11, 0, render=item, sort_key=lambda: np.arange(self.rows)),
            Column("question", "question", 16, 6, flexible=True, render=lambda row: HOSTILE[row % len(HOSTILE)]),
            Column("score", "score", 8, 1, align="right", render=lambda row: f"{self.values[row]:.2f}",
                   sort_key=lambda: self.values),
            Column("flags", "flags", 30, 5, render=lambda row: Text(f"flag {row}", "dim")),
        ]  # fmt: skip


class Messages:
    """What the table posted, without Textual's own traffic."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, object]] = []
        self._met: list[Message] = []

    def __call__(self, message: Message) -> None:
        if any(message is met for met in self._met):
            return  # the same message on its way up
        self._met.append(message)
        if isinstance(message, ColumnTable.RowHighlighted | ColumnTable.RowSelected):
            self.seen.append((type(message).__name__, message.row))
        elif isinstance(message, ColumnTable.HeaderClicked):
            self.seen.append((type(message).__name__, message.key))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]


async def test_keys_move_the_cursor() -> None:
    app = TableApp(200)
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.table
        for keys, place in [
            (["j"], 1), (["down"], 2), (["k"], 1), (["up"], 0), (["up"], 0),
            (["G"], 199), (["j"], 199), (["g"], 0), (["end"], 199), (["home"], 0),
            (["pagedown"], 23), (["pageup"], 0), (["ctrl+d"], 11), (["ctrl+d"], 22), (["ctrl+u"], 11),
        ]:  # fmt: skip
            await pilot.press(*keys)
            assert table.cursor == place, keys
        await pilot.press("G")
        await pilot.pause()
        assert "faq-0199" in frame(app) and "faq-0176" not in frame(app)
        assert frame(app).startswith("   item"), "the header stays"


async def test_a_cursor_key_renders_one_new_row_and_paints_two() -> None:
    app = TableApp(1_000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j")
        app.rendered.clear()
        await pilot.press("j", "k", "j")
        assert app.rendered == [], "rows on the screen are kept"
        await pilot.press("G")
        await pilot.pause()
        app.rendered.clear()
        await pilot.press(*["k"] * 22)
        assert app.rendered == []
        await pilot.press("k")
        await pilot.pause()
        assert app.rendered == [976]


async def test_a_million_rows_are_never_touched() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    app = TableApp(1_000_000)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("G", "pageup", "g", "pagedown")
        await pilot.pause()
        assert len(set(app.rendered)) < 200
        app.table.sort("score", reverse=True)
        await pilot.pause()
        assert app.table.cursor_row == 999_999
        assert app.table.move_to(123_456)
        await pilot.pause()
        assert "faq-123456" in frame(app)
    if sys.platform == "linux":
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert grown < 150, f"{grown:.0f} MB for a million rows"


async def test_sorting_by_key_and_by_api() -> None:
    values = np.array([3.0, np.nan, 1.0, 2.0])
    app = TableApp(4, values)
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.table
        table.sort_next()
        assert table.sorting == ("item", False)
        table.sort_next()
        assert list(table.order) == [2, 3, 0, 1], "missing last"
        table.reverse_sort()
        assert list(table.order) == [0, 3, 2, 1], "missing last the other way as well"
        await pilot.pause()
        assert "score ↓" in frame(app)
        table.sort_next()
        assert table.sorting == (None, False) and list(table.order) == [0, 1, 2, 3]
        table.reverse_sort()
        assert list(table.order) == [0, 1, 2, 3]
        with pytest.raises(KeyError):
            table.sort("flags")


async def test_new_data_keeps_row_and_sort() -> None:
    app = TableApp(50)
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.table
        table.sort("score", reverse=True)
        table.move_to(7)
        table.set_data(app.columns(), 50, np.arange(0, 50, 7))
        assert table.cursor_row == 7
        assert list(table.order) == list(range(49, -1, -7))
        table.set_order(np.array([1, 2, 3]))
        assert table.cursor_row == 1, "the row is gone: same place, as far as there are rows"
        assert not table.move_to(40)
        table.set_data(app.columns(), 0)
        assert table.cursor_row is None
        await pilot.pause()
        assert "no item matches [the filter]" in frame(app)
        await pilot.press("j", "G", "enter", "pagedown", "l", "h")
        table.sort_next()
        table.set_data(app.columns(), 3)
        assert table.cursor_row == 0


def test_a_table_can_be_filled_before_it_is_shown() -> None:
    table = ColumnTable()
    table.set_data([Column("n", "n", 4, sort_key=lambda: np.arange(9))], 9)
    table.sort("n", reverse=True)
    table.cursor = 2
    assert table.cursor_row == 6
    assert table.move_to(8) and table.cursor == 0


async def test_mouse() -> None:
    seen = Messages()
    app = TableApp(100)
    async with app.run_test(size=(80, 24), message_hook=seen) as pilot:
        await pilot.click(ColumnTable, offset=(10, 5))
        assert app.table.cursor == 4
        assert "RowSelected" not in seen.names
        await pilot.click(ColumnTable, offset=(10, 8), times=2)
        await pilot.pause()
        assert seen.seen[-1] == ("RowSelected", 7)
        await pilot.click(ColumnTable, offset=(5, 0))
        await pilot.click(ColumnTable, offset=(5, 0))
        await pilot.pause()
        assert ("HeaderClicked", "item") in seen.seen
        assert app.table.sorting == ("item", True)
        await pilot.click(ColumnTable, offset=(5, 0))
        assert app.table.sorting == (None, False)
        await pilot._post_mouse_events([_scroll_down()], ColumnTable, offset=(5, 5), button=0)
        await until(pilot, lambda: app.table.scroll_offset.y > 0)
        assert app.table.cursor == 0, "the wheel scrolls and leaves the cursor"
        await pilot.press("j")
        assert app.table.scroll_offset.y <= 1, "a key brings the cursor back"


def _scroll_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_a_click_below_the_rows_does_nothing() -> None:
    seen = Messages()
    app = TableApp(3)
    async with app.run_test(size=(80, 24), message_hook=seen) as pilot:
        await pilot.click(ColumnTable, offset=(10, 2))
        await pilot.click(ColumnTable, offset=(10, 15), times=2)
        assert app.table.cursor == 1
        assert "RowSelected" not in seen.names


async def test_each_row_is_announced_once() -> None:
    seen = Messages()
    app = TableApp(10)
    async with app.run_test(size=(80, 24), message_hook=seen) as pilot:
        await pilot.press("j", "enter")
        app.table.set_data(app.columns(), 10)
        await pilot.pause()
        assert seen.seen == [("RowHighlighted", 0), ("RowHighlighted", 1), ("RowSelected", 1)]


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 16), (20, 5), (1, 1), (150, 50)])
async def test_every_line_is_as_wide_as_the_terminal(size: tuple[int, int]) -> None:
    app = TableApp(100)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert widths(app) == {size[0]}


async def test_resizing_lays_columns_out_again() -> None:
    app = TableApp(100)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert app.table.dropped == ()
        await pilot.press(*["j"] * 30)
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert app.table.dropped == ("question",)
        assert "faq-0030" in frame(app), "the cursor stays on the screen"
        assert widths(app) == {60}


async def test_stepping_right_reaches_the_columns_that_were_dropped() -> None:
    app = TableApp(100)
    async with app.run_test(size=(40, 12)) as pilot:
        assert app.table.dropped == ("question", "flags")
        await pilot.press("l", "l", "l", "l")
        await pilot.pause()
        assert app.table.dropped == ()
        assert "flag 0" in frame(app)
        await pilot.press(*["h"] * 5)
        await pilot.pause()
        assert app.table.dropped == ("question", "flags")
        assert app.table.scroll_offset.x == 0


async def test_hostile_text_is_drawn_as_text() -> None:
    app = TableApp(10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert_frame(app, "table-hostile-text")
        assert "\x1b" not in frame(app) and "\u202e" not in frame(app)


async def test_a_changed_row_is_painted_again_alone() -> None:
    app = TableApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.values[3] = 777.0
        app.rendered.clear()
        app.table.refresh_row(3)
        app.table.refresh_row(90)
        await pilot.pause()
        assert app.rendered == [3]
        assert "777.00" in frame(app)


def _styles_at(app: TableApp, y: int) -> list[object]:
    return [segment.style for segment in app.table.render_line(y) if segment.text.strip()]


async def test_marked_and_dim_rows_and_the_cursor_look_different() -> None:
    app = TableApp(10)
    async with app.run_test(size=(80, 24)) as pilot:
        table = app.table
        table.marked = {2}
        table.row_style = lambda row: "dim" if row == 3 else ""
        table.refresh()
        await pilot.pause()
        cursor, plain, marked, dim = (table.render_line(1 + row) for row in range(4))
        assert all(segment.style.bgcolor != plain._segments[0].style.bgcolor for segment in cursor)  # type: ignore[union-attr]
        assert all(segment.style.bold for segment in marked)  # type: ignore[union-attr]
        assert dim._segments[0].style.color != plain._segments[0].style.color  # type: ignore[union-attr]
        unfocused = _background(cursor)
        app.set_focus(None)
        await pilot.pause()
        assert _background(table.render_line(1)) != unfocused


def _background(strip: object) -> object:
    return next(iter(strip)).style.bgcolor  # type: ignore[call-overload]


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light"])
@pytest.mark.parametrize("no_color", [False, True])
async def test_the_cursor_shows_under_every_kind_of_theme(
    theme: str, no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    app = TableApp(10, theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        looks = [
            {
                (str(s.style.color), str(s.style.bgcolor), s.style.reverse, s.style.underline)
                for s in strips[y]
                if s.style
            }
            for y in (1, 2)
        ]
        assert looks[0] != looks[1]
        if no_color:
            assert any(reverse for _, _, reverse, _ in looks[0]), "without colour the cursor is reversed"


async def test_a_theme_change_repaints() -> None:
    app = TableApp(10)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = _background(app.table.render_line(2))
        app.theme = "textual-light"
        await pilot.pause()
        assert _background(app.table.render_line(2)) != before


async def test_ascii_mode() -> None:
    app = TableApp(10)
    app.get_line_filters = lambda: [AsciiFilter()]  # type: ignore[method-assign]
    async with app.run_test(size=(60, 24)) as pilot:
        app.table.set_data(
            [Column("q", "question", 8, render=lambda row: "a long question", sort_key=lambda: np.arange(3))], 3
        )
        app.table.sort("q", True)
        await pilot.pause()
        assert frame(app).isascii()
        assert "a long ~" in frame(app) and "quest~ v" in frame(app)


async def test_an_auto_sized_table_is_as_tall_as_its_rows() -> None:
    app = TableApp(4)
    async with app.run_test(size=(80, 24)) as pilot:
        app.table.styles.height = "auto"
        await pilot.pause()
        assert app.table.size.height == 5


@pytest.mark.parametrize(("name", "size"), [("table-120x36", (120, 36)), ("table-80x24", (80, 24))])
async def test_frames(name: str, size: tuple[int, int]) -> None:
    app = TableApp(60, np.where(np.arange(60) % 7 == 3, np.nan, np.arange(60) / 60))
    async with app.run_test(size=size) as pilot:
        app.table.sort("score", reverse=True)
        await pilot.press("j", "j")
        await pilot.pause()
        assert_frame(app, name)


def test_columns_need_no_sort_key() -> None:
    render: Callable[[int], str] = str
    assert Column("a", "a", 3, render=render).sort_key is None
