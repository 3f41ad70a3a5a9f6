"""The work itself, without a screen: find runs, pool them to sides, compare them, remember decisions."""

from ragtui.model import Group, group_runs
from ragtui.workbench.comparing import (
    NoiseEvidence,
    SideComparison,
    chosen_evidence,
    compare_sides,
    find_evidence,
    pick_sides,
)
from ragtui.workbench.confirming import confirmed_sides, doubts, fresh_pair, with_fresh_repeats
from ragtui.workbench.decisions import PlaceState, StateFile
from ragtui.workbench.library import Library, open_library
from ragtui.workbench.pairing.margins import check_margins
from ragtui.workbench.recipe import Asked, command, comparison
from ragtui.workbench.sides import (
    Side,
    copy_problem,
    leave_out,
    load_side,
    once_more,
    refuse_several,
    runs_meant,
    side_of,
)

__all__ = [
    "Asked",
    "Group",
    "Library",
    "NoiseEvidence",
    "PlaceState",
    "Side",
    "SideComparison",
    "StateFile",
    "check_margins",
    "chosen_evidence",
    "command",
    "compare_sides",
    "comparison",
    "confirmed_sides",
    "copy_problem",
    "doubts",
    "find_evidence",
    "fresh_pair",
    "group_runs",
    "leave_out",
    "load_side",
    "once_more",
    "open_library",
    "pick_sides",
    "refuse_several",
    "runs_meant",
    "side_of",
    "with_fresh_repeats",
]  # fmt: skip
