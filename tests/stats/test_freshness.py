"""Repeats that are copies of each other prove nothing; repeats that were made again are left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from bench.frozen import simulate
from stats_kit import Floats

from ragtui.model import LATENCY, Kind, Metric, Repeat, Scores, State, guess_metric
from ragtui.present.sentences.evidence import freshness_note
from ragtui.stats import Circumstances, Comparison, Outcome, Reruns, Settings, Verdict, compare
from ragtui.stats.arrays import Ints

QUALITY = Metric("quality", Kind.ORDINAL, scale=(1, 5))
EXACT = Metric("exact", Kind.BINARY)
ITEMS = 40


def drawn(seed: int, repeats: int, drop: int = 0) -> Floats:
    """A judge's levels: a third of the items jitters; the first `drop` items fall by two."""
    rng = np.random.default_rng(seed)
    level = np.where(np.arange(ITEMS) % 4 == 0, 4.0, 5.0)
    width = np.where(np.arange(ITEMS) % 3 == 0, 0.7, 0.0)
    scores = np.clip(np.rint(level[:, None] + width[:, None] * rng.normal(size=(ITEMS, repeats))), 1, 5)
    scores[:drop] = np.maximum(scores[:drop] - 2, 1)
    return scores


def times(seed: int, repeats: int, scale: float = 1.0) -> Floats:
    rng = np.random.default_rng(seed)
    return scale * np.exp(rng.normal(0, 0.5, (ITEMS, 1)) + rng.normal(0, 0.2, (ITEMS, repeats)))


def side(*columns: tuple[Metric, Floats], run: str = "run") -> Scores:
    values = np.stack([scores for _, scores in columns], axis=1)
    states = np.where(np.isfinite(values), State.SCORED, State.MISSING).astype(np.uint8)
    repeats = tuple(Repeat(run, str(layer + 1)) for layer in range(values.shape[2]))
    items = tuple(f"{row:03}" for row in range(len(values)))
    return Scores(items, tuple(metric for metric, _ in columns), repeats, values, states)


def copied(scores: Floats, repeats: int = 3) -> Floats:
    return np.repeat(scores[:, :1], repeats, axis=1)


def answers(codes: Floats | Ints) -> Circumstances:
    read: Ints = codes.astype(np.int64)
    return Circumstances(answers=lambda: read)


def proven(result: Comparison) -> int:
    return sum(entry.cells.count(Verdict.IMPROVED, Verdict.REGRESSED) for entry in result.metrics)


def outcomes(result: Comparison) -> set[Outcome]:
    return {entry.aggregate.outcome for entry in result.metrics if entry.aggregate is not None}


def both_copied() -> tuple[Scores, Scores]:
    return side((QUALITY, copied(drawn(1, 1)))), side((QUALITY, copied(drawn(2, 1, drop=6))))


def candidate_copied() -> tuple[Scores, Scores]:
    return side((QUALITY, drawn(1, 3))), side((QUALITY, copied(drawn(2, 1, drop=6))))


def baseline_copied_five() -> tuple[Scores, Scores]:
    return side((QUALITY, copied(drawn(1, 1), 5))), side((QUALITY, drawn(2, 3, drop=6)))


def equal_times() -> tuple[Scores, Scores]:
    return (
        side((QUALITY, drawn(1, 3)), (LATENCY, times(1, 3))),
        side((QUALITY, copied(drawn(2, 1, drop=6))), (LATENCY, copied(times(2, 1)))),
    )


def cache_hits() -> tuple[Scores, Scores]:
    """The first repeat was answered by the pipeline, the others by a cache, each in its own few milliseconds."""
    late = np.hstack([times(2, 1), times(3, 2, scale=0.01)])
    return (
        side((QUALITY, drawn(1, 3)), (LATENCY, times(1, 3))),
        side((QUALITY, copied(drawn(2, 1, drop=6))), (LATENCY, late)),
    )


def cached_throughout() -> tuple[Scores, Scores]:
    """Not even the first repeat reached the pipeline: only the other side's times show it."""
    return (
        side((QUALITY, drawn(1, 3)), (LATENCY, times(1, 3))),
        side((QUALITY, copied(drawn(2, 1, drop=6))), (LATENCY, times(3, 3, scale=0.01))),
    )


