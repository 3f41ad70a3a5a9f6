"""The search for what losers have in common: it finds what is planted and names little where nothing changed."""

from __future__ import annotations

import numpy as np
import pytest
from bench import slices as bench

from ragtui.stats.why.slices import LEVEL, evidence, search


def test_planted_slices_are_found() -> None:
    """Five seeded trials of each loss; tests/bench/slices.py runs hundreds."""
    found = [bench.trial(seed, planted=planted) for planted in bench.LOSSES.values() for seed in range(5)]
    assert sum(hit for hit, _ in found) >= 12


def test_unchanged_pipelines_have_no_losers_in_common() -> None:
    named = sum(bench.trial(5_000 + seed, planted=None)[0] for seed in range(15))
    assert named <= 5  # 1.2 are expected; more than 5 come with a chance below 0.001


def test_evidence_is_cut_off_and_silent_items_say_nothing() -> None:
    found = evidence(np.array([[9.0, np.nan], [np.nan, np.nan], [-1.0, 2.0]]))
    assert found[0] == 3.0 and np.isnan(found[1]) and found[2] == 0.5


@pytest.mark.parametrize("values", [np.zeros(20), np.full(20, np.nan)])
def test_nothing_moved_is_nothing_in_common(values: np.ndarray) -> None:
    assert search(values, np.arange(20)[:, None] < [[5, 10]]) == []


def test_the_report_is_the_same_tomorrow_and_equal_features_count_once() -> None:
    rng = np.random.default_rng(1)
    has = rng.random((100, 6)) < 0.2
    moves = np.where(has[:, 2], -2.0, 0.0) + rng.normal(0, 0.2, 100)
    first, again = search(moves, has), search(moves, np.hstack([has, has]))
    assert first[0].feature == 2 and first[0].p <= LEVEL and first[0].inside < first[0].outside
    assert [one.feature for one in again] == [one.feature for one in first]
    assert search(moves, has) == first
