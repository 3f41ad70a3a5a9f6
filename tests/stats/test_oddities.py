"""Wild repeats, telling gaps, far levels, one shift for all, sides run at different times."""

from __future__ import annotations

import numpy as np
import pytest
from stats_kit import Floats, cube_of

from ragtui.model import About, Kind, Metric, Note
from ragtui.present.sentences.notes import say_note
from ragtui.stats import Circumstances, Comparison, compare, compare_cells
from ragtui.stats.doubts.oddities import far_level, one_shift, telling_gap
from ragtui.stats.doubts.wild import wild_repeats
from ragtui.stats.noise.grid import make_grid

QUALITY = Metric("quality", Kind.ORDINAL, scale=(1, 5))
ITEMS = 40


def drawn(seed: int, repeats: int) -> Floats:
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(ITEMS) % 4 == 0, 3.0, 5.0) - (np.arange(ITEMS) % 7 == 0)
    width = np.where(np.arange(ITEMS) % 3 == 0, 0.6, 0.0)
    scores: Floats = np.clip(np.rint(level[:, None] + width[:, None] * rng.normal(size=(ITEMS, repeats))), 1, 5)
    return scores


def notes(result: Comparison, about: About) -> list[Note]:
    every = (*result.notes, *(note for entry in result.metrics for note in entry.notes))
    return [note for note in every if note.about is about]


@pytest.mark.parametrize("how", ["all one", "all five", "shuffled"])
def test_a_wild_repeat_is_named(how: str) -> None:
    scores = drawn(1, 3)
    rng = np.random.default_rng(2)
    scores[:, 1] = {
        "all one": np.ones(ITEMS),
        "all five": np.full(ITEMS, 5.0),
        "shuffled": rng.permutation(scores[:, 1]),
    }[how]
    (wild,) = wild_repeats(cube_of(scores, QUALITY))
    assert (wild.repeat.label, wild.metric) == ("2", "quality")
    assert wild.distance > 2 * wild.usual
    found = notes(compare(cube_of(scores, QUALITY, "x|base"), cube_of(drawn(3, 3), QUALITY)), About.WILD_REPEAT)
    assert [(note.side, note.names) for note in found] == [("baseline", ("base #2", "quality"))]


def test_usual_repeats_are_never_named() -> None:
    assert not any(wild_repeats(cube_of(drawn(seed, 3 + seed % 3), QUALITY)) for seed in range(100))
    assert wild_repeats(cube_of(np.c_[np.ones(ITEMS), np.full(ITEMS, 5.0)], QUALITY)) == ()


def test_items_that_one_side_lost_and_that_score_otherwise() -> None:
    a, b = drawn(1, 3), drawn(2, 3)
    b[a.mean(axis=1) < 4] = np.nan
    gap = telling_gap(a, b)
    assert gap is not None
    assert gap.items == int((a.mean(axis=1) < 4).sum())
    assert gap.mean < gap.others
    assert [note.side for note in notes(compare(cube_of(a, QUALITY), cube_of(b, QUALITY)), About.TELLING_GAP)] == [
        "candidate"
    ]
    at_random = drawn(2, 3)
    at_random[np.random.default_rng(5).permutation(ITEMS)[:8]] = np.nan
    assert telling_gap(a, at_random) is None


@pytest.mark.parametrize(
    ("scores", "wanted"),
    [
        ([0.1, 0.4, 0.9, 0.5, 0.8, 0.3, 0.7, 0.6, 0.2, 1e6, 0.5], 1e6),
        ([0.1, 0.4, 0.9, 0.5, 0.8, 0.3, 0.7, 0.6, 0.2, -1.0, 0.5], -1.0),
        ([1, 2, 3, 4, 5, 5, 4, 3, 2, 1], None),
        ([0, 1, 1, 1, 0, 1], None),
        ([1, 1.1, 1.2, 3, 3, 3, 3, 3], None),
    ],
)
def test_a_level_far_from_all_others(scores: list[float], wanted: float | None) -> None:
    found = far_level(np.array(scores))
    assert (None if found is None else found.score) == wanted


def test_one_shift_of_everything_is_one_line() -> None:
    rng = np.random.default_rng(1)
    base = rng.uniform(0.3, 0.9, (80, 1)) + rng.normal(0, 0.004, (80, 3))
    moved = base[:, :1] - 0.2 + rng.normal(0, 0.004, (80, 3))
    shift = one_shift(compare_cells(base, moved))
    assert shift == pytest.approx(-0.2, abs=0.02)
    few = base + rng.normal(0, 0.004, (80, 3))
    few[:20] -= 0.25
    assert one_shift(compare_cells(base, few)) is None
    assert one_shift(compare_cells(base, base + rng.normal(0, 0.004, (80, 3)))) is None


def test_sides_run_at_different_times_are_said_beside_a_mean_that_moved() -> None:
    a, b = cube_of(drawn(1, 3), QUALITY), cube_of(np.maximum(drawn(2, 3) - 1, 1), QUALITY)
    monday, tuesday = Circumstances(span=(0.0, 3_600.0)), Circumstances(span=(90_000.0, 93_600.0))
    (note,) = notes(compare(a, b, beside=(monday, tuesday)), About.APART_IN_TIME)
    assert note.names == ("quality",)
    assert note.sizes[0] == 86_400
    assert note.sizes[1] < -0.5
    assert "the right way round" not in say_note(note)
    (swapped,) = notes(compare(b, a, beside=(tuesday, monday)), About.APART_IN_TIME)
    assert "The candidate is the older one: are the sides the right way round?" in say_note(swapped)
    assert notes(compare(a, b, beside=(monday, monday)), About.APART_IN_TIME) == []
    at_once, week = Circumstances(span=(3_600.9, 3_700.0)), Circumstances(span=(-7 * 86_400.0, 3_600.0))
    assert notes(compare(a, b, beside=(monday, at_once)), About.APART_IN_TIME) == []
    assert notes(compare(a, b, beside=(week, tuesday)), About.APART_IN_TIME) == []  # a week of its own
    assert notes(compare(a, cube_of(drawn(2, 3), QUALITY), beside=(monday, tuesday)), About.APART_IN_TIME) == []
    assert notes(compare(a, b), About.APART_IN_TIME) == []


@pytest.mark.parametrize(
    ("scores", "kind", "step", "levels"),
    [
        (np.arange(0, 105, 5), Kind.ORDINAL, 5.0, 21),
        ([0, 20, 40, 60, 100], Kind.ORDINAL, 20.0, 6),
        (np.arange(0, 10.5, 0.5), Kind.ORDINAL, 0.5, 21),
        (np.arange(0, 1.05, 0.05).round(2), Kind.ORDINAL, 0.05, 21),
        ([1, 2, 3, 4, 5], Kind.ORDINAL, 1.0, 5),
        ([3.7, 12.5, 80.25, 55.0], Kind.LOGPOS, None, 32),
        (np.arange(100, 2000, 100), Kind.LOGPOS, None, 32),
    ],
)
def test_scores_in_steps_keep_their_steps(scores: Floats, kind: Kind, step: float | None, levels: int) -> None:
    grid = make_grid(scores)
    assert grid is not None
    assert (grid.kind, grid.levels) == (kind, levels)
    if step is not None:
        assert grid.step == pytest.approx(step)
