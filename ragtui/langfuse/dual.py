"""Reads servers in migration: experiments and dataset runs side by side, each run once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ragtui.langfuse.legacy import DatasetRunReader
from ragtui.langfuse.reader import Reader, Report
from ragtui.langfuse.records import Bundle, DatasetRow, RunRow, ScoreRow
from ragtui.langfuse.v4 import DAY, ExperimentReader


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

    def runs(self, dataset: DatasetRow | None, datasets: Sequence[DatasetRow], since: float) -> Iterator[RunRow]:
        """Experiments first, each with the dataset run it is linked to; then dataset runs that are nothing else."""
        linked: dict[tuple[str, str], list[RunRow]] = {}
        for row in self.dataset_runs.runs(dataset, datasets, since):
            linked.setdefault((row.dataset_id, row.name), []).append(row)
        by_id = {row.id: row for rows in linked.values() for row in rows}
        used: set[str] = set()
        for experiment in self.experiments.runs(dataset, datasets, since):
            twin = by_id.get(experiment.id)
            if twin is None:
                # Of several experiments with this name only the first takes the dataset run: the rest are reruns.
                rows = linked.get((experiment.dataset_id, experiment.name), [])
                twin = next((row for row in rows if row.id not in used and _close(row, experiment)), None)
            if twin is not None:
                used.add(twin.id)
                experiment = _united(experiment, twin)
            yield experiment
        yield from (row for key, row in by_id.items() if key not in used)

    def members(self, run: RunRow) -> frozenset[str]:
        """Items of either side."""
        if run.kind != "experiment":
            return self.dataset_runs.members(run)
        found = self.experiments.members(run)
        return found | self.dataset_runs.members(run) if run.linked else found

    def bundle(self, run: RunRow, report: Report) -> Bundle:
        """The experiment, completed with linked items it does not have."""
        if run.kind != "experiment":
            return self.dataset_runs.bundle(run, report)
        bundle = self.experiments.bundle(run, report)
        if not run.linked:
            return bundle
        have = {row.trace for row in bundle.results}
        if not any(link.get("traceId") not in have for link in self.dataset_runs.links(run)):
            return bundle
        other = self.dataset_runs.bundle(run, report)
        extra = tuple(row for row in other.results if row.trace not in have)
        traces = {row.trace for row in extra}
        note = (
            f"{len(extra)} items are linked to the run but are no part of its experiment",
            "Langfuse v4 itself does not show them; they were read the old way.",
        )
        return replace(
            bundle,
            results=bundle.results + extra,
            scores=bundle.scores + tuple(score for score in other.scores if score.trace in traces),
            measures=bundle.measures + tuple(each for each in other.measures if each.trace in traces),
            notes=(*bundle.notes, *other.notes, note),
            run=replace(bundle.run, count=len({row.item for row in (*bundle.results, *extra)})),
        )

    def scores(self, bundle: Bundle, report: Report) -> tuple[ScoreRow, ...]:
        """Scores are the same on both sides."""
        return self.experiments.scores(bundle, report)


def _close(run: RunRow, experiment: RunRow) -> bool:
    """Whether they can be one run at all: the same name a week later is another run."""
    if run.start is None or experiment.start is None:
        return True
    return experiment.start - DAY < run.start < (experiment.end or experiment.start) + DAY


def _united(experiment: RunRow, twin: RunRow) -> RunRow:
    starts = [moment for moment in (experiment.start, twin.start) if moment is not None]
    return replace(
        experiment,
        linked=twin.id,
        dataset=experiment.dataset or twin.dataset,
        description=experiment.description or twin.description,
        metadata={**twin.metadata, **experiment.metadata},
        start=min(starts, default=None),
    )
