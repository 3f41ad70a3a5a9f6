"""`ragtui.compare`: the comparison of the app and of `ragtui compare`, from Python."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from numbers import Number
from os import PathLike, fspath
from typing import Any

from ragtui.api import asked
from ragtui.api.data import ByPlace, DataSource, is_data, rows_of
from ragtui.api.runs import Run
from ragtui.errors import UsageError
from ragtui.model import RunHeader
from ragtui.present.numbers import count, number
from ragtui.present.report import Subject, as_json, as_markdown, as_text
from ragtui.present.report.content import cell_line
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.sources import RunSource
from ragtui.stats import MetricComparison, Settings
from ragtui.workbench import (
    Asked,
    Library,
    SideComparison,
    comparison,
    open_library,
    pick_sides,
    runs_meant,
)
from ragtui.workbench.reporting import subject_of
from ragtui.workbench.why.causes import find_causes

_TAKEN = "Give a run, a path, an array of items x repeats, a list of dicts or a data frame."


@dataclass(frozen=True, slots=True)
class ComparedCell:
    """One item on one metric.

    Attributes:
        item, metric: what was compared.
        verdict: "improved", "regressed", "unproven" and so on, as `ragtui compare --format json` writes it.
        baseline, candidate: means over the repeats, in score units; None without a score.
        delta: candidate minus baseline; None without both.
        band: half width of the noise band in score units; None where the noise is unknown.
        p_noise: chance that the item did not change, 0 to 1; None where the noise is unknown.
        n_baseline, n_candidate: repeats with a score.
        explanation: the verdict in one sentence.
    """

    item: str
    metric: str
    verdict: str
    baseline: float | None
    candidate: float | None
    delta: float | None
    band: float | None
    p_noise: float | None
    n_baseline: int
    n_candidate: int
    explanation: str


@dataclass(frozen=True, slots=True)
class ComparedMetric:
    """The means of one metric over the items both sides have.

    Attributes:
        name: of the metric.
        outcome: "improved", "regressed", "no change shown" and so on; "" where nothing can be compared.
        baseline, candidate, delta: means and their difference, in score units.
        low, high: bounds of the 95 % interval of the delta; None where the noise is unknown.
        items: items that count.
        refused: why the metric cannot be compared; "" when it can.
    """

    name: str
    outcome: str
    baseline: float | None
    candidate: float | None
    delta: float | None
    low: float | None
    high: float | None
    items: int
    refused: str


class Compared:
    """What `compare` found.

    Attributes:
        cells: every item on every metric.
        metrics: every metric.
        notes: what is to be known before a number is trusted.
        blockers: why nothing may be concluded; empty when the sides are comparable.
        comparison: the statistics underneath.
    """

    def __init__(self, result: SideComparison) -> None:
        self._subject: Subject = subject_of(result, causes=find_causes(result))
        self.comparison = result.comparison
        self.cells = tuple(self._cells())
        self.metrics = tuple(_metric(entry) for entry in result.comparison.metrics)
        self.notes = tuple(say_notes(self._subject.notes))
        self.blockers = tuple(say_notes(self._subject.blockers))

    def to_dicts(self) -> list[dict[str, Any]]:
        """The cells as dicts; what a data frame takes."""
        return [asdict(cell) for cell in self.cells]

    def to_markdown(self) -> str:
        """The report of `ragtui compare --format markdown`."""
        return as_markdown(self._subject)

    def to_json(self) -> str:
        """The report of `ragtui compare --format json`."""
        return as_json(self._subject)

    def __str__(self) -> str:
        return as_text(self._subject)

    def __repr__(self) -> str:
        return f"<ragtui comparison of {self._subject.label_a} and {self._subject.label_b}: {len(self.cells)} cells>"

    def _repr_html_(self) -> str:
        """A table of the metrics and one of what changed, for notebooks; untrusted text is escaped."""
        sides = f"{self._subject.label_a} ⇄ {self._subject.label_b}"
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in (*self.blockers, *self.notes))
        heads = ("metric", "baseline", "candidate", "delta", "95 % interval", "outcome")
        rows = [
            (m.name, number(m.baseline), number(m.candidate), number(m.delta),
             "noise unknown" if m.low is None else f"{number(m.low)} … {number(m.high)}", m.refused or m.outcome)
            for m in self.metrics
        ]  # fmt: skip
        changed = [cell for cell in self.cells if cell.verdict in ("regressed", "improved", "error")]
        cells = [(cell.item, cell.metric, cell.verdict, cell.explanation) for cell in changed]
        return (
            f"<h4>{html.escape(sides)}</h4>{notes}{_table(heads, rows)}"
            f"{_table(('item', 'metric', 'verdict', 'why'), cells) if cells else ''}"
        )

    def _cells(self) -> list[ComparedCell]:
        found = []
        for entry in self.comparison.metrics:
            for row in range(len(self.comparison.items)):
                line = cell_line(self._subject, entry, row)
                found.append(
                    ComparedCell(
                        item=self.comparison.items[row],
                        metric=entry.metric.name,
                        verdict=line.verdict.name.lower(),
                        baseline=_number(line.mean_a),
                        candidate=_number(line.mean_b),
                        delta=_number(line.delta),
                        band=_number(line.band),
                        p_noise=_number(line.p_noise),
                        n_baseline=line.n_a,
                        n_candidate=line.n_b,
                        explanation=line.explanation,
                    )
                )
        return found


def compare(
    baseline: Any,
    candidate: Any,
    *,
    names: Sequence[str] = ("baseline", "candidate"),
    columns: Mapping[str, Any] | None = None,
    higher_is_better: str | Sequence[str] = (),
    lower_is_better: str | Sequence[str] = (),
    scales: Mapping[str, tuple[float, float]] | None = None,
    margins: Mapping[str, float] | None = None,
    estimand: str = "suite",
    noise: Any = None,
    within: str | PathLike[str] | Sequence[str | PathLike[str]] = (),
    pool: bool = False,
    repeats_are_fresh: bool = False,
    borrow: bool = True,
) -> Compared:
    """Compare a baseline with a candidate, item by item: what `ragtui compare` does, to the digit.

    Args:
        baseline, candidate: each one of
            - a run of `open_runs`, or several of one configuration (they are pooled as repeats);
            - a path or several; with `within` also names of runs;
            - an array (items,) or (items, repeats) of scores, NaN where one is missing, or a mapping of metric to
              such arrays; rows are items in order, so both sides must have the same;
            - a mapping of item id to its score, to its scores by metric, or to its repeats where the keys look like
              ids ("q1", "case-07");
            - a list of dicts with an item id and scores: {"item": "018", "repeat": 1, "faithfulness": 5}, or the
              scores under "scores";
            - a data frame with such columns: pandas (its index too, where it has names or holds words), polars,
              pyarrow, or what speaks `__arrow_c_stream__`; a series of one column.
        names: what data in memory is called.
        columns: what the columns of dicts and data frames mean, where the names do not say: {"item": "question_id",
            "repeat": "seed"}; the others are guessed, as with --columns. See `ragtui help files`.
        higher_is_better, lower_is_better: metrics for which you say which way is better; else the files or their
            names do.
        scales: lowest and highest score by metric, in score units.
        margins: smallest difference that matters by metric, in score units; then "not worse" can be shown.
        estimand: "suite": did these items change; "population": would new items like these agree.
        noise: further repeats of one configuration, in any of the forms above, that tell how noisy items are; never
            averaged into a side.
        within: places whose runs may be called by name, and whose other repeats tell noise.
        pool: pool runs of several configurations as if they were repeats, of a side or of `noise`.
        repeats_are_fresh: vouch that repeats which never vary were run again.
        borrow: without repeats, tell deltas larger than measured noise of others ("borrowed"); nothing is proven by it.

    Raises:
        UsageError: a word means no run or several configurations, a shape or column does not fit, a margin is of no
            metric, or a name or role is unknown.
        InputError: a file cannot be read.
        NotComparable: the sides have no item in common.

    Example:
        >>> import ragtui
        >>> result = ragtui.compare([[5, 5, 4], [4, 4, 4]], [[5, 5, 4], [1, 1, 1]], scales={"score": (1, 5)})
        >>> [(cell.item, cell.delta) for cell in result.cells]
        [('1', 0.0), ('2', -3.0)]
    """
    if isinstance(names, str) or len(names) != 2:
        raise UsageError(f"names: {names!r}", 'Give two, of the baseline and of the candidate: ("old", "new").')
    places = [within] if isinstance(within, str | PathLike) else within
    gathered = _Gathered(columns, [fspath(place) for place in places])
    first = gathered.add(baseline, names[0])
    second = gathered.add(candidate, names[1])
    gathered.check_places()
    third = None if noise is None else gathered.add(noise, "noise")
    library = gathered.library()
    a, b = pick_sides(library, gathered.headers(library, first, pool), gathered.headers(library, second, pool))
    a, b = asked.defined((a, b), higher_is_better, lower_is_better, scales or {})
    noise_runs = () if third is None else [header.uid for header in gathered.headers(library, third, pool)]
    settings = Settings(
        estimand=asked.estimand(estimand),
        margins=asked.margins(margins or {}, (a, b)),
        repeats_are_fresh=repeats_are_fresh,
        borrow=borrow,
    )
    return Compared(comparison(library, a, b, Asked(settings, noise_runs, pool=pool)))


class _Gathered:
    """Sides of any form, over one library."""

    def __init__(self, columns: Mapping[str, Any] | None, places: Sequence[str]) -> None:
        self._roles, self._columns = asked.roles(columns)
        self._places = list(places)
        self._within = bool(places)
        self._sources: dict[str, RunSource] = {}
        self._by_place: list[tuple[str, int]] = []

    def add(self, value: Any, name: str) -> list[str | RunHeader | RunSource]:
        """Take one side; what it means is found when all of them are known."""
        if not isinstance(value, Run) and is_data(value):
            rows = rows_of(value, name)
            if isinstance(rows, ByPlace):
                self._by_place.append((name, rows.items))
            source = DataSource(rows, name, self._columns, self._roles)
            self._sources[source.key] = source
            return [source]
        if isinstance(value, Set) or not isinstance(value, str | PathLike | Run | Iterable):  # a set has no order
            raise UsageError(f"{name}: cannot compare a {type(value).__name__}", _TAKEN)
        parts = [value] if isinstance(value, str | PathLike | Run) else list(value)
        if not parts or isinstance(parts[0], Mapping | Number):  # what a generator gave
            return self.add(parts, name)
        found: list[str | RunHeader | RunSource] = []
        for part in parts:
            if isinstance(part, Run):
                self._sources.update((source.key, source) for source in part.library.sources)
                found.append(part.header)
            elif isinstance(part, str | PathLike):
                found.append(fspath(part))
                if not self._within:
                    self._places.append(fspath(part))
            else:
                raise UsageError(f"{name}: cannot compare a {type(part).__name__}", _TAKEN)
        return found

    def check_places(self) -> None:
        """Refuse arrays of different lengths: row 7 of one need not be row 7 of the other.

        Raises:
            UsageError: they differ.
        """
        if len({items for _, items in self._by_place}) > 1:
            told = ", ".join(f"{name} has {count(items, 'item')}" for name, items in self._by_place)
            raise UsageError(
                f"{told}, and nothing but their place tells items of arrays apart",
                "Give the same items in the same order, NaN where a score is missing, or items with ids.",
            )

    def library(self) -> Library:
        """Everything that was taken, as one list of runs."""
        opened = open_library(list(dict.fromkeys(self._places))).sources if self._places else ()
        return Library(tuple({**{source.key: source for source in opened}, **self._sources}.values()))

    def headers(self, library: Library, side: Sequence[str | RunHeader | RunSource], pool: bool) -> list[RunHeader]:
        """The runs of one side."""
        words: list[str] = []
        for part in side:
            if isinstance(part, RunSource):
                words += [header.uid for header in part.headers() if isinstance(header, RunHeader)]
            else:
                words.append(part.uid if isinstance(part, RunHeader) else part)
        return runs_meant(library, words, pool=pool)


def _metric(entry: MetricComparison) -> ComparedMetric:
    aggregate = entry.aggregate
    refused = say_refusal(entry.refused) if entry.refused else ""
    if aggregate is None:
        return ComparedMetric(entry.metric.name, "", None, None, None, None, None, 0, refused)
    interval = aggregate.interval
    return ComparedMetric(
        name=entry.metric.name,
        outcome=aggregate.outcome.value,
        baseline=_number(aggregate.mean_a),
        candidate=_number(aggregate.mean_b),
        delta=_number(aggregate.delta),
        low=None if interval is None else _number(interval.lo),
        high=None if interval is None else _number(interval.hi),
        items=aggregate.n,
        refused=refused,
    )


def _number(value: float) -> float | None:
    return float(value) if value == value and abs(value) != float("inf") else None


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    return f"<table>{line(heads, 'th')}{''.join(line(row, 'td') for row in rows)}</table>"
