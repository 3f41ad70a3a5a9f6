"""Simulated searches for the first bad commit, with known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from bench.calibration_population import Items, draw_items, draw_scores, worsened
from gate_cases import side_from

from ragtui.gate.bisecting.search import Commit, StepFinding, search
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.model import Floats, Kind
from ragtui.stats.means.claim import Mode

ITEMS, COMMITS, MARGIN, BUDGET, FIRST = 40, 16, 0.10, 6, 2
POLICY = Policy(mode=Mode.NON_INFERIORITY, margin=MARGIN)


@dataclass(frozen=True)
class Row:
    """Searches of one kind.

    Attributes:
        planted: whether some commit made one item in ten worse by two levels.
        found: the culprit was named.
        wrong: another commit was named, the culprit was not among the suspects, or one was named where nothing is.
        ranges: a range that holds the culprit was named.
        repeats: item-repeats of all commits, in repeats of the suite, a search.
    """

    planted: bool
    searches: int
    found: int
    wrong: int
    ranges: int
    repeats: float
    steps: float


class History:
    """Commits whose scores are drawn when they are asked for."""

    def __init__(self, culprit: int | None, rng: np.random.Generator, drop: str = "large") -> None:
        self._rng, self._culprit = rng, culprit
        self._good: Items = draw_items(Kind.ORDINAL, ITEMS, rng)
        self._bad, _ = worsened(self._good, drop, rng)
        self._drawn: dict[int, Floats] = {}

    def __call__(self, commit: Commit, look: int) -> Case:
        place = int(commit.id)
        worse = self._culprit is not None and place >= self._culprit
        x, y = (self._runs(key, items, FIRST + look - 1) for key, items in
                ((-1, self._good), (place, self._bad if worse else self._good)))  # fmt: skip
        result = compare_by_policy(POLICY, side_from({"q": x}, name="good"), side_from({"q": y}, name="there"))
        return case_of(result, POLICY)

    def _runs(self, key: int, items: Items, count: int) -> Floats:
        have = self._drawn.get(key, np.empty((ITEMS, 0)))
        if have.shape[1] < count:
            have = np.hstack([have, draw_scores(items, count - have.shape[1], self._rng)])
            self._drawn[key] = have
        return have[:, :count]

    @property
    def repeats(self) -> int:
        """Made so far, of all commits."""
        return sum(drawn.shape[1] for drawn in self._drawn.values())


def simulate(searches: int, seed: int = 4711) -> list[Row]:
    """One row with a culprit, one without."""
    return [_row(planted, searches, np.random.default_rng(seed + planted)) for planted in (True, False)]


def _row(planted: bool, searches: int, rng: np.random.Generator) -> Row:
    found = wrong = ranges = repeats = steps = 0
    for _ in range(searches):
        culprit = int(rng.integers(COMMITS)) if planted else None
        history = History(culprit, rng)
        ended = search([Commit(str(place)) for place in range(COMMITS)], history, POLICY, BUDGET)
        named = {int(commit.id) for commit in ended.suspects}
        repeats, steps = repeats + history.repeats, steps + len(ended.steps)
        called_bad = any(step.answer is StepFinding.BAD for step in ended.steps)
        if culprit is None:
            wrong += called_bad
        elif ended.first_bad is not None and int(ended.first_bad.id) == culprit:
            found += 1
        elif culprit in named:
            ranges += 1
        else:
            wrong += 1
    return Row(planted, searches, found, wrong, ranges, repeats / searches, steps / searches)
