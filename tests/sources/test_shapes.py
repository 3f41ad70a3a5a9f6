"""Hand-made results are found by the shape of their records, wherever they stand and whatever they are called."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml
from sources_kit import listed, only_run, said

from ragtui.model import State
from ragtui.sources import open_source

NAMES = ("dense", "bm25", "both")
ASKED = [f"Who keeps the {place} ferry?" for place in ("upper", "lower", "night", "old", "free")]


def records(add: float = 0.0) -> list[dict[str, Any]]:
    return [{"question": asked, "answer": "…", "recall": round(n / 10 + add, 2)} for n, asked in enumerate(ASKED)]


def keyed() -> dict[str, Any]:
    return {f"ferry-{n}": {"question": asked, "recall": n / 10} for n, asked in enumerate(ASKED)}


def by_column() -> dict[str, Any]:
    rows = records()
    return {name: {str(n): row[name] for n, row in enumerate(rows)} for name in rows[0]}


def in_lists() -> dict[str, Any]:
    rows = records()
    return {name: [row[name] for row in rows] for name in rows[0]}


def split_frame() -> dict[str, Any]:
    rows = records()
    return {"columns": list(rows[0]), "index": [0, 1], "data": [list(row.values()) for row in rows]}


FAILED = {"question": ASKED[0], "answer": "", "error": "timeout", "recall": None}
PAIRS = [(asked, round(n / 10, 2)) for n, asked in enumerate(ASKED)]
CONTEXT = [{"text": "The ferry …", "score": 0.9}, {"text": "A ferry …", "score": 0.1}, {"text": "No.", "score": 0.0}]

ONE_RUN: list[tuple[str, Any]] = [
    ("a bare list", records()),
    ("a list under any name", {"weather": "fine", "per_ferry": records(), "mean": 0.2}),
    ("deep down", {"report": {"v": 2, "body": {"parts": [{"title": "t", "rows": records()}]}}}),
    ("an object of objects", keyed()),
    ("an object of objects below", {"meta": {"a": 1}, "answers": keyed()}),
    ("columns as keys", by_column()),
    ("columns as lists", in_lists()),
    ("a frame in parts", {"note": "x", "table": split_frame()}),
    ("with passages", {"out": [{**row, "retrieved": CONTEXT} for row in records()]}),
    ("with passages by another name", [{**row, "evidence": CONTEXT} for row in records()]),
    ("with messages", [{**row, "messages": [{"role": "user", "content": "…", "n": 3}]} for row in records()]),
    ("a failed record first", [FAILED, *records()[1:]]),
    ("scores in an object", [{"question": ask, "metrics": {"recall": value}} for ask, value in PAIRS]),
    ("scores as objects", [{"question": ask, "recall": {"score": value, "reason": "r"}} for ask, value in PAIRS]),
    ("a list of scores", [{"question": ask, "evals": [{"name": "recall", "score": value}]} for ask, value in PAIRS]),
    ("parts in objects", [{"in": {"question": ask}, "out": {"answer": "…", "recall": value}} for ask, value in PAIRS]),
]  # fmt: skip


@pytest.mark.parametrize("document", [pair[1] for pair in ONE_RUN], ids=[pair[0] for pair in ONE_RUN])
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_records_are_found(tmp_path: Path, document: Any, form: str) -> None:
    path = tmp_path / f"odd name.{form}"
    text = json.dumps(document, indent=1) if form == "json" else yaml.safe_dump(document, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    for place in (path, tmp_path):  # named, and found in a folder
        run = only_run(place)
        assert [metric.name for metric in run.scores.metrics] == ["recall"]
        values = run.scores.of("recall")[:, 0]
        states = run.scores.states_of("recall")[:, 0]
        failed = states == State.ITEM_ERROR
        assert values[~failed].tolist() == [n / 10 for n in range(5)][failed.sum() :]
        assert run.item(run.scores.items[4]).question == ASKED[4]


SEVERAL: list[tuple[str, Any]] = [
    ("configurations as keys", {"dense": records(), "bm25": records(0.1), "both": records(0.2)}),
    ("configurations with means", {
        name: {"mean": 1.0, "details": records(n / 10)} for n, name in enumerate(NAMES)
    }),
    ("below one name", {"when": 1, "runs": {"dense": records(), "bm25": records(0.1), "both": records(0.2)}}),
    ("a list of runs", {"experiments": [
        {"name": name, "items": records(n / 10)} for n, name in enumerate(NAMES)
    ]}),
    ("a list of models with their means", [
        {"model": name, "recall": n / 10, "outcomes": records(n / 10)} for n, name in enumerate(NAMES)
    ]),
    ("models as keys in each record", [
        {"question": asked, **{
            name: {"answer": "…", "recall": round(n / 10 + k / 10, 2)} for k, name in enumerate(NAMES)
        }}
        for n, asked in enumerate(ASKED)
    ]),
    ("models in an object of each record", [
        {"question": asked, "models": {
            name: {"recall": round(n / 10 + k / 10, 2)} for k, name in enumerate(NAMES)
        }}
        for n, asked in enumerate(ASKED)
    ]),
    ("objects of objects of configurations", {
        name: {f"ferry-{n}": {"answer": "…", "recall": round(n / 10 + k / 10, 2)} for n in range(5)}
        for k, name in enumerate(NAMES)
    }),
    ("objects of models by item", {"results": {
        f"ferry-{n}": {name: {"recall": round(n / 10 + k / 10, 2), "reason": "r"} for k, name in enumerate(NAMES)}
        for n in range(5)
    }}),
    ("rows with a column", [
        {**row, "method": name} for n, name in enumerate(NAMES) for row in records(n / 10)
    ]),
]  # fmt: skip


@pytest.mark.parametrize("document", [pair[1] for pair in SEVERAL], ids=[pair[0] for pair in SEVERAL])
def test_configurations_are_runs(tmp_path: Path, document: Any) -> None:
    path = tmp_path / "out.json"
    path.write_text(json.dumps(document))
    headers, _ = listed(tmp_path)
    assert [header.name for header in headers] == list(NAMES)
    assert [header.metrics[0].mean for header in headers] == pytest.approx([0.2, 0.3, 0.4])
    assert {(header.items, header.repeats) for header in headers} == {(5, 1)}
    assert len({header.configuration.fingerprint() for header in headers}) == 3


def test_other_records_of_a_document_are_named(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    path.write_text(
        json.dumps({"eval": records(), "golden": {"rows": [{"id": n, "fluency": 1, "text": "t"} for n in range(3)]}})
    )
    headers, problems = listed(path)
    assert len(headers) == 1
    assert "also holds 3 records under golden.rows: not read" in problems[0].message


@pytest.mark.parametrize("document", [
    {"dependencies": {"a": "1.0", "b": "2.0"}}, [1, 2, 3], {"compilerOptions": {"strict": True}}, [{"name": "x"}], {},
    {"users": [{"id": 1, "name": "Ann", "zip": 123}]}, {"train": [{"question": "q", "answer": "a"}]},
    [{"id": 1, "title": "t", "views": 7}], {"a": {"b": {"c": [{"x": 1}, {"x": 2}]}}},
])  # fmt: skip
def test_other_documents_are_passed_over_in_a_folder(tmp_path: Path, document: Any) -> None:
    (tmp_path / "other.json").write_text(json.dumps(document))
    (tmp_path / "other.yaml").write_text(yaml.safe_dump(document))
    assert [problem.message for problem in listed(tmp_path)[1]] == ["holds no runs"]


def test_a_summary_beside_results_says_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "per_item.csv").write_text("id,answer,recall\na,x,1\nb,y,0\n")
    about = {"run_name": "nightly", "config": {"top_k": 3}, "metrics": {"recall": 0.9}, "dataset": "ferries"}
    (tmp_path / "summary.json").write_text(json.dumps(about))
    (header,), problems = listed(tmp_path)
    assert not problems
    assert (header.name, header.dataset, header.configuration.pipeline) == ("nightly", "ferries", {"top_k": 3})
    assert header.metrics[0].mean == 0.5


def test_tables_of_a_database(tmp_path: Path) -> None:
    path = tmp_path / "kept.db"
    with sqlite3.connect(path) as database:
        database.execute('CREATE TABLE "my scores" (case_id TEXT, answer TEXT, recall REAL, raw BLOB)')
        rows = [(f"c{n}", "…", n / 10, b"\xff") for n in range(5)]
        database.executemany('INSERT INTO "my scores" VALUES (?, ?, ?, ?)', rows)
        database.execute("CREATE TABLE users (id INTEGER, name TEXT)")
        database.execute("INSERT INTO users VALUES (1, 'Ann')")
        database.execute(
            "CREATE VIEW loop AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT * FROM n"
        )
    database.close()
    run = only_run(path)
    assert run.scores.items == ("c0", "c1", "c2", "c3", "c4")
    assert run.header.metrics[0].mean == pytest.approx(0.2)
    (tmp_path / "torn.db").write_bytes(path.read_bytes()[:700] + b"\0" * 3000)
    assert "cannot be read as SQLite" in listed(tmp_path / "torn.db")[1][0].message


def test_parquet_and_excel(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    openpyxl = pytest.importorskip("openpyxl")
    rows = records()
    parquet.write_table(
        pyarrow.Table.from_pylist([{**row, "scores": {"f1": 1.0}} for row in rows]), tmp_path / "t.parquet"
    )
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.create_sheet("notes").append(["nothing to see"])
    book.save(tmp_path / "t.xlsx")
    for name in ("t.parquet", "t.xlsx"):
        run = only_run(tmp_path / name)
        assert run.scores.of("recall")[:, 0].tolist() == [n / 10 for n in range(5)]
        (tmp_path / f"torn {name}").write_bytes((tmp_path / name).read_bytes()[:300])
        _, problems = listed(tmp_path / f"torn {name}")
        assert "cannot be read as" in problems[0].message


def laugh(before: str, name: str) -> str:
    return f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n"


@pytest.mark.parametrize(("text", "message"), [
    ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(map(laugh, "abcdefgh", "bcdefghi")), "expand to more than"),
    ("a: &a [*a]\n", "expand to more than"), ("- {id: 1, recall: 1, recall: 0}\n", "stands twice"),
    ("- " * 5000 + "a", "nested too deeply"), ("!!python/object/apply:os.system [echo]\n", "cannot be read as YAML"),
    ("a: [1, 2\n", "cannot be read as YAML"),
])  # fmt: skip
def test_yaml_that_is_meant_badly(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    assert message in listed(tmp_path / "bad.yaml")[1][0].message


def test_a_list_with_other_things_in_it_names_them(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text(json.dumps({"results": [*records(), None, 7]}))
    run = only_run(tmp_path / "t.json")
    assert len(run.scores.items) == 5 and "entry 6 is not an object: left out (and 1 more like it)" in said(run)
    source = open_source(tmp_path)
    assert [header.results for header in listed(tmp_path)[0]] == [5] and source.label
