"""Files made by the newest releases of tools are read as the tools' own objects say (tests/bench/tool_writers.py).

    RAGTUI_TOOLS="pydantic-evals=/tmp/a/bin/python inspect=/tmp/a/bin/python deepeval=/tmp/b/bin/python" \
        pytest -m integration tests/sources/test_own_writers.py

Each interpreter is of an environment of its own with the tool installed, so that no tool is needed by the others.
"""

import json
import math
import os
import subprocess
from pathlib import Path

import pytest
from sources_kit import only_run

WRITER = Path(__file__).parents[1] / "bench" / "tool_writers.py"
TOOLS = dict(pair.split("=", 1) for pair in os.environ.get("RAGTUI_TOOLS", "").split())
FORMATS = {"pydantic-evals": "pydantic-evals", "inspect": "inspect", "deepeval": "deepeval", "langsmith": "langsmith"}


@pytest.mark.integration
@pytest.mark.parametrize("tool", FORMATS)
def test_what_the_tool_wrote_is_what_is_read(tmp_path: Path, tool: str) -> None:
    if tool not in TOOLS:
        pytest.skip(f"RAGTUI_TOOLS names no interpreter for {tool}")
    folder = tmp_path / "out"
    offline = {**os.environ, "DEEPEVAL_TELEMETRY_OPT_OUT": "YES", "HOME": str(tmp_path)}
    subprocess.run([TOOLS[tool], str(WRITER), tool, str(folder)], check=True, env=offline, timeout=300)
    truth = json.loads((folder / "truth.json").read_text())
    (folder / "truth.json").unlink()
    run = only_run(folder)
    assert run.header.format == FORMATS[tool]
    labels = [repeat.label for repeat in run.scores.repeats]
    assert truth and {item for item, *_ in truth} == set(run.scores.items)
    for item, repeat, metric, value in truth:
        cell = run.scores.of(metric)[run.scores.row_of[item], labels.index(repeat)]
        assert math.isnan(cell) if value is None else cell == pytest.approx(value), (item, repeat, metric)
