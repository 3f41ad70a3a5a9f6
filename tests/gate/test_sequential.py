"""Repeats until decided: when it stops, what each look may spend, and who may be repeated."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from gate_cases import side_from, write_run
from stats_kit import Floats

from ragtui.cli.main import main
from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.gate.judging import GateRequest, judge
from ragtui.gate.sequential import Decided, until_decided
from ragtui.model import RunHeader
from ragtui.stats.means.claim import Mode
from ragtui.workbench import open_library

N = 40
STRICT = Policy(margin=0.1, mode=Mode.NON_INFERIORITY)


def noisy(seed: int, repeats: int, drop: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(N) % 4 == 0, 4.0, 5.0)[:, None]
    scores: Floats = level - ((np.arange(N) % 3 == 0)[:, None] & (rng.random((N, repeats)) < 0.3))
    scores[:drop] -= 2
    return scores


def run_until(policy: Policy, *, drop: int = 0, budget: int = 5, start: int = 1, noise: int = 1) -> tuple[Decided, int]:
    base, grown, made = noisy(1, 3), [noisy(2, start, drop)], []

    def measure() -> Case:
        a, b = side_from({"quality": base}, name="base"), side_from({"quality": np.hstack(grown)}, name="cand")
        return case_of(compare_by_policy(policy, a, b), policy)

    def repeat() -> None:
        made.append(1)
        grown.append(noisy(10 * noise + len(made), 1, drop))

    return until_decided(measure, repeat, policy, budget), len(made)


def test_it_stops_as_soon_as_it_is_decided() -> None:
    decided, made = run_until(STRICT, drop=10)
    assert decided.verdict.exit is Exit.REGRESSION
    assert made == len(decided.looks) - 1 < 5
    decided, made = run_until(Policy(margin=1.0, mode=Mode.NON_INFERIORITY))
    assert decided.verdict.exit is Exit.OK
    assert made == 0


def test_it_stops_at_the_budget_and_says_it_cannot_tell() -> None:
    decided, made = run_until(Policy(margin=0.001, mode=Mode.NON_INFERIORITY), budget=2)
    assert decided.verdict.exit is Exit.CANNOT_TELL
    assert made == 2
    assert [look.repeats for look in decided.looks] == [1, 2, 3]


def test_every_look_spends_its_share() -> None:
    decided, _ = run_until(Policy(margin=0.001, mode=Mode.NON_INFERIORITY), budget=4)
    assert [look.alpha for look in decided.looks] == pytest.approx([0.05 / (k * (k + 1)) for k in range(1, 6)])
    assert sum(look.alpha for look in decided.looks) < 0.05
    worst = decided.verdict.claims[0].worst
    alone = run_until(Policy(margin=0.001, mode=Mode.NON_INFERIORITY), budget=0, start=5)[0].verdict.claims[0]
    assert worst > alone.worst - 0.05, "the bound of a later look is wider than that of a single look"


def test_a_default_policy_goes_on_until_the_margin_is_ruled_out() -> None:
    policy = Policy(margin=0.11)
    assert run_until(policy, budget=0)[0].verdict.exit is Exit.OK
    decided, made = run_until(policy, budget=9)
    assert decided.verdict.exit is Exit.OK
    assert decided.verdict.claims[0].ruled_out
    assert made < 9


def test_without_a_margin_there_is_nothing_to_decide() -> None:
    with pytest.raises(UsageError, match="needs a margin for quality"):
        run_until(Policy())


def test_superiority_needs_no_margin() -> None:
    decided, made = run_until(Policy(mode=Mode.SUPERIORITY), budget=1)
    assert decided.verdict.exit is Exit.CANNOT_TELL
    assert made == 1


def test_a_request_grows_the_candidate_and_only_the_candidate(tmp_path: Path) -> None:
    write_run(tmp_path / "base", {"quality": noisy(1, 3)}, pipeline={"prompt": 0})
    write_run(tmp_path / "cand", {"quality": noisy(2, 1)}, pipeline={"prompt": 1})
    asked: list[str] = []

    def repeat(header: RunHeader) -> str:
        asked.append(header.name)
        folder = tmp_path / f"more-{len(asked)}"
        return str(write_run(folder, {"quality": noisy(20 + len(asked), 1)}, pipeline={"prompt": 1}))

    request = GateRequest(
        [str(tmp_path / "base")], [str(tmp_path / "cand")],
        policy=Policy(margin=0.02, mode=Mode.NON_INFERIORITY), budget=2,
    )  # fmt: skip
    record = judge(request, lambda places: open_library(places), repeat, project=tmp_path)
    assert asked == ["cand", "cand"]
    assert record.candidate.runs == ("cand", "more-1", "more-2")
    assert record.baseline.runs == ("base",)
    assert [look.repeats for look in record.looks] == [1, 2, 3]


def test_a_run_without_a_plan_cannot_be_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "base", {"quality": noisy(1, 3)})
    write_run(tmp_path / "cand", {"quality": noisy(2, 1)})
    (tmp_path / "gate.toml").write_text('mode = "non-inferiority"\nmargin = 0.001\n')
    words = ["gate", "--baseline", str(tmp_path / "base"), "--candidate", str(tmp_path / "cand"),
             "--policy", str(tmp_path / "gate.toml"), "--until-decided"]  # fmt: skip
    assert main(words) == 2
    assert "was not launched by `ragtui run`" in capsys.readouterr().err


def test_a_simulated_candidate_is_repeated_by_its_own_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real runner, its real child process, the packaged simulation."""
    assert main(["demo", "--out", str(tmp_path / "demo"), "--repeats", "1", "--seed", "3"]) == 0
    folders = sorted(path for path in (tmp_path / "demo").iterdir() if (path / "summary.json").exists())
    base, cand = (str(path) for path in folders)
    (tmp_path / "gate.toml").write_text('[metrics.relevance]\nmode = "superiority"\n')
    capsys.readouterr()
    main(["gate", "--baseline", base, "--candidate", cand, "--policy", str(tmp_path / "gate.toml"),
          "--until-decided", "--budget", "1", "--format", "json"])  # fmt: skip
    record = json.loads(capsys.readouterr().out)
    assert record["candidate"]["repeats"] == len(record["looks"])
    assert record["baseline"]["repeats"] == 1
    made = {path.name for path in (tmp_path / "demo").iterdir() if path.name.startswith("demo-candidate")}
    assert len(made) == len(record["looks"])
