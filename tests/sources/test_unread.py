"""What is called like results and cannot be read is named; what is called otherwise is nobody's business."""

from pathlib import Path

import pytest

from ragtui.cli import main
from ragtui.exits import Exit
from ragtui.model import Problem
from ragtui.sources import open_source
from ragtui.sources.unread import UNREAD_ENDINGS

GARBAGE = b"\0\1\2 no text \xff\xfe"
READ = (
    "csv", "tsv", "json", "jsonl", "yaml", "xml", "html", "parquet", "xlsx", "db", "sqlite", "zip", "eval", "json.gz",
    "csv.bz2", "jsonl.zst",
)  # fmt: skip


@pytest.mark.parametrize("content", [GARBAGE, b""], ids=["garbage", "empty"])
@pytest.mark.parametrize("ending", [*READ, *(ending[1:] for ending in UNREAD_ENDINGS)])
def test_a_file_called_like_results_is_named_with_its_reason(
    ending: str, content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"eval_results.{ending}"
    path.write_bytes(content)
    (problem,) = open_source(tmp_path).headers()
    assert isinstance(problem, Problem) and problem.where == str(path) and problem.hint
    assert main(["runs", str(tmp_path)]) == Exit.ERROR, "nothing of the folder can be read"
    assert capsys.readouterr().err.count(str(path)) == 1


@pytest.mark.parametrize("name", ["weights.pt", "thumbs.db", "logo.npy", "evaluator.pkl", "interval.xlsx"])
def test_a_file_called_otherwise_is_not(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(GARBAGE)
    (problem,) = open_source(tmp_path).headers()
    assert isinstance(problem, Problem) and problem.message == "holds no runs"
