"""A gate cannot tell what rests on items that only look run again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gate_cases import side_from
from stats_kit import Floats

from ragtui.exits import Exit
from ragtui.gate.deciding.policy import ItemRule, Policy, SliceRule
from ragtui.gate.deciding.verdict import GateVerdict, decide
from ragtui.gate.gathering import case_of, compare_by_policy

N = 80
HALF = N // 2
NO_ITEM_WORSE = Policy(items=ItemRule(most_regressed=0))


def shares(seed: int, cached: bool) -> Floats:
    """Scores from 0 to 1 around a level of each item's own, the first half answered by a cache."""
    rng = np.random.default_rng([7, seed])
    level = np.random.default_rng(99).uniform(0.3, 0.7, (N, 1))
    scores: Floats = level + 0.08 * rng.normal(size=(N, 3))
    if cached:
        scores[:HALF] = scores[:HALF, :1]
    return scores


def verdict(x: Floats, y: Floats, policy: Policy) -> GateVerdict:
    a, b = side_from({"similarity": x}, name="base"), side_from({"similarity": y}, name="cand")
    return decide(case_of(compare_by_policy(policy, a, b), policy), policy)


def test_a_regression_that_rests_on_what_looks_cached_is_not_called() -> None:
    x, y = shares(2, cached=True), shares(52, cached=True)
    found = verdict(x, y, NO_ITEM_WORSE)
    assert found.exit is Exit.CANNOT_TELL
    assert verdict(x, y, Policy()).exit is Exit.CANNOT_TELL, "the mean moves as well"
    said = found.deciding[0].sentence
    assert said.startswith(f'"Regression" would rest on {HALF} items that look cached')
    assert "--repeats-are-fresh" in said
    assert all(finding.exit is Exit.CANNOT_TELL for finding in found.findings)
    for policy in (NO_ITEM_WORSE, Policy()):
        assert verdict(x, y, replace(policy, repeats_are_fresh=True)).exit is Exit.REGRESSION, "a person's word"


def test_what_does_not_rest_on_them_stands() -> None:
    x, y = shares(1, cached=True), shares(51, cached=True)
    assert verdict(x, y, Policy()).exit is Exit.OK, "neither way a mean moved"
    y[N - 1] -= 0.6  # an item that was run again in both sides
    protected = Policy(items=ItemRule(never_regress=(f"{N - 1:03d}",)))
    assert verdict(x, y, protected).exit is Exit.REGRESSION
    assert verdict(x, y, NO_ITEM_WORSE).exit is Exit.REGRESSION


def test_a_change_of_all_items_stands() -> None:
    found = verdict(shares(0, cached=True), shares(50, cached=True) - 0.2, NO_ITEM_WORSE)
    assert found.exit is Exit.REGRESSION


def test_copies_by_their_times_are_no_evidence_in_a_slice_either() -> None:
    x, y = shares(0, cached=True), shares(0, cached=True)
    fallen = slice(0, 10)
    y[HALF:] = shares(50, cached=False)[HALF:]
    y[fallen] -= np.linspace(0.001, 0.08, 10)[:, None]  # as far as one noisy run might
    late = [np.random.default_rng(n).uniform(1, 2, (N, 3)) for n in (1, 2)]
    for times in late:
        times[:HALF] = times[:HALF, :1]
    topics = {f"{row:03d}": {"topic": "cached" if row < 10 else "other"} for row in range(N)}
    policy = Policy(slices=(SliceRule(by="topic", name="topic"),))
    a, b = (
        side_from({"similarity": scores, "latency": times}, name=name, metadata=topics)
        for name, scores, times in (("base", x, late[0]), ("cand", y, late[1]))
    )
    case = case_of(compare_by_policy(policy, a, b), policy)
    assert case.candidate.fresh.some is not None
    part = next(part for part in case.slices if part.name == "topic = cached" and part.metric == "similarity")
    assert part.aggregate is not None
    assert part.aggregate.source == "none", "nothing in this slice was repeated"


@pytest.mark.parametrize("times", [np.full((N, 3), 1.0), np.round(np.linspace(1, 3, N))[:, None] * np.ones(3)])
def test_a_copy_under_another_name_is_no_finding_when_its_times_say_nothing(times: Floats) -> None:
    """Whole seconds are equal in any two runs; the noise of the scores tells that these are one."""
    x = np.round(shares(1, cached=False), 1)
    a, copy, other = (
        side_from({"similarity": scores, "latency": times + turns}, name=name)
        for name, scores in (("base", x), ("cand", x), ("again", np.round(shares(51, cached=False), 1)))
        for turns in [np.arange(3) * 2.0]
    )
    assert decide(case_of(compare_by_policy(Policy(), a, copy), Policy()), Policy()).exit is Exit.CANNOT_TELL
    assert decide(case_of(compare_by_policy(Policy(), a, other), Policy()), Policy()).exit is Exit.OK
