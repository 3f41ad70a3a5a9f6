"""The names of a table's columns: on one line, on two of which the upper one groups the lower, or on none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragtui.model import guess_metric
from ragtui.sources import aliases
from ragtui.sources.table.cells import plain_number

LONGEST_NAME = 500
"""Letters of a column's name that are kept."""
_MOST_ROWS = 20
"""Rows behind the names that are looked at."""
_SHORT = 40
"""Letters of the longest text that may be an id rather than a question."""
_KNOWN = frozenset((*aliases.TEXT_ROLES, *aliases.METRIC, *aliases.SCORE, *aliases.SECONDS, *aliases.COST))


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What the columns are called.

    Attributes:
        names: one a column; empty where nothing names it.
        lines: how many of the first rows hold names; 0 where the first one holds results.
        assumed: what was taken for granted, as a sentence.
        doubt: why names that were made up are not sure; empty where there is no doubt.
    """

    names: tuple[str, ...]
    lines: int = 1
    assumed: str = ""
    doubt: str = ""


def are_plain(first: Sequence[str]) -> bool:
    """Whether a first line is all names, each its own, as nearly every table has it: no other line says more."""
    told = [cell.strip() for cell in first]
    return all(told) and len(set(told)) == len(told) and not any(map(_is_number, told))


ROWS_NAMED = "every row has a first cell more than there are names: it is taken for the name of the row, as R writes it"


def are_named_rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether R named the rows, and not the column of these names: every row has one cell more than the header.

    A comma in a text without quotes makes a cell more as well, and read so its row would be shifted. So names must
    differ, and where texts stand that may have been cut, or a column of ids is there, they must count: 1, 2, 3.
    """
    if not all(len(cells) == len(header) + 1 and cells[-1].strip() for cells in rows):
        return False
    named = [cells[0].strip() for cells in rows]
    if len(set(named)) < len(named):
        return False
    texts = [place for place in range(len(header)) if any(_is_text(cells[place + 1]) for cells in rows)]
    counted = any(named == [str(place) for place in range(start, start + len(rows))] for start in (0, 1))
    if not counted and (texts or not all(map(_is_text, named))):
        return False
    ids = [place for place, name in enumerate(header) if aliases.snake(name) in aliases.ITEM]
    return not ids or (texts == ids and len({cells[ids[0] + 1] for cells in rows}) == len(rows))


def _is_text(cell: str) -> bool:
    return plain_number(cell) is None and cell.strip() not in ("", "NA", "NaN")


def names_of(rows: Sequence[Sequence[str]]) -> ColumnNames:
    """The names of columns, by the first rows of a table.

    Args:
        rows: the first rows with anything in them, names included.
    """
    if len(rows) > 2 and (grouped := _grouped(rows)):
        return grouped
    if len(rows) > 1 and _is_result(rows[0], rows[1 : _MOST_ROWS + 1]):
        return _made_up(rows[: _MOST_ROWS + 1])
    return ColumnNames(tuple(rows[0]) if rows else ())


def _grouped(rows: Sequence[Sequence[str]]) -> ColumnNames | None:
    """Names on two lines, as pandas and merged cells write them: "rag", "rag" over "em", "f1"."""
    upper, lower = [[cell.strip() for cell in row] for row in rows[:2]]
    if len(upper) != len(lower) or len(upper) < 3 or any(plain_number(cell) is not None for cell in (*upper, *lower)):
        return None
    told = [cell for cell in upper if cell]
    below = [cell for cell in lower if cell]
    if len(below) < 2 or not told or (len(set(told)) == len(told) == len(upper)):
        return None
    if len(set(below)) == len(below) and len(set(told)) == len(told):
        return None  # a title over the names groups nothing
    last = 3 if _names_index(rows[2]) else 2
    width = len(lower)
    below = [cell for row in rows[last : last + 3] for cell, name in zip(row, lower, strict=False) if name]
    if not any(plain_number(cell) is not None for cell in below):
        return None
    index = [cell.strip() for cell in rows[2]] if last == 3 else [""] * width
    names, group = [], ""
    for place, name in enumerate(lower):
        group = upper[place] or (group if name else "")
        names.append("_".join(part for part in (group, name) if part) or index[place] or ("id" if not place else ""))
    return ColumnNames(tuple(names), last, "the names of columns stand on two lines and are read together")


def _names_index(row: Sequence[str]) -> bool:
    """Whether a row only names the first column, as pandas writes it below the names of the others."""
    return bool(row and row[0].strip()) and not any(cell.strip() for cell in row[1:])


def _is_result(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """Whether the first line holds numbers where all others do, and texts that are no names where they hold texts."""
    numbers = [place for place, cell in enumerate(first) if _is_number(cell)]
    texts = [place for place, cell in enumerate(first) if cell.strip() and place not in numbers]
    if not numbers or not texts:
        return False
    asks = any(first[place].rstrip().endswith(("?", "？")) for place in texts)
    if not asks and any(_is_name(first[place]) for place in texts):
        return False
    return all(len(row) == len(first) for row in others) and all(
        _is_number(row[place]) for row in others for place in numbers
    )


def _is_number(cell: str) -> bool:
    return plain_number(cell) is not None or plain_number(cell.replace(",", ".", 1)) is not None


def _is_name(cell: str) -> bool:
    snake = aliases.snake(cell)
    return snake in _KNOWN or guess_metric(cell).sign != 0 or snake.endswith(("_id", "_no", "name"))


def _made_up(rows: Sequence[Sequence[str]]) -> ColumnNames:
    width = len(rows[0])
    numbers = [place for place in range(width) if all(_is_number(row[place]) for row in rows)]
    texts = [place for place in range(width) if place not in numbers]
    different = [place for place in texts if len({row[place].strip() for row in rows}) == len(rows)]
    names = [f"column {place + 1}" for place in range(width)]
    doubt = ""
    if len(rows) < 3:
        doubt = "there are only two lines"
    elif not different:
        doubt = "no text on them is different on every line"
    elif len(numbers) > 1:
        doubt = f"{len(numbers)} columns hold numbers"
    else:
        item = different[0]
        longest = max(len(row[item]) for row in rows)
        names[item] = "item" if longest <= _SHORT and not any("?" in row[item] for row in rows) else "question"
        names[numbers[0]] = "score"
    shown = ", ".join(cell.strip()[:20] for cell in rows[0][:3])
    if doubt:
        return ColumnNames(tuple(names), 0, doubt=f"its first line names no columns ({shown}), and {doubt}")
    return ColumnNames(
        tuple(names),
        0,
        f"no line names the columns: column {different[0] + 1} is taken for the item, column {numbers[0] + 1} for its"
        " score",
    )


def distinct_names(header: Sequence[str]) -> tuple[str, ...]:
    """Column names, unnamed and repeated ones made distinct."""
    names: dict[str, None] = {}
    for position, given in enumerate(header, start=1):
        name = base = given.strip()[:LONGEST_NAME] or f"column {position}"
        count = 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        names[name] = None
    return tuple(names)
