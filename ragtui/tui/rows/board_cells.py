"""The board as table columns: mark, item, question, and one cell a metric with sign and delta."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from rich.style import Style
from rich.text import Text

from ragtui.present.clean import one_line
from ragtui.present.numbers import decimals
from ragtui.present.sentences.labels import moved_text
from ragtui.present.verdicts import verdict_sign
from ragtui.stats import Verdict
from ragtui.tui.rows.board import QUIET, Board
from ragtui.tui.widgets.table.column_table import Column

LABELS = 14
"""Cells that two short labels and an arrow need."""
MARK, NOTE = "●", "✎"
CELL, CELL_AT_MOST, QUESTION, ROOMY = 9, 18, 16, 24
_SIGN_ALONE = (Verdict.ABSENT, Verdict.WITHIN, Verdict.SAME)
"""Verdicts whose sign says everything: unchanged items are quiet."""


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
        item_width = min(18, max([4, *(len(item) for item in board.items[:500])]))
        flags = min(16, max([0, *(len(words) for words in self.words.values())]))
        fresh, why = 16 if self.standing else 0, 11 if self.why else 0
        room = width - 4 - (item_width + 1) - (QUESTION + 1) - (fresh and fresh + 1) - (why and width >= 90 and why + 1)
        shown, cell = self._window(room)
        names = np.argsort(np.argsort(np.array(board.items, dtype=str), kind="stable"), kind="stable").astype(float)
        if width >= 100 and room - len(shown) * (cell + 1) < flags + 1:
            flags = 0
        return [
            Column("mark", "", 1, 0, render=self._mark),
            Column("item", "item", item_width, 0, render=lambda row: Text(one_line(board.items[row])),
                   sort_key=lambda: names),
            Column("question", "question", QUESTION, 3, flexible=True,
                   render=lambda row: Text(one_line(self.question(board.items[row])))),
            *(self._cells(number, cell, first=number > 0 and number == shown[0],
                          last=number < len(board.columns) - 1 and number == shown[-1]) for number in shown),
            *([Column("fresh", "fresh", fresh, 2, render=self._said(self.standing, "title"))] if fresh else []),
            *([Column("why", "why", why, 3, render=self._said(self.why, "muted"))] if why else []),
            *([Column("flags", "flags", flags, 4, render=self._said(self.words, "warning"))] if flags else []),
        ]  # fmt: skip

    def _window(self, room: int) -> tuple[list[int], int]:
        """Numbers of the columns drawn, and cells of each."""
        columns = self.board.columns
        counted = sum(column.counted for column in columns)
        # Costs and latencies are shown only where a question stays readable beside them.
        fit = min(counted, room // (CELL + 1)) if counted else 0
        fit = max(1, fit, min(len(columns), (room - ROOMY) // (CELL + 1)))
        here = next((number for number, column in enumerate(columns) if column.key == self.current), 0)
        first = max(0, min(here - fit + 1, len(columns) - fit)) if here >= fit else 0
        shown = list(range(first, first + fit))
        widest = max(max(len(columns[n].title), LABELS * (columns[n].entry.labels is not None)) for n in shown)
        return shown, max(CELL, min((room - ROOMY) // fit - 1, widest, CELL_AT_MOST))

    def _cells(self, number: int, width: int, *, first: bool, last: bool) -> Column:
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

        title = one_line(column.title)
        room = width - 2 * first - 2 * last
        title = title if len(title) <= room else title[: room - 1] + "…"
        return Column(column.key, f"{'‹ ' * first}{title}{' ›' * last}", width, 0, render=render, sort_key=key)

    def _mark(self, row: int) -> Text:
        return Text(MARK if self.board.items[row] in self.marked else "", self.styles.get("accent", ""))

    def _said(self, words: Mapping[str, str], style: str) -> Callable[[int], Text]:
        return lambda row: Text(one_line(words.get(self.board.items[row], "")), self.styles.get(style, ""))
