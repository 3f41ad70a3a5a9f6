"""What the JSON forms promise: the schemas shipped beside them, and every key of them described there."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from builders import steady, write_run

from ragtui.cli.main import main

ROOT = Path(__file__).parents[2]
SAMPLES = str(ROOT / "sample_runs" / "support-docs")
SCHEMAS = files("ragtui.present.report") / "schemas"


def schema(name: str) -> Any:
    """A schema in which keys that are not described are errors: a consumer may meet new ones, our tests may not."""

    def strict(node: Any) -> Any:
        if isinstance(node, dict):
            closed = {"additionalProperties": False} if "properties" in node else {}
            return {key: strict(value) for key, value in node.items()} | closed
        return [strict(entry) for entry in node] if isinstance(node, list) else node

    document = json.loads((SCHEMAS / f"{name}.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(document)
    return strict(document)


@pytest.mark.parametrize(
    "words",
    [
        ["compare", "baseline", "--vs", "regressed", "--in", SAMPLES],
        ["compare", "baseline", "--vs", "single", "--in", SAMPLES, "--estimand", "population"],
        ["compare", "run-1b", "--vs", "flaky-errors", "--in", SAMPLES, "--margin", "faithfulness=0.1"],
        ["compare", "RUNS/one", "--vs", "RUNS/two"],
        ["runs", SAMPLES],
        ["runs", "RUNS"],
        ["noise", "baseline", "--in", SAMPLES],
        ["noise", "RUNS/one"],
        ["trend", SAMPLES],
        ["trend", "RUNS"],
    ],
    ids=lambda words: " ".join(words).replace(SAMPLES, "sample_runs"),
)
def test_json_is_what_its_schema_says(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "one", steady(5, 6, 1, i003=["timeout"]))
    write_run(tmp_path / "two", steady(5, 6, 1, i004=[3]), day=2, judges={"quality": {"model": "judge-2"}})
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "summary.json").write_text("{", "utf-8")
    main([*(word.replace("RUNS", str(tmp_path)) for word in words), "-f", "json"])
    jsonschema.validate(json.loads(capsys.readouterr().out), schema(words[0]))
