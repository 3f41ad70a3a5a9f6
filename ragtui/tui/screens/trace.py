"""Trace: what the pipeline did for one item, call by call, read from its server when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from ragtui.errors import RagtuiError
from ragtui.model import Trace
from ragtui.present.clean import clean, one_line
from ragtui.present.numbers import count
from ragtui.present.sentences.trace import say_session
from ragtui.tui.loading import in_background
from ragtui.tui.looks.titles import title
from ragtui.tui.rows.trace_rows import conversation_text, observation_text, trace_text, tree_columns
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.shell import Traced
from ragtui.tui.widgets.table.column_table import ColumnTable


class TraceScreen(RagtuiScreen):
    """The tree of observations above, the one under the cursor below.

    Args:
        session: the shared session.
        item: the item.
        traced: the passes whose traces can be read.
        place: which of them to begin with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "other_pane", "texts", id="trace.pane", tooltip="from the tree to the texts and back"),
        Binding("greater_than_sign,right,l", "pass(1)", "other repeat", id="trace.next", key_display="< >"),
        Binding("less_than_sign,left,h", "pass(-1)", "previous repeat", id="trace.previous", show=False),
        Binding("R", "again", "read again", id="trace.again", tooltip="ask the server again"),
        Binding("n", "error", "next error", id="trace.error", tooltip="the next error or warning"),
        Binding("o", "open", "browser", id="trace.open", show=False, tooltip="open the trace in the browser"),
        Binding("e", "edit", "editor", id="trace.edit", show=False, tooltip="the whole trace in $EDITOR"),
        Binding("y", "copy", "copy", id="trace.copy", show=False, tooltip="copy the output under the cursor"),
    ]

    def __init__(self, session: Session, item: str, traced: Sequence[Traced], place: int) -> None:
        super().__init__(session)
        self.item, self.traced, self.place = item, traced, place
        self.traces: dict[int, Trace] = {}
        self.failure = ""

    def body(self) -> ComposeResult:
        """The tree, the comments, the texts."""
        with VerticalScroll(id="tree-pane", classes="pane", can_focus=False):
            yield ColumnTable(id="tree", empty="reading …")
        yield Static(id="comments", classes="section", markup=False)
        with VerticalScroll(id="observation-pane", classes="pane"):
            yield Static(id="observation", markup=False)

    def on_mount(self) -> None:
        """Read the trace."""
        self.query_one("#tree", ColumnTable).focus()
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.paint())
        self._read()

    def on_unmount(self) -> None:
        """Nobody waits for the answer any more."""
        if self.place not in self.traces:
            self.session.library.cancel()

    @property
    def trace(self) -> Trace | None:
        """The trace at hand, once it was read."""
        return self.traces.get(self.place)

    def _read(self, anew: bool = False) -> None:
        self.failure = ""
        self.paint()
        place, library, item = self.place, self.session.library, self.item
        if place in self.traces:
            return
        uid = self.traced[place].uid

        def came(found: Trace) -> None:
            self.traces[place] = found
            if place == self.place:
                self.paint()

        def failed(error: RagtuiError) -> None:
            if place == self.place:
                self.failure = f"{error.message}\n{error.hint}\nR asks again"
                self.paint()

        in_background(self, lambda: library.trace(uid, item, anew=anew), came, failed, group="trace")

    # ---------------------------------------------------------------- painting

    def paint(self) -> None:
        """Paint the tree, the comments and the observation under the cursor."""
        table = self.query_one_optional("#tree", ColumnTable)
        if table is None:
            return
        trace, here = self.trace, self.traced[self.place]
        rows = trace.observations if trace is not None else ()
        said = count(len(rows), "observation")
        for level in ("ERROR", "WARNING"):
            if wrong := sum(one.level == level for one in rows):
                said = f"{said} · {count(wrong, level.lower())}"
        turn = f" · trace {self.place + 1} of {len(self.traced)}" if len(self.traced) > 1 else ""
        status = f"{said}{turn}" if trace is not None else f"{'not read' if self.failure else 'reading …'}{turn}"
        self.crumbs("runs", one_line(self.item), "trace", status=status)
        pane = self.query_one("#tree-pane")
        pane.border_title = title(f"{here.label} · {trace.id}" if trace is not None else here.label)
        table.empty = "nothing was recorded in this trace" if trace is not None else self.failure or "reading …"
        table.set_data(tree_columns(rows, self.cell_styles()), len(rows), keep_cursor=True)
        comments = self.query_one("#comments", Static)
        lines = [] if trace is None else [f"comment: {one_line(comment)}" for comment in trace.comments]
        if trace is not None:
            talk = one_line(say_session(trace))
            lines += [f"{talk}: the conversation stands below the first row"] if talk else []
            lines += [f"note: {one_line(note)}" for note in trace.notes]
        comments.display = bool(lines)
        comments.update(Text("\n".join(lines), self.cell_styles()["warning"]))
        self._paint_observation()

    def _paint_observation(self) -> None:
        trace, row = self.trace, self.query_one("#tree", ColumnTable).cursor_row
        text = Text(clean(self.failure), self.cell_styles()["warning"]) if self.failure else Text("reading …")
        if trace is not None:
            text = observation_text(trace.observations[row], self.cell_styles()) if row is not None else Text("")
            if row in (0, None):
                text.append_text(conversation_text(trace, self.cell_styles()))
        self.query_one("#observation", Static).update(text)

    @on(ColumnTable.RowHighlighted)
    def _moved(self) -> None:
        self._paint_observation()
        self.query_one("#observation-pane", VerticalScroll).scroll_home(animate=False)

    # ---------------------------------------------------------------- actions

    @on(ColumnTable.RowSelected)
    def action_other_pane(self) -> None:
        """From the tree to the texts, and back."""
        table, pane = self.query_one("#tree", ColumnTable), self.query_one("#observation-pane", VerticalScroll)
        (pane if table.has_focus else table).focus()

    def action_pass(self, step: int) -> None:
        """The trace of another repeat, or of the other side."""
        if len(self.traced) < 2:
            self.say("no other trace of this item")
            return
        self.place = (self.place + step) % len(self.traced)
        self._read()

    def action_again(self) -> None:
        """Read the trace at hand again."""
        self.traces.pop(self.place, None)
        self._read(anew=True)

    def action_error(self) -> None:
        """Go to the next observation that failed or warns."""
        rows = self.trace.observations if self.trace is not None else ()
        table = self.query_one("#tree", ColumnTable)
        wrong = [place for place, one in enumerate(rows) if one.level in ("ERROR", "WARNING")]
        if not wrong:
            self.say("no error or warning in this trace")
            return
        here = table.cursor_row if table.cursor_row is not None else -1
        table.move_to(next((place for place in wrong if place > here), wrong[0]))

    def action_open(self) -> None:
        """Open the trace in the browser."""
        self.open_address([self.traced[self.place].url], "no address is recorded for this trace")

    def action_edit(self) -> None:
        """The whole trace in the editor."""
        from ragtui.tui.editor import edit_text

        if self.trace is not None:
            edit_text(self.app, trace_text(self.trace), self.say)

    def action_copy(self) -> None:
        """Copy the output of the observation under the cursor."""
        row = self.query_one("#tree", ColumnTable).cursor_row
        if self.trace is not None and row is not None:
            self.app.copy_to_clipboard(clean(self.trace.observations[row].output))
            self.say("copied the output")
