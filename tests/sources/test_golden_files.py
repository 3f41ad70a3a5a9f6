"""Dataset files are golden data and no runs, Langfuse's exports among them."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sources_kit import lines_of, listed

from ragtui.sources.datasetfile import read_dataset

ITEMS = [
    {
        "id": f"it-{n}", "datasetId": "d", "datasetName": "faq", "status": "ACTIVE",
        "input": {"question": f"Why {n}?"}, "expectedOutput": {"answer": f"Because {n}."}, "metadata": {"topic": "x"},
        "sourceTraceId": None, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
    }
    for n in range(4)
]  # fmt: skip
SNAKE = [
    {"id": f"it-{n}", "dataset_id": "d", "project_id": "p", "status": "ACTIVE", "input": f"Why {n}?",
     "expected_output": f"Because {n}.", "created_at": "2026-01-01"}
    for n in range(4)
]  # fmt: skip
PLAIN = [{"query": f"Why {n}?", "gold_answer": f"Because {n}.", "difficulty": n % 3} for n in range(4)]


def as_csv(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(
            [{name: json.dumps(cell) if isinstance(cell, dict) else cell for name, cell in row.items()} for row in rows]
        )
    return path


def written(folder: Path, rows: Sequence[dict[str, Any]]) -> list[Path]:
    """The same items in every form."""
    (folder / "list.json").write_text(json.dumps(rows))
    (folder / "page.json").write_text(json.dumps({"data": rows, "meta": {"page": 1, "limit": 50, "totalItems": 4}}))
    (folder / "lines.jsonl").write_bytes(lines_of(rows))
    return [folder / "list.json", folder / "page.json", folder / "lines.jsonl", as_csv(folder / "table.csv", rows)]


@pytest.mark.parametrize("rows", [ITEMS, SNAKE, PLAIN])
def test_a_dataset_is_no_run_and_says_so(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    for path in written(tmp_path, rows):
        headers, problems = listed(path)
        assert not headers
        assert "is a dataset: 4 questions with expected answers and no scores" in problems[0].message, path.name
    assert not listed(tmp_path)[0]


@pytest.mark.parametrize("rows", [ITEMS, SNAKE, PLAIN])
def test_its_questions_and_answers_are_read_alike_from_every_form(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    for path in written(tmp_path, rows):
        dataset = read_dataset(path)
        assert [(item.question, item.expected) for item in dataset.items] == [
            (f"Why {n}?", f"Because {n}.") for n in range(4)
        ], path.name
        assert dataset.name == ("faq" if rows is ITEMS else path.stem)
        assert not {"datasetId", "dataset_id", "status", "createdAt"} & set(dataset.items[0].metadata)


def test_archived_items_are_in_no_dataset(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_bytes(lines_of([ITEMS[0], {**ITEMS[1], "status": "ARCHIVED"}, ITEMS[2]]))
    assert [item.id for item in read_dataset(path).items] == ["it-0", "it-2"]


def test_what_was_answered_or_scored_is_a_run(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(lines_of([{**row, "correct": n % 2} for n, row in enumerate(PLAIN)]))
    assert len(listed(path)[0]) == 1
