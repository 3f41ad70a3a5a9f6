"""What people said of answers, beside what a judge said."""

from __future__ import annotations

from typing import cast

from ragtui.model import Note
from ragtui.present.clean import one_line
from ragtui.present.numbers import count, number, share, shortest
from ragtui.stats.labels.agreement import Agreement


def say_agreement(note: Note) -> str:
    """ "people rated 12 of these answers as well, and say the same of 9 (75 %, 95 % interval 47 % to 91 %)"."""
    found = cast(Agreement, note.why)
    words = (
        f"{one_line(note.side)}: people rated {count(found.answers, 'of these answers', 'of these answers')} as well "
        f"and say the same of {found.alike} ({share(found.alike / found.answers)}, 95 % interval {share(found.low)} to "
        f"{share(found.high)})"
    )
    if found.kappa is not None:
        words += f", Cohen's kappa {number(found.kappa, 2)}"
    if found.bias:
        words += f"; theirs are {shortest(abs(found.bias))} {'lower' if found.bias > 0 else 'higher'} on average"
    return words


def say_people(score: float | None, labels: tuple[str, ...], other: float | None, others: tuple[str, ...]) -> str:
    """ "people say 2, scored 5": what people gave an item, and what the judge gave the same answers."""
    theirs = shortest(score) if score is not None else " or ".join(map(one_line, labels))
    beside = shortest(other) if other is not None else " or ".join(map(one_line, others))
    return f"people say {theirs}" + (f", scored {beside}" if beside else "")
