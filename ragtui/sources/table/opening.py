"""The rows of a file, whatever it is written in, for showing what its columns are taken to mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog
from ragtui.sources.columns import ColumnMap, signature
from ragtui.sources.peek import Peek, load_as_written
from ragtui.sources.table.flat import FlatRows
from ragtui.sources.table.rows import Cells, CsvRows, LineRows, ListRows, Rows
from ragtui.sources.table.shape import tables_in
from ragtui.sources.table.survey import survey
from ragtui.sources.table.unfolding.arms import arms_in, guess_side_by_side, side_by_side
from ragtui.sources.table.unfolding.listed import listed_repeats
from ragtui.sources.table.unfolding.nested import nested
from ragtui.sources.table.unfolding.turned import turned
from ragtui.sources.table.unfolding.written import written_objects


@dataclass(frozen=True, eq=False, slots=True)
class Preview:
    """A table before it is opened, for a person to confirm its columns.

    Attributes:
        columns: all column names.
        rows: the first rows.
        guess: what the columns seem to mean, with reasons.
        signature: key under which a confirmed map fits other tables with the same columns.
        arms: words in the names of columns that were found to be configurations side by side.
    """

    columns: tuple[str, ...]
    rows: tuple[Cells, ...]
    guess: ColumnMap
    signature: str
    arms: tuple[str, ...] = ()


def preview_table(path: Path, arms: Sequence[str] | None = None) -> Preview:
    """Look at a table's columns and first rows.

    Args:
        path: the table.
        arms: configurations side by side, as a person said; None to find them, empty for none.

    Raises:
        InputError: it cannot be read as a table.
    """
    plain = listed_repeats(written_objects(turned(first_rows(path))), None, {})
    rows = side_by_side(plain, None, {} if arms is None else {"arms": tuple(arms)})
    guess = survey(rows, guess_side_by_side(rows), ProblemLog(str(path))).settled.columns
    found = arms_in(plain.columns, plain.probe())
    return Preview(
        rows.columns,
        tuple(rows.probe()[:20]),
        guess,
        signature(plain.columns),
        tuple(found.columns) if found is not None else (),
    )


def _other(peek: Peek) -> list[Any] | None:
    """Records of a file that is neither text nor JSON; None for those that are."""
    from ragtui.sources.generic import excel, html_page, parquet, plain_yaml, printed, sqlite

    if parquet.FORMAT.sniff(peek):
        return parquet.records(peek)
    if excel.FORMAT.sniff(peek):
        return next((rows for rows in excel.sheets(peek).values() if rows), None)
    if peek.kind == "sqlite":
        return next((rows for _, rows in sqlite.tables_of(peek.path) if rows), None)
    if html_page.FORMAT.sniff(peek):
        return next((table.rows for table in html_page.tables_of(peek)), None)
    if printed.FORMAT.sniff(peek) and peek.suffix in printed.FORMAT.endings:
        return next((table.rows for table in printed.tables_of(peek)), None)
    if plain_yaml.FORMAT.sniff(peek):
        found = tables_in(plain_yaml.load_yaml(peek.path), peek.path.stem)
        return found[0].entries if found else None
    return None


def first_rows(path: Path) -> Rows:
    """The rows of a file, or of the first of its tables.

    Raises:
        InputError: it cannot be read, or holds no rows.
    """
    if path.is_dir():
        from ragtui.sources.generic.item_files import answers_in

        if answers := answers_in(path):
            return FlatRows(ListRows(path, answers))
        path = path / "results.jsonl"
    peek = Peek(path)
    if rows := _other(peek):
        return FlatRows(ListRows(path, rows))
    if peek.kind == "lines":
        return FlatRows(nested(LineRows(path)))
    if peek.kind == "json":
        found = tables_in(load_as_written(peek)[0], path.stem)
        if not found:
            raise InputError(f"{path}: holds no records", "a table as JSON is a list of objects")
        return FlatRows(ListRows(path, found[0].entries))
    return CsvRows(path)
