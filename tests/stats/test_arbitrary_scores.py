"""Scores nobody expected: whatever comes, there is an answer without a warning and without a wrong claim."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from stats_kit import cube_of

from ragtui.model import Kind, Metric, Role
from ragtui.present.explain import explain_aggregate, explain_cell
from ragtui.stats import compare, compare_cells, make_grid, noise_report

SCORES = st.one_of(
    st.sampled_from(
        [0.0, 1.0, 5.0, -1.0, 0.5, 1 / 3, np.nan, np.inf, -np.inf, 1e-12, 1e12, 1e150, -1e150, 1e-160, -0.0]
    ),
    st.floats(-1e12, 1e12),
    st.integers(-3, 7).map(float),
)
patiently = settings(max_examples=60)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[float]], list[list[float]]]:
    items, runs_a, runs_b = draw(st.integers(1, 6)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    rows = st.lists(SCORES, min_size=runs_a + runs_b, max_size=runs_a + runs_b)
    both = [draw(rows) for _ in range(items)]
    return [row[:runs_a] for row in both], [row[runs_a:] for row in both]


@patiently
@given(tables(), st.sampled_from([None, *Kind]))
def test_cells_of_anything(table: tuple[list[list[float]], list[list[float]]], kind: Kind | None) -> None:
    a, b = table
    cells = compare_cells(a, b, kind=kind)
    both = (cells.n_a > 0) & (cells.n_b > 0)
    assert np.isfinite(cells.delta[both]).all()
    if cells.source != "none":
        assert (cells.band[both] >= 0).all()
        assert ((cells.p_noise[both] >= 0) & (cells.p_noise[both] <= 1)).all()


@patiently
@given(tables(), st.sampled_from(list(Role)))
def test_a_whole_comparison_of_anything_can_be_put_into_words(
    table: tuple[list[list[float]], list[list[float]]], role: Role
) -> None:
    metric = Metric("m", role=role)
    a, b = cube_of(table[0], metric), cube_of(table[1], metric)
    result = compare(a, b)
    for item in result.items:
        sentence = explain_cell(result, "m", item)
        assert sentence.startswith(f"{item} · m")
        assert "nan" not in sentence
    assert "nan" not in explain_aggregate(result.metrics[0])
    noise_report(a)


@patiently
@given(st.lists(SCORES, min_size=1, max_size=30), st.sampled_from([None, *Kind]))
def test_every_score_finds_a_level(scores: list[float], kind: Kind | None) -> None:
    grid = make_grid(scores, kind)
    present = np.isfinite(scores)
    if grid is None:
        assert not present.any()
        return
    assert 2 <= grid.levels <= 32
    assert grid.step > 0
    levels = grid.indices(scores)
    assert ((levels >= 0) == present).all()
    assert levels.max() < grid.levels
