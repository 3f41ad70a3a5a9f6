"""What a report says, before it has a form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ragtui.model import About, Note
from ragtui.present.clean import one_line
from ragtui.present.confirming import standings
from ragtui.present.explain import explain_cell
from ragtui.present.numbers import count
from ragtui.present.order import cell_at, ranked_places
from ragtui.present.sentences.causes import say_cause
from ragtui.present.sentences.settings import SettingChange
from ragtui.present.sentences.upshot import upshot
from ragtui.present.signs import Sign
from ragtui.present.verdicts import VERDICTS, verdict_sign
from ragtui.stats import NOISE_UNKNOWN, PROVEN, Comparison, MetricComparison, Verdict
from ragtui.stats.doubts.oddities import rows_moved_alike
from ragtui.stats.why.causes import Causes

MOST_LINES = 40
"""Cells of one verdict that a report lists unasked."""
_MOST_SETTLED = 1_000
"""Unproven cells for each of which it is worked out how many runs would settle it; that takes milliseconds a cell."""


@dataclass(frozen=True, eq=False)
class Subject:
    """A comparison and the words around it.

    Attributes:
        comparison: the statistics.
        label_a, label_b: names of baseline and candidate.
        dataset: name and version, as shown.
        evidence: where noise was learned beside the two sides; "" for nowhere else.
        notes: what is to be known before a number is trusted.
        blockers: why nothing may be concluded.
        item_notes: what a person wrote, by item.
        question: text of an item's question.
        origin: "constructed" or "simulated" where a side is not a measurement.
        causes: why the flagged items changed, where that was looked up.
        fresh: the targeted repeats of both sides, which alone confirm what chose them.
        runs_a, runs_b: names of the runs behind each side.
        changes: settings that differ between the two configurations.
        whole: what the sentence to paste is about, where only some items are listed.
    """

    comparison: Comparison
    label_a: str
    label_b: str
    dataset: str
    question: Callable[[str], str]
    evidence: str = ""
    notes: tuple[Note, ...] = ()
    blockers: tuple[Note, ...] = ()
    item_notes: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    fresh: Comparison | None = None
    runs_a: tuple[str, ...] = ()
    runs_b: tuple[str, ...] = ()
    causes: Causes | None = None
    changes: tuple[SettingChange, ...] = ()
    whole: Comparison | None = None

    def pooled(self) -> list[str]:
        """Which runs are taken together, side by side; nothing where a side is one run."""
        sides = (("baseline", self.runs_a), ("candidate", self.runs_b))
        return [f"{side} pools {', '.join(map(one_line, runs))}" for side, runs in sides if len(runs) > 1]

    @cached_property
    def rows(self) -> list[int]:
        """Rows that are listed: all, or where the comparison was narrowed to some items, those of them."""
        rows = range(len(self.comparison.items))
        if not any(note.about is About.LISTED for note in self.notes) or not self.comparison.metrics:
            return list(rows)
        absent = np.stack([entry.cells.verdict == Verdict.ABSENT for entry in self.comparison.metrics])
        return [row for row in rows if not absent[:, row].all()]

    @property
    def upshot(self) -> str:
        """The sentence to paste."""
        return one_line(upshot(self.whole or self.comparison, self.causes, self.blockers))

    @cached_property
    def standings(self) -> dict[tuple[str, str], str]:
        """(item, metric) to what its fresh repeats make of it."""
        return {} if self.fresh is None else standings(self.comparison, self.fresh)


class BorrowedBand(NamedTuple):
    """A band from noise that others measured: half-width, the delta in such bands, the data sets it is from."""

    band: float
    ratio: float
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellLine:
    """One cell, ready to be written."""

    item: str
    metric: str
    verdict: Verdict
    sign: Sign
    mean_a: float
    mean_b: float
    n_a: int
    n_b: int
    delta: float
    band: float
    ratio: float
    p_noise: float
    question: str
    explanation: str
    standing: str = ""
    fresh: str = ""
    """The sentence about the fresh repeats; "" without any."""
    note: str = ""
    """What a person wrote on the item."""
    why: str = ""
    """The cause of the change in a sentence; "" where none was looked for."""
    borrowed: BorrowedBand | None = None
    """Where nothing was repeated."""


def cell_line(subject: Subject, entry: MetricComparison, row: int, *, settling: bool = True) -> CellLine:
    """One cell with its sentence; see `explain_cell` about `settling`."""
    cells, item = entry.cells, subject.comparison.items[row]
    verdict = Verdict(int(cells.verdict[row]))
    delta = float(cells.delta[row])
    return CellLine(
        item=item,
        metric=entry.metric.name,
        verdict=verdict,
        sign=verdict_sign(verdict, delta, higher_is_better=entry.metric.higher_is_better),
        mean_a=float(cells.mean_a[row]),
        mean_b=float(cells.mean_b[row]),
        n_a=int(cells.n_a[row]),
        n_b=int(cells.n_b[row]),
        delta=delta,
        band=float(cells.band[row]),
        ratio=float(cells.ratio[row]),
        p_noise=float(cells.p_noise[row]),
        borrowed=_borrowed(entry, row),
        question=one_line(subject.question(item)),
        explanation=explain_cell(subject.comparison, entry.metric.name, item, settling=settling),
        standing=(standing := subject.standings.get((item, entry.metric.name), "")),
        fresh=_fresh_sentence(subject, entry.metric.name, item) if standing else "",
        note=one_line(subject.item_notes.get(item, "")),
        why=_why(subject, item, entry.metric.name),
    )


def _borrowed(entry: MetricComparison, row: int) -> BorrowedBand | None:
    lent = entry.cells.borrowed
    if lent is None or not np.isfinite(lent.ratio[row]):
        return None
    return BorrowedBand(float(lent.band[row]), float(lent.ratio[row]), lent.names)


def few_unproven(comparison: Comparison) -> bool:
    """Whether unproven cells are few enough to say of each how many runs would settle it."""
    return sum(entry.cells.count(Verdict.UNPROVEN) for entry in comparison.quality) <= _MOST_SETTLED


def _why(subject: Subject, item: str, metric: str) -> str:
    cell = None if subject.causes is None else subject.causes.cells.get((item, metric))
    return "" if cell is None else one_line(say_cause(cell))


def _fresh_sentence(subject: Subject, metric: str, item: str) -> str:
    """What the fresh repeats say, without naming the place once more."""
    assert subject.fresh is not None
    return explain_cell(subject.fresh, metric, item).removeprefix(f"{item} · {metric}").lstrip(" :")


def cell_lines(subject: Subject, *verdicts: Verdict) -> Iterator[CellLine]:
    """Cells of the quality metrics with one of these verdicts, in the order of cells."""
    places, found = _in_order(subject.comparison)
    for place in places[np.isin(found, verdicts)]:
        yield cell_line(subject, *cell_at(subject.comparison, place))


def _in_order(comparison: Comparison) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """The place and the verdict of every cell of the quality metrics, in the order of cells."""
    places = ranked_places(comparison)
    verdicts = [entry.cells.verdict for entry in comparison.quality] or [np.zeros(0, np.uint8)]
    return places, np.concatenate(verdicts)[places]


@dataclass(frozen=True, slots=True)
class Section:
    """The cells of one verdict.

    Attributes:
        title: in lower case.
        lines: the cells that are listed.
        total: how many there are.
        always: whether a report lists them unasked.
    """

    title: str
    lines: tuple[CellLine, ...]
    total: int
    always: bool


def sections(subject: Subject, *, every: bool = False, shorten: bool = False) -> Iterator[Section]:
    """The cells by verdict, worst first; empty sections are left out.

    Args:
        subject: what was compared.
        every: list every cell, not only those a person should look at.
        shorten: list only the first `MOST_LINES` of a verdict, or as many as it allows.
    """
    places, verdicts = _in_order(subject.comparison)
    settling = few_unproven(subject.comparison) or not every
    alike = {} if every else _alike(subject.comparison)
    for verdict, shown in VERDICTS.items():
        found = places[verdicts == verdict]
        if len(found) and (every or shown.always):
            most = MOST_LINES if shown.most is None else shown.most
            told, title = _one_for_all(found, alike)
            listed = told[:most] if shorten and not every else told
            lines = tuple(
                cell_line(subject, *cell_at(subject.comparison, place), settling=settling) for place in listed
            )
            yield Section(shown.section + title, lines, len(found), shown.always)


def _alike(comparison: Comparison) -> dict[str, NDArray[np.int64]]:
    """Places of the cells that one shift of their metric explains, by metric: a judge or a scale changed."""
    found = {}
    for number, entry in enumerate(comparison.quality):
        if len(rows := rows_moved_alike(entry)):
            found[entry.metric.name] = rows + number * len(comparison.items)
    return found


def _one_for_all(found: NDArray[np.int64], alike: Mapping[str, NDArray[np.int64]]) -> tuple[NDArray[np.int64], str]:
    """Places without all but the first of those that moved alike, and how many that are, in words."""
    title = ""
    for metric, places in alike.items():
        here = np.flatnonzero(np.isin(found, places))
        if len(here) > 1:
            found = np.delete(found, here[1:])
            title += f", {len(here)} of {one_line(metric)} moved alike"
    return found, title


def headline(comparison: Comparison) -> str:
    """How many cells are proven and how far to trust that, how many are open, and what chance alone does."""
    quality = comparison.quality
    proven = sum(entry.cells.count(*PROVEN) for entry in quality)
    unproven = sum(entry.cells.count(Verdict.UNPROVEN) for entry in quality)
    unknown = sum(entry.cells.count(*NOISE_UNKNOWN) for entry in quality)
    failed = sum(entry.cells.count(Verdict.ERROR) for entry in quality)
    parts = [f"{count(proven, 'cell')} proven{_trust(comparison.expected_false()) if proven else ''}"]
    parts.append(f"{unproven} unproven")
    if unknown:
        lent = sum(entry.cells.count(Verdict.BORROWED) for entry in quality)
        parts.append(f"{unknown} with noise unknown{f' ({lent} outside a borrowed band)' if lent else ''}")
    if failed:
        parts.append(f"{failed} failed")
    if known := sum(_compared(entry) for entry in quality if entry.cells.source != "none"):
        by_chance = round(comparison.settings.alpha * known)
        parts[1] += f" (chance alone: up to {by_chance} of {known})"
    return ", ".join(parts)


def _compared(entry: MetricComparison) -> int:
    return entry.cells.count(*(verdict for verdict in Verdict if verdict.compared))


def _trust(false: float) -> str:
    """How many of the proven cells to expect to be noise, in words; the number is in the JSON form."""
    if false < 0.5:
        return " (most likely none of them by chance)"
    return f" (about {round(false)} of them may be chance)"
