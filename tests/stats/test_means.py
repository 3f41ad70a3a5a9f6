"""Means, their intervals and what is concluded from them."""

from __future__ import annotations

import itertools
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragtui.stats import (
    Aggregate,
    Estimand,
    Interval,
    Outcome,
    Question,
    cheapest_judgings,
    compare_mean,
    decide,
    flip_test,
    look_alpha,
    mde,
    repeats_needed,
    split_judge_pipeline,
    t_quantile,
    t_two_sided,
)
from ragtui.stats.enough.planning import items_to_see
from ragtui.stats.means.components import run_block, variance_components, whole_runs

quickly = settings(max_examples=40, deadline=None)


def noisy(items: int = 40, runs: int = 3, seed: int = 0, drift: float = 0.0) -> np.ndarray:
    """Scores 1..5 with some noise, and optionally a drift of whole runs."""
    rng = np.random.default_rng(seed)
    level = np.random.default_rng(99).integers(2, 6, (items, 1))
    return np.clip(level + 0.5 * rng.normal(size=(items, runs)) + drift * rng.normal(size=(1, runs)), 1, 5)


def mean_of(*args: object, **kwargs: object) -> Aggregate:
    mean = compare_mean(*args, **kwargs)  # type: ignore[arg-type]
    assert mean is not None
    return mean


@quickly
@given(st.floats(0.5, 0.999), st.floats(0.5, 500))
def test_student_t_agrees_with_scipy(confidence: float, df: float) -> None:
    scipy_stats = pytest.importorskip("scipy.stats")
    quantile = t_quantile(confidence, df)
    assert quantile == pytest.approx(scipy_stats.t.ppf((1 + confidence) / 2, df), rel=1e-9)
    assert t_two_sided(quantile, df) == pytest.approx(1 - confidence, rel=1e-7)
    assert t_two_sided(-quantile, df) == t_two_sided(quantile, df)


@pytest.mark.parametrize(("confidence", "df"), [(0, 5), (1, 5), (0.95, 0)])
def test_no_quantile_without_meaning(confidence: float, df: float) -> None:
    with pytest.raises(ValueError, match="no t quantile"):
        t_quantile(confidence, df)


@quickly
@given(st.lists(st.integers(-6, 6), min_size=1, max_size=11), st.sampled_from([1, 3, 7]))
def test_flip_test_agrees_with_counting_every_pattern(steps: list[int], lattice: int) -> None:
    sizes = [abs(step) for step in steps if step]
    if not sizes:
        assert flip_test(steps) == 1
        return
    observed = abs(sum(steps))
    patterns = itertools.product((-1, 1), repeat=len(sizes))
    sums = [abs(sum(s * z for s, z in zip(signs, sizes, strict=True))) for signs in patterns]
    expected = np.mean([s > observed for s in sums]) + 0.5 * np.mean([s == observed for s in sums])
    assert flip_test(np.array(steps) / lattice) == pytest.approx(min(1, expected), abs=1e-12)


def test_flip_test_is_mcnemar_mid_p_on_single_binary_runs() -> None:
    binomial = pytest.importorskip("scipy.stats").binom
    deltas = [-1] * 9 + [1] * 3 + [0] * 50
    expected = 2 * binomial.cdf(3, 12, 0.5) - binomial.pmf(3, 12, 0.5)
    assert flip_test(deltas) == pytest.approx(expected)


def test_flip_test_of_many_items_is_exact_and_of_odd_ones_repeatable() -> None:
    rng = np.random.default_rng(5)
    many = rng.integers(-3, 4, 3000) / 60
    z = abs(many.sum()) / np.sqrt((many**2).sum())
    normal = pytest.importorskip("scipy.stats").norm
    assert flip_test(many) == pytest.approx(2 * normal.sf(z), abs=0.003)
    odd = rng.normal(size=50)
    assert flip_test(odd) == flip_test(odd[::1]) != flip_test(odd, seed=1)
    assert flip_test([np.nan, 1.0, np.inf]) == flip_test([1.0])


