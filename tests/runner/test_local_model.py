"""A real small model, served by llama.cpp. Opt in: RAGTUI_MODEL=FILE.gguf pytest -m integration tests/runner"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from runner_kit import records, summary

MODEL = os.environ.get("RAGTUI_MODEL", "")


@pytest.mark.integration
@pytest.mark.skipif(not MODEL, reason="RAGTUI_MODEL does not name a GGUF file")
@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="pip install 'ragtui[local]'")
def test_a_real_model_answers_and_judges(tmp_path: Path) -> None:
    words = ["demo", "--local", "--model", MODEL, "--items", "001", "--repeats", "1", "--out", str(tmp_path)]
    said = subprocess.run([sys.executable, "-m", "ragtui", *words], capture_output=True, text=True, check=False)
    assert said.returncode in (0, 4), said.stderr
    folders = [Path(line) for line in said.stdout.split()]
    for folder in folders:
        (record,) = records(folder)
        assert record["output"] and record["tokens"]["output"] > 0 and not record["error"]
        assert set(record["scores"]) >= {"faithfulness", "relevance", "context_precision", "token_f1"}
        for score in record[
            "scores"
        ].values():  # a small model may talk nonsense, but then it is an error with its text
            assert score["value"] is not None or score["raw"]
        assert summary(folder)["origin"] == ""
