"""The board as table columns: mark, item, question, and one cell a metric with sign and delta."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from ragtui.present.clean import one_line
from ragtui.present.numbers import decimals, signed
from ragtui.present.sentences.labels import moved_text
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import Verdict
from ragtui.tui.rows.board import QUIET, Board, BoardColumn
from ragtui.tui.widgets.table.column_table import Column
from ragtui.tui.widgets.table.short_names import headings, least_width

LABELS = 14
"""Cells that two short labels and an arrow need."""
MARK, NOTE = "●", "✎"
CELL, CELL_AT_MOST, ITEM, QUESTION, ROOMY = 9, 18, 18, 16, 24
TOLD_APART = 2_000
"""Items whose names are held against each other, which takes 30 ms; of more, the middle goes where one is too long."""
FEWEST_BESIDE_WHY = 3
"""Cells that the cause leaves room for; those that wait are a key away, the cause is not."""
_SIGN_ALONE = (Verdict.ABSENT, Verdict.WITHIN, Verdict.SAME)
"""Verdicts whose sign says everything: unchanged items are quiet."""


@lru_cache(maxsize=4)  # every mark and metric asks for the columns anew, of the same items
def item_column(items: tuple[str, ...]) -> Column:
    """The names of items, one a row; of those that are too long, what tells them apart (`ticket-2024005-…`)."""
    width = min(ITEM, max([4, *(cell_len(item) for item in items[:500])]))
    order = np.argsort(np.argsort(np.array(items, dtype=str), kind="stable"), kind="stable").astype(float)
    apart = len(items) <= TOLD_APART and any(cell_len(item) > width for item in items)
    names = tuple(map(one_line, items)) if apart else ()
    return Column(
        "item", "item", width, 0, cut="middle", names=(lambda: names) if apart else None,
        render=lambda row: Text(one_line(items[row])), sort_key=lambda: order,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class BoardCells:
    """What a row of the board shows beside its cells.

    Attributes:
        board: the cells.
        question: item to its question, as far as it has been read.
        styles: style names as colours.
        marked: items chosen for repeats.
        words: item to short words: note, human verdict, fresh standing, failed repeats.
        standing: item to what fresh repeats made of it.
        why: item to its cause in a word.
        current: the column the cursor stands in, always among those drawn.
    """

    board: Board
    question: Callable[[str], str]
    styles: Mapping[str, Style]
    current: str
    marked: Collection[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)

    def columns(self, width: int) -> list[Column]:
        """Columns for a table of some width. Cells that do not fit wait left and right of the current one."""
        board = self.board
        item = item_column(board.items)
        flags = min(16, max([0, *(len(words) for words in self.words.values())]))
        fresh, why = 16 if self.standing else 0, max([0, *(len(word) for word in self.why.values())])
        room = width - 4 - (item.width + 1) - (QUESTION + 1) - (fresh and fresh + 1)
        shown, widths = self._window(room - (why and why + 1))
        if why and len(shown) < min(FEWEST_BESIDE_WHY, len(board.columns)):
            shown, widths = self._window(room)
        titles = self._titles(shown, widths)
        if width >= 100 and room - sum(widths) - len(shown) < flags + 1:
            flags = 0
        return [
            Column("mark", "", 1, 0, render=self._mark),
            item,
            Column("question", "question", QUESTION, 3, flexible=True,
                   render=lambda row: Text(one_line(self.question(board.items[row])))),
            *(self._cells(number, width, title) for number, width, title in zip(shown, widths, titles, strict=True)),
            *([Column("fresh", "fresh", fresh, 2, render=self._said(self.standing, "title"))] if fresh else []),
            *([Column("why", "why", why, 3, render=self._said(self.why, "muted"))] if why else []),
            *([Column("flags", "flags", flags, 4, render=self._said(self.words, "warning"))] if flags else []),
        ]  # fmt: skip

    def _window(self, room: int) -> tuple[list[int], list[int]]:
        """Numbers of the columns drawn, and how wide each is."""
        columns = self.board.columns
        widths = [_cell_width(column) for column in columns]
        shown = self._fitting(room, widths)
        # Names break between their words first, then they stand on one line, as far as the question leaves space.
        names = [one_line(column.title) for column in columns]
        for spared, wanted in ((QUESTION, least_width), (ROOMY, lambda name, _most: len(name))):
            spare = room - (spared - QUESTION) - sum(widths[number] + 1 for number in shown)
            for number in shown:
                more = min(wanted(names[number], CELL_AT_MOST), CELL_AT_MOST) - widths[number]
                if 0 < more <= spare:
                    widths[number] += more
                    spare -= more
        return shown, [widths[number] for number in shown]

    def _fitting(self, room: int, widths: list[int]) -> list[int]:
        """Columns from the first on as far as they fit, or as many as fit left of the cursor's, that one included."""
        columns = self.board.columns
        here = next((number for number, column in enumerate(columns) if column.key == self.current), 0)

        def fit(shown: list[int]) -> bool:
            # Costs and latencies are shown only where a question stays readable beside them.
            aside = 0 if all(columns[number].counted for number in shown) else ROOMY
            return sum(widths[number] + 1 for number in shown) <= room - aside

        shown = [0]
        while len(shown) < len(columns) and fit([*shown, len(shown)]):
            shown.append(len(shown))
        if here not in shown:
            shown = [here]
            while shown[0] > 0 and fit([shown[0] - 1, *shown]):
                shown.insert(0, shown[0] - 1)
        return shown

    def _titles(self, shown: list[int], widths: list[int]) -> list[str]:
        """Headings of the columns drawn, told apart from those that are not."""
        names = [one_line(column.title) for column in self.board.columns]
        rooms = dict(zip(shown, widths, strict=True))
        found = headings(names, [rooms.get(number, CELL) for number in range(len(names))])
        return [found[number] for number in shown]

    def _cells(self, number: int, width: int, title: str) -> Column:
        column = self.board.columns[number]
        cells, digits = column.entry.cells, decimals(column.entry.metric, narrow=True)
        places, verdicts = self.board.places[:, number], self.board.verdicts[:, number]
        better = column.entry.metric.higher_is_better

        def render(row: int) -> Text:
            place, verdict = int(places[row]), Verdict(int(verdicts[row]))
            if place < 0:
                return Text("")
            delta = float(cells.delta[place])
            sign = verdict_sign(verdict, delta, higher_is_better=better)
            said = sign.word if verdict in (Verdict.ERROR, Verdict.ONLY_A, Verdict.ONLY_B) else ""
            if not said and verdict not in _SIGN_ALONE:
                said = moved_text(column.entry, place, digits)
            text = f"{sign.glyph} {said}".rstrip()
            quiet = verdict in QUIET or not column.counted
            return Text(text, self.styles.get("muted" if quiet else sign.style, ""))

        def key() -> np.ndarray:
            values = np.full(len(places), np.nan)
            values[places >= 0] = cells.delta[places[places >= 0]]
            return values

        return Column(column.key, title, width, 0, render=render, sort_key=key)

    def _mark(self, row: int) -> Text:
        return Text(MARK if self.board.items[row] in self.marked else "", self.styles.get("accent", ""))

    def _said(self, words: Mapping[str, str], style: str) -> Callable[[int], Text]:
        return lambda row: Text(one_line(words.get(self.board.items[row], "")), self.styles.get(style, ""))


def _cell_width(column: BoardColumn) -> int:
    """Cells that a sign and the longest delta of a column need: a number whose end is cut reads as another number."""
    if column.entry.labels is not None:
        return LABELS
    delta = column.entry.cells.delta
    finite = delta[np.isfinite(delta)]
    ends = (float(finite.min()), float(finite.max())) if finite.size else ()
    digits = decimals(column.entry.metric, narrow=True)
    return max([CELL, *(2 + len(signed(end, digits)) for end in ends)])
