"""Names that a shell offers while a line is typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtui.cli import main
from ragtui.cli.completing import names


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for run in ("base", "cand", "with blank"):
        rows = "".join(f"{item},{repeat},5,3\n" for item in ("001", "002") for repeat in (1, 2))
        (tmp_path / f"{run}.csv").write_text(f"item,repeat,quality,recall\n{rows}", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("what", "found"), [("runs", ["base", "cand"]), ("metrics", ["quality", "recall"]), ("items", ["001", "002"])]
)
def test_names_come_from_the_place_the_line_speaks_of(what: str, found: list[str], place: Path) -> None:
    assert names(what, f"ragtui compare base --vs --in {place} ") == found, "what needs quotes is not offered"


def test_paths_among_the_words_or_the_folder_one_is_in_are_places_too(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert names("runs", f"ragtui runs {place}") == ["base", "cand"]
    monkeypatch.chdir(place)
    assert names("items", "ragtui explain 'unfinished") == ["001", "002"]


def test_nothing_to_read_and_servers_offer_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.csv").write_text("\0\0", encoding="utf-8")
    assert names("items", f"ragtui explain --in {tmp_path}") == []
    assert names("runs", f"ragtui compare langfuse:support --in {tmp_path}") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts_ask_for_names_at_every_tab(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for what in ("runs", "metrics", "items"):
        assert script.count(f"ragtui completion --names {what} --line") in (1, 2)
        assert script.count(f"_ragtui_{what}") >= 2


def test_names_are_printed_one_a_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "--names", "metrics", "--line", f"ragtui compare --in {place} "]) == 0
    assert capsys.readouterr().out == "quality\nrecall\n"
    assert main(["completion"]) == 2
