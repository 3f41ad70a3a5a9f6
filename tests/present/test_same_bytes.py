"""Two machines write byte-identical reports from the same files, whatever kernels numpy picks for their processors."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORTS = """
import contextlib, io, sys
from ragtui.cli import main
from ragtui.gate.reports.registry import gate_forms
from ragtui.present.report.registry import form_names

SIDES = ["{base}", "--vs", "{cand}"]
ASKED = {{
    "compare": SIDES, "noise": ["{base}"], "trend": ["{place}"], "runs": ["{place}"],
    "gate": ["--baseline", "{base}", "--candidate", "{cand}"],
}}
for words in [
    [command, *asked, "--format", form]
    for command, asked in ASKED.items()
    for form in (gate_forms() if command == "gate" else form_names(command))
    if form == "json" or {all_forms}
]:
    print("#", *words)
    main(words)
"""


def without_the_hour(report: bytes) -> bytes:
    """A report without times of these days: when a gate decided is the one thing that differs. Times of runs stay."""
    days = "|".join(str(datetime.now(UTC).date() + timedelta(days=days)) for days in (-1, 0, 1))
    return re.sub(rf"(?:{days})[T ]\d\d:\d\d[^\s\"<|&]*".encode(), b"", report)


def kernels() -> list[str]:
    """Processor features that numpy chooses kernels by here."""
    known = importlib.import_module("numpy._core._multiarray_umath")
    return [str(name) for name in known.__cpu_dispatch__ if known.__cpu_features__.get(name)]


@pytest.mark.parametrize(
    ("base", "cand", "forms"),
    [("support-docs/baseline", "support-docs/regressed", (4, 7)), ("local-rag/A", "local-rag/B", (0, 1))],
)
def test_reports_are_the_same_without_vector_kernels(base: str, cand: str, forms: tuple[int, int]) -> None:
    if not kernels():
        pytest.skip("numpy has one kernel for everything on this processor")
    place = ROOT / "sample_runs"
    script = REPORTS.format(base=place / base, cand=place / cand, place=(place / base).parent, all_forms=forms[0] > 0)
    written = []
    for off in ("", " ".join(kernels())):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": off, "PYTHONIOENCODING": "utf-8"}
        if not off:
            del environment["NPY_DISABLE_CPU_FEATURES"]
        words = [sys.executable, "-c", script]
        done = subprocess.run(words, capture_output=True, env=environment, check=True, cwd=place)
        written.append(without_the_hour(done.stdout))
    said = written[0].decode()
    assert (said.count("\n# compare"), said.count("\n# gate")) == forms, "no line stands before the first"
    assert written[0] == written[1]
