"""Score tables in Excel workbooks: values only, formulas are never worked out."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ragtui.errors import InputError
from ragtui.files.regular import open_regular
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import PREAMBLE, Peek
from ragtui.sources.table.header import distinct_names, names_of

MAX_UNPACKED = 512 * 1024 * 1024
MAX_RATIO = 250
MAX_ROWS = 1_048_576
"""Rows of the largest sheet that Excel itself can hold."""
MAX_CELLS = 30_000_000
"""Cells of a sheet, empty ones between two that are filled among them: 200 KB with 16,384 columns a row made 6 GB."""


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs in each sheet that is a table.

    Raises:
        InputError: it cannot be read, or openpyxl is not there.
    """
    from ragtui.sources.table.about import NOTHING
    from ragtui.sources.table.documents import read_records
    from ragtui.sources.table.rows import ListRows

    found = {name: rows for name, rows in sheets(peek).items() if rows}
    if not found and request.direct:
        raise InputError(f"{peek.path}: holds no rows", "a score table starts with a line of column names")
    for name, rows in found.items():
        one = len(found) == 1
        asked = request if one else replace(request, direct=False)  # sheets of notes are no reason to refuse the rest
        yield from read_records(
            peek.path, asked, ListRows(peek.path, rows), NOTHING if one else replace(NOTHING, key=name)
        )


def sheets(peek: Peek) -> dict[str, list[dict[str, Any]]]:
    """Rows of every sheet by its title.

    Raises:
        InputError: it cannot be read, or openpyxl is not there.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise InputError(f"{peek.path}: is an Excel workbook", "pip install 'ragtui[tables]' to read it") from error
    _refuse_bomb(peek)
    try:
        with open_regular(peek.path) as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            return {sheet.title: _rows(peek, sheet) for sheet in book.worksheets}
    except InputError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged part of the archive makes it raise
        said = " ".join(str(error).split())[:200]
        raise InputError(f"{peek.path}: cannot be read as Excel ({said})", "save the workbook again") from error


def _rows(peek: Peek, sheet: Any) -> list[dict[str, Any]]:
    filled, left = [], MAX_CELLS
    for cells in sheet.iter_rows(values_only=True, max_row=MAX_ROWS):
        left -= len(cells)
        if left < 0:
            raise InputError(f"{peek.path}: a sheet has more than {MAX_CELLS:,} cells: not read", "save it as CSV")
        if any(cell is not None for cell in cells):
            filled.append(cells)
    if not filled:
        return []
    start = _behind_titles(filled)
    named = names_of([["" if cell is None else str(cell) for cell in cells] for cells in filled[start : start + 24]])
    lines = max(1, named.lines)  # a sheet without names is left to say so itself
    given = named.names if named.lines else ["" if cell is None else str(cell) for cell in filled[start]]
    names = distinct_names(given)
    return [{name: _plain(cell) for name, cell in zip(names, cells, strict=False)} for cells in filled[start + lines :]]


def _behind_titles(rows: Sequence[Sequence[Any]]) -> int:
    """Which of the first rows names columns: titles and dates above a table fill one cell or two."""
    widths = [sum(cell is not None for cell in cells) for cells in rows[:PREAMBLE]]
    widest = max(widths)
    return next(place for place, width in enumerate(widths) if width == widest or width > max(2, widest // 2))


def _plain(cell: Any) -> Any:
    return cell if cell is None or isinstance(cell, (str, int, float, bool)) else str(cell)


def _refuse_bomb(peek: Peek) -> None:
    try:
        with open_regular(peek.path) as file, zipfile.ZipFile(file) as archive:
            packed = sum(entry.compress_size for entry in archive.infolist())
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InputError(f"{peek.path}: cannot be read as Excel ({error})", "save the workbook again") from error
    if unpacked > min(MAX_UNPACKED, max(MAX_RATIO * packed, 4 * 1024 * 1024)):
        raise InputError(
            f"{peek.path}: {packed // 2**10} KB would unpack to {unpacked // 2**20} MB: not read",
            "save the sheet as CSV",
        )


FORMAT = Format(
    name="excel",
    tool="any harness",
    files="score tables as Excel workbooks, one table a sheet; needs ragtui[tables]",
    told_by="a sheet with a column that names an item and one that holds scores",
    item="a column such as `id`, `case` or `question_id`; else made from the question",
    repeat="a column such as `repeat`, `epoch` or `trial`",
    configuration="a column that tells rows of one item apart; `K` or --columns changes it",
    error="a column such as `error`",
    endings=(".xlsx", ".xlsm"),
    sniff=lambda peek: peek.kind == "zip" and peek.suffix in (".xlsx", ".xlsm"),
    read=read,
)
