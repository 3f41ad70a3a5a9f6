"""Score tables: any rows whose columns name an item and hold scores, from a file of any kind.

What the columns mean is a `ColumnMap`: given by the user, or guessed by name (`guess`) and settled over all rows
(`apart`). Columns that tell configurations apart make several runs of one file. Rows without an id get one made from
their question. Whatever was assumed is said in the header (`RunHeader.assumed`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError, UsageError
from ragtui.files.fields import text
from ragtui.files.packed import inner_name
from ragtui.files.problems import ProblemLog
from ragtui.model import (
    Problem,
    Role,
    guess_metric,
)
from ragtui.sources import aliases
from ragtui.sources.columns import HIGHER, LOWER, NO_COLUMNS, ColumnMap, confirmed
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import LINES
from ragtui.sources.table.about import NOTHING, Beside
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.flat import FlatRows
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.guess import FITTING
from ragtui.sources.table.meaning.kinds import Kinds
from ragtui.sources.table.meaning.perhaps import is_other_list, perhaps_scores
from ragtui.sources.table.rows import CsvRows, LineRows, ListRows, Rows
from ragtui.sources.table.unfolding.arms import guess_side_by_side, side_by_side
from ragtui.sources.table.unfolding.listed import listed_repeats
from ragtui.sources.table.unfolding.nested import NestedRows, nested
from ragtui.sources.table.unfolding.reached import reached
from ragtui.sources.table.unfolding.turned import turned
from ragtui.sources.table.unfolding.written import written_objects

if TYPE_CHECKING:
    from ragtui.sources.table.table_runs import TableRuns

_PROMPTFOO = {"promptIdx", "testIdx", "gradingResult"}
"""Its `error` also holds plain failures and its test numbers change with each repeat: read as a table, it would lie."""

IN_THE_APP = "Open it in the app and press K to say what they mean."


class _PassedOver(Exception):
    """Rows that are no results: an error for whoever named their file, at most a doubt for whoever named its folder."""

    def __init__(self, error: InputError, doubt: Problem | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.doubt = doubt


def read_table(
    path: Path, request: Request, rows: Rows | None = None, about: Beside = NOTHING
) -> Iterator[Found | Problem]:
    """The runs of one table.

    Args:
        path: the file, for messages.
        request: how it was asked for.
        rows: its rows, where they are not simply those of a CSV or JSON Lines file.
        about: what stands beside the rows: name, settings, means.

    Raises:
        InputError: it was named directly and holds no scores, or its items cannot be told.
        UsageError: the user's column map does not fit it.
    """
    try:
        table = _table(path, request, rows or _rows_of(path), about)
    except _PassedOver as passed:
        if request.direct:
            raise passed.error from None
        if passed.doubt:
            yield passed.doubt
        return
    take = table.columns
    flags_only = not (take.is_long or take.metrics or take.categories)  # a lock file says `dev: true` of every package
    if request.direct or request.roles or table.confirmed or not flags_only:
        yield from table.runs()


def _rows_of(path: Path) -> Rows:
    return nested(LineRows(path)) if inner_name(path.name).lower().endswith(LINES) else CsvRows(path)


def _table(path: Path, request: Request, rows: Rows, about: Beside) -> TableRuns:
    if isinstance(rows, (LineRows, ListRows, NestedRows)):
        rows = FlatRows(rows)
    if set(rows.columns) >= _PROMPTFOO:
        raise _PassedOver(
            InputError(f"{path}: is a promptfoo export, whose lines do not tell repeats from errors", _LONG)
        )
    rows, given = _as_confirmed(request, rows)
    if given is not None and about.key and not _fits(given, rows):
        given, unfit = (
            None,
            "the columns that were confirmed for this file are not those of this table: they are guessed",
        )
        about = replace(about, assumed=(*about.assumed, unfit))
    if given is None:
        rows, assumed = _laid_out(path, request, rows)
        about = replace(about, assumed=(*about.assumed, *assumed))
        rows = reached(rows, _said_columns(request))
        rows = side_by_side(listed_repeats(rows, None, request.roles), None, request.roles)
    columns = given or guess_side_by_side(rows)
    if given is None:
        _hold_results(path, request, rows, columns)
    roles = _asked_roles(request, rows, columns)
    columns = _with_roles(columns, roles)
    if given is not None or "metrics" in roles:
        columns = _with_categories(columns, rows)
    try:
        columns.check(rows.columns)
    except UsageError as error:
        if given is not None or roles:
            raise
        if not rows.probe(1):
            raise rows.none() from error
        raise _unclear(path, columns, f"{IN_THE_APP} {error.hint}") from error
    from ragtui.sources.table.table_runs import TableRuns  # arrays, which only a file that is a table needs

    return TableRuns(rows, columns, request, about, frozenset(roles), confirmed=given is not None)


def _as_confirmed(request: Request, rows: Rows) -> tuple[Rows, ColumnMap | None]:
    """Rows as a person saw them who confirmed a map, and the map; as they were, and None, where nobody did."""
    given = None
    for laid in (rows, written_objects(turned(rows))) if request.columns else ():
        if (given := confirmed(request.columns, rows.path, laid.columns) or given) is None:
            continue
        held = reached(laid, (*given.used(), *_said_columns(request)))
        held = side_by_side(listed_repeats(held, given, request.roles), given, request.roles)
        if _fits(given, held):
            return held, given
    return rows, given


def _fits(given: ColumnMap, rows: Rows) -> bool:
    return set(given.used()) <= set(rows.columns)


def _laid_out(path: Path, request: Request, rows: Rows) -> tuple[Rows, list[str]]:
    """Rows with an item a row and names above, whichever way they were written, and what was assumed of the header."""
    assumed = ""
    if isinstance(rows, CsvRows):
        assumed = rows.names.assumed
        if rows.names.lines == 0 and not request.roles:
            nameless = InputError(f"{path}: not read: {rows.names.doubt or 'its columns have no names'}", _NAMES)
            if not request.direct and not _may_be_scores(rows):
                raise _PassedOver(nameless)
            if rows.names.doubt:
                raise nameless
    return written_objects(turned(rows)), [assumed] if assumed else []


def _hold_results(path: Path, request: Request, rows: Rows, columns: ColumnMap) -> None:
    """Pass over what columns that were guessed do not show to be results."""
    if not (columns.item or columns.question) and _is_training_log(rows.columns):
        raise _PassedOver(
            InputError(f"{path}: is a log of training, with a row a step and no results of items", _LOGGED)
        )
    if request.direct:
        if not request.roles and is_golden(columns):
            raise not_a_run(path, sum(1 for _ in rows.read(ProblemLog(str(path)))))
    elif is_told(request, path, rows.columns):
        return
    elif (other := is_other_list(columns, rows.columns)) or columns.confidence < FITTING:
        doubt = None if other or _is_series(rows, columns) else _doubt(path, columns) or _perhaps(path, rows, columns)
        if doubt and not rows.probe(1):
            doubt = rows.why_none() or Problem(str(path), "holds column names only: no rows to read")
        raise _PassedOver(_unclear(path, columns, IN_THE_APP), doubt)


def is_told(request: Request, path: Path, columns: Sequence[str]) -> bool:
    """Whether a person says what columns mean, by a confirmed map or on the command line, and the table has them."""
    given = confirmed(request.columns, path, columns)
    if given is not None and (given.arms or set(given.used()) <= set(columns)):
        return True
    said = set(_said_columns(request))
    return bool(said) and said <= set(columns)


def _said_columns(request: Request) -> list[str]:
    """Columns that the command line names."""
    return [name for role, said in request.roles.items() if role not in NO_COLUMNS for name in _named(said)]


def _asked_roles(request: Request, rows: Rows, guess: ColumnMap) -> dict[str, Any]:
    """What the command line says of columns, as far as a table has them; one that was named must have all.

    Which way is better is said of metrics: by their column, by what the metric is called, or by what stands in the
    column that names it.
    """
    roles: dict[str, Any] = {}
    metrics = {guess.name_of(column) for column in (*guess.metrics, *guess.categories)}
    if guess.is_long and any(role in request.roles for role in (HIGHER, LOWER)):
        metrics = {text(row.cells.get(guess.metric)) for row in rows.read(ProblemLog(str(rows.path)))}
    for role, said in request.roles.items():
        if role == "arms":  # taken up by `side_by_side`
            continue
        had = {*rows.columns, *(metrics if role in (HIGHER, LOWER) else ())}
        lacking = [] if role == "missing_values" else [name for name in _named(said) if name not in had]
        if not lacking:
            roles[role] = said
        elif request.direct and role in (HIGHER, LOWER):
            raise UsageError(f"--columns: no metric {lacking[0]!r}", f"The table has: {', '.join(sorted(metrics))}.")
        elif request.direct:
            raise UsageError(f"--columns: no column {lacking[0]!r}", f"The table has: {', '.join(rows.columns)}.")
    if both := set(_named(roles.get(HIGHER, ()))) & set(_named(roles.get(LOWER, ()))):
        raise UsageError(f"--columns: {min(both)!r} cannot be better both ways", "Name it once.")
    return roles


def _with_roles(columns: ColumnMap, roles: Mapping[str, Any]) -> ColumnMap:
    """The map with roles that a person named: what has one is no metric as well, unless that was named, too."""
    held = {name for role, said in roles.items() if role not in NO_COLUMNS for name in _named(said)}
    changed = replace(columns, **roles)
    if lone := next((role for role in ("score", "metric") if roles.get(role) and not changed.is_long), ""):
        other = "metric" if lone == "score" else "score"
        raise UsageError(
            f"--columns: {lone}={roles[lone]} without {other}=",
            f"The two go together, where each row has one score and names its metric. Else say metrics={roles[lone]}.",
        )
    if "metrics" in roles:
        return changed
    long = "metric" in roles and changed.is_long  # one score a row: the other numbers beside it are none
    return replace(
        changed,
        metrics=tuple(column for column in changed.metrics if column not in held and not long),
        categories={name: labels for name, labels in changed.categories.items() if name not in held and not long},
    )


def _with_categories(columns: ColumnMap, rows: Rows) -> ColumnMap:
    """The map where a person named columns of few texts among the metrics: each is counted, as none is a number."""
    kinds = Kinds(rows.probe())
    few = {}
    for column in columns.metrics:
        labels = () if kinds.of(column).scores else kinds.of(column).labels
        if labels and not columns.words.keys() & {label.casefold() for label in labels}:
            few[column] = labels
    metrics = tuple(column for column in columns.metrics if column not in few)
    return replace(columns, metrics=metrics, categories={**columns.categories, **few}) if few else columns


def _unclear(path: Path, columns: ColumnMap, hint: str) -> InputError:
    if (said := _unread(columns)) and not columns.metrics and not columns.is_long:
        return InputError(f"{path}: holds no scores that can be read ({said})", hint)
    return InputError(f"{path}: what its columns mean cannot be guessed", hint)


def is_golden(columns: ColumnMap) -> bool:
    """Whether columns are those of a dataset: questions with what should come out, and nothing that came out."""
    told = any(guess_metric(columns.name_of(name)).sign for name in columns.metrics) or columns.categories
    asked = bool(columns.question and columns.expected)
    return asked and not (told or columns.is_long or columns.output or columns.error)


def not_a_run(path: Path, items: int) -> InputError:
    """Golden data was named where a run is meant."""
    return InputError(
        f"{path}: is a dataset: {items} questions with expected answers and no scores",
        "name it as `dataset` in a plan and run it (`ragtui help plan`), or name the results of a run",
    )


def _named(said: Any) -> tuple[str, ...]:
    """Columns that a role of the command line names."""
    return tuple(said) if isinstance(said, tuple) else (said,) if said else ()


def _unread(columns: ColumnMap) -> str:
    """Columns that are called like metrics and hold no scores that can be read, with the reasons."""
    unread = {
        what.removeprefix("not a metric: "): why
        for what, why in columns.reasons.items()
        if what.startswith("not a metric: ") and why.startswith(("only ", "its name occurs twice"))
    }
    return "; ".join(f"{name}: {why}" for name, why in list(unread.items())[:3])


def _doubt(path: Path, columns: ColumnMap) -> Problem | None:
    """A file that seems to hold scores, but not clearly enough to be listed unasked."""
    if (said := _unread(columns)) and not columns.metrics and (columns.item or columns.question):
        return Problem(
            str(path), f"holds no scores that can be read ({said}): not read", "write numbers, or map the words"
        )
    called = [columns.name_of(name) for name in (*columns.metrics, *columns.categories)]
    telling = [columns.metric] if columns.is_long else list(filter(_tells, called))
    asked = columns.question and (columns.output or not columns.expected)
    if asked or (columns.item and _SOUNDS.search(path.stem)):
        telling = telling or called  # an answered question with a number beside it, whatever the number is called
    if not telling:
        return None
    lacks = "too little else" if columns.item or columns.question else "no item"
    return Problem(
        str(path),
        f"may hold scores ({', '.join(telling[:3])}), but its columns are not sure ({lacks}): not read",
        "name the file itself, press K on it, or use --columns",
    )


def _perhaps(path: Path, rows: Rows, columns: ColumnMap) -> Problem | None:
    """A file whose names say nothing of scores, while what is in it has their form."""
    found = perhaps_scores(path.name, columns, rows.columns, rows.probe())
    hint = "name the file itself, press K on it, or use --columns"
    return (
        Problem(str(path), f"may hold scores ({found}), but no name says that they are: not read", hint)
        if found
        else None
    )


def _may_be_scores(rows: Rows) -> bool:
    """Whether a table without names may hold results.

    Its file is called so, most of its rows ask something, or all its numbers lie between 0 and 1.
    """
    sample = rows.probe()
    asking = sum(any(str(cell).rstrip().endswith(("?", "？")) for cell in row.values()) for row in sample)
    numbers = [number for row in sample for cell in row.values() if (number := plain_number(cell)) is not None]
    return bool(_SOUNDS.search(rows.path.stem)) or 2 * asking > len(sample) or all(0 <= n <= 1 for n in numbers)


def _is_series(rows: Rows, columns: ColumnMap) -> bool:
    """Whether rows are points in time or steps of a training rather than items: they have one of each and no item."""
    if columns.item or columns.question:
        return False
    sample = rows.probe()
    points = [c for c in rows.columns if names.tail(c) in _STEPS or names.is_no_score(c) == names.A_TIME]
    return any(len({str(row.get(column)) for row in sample}) == len(sample) > 1 for column in points)


def _is_training_log(columns: Sequence[str]) -> bool:
    """Whether rows are steps of a training: they have a loss or a learning rate, and no items to compare."""
    called = {names.tail(column) for column in columns}
    return bool(called & _STEPS) and any(
        "loss" in name or name in ("lr", "learning_rate", "grad_norm") for name in called
    )


_STEPS = frozenset({"epoch", "step", "global_step", "steps", "iteration", "iter", "batch"})
_LOGGED = "name the results of an evaluation, with a row an item"
_LONG = "turn it into a table with item, repeat, metric and score"
_NAMES = "write what its columns are on the first line, such as id,answer,score"
_SOUNDS = re.compile(r"eval|result|score|judg|metric|grade|bench|run|rating|annotat|accura|recall", re.IGNORECASE)
"""Names of files that people give to results."""


def _tells(name: str) -> bool:
    """Whether a name is one of a score, which ways better or not."""
    known = guess_metric(name)
    return known.role is Role.QUALITY and (known.sign != 0 or aliases.sounds_like_score(name))
