"""Categories: labels are counted, never averaged, and change only beyond what repeats do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragtui.model import DirectionFrom, Repeat, Scores, State, judged_label, label_metric, metric_rows
from ragtui.stats import Comparison, MetricComparison, Outcome, Verdict, compare
from ragtui.stats.labels.label_noise import LabelNoise, flip_rate, label_distance, usual_label

LABELS = ("left", "right", "tie")
STEADY = {f"s{n:02}": [LABELS[n % 3]] * 3 for n in range(30)}


def cube(
    rows: Mapping[str, Sequence[str | None]], labels: Sequence[str] = LABELS, good: Sequence[str] = (), run: str = "a"
) -> Scores:
    """Repeats of labels; None where the judge failed."""
    metrics = tuple(label_metric("winner", label) for label in labels)
    if good:
        metrics = tuple(judged_label(metric, good, DirectionFrom.POLICY) for metric in metrics)
    repeats = len(next(iter(rows.values())))
    values = np.full((len(rows), len(labels), repeats), np.nan)
    states = np.full(values.shape, int(State.METRIC_ERROR), np.uint8)
    for row, given_labels in enumerate(rows.values()):
        for repeat, label in enumerate(given_labels):
            if label is not None:
                values[row, :, repeat] = [float(label == other) for other in labels]
                states[row, :, repeat] = State.SCORED
    return Scores(tuple(rows), metrics, tuple(Repeat(run, str(n + 1)) for n in range(repeats)), values, states)


def compared(
    a: Mapping[str, Sequence[str | None]], b: Mapping[str, Sequence[str | None]], good: Sequence[str] = ()
) -> tuple[Comparison, MetricComparison]:
    found = compare(cube({**STEADY, **a}, good=good), cube({**STEADY, **b}, good=good, run="b"))
    return found, found.metric("winner")


def flaky(count: int) -> dict[str, list[str | None]]:
    return {f"f{n}": ["left", "right", "left"] for n in range(count)}


def test_labels_are_one_metric_that_has_no_mean() -> None:
    found, winner = compared({"x": ["left"] * 3}, {"x": ["tie"] * 3})
    assert [entry.metric.name for entry in found.metrics] == ["winner"]
    assert winner.metric.categorical and winner.metric.higher_is_better is None
    assert winner.aggregate is None and np.isnan(winner.cells.mean_a).all()
    assert found.metric("winner = tie").aggregate is not None, "a share of one label has an interval"


def test_an_item_that_says_another_label_every_time_is_changed_and_has_no_direction() -> None:
    noisy = flaky(2)
    found, winner = compared({**noisy, "x": ["left"] * 3}, {**noisy, "x": ["tie"] * 3})
    row = found.row_of["x"]
    assert Verdict(int(winner.cells.verdict[row])) is Verdict.CHANGED
    assert winner.cells.p_noise[row] < 0.1 and winner.cells.delta[row] == 1.0
    assert winner.labels is not None and winner.labels.flips() == {("left", "tie"): 1}


def test_an_item_that_flips_among_its_repeats_is_within_noise() -> None:
    noisy = flaky(12)
    found, winner = compared({**noisy, "x": ["left", "right", "left"]}, {**noisy, "x": ["right", "right", "left"]})
    assert Verdict(int(winner.cells.verdict[found.row_of["x"]])) is Verdict.WITHIN


@pytest.mark.parametrize(("good", "verdict"), [(("tie",), Verdict.IMPROVED), (("left", "right"), Verdict.REGRESSED)])
def test_good_labels_give_a_change_its_direction_and_the_category_a_mean(
    good: tuple[str, ...], verdict: Verdict
) -> None:
    noisy = flaky(2)
    found, winner = compared({**noisy, "x": ["left"] * 3}, {**noisy, "x": ["tie"] * 3}, good)
    row = found.row_of["x"]
    assert Verdict(int(winner.cells.verdict[row])) is verdict
    assert winner.aggregate is not None and winner.metric.higher_is_better is True
    before: list[Sequence[str | None]] = [*STEADY.values(), *noisy.values(), ["left"] * 3]
    expected = np.mean([np.mean([label in good for label in labels]) for labels in before])
    assert winner.aggregate.mean_a == pytest.approx(expected)


def test_a_change_between_two_good_labels_is_neither_better_nor_worse() -> None:
    found, winner = compared({**flaky(2), "x": ["left"] * 3}, {**flaky(2), "x": ["tie"] * 3}, ("left", "tie"))
    assert Verdict(int(winner.cells.verdict[found.row_of["x"]])) is Verdict.CHANGED


def test_without_repeats_the_noise_is_unknown() -> None:
    a = {f"i{n}": ["left"] for n in range(20)}
    found = compare(cube(a), cube({**a, "i3": ["tie"]}, run="b")).metric("winner")
    assert found.outcome is Outcome.UNKNOWN
    assert set(found.cells.verdict.tolist()) == {Verdict.SAME, Verdict.UNKNOWN}
    assert found.labels is not None and np.isnan(found.labels.flip_rate_a)


def test_a_failed_judge_is_no_label() -> None:
    found, winner = compared({"x": [None] * 3, "y": ["left"] * 3}, {"x": ["tie"] * 3, "y": ["left", None, "left"]})
    assert Verdict(int(winner.cells.verdict[found.row_of["x"]])) is Verdict.ERROR
    assert winner.cells.n_b[found.row_of["y"]] == 2
    assert winner.coverage_a.metric_errors == 3


def test_a_label_that_one_side_never_gave_is_a_share_of_zero_there() -> None:
    a = cube({item: ["left"] * 3 for item in STEADY}, labels=("left",))
    b = cube(STEADY, run="b")
    part = compare(a, b).metric("winner = tie")
    assert part.aggregate is not None
    assert (part.aggregate.mean_a, part.aggregate.mean_b) == (0.0, pytest.approx(1 / 3))


def test_scores_of_a_category_for_slices_are_whether_a_label_is_good() -> None:
    side = cube({"x": ["left", "tie", None]}, good=("tie",))
    metric = compare(side, side).metrics[0].metric
    assert metric_rows(side, metric, ("x", "y"))[0].tolist()[:2] == [0.0, 1.0]
    assert np.isnan(metric_rows(side, metric, ("x", "y"))[1]).all()


COUNTS = st.lists(st.lists(st.integers(0, 4), min_size=3, max_size=3), min_size=1, max_size=8)


@given(COUNTS, st.permutations(range(3)))
def test_the_names_of_labels_do_not_matter(counts: list[list[int]], order: list[int]) -> None:
    table = np.array(counts, float)
    other = table[::-1]
    noise = LabelNoise.learned(table, table.sum(axis=0))
    turned = LabelNoise.learned(table[:, order], table.sum(axis=0)[order])
    assert turned.log_bayes_factor(table[:, order], other[:, order]) == pytest.approx(
        noise.log_bayes_factor(table, other), abs=1e-6
    )


@given(st.lists(st.integers(0, 5), min_size=2, max_size=4).filter(sum), st.integers(1, 5), st.floats(0.01, 0.5))
def test_chances_of_a_band_are_chances_and_fall_with_the_distance(counts: list[int], runs: int, alpha: float) -> None:
    shown = np.array(counts, float)
    tails = LabelNoise.learned(shown[None], shown).tails(shown, runs)
    assert tails.chance[-1] == pytest.approx(1.0, abs=1e-9), "every outcome is counted once"
    assert (np.diff(tails.chance) >= -1e-12).all()
    assert 0.0 <= tails.half_width(alpha) <= 1.0


@given(COUNTS)
def test_distance_flips_and_usual_labels_are_what_they_say(counts: list[list[int]]) -> None:
    table = np.array(counts, float)
    away = label_distance(table, np.roll(table, 1, axis=1))
    assert ((away[np.isfinite(away)] >= 0) & (away[np.isfinite(away)] <= 1)).all()
    rate = flip_rate(table)
    assert np.isnan(rate) or 0 <= rate <= 1
    for row, place in zip(counts, usual_label(table).tolist(), strict=True):
        assert (place >= 0) == (sum(row) > 0 and row.count(max(row)) == 1)


def test_unchanged_items_are_hardly_ever_proven_and_changed_ones_mostly() -> None:
    rng = np.random.default_rng(5)

    def side(usual: list[str], run: str) -> Scores:
        rows = {
            f"i{n}": [label if rng.random() < 0.9 else str(rng.choice(LABELS)) for _ in range(5)]
            for n, label in enumerate(usual)
        }
        return cube(rows, run=run)

    usual = [str(rng.choice(LABELS)) for _ in range(200)]
    changed = [LABELS[(LABELS.index(label) + 1) % 3] if n < 20 else label for n, label in enumerate(usual)]
    verdicts = compare(side(usual, "a"), side(changed, "b")).metric("winner").cells.verdict
    assert (verdicts[:20] == Verdict.CHANGED).sum() >= 14
    assert (verdicts[20:] == Verdict.CHANGED).sum() <= 2
