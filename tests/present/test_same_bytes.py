"""Two machines write byte-identical reports from the same files, whatever kernels numpy picks for their processors."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
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


WHEN = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[^\s\"<|&]*")
"""When a gate decided is the one thing that differs."""


def kernels() -> list[str]:
    """Processor features that numpy chooses kernels by here."""
    known = importlib.import_module("numpy._core._multiarray_umath")
    return [str(name) for name in known.__cpu_dispatch__ if known.__cpu_features__.get(name)]


@pytest.mark.parametrize(
    ("base", "cand", "forms"),
    [("support-docs/baseline", "support-docs/regressed", (4, 7)), ("local-rag/A", "local-rag/B", (0, 1))],
)
def test_reports_are_the_same_without_vector_kernels(base: str, cand: str, forms: tuple[int, int]) -> None:
    place = ROOT / "sample_runs"
    script = REPORTS.format(base=place / base, cand=place / cand, place=(place / base).parent, all_forms=forms[0] > 0)
    written = []
    for off in ("", " ".join(kernels())):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": off, "PYTHONIOENCODING": "utf-8"}
        if not off:
            del environment["NPY_DISABLE_CPU_FEATURES"]
        words = [sys.executable, "-c", script]
        done = subprocess.run(words, capture_output=True, env=environment, check=True, cwd=place)
        written.append(WHEN.sub(b"", done.stdout))
    said = written[0].decode()
    assert (said.count("\n# compare"), said.count("\n# gate")) == forms, "no line stands before the first"
    assert written[0] == written[1]
