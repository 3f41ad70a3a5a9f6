"""One door a screen. Each imports its screen when it is opened, so that the first frame waits for none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.tui.guard import Guarded

if TYPE_CHECKING:
    from ragtui.model import RunHeader
    from ragtui.tui.live import LiveRun
    from ragtui.tui.returning import Whereabouts
    from ragtui.tui.session import Session
    from ragtui.tui.shell import Traced, Walk
    from ragtui.workbench import SideComparison


class Doors(Guarded):
    """The part of the app that opens screens; see `ragtui.tui.shell.Shell` for what each is for."""

    session: Session | None

    @property
    def opened(self) -> Session:
        """The session; screens exist only while there is one."""
        assert self.session is not None
        return self.session

    def open_comparison(
        self, baseline: Sequence[RunHeader], candidates: Sequence[Sequence[RunHeader]], spot: Whereabouts | None = None
    ) -> None:
        """Compare a baseline with one or several candidates."""
        from ragtui.tui.screens.compare import CompareScreen

        if isinstance(self.screen, CompareScreen):
            return  # Enter twice on a line means the line once
        self.push_screen(CompareScreen(self.opened, baseline, candidates, spot))

    def open_item(self, walk: Walk) -> None:
        """Drill into one item of a comparison."""
        from ragtui.tui.screens.item import ItemScreen

        if isinstance(self.screen, ItemScreen):
            return
        self.push_screen(ItemScreen(self.opened, walk))

    def open_slices(self, result: SideComparison, metric: str, chosen: Callable[[str], None]) -> None:
        """Parts of the suite; `chosen` is told the filter of the one that was chosen."""
        from ragtui.tui.screens.slices import SlicesScreen

        self.push_screen(SlicesScreen(self.opened, result, metric, chosen))

    def open_trace(self, item: str, traced: Sequence[Traced], place: int) -> None:
        """What the pipeline did for one item."""
        from ragtui.tui.screens.trace import TraceScreen

        self.push_screen(TraceScreen(self.opened, item, traced, place))

    def open_noise(self, headers: Sequence[RunHeader], label: str) -> None:
        """How much the repeats of a configuration differ."""
        from ragtui.tui.screens.noise import NoiseScreen

        self.push_screen(NoiseScreen(self.opened, headers, label))

    def open_trend(self, headers: Sequence[RunHeader]) -> None:
        """Runs of a dataset over time."""
        from ragtui.tui.screens.trend import TrendScreen

        self.push_screen(TrendScreen(self.opened, headers))

    def open_launch(self, plan_file: Path | None) -> None:
        """What a plan will do and cost; None is the demo."""
        from ragtui.tui.screens.launch import LaunchScreen

        self.push_screen(LaunchScreen(self.opened, plan_file))

    def open_progress(
        self, run: LiveRun, before: SideComparison | None = None, items: Sequence[str] = (), *, instead: bool = False
    ) -> None:
        """A run under way, over the screen at hand or in place of it."""
        from ragtui.tui.screens.progress import ProgressScreen

        screen = ProgressScreen(self.opened, run, before=before, items=items)
        if instead:
            self.switch_screen(screen)
        else:
            self.push_screen(screen)
