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
SIDES = ["{base}", "--vs", "{cand}"]
for words in (
    ["compare", *SIDES], ["compare", *SIDES, "--format", "markdown"], ["compare", *SIDES, "--format", "json"],
    ["compare", *SIDES, "--format", "csv"], ["noise", "{base}", "--format", "json"], ["noise", "{base}"],
    ["trend", "{place}", "--format", "json"],
    ["gate", "--baseline", "{base}", "--candidate", "{cand}", "--format", "json"],
):
    print("#", *words)
    main(words)
"""


WHEN = re.compile(rb'"created": "[^"]*"')
"""When a gate decided is the one thing that differs."""


def kernels() -> list[str]:
    """Processor features that numpy chooses kernels by here."""
    known = importlib.import_module("numpy._core._multiarray_umath")
    return [str(name) for name in known.__cpu_dispatch__ if known.__cpu_features__.get(name)]


@pytest.mark.parametrize(
    ("base", "cand"), [("support-docs/baseline", "support-docs/regressed"), ("local-rag/A", "local-rag/B")]
)
def test_reports_are_the_same_without_vector_kernels(base: str, cand: str) -> None:
    place = ROOT / "sample_runs"
    script = REPORTS.format(base=place / base, cand=place / cand, place=(place / base).parent)
    written = []
    for off in ("", " ".join(kernels())):
        environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": off, "PYTHONIOENCODING": "utf-8"}
        if not off:
            del environment["NPY_DISABLE_CPU_FEATURES"]
        words = [sys.executable, "-c", script]
        done = subprocess.run(words, capture_output=True, env=environment, check=True, cwd=place)
        written.append(WHEN.sub(b"", done.stdout))
    assert written[0].count(b"# compare") == 4 and b'"findings"' in written[0]
    assert written[0] == written[1]
