"""Scores inside a sentence: the digits of the tables, with the unit."""

from __future__ import annotations

from ragtui.model import Metric
from ragtui.present.numbers import decimals, mean_decimals, number, signed


def amount(metric: Metric, value: float) -> str:
    """ "4.67", "1.20 s": one score with its unit."""
    return _with_unit(metric, number(value, decimals(metric)))


def change(metric: Metric, value: float) -> str:
    """ "+0.33", "−1.20 s": a difference of scores with its sign and unit."""
    return _with_unit(metric, signed(value, decimals(metric)))


def mean_amount(metric: Metric, value: float) -> str:
    """A mean over items, with the digits that means have."""
    return _with_unit(metric, number(value, mean_decimals(metric)))


def mean_change(metric: Metric, value: float) -> str:
    """A difference of means with its sign and unit."""
    return _with_unit(metric, signed(value, mean_decimals(metric)))


def _with_unit(metric: Metric, text: str) -> str:
    return f"{text} {metric.unit}" if metric.unit else text
