"""What further commands write as JSON keeps its schema; see `test_schemas.py` about the strict check."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ragtui.cli import main
from ragtui.present.report.schemas import NAMES, schema_text

SAMPLES = Path(__file__).parents[2] / "sample_runs"
DOCS, LOCAL = str(SAMPLES / "support-docs"), str(SAMPLES / "local-rag")

COMMANDS = (
    ["compare", f"{DOCS}/baseline", "--vs", f"{DOCS}/regressed"],
    ["compare", f"{DOCS}/baseline", "--vs", f"{DOCS}/flaky-errors"],
    ["compare", f"{DOCS}/run-1b", "--vs", f"{DOCS}/run-2"],
    ["compare", f"{LOCAL}/A", "--vs", f"{LOCAL}/B", "--margin", "faithfulness=0.5"],
    ["noise", DOCS],
    ["noise", LOCAL],
    ["noise", f"{DOCS}/run-1b"],
    ["runs", str(SAMPLES)],
    ["trend", DOCS],
    ["trend", LOCAL],
    ["slices", f"{DOCS}/baseline", "--vs", f"{DOCS}/improved", "--by", "difficulty"],
)


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text(name)))
    with pytest.raises(KeyError):
        schema_text("gate")


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(Path(word).name for word in words))
def test_json_keeps_its_schema(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    main([*words, "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(json.loads(schema_text(words[0]))).validate(document)
