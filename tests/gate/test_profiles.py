"""Noise profiles: what is saved comes back; what does not fit is refused with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from gate_cases import MemoryRun, side_from
from stats_kit import Floats

from ragtui.errors import InputError, UsageError
from ragtui.exits import Exit
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import decide
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.model import Scores
from ragtui.present.sentences.evidence import say_taught, say_unfit
from ragtui.stats import Verdict
from ragtui.stats.noise.taught import UnfitProfile
from ragtui.workbench import Side
from ragtui.workbench.noise_profiles import (
    find_profile,
    fitting,
    load_profile_evidence,
    read_profile,
    save_profile,
)

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def noisy(seed: int, repeats: int) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(40) % 4 == 0, 4.0, 5.0)[:, None]
    return np.asarray(level - ((np.arange(40) % 3 == 0)[:, None] & (rng.random((40, repeats)) < 0.3)))


REPEATS = side_from({"quality": noisy(1, 5)}, name="old", pipeline={"prompt": 0})
A = side_from({"quality": noisy(2, 1)}, name="base")
B = side_from({"quality": noisy(3, 1)}, name="cand")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "noise" / "old.json"
    save_profile(path, REPEATS, NOW - timedelta(days=3))
    return path


def test_what_is_saved_comes_back(saved: Path) -> None:
    profile = read_profile(saved)
    assert (profile.scores.values == REPEATS.scores.values).all()
    assert profile.scores.items == REPEATS.scores.items
    assert profile.created == NOW - timedelta(days=3)
    assert profile.configuration == REPEATS.configuration
    assert 0 <= profile.self_checks["quality"] <= 1


def test_missing_scores_stay_missing(tmp_path: Path) -> None:
    values = noisy(1, 3)
    values[4, 1] = np.nan
    save_profile(tmp_path / "p.json", side_from({"quality": values}, name="x"), NOW)
    assert np.isnan(read_profile(tmp_path / "p.json").scores.values[4, 0, 1])


def test_a_profile_turns_unknown_into_a_verdict(saved: Path) -> None:
    policy = Policy()
    alone = compare_by_policy(policy, A, B)
    assert decide(case_of(alone, policy), policy).exit is Exit.CANNOT_TELL
    evidence = load_profile_evidence(saved, A, B, NOW)
    assert "3d old" in say_taught(evidence.taught)
    assert "5 repeats" in say_taught(evidence.taught)
    assert "self-check" in say_taught(evidence.taught)
    result = compare_by_policy(policy, A, B, evidence)
    assert decide(case_of(result, policy), policy).exit is Exit.OK
    cells = result.comparison.metric("quality").cells
    assert cells.count(Verdict.UNKNOWN) == 0
    assert cells.source == "profile"


@pytest.mark.parametrize(
    ("side", "days", "reason"),
    [
        (A, 40, "stale"),
        (side_from({"quality": noisy(2, 1)}, name="v2", version="v2"), 3, "foreign: dataset version v1, not v2"),
        (side_from({"quality": noisy(2, 1)}, name="j2", judges={"quality": {"model": "judge-2"}}), 3, "another judge"),
        (side_from({"quality": noisy(2, 1)}, name="o", items=[f"x{n}" for n in range(40)]), 3, "no common item"),
    ],
)
def test_a_stale_or_foreign_profile_is_refused(saved: Path, side: Side, days: int, reason: str) -> None:
    when = NOW - timedelta(days=3) + timedelta(days=days)
    found = fitting(read_profile(saved), side, when)
    assert isinstance(found, UnfitProfile)
    assert reason in say_unfit(found)
    with pytest.raises(UsageError) as caught:
        load_profile_evidence(saved, side, B, when)
    assert reason in caught.value.message


def test_the_age_limit_is_the_callers(saved: Path) -> None:
    assert isinstance(fitting(read_profile(saved), A, NOW, timedelta(days=2)), UnfitProfile)
    assert not isinstance(fitting(read_profile(saved), A, NOW, timedelta(days=4)), UnfitProfile)


def test_a_metric_with_another_judge_is_left_out_the_rest_stays(tmp_path: Path) -> None:
    judges = {"quality": 1, "tone": 1}
    both = side_from({"quality": noisy(1, 3), "tone": noisy(4, 3)}, name="p", judges=judges)
    save_profile(tmp_path / "p.json", both, NOW)
    side = side_from({"quality": noisy(2, 1), "tone": noisy(5, 1)}, name="s", judges={"quality": 1, "tone": 2})
    found = fitting(read_profile(tmp_path / "p.json"), side, NOW)
    assert not isinstance(found, UnfitProfile)
    assert [metric.name for metric in found.scores.metrics] == ["quality"]


def test_the_folder_gives_the_youngest_that_fits_and_says_why_others_do_not(saved: Path) -> None:
    save_profile(saved.with_name("older.json"), REPEATS, NOW - timedelta(days=9))
    evidence, refused = find_profile(saved.parent, A, B, NOW)
    assert evidence is not None
    assert "3d old" in say_taught(evidence.taught)
    assert refused == ()
    nothing, refused = find_profile(saved.parent, A, B, NOW + timedelta(days=60))
    assert nothing is None
    assert len(refused) == 2
    assert all("stale" in reason for reason in refused)
    assert find_profile(saved.parent / "none", A, B, NOW) == (None, ())


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"ragtui_noise": 1}', b'{"ragtui_noise": 2, "metrics": 3}'])
def test_a_damaged_profile_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.json"):
        read_profile(path)
    nothing, refused = find_profile(tmp_path, A, B, NOW)
    assert nothing is None
    assert "bad.json" in refused[0]


def test_only_repeats_of_one_configuration_make_a_profile(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one repeat"):
        save_profile(tmp_path / "p.json", A)
    other = side_from({"quality": noisy(9, 2)}, name="else")
    with pytest.raises(UsageError, match="2 configurations are mixed"):
        save_profile(tmp_path / "p.json", replace(REPEATS, runs=(*REPEATS.runs, *other.runs)))


def pooled(*sides: Side) -> Side:
    """Several sides as one."""
    runs = tuple(run for side in sides for run in side.runs)
    return replace(sides[0], runs=runs, scores=Scores.pooled([side.scores for side in sides]))


def test_repeats_that_are_compared_are_not_evidence_once_more(tmp_path: Path) -> None:
    """A profile of the baseline itself is the natural one to save; counted twice it would feign less noise."""
    base = side_from({"quality": noisy(2, 3)}, name="base", pipeline={"prompt": 0})
    save_profile(tmp_path / "own.json", base, NOW)
    assert load_profile_evidence(tmp_path / "own.json", base, B, NOW).scores is None
    save_profile(tmp_path / "more.json", pooled(base, REPEATS), NOW)
    evidence = load_profile_evidence(tmp_path / "more.json", base, B, NOW)
    assert evidence.scores is not None and (evidence.scores.values == REPEATS.scores.values).all()
    assert "(5 repeats" in say_taught(evidence.taught)
    assert len(read_profile(tmp_path / "more.json").passes) == 8


def test_a_published_copy_of_a_saved_repeat_is_that_repeat(tmp_path: Path) -> None:
    save_profile(tmp_path / "own.json", REPEATS, NOW)
    (run,) = REPEATS.runs
    hosted = replace(run.header, id="x1", mirror_of=run.header.id, mirror_repeat="2")
    copy = replace(REPEATS, runs=(MemoryRun(hosted, REPEATS.scores.only([1]), {}),), scores=REPEATS.scores.only([1]))
    evidence = load_profile_evidence(tmp_path / "own.json", copy, B, NOW)
    assert evidence.scores is not None
    assert (evidence.scores.values == REPEATS.scores.values[:, :, [0, 2, 3, 4]]).all()