@quickly
@given(st.integers(0, 1000), st.integers(1, 4), st.integers(1, 4))
def test_swapping_sides_mirrors_the_intervals(seed: int, runs_a: int, runs_b: int) -> None:
    a, b = noisy(20, runs_a, seed), noisy(20, runs_b, seed + 1)
    forth, back = mean_of(a, b, step=1.0), mean_of(b, a, step=1.0)
    assert back.delta == pytest.approx(-forth.delta)
    for one, other in ((forth.suite, back.suite), (forth.population, back.population)):
        assert (one is None) is (other is None)
        if one is not None and other is not None:
            assert (other.lo, other.hi) == pytest.approx((-one.hi, -one.lo))
    mirrored = {Outcome.REGRESSED: Outcome.IMPROVED, Outcome.IMPROVED: Outcome.REGRESSED}
    assert back.outcome == mirrored.get(forth.outcome, forth.outcome)


@quickly
@given(st.integers(0, 1000))
def test_order_and_padding_do_not_matter(seed: int) -> None:
    a, b = noisy(15, 3, seed), noisy(15, 2, seed + 1)
    rng = np.random.default_rng(seed)
    rows = rng.permutation(15)
    empty = np.full((15, 1), np.nan)
    one, other = mean_of(a, b), mean_of(np.hstack([a[rows][:, ::-1], empty]), np.hstack([empty, b[rows]]))
    assert one.suite is not None
    assert other.suite is not None
    assert (other.suite.lo, other.suite.hi, other.p_flip) == pytest.approx((one.suite.lo, one.suite.hi, one.p_flip))


def test_nothing_in_common_has_no_mean() -> None:
    assert compare_mean([[1.0], [np.nan]], [[np.nan], [1.0]]) is None


def test_without_repeats_only_the_population_can_be_asked_about() -> None:
    a, b = noisy(40, 1, 1), noisy(40, 1, 2)
    mean = mean_of(a, b)
    assert (mean.suite, mean.components, mean.source, mean.mde) == (None, None, "none", None)
    assert mean.estimand == Estimand.POPULATION
    assert mean.interval is mean.population is not None
    forced = mean_of(a, b, estimand=Estimand.SUITE)
    assert forced.interval is None
    assert forced.outcome is Outcome.UNKNOWN
    assert mean_of(a[:1], b[:1]).outcome is Outcome.UNKNOWN


def test_the_motivating_case_raises_no_alarm() -> None:
    """40 items, one run a side, one item falls from 1 to 0."""
    a = np.ones((40, 1))
    b = a.copy()
    b[17] = 0
    mean = mean_of(a, b, step=1.0)
    assert mean.population is not None
    assert (mean.delta, mean.population.lo, mean.population.hi) == pytest.approx((-0.025, -0.076, 0.026), abs=5e-4)
    assert mean.p_flip == pytest.approx(0.5)
    assert mean.outcome is Outcome.INCONCLUSIVE


def test_a_profile_lends_its_noise_only_where_nothing_is_repeated() -> None:
    a, b, profile = noisy(40, 1, 1), noisy(40, 1, 2), noisy(40, 4, 3)
    lent = mean_of(a, b, profile=profile)
    assert lent.source == "profile"
    assert lent.suite is not None
    assert mean_of(noisy(40, 2, 1), b, profile=profile).source == "repeats"


def test_run_drift_widens_both_intervals() -> None:
    still = mean_of(noisy(200, 3, 1), noisy(200, 3, 2))
    drifting = mean_of(noisy(200, 3, 1, drift=0.4), noisy(200, 3, 2, drift=0.4))
    assert drifting.components is not None
    assert drifting.components.sigma2_run > 0.01
    for calm, rough in ((still.suite, drifting.suite), (still.population, drifting.population)):
        assert calm is not None
        assert rough is not None
        assert rough.hi - rough.lo > 3 * (calm.hi - calm.lo)


def test_zero_observed_noise_is_not_zero_noise() -> None:
    a = np.full((40, 2), 5.0)
    b = np.full((40, 1), 5.0)
    b[3] = 4
    floor = mean_of(a, b, step=1.0)
    assert floor.suite is not None
    assert floor.suite.se > 0
    assert floor.outcome is Outcome.INCONCLUSIVE


