"""Text for a person at a terminal: no wider than the window, no word broken, verdicts in colour.

Only what goes to a terminal passes here. A pipe or a file gets the lines as they are, however long: `grep` and `awk`
want one line a thing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from itertools import groupby

NARROWEST = 40
_INDENT = "    "
"""Where the rest of a row or of a sentence stands."""
_COLOURS = {
    "improved": "32", "regressed": "1;31", "failed": "1;35", "changed": "36", "unproven": "33", "unknown": "33",
    "muted": "2", "noise": "2",
}  # fmt: skip
_STANDINGS = {
    "NO REGRESSION SHOWN": "1;32", "REGRESSION": "1;31", "CANNOT TELL": "1;33", "INCOMPLETE": "1;33",
    "NOT COMPARABLE": "1;35",
}  # fmt: skip
_NEXT = "ragtui: next:"
_QUIET = "note:"


def for_person(text: str, *, width: int | None = None) -> str:
    """A text as a terminal shows it best.

    Args:
        text: lines, already cleaned.
        width: of the window; asked of the terminal when None.
    """
    wide = max(NARROWEST, width or shutil.get_terminal_size().columns)
    lines = [line for block in _blocks(text.split("\n")) for line in _fitted(block, wide)]
    return "\n".join(map(_coloured, lines) if wants_colour() else lines)


def wants_colour() -> bool:
    """Unless somebody said otherwise (https://no-color.org), or the terminal knows no colours."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines between blank ones, and the blank ones by themselves."""
    for _, block in groupby(lines, key=bool):
        yield list(block)


def _fitted(lines: list[str], width: int) -> Iterator[str]:
    """A block within a width: the columns of a table go on below each row, sentences go on below themselves."""
    from rich.cells import cell_len

    if all(cell_len(line) <= width for line in lines):
        yield from lines
    elif (spans := _columns(lines)) is not None:
        yield from _folded(lines, spans, width)
    elif len(lines) > 2 and _columns(lines[1:]) is not None:  # a title over a table
        yield from _wrapped(lines[0], width)
        yield from _fitted(lines[1:], width)
    else:
        for line in lines:
            yield from _wrapped(line, width)


def _columns(lines: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where the columns of a table begin and end, counted in characters; None when this is no table.

    A gap is two blanks or more that every line has at the same place. Signs of another width than one cell shift a
    line's characters, and then there is no such place: the lines are wrapped instead.
    """
    if len(lines) < 2:
        return None
    longest = max(map(len, lines))
    blank = [all(line[place : place + 1] in ("", " ") for line in lines) for place in range(longest)]
    spans, start = [], None
    for place in range(longest + 2):
        gap = place >= longest or (blank[place] and (place + 1 >= longest or blank[place + 1]))
        if not gap and start is None and not blank[place]:
            start = place
        elif gap and start is not None:
            spans.append((start, place))
            start = None
    full = sum(len(re.split(r"\s{2,}", line.strip())) >= len(spans) - 2 for line in lines)
    return spans if len(spans) >= 3 and full * 2 >= len(lines) else None


def _folded(lines: Sequence[str], spans: Sequence[tuple[int, int]], width: int) -> Iterator[str]:
    """Rows of a table with as many columns a line as fit; the rest below, indented, under headings of its own."""
    folds: list[list[tuple[int, int]]] = [[]]
    for span in spans:
        fold, indent = folds[-1], len(_INDENT) * (len(folds) > 1)
        if fold and indent + span[1] - fold[0][0] > width:
            folds.append([])
        folds[-1].append(span)
    for line in lines:
        for number, fold in enumerate(folds):
            end = None if number == len(folds) - 1 else fold[-1][1]
            begin = 0 if number == 0 else fold[0][0]
            part = line[begin:end].rstrip()
            if part.strip():
                yield from _wrapped(f"{_INDENT if number else ''}{part}", width)


def _wrapped(line: str, width: int) -> Iterator[str]:
    """A line broken between words; what is longer than the window (an address, a path) stays whole."""
    from rich.cells import cell_len

    if cell_len(line) <= width:
        yield line
        return
    if line.startswith(_NEXT):  # commands are copied: each on a line of its own
        yield _NEXT
        for step in line.removeprefix(_NEXT).strip().split("; "):
            yield from _wrapped(f"  {step}", width)
        return
    key = re.match(r"\s*\S+\s{2,}", line)
    own = line[: len(line) - len(line.lstrip())]
    hang = " " * len(key[0]) if key and len(key[0]) <= 16 else own + "  "
    words = re.findall(r"(\S+(?: \S+)*)(\s*)", line[len(own) :])  # what two blanks part stays together
    if any(cell_len(hang + word) > width for word, _ in words):
        words = re.findall(r"(\S+)(\s*)", line[len(own) :])
    shown, filled = own, False
    for word, gap in words:
        if filled and cell_len(shown + word) > width:
            yield shown.rstrip()
            shown = hang
        shown, filled = f"{shown}{word}{gap}", True
    yield shown.rstrip()


def _coloured(line: str) -> str:
    """Signs with their words in the colour of what they mean; the words say it as well."""
    if line.startswith(_QUIET):
        return f"\x1b[2m{line}\x1b[0m"
    for words, colour in _STANDINGS.items():
        if line.startswith(words):
            return f"\x1b[{colour}m{words}\x1b[0m{line[len(words) :]}"
    pattern, styles = _signs()
    return pattern.sub(lambda found: f"\x1b[{styles[found[0]]}m{found[0]}\x1b[0m", line)


def _signs() -> tuple[re.Pattern[str], dict[str, str]]:
    """Everything that is coloured, and in what."""
    from ragtui.present.verdicts import VERDICTS, outcome_sign
    from ragtui.stats import Outcome

    signs = [*(shown.sign for shown in VERDICTS.values()), *map(outcome_sign, Outcome)]
    styles = {f"{sign.glyph} {sign.word}": _COLOURS[sign.style] for sign in signs if sign.style in _COLOURS}
    whole = "|".join(re.escape(said) for said in sorted(styles, key=len, reverse=True))
    glyphs = {sign.glyph: _COLOURS[sign.style] for sign in signs if sign.style in _COLOURS and sign.glyph in "▲▼△▽"}
    return re.compile(rf"{whole}|^\s*[{''.join(glyphs)}](?= )"), _Prefixed(styles | glyphs)


class _Prefixed(dict[str, str]):
    """Colours by sign, whatever blanks stand before it."""

    def __missing__(self, key: str) -> str:
        return self.get(key.strip(), "0")
