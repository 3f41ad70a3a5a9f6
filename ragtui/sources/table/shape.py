"""Finding the records in a JSON document by their shape, at any depth and under any name.

Records are the entries of a list, of an object of objects ("q1": {…}), or the rows of a data frame written by columns.
Several lists of the same shape are configurations, named by what tells their paths apart. Passages and messages inside
of a record look like records as well; the list that names items, and lies highest, is the one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ragtui.model import Role, guess_metric
from ragtui.sources import aliases
from ragtui.sources.table.cells import plain_number, stated_score, written_score
from ragtui.sources.table.flat import MOST_FIELDS, are_checks, flattened
from ragtui.sources.table.meaning import names
from ragtui.sources.table.unfolding.arms import is_arm
from ragtui.sources.table.unfolding.families import alike, family, fields_of, name_apart, worth
from ragtui.sources.table.unfolding.listed import lists_in
from ragtui.sources.table.unfolding.maps import are_items, is_metric, listed_repeats, number_tables, parallel_lists
from ragtui.sources.table.unfolding.passes import (
    NUMBERED_FIELDS,
    FoundRecords,
    NumberedName,
    pass_in,
    pooled,
)
from ragtui.sources.table.unfolding.records import inside, keyed_lists, left_out, unfolded, unfolded_at, with_header
from ragtui.sources.table.unfolding.together import put_together

DEEPEST = 8
_LOOKED_AT = 20
"""Entries of a list that are looked at to see what they are."""
_INSIDE = frozenset((
    *aliases.CONTEXTS, "messages", "chunks", "docs", "tool_calls", "trace", "spans", "events", "history", "citations",
    "retrieved", "retrieved_docs", "retrieved_chunks", "hits", "nodes", "logprobs", "choices", "log", "config",
    "prompts", "schema", "stats", "metadata", "corpus",
))  # fmt: skip
"""Names of lists inside of a record, or beside the records, that are no results."""
LONGEST_LABEL = 24
"""Characters of the longest text that is taken for a label under a name that metrics have."""

_NAMED = (
    "name",
    "model",
    "config",
    "configuration",
    "variant",
    "system",
    "method",
    "arm",
    "id",
    "label",
    "run",
    "mode",
)
_ENDS = frozenset((
    "passed", "failed", "passes", "fails", "failures", "successes", "successful", "unsuccessful", "correct",
    "incorrect", "wrong", "right", "errors", "errored", "succeeded", "resolved", "unresolved", "skipped",
    "regressions", "hits", "misses", "good", "bad",
))  # fmt: skip
"""Names of lists that sort the records of one run by what came out."""
_RECORD_HOLDERS = aliases.word_set(
    "models systems responses outputs predictions answers completions candidates variants configs configurations"
    " methods pipelines engines arms by_model by_system by_config by_method by_pipeline by_variant per_model per_system"
)

_SCORE_HOLDERS = frozenset({"results", "metrics", "scores", "evaluations", "evals"})
"""Names of objects that hold scores by metric, and sometimes by model."""


def tables_in(document: Any, called: str = "") -> list[FoundRecords]:
    """The tables of a document; those that are not of the same shape as the best one are left out.

    Args:
        document: what was read.
        called: the file's name without its ending, which may name the only metric.
    """
    return found_in(document, called)[0]


def found_in(document: Any, called: str = "") -> tuple[list[FoundRecords], list[FoundRecords]]:
    """The tables of a document that are read, and further ones that hold records of items and are not."""
    found = list(_candidates(document, (), {}, 0))
    if not any(_are_records(table) for table in found) and (numbers := number_tables(document, called)):
        found = [
            FoundRecords(path, rows, around, quality=3, assumed=listed_repeats(repeats))
            for path, rows, around, repeats in numbers
        ]
    families: dict[tuple[str, ...], list[FoundRecords]] = defaultdict(list)
    for table in found:
        families[family(table)].append(table)
    if not families:
        return [], []
    best = max(families.values(), key=worth)
    read = [table for table in alike(best, families) if table.entries]
    chosen, others = put_together(pooled(read), _others(found, read), _scored_record)
    name_apart(chosen)
    return chosen, others


def rows_within(sample: Sequence[Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], list[Any]] | None:
    """How the rows inside of a record are found, trials and turns or one answer a model; None for plain records."""
    if name := inside(sample, _scored_record, _names_item):
        return lambda record: unfolded_at(name, [record], _scored_record)
    if models := _models_in(sample):
        return lambda record: _apart(record, models)
    return None


def left_out_of(entries: Sequence[Any]) -> str:
    """Which scores of records stay unread because the rows inside of them have their own; empty for none."""
    sample = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
    name = inside(sample, _scored_record, _names_item)
    return left_out(name, sample, _scored_record) if name else ""


def _are_records(table: FoundRecords) -> bool:
    """Whether a table is one of records, rather than of scores by item below the name of a metric."""
    return table.quality >= 3 and not (table.path and is_metric(table.path[-1]))


def unread_in(document: Any) -> tuple[str, ...]:
    """Fields of items that are called like scores, in a document without any that can be read; at most three.

    Prompts, rules and locked packages are records, too, with fields called "evaluation_criteria", "matchNames" or
    "resolved": a name has to be that of a score as a whole, or that of a metric where records name their item.
    """
    within: list[tuple[Any, int]] = [(document, 0)]
    while within:
        value, depth = within.pop()
        entries = value if isinstance(value, list) else [*value.values()]
        records = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
        if len(records) > 1 and 2 * sum(map(_has_text, records)) >= len(records):
            named = 2 * sum(map(_names_item, records)) >= len(records)
            called = dict.fromkeys(str(name) for record in records for name in record)
            if telling := [name for name in called if _is_graded(name, named=named)]:
                return tuple(telling[:3])
        if depth < DEEPEST:
            within += [(entry, depth + 1) for entry in entries[:_LOOKED_AT] if isinstance(entry, (list, dict))]
    return ()


def _is_graded(name: str, *, named: bool) -> bool:
    tail = names.tail(name)
    if tail in _GRADED or tail in aliases.TEXT_ROLES:
        return tail in _GRADED
    metric = guess_metric(tail)
    return named and metric.role is Role.QUALITY and metric.sign != 0


_GRADED = frozenset((*aliases.SCORE, *aliases.SCORES, "judgement", "judgment", "verdict", "evaluation"))


def _others(found: Sequence[FoundRecords], chosen: Sequence[FoundRecords]) -> list[FoundRecords]:
    places = [table.path for table in chosen]
    return [
        table
        for table in found
        if table.quality >= 3
        and table.path not in places
        and not any(table.path[: len(place)] == place or place[: len(table.path)] == table.path for place in places)
    ]


def _candidates(value: Any, path: tuple[str, ...], around: Mapping[str, Any], depth: int) -> Iterator[FoundRecords]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        value = list(with_header(value)) or value
        if rows := unfolded(value, _scored_record, _names_item):
            yield FoundRecords(path, rows, around, quality=max(1, _quality(rows)), left_out=left_out_of(value))
            return
        if (quality := _quality(value)) and not _hold_cases(value):
            yield FoundRecords(path, _by_model(value), around, quality=quality)
        for place, entry in enumerate(value[:1000]):
            if isinstance(entry, dict):
                yield from _within(entry, (*path, _label(entry, place)), depth)
            elif isinstance(entry, list) and entry and isinstance(entry[0], dict):
                yield from _candidates(entry, (*path, f"[{place}]{place + 1}"), around, depth + 1)
    elif isinstance(value, dict):
        rows = _from_columns(value) or keyed_lists(value, _scored_record, _names_item)
        if rows:
            named = 2 * sum(map(_names_item, rows[:_LOOKED_AT])) >= len(rows[:_LOOKED_AT])
            yield FoundRecords(path, rows, around, quality=max(3 if named else 1, _quality(rows)))
            return
        if parts := _parts(value):
            yield FoundRecords(path, parts, value, quality=max(1, _quality(parts)))
            return
        entries = _keyed(value)
        if entries and (quality := _quality(entries)):
            assumed = "" if entries == list(value.values()) else _named_after(value, path)
            yield FoundRecords(path, _by_model(entries), around, quality=quality, assumed=assumed)
        yield from _within(value, path, depth)


def _within(value: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Iterator[FoundRecords]:
    for name, inner in value.items():
        if not isinstance(inner, (list, dict)):
            continue
        if (
            aliases.snake(str(name)) not in _INSIDE
            or _is_one_of_several(inner, value)
            or (not depth and _are_judged(inner, value))
        ):
            yield from _candidates(inner, (*path, str(name)), value, depth + 1)


def _is_one_of_several(inner: Any, around: Mapping[str, Any]) -> bool:
    """Whether a list stands beside one of the same fields whose name is none of a record's: a part named "history"."""
    fields = fields_of(inner) if isinstance(inner, list) else set()
    return bool(fields) and any(
        isinstance(other, list) and aliases.snake(str(name)) not in _INSIDE and fields_of(other) == fields
        for name, other in around.items()
    )


