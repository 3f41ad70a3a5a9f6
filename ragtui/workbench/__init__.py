"""The work itself, without a screen: find runs, pool them to sides, compare them, remember decisions."""

from typing import TYPE_CHECKING

from ragtui.lazy import lazily
from ragtui.model import Group, group_runs
from ragtui.workbench.decisions import PlaceState, StateFile
from ragtui.workbench.library import Library, open_library

if TYPE_CHECKING:
    from ragtui.workbench.comparing import (
        NoiseEvidence,
        SideComparison,
        chosen_evidence,
        compare_sides,
        find_evidence,
        pick_sides,
    )
    from ragtui.workbench.confirming import confirmed_sides, doubts, fresh_pair, with_fresh_repeats
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
__getattr__ = lazily(
    __name__,
    {
        "ragtui.workbench.comparing": (
            "NoiseEvidence", "SideComparison", "chosen_evidence", "compare_sides", "find_evidence", "pick_sides",
        ),
        "ragtui.workbench.confirming": ("confirmed_sides", "doubts", "fresh_pair", "with_fresh_repeats"),
        "ragtui.workbench.pairing.margins": ("check_margins",),
        "ragtui.workbench.recipe": ("Asked", "command", "comparison"),
        "ragtui.workbench.sides": (
            "Side", "copy_problem", "leave_out", "load_side", "once_more", "refuse_several", "runs_meant", "side_of",
        ),
    },
)  # fmt: skip
