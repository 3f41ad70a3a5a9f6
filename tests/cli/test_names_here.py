"""What `ragtui runs` prints are names for the next command in the same folder, without --in."""

from pathlib import Path

import pytest
from builders import steady, write_run

from ragtui.cli import main


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_run(tmp_path / "runs" / "base", steady(5, 8, 3, i003=[5, 4, 5]), pipeline={"k": 1})
    write_run(tmp_path / "runs" / "gpt-4.1", steady(5, 8, 3, i005=[1, 1, 1]), pipeline={"k": 2}, day=2)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "base", "--vs", "gpt-4.1"],
        ["compare", "runs/base", "--vs", "gpt-4.1"],
        ["explain", "005", "base", "--vs", "gpt-4.1"],
        ["noise", "base"],
    ],
)
def test_a_name_is_looked_for_where_runs_are_listed(words: list[str], here: Path) -> None:
    assert main(words) == 0


@pytest.mark.parametrize("word", ["runs/bsae", "base.json", "no\\such"])
def test_what_is_written_like_a_path_is_refused_at_once(
    word: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", word, "--vs", "base"]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_a_name_that_nothing_has_is_refused_with_those_there_are(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "bsae", "--vs", "base"]) == 2
    assert "Known runs: base" in capsys.readouterr().err
