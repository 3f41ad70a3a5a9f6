"""Which lattice scores are put on."""

from __future__ import annotations

import numpy as np
import pytest

from ragtui.model import Kind
from ragtui.stats import make_grid
from ragtui.stats.noise.grid import resource_kind


@pytest.mark.parametrize(
    ("scores", "kind", "lo", "step", "levels"),
    [
        ([0, 1, 1, np.nan], Kind.BINARY, 0, 1, 2),
        ([5, 5, 4], Kind.ORDINAL, 1, 1, 5),
        ([0, 3], Kind.ORDINAL, 0, 1, 6),
        ([1.5, 4], Kind.ORDINAL, 1, 0.5, 9),
        ([2, 9], Kind.ORDINAL, 2, 1, 8),
        ([7, 7], Kind.ORDINAL, 7, 1, 2),
        ([0, 0.5, 1], Kind.ORDINAL, 0, 0.5, 3),
        ([0.25, 0.75], Kind.ORDINAL, 0, 0.25, 5),
        ([0.2, 0.4], Kind.ORDINAL, 0, 0.2, 6),
        ([0.1, 0.7], Kind.ORDINAL, 0, 0.1, 11),
        ([0.123, 0.7], Kind.UNIT, 0, 1 / 31, 32),
        ([-2.5, 7.3], Kind.LINEAR, -2.5, 9.8 / 31, 32),
        ([0, 40], Kind.LINEAR, 0, 40 / 31, 32),
        ([1, 4.01], Kind.LOGPOS, 0, np.log(4.01) / 31, 32),
        ([1.1, 3.9], Kind.LINEAR, 1.1, 2.8 / 31, 32),
    ],
)
def test_detection(scores: list[float], kind: Kind, lo: float, step: float, levels: int) -> None:
    grid = make_grid(scores)
    assert grid is not None
    assert (grid.kind, grid.levels) == (kind, levels)
    assert (grid.lo, grid.step) == pytest.approx((lo, step))


def test_no_score_has_no_grid() -> None:
    assert make_grid([np.nan, np.inf]) is None


def test_a_declared_scale_spans_an_ordinal_grid() -> None:
    grid = make_grid([7, 8], Kind.ORDINAL, (0, 10))
    assert grid is not None
    assert (grid.lo, grid.step, grid.levels) == (0, 1, 11)
    unusual = make_grid([7, 8], Kind.ORDINAL, (0.5, 10))
    assert unusual is not None
    assert unusual.lo == 7


def test_declared_ordinal_fractions_keep_their_step() -> None:
    grid = make_grid([0.25, 0.5], Kind.ORDINAL)
    assert grid is not None
    assert (grid.step, grid.levels) == (0.25, 5)


def test_a_kind_the_scores_cannot_have_is_binned() -> None:
    for scores, kind in (([0.0, 1.5], Kind.LOGPOS), ([0.123, 0.456], Kind.ORDINAL), ([0, 50], Kind.ORDINAL)):
        grid = make_grid(scores, kind)
        assert grid is not None
        assert grid.kind is Kind.LINEAR


def test_outliers_do_not_squeeze_the_bins() -> None:
    scores = np.append(np.linspace(10, 12, 200), 1e6)
    grid = make_grid(scores)
    assert grid is not None
    assert grid.score(31) < 20
    assert grid.indices([1e6])[0] == 31
    assert grid.positions([1e6])[0] > 500


def test_indices_round_to_levels_and_mark_gaps() -> None:
    grid = make_grid([1, 5], Kind.ORDINAL)
    assert grid is not None
    assert grid.indices([1, 1.4, 1.5, 5, 9, np.nan, np.inf]).tolist() == [0, 0, 1, 4, 4, -1, -1]
    assert grid.score(2) == 3


def test_resources_have_no_levels() -> None:
    assert resource_kind(np.array([0.001, 0.002])) is Kind.LINEAR
    assert resource_kind(np.array([0.001, 0.02])) is Kind.LOGPOS
    assert resource_kind(np.array([0.0, 1.0])) is Kind.LINEAR
    assert resource_kind(np.array([np.nan])) is None


@pytest.mark.parametrize(
    ("kind", "step"), [(Kind.BINARY, 1), (Kind.ORDINAL, 1), (Kind.UNIT, 1 / 31), (Kind.LOGPOS, 0), (Kind.LINEAR, 0)]
)
def test_smallest_step(kind: Kind, step: float) -> None:
    grid = make_grid([1, 1, 1], kind)
    assert grid is not None
    assert grid.smallest_step == pytest.approx(step)
