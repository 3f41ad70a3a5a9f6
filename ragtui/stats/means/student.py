"""Student's t without scipy: the regularised incomplete beta function by continued fraction, and its inverse."""

from __future__ import annotations

import math
from functools import lru_cache

_TINY = 1e-300
_CONVERGED = 1e-15
_MAX_TERMS = 500
_SAME = 1e-13


def t_two_sided(t: float, df: float) -> float:
    """Chance that |T| of Student's t with `df` degrees of freedom is at least |t|."""
    return 1.0 if t == 0 else _incomplete_beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(maxsize=4096)
def t_quantile(confidence: float, df: float) -> float:
    """The t with P(|T| <= t) = confidence.

    Raises:
        ValueError: confidence outside (0, 1) or no degrees of freedom.
    """
    if not 0 < confidence < 1 or not df > 0:
        raise ValueError(f"no t quantile for confidence {confidence} on {df} degrees of freedom")
    lo, hi = 0.0, 1.0
    while t_two_sided(hi, df) > 1 - confidence:
        lo, hi = hi, hi * 2
    middle = (lo + hi) / 2
    while True:  # Newton's steps, and halves of the interval where those would leave it
        beyond = t_two_sided(middle, df) - (1 - confidence)
        lo, hi = (middle, hi) if beyond > 0 else (lo, middle)
        following = middle + beyond / (2 * _density(middle, df))
        if not lo < following < hi:
            following = (lo + hi) / 2
        if abs(following - middle) <= _SAME * middle or not lo < following < hi:
            return following
        middle = following


def _density(t: float, df: float) -> float:
    log = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - math.log(df * math.pi) / 2
    return max(math.exp(log - (df + 1) / 2 * math.log1p(t * t / df)), _TINY)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta I_x(a, b); Abramowitz & Stegun (1964), 26.5.8."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / a * _beta_fraction(a, b, x)


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta, evaluated after Lentz (1976)."""
    numerator, inverse = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    value = inverse
    for m in range(1, _MAX_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            inverse = 1 / _off_zero(1 + term * inverse)
            numerator = _off_zero(1 + term / numerator)
            value *= inverse * numerator
        if abs(inverse * numerator - 1) < _CONVERGED:
            break
    return value


def _off_zero(value: float) -> float:
    return value if abs(value) >= _TINY else _TINY
