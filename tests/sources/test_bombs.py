"""A few kilobytes that would become gigabytes, or never end: named and not read, and the file beside them is."""

import io
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import openpyxl
import pyarrow
import pyarrow.parquet
import pytest
from sources_kit import listed

from ragtui.files import database
from ragtui.files.packed import MOST, bound
from ragtui.sources.generic import excel

GOOD = "item,correct\n1,1\n2,0\n"


def shared_text(path: Path) -> None:
    """One long text that every row names: 2 KB that are 120 MB."""
    rows = {"item": [str(n) for n in range(400)], "correct": [1.0] * 400, "text": ["x" * 300_000] * 400}
    pyarrow.parquet.write_table(pyarrow.table(rows), path, compression="zstd")


def sparse_sheet(path: Path) -> None:
    """Two cells a row, with 16,382 empty ones between."""
    plain, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(plain)
    row = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="XFD{0}"><v>1</v></c></row>'
    rows = "".join(row.format(number) for number in range(1, 100))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            sheet = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
            written.writestr(name, sheet if "sheet1" in name else read.read(name))
    path.write_bytes(out.getvalue())


def make(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()


def endless_table(path: Path) -> None:
    """A plain table under the names that are looked at, and a view that never ends beside it."""
    view = "CREATE VIEW scores AS WITH RECURSIVE n(item) AS (SELECT 1 UNION ALL SELECT item FROM n) SELECT item FROM n"
    make(path, view, "CREATE TABLE other (a)")


def endless_store(path: Path) -> None:
    """MLflow's tables, one of them a view that never ends and never has a row."""
    view = (
        "CREATE VIEW assessments AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a FROM n)"
        " SELECT a AS created_timestamp, a AS assessment_id FROM n WHERE a = 2"
    )
    tables = ("runs (run_uuid, name, status, start_time, experiment_id)", "experiments (experiment_id, name)",
              "params (run_uuid, key, value)", "latest_metrics (key)")  # fmt: skip
    make(path, *(f"CREATE TABLE {table}" for table in tables), view)


@pytest.mark.parametrize(
    ("name", "bomb", "said"),
    [
        ("a.parquet", shared_text, "would unpack to more than 32 MB"),
        ("a.xlsx", sparse_sheet, "a sheet has more than"),
        ("a.db", endless_table, ""),
        ("mlflow.db", endless_store, ""),
    ],
)
def test_it_is_not_unpacked(
    name: str, bomb: Callable[[Path], None], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel, "MAX_CELLS", 1_000_000)
    monkeypatch.setattr(database, "STEPS", 100_000)
    bomb(tmp_path / name)
    (tmp_path / "good.csv").write_text(GOOD)
    headers, problems = listed(tmp_path)
    assert [header.name for header in headers] == ["good"]
    assert any(said in problem.message and name in problem.where for problem in problems) or not said


def test_a_column_that_is_worked_out_is_not_read(tmp_path: Path) -> None:
    """900 KB a row, of a schema of 100 characters: 3,000 rows made 2.7 GB."""
    make(
        tmp_path / "a.db",
        "CREATE TABLE scores (item TEXT, correct REAL, more TEXT AS (printf('%.*c', 900000, 'x')) VIRTUAL)",
        "INSERT INTO scores (item, correct) VALUES ('1', 1), ('2', 0)",
    )
    with closing(database.open_database(tmp_path / "a.db")) as opened:
        assert database.plain_tables(opened, 9) == ["scores"]
        rows = list(database.rows_of(opened, tmp_path / "a.db", "scores", 9))
    assert rows == [{"item": "1", "correct": 1.0}, {"item": "2", "correct": 0.0}]
    headers, _ = listed(tmp_path)
    assert [header.items for header in headers] == [2]


@pytest.mark.parametrize(("size", "most"), [(0, 32), (1, 100), (2, 200), (3, 256), (64, 256), (100, 400), (1000, 4000)])
def test_what_a_file_may_become_grows_with_it(size: int, most: int) -> None:
    assert bound(size * 2**20) == most * 2**20
    assert MOST == 256 * 2**20
