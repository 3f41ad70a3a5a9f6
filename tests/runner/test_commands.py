"""The commands as a person types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from openai_standin import standin
from runner_kit import ITEMS, lay_out, records

MODEL_PRICE = '\n[prices."m1"]\ninput = 1.0\noutput = 2.0\n'


def ragtui(*words: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ragtui", *map(str, words)], capture_output=True, text=True, check=False, cwd=folder
    )


def test_plan_shows_calls_and_says_what_price_is_missing(tmp_path: Path) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:1/v1", "repeats = 5\n")
    said = ragtui("plan", path)
    assert said.returncode == 0, said.stderr
    assert f"answers  {ITEMS * 5}" in said.stdout
    assert "unknown: no price for m1" in said.stdout
    path.write_text(path.read_text() + MODEL_PRICE)
    numbers = json.loads(ragtui("plan", path, "--format", "json").stdout)
    assert numbers["calls"] == ITEMS * 5 * 4 and numbers["cost_usd"] > 0
    assert not (tmp_path / "runs").exists()


def test_run_prints_the_folder_and_plain_progress(tmp_path: Path) -> None:
    with standin() as server:
        lay_out(tmp_path, server.url)
        said = ragtui("run", "--repeats", "2", folder=tmp_path)
        assert said.returncode == 0, said.stderr
        folder = Path(said.stdout.strip())
        assert f"complete: {ITEMS * 2} of {ITEMS * 2} results" in said.stderr
        assert "\x1b" not in said.stderr
        assert len(records(folder)) == ITEMS * 2
        again = ragtui("run", folder)
        assert again.returncode == 0 and len(records(folder)) == ITEMS * 2
        rejudged = ragtui("rejudge", folder, "--times", "2", "--items", "q1")
        assert rejudged.returncode == 0, rejudged.stderr
        assert len(records(Path(rejudged.stdout.strip()))) == 4


def test_a_wrong_key_is_one_message_and_exit_code_2(tmp_path: Path, key: str) -> None:
    with standin(key="another") as server:
        lay_out(tmp_path, server.url)
        said = ragtui("run", folder=tmp_path)
    assert said.returncode == 2
    assert "key refused" in said.stderr and "Traceback" not in said.stderr and key not in said.stderr
    assert f"ragtui run {said.stdout.strip()}" in said.stderr


def test_errors_are_exit_code_4(tmp_path: Path) -> None:
    with standin(server_error=0.5) as server:
        lay_out(tmp_path, server.url, "retries = 0\npatience_s = 0\n")
        said = ragtui("run", folder=tmp_path)
    assert said.returncode == 4
    assert "--retry-failed" in said.stderr


def test_a_plan_that_is_not_there_is_exit_code_2(tmp_path: Path) -> None:
    said = ragtui("run", "nothing.toml", folder=tmp_path)
    assert said.returncode == 2 and "nothing.toml: cannot be read" in said.stderr


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    said = ragtui("demo", "--out", tmp_path / "d", "--repeats", "2", "--seed", "3", "--items", "001,002,003")
    assert said.returncode == 0, said.stderr
    assert "simulated" in said.stderr
    folders = [Path(line) for line in said.stdout.split()]
    assert [len(records(folder)) for folder in folders] == [6, 6]
    refused = ragtui("demo", "--local", folder=tmp_path)
    assert refused.returncode == 2 and "--model" in refused.stderr