def _are_judged(inner: Any, around: Mapping[str, Any]) -> bool:
    """Whether a document's list called "documents" holds what was evaluated, rather than what one question retrieved.

    No question or answer stands beside it, and its entries have a measure that passages have not: "accuracy", "match".
    """
    if not isinstance(inner, list) or len(inner) < 2 or _names_item(around):
        return False
    fields = {names.tail(name) for name in fields_of(inner)} - _OF_PASSAGES
    measured = any((metric := guess_metric(name)).sign and metric.role is Role.QUALITY for name in fields)
    return measured and _quality(inner) > 1


_OF_PASSAGES = frozenset(("score", "similarity", "relevance", "relevance_score", "rerank_score", "relevant", "rank"))


def _quality(entries: Sequence[Any]) -> int:
    """How much entries look like results of items: 0 not at all, 4 with an item's name and a telling score."""
    records = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
    if not records or 2 * len(records) < len(entries[:_LOOKED_AT]):
        return 0
    flat = [flattened(record) for record in records]
    named = 2 * sum(map(_names_item, flat)) >= len(flat)
    told = 2 * sum(map(_has_text, flat)) >= len(flat)
    scored = [_scored(record) for record in flat]
    listed = not any(scored) and lists_in(list(dict.fromkeys(name for record in flat for name in record)), flat)[0] > 0
    if not (named or told) or not (listed or any(scored)):
        return 0
    return 1 + named + 2 * (listed or max(scored) > 1)


