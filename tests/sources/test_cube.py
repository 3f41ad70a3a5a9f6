import math
from pathlib import Path

import numpy as np
import pytest
from sources_kit import only_run, own_run, record, said

from ragtui.errors import InputError
from ragtui.model import Role, State


def test_values_and_states_lie_where_they_belong(tmp_path: Path) -> None:
    own_run(
        tmp_path,
        [
            record("b", 2, scores={"faithfulness": 4}),
            record("b", 1, scores={"faithfulness": {"value": 3}, "pass": True}),
            record("a", 10, scores={"faithfulness": 2.5, "pass": False}),
        ],
    )
    scores = only_run(tmp_path).scores
    assert scores.items == ("b", "a")
    assert [r.label for r in scores.repeats] == ["1", "2", "10"]
    np.testing.assert_array_equal(scores.of("faithfulness"), [[3, 4, math.nan], [math.nan, math.nan, 2.5]])
    np.testing.assert_array_equal(scores.of("pass"), [[1, math.nan, math.nan], [math.nan, math.nan, 0]])


def test_nothing_but_a_number_becomes_a_value(tmp_path: Path) -> None:
    results = b"""
{"item": "nan", "repeat": 1, "scores": {"m": NaN}}
{"item": "inf", "repeat": 1, "scores": {"m": -Infinity}}
{"item": "huge", "repeat": 1, "scores": {"m": 1e999}}
{"item": "null", "repeat": 1, "scores": {"m": null}}
{"item": "absent", "repeat": 1, "scores": {}}
{"item": "judge failed", "repeat": 1, "scores": {"m": {"value": null, "error": "timeout after 60 s"}}}
{"item": "judge failed late", "repeat": 1, "scores": {"m": {"value": 3, "error": "cut off"}}}
{"item": "word", "repeat": 1, "scores": {"m": "excellent"}}
{"item": "list", "repeat": 1, "scores": {"m": [1]}}
{"item": "failed", "repeat": 1, "scores": {"m": 5}, "error": {"message": "pipeline down"}}
{"item": "text number", "repeat": 1, "scores": {"m": "4"}}
{"item": "good", "repeat": 1, "scores": {"m": 4}}
{"item": "good 2", "repeat": 1, "scores": {"m": 4}}
"""
    own_run(tmp_path, results)
    run = only_run(tmp_path)
    found = {item: State(int(run.scores.states_of("m")[row, 0])).name for item, row in run.scores.row_of.items()}
    assert found == {
        "nan": "NON_FINITE",
        "inf": "NON_FINITE",
        "huge": "NON_FINITE",
        "null": "MISSING",
        "absent": "MISSING",
        "judge failed": "METRIC_ERROR",
        "judge failed late": "METRIC_ERROR",
        "word": "METRIC_ERROR",
        "list": "METRIC_ERROR",
        "failed": "ITEM_ERROR",
        "text number": "SCORED",
        "good": "SCORED",
        "good 2": "SCORED",
    }
    values = run.scores.of("m")[:, 0]
    assert not (values == 0).any()
    np.testing.assert_array_equal(np.isfinite(values), [name == "SCORED" for name in found.values()])
    assert "results.jsonl:2: m is nan: left out, it counts as nothing (and 2 more like it)" in said(run)
    assert "results.jsonl:9: m is 'excellent', not a number" in said(run)


def test_a_metric_of_words_is_refused_with_its_words(tmp_path: Path) -> None:
    own_run(tmp_path, [record(str(n), scores={"m": 1, "grade": "good" if n else 3}) for n in range(3)])
    run = only_run(tmp_path)
    assert [metric.name for metric in run.scores.metrics] == ["m"]
    assert "metric grade holds words (good) and is refused. map each word to a number" in said(run)


def test_the_highest_attempt_wins_in_any_order(tmp_path: Path) -> None:
    attempts = [record(attempt=n, scores={"m": n}) for n in (2, 3, 1)]
    own_run(tmp_path, [*attempts, record("b", attempt=1, error="down"), record("b", attempt=2, scores={"m": 4})])
    run = only_run(tmp_path)
    assert run.scores.of("m").tolist() == [[3], [4]]
    assert not run.problems


def test_equal_lines_count_once(tmp_path: Path) -> None:
    own_run(tmp_path, [record(), record()])
    run = only_run(tmp_path)
    assert run.scores.of("faithfulness").tolist() == [[5]]
    assert "results.jsonl:2: item a, repeat 1 is written twice with the same content: counted once" in said(run)


def test_different_duplicates_are_refused_not_averaged(tmp_path: Path) -> None:
    own_run(tmp_path, [record(scores={"m": 1}), record("b", scores={"m": 2}), record(scores={"m": 3})])
    run = only_run(tmp_path)
    assert states_of(run) == {"a": State.MISSING, "b": State.SCORED}
    assert "results.jsonl:3: item a, repeat 1 has two different records (first on line 1): both are left out" in said(
        run
    )


