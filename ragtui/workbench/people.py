"""What people said of the answers that a judge scored as well: labels to read an item by, and to judge the judge by."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ragtui.model import HUMAN, JUDGE, About, Floats, Note, Scores, category_parts, given_labels, is_human
from ragtui.stats.labels.agreement import agreement
from ragtui.workbench.sides import Side


@dataclass(frozen=True, slots=True)
class PeopleSaid:
    """One item as people rated it.

    Attributes:
        metric: what they rated, without the word that people did.
        score: the mean of what they gave over the repeats they looked at; None for labels.
        labels: the labels they gave.
        other: the mean of what the judge or the program gave to the same answers; None where it gave none.
        other_labels: its labels.
    """

    item: str
    metric: str
    score: float | None
    labels: tuple[str, ...] = ()
    other: float | None = None
    other_labels: tuple[str, ...] = ()


def rated_by_people(scores: Scores) -> tuple[str, ...]:
    """Names of what people rated, numbers and categories, in order."""
    names = (metric.label_of or metric.name for metric in scores.metrics)
    return tuple(dict.fromkeys(name for name in names if is_human(name)))


def people_said(side: Side) -> Iterator[PeopleSaid]:
    """Every item that people rated on a side."""
    scores = side.scores
    for name in rated_by_people(scores):
        plain = name.removesuffix(HUMAN)
        ruler = next(iter(_rulers(scores, plain)), "")
        if category_parts(scores, name):
            for item in scores.items:
                given = given_labels(scores, name, item)
                told = tuple(dict.fromkeys(label for label in given if label))
                beside = given_labels(scores, ruler, item) if ruler else ()
                same = tuple(dict.fromkeys(b for a, b in zip(given, beside, strict=False) if a and b))
                if told:
                    yield PeopleSaid(item, plain, None, told, None, same)
            continue
        people = scores.of(name)
        others = scores.of(ruler) if ruler in scores.column_of else np.full_like(people, np.nan)
        for row in np.flatnonzero(np.isfinite(people).any(axis=1)).tolist():
            rated = np.isfinite(people[row])
            beside_them = others[row][rated & np.isfinite(others[row])]
            other = float(beside_them.mean()) if len(beside_them) else None
            yield PeopleSaid(scores.items[row], plain, float(people[row][rated].mean()), (), other)


def agreement_notes(side: Side) -> Iterator[Note]:
    """How far each judge of a side says what people say of the same answers."""
    scores = side.scores
    for name in rated_by_people(scores):
        for ruler in _rulers(scores, name.removesuffix(HUMAN)):
            labels = bool(category_parts(scores, name))
            judge, people = (_codes(scores, each, name) if labels else scores.of(each) for each in (ruler, name))
            found = agreement(judge, people, labels=labels)
            if found is None:
                continue
            bias, kappa = (math.nan if size is None else size for size in (found.bias, found.kappa))
            sizes = (found.low, found.high, bias, kappa)
            yield Note(About.PEOPLE, side.label, ruler, found.alike, found.answers, sizes=sizes)


def _rulers(scores: Scores, plain: str) -> list[str]:
    """What measures the same without people: the plain metric, and the one of a judge on the server."""
    return [name for name in (plain, f"{plain}{JUDGE}") if name in scores.column_of or category_parts(scores, name)]


def _codes(scores: Scores, category: str, other: str) -> Floats:
    """A category's labels as numbers that mean the same in both of two categories, (items, repeats)."""
    names = sorted({_label(part.name) for one in (category, other) for part in category_parts(scores, one)})
    found = np.full((len(scores.items), len(scores.repeats)), np.nan)
    for part in category_parts(scores, category):
        found[scores.of(part.name) == 1.0] = names.index(_label(part.name))
    return found


def _label(column: str) -> str:
    return column.partition(" = ")[2]
