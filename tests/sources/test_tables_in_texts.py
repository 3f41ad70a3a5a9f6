"""Tables in texts, with names on two lines or on none, in other encodings: read where the form is clear, else named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sources_kit import listed, only_run, said

from ragtui.sources.table.opening import preview_table

SCORES = [0.5, 1.0, 0.0, 1.0, 0.25, 0.25]
"""Their mean is a half."""


def rows(form: str) -> str:
    return "".join(form.format(n, score) for n, score in enumerate(SCORES))


TEXTS = {
    "report.md": "# Report\n\n| id | recall |\n|:---|---:|\n" + rows("| q{0} | **{1}** |\n") + "\nDone.\n",
    "psql.txt": "+----+--------+\n| id | recall |\n|----+--------|\n" + rows("| q{0} | {1} |\n") + "+----+\n",
    "database.txt": " id | recall \n----+--------\n" + rows(" q{0} | {1}\n") + "(6 rows)\n",
    "framed.txt": "┏━━━━┳━━━━━━━━┓\n┃ id ┃ recall ┃\n┡━━━━╇━━━━━━━━┩\n" + rows("│ q{0} │ {1:<6} │\n") + "└────┘\n",
    "spaced.txt": "id     recall  correct\n" + rows("q{0}     {1:<6}  no\n"),
    "frame.txt": "   id  recall\n" + rows("{0}  q{0}  {1:>6}\n"),
    "tabs.txt": "id\tanswer\trecall\n" + rows("q{0}\tyes, it is\t{1}\n"),
    "commas.txt": "id,recall\n" + rows("q{0},{1}\n"),
    "frame.html": "<table class=dataframe><thead><tr><th></th><th>id</th><th>recall</th></tr></thead><tbody>"
    + rows("<tr><th>{0}</th><td>q{0}</td><td>{1}</td></tr>") + "</tbody></table>",
    "index.html": "<table><tr><th></th><th>recall</th></tr><tr><th>case_id</th><th></th></tr>"
    + rows("<tr><th>q{0}<td>{1}") + "</table>",
    "grouped.htm": "<h2>Monday</h2><table><tr><th rowspan=2>id<th colspan=2>rag</tr><tr><th>recall<th>em</tr>"
    + rows("<tr><td>q{0}<td>{1}<td>1") + "</table><p>unclosed <table><tr><td>",
    "nested.html": "<style>td {{}}</style><table><tr><td><table><tr><th>id<th>recall</tr>"
    + rows("<tr><td>q{0}<td><b>{1}</b></tr>") + "</table></table>",
    "scores.csv": rows("q{0},{1}\n"),
    "remark.jsonl": "# nightly\n" + rows('{{"id": "q{0}", "recall": {1}}}\n'),
    "pairs.json": json.dumps({"recall": [[f"q{n}", score] for n, score in enumerate(SCORES)]}),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_table_is_read_in_whatever_it_is_printed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    ((header,), problems) = listed(tmp_path)
    assert header.items == 6 and header.repeats == 1
    assert 0.5 in [metric.mean for metric in header.metrics]
    assert not [problem for problem in problems if "not read" in problem.message]
    assert only_run(tmp_path / name).scores.items == tuple(f"q{n}" for n in range(6))


def test_headings_name_the_tables_below_them_and_other_tables_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text(
        f"## Plain\n\n{TEXTS['report.md'][10:-7]}\n## With search\n\n{TEXTS['report.md'][10:-7]}\n"
        "| option | default |\n|---|---|\n| a | 1 |\n| b | 2 |\n\n| model | recall |\n|---|---|\n| x | 0.5 |\n"
    )
    headers, problems = listed(tmp_path)
    assert [header.name for header in headers] == ["Plain", "With search"] and problems == []


def test_prose_is_passed_over_and_a_broken_row_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Hello, world.\nThis, is prose.\nWith, commas.\n")
    (tmp_path / "README.md").write_text("# A\n\n| Model | Accuracy |\n|---|---|\n| x | 0.8 |\n| y | 0.7 |\n")
    assert [problem.message for problem in listed(tmp_path)[1]] == ["holds no runs"]
    (tmp_path / "runs.md").write_text(
        "| run | repeats | what to look for |\n|---|---|---|\n" + "| a | 5 | all of it is the same |\n" * 3
        + "\n| item | metric | base → new | Δ |\n|---|---|---|--:|\n" + rows("| q{0} | recall | 1 → {1} | {1} |\n")
    )  # fmt: skip
    assert [problem.message for problem in listed(tmp_path)[1]] == ["holds no runs"]
    head = "| id | answer | score |\n|--|--|--|\n"
    (tmp_path / "r.md").write_text(head + "| a | x \\| y | 1 |\n| b | z |\n| c | z | 1 |\n| d | z | 1 |\n")
    ((header,), (problem,)) = listed(tmp_path)
    assert header.items == 3 and "another number of cells" in problem.message
    assert only_run(tmp_path / "r.md").result("a", "1").output == "x | y"  # type: ignore[union-attr]


def test_names_that_were_made_up_are_said(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text(rows("q{0},{1}\n"))
    run = only_run(tmp_path)
    assert "no line names the columns: column 1 is taken for the item, column 2 for its score" in said(run)
    assert run.result("q0", "1").judgements["score"].value == 0.5  # type: ignore[union-attr]


@pytest.mark.parametrize("text", [rows("q{0},{1},3\n"), rows("same,{1}\n"), "Why?,because,0.5,1\nWhere?,there,1,0\n"])
def test_a_table_without_names_that_is_not_clear_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "eval.csv").write_text(text)
    for place in (tmp_path, tmp_path / "eval.csv"):
        headers, (problem,) = listed(place)
        assert headers == [] and "its first line names no columns" in problem.message
        assert "id,answer,score" in problem.hint


def test_numbers_over_time_without_names_are_no_results(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text("".join(f"2026-01-0{n},{100 + n}\n" for n in range(1, 9)))
    assert [problem.message for problem in listed(tmp_path)[1]] == ["holds no runs"]


@pytest.mark.parametrize("upper", [",plain,plain,rag,rag\n,em,f1,em,f1\nid,,,,\n", "id,plain,,rag,\n,em,f1,em,f1\n"])
def test_names_on_two_lines_are_read_together(tmp_path: Path, upper: str) -> None:
    (tmp_path / "r.csv").write_text(upper + rows("q{0},1,{1},0,1\n"))
    headers, _ = listed(tmp_path)
    assert [(header.name, header.items, [metric.mean for metric in header.metrics]) for header in headers] == [
        ("plain", 6, [1.0, 0.5]), ("rag", 6, [0.0, 1.0]),
    ]  # fmt: skip
    assert "the names of columns stand on two lines and are read together" in headers[0].assumed


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.json", "t.jsonl"])
@pytest.mark.parametrize("code", ["utf-16", "utf-16-be"])
def test_utf16_is_read_like_utf8(tmp_path: Path, name: str, code: str) -> None:
    made = [{"id": f"q{n}", "answer": "日本 é", "recall": score} for n, score in enumerate(SCORES)]
    sign = "\t" if name == "t.tsv" else ","
    text = {
        "t.json": json.dumps(made, ensure_ascii=False),
        "t.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in made),
    }.get(name, f"id{sign}answer{sign}recall\n" + rows(f"q{{0}}{sign}日本 é{sign}{{1}}\n"))
    (tmp_path / name).write_bytes(("\ufeff" if code == "utf-16-be" else "").encode(code) + text.encode(code))
    run = only_run(tmp_path)
    assert len(run.scores.items) == 6 and run.result("q3", "1").output == "日本 é"  # type: ignore[union-attr]


def test_pages_about_something_else_are_no_runs(tmp_path: Path) -> None:
    cells = "".join(f"<tr><td>m{n}.py</td><td>10</td><td>1</td><td>90%</td></tr>" for n in range(5))
    page = f"<table><tr><th>Module</th><th>statements</th><th>missing</th><th>coverage</th></tr>{cells}</table>"
    (tmp_path / "coverage.html").write_text(page)
    (tmp_path / "deep.html").write_text("<table><tr><td colspan=99999999>" * 3000)
    assert listed(tmp_path)[0] == []
    with_rows = listed(tmp_path / "deep.html")
    assert with_rows[0] == [] and "holds no table of scores" in str(with_rows[1])


POINTS = {
    "table.md": "| who | points | extra |\n|---|---|---|\n" + rows("| p{0} | {1} | 1{0} |\n"),
    "table.txt": "who  points  extra\n" + rows("p{0}   {1:<6}  1{0}\n"),
    "table.html": "<table><tr><th>who<th>points<th>extra</tr>" + rows("<tr><td>p{0}<td>{1}<td>1{0}</tr>") + "</table>",
    "one/0.json": "",
}


@pytest.mark.parametrize("name", POINTS)
def test_columns_are_told_and_shown_whatever_a_table_is_written_in(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "one/0.json":  # one file an answer
        path = path.parent
        path.mkdir()
        for n, score in enumerate(SCORES):
            answer = {"who": f"p{n}", "question": f"Why {n}?", "answer": "so", "points": score, "extra": n}
            (path / f"{n}.json").write_text(json.dumps(answer))
    else:
        path.write_text(POINTS[name])
    assert {"who", "points", "extra"} <= set(preview_table(path).columns)
    for place in (path, tmp_path):  # a person's word counts in a folder as well
        (header,) = listed(place, roles={"item": ("who",), "metrics": ("points",)})[0]
        assert (header.items, [(metric.name, metric.mean) for metric in header.metrics]) == (6, [("points", 0.5)])
        assert "taken for the item" not in str(header.problems)
