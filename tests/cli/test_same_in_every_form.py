"""The same rows in every form, from CSV to SQLite, give the same numbers, notes and exit codes."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
import yaml

from ragtui.cli import main

Rows = Sequence[dict[str, Any]]


def _delimited(path: Path, rows: Rows, sign: str) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=sign)
        writer.writeheader()
        writer.writerows(rows)


def _sheet(path: Path, rows: Rows) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [list(rows[0]), *(list(row.values()) for row in rows)]:
        sheet.append(row)
    book.save(path)


def _database(path: Path, rows: Rows) -> None:
    names = ", ".join(f'"{name}"' for name in rows[0])
    with closing(sqlite3.connect(path)) as made:
        made.execute(f"CREATE TABLE scores ({names})")
        places = ", ".join("?" * len(rows[0]))
        made.executemany(f"INSERT INTO scores VALUES ({places})", [list(row.values()) for row in rows])
        made.commit()


FORMS: dict[str, Callable[[Path, Rows], object]] = {
    "tsv": lambda path, rows: _delimited(path, rows, "\t"),
    "json": lambda path, rows: path.write_text(json.dumps(rows), "utf-8"),
    "jsonl": lambda path, rows: path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8"),
    "yaml": lambda path, rows: path.write_text(yaml.safe_dump(list(rows), sort_keys=False), "utf-8"),
    "xlsx": _sheet,
    "parquet": lambda path, rows: pyarrow.parquet.write_table(pyarrow.Table.from_pylist(list(rows)), path),
    "sqlite": _database,
}

HIGH = (0.5, 0.25, 1.0, 0.75, 0.5, 0.25, 1.0, 0.75)
LOW = (0.4, 0.2, 0.6, 0.8, 0.4, 0.2, 0.6, 0.8)
ASKED = [f"Who keeps the {name}?" for name in ("gate", "well", "mill", "barn", "ferry", "tower", "orchard", "forge")]


def _each(values: Sequence[float | None] = HIGH, **more: Sequence[Any]) -> list[dict[str, Any]]:
    rows = [{"question": asked, "faithfulness": value} for asked, value in zip(ASKED, values, strict=True)]
    return [{**row, **{name: said[place] for name, said in more.items()}} for place, row in enumerate(rows)]


def _passes(values: Sequence[float], name: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"case_id": f"c{place}", **more, name: number, "recall": round(value + number / 50 * (place % 2), 3)}
        for place, value in enumerate(values) for number in (1, 2, 3)
    ]  # fmt: skip


KINDS: dict[str, tuple[Rows, Rows, dict[str, tuple[float | None, float | None, int, int]]]] = {
    "repeats": (_passes(HIGH, "trial"), _passes(LOW, "trial"), {"recall": (0.645, 0.52, 24, 24)}),
    "turns": (
        [{"chat": f"d{n // 2}", "turn": n % 2, "repeat": r, "recall": HIGH[n]} for n in range(8) for r in (1, 2)],
        [{"chat": f"d{n // 2}", "turn": n % 2, "repeat": r, "recall": LOW[n]} for n in range(8) for r in (1, 2)],
        {"recall": (0.625, 0.5, 16, 16)},
    ),
    "one arm beside repeats": (
        _passes(HIGH, "repetition", arm="old"), _passes(LOW, "repetition", arm="new"),
        {"recall": (0.645, 0.52, 24, 24)},
    ),
    "a failed metric": (
        _each(), _each(context_recall=[None] * 8), {"faithfulness": (0.625, 0.625, 8, 8)},
    ),
    "missing scores": (
        _each(), _each((None, None, *HIGH[2:])),
        {"faithfulness": (0.7083, 0.7083, 8, 6)},
    ),
    "sentinels": (
        _each(), _each((-1, -1, *HIGH[2:])),
        {"faithfulness": (0.7083, 0.7083, 8, 6)},
    ),
    "zeros of failed calls": (
        _each(recall=HIGH, success=[True] * 8),
        [
            {**row, **({"faithfulness": 0, "recall": 0, "success": False} if place > 5 else {})}
            for place, row in enumerate(_each(recall=HIGH, success=[True] * 8))
        ],
        {"faithfulness": (0.5417, 0.5417, 8, 6), "recall": (0.5417, 0.5417, 8, 6)},
    ),
    "written scores": (
        _each(grade=["4/5"] * 4 + ["2/5"] * 4, passed=["yes", "no"] * 4),
        _each(grade=["3/5"] * 4 + ["1/5"] * 4, passed=["no", "no"] * 4),
        {"faithfulness": (0.625, 0.625, 8, 8), "grade": (3.0, 2.0, 8, 8), "passed": (0.5, 0.0, 8, 8)},
    ),
    "what was expected": (
        _each(expected_year=list(range(1900, 1908)), gold_label=[1, 2] * 4, doc_id=list(range(8))),
        _each(LOW, expected_year=list(range(1900, 1908)), gold_label=[1, 2] * 4, doc_id=list(range(8))),
        {"faithfulness": (0.625, 0.5, 8, 8)},
    ),
    "directions": (
        _each(wer=HIGH, no_hallucination=LOW, tool_retries=[1] * 8, wall_clock_s=[2.5] * 8),
        _each(wer=LOW, no_hallucination=HIGH, tool_retries=[2] * 8, wall_clock_s=[1.5] * 8),
        {"faithfulness": (0.625, 0.625, 8, 8), "wer": (0.625, 0.5, 8, 8), "no_hallucination": (0.5, 0.625, 8, 8)},
    ),
    "a shared question": (
        [{"question": ASKED[n % 2], "reference": f"r{n}", "answer_correctness": HIGH[n]} for n in range(8)],
        [{"question": ASKED[n % 2], "reference": f"r{n}", "answer_correctness": LOW[n]} for n in range(8)],
        {"answer_correctness": (0.625, 0.5, 8, 8)},
    ),
    "two judges": (
        [{"id": f"i{n}", "judge_model": j, "coherence": v[n]} for n in range(8) for j, v in (("a", HIGH), ("b", LOW))],
        [{"id": f"i{n}", "judge_model": j, "coherence": v[n]} for n in range(8) for j, v in (("a", LOW), ("b", LOW))],
        {"coherence[a]": (0.625, 0.5, 8, 8), "coherence[b]": (0.5, 0.5, 8, 8)},
    ),
    "a row for each score": (
        [{"id": f"i{n}", "metric": m, "score": v[n]} for n in range(8) for m, v in (("recall", HIGH), ("mrr", LOW))],
        [{"id": f"i{n}", "metric": m, "score": v[n]} for n in range(8) for m, v in (("recall", LOW), ("mrr", LOW))],
        {"recall": (0.625, 0.5, 8, 8), "mrr": (0.5, 0.5, 8, 8)},
    ),
    "configurations": (
        [{"id": f"i{n}", "retriever": "bm25", "top_k": 5, "recall": HIGH[n]} for n in range(8)],
        [{"id": f"i{n}", "retriever": "dense", "top_k": 5, "recall": LOW[n]} for n in range(8)],
        {"recall": (0.625, 0.5, 8, 8)},
    ),
    "other questions": (
        _each(id=list(range(8))),
        [{**row, "question": f"Another {row['id']}?"} for row in _each(id=list(range(8)))], {},
    ),
    "numbers with text beside": (
        _each(category=["billing", "tickets"] * 4, page=list(range(8)), reason=["so, and \"so\"\nagain"] * 8),
        _each(LOW, category=["billing", "tickets"] * 4, page=list(range(8)), reason=["=1+1"] * 8),
        {"faithfulness": (0.625, 0.5, 8, 8)},
    ),
}  # fmt: skip


def _write(folder: Path, form: str, *tables: Rows) -> tuple[Path, Path]:
    folder.mkdir()
    base, cand = folder / f"base.{form}", folder / f"cand.{form}"
    for path, rows in zip((base, cand), tables, strict=True):
        if form == "csv":
            _delimited(path, rows, ",")
        else:
            FORMS[form](path, rows)
    return base, cand


def _said(
    words: Sequence[str], base: Path, cand: Path, capsys: pytest.CaptureFixture[str]
) -> tuple[int, Any, list[str]]:
    """What a command answers: exit code, the JSON, and what stands on stderr; without the ending of the files."""
    code = main([*words])
    printed = capsys.readouterr()
    ending = base.suffix
    texts = [text.replace(str(base.parent), "").replace(ending, "") for text in (printed.out, printed.err)]
    found = json.loads(texts[0]) if texts[0].strip() else {}
    return code, {name: value for name, value in found.items() if name != "created"}, texts[1].splitlines()


def _asked(base: Path, cand: Path) -> list[list[str]]:
    return [
        ["compare", str(base), "--vs", str(cand), "--format", "json", "--problems"],
        ["noise", str(base), "--format", "json", "--problems"],
        ["gate", "--baseline", str(base), "--candidate", str(cand), "--format", "json"],
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_rows_say_the_same_in_every_form(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    base, cand, expected = KINDS[kind]
    first = _write(tmp_path / "csv", "csv", base, cand)
    answers = [_said(words, *first, capsys) for words in _asked(*first)]
    found = {
        entry["name"]: (
            entry["aggregate"]["baseline"] and round(entry["aggregate"]["baseline"], 4),
            entry["aggregate"]["candidate"] and round(entry["aggregate"]["candidate"], 4),
            entry["coverage"]["baseline"]["scored"], entry["coverage"]["candidate"]["scored"],
        )
        for entry in answers[0][1]["metrics"] if entry["aggregate"]
    }  # fmt: skip
    assert {name: found.get(name) for name in expected} == expected
    for form in FORMS:
        places = _write(tmp_path / form, form, base, cand)
        every = form in ("xlsx", "sqlite")  # the others differ in how they are read only, and `compare` shows that
        for usual, words in zip(answers, _asked(*places), strict=True):
            if words[0] != "compare" and not every:
                continue
            assert _said(words, *places, capsys) == usual, f"{words[0]} of {form}"
