"""What every full screen has: crumbs above, messages and keys below, and a way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, cast

from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider

from ragtui.errors import RagtuiError
from ragtui.present.clean import ascii_signs, one_line
from ragtui.present.origin import origin_badge
from ragtui.tui.guard import GuardedScreen
from ragtui.tui.palette import ScreenActions
from ragtui.tui.session import Session
from ragtui.tui.widgets.crumbs import Crumbs
from ragtui.tui.widgets.key_line import KeyLine
from ragtui.tui.widgets.message_line import MessageLine
from ragtui.tui.widgets.progress_strip import ProgressStrip
from ragtui.tui.widgets.table.column_table import ColumnTable

if TYPE_CHECKING:
    from ragtui.model import Problem
    from ragtui.tui.live import LiveRun
    from ragtui.tui.shell import Shell


class RagtuiScreen(GuardedScreen[None]):
    """A full screen over the shared session."""

    AUTO_FOCUS = ""  # each screen says what has the keys; the first widget may be a hidden input line

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", id="screen.back", tooltip="one step back"),
        Binding("p", "progress", "progress", id="screen.progress", show=False, tooltip="progress of the run under way"),
        Binding("X", "stop_reading", "stop reading", id="screen.stop", show=False, tooltip="stop waiting for a server"),
        Binding("Z", "maximise", "maximise", id="screen.maximise", show=False, tooltip="the focused pane alone"),
    ]

    SORTED: ClassVar[str] = ""
    """Selector of the table that `s` and `S` sort."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ScreenActions}

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def compose(self) -> ComposeResult:
        """Crumbs, the screen's own body, keys."""
        yield Crumbs()
        yield from self.body()
        yield MessageLine(id="network")
        yield MessageLine(id="said")
        yield ProgressStrip(id="under-way")
        yield KeyLine()

    def body(self) -> ComposeResult:
        """The screen's own widgets."""
        yield from ()

    @property
    def shell(self) -> Shell:
        """The app, as far as a screen may know it."""
        return cast("Shell", self.app)

    @property
    def signs_ascii(self) -> bool:
        """Whether signs are drawn as ASCII."""
        return self.session.ascii_only

    def words(self, sentence: str) -> str:
        """A sentence in one line, with signs that this terminal can show."""
        return ascii_signs(one_line(sentence)) if self.signs_ascii else one_line(sentence)

    def cell_styles(self) -> Mapping[str, Style]:
        """Style names as colours of the theme in use."""
        return self.shell.styles_for_cells()

    def crumbs(self, *path: str, status: str = "", origins: Iterable[str] = ()) -> None:
        """Say where this is, and from the origins of what is shown, what of it was not measured."""
        self.query_one(Crumbs).show(("ragtui", *path), status, origin_badge(origins))

    def show_network(self, text: str) -> None:
        """What a remote source is doing right now; "" when it is done."""
        line = self.query_one_optional("#network", MessageLine)
        if line is None:
            return
        if text:
            line.say(f"{text} · X stops", seconds=3.0)
        else:
            line.clear()

    def show_live(self, run: LiveRun | None) -> None:
        """The newest run under way, in one line; nothing when there is none."""
        strip = self.query_one_optional("#under-way", ProgressStrip)
        if strip is None:
            return  # the screen is coming or going
        if run is None:
            strip.hide()
        else:
            strip.show(run.name, run.done, run.total, f"{run.details()}  p progress")

    def remember(self) -> None:
        """Keep where this screen is, for the next time these places are opened; called when the app is left."""

    def action_progress(self) -> None:
        """Open the progress of the run under way, or of the latest one."""
        runs = self.shell.live.runs
        if not runs:
            self.say("no run is under way: L on the runs screen launches one")
            return
        self.shell.open_progress(self.shell.live.current or runs[-1])

    def action_stop_reading(self) -> None:
        """Stop waiting for remote sources; what is at hand stays."""
        self.session.library.cancel()
        self.query_one("#network", MessageLine).clear()
        hosted = bool(self.session.library.remotes)
        self.say("no more is waited for; what is at hand stays" if hosted else "nothing here comes from a server")

    def open_address(self, addresses: Iterable[str], otherwise: str) -> None:
        """Open the first web address in the browser; anything else a run names (a file, a script) is said, not opened.

        Args:
            otherwise: what is said where there is no address at all.
        """
        named = [address for address in addresses if address]
        web = next((address for address in named if address.startswith(("http://", "https://"))), "")
        if web:
            self.app.open_url(web)
        elif named:
            self.say(f"only http and https addresses are opened, not {one_line(named[0])}", warning=True)
        else:
            self.say(otherwise)

    def action_sort(self) -> None:
        """Sort by the next column."""
        table = self.query_one(self.SORTED, ColumnTable)
        table.sort_next()
        self._say_order(table)

    def action_reverse(self) -> None:
        """Reverse the order."""
        table = self.query_one(self.SORTED, ColumnTable)
        table.reverse_sort()
        self._say_order(table)

    def _say_order(self, table: ColumnTable) -> None:
        """By which column: it may not fit on the screen, or its values may be in that order already."""
        key, reverse = table.sorting
        if key is None:
            self.say("in the order given: s sorts by a column")
        else:
            self.say(f"sorted by {table.title_of(key)}, {'down' if reverse else 'up'}")

    def say(self, text: str, *, warning: bool = False) -> None:
        """A short message in a line of its own, in place of the one before; it hides no row and goes away by itself."""
        line = self.query_one_optional("#said", MessageLine)
        if line is not None:
            line.say(text, "warning" if warning else "plain")

    def show_problems(self, problems: Iterable[Problem], *, reading: bool = False) -> None:
        """Everything wrong, each once, run by run.

        Args:
            problems: what is known.
            reading: places are still being read, so there may be more.
        """
        from ragtui.tui.dialogs.message import MessageScreen

        found = sorted(dict.fromkeys(problems), key=lambda problem: problem.where)
        if not found:
            self.say("still reading: no problem so far" if reading else "no problems in what was read")
            return
        lines = "\n".join(f"{one_line(str(problem))}\n" for problem in found)
        self.app.push_screen(MessageScreen("Problems so far" if reading else "Problems", lines, wide=True))

    def failed(self, error: RagtuiError) -> None:
        """A failure the user can act on."""
        self.shell.failed(error)

    @on(Crumbs.Chosen)
    def _step_chosen(self, event: Crumbs.Chosen) -> None:
        """A click on an earlier step of the path goes back there."""
        for _ in range(min(event.back, len(self.app.screen_stack) - 2)):
            self.app.pop_screen()

    def action_back(self) -> None:
        """One step back; nothing happens on the last screen but one."""
        if self.is_maximised:
            self.minimize()
        elif len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    @property
    def is_maximised(self) -> bool:
        """Whether one pane fills the screen."""
        return self.maximized is not None

    def action_maximise(self) -> None:
        """Give the focused pane the whole screen, or put it back."""
        if self.is_maximised:
            self.minimize()
        elif self.focused is None or not self.maximize(self.focused):
            self.say("no pane has the keys: tab goes to one")
