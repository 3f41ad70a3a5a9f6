"""One line of progress: label, bar, counts; hidden while nothing is under way."""

from __future__ import annotations

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget

from ragtui.tui.widgets.glyphs import GLYPHS
from ragtui.tui.widgets.table.cell_text import shorten
from ragtui.tui.widgets.table.row_painting import line_of

_BAR_AT_MOST, _LABEL_AT_MOST = 30, 24


class ProgressStrip(Widget):
    """Progress of something that runs in the background."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    ProgressStrip { height: 1; display: none; color: $text-accent; }
    ProgressStrip.-running { display: block; }
    ProgressStrip:nocolor { color: $foreground; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._label, self._details = "", ""
        self._done, self._total = 0, 0

    def show(self, label: str, done: int, total: int, details: str = "") -> None:
        """Say how far it is.

        Args:
            label: what is running.
            done: pieces finished.
            total: pieces in all; 0 when that is not known, then no bar is drawn.
            details: errors, time left and so on.
        """
        self._label, self._done, self._total, self._details = label, done, total, details
        self.add_class("-running")
        self.refresh()

    def hide(self) -> None:
        """Nothing is under way."""
        self.remove_class("-running")

    def render_line(self, y: int) -> Strip:
        """The line."""
        width = self.size.width
        text = progress_text(self._label, self._done, self._total, self._details, width) if not y else ""
        return line_of(text, width, self.rich_style, GLYPHS.ellipsis)


def progress_text(label: str, done: int, total: int, details: str, width: int) -> str:
    """The line's text; the bar takes the room that words leave. A bar is full only when everything is done."""
    name = shorten(label, min(_LABEL_AT_MOST, max(width // 3, 1)), GLYPHS.ellipsis)
    pointer = "▶"
    if total <= 0:
        return f" {pointer} {name}  {done}  {details}".rstrip()
    share = min(max(done / total, 0.0), 1.0)
    words = f"{done}/{total}  {int(share * 100)} %" + (f"  {details}" if details else "")
    cells = min(_BAR_AT_MOST, width - cell_len(name) - cell_len(words) - 8)
    filled = int(share * cells) if cells > 3 else 0
    bar = f"  {GLYPHS.done * filled}{GLYPHS.left * (cells - filled)}" if cells > 3 else ""
    return f" {pointer} {name}{bar}  {words}"
