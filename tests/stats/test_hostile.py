"""Comparisons that nobody hopes for, each with what it must get: how many cells are proven, and the mean's outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from stats_kit import cube_of

import ragtui
from ragtui.model import Metric
from ragtui.stats import compare, compare_cells, compare_mean, noise_report

Floats = NDArray[np.float64]
NAN, INF = float("nan"), float("inf")
ROWS = 20
MOVED = "regressed"
UNKNOWN = "noise unknown"
OPEN = "inconclusive"
NONE = ""


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def levels(seed: int, repeats: int = 3, fall: int = 0, rows: int = ROWS) -> Floats:
    """A judge's levels of half a level's jitter; the first three items fall."""
    scores = np.clip(np.rint(4 + 0.5 * _rng(seed).normal(size=(rows, repeats))), 1, 5)
    scores[:3] -= fall
    return scores


def same(score: float, repeats: int = 3, rows: int = ROWS) -> Floats:
    return np.full((rows, repeats), score)


def uniform(seed: int, scale: float, repeats: int = 3) -> Floats:
    return scale * _rng(seed).random((ROWS, repeats))


def powers(seed: int, low: float, high: float) -> Floats:
    return np.asarray(10.0 ** _rng(seed).uniform(low, high, (ROWS, 3)))


def beside(scores: Floats, score: float) -> Floats:
    """One more item that always has one score."""
    return np.vstack([scores, same(score, scores.shape[1], 1)])


def halved(scores: Floats) -> Floats:
    out = scores.copy()
    out[:4] *= 0.5
    return out


def first_repeat(scores: Floats) -> Floats:
    out = scores.copy()
    out[:, 1:] = NAN
    return out


def holes(scores: Floats, seed: int) -> Floats:
    return np.where(_rng(seed).random(scores.shape) < 0.5, NAN, scores)


def near(centre: float, spread: float, seed: int) -> Floats:
    return centre + spread * _rng(seed).normal(size=(ROWS, 3))


CASES: dict[str, tuple[Any, Any, int, str]] = {
    # baseline, candidate, proven cells, outcome of the mean
    "constant on each side": (same(4), same(2), 0, UNKNOWN),
    "constant on each side, run once": (same(4, 1), same(2, 1), 0, UNKNOWN),
    "the same constant": (same(4), same(4), 0, UNKNOWN),
    "zero and minus zero": (same(0.0), same(-0.0), 0, UNKNOWN),
    "constant beside noise": (same(4), levels(2), 0, UNKNOWN),
    "one item": ([[3, 4, 5]], [[3, 3, 4]], 0, UNKNOWN),
    "one item that fell, steady": ([[5, 5, 5]], [[1, 1, 1]], 0, UNKNOWN),
    "one item that fell, six runs": ([[5, 5, 4, 5, 5, 5]], [[1, 1, 2, 1, 1, 1]], 0, UNKNOWN),
    "one item, run once": ([[5]], [[1]], 0, UNKNOWN),
    "two items, run once": ([[5], [4]], [[1], [2]], 0, UNKNOWN),
    "two noisy items that fell": ([[5, 5, 4], [4, 5, 4]], [[1, 1, 2], [1, 2, 1]], 0, MOVED),
    "two items, six runs": (levels(1, 6, rows=2), levels(2, 6, rows=2) - 3, 0, MOVED),
    "nothing on the other side": (levels(1), same(NAN), 0, NONE),
    "nothing on either side": (same(NAN), same(NAN), 0, NONE),
    "only infinite": (levels(1), same(INF), 0, NONE),
    "half of the scores missing": (holes(levels(3), 3), levels(4), 0, OPEN),
    "1 v 9": (levels(1, 1), levels(2, 9, fall=2), 3, OPEN),
    "1 v 100": (levels(1, 1), levels(2, 100, fall=2), 3, MOVED),
    "100 v 100": (levels(1, 100), levels(2, 100, fall=2), 3, MOVED),
    "1 v 4, too few to prove": (levels(1, 1), levels(2, 4, fall=3), 0, OPEN),
    "scored in one repeat only": (first_repeat(levels(1)), first_repeat(levels(2)), 0, UNKNOWN),
    "one side scored once": (first_repeat(levels(1)), levels(2), 0, OPEN),
    "bools": (levels(1) > 3, levels(2) > 3, 0, OPEN),
    "below zero": (-uniform(1, 1.0), -uniform(2, 1.0), 0, OPEN),
    "1e300": (near(1e300, 1e298, 1), near(1e300, 1e298, 2), 0, NONE),
    "1e300 either way": (np.sign(near(0, 1, 1)) * 1e300, np.sign(near(0, 1, 2)) * 1e300, 0, NONE),
    "one item of 1e300": (beside(levels(1), 4), beside(levels(2), 1e300), 0, OPEN),
    "one item of 1e150 on each side": (beside(levels(1), 1e150), beside(levels(2), 1e150), 0, OPEN),
    "1e150": (near(9e149, 1e148, 1), near(9e149, 1e148, 2), 0, OPEN),
    "1e150, four halved": (near(9e149, 1e147, 1), halved(near(9e149, 1e147, 2)), 4, MOVED),
    "1e-100": (uniform(1, 1e-100), uniform(2, 1e-100), 0, OPEN),
    "1e-100, four halved": (near(9e-100, 1e-102, 1), halved(near(9e-100, 1e-102, 2)), 4, MOVED),
    "from 1e-300 to 1e300": (powers(1, -300, 300), powers(2, -300, 300), 0, OPEN),
    "from 1e-140 to 1e140": (powers(1, -140, 140), powers(2, -140, 140), 0, OPEN),
    "0 and 1e18": (1e18 * (uniform(1, 1) < 0.5), 1e18 * (uniform(2, 1) < 0.5), 0, OPEN),
    "whole numbers beyond 2**53": (2.0**53 + 2 * _rng(1).integers(0, 9, (ROWS, 3)),
                                   2.0**53 + 2 * _rng(2).integers(0, 9, (ROWS, 3)), 0, OPEN),
    "whole numbers that floats hold as one": ([[2**60 + row, 2**60, 2**60 + 1] for row in range(ROWS)],
                                              [[2**60, 2**60 + row, 2**60 + 2] for row in range(ROWS)], 0, UNKNOWN),
    "noise of 1 at 1e15": (near(1e15, 1.0, 1), near(1e15, 1.0, 2), 0, OPEN),
    "all moved by as much": (near(0.8, 0.01, 1), near(0.6, 0.01, 2), ROWS, MOVED),
    "one outlier of a million": (beside(levels(1), 4), beside(levels(2), 1e6), 0, OPEN),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_hostile_scores_get_the_verdicts_that_a_person_would_give(name: str) -> None:
    baseline, candidate, proven, outcome = CASES[name]
    result = ragtui.compare(baseline, candidate)
    assert sum(cell.verdict in ("regressed", "improved") for cell in result.cells) == proven
    assert [metric.outcome for metric in result.metrics] == [outcome]
    assert "nan" not in str(result)


@pytest.mark.parametrize("scores", [[[2**1100, 1, 1]], [["90 %"]], np.zeros((0, 3)), np.zeros((3, 0))])
def test_what_is_no_score_is_refused_in_one_sentence(scores: Any) -> None:
    with pytest.raises(ragtui.RagtuiError, match="baseline: score"):
        ragtui.compare(scores, [[1, 1, 1]])


@pytest.mark.parametrize("name", ["1e300", "1e300 either way", "from 1e-300 to 1e300"])
def test_scores_whose_squares_overflow_are_no_scores_in_the_statistics_either(name: str) -> None:
    baseline, candidate, *_ = CASES[name]
    assert not np.isin(compare_cells(baseline, candidate).verdict, (4, 5)).any()
    compare_mean(baseline, candidate)
    metric = Metric("m")
    clean = [np.where(np.abs(side) > 1e150, NAN, side) for side in (baseline, candidate)]
    compare(cube_of(clean[0], metric), cube_of(clean[1], metric, "cand"))
    noise_report(cube_of(clean[0], metric))
