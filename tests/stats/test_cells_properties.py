"""What must hold for any scores whatever."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stats_kit import Floats

from ragtui.model import Kind
from ragtui.stats import Cells, Grid, Verdict, compare_cells
from ragtui.stats.arrays import Ints, keep_memory

MIRRORED = {Verdict.IMPROVED: Verdict.REGRESSED, Verdict.REGRESSED: Verdict.IMPROVED}
COMPARED = ("delta", "band", "ratio", "log_bf", "p_band", "p_noise")
quickly = settings(max_examples=30)


@st.composite
def sides(draw: st.DrawFn, kinds: tuple[Kind, ...] = tuple(Kind), missing: bool = True) -> tuple[Kind, Floats, Floats]:
    """A kind of score and the scores of both sides, with items that repeat exactly, wobble and jump."""
    kind = draw(st.sampled_from(kinds))
    items, runs_a, runs_b = draw(st.integers(1, 14)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    level = rng.integers(0, 5, (items, 1))
    wobble = (rng.random((items, runs_a + runs_b)) < 0.4 * rng.random((items, 1))) * rng.integers(-2, 3)
    moved = (rng.random((items, 1)) < 0.2) * rng.integers(-4, 5, (items, 1))
    steps = level + wobble + np.where(np.arange(runs_a + runs_b) >= runs_a, moved, 0)
    levels = np.clip(steps, 0, 4).astype(float)
    scores = {
        Kind.BINARY: (levels >= 2).astype(float),
        Kind.ORDINAL: levels + 1,
        Kind.UNIT: np.clip(levels / 4 + 0.01 * rng.integers(-3, 4, levels.shape), 0, 1),
        Kind.LOGPOS: np.exp(levels / 2 + 0.1 * rng.normal(size=levels.shape)),
        Kind.LINEAR: levels * 7 - 10 + rng.normal(size=levels.shape),
    }[kind]
    if missing:
        scores = np.where(rng.random(scores.shape) < 0.15, np.nan, scores)
    return kind, scores[:, :runs_a], scores[:, runs_a:]


def same(ours: Cells, theirs: Cells, rows: Ints | slice = slice(None)) -> None:
    """Both say the same, up to rounding."""
    for field in COMPARED:
        np.testing.assert_allclose(
            getattr(ours, field), getattr(theirs, field)[rows], rtol=1e-7, atol=1e-9, err_msg=field
        )
    assert ours.verdict.tolist() == theirs.verdict[rows].tolist()


@quickly
@given(sides())
def test_swapping_sides_mirrors_what_is_symmetric(case: tuple[Kind, Floats, Floats]) -> None:
    kind, a, b = case
    forth, back = compare_cells(a, b, kind=kind), compare_cells(b, a, kind=kind)
    np.testing.assert_allclose(forth.delta, -back.delta)
    np.testing.assert_allclose(forth.log_bf, back.log_bf, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(forth.p_noise, back.p_noise, rtol=1e-7, atol=1e-9)
    for one, other in zip(forth.verdict.tolist(), back.verdict.tolist(), strict=True):
        assert (one in MIRRORED and one == other) is False
        assert (one == Verdict.SAME) is (other == Verdict.SAME)
        assert (one == Verdict.UNKNOWN) is (other == Verdict.UNKNOWN)


@quickly
@given(sides())
def test_direction_turns_every_proof_around_and_nothing_else(case: tuple[Kind, Floats, Floats]) -> None:
    kind, a, b = case
    up, down = compare_cells(a, b, kind=kind), compare_cells(a, b, kind=kind, higher_is_better=False)
    turned = [MIRRORED.get(Verdict(verdict), verdict) for verdict in up.verdict.tolist()]
    assert turned == down.verdict.tolist()
    np.testing.assert_array_equal(up.p_noise, down.p_noise)


@quickly
@given(sides(kinds=(Kind.BINARY, Kind.ORDINAL)), st.floats(0.1, 50), st.floats(-100, 100))
def test_the_unit_of_a_level_does_not_matter(case: tuple[Kind, Floats, Floats], step: float, origin: float) -> None:
    _, a, b = case
    plain = compare_cells(a, b, grid=Grid(Kind.ORDINAL, 0.0, 1.0, 6))
    moved = compare_cells(a * step + origin, b * step + origin, grid=Grid(Kind.ORDINAL, origin, step, 6))
    np.testing.assert_allclose(moved.delta, plain.delta * step, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved.band, plain.band * step, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(moved.p_noise, plain.p_noise, rtol=1e-7, atol=1e-9)
    assert moved.verdict.tolist() == plain.verdict.tolist()


@quickly
@given(sides(kinds=(Kind.BINARY, Kind.ORDINAL)))
def test_turning_a_scale_upside_down_turns_only_the_direction(case: tuple[Kind, Floats, Floats]) -> None:
    _, a, b = case
    grid = Grid(Kind.ORDINAL, 0.0, 1.0, 6)
    plain, turned = compare_cells(a, b, grid=grid), compare_cells(5 - a, 5 - b, grid=grid, higher_is_better=False)
    np.testing.assert_allclose(turned.p_noise, plain.p_noise, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(turned.band, plain.band, rtol=1e-9, atol=1e-9)
    assert turned.verdict.tolist() == plain.verdict.tolist()


@quickly
@given(sides(), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_score_that_is_not_finite_is_a_missing_score(case: tuple[Kind, Floats, Floats], nothing: float) -> None:
    kind, a, b = case
    padded = np.column_stack([a, np.full(len(a), nothing)]), np.column_stack([np.full(len(b), nothing), b])
    same(compare_cells(*padded, kind=kind), compare_cells(a, b, kind=kind))
    filled = (np.where(np.isnan(side), nothing, side) for side in (a, b))
    same(compare_cells(*filled, kind=kind), compare_cells(a, b, kind=kind))


@quickly
@given(sides(), st.randoms(use_true_random=False))
def test_the_order_of_items_and_repeats_does_not_matter(case: tuple[Kind, Floats, Floats], random: object) -> None:
    kind, a, b = case
    rng = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    rows = rng.permutation(len(a))
    shuffled = rng.permuted(a, axis=1)[rows], rng.permuted(b, axis=1)[rows]
    same(compare_cells(*shuffled, kind=kind), compare_cells(a, b, kind=kind), rows)


@quickly
@given(sides())
def test_a_single_run_proves_nothing_below_six_in_all(case: tuple[Kind, Floats, Floats]) -> None:
    kind, a, b = case
    cells = compare_cells(a, b, kind=kind)
    proven = np.isin(cells.verdict, list(MIRRORED))
    lonely = (np.minimum(cells.n_a, cells.n_b) < 2) & (cells.n_a + cells.n_b < 6)
    assert not (proven & lonely).any()
    assert cells.repeated >= 10 or not proven.any()


@quickly
@given(sides(), st.sampled_from([0.01, 0.05, 0.2]))
def test_a_delta_is_outside_its_band_exactly_when_its_chance_is_at_most_alpha(
    case: tuple[Kind, Floats, Floats], alpha: float
) -> None:
    kind, a, b = case
    cells = compare_cells(a, b, kind=kind, alpha=alpha)
    judged = np.isfinite(cells.p_band)
    outside = cells.p_band[judged] <= alpha
    assert ((cells.ratio[judged] > 1) == outside).all()
    beyond = np.isin(cells.verdict[judged], (Verdict.UNPROVEN, Verdict.IMPROVED, Verdict.REGRESSED))
    assert (beyond == outside).all()
    if cells.grid is not None and not cells.grid.log:
        # in levels, so that rounding has one scale
        shift, band = np.abs(cells.delta[judged]) / cells.grid.step, cells.band[judged] / cells.grid.step
        clear = np.abs(shift - band) > 1e-6
        assert ((shift > band) == outside)[clear].all()
        assert not outside[~clear].any()


@quickly
@given(sides(), sides())
def test_chances_are_chances(case: tuple[Kind, Floats, Floats], other: tuple[Kind, Floats, Floats]) -> None:
    kind, a, b = case
    rng = np.random.default_rng(0)
    profile = np.where(
        rng.random((len(a), 3)) < 0.3, np.nan, rng.choice(np.append(a[np.isfinite(a)], 1.0), (len(a), 3))
    )
    for cells in (compare_cells(a, b, kind=kind, profile=profile), compare_cells(a, b)):
        for chance in (cells.p_band, cells.p_noise):
            known = chance[np.isfinite(chance)]
            assert ((known >= 0) & (known <= 1)).all()
        assert (cells.p_noise[cells.verdict == Verdict.SAME] == 1).all() or cells.source == "none"
        assert (np.isfinite(cells.delta) == ((cells.n_a > 0) & (cells.n_b > 0))).all()


@quickly
@given(sides(missing=False))
def test_equal_sides_are_the_same(case: tuple[Kind, Floats, Floats]) -> None:
    kind, a, _ = case
    cells = compare_cells(a, a[:, ::-1], kind=kind)
    assert cells.count(Verdict.SAME) == len(a)
    assert cells.ratio[np.isfinite(cells.ratio)].max(initial=0) == 0


@pytest.mark.parametrize("kind", [Kind.BINARY, Kind.ORDINAL])
def test_many_items_are_judged_like_few(kind: Kind) -> None:
    """Rows that are alike are worked out once; every one of them must still get its own answer."""
    rng = np.random.default_rng(7)
    top = 1 if kind is Kind.BINARY else 5
    a, b = rng.integers(0, top + 1, (300, 3)).astype(float), rng.integers(0, top + 1, (300, 3)).astype(float)
    cells = compare_cells(a, b, kind=kind)
    seen: dict[tuple[tuple[float, ...], tuple[float, ...]], float] = {}
    for row in range(len(a)):
        key = (tuple(sorted(a[row])), tuple(sorted(b[row])))
        assert seen.setdefault(key, float(cells.p_noise[row])) == float(cells.p_noise[row])
    assert len(seen) > 10


_PAGE = 4096
_LITTLE = 4 << 20
"""Bytes; one table of likelihoods is as large, and a metric needs dozens of tables."""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc", reason="other C libraries keep memory as they like"
)
def test_one_metric_after_another_is_compared_in_the_same_memory() -> None:
    scores = np.random.default_rng(3).random((1_000, 3))

    def again() -> None:
        compare_cells(scores, scores[::-1])

    again()
    fresh = _fresh_bytes(again)

    assert fresh < _LITTLE, f"{fresh / 1e6:.0f} MB of fresh pages"


def _fresh_bytes(work: Callable[[], object]) -> int:
    """Memory that the system had to hand out meanwhile, in bytes."""
    before = _faults()
    work()
    return (_faults() - before) * _PAGE


def _faults() -> int:
    """How often this process was given a page."""
    return int(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[7])


def test_memory_that_is_not_there_to_be_kept_stops_no_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_asked: object) -> None:
        raise MemoryError

    keep_memory.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr("ragtui.stats.arrays.np.empty", refused)
        keep_memory()
    keep_memory.cache_clear()
