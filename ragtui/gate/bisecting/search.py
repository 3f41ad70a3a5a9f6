"""Bisection when every answer is noisy.

An ordinary bisection believes every answer; here one wrong answer loses the culprit. So each step is a gate of its own,
looked at after every repeat, and the error rate of the policy is shared out: over the steps that the search can need,
and within a step over its looks (look k spends 1 / (k (k + 1)) of the step's share). A commit that truly is as good as
GOOD is called bad, or one that truly lost the margin is called good, with at most the policy's error rate over the
whole search. What cannot be decided within the budget, or cannot be compared, is skipped and said; then a range is
named instead of a commit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import GateVerdict, decide
from ragtui.gate.sequential import check_margins, settled
from ragtui.stats import look_alpha


class StepFinding(StrEnum):
    """What a step found of its commit, against GOOD."""

    BAD = "bad"
    GOOD = "good"
    UNDECIDED = "undecided"
    """The budget of repeats was used up."""
    UNUSABLE = "unusable"
    """It did not run, is incomplete or not comparable."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: its full id and the first line of its message."""

    id: str
    subject: str = ""

    @property
    def short(self) -> str:
        """As people write it."""
        return self.id[:10]


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One commit looked at.

    Attributes:
        repeats: of the commit and of GOOD when it was decided; (0, 0) when it never ran.
        verdict: the last look's; None when there was nothing to look at.
        why: what was wrong with it, where it is unusable.
    """

    commit: Commit
    answer: StepFinding
    repeats: tuple[int, int]
    verdict: GateVerdict | None
    case: Case | None
    why: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Search:
    """Where a search ended.

    Attributes:
        first_bad: the culprit; None when it could not be narrowed down to one, or BAD is not worse.
        suspects: commits that may be the culprit, oldest first; the culprit alone when it was found.
        alpha: error rate each step could spend.
    """

    first_bad: Commit | None
    suspects: tuple[Commit, ...]
    steps: tuple[Step, ...]
    alpha: float


class Measure(Protocol):
    """Makes the runs of a commit and compares them with those of GOOD."""

    def __call__(self, commit: Commit, look: int) -> Case:
        """The case at a look; both sides have one more repeat at each.

        Raises:
            RagtuiError: the commit cannot be run.
        """


def search(
    commits: Sequence[Commit],
    measure: Measure,
    policy: Policy,
    budget: int,
    tell: Callable[[Step], None] = lambda step: None,
) -> Search:
    """The first bad commit of a range.

    Args:
        commits: after GOOD up to and with BAD, oldest first.
        measure: makes one more repeat and compares.
        policy: what "worse" means; every gated metric needs a margin.
        budget: most further repeats a step may make.
        tell: told of every step when it is decided.

    Raises:
        UsageError: a gated metric has no margin.
    """
    alpha = policy.alpha / most_steps(len(commits))
    steps: list[Step] = []

    def ask(place: int) -> StepFinding:
        steps.append(_step(commits[place], measure, policy, alpha, budget))
        tell(steps[-1])
        return steps[-1].answer

    if ask(len(commits) - 1) is not StepFinding.BAD:
        return Search(None, tuple(commits), tuple(steps), alpha)
    good, bad, skipped = -1, len(commits) - 1, set[int]()
    while (place := _middle(good, bad, skipped)) is not None:
        answer = ask(place)
        if answer is StepFinding.BAD:
            bad = place
        elif answer is StepFinding.GOOD:
            good = place
        else:
            skipped.add(place)
    suspects = tuple(commits[good + 1 : bad + 1])
    return Search(suspects[0] if len(suspects) == 1 else None, suspects, tuple(steps), alpha)


def most_steps(commits: int) -> int:
    """How many steps a search over so many commits needs when none is skipped: BAD itself, then halves."""
    return 1 + math.ceil(math.log2(max(1, commits)))


def _middle(good: int, bad: int, skipped: set[int]) -> int | None:
    """The place nearest to the middle that was not skipped; None when nothing is left to ask."""
    open_places = [place for place in range(good + 1, bad) if place not in skipped]
    return min(open_places, key=lambda place: abs(2 * place - good - bad), default=None)


def _step(commit: Commit, measure: Measure, policy: Policy, alpha: float, budget: int) -> Step:
    from ragtui.errors import RagtuiError

    repeats, verdict, case = (0, 0), None, None
    for look in range(1, budget + 2):
        try:
            case = measure(commit, look)
        except RagtuiError as error:
            return Step(commit, StepFinding.UNUSABLE, repeats, verdict, case, error.message)
        check_margins(case, policy, "bisect")
        repeats = (case.candidate.repeats, case.baseline.repeats)
        verdict = decide(case, policy, alpha=look_alpha(look, alpha), sequential=True)
        if verdict.exit is Exit.REGRESSION:
            return Step(commit, StepFinding.BAD, repeats, verdict, case)
        if verdict.exit not in (Exit.OK, Exit.CANNOT_TELL):
            why = "; ".join(finding.sentence for finding in verdict.deciding)
            return Step(commit, StepFinding.UNUSABLE, repeats, verdict, case, why)
        if settled(verdict):
            return Step(commit, StepFinding.GOOD, repeats, verdict, case)
    return Step(commit, StepFinding.UNDECIDED, repeats, verdict, case)
