"""Targeted repeats: only the items in doubt, on both sides, confirmed by the fresh repeats alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ragtui.errors import RagtuiError
from ragtui.present.numbers import count
from ragtui.stats import Verdict
from ragtui.tui.screens.base import RagtuiScreen
from ragtui.tui.widgets.dialogs import TextPrompt
from ragtui.workbench import SideComparison

IN_DOUBT = (Verdict.REGRESSED, Verdict.IMPROVED, Verdict.UNPROVEN, Verdict.UNKNOWN, Verdict.ERROR)


def items_in_doubt(result: SideComparison) -> list[str]:
    """Items that are flagged, unproven or unknown on any quality metric, in row order."""
    comparison = result.comparison
    doubtful = np.zeros(len(comparison.items), bool)
    for entry in comparison.quality:
        doubtful |= np.isin(entry.cells.verdict, [int(verdict) for verdict in IN_DOUBT])
    return [item for item, flag in zip(comparison.items, doubtful, strict=True) if flag]


def repeat_items(screen: RagtuiScreen, result: SideComparison, marked: Sequence[str]) -> None:
    """Ask how often, then launch; without marks, the items in doubt."""
    items = list(marked) or items_in_doubt(result)
    if not items:
        screen.say("nothing is in doubt here; mark items with space to repeat them all the same")
        return
    folders = [Path(side.headers[0].location) for side in (result.a, result.b)]

    def answered(text: str | None) -> None:
        if text is None:
            return
        if not text.strip().isdigit() or not int(text):
            screen.say("a whole number of repeats, please", warning=True)
            return
        launch(int(text))

    def launch(repeats: int) -> None:
        from ragtui.runner.selection import prepare_targeted
        from ragtui.tui.screens.progress import ProgressScreen

        try:
            run = screen.ragtui.live.start(prepare_targeted(folders, items, repeats))
        except RagtuiError as error:
            screen.ragtui.failed(error)
            return
        screen.app.push_screen(ProgressScreen(screen.session, run, before=result, items=items))

    chosen = "marked" if marked else "flagged, unproven or unknown"
    screen.app.push_screen(
        TextPrompt(f"Repeats of {count(len(items), 'item')} ({chosen}) on both sides", "3"), answered
    )
