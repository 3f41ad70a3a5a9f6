"""Two sides into one comparison: who is compared with whom, and what is said about the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from stats_kit import FAILED, INFINITE, JUDGE_FAILED, cube, cube_of, flagged_items

from ragtui.model import LATENCY, About, Kind, Metric, Note, Role, Scores
from ragtui.present.sentences.refusals import say_refusal
from ragtui.stats import ERROR_RATE, Comparison, Estimand, Outcome, Settings, Verdict, compare

FAITH = Metric("faithfulness", Kind.ORDINAL, scale=(1, 5))
PRECISION = Metric("precision", Kind.BINARY)
FRESH = Settings(repeats_are_fresh=True)
STEADY = {f"{row:03}": [5, 5, 5] for row in range(12)}


def topics(notes: Iterable[Note]) -> list[About]:
    return [note.about for note in notes]


def verdicts(comparison: Comparison, metric: str) -> dict[str, Verdict]:
    codes = comparison.metric(metric).cells.verdict.tolist()
    return {item: Verdict(code) for item, code in zip(comparison.items, codes, strict=True)}


def test_items_are_united_in_the_baselines_order() -> None:
    a = cube({FAITH: {"c": [5], "a": [5]}})
    b = cube({FAITH: {"z": [5], "a": [5], "b": [5]}})
    result = compare(a, b)
    assert result.items == ("c", "a", "z", "b")
    assert verdicts(result, "faithfulness") == {
        "c": Verdict.ONLY_A,
        "a": Verdict.SAME,
        "z": Verdict.ONLY_B,
        "b": Verdict.ONLY_B,
    }
    assert result.notes[:2] == (
        Note(About.ONLY_HERE, "baseline", count=1),
        Note(About.ONLY_HERE, "candidate", count=2),
    )
    assert result.row_of["z"] == 2


def test_a_real_change_a_failure_and_a_gap_are_told_apart() -> None:
    a = cube({FAITH: {**STEADY, "x": [5, 5, 5], "gone": [4, 4, 4], "none": [None] * 3, "both": [FAILED] * 3}})
    b = cube(
        {
            FAITH: {
                **STEADY,
                "x": [2, 2, 2],
                "gone": [FAILED, JUDGE_FAILED, INFINITE],
                "none": [None] * 3,
                "both": [FAILED, None, None],
            }
        }
    )
    result = compare(a, b, FRESH)
    said = verdicts(result, "faithfulness")
    assert said["x"] is Verdict.REGRESSED
    assert said["gone"] is Verdict.ERROR
    assert said["both"] is Verdict.ERROR
    assert said["none"] is Verdict.ABSENT
    assert said["000"] is Verdict.SAME
    assert flagged_items(result) == ("x", "gone", "both")
    entry = result.metric("faithfulness")
    assert entry.aggregate is not None
    assert entry.aggregate.n == 13  # an item that failed on one side is never averaged in
    assert 0 < result.expected_false() < 0.1
    assert Note(About.FAILED_ITEMS, metric="faithfulness", count=2) in result.notes


def test_coverage_counts_every_state_on_its_own_side() -> None:
    a = cube({FAITH: {"1": [5, 4], "2": [None, 3]}})
    b = cube({FAITH: {"1": [FAILED, 4], "2": [JUDGE_FAILED, INFINITE], "3": [5, 5]}})
    entry = compare(a, b).metric("faithfulness")
    left, right = entry.coverage_a, entry.coverage_b
    assert (left.expected, left.scored, left.missing, left.share) == (4, 3, 1, 0.75)
    assert (right.expected, right.scored, right.missing) == (6, 3, 0)
    assert (right.item_errors, right.metric_errors, right.non_finite) == (1, 1, 1)


def test_a_metric_of_one_side_is_listed_not_compared() -> None:
    a = cube({FAITH: STEADY, PRECISION: {item: [1, 1, 1] for item in STEADY}})
    result = compare(a, cube({FAITH: STEADY}))
    entry = result.metric("precision")
    assert set(verdicts(result, "precision").values()) == {Verdict.ONLY_A}
    assert entry.aggregate is None
    assert entry.coverage_b.expected == 0
    assert entry.coverage_b.share == 0
    assert About.NO_COMMON_SCORE in topics(entry.notes)
    with pytest.raises(KeyError):
        result.metric("recall")


def test_no_common_item_compares_nothing() -> None:
    result = compare(cube({FAITH: {"a": [5, 5]}}), cube({FAITH: {"b": [1, 1]}}))
    assert result.notes[0].about is About.NO_COMMON_ITEMS
    assert result.left_out_a == result.left_out_b == ()
    assert result.error_rate is None
    assert result.metric("faithfulness").aggregate is None
    assert verdicts(result, "faithfulness") == {"a": Verdict.ONLY_A, "b": Verdict.ONLY_B}


@pytest.mark.parametrize(
    ("metric_a", "metric_b", "score", "words"),
    [
        (FAITH, FAITH, 7, "candidate: item 1, repeat 2 scored 7, outside 1..5 (1 such)"),
        (PRECISION, PRECISION, 0.5, "candidate: item 1, repeat 2 scored 0.5, neither 0 nor 1 (1 such)"),
        (Metric("m", Kind.UNIT), Metric("m"), 1.5, "candidate: item 1, repeat 2 scored 1.5, outside 0..1 (1 such)"),
        (Metric("m", Kind.UNIT), Metric("m", Kind.ORDINAL), 1, "unit in the baseline, ordinal in the candidate"),
        (Metric("m", scale=(1, 5)), Metric("m", scale=(0, 1)), 1, "scale 1..5 in the baseline, 0..1 in the candidate"),
        (Metric("m"), Metric("m", higher_is_better=False), 1, "higher is better on one side, lower on the other"),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(
    metric_a: Metric, metric_b: Metric, score: float, words: str
) -> None:
    result = compare(cube({metric_a: {"1": [1, 1]}}), cube({metric_b: {"1": [1, score]}}))
    entry = result.metrics[0]
    assert entry.refused is not None
    assert say_refusal(entry.refused) == words
    assert entry.aggregate is None
    assert set(entry.cells.verdict.tolist()) == {Verdict.ABSENT}
    assert result.quality == ()
    assert flagged_items(result) == ()
    assert Note(About.REFUSED, metric=metric_a.name, why=entry.refused) in result.notes


def test_what_one_side_leaves_open_the_other_fills_in() -> None:
    declared = Metric("m", Kind.ORDINAL, scale=(0, 10))
    result = compare(cube({Metric("m"): {"1": [1, 1]}}), cube({declared: {"1": [1, 1]}}))
    grid = result.metrics[0].cells.grid
    assert grid is not None
    assert (grid.kind, grid.levels) == (Kind.ORDINAL, 11)


def test_resources_are_compared_last_and_never_flagged() -> None:
    rng = np.random.default_rng(0)
    slow: dict[str, list[Any]] = {item: list(rng.uniform(1.0, 1.1, 3)) for item in STEADY}
    fast = {item: [value / 3 for value in row] for item, row in slow.items()}
    result = compare(cube({LATENCY: fast, FAITH: STEADY}), cube({LATENCY: slow, FAITH: STEADY}))
    assert [entry.metric.name for entry in result.metrics] == ["faithfulness", "latency"]
    latency = result.metric("latency")
    assert latency.metric.role is Role.RESOURCE
    assert latency.cells.count(Verdict.REGRESSED) > 0
    assert latency.aggregate is not None
    assert latency.aggregate.outcome is Outcome.REGRESSED
    assert flagged_items(result) == ()
    assert result.expected_false() == 0


def test_a_cost_is_not_taken_for_a_share() -> None:
    cost = Metric("cost", higher_is_better=False, role=Role.RESOURCE)
    rng = np.random.default_rng(1)
    a = cube_of(0.0001 * rng.uniform(0.99, 1.01, (20, 3)), cost)
    b = cube_of(0.0002 * rng.uniform(0.99, 1.01, (20, 3)), cost)
    assert compare(a, b).metric("cost").cells.count(Verdict.REGRESSED) == 20


def test_the_error_rate_is_a_metric_of_its_own() -> None:
    b: dict[str, list[Any]] = {**STEADY, **{f"{row:03}": [FAILED] * 3 for row in range(6)}}
    entry = compare(cube({FAITH: STEADY, PRECISION: {}}), cube({FAITH: b, PRECISION: {}}), FRESH).error_rate
    assert entry is not None
    assert entry.metric == ERROR_RATE
    assert entry.aggregate is not None
    assert (entry.aggregate.mean_a, entry.aggregate.mean_b, entry.aggregate.n) == (0, 0.5, 12)
    assert entry.aggregate.outcome is Outcome.REGRESSED
    assert entry.cells.count(Verdict.REGRESSED) == 6


def test_a_judge_that_failed_is_no_pipeline_error() -> None:
    failing: dict[str, list[Any]] = {item: [JUDGE_FAILED] * 3 for item in STEADY}
    entry = compare(cube({FAITH: STEADY}), cube({FAITH: failing})).error_rate
    assert entry is not None
    assert entry.aggregate is not None
    assert entry.aggregate.mean_b == 0


def test_a_fragment_is_named_and_left_out_of_whole_runs() -> None:
    rng = np.random.default_rng(2)
    a: dict[str, list[Any]] = {f"{row}": [int(v) for v in rng.integers(4, 6, 3)] for row in range(20)}
    for row in range(9, 20):
        a[f"{row}"][2] = None
    b = {item: scores[:2] for item, scores in a.items()}
    result = compare(cube({FAITH: a}, "run-7"), cube({FAITH: b}))
    assert [str(repeat) for repeat in result.left_out_a] == ["3"]
    assert result.left_out_b == ()
    assert Note(About.LEFT_OUT, "baseline", names=("run-7 #3",)) in result.notes
    entry = result.metric("faithfulness")
    assert Note(About.SPARSE_REPEATS, "baseline", entry.metric.name, count=1) in entry.notes
    assert entry.aggregate is not None
    assert entry.aggregate.components is not None
    assert entry.aggregate.components.df_run_raw == 2
    assert entry.cells.n_a.max() == 3
    lenient = compare(cube({FAITH: a}), cube({FAITH: b}), Settings(fragment_share=0.4))
    assert lenient.left_out_a == ()


def test_notes_say_what_limits_a_verdict() -> None:
    few = compare(cube({FAITH: {"1": [5, 4], "2": [3, 3]}}), cube({FAITH: {"1": [1, 1], "2": [3, 3]}}), FRESH)
    notes = few.metric("faithfulness").notes
    assert Note(About.FEW_REPEATS, metric="faithfulness", count=4, total=10) in notes
    assert Note(About.DRIFT, metric="faithfulness", count=2) in notes
    assert flagged_items(few) == ()
    single = compare(cube({FAITH: {"1": [5], "2": [4]}}), cube({FAITH: {"1": [1], "2": [4]}}))
    assert topics(single.metric("faithfulness").notes) == [About.NO_REPEATS, About.DRIFT_UNKNOWN]
    assert verdicts(single, "faithfulness") == {"1": Verdict.UNKNOWN, "2": Verdict.SAME}
    constant = compare(cube({FAITH: STEADY}), cube({FAITH: STEADY})).metric("faithfulness")
    assert Note(About.CONSTANT, metric="faithfulness", count=72) in constant.notes
    assert constant.cells.band.max() == 0
    empty = compare(cube({FAITH: {"1": [None]}}), cube({FAITH: {"1": [FAILED]}}))
    assert topics(empty.metrics[0].notes) == [About.NO_SCORE]


def test_a_metric_that_never_varies_is_said() -> None:
    frozen = {f"{row}": [1 + row % 5] * 3 for row in range(12)}
    moving = {**frozen, "0": [1, 2, 1]}
    result = compare(cube({FAITH: frozen}), cube({FAITH: moving}))
    assert [note for note in result.metric("faithfulness").notes if note.about is About.IDENTICAL] == [
        Note(About.IDENTICAL, "baseline", "faithfulness")
    ]


def test_judgings_of_the_same_answers_are_called_that() -> None:
    judged = cube({FAITH: STEADY}, labels=["1.1", "1.2", "1.3"])
    notes = compare(judged, cube({FAITH: STEADY})).notes
    assert [note for note in notes if note.about is About.JUDGINGS] == [Note(About.JUDGINGS, "baseline")]


def test_a_profile_gives_single_runs_a_band_but_no_proof() -> None:
    rng = np.random.default_rng(3)
    level = rng.integers(3, 6, (30, 1))
    a, b = level.astype(float), level.astype(float)
    b[0] = 1
    profile = cube_of(np.clip(level + rng.integers(-1, 2, (30, 4)) * (rng.random((30, 4)) < 0.2), 1, 5), FAITH)
    result = compare(cube_of(a, FAITH), cube_of(b, FAITH), profile=profile)
    entry = result.metric("faithfulness")
    assert entry.cells.source == "profile"
    assert verdicts(result, "faithfulness")["000"] is Verdict.UNPROVEN
    assert np.isfinite(entry.cells.band).all()
    assert About.PROFILE in topics(entry.notes)
    assert entry.aggregate is not None
    assert entry.aggregate.source == "profile"
    with_other = compare(cube_of(a, FAITH), cube_of(b, FAITH), profile=cube({PRECISION: {"000": [1, 0]}}))
    assert with_other.metric("faithfulness").cells.source == "none"


def test_noise_is_learned_from_items_of_one_side_too() -> None:
    rng = np.random.default_rng(4)
    many = cube_of(rng.integers(4, 6, (40, 3)), FAITH)
    few = cube({FAITH: {"000": [1, 1, 1]}})
    assert compare(many, few).metric("faithfulness").cells.repeated == 41


def test_settings_reach_the_verdicts() -> None:
    rng = np.random.default_rng(5)
    a, b = (cube_of(rng.integers(4, 6, (60, 3)), FAITH) for _ in range(2))
    mean = compare(a, b, Settings(margins={"faithfulness": 0.5})).metric("faithfulness").aggregate
    assert mean is not None
    assert mean.outcome is Outcome.EQUIVALENT
    assert mean.margin == 0.5
    population = compare(a, b, Settings(estimand=Estimand.POPULATION)).metric("faithfulness").aggregate
    assert population is not None
    assert population.interval is population.population
    assert (
        compare(a, b, Settings(alpha=0.5)).metric("faithfulness").cells.band.mean()
        < compare(a, b).metric("faithfulness").cells.band.mean()
    )


def test_groups_follow_the_baselines_items() -> None:
    rng = np.random.default_rng(6)
    a, b = (cube_of(rng.integers(3, 6, (40, 1)), FAITH) for _ in range(2))
    mean = compare(a, b, groups=[str(row // 10) for row in range(40)]).metric("faithfulness").aggregate
    assert mean is not None
    assert mean.population is not None
    assert mean.population.df == 3
    with pytest.raises(ValueError, match="2 group labels for 40 items"):
        compare(a, b, groups=["x", "y"])


def test_the_same_input_gives_the_same_numbers() -> None:
    rng = np.random.default_rng(7)
    unit = Metric("similarity", Kind.UNIT)
    a, b = (cube_of(rng.random((60, 3)), unit) for _ in range(2))
    one, other = compare(a, b).metrics[0], compare(a, b).metrics[0]
    assert one.aggregate == other.aggregate
    np.testing.assert_array_equal(one.cells.p_noise, other.cells.p_noise)
    reseeded = compare(a, b, Settings(seed=1)).metrics[0]
    assert one.aggregate is not None
    assert reseeded.aggregate is not None
    assert one.aggregate.p_flip != reseeded.aggregate.p_flip


def test_an_empty_side_is_survived() -> None:
    empty = Scores((), (FAITH,), (), np.zeros((0, 1, 0)), np.zeros((0, 1, 0), np.uint8))
    result = compare(empty, cube({FAITH: STEADY}))
    assert set(verdicts(result, "faithfulness").values()) == {Verdict.ONLY_B}
    assert compare(empty, empty).items == ()
