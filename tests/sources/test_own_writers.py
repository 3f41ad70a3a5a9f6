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

from ragtui.model import RunHeader
from ragtui.sources import LoadedRun, open_source

WRITER = Path(__file__).parents[1] / "bench" / "tool_writers.py"
TOOLS = dict(pair.split("=", 1) for pair in os.environ.get("RAGTUI_TOOLS", "").split())
FORMATS = {
    "pydantic-evals": 1, "inspect": 1, "deepeval": 1, "langsmith": 1, "ragas": 3, "braintrust": 2, "lm-eval": 1,
    "mlflow": 3, "azure": 1, "trulens": 2,
}  # fmt: skip
"""Tools that are also the first word of a format's name, and how many files each leaves, opened one by one."""


def check(run: LoadedRun, truth: list[tuple[str, str, str, float | None]]) -> None:
    """A run beside what the tool's objects say, item by item; items without ids of their own by their question."""
    labels = [repeat.label for repeat in run.scores.repeats]
    ids = {run.item(item).question: item for item in run.scores.items} | {item: item for item in run.scores.items}
    assert truth and {ids[item] for item, *_ in truth} == set(run.scores.items)
    for item, repeat, metric, value in truth:
        cell = run.scores.of(metric)[run.scores.row_of[ids[item]], labels.index(repeat)]
        assert math.isnan(cell) if value is None else cell == pytest.approx(value), (item, repeat, metric)


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
    runs = []
    for place in [folder] if FORMATS[tool] == 1 else folder.iterdir():
        source = open_source(place)
        runs += [source.load(entry.id) for entry in source.headers() if isinstance(entry, RunHeader)]
    assert len(runs) == FORMATS[tool]
    assert {run.header.format.removesuffix("-store") for run in runs} == {tool}
    for run in runs:
        check(run, truth)
    assert (
        len({frozenset(run.scores.items) for run in runs}) == 1
    )  # whichever file is compared with whichever, items pair
