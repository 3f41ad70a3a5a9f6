"""Several people who rated one answer: each keeps what they said, and together they give one score.

A second rating of one answer is no repeat of a judge: people are different rulers, and what they differ in is no noise
of the pipeline. Langfuse's own pages keep one annotation a place and name, whoever gave it; ratings stand beside each
other where one person rated the trace and another its observation, where an annotation queue did, and where they were
sent through the API.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from ragtui.langfuse.api.records import ScoreRow
from ragtui.langfuse.api.shapes.rows import VERDICT_PREFIX
from ragtui.model import HUMAN, JUDGE, Rating, said_by_most

_RATERS = {"ANNOTATION": HUMAN, "REVIEW": HUMAN, "EVAL": JUDGE}
"""Sources of scores as Langfuse names them (REVIEW until v2); what programs send has the source API."""


@dataclass(frozen=True)
class Picked:
    """The scores of one answer that count.

    Attributes:
        scores: one a metric.
        ratings: what each person gave, for metrics that several people rated.
        several: metrics that were given more than once at one place by no person, with different results.
    """

    scores: Mapping[str, ScoreRow] = field(default_factory=dict)
    ratings: Mapping[str, tuple[Rating, ...]] = field(default_factory=dict)
    several: frozenset[str] = frozenset()


def metric_name(score: ScoreRow) -> str:
    """What a score measures: its name, and who gave it where that was no program (see `ragtui.model.raters`)."""
    return f"{score.name}{_RATERS.get(score.source, '')}"


def pick_scores(scores: Iterable[ScoreRow], root: str, inside: Collection[str] | None = None) -> Picked:
    """One score a metric: the newest, those on the item itself before those on spans inside it; of people together.

    Args:
        scores: of the item's trace.
        root: the item's own span.
        inside: spans whose scores are the item's, where others share its trace; None for all of the trace.
    """
    if inside is not None:
        scores = [score for score in scores if score.observation and score.observation in (root, *inside)]
    found: dict[str, ScoreRow] = {}
    people: dict[str, dict[str, ScoreRow]] = {}
    several: set[str] = set()
    for score in sorted(scores, key=lambda each: (each.observation in ("", root), each.time, each.id)):
        if score.name.startswith(VERDICT_PREFIX):
            continue
        name = metric_name(score)
        if name.endswith(HUMAN):
            # Whoever rates again corrects themselves. Without an author two ids are two ratings.
            by = score.author or score.id
            people.setdefault(name, {}).pop(by, None)
            people[name][by] = score
        elif (before := found.get(name)) is not None and before.observation == score.observation:
            several |= {name} if (before.value, before.label) != (score.value, score.label) else set()
        found[name] = score
    ratings: dict[str, tuple[Rating, ...]] = {}
    for name, given in people.items():
        own = [score for score in given.values() if score.observation in ("", root)]
        rows = sorted(own or given.values(), key=lambda score: (score.time, score.id))
        if len(rows) > 1:
            ratings[name] = tuple(Rating(row.author, row.value, row.label.strip()) for row in rows)
            found[name] = _together(rows, ratings[name])
    return Picked(found, ratings, frozenset(several))


def _together(rows: Sequence[ScoreRow], ratings: Sequence[Rating]) -> ScoreRow:
    """What people say together: the mean of numbers; of labels and of yes and no what most say, nothing on a tie."""
    newest = rows[-1]
    comments = " | ".join(dict.fromkeys(row.comment for row in rows if row.comment))
    numbers = [rating.value for rating in ratings if rating.value is not None]
    if len(numbers) == len(ratings) and newest.kind != "BOOLEAN":
        return replace(newest, value=fmean(numbers), label="", comment=comments)
    most = said_by_most(ratings)
    value, label = (most.value, most.label) if most is not None else (None, "")
    return replace(newest, value=value, label=label, comment=comments)
