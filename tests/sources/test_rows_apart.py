"""What tells the rows of one item apart: a configuration is never taken for a repeat, whatever it is called."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sources_kit import listed

from ragtui.sources import open_source

ITEMS = [f"tide-{number}" for number in range(6)]
Rows = list[dict[str, Any]]


def crossed(**columns: Sequence[Any]) -> Rows:
    """One row for every item and combination; the score tells the combination, and differs a little by item."""
    rows = []
    for place, item in enumerate(ITEMS):
        for number, values in enumerate(product(*columns.values())):
            row = {"case_id": item, **dict(zip(columns, values, strict=True))}
            rows.append({**row, "reply": f"{item} {values}", "correctness": round(number + place / 10, 2)})
    return rows


def as_csv(path: Path, rows: Rows) -> Path:
    target = path / "table.csv"
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return target


def as_lines(path: Path, rows: Rows) -> Path:
    target = path / "table.jsonl"
    target.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return target


def as_list(path: Path, rows: Rows) -> Path:
    target = path / "table.json"
    target.write_text(json.dumps({"when": "today", "outcome": rows}), encoding="utf-8")
    return target


def as_nested(path: Path, rows: Rows) -> Path:
    """Settings in an object of their own, scores in another."""
    target = path / "nested.jsonl"
    texts = ("case_id", "reply", "correctness")
    records = [
        {
            "case_id": row["case_id"],
            "answer": row["reply"],
            "setup": {name: value for name, value in row.items() if name not in texts},
            "scores": {"correctness": row["correctness"]},
        }
        for row in rows
    ]
    target.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return target


WRITERS = [as_csv, as_lines, as_list, as_nested]
Writer = Callable[[Path, Rows], Path]


def shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Items, metrics and repeats of every run by name."""
    source = open_source(path)
    headers, _ = listed(path)
    return {header.name: source.load(header.id).scores.values.shape for header in headers}


def assumed(path: Path) -> str:
    return "\n".join(dict.fromkeys(line for header in listed(path)[0] for line in header.assumed))


ALONE: list[tuple[str, Sequence[Any]]] = [
    ("arm", ["with", "without"]), ("method", ["bm25", "dense", "both"]), ("mode", ["fast", "slow"]),
    ("model", ["small", "large"]), ("prompt_version", ["v1", "v2"]), ("retriever", ["bm25", "dense"]),
    ("top_k", [2, 4, 8]), ("k", [1, 10]), ("temperature", [0.0, 0.7]), ("chunk_size", [256, 512]),
    ("rerank", [True, False]), ("split", ["dev", "test"]), ("strategy", ["one", "two"]), ("llm", ["a-7b", "b-70b"]),
    ("embedding_model", ["e5", "bge"]), ("system", ["old", "new"]), ("variant", ["A", "B"]),
    ("branch", ["main", "fix"]), ("use_hyde", ["yes", "no"]), ("treatment", ["x", "y"]),
    ("flavour", ["plain", "spiced"]), ("n_shots", [0, 2]),
]  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("name", "values"), ALONE, ids=[name for name, _ in ALONE])
def test_a_column_with_few_values_makes_configurations(
    tmp_path: Path, name: str, values: Sequence[Any], write: Writer
) -> None:
    path = write(tmp_path, crossed(**{name: values}))
    found = shapes(path)
    assert len(found) == len(values), found
    assert {shape[0::2] for shape in found.values()} == {(len(ITEMS), 1)}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(("name", "values"), [pair for pair in ALONE if pair[0] not in ("model", "system", "variant")])
def test_beside_a_repeat_column_it_still_does_and_is_named(
    tmp_path: Path, name: str, values: Sequence[Any], write: Writer
) -> None:
    path = write(tmp_path, crossed(**{name: values, "repeat": [1, 2, 3]}))
    found = shapes(path)
    assert len(found) == len(values) and {shape[0::2] for shape in found.values()} == {(len(ITEMS), 3)}
    assert f"`{name}` makes {len(values)} configurations beside `repeat`" in assumed(path)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["repeat", "rep", "trial", "epoch", "iteration", "repetition", "replicate", "Trial"])
