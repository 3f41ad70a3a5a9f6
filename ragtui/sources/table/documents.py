"""JSON documents, and folders with a summary, as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.model import Problem, RunHeader
from ragtui.sources.base import LoadedRun
from ragtui.sources.found import Found, Request
from ragtui.sources.own.summary import SUMMARY
from ragtui.sources.table.about import Beside, about
from ragtui.sources.table.flat import flattened
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.guess import guess_columns
from ragtui.sources.table.rows import LineRows, ListRows, NotATableError, Rows
from ragtui.sources.table.shape import found_in, tables_in, unread_in
from ragtui.sources.table.table import is_golden, not_a_run, read_table
from ragtui.sources.table.unfolding.maps import only_means, why_not
from ragtui.sources.table.unfolding.passes import FoundRecords

_BESIDE = ("summary", "metrics", "aggregate", "aggregates", "run", "meta", "metadata", "config", "settings", "params")
"""Names of JSON files beside results that tell what the run was."""
_ABOUT_ALL = frozenset(("summary", "metrics", "aggregate", "aggregates", "config", "settings", "params", "meta"))
"""Words in names of files that tell what other files come to."""
_LARGEST_BESIDE = 4 * 1024 * 1024
_HINT = 'write one record an item, such as {"item": "q1", "repeat": 1, "scores": {"correct": 1}}, to results.jsonl'


def read_records(
    path: Path, request: Request, rows: Rows | None = None, beside: Beside | None = None
) -> Iterator[Found | Problem]:
    """The runs of a table; a file that is none is passed over unless it was named.

    Raises:
        InputError: it was named directly and cannot be used.
    """
    try:
        yield from read_table(path, request, rows, beside if beside is not None else summary_beside(path))
    except NotATableError:
        if request.direct:
            raise
    except UsageError as error:
        raise InputError(f"{path}: {error.message}", error.hint) from error


def read_results(results: Path, summary: Mapping[str, Any], request: Request) -> Iterator[Found | Problem]:
    """The run in a harness's results.jsonl, with what the summary beside it says."""
    rows = LineRows(results)
    if not rows.probe():
        raise InputError(f"{results}: holds no JSON object", "JSON Lines have one object in braces on each line")
    name = Path(request.name).stem if request.name else results.parent.name
    # A folder that holds results.jsonl was made for a run: its columns need not be sure to be listed.
    yield from read_records(results, replace(request, direct=True), rows, about(summary, name=name))


def read_document(path: Path, document: Any, request: Request) -> Iterator[Found | Problem]:
    """The runs in a JSON document, found by the shape of its records.

    Raises:
        InputError: it was named directly and holds no results.
    """
    if isinstance(document, dict) and "ragtui_dataset" in document:
        return
    tables, others = found_in(document, path.stem)
    if not tables and isinstance(document, list) and request.direct:
        if not any(isinstance(entry, dict) for entry in document):
            if why := why_not(document):
                raise InputError(f"{path}: {why[0]}", why[1])
            raise InputError(f"{path}: is a list without objects", "a list of results has one object an item")
        tables = [] if _golden_rows(document) else [FoundRecords((), document)]
    if not tables and request.direct and (rows := _golden_rows(document)):
        raise not_a_run(path, len(rows))
    if not tables:
        yield from _without_records(path, document, request)
        return
    for table in tables:
        yield from read_records(path, request, ListRows(path, table.entries), _about(path, document, table, tables))
    for other in others:
        yield Problem(
            str(path),
            f"also holds {len(other.entries)} records under {'.'.join(other.path)}: not read, because the"
            f" {len(tables[0].entries)} under {'.'.join(tables[0].path) or 'its top'} are taken for the results",
            "write them to a file of their own",
        )


def _golden_rows(document: Any) -> list[Any]:
    """The items of a dataset: the list of a document whose objects hold questions and expected answers; else empty."""
    lists = [document, *(document.values() if isinstance(document, dict) else ())]
    for found in (entries for entries in lists if isinstance(entries, list) and entries):
        sample = [flattened(entry) for entry in found[:20] if isinstance(entry, dict)]
        columns = tuple(dict.fromkeys(name for entry in sample for name in entry))
        if sample and is_golden(guess_columns(columns, sample)):
            return found
    return []


def _about(path: Path, document: Any, table: FoundRecords, tables: Sequence[FoundRecords]) -> Beside:
    outer = document if isinstance(document, dict) else {}
    around = table.around if table.around is not outer else {}
    said = about({**_plain(outer), **_plain(around)}, key=table.key, name="" if table.key else path.stem)
    if table.key:
        said = replace(said, name="")
    if assumed := tuple(sentence for sentence in (table.assumed, table.left_out) if sentence):
        said = replace(said, assumed=assumed)
    told = bool(said.pipeline or said.dataset or said.means or outer)
    return said if told or not isinstance(document, list) else replace(said, format="table")


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields beside the records, without other lists of records."""
    return {name: value for name, value in fields.items() if not isinstance(value, list)}


def _without_records(path: Path, document: Any, request: Request) -> Iterator[Found | Problem]:
    if not request.direct and isinstance(document, (list, dict)) and (called := unread_in(document)):
        message = f"holds records with {', '.join(called)}, but no score that can be read: not read"
        yield Problem(str(path), message, "write numbers; naming the file itself says more")
    if not request.direct and path.name != SUMMARY:
        alone = not set(names.words(path.stem)) & _ABOUT_ALL and not results_beside(path.parent)
        if alone and (means := only_means(document)):
            yield Problem(str(path), f"holds {means}, and nothing says of which items: not read", _HINT)
        return
    said = about(document, name=Path(request.name).stem) if isinstance(document, dict) else None
    if said is None and request.direct:
        raise InputError(f"{path}: holds no results", "write a list of results, one object an item")
    if said is None or not said.means:
        if request.direct:
            if why := why_not(document):
                raise InputError(f"{path}: {why[0]}", why[1])
            raise InputError(f"{path}: no item scores and no means found", _HINT)
        return
    message = "no item scores, only means: it cannot be compared item by item"
    header = RunHeader(
        uid=f"{request.source}|{request.name}",
        id=request.name,
        name=said.name,
        source=request.source,
        format="plain",
        location=str(path),
        created=said.created,
        description=said.description,
        metrics=said.means,
        problems=(Problem(str(path), message, _HINT),),
    )

    def refuse(_: RunHeader) -> LoadedRun:
        raise InputError(f"{path}: no item scores, only means", _HINT)

    yield Found(header, refuse)


def summary_beside(path: Path) -> Beside:
    """What a summary in the same folder says of the only results there; nothing where several share it."""
    from ragtui.sources.peek import load_json

    folder = path.parent
    for name in (*(f"{path.stem}{sign}{word}" for sign in "_.-" for word in _BESIDE), *_BESIDE):
        candidate = folder / f"{name}.json"
        if candidate == path or not candidate.is_file() or candidate.stat().st_size > _LARGEST_BESIDE:
            continue
        if name in _BESIDE and len(results_beside(folder)) > 1:
            continue
        try:
            document = load_json(candidate)
        except InputError:
            continue
        if isinstance(document, dict) and "ragtui" not in document and not tables_in(document):
            said = about(document, name="", means=False)
            return replace(said, format="table")
    return Beside()


_RESULTS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".yaml", ".yml")


def results_beside(folder: Path) -> list[Path]:
    """Tables in a folder."""
    try:
        return [child for child in folder.iterdir() if child.suffix.lower() in _RESULTS and child.is_file()]
    except OSError:
        return []
