"""Each chosen item's verdict on its old repeats beside that on the fresh ones: choosing items biased the old ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.style import Style
from rich.text import Text

from ragtui.present.clean import one_line
from ragtui.present.confirming import stands, turns
from ragtui.present.numbers import decimals, signed
from ragtui.stats import settled
from ragtui.workbench import SideComparison

Cell = tuple[str, str]
"""An item and a metric."""


def settled_cells(after: SideComparison) -> set[Cell]:
    """Cells about which further repeats would say nothing new."""
    fresh = after.comparison
    return {
        (fresh.items[int(row)], entry.metric.name)
        for entry in fresh.quality
        for row in settled(entry.cells).nonzero()[0]
    }


def before_and_after(
    before: SideComparison,
    after: SideComparison,
    items: Sequence[str],
    styles: Mapping[str, Style],
    since: Mapping[Cell, int],
    *,
    narrow: bool,
) -> Text:
    """One line a cell that was in doubt or is now; every chosen item has one.

    Args:
        before, after: the full comparison, and that of the fresh repeats.
        items: the chosen ones.
        styles: style names as colours.
        since: the repeat after which a cell was settled, where that was watched.
        narrow: for less than 110 columns.
    """
    out = Text()
    for turn in turns(before.comparison, after.comparison, items):
        metric = before.comparison.metric(turn.metric).metric
        for words, wide in ((turn.item, 8 if narrow else 10), (turn.metric, 13 if narrow else 16)):
            out.append(f"{one_line(words)[:wide]:<{wide}} ", styles["muted"])
        for sign, arrow in ((turn.before, "→ "), (turn.fresh, "")):
            out.append(f"{sign.glyph} {sign.word:<13}", styles[sign.style])
            out.append(arrow)
        if not narrow:
            numbers = f"{signed(turn.delta, decimals(metric)):>7} ({turn.n_a} v {turn.n_b})  "
            out.append(numbers, styles["muted"])
        out.append(turn.standing if narrow else stands(turn, metric), styles["title"])
        if at := since.get((turn.item, turn.metric)):
            out.append(f" · {'r' if narrow else 'settled after repeat '}{at}", styles["muted"])
        out.append("\n")
    if not out:
        out.append("no fresh score yet", styles["muted"])
    return out