def rescaled_times() -> tuple[Scores, Scores]:
    late = copied(times(2, 1)) * np.array([1.0, 1.01, 0.99])
    return side((QUALITY, drawn(1, 3))), side((QUALITY, copied(drawn(2, 1, drop=6))), (LATENCY, late))


@pytest.mark.parametrize(
    "made",
    [both_copied, candidate_copied, baseline_copied_five, equal_times, cache_hits, cached_throughout, rescaled_times],
)
def test_copies_prove_nothing_and_move_no_mean(made: Callable[[], tuple[Scores, Scores]]) -> None:
    a, b = made()
    for x, y in ((a, b), (b, a)):
        result = compare(x, y, Settings(margins={"quality": 0.05}))
        assert not result.proves
        assert proven(result) == 0
        assert outcomes(result) == {Outcome.UNKNOWN}


def test_what_is_certain_and_what_is_only_unlikely() -> None:
    found = {made.__name__: compare(*made()).fresh_b for made in (candidate_copied, equal_times, cache_hits)}
    assert {name: (one.reruns, one.certain) for name, one in found.items()} == {
        "candidate_copied": (Reruns.COPIED, False),
        "equal_times": (Reruns.COPIED, True),
        "cache_hits": (Reruns.COPIED, True),
    }
    assert (found["candidate_copied"].chance or 1) < 0.01
    assert [copy for copy, _ in found["cache_hits"].copies] == [1, 2]
    frozen = compare(*both_copied())
    assert (frozen.fresh_a.reruns, frozen.fresh_b.reruns) == (Reruns.FROZEN, Reruns.FROZEN)
    assert frozen.metric("quality").cells.count(Verdict.UNPROVEN) > 0


@pytest.mark.parametrize("seed", range(5))
def test_repeats_that_were_made_again_are_left_alone(seed: int) -> None:
    a, b = side((QUALITY, drawn(seed, 3))), side((QUALITY, drawn(seed + 50, 3, drop=6)))
    result = compare(a, b)
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.SHOWN, Reruns.SHOWN)
    assert result.fresh_a.copies == result.fresh_b.copies == ()
    assert proven(result) >= 3
    assert outcomes(result) == {Outcome.REGRESSED}


def steady(seed: int, drop: int = 0) -> Scores:
    """A deterministic pipeline, timed."""
    scores = np.full((ITEMS, 3), 5.0)
    scores[:drop] = 3
    return side((QUALITY, scores), (LATENCY, times(seed, 3)))


def test_times_of_their_own_show_a_deterministic_pipeline_that_was_run_again() -> None:
    result = compare(steady(1), steady(2, drop=6))
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.SHOWN, Reruns.SHOWN)
    assert result.metric("quality").cells.count(Verdict.REGRESSED) == 6


def test_equal_answers_of_a_sampled_model_are_no_accident_whatever_the_times() -> None:
    same = answers(copied(np.arange(float(ITEMS))[:, None]))
    sampled = replace(same, sampled=True)
    assert compare(steady(1), steady(2, 6), beside=(same, same)).proves
    assert not compare(steady(1), steady(2, 6), beside=(sampled, sampled)).proves


def test_answers_that_differ_show_it_too() -> None:
    a, b = both_copied()
    own = answers(np.arange(ITEMS * 3).reshape(ITEMS, 3))
    result = compare(a, b, beside=(own, own))
    assert result.proves
    assert proven(result) > 0


def test_verdicts_that_differ_on_the_same_answers_are_the_judge_s_noise() -> None:
    a, b = side((QUALITY, drawn(1, 3))), side((QUALITY, drawn(2, 3, drop=6)))
    same = answers(copied(np.arange(float(ITEMS))[:, None]))
    result = compare(a, b, beside=(same, same))
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.JUDGED, Reruns.JUDGED)
    assert result.proves
    plain = compare(a, b)
    assert result.metric("quality").cells.verdict.tolist() == plain.metric("quality").cells.verdict.tolist()


