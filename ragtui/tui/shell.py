"""What a screen may ask of the app that shows it; screens know this, not the app, and not each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rich.style import Style

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.tui.live import LiveRun, LiveRuns
from ragtui.tui.returning import Whereabouts
from ragtui.workbench import SideComparison

Left = Callable[[str, str], None]
"""Called with the item and the metric that an item screen was left on."""


@dataclass(eq=False)
class Walk:
    """A way through the items of a comparison, shared by the board and the item screen.

    Attributes:
        result: the comparison.
        shown: its items in the order of the board.
        item, metric: where to begin.
        left: told where it ended.
        marked: items chosen for repeats; the board's own set.
    """

    result: SideComparison
    shown: Sequence[str]
    item: str
    metric: str
    left: Left
    marked: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Traced:
    """A pass over an item whose trace can be read: its run, what it is called here, and its address."""

    uid: str
    label: str
    url: str = ""


class Shell(Protocol):
    """The app as screens see it: one door a screen, so that no screen imports another."""

    ascii_only: bool
    live: LiveRuns

    def failed(self, error: RagtuiError) -> None:
        """Show a failure that the user can act on."""

    def styles_for_cells(self) -> Mapping[str, Style]:
        """Style names as colours of the theme in use."""

    def open_comparison(
        self, baseline: Sequence[RunHeader], candidates: Sequence[Sequence[RunHeader]], spot: Whereabouts | None = None
    ) -> None:
        """Compare a baseline with one or several candidates; a spot says where somebody was in it."""

    def open_item(self, walk: Walk) -> None:
        """Drill into one item of a comparison."""

    def open_slices(self, result: SideComparison, metric: str, chosen: Callable[[str], None]) -> None:
        """Parts of the suite; `chosen` is told the filter of the one that was chosen."""

    def open_trace(self, item: str, traced: Sequence[Traced], place: int) -> None:
        """What the pipeline did for an item; `place` says which of the passes is shown first."""

    def open_noise(self, headers: Sequence[RunHeader], label: str) -> None:
        """How much the repeats of a configuration differ."""

    def open_trend(self, headers: Sequence[RunHeader]) -> None:
        """Runs of a dataset over time."""

    def open_launch(self, plan_file: Path | None) -> None:
        """What a plan will do and cost; None is the demo."""

    def open_progress(
        self, run: LiveRun, before: SideComparison | None = None, items: Sequence[str] = (), *, instead: bool = False
    ) -> None:
        """A run under way, over the screen at hand or in place of it."""
