"""Names in narrow columns: headings on two lines, and names cut where they are the same, so that no two look alike."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rich.cells import cell_len
from rich.style import Style

from ragtui.tui.widgets.table.cell_text import cut_middle, take_cells

LINES = 2
"""Lines of a heading: a third costs a row of items on the smallest terminal, and two hold nearly every metric name."""
NUMBERED = "#"
_PIECES = re.compile(r"[^\W_]+[\W_]*|[\W_]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def headings(names: Sequence[str], widths: Sequence[int], ellipsis: str = "…") -> list[str]:
    """Headings of columns, at most two lines each, joined by a line break.

    A name that fits is shown whole, broken between its words, or inside one where nothing else holds it. One that does
    not has its words shortened (`response_relevancy_with_reference` becomes `resp rele` over `with refe`), then its
    middle left out. No two of different names come out alike: where every way of shortening makes them so, the later
    ones end in their number.

    Args:
        names: of all columns that can be scrolled to; equal names get equal headings.
        widths: room of each in characters.
        ellipsis: stands for what was left out.
    """
    rooms = [width // 2 if cell_len(name) > len(name) else width for name, width in zip(names, widths, strict=True)]
    wanted = list(dict.fromkeys(zip(names, rooms, strict=True)))
    tried = {one: _whole(*one) for one in wanted}
    times = Counter(tried.values())
    found = {one: text for one, text in tried.items() if text and times[text] == 1}
    for way in (_words, _middle, _end):
        tried = {one: way(*one, ellipsis) for one in wanted if one not in found}
        times = Counter(map(_alike, (*found.values(), *tried.values())))
        found |= {one: text for one, text in tried.items() if text and times[_alike(text)] == 1}
    for number, one in enumerate(wanted, 1):
        found.setdefault(one, _numbered(*one, number))
    return [found[one] for one in zip(names, rooms, strict=True)]


def told_apart(names: Iterable[str], width: int, ellipsis: str = "…") -> Mapping[str, str]:
    """Names to what a line of some width shows of them, different for different names.

    The middle of a long name goes. Where that leaves some alike, those show the words in which they differ
    (`sweep…gpt-4o…0.3`); where these do not fit either, the later ones end in their number.
    """
    return _told_apart(tuple(names), width, ellipsis)


@lru_cache(maxsize=16)  # a list is painted anew with every mark and metric, by the same names
def _told_apart(names: tuple[str, ...], width: int, ellipsis: str) -> Mapping[str, str]:
    found, alike = {}, defaultdict(list)
    for name in dict.fromkeys(names):
        found[name] = _middle_cut(name, width, ellipsis)
        alike[found[name]].append(name)
    taken, numbers = {text for text, group in alike.items() if len(group) == 1}, itertools.count(1)
    for group in alike.values():
        if len(group) == 1:
            continue
        shown = _differing(group, width, ellipsis)
        times = Counter(shown)
        for name, text in zip(group, shown, strict=True):
            while times[text] > 1 or text in taken:
                sign = f"{ellipsis}{NUMBERED}{next(numbers)}"  # counted over all groups: two may begin alike
                text = f"{take_cells(name, width - len(sign))[0]}{sign}"
            found[name] = text
            taken.add(text)
    return found


def _middle_cut(name: str, width: int, ellipsis: str) -> str:
    return "".join(text for text, _ in cut_middle([(name, Style.null())], width, ellipsis))


def _differing(group: Sequence[str], width: int, ellipsis: str) -> list[str]:
    """Of names that begin and end alike: a start, and the words that are not the same in all."""
    words = [_pieces(name) for name in group]
    counts = {len(found) for found in words}
    least = min(counts)
    if len(counts) == 1:
        kept = [[len({found[place] for found in words}) > 1 for place in range(least)]] * len(group)
    else:
        first = next((n for n in range(least) if len({found[n] for found in words}) > 1), least)
        last = next((n for n in range(least - first) if len({found[-1 - n] for found in words}) > 1), least - first)
        kept = [[first <= place < len(found) - last for place in range(len(found))] for found in words]
    out = []
    for name, found, keep in zip(group, words, kept, strict=True):
        text = ""
        for word, differs in zip(found, keep, strict=True):
            text += word if differs else "" if text.endswith(ellipsis) else ellipsis
        room = width - cell_len(text)
        if room >= 0 and text.startswith(ellipsis):
            start = "".join(found[: next((place for place, differs in enumerate(keep) if differs), 0)])
            whole = start and cell_len(start) - cell_len(ellipsis) <= room
            text = f"{start}{text.removeprefix(ellipsis)}" if whole else f"{take_cells(name, room)[0]}{text}"
        out.append(text)
    return [text if cell_len(text) <= width else take_cells(text, width)[0] for text in out]


def least_width(name: str, most: int) -> int:
    """The narrowest column whose heading shows a name whole and breaks it between words only; `most` if none does."""
    return next((width for width in range(1, most) if _broken(name, width)), most)


def _alike(text: str) -> str:
    """What a reader keeps of a shortened name: case, separators and line breaks are easily overlooked."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _pieces(name: str) -> list[str]:
    """Words of a name, each with the separator behind it."""
    return [part for piece in _PIECES.findall(name) for part in _CAMEL.split(piece)]


def _broken(name: str, width: int) -> str:
    """The name on one line, or on two of them with words whole; "" when that does not fit."""
    if len(name) <= width:
        return name
    pieces = _pieces(name)
    ways = [("".join(pieces[:cut]), "".join(pieces[cut:])) for cut in range(1, len(pieces))]
    ways = [(_stripped(first), second) for first, second in ways]
    fitting = [way for way in ways if max(map(len, way)) <= width]
    if not fitting:
        return ""
    first, second = min(fitting, key=lambda way: abs(len(way[0]) - len(way[1])))
    return f"{first}\n{second}"


def _stripped(line: str) -> str:
    """A line without the separator it ends in: the line break stands for it."""
    return line.rstrip(" _-./:") or line


def _whole(name: str, width: int) -> str:
    if found := _broken(name, width):
        return found
    cut = width - 1
    if width <= len(name) < LINES * width and cut > 2 and name[cut - 1 : cut + 1].isalnum():
        return f"{name[:cut]}-\n{name[cut:]}"  # a word that is broken says so
    return f"{name[:width]}\n{name[width:]}" if len(name) <= LINES * width else ""


def _words(name: str, width: int, _ellipsis: str) -> str:
    """Every word cut to as many letters as fit, two at least."""
    words = [_stripped(piece) for piece in _pieces(name)]
    if len(words) < 2:
        return ""
    for letters in range(max(map(len, words)) - 1, 1, -1):
        if found := _broken(" ".join(word[:letters] for word in words), width):
            return found
    return ""


def _middle(name: str, width: int, ellipsis: str) -> str:
    return f"{name[:width]}\n{ellipsis}{name[-(width - len(ellipsis)) :]}" if width > len(ellipsis) else ""


def _end(name: str, width: int, ellipsis: str) -> str:
    """The end of the name alone: where names begin alike for longer than a line."""
    room = LINES * width - len(ellipsis)
    return f"{ellipsis}{name[-room:][: width - len(ellipsis)]}\n{name[-room:][width - len(ellipsis) :]}"


def _numbered(name: str, width: int, number: int) -> str:
    sign = f"{NUMBERED}{number}"
    return f"{name[:width]}\n{name[width:][: max(0, width - len(sign))]}{sign}"
