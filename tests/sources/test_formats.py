"""Every format against values worked out by hand."""

import math
from pathlib import Path

import numpy as np
import pytest
from format_examples import EXAMPLES, Example, Said, Told
from sources_kit import listed

from ragtui.model import Role, RunHeader, State
from ragtui.sources import LoadedRun, open_source
from ragtui.sources.registry import registry

NO_EXAMPLES = {
    "inspect", "ragtui", "means-only", "lines", "plain", "table", "excel", "parquet", "yaml", "sqlite", "printed",
    "html",
    "item-files",
}  # fmt: skip
"""Formats with tests of their own."""


def check_metric(run: LoadedRun, header: RunHeader, name: str, said: Said) -> None:
    """One metric of a run, cell by cell and in the header."""
    scores = run.scores
    metric = scores.metrics[scores.column_of[name]]
    values, states = scores.of(name), scores.states_of(name)
    counted = {state: int((states == state).sum()) for state in State}
    assert (metric.higher_is_better, metric.direction_from.value) == (said.higher, said.told), name
    assert counted[State.SCORED] == said.scored, name
    assert counted[State.METRIC_ERROR] + counted[State.NON_FINITE] == said.failed, name
    assert counted[State.MISSING] == said.missing, name
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
    assert mean == (None if said.mean is None else pytest.approx(said.mean)), name
    for cell, wanted in ((values[0, 0], said.first), (values[-1, -1], said.last)):
        assert math.isnan(cell) if wanted is None else cell == wanted, name
    (summary,) = [entry for entry in header.metrics if entry.name == name]
    assert summary.mean == (None if said.mean is None else pytest.approx(said.mean)), name
    assert summary.scored == said.scored, name


def check_run(run: LoadedRun, header: RunHeader, told: Told) -> None:
    """One run: shape, metrics, configuration and the text of its first item."""
    scores = run.scores
    assert (header.items, header.repeats) == (told.items, told.repeats) == (len(scores.items), len(scores.repeats))
    assert header.errors == told.errors
    quality = {metric.name for metric in scores.metrics if metric.role is Role.QUALITY}
    assert quality == set(told.metrics)
    assert {metric.name for metric in scores.metrics} - quality >= set(told.resources)
    for name, said in told.metrics.items():
        check_metric(run, header, name, said)
        assert int((scores.states_of(name) == State.ITEM_ERROR).sum()) == told.errors
    if told.name:
        assert header.name == told.name
    flat = header.configuration.flat()
    assert {name: flat.get(name) for name in told.configuration} == dict(told.configuration)
    item = run.item(scores.items[0])
    result = run.result(scores.items[0], scores.repeats[0].label)
    assert result is not None
    assert not told.question or item.question == told.question
    assert not told.expected or item.expected == told.expected
    assert not told.output or result.output == told.output
    assert not told.rationale or result.judgements[next(iter(told.metrics))].rationale == told.rationale
    known = {**item.metadata, **result.metadata}
    assert {name: known.get(name) for name in told.metadata} == dict(told.metadata)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_a_format_is_read_as_it_was_worked_out(tmp_path: Path, example: Example) -> None:
    source = open_source(example.write(tmp_path))
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    assert [header.format for header in headers] == [example.format] * len(example.runs)
    for header, told in zip(headers, example.runs, strict=True):
        check_run(source.load(header.id), header, told)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.id)
def test_listing_twice_and_in_another_folder_is_the_same(tmp_path: Path, example: Example) -> None:
    shown = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        headers, problems = listed(example.write(folder))
        told = [(h.name, h.items, h.repeats, h.configuration.fingerprint(), h.metrics) for h in headers]
        shown.append((told, len(problems)))
    assert shown[0] == shown[1]


def test_every_format_has_an_example() -> None:
    shown = {example.format for example in EXAMPLES}
    assert shown | NO_EXAMPLES == {known.name for known in registry().formats}
