"""From a comparison to the rule by which targeted repeats of its doubts may end early."""

from __future__ import annotations

from ragtui.runner.launch.settling import StopRule, run_folders
from ragtui.workbench.comparing import SideComparison
from ragtui.workbench.confirming import doubts


def stop_rule(result: SideComparison) -> StopRule:
    """End as soon as every cell that is in doubt here is settled; both sides' full runs teach the noise."""
    taught = tuple(run_folders(header.location for header in side.headers) for side in (result.a, result.b))
    return StopRule(taught, doubts(result))
