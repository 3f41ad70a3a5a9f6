"""What tools' own writers leave beside the plain case: failures without an exception, trials in steps."""

import json
from pathlib import Path

import numpy as np
import pytest
from format_examples.benchmark_files import HARBOR, harbor_trial
from format_examples.tracker_files import weave_call
from sources_kit import lines_of, only_run

from ragtui.model import State


def test_a_model_that_raised_in_weave_leaves_no_exception_and_is_an_error_all_the_same(tmp_path: Path) -> None:
    broken = weave_call("b", 0.0, output={"output": None, "scores": {}, "model_latency": 0.5})
    (tmp_path / "calls.jsonl").write_bytes(lines_of([weave_call("a", 1.0), broken, weave_call("c", 0.5)]))
    run = only_run(tmp_path / "calls.jsonl")
    assert (run.scores.states[1] == State.ITEM_ERROR).all()  # its latency is none of an answer either
    assert run.scores.of("length")[[0, 2], 0].tolist() == [1.0, 0.5]
    result = run.result("b", "1") or run.result(run.scores.items[1], "1")
    assert result is not None and "neither output nor scores" in result.error


def harbor_job(folder: Path, *trials: dict[str, object]) -> Path:
    job = folder / "job"
    for number, trial in enumerate(trials):
        (job / f"t__{number}").mkdir(parents=True)
        (job / f"t__{number}" / "result.json").write_text(json.dumps(trial))
    (job / "config.json").write_text(json.dumps(HARBOR["job/config.json"]))
    return job


def test_a_harbor_trial_in_steps_took_what_its_steps_took(tmp_path: Path) -> None:
    step = {key: harbor_trial("x", 1, 1.0)[key] for key in ("agent_result", "agent_execution")}
    whole = {**harbor_trial("fix", 1, 1.0), "agent_result": None, "agent_execution": None, "step_results": [step, step]}
    run = only_run(harbor_job(tmp_path, whole, harbor_trial("find", 2, 0.5)))
    amounts = {name: run.scores.of(name)[:, 0].tolist() for name in ("latency", "cost", "tokens")}
    assert amounts == {"latency": [4.0, 2.0], "cost": [1.0, 0.5], "tokens": [30.0, 15.0]}


@pytest.mark.parametrize("valid", [True, False])
def test_a_reward_that_the_trial_calls_invalid_is_none(tmp_path: Path, valid: bool) -> None:
    late = {**harbor_trial("fix", 1, 1.0, "VerifierError"), "reward_valid": valid}
    run = only_run(harbor_job(tmp_path, late, harbor_trial("find", 2, 0.5)))
    assert np.isnan(run.scores.of("reward")[0, 0]) == (not valid)
    assert run.scores.states_of("reward")[0, 0] == (State.SCORED if valid else State.ITEM_ERROR)