def test_a_higher_attempt_settles_a_duplicate(tmp_path: Path) -> None:
    own_run(tmp_path, [record(scores={"m": n}, attempt=2 if n == 9 else 1) for n in (1, 3, 9)])
    assert only_run(tmp_path).scores.of("m").tolist() == [[9]]


def test_a_third_equal_attempt_stays_refused(tmp_path: Path) -> None:
    own_run(tmp_path, [record(scores={"m": n}) for n in (1, 3, 1)])
    assert states_of(only_run(tmp_path)) == {"a": State.MISSING}


def test_records_without_an_id_are_named(tmp_path: Path) -> None:
    own_run(tmp_path, [record(""), record(None), record(["x"]), record(True), record("a")])  # type: ignore[arg-type]
    run = only_run(tmp_path)
    assert run.scores.items == ("a",)
    assert "results.jsonl:1: no item id: left out (and 3 more like it)" in said(run)


def test_even_occurrences_are_repeats_and_it_is_said(tmp_path: Path) -> None:
    own_run(tmp_path, [record(item, None, scores={"m": n}) for n in (1, 2, 3) for item in "ab"])
    run = only_run(tmp_path)
    assert run.scores.of("m").tolist() == [[1, 2, 3], [1, 2, 3]]
    assert "no repeat numbers: every item occurs 3 times" in said(run)


def test_equal_scores_are_still_repeats_when_the_counts_are_even(tmp_path: Path) -> None:
    own_run(tmp_path, [record(item, None) for _ in range(3) for item in "ab"])
    assert only_run(tmp_path).scores.values.shape == (2, 1, 3)


def test_uneven_occurrences_are_refused_by_name(tmp_path: Path) -> None:
    own_run(tmp_path, [record(item, None, scores={"m": n}) for n, item in enumerate("abcb")])
    run = only_run(tmp_path)
    assert states_of(run) == {"a": State.SCORED, "b": State.MISSING, "c": State.SCORED}
    assert "results.jsonl:4: 1 of 3 items occur more than once without a repeat number and are left out: b" in said(run)


def test_a_doubled_line_without_repeat_number_counts_once(tmp_path: Path) -> None:
    own_run(tmp_path, [record(item, None) for item in "abca"])
    run = only_run(tmp_path)
    assert set(states_of(run, "faithfulness").values()) == {State.SCORED}
    assert "results.jsonl:4: item a is written twice with the same content" in said(run)


def test_when_no_repeat_can_be_told_the_run_is_refused(tmp_path: Path) -> None:
    own_run(tmp_path, [record(item, None, scores={"m": n}) for n, item in enumerate("aabbb")])
    with pytest.raises(InputError, match=r"items occur 2 to 3 times without a repeat number \(a, b\)"):
        only_run(tmp_path)


def test_resources_stand_beside_the_quality_metrics(tmp_path: Path) -> None:
    own_run(tmp_path, [record(latency_s=1.5, cost_usd=0.01, tokens={"input": 7, "output": 3}, judging=None)])
    scores = only_run(tmp_path).scores
    assert {m.name: (m.role, float(scores.of(m.name)[0, 0])) for m in scores.metrics} == {
        "faithfulness": (Role.QUALITY, 5.0),
        "latency": (Role.RESOURCE, 1.5),
        "cost": (Role.RESOURCE, 0.01),
        "tokens": (Role.RESOURCE, 10.0),
    }


def test_rejudged_results_are_repeats_of_a_repeat(tmp_path: Path) -> None:
    own_run(tmp_path, [record(repeat=r, judging=j) for r in (1, 2) for j in (2, 1, 10)])
    assert [r.label for r in only_run(tmp_path).scores.repeats] == ["1.1", "1.2", "1.10", "2.1", "2.2", "2.10"]


def states_of(run: object, metric: str = "m") -> dict[str, State]:
    scores = run.scores  # type: ignore[attr-defined]
    return {item: State(int(scores.states_of(metric)[row, 0])) for item, row in scores.row_of.items()}


def test_messages_that_quote_a_file_cannot_steer_the_terminal(tmp_path: Path) -> None:
    wild = "\x1b]0;owned\x07\u202e[b]x"
    own_run(tmp_path, [record(wild, scores={"m": wild, "n": 1}), record(wild, scores={"m": 1, "n": 2})])
    run = only_run(tmp_path)
    assert run.scores.items == (wild,)
    assert run.problems
    assert all(problem.message.isprintable() for problem in run.problems)


def test_a_repeat_field_that_is_no_repeat_is_refused(tmp_path: Path) -> None:
    own_run(tmp_path, [record(str(n), n) for n in range(3_000)])
    with pytest.raises(InputError, match="3000 items, 3000 repeats and 1 metrics for 3000 scores"):
        only_run(tmp_path)