def test_a_column_that_says_so_numbers_repeats(tmp_path: Path, name: str, write: Writer) -> None:
    path = write(tmp_path, crossed(**{name: [1, 2, 3]}))
    assert [shape[0::2] for shape in shapes(path).values()] == [(len(ITEMS), 3)]
    assert not assumed(path)


@pytest.mark.parametrize(
    ("name", "values"), [("seed", [11, 22]), ("attempt", [1, 2]), ("run", [1, 2]), ("idx", [0, 1])]
)
def test_a_counter_may_number_repeats_and_that_is_said(tmp_path: Path, name: str, values: list[int]) -> None:
    path = as_csv(tmp_path, crossed(**{name: values}))
    assert [shape[0::2] for shape in shapes(path).values()] == [(len(ITEMS), 2)]
    assert assumed(path) == f"`{name}` is taken for the number of the repeat"


def test_rows_that_differ_in_what_came_out_alone_are_repeats_and_that_is_said(tmp_path: Path) -> None:
    rows = [
        {
            "id": item,
            "timestamp": f"2026-01-0{turn}T00:00:0{place}",
            "letter": "AABAB"[(place + turn) % 5],
            "score": turn,
        }
        for place, item in enumerate(ITEMS)
        for turn in (1, 2, 3)
    ]
    path = as_lines(tmp_path, rows)
    assert [shape[0::2] for shape in shapes(path).values()] == [(len(ITEMS), 3)]
    assert assumed(path) == "nothing numbers the repeats: the 3 rows of each item are taken for repeats"


@pytest.mark.parametrize("name", ["judge", "grader", "filter", "annotator", "judge_model", "scorer", "rater"])
@pytest.mark.parametrize("repeats", [[], [1, 2]])
def test_a_judge_or_a_filter_has_metrics_of_its_own(tmp_path: Path, name: str, repeats: list[int]) -> None:
    columns: dict[str, Sequence[Any]] = {name: ["strict", "loose"], **({"repeat": repeats} if repeats else {})}
    rows = [{**row, "accuracy": row["correctness"]} for row in crossed(**columns)]
    path = as_csv(tmp_path, rows)
    (header,), _ = listed(path)
    run = open_source(path).load(header.id)
    expected = {f"{metric}[{value}]" for metric in ("correctness", "accuracy") for value in ("strict", "loose")}
    assert {metric.name for metric in run.scores.metrics} == expected
    assert len(run.scores.repeats) == max(1, len(repeats))
    assert run.scores.of("correctness[loose]")[0, 0] - run.scores.of("correctness[strict]")[0, 0] == max(
        1, len(repeats)
    )


def test_two_settings_make_their_combinations(tmp_path: Path) -> None:
    path = as_csv(tmp_path, crossed(retriever=["bm25", "dense"], top_k=[2, 4], repeat=[1, 2]))
    found = shapes(path)
    assert set(found) == {"bm25, top_k=2", "bm25, top_k=4", "dense, top_k=2", "dense, top_k=4"}
    assert {shape[2] for shape in found.values()} == {2}


def test_a_setting_that_is_the_same_everywhere_is_kept_as_one(tmp_path: Path) -> None:
    path = as_csv(tmp_path, [{**row, "model": "small"} for row in crossed(repeat=[1, 2])])
    (header,), _ = listed(path)
    assert header.configuration.pipeline == {"model": "small", "file": "table.csv"}
    assert header.repeats == 2


def test_two_files_with_the_same_settings_are_never_pooled_unasked(tmp_path: Path) -> None:
    for name in ("monday", "tuesday"):
        (tmp_path / name).mkdir()
        as_csv(tmp_path / name, crossed(arm=["with", "without"]))
    prints = [header.configuration.fingerprint() for header in listed(tmp_path)[0]]
    assert len(set(prints)) == 4


def test_turns_are_parts_of_an_item_and_the_run_number_its_repeat(tmp_path: Path) -> None:
    path = as_csv(tmp_path, crossed(run=[1, 2, 3], turn=[1, 2]))
    (name,) = shapes(path)
    assert shapes(path)[name] == (2 * len(ITEMS), 1, 3)
    assert "`turn` is part of the item" in assumed(path)


def test_a_date_that_goes_with_the_repeat_is_no_configuration(tmp_path: Path) -> None:
    rows = [{**row, "batch": f"night {row['repeat']}"} for row in crossed(repeat=[1, 2, 3])]
    assert [shape[2] for shape in shapes(as_csv(tmp_path, rows)).values()] == [3]


