"""From a recognised file to its runs: one way for every reader.

A reader is a function from what the file holds to drafts. It is called twice, once for the list and once when a run is
loaded, so that nothing of a thousand files stays in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem, RunHeader
from ragtui.sources.base import LoadedRun
from ragtui.sources.drafts.doubted import set_aside
from ragtui.sources.drafts.draft import Draft, Source
from ragtui.sources.drafts.labels import words_as_labels
from ragtui.sources.drafts.run import header_of, run_of
from ragtui.sources.drafts.values import frame_rows
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import MAX_DOCUMENT, ListedPeek, Peek, load_json

Drafts = Callable[[Any, Source], Iterable[Draft]]
Load = Callable[..., Any]
"""Given the path and the problems of the file as a whole, and the `Peek` where there is one already."""


def read_document(peek: Peek, request: Request, known: Format, drafts: Drafts) -> Iterator[Found | Problem]:
    """The runs of a JSON document; the reader is given the document.

    Raises:
        InputError: it is damaged, or holds no results.
    """
    yield from _found(peek.path, request, known, drafts, _document, peek=peek)


def _document(path: Path, _: ProblemLog, peek: Peek | None = None) -> Any:
    return load_json(path) if peek is None else peek.load()


def read_rows(peek: Peek, request: Request, known: Format, drafts: Drafts) -> Iterator[Found | Problem]:
    """The runs of a table, of JSON Lines, or of a data frame as JSON; the reader is given the rows, a list of objects.

    Raises:
        InputError: it is damaged, or holds no results.
    """
    yield from _found(peek.path, request, known, drafts, rows_of, peek=peek)


def read_with(path: Path, request: Request, known: Format, drafts: Drafts, load: Load) -> Iterator[Found | Problem]:
    """The runs of anything else; the reader is given what `load` answers.

    Raises:
        InputError: it is damaged, or holds no results.
    """
    yield from _found(path, request, known, drafts, load)


def rows_of(path: Path, problems: ProblemLog, peek: Peek | None = None) -> list[dict[str, Any]]:
    """All rows of a file, whatever it is written in; each with its `LINE` where the file has lines.

    Raises:
        InputError: it cannot be read, or is too large to be kept in memory.
    """
    peek = Peek(path) if peek is None else peek
    if peek.kind == "json":
        rows = frame_rows(peek.load())
        if rows is None:
            raise InputError(f"{path}: holds no rows", "a table as JSON is a list of objects, or columns of values")
        return rows
    from ragtui.files.jsonlines import read_objects
    from ragtui.sources.table.rows import CsvRows

    if path.stat().st_size > MAX_DOCUMENT:
        raise InputError(f"{path}: larger than {MAX_DOCUMENT // 2**20} MB", "cut it into parts, one file a run")
    if peek.kind == "lines":
        return [{**line.record, LINE: line.number} for line in read_objects(path, problems)]
    return [{**row.cells, LINE: row.line} for row in CsvRows(path).read(problems)]


def fuller_form(path: Path, tool: str, suffixes: tuple[str, ...]) -> Path | None:
    """A file beside this one with its name and another ending that holds results of the same tool."""
    from ragtui.sources.registry import registry

    for suffix in suffixes:
        other = path.with_suffix(suffix)
        if other.is_file() and (known := registry().of(Peek(other))) and known.tool == tool:
            return other
    return None


LINE = "\0line"
"""Under which `rows_of` gives a row's line; no column is called so."""


def _found(
    path: Path, request: Request, known: Format, drafts: Drafts, load: Load, *, peek: Peek | None = None
) -> Iterator[Found | Problem]:
    source = Source(path, ProblemLog(str(path)))
    if isinstance(peek, ListedPeek):
        load = _one_of_several(load, peek)
    document = load(path, source.problems) if peek is None else load(path, source.problems, peek)
    made = _drafted(known, drafts, document, source, request)
    if not any(draft.records for draft in made):
        yield from source.problems.found()
        raise InputError(
            f"{path}: is {known.tool}'s, but holds no results of single items", f"ragtui reads {known.files}"
        )
    for draft in made:
        yield Found(header_of(draft, path, request, known.name), _loader(path, known, drafts, load, draft.key, request))
    yield from source.problems.found()


def _one_of_several(load: Load, first: ListedPeek) -> Load:
    """Load a document that stands beside others in a file, from the file as it is then."""

    def loaded(path: Path, problems: ProblemLog, peek: Peek | None = None) -> Any:
        if peek is None:
            rows = rows_of(path, problems)
            if first.place >= len(rows):
                raise InputError(f"{path}: changed while it was open", "reload the list")
            peek = ListedPeek(first, first.place, rows[first.place])
        return load(path, problems, peek)

    return loaded


def _loader(
    path: Path, known: Format, drafts: Drafts, load: Load, key: str, request: Request
) -> Callable[[RunHeader], LoadedRun]:
    def loaded(header: RunHeader) -> LoadedRun:
        source = Source(path, ProblemLog(str(path)))
        for draft in _drafted(known, drafts, load(path, source.problems), source, request):
            if draft.key == key:
                return run_of(draft, header)
        raise InputError(f"{path}: changed while it was open", "reload the list")

    return loaded


def _drafted(known: Format, drafts: Drafts, document: Any, source: Source, request: Request) -> list[Draft]:
    try:
        made = list(drafts(document, source))
        words_as_labels(made)
        set_aside(made, request.roles.get("missing_values"))
        return made
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise InputError(
            f"{source.path}: looks like {known.tool}'s, but is laid out otherwise ({type(error).__name__}: {error})",
            "report it with the tool's version if the tool wrote it so",
        ) from error
