"""What people said of answers, beside what a judge said."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ragtui.model import Note
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


def say_run_scores(scores: Mapping[str, object]) -> str:
    """ "mean_quality 0.9, verdict ship": what was scored of a run as a whole; "" for nothing."""
    said = (f"{name} {shortest(value) if isinstance(value, float) else value}" for name, value in scores.items())
    return one_line(", ".join(said))


def say_people(score: float | None, labels: tuple[str, ...], other: float | None, others: tuple[str, ...]) -> str:
    """ "people say 2, scored 5": what people gave an item, and what the judge gave the same answers."""
    theirs = shortest(score) if score is not None else " or ".join(map(one_line, labels))
    beside = shortest(other) if other is not None else " or ".join(map(one_line, others))
    return f"people say {theirs}" + (f", scored {beside}" if beside else "")
