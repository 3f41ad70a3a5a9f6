"""What a reader must know before trusting a number, as a value. The words are in `ragtui.present.sentences.notes`."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Weight(IntEnum):
    """How much of a view a note deserves."""

    DETAIL = 0
    """For those who ask: a key in the app, `--all` on the command line."""
    REMARK = 1
    """Read before a number is used."""
    DOUBT = 2
    """Changes what may be believed of a number."""
    BLOCKER = 3
    """The sides are not two measurements of one thing: nothing may be concluded."""


class About(StrEnum):
    """What a note is about; the statistics' own topics first, then those of the sides."""

    NO_SCORE = "no score"
    NO_COMMON_SCORE = "no common score"
    CONSTANT = "constant"
    IDENTICAL = "identical"
    NO_REPEATS = "no repeats"
    BORROWED = "borrowed"
    FEW_REPEATS = "few repeats"
    PROFILE = "profile"
    DRIFT = "drift"
    DRIFT_UNKNOWN = "drift unknown"
    SPARSE_REPEATS = "sparse repeats"
    NO_COMMON_ITEMS = "no common items"
    ONLY_HERE = "only here"
    LEFT_OUT = "left out"
    JUDGINGS = "judgings"
    REFUSED = "refused"
    FAILED_ITEMS = "failed items"
    GUESSED_DIRECTIONS = "guessed directions"
    UNKNOWN_DIRECTIONS = "unknown directions"
    COPY_OF_BASELINE = "copy of baseline"
    ORIGIN = "origin"
    MIXED = "mixed configurations"
    REPEATS = "repeats"
    CHOSEN_ITEMS = "chosen items"
    COPIES = "copies"
    OPPOSITE = "opposite"
    PROBLEM = "problem"
    MORE_PROBLEMS = "more problems"
    PROFILE_REFUSED = "profile refused"
    OTHER_DATASET = "other dataset"
    OTHER_VERSION = "other version"
    OTHER_JUDGE = "other judge"
    MIXED_SIDE = "mixed side"
    OTHER_QUESTIONS = "other questions"
    SOME_OTHER_QUESTIONS = "some other questions"
    EDITED_ITEMS = "edited items"
    SOME_EDITED_ITEMS = "some edited items"
    OTHER_MOMENT = "other moment"
    MATCHED_BY_INPUT = "matched by input"
    AS_OF = "as of"
    ONE_SIDED = "one-sided metric"
    UNSCORED = "unscored"
    WILD_REPEAT = "wild repeat"
    WITHOUT = "without"
    APART_IN_TIME = "apart in time"
    ONE_SHIFT = "one shift"
    TELLING_GAP = "telling gap"
    FAR_LEVEL = "far level"
    UNORDERED_LABELS = "unordered labels"
    PEOPLE = "people"
    RATERS = "raters"
    RUN_SCORES = "scores of runs"
    LISTED = "listed items"
    NO_ROOM = "no room"


_DOUBTS = frozenset(
    {
        About.NO_REPEATS,
        About.FEW_REPEATS,
        About.NO_COMMON_ITEMS,
        About.COPY_OF_BASELINE,
        About.MIXED,
        About.REPEATS,
        About.UNKNOWN_DIRECTIONS,
        About.ORIGIN,
        About.SOME_OTHER_QUESTIONS,
        About.SOME_EDITED_ITEMS,
        About.MATCHED_BY_INPUT,
        About.WILD_REPEAT,
        About.ONE_SHIFT,
        About.TELLING_GAP,
        About.NO_ROOM,
    }
)
_BLOCKERS = frozenset(
    {
        About.OTHER_DATASET,
        About.OTHER_VERSION,
        About.OTHER_JUDGE,
        About.MIXED_SIDE,
        About.OTHER_QUESTIONS,
        About.EDITED_ITEMS,
    }
)
_DETAILS = frozenset({About.DRIFT, About.CONSTANT, About.PROFILE})


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know.

    Attributes:
        about: the topic.
        side: "baseline", "candidate" or a side's label; "" for the whole comparison.
        metric: the metric it is about; "" for all.
        count: how many.
        total: of how many, or how many are needed.
        names: what it names, in order.
        detail: a reason that was worded where it arose, such as a reader's message.
        sizes: numbers it names, in the order its sentence has them.
        why: a reason that is a value of its own, such as `ragtui.stats.refusal.Refusal`.
    """

    about: About
    side: str = ""
    metric: str = ""
    count: int = 0
    total: int = 0
    names: tuple[str, ...] = ()
    detail: str = ""
    sizes: tuple[float, ...] = ()
    why: Hashable | None = None

    @property
    def weight(self) -> Weight:
        """How much of a view it deserves."""
        if self.about in _BLOCKERS:
            return Weight.BLOCKER
        if self.about in _DOUBTS:
            return Weight.DOUBT
        return Weight.DETAIL if self.about in _DETAILS else Weight.REMARK
