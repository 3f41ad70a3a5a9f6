"""What is measured: the definition of a metric, apart from any score."""

from __future__ import annotations

from dataclasses import dataclass, replace
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


class DirectionFrom(StrEnum):
    """Who says which way a metric is better. Everything but GUESSED and UNKNOWN is known."""

    BUILTIN = "builtin"
    """ragtui computes the metric itself, or it is latency, cost or tokens."""
    FILE = "file"
    PLAN = "plan"
    POLICY = "policy"
    CONFIG = "config"
    """`[metrics.NAME]` in the user's config file."""
    USER = "user"
    """A key pressed, or a column map confirmed."""
    GUESSED = "guessed"
    """Words in the name."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Metric:
    """Definition of one metric.

    Attributes:
        name: unique within a run.
        kind: None when it is to be detected from the scores.
        higher_is_better: direction; None exactly where `direction_from` is UNKNOWN.
        scale: declared lowest and highest score; scores outside refuse the metric.
        unit: suffix for display, such as "s" or "$".
        role: whether the metric carries verdicts.
        direction_from: who says so.
        label_of: the categorical score of which this is one label: 1 where it was given, 0 where another was.
        categorical: the scores are labels in no order, counted and never averaged (see `ragtui.model.category`). Such
            a metric is an entry of a comparison; in a score cube it is one column a label.
    """

    name: str
    kind: Kind | None = None
    higher_is_better: bool | None = True
    scale: tuple[float, float] | None = None
    unit: str = ""
    role: Role = Role.QUALITY
    direction_from: DirectionFrom = DirectionFrom.BUILTIN
    label_of: str = ""
    categorical: bool = False

    def __post_init__(self) -> None:
        if self.higher_is_better is None:
            object.__setattr__(self, "direction_from", DirectionFrom.UNKNOWN)
        elif self.direction_from is DirectionFrom.UNKNOWN:
            object.__setattr__(self, "higher_is_better", None)

    @property
    def direction_known(self) -> bool:
        """Whether somebody stated the direction; a guess from the name is not known."""
        return self.direction_from not in (DirectionFrom.GUESSED, DirectionFrom.UNKNOWN)

    @property
    def sign(self) -> int:
        """+1 where higher is better, -1 where lower is, 0 where nobody knows."""
        return 0 if self.higher_is_better is None else 1 if self.higher_is_better else -1

    def directed(self, higher_is_better: bool | None, source: DirectionFrom) -> Metric:
        """The same metric with a stated direction; unchanged when nothing is stated."""
        if higher_is_better is None:
            return self
        return replace(self, higher_is_better=higher_is_better, direction_from=source)

    def better_informed(self, other: Metric) -> Metric:
        """This metric with the direction of another definition of it, where that one knows more."""
        ranks = {DirectionFrom.UNKNOWN: 0, DirectionFrom.GUESSED: 1}
        if ranks.get(other.direction_from, 2) <= ranks.get(self.direction_from, 2):
            return self
        return self.directed(other.higher_is_better, other.direction_from)


LATENCY = Metric("latency", Kind.LOGPOS, higher_is_better=False, unit="s", role=Role.RESOURCE)
COST = Metric("cost", higher_is_better=False, unit="$", role=Role.RESOURCE)
TOKENS = Metric("tokens", higher_is_better=False, unit="tok", role=Role.RESOURCE)

RESOURCES = {metric.name: metric for metric in (LATENCY, COST, TOKENS)}
