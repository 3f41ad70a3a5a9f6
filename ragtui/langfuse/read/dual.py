"""Reads servers in migration: experiments and dataset runs side by side, each run once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow, ScoreRow
from ragtui.langfuse.api.shapes.plain import text_of
from ragtui.langfuse.read.legacy import DatasetRunReader
from ragtui.langfuse.read.reader import Reader, Report
from ragtui.langfuse.read.v4 import DAY, ExperimentReader


class DualReader(Reader):
    """The union of both listings.

    A run of SDK 3 or 4 stands in both under one id. A run written as spans and linked afterwards stands in both under
    two ids (a derived one and a random one) and one name. Either way it is one run; its items are those of the
    experiment, and links to items the experiment lacks are added.
    """

    def __init__(self, experiments: ExperimentReader, dataset_runs: DatasetRunReader) -> None:
        super().__init__(experiments.http)
        self.experiments = experiments
        self.dataset_runs = dataset_runs

    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[HostedRunRow]:
        """Experiments first, each with the dataset run it is linked to; then dataset runs that are nothing else."""
        rows = list(self.dataset_runs.runs(dataset, datasets, since))
        experiments = list(self.experiments.runs(dataset, datasets, since))
        twin_of = _twins(experiments, rows)
        yield from (_united(each, twin_of[each.id]) if each.id in twin_of else each for each in experiments)
        used = {row.id for row in twin_of.values()}
        yield from (row for row in rows if row.id not in used)

    def members(self, run: HostedRunRow) -> frozenset[str]:
        """Items of either side."""
        if run.kind != "experiment":
            return self.dataset_runs.members(run)
        found = self.experiments.members(run)
        return found | self.dataset_runs.members(run) if run.linked else found

    def about(self, run: HostedRunRow) -> HostedRunRow:
        """Dataset runs keep their metadata; experiments may forget it."""
        return self.experiments.about(run) if run.kind == "experiment" else run

    def bundle(self, run: HostedRunRow, report: Report) -> Bundle:
        """The experiment, completed with linked items it does not have."""
        if run.kind != "experiment":
            return self.dataset_runs.bundle(run, report)
        bundle = self.experiments.bundle(run, report)
        if not run.linked:
            return bundle
        have = {(row.trace, row.item) for row in bundle.results}
        links = self.dataset_runs.links(run)
        if all((text_of(link.get("traceId")), text_of(link.get("datasetItemId"))) in have for link in links):
            return bundle
        other = self.dataset_runs.bundle(run, report)
        extra = tuple(row for row in other.results if (row.trace, row.item) not in have)
        traces = {row.trace for row in extra}
        passes = {(row.trace, row.root) for row in extra}
        note = (
            f"{len(extra)} items are linked to the run but are no part of its experiment",
            "Langfuse v4 itself does not show them; they were read the old way.",
        )
        return replace(
            bundle,
            results=bundle.results + extra,
            scores=bundle.scores + tuple(score for score in other.scores if score.trace in traces),
            measures=bundle.measures + tuple(each for each in other.measures if (each.trace, each.root) in passes),
            notes=(*bundle.notes, *other.notes, note),
            run=replace(bundle.run, count=len({row.item for row in (*bundle.results, *extra)})),
        )

    def has_older(self, moment: float) -> bool:
        """Asked of the experiments."""
        return self.experiments.has_older(moment)

    def run_scores(self, run: HostedRunRow) -> tuple[ScoreRow, ...]:
        """Those of the side the run is of."""
        return (self.experiments if run.kind == "experiment" else self.dataset_runs).run_scores(run)

    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """Scores are the same on both sides."""
        return self.experiments.scores(bundle, report)


def _twins(experiments: Sequence[HostedRunRow], rows: Sequence[HostedRunRow]) -> dict[str, HostedRunRow]:
    """Dataset runs by the id of the experiment they are: the same id, else the same name at about the same time."""
    by_id = {each.id: each for each in experiments}
    found = {row.id: row for row in rows if row.id in by_id}
    for row in rows:
        if row.id in by_id:
            continue
        named = [
            each
            for each in experiments
            if (each.dataset_id, each.name) == (row.dataset_id, row.name) and each.id not in found
        ]
        nearest = min(named, key=lambda each: _distance(row, each), default=None)
        # The same name days later is another run.
        if nearest is not None and _distance(row, nearest) < DAY:
            found[nearest.id] = row
    return found


def _distance(run: HostedRunRow, experiment: HostedRunRow) -> float:
    """Seconds between a dataset run's first link and an experiment's activity; 0 inside it or when unknown."""
    if run.start is None or experiment.start is None:
        return 0.0
    return max(experiment.start - run.start, run.start - (experiment.end or experiment.start), 0.0)


def _united(experiment: HostedRunRow, twin: HostedRunRow) -> HostedRunRow:
    starts = [moment for moment in (experiment.start, twin.start) if moment is not None]
    return replace(
        experiment,
        linked=twin.id,
        dataset=experiment.dataset or twin.dataset,
        description=experiment.description or twin.description,
        metadata={**twin.metadata, **experiment.metadata},
        start=min(starts, default=None),
    )
