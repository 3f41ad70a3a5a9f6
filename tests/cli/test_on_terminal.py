"""What a terminal gets: no line wider than the window, no word broken, colour beside words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ragtui.cli import main
from ragtui.cli.on_terminal import for_person
from ragtui.present.report.table import table

HEAD = ("metric", "baseline", "candidate", "95 % interval", "verdict", "scored")
ROWS = [
    ("faithfulness", "4.950", "4.410", "[−0.570, −0.510]", "▼ regressed", "200/200 → 200/200"),
    ("latency", "1.42", "1.30", "[−0.17, −0.06]", "▲ improved", "200/200 → 200/200"),
]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def test_what_fits_stays() -> None:
    assert for_person("one\n\n  two\n", width=80) == "one\n\n  two\n"


def test_a_wide_table_goes_on_below_each_row_under_its_own_headings() -> None:
    shown = for_person(table(HEAD, ROWS, "lrrlll"), width=60).split("\n")
    assert shown[0].split() == ["metric", "baseline", "candidate", "95", "%", "interval"]
    assert shown[1].startswith("    verdict") and shown[3].startswith("    ▼ regressed")
    assert shown[1].index("scored") == shown[3].index("200/200")


def test_commands_of_the_next_step_stand_on_lines_of_their_own() -> None:
    said = "ragtui: next: ragtui explain ITEM a --vs b --in runs; ragtui confirm a --vs b --in runs runs them again"
    assert for_person(said, width=60).split("\n") == [
        "ragtui: next:",
        "  ragtui explain ITEM a --vs b --in runs",
        "  ragtui confirm a --vs b --in runs runs them again",
    ]


def test_a_sentence_goes_on_below_itself() -> None:
    shown = for_person("note: the sides were run at different times, and a day effect would explain it", width=50)
    assert shown == "note: the sides were run at different times, and a\n  day effect would explain it"


@given(st.text(st.sampled_from("abc  \n−漢é·"), max_size=300), st.integers(40, 90))
def test_no_line_is_wider_and_no_word_is_lost(text: str, width: int) -> None:
    words = [word for word in text.split() if cell_len(word) <= width - 20]
    if len(words) != len(text.split()):
        return
    shown = for_person(text, width=width)
    assert sorted(shown.split()) == sorted(words)
    assert all(cell_len(line.rstrip()) <= width for line in shown.split("\n"))


def test_verdicts_are_coloured_and_a_terminal_without_colour_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm")
    text = "REGRESSION (exit 1)\nrelevance  ▼ regressed\n  ▼ 031 · fell\nlatency  ▲ improved\nnote: x"
    shown = for_person(text, width=80)
    red, bare = "\x1b[1;31m", re.sub(r"\x1b\[[\d;]*m", "", shown)
    assert shown.startswith(f"{red}REGRESSION\x1b[0m (exit 1)") and f"{red}▼ regressed" in shown
    assert f"{red}  ▼\x1b[0m 031" in shown and "\x1b[32m▲ improved" in shown
    assert bare == text
    monkeypatch.setenv("TERM", "dumb")
    assert for_person("▼ regressed", width=80) == "▼ regressed"


def test_a_metric_and_its_verdict_stand_on_one_line_of_80_cells(capsys: pytest.CaptureFixture[str]) -> None:
    runs = Path(__file__).parents[2] / "sample_runs/support-docs"
    assert main(["compare", "baseline", "--vs", "regressed", "--in", str(runs)]) == 0
    lines = for_person(capsys.readouterr().out, width=80).split("\n")
    for metric in ("faithfulness", "context_precision"):
        assert any(line.startswith(metric) and "▼ regressed" in line for line in lines), metric
