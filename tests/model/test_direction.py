"""Which way a metric is better: known, guessed from its name, or unknown."""

import pytest
from direction_names import DOWN, RESOURCE, UNKNOWN, UP

from ragtui.model import DirectionFrom, Metric, Role, guess_metric


@pytest.mark.parametrize("name", UP)
def test_more_is_better(name: str) -> None:
    metric = guess_metric(name)
    assert (metric.higher_is_better, metric.role) == (True, Role.QUALITY)


@pytest.mark.parametrize("name", DOWN)
def test_less_is_better(name: str) -> None:
    metric = guess_metric(name)
    assert (metric.higher_is_better, metric.role) == (False, Role.QUALITY)


@pytest.mark.parametrize("name", RESOURCE)
def test_an_expense_is_better_when_smaller(name: str) -> None:
    metric = guess_metric(name)
    assert (metric.higher_is_better, metric.role) == (False, Role.RESOURCE)


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_name_that_does_not_tell_stays_unknown(name: str) -> None:
    metric = guess_metric(name)
    assert (metric.higher_is_better, metric.direction_from, metric.sign) == (None, DirectionFrom.UNKNOWN, 0)


@pytest.mark.parametrize("name", [*UP, *DOWN, *RESOURCE])
def test_the_words_count_however_they_are_written(name: str) -> None:
    if name != name.lower() or "'" in name:
        return
    metric = guess_metric(name)
    for written in (name.replace("_", " "), name.replace("_", "-"), name.upper(), name.title().replace("_", " ")):
        other = guess_metric(written)
        assert (other.higher_is_better, other.role) == (metric.higher_is_better, metric.role), written


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("wall_clock_s", "s"), ("runtime_seconds", "s"), ("latency_ms", "ms"), ("elapsedMs", "ms"), ("cost_usd", "$"),
        ("total_time_s", "s"), ("gpu_hours", "h"), ("cost_cents", "¢"), ("duration", ""), ("num_turns", ""),
    ],
)  # fmt: skip
def test_a_unit_in_the_name_is_the_unit(name: str, unit: str) -> None:
    assert guess_metric(name).unit == unit


def test_a_guess_is_marked_as_one_and_a_statement_goes_before_it() -> None:
    guessed = guess_metric("toxicity")
    assert guessed.direction_from is DirectionFrom.GUESSED and not guessed.direction_known
    stated = guessed.directed(True, DirectionFrom.CONFIG)
    assert stated.direction_known and stated.higher_is_better and stated.direction_from is DirectionFrom.CONFIG
    assert guessed.directed(None, DirectionFrom.CONFIG) is guessed
    assert guessed.better_informed(stated).higher_is_better
    assert stated.better_informed(guessed) is stated
    assert guess_metric("tone").better_informed(guessed).direction_from is DirectionFrom.GUESSED


def test_no_direction_and_unknown_are_one_thing() -> None:
    assert Metric("m", higher_is_better=None).direction_from is DirectionFrom.UNKNOWN
    assert Metric("m", direction_from=DirectionFrom.UNKNOWN).higher_is_better is None


def test_built_in_measurements_are_known() -> None:
    assert all(guess_metric(name).direction_known for name in ("latency", "Cost", "tokens"))
