"""Text of a table cell: untrusted characters out, exactly as many terminal cells as the column is wide."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from ragtui.present.clean import clean

Align: TypeAlias = Literal["left", "right", "center"]
Run: TypeAlias = tuple[str, Style]
"""A stretch of characters of one style."""

# Joiners, variation selectors and blank fillers: terminals disagree about their width, so a table cannot keep them.
_UNMEASURABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_LOOKED_AT = 400
"""Characters of a cell that are read at all: more than any terminal is wide, even when most are stripped."""


def cell_line(text: str) -> str:
    """The start of a text as one line that is safe to draw; inner spaces stay as they are."""
    if text.isascii() and text.isprintable():
        return text[:_LOOKED_AT]
    return _UNMEASURABLE.sub("", clean(text[:_LOOKED_AT], tab=1)).replace("\n", " ")


def styled_runs(content: Text | str, resolve: Callable[[Style | str], Style]) -> list[Run]:
    """Cell content as safe runs.

    Args:
        content: what a column's `render` returned. A `str` is never read as markup.
        resolve: style of a style name.
    """
    if isinstance(content, str):
        return [(cell_line(content), Style.null())]
    base = resolve(content.style)
    plain = content.plain[:_LOOKED_AT]
    if not content.spans:
        return [(cell_line(plain), base)]
    spans = [(span.start, min(span.end, len(plain)), resolve(span.style)) for span in content.spans]
    edges = sorted({0, len(plain), *(edge for start, end, _ in spans for edge in (start, end) if edge < len(plain))})
    return [
        (cell_line(plain[left:right]), Style.combine([base, *(s for start, end, s in spans if start <= left < end)]))
        for left, right in pairwise(edges)
    ]


def fit(runs: Sequence[Run], width: int, align: Align = "left", ellipsis: str = "…") -> list[Run]:
    """Runs cut or padded to exactly `width` terminal cells; a cut ends in `ellipsis`."""
    total = sum(cell_len(text) for text, _ in runs)
    if total > width:
        return _cut(runs, width, ellipsis)
    spare = width - total
    left = {"left": 0, "right": spare, "center": spare // 2}[align]
    padded = [(" " * left, Style.null()), *runs, (" " * (spare - left), Style.null())]
    return [run for run in padded if run[0]]


def _cut(runs: Sequence[Run], width: int, ellipsis: str) -> list[Run]:
    if width <= cell_len(ellipsis):
        return [(ellipsis[:width], Style.null())] if width else []
    room = width - cell_len(ellipsis)
    kept: list[Run] = []
    for text, style in runs:
        part, used = take_cells(text, room)
        room -= used
        kept.append((part, style))
        if len(part) < len(text):
            # A wide character that does not fit leaves one cell open before the ellipsis.
            kept.append((" " * room + ellipsis, style))
            break
    return [run for run in kept if run[0]]


def cut_middle(runs: Sequence[Run], width: int, ellipsis: str = "…") -> list[Run]:
    """A text of one style without its middle, where it is too long; its end tells it from others that begin alike."""
    text = "".join(text for text, _ in runs)
    if cell_len(text) <= width or width < 8 or len(runs) != 1:
        return list(runs)
    room = width - cell_len(ellipsis)
    head, _ = take_cells(text, room - room // 3)
    tail, _ = take_cells(text[::-1], room // 3)
    return [(f"{head}{ellipsis}{tail[::-1]}", runs[0][1])]


def take_cells(text: str, width: int) -> tuple[str, int]:
    """The longest start of a text within `width` cells, whole characters with their combining marks; and its width."""
    if text.isascii():
        part = text[: max(width, 0)]
        return part, len(part)
    used = 0
    for place, character in enumerate(text):
        size = cell_len(character)
        if used + size > width:
            return text[:place], used
        used += size
    return text, used


def shorten(text: str, width: int, ellipsis: str = "…") -> str:
    """A safe line cut to at most `width` cells."""
    line = cell_line(text)
    if cell_len(line) <= width:
        return line
    return "".join(part for part, _ in _cut([(line, Style.null())], max(width, 0), ellipsis))
