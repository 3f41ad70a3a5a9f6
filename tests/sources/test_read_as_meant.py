"""Tables put together, scores behind their reasons, ids that pandas made floats, and numbers that describe items."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from sources_kit import listed, only_run, said

from ragtui.sources.table.cells import stated_score

FIRST: list[Sequence[object]] = [["id", "question", "correct"], *([f"a{n}", f"Who is {n}?", n % 2] for n in range(6))]


def write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (["id", "question", "correct", "note"], "'note' more"),
        (["id", "question", "model", "correct"], "'model' more"),
        (["Correct", "ID", "Question"], "another order"),
        (["id", "correct"], "no 'question'"),
    ],
)
def test_rows_below_another_header_are_read_by_it(tmp_path: Path, second: list[str], message: str) -> None:
    values = {"id": "b{}", "question": "Where is {}?", "correct": "1", "note": "x", "model": "m"}
    rows = [[values[name.casefold()].format(n) for name in second] for n in range(4)]
    run = only_run(write(tmp_path / "both.csv", [*FIRST, second, *rows]))
    assert f"line 8: another header line, with {message}" in said(run).replace("both.csv:8", "line 8")
    assert run.scores.items == (*(f"a{n}" for n in range(6)), *(f"b{n}" for n in range(4)))
    assert run.scores.values[:, 0, 0].tolist() == [0, 1, 0, 1, 0, 1, 1, 1, 1, 1]
    assert run.item("a3").question == "Who is 3?"
    assert run.item("b2").question == ("Where is 2?" if "no" not in message.split() else "")
    assert "skipped" not in said(run)


def test_a_text_with_commas_is_no_header(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", FIRST)
    path.write_text(path.read_text() + "a9,what, and why?,1\n")
    assert "row skipped: 4 cells, the header has 3" in said(only_run(path))


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("All there. Rating: [[7]]", 7),
        ("One gap; hence [[6.5]].", 6.5),
        ("Sound.\n\n**Score: 4/5**", 4),
        ("It is right. Grade: 80 %", 80),
        ("4 - mostly right", 4),
        ("as [[3]] shows, it is right", None),
        ("There are 3 of them", None),
        ("The score: five", None),
    ],
)
def test_a_score_behind_the_reasons_for_it(text: str, score: float | None) -> None:
    found = stated_score(text)
    assert (found.value if found else None) == score


def test_a_column_of_reasons_that_end_with_a_score(tmp_path: Path) -> None:
    rows = [{"id": f"q{n}", "judge": f"It says {n} things, so well. Rating: [[{n}]]"} for n in range(6)]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert only_run(tmp_path).scores.values[:, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]


def test_ids_that_pandas_made_floats_are_the_same_items(tmp_path: Path) -> None:
    for name, form in (("floats", "{}.0"), ("wholes", "{}")):
        write(tmp_path / f"{name}.csv", [["id", "correct"], *([form.format(n), n % 2] for n in range(7))])
    floats, wholes = (only_run(tmp_path / f"{name}.csv") for name in ("floats", "wholes"))
    assert floats.scores.items == wholes.scores.items == tuple("0123456")
    assert floats.item("3").id == "3" and floats.result("3", "1") is not None
    mixed = write(tmp_path / "mixed.csv", [["id", "correct"], ["1.0", 1], ["1.1", 0], ["2.0", 1]])
    assert only_run(mixed).scores.items == ("1.0", "1.1", "2.0")


def test_numbers_that_describe_items_are_said_to(tmp_path: Path) -> None:
    head = ["id", "question", "correct", "depth"]
    rows: list[Sequence[object]] = [head, *([f"q{n}", f"Why {n}?", n % 2, n % 3] for n in range(6))]
    path = write(tmp_path / "t.csv", rows)
    (header,), problems = listed(path)
    told = "`depth` is taken for metadata: its name says that it describes the item"
    assert [metric.name for metric in header.metrics] == ["correct"] and told in header.assumed
    assert not problems
    assert only_run(path).item("q1").metadata == {"depth": "1"}


def test_messages_that_were_sent_are_shown_as_what_was_said(tmp_path: Path) -> None:
    sent = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where is Ulm?"}]
    rows = [{"id": f"q{n}", "messages": sent, "answer": "x", "correct": n % 2} for n in range(4)]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert only_run(tmp_path).item("q1").question == "system: Be kind.\nuser: Where is Ulm?"


@pytest.mark.parametrize("ends_like_an_id", ["json_valid", "paid", "Schema Valid"])
def test_a_score_that_ends_like_an_id_names_no_item(tmp_path: Path, ends_like_an_id: str) -> None:
    words = zip(("s1", "s2", "s3"), ("True", "False", "True"), strict=True)
    rows = [[name, model, word, 0.5] for name, word in words for model in ("a", "b")]
    path = write(tmp_path / "t.csv", [["dataset", "provider", ends_like_an_id, "f1"], *rows])
    runs, _ = listed(path)
    assert [(run.items, run.repeats) for run in runs] == [(3, 1), (3, 1)]
    assert {metric.name for run in runs for metric in run.metrics} == {ends_like_an_id, "f1"}


def test_numbers_in_an_object_of_what_was_expected_are_no_scores(tmp_path: Path) -> None:
    rows = [
        {"case": f"c{n}", "ground_truth": {"hours": n}, "expected_fields": {"total": n + 2.5}, "error_margin": n / 4}
        for n in range(4)
    ]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert [metric.name for metric in listed(tmp_path / "t.json")[0][0].metrics] == ["error_margin"]


@pytest.mark.parametrize("field", ["accuracy", "match", "similarity", "relevance"])
def test_documents_that_were_evaluated_are_items_and_retrieved_ones_are_not(tmp_path: Path, field: str) -> None:
    entries = [{"file": f"contract {n}.pdf", field: n / 4, "reason": "as said"} for n in range(5)]
    (tmp_path / "eval.json").write_text(json.dumps({"overall_accuracy": 0.5, "documents": entries}))
    measured = field in ("accuracy", "match")
    runs, _ = listed(tmp_path / "eval.json")
    assert [(run.items, run.metrics[0].mean) for run in runs if run.items] == ([(5, 0.5)] if measured else [])
    problems = listed(tmp_path)[1]
    assert any("means only" in problem.message for problem in problems) is not measured
