"""How well a share is known."""

from __future__ import annotations

from math import sqrt

Z_95, Z_90 = 1.959963984540054, 1.6448536269514722


def share_interval(share: float, total: int, z: float = Z_95) -> tuple[float, float]:
    """Interval of a share that was seen (Wilson 1927, eq. 5): never of width zero, and never beyond 0 and 1.

    Args:
        share: from 0 to 1.
        total: of how many it is one; with none, nothing is known.
        z: quantile of the normal distribution, `Z_95` or `Z_90`.
    """
    if total <= 0:
        return 0.0, 1.0
    z2 = z * z
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = z / (1 + z2 / total) * sqrt(share * (1 - share) / total + z2 / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)