def test_one_frozen_side_is_believed_where_the_other_hardly_varies_either() -> None:
    almost = np.full((ITEMS, 3), 5.0)
    almost[0, 2] = 4
    fallen = np.full((ITEMS, 3), 5.0)
    fallen[30:36] = 2
    result = compare(side((QUALITY, almost)), side((QUALITY, fallen)))
    assert result.fresh_b.reruns is Reruns.PLAUSIBLE
    assert proven(result) == 6


def test_a_copy_among_real_repeats_counts_once() -> None:
    fresh = drawn(3, 2, drop=6)
    twins = np.hstack([fresh[:, :1], fresh[:, :1], fresh[:, 1:]])
    clock = times(4, 2)
    late = np.hstack([clock[:, :1], clock[:, :1], clock[:, 1:]])
    a = side((QUALITY, drawn(1, 3)), (LATENCY, times(1, 3)))
    result = compare(a, side((QUALITY, twins), (LATENCY, late)))
    plain = compare(a, side((QUALITY, fresh), (LATENCY, clock)))
    assert result.fresh_b.copies == ((1, 0),)
    assert result.proves
    assert result.metric("quality").cells.n_b.max() == 2
    assert result.metric("quality").cells.verdict.tolist() == plain.metric("quality").cells.verdict.tolist()


def test_a_copy_among_noisy_repeats_is_found_by_scores_alone() -> None:
    rng = np.random.default_rng(8)
    noisy = rng.integers(1, 6, (ITEMS, 3)).astype(float)
    twins = np.hstack([noisy[:, :1], noisy[:, :2], noisy[:, 2:]])
    result = compare(side((QUALITY, twins)), side((QUALITY, rng.integers(1, 6, (ITEMS, 3)).astype(float))))
    assert result.fresh_a.copies == ((1, 0),)
    assert not result.fresh_a.certain


def test_a_claim_is_believed_and_recorded_unless_times_say_otherwise() -> None:
    vouched = Settings(repeats_are_fresh=True)
    result = compare(*both_copied(), vouched)
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.CLAIMED, Reruns.CLAIMED)
    assert proven(result) > 0
    assert result.settings.repeats_are_fresh
    assert not compare(*equal_times(), vouched).proves


def test_a_metric_that_varies_shows_that_the_run_was_made_again() -> None:
    exact = np.ones((ITEMS, 3))
    worse = exact.copy()
    worse[:6] = 0
    result = compare(side((EXACT, exact), (QUALITY, drawn(1, 3))), side((EXACT, worse), (QUALITY, drawn(2, 3, drop=6))))
    assert result.proves
    assert result.metric("exact").cells.count(Verdict.REGRESSED) == 6


@pytest.mark.parametrize("items", [1, 2, 3])
def test_the_smallest_frozen_suites_move_nothing(items: int) -> None:
    a = side((QUALITY, np.full((items, 3), 5.0)))
    b = side((QUALITY, np.full((items, 3), 1.0)))
    result = compare(a, b)
    assert proven(result) == 0
    assert outcomes(result) == {Outcome.UNKNOWN}


@pytest.mark.parametrize("kind", ["both copied", "candidate copied"])
def test_simulated_copies_prove_nothing(kind: str) -> None:
    tally = simulate(kind, 40, 8)
    assert (tally.false, tally.found, tally.moved) == (0, 0, 0)
    assert tally.amber > 0


def test_simulated_reruns_keep_their_power() -> None:
    tally = simulate("run again", 40, 8)
    assert tally.said == {"run again": 8}
    assert tally.found >= 0.7 * tally.changed
    assert simulate("temperature 0, one session", 40, 8).false == 0


@pytest.mark.parametrize("dressed", ["arithmetic", "last bits", "digits"])
def test_copies_that_differ_by_rounding_are_copies(dressed: str) -> None:
    rng = np.random.default_rng(3)
    base = rng.beta(4, 2, (ITEMS, 1))
    moved = np.clip(base + np.where(rng.random((ITEMS, 1)) < 0.3, rng.normal(0, 0.2, (ITEMS, 1)), 0), 0, 1)

    def repeats(scores: Floats) -> Floats:
        if dressed == "digits":
            return np.column_stack([scores, scores.round(3), scores.round(2)])
        size = 1e-4 if dressed == "arithmetic" else 1e-9
        return np.clip(copied(scores) + rng.normal(0, size, (ITEMS, 3)), 0, 1)

    metric = Metric("similarity", Kind.UNIT)
    result = compare(side((metric, repeats(base))), side((metric, repeats(moved))))
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.FROZEN, Reruns.FROZEN)
    assert proven(result) == 0
    assert outcomes(result) == {Outcome.UNKNOWN}


