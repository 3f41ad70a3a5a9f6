"""What a table tells its screen."""

from __future__ import annotations

from textual.message import Message

from ragtui.tui.widgets.table.cursor_view import CursorView


class TableMessage(Message, namespace="column_table"):
    """Something about a table."""

    def __init__(self, table: CursorView) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> CursorView:
        """The table, for selectors of `on`."""
        return self.table


class RowMessage(TableMessage, namespace="column_table"):
    """Something about a data row."""

    def __init__(self, table: CursorView, row: int) -> None:
        super().__init__(table)
        self.row = row

    @property
    def stale(self) -> bool:
        """Whether the table shows other data by now, without this row: messages wait in a queue, tables do not."""
        return not self.table.shows(self.row)


class RowHighlighted(RowMessage, namespace="column_table"):
    """The cursor is on another data row; of several waiting ones only the newest is delivered."""

    def can_replace(self, message: Message) -> bool:
        """Whether the other message is newer news of the same table."""
        return isinstance(message, RowHighlighted) and message.table is self.table


class CellHighlighted(RowMessage, namespace="column_table"):
    """The cell cursor is in another column of the same row."""

    def __init__(self, table: CursorView, row: int, key: str) -> None:
        super().__init__(table, row)
        self.key = key

    def can_replace(self, message: Message) -> bool:
        """Whether the other message is newer news of the same table."""
        return isinstance(message, CellHighlighted) and message.table is self.table


class RowSelected(RowMessage, namespace="column_table"):
    """Enter, or a double click, on a data row."""


class HeaderClicked(TableMessage, namespace="column_table"):
    """A click on a column's title; the table has sorted itself already where that column can be sorted."""

    def __init__(self, table: CursorView, key: str) -> None:
        super().__init__(table)
        self.key = key
