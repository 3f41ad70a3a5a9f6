"""What `--fail-on` makes of a comparison: fail, do not fail, or say that these repeats cannot tell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ragtui.exits import Exit

if TYPE_CHECKING:
    from ragtui.stats import Comparison
    from ragtui.workbench import SideComparison


def exit_of(result: SideComparison, fail_on: str | None, *, means: bool = True) -> Exit:
    """The exit code; 3, with a line on stderr, where nothing that was compared could have answered, as `gate`'s.

    That is where the answer would rest on repeats that may be copies, where a metric was never repeated or no item has
    it on both sides, and where one changed of which nobody told the better direction. A regression that is proven all
    the same is one, as a gate's is.

    Args:
        fail_on: "regressed", or "any" for failed items too; None asks nothing.
        means: whether a mean that regressed counts beside single items.
    """
    from ragtui.model import About

    if fail_on is None:
        return Exit.OK
    comparison = result.comparison
    found = _matches(comparison, fail_on, means=means)
    if comparison.if_cached is not None and _matches(comparison.if_cached, fail_on, means=means) is not found:
        return _cannot_tell("what is proven rests on items that look cached")
    if found:
        return Exit.REGRESSION
    if not comparison.proves:
        return _cannot_tell("the repeats of a side are no evidence")
    if any(note.about is About.COPY_OF_BASELINE for note in result.notes):
        return _cannot_tell("the candidate holds a copy of a run of the baseline")
    for why, named in _unanswered(comparison).items():
        if named:
            return _cannot_tell(why.format(", ".join(named)))
    return Exit.OK


def _unanswered(comparison: Comparison) -> dict[str, list[str]]:
    """Metrics of both sides on which a regression would not have been seen, by the reason.

    What people said is left out: they score a sample.
    """
    from ragtui.gate.deciding.gated import only_side, undirected
    from ragtui.model import Role, is_human
    from ragtui.stats import PROVEN
    from ragtui.stats.verdict import MOVED

    found: dict[str, list[str]] = {
        "{} is not compared": [],
        "no item has a score of {} on both sides": [],
        "nothing was repeated, so the noise of {} is unknown": [],
        "{} changed, and which way is better is not known": [],
    }
    refused, unpaired, unknown, changed = found.values()
    for entry in comparison.metrics:
        name = entry.metric.name
        if entry.metric.role is not Role.QUALITY or only_side(entry) or is_human(name):
            continue
        if entry.refused:
            refused.append(name)
        elif not entry.cells.compared():
            unpaired.append(name)
        elif entry.cells.source == "none":
            unknown.append(name)
        elif undirected(entry.metric) and (
            entry.cells.count(*PROVEN) or (entry.aggregate is not None and entry.aggregate.outcome in MOVED)
        ):
            changed.append(name)
    return found


def _cannot_tell(why: str) -> Exit:
    print(f"ragtui: --fail-on cannot tell (exit 3): {why}; the report says which and what to do", file=sys.stderr)
    return Exit.CANNOT_TELL


def _matches(comparison: Comparison, fail_on: str, *, means: bool) -> bool:
    from ragtui.stats import Outcome, Verdict

    wanted = (Verdict.REGRESSED,) if fail_on == "regressed" else (Verdict.REGRESSED, Verdict.ERROR)
    return any(
        (means and entry.aggregate is not None and entry.aggregate.outcome is Outcome.REGRESSED)
        or entry.cells.count(*wanted) > 0
        for entry in comparison.quality
    )