def test_a_metric_that_is_merely_quiet_is_not_taken_for_rounded() -> None:
    rng = np.random.default_rng(4)
    base = rng.beta(4, 2, (ITEMS, 1))
    metric = Metric("similarity", Kind.UNIT)
    a, b = (np.clip(base + rng.normal(0, 0.02, (ITEMS, 3)), 0, 1) for _ in "ab")
    b[:5] -= 0.3
    result = compare(side((metric, a)), side((metric, np.clip(b, 0, 1))))
    assert result.fresh_a.reruns is Reruns.SHOWN
    assert proven(result) >= 3


@pytest.mark.parametrize(
    "name", ["latency", "Latency (s)", "wall_clock_s", "elapsed_sec", "total_time_s", "time_taken"]
)
def test_times_show_that_a_side_was_run_again_whatever_they_are_called(name: str) -> None:
    took = guess_metric(name)
    a, b = (side((QUALITY, copied(drawn(seed, 1))), (took, times(seed, 3))) for seed in (1, 2))
    result = compare(a, b)
    assert (result.fresh_a.reruns, result.fresh_b.reruns) == (Reruns.SHOWN, Reruns.SHOWN)


SIMILAR = Metric("similarity", Kind.UNIT)


def jittery(seed: int, repeats: int = 3) -> Floats:
    """Every item wobbles around a level of its own."""
    level = np.random.default_rng(99).uniform(0.3, 0.9, (ITEMS, 1))
    return np.clip(level + 0.08 * np.random.default_rng(seed).normal(size=(ITEMS, repeats)), 0, 1)


def cached_rows(scores: Floats, rows: slice) -> Floats:
    out = scores.copy()
    out[rows] = out[rows][:, :1]
    return out


