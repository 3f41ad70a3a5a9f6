"""Places without end, and paths, names and words that no file of text can hold as they are."""

import json
import sys
from pathlib import Path

import pytest
from builders import steady, write_run

from ragtui.cli import main
from ragtui.errors import InputError
from ragtui.exits import Exit
from ragtui.sources import locate
from ragtui.workbench import open_library

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are UTF-8 there")


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs, one of them in a folder whose name is no UTF-8."""
    write_run(tmp_path / "b\udcff", steady(5, 8, 3, i003=[5, 4, 5]), pipeline={"k": 1})
    write_run(tmp_path / "new", steady(5, 8, 3, i003=[5, 4, 5]), day=2, pipeline={"k": 2})
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "b\udcff", "--vs", "new"],
        ["compare", "b\udcff", "--vs", "new", "-f", "json"],
        ["compare", "b\udcff", "--vs", "new", "-f", "csv", "-o", "c\udcff.csv"],
        ["explain", "003", "b\udcff", "--vs", "new"],
        ["slices", "b\udcff", "--vs", "new", "-f", "json"],
        ["gate", "-b", "b\udcff", "-c", "new", "-o", "g\udcff.json", "g\udcff.xml", "g\udcff.html"],
        ["noise", "b\udcff", "--save", "p\udcff.json"],
        ["runs", ".", "-f", "json"],
        ["runs", "b\udcff", "-f", "csv"],
        ["trend", "b\udcff", "new", "-f", "json"],
        ["convert", "b\udcff", "out\udcff"],
        ["convert", "b\udcff", "out\udcff.jsonl"],
    ],
    ids=lambda words: " ".join(words).encode("ascii", "replace").decode(),
)
def test_a_path_that_is_not_utf8_is_read_and_written(
    words: list[str], places: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == Exit.OK, capsys.readouterr().err
    for path in places.glob("*\udcff.json"):
        json.loads(path.read_bytes())
    if words[-1] == "json":
        json.loads(capsys.readouterr().out)


def test_a_blessed_path_that_is_not_utf8_is_found_again(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bless", "b\udcff", "--reason", "first \udcff"]) == Exit.OK
    assert main(["bless", "new", "--reason", "später"]) == Exit.OK
    assert main(["bless", "b\udcff", "--reason", "again"]) == Exit.OK
    assert main(["gate", "-b", "main", "-c", "new"]) == Exit.OK, capsys.readouterr().err
    assert main(["bless", "--list"]) == Exit.OK
    assert "später" in (places / ".ragtui" / "baselines.jsonl").read_text("utf-8")


def test_a_run_made_in_such_a_folder_is_our_own_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "d\udcff"
    assert main(["demo", "--repeats", "1", "--items", "001", "--seed", "6", "--out", str(out)]) == Exit.OK
    lead = next(out.glob("demo-baseline-*"))
    assert main(["run", str(lead), "--repeats", "2"]) == Exit.OK, capsys.readouterr().err
    assert len((lead / "results.jsonl").read_bytes().splitlines()) == 2


@pytest.mark.parametrize("name", [" main", "ma\nin", "m\udcff", "\u200bmain", "a\tb"])
def test_a_baseline_has_a_name_that_can_be_typed(name: str, places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bless", "new", "--name", name, "--reason", "x"]) == Exit.ERROR
    assert "--name" in capsys.readouterr().err
    assert not (places / ".ragtui").exists()


def test_a_list_of_blessings_blesses_nothing(places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bless", "new", "--list", "--reason", "x"]) == Exit.ERROR
    assert "blesses nothing" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["/proc", "/sys", "/proc/self"])
def test_a_view_of_the_system_is_not_searched(place: str, places: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path(place).is_dir() or Path(place).stat().st_dev == Path("/").stat().st_dev:
        pytest.skip("there is none here")
    assert main(["gate", "-b", place, "-c", "new"]) == Exit.ERROR
    assert "a view of the system" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("limit", "said"), [("MOST_FILES", "files that may be results"), ("MOST_ENTRIES", "files and")]
)
def test_a_place_without_end_decides_nothing(
    limit: str, said: str, places: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(locate, limit, 5)
    for number in range(9):
        (places / "new" / f"more{number}").mkdir()
        (places / f"{number}.json").write_text("{}")
    for words in (
        ["gate", "-b", ".", "-c", "new"],
        ["compare", "new", "--vs", "b\udcff", "--in", "."],
        ["trend", "."],
        ["noise", "."],
    ):
        assert main(words) == Exit.ERROR, words
        assert f"holds more than 5 {said}" in capsys.readouterr().err
    assert main(["runs", "."]) == Exit.OK
    assert "name a folder nearer to the runs" in capsys.readouterr().err
    library = open_library(["."])
    assert not library.headers
    with pytest.raises(InputError):
        library.find("new")
