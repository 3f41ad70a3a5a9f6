"""How a document lays out its items: a list, columns, pairs, objects by id; and what wraps each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import mapping

LISTS = (
    "items", "examples", "data", "rows", "test_cases", "samples", "questions", "goldens", "dataset", "cases", "records",
    "tests",
)  # fmt: skip
HINT = (
    "A dataset is a list of objects with a question each: JSON, JSON Lines, YAML, CSV, Excel or Parquet, or a question "
    "a line."
)


def entries_of(source: str, document: Any) -> list[Any]:
    """The items of a document, each an object.

    Raises:
        InputError: it holds no list of items, or several.
    """
    fields = mapping(document)
    entries = document if isinstance(document, list) else _listed(fields)
    if entries is None and fields:
        entries = _by_column(source, fields)
    if not isinstance(entries, list):
        raise InputError(f"{source}: no items", HINT)
    entries = _questions_about_texts(entries)
    if entries and all(isinstance(entry, str) and entry.strip() for entry in entries):
        entries = [{"question": entry} for entry in entries]
    if entries and all(map(_is_pair, entries)):
        entries = [{"question": asked, "expected": answer} for asked, answer in entries]
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise InputError(f"{source}: item {number} is {entry!r:.60}, not an object", HINT)
    return entries


def _listed(fields: Mapping[str, Any]) -> list[Any] | None:
    """The list that a document holds under one of the usual names, and with pandas' names of columns beside it."""
    lower = {str(name).lower(): value for name, value in fields.items()}
    found = next((lower[name] for name in LISTS if isinstance(lower.get(name), list)), None)
    columns = lower.get("columns")
    if found and isinstance(columns, list) and all(isinstance(row, list) and len(row) == len(columns) for row in found):
        return [dict(zip(map(str, columns), row, strict=True)) for row in found]
    return found


def _by_column(source: str, fields: Mapping[str, Any]) -> list[Any] | None:
    values = list(fields.values())
    if all(isinstance(value, list) for value in values):
        if len(values) > 1 and all(isinstance(row, dict) for value in values for row in value):
            sizes = ", ".join(f"{name} ({len(value)})" for name, value in fields.items())
            raise InputError(f"{source}: several lists of items: {sizes}", "Save the one to use in a file of its own.")
        return _of_columns(source, fields)
    if all(isinstance(value, dict) for value in values):
        if _are_columns(fields):  # pandas' to_json: {"question": {"0": …, "1": …}}
            return [{name: column.get(row) for name, column in fields.items()} for row in values[0]]
        return [{"id": name, **value} for name, value in fields.items()]
    asking = sum(str(name).rstrip().endswith("?") for name in fields)
    if 2 * asking > len(fields) and all(isinstance(value, str) for value in values):
        return [{"question": asked, "expected": answer} for asked, answer in fields.items()]
    return None


def _are_columns(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether objects are columns by row number, and not items by id: then all have the same keys, from 0 up."""
    keys = [list(column) for column in fields.values()]
    return keys[0] == [str(number) for number in range(len(keys[0]))] and all(one == keys[0] for one in keys)


def _is_pair(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and all(isinstance(one, str) for one in entry)


def _of_columns(source: str, columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise InputError(f"{source}: columns of unequal length ({', '.join(map(str, sorted(lengths)))})", HINT)
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _questions_about_texts(entries: list[Any]) -> list[Any]:
    """SQuAD's articles, paragraphs and questions as a list of questions, each with its paragraph."""
    if not entries or not all(isinstance(mapping(entry).get("paragraphs"), list) for entry in entries):
        return entries
    return [
        {**mapping(asked), "context": mapping(paragraph).get("context"), "title": article.get("title")}
        for article in entries
        for paragraph in article["paragraphs"]
        for asked in mapping(paragraph).get("qas") or ()
    ]


_WRAPPERS = ("row", "item", "example", "record", "vars", "fields")
"""Of Hugging Face's server, OpenAI's evals, LangSmith and promptfoo."""
_TESTED = ("equals", "similar", "factuality", "contains", "icontains")
"""Assertions of promptfoo that hold an answer, surest first."""


def opened(row: Mapping[str, Any], asking: Iterable[str]) -> Mapping[str, Any]:
    """A row without what wraps its fields: an object that holds them, or names of columns such as "inputs.question".

    Args:
        asking: names of questions; a row that has one is as it should be.
    """
    if any(name in row for name in asking):
        return row
    inner = next((name for name in _WRAPPERS if isinstance(row.get(name), dict) and row[name]), "")
    if inner:
        found = {**{name: said for name, said in row.items() if name not in (inner, "assert")}, **row[inner]}
        return {**_asserted(row.get("assert")), **found}
    dotted = [name for name in row if "." in str(name).strip(".")]
    heads = {str(name).partition(".")[0] for name in dotted}
    if not dotted or heads & row.keys():
        return row
    nested: dict[str, Any] = {name: said for name, said in row.items() if name not in dotted}
    for name in dotted:
        head, _, rest = str(name).partition(".")
        nested.setdefault(head, {})[rest] = row[name]
    return nested


def _asserted(tests: Any) -> dict[str, Any]:
    """The answer that promptfoo's assertions hold."""
    listed: Sequence[Any] = tests if isinstance(tests, list) else ()
    found = {str(mapping(one).get("type")): mapping(one).get("value") for one in reversed(listed)}
    answer = next((found[kind] for kind in _TESTED if isinstance(found.get(kind), str)), None)
    return {} if answer is None else {"expected": answer}
