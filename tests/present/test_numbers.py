"""Numbers as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from ragtui.model import Kind, Metric
from ragtui.present.numbers import age, decimals, duration, money, number, plus_minus, share, signed

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.4756, 3, "0.476"), (-0.5, 2, "−0.50"), (-0.0001, 2, "0.00"), (None, 2, "—"), (float("nan"), 2, "—")],
)
def test_number(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.25, "+0.250"), (-0.25, "−0.250"), (0.0, "0.000"), (-0.0001, "−0.000"), (float("inf"), "—")]
)
def test_signed(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize(
    ("part", "text"),
    [(0.0, "0.0 %"), (0.0002, "<0.1 %"), (0.029, "2.9 %"), (0.35, "35 %"), (0.9995, ">99.9 %"), (1.0, "100 %")],
)
def test_share_never_rounds_to_nothing_or_all(part: float, text: str) -> None:
    assert share(part) == text


def test_band() -> None:
    assert plus_minus(1 / 3, 2) == "±0.33"
    assert plus_minus(1.35, 2, factor=True) == "×/÷ 1.35"
    assert plus_minus(float("nan")) == "±?"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0s"),
        (0.0002, "1ms"),
        (0.0448, "45ms"),
        (0.0996, "0.1s"),
        (0.84, "0.8s"),
        (44, "44s"),
        (104, "1m44s"),
        (7380, "2h03m"),
        (None, "—"),
    ],
)
def test_duration(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=5), "now"),
        (timedelta(minutes=5), "5m"),
        (timedelta(days=3), "3d"),
        (timedelta(days=60), "8w"),
    ],
)
def test_age(ago: timedelta, text: str) -> None:
    assert age(NOW - ago, NOW) == text
    assert age((NOW - ago).replace(tzinfo=None), NOW) == text


def test_money_and_digits() -> None:
    assert [money(usd) for usd in (0.84, 0.0003, 0.00001, 0, None)] == ["$0.84", "$0.0003", "<$0.0001", "$0.00", "—"]
    assert decimals(Metric("f", Kind.ORDINAL, scale=(1, 5))) == 2
    assert decimals(Metric("p", Kind.BINARY)) == 3
    assert decimals(Metric("p", Kind.BINARY), narrow=True) == 2
