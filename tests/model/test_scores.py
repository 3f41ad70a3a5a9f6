"""The score cube: layout, pooling, and that nothing but SCORED ever carries a value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.model import Metric, Repeat, Scores, State

QUALITY, COST = Metric("quality"), Metric("cost")


def cube(items: str, metrics: tuple[Metric, ...], run: str, fill: float, repeats: int = 1) -> Scores:
    shape = (len(items), len(metrics), repeats)
    labels = tuple(Repeat(run, str(number + 1)) for number in range(repeats))
    return Scores(tuple(items), metrics, labels, np.full(shape, fill), np.full(shape, State.SCORED, np.uint8))


def test_labels_must_fit_the_arrays() -> None:
    with pytest.raises(ValueError, match="score cube is"):
        Scores(("a",), (QUALITY,), (), np.zeros((2, 1, 0)), np.zeros((2, 1, 0), np.uint8))


def test_pooling_unites_items_and_metrics_and_puts_repeats_side_by_side() -> None:
    first = cube("ab", (QUALITY,), "r1", 1.0, repeats=2)
    second = cube("bc", (QUALITY, COST), "r2", 2.0)
    pooled = Scores.pooled([first, second])
    assert pooled.items == ("a", "b", "c")
    assert [metric.name for metric in pooled.metrics] == ["quality", "cost"]
    assert [repeat.run_uid for repeat in pooled.repeats] == ["r1", "r1", "r2"]
    np.testing.assert_array_equal(pooled.of("quality"), [[1, 1, np.nan], [1, 1, 2], [np.nan, np.nan, 2]])
    np.testing.assert_array_equal(pooled.states_of("cost"), [[0, 0, 0], [0, 0, 1], [0, 0, 1]])


def test_pooling_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no runs"):
        Scores.pooled([])


@given(st.permutations("abcdef"), st.sets(st.sampled_from("abcdefxyz")))
def test_aligning_moves_rows_and_invents_none(order: list[str], wanted: set[str]) -> None:
    scores = cube("".join(order), (QUALITY,), "r", 0.0)
    scores.values[:, 0, 0] = [ord(item) for item in order]
    laid = scores.aligned(sorted(wanted), (COST, QUALITY))
    for item in wanted:
        value, state = laid.of("quality")[laid.row_of[item], 0], laid.states_of("quality")[laid.row_of[item], 0]
        assert (value == ord(item) and state == State.SCORED) if item in order else np.isnan(value)
        assert laid.states_of("cost")[laid.row_of[item], 0] == State.MISSING
