"""What people said of the answers that a judge scored as well: labels to read an item by, and to judge the judge by."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ragtui.model import (
    HUMAN,
    JUDGE,
    About,
    Floats,
    Note,
    Rating,
    Scores,
    State,
    category_parts,
    given_labels,
    is_human,
    said_by_most,
)
from ragtui.stats.labels.agreement import agreement, among_raters
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
        ratings: what each of several people gave, where they gave different things.
    """

    item: str
    metric: str
    score: float | None
    labels: tuple[str, ...] = ()
    other: float | None = None
    other_labels: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()


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
        several: dict[str, tuple[Rating, ...]] = {}
        for (row, _), ratings in _ratings(side, name).items():
            if len({(one.value, one.label) for one in ratings}) > 1:
                several[scores.items[row]] = (*several.get(scores.items[row], ()), *ratings)
        if category_parts(scores, name):
            for item in scores.items:
                given = given_labels(scores, name, item)
                told = tuple(dict.fromkeys(label for label in given if label))
                beside = given_labels(scores, ruler, item) if ruler else ()
                same = tuple(
                    dict.fromkeys(b for a, b in zip(given, beside, strict=False) if b and (a or item in several))
                )
                if told or item in several:
                    yield PeopleSaid(item, plain, None, told, None, same, several.get(item, ()))
            continue
        people = scores.of(name)
        others = scores.of(ruler) if ruler in scores.column_of else np.full_like(people, np.nan)
        for row, item in enumerate(scores.items):
            rated = np.isfinite(people[row])
            if not rated.any() and item not in several:
                continue
            beside_them = others[row][rated & np.isfinite(others[row])]
            other = float(beside_them.mean()) if len(beside_them) else None
            score = float(people[row][rated].mean()) if rated.any() else None
            yield PeopleSaid(item, plain, score, (), other, ratings=several.get(item, ()))


def agreement_notes(side: Side) -> Iterator[Note]:
    """How far each judge of a side says what people say of the same answers, and people what other people say."""
    scores = side.scores
    for name in rated_by_people(scores):
        yield from _among_people(side, name)
        for ruler in _rulers(scores, name.removesuffix(HUMAN)):
            labels = bool(category_parts(scores, name))
            judge, people = (_codes(scores, each, name) if labels else scores.of(each) for each in (ruler, name))
            found = agreement(judge, _undisputed(people, _ratings(side, name)), labels=labels)
            if found is None:
                continue
            bias, kappa = (math.nan if size is None else size for size in (found.bias, found.kappa))
            sizes = (found.low, found.high, bias, kappa)
            yield Note(About.PEOPLE, side.label, ruler, found.alike, found.answers, sizes=sizes)


def _ratings(side: Side, name: str) -> dict[tuple[int, int], tuple[Rating, ...]]:
    """What each of several people gave, by row and repeat. Only what they rated is looked up: they rate a sample."""
    scores = side.scores
    column = next((part.name for part in category_parts(scores, name)), name)
    found: dict[tuple[int, int], tuple[Rating, ...]] = {}
    for row, layer in np.argwhere(np.isin(scores.states_of(column), (State.SCORED, State.METRIC_ERROR))).tolist():
        result = side.result(scores.items[row], scores.repeats[layer])
        said = result.judgements.get(name) if result is not None else None
        if said is not None and len(said.ratings) > 1:
            found[row, layer] = said.ratings
    return found


def _among_people(side: Side, name: str) -> Iterator[Note]:
    """How far people agree among themselves on the answers that several of them rated."""
    places = _ratings(side, name)
    given = list(places.values())
    labels = sorted({one.label for ratings in given for one in ratings if one.value is None})
    codes = [
        np.array([float(labels.index(one.label)) if one.value is None else one.value for one in ratings])
        for ratings in given
    ]
    found = among_raters(codes, labels=bool(labels))
    if found is not None:
        people = side.scores.of(next((part.name for part in category_parts(side.scores, name)), name))
        held = _undisputed(people, places) is not people
        tied = sum(said_by_most(ratings) is None for ratings in given) if held else 0
        sizes = (found.low, found.high, math.nan if found.alpha is None else found.alpha, float(tied))
        yield Note(About.RATERS, side.label, name, found.alike, found.answers, sizes=sizes)


def _undisputed(people: Floats, ratings: Mapping[tuple[int, int], tuple[Rating, ...]]) -> Floats:
    """People's scores where they are of one mind, or most of them: between 2 and 4 a judge's 3 is no agreement.

    As they are, means and all, where that would leave nothing: on fine scales two people hardly ever say the same.
    """
    clear = people.copy()
    for place, given in ratings.items():
        most = said_by_most(given)
        clear[place] = np.nan if most is None else people[place] if most.value is None else most.value
    return clear if np.isfinite(clear).any() else people


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
