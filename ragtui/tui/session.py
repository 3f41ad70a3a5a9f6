"""The one state that screens share: places, runs, decisions with undo, and finished comparisons."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.model import Group, RunHeader, RunStatus, distinct, group_runs
from ragtui.tui.texts import Texts
from ragtui.workbench import Library, PlaceState, StateFile, open_library

if TYPE_CHECKING:
    from ragtui.sources import ColumnMap
    from ragtui.stats.why.causes import Causes
    from ragtui.workbench import Side, SideComparison
    from ragtui.workbench.why.columns import Columns

KEPT_COMPARISONS = 32
UNDO_DEPTH = 50


class Session:
    """What is open and what was decided.

    Args:
        places: what the user named on the command line.
        ascii_only: draw with ASCII characters.
        days: how far back hosted runs are listed; None for as far as usual.
    """

    def __init__(self, places: Sequence[str], *, ascii_only: bool = False, days: int | None = None) -> None:
        self.places = tuple(places)
        self.days = days
        self.ascii_only = ascii_only
        self.state_file = StateFile(self.places)
        self.state = self.state_file.read()
        self.listen: Callable[[str], None] = _silent
        self.library: Library = self._open()
        self._grouped: tuple[Mapping[str, RunHeader], Mapping[str, str], list[Group]] | None = None
        self._undo: list[tuple[str, PlaceState]] = []
        self._comparisons: OrderedDict[Hashable, SideComparison] = OrderedDict()
        self._without: dict[Hashable, tuple[str, ...]] = {}
        self._texts: dict[int, Texts] = {}
        self._causes: dict[int, tuple[SideComparison, Causes]] = {}
        self._columns_of: dict[int, tuple[SideComparison, Columns]] = {}
        self._computing = threading.Lock()

    def _columns(self) -> dict[str, ColumnMap]:
        from ragtui.sources import ColumnMap

        return {path: ColumnMap.from_dict(dict(raw)) for path, raw in self.state.columns.items()}

    def _open(self) -> Library:
        overrules = {key: str(value) for key, value in self.state.overrules.items()}
        marks, columns = self.state.marks, self._columns()
        library = open_library(self.places, marks, columns, overrules, lambda text: self.listen(text), days=self.days)
        library.settle(self.state.directions)
        return library

    def reopen(self) -> None:
        """Open the places anew, after a column map changed."""
        self.library.close()
        self.library = self._open()
        self._comparisons.clear()

    def close(self) -> None:
        """Let connections and caches go."""
        self.library.close()

    def decide(self, state: PlaceState, what: str) -> str:
        """Take a decision and store it; returns a problem to show, or "".

        Args:
            state: the new state.
            what: the decision in words, for undo.
        """
        self._undo.append((what, self.state))
        del self._undo[:-UNDO_DEPTH]
        return self._keep(state)

    def remember_view(self, **settings: str) -> None:
        """Store view settings; they are not worth an undo step."""
        if any(self.state.view.get(name) != value for name, value in settings.items()):
            self._keep(self.state.with_view(**settings))

    @property
    def borrows(self) -> bool:
        """Whether runs without repeats get a provisional band from noise that others measured."""
        return self.state.view.get("borrowed") != "off"

    def undo(self) -> str:
        """Take back the latest decision; returns what was undone, or "" when there is nothing."""
        if not self._undo:
            return ""
        what, state = self._undo.pop()
        self._keep(state)
        return what

    def _keep(self, state: PlaceState) -> str:
        overruled = state.overrules != self.state.overrules
        if state.directions != self.state.directions:
            self.library.settle(state.directions)
            self._comparisons.clear()
        self.state = state
        self.library.marks = dict(state.marks)
        if overruled:
            for remote in self.library.remotes:
                remote.overrule({key: str(value) for key, value in state.overrules.items()})
        try:
            self.state = self.state_file.write(state)
        except RagtuiError as error:
            return str(error)
        return ""

    def groups(self) -> list[Group]:
        """All runs by configuration, newest first; found once for a listing and its marks."""
        headers, marks = self.library.headers, self.state.marks
        if self._grouped is None or self._grouped[0] is not headers or self._grouped[1] is not marks:
            self._grouped = headers, marks, group_runs(headers.values(), marks)
        return self._grouped[2]

    def baseline(self, dataset: str) -> tuple[RunHeader, ...]:
        """The baseline of a dataset: the chosen one, else the best guess (see `guess_baseline`)."""
        chosen = tuple(
            self.library.headers[uid] for uid in self.state.baselines.get(dataset, ()) if uid in self.library.headers
        )
        return chosen or guess_baseline([group for group in self.groups() if group.configuration.dataset == dataset])

    def sides_of(self, headers: Sequence[RunHeader]) -> tuple[Sequence[RunHeader], Sequence[RunHeader]] | None:
        """What a line of the list is compared as: baseline and candidate; None when there is nothing to compare with.

        A full run stands against the baseline of its dataset. A targeted run only stands against the one launched with
        it: against old repeats, the choice of its items would decide. A re-judged run stands against the run whose
        answers were judged again.
        """
        first = headers[0]
        baseline = self.baseline(first.dataset)
        if first.selection is not None and first.confirms is not None:
            from ragtui.workbench import fresh_pair

            return fresh_pair(self.library, headers, baseline)
        if first.rejudge_of is not None:
            every = self.library.headers.values()
            judged = distinct(header for header in every if header.original == first.rejudge_of)
            return (judged, headers) if judged else None
        ids = {header.uid for header in baseline}
        return (baseline, headers) if {header.uid for header in headers} - ids and baseline else None

    def comparison(self, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader]) -> SideComparison:
        """Compare two choices of runs; the latest comparisons are kept. Slow: call it from a worker.

        Raises:
            RagtuiError: the runs cannot be read or compared.
        """
        from ragtui.stats import Settings
        from ragtui.workbench import Asked, comparison, leave_out

        key = (
            tuple(header.uid for header in baseline),
            tuple(header.uid for header in candidate),
            self.library.stamp(),
            self.borrows,
            self.left_out(baseline, candidate),
        )
        with self._computing:
            kept = self._comparisons.get(key)
            if kept is None:
                a, b = leave_out(self.sides(baseline, candidate), self.left_out(baseline, candidate))
                kept = comparison(self.library, a, b, Asked(Settings(borrow=self.borrows)))
                self._comparisons[key] = kept
                while len(self._comparisons) > KEPT_COMPARISONS:
                    _, gone = self._comparisons.popitem(last=False)
                    self._texts.pop(id(gone), None)
                    self._causes.pop(id(gone), None)
                    self._columns_of.pop(id(gone), None)
            else:
                self._comparisons.move_to_end(key)
            return kept

    def sides(self, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader]) -> list[tuple[str, Side]]:
        """Both sides with every repeat, by their role.

        Raises:
            RagtuiError: the runs cannot be read or compared.
        """
        from ragtui.workbench import pick_sides

        return list(zip(("baseline", "candidate"), pick_sides(self.library, baseline, candidate), strict=True))

    def left_out(self, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader]) -> tuple[str, ...]:
        """Repeats left out of a comparison, as words of `--without`; until the app is left."""
        return self._without.get(_choice(baseline, candidate), ())

    def leave_out(self, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader], words: Sequence[str]) -> None:
        """Leave these repeats out of a comparison, and no others."""
        self._without[_choice(baseline, candidate)] = tuple(words)

    def causes(self, result: SideComparison) -> Causes | None:
        """Why the flagged items changed, as far as it has been looked into."""
        kept = self._causes.get(id(result))
        return kept[1] if kept is not None and kept[0] is result else None

    def find_causes(self, result: SideComparison) -> Causes:
        """Look into why the flagged items changed. Reads answers: call it from a worker.

        Raises:
            RagtuiError: a run cannot be read any more.
        """
        from ragtui.workbench.why.causes import find_causes

        found = self.causes(result) or find_causes(result)
        self._causes[id(result)] = (result, found)
        return found

    def columns(self, result: SideComparison) -> Columns | None:
        """Fields that tell the items apart, as far as they have been looked for."""
        kept = self._columns_of.get(id(result))
        return kept[1] if kept is not None and kept[0] is result else None

    def find_columns(self, result: SideComparison) -> Columns:
        """Look for fields that tell the items apart. Reads answers: call it from a worker.

        Raises:
            RagtuiError: a run cannot be read any more.
        """
        from ragtui.workbench.why.columns import columns

        found = self.columns(result) or columns(result, self.find_causes(result))
        self._columns_of[id(result)] = (result, found)
        return found

    def texts(self, result: SideComparison) -> Texts:
        """Questions and answers of a comparison, as far as they have been read; kept as long as it is."""
        found = self._texts.get(id(result))
        if found is None or found.result is not result:
            found = self._texts[id(result)] = Texts(result)
        return found


def guess_baseline(groups: Sequence[Group]) -> tuple[RunHeader, ...]:
    """The group to start from while none is chosen: called base, baseline or main, else most repeats, else oldest.

    A run that has just begun, or was interrupted, is not proposed.
    """
    candidates = [
        group
        for group in groups
        if group.headers[0].selection is None
        and not group.headers[0].rejudge_of
        and any(header.status is RunStatus.COMPLETE for header in group.headers)
    ]
    if not candidates:
        return ()

    def rank(group: Group) -> tuple[bool, int, float, str]:
        label = group.label.lower()
        named = any(word in label for word in ("baseline", "main", "prod")) or "base" in re.split(r"[^a-z]+", label)
        return (not named, -group.repeats, group.newest.timestamp() if group.newest.year > 1 else 0.0, label)

    return min(candidates, key=rank).headers


def _silent(_text: str) -> None:
    """Nobody listens yet."""


def _choice(baseline: Sequence[RunHeader], candidate: Sequence[RunHeader]) -> Hashable:
    return tuple(header.uid for header in baseline), tuple(header.uid for header in candidate)
