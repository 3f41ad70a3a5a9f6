"""Scores as people and judges write them: read where the form is clear, counted where it is not, never guessed."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.model import Kind, Role, State
from ragtui.sources import LoadedRun, open_source


def scored(tmp_path: Path, cells: list[Any], name: str = "score", **beside: list[Any]) -> LoadedRun:
    rows = [
        {"id": f"b{n}", "answer": "…", name: cell, **{other: values[n] for other, values in beside.items()}}
        for n, cell in enumerate(cells)
    ]
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of(rows))
    return only_run(path)


def values(run: LoadedRun, name: str = "score") -> list[float | None]:
    return [None if math.isnan(value) else float(value) for value in run.scores.of(name)[:, 0]]


@pytest.mark.parametrize(("cells", "expected"), [
    (["4/5", "3/5", "5/5"], [4, 3, 5]), (["4 / 5", "3/5", "2"], [4, 3, 2]), (["3/4", "5/7", "1/2"], [0.75, 5 / 7, 0.5]),
    (["4 out of 5", "3 out of 5"], [4, 3]), (["85 %", "90%", "7%"], [85, 90, 7]),
    (["85%", "0.9", "0.5"], [0.85, 0.9, 0.5]),
    (["Score: 4", "score: 2", "Score = 5"], [4, 2, 5]), (["**Rating**: 3/5", "Rating: 5/5"], [3, 5]),
    (["yes", "no", "Yes"], [1, 0, 1]), (["PASS", "fail", "pass"], [1, 0, 1]), ([True, False, True], [1, 0, 1]),
    (["correct", "incorrect"], [1, 0]), (["A", "B", "F"], [4, 3, 0]), (["A+", "B-", "C"], [4 + 1 / 3, 3 - 1 / 3, 2]),
    (["C", "I", "P", "N"], [1, 0, 0.5, 0]), ([" 5 ", "5e0", "+4"], [5, 5, 4]), ([".5", "1.", "0"], [0.5, 1, 0]),
    (["Score: yes", "Score: no"], [1, 0]), ([{"score": 4, "reason": "r"}, {"score": 2}], [4, 2]),
    ([{"score": "4/5"}, {"score": "2/5"}], [4, 2]),
])  # fmt: skip
def test_clear_forms_are_read(tmp_path: Path, cells: list[Any], expected: list[float]) -> None:
    assert values(scored(tmp_path, cells)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "odd", ["good", "1_0", "٥", "1,5", "0x10", "one", "5?", "3-4", "6/5", "4/0", "1e", "--1", [1, 2]]
)
def test_what_is_not_clear_is_counted_with_its_place(tmp_path: Path, odd: Any) -> None:
    run = scored(tmp_path, [4, 3, 5, 2, odd])
    assert values(run) == [4, 3, 5, 2, None]
    assert run.scores.states_of("score")[4, 0] == State.METRIC_ERROR
    assert f"t.jsonl:5: score is {odd!r}, not a number: left out, it counts as nothing" in said(run)


def test_letters_to_choose_from_are_no_grades(tmp_path: Path) -> None:
    run = scored(tmp_path, [1, 0, 1, 0], chosen=["A", "B", "D", "C"], answer_key=["A", "A", "D", "B"])
    assert [metric.name for metric in run.scores.metrics] == ["score"]
    assert run.item("b1").metadata == {"chosen": "B", "answer_key": "A"}


@pytest.mark.parametrize(("others", "sentinel"), [
    ([8, 7, 9, 10], -1), ([0.5, 0.25, 1], -1), ([1, 2, 3, 4, 5], 999), ([0, 1, 1, 0], 9999),
    ([3, 4], -99), ([1, 5, 3], 99),
])  # fmt: skip
def test_a_value_that_its_scale_never_holds_is_suspected(tmp_path: Path, others: list[float], sentinel: float) -> None:
    run = scored(tmp_path, [*others, sentinel, sentinel])
    assert values(run) == [*others, None, None]
    sentence = f"`score` is {sentinel} on 2 of {len(others) + 2} rows: suspected failures, in no mean"
    assert sentence in run.header.assumed and sentence in said(run)
    assert run.header.metrics[0].mean == pytest.approx(sum(others) / len(others))
    result = run.result(f"b{len(others)}", "1")
    assert result is not None and "suspected" in result.judgements["score"].error
    confirmed = {"t.jsonl": _confirmed(run, failed_values={})}
    kept = only_run(tmp_path / "t.jsonl", columns=confirmed)
    assert values(kept)[-1] == sentinel


def _confirmed(run: LoadedRun, **changed: Any) -> Any:
    from ragtui.sources import ColumnMap

    return ColumnMap.from_dict({**run.header.extra["columns"], **changed})


@pytest.mark.parametrize(("name", "cells"), [
    ("correlation", [-1, 0.5, 1]), ("score", [-3, -1, 2]), ("preference", [-1, 0, 1]), ("recall", [95, 99, 90]),
    ("sentiment", [-1, 1, 0]), ("score", [100, 99, 50]),
])  # fmt: skip
def test_values_that_a_scale_may_hold_are_believed(tmp_path: Path, name: str, cells: list[float]) -> None:
    run = scored(tmp_path, cells, name)
    assert sorted(v for v in values(run, name) if v is not None) == sorted(map(float, cells))


@pytest.mark.parametrize(("cells", "rows"), [([-1, 0, 1] * 4, 4), ([-1, 0, 1, 2] * 3, 3), ([-1, 0, *[1] * 28], 0)])
def test_a_third_below_zero_is_a_scale_and_said(tmp_path: Path, cells: list[float], rows: int) -> None:
    run = scored(tmp_path, cells, "agreement")
    assert values(run, "agreement").count(-1) == rows
    sentence = f"`agreement` is -1 on {rows} of {len(cells)} rows, and else 0, 1 or 2: taken for a score"
    assert (sentence in run.header.assumed) == bool(rows)


def test_zeros_of_calls_that_did_not_succeed(tmp_path: Path) -> None:
    run = scored(
        tmp_path, [0.0, 0.8, 0.9, 0.0], "recall", precision=[0.0, 0.4, 0.0, 0.0], success=[False, True, True, False]
    )
    assert values(run, "recall") == [None, 0.8, 0.9, None] == [*values(run, "precision")[:1], 0.8, 0.9, None]
    assert values(run, "success") == [None, 1, 1, None]
    assert (run.scores.states_of("recall")[[0, 3], 0] == State.ITEM_ERROR).all()
    assert "on 2 rows `success` is false and every score is 0: suspected to be failed calls" in said(run)


def test_the_last_try_of_a_result_counts(tmp_path: Path) -> None:
    rows = [{"id": f"b{n}", "attempt": 1, "answer": "…", "recall": 0.5} for n in range(5)]
    (tmp_path / "t.jsonl").write_bytes(lines_of([*rows, {**rows[2], "attempt": 2, "recall": 0.9}]))
    run = only_run(tmp_path / "t.jsonl")
    assert run.scores.of("recall").tolist() == [[0.5], [0.5], [0.9], [0.5], [0.5]]
    assert "`attempt` counts tries of one result: the last one counts" in run.header.assumed


@pytest.mark.parametrize("word", ["error", "timeout", "failed"])
def test_a_state_in_words_says_that_a_call_failed(tmp_path: Path, word: str) -> None:
    run = scored(tmp_path, [0.0, 0.8, 0.9], "recall", f1=[0.0, 0.4, 0.6], status=[word, "ok", "completed"])
    assert values(run, "recall") == [None, 0.8, 0.9]
    assert "status" not in run.scores.column_of


@pytest.mark.parametrize("success", [[True, True, False], ["true", "true", "false"]])
def test_a_threshold_is_no_failed_call(tmp_path: Path, success: list[Any]) -> None:
    run = scored(tmp_path, [1, 1, 0], "correct", success=success)  # it says the same as the score
    assert values(run, "correct") == [1, 1, 0] and values(run, "success") == [1, 1, 0]
    other = scored(tmp_path, [0.0, 0.4, 0.9], "recall", success=[False, False, True])
    assert values(other, "recall") == [0.0, 0.4, 0.9]


def test_a_metric_that_failed_everywhere_is_listed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "question,answer,faithfulness,recall,notes\n" + "".join(f"q{n},a,,1,\n" for n in range(4))
    )
    run = only_run(tmp_path / "t.csv")
    assert [(m.name, m.mean, m.scored, m.expected) for m in run.header.metrics] == [
        ("faithfulness", None, 0, 4), ("recall", 1.0, 4, 4),
    ]  # fmt: skip
    assert (run.scores.states_of("faithfulness") == State.METRIC_ERROR).all()


@pytest.mark.parametrize("name", [
    "expected_page", "expected_year", "reference_id", "gold_section", "label", "y_true", "y_pred", "predicted_class",
    "prediction", "target", "ground_truth_rank", "row", "index", "Unnamed: 0", "line_number", "created_at", "seed",
    "top_k", "temperature", "turn", "year", "expected_score", "chunk_id",
])  # fmt: skip
def test_columns_that_are_no_scores(tmp_path: Path, name: str) -> None:
    run = scored(tmp_path, [0.5, 0.7, 0.2], "recall", **{name: [3, 1, 2]})
    assert [metric.name for metric in run.scores.metrics] == ["recall"]


@pytest.mark.parametrize("name", [
    "label_accuracy", "reference_similarity", "expected_reward", "prediction_accuracy", "hit_at_k", "recall@5",
    "retries", "turns", "num_steps", "wall_clock_s", "total_time_s", "index_quality",
])  # fmt: skip
def test_columns_that_are_scores_all_the_same(tmp_path: Path, name: str) -> None:
    run = scored(tmp_path, [0.5, 0.7, 0.2], "recall", **{name: [3, 1, 2]})
    assert [metric.name for metric in run.scores.metrics if metric.role is Role.QUALITY or metric.name == name] == (
        ["recall", name]
    )


def test_a_header_in_the_middle_is_neither_item_nor_score(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("Id,Answer,Recall\na,x,1\nb,y,0\nId,Answer,Recall\nc,z,1\n")
    run = only_run(tmp_path / "t.csv")
    assert run.scores.items == ("a", "b", "c")
    assert "t.csv:4: the header line occurs again: left out" in said(run)


@pytest.mark.parametrize(("usage", "total"), [
    ({"input_tokens": 5, "output_tokens": 20, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20}, 145),
    ({"prompt_tokens": 30, "completion_tokens": 12, "total_tokens": 42}, 42), ({"input": 3, "output": 4}, 7), (17, 17),
    ({"prompt_tokens": 30, "completion_tokens": 12, "prompt_tokens_details": {"cached_tokens": 20}}, 42),
])  # fmt: skip
def test_cached_tokens_are_counted(tmp_path: Path, usage: Any, total: int) -> None:
    assert values(scored(tmp_path, [1, 1], usage=[usage, usage]), "tokens") == [total, total]


def test_dotted_columns_say_what_they_stand_in(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "ask.question,got.answer,fluency.score,fluency.rationale,got.recall.recall,got.recall.recall_reason\n"
        "How?,So.,yes,smooth,0.5,half\nWhy?,Thus.,no,rough,1,all\n"
    )
    run = only_run(tmp_path / "t.csv")
    assert [metric.name for metric in run.scores.metrics] == ["fluency", "recall"]
    result = run.result(run.scores.items[0], "1")
    assert result is not None and result.output == "So."
    assert {name: said.rationale for name, said in result.judgements.items()} == {"fluency": "smooth", "recall": "half"}


def test_every_other_column_describes_the_item(tmp_path: Path) -> None:
    rows = [
        {
            "id": item,
            "topic": topic,
            "meta": {"level": level},
            "repeat": k,
            "stamp": f"{item}{k}",
            "recall": k,
            "answer": "x",
        }
        for item, topic, level in (("a", "sea", 1), ("b", "land", 2), ("c", "sea", 1))
        for k in (1, 2)
    ]
    (tmp_path / "t.jsonl").write_bytes(lines_of(rows))
    run = only_run(tmp_path / "t.jsonl")
    assert run.item("a").metadata == {"topic": "sea", "meta.level": 1}
    result = run.result("b", "2")
    assert result is not None and result.metadata["stamp"] == "b2"


def test_categories_are_compared_as_categories(tmp_path: Path) -> None:
    winner = ["left", "right", "left", "tie", "left", "tie", ""]
    run = scored(tmp_path, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], "recall", winner=winner)
    names = [metric.name for metric in run.scores.metrics]
    assert names == ["recall", "winner = left", "winner = right", "winner = tie"]
    assert values(run, "winner = left") == [1, 0, 1, 0, 1, 0, None]
    assert values(run, "winner = tie") == [0, 0, 0, 1, 0, 1, None]
    left = run.scores.metrics[1]
    assert (left.kind, left.higher_is_better) == (Kind.BINARY, None)
    assert dict(run.item("b0").metadata) == {}


def test_text_never_belongs_to_another_item(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    rows = [{"id": f"i{n}", "answer": f"answer {n}", "recall": 1} for n in range(9)]
    path.write_bytes(lines_of(rows))
    run = only_run(path)
    path.write_bytes(lines_of(rows[::-1]))  # of the same length, in another order
    with pytest.raises(Exception, match="changed while it was open"):
        run.result("i0", "1")


@pytest.mark.parametrize(("text", "items", "message"), [
    ('id,answer,recall\n1,"a, b",0.5\n2,"open,1\n3,c,0\n4,d,1\n', 2, "holds what look like rows of their own"),
    ("id,answer,recall\n1,a,0.5\n2,b,0.", 1, "the last line has no end"),
    ("sep=;\nid;answer;recall\n1;a;0,5\n2;b;1\n", 2, ""),
    ("id, answer, recall\n1, a, 0.5\n2, \"b, c\", 1\n", 2, ""), ("id|answer|recall\r1|a|0.5\r2|b|1\r", 2, ""),
    ("\n\nid\tanswer\trecall\n1\ta\t0.5\n2\tb\t1\n", 2, ""), ("id;answer;recall\n1,5;a;0,5\n1.5;b;1\n", 2, ""),
])  # fmt: skip
def test_dialects_and_damage_of_csv(tmp_path: Path, text: str, items: int, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(text.encode())
    run = only_run(tmp_path / "t.csv")
    assert len(run.scores.items) == items and run.scores.of("recall")[0, 0] == 0.5
    assert message in said(run)


@pytest.mark.parametrize(("line", "message"), [
    ('{"id": "a", "scores": {"m": 0, "m": 1}}', '"m" stands twice'),
    ('{"id": "a", "id": "b", "scores": {"m": 1}}', '"id" stands'),
    ('{"id": "a", "scores": [{"name": "m", "value": 0}, {"name": "m", "value": 1}]}', "written twice, with different"),
    ('{"id": "a", "latency_s": -1, "scores": {"m": 1}}', "latency is -1: left out"),
    ('{"id": "a", "attempt": 1e30, "scores": {"m": 1}}', "attempt is 1e+30, not a number"),
])  # fmt: skip
def test_what_a_record_says_twice_or_cannot_mean_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(line + "\n" + "".join(json.dumps({"id": f"z{n}", "scores": {"m": 1}}) + "\n" for n in range(3)))
    run = only_run(path)
    assert message in said(run) and {"z0", "z1", "z2"} <= set(run.scores.items)


@pytest.mark.parametrize("between", ["", " ", "\r", "\u2028", ",", "\x1e"])
def test_objects_on_one_line_are_all_read(tmp_path: Path, between: str) -> None:
    objects = [json.dumps({"id": f"ü{n}", "answer": f"a{n}", "scores": {"m": n}}) for n in range(3)]
    (tmp_path / "t.jsonl").write_text(between.join(objects) + "\n", encoding="utf-8")
    run = only_run(tmp_path / "t.jsonl")
    assert run.scores.of("m")[:, 0].tolist() == [0, 1, 2]
    result = run.result("ü2", "1")
    assert result is not None and result.output == "a2"


@pytest.mark.parametrize("error", [math.nan, None, "", "None", "nan", False, "null"])
def test_no_error_is_no_error(tmp_path: Path, error: Any) -> None:
    run = scored(tmp_path, [1, 0, 1], "recall", error=[error] * 3)
    assert values(run, "recall") == [1, 0, 1]


def test_long_ids_keep_every_digit(tmp_path: Path) -> None:
    ids = [2**127 + n for n in range(4)]
    (tmp_path / "t.jsonl").write_text("".join(f'{{"item": {n}, "scores": {{"m": 1}}}}\n' for n in ids))
    assert only_run(tmp_path / "t.jsonl").scores.items == tuple(map(str, ids))


def test_items_that_share_a_question_stay_apart_and_are_counted(tmp_path: Path) -> None:
    head = "user_input,reference,retrieved_contexts,response,recall\n"
    (tmp_path / "a.csv").write_text(
        head + "".join(f"What now?,ref {n},c,r,{n % 2}\n" for n in range(6)) + "Where?,x,c,r,1\n"
    )
    run = only_run(tmp_path / "a.csv")
    assert len(run.scores.items) == 7 and np.isfinite(run.scores.of("recall")).all()
    assert "6 rows share 1 question: they are items of their own, told apart by their expected answers" in said(run)
    (tmp_path / "b.csv").write_text(head + "".join(f"What now?,same,c{n},r,1\n" for n in range(3)) + "Where?,x,c,r,1\n")
    assert "told apart by their contexts" in said(only_run(tmp_path / "b.csv"))
    (tmp_path / "c.csv").write_text(head + "".join(f"What now?,same,c,r{n},1\n" for n in range(3)) + "Where?,x,c,r,1\n")
    other = only_run(tmp_path / "c.csv")
    assert len(other.scores.items) == 4 and "told apart by their order" in said(other)


def test_runs_are_named_by_what_tells_their_paths_apart(tmp_path: Path) -> None:
    for folder in ("east/dense", "east/bm25", "west/dense"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "scores.csv").write_text("id,answer,recall\na,x,1\n")
    assert [header.name for header in listed(tmp_path)[0]] == [
        "east/bm25/scores",
        "east/dense/scores",
        "west/dense/scores",
    ]
    assert [header.name for header in listed(tmp_path / "east")[0]] == ["bm25", "dense"]
    assert [header.name for header in listed(tmp_path / "west")[0]] == ["scores"]


def test_an_own_run_named_by_one_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "summary.json").write_text('{"ragtui": 1, "id": "x", "name": "nightly", "status": "complete"}')
    (tmp_path / "r" / "results.jsonl").write_bytes(lines_of([{"item": "a", "repeat": 1, "scores": {"m": 1}}]))
    for name in ("results.jsonl", "summary.json", ""):
        (header,), _ = listed(tmp_path / "r" / name)
        assert (header.name, header.format) == ("nightly", "ragtui")
    assert open_source(tmp_path / "r" / "results.jsonl").load("x").scores.items == ("a",)


def test_codes_with_which_calls_ended_are_no_scores_and_say_which_failed(tmp_path: Path) -> None:
    run = scored(tmp_path, [0.0, 0.8, 0.9, 0.5], "recall", http_status=[503, 200, 201, 200])
    assert values(run, "recall") == [None, 0.8, 0.9, 0.5] and run.scores.metrics[0].name == "recall"
    assert "on 1 rows `http_status` is an error and every score is 0" in said(run)
    other = scored(tmp_path, [0.0, 0.8, 0.9], "recall", exit_code=[1, 0, 0], status_code=[404, 404, 200])
    assert values(other, "recall") == [0, 0.8, 0.9] and len(other.scores.metrics) == 1


def test_thumbs_are_scores_whatever_their_column_is_called(tmp_path: Path) -> None:
    assert values(scored(tmp_path, ["👍", "👎", "👍"], "feedback"), "feedback") == [1, 0, 1]
    assert (
        "feedback" not in scored(tmp_path, [1, 0, 1], "recall", feedback=["yes", "too long", "fine"]).scores.column_of
    )


@pytest.mark.parametrize(("name", "usage"), [
    ("usageMetadata", {"promptTokenCount": 90, "candidatesTokenCount": 30, "totalTokenCount": 120}),
    ("usage_metadata", {"input_tokens": 90, "output_tokens": 30, "total_tokens": 120}),
    ("usage", {"inputTokens": 90, "outputTokens": 30, "totalTokens": 120}),
])  # fmt: skip
def test_tokens_of_a_call_under_the_names_of_providers(tmp_path: Path, name: str, usage: dict[str, int]) -> None:
    run = scored(tmp_path, [1, 0, 1], "correct", **{name: [usage] * 3})
    assert values(run, "tokens") == [120, 120, 120] and len(run.scores.metrics) == 2
