"""Names that a shell offers while a line is typed."""

from __future__ import annotations

import shutil
import subprocess
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
    for what in ("runs", "metrics", "items", "fields", "run_fields", "item_fields"):
        assert script.count(f"ragtui completion --names {what} --line") in (1, 2)
        assert script.count(f"_ragtui_{what}") >= 2


def test_names_are_printed_one_a_line(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "--names", "metrics", "--line", f"ragtui compare --in {place} "]) == 0
    assert capsys.readouterr().out == "quality\nrecall\n"
    assert main(["completion"]) == 2


def test_conditions_of_a_filter_are_offered_written_out(tmp_path: Path) -> None:
    rows = "".join(
        f"{item},{topic},0.5\n" for item, topic in (("001", "billing"), ("002", "plans"), ("003", "two words"))
    )
    (tmp_path / "base.csv").write_text(f"id,topic,quality\n{rows}", encoding="utf-8")
    offered = names("fields", f"ragtui compare base --vs base --in {tmp_path} --where 'topic:b")
    assert offered[:2] == ["topic:billing", "topic:plans"], "what needs quotes is not offered"
    assert "why:retrieval" in offered and "verdict:regressed" in offered
    assert "status:complete" in names("run_fields", f"ragtui runs {tmp_path} --where st")


def test_the_items_of_a_plan_are_offered_as_a_run_chooses_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "golden.csv").write_text("question,expected,topic\nA?,a,billing\nB?,b,two words\n", encoding="utf-8")
    (tmp_path / "ragtui.toml").write_text(
        'name = "x"\ndataset = "golden.csv"\nlexical = ["token_f1"]\n[target]\nkind = "command"\ncommand = ["true"]\n',
        encoding="utf-8",
    )
    offered = ["topic=billing"]
    assert names("item_fields", f"ragtui run {tmp_path / 'ragtui.toml'} --where to") == offered
    monkeypatch.chdir(tmp_path)
    assert names("item_fields", "ragtui run --where ") == offered
    (tmp_path / "ragtui.toml").write_text("name = ", encoding="utf-8")
    assert names("item_fields", "ragtui run --where ") == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("typed", "found"),
    [("to", "topic:a\ntopic:b\ntopic=c\n"), ("topic:", "a\nb\n"), ("'x topic:b", "b\n"), ("topic=", "c\n")],
)
def test_bash_puts_what_is_offered_behind_a_colon(
    typed: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    function = "_ragtui_fields() {" + capsys.readouterr().out.split("_ragtui_fields() {")[1].split("\n}")[0] + "\n}\n"
    ragtui = "ragtui() { printf 'topic:a\\ntopic:b\\ntopic=c\\nwhy:judge\\n'; }\n"
    line = f'COMP_LINE="ragtui compare --where {typed}"\nCOMP_POINT=${{#COMP_LINE}}\n_ragtui_fields ""\n'
    done = subprocess.run(["bash", "-c", ragtui + function + line], capture_output=True, text=True, check=True)
    assert done.stdout == found