def _hold_cases(entries: Sequence[Any]) -> bool:
    """Whether a few entries, none of them an item, hold longer lists of named scores: configurations with their cases.

    [{"config": "a", "cases": [{"name": "q1", "passed": true}, …]}, …]; the other way round the names are checks.
    """
    records = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
    lists = [inner for record in records for inner in record.values() if isinstance(inner, list) and are_checks(inner)]
    return max(map(len, lists), default=0) >= len(entries) and not any(map(_names_item, records))


def _scored_record(record: Mapping[str, Any]) -> bool:
    return _scored(flattened(record)) > 0


def _parts(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{"passed": […], "failed": […]}: one run whose records were sorted by what came out; empty for other lists."""
    lists = {name: inner for name, inner in value.items() if isinstance(inner, list) and inner}
    sorted_by = {name: inner for name, inner in lists.items() if aliases.snake(name) in _ENDS and _quality(inner)}
    if len(sorted_by) < 2 or any(_quality(inner) for name, inner in lists.items() if name not in sorted_by):
        return []
    return [
        {**entry, "section": name} for name, inner in sorted_by.items() for entry in inner if isinstance(entry, dict)
    ]


def _names_item(record: Mapping[str, Any]) -> bool:
    tails = {names.tail(name) for name, value in record.items() if isinstance(value, (str, int)) and value != ""}
    return bool(tails & _ITEM_NAMES) or any(name.endswith("_id") for name in tails)


_ITEM_NAMES = frozenset((*aliases.ITEM, *aliases.QUESTION)) - {"name", "key"}


def _has_text(record: Mapping[str, Any]) -> bool:
    return any(isinstance(value, str) and value for value in record.values())


def _scored(record: Mapping[str, Any]) -> int:
    """2 with a score whose name tells, 1 with any number that may be one, else 0."""
    best = 0
    for name, value in record.items():
        holds = isinstance(value, dict) or plain_number(value) is not None or written_score(value) is not None
        telling = guess_metric(names.tail(name)).sign != 0 or aliases.sounds_like_score(names.tail(name))
        if value is None:  # a metric that failed everywhere is one all the same, with 0 of N scores
            holds = telling
        elif isinstance(value, str) and not holds:
            holds = telling and (_is_word(value) or stated_score(value) is not None)
        if holds and not names.is_no_score(name) and names.tail(name) not in aliases.TEXT_ROLES:
            best = max(best, 2 if telling or isinstance(value, dict) else 1)
        elif names.tail(name) in aliases.ERROR and value:
            best = max(best, 1)
    return best


def _is_word(value: str) -> bool:
    """Whether a text is one word or two, as labels and grades are: "pass", "B+", "not found"."""
    return 0 < len(value.strip()) <= LONGEST_LABEL and len(value.split()) <= 2


def _keyed(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of an object of objects, each with its name as `item`; empty for other objects."""
    if len(value) < 2 or not all(isinstance(entry, dict) for entry in value.values()):
        return []
    if spread := _by_item_and_model(value):
        return spread
    entries = list(value.values())
    if all(_holds_records(entry) for entry in entries) or any(map(is_metric, map(str, value))):
        return []  # what stands under the name of a metric is no item
    if all(are_items(list(map(str, entry)), "") for entry in entries[:_LOOKED_AT]):
        return []  # scores by item, for each of several configurations
    common = set.intersection(*(set(entry) for entry in entries[:_LOOKED_AT]))
    if not common or any(
        isinstance(entry.get(name), list) for entry in entries for name in common if _lists(entry, name)
    ):
        return []
    return [entry if _names_item(entry) else {"item": str(name), **entry} for name, entry in value.items()]


def _named_after(value: Mapping[str, Any], path: Sequence[str]) -> str:
    """What was assumed where the names of an object are taken for items and may as well be those of benchmarks."""
    called = list(map(str, value))
    if are_items(called, path[-1] if path else ""):
        return ""
    rest = f" and {len(called) - 3} more" if len(called) > 3 else ""
    return f"{', '.join(f'`{name[:24]}`' for name in called[:3])}{rest} are taken for items"


def _holds_records(entry: Mapping[str, Any]) -> bool:
    """Whether an object holds nothing but objects that look like results under names that are no metrics."""
    return len(entry) > 1 and all(
        isinstance(said, dict) and _scored(said) and guess_metric(str(name)).sign == 0 for name, said in entry.items()
    )


def _by_item_and_model(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """{"q1": {"gpt": {…}, "claude": {…}}}: one row for each item and model; what there is more of are the items."""
    entries = list(value.values())
    if not all(_holds_records(entry) for entry in entries[:_LOOKED_AT]) or len(entries) < max(map(len, entries)):
        return []
    named = {str(model): pass_in(str(model)) for entry in entries for model in entry}
    return [
        {"item": str(item), **_told_by(str(model), named), **said}
        for item, entry in value.items()
        for model, said in entry.items()
        if isinstance(said, dict)
    ]


def _told_by(name: str, named: Mapping[str, NumberedName | None]) -> dict[str, str]:
    """What a name below an item is: a model, or the number of a repeat where all of them are."""
    if None in named.values() or len({said.number for said in named.values() if said}) < 2:
        return {"model": name}
    said = named[name] or NumberedName(name, "")
    return {"repeat": said.number, **({"model": said.arm} if said.arm else {})}


def _lists(entry: Mapping[str, Any], name: str) -> bool:
    """Whether a field is a list of objects with scores: then the records are inside."""
    inner = entry[name]
    return isinstance(inner, list) and _quality(inner) > 0


def _from_columns(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a data frame: {"columns": […], "data": [[…]]}, {column: {"0": …}} or {column: […]}."""
    columns, data = value.get("columns"), value.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(isinstance(name, str) for name in columns):
        return [dict(zip(columns, row, strict=False)) for row in data if isinstance(row, list)]
    if rows := parallel_lists(value, _scored_record):
        return rows
    held = list(value.values())
    if len(held) < 2:
        return []
    if all(isinstance(column, dict) and column and all(map(str.isdecimal, column)) for column in held):
        places = dict.fromkeys(place for column in held for place in column)
        rows = [{str(name): column.get(place) for name, column in value.items()} for place in places]
        return rows if _quality(rows) > 0 else []
    if all(isinstance(column, list) and len(column) == len(held[0]) > 0 for column in held):
        if any(isinstance(entry, dict) for column in held for entry in column[:_LOOKED_AT]):
            return []
        rows = [dict(zip(value, row, strict=True)) for row in zip(*held, strict=True)]
        return rows if _quality(rows) > 0 else []
    return []


def _by_model(entries: list[Any]) -> list[Any]:
    """Records with one object a model, as one record a model."""
    sample = [entry for entry in entries[:_LOOKED_AT] if isinstance(entry, dict)]
    models = _models_in(sample)
    if not models:
        return entries
    return [row for entry in entries for row in (_apart(entry, models) if isinstance(entry, dict) else [entry])]


def _apart(entry: Mapping[str, Any], among: tuple[str, ...]) -> list[Any]:
    """One record a model; the record itself where it holds none."""
    models = _held(entry, among)
    shared = {name: value for name, value in entry.items() if name not in among}
    return [{**shared, "model": name, **said} for name, said in models.items()] or [entry]


def _models_in(sample: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Fields whose objects are one answer a model: a holder such as "models", or several objects of one shape."""
    if not sample:
        return ()
    first = sample[0]
    for name in first:
        if aliases.snake(name) in _RECORD_HOLDERS and len(answers := _answers(first[name])) > 1:
            return () if _only_spent(answers) and _scored_record(_without(first, name)) else (name,)
        if aliases.snake(name) in _SCORE_HOLDERS and _are_arms(_answers(first[name])):
            return (name,)
    objects = {name: value for name, value in first.items() if isinstance(value, dict) and _answer(value)}
    told = [name for name in objects if guess_metric(name).sign == 0]
    if len(told) < 2 or len(told) != len(objects):
        return ()
    shapes = [frozenset(objects[name]) for name in told]
    if len(set(shapes)) > 1 and not frozenset.intersection(*shapes):
        return ()
    return tuple(told)


def _are_arms(answers: Mapping[str, Any]) -> bool:
    """Whether objects under "results" are those of configurations, rather than metrics or fields.

    {"gpt-4o": {"f1": …}, "claude-3": {"f1": …}} has metrics inside; {"title": {"f1": …}, "author": {"f1": …}} fields.
    """
    if len(answers) < 2 or not all(map(is_arm, answers)):
        return False
    return all(any(_is_own_metric(name) for name in said) for said in answers.values())


def _is_own_metric(name: str) -> bool:
    known = guess_metric(name)
    return known.sign != 0 and known.role is Role.QUALITY and not (names.is_generic(name) or names.is_result(name))


def _only_spent(answers: Mapping[str, Any]) -> bool:
    """Whether nothing but expenses stands in objects: what the models behind one answer took."""
    numbers = [name for said in answers.values() for name, value in said.items() if type(value) in (int, float)]
    return all(guess_metric(name).role is Role.RESOURCE for name in numbers)


def _without(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in record.items() if field != name}


def _answers(value: Any) -> dict[str, Any]:
    found = value if isinstance(value, dict) else {}
    if any((metric := guess_metric(str(name))).sign and metric.role is Role.QUALITY for name in found):
        return {}  # {"outputs": {"relevance": {…}, "fluency": {…}}}: scores of one answer by name
    return {str(name): said for name, said in found.items() if isinstance(said, dict) and _scored(said)}


def _answer(value: Mapping[str, Any]) -> bool:
    """Whether an object is an answer with its scores, rather than a score with its reason."""
    few = len(value) <= MOST_FIELDS  # more are data: each name costs, and no model answers in thousands of fields
    return few and bool(_scored(value)) and any(names.tail(name) in aliases.OUTPUT and value[name] for name in value)


def _held(entry: Mapping[str, Any], inside: tuple[str, ...]) -> dict[str, Any]:
    if len(inside) == 1:
        return _answers(entry.get(inside[0]))
    return {name: entry[name] for name in inside if isinstance(entry.get(name), dict)}


def _label(entry: Mapping[str, Any], place: int) -> str:
    """What to call an entry of a list on the way to records inside of it."""
    said = next((entry[name] for name in _NAMED if isinstance(entry.get(name), str) and entry[name]), "")
    repeat = next((f"{name} {entry[name]}" for name in NUMBERED_FIELDS if type(entry.get(name)) is int), "")
    if repeat:
        return f"[{place}]{said} {repeat}" if said else f"[{place}]{repeat}"
    numbered = next((f"{name}={entry[name]}" for name in _NAMED if type(entry.get(name)) is int), str(place + 1))
    return f"[{place}]{said or numbered}"
