"""The same run named twice, by whatever spelling, is pooled once and named: it is no second repeat."""

import json
import shutil
from pathlib import Path

import pytest
from builders import steady, write_run

from ragtui.cli import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("twice") / "runs"
    write_run(runs / "base", steady(5, 8, 3, i003=[5, 4, 5]), pipeline={"k": 1})
    write_run(runs / "more", steady(5, 8, 2, i003=[4, 4]), pipeline={"k": 1}, day=2)
    write_run(runs / "new", steady(4, 8, 3, i003=[5, 4, 5]), pipeline={"k": 2}, day=3)
    shutil.copytree(runs / "new", runs / "new-copy")
    (runs / "link").symlink_to("new")
    return runs


SPELLINGS = ["new", "./new", "new/", "../runs/new", "link", "new-copy", "new/results.jsonl"]


@pytest.mark.parametrize("again", SPELLINGS)
def test_compare_and_gate_say_it_and_count_it_once(
    again: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    for words in (["compare", "base", "--vs", "new", again], ["gate", "-b", "base", "-c", "new", "-c", again]):
        main([*words, "-f", "json"])
        found = json.loads(capsys.readouterr().out)
        said = found.get("notes", []) + found.get("warnings", [])
        assert any("named twice, or a copy" in str(note) for note in said), said
        side = found["candidate"]
        assert side["repeats"] == 3 and "new" in str(side["runs"]) and len(side["runs"]) == 1


@pytest.mark.parametrize("again", [word for word in SPELLINGS if word != "new-copy"])
def test_a_run_against_itself_is_refused(
    again: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["compare", "new", "--vs", again]) == 2
    assert main(["gate", "-b", "new", "-c", again]) == 2
    assert main(["gate", "-b", "new", "new", "-c", again, again]) == 2


def test_a_run_named_on_both_sides_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    assert main(["compare", "base", "more", "--vs", "more"]) == 0
    said = capsys.readouterr().out
    assert "more left out, compared with as the other side" in said and "base (3 repeats)" in said


@pytest.mark.parametrize("command", ["noise", "trend", "bless"])
def test_what_takes_several_runs_says_it(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    words = ["--reason", "checked"] if command == "bless" else []
    main([command, "base", "./base/", *words])
    found = capsys.readouterr()
    assert "named twice or a copy: counted once" in found.err
    if command != "trend":
        assert "base" in found.out and "3 repeats" in found.out


def test_spelling_does_not_change_a_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    main(["compare", "base", "--vs", "new", "./new/"])
    assert "candidate  new (3 repeats)" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["gate", "-b", "base", "-c", "new", "-o", "base/summary.json"],
        ["gate", "-b", "base", "-c", "table.json", "-o", "./table.json"],
        ["compare", "base", "--vs", "new", "-f", "json", "-o", "new/results.jsonl"],
        ["noise", "base", "--save", "link/summary.json"],
    ],
    ids=" ".join,
)
def test_no_report_takes_the_place_of_results(
    words: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    (folder / "table.json").write_text("[]")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(words) == 2
    assert "holds results, which a report would replace" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
