"""What the compare screen is about, without its layout: comparisons, board, cursor, marks, filter, texts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.present.confirming import standings
from ragtui.present.filters import Filter, parse_filter
from ragtui.stats import MetricComparison
from ragtui.tui.loading import in_background
from ragtui.tui.returning import KEPT, Whereabouts
from ragtui.tui.rows.board import VIEWS, Board, candidate_board, every_cell, metric_board, one_metric_board
from ragtui.tui.rows.cell_rows import CellRows
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.session import Session
from ragtui.tui.texts import Texts
from ragtui.tui.widgets.table.column_table import ColumnTable
from ragtui.workbench import SideComparison
from ragtui.workbench.reporting import people_words
from ragtui.workbench.why.columns import READ, Columns

METRICS, CANDIDATES, DETAIL = "metrics", "candidates", "detail"
QUESTIONS_AT_ONCE = 200


_ENOUGH_ITEMS = 200
"""Items whose metadata is looked at for names of fields, at every key that is typed into the filter."""


class Comparing(RagtuiScreen):
    """One baseline against one or several candidates; `CompareScreen` draws it.

    Attributes:
        results: comparisons by candidate; None where not computed yet.
        place: the candidate at hand.
        metric: the metric under the cursor.
        mode: items against metrics, items against candidates, or one metric in detail.
        folded: whether a person folded the board or opened it; None while nobody did: `folds` tells what is shown.
        marked: items chosen for repeats.
        spot: where somebody was in it, to be returned to once.
        stale: why what is shown is older than the files; "" when it is not.
    """

    def __init__(
        self,
        session: Session,
        baseline: Sequence[RunHeader],
        candidates: Sequence[Sequence[RunHeader]],
        spot: Whereabouts | None = None,
    ) -> None:
        super().__init__(session)
        self.spot = spot
        self.baseline_runs = tuple(baseline)
        self.candidates = [tuple(runs) for runs in candidates]
        self.results: list[SideComparison | None] = [None] * len(self.candidates)
        self.place = 0 if spot is None else spot.place
        self.metric = ""
        self.mode = CANDIDATES if len(self.candidates) > 1 else METRICS
        self.view = "all"
        self.folded: bool | None = None
        self.filter: Filter = parse_filter("")
        self.marked: set[str] = set()
        self.stale = ""
        self._board: Board | None = None
        self._texts: Texts | None = None
        self._people: tuple[SideComparison, dict[str, str]] | None = None
        self._members: tuple[Columns, dict[str, dict[str, set[str]]]] | None = None

    @property
    @abstractmethod
    def items(self) -> ColumnTable:
        """The table of items."""

    @abstractmethod
    def paint(self) -> None:
        """Paint everything from the comparison at hand."""

    @abstractmethod
    def texts_came(self) -> None:
        """Texts of some items have been read."""

    # ---------------------------------------------------------------- data

    @property
    def result(self) -> SideComparison | None:
        """The comparison with the candidate at hand."""
        return self.results[self.place]

    @property
    def entry(self) -> MetricComparison:
        """The metric at hand, in the comparison at hand."""
        assert self.result is not None
        return self.result.comparison.metric(self.metric)

    @property
    def board(self) -> Board:
        """The cells of the mode at hand."""
        if self._board is None:
            assert self.result is not None
            if self.mode == METRICS:
                self._board = metric_board(self.result)
            elif self.mode == CANDIDATES:
                self._board = candidate_board([found for found in self.results if found is not None], self.metric)
            else:
                self._board = one_metric_board(self.result, self.metric)
        return self._board

    @property
    def column(self) -> int:
        """Number of the board's column under the cursor."""
        wanted = str(self.place) if self.mode == CANDIDATES else self.metric
        return next((number for number, column in enumerate(self.board.columns) if column.key == wanted), 0)

    @property
    def texts(self) -> Texts:
        """Texts of the comparison at hand."""
        assert self.result is not None
        if self._texts is None or self._texts.result is not self.result:
            self._texts = self.session.texts(self.result)
        return self._texts

    @property
    def item(self) -> str | None:
        """The item under the cursor."""
        row = self.items.cursor_row
        return None if self.result is None or row is None or row >= len(self.board.items) else self.board.items[row]

    @property
    def shown_items(self) -> list[str]:
        """Items in the order shown; none while there is no comparison, as between swapping sides and its result."""
        return [] if self.result is None else [self.board.items[int(row)] for row in self.items.order]

    @property
    def notes(self) -> dict[str, str]:
        """Notes of this dataset by item."""
        return self._kept_for(self.session.state.notes)

    @property
    def rulings(self) -> dict[str, str]:
        """A person's verdicts of this dataset by item."""
        found: dict[str, str] = {}
        for key, ruling in self._kept_for(self.session.state.rulings).items():
            item = key.partition("\t")[0]
            found[item] = f"{found.get(item, 'you')} {ruling}"
        for item, words in self.people.items():
            found[item] = f"{found[item]} · {words}" if item in found else words
        return found

    @property
    def people(self) -> dict[str, str]:
        """What people said of the candidate's answers, by item; kept for the comparison at hand."""
        if self.result is None:
            return {}
        if self._people is None or self._people[0] is not self.result:
            said: dict[str, str] = {}
            for item, metric, words in people_words(self.result.b):
                said[item] = f"{said[item]}; {metric}: {words}" if item in said else f"{metric}: {words}"
            self._people = (self.result, said)
        return self._people[1]

    def _kept_for(self, kept: Mapping[str, str]) -> dict[str, str]:
        if self.result is None:
            return {}
        prefix = f"{self.result.a.configuration.dataset}/"
        return {key[len(prefix) :]: words for key, words in kept.items() if key.startswith(prefix)}

    def standing_words(self) -> dict[tuple[str, str], str]:
        """What fresh repeats make of each cell, by item and metric; empty without any."""
        result = self.result
        return {} if result is None or result.fresh is None else standings(result.comparison, result.fresh.comparison)

    # ---------------------------------------------------------------- comparing

    def compare(self) -> None:
        """Compute, or fetch, the comparisons that the mode needs, the candidate at hand first."""
        session, baseline, place = self.session, self.baseline_runs, self.place
        order = [place] if self.mode != CANDIDATES else [place, *(n for n in range(len(self.candidates)) if n != place)]
        candidates = list(self.candidates)

        def job() -> list[tuple[int, SideComparison]]:
            return [(number, session.comparison(baseline, candidates[number])) for number in order]

        in_background(self, job, self._compared, self._refused, group="compare")

    def compare_again(self) -> None:
        """Look whether the files say something else by now; what is shown stays until they do."""
        if self.result is None:
            return
        session, baseline, number = self.session, self.baseline_runs, self.place
        candidate = self.candidates[number]

        def changed(result: SideComparison) -> None:
            self.stale = ""
            if result is not self.results[number]:
                self._compared([(number, result)])

        in_background(self, lambda: session.comparison(baseline, candidate), changed, self._gone, group="compare")

    def _gone(self, error: RagtuiError) -> None:
        self.stale = f"changed on disk, shown as it was read: {error.message}"
        self.paint()

    def _refused(self, error: RagtuiError) -> None:
        if self.result is not None:
            self._gone(error)
            return
        self.app.pop_screen()
        self.shell.failed(error)

    def _compared(self, found: list[tuple[int, SideComparison]]) -> None:
        before = self.item
        first = self.result is None
        for number, result in found:
            self.results[number] = result
        self._board = None
        if self.result is None:  # another candidate was chosen meanwhile; its own comparison is under way
            return
        names = [entry.metric.name for entry in self.result.comparison.metrics]
        if self.metric not in names:
            self.metric = self._worst_metric(names)
            self._board = None
        if first and self.spot is not None:
            self._return_to(self.spot, names)
        self.paint()
        if first and self.spot is not None and self.spot.item in self.shown_items:
            self.items.move_to(self.board.row_of[self.spot.item])
        elif first and len(self.board.items):
            row = int(self.board.rank[0])
            self.go_to(row, self._begins_at(row))
        elif before is not None and before in self.board.row_of:
            self.items.move_to(self.board.row_of[before])
        self._read_questions()
        self.look_why()

    def _return_to(self, spot: Whereabouts, names: Sequence[str]) -> None:
        """Show what was shown when the app was left."""
        self.view = spot.view if spot.view in VIEWS else self.view
        self.mode = spot.mode if spot.mode in (METRICS, DETAIL) or len(self.candidates) > 1 else self.mode
        self.metric = spot.metric if spot.metric in names else self.metric
        self._board = None
        self.filter = parse_filter(spot.filter)
        self.fold_as(spot.folded)
        self.filter_by(spot.filter)
        self.say("back where you left · esc shows the runs")

    def remember(self) -> None:
        """Keep the comparison, what is shown of it, and the cell."""
        if self.result is None:
            return
        spot = Whereabouts(
            tuple(header.uid for header in self.baseline_runs),
            tuple(tuple(header.uid for header in runs) for runs in self.candidates),
            self.place, self.item or "", self.metric, self.filter.text, self.view, self.folds, self.mode,
        )  # fmt: skip
        self.session.remember_view(**{KEPT: spot.written()})

    @abstractmethod
    def filter_by(self, text: str) -> None:
        """Show the items that pass a filter."""

    def look_why(self) -> None:
        """Causes of what is flagged, in the background; they come when they come."""
        result, session = self.result, self.session
        if result is None or session.causes(result) is not None:
            return

        def came(_causes: object) -> None:
            if result is self.result:
                self.paint()

        in_background(self, lambda: session.find_causes(result), came, lambda _error: None, group="why")

    def _begins_at(self, row: int) -> int:
        """The worst cell's column; where that metric was scored on one side only, the first that both sides have."""
        columns, worst = self.board.columns, self.board.worst(row)
        both = [n for n, one in enumerate(columns) if one.entry.coverage_a.expected and one.entry.coverage_b.expected]
        return worst if worst in both or not both else both[0]

    def _worst_metric(self, names: Collection[str]) -> str:
        """Where to begin: the metric of the worst cell, over all candidates where they stand side by side."""
        board = every_cell([found for found in self.results if found is not None], names)
        if not len(board.items):
            return board.columns[0].entry.metric.name
        return board.columns[board.worst(int(board.rank[0]))].entry.metric.name

    @abstractmethod
    def go_to(self, row: int, column: int) -> None:
        """Put the cursor on a cell."""

    # ---------------------------------------------------------------- texts

    def _read_questions(self) -> None:
        """Golden items of every row, worst first, some at a time."""
        texts, board = self.texts, self.board
        wanted = texts.missing(board.items[int(row)] for row in board.rank)[:QUESTIONS_AT_ONCE]
        if not wanted:
            return

        def came(_none: None) -> None:
            if texts is self._texts and self.result is not None:
                self.texts_came()
                self._read_questions()

        in_background(self, lambda: texts.read_items(wanted), came, lambda _error: None, group="questions")

    def read_record(self, item: str) -> None:
        """Everything recorded about an item, for the preview."""
        texts = self.texts

        def came(_record: object) -> None:
            if texts is self._texts and self.result is not None and self.item == item:
                self.record_came()

        in_background(self, lambda: texts.read_record(item), came, lambda _error: None, group="record")

    @abstractmethod
    def record_came(self) -> None:
        """The record of the item under the cursor has been read."""

    # ---------------------------------------------------------------- rows

    @property
    def told_by_one(self) -> np.ndarray:
        """Rows that a fold hides because another moved alike; none under a filter, which asks for these very items."""
        return np.zeros(0, np.int64) if self.filter.text else self.board.told_by_one(self.view)

    @property
    def folds(self) -> bool:
        """Whether the board is folded; by itself where rows moved alike: one line in place of eighty that say so."""
        if self.folded is not None or self.result is None:
            return bool(self.folded)
        return len(self.told_by_one) > 0

    def fold_as(self, folded: bool) -> None:
        """Fold, or open, as it was kept beside the view and the filter at hand."""
        self.folded = None
        if self.folds != folded:
            self.folded = folded

    def chosen(self) -> np.ndarray:
        """Rows of the view, the fold and the filter, in order."""
        board, folds = self.board, self.folds
        keep = board.kept(self.view, folded=folds)
        if folds:
            keep[self.told_by_one] = False
        if self.filter.text:
            self._look_for_columns()
            detail = CellRows(self.result, self.metric, {}, self.notes) if self.result is not None else None
            words = self.standing_words()
            keep &= np.array([self._matches(row, detail, words) for row in range(len(board.items))], bool)
        rank = board.rank
        return np.asarray(rank[keep[rank]])

    def _look_for_columns(self) -> None:
        """Fields that come from answers are looked for when a filter first asks for one of them."""
        result, session = self.result, self.session
        wanted = {term.key for term in self.filter.terms} & set(READ)
        if result is None or not wanted or session.columns(result) is not None:
            return

        def came(_columns: object) -> None:
            if result is self.result:
                self.paint()

        in_background(self, lambda: session.find_columns(result), came, lambda _error: None, group="columns")

    def filter_fields(self) -> set[str]:
        """Names that a filter may ask for; none before there is something to filter."""
        if self.result is None:
            return set()
        detail, words = CellRows(self.result, self.metric, {}, self.notes), self.standing_words()
        some = range(min(_ENOUGH_ITEMS, len(self.board.items)))
        return {name for row in some for name in self._fields(row, detail, words)}

    @property
    def _read_columns(self) -> Mapping[str, Mapping[str, Collection[str]]]:
        """Fields that come from answers, as far as they are known; their names are known from the start."""
        known = None if self.result is None else self.session.columns(self.result)
        if known is None:
            return {name: {} for name in READ}
        if self._members is None or self._members[0] is not known:
            sets = {name: {value: set(items) for value, items in known.get(name, {}).items()} for name in READ}
            self._members = (known, sets)
        return self._members[1]

    def _matches(self, row: int, detail: CellRows | None, words: dict[tuple[str, str], str]) -> bool:
        item = self.board.items[row]
        found = self.texts.item(item)
        question = "" if found is None else found.question
        return self.filter.matches(self._fields(row, detail, words), f"{item} {question} {self.notes.get(item, '')}")

    def _fields(self, row: int, detail: CellRows | None, words: dict[tuple[str, str], str]) -> dict[str, object]:
        board, item = self.board, self.board.items[row]
        found = self.texts.item(item)
        causes = None if self.result is None else self.session.causes(self.result)
        fields: dict[str, object] = {
            "item": item,
            "question": "" if found is None else found.question,
            "verdict": [board.verdict(row, int(column)).name.lower() for column in board.counted],
            "note": self.notes.get(item, ""),
            "you": self.rulings.get(item, ""),
            "marked": item in self.marked,
            "why": "" if causes is None else causes.why(item),
            "fresh": [word for (one, _), word in words.items() if one == item],
        }
        place = int(board.places[row, self.column])
        if place >= 0:
            cells = board.columns[self.column].entry.cells
            fields |= {
                "base": float(cells.mean_a[place]),
                "cand": float(cells.mean_b[place]),
                "delta": float(cells.delta[place]),
                "bands": float(cells.ratio[place]),
                "noise": float(cells.p_noise[place]),
            }
        if detail is not None and self.result is not None and item in self.result.comparison.row_of:
            fields["flag"] = detail.flags(self.result.comparison.row_of[item])
        if found is not None:
            fields |= {name: value for name, value in found.metadata.items() if name not in fields}
        for name, values in self._read_columns.items():
            fields.setdefault(name, [value for value, items in values.items() if item in items])
        return fields
