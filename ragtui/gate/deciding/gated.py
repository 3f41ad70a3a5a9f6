"""Which metrics a gate asks about."""

from __future__ import annotations

from ragtui.gate.deciding.policy import Policy
from ragtui.model import Metric, Role, is_human
from ragtui.stats import MetricComparison


def is_gated(entry: MetricComparison, policy: Policy) -> bool:
    """Whether a metric is gated: a quality metric of the policy, or any quality metric that both sides have.

    A metric of one side only is gated when the policy names it, and so is what people said: they score a sample.
    """
    name = entry.metric.name
    if entry.metric.role is not Role.QUALITY or not policy.gates(name):
        return False
    if name in policy.metrics:
        return True
    # A label by itself is gated when the policy names it; otherwise the category it belongs to is.
    return not entry.metric.label_of and not only_side(entry) and not is_human(name)


def only_side(entry: MetricComparison) -> str:
    """The side that alone has a metric; "" when both do."""
    if not entry.coverage_a.expected:
        return "candidate"
    return "" if entry.coverage_b.expected else "baseline"


def undirected(metric: Metric) -> bool:
    """Whether nothing can be claimed of a metric: a guess says which way a mean is read, not which labels make one."""
    return not metric.direction_known if metric.categorical else metric.higher_is_better is None
