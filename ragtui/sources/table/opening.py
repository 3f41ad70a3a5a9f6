"""The rows of a file, whatever it is written in: for reading it as a table, and for showing its columns."""

from __future__ import annotations

from pathlib import Path

from ragtui.errors import InputError
from ragtui.sources.peek import Peek
from ragtui.sources.table.flat import FlatRows
from ragtui.sources.table.rows import CsvRows, LineRows, ListRows, Rows
from ragtui.sources.table.shape import tables_in


def first_rows(path: Path) -> Rows:
    """The rows of a file, or of the first of its tables.

    Raises:
        InputError: it cannot be read, or holds no rows.
    """
    if path.is_dir():
        path = path / "results.jsonl"
    peek = Peek(path)
    if peek.kind == "lines":
        return FlatRows(LineRows(path))
    if peek.kind == "json":
        found = tables_in(peek.load())
        if not found:
            raise InputError(f"{path}: holds no records", "a table as JSON is a list of objects")
        return FlatRows(ListRows(path, found[0].entries))
    return CsvRows(path)
