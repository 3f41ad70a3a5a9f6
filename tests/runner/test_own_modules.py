"""A project's own `queue.py`, `numpy.py`, `json.py` never stand in for the libraries that ragtui is made of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from runner_kit import lay_out, records
from waiting import STUCK_S

from ragtui.places import clean_environment, users_environment

HOME = str(Path(__file__).parents[2])
SHADOWS = (
    "asyncio", "importlib", "json", "numpy", "orjson", "queue", "random", "rich", "secrets", "selectors", "statistics",
    "typing", "usercustomize",
)  # fmt: skip
OWN = """
import json, os, queue, secrets, subprocess, sys
import helper, {elsewhere}

def answer(item):
    code = "import os; print(os.environ.get('PYTHONPATH'), os.environ.get('PYTHONSAFEPATH'))"
    seen = subprocess.run([sys.executable, "-S", "-E", "-c", code], capture_output=True, text=True).stdout
    return helper.WORD + {elsewhere}.WORD + secrets.token_hex(1)[:0] + " " + seen
"""


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "ragtui.toml"], "."),
        (["run", "ragtui.toml"], "src"),
        (["run", "ragtui.toml", "--on", "local:1"], "."),
        (["try", "ragtui.toml"], "."),
    ],
    ids=" ".join,
)
def test_run_from_a_project_that_pythonpath_names(words: list[str], named: str, tmp_path: Path) -> None:
    """`try` here, under an interpreter that the plan names: its host is started from the project as well."""
    if "--on" in words and find_spec("distributed") is None:
        pytest.skip("no cluster here")
    source = tmp_path / named
    source.mkdir(exist_ok=True)
    for folder in {tmp_path, source}:
        for name in SHADOWS:
            (folder / f"{name}.py").write_text(f"raise RuntimeError('the project stands in for {name}')\n")
    (tmp_path / "helper.py").write_text("WORD = 'helped'\n")
    (source / "elsewhere.py").write_text("WORD = ' twice'\n")
    (tmp_path / "own.py").write_text(OWN.format(elsewhere="elsewhere"))
    plan = lay_out(tmp_path, "http://127.0.0.1:9/v1", rag=False, judges=False, items=1)
    python = f"python = {json.dumps(sys.executable)}\n" if words[0] == "try" else ""
    plan.write_text(f'{python}{plan.read_text()}[target]\nkind = "python"\ncall = "own:answer"\n')
    code = "import sys; from ragtui.__main__ import run; sys.argv[0] = 'ragtui'; sys.exit(run())"
    line = [sys.executable, "-P", "-c", code, *words]
    environ = {**os.environ, "PYTHONPATH": named}
    done = subprocess.run(line, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=STUCK_S)
    assert done.returncode == 0, done.stderr
    said = f"helped twice {named} None"
    if words[0] == "try":
        assert said in done.stdout
        return
    (record,) = records(Path(done.stdout.splitlines()[0]))
    assert record["output"] == f"{said}\n", "and his own processes have his environment"


@pytest.mark.parametrize("named", [[], [HOME]], ids=["installed from there", "PYTHONPATH"])
def test_started_where_it_lies_ragtui_is_found_by_processes_given_its_path(named: list[str]) -> None:
    """Workers of a local cluster are spawned with the path of the process that starts them."""
    code = (
        "import os, sys; home = os.getcwd(); sys.path[:] = [*sys.path, home]\n"
        "from ragtui.startup import libraries_first; libraries_first()\n"
        "print(sys.path.count(home), sys.path[-1] == home)"
    )
    words = [sys.executable, "-m", "timeit", "-n1", "-r1", code]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        words, cwd=HOME, env={**environ, "PYTHONPATH": ":".join(named)}, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("1 True"), done.stdout


def test_the_users_environment_comes_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    for value in ("src", None):
        if value is None:
            monkeypatch.delenv("PYTHONPATH", raising=False)
        else:
            monkeypatch.setenv("PYTHONPATH", value)
        before = dict(os.environ)
        for name, said in (clean := clean_environment()).items():
            monkeypatch.setenv(name, said)
        monkeypatch.delenv("PYTHONPATH", raising=False)
        assert "PYTHONPATH" not in clean and clean_environment() == clean
        assert users_environment() == before
        monkeypatch.delenv("RAGTUI_PYTHONPATH")
        monkeypatch.delenv("PYTHONSAFEPATH")
