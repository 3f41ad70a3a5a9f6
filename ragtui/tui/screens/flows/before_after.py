"""Before and after: what fresh repeats said of the items that were chosen for them, at any time."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.model import RunHeader
from ragtui.present.confirming import standings, tally
from ragtui.tui.dialogs.message import MessageScreen
from ragtui.tui.loading import in_background
from ragtui.tui.rows.before_after import before_and_after
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.workbench import SideComparison, confirmed_sides

NARROW = 110
Pair = tuple[SideComparison, SideComparison]
"""The full comparison, and that of its fresh repeats."""


def show_before_after(screen: RagtuiScreen, result: SideComparison) -> None:
    """The fresh repeats of a comparison, or how to get some."""
    if result.fresh is None:
        screen.say("no fresh repeats yet: t runs marked or doubtful items again, on both sides")
    else:
        _show(screen, (result, result.fresh))


def show_before_after_of(screen: RagtuiScreen, headers: Sequence[RunHeader]) -> None:
    """The same from a line of the list of runs: a targeted run, or one that has been confirmed."""
    session = screen.session

    def job() -> Pair | None:
        sides = session.sides_of(headers)
        if sides is None:
            return None
        confirmed = confirmed_sides(session.library, *sides)
        if confirmed is not None:
            return session.comparison(*confirmed), session.comparison(*sides)
        full = session.comparison(*sides)
        return None if full.fresh is None else (full, full.fresh)

    def came(found: Pair | None) -> None:
        if found is None:
            screen.say("no fresh repeats of this line: enter compares it, and t there runs doubtful items again")
        else:
            _show(screen, found)

    in_background(screen, job, came, screen.failed, group="before-after")


def _show(screen: RagtuiScreen, pair: Pair) -> None:
    before, after = pair
    text = before_and_after(
        before, after, after.comparison.items, screen.cell_styles(), {}, narrow=screen.app.size.width < NARROW
    )  # fmt: skip
    words = tally(standings(before.comparison, after.comparison).values())
    hint = "Only the fresh repeats confirm: the old ones chose the items."
    screen.app.push_screen(MessageScreen("Before and after", text, f"{words}. {hint}" if words else hint, wide=True))
