"""A change of the size that other changes have is likelier a change, and no cell speaks for itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from ragtui.model import Kind
from ragtui.stats import Verdict, compare_cells
from ragtui.stats.noise.chance import chance_of_noise
from ragtui.stats.noise.sizes import ANY_SIZE, Moves, Sizes

BEFORE = np.array([1.0, 4.0, 4.0, 3.0, 2.0, 4.0])
SHIFT = np.array([1.0, -2.0, -2.0, -1.0, 0.0, -0.5])
CHANGED = np.array([0.3, 0.9, 0.8, 0.4, 0.0, 0.2])


def by_hand(before: list[float], shift: list[float], changed: list[float], cell: int) -> float:
    """The factor of one cell, summed cell by cell."""
    reach = 0.5

    def near(one: float, other: float) -> float:
        return math.exp(-0.5 * ((abs(one) - abs(other)) / reach) ** 2)

    def sign(value: float) -> int:
        return 0 if abs(value) < 1e-9 else 1 if value > 0 else -1

    way = sign(shift[cell])
    anyhow = [b + s - a for b, s in zip(before, shift, strict=True) for a in before]
    anyhow = [move for move in anyhow if sign(move) == way]
    density = sum(near(move, shift[cell]) for move in anyhow) / len(anyhow)
    others = [row for row in range(len(shift)) if row != cell and sign(shift[row]) == way]
    seen = sum(changed[row] * near(shift[row], shift[cell]) for row in others) / density
    return (ANY_SIZE + seen) / (ANY_SIZE + sum(changed[row] for row in others))


@pytest.mark.parametrize("cell", [0, 1, 2, 3, 5])
def test_the_factor_is_the_sum_over_the_other_cells(cell: int) -> None:
    sizes = Sizes.of(Moves(BEFORE, SHIFT), 5).learned(SHIFT, CHANGED)
    expected = by_hand(BEFORE.tolist(), SHIFT.tolist(), CHANGED.tolist(), cell)
    assert np.exp(sizes.log_factor(SHIFT, CHANGED))[cell] == pytest.approx(expected, rel=1e-6)


def test_a_lone_cell_is_judged_as_before() -> None:
    alone = np.where(np.arange(6) == 1, 0.9, 0.0)
    sizes = Sizes.of(Moves(BEFORE, SHIFT), 5).learned(SHIFT, alone)
    assert sizes.log_factor(SHIFT, alone)[1] == pytest.approx(0.0)
    assert sizes.log_factor(SHIFT, alone)[4] == 0.0
    forgotten = sizes.without(SHIFT[1:2], alone[1:2])
    assert np.allclose(forgotten.log_factor(SHIFT, np.zeros(6)), 0.0)


def test_one_more_fall_of_the_usual_size_is_likelier_a_change_than_one_of_another() -> None:
    log_bf = np.array([-2.0] * 30 + [9.0] * 5 + [2.0, 2.0])
    shift = np.array([0.1, -0.1] * 15 + [-6.0] * 5 + [-6.0, -14.0])
    before = np.linspace(14, 31, len(shift))
    sizes = Sizes.of(Moves(before, shift), 32)
    chances, _ = chance_of_noise(log_bf, shift, np.ones(len(shift), bool), sizes)
    plain, _ = chance_of_noise(log_bf, shift, np.ones(len(shift), bool))
    assert chances[35] < plain[35] < chances[36]


def test_few_outliers_among_many_items_do_not_vouch_for_each_other() -> None:
    """One score in a hundred is 1e6. Where no sampled pair of items lay as far apart, such a size passed for a sure
    sign of change: three of these cells were proven with no chance of noise at all."""
    rng = np.random.default_rng([100, 8])
    level = rng.beta(4, 2, (200, 1))

    def run_twice() -> NDArray[np.float64]:
        scores: NDArray[np.float64] = level + 0.05 * rng.normal(size=(200, 2))
        scores[rng.random(scores.shape) < 0.01] = 1e6
        return scores

    a, b = run_twice(), run_twice()
    outlying = ((a == 1e6) | (b == 1e6)).any(axis=1)
    cells = compare_cells(a, b)
    assert (cells.p_noise[outlying] > 0.5).all()
    assert not np.isin(cells.verdict, (Verdict.IMPROVED, Verdict.REGRESSED)).any()


def test_an_unlikely_pattern_proves_a_change_inside_the_band() -> None:
    """Items that jump now and then have wide bands; five runs at another score each still show that they changed."""
    rng = np.random.default_rng(7)
    level = rng.choice(np.linspace(0.5, 1.0, 9), 60)
    jumps = rng.random((60, 10)) < 0.15
    scores = np.where(jumps, rng.choice(np.linspace(0.1, 0.9, 9), (60, 10)), level[:, None])
    scores[:8, 5:] -= np.where(jumps[:8, 5:], 0.0, 0.12)
    cells = compare_cells(scores[:, :5], scores[:, 5:], kind=Kind.UNIT)
    proven = np.isin(cells.verdict, (Verdict.IMPROVED, Verdict.REGRESSED))
    inside = proven & (cells.p_band > 0.05)
    assert inside[:8].any()
    assert not proven[8:].any()
    assert (cells.p_noise[inside] <= 0.01).all()
