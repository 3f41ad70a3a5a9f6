"""Bands borrowed from measured noise: they say what to repeat and decide nothing."""

from pathlib import Path

import numpy as np
import pytest
from bench.borrowed import Repeated, unchanged
from hypothesis import given
from hypothesis import strategies as st
from stats_kit import cube

from ragtui.model import COST, LATENCY, Kind, Metric, Scores
from ragtui.sources.own.runfolder import load_folder, read_folder_header
from ragtui.stats import FLAGGED, PROVEN, Settings, Verdict, compare, make_grid
from ragtui.stats.noise.atlas import atlas
from ragtui.stats.noise.borrowed import LEAST_ITEMS, borrow, sort_of

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))


def sides(after: int, metric: Metric = FAITH, repeats: int = 1) -> tuple[Scores, Scores]:
    """40 items that score 5, of which three fall, in so many runs each."""
    a = cube({metric: {str(n): [5] * repeats for n in range(40)}})
    b = cube({metric: {str(n): [after if n < 3 else 5] * repeats for n in range(40)}})
    return a, b


def test_a_fall_that_measured_noise_does_not_know_is_worth_repeating_and_proves_nothing() -> None:
    cells = compare(*sides(1)).metrics[0].cells
    assert cells.count(Verdict.BORROWED) == 3
    assert cells.count(*PROVEN) == 0 and Verdict.BORROWED not in FLAGGED
    assert cells.source == "none" and np.isnan(cells.band).all() and np.isnan(cells.p_noise).all()
    assert cells.borrowed is not None and cells.borrowed.names == ("ragtui's local RAG",)


def test_nothing_is_borrowed_when_that_is_not_wanted_or_repeats_are_there() -> None:
    plain = compare(*sides(1), Settings(borrow=False)).metrics[0].cells
    assert plain.borrowed is None and plain.count(Verdict.UNKNOWN) == 3
    assert compare(*sides(1, repeats=2)).metrics[0].cells.borrowed is None


def test_borrowing_moves_no_other_number() -> None:
    lent, plain = (compare(*sides(1), Settings(borrow=borrow)).metrics[0] for borrow in (True, False))
    assert lent.aggregate == plain.aggregate and lent.outcome is plain.outcome
    assert np.array_equal(lent.cells.delta, plain.cells.delta)


def test_a_metric_that_jumps_about_both_ways_lends_a_wide_band() -> None:
    rng = np.random.default_rng(5)
    a, b = (cube({FAITH: {str(n): [score] for n, score in enumerate(rng.integers(1, 6, 60).tolist())}}) for _ in "ab")
    assert compare(a, b).metrics[0].cells.count(Verdict.BORROWED) <= 3


@pytest.mark.parametrize(("metric", "lends"), [(LATENCY, True), (COST, False), (Metric("price", Kind.LINEAR), False)])
def test_only_what_was_measured_is_lent(metric: Metric, lends: bool) -> None:
    grid = make_grid([0.5, 1.0, 3.0, 9.0], metric.kind or Kind.LOGPOS)
    assert grid is not None and bool(sort_of(metric, grid)) is lends


def test_every_entry_of_the_atlas_says_where_it_is_from() -> None:
    assert {entry.kind for entry in atlas()} == {Kind.BINARY, Kind.ORDINAL, Kind.UNIT, Kind.LOGPOS}
    for entry in atlas():
        assert entry.data and entry.name and entry.what and entry.origin
        assert entry.items >= 10 and entry.repeats >= 4 and 0 <= entry.differ <= 1
        assert entry.zone_shapes.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert all("no judge" in entry.what for entry in atlas() if entry.kind is Kind.UNIT)  # none was measured


@given(st.integers(2, 11), st.lists(st.tuples(st.integers(-1, 10), st.integers(-1, 10)), min_size=1, max_size=40))
def test_any_scale_gets_a_band_that_agrees_with_its_own_ratio(top: int, pairs: list[tuple[int, int]]) -> None:
    grid = make_grid(np.arange(top + 1.0), Kind.ORDINAL, (0, top))
    assert grid is not None
    a, b = (np.array([min(pair[side], top) for pair in pairs]) for side in (0, 1))
    both = (a >= 0) & (b >= 0)
    found = borrow(sort_of(FAITH, grid), grid, a, b, np.where(both, b - a, np.nan))
    if both.sum() < LEAST_ITEMS:
        assert found is None
        return
    assert found is not None
    assert np.array_equal(np.isfinite(found.band), both)
    assert np.array_equal(found.outside[both], np.abs(b - a)[both] * grid.step > found.band[both] + 1e-9)
    assert sum(weight for _, weight in found.like) == pytest.approx(1)


@pytest.mark.parametrize("config", ["A", "B"])
def test_real_repeats_stay_inside_what_others_lend(config: str) -> None:
    """The sample runs of a local model; `tests/bench/borrowed.py` asks the same of published ones."""
    folder = Path(__file__).parents[2] / "sample_runs" / "local-rag" / config
    run = load_folder(folder, read_folder_header(folder, str(folder.parent), folder.name))
    values = run.scores.of("context_precision")
    whole = np.isfinite(values).sum(axis=1) == values.shape[1]
    items = tuple(item for item, kept in zip(run.scores.items, whole, strict=True) if kept)
    one = Repeated("ragtui's local RAG", config, "context_precision", "", "", Kind.BINARY, items, values[whole])
    entries = [entry for entry in atlas() if entry.kind is Kind.BINARY and entry.data != one.data]
    line = unchanged(one, entries, 200, 24)
    assert len(items) == 34 and line.moved > 0
    assert line.outside <= 0.08 * line.cells
