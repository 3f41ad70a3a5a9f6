"""How noisy one side is, and whether the model may be trusted on it."""

from __future__ import annotations

import numpy as np
import pytest
from stats_kit import Floats, cube, cube_of

from ragtui.model import Kind, Metric
from ragtui.stats import noise_report, self_check

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))


def simulated(items: int = 60, runs: int = 4, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    level = rng.integers(2, 6, (items, 1))
    wobble = (rng.random((items, 1)) < 0.3) * rng.integers(-1, 2, (items, runs))
    return np.asarray(np.clip(level + wobble, 1, 5), float)


def test_a_report_says_how_noisy_a_metric_is() -> None:
    scores = simulated()
    report = noise_report(cube_of(scores, FAITH))
    entry = report.metric("faithfulness")
    spread = scores.std(axis=1, ddof=1)
    assert entry.kind is Kind.ORDINAL
    assert (entry.items, entry.scores, entry.repeated_items) == (60, 240, 60)
    assert entry.varied_share == pytest.approx((spread > 0).mean())
    np.testing.assert_allclose(entry.item_sd, spread)
    assert entry.sigma_e == pytest.approx(np.sqrt((spread**2).mean()), rel=0.05)
    assert entry.sigma_run is not None
    assert entry.snr == pytest.approx(scores.mean(axis=1).std(ddof=1) / entry.sigma_e)
    assert [delta for delta, _ in entry.repeats_for] == pytest.approx([0.08, 0.2, 0.4])
    needed = [repeats or 0 for _, repeats in entry.repeats_for]
    assert needed == sorted(needed, reverse=True)
    assert [repeat.label for repeat, _ in entry.run_means] == ["1", "2", "3", "4"]
    assert [mean for _, mean in entry.run_means] == pytest.approx(scores.mean(axis=0))
    assert entry.mde is not None
    moved_alike = np.sort(scores, axis=1)[:, [2, 0, 3, 1]]
    np.testing.assert_array_equal(
        noise_report(cube_of(moved_alike, FAITH)).metric("faithfulness").item_sd, entry.item_sd
    )
    assert entry.self_check is not None
    assert not entry.identical
    assert not report.cached
    chosen = noise_report(cube_of(scores, FAITH), deltas=[0.5]).metric("faithfulness")
    assert [delta for delta, _ in chosen.repeats_for] == [0.5]
    with pytest.raises(KeyError):
        report.metric("recall")


def test_a_single_run_has_no_noise_to_report() -> None:
    entry = noise_report(cube_of(simulated(runs=1), FAITH)).metric("faithfulness")
    assert (entry.varied_share, entry.sigma_e, entry.sigma_run, entry.snr, entry.mde) == (None,) * 5
    assert entry.repeats_for == ()
    assert entry.self_check is None
    assert np.isnan(entry.item_sd).all()


def test_a_metric_without_scores_is_reported_as_such() -> None:
    entry = noise_report(cube({FAITH: {"1": [None, None]}})).metric("faithfulness")
    assert (entry.kind, entry.items, entry.scores, entry.run_means) == (None, 0, 0, ())


def test_a_constant_metric_has_no_spread_but_is_not_called_noiseless() -> None:
    entry = noise_report(cube_of(np.full((20, 3), 5.0), FAITH)).metric("faithfulness")
    assert entry.varied_share == 0
    assert entry.item_sd.max() == 0
    assert entry.sigma_e is not None
    assert entry.sigma_e > 0


def test_cached_answers_are_noticed() -> None:
    frozen = np.repeat(simulated(runs=1), 3, axis=1)
    report = noise_report(cube_of(frozen, FAITH))
    assert report.cached
    assert report.metric("faithfulness").identical
    frozen[0, 0] = 1 if frozen[0, 0] != 1 else 2
    assert not noise_report(cube_of(frozen, FAITH)).cached


def test_thirds_do_not_pretend_to_vary() -> None:
    thirds = np.full((12, 3), 1 / 3)
    assert noise_report(cube_of(thirds, Metric("share"))).metric("share").item_sd.max() == 0


@pytest.mark.parametrize("level", [0.3, 1e-5, 1e5])
def test_scores_that_differ_by_rounding_do_not_vary(level: float) -> None:
    """0.1 + 0.2 beside 0.3: the item noise was 1e-17, and signal in units of it 40256379000000.0."""
    items = level * np.linspace(1, 2, 12)[:, None] * np.ones(3)
    items[::2, 1] *= 1 + 4e-16
    entry = noise_report(cube_of(items, Metric("share", Kind.LINEAR))).metric("share")
    assert (entry.sigma_e, entry.sigma_run, entry.snr, entry.varied_share) == (0, 0, None, 0)


def test_judgings_of_the_same_answers_split_the_noise() -> None:
    rng = np.random.default_rng(1)
    outputs = 0.3 * rng.normal(size=(400, 3))
    scores = rng.normal(size=(400, 1)) + np.repeat(outputs, 2, axis=1) + 0.2 * rng.normal(size=(400, 6))
    metric = Metric("quality", Kind.LINEAR)
    judged = [f"{run}.{judging}" for run in (1, 2, 3) for judging in (1, 2)]
    table = {metric: {str(row): list(map(float, line)) for row, line in enumerate(scores)}}
    split = noise_report(cube(table, labels=judged)).metric("quality").split
    assert split is not None
    assert split.judge == pytest.approx(0.04, rel=0.2)
    assert split.pipeline == pytest.approx(0.09, rel=0.2)
    assert noise_report(cube(table)).metric("quality").split is None
    one_run = [f"1.{judging}" for judging in range(6)]
    assert noise_report(cube(table, labels=one_run)).metric("quality").split is None


def test_self_check_needs_three_repeats() -> None:
    assert self_check(simulated(runs=2)) is None
    padded = np.hstack([simulated(runs=2), np.full((60, 1), np.nan)])
    assert self_check(padded) is None


def test_self_check_is_quiet_on_honest_repeats() -> None:
    check = self_check(simulated(runs=4))
    assert check is not None
    assert check.cells == 240
    assert check.share < 0.08
    assert not check.warn
    assert check.proven == 0


def test_self_check_warns_when_one_run_is_off() -> None:
    """A run under other conditions than its fellows, as drift between batches makes it."""
    scores = simulated(runs=4)
    scores[:, 3] = np.clip(scores[:, 3] - 1, 1, 5)
    check = self_check(scores)
    assert check is not None
    assert check.warn
