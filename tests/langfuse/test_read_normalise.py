"""Whatever a server answers is turned into rows or nothing, never into an exception or a made-up number."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtui.langfuse.api.records import Bundle, DatasetRow, HostedRunRow
from ragtui.langfuse.api.shapes import plain, rows, texts, totals
from ragtui.langfuse.read.cube.arrays import build
from ragtui.langfuse.read.cube.cells import cells_of
from ragtui.langfuse.read.header import configuration_name
from ragtui.model import Repeat, State

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
)
KEYS = [
    "id", "name", "value", "stringValue", "dataType", "subject", "traceId", "observationId", "timestamp", "comment",
    "metadata", "experimentId", "experimentItemId", "startTime", "endTime", "level", "input", "output", "itemCount",
    "expectedOutput", "experimentMetadata", "type", "usageDetails", "totalCost", "costDetails", "parentObservationId",
    "statusMessage", "latency", "promptTokens", "createdAt", "datasetId", "datasetRunId", "source",
]  # fmt: skip
WORDS = st.sampled_from(["NUMERIC", "BOOLEAN", "CATEGORICAL", "ERROR", "EVALUATOR", "a", "b", "2026-11-01T00:00:00Z"])
RAW = st.dictionaries(st.sampled_from(KEYS), st.one_of(ANYTHING, WORDS), max_size=12)


HOSTILE = [math.inf, math.nan, -1, 1e400, 10**400, True, "", "x", "{", "[]", [], {}, [None], {"a": None}, None]


def read_every_way(raw: dict[str, Any]) -> None:
    score = rows.score_row(raw)
    assert score.value is None or math.isfinite(score.value)
    result = rows.result_row(raw)
    assert result.latency is None or math.isfinite(result.latency)
    run = rows.experiment_row(raw)
    rows.dataset_run_row(raw, DatasetRow("d", "n"))
    rows.dataset_row(raw)
    assert isinstance(rows.item_row(raw).key, str)
    assert isinstance(texts.question_of(raw.get("input")), str)
    for context in texts.contexts_of(raw.get("output")):
        assert isinstance(context.text, str)
    bundle = Bundle(run, (result,), (score,), tuple(totals.measures_of([raw])))
    assert repr(Bundle.from_json(bundle.to_json()).run) == repr(bundle.run)


@pytest.mark.parametrize("key", KEYS)
def test_every_field_may_hold_anything(key: str) -> None:
    for value in HOSTILE:
        read_every_way({"dataType": "NUMERIC", "type": "GENERATION", key: value})


@settings(max_examples=60)
@given(RAW)
def test_rows_come_out_of_anything(raw: dict[str, Any]) -> None:
    read_every_way(raw)


@settings(max_examples=40)
@given(st.lists(RAW, max_size=6), st.lists(RAW, max_size=6), st.lists(RAW, max_size=6))
def test_only_what_was_scored_has_a_number(
    results: list[dict[str, Any]], scores: list[dict[str, Any]], spans: list[dict[str, Any]]
) -> None:
    read = tuple(rows.result_row(raw) for raw in results)
    measures = tuple(totals.measures_of(spans, [(row.trace, row.root) for row in read]))
    bundle = Bundle(HostedRunRow("r", "n"), read, tuple(rows.score_row(raw) for raw in scores), measures)
    cube, _ = build(cells_of(bundle, {}), ["absent"], Repeat("u", "1"), [])
    scored = cube.states == int(State.SCORED)
    assert (scored == ~_nan(cube.values)).all()
    assert not scored[cube.row_of["absent"]].any()


def _nan(values: Any) -> Any:
    import numpy as np

    return ~np.isfinite(values)


@given(st.dictionaries(st.text(max_size=5), ANYTHING, max_size=4))
def test_metadata_written_as_text_is_the_metadata_again(metadata: dict[str, Any]) -> None:
    told = json.loads(json.dumps(metadata, allow_nan=True))
    as_text = {key: value if isinstance(value, str) else json.dumps(value) for key, value in told.items()}
    found = plain.settings(as_text)
    assert set(found) == set(told)
    for key, value in told.items():
        if isinstance(value, dict | list):
            assert json.dumps(found[key]) == json.dumps(value)


def test_questions_and_answers_are_found_in_what_people_log() -> None:
    assert texts.question_of({"question": "why?", "k": 5}) == "why?"
    assert texts.question_of('{"q": "why?"}') == "why?"
    assert texts.question_of({"anything": "one text"}) == "one text"
    assert texts.question_of("plain") == "plain"
    assert texts.answer_of('{"answer": "42", "contexts": ["a"]}') == "42"
    assert texts.answer_of("42") == "42"
    assert texts.answer_of(None) == ""
    assert texts.answer_of([1, 2]) == "[1, 2]"


def test_passages_are_found_in_what_people_log() -> None:
    named = texts.contexts_of({"contexts": [{"id": "d#1", "title": "T", "text": "x", "score": 0.5, "relevant": True}]})
    assert (named[0].id, named[0].title, named[0].text, named[0].score, named[0].relevant) == (
        "d#1",
        "T",
        "x",
        0.5,
        True,
    )
    langchain = texts.contexts_of([{"page_content": "x", "metadata": {"source": "a.md"}}])
    assert (langchain[0].id, langchain[0].text) == ("a.md", "x")
    assert [each.text for each in texts.contexts_of('["a", "b"]')] == ["a", "b"]
    assert texts.contexts_of("no passages") == ()


def test_what_lies_beside_the_item_is_not_its_cost() -> None:
    spans: list[dict[str, Any]] = [
        {"id": "run", "traceId": "t", "type": "SPAN", "parentObservationId": None},
        {"id": "task", "traceId": "t", "type": "SPAN", "parentObservationId": "run", "latency": 2.0},
        {"id": "llm", "traceId": "t", "type": "GENERATION", "parentObservationId": "task", "totalCost": 1.0,
         "usageDetails": {"input": 5, "output": 1, "total": 6}},
        {"id": "eval", "traceId": "t", "type": "SPAN", "parentObservationId": "run"},
        {"id": "judge", "traceId": "t", "type": "EVALUATOR", "parentObservationId": "eval", "level": "ERROR",
         "name": "faithfulness", "statusMessage": "refused"},
        {"id": "judge-llm", "traceId": "t", "type": "GENERATION", "parentObservationId": "judge", "totalCost": 9.0},
    ]  # fmt: skip
    (measure,) = totals.measures_of([*spans, *spans], [("t", "task")])
    assert measure.cost == 1.0
    assert measure.tokens == {"input": 5, "output": 1}
    assert measure.failed_metrics == {"faithfulness": "refused"}
    assert measure.latency == 2.0


def test_a_name_rule_names_the_configuration() -> None:
    assert configuration_name("base #3", r"^(?P<config>.+?) ?#\d+$") == "base"
    assert configuration_name("base-3", r"^(.+)-\d+$") == "base"
    assert configuration_name("nightly 2026", "nightly") == "nightly"
    assert configuration_name("other", r"^(.+)-\d+$") == ""
    assert configuration_name("anything", "") == ""
