"""Scores in every shape that servers of any generation give them: what they are here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pytest

from ragtui.langfuse.api.records import Bundle, HostedRunRow, ResultRow
from ragtui.langfuse.api.shapes.rows import score_row
from ragtui.langfuse.read.cube.arrays import build
from ragtui.langfuse.read.cube.cells import cells_of
from ragtui.langfuse.read.cube.problems import problems_of
from ragtui.model import Repeat, State

ROOT, TRACE = "root", "t"
V3 = {"subject": {"kind": "observation", "id": ROOT, "traceId": TRACE}}
V2 = {"traceId": TRACE, "observationId": ROOT}


def read(*raws: Mapping[str, Any]) -> tuple[dict[str, tuple[float, State]], tuple[str, ...], str]:
    """Each metric with its value and state, the names of what is words only, and what is said."""
    given = [
        {"id": f"s{n}", "name": "m", "timestamp": f"2026-01-01T00:00:{n:02d}Z", **raw} for n, raw in enumerate(raws)
    ]
    result = ResultRow("r", "i", TRACE, ROOT, start=1.0)
    bundle = Bundle(HostedRunRow("r", "n"), (result,), tuple(map(score_row, given)))
    cells = cells_of(bundle, {})
    cube, verbal = build(cells, [], Repeat("u", "1"), [])
    found = {m.name: (float(cube.of(m.name)[0, 0]), State(cube.states_of(m.name)[0, 0])) for m in cube.metrics}
    return found, verbal, " ".join(str(each) for each in problems_of(bundle, cells, [], verbal, "here", fresh=False))


SCORED = State.SCORED
BROKEN = (math.nan, State.METRIC_ERROR)


@pytest.mark.parametrize("place", [V3, V2], ids=["v3", "v2"])
@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ({"dataType": "NUMERIC", "value": 0.5}, {"m": (0.5, SCORED)}),
        ({"dataType": "NUMERIC", "value": 0}, {"m": (0, SCORED)}),
        ({"dataType": "NUMERIC", "value": "0.5"}, {"m": (0.5, SCORED)}),
        ({"dataType": "NUMERIC", "value": None}, {"m": BROKEN}),
        ({"dataType": "NUMERIC"}, {"m": BROKEN}),
        ({"dataType": "NUMERIC", "value": "high"}, {"m": BROKEN}),
        ({"dataType": "NUMERIC", "value": "NaN"}, {"m": BROKEN}),
        ({"dataType": "NUMERIC", "value": math.inf}, {"m": BROKEN}),
        ({"dataType": "NUMERIC", "value": [1]}, {"m": BROKEN}),
        ({"dataType": "BOOLEAN", "value": True}, {"m": (1, SCORED)}),
        ({"dataType": "BOOLEAN", "value": 0, "stringValue": "False"}, {"m": (0, SCORED)}),
        ({"dataType": "BOOLEAN", "value": None, "stringValue": "True"}, {"m": (1, SCORED)}),
        ({"dataType": "BOOLEAN", "value": None, "stringValue": None}, {"m": BROKEN}),
        ({"dataType": "CATEGORICAL", "value": 0, "stringValue": "good"}, {"m = good": (1, SCORED)}),
        ({"dataType": "CATEGORICAL", "value": "good"}, {"m = good": (1, SCORED)}),
        ({"dataType": "CATEGORICAL", "value": 2, "stringValue": None}, {"m": BROKEN}),
        ({"dataType": "CATEGORICAL", "value": 0, "stringValue": "pass"}, {"m": (1, SCORED)}),
        ({"value": 0.25}, {"m": (0.25, SCORED)}),
    ],
    ids=str,
)
def test_a_number_is_one_only_where_it_was_given(
    raw: dict[str, Any], wanted: dict[str, tuple[float, State]], place: dict[str, Any]
) -> None:
    found, _, said = read({**place, **raw})
    assert str(found) == str({name: (float(value), state) for name, (value, state) in wanted.items()})
    assert ("hold no number" in said) == (BROKEN in wanted.values())


NUMBERS = [{"dataType": "NUMERIC", "value": value} for value in (0.25, 0.75)]
LABELS = [{"dataType": "CATEGORICAL", "value": label} for label in ("kind", "rude")]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ([*NUMBERS, {"dataType": "CATEGORICAL", "value": "NaN"}], {"m": [0.25, 0.75, None]}),
        ([*NUMBERS, {"dataType": "CATEGORICAL", "value": "N/A"}], {"m": [0.25, 0.75, None]}),
        ([*NUMBERS, {"dataType": "TEXT", "value": "not rated"}], {"m": [0.25, 0.75, None]}),
        ([*NUMBERS, {"dataType": "CATEGORICAL", "value": "0.5"}, LABELS[0]], {"m": [0.25, 0.75, 0.5, None]}),
        ([*NUMBERS, {"dataType": "CATEGORICAL", "value": "pass"}], {"m": [0.25, 0.75, 1.0]}),
        ([{"dataType": "CATEGORICAL", "value": "-Infinity"}], {"m": [None]}),
        ([*LABELS, NUMBERS[0]], {"m = kind": [1.0, 0.0, None], "m = rude": [0.0, 1.0, None]}),
    ],
    ids=["nan", "n/a", "text", "digits", "pass", "infinite", "a number among labels"],
)
def test_what_is_of_another_kind_than_the_rest_is_no_score_and_is_said(
    given: list[dict[str, Any]], wanted: dict[str, list[float | None]]
) -> None:
    rows = [ResultRow("r", f"i{n}", f"t{n}", ROOT, start=1.0) for n in range(len(given))]
    scores = [
        score_row({"id": f"s{n}", "name": "m", "traceId": f"t{n}", "observationId": ROOT, "stringValue": None, **raw})
        for n, raw in enumerate(given)
    ]
    bundle = Bundle(HostedRunRow("r", "n"), tuple(rows), tuple(scores))
    cells = cells_of(bundle, {})
    cube, verbal = build(cells, [], Repeat("u", "1"), [])
    found = {m.name: [None if math.isnan(value) else value for value in cube.of(m.name)[:, 0]] for m in cube.metrics}
    failed = sum(value is None for value in next(iter(wanted.values())))
    said = " ".join(str(each) for each in problems_of(bundle, cells, [], verbal, "here", fresh=False))
    assert (found, verbal) == (wanted, ())
    assert all((cube.states_of(name) == State.METRIC_ERROR).sum() == failed for name in wanted)
    assert (f"{failed} of {len(given)} scores are not of the kind" in said) == bool(failed)


@pytest.mark.parametrize("kind", ["TEXT", "CORRECTION"])
def test_words_are_no_metric_and_a_zero_beside_them_is_no_score(kind: str) -> None:
    found, verbal, _ = read({**V2, "dataType": kind, "value": 0, "stringValue": "it should say 1998"})
    assert (found, verbal) == ({}, ("m",))


def test_one_name_from_a_program_a_judge_and_a_person_is_three_metrics() -> None:
    found, _, said = read(
        {**V3, "dataType": "NUMERIC", "value": 1, "source": "API"},
        {**V3, "dataType": "NUMERIC", "value": 2, "source": "EVAL"},
        {**V3, "dataType": "NUMERIC", "value": 3, "source": "ANNOTATION"},
    )
    assert found == {"m": (1, SCORED), "m (judge)": (2, SCORED), "m (human)": (3, SCORED)}
    assert "several scores" not in said


@pytest.mark.parametrize("source", ["API", "EVAL"])
def test_two_that_differ_at_one_place_are_said(source: str) -> None:
    found, _, said = read(*({**V3, "dataType": "NUMERIC", "value": value, "source": source} for value in (1, 4)))
    assert list(found.values()) == [(4, SCORED)] and "1 of 1 items have several scores that differ: i" in said


def test_two_that_agree_or_lie_at_two_places_are_not() -> None:
    same = {"dataType": "NUMERIC", "value": 1}
    assert "several" not in read({**V3, **same}, {**V3, **same})[2]
    elsewhere = {"subject": {"kind": "observation", "id": "step", "traceId": TRACE}, "dataType": "NUMERIC", "value": 4}
    found, _, said = read({**V3, **same}, elsewhere)
    assert found == {"m": (1, SCORED)} and "several" not in said, "the item's own place comes first"


@pytest.mark.parametrize(
    "subject",
    [
        {"subject": {"kind": "session", "id": "s"}},
        {"subject": {"kind": "experiment", "id": "r"}},
        {"sessionId": "s", "traceId": None},
        {"datasetRunId": "r", "traceId": None},
    ],
    ids=str,
)
def test_scores_of_sessions_and_runs_are_no_items(subject: dict[str, Any]) -> None:
    assert read({**subject, "dataType": "NUMERIC", "value": 1})[0] == {}
