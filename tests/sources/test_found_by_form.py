"""Results in forms that no name tells: a file an answer, a table on its side, scores in a cell, items by their form."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from sources_kit import listed, only_run, said

from ragtui.sources.table.opening import preview_table

SCORES = [0.5, 1.0, 0.0, 1.0, 0.25, 0.25]
"""Their mean is a half."""


def write(path: Path, *rows: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def means(path: Path) -> list[tuple[str, int | None, int | None, dict[str, float | None]]]:
    return [
        (header.name, header.items, header.repeats, {metric.name: metric.mean for metric in header.metrics})
        for header in listed(path)[0]
    ]


def answers(folder: Path, **more: Any) -> None:
    folder.mkdir(parents=True)
    for n, score in enumerate(SCORES):
        (folder / f"q{n}.json").write_text(json.dumps({"answer": "x", "scores": {"tone": score}, **more}))


def test_a_file_for_each_answer(tmp_path: Path) -> None:
    answers(tmp_path / "plain")
    answers(tmp_path / "rag")
    (tmp_path / "rag" / "summary.json").write_text('{"model": "m"}')
    (tmp_path / "rag" / "q9.json").write_text("[1]")
    (tmp_path / "rag" / "q91.json").write_text('{"answer": "x", "scores": {"tone": 0.5}}')
    assert means(tmp_path) == [("plain", 6, 1, {"tone": 0.5}), ("rag", 7, 1, {"tone": 0.5})]
    assert ["holds no single answer" in problem.message for problem in listed(tmp_path)[1]] == [True]
    run = only_run(tmp_path / "plain")
    assert run.scores.items == tuple(f"q{n}" for n in range(6)) and "6 files hold an answer each" in said(run)
    assert run.result("q1", "1").output == "x"  # type: ignore[union-attr]
    assert preview_table(tmp_path / "plain").guess.metrics == ("scores.tone",)


@pytest.mark.parametrize(
    "document",
    [
        {"run_id": "r", "model": "m", "accuracy": 0.5, "n": 100},
        {"name": "r", "score_threshold": 0.5, "prompt": "x"},
        {"answer": "x", "question": "y?", "expected": "z"},
    ],
)
def test_files_that_are_no_answers_are_no_run(tmp_path: Path, document: Any) -> None:
    for n in range(4):
        (tmp_path / f"file_{n}.json").write_text(json.dumps(document))
    headers, problems = listed(tmp_path)
    assert headers == []
    assert sum(
        "holds means only (accuracy), and nothing says of which items" in problem.message for problem in problems
    ) == 4 * ("accuracy" in document)


def test_means_beside_the_rows_they_are_of_are_not_named(tmp_path: Path) -> None:
    write(tmp_path / "details.csv", ["id", "recall"], *([f"q{n}", score] for n, score in enumerate(SCORES)))
    (tmp_path / "eval.json").write_text('{"recall": 0.5}')
    assert listed(tmp_path)[1] == []


def test_a_table_on_its_side(tmp_path: Path) -> None:
    write(tmp_path / "t.csv", ["metric", *(f"q{n}" for n in range(6))], ["recall", *SCORES], ["correct", *[1] * 6])
    assert means(tmp_path) == [("t", 6, 1, {"recall": 0.5, "correct": 1.0})]
    assert "the table lies on its side" in said(only_run(tmp_path))
    write(tmp_path / "t.csv", ["model", *(f"k{n}" for n in (1, 3, 5))], ["a", 0.1, 0.2, 0.3], ["b", 0.1, 0.2, 0.3])
    assert means(tmp_path) == []


@pytest.mark.parametrize("form", [json.dumps, str, lambda said: str(said).replace("0.5", "np.float64(0.5)")])
def test_scores_written_in_a_cell(tmp_path: Path, form: Any) -> None:
    rows = ([f"q{n}", form({"recall": score, "exact_match": None})] for n, score in enumerate(SCORES))
    write(tmp_path / "t.csv", ["id", "metrics"], *rows)
    assert means(tmp_path) == [("t", 6, 1, {"recall": 0.5, "exact_match": None})]
    assert only_run(tmp_path).result("q1", "1").judgements["recall"].value == 1.0  # type: ignore[union-attr]


@pytest.mark.parametrize("cell", ["{'a': __import__('os')}", "{" * 5000, "{'a': 1" + "0" * 30_000 + "}"])
def test_what_is_no_plain_object_stays_text(tmp_path: Path, cell: str) -> None:
    write(tmp_path / "t.csv", ["id", "scores", "recall"], *([f"q{n}", cell, 0.5] for n in range(4)))
    assert means(tmp_path) == [("t", 4, 1, {"recall": 0.5})]


def test_an_item_that_only_its_form_tells(tmp_path: Path) -> None:
    rows = [[f"doc-{n}", rule, score] for n, score in enumerate(SCORES) for rule in ("strict", "lenient")]
    write(tmp_path / "t.csv", ["what", "filter", "exact_match"], *rows)
    assert means(tmp_path) == [("t", 6, 1, {"exact_match[strict]": 0.5, "exact_match[lenient]": 0.5})]
    assert "'what' tells the rows apart: it is taken for the item" in said(only_run(tmp_path))
    write(tmp_path / "t.csv", ["benchmark", "accuracy"], ["one", 1], ["two", 0], ["three", 0.5])
    headers, (problem,) = listed(tmp_path)
    assert headers == [] and "may hold scores (accuracy)" in problem.message
    assert means(tmp_path / "t.csv") == [("t", 3, 1, {"accuracy": 0.5})]


def test_spreads_and_steps_of_a_training_are_no_metrics(tmp_path: Path) -> None:
    rows = ([f"q{n}", score, 0.1] for n, score in enumerate(SCORES))
    write(tmp_path / "t.csv", ["id", "recall_mean", "recall_std"], *rows)
    assert means(tmp_path) == [("t", 6, 1, {"recall_mean": 0.5})]
    log = tmp_path / "log" / "train.csv"
    write(log, ["epoch", "train_loss", "accuracy"], *([n, 1 / (n + 1), n / 10] for n in range(6)))
    assert [problem.message for problem in listed(log.parent)[1]] == ["holds no runs"]
    assert "is a log of training" in listed(log)[1][0].message


@pytest.mark.parametrize("above", [[], [["Evaluation of May"], []]])
def test_sheets_have_titles_and_merged_names(tmp_path: Path, above: list[list[Any]]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [*above, ["id", "base", None, "rag", None], [None, "em", "f1", "em", "f1"]]:
        sheet.append(row)
    for n, score in enumerate(SCORES):
        sheet.append([f"q{n}", 1, score, 0, 1])
    book.save(tmp_path / "t.xlsx")
    assert means(tmp_path) == [("base", 6, 1, {"em": 1.0, "f1": 0.5}), ("rag", 6, 1, {"em": 0.0, "f1": 1.0})]


@pytest.mark.parametrize("name", ["random_state", "random_seed", "rng_seed", "torch_seed", "Durchlauf"])
def test_columns_that_number_repeats_in_other_words(tmp_path: Path, name: str) -> None:
    write(tmp_path / "t.csv", ["id", name, "correct"], *([f"q{n}", s, (n + s) % 2] for s in (11, 22) for n in range(4)))
    assert means(tmp_path) == [("t", 4, 2, {"correct": 0.5})]


def test_a_score_on_the_first_line_of_what_a_judge_said(tmp_path: Path) -> None:
    rows = [{"id": f"q{n}", "judge_output": f"Score: {n}\nReason: it is " + "so " * 60} for n in range(5)]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert means(tmp_path) == [("t", 5, 1, {"judge_output": 2.0})]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.json", '[{"id": "q0", "recall": 1},\n{"id": "q1", "recall": 0},\n', "not valid JSON"),
        ("r.jsonl", '["q0", 1]\n["q1", 0\n', "not valid JSON"),
        ("r.json", '{"ids": ["a", "b"], "results": {"x": {"f1": [1, 0]}}}', "holds lists of numbers (f1)"),
    ],
)
def test_what_is_damaged_or_cannot_be_placed_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    headers, (problem,) = listed(tmp_path)
    assert headers == [] and message in problem.message


def test_a_list_in_a_file_of_lines_is_read_and_broken_settings_are_not_named(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(json.dumps([{"id": f"q{n}", "recall": s} for n, s in enumerate(SCORES)]))
    (tmp_path / "tsconfig.json").write_text('{"compilerOptions": {"strict": true},}')
    assert means(tmp_path) == [("t", 6, 1, {"recall": 0.5})] and listed(tmp_path)[1] == []


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_rows_inside_of_records_are_found_on_lines_as_in_a_list(tmp_path: Path, ending: str) -> None:
    trials = [
        {"id": f"q{n}", "rollouts": [{"reply": "x", "reward": s}, {"reply": "y", "reward": s}]}
        for n, s in enumerate(SCORES)
    ]
    models = [
        {"id": f"q{n}", "models": {"a": {"answer": "x", "f1": s}, "b": {"answer": "y", "f1": 1}}}
        for n, s in enumerate(SCORES)
    ]
    for name, records in (("trials", trials), ("models", models)):
        lines = "\n".join(map(json.dumps, records))
        (tmp_path / f"{name}.{ending}").write_text(lines if ending == "jsonl" else json.dumps(records))
    found = {(items, repeats): said for _, items, repeats, said in means(tmp_path / f"trials.{ending}")}
    assert found == {(6, 2): {"reward": 0.5}}
    assert sorted(said["f1"] or 0 for *_, said in means(tmp_path / f"models.{ending}")) == [0.5, 1]
    run = only_run(tmp_path / f"trials.{ending}")
    result = run.result(run.scores.items[2], "2")
    assert result is not None and result.output == "y"


def test_a_title_that_a_spreadsheet_padded_is_no_header(tmp_path: Path) -> None:
    rows = [["Audit of the night", "", ""], ["", "", ""], ["question", "answer", "recall"]]
    write(tmp_path / "t.csv", *rows, *([f"Why is {n}?", "x", s] for n, s in enumerate(SCORES)), ["Total", "", 3])
    assert means(tmp_path) == [("t", 6, 1, {"recall": 0.5})]
    write(tmp_path / "t.csv", ["id", "recall", ""], *([f"q{n}", s, "x"] for n, s in enumerate(SCORES)))
    assert means(tmp_path) == [("t", 6, 1, {"recall": 0.5})]


@pytest.mark.parametrize("ending", ["jsonl", "json"])
def test_what_the_models_behind_one_answer_took_makes_no_configurations_of_its_score(
    tmp_path: Path, ending: str
) -> None:
    spent = {"large": {"cost": 3, "tokens": 30}, "small": {"cost": 1, "tokens": 9}}
    records = [{"id": f"q{n}", "recall": s, "models": spent} for n, s in enumerate(SCORES)]
    lines = "\n".join(map(json.dumps, records))
    (tmp_path / f"t.{ending}").write_text(lines if ending == "jsonl" else json.dumps(records))
    run = only_run(tmp_path)
    assert len(run.scores.items) == 6 and "recall" in {metric.name for metric in run.scores.metrics}


@pytest.mark.parametrize("name", ["t.txt", "t.psv", "t.tab", "t.jsonlines", "t.jl"])
@pytest.mark.parametrize("sign", [",", ";", "|", "\t", "json"])
def test_tables_and_lines_are_found_under_other_endings(tmp_path: Path, name: str, sign: str) -> None:
    rows = [{"id": f"i{n}", "question": f"What, is {n}; or | so?", "recall": n / 4} for n in range(5)]
    if sign == "json":
        text = "".join(json.dumps(row) + "\n" for row in rows)
    else:
        lines = [[*rows[0]], *([str(row["id"]), f'"{row["question"]}"', str(row["recall"])] for row in rows)]
        text = "".join(sign.join(line) + "\n" for line in lines)
    if (name in ("t.psv", "t.tab") and sign == "json") or (name in ("t.jsonlines", "t.jl") and sign != "json"):
        return
    (tmp_path / name).write_text(text)
    headers, problems = listed(tmp_path)
    assert [(header.items, header.metrics[0].mean) for header in headers] == [(5, 0.5)] and not problems


def test_a_letter_with_as_many_commas_on_each_line_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Dear all,\nabout recall,\nmore, or less,\nBye,\n")
    assert listed(tmp_path)[0] == []


@pytest.mark.parametrize("name", ["timestamp_ms", "start_time_unix_nano", "createdAtMs", "event_datetime_utc"])
def test_moments_in_any_unit_are_no_scores(tmp_path: Path, name: str) -> None:
    rows = [{"question": f"What is {n}?", "recall": n / 4, name: 1_790_000_000_000 + n * 7} for n in range(5)]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert [metric.name for metric in listed(tmp_path)[0][0].metrics] == ["recall"]


def test_being_up_to_date_is_a_score(tmp_path: Path) -> None:
    rows = [{"question": f"What is {n}?", "up_to_date": n > 1} for n in range(5)]
    (tmp_path / "t.json").write_text(json.dumps(rows))
    assert [metric.name for metric in listed(tmp_path / "t.json")[0][0].metrics] == ["up_to_date"]
