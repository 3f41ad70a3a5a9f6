"""Pictures in cells say what the numbers say."""

import math

from hypothesis import given
from hypothesis import strategies as st

from ragtui.present.gauge import GAUGE_WIDTH, axis, bar, dots, gauge, progress, spark


def test_gauge_pictures() -> None:
    assert gauge(0.0) == "    ░░◆░░    "
    assert gauge(1.0) == "    ░░│░◆    "
    assert gauge(1.01) == "    ░░│░░◆   "
    assert gauge(-2.0) == "  ◆ ░░│░░    "
    assert gauge(9) == "    ░░│░░   ▸"
    assert gauge(-math.inf) == "◂   ░░│░░    "
    assert gauge(math.nan) == "      │      "
    assert gauge(2, ascii_only=True) == "    ::|:: *  "


@given(st.floats(-4, 4))
def test_rounding_never_moves_the_mark_across_the_edge_of_the_band(bands: float) -> None:
    picture = gauge(bands)
    assert len(picture) == GAUGE_WIDTH
    inside = "◆" in picture[4:9]
    assert inside == (abs(bands) <= 1)


def test_spark_uses_the_fixed_scale() -> None:
    assert spark([1, 3, 5], (1, 5)) == "▁▅█"
    assert spark([0.50, 0.51, 0.49], (0, 1)) == "▅▅▄"
    assert spark([math.nan, 1.0], (0, 1), ascii_only=True) == "x9"


def test_dots_stack() -> None:
    assert dots([0, 1, 1, 1], (0, 1), 5) == "▂···▆"
    assert dots([math.nan], (0, 1), 3) == "···"
    assert dots([2.0], (2, 2), 3) == "··█"


def test_axis_and_bars() -> None:
    assert axis((1, 5), 21) == "1    2    3    4    5"
    assert bar(0.5, 4) == "██"
    assert bar(0.5, 4, ascii_only=True) == "##"
    assert progress(1, 4, 8) == "██░░░░░░"
    assert progress(0, 0, 4) == "░░░░"
