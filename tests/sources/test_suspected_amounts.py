"""Latency, cost, tokens and other expenses that are suspected to be failures: asked about, in no mean."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import lines_of, log_head, only_run, said, sample

from ragtui.errors import UsageError
from ragtui.model import State
from ragtui.sources import ColumnMap, LoadedRun

TIMES = [1.2, 0.8, 2.5, 1.9, 3.1]


def spent(tmp_path: Path, name: str, cells: list[Any], **options: Any) -> LoadedRun:
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of([{"id": f"b{n}", "recall": 0.5, name: cell} for n, cell in enumerate(cells)]))
    return only_run(path, **options)


def resource(run: LoadedRun) -> str:
    return next(metric.name for metric in run.scores.metrics if metric.name != "recall")


@pytest.mark.parametrize("name", ["latency_s", "latency_ms", "wall_clock_s", "cost_usd", "tokens", "num_turns"])
@pytest.mark.parametrize("sentinel", [999, 9999, 1e6, 2**31 - 1])
def test_a_number_that_stands_for_no_measurement_is_in_no_mean(tmp_path: Path, name: str, sentinel: float) -> None:
    run = spent(tmp_path, name, [*TIMES, sentinel, sentinel])
    metric = resource(run)
    assert (run.scores.states_of(metric)[-2:, 0] == State.METRIC_ERROR).all()
    assert np.isnan(run.scores.of(metric)[-2:, 0]).all() and np.isfinite(run.scores.of(metric)[:-2, 0]).all()
    assert f"`{metric}` is {sentinel:g} on 2 of 7 rows: suspected failures, in no mean" in said(run)
    assert "--columns missing_values= or K" in said(run)
    kept = spent(tmp_path, name, [*TIMES, sentinel, sentinel], roles={"missing_values": ()})
    assert np.isfinite(kept.scores.of(metric)).all() and "suspected" not in said(kept)


@pytest.mark.parametrize("sentinel", [-1, -999])
@pytest.mark.parametrize("name", ["latency_s", "wall_clock_s", "cost_usd", "tokens"])
def test_less_than_nothing_is_no_measurement(tmp_path: Path, name: str, sentinel: float) -> None:
    run = spent(tmp_path, name, [*TIMES, sentinel])
    metric = resource(run)
    assert np.isnan(run.scores.of(metric)[-1, 0])
    whole = name == "wall_clock_s"
    assert (f"`{metric}` is {sentinel} on 1 of 6 rows" if whole else f"{metric} is {sentinel}: left out") in said(run)


@pytest.mark.parametrize("name", ["latency_s", "duration", "wall_clock_s", "responseTimeMs"])
def test_what_took_no_time_did_not_run(tmp_path: Path, name: str) -> None:
    run = spent(tmp_path, name, [*TIMES, 0, 0.0])
    metric = resource(run)
    assert np.isnan(run.scores.of(metric)[-2:, 0]).all()
    assert f"`{metric}` is 0 on 2 of 7 rows: suspected failures" in said(run)


@pytest.mark.parametrize("name", ["latency_s", "wall_clock_s", "cost_usd"])
def test_a_number_that_stands_for_nothing_on_every_row(tmp_path: Path, name: str) -> None:
    run = spent(tmp_path, name, [9999] * 5)
    assert np.isnan(run.scores.of(resource(run))).all() and "is 9999 on 5 of 5 rows" in said(run)


@pytest.mark.parametrize(("name", "cells"), [
    ("latency_s", [0, 1, 2, 1, 3, 0]),  # whole seconds
    ("cost_usd", [0.1, 0.2, 0.3, 0, 0]),  # answered from a cache
    ("latency_s", [0, 0, 0, 0]), ("num_retries", [0, 1, 0, 2, 0]),
    ("latency_ms", [900, 950, 999, 1010, 1100]), ("latency_s", [1, 2, 3, 60, 900]), ("tokens", [99, 150, 999, 1500]),
])  # fmt: skip
def test_amounts_that_may_be_are_believed(tmp_path: Path, name: str, cells: list[float]) -> None:
    run = spent(tmp_path, name, cells)
    assert np.isfinite(run.scores.of(resource(run))).all() and "suspected" not in said(run)


def test_a_person_names_the_numbers_that_mean_nothing(tmp_path: Path) -> None:
    run = spent(tmp_path, "latency_s", [*TIMES, 77], roles={"missing_values": (77.0,)})
    assert np.isnan(run.scores.of("latency")[-1, 0])
    assert ColumnMap.from_dict({"missing_values": ["-1", 9]}).missing_values == (-1.0, 9.0)
    with pytest.raises(UsageError, match="missing_values cannot be 'many'"):
        ColumnMap.from_dict({"missing_values": ["many"]})


MEASURED = [0.5, 1.0, -1.0, 0.75, 1.0, 0.5]


def ragas(path: Path, scores: list[float]) -> None:
    rows = [[f"What is {n}?", "a", "c", "e", score] for n, score in enumerate(scores)]
    with path.with_suffix(".csv").open("w", newline="") as file:
        csv.writer(file).writerows(
            [["user_input", "response", "retrieved_contexts", "reference", "faithfulness"], *rows]
        )


def langsmith(path: Path, scores: list[float]) -> None:
    rows = [
        {"inputs.q": f"{n}?", "outputs.a": "a", "feedback.faithfulness": score, "example_id": f"e{n}"}
        for n, score in enumerate(scores)
    ]
    path.with_suffix(".json").write_text(json.dumps(rows))


def deepeval(path: Path, scores: list[float]) -> None:
    def case(n: int, score: float) -> dict[str, Any]:
        judged = {"name": "faithfulness", "threshold": 0.5, "success": True, "score": score, "strictMode": False}
        return {"name": f"t{n}", "input": f"{n}?", "actualOutput": "a", "success": True, "metricsData": [judged]}

    cases = [case(n, score) for n, score in enumerate(scores)]
    path.with_suffix(".json").write_text(json.dumps({"testCases": cases, "testPassed": 1, "testFailed": 0}))


def inspect(path: Path, scores: list[float]) -> None:
    samples = [sample(n, scores={"faithfulness": {"value": score}}) for n, score in enumerate(scores)]
    path.with_suffix(".json").write_text(json.dumps({**log_head(range(len(scores))), "samples": samples}))


@pytest.mark.parametrize("write", [ragas, langsmith, deepeval, inspect])
def test_a_tool_that_stored_a_judges_minus_one_does_not_make_it_a_score(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "out", MEASURED)
    run = only_run(tmp_path)
    assert run.scores.states_of("faithfulness")[:, 0].tolist().count(State.METRIC_ERROR) == 1
    assert np.nanmean(run.scores.of("faithfulness")) == 0.75
    assert "`faithfulness` is -1 on 1 of 6 rows: suspected failures, in no mean" in said(run)
    kept = only_run(tmp_path, roles={"missing_values": ()})
    assert np.isfinite(kept.scores.of("faithfulness")).all() and "suspected" not in said(kept)
    told = only_run(tmp_path, roles={"missing_values": (0.75,)})
    assert np.nanmin(told.scores.of("faithfulness")) == -1 and np.isnan(told.scores.of("faithfulness")).sum() == 1


@pytest.mark.parametrize("write", [langsmith, inspect])
def test_thumbs_up_and_down_are_no_failures(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "out", [1, -1, 1, 1, -1])
    assert np.isfinite(only_run(tmp_path).scores.of("faithfulness")).all()
