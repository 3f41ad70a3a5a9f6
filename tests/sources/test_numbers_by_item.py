"""Scores without records: objects of numbers by item, lists of numbers, lists side by side."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.model import RunHeader, State
from ragtui.sources import open_source
from ragtui.sources.table.opening import preview_table

N = 6
ITEMS = [f"q{n}" for n in range(1, N + 1)]
VALUES = [round(n / 10, 1) for n in range(1, N + 1)]
BY_ITEM = dict(zip(ITEMS, VALUES, strict=True))
THRICE = {item: [value, 1, 0] for item, value in BY_ITEM.items()}
ASKED = [f"Who keeps the ferry number {n}?" for n in range(N)]


def document(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


CLEAR: list[tuple[str, str, Any, list[str]]] = [
    ("scores by item", "scores", BY_ITEM, ["score"]),
    ("of the metric the file is called by", "faithfulness", BY_ITEM, ["faithfulness"]),
    ("among what a run says of itself", "x", {"model": "m", "average": 0.35, **BY_ITEM}, ["score"]),
    ("in a holder", "x", {"model": "m", "per_item": dict(zip("abcdef", VALUES, strict=True))}, ["score"]),
    ("questions", "x", dict(zip(ASKED, VALUES, strict=True)), ["score"]),
    ("metric by metric", "x", {"recall": BY_ITEM, "faithfulness": BY_ITEM}, ["recall", "faithfulness"]),
    ("with its mean", "x", {"recall": {**BY_ITEM, "mean": 0.35}}, ["recall"]),
    ("below", "x", {"v": 1, "out": {"recall": BY_ITEM}}, ["recall"]),
    ("as objects", "x", {"recall": {item: {"score": value} for item, value in BY_ITEM.items()}}, ["recall"]),
    ("lists side by side", "x", {"ids": ITEMS, "scores": VALUES}, ["score"]),
    ("lists below", "x", {"model": "m", "item_ids": ITEMS, "metrics": {"recall": VALUES, "mrr": VALUES}},
     ["recall", "mrr"]),
    ("lists with questions", "x", {"questions": ASKED, "answers": ASKED, "recall": VALUES, "mean": 0.3}, ["recall"]),
    ("pairs", "scores", [[item, value] for item, value in BY_ITEM.items()], ["score"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "metrics"), [case[1:] for case in CLEAR], ids=[case[0] for case in CLEAR])
def test_numbers_by_item_are_read(tmp_path: Path, name: str, value: Any, metrics: list[str]) -> None:
    run = only_run(document(tmp_path / f"{name}.json", value))
    assert [metric.name for metric in run.scores.metrics] == metrics
    for metric in metrics:
        assert run.scores.of(metric)[:, 0].tolist() == VALUES
    if value in (BY_ITEM,):
        assert run.scores.items == tuple(ITEMS)


SEVERAL = [
    {"gpt": BY_ITEM, "llama": BY_ITEM},
    {"gpt": {"recall": BY_ITEM}, "llama": {"recall": BY_ITEM}},
    {"recall": {"gpt": BY_ITEM, "llama": BY_ITEM}},
    {item: {"gpt-4o": value, "llama-3": value} for item, value in BY_ITEM.items()},
    {"gpt": {"ids": ITEMS, "recall": VALUES}, "llama": {"ids": ITEMS, "recall": VALUES}},
    {"ids": ITEMS, "gpt-4o": {"recall": VALUES}, "llama-3": {"recall": VALUES}},
]


@pytest.mark.parametrize("value", SEVERAL)
def test_numbers_by_configuration_and_item_are_runs(tmp_path: Path, value: Any) -> None:
    source = open_source(document(tmp_path / "scores.json", value))
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    assert {header.name.partition("-")[0] for header in headers} == {"gpt", "llama"}
    for header in headers:
        scores = source.load(header.id).scores
        assert scores.items == tuple(ITEMS)
        assert scores.values[:, 0, 0].tolist() == VALUES


@pytest.mark.parametrize("value", [THRICE, {"recall": THRICE}])
def test_lists_of_equally_many_numbers_are_repeats_and_it_is_said(tmp_path: Path, value: Any) -> None:
    run = only_run(document(tmp_path / "scores.json", value))
    assert run.scores.values[:, 0, :].tolist() == [[value, 1, 0] for value in VALUES]
    assert "the 3 numbers in the list of each item are taken for repeats" in said(run)
    assert run.header.assumed


@pytest.mark.parametrize("lines", [True, False])
def test_lists_within_records_are_repeats_with_their_texts(tmp_path: Path, lines: bool) -> None:
    rows = [{"id": n, "answers": [f"a{n}", f"b{n}"], "correct": [1, n % 2], "latency_s": 2.0} for n in range(N)]
    path = tmp_path / ("t.jsonl" if lines else "t.json")
    path.write_bytes(lines_of(rows) if lines else json.dumps(rows).encode())
    run = only_run(path)
    assert run.scores.of("correct").tolist() == [[1, n % 2] for n in range(N)]
    assert "entries of `answers` are taken for repeats" in said(run)
    result = run.result("3", "2")
    assert result is not None and result.output == "b3"
    assert preview_table(path).guess.repeat == "repeat"


def test_a_short_list_has_a_repeat_without_a_score_and_a_long_one_is_named(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [{"id": n, "correct": [1, 0]} for n in range(80)]
    rows[70]["correct"], rows[75]["correct"] = [1], [1, 0, 1]  # beyond the rows that are looked at first
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of(rows))
    run = only_run(path)
    assert run.scores.states_of("correct")[70].tolist() == [State.SCORED, State.MISSING]
    assert np.isnan(run.scores.of("correct")[70, 1])
    assert "t.jsonl:76: `correct` has more than 2 entries" in said(run)


@pytest.mark.parametrize(
    "fields",
    [
        {"retrieval_scores": [0.9, 0.8]},
        {"contexts": ["a", "b"], "scores": [0.9, 0.8]},
        {"similarities": [0.9, 0.8]},
        {"token_logprobs": [0.9, 0.8]},
    ],
)
def test_scores_of_passages_and_tokens_are_no_repeats(tmp_path: Path, fields: dict[str, Any]) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of([{"id": n, "faithfulness": n / 10, **fields} for n in range(N)]))
    run = only_run(path)
    assert ([metric.name for metric in run.scores.metrics], len(run.scores.repeats)) == (["faithfulness"], 1)


UNCLEAR: list[tuple[Any, str]] = [
    ({"faithfulness": 0.8, "recall": 0.7}, "one number for each of faithfulness, recall: means, no scores of items"),
    ({"recall": {"mean": 0.8, "std": 0.1}, "mrr": {"mean": 0.7, "std": 0.1}}, "items, groups or statistics cannot be"),
    ({"recall": {"1": 0.5, "3": 0.6, "5": 0.8}}, "items, groups or statistics cannot be told"),
    ({"faithfulness": {"billing": 0.8, "refunds": 0.7, "login": 0.3}}, "items, groups or statistics cannot be told"),
    ({"faithfulness": {"gpt-4": 0.8, "gpt-3": 0.7}}, "items, groups or statistics cannot be told"),
    ({"seed_1": 0.8, "seed_2": 0.7, "seed_3": 0.75}, "items, groups or statistics cannot be told"),
    ({"alpha": 0.8, "beta": 0.7}, "items, groups or statistics cannot be told"),
    ({"recall": [0.1, 0.2, 0.3], "mrr": [0.1, 0.2, 0.3]}, "lists of 3 numbers (recall, mrr), and nothing says of"),
    ([0.1, 0.2, 0.3], "is a list of 3 numbers, and nothing says of which items"),
    ({"q1": [0.1], "q2": [0.1, 0.2], "q3": [0.3, 0.1, 0.2]}, "not equally long: repeats or passages cannot be told"),
    ([{"id": n, "correct": [1] * (n + 2)} for n in range(4)], "only lists of numbers, which may be repeats or"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "reason"), UNCLEAR, ids=[reason for _, reason in UNCLEAR])
def test_what_is_not_clear_is_refused_with_the_reason_and_the_way_out(tmp_path: Path, value: Any, reason: str) -> None:
    headers, problems = listed(document(tmp_path / "x.json", value))
    assert not headers
    assert reason in problems[0].message and problems[0].hint
