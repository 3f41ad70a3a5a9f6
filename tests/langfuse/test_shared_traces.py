"""Several items in one trace: an experiment inside of one traced function, links to single observations of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from langfuse_standin import Fault, StandIn, scores
from langfuse_standin.examples import items, listed, results

from ragtui.langfuse.api.client import LangfuseError
from ragtui.langfuse.api.shapes.totals import measures_of
from ragtui.langfuse.read.run import LangfuseRun
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import State

Opener = Callable[..., LangfuseSource]
TRACE = "f" * 32


def in_one_trace(count: int) -> dict[str, dict[str, Any]]:
    """Results that differ in everything a neighbour could lend."""
    found = results(count, trace=TRACE)
    for n, result in enumerate(found.values(), start=1):
        result |= {"cost": 0.25 * n, "tokens": {"input": 10 * n}, "seconds": 1.5 * n}
    return found


def load(server: StandIn, open_source_on: Opener) -> LangfuseRun:
    source = open_source_on(server, "qa")
    return source.load(listed(source)[0]["base"].id)


def server_with(kind: str, given: dict[str, dict[str, Any]]) -> StandIn:
    server = StandIn(kind)
    server.add_dataset("qa", items(3))
    server.add_run("qa", "base", given, start=server.clock() - 3 * 86_400)
    return server


@pytest.mark.parametrize("kind", ["v4", "v4-dual", "v4-legacy", "v3", "v3-early"])
def test_each_item_has_its_own_answer_scores_cost_and_time(kind: str, open_source_on: Opener) -> None:
    given = in_one_trace(3)
    del given["i002"]["scores"]["faithfulness"]
    with server_with(kind, given) as server:
        run = load(server, open_source_on)
        assert run.scores.of("faithfulness").ravel().tolist()[:2] == [1, 2]
        assert run.scores.states_of("faithfulness").ravel()[2] == State.MISSING, "a neighbour's score is none of it"
        assert run.scores.of("cost").ravel().tolist() == [0.25, 0.5, 0.75]
        assert run.scores.of("tokens").ravel().tolist() == [10, 20, 30]
        assert run.scores.of("latency").ravel().tolist() == [1.5, 3, 4.5]
        assert [run.result(item, run.repeat).output for item in run.scores.items] == [  # type: ignore[union-attr]
            "answer 0", "answer 1", "answer 2",
        ]  # fmt: skip


@pytest.mark.parametrize("kind", ["v4", "v3"])
def test_a_score_of_the_shared_trace_is_no_items_and_is_said(kind: str, open_source_on: Opener) -> None:
    with server_with(kind, in_one_trace(3)) as server:
        scores.put(server.store, {"name": "overall", "value": 0.5, "traceId": TRACE})
        run = load(server, open_source_on)
        assert "overall" not in [metric.name for metric in run.scores.metrics]
        assert any("1 scores lie on traces that several items share (overall)" in p.message for p in run.problems)


@pytest.mark.parametrize("kind", ["v4", "v3"])
def test_the_trace_behind_an_item_is_its_own_part(kind: str, open_source_on: Opener) -> None:
    with server_with(kind, in_one_trace(3)) as server:
        source = open_source_on(server, "qa")
        run_id = listed(source)[0]["base"].id
        for _ in range(2):  # read, and kept
            trace = source.trace(run_id, "i001")
            assert [(each.depth, each.cost) for each in trace.observations] == [(0, None), (1, 0.5)]
            assert any(note.startswith("2 of 9 observations") for note in trace.notes)


def test_what_hangs_below_an_item_is_its_own_and_what_hangs_beside_is_nobodys() -> None:
    rows: list[dict[str, Any]] = [
        {"id": "a", "parentObservationId": "top", "type": "SPAN"},
        {"id": "b", "parentObservationId": "a", "type": "SPAN"},  # an item that ran inside of another
        {"id": "judge", "parentObservationId": "a", "type": "EVALUATOR", "level": "ERROR", "name": "tone"},
        {"id": "of a", "parentObservationId": "a", "type": "GENERATION", "totalCost": 1},
        {"id": "of b", "parentObservationId": "b", "type": "GENERATION", "totalCost": 2},
        {"id": "of none", "parentObservationId": "top", "type": "GENERATION", "totalCost": 4},
        {"id": "top", "type": "SPAN"},
    ]
    first, second = measures_of([{**row, "traceId": "t"} for row in rows], [("t", "a"), ("t", "b")])
    assert (first.cost, first.inside, dict(first.failed_metrics)) == (
        1,
        ("a", "judge", "of a"),
        {"tone": "the evaluator failed"},
    )
    assert (second.cost, second.inside, dict(second.failed_metrics)) == (2, ("b", "of b"), {})


def test_an_item_that_is_a_whole_trace_shares_it_with_no_span_in_it() -> None:
    """An item may be linked twice: to a trace, and to a span in it."""
    rows: list[dict[str, Any]] = [
        {"id": "top", "type": "SPAN", "traceId": "t"},
        {"id": "a", "parentObservationId": "top", "type": "GENERATION", "totalCost": 1, "traceId": "t"},
        {"id": "b", "parentObservationId": "top", "type": "GENERATION", "totalCost": 2, "traceId": "t"},
    ]
    whole, part = measures_of(rows, [("t", ""), ("t", "a")])
    assert (whole.cost, whole.inside, part.cost, part.inside) == (3, (), 1, ())


@pytest.mark.parametrize("kind", ["v4-legacy", "v3"])
def test_a_link_to_an_observation_means_that_observation(kind: str, open_source_on: Opener) -> None:
    """What the trace answered as a whole may be more than the step that was linked."""
    with server_with(kind, results(2)) as server:
        for record in list(server.store.spans.records.values()):
            if record.value.name == "experiment-item-task":
                trace, number = record.value.trace_id, record.value.id
                body = {"id": trace, "input": "all", "output": f"the whole of {number}", "latency": 9.0}
                server.store.traces.put(trace, {**body, "timestamp": "2026-01-01T00:00:00Z"})
        run = load(server, open_source_on)
        outputs = [run.result(item, run.repeat).output for item in ("i000", "i001")]  # type: ignore[union-attr]
        assert outputs == ["answer 0", "answer 1"]


@pytest.mark.parametrize("named", ["experiment-item-run", "answer {}"])
@pytest.mark.parametrize("kind", ["v4-legacy", "v3"])
def test_linked_observations_are_read_together_where_they_are_called_alike(
    kind: str, named: str, open_source_on: Opener
) -> None:
    """SDK 3 links a span that no listing of kinds has: asked for one by one, a run of 300 items took 300 calls."""
    with server_with(kind, results(3)) as server:
        for place, record in enumerate(list(server.store.spans.records.values())):
            if record.value.name == "experiment-item-task":
                record.value = replace(record.value, name=named.format(place))
        run = load(server, open_source_on)
        outputs = [run.result(item, run.repeat).output for item in run.scores.items]  # type: ignore[union-attr]
        assert outputs == ["answer 0", "answer 1", "answer 2"]
        assert run.scores.of("latency").ravel().tolist() == [1.5, 1.5, 1.5]
        assert len(server.asked("GET", "/observations/")) == (3 if "{}" in named else 1)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", ["/traces/", "/observations/"])
def test_keys_that_are_refused_midway_are_no_deleted_traces(path: str, status: int, open_source_on: Opener) -> None:
    with server_with("v3", in_one_trace(3)) as server:
        for record in server.store.run_items.records.values():
            if path == "/observations/":  # an observation that no listing of kinds has
                record.value["observationId"] = f"{record.value['observationId']}x"
        server.fail(Fault("GET", path, status=status, times=-1))
        with pytest.raises(LangfuseError, match=f"HTTP {status}"):
            load(server, open_source_on)


@pytest.mark.parametrize("status", [400, 404, 410])
def test_a_link_to_an_id_that_the_server_takes_for_none_hides_no_item(status: int, open_source_on: Opener) -> None:
    with server_with("v3", results(3)) as server:
        first = next(iter(server.store.run_items.records.values()))
        first.value["traceId"] = "odd id/1"
        server.fail(Fault("GET", "/traces/", status=status, times=-1))
        run = load(server, open_source_on)
        assert np.isfinite(run.scores.of("faithfulness")).sum() == 2
        assert any("1 of 3 items are linked to traces that are not there" in p.message for p in run.problems)
