"""Files that cannot be read as they are are named with what is wrong; a person's word on columns reaches all kinds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.errors import UsageError
from ragtui.model import State, guess_metric
from ragtui.sources.columns import ColumnMap
from ragtui.sources.table.opening import preview_table

ROWS = [{"id": f"q{n}", "asked": f"What is {n}?", "zap": n / 4, "faithfulness": 0.5} for n in range(5)]
NAMES = list(ROWS[0])


def _cells(form: str, row: dict[str, Any]) -> str:
    return "".join(form.format(cell) for cell in row.values())


def _html(rows: list[dict[str, Any]], head: str = "") -> str:
    names = "".join(f"<th>{name}</th>" for name in rows[0])
    return (
        f"<!doctype html><html><head>{head}</head><body><table><tr>{names}</tr>"
        + "".join(f"<tr>{_cells('<td>{}</td>', row)}</tr>" for row in rows)
        + "</table></body></html>"
    )


def _sqlite(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE scores (id TEXT, asked TEXT, zap REAL, faithfulness REAL)")
    database.executemany("INSERT INTO scores VALUES (?, ?, ?, ?)", [tuple(row.values()) for row in ROWS])
    database.commit()
    database.close()


def _excel(path: Path) -> None:
    book = pytest.importorskip("openpyxl").Workbook()
    book.active.append(NAMES)
    for row in ROWS:
        book.active.append(list(row.values()))
    book.save(path)


def _parquet(path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(arrow.Table.from_pylist(ROWS), path)


def _text(source: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(source)


KINDS: dict[str, Callable[[Path], object]] = {
    "list.json": _text(json.dumps(ROWS)),
    "below.json": _text(json.dumps({"model": "small", "results": ROWS})),
    "frame.json": _text(json.dumps({name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in NAMES})),
    "lines.jsonl": _text("".join(json.dumps(row) + "\n" for row in ROWS)),
    "plain.csv": _text(",".join(NAMES) + "\n" + "".join(",".join(map(str, row.values())) + "\n" for row in ROWS)),
    "objects.csv": _text('id,asked,scores\n' + "".join(f'{r["id"]},x,"{{""zap"": {r["zap"]}}}"\n' for r in ROWS)),
    "bars.md": _text(f"|{_cells('{}|', dict(zip(NAMES, NAMES, strict=True)))}\n|{'---|' * 4}\n"
                     + "".join(f"|{_cells('{}|', row)}\n" for row in ROWS)),
    "page.html": _text(_html(ROWS)),
    "spread.yaml": _text("".join(f"- {json.dumps(row)}\n" for row in ROWS)),
    "scores.sqlite": _sqlite,
    "book.xlsx": _excel,
    "columns.parquet": _parquet,
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_confirmed_map_is_followed_in_whatever_a_table_is_written(tmp_path: Path, name: str) -> None:
    """A map for a workbook made ragtui read it as CSV: "is not a text file"."""
    path = tmp_path / name
    KINDS[name](path)
    preview = preview_table(path)
    zap = "scores.zap" if name.startswith("objects") else "zap"
    told = replace(
        preview.guess, item=("id",), metrics=(zap,), names={zap: "zap"}, categories={}, rationales={}, run=()
    )
    run = only_run(tmp_path, columns={str(path.resolve()): told})
    assert [metric.name for metric in run.scores.metrics] == ["zap"]
    assert run.scores.items == tuple(f"q{n}" for n in range(5))
    assert run.scores.values[:, 0, 0].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_map_of_one_table_is_no_reason_to_lose_the_other_tables_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "two.md"
    one = "|id|zap|\n|---|---|\n" + "".join(f"|q{n}|{n}|\n" for n in range(4))
    two = "|case|recall|\n|---|---|\n" + "".join(f"|c{n}|0.5|\n" for n in range(4))
    path.write_text(f"## First\n\n{one}\n## Second\n\n{two}\n")
    told = ColumnMap(item=("id",), metrics=("zap",))
    headers, problems = listed(tmp_path, columns={str(path.resolve()): told})
    assert [(header.name, header.metrics[0].name) for header in headers] == [("First", "zap"), ("Second", "recall")]
    assert problems == []
    assert any("are not those of this table" in text for text in headers[1].assumed)


def test_a_data_frame_by_columns_that_names_items_is_one_table(tmp_path: Path) -> None:
    """Metrics that nobody knows made a run each, called like the whole column of ids."""
    KINDS["frame.json"](tmp_path / "frame.json")
    [header] = listed(tmp_path)[0]
    assert header.name == "frame" and header.items == 5
    assert {metric.name for metric in header.metrics} == {"zap", "faithfulness"}


@pytest.mark.parametrize("field", ["contexts", "sources", "citations", "context"])
def test_a_column_may_be_a_place_in_an_object_that_is_one_cell(tmp_path: Path, field: str) -> None:
    path = tmp_path / "out.jsonl"
    held = {"docs": [{"id": "d1", "text": "paid daily"}], "took": 3}
    path.write_bytes(lines_of([{"id": f"q{n}", "recall": n / 4, field: held} for n in range(5)]))
    told = ColumnMap(item=("id",), metrics=("recall",), contexts=f"{field}.docs")
    result = only_run(path, columns={path.name: told}).result("q1", "1")
    assert result is not None and [context.text for context in result.contexts] == ["paid daily"]
    result = only_run(path, roles={"contexts": f"{field}.docs"}).result("q1", "1")
    assert result is not None and [context.id for context in result.contexts] == ["d1"]


def test_a_place_that_no_row_has_is_still_refused(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_bytes(lines_of([{"id": f"q{n}", "recall": n / 4, "contexts": {"docs": []}} for n in range(5)]))
    [problem] = listed(path, roles={"contexts": "contexts.pages"})[1]
    assert "contexts.pages" in problem.message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "id,question,faithfulness\nq1,What is, up,1\n",
            "2: no row can be read: row skipped: 4 cells, the header has 3",
        ),
        (
            "id,answer,score\nq1,so, so,1\nq2,yes, no,0\n",
            "2: no row can be read: row skipped: 4 cells, the header has 3",
        ),
        ("id,faithfulness\n", ": holds column names only"),
    ],
    ids=["one row", "every row", "names only"],
)
def test_a_table_without_a_row_that_can_be_read_says_why(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    headers, problems = listed(tmp_path)
    assert not headers and reason in str(problems[0])
    assert any(part in str(listed(path)[1][0]) for part in ("line 2: no row can be read", "holds column names only"))


def test_a_large_page_is_named_and_read_when_it_is_named(tmp_path: Path) -> None:
    script = "<script>" + "let x = 'a long asset';\n" * 100_000 + "</script>"
    (tmp_path / "report.html").write_text(_html(ROWS, script))
    (tmp_path / "options.html").write_text(_html([{"option": n, "default": n} for n in "abcd"], script))
    headers, [problem] = listed(tmp_path)
    assert headers == [] and problem.where.endswith("report.html")
    assert "a page of 2 MB with a table that may hold scores (zap, faithfulness)" in problem.message
    assert only_run(tmp_path / "report.html").scores.items == tuple(f"q{n}" for n in range(5))


def test_a_table_behind_the_scripts_of_a_page_is_found(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(_html(ROWS, "<script>" + "let x = 1;\n" * 10_000 + "</script>"))
    assert len(only_run(tmp_path).scores.items) == 5


def test_the_names_of_a_very_wide_table_are_understood_once_each(tmp_path: Path) -> None:
    """They were understood again for every question asked of them, eleven times each, beyond 8192 columns."""
    names = [f"recall_{n}" for n in range(10_000)]
    (tmp_path / "wide.csv").write_text(
        f"id,{','.join(names)}\n" + "".join(f"q{n}{',0.5' * 10_000}\n" for n in range(2))
    )
    guess_metric.cache_clear()
    assert len(listed(tmp_path)[0][0].metrics) == 10_000
    assert guess_metric.cache_info().misses < 3 * len(names)


class _Counted(str):
    compared = 0

    def __eq__(self, other: object) -> bool:
        type(self).compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_map_of_thousands_of_columns_is_checked_in_one_pass() -> None:
    columns = [_Counted(f"m{n}") for n in range(3000)]
    ColumnMap(item=("m0",), metrics=tuple(f"m{n}" for n in range(3000))).check(columns)
    assert _Counted.compared < 20 * len(columns)
    with pytest.raises(UsageError, match="no column 'x'"):
        ColumnMap(item=("x",), metrics=("m1",)).check(columns)


JUNIT = '<testsuites><testsuite name="s">{}</testsuite></testsuites>'
CASES = "".join(f'<testcase classname="t" name="test_{n}" time="1,204.5"/>' for n in range(4))


def test_a_report_that_breaks_off_gives_its_whole_tests_and_says_where(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    path.write_text(JUNIT.format(CASES)[: -len("</testsuite></testsuites>")] + '<testcase name="test_x">\n<fail')
    run = only_run(tmp_path)
    assert run.scores.items == tuple(f"t::test_{n}" for n in range(4))
    [problem] = listed(tmp_path)[1]
    assert problem.line == 2 and "test 'test_x' is not whole" in problem.message


def test_durations_with_thousands_are_read_and_a_property_with_a_comma_is_a_text(tmp_path: Path) -> None:
    said_of = '<testcase name="a"><properties><property name="recall" value="0,85"/></properties></testcase>'
    (tmp_path / "out.xml").write_text(JUNIT.format(CASES + said_of))
    run = only_run(tmp_path)
    names = [metric.name for metric in run.scores.metrics]
    assert "recall" not in names and run.scores.values[0, names.index("test_duration_s"), 0] == 1204.5
    assert run.item("a").metadata == {"recall": "0,85"}


def test_a_projects_own_tests_beside_runs_are_named_and_are_no_second_configuration(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT.format(CASES))
    assert only_run(tmp_path).header.format == "junit"  # alone they may be an evaluation
    (tmp_path / "results.csv").write_text("id,recall\na,0.5\nb,0.6\nc,0.7\n")
    [header], [problem] = listed(tmp_path)
    assert header.format == "table"
    assert Path(problem.where).name == "junit.xml" and "lies beside other runs" in problem.message
    assert only_run(tmp_path / "junit.xml").header.format == "junit"


@pytest.mark.parametrize(
    "more",
    [
        '<testcase name="a"><properties><property name="recall" value="0.5"/></properties></testcase>',
        '<testcase name="b[1-2]"/><testcase name="b[2-2]"/>',
    ],
    ids=["numbers", "repeats"],
)
def test_tests_that_say_more_than_that_they_passed_are_a_run_beside_others(tmp_path: Path, more: str) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT.format(CASES + more))
    (tmp_path / "results.csv").write_text("id,recall\na,0.5\nb,0.6\nc,0.7\n")
    assert {header.format for header in listed(tmp_path)[0]} == {"junit", "table"}


def test_tests_that_are_called_alike_are_kept_apart(tmp_path: Path) -> None:
    (tmp_path / "out.xml").write_text(JUNIT.format(CASES + CASES))
    run = only_run(tmp_path)
    assert len(run.scores.items) == 8 and "nothing says that they are repeats" in said(run)


def test_entities_are_not_followed_and_the_gates_own_reports_are_no_results(tmp_path: Path) -> None:
    (tmp_path / "bomb.xml").write_text(
        '<!-- x --><testsuite><!DOCTYPE a [<!ENTITY b "c">]><testcase name="&b;"/></testsuite>'
    )
    (tmp_path / "laughs.xml").write_text('<testsuite name="&b;"><testcase name="x"/></testsuite>')
    (tmp_path / "gate.xml").write_text(
        '<testsuites name="ragtui gate"><testsuite><testcase name="x"/></testsuite></testsuites>'
    )
    headers, problems = listed(tmp_path)
    assert headers == [] and [Path(problem.where).name for problem in problems] == ["bomb.xml", "laughs.xml"]
    assert "verdicts and no results" in str(listed(tmp_path / "gate.xml")[1][0])


OTEL = "app_name,app_version,record_id,input,output,ts,latency,Brief,Brief_calls\n"


def test_records_that_came_to_nothing_are_errors_where_others_have_an_output(tmp_path: Path) -> None:
    (tmp_path / "trulens.csv").write_text(
        OTEL + "a,1,r1,red,out,2026-05-01,1,0.25,[]\na,1,r2,grey,,2026-05-01,1,,\na,1,r3,blue,out,2026-05-01,1,0.5,[]\n"
    )
    run = only_run(tmp_path)
    assert [int(state) for state in run.scores.states[:, 0, 0]] == [State.SCORED, State.ITEM_ERROR, State.SCORED]
    assert "a record has neither output nor score" in said(run)


def test_a_long_table_without_labels_says_what_is_missing(tmp_path: Path) -> None:
    given = [("q1", "warm", 1), ("q1", "cold", 0), ("q2", "warm", 0), ("q2", "cold", 1)]
    always = {"run": "b", "run_id": "b", "format": "ragtui", "repeat": "1"}
    rows = [{**always, "item": item, "metric": f"tone = {label}", "score": score} for item, label, score in given]
    (tmp_path / "old.jsonl").write_bytes(lines_of(rows))
    assert "`tone = warm`, `tone = cold`: the labels that were given are missing" in said(only_run(tmp_path))
    for row, (_, label, score) in zip(rows, given, strict=True):
        row["label"] = label if score else {"warm": "cold", "cold": "warm"}[label]
    (tmp_path / "old.jsonl").write_bytes(lines_of(rows))
    assert "missing" not in said(only_run(tmp_path))


@pytest.mark.parametrize("encoding", ["ut-8", "shift_jis", "zip"])
def test_an_encoding_that_cannot_be_read_is_named(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "out.xml").write_text(
        f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="a"/></testsuite>'
    )
    [problem] = listed(tmp_path)[1]
    assert "should not happen" not in problem.hint and "out.xml" in str(problem)


def test_a_damaged_report_that_holds_nothing_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "out.xml"
    path.write_text("<testsuite>\n<testcase")
    [problem] = listed(tmp_path)[1]
    assert "line 2: is no whole XML" in problem.message


MEANS_OF_TOOLS = {
    "board.csv": (",win_rate,standard_error,n_wins,n_total,avg_length\nsmall,50.5,1.5,400,805,900\n", "AlpacaEval"),
    "results.json": ('{"no_generation": ["a__a-1"], "no_logs": [], "resolved": ["a__a-2", "a__a-3"]}', "SWE-bench"),
    "BFCL_v4_simple_score.json": (
        '{"accuracy": 0.5, "correct_count": 1, "total_count": 2}\n{"id": "s1", "valid": false, "error": ["no"]}\n',
        "BFCL",
    ),
}


@pytest.mark.parametrize("name", MEANS_OF_TOOLS)
def test_means_of_a_tool_and_lists_of_one_outcome_are_named_and_no_run(tmp_path: Path, name: str) -> None:
    content, tool = MEANS_OF_TOOLS[name]
    (tmp_path / name).write_text(content)
    headers, problems = listed(tmp_path)
    assert not headers and [tool in problem.message for problem in problems] == [True]