HALF = slice(0, ITEMS // 2)


def judged(seed: int, repeats: int = 3) -> Floats:
    """Shares of few claims: many items are sure, and which ones differs from pipeline to pipeline."""
    rng = np.random.default_rng(seed)
    claims = rng.integers(3, 9, (ITEMS, 1))
    truth = np.where(rng.random((ITEMS, 1)) < 0.5, 1.0, rng.uniform(0.4, 0.9, (ITEMS, 1)))
    return rng.binomial(claims, truth, (ITEMS, repeats)) / claims


@pytest.mark.parametrize("digits", [0, 1, 2, 3])
def test_items_that_are_steady_are_no_copies_whatever_the_clock_shows(digits: int) -> None:
    """Clocks that round show equal times by chance; equal scores are what a sure answer has."""
    for seed in range(4):
        took = [np.round(5 + 0.05 * np.random.default_rng(seed + n).normal(size=(ITEMS, 3)), digits) for n in (0, 9)]
        result = compare(
            side((SIMILAR, judged(seed)), (LATENCY, took[0])),
            side((SIMILAR, judged(seed + 50)), (LATENCY, took[1]), run="cand"),
        )
        assert (result.fresh_a.some, result.fresh_b.some) == (None, None)


def test_times_show_which_items_came_from_a_cache() -> None:
    late = times(4, 3)
    late[HALF, 1:] *= 0.001
    result = compare(
        side((SIMILAR, jittery(1)), (LATENCY, times(3, 3))),
        side((SIMILAR, cached_rows(jittery(51), HALF)), (LATENCY, late), run="cand"),
    )
    some = result.fresh_b.some
    assert some is not None
    assert some.any(axis=1).tolist() == [True] * (ITEMS // 2) + [False] * (ITEMS // 2)
    assert result.metric("similarity").cells.n_b.tolist() == [1] * (ITEMS // 2) + [3] * (ITEMS // 2)
    assert result.metric("similarity").cells.count(Verdict.IMPROVED, Verdict.REGRESSED) == 0
    vouched = compare(
        side((SIMILAR, jittery(1)), (LATENCY, times(3, 3))),
        side((SIMILAR, cached_rows(jittery(51), HALF)), (LATENCY, late), run="cand"),
        Settings(repeats_are_fresh=True),
    )
    assert vouched.fresh_b.some is not None


def noisy(seed: int, repeats: int = 3, steady: int = 0) -> Floats:
    """Shares around a level of each item's own; the first `steady` items never vary."""
    rng = np.random.default_rng([7, seed])
    level = np.random.default_rng(99).uniform(0.3, 0.7, (2 * ITEMS, 1))
    width = np.where(np.arange(2 * ITEMS) < steady, 0.0, 0.08)[:, None]
    return np.asarray(level + width * rng.normal(size=(2 * ITEMS, repeats)))


def half_cached(seed: int, repeats: int = 3) -> tuple[Scores, Scores]:
    """Two equal sides, the same half of each answered by its own cache."""
    rows = slice(0, ITEMS)
    a, b = (cached_rows(noisy(seed + n, repeats), rows) for n in (0, 50))
    return side((SIMILAR, a)), side((SIMILAR, b), run="cand")


def test_what_rests_on_items_that_look_cached_is_said() -> None:
    """Two in five of such cells are proven: by the repeats as they seem, not if those are copies."""
    found = 0
    for seed in range(6):
        sides = half_cached(seed)
        result = compare(*sides)
        looks = result.fresh_b.looks
        if looks is not None:
            found += 1
            assert looks.any(axis=1).tolist() == [True] * ITEMS + [False] * ITEMS
            assert f"{ITEMS} items never vary" in freshness_note(result.fresh_b, 3)
            assert result.if_cached is not None
            assert proven(result) > proven(result.if_cached) == 0
            assert not outcomes(result.if_cached) & {Outcome.IMPROVED, Outcome.REGRESSED}
        claimed = compare(*sides, Settings(repeats_are_fresh=True))
        assert (claimed.fresh_b.looks, claimed.if_cached) == (None, None)
        assert (claimed.metrics[0].cells.verdict == result.metrics[0].cells.verdict).all(), "it is said, not judged"
        written_anew = answers(np.arange(6 * ITEMS).reshape(-1, 3))
        assert compare(*sides, beside=(written_anew, written_anew)).if_cached is None
    assert found >= 4


@pytest.mark.parametrize("change", ["nothing", "a tenth falls", "all steady fall", "all fall or rise"])
def test_steady_items_beside_noisy_ones_are_no_cache(change: str) -> None:
    taken = 0
    for seed in range(8):
        rng = np.random.default_rng([11, seed])
        moved = {
            "nothing": np.zeros(2 * ITEMS),
            "a tenth falls": np.where(np.arange(2 * ITEMS) % 10 == 0, -0.2, 0.0),
            "all steady fall": np.where(np.arange(2 * ITEMS) < ITEMS, -np.abs(rng.normal(0, 0.1, 2 * ITEMS)), 0.0),
            "all fall or rise": rng.normal(0, 0.15, 2 * ITEMS),
        }[change]
        a, b = noisy(seed, steady=ITEMS), noisy(seed + 50, steady=ITEMS) + moved[:, None]
        result = compare(side((SIMILAR, a)), side((SIMILAR, b), run="cand"))
        taken += result.if_cached is not None
        if change == "a tenth falls":
            assert result.metric("similarity").cells.count(Verdict.REGRESSED) >= 4
    assert taken <= (change == "all fall or rise")


@pytest.mark.parametrize("repeats", [2, 3])
def test_noisy_items_on_levels_agree_by_chance_and_are_no_cache(repeats: int) -> None:
    """Halves of a point: items that agree by chance differ between the sides as copies do."""
    for seed in range(8):
        a, b = (np.round(2 * (1 + 4 * noisy(seed + n, repeats))) / 2 for n in (0, 50))
        result = compare(side((QUALITY, a)), side((QUALITY, b), run="cand"))
        assert result.if_cached is None
