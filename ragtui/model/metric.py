"""What is measured: the definition of a metric, apart from any score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The lattice on which a metric's scores live; it decides the noise model's levels."""

    BINARY = "binary"
    ORDINAL = "ordinal"
    UNIT = "unit"
    LOGPOS = "logpos"
    LINEAR = "linear"


class Role(StrEnum):
    """Quality metrics carry the verdict; resource metrics (latency, cost, tokens) are shown beside it."""

    QUALITY = "quality"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Metric:
    """Definition of one metric.

    Attributes:
        name: unique within a run.
        kind: None when it is to be detected from the scores.
        higher_is_better: direction; latency and cost are False.
        scale: declared lowest and highest score; scores outside refuse the metric.
        unit: suffix for display, such as "s" or "$".
        role: whether the metric carries verdicts.
    """

    name: str
    kind: Kind | None = None
    higher_is_better: bool = True
    scale: tuple[float, float] | None = None
    unit: str = ""
    role: Role = Role.QUALITY


LATENCY = Metric("latency", Kind.LOGPOS, higher_is_better=False, unit="s", role=Role.RESOURCE)
COST = Metric("cost", higher_is_better=False, unit="$", role=Role.RESOURCE)
TOKENS = Metric("tokens", higher_is_better=False, unit="tok", role=Role.RESOURCE)

RESOURCES = {metric.name: metric for metric in (LATENCY, COST, TOKENS)}

_LOWER_IS_BETTER_WORDS = (
    "latency", "duration", "cost", "price", "tokens", "error", "hallucination", "toxicity", "bias", "perplexity",
)  # fmt: skip


def guess_metric(name: str) -> Metric:
    """A metric known by name only: direction from the words in it, everything else from the scores."""
    lowered = name.lower()
    if lowered in RESOURCES:
        return RESOURCES[lowered]
    return Metric(name, higher_is_better=not any(word in lowered for word in _LOWER_IS_BETTER_WORDS))
