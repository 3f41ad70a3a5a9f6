"""What a line is compared with where the list proposes nothing, or something without an item in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragtui.model import poolable
from ragtui.present.clean import one_line
from ragtui.present.numbers import count
from ragtui.tui.rows.run_rows import RunRow
from ragtui.tui.screens.base import RagtuiScreen


def counterparts(row: RunRow, rows: Sequence[RunRow]) -> list[RunRow]:
    """Other configurations of a line's dataset: most repeats first, which tell the noise best, then the oldest."""
    others = [
        other
        for other in rows
        if other.header is None
        and other.group.key != row.group.key
        and other.first.dataset == row.first.dataset
        and poolable(other.first)
    ]
    return sorted(others, key=lambda other: (-other.group.repeats, other.group.newest))


def choose_counterpart(
    screen: RagtuiScreen, row: RunRow, others: Sequence[RunRow], chosen: Callable[[RunRow], None]
) -> None:
    """Ask which of several lines to compare with; the only one needs no question, and none is said."""
    if not others:
        screen.say("no other run here to compare it with; L launches one, B makes this one the baseline", warning=True)
        return
    if len(others) == 1:
        chosen(others[0])
        return
    from ragtui.tui.dialogs.picker import Choice, Picker  # brings numpy, without which the list stands

    by_key = {other.key: other for other in others}
    choices = [
        Choice(key, one_line(other.label), count(other.group.repeats, "repeat")) for key, other in by_key.items()
    ]

    def picked(key: str | None) -> None:
        if key is not None:
            chosen(by_key[key])

    screen.app.push_screen(Picker(f"Compare {one_line(row.label)} with", choices), picked)
