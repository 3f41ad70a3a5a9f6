"""The decision engine, on comparisons small enough to see through."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gate_cases import side_from
from hypothesis import given
from hypothesis import strategies as st
from stats_kit import Floats

from ragtui.errors import UsageError
from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.multiplicity import holm
from ragtui.gate.deciding.policy import ErrorRule, ItemRule, Limit, MetricRule, Policy, SliceRule
from ragtui.gate.deciding.verdict import PRECEDENCE, GateVerdict, decide
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.model import About, Kind, Metric, Note, RunStatus
from ragtui.present.sentences.notes import say_note
from ragtui.stats import Estimand, Freshness
from ragtui.stats.doubts.freshness import Reruns
from ragtui.stats.means.claim import Mode, Standing, Topic

N = 40


def noisy(seed: int, repeats: int, *, drop: int = 0, by: float = 2.0) -> Floats:
    """Ordinal scores: most items steady at 5 or 4, a third jitter by one; the first `drop` items fall."""
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(N) % 4 == 0, 4.0, 5.0)[:, None]
    jitter = (np.arange(N) % 3 == 0)[:, None] & (rng.random((N, repeats)) < 0.3)
    scores: Floats = level - jitter
    scores[:drop] -= by
    return scores


def case(x: np.ndarray, y: np.ndarray, policy: Policy | None = None, **candidate: Any) -> Case:
    policy = policy or Policy()
    a = side_from({"quality": x}, name="base")
    b = side_from({"quality": y}, name="cand", **candidate)
    return case_of(compare_by_policy(policy, a, b), policy)


def verdict(x: np.ndarray, y: np.ndarray, policy: Policy | None = None, **candidate: Any) -> GateVerdict:
    return decide(case(x, y, policy, **candidate), policy or Policy())


def test_a_neutral_refactor_passes() -> None:
    found = verdict(noisy(1, 3), noisy(2, 3))
    assert found.exit is Exit.OK
    assert found.findings == ()


def test_a_gated_metric_of_which_nothing_is_tested_or_said_cannot_be_told() -> None:
    whole = case(noisy(1, 3), noisy(2, 3))
    labels: Any = SimpleNamespace(labels=("good", "bad"), shares=())  # a category that was compared and has no mean
    silent = [replace(entry, aggregate=None, labels=labels) for entry in whole.comparison.metrics]
    found = decide(replace(whole, comparison=replace(whole.comparison, metrics=tuple(silent))), Policy())
    assert (found.exit, found.claims) == (Exit.CANNOT_TELL, ())
    assert "Nothing could be tested of quality" in found.deciding[0].sentence


def test_a_regression_names_the_items_that_carry_it() -> None:
    found = verdict(noisy(1, 3), noisy(2, 3, drop=4), Policy(margin=0.1))
    assert found.exit is Exit.REGRESSION
    sentence = found.deciding[0].sentence
    assert "worse beyond noise" in sentence
    assert "Carried by" in sentence
    for item in ("000", "001", "002", "003"):
        assert item in sentence
    assert "004" not in sentence


def test_a_regression_needs_the_margin_as_well_as_the_evidence() -> None:
    shown = verdict(noisy(1, 5), noisy(2, 5, drop=4))
    below = verdict(noisy(1, 5), noisy(2, 5, drop=4), Policy(margin=1.0))
    assert shown.exit is Exit.REGRESSION
    assert below.exit is Exit.OK
    assert below.claims[0].standing is Standing.BELOW_MARGIN
    assert below.claims[0].p_worse <= 0.05


def test_the_evidence_alone_is_not_there_for_a_large_drop_in_noise() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.choice([1.0, 5.0], (12, 2)), rng.choice([1.0, 5.0], (12, 2))
    y[:5] = 1
    found = verdict(x, y, Policy(margin=0.01))
    assert found.claims[0].loss > 0.01
    assert found.exit is Exit.OK


def test_nothing_repeated_cannot_tell_and_says_what_is_needed() -> None:
    found = verdict(noisy(1, 1), noisy(2, 1))
    assert found.exit is Exit.CANNOT_TELL
    assert found.claims[0].standing is Standing.UNKNOWN
    assert "2 more repeats of the baseline" in found.deciding[0].sentence
    assert "would have shown about" in found.deciding[0].sentence


def test_nothing_repeated_still_answers_the_population_question() -> None:
    policy = Policy(estimand=Estimand.POPULATION)
    assert verdict(noisy(1, 1), noisy(2, 1), policy).exit is Exit.OK


def test_require_not_worse_turns_inconclusive_into_cannot_tell_with_numbers() -> None:
    policy = Policy(margin=0.01, require_not_worse=True)
    found = verdict(noisy(1, 3), noisy(2, 3), policy)
    assert found.exit is Exit.CANNOT_TELL
    assert "could be as bad as" in found.deciding[0].sentence
    assert "80 % power" in found.deciding[0].sentence
    assert "more repeats of the" in found.deciding[0].sentence
    assert verdict(noisy(1, 3), noisy(2, 3), replace(policy, margin=0.5)).exit is Exit.OK


def test_superiority_needs_a_shown_improvement() -> None:
    policy = Policy(mode=Mode.SUPERIORITY)
    assert verdict(noisy(1, 3), noisy(2, 3), policy).exit is Exit.CANNOT_TELL
    better = verdict(noisy(1, 3, drop=6), noisy(2, 3), policy)
    assert better.exit is Exit.OK
    assert better.claims[0].standing is Standing.IMPROVED
    assert verdict(noisy(1, 3, drop=6), noisy(2, 3), replace(policy, margin=2.0)).exit is Exit.CANNOT_TELL
    assert verdict(noisy(1, 3), noisy(2, 3, drop=6), policy).exit is Exit.REGRESSION


def test_direction_is_the_policys_word() -> None:
    policy = Policy(metrics={"quality": MetricRule(higher_is_better=False)})
    assert verdict(noisy(1, 3), noisy(2, 3, drop=4), policy).exit is Exit.OK
    assert verdict(noisy(1, 3, drop=4), noisy(2, 3), policy).exit is Exit.REGRESSION


def test_losses_and_gains_that_cancel_pass_unless_items_are_named() -> None:
    x = np.full((N, 3), 4.0)
    x[12::3], y = noisy(1, 3)[12::3], x.copy()
    y[12::3] = noisy(2, 3)[12::3]
    y[:5], y[5:10] = 2, 5
    x[5:10] = 3
    assert verdict(x, y).exit is Exit.OK
    limited = verdict(x, y, Policy(items=ItemRule(most_regressed=4)))
    assert (limited.exit, limited.deciding[0].subject) == (Exit.REGRESSION, "quality")
    assert verdict(x, y, Policy(items=ItemRule(most_regressed=5))).exit is Exit.OK
    protected = verdict(x, y, Policy(items=ItemRule(never_regress=("002",))))
    assert (protected.exit, protected.deciding[0].item) == (Exit.REGRESSION, "002")
    assert verdict(x, y, Policy(items=ItemRule(never_regress=("007",)))).exit is Exit.OK


def test_a_protected_item_that_only_leans_worse_cannot_be_told() -> None:
    y = noisy(2, 1)
    y[1] = 3.0
    found = verdict(noisy(1, 3), y, Policy(items=ItemRule(never_regress=("001",))))
    assert found.exit is Exit.CANNOT_TELL
    assert "001 may never regress" in found.deciding[0].sentence


def test_a_protected_item_without_a_score_is_incomplete() -> None:
    y = noisy(2, 3)
    y[1] = np.nan
    found = verdict(noisy(1, 3), y, Policy(items=ItemRule(never_regress=("001",)), coverage=0.9))
    assert found.exit is Exit.INCOMPLETE
    assert "has no quality score" in found.deciding[0].sentence


def test_a_protected_item_in_sequential_use_needs_the_bayes_factors_own_bound() -> None:
    y = noisy(2, 3)
    y[1] -= 2
    policy = Policy(items=ItemRule(never_regress=("001",)))
    made = case(noisy(1, 3), y, policy)
    cells = made.comparison.metric("quality").cells
    weak = replace(cells, log_bf=np.minimum(cells.log_bf, np.log(19.0)))
    entry = replace(made.comparison.metric("quality"), cells=weak)
    made = replace(made, comparison=replace(made.comparison, metrics=(entry,)))
    assert decide(made, policy).exit is Exit.REGRESSION
    assert decide(made, policy, sequential=True).exit is Exit.CANNOT_TELL


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"blockers": (Note(About.OTHER_JUDGE, names=("quality",)),)}, Exit.NOT_COMPARABLE),
        ({"unfinished": (("cand", RunStatus.PARTIAL),)}, Exit.INCOMPLETE),
        ({"fresh": Freshness(Reruns.COPIED, ((1, 0), (2, 0)), certain=True)}, Exit.INCOMPLETE),
        ({"fresh": Freshness(Reruns.FROZEN)}, Exit.CANNOT_TELL),
        ({"fragments": 1}, Exit.INCOMPLETE),
    ],
)
def test_what_is_not_a_comparison_is_not_judged(change: dict[str, Any], wanted: Exit) -> None:
    made = case(noisy(1, 3), noisy(2, 3))
    if "blockers" in change:
        made = replace(made, **change)
    else:
        made = replace(made, candidate=replace(made.candidate, **change))
    assert decide(made, Policy()).exit is wanted


def test_precedence() -> None:
    """Not comparable, incomplete, regression, cannot tell: the first that holds is the exit, the rest is listed."""
    policy = Policy(margin=0.01, require_not_worse=True, min_repeats=4)
    regressed = case(noisy(1, 3), noisy(2, 3, drop=6), policy)
    incomplete = replace(regressed, candidate=replace(regressed.candidate, unfinished=(("cand", RunStatus.PARTIAL),)))
    different = replace(incomplete, blockers=(Note(About.OTHER_JUDGE, names=("quality",)),))
    assert decide(regressed, policy).exit is Exit.REGRESSION
    assert decide(incomplete, policy).exit is Exit.INCOMPLETE
    found = decide(different, policy)
    assert found.exit is Exit.NOT_COMPARABLE
    assert [finding.exit for finding in found.findings] == sorted(
        (finding.exit for finding in found.findings), key=PRECEDENCE.index
    )
    assert {finding.exit for finding in found.findings} == set(PRECEDENCE)


@pytest.mark.parametrize("items", [1, 2])
@pytest.mark.parametrize("repeats", [(1, 1), (3, 1), (3, 3)])
def test_the_smallest_suites_get_a_verdict_and_never_a_crash(items: int, repeats: tuple[int, int]) -> None:
    x, y = np.ones((items, repeats[0])), np.ones((items, repeats[1]))
    found = verdict(x, y, Policy(repeats_are_fresh=True))
    assert found.exit is (Exit.OK if items > 1 and max(repeats) > 1 else Exit.CANNOT_TELL)
    for policy in (Policy(margin=0.1, mode=Mode.NON_INFERIORITY), Policy(confidence=0.6)):
        assert verdict(x, y * 0, policy).exit is not Exit.OK
        assert verdict(x, y * 0, replace(policy, repeats_are_fresh=True)).exit is not Exit.OK
    verdict(x, y * 0, Policy(confidence=0.9999, margin=0.1))


def test_min_repeats() -> None:
    found = verdict(noisy(1, 3), noisy(2, 3), Policy(min_repeats=5))
    assert found.exit is Exit.CANNOT_TELL
    assert [finding.subject for finding in found.findings] == ["baseline", "candidate"]
    assert "run 2 more" in found.findings[0].sentence


def test_missing_items_are_named() -> None:
    y = noisy(2, 3)
    y[:6] = np.nan
    found = verdict(noisy(1, 3), y)
    assert found.exit is Exit.INCOMPLETE
    assert "000, 001, 002, 003, 004, 005" in found.findings[-1].sentence
    assert verdict(noisy(1, 3), y, Policy(coverage=0.8)).exit is Exit.OK


def test_an_unfinished_run_is_incomplete() -> None:
    assert verdict(noisy(1, 3), noisy(2, 3), status=RunStatus.PARTIAL).exit is Exit.INCOMPLETE


def test_errors_are_gated_as_a_metric_of_their_own_below_the_limit() -> None:
    failed = np.zeros((N, 3), bool)
    failed[:4] = True
    policy = Policy(coverage=0.5, errors=ErrorRule(most=0.2))
    found = verdict(noisy(1, 3), noisy(2, 3), policy, failed=failed)
    assert (found.exit, found.deciding[0].subject) == (Exit.REGRESSION, "error rate")
    assert (
        verdict(noisy(1, 3), noisy(2, 3), replace(policy, errors=ErrorRule(0.2, 0.15)), failed=failed).exit is Exit.OK
    )
    above = verdict(noisy(1, 3), noisy(2, 3), replace(policy, errors=ErrorRule(0.05)), failed=failed)
    assert above.exit is Exit.INCOMPLETE


def test_limits_on_resources() -> None:
    rng = np.random.default_rng(4)
    seconds = rng.lognormal(0.5, 0.3, (N, 1))
    x, y = seconds * rng.lognormal(0, 0.1, (N, 3)), 1.5 * seconds * rng.lognormal(0, 0.1, (N, 3))

    def judged(**limit: float) -> GateVerdict:
        policy = Policy(limits={"latency": Limit(**limit)})
        a = side_from({"quality": noisy(1, 3), "latency": x}, name="base")
        b = side_from({"quality": noisy(2, 3), "latency": y}, name="cand")
        return decide(case_of(compare_by_policy(policy, a, b), policy), policy)

    assert judged(increase=0.2).exit is Exit.REGRESSION
    assert judged(increase=0.8).exit is Exit.OK
    assert judged(most=float(y.mean()) * 0.8).exit is Exit.REGRESSION
    within_noise = judged(most=float(y.mean()) * 0.999)
    assert within_noise.exit is Exit.OK
    budget = next(claim for claim in within_noise.claims if claim.topic is Topic.BUDGET)
    assert budget.loss > 0


def test_slices_are_judged_on_their_own_and_small_ones_only_shown() -> None:
    x = np.full((N, 3), 4.0)
    x[20:] = noisy(1, 3)[20:]
    y = x.copy()
    y[:10], y[10:20] = 3, 5
    topics = {f"{row:03d}": {"topic": "billing" if row < 10 else "other", "rare": row < 2} for row in range(N)}

    def judged(*rules: SliceRule) -> GateVerdict:
        policy = Policy(slices=rules)
        a = side_from({"quality": x}, name="base", metadata=topics)
        b = side_from({"quality": y}, name="cand", metadata=topics)
        return decide(case_of(compare_by_policy(policy, a, b), policy), policy)

    assert judged().exit is Exit.OK
    found = judged(SliceRule(by="topic", name="topic"))
    assert [finding.subject for finding in found.deciding] == ["quality · topic = billing"]
    assert judged(SliceRule(where={"rare": "True"}, name="rare")).exit is Exit.OK
    with pytest.raises(UsageError, match="no item has metadata 'topik'"):
        judged(SliceRule(by="topik", name="topik"))
    with pytest.raises(UsageError, match="has no items"):
        judged(SliceRule(where={"topic": "none"}, name="none"))


def test_names_that_nobody_has_are_errors_not_passes() -> None:
    for policy, words in (
        (Policy(metrics={"fluency": MetricRule()}), "no run scores 'fluency'"),
        (Policy(limits={"cost": Limit(most=1)}), "no run scores 'cost'"),
        (Policy(items=ItemRule(never_regress=("9999",))), "names '9999'"),
        (Policy(metrics={"latency": MetricRule()}), "latency is a resource"),
    ):
        a = side_from({"quality": noisy(1, 3), "latency": noisy(1, 3)}, name="base")
        b = side_from({"quality": noisy(2, 3), "latency": noisy(2, 3)}, name="cand")
        with pytest.raises(UsageError, match=words):
            decide(case_of(compare_by_policy(policy, a, b), policy), policy)


def test_a_gated_metric_without_a_common_score_is_incomplete_whatever_the_coverage_asked() -> None:
    x, y = noisy(1, 3), noisy(2, 3)
    x[:20], y[20:] = np.nan, np.nan
    found = verdict(x, y, Policy(coverage=0.0))
    assert found.exit is Exit.INCOMPLETE
    assert "on both sides" in found.deciding[0].sentence


@pytest.mark.parametrize("coverage", [0.0, 0.5, 0.95])
def test_what_the_coverage_lets_pass_is_said(coverage: float) -> None:
    """Of items that a candidate never wrote, the worst ones may be missing: a pass rests on the rest, and says so."""
    x, y = noisy(1, 3), noisy(2, 3)
    assert not [note for note in case(x, y).warnings if note.about is About.UNSCORED]
    y[0] = np.nan
    asked = Policy(coverage=coverage)
    (note,) = [note for note in case(x, y, asked).warnings if note.about is About.UNSCORED]
    assert (note.side, note.metric, note.count, note.total, note.names) == ("candidate", "quality", 3, y.size, ("000",))
    assert verdict(x, y, asked).exit is Exit.OK
    assert "have no score" in say_note(note) and "000" in say_note(note)


def test_runs_of_several_configurations_on_one_side_are_not_a_baseline() -> None:
    first, second = side_from({"quality": noisy(1, 2)}, name="one"), side_from({"quality": noisy(2, 2)}, name="two")
    mixed = replace(first, runs=(*first.runs, *second.runs))
    policy = Policy()
    result = compare_by_policy(policy, mixed, side_from({"quality": noisy(3, 2)}, name="cand"))
    assert decide(case_of(result, policy), policy).exit is Exit.NOT_COMPARABLE


def test_holm_over_several_metrics_is_harder_than_one() -> None:
    """A delta that one metric alone would prove is not proven among eight, most of which did not move."""
    values = {f"m{number}": noisy(10 + number, 3) for number in range(8)}
    moved = {**values, "m0": noisy(20, 3, drop=6, by=1.0)}

    def p_worse(names: list[str]) -> tuple[float, float]:
        a = side_from({name: values[name] for name in names}, name="base", judges={"m0": 1})
        b = side_from({name: moved[name] for name in names}, name="cand", judges={"m0": 1})
        claim = decide(case_of(compare_by_policy(Policy(), a, b), Policy()), Policy()).claims[0]
        return claim.p, claim.p_worse

    alone, among = p_worse(["m0"]), p_worse(sorted(values))
    assert alone[0] == among[0], "the comparison's own p does not depend on the other metrics"
    assert alone[1] == pytest.approx(alone[0])
    assert alone[1] < 0.05
    assert among[1] == pytest.approx(8 * alone[0])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_monotone_bounded_and_at_least_the_raw_value(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(raw <= after <= 1 for raw, after in zip(p_values, adjusted, strict=True))
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert all(first[1] <= second[1] for first, second in pairwise(pairs))
    assert min(adjusted) == pytest.approx(min(1.0, len(p_values) * min(p_values)))


def test_holm_against_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_nothing_is_decided_on_a_metric_whose_direction_nobody_told() -> None:
    untold = Metric("score", Kind.ORDINAL, higher_is_better=None, scale=(1, 5))
    worse = [noisy(1, 5), noisy(2, 5, drop=12)]
    sides = [side_from({"score": scores}, name=name) for name, scores in zip("ab", worse, strict=True)]
    a, b = (replace(side, scores=replace(side.scores, metrics=(untold,))) for side in sides)
    silent, told = Policy(), Policy(metrics={"score": MetricRule(higher_is_better=True)}, source="gate.toml")
    refused = decide(case_of(compare_by_policy(silent, a, b), silent), silent)
    assert refused.exit is Exit.NOT_COMPARABLE
    assert '[metrics.score] direction = "higher"' in refused.findings[0].sentence
    assert decide(case_of(compare_by_policy(told, a, b), told), told).exit is Exit.REGRESSION
