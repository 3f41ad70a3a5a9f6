"""What people said of answers, beside what a judge said."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping

from ragtui.model import Note, Rating
from ragtui.present.clean import one_line
from ragtui.present.numbers import number, share, shortest


def say_agreement(note: Note) -> str:
    """ "people rated 12 of these answers as well and say the same of 9 (75 %, 95 % interval 47 % to 91 %)".

    Its sizes are the ends of the interval, how much higher the judge scores, and Cohen's kappa; NaN for none.
    """
    low, high, bias, kappa = note.sizes
    same = share(note.count / note.total)
    words = (
        f"{one_line(note.side)}: people rated {note.total} of these answers as well and say the same of {note.count} "
        f"({same}, 95 % interval {share(low)} to {share(high)})"
    )
    if math.isfinite(kappa):
        words += f", Cohen's kappa {number(kappa, 2)}"
    if math.isfinite(bias) and bias:
        words += f"; theirs are {shortest(abs(bias))} {'lower' if bias > 0 else 'higher'} on average"
    return words


def say_raters(note: Note) -> str:
    """ "8 of these answers were rated by several people, who all say the same of 6 (75 %, …)".

    Its sizes are the ends of the interval, Krippendorff's alpha (NaN for none), and on how many answers as many say one
    thing as another.
    """
    low, high, alpha, tied = note.sizes
    words = (
        f"{one_line(note.side)}: several people rated {note.total} of these answers and all say the same of "
        f"{note.count} ({share(note.count / note.total)}, 95 % interval {share(low)} to {share(high)})"
    )
    if math.isfinite(alpha):
        words += f", Krippendorff's alpha {number(alpha, 2)}"
    if tied:
        words += f"; on {round(tied)} as many say one thing as another, and no judge is held against those"
    return words


def say_run_scores(scores: Mapping[str, object]) -> str:
    """ "mean_quality 0.9, verdict ship": what was scored of a run as a whole; "" for nothing."""
    said = (f"{name} {shortest(value) if isinstance(value, float) else value}" for name, value in scores.items())
    return one_line(", ".join(said))


def say_people(
    score: float | None,
    labels: tuple[str, ...],
    other: float | None,
    others: tuple[str, ...],
    ratings: tuple[Rating, ...] = (),
) -> str:
    """ "people say 2, scored 5": what people gave an item, and what the judge gave the same answers.

    Where several people differ each word is there, "people say 2 and 4, scored 5".
    """
    theirs = shortest(score) if score is not None else " or ".join(map(one_line, labels))
    if ratings:
        ordered = sorted(ratings, key=lambda one: (one.value is None, one.value or 0.0, one.label))
        each = Counter(one.label or shortest(one.value or 0.0) for one in ordered)
        theirs = " and ".join(f"{one_line(said)}{f' ×{times}' if times > 1 else ''}" for said, times in each.items())
    beside = shortest(other) if other is not None else " or ".join(map(one_line, others))
    return f"people say {theirs}" + (f", scored {beside}" if beside else "")