def test_missing_rows_do_not_hide_a_configuration(tmp_path: Path) -> None:
    rows = crossed(arm=["with", "without"])
    del rows[3]
    found = shapes(as_csv(tmp_path, rows))
    assert sorted(shape[0] for shape in found.values()) == [len(ITEMS) - 1, len(ITEMS)]


def test_nothing_is_assumed_of_a_table_with_one_row_an_item(tmp_path: Path) -> None:
    rows = [{**row, "topic": "tides", "level": place % 3} for place, row in enumerate(crossed())]
    path = as_csv(tmp_path, rows)
    assert not assumed(path)
    (header,), _ = listed(path)
    assert (header.items, header.repeats, header.results) == (len(ITEMS), 1, len(ITEMS))
    assert header.metrics[0].mean == pytest.approx(0.25)


def test_a_listing_shows_means_counts_and_repeats(tmp_path: Path) -> None:
    (header,), _ = listed(as_list(tmp_path, crossed(trial=[1, 2])))
    assert (header.items, header.repeats, header.results, header.errors) == (6, 2, 12, 0)
    assert [(m.name, m.mean, m.scored, m.expected) for m in header.metrics] == [("correctness", 0.75, 12, 12)]


def rows_of(pairs: Mapping[str, Sequence[float]]) -> Iterator[dict[str, Any]]:
    for item, scores in pairs.items():
        for score in scores:
            yield {"id": item, "answer": "…", "score": score}


def test_items_that_occur_unequally_often_are_left_out_by_name(tmp_path: Path) -> None:
    path = as_csv(tmp_path, list(rows_of({"a": [1], "b": [0], "c": [1, 0]})))
    source = open_source(path)
    run = source.load(listed(path)[0][0].id)
    assert "1 of 3 items occur more than once without a repeat number and are left out: c" in str(run.problems[-1])


def test_the_scores_of_judges_are_no_configurations(tmp_path: Path) -> None:
    said = {"host": 4, "guest": 2}
    rows = [{"case_id": i, "reply": "r", "grader": who, "depth": n} for i in ITEMS for who, n in said.items()]
    (header,), _ = listed(as_csv(tmp_path, rows))
    assert {m.name: m.mean for m in header.metrics} == {"depth[host]": 4, "depth[guest]": 2}


@pytest.mark.parametrize("named", ["task", "ticket"])
def test_rows_of_an_item_that_no_name_tells_are_told_by_setting_and_repeat(tmp_path: Path, named: str) -> None:
    rows = [
        {named: f"t{item}", "prompt_ver": arm, "pass_no": number, "correct": int(arm == "new")}
        for item in range(6)
        for arm in ("old", "new")
        for number in (1, 2, 3)
        if (item, arm, number) != (4, "old", 2)  # one call was lost
    ]
    headers, _ = listed(as_csv(tmp_path, rows))
    found = {h.name: (h.items, h.repeats, h.metrics[0].mean, h.metrics[0].scored) for h in headers}
    assert found == {"old": (6, 3, 0, 17), "new": (6, 3, 1, 18)}


@pytest.mark.parametrize("named", ["evaluator_id", "judge_id", "model_id", "project_id", "config_id", "annotator_id"])
@pytest.mark.parametrize("values", [["one"], ["one", "two"]])
def test_the_id_of_what_made_or_judged_an_answer_is_no_item(tmp_path: Path, named: str, values: list[str]) -> None:
    said = ["How do I reset it?", "Where is the office?", "What does it cost?", "Who made it?"]
    rows = [{named: value, "body": body, "score": 0.25 * n} for value in values for n, body in enumerate(said)]
    headers, _ = listed(as_list(tmp_path, rows))
    assert {(header.items, header.repeats) for header in headers} == {(4, 1)}


@pytest.mark.parametrize("named", ["prompt_id", "user_id", "item_id"])
def test_other_ids_on_several_rows_name_the_item(tmp_path: Path, named: str) -> None:
    rows = [{named: f"x{n}", "answer": f"{n} {again}", "score": 0.25 * n} for again in (1, 2) for n in range(4)]
    (header,), _ = listed(as_list(tmp_path, rows))
    assert (header.items, header.repeats) == (4, 2)
