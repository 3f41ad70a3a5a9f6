"""What the engine measured before it learned directions and calibrated its chances (commit 3fc6624).

From the reference run of the first specification: seeds 9001 to 9004 + 100 * runs_a + runs_b, 400 data sets (200 of 0-1
and latency) of 40 items, 10 % of them changed.
"""

from __future__ import annotations

from typing import NamedTuple

from ragtui.model import Kind


class Former(NamedTuple):
    """Shares of cells: unchanged ones proven in an A/A, and power for small and large changes."""

    proven: float
    small: float
    large: float


FORMER = {
    (Kind.BINARY, 2, 1): Former(0.0000, 0.000, 0.000),
    (Kind.BINARY, 3, 1): Former(0.0000, 0.000, 0.000),
    (Kind.BINARY, 5, 1): Former(0.0002, 0.047, 0.087),
    (Kind.BINARY, 2, 2): Former(0.0009, 0.049, 0.169),
    (Kind.BINARY, 3, 2): Former(0.0016, 0.190, 0.404),
    (Kind.BINARY, 3, 3): Former(0.0014, 0.299, 0.777),
    (Kind.BINARY, 5, 3): Former(0.0012, 0.362, 0.817),
    (Kind.BINARY, 5, 5): Former(0.0002, 0.325, 0.822),
    (Kind.ORDINAL, 2, 1): Former(0.0000, 0.000, 0.000),
    (Kind.ORDINAL, 3, 1): Former(0.0000, 0.000, 0.000),
    (Kind.ORDINAL, 5, 1): Former(0.0005, 0.022, 0.591),
    (Kind.ORDINAL, 2, 2): Former(0.0008, 0.118, 0.774),
    (Kind.ORDINAL, 3, 2): Former(0.0015, 0.222, 0.836),
    (Kind.ORDINAL, 3, 3): Former(0.0013, 0.614, 0.906),
    (Kind.ORDINAL, 5, 3): Former(0.0009, 0.733, 0.913),
    (Kind.ORDINAL, 5, 5): Former(0.0001, 0.801, 0.939),
    (Kind.UNIT, 2, 1): Former(0.0000, 0.000, 0.000),
    (Kind.UNIT, 3, 1): Former(0.0000, 0.000, 0.000),
    (Kind.UNIT, 5, 1): Former(0.0009, 0.052, 0.178),
    (Kind.UNIT, 2, 2): Former(0.0020, 0.417, 0.650),
    (Kind.UNIT, 3, 2): Former(0.0020, 0.464, 0.709),
    (Kind.UNIT, 3, 3): Former(0.0013, 0.507, 0.758),
    (Kind.UNIT, 5, 3): Former(0.0006, 0.571, 0.768),
    (Kind.UNIT, 5, 5): Former(0.0005, 0.594, 0.847),
    (Kind.LOGPOS, 2, 1): Former(0.0000, 0.000, 0.000),
    (Kind.LOGPOS, 3, 1): Former(0.0000, 0.000, 0.000),
    (Kind.LOGPOS, 5, 1): Former(0.0020, 0.015, 0.286),
    (Kind.LOGPOS, 2, 2): Former(0.0030, 0.013, 0.312),
    (Kind.LOGPOS, 3, 2): Former(0.0027, 0.028, 0.526),
    (Kind.LOGPOS, 3, 3): Former(0.0011, 0.103, 0.584),
    (Kind.LOGPOS, 5, 3): Former(0.0008, 0.229, 0.667),
    (Kind.LOGPOS, 5, 5): Former(0.0005, 0.331, 0.670),
}
