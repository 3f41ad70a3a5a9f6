"""The rows of a file, whatever it is written in: for reading it as a table, and for showing its columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.sources.peek import Peek
from ragtui.sources.table.flat import FlatRows
from ragtui.sources.table.rows import CsvRows, LineRows, ListRows, Rows
from ragtui.sources.table.shape import tables_in


def _other(peek: Peek) -> list[Any] | None:
    """Records of a file that is neither text nor JSON; None for those that are."""
    from ragtui.sources.generic import excel, parquet, plain_yaml, sqlite

    if parquet.FORMAT.sniff(peek):
        return parquet.records(peek)
    if excel.FORMAT.sniff(peek):
        return next((rows for rows in excel.sheets(peek).values() if rows), None)
    if peek.kind == "sqlite":
        return next((rows for _, rows in sqlite.tables_of(peek.path) if rows), None)
    if plain_yaml.FORMAT.sniff(peek):
        found = tables_in(plain_yaml.load_yaml(peek.path))
        return found[0].entries if found else None
    return None


def first_rows(path: Path) -> Rows:
    """The rows of a file, or of the first of its tables.

    Raises:
        InputError: it cannot be read, or holds no rows.
    """
    if path.is_dir():
        path = path / "results.jsonl"
    peek = Peek(path)
    if rows := _other(peek):
        return FlatRows(ListRows(path, rows))
    if peek.kind == "lines":
        return FlatRows(LineRows(path))
    if peek.kind == "json":
        found = tables_in(peek.load())
        if not found:
            raise InputError(f"{path}: holds no records", "a table as JSON is a list of objects")
        return FlatRows(ListRows(path, found[0].entries))
    return CsvRows(path)
