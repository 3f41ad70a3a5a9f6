"""Rows of a dataset file: JSON of several shapes, YAML, JSON Lines, CSV, TSV, Parquet, Excel, and a question a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import mapping, text
from ragtui.files.jsonlines import BadLineError, open_binary, parse_json, read_objects
from ragtui.files.packed import inner_name
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import open_regular
from ragtui.sources.generic.plain_yaml import load_yaml
from ragtui.sources.golden.layouts import HINT, entries_of

_WORKBOOKS = (".xlsx", ".xlsm")
_LINES, _TABLES = (".jsonl", ".ndjson"), {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class GoldenRows:
    """The rows of a file, and what the file says of itself.

    Attributes:
        numbers: where each row stands, for messages: its line, or its place in the list.
        about: name, version, description.
    """

    rows: Sequence[Mapping[str, Any]]
    numbers: Sequence[int]
    about: Mapping[str, Any] = field(default_factory=dict)


def read_rows(path: Path) -> GoldenRows:
    """Rows of a file, by its suffix.

    Raises:
        InputError: it cannot be read, or holds no rows.
    """
    suffix = Path(inner_name(path.name)).suffix.lower()
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: not an ordinary file", HINT)
    if suffix in _LINES:
        found = _lines(path)
    elif suffix in _TABLES:
        found = _table(path, _TABLES[suffix])
    elif suffix == ".parquet":
        found = _parquet(path)
    elif suffix in _WORKBOOKS:
        found = _workbook(path)
    elif suffix in (".txt", ".text"):
        found = _questions(path)
    elif suffix in (".yaml", ".yml"):
        found = _of_document(path, load_yaml(path))
    else:
        found = _document(path)
    if not found.rows:
        raise InputError(f"{path}: no items", HINT)
    named = {text(row.get("datasetName")) for row in found.rows}  # a Langfuse export
    if not found.about.get("name") and len(named) == 1 and (name := named.pop()):
        return replace(found, about={**found.about, "name": name})
    return found


def _document(path: Path) -> GoldenRows:
    with open_binary(path) as file:
        try:
            document, _ = parse_json(file.read())
        except (BadLineError, OSError) as error:
            raise InputError(f"{path}: {error}", HINT) from error
    return _of_document(path, document)


def _of_document(path: Path, document: Any) -> GoldenRows:
    entries, fields = entries_of(str(path), document), mapping(document)
    about = {name: fields[name] for name in ("name", "version", "description") if name in fields}
    return GoldenRows(entries, range(1, len(entries) + 1), about)


def _questions(path: Path) -> GoldenRows:
    """A question a line, or with its answer behind a tab; blank ones are left out."""
    with open_binary(path) as file:
        raw = file.read()
    try:
        lines = list(enumerate(raw.decode("utf-8-sig").splitlines(), start=1))
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})", "Save it as UTF-8.") from error
    asked = [(number, line.strip()) for number, line in lines if line.strip()]
    if asked and all(line.count("\t") == 1 for _, line in asked):  # a table without a header
        pairs = [dict(zip(("question", "expected"), line.split("\t"), strict=True)) for _, line in asked]
        return GoldenRows(pairs, [number for number, _ in asked])
    return GoldenRows([{"question": line} for _, line in asked], [number for number, _ in asked])


def _lines(path: Path) -> GoldenRows:
    problems = ProblemLog(str(path))
    lines = list(read_objects(path, problems))
    bad = problems.found()
    if bad:
        raise InputError(str(bad[0]), "Golden items are not guessed: mend the line.")
    return GoldenRows([line.record for line in lines], [line.number for line in lines])


def _table(path: Path, delimiter: str) -> GoldenRows:
    with open_binary(path) as file:
        raw = file.read()
    try:
        decoded = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 (byte {error.start})", "Save it as UTF-8.") from error
    head = decoded.partition("\n")[0]
    if delimiter == "," and head.count(";") > head.count(","):
        delimiter = ";"
    reader = csv.reader(io.StringIO(decoded, newline=""), delimiter=delimiter)
    try:
        header = next(reader, [])
        rows, numbers = [], []
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise InputError(f"{path}:{reader.line_num}: more cells than the header has", "Quote the cell.")
            rows.append({name: cell for name, cell in zip(header, cells, strict=False) if cell != "" and name})
            numbers.append(reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: {error}", "Mend the line.") from error
    return GoldenRows(rows, numbers)


def _parquet(path: Path) -> GoldenRows:
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise InputError(f"{path}: reading Parquet needs pyarrow", "pip install 'ragtui[tables]'") from error
    try:
        with open_regular(path) as file:
            rows = parquet.read_table(file).to_pylist()
    except Exception as error:  # whatever a damaged file makes of the library
        raise InputError(f"{path}: cannot be read ({type(error).__name__}: {error})", HINT) from error
    return GoldenRows(
        [{name: value for name, value in row.items() if value is not None} for row in rows], range(1, len(rows) + 1)
    )


def _workbook(path: Path) -> GoldenRows:
    from ragtui.sources.generic.excel import sheets
    from ragtui.sources.peek import Peek

    filled = {name: rows for name, rows in sheets(Peek(path)).items() if rows}
    if len(filled) > 1:
        raise InputError(
            f"{path}: several sheets have rows: {', '.join(filled)}", "Save the one with the questions as CSV."
        )
    rows = next(iter(filled.values()), [])
    kept = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return GoldenRows(kept, range(1, len(kept) + 1))
