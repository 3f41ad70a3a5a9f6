"""What a shell offers while a line is typed: names of runs, metrics and items, and conditions of a filter."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragtui.workbench import Library

WHAT = ("runs", "metrics", "items", "fields", "run_fields", "item_fields")
MOST = 2_000
"""Names offered: beyond that nobody reads them, and shells grow slow."""


def names(what: str, line: str) -> list[str]:
    """Names, or conditions such as `topic:billing`, that may stand at the end of a half-typed line.

    None where nothing can be read there.

    Only files are read: a key press asks no server.

    Args:
        what: one of `WHAT`.
        line: as typed so far, the program's name first.
    """
    from ragtui.errors import RagtuiError
    from ragtui.workbench import open_library

    if what == "item_fields":
        return _of_plan(_words(line))
    try:
        library = open_library(_places(_words(line)))
        try:
            found = _NAMES[what](library)
            return list(dict.fromkeys(islice((name for name in found if _typed(name)), MOST)))
        finally:
            library.close()
    except (RagtuiError, OSError):
        return []


def _words(line: str) -> list[str]:
    """Words of a line whose last quote may still be open."""
    try:
        return shlex.split(line)[1:]
    except ValueError:
        return line.split()[1:]


def _places(words: list[str]) -> list[str]:
    """Paths after --in, else those among the words, else here."""
    said = [after for before, after in pairwise(words) if before in ("--in", "-i") and Path(after).exists()]
    paths = [word for word in words[1:] if not word.startswith("-") and ":" not in word and Path(word).exists()]
    return said or paths or ["."]


def _typed(name: str) -> bool:
    """Whether a name can be put on a line as it is: one word without what a shell reads."""
    return bool(name) and shlex.quote(name) == name


def _runs(library: Library) -> Iterator[str]:
    for header in library.headers.values():
        yield header.name


def _metrics(library: Library) -> Iterator[str]:
    for header in library.headers.values():
        yield from (summary.name for summary in header.metrics)


def _items(library: Library) -> Iterator[str]:
    for uid in library.headers:
        yield from library.load(uid).scores.items
        return


def _of_plan(words: list[str]) -> list[str]:
    """What the metadata of a plan's items says, as `ragtui run --where` takes it: topic=billing."""
    from ragtui.errors import RagtuiError
    from ragtui.runner.plan.planfile import read_plan
    from ragtui.sources.datasetfile import read_dataset
    from ragtui.workbench.starting.plan_items import is_hosted
    from ragtui.workbench.why.columns import MOST_VALUES

    plans = [Path(word) for word in words[1:] if not word.startswith("-") and Path(word).exists()]
    try:
        plan = read_plan(plans[0] if plans else Path())
        items = () if is_hosted(plan.dataset) else read_dataset(plan.dataset, plan.columns).items
    except (RagtuiError, OSError):
        return []
    values = _metadata_values(item.metadata for item in islice(items, MOST))
    return [
        condition
        for name, found in values.items() if len(found) <= MOST_VALUES
        for value in found if _typed(condition := f"{name}={value}")
    ]  # fmt: skip


def _metadata_values(rows: Iterable[Mapping[str, object]]) -> dict[str, list[str]]:
    values: dict[str, dict[str, None]] = {}
    for row in rows:
        for key, value in row.items():
            for one in value if isinstance(value, list | tuple) else (value,):
                values.setdefault(str(key), {})[str(one)] = None
    return {key: list(found) for key, found in values.items()}


def _fields(library: Library) -> Iterator[str]:
    """Conditions on items, written out: a filter's fields are few, and two values of one complete to its name."""
    from ragtui.workbench.why.columns import MOST_VALUES
    from ragtui.workbench.why.narrowing import ITEM_WORDS

    for uid in library.headers:
        run = library.load(uid)
        values = _metadata_values(run.item(item).metadata for item in islice(run.scores.items, MOST))
        yield from _conditions({key: found for key, found in values.items() if 2 <= len(found) <= MOST_VALUES})
        break
    yield from _conditions(ITEM_WORDS)


def _run_fields(library: Library) -> Iterator[str]:
    """Conditions on runs, written out; of numbers nobody could guess which."""
    from ragtui.workbench.run_fields import RUN_WORDS, run_fields

    values: dict[str, dict[str, None]] = {}
    for group in library.groups():
        fields = run_fields(group.headers, group.label, group.known_repeats, datetime.now(UTC))
        for name, value in fields.items():
            for one in value if isinstance(value, list | tuple) else (value,):
                if isinstance(one, str) and one and name != "name":
                    values.setdefault(name, {})[one] = None
    yield from _conditions({name: list(found) for name, found in values.items() if name not in RUN_WORDS})
    yield from _conditions(RUN_WORDS)


def _conditions(values: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for name, found in values.items():
        yield from (f"{name}:{value}" for value in found)


_NAMES: Mapping[str, Callable[[Library], Iterator[str]]] = {
    "runs": _runs,
    "metrics": _metrics,
    "items": _items,
    "fields": _fields,
    "run_fields": _run_fields,
}
