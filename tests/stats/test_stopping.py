"""Stopping early: only on the Bayes factor, only from three runs a side on, never without scores."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.model import Kind
from ragtui.stats import Cells, Verdict, compare_cells, settled

FULL = np.vstack([np.full((60, 3), 5.0), np.array([[5, 4, 5], [4, 4, 5], [5, 5, 4], [3, 4, 3]] * 4, float)])


def cells(a: Sequence[Sequence[float]], b: Sequence[Sequence[float]], learn_from: np.ndarray | None = FULL) -> Cells:
    return compare_cells(np.array(a, float), np.array(b, float), kind=Kind.ORDINAL, learn_from=learn_from)


def test_a_clear_drop_settles_from_three_runs_a_side_on() -> None:
    assert not settled(cells([[5, 5]], [[2, 2]])).any()
    assert settled(cells([[5, 5, 5]], [[2, 2, 2]])).all()


def test_no_change_settles_and_a_torn_item_does_not() -> None:
    found = cells([[5, 5, 5], [5, 5, 5]], [[5, 5, 5], [5, 2, 5]])
    assert settled(found).tolist() == [True, False]


def test_what_is_not_scored_on_both_sides_is_never_settled() -> None:
    nan = np.nan
    assert not settled(cells([[5, 5, 5], [nan, nan, nan]], [[nan, nan, nan], [5, 5, 5]])).any()


def test_few_items_prove_nothing_unless_full_runs_teach_the_noise() -> None:
    a, b = [[5, 5, 5]], [[2, 2, 2]]
    assert cells(a, b, None).verdict.tolist() == [Verdict.UNPROVEN]
    taught = cells(a, b)
    assert taught.verdict.tolist() == [Verdict.REGRESSED]
    assert taught.repeated == len(FULL) + 2
    assert taught.delta.tolist() == [-3.0], "the full runs say nothing about the item itself"


@given(
    st.lists(st.lists(st.integers(1, 5), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(0, 2**32 - 1),
)
def test_items_that_only_teach_have_no_say_in_what_they_are(rows: list[list[int]], seed: int) -> None:
    """Their order, and which item they were, does not matter."""
    rng = np.random.default_rng(seed)
    a, b = np.array(rows, float), np.array(rows, float)[::-1]
    one = compare_cells(a, b, kind=Kind.ORDINAL, learn_from=FULL)
    other = compare_cells(a, b, kind=Kind.ORDINAL, learn_from=rng.permutation(FULL))
    np.testing.assert_allclose(one.p_noise, other.p_noise, rtol=1e-9)
    assert one.verdict.tolist() == other.verdict.tolist()
    assert settled(one).tolist() == settled(other).tolist()


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.UNIT])
def test_other_kinds_settle_too(kind: Kind) -> None:
    full = np.vstack([np.ones((40, 3)), np.zeros((20, 3))])
    found = compare_cells(np.ones((1, 4)), np.zeros((1, 4)), kind=kind, learn_from=full)
    assert settled(found).all()
