"""The manual inside the app: its headings, and what stands under the one that is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import CodeBlock, Markdown
from rich.style import Style
from rich.text import Text
from rich.theme import Theme
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Input, Static

from ragtui.manual.chapters import Chapter, chapters
from ragtui.tui.dialogs.ask import DIALOG_CSS
from ragtui.tui.guard import Dialog
from ragtui.tui.looks.styles import styles_for
from ragtui.tui.widgets.table.column_table import Column, ColumnTable


class _Code(CodeBlock):
    """A code block in the colour of code; Rich's own brings a theme with a ground of its own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(str(self.text).rstrip(), console.get_style("markdown.code"))


class _Page(Markdown):
    """Markdown in the colours of the app's theme."""

    elements: ClassVar[dict[str, Any]] = {**Markdown.elements, "fence": _Code, "code_block": _Code}

    def __init__(self, text: str, styles: Mapping[str, Style]) -> None:
        super().__init__(text, hyperlinks=False)
        quiet, title, accent = (styles[name] for name in ("muted", "title", "accent"))
        self._theme = Theme(
            {f"markdown.h{level}": title for level in range(1, 8)}
            | dict.fromkeys(("markdown.code", "markdown.code_block", "markdown.link", "markdown.link_url"), accent)
            | dict.fromkeys(("markdown.hr", "markdown.block_quote", "markdown.table.border"), quiet)
            | dict.fromkeys(("markdown.item.bullet", "markdown.item.number", "markdown.table.header"), title)
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with console.use_theme(self._theme):
            yield from super().__rich_console__(console, options)


class ManualScreen(Dialog[None]):
    """Headings beside the text; above it on narrow screens. `/` keeps the headings under which all words occur."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "close", id="manual.close", key_display="esc"),
        Binding("slash", "find", "find", id="manual.find"),
        Binding("tab", "other", "headings or text", id="manual.other", priority=True),
    ]
    DEFAULT_CSS = (
        DIALOG_CSS.format(name="ManualScreen")
        + """
    ManualScreen .dialog-box { width: 96%; max-width: 150; height: 96%; max-height: 96%; }
    ManualScreen .dialog-box { border-subtitle-color: $text-muted; }
    ManualScreen Input, ManualScreen Input:focus { border: none; padding: 0; height: 1; }
    ManualScreen Horizontal, ManualScreen #manual-parts { height: 1fr; }
    ManualScreen ColumnTable { width: 38; height: 1fr; }
    ManualScreen VerticalScroll { width: 1fr; height: 1fr; padding: 0 0 0 1; }
    ManualScreen.-narrow Horizontal { layout: vertical; }
    ManualScreen.-narrow ColumnTable { width: 1fr; height: 7; }
    """
    )
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-beside")]

    def __init__(self) -> None:
        super().__init__()
        self._all = chapters()
        self._shown: tuple[Chapter, ...] = self._all

    def compose(self) -> ComposeResult:
        """A filter, the headings, the text."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = "Manual"
            box.border_subtitle = "↑↓ heading · enter or tab read · / find · esc closes"
            yield Input(placeholder="/ finds headings by what stands under them", compact=True)
            with Horizontal():
                yield ColumnTable(empty="nothing says that")
                with VerticalScroll():
                    yield Static(id="manual-text")

    def on_mount(self) -> None:
        """All headings; the arrows move at once."""
        self._fill("")
        self.query_one(ColumnTable).focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._fill(self.query_one(Input).value))

    def _fill(self, wanted: str) -> None:
        self._shown = tuple(chapter for chapter in self._all if chapter.says(wanted))
        styles = styles_for(self.app)

        def heading(row: int) -> Text:
            chapter = self._shown[row]
            return Text("  " * (chapter.level - 1) + chapter.title, styles["title"] if chapter.level == 1 else "")

        self.query_one(ColumnTable).set_data(
            [Column("heading", "heading", 20, 0, flexible=True, render=heading)], len(self._shown)
        )
        self._show(self.query_one(ColumnTable).cursor_row)

    def _show(self, row: int | None) -> None:
        text = self._shown[row].text if row is not None and row < len(self._shown) else ""
        self.query_one("#manual-text", Static).update(_Page(text, styles_for(self.app)))
        self.query_one(VerticalScroll).scroll_home(animate=False)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted)
    def _found(self) -> None:
        self.query_one(ColumnTable).focus()

    @on(ColumnTable.RowHighlighted)
    def _moved(self, event: ColumnTable.RowHighlighted) -> None:
        if not event.stale:
            self._show(event.row)

    @on(ColumnTable.RowSelected)
    def _chosen(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_find(self) -> None:
        """Type what is looked for."""
        self.query_one(Input).focus()

    def action_other(self) -> None:
        """From the headings to the text and back."""
        text = self.query_one(VerticalScroll)
        (self.query_one(ColumnTable) if text.has_focus else text).focus()

    def action_close(self) -> None:
        """Close."""
        self.dismiss(None)
