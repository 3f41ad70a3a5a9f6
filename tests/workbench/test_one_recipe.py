"""Whoever asks, it is one comparison: the app's line, the command to type, `explain`, the gate and Python."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

import ragtui
from ragtui.cli import main
from ragtui.gate.judging import GateRequest, judge
from ragtui.present.sentences.evidence import say_taught
from ragtui.stats import Verdict
from ragtui.tui.session import Session
from ragtui.workbench import SideComparison, command, open_library

SAMPLES = Path(__file__).parents[2] / "sample_runs" / "support-docs"
PAIRS = (("baseline", "regressed"), ("baseline", "improved"), ("baseline", "flaky-errors"))


def line_of_the_app(session: Session, candidate: str) -> SideComparison:
    """What Enter on a line of the runs screen compares."""
    headers = next(group.headers for group in session.groups() if group.label == candidate)
    sides = session.sides_of(headers)
    assert sides is not None
    return session.comparison(*sides)


def printed(capsys: pytest.CaptureFixture[str], words: list[str]) -> dict[str, object]:
    main([*words, "--format", "json"])
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(("baseline", "candidate"), PAIRS)
def test_the_apps_line_and_the_command_it_copies_are_the_same_comparison(
    baseline: str, candidate: str, capsys: pytest.CaptureFixture[str]
) -> None:
    session = Session([str(SAMPLES)])
    try:
        shown = line_of_the_app(session, candidate)
        typed = command(session.library, shown, session.places)
    finally:
        session.close()
    words = shlex.split(typed)
    assert words[:2] == ["ragtui", "compare"]
    report = printed(capsys, words[1:])
    assert report["baseline"]["repeats"] == len(shown.comparison.repeats_a)  # type: ignore[index]
    assert report["candidate"]["repeats"] == len(shown.comparison.repeats_b)  # type: ignore[index]
    assert report["evidence"] == say_taught(shown.evidence)
    for entry, written in zip(shown.comparison.metrics, report["metrics"], strict=True):  # type: ignore[call-overload]
        assert written["name"] == entry.metric.name
        for row, cell in enumerate(written["cells"]):
            assert cell["verdict"] == Verdict(int(entry.cells.verdict[row])).name.lower()
            for key, values in (
                ("delta", entry.cells.delta),
                ("band", entry.cells.band),
                ("p_noise", entry.cells.p_noise),
            ):
                value = float(values[row])
                assert cell[key] == (pytest.approx(value, rel=1e-8) if np.isfinite(value) else None)


def test_whatever_is_pooled_is_in_the_command() -> None:
    library = open_library([str(SAMPLES)])
    session = Session([str(SAMPLES)])
    try:
        shown = line_of_the_app(session, "regressed")
        assert {header.name for header in shown.a.headers} <= set(shlex.split(command(library, shown, [str(SAMPLES)])))
    finally:
        session.close()
        library.close()


def test_the_gate_and_python_learn_noise_from_the_same_evidence(tmp_path: Path) -> None:
    session = Session([str(SAMPLES)])
    try:
        headers = {header.name: header for header in session.library.headers.values()}
        shown = session.comparison([headers["run-1b"]], [headers["run-2"]])
    finally:
        session.close()
    assert shown.evidence
    record = judge(
        GateRequest(["run-1b"], ["run-2"], [str(SAMPLES)]), lambda places: open_library(places), project=tmp_path
    )
    assert record.evidence == say_taught(shown.evidence)
    assert ragtui.compare("run-1b", "run-2", within=[SAMPLES]).comparison.metric("relevance").cells.band.tolist() == (
        shown.comparison.metric("relevance").cells.band.tolist()
    )