def test_equal_deltas_of_single_runs_have_no_interval_at_all() -> None:
    """Ten items that move by exactly as much make no interval of width zero: single runs alike say nothing."""
    for items, by in ((2, 1.0), (10, 0.8), (10, 0.1), (1000, 0.3), (5, 0.0)):
        a = np.linspace(0, 5, items)[:, None]
        mean = mean_of(a, a - by)
        assert mean.outcome is Outcome.UNKNOWN
        assert mean.interval is None


def test_a_fragment_is_counted_where_it_scored_but_not_as_a_run() -> None:
    a, b = noisy(40, 2, 1), noisy(40, 2, 2)
    fragment = np.full((40, 1), np.nan)
    fragment[:5] = a[:5, :1] + 1
    with_fragment = mean_of(np.hstack([a, fragment]), b)
    without = mean_of(a, b)
    assert with_fragment.components == without.components
    assert with_fragment.delta != without.delta
    assert whole_runs(np.hstack([a, fragment])).tolist() == [True, True, False]


def test_groups_move_together() -> None:
    rng = np.random.default_rng(3)
    groups = [str(item // 5) for item in range(40)]
    shared = np.repeat(rng.normal(size=8), 5)[:, None]
    a = noisy(40, 1, 1)
    b = a + shared + 0.05 * rng.normal(size=(40, 1))
    alone, clustered = mean_of(a, b), mean_of(a, b, groups=groups)
    assert alone.population is not None
    assert clustered.population is not None
    assert clustered.population.df == 7
    assert clustered.population.se > 1.5 * alone.population.se
    each = mean_of(a, b, groups=[str(item) for item in range(40)])
    assert each.population is not None
    assert each.population.se == pytest.approx(alone.population.se)
    assert mean_of(a, b, groups=["one"] * 40).population is None


def test_components_recover_what_was_simulated() -> None:
    rng = np.random.default_rng(11)
    blocks = []
    for _ in range(60):
        x = rng.normal(size=(50, 1)) + 0.5 * rng.normal(size=(50, 4)) + 0.3 * rng.normal(size=(1, 4))
        blocks.append(run_block(x))
    noise = variance_components(blocks)
    assert noise is not None
    assert noise.sigma2_e == pytest.approx(0.25, rel=0.05)
    assert noise.sigma2_run == pytest.approx(0.09, rel=0.25)
    assert variance_components([run_block(rng.normal(size=(5, 1)))]) is None


def interval(lo: float, hi: float, df: float = 30) -> Interval:
    se = (hi - lo) / 2 / t_quantile(0.95, df)
    return Interval(lo, hi, se, df, 0.5)


@pytest.mark.parametrize(
    ("lo", "hi", "question", "outcome"),
    [
        (-0.3, -0.1, Question(), Outcome.REGRESSED),
        (0.1, 0.3, Question(), Outcome.IMPROVED),
        (-0.3, -0.1, Question(higher_is_better=False), Outcome.IMPROVED),
        (0.1, 0.3, Question(higher_is_better=False), Outcome.REGRESSED),
        (-0.3, -0.1, Question(min_effect=0.25), Outcome.INCONCLUSIVE),
        (-0.1, 0.1, Question(), Outcome.INCONCLUSIVE),
        (-0.1, 0.1, Question(margin=0.09), Outcome.EQUIVALENT),
        (-0.1, 0.1, Question(margin=0.05), Outcome.INCONCLUSIVE),
        (-0.05, 0.25, Question(margin=0.1), Outcome.NOT_WORSE),
        (-0.25, 0.05, Question(margin=0.1), Outcome.INCONCLUSIVE),
        (-0.25, 0.05, Question(margin=0.1, higher_is_better=False), Outcome.NOT_WORSE),
        (-0.03, -0.01, Question(margin=0.1), Outcome.REGRESSED),
        (-0.03, -0.01, Question(margin=0.1, min_effect=0.05), Outcome.EQUIVALENT),
    ],
)
def test_outcomes(lo: float, hi: float, question: Question, outcome: Outcome) -> None:
    assert decide((lo + hi) / 2, interval(lo, hi), question, p_flip=0.5) is outcome


def test_an_interval_without_width_needs_the_flip_test() -> None:
    point = Interval(-1.0, -1.0, 0.0, 1.0, 0.0)
    assert decide(-1.0, point, Question(), p_flip=0.25) is Outcome.INCONCLUSIVE
    assert decide(-1.0, point, Question(), p_flip=0.01) is Outcome.REGRESSED


def test_planning_is_consistent_with_itself() -> None:
    noise = (0.118, 0.0004)
    visible = mde(40, 3, 3, *noise)
    repeats = repeats_needed(visible / 2, 40, *noise)
    assert repeats is not None
    assert mde(40, repeats, repeats, *noise) <= visible / 2 < mde(40, repeats - 1, repeats - 1, *noise)
    assert repeats_needed(0.01, 40, 0.1, 0.0, omega2=0.3) is None
    assert repeats_needed(5.0, 40, 0.1) == 2  # single runs do not tell their noise
    assert repeats_needed(5.0, 40, 0.1, profile_df=2) == 1
    assert mde(40, 1, 1, 0.1) == inf


@pytest.mark.parametrize(
    ("runs", "noisy", "drift"), [((2, 2), 40, 0.0), ((3, 1), 40, 0.0), ((3, 3), 40, 0.05), ((5, 5), 6, 0.0)]
)
def test_a_change_of_the_size_named_is_found_four_times_in_five(
    runs: tuple[int, int], noisy: int, drift: float
) -> None:
    """Two experiments of each kind: the first says which change shows, the second has it (it was .62 to .73 at 2 v 2).

    Drift named too small in one experiment is not made good by drift named too large in another, hence .76 with drift.
    """
    rng = np.random.default_rng(3)
    width = np.where(np.arange(40) < noisy, 0.5, 0.0)[:, None]

    def side(count: int) -> np.ndarray:
        return np.asarray(width * rng.normal(size=(40, count)) + drift * rng.normal(size=(1, count)))

    found = []
    for _ in range(250):
        named = mean_of(side(runs[0]), side(runs[1])).mde
        assert named is not None
        interval = mean_of(side(runs[0]), side(runs[1]) - named).suite
        assert interval is not None
        found.append(interval.hi < 0)
    assert 0.76 <= np.mean(found) <= 0.9


def test_repeats_and_items_that_are_named_are_the_fewest() -> None:
    noise = variance_components([run_block(noisy(40, 3, 2))])
    assert noise is not None
    items = items_to_see(0.1, 40, (3, 3), noise)
    assert items is not None
    parts = (noise.sigma2_e, noise.sigma2_run)
    share = noise.noisy_items / 40
    assert mde(items, 3, 3, *parts, noisy_items=share * items) <= 0.1
    assert mde(items - 1, 3, 3, *parts, noisy_items=share * (items - 1)) > 0.1
    drifting = variance_components([run_block(noisy(40, 3, 1, drift=1.0))])
    assert drifting is not None
    assert items_to_see(0.05, 40, (3, 3), drifting) is None


def test_the_aggregate_plans_for_its_own_question() -> None:
    a, b = noisy(40, 3, 1), noisy(40, 3, 2) + np.linspace(-1, 1, 40)[:, None]
    suite, population = mean_of(a, b), mean_of(a, b, estimand=Estimand.POPULATION)
    assert suite.true_change_variance == 0
    assert population.true_change_variance > 0.1
    assert suite.mde is not None
    assert population.mde is not None
    assert suite.mde < population.mde
    assert suite.repeats_for_half is not None
    assert population.repeats_for_half is None


def test_judge_noise_is_told_from_pipeline_noise() -> None:
    rng = np.random.default_rng(4)
    pipeline = 0.3 * rng.normal(size=(2000, 3, 1))
    split = split_judge_pipeline(rng.normal(size=(2000, 1, 1)) + pipeline + 0.2 * rng.normal(size=(2000, 3, 2)))
    assert split.judge == pytest.approx(0.04, rel=0.1)
    assert split.pipeline == pytest.approx(0.09, rel=0.1)
    assert cheapest_judgings(split, pipeline_cost=9, judge_cost=1) == 2
    assert cheapest_judgings(split._replace(pipeline=0.0), 1, 1) is None
    assert cheapest_judgings(split._replace(judge=0.0), 1, 1) == 1


def test_looks_spend_no_more_than_alpha() -> None:
    assert sum(look_alpha(look) for look in range(1, 10_000)) < 0.05
    assert look_alpha(1) == 0.025
    assert look_alpha(3, alpha=inf) == inf
