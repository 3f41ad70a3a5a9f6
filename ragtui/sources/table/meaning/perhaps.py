"""Whether a table may hold scores though no name in it says so: by what names its rows, and by the form of its cells.

A folder holds many lists of ids and numbers that are no results: prices, places, people, vectors, counts. Those are
told by what else stands in them. What is left and has the form of scores is not listed unasked, but it is named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ragtui.model import Role, guess_metric
from ragtui.sources import aliases
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.cells import plain_number
from ragtui.sources.table.meaning import names
from ragtui.sources.table.meaning.kinds import Content, Kinds

_FEWEST_ROWS = 3
_LARGEST_GRADE = 10
_LARGEST = 100
_VECTOR = 16
"""Numbered columns from which a row is a vector."""
_NUMBERED = re.compile(r"\d+$")
_ASKED = frozenset(aliases.ITEM) - {"item", "item_id", "record_id", "doc_id", "id", "key", "name"}
"""Columns of items that nothing but an evaluation has, whatever its numbers are called."""
_OF_THINGS = aliases.word_set(
    "price prices amount subtotal qty quantity stock inventory sku currency tax invoice customer product vendor"
    " supplier salary wage employee member firstname lastname email phone role department company country city address"
    " street zipcode postcode lat latitude lon lng longitude population area width height breadth mass weight"
    " temperature humidity pressure altitude elevation pages author authors publisher isbn license integrity"
    " dependencies checksum enabled disabled nullable icon color colour dob birth nationality radius parent children"
    " edge node open close bid balance account transaction payment species genus"
)
"""Words of columns that lists of goods, people, places, files and settings have."""
_FILES_OF_SETTINGS = aliases.word_set(
    "config configs settings setting params package lock manifest schema vocab tokenizer tsconfig workspace options"
    " qrels corpus coverage openapi swagger"
)
_OF_CODE = frozenset((
    "num_statements", "covered_lines", "missing_lines", "executed_lines", "excluded_lines", "covered_branches",
    "num_branches", "percent_covered", "line_rate", "branch_rate", "loc", "sloc", "ncloc", "cyclomatic_complexity",
))  # fmt: skip
"""What is measured of source files: "covered" alone may be said of an answer."""


def perhaps_scores(called: str, columns: ColumnMap, every: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The columns that may hold scores, as a person reads them; empty where rows are likely to be of something else.

    Args:
        called: the file's name.
        columns: what the columns were taken for.
        every: all of the columns.
        rows: the first rows.
    """
    naming = columns.item[0] if columns.item else columns.question
    others = [column for column in every if column != naming and not names.is_row_number(column)]
    if not naming or len(rows) < _FEWEST_ROWS or set(names.words(called.partition(".")[0])) & _FILES_OF_SETTINGS:
        return ""
    if _are_of_things(others) or _are_vectors(others):
        return ""
    kinds = Kinds(rows)
    asked = bool(columns.question) or names.tail(naming) in _ASKED
    texts = any(_is_text(kinds.of(column)) for column in others if column not in columns.used())
    found = [
        column
        for column in others
        if _may_rate(column) and _is_rated(kinds.of(column), _numbers(column, rows), asked=asked, texts=texts)
    ]
    rest = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(columns.name_of(column) for column in found[:3]) + rest


def is_other_list(columns: ColumnMap, every: Sequence[str]) -> bool:
    """Whether rows are of goods, places or people, or vectors: nobody answered anything, and no name is a metric's."""
    if columns.question or columns.output or columns.rationale or columns.rationales or columns.is_long:
        return False
    if sum(names.tail(column) in _OF_CODE for column in every) > 1:
        return True
    told = any(guess_metric(columns.name_of(column)).sign for column in columns.metrics)
    return _are_vectors(columns.metrics) or (not told and _are_of_things(every))


def _are_of_things(columns: Sequence[str]) -> bool:
    return any(_OF_THINGS & set(names.words(column)) for column in columns if not names.is_setting(column))


def _may_rate(column: str) -> bool:
    """Whether a name leaves open that scores are called so."""
    if names.is_no_score(column) or names.is_describing(column) or names.is_count(column) or names.sorts(column):
        return False
    return guess_metric(names.tail(column)).role is Role.QUALITY


def _is_rated(kind: Content, numbers: Sequence[float], *, asked: bool, texts: bool) -> bool:
    """Whether cells have the form of scores: shares, grades, "4/5"; beside nothing else also yes and no, and labels."""
    if kind.filled < _FEWEST_ROWS or kind.scalars < kind.filled or kind.distinct < 2:
        return False
    if kind.written == kind.filled:
        return True
    if kind.truths == kind.filled or (kind.labels and len(kind.labels) == kind.distinct):
        return asked or not texts
    if 5 * len(numbers) < 4 * kind.filled or _is_counted(numbers):
        return False
    least, most = min(numbers), max(numbers)
    few = all(number.is_integer() for number in numbers) and 2 * kind.distinct <= kind.filled
    grades = few and least >= 0 and most <= _LARGEST_GRADE
    bounded = least >= -_LARGEST and most <= _LARGEST
    return asked or (least >= 0 and most <= 1) or grades or (bounded and not texts)


def _numbers(column: str, rows: Sequence[Mapping[str, Any]]) -> list[float]:
    found = (plain_number(row.get(column)) for row in rows)
    return [number for number in found if number is not None and math.isfinite(number)]


def _is_counted(numbers: Sequence[float]) -> bool:
    """Whether numbers go on one by one, as places and ids do."""
    return all(later - earlier == 1 for earlier, later in pairwise(numbers))


def _is_text(kind: Content) -> bool:
    """Whether a column holds texts of its own for each row."""
    return kind.filled > 0 and kind.scores == 0 and not kind.labels


def _are_vectors(columns: Sequence[str]) -> bool:
    """Whether most columns are a name that scores do not have with a number behind it, as places of an embedding are.

    "f0" to "f39" are features, while "recall_1" to "recall_100" are measured at so many places.
    """
    cut = [(column, _NUMBERED.sub("", column).strip("_-. ")) for column in columns]
    numbered = sum(stem != column and (len(stem) < 2 or not names.sounds_like_score(stem)) for column, stem in cut)
    return numbered >= _VECTOR and 2 * numbered > len(columns)
