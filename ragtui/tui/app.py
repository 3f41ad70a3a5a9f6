"""The app: opens the places, holds the session, shows the first frame before anything heavy is imported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.theme import ThemeProvider
from textual.widgets import Static

from ragtui.errors import UsageError
from ragtui.places import config_file
from ragtui.settings import UserSettings, read_settings
from ragtui.tui.doors import Doors
from ragtui.tui.guard import Palette
from ragtui.tui.looks.ascii import AsciiFilter
from ragtui.tui.looks.contrast import readable_variables
from ragtui.tui.looks.themes import THEMES, theme_for

if TYPE_CHECKING:
    from rich.style import Style

    from ragtui.errors import RagtuiError
    from ragtui.tui.live import LiveRuns, News
    from ragtui.tui.shell import Shell

LIVE_SECONDS = 0.5


class RagtuiApp(Doors):
    """Browse, compare and drill into evaluation runs.

    Args:
        places: files, folders and langfuse: addresses to open.
        theme: name of a theme; None takes the stored or configured one.
        ascii_only: draw with ASCII characters.
        days: how far back hosted runs are listed; None for as far as usual.
    """

    CSS_PATH = "ragtui.tcss"
    TITLE = "ragtui"
    HORIZONTAL_BREAKPOINTS = [
        (0, "-tiny"), (60, "-narrow"), (100, "-normal"), (150, "-wide"),
    ]  # fmt: skip
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]
    COMMAND_PALETTE_BINDING = "ctrl+p"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", id="app.help", key_display="?", tooltip="keys and signs"),
        Binding("colon", "command_palette", "commands", id="app.palette", show=False, tooltip="every action by name"),
        Binding("T", "change_theme", "theme", id="app.theme", show=False, tooltip="choose a theme"),
        Binding("ctrl+z", "suspend_process", "suspend", id="app.suspend", show=False, tooltip="fg returns"),
        Binding("q,ctrl+q", "quit", "quit", id="app.quit", key_display="q", tooltip="leave ragtui"),
    ]

    def __init__(
        self, places: Sequence[str], *, theme: str | None = None, ascii_only: bool = False, days: int | None = None
    ) -> None:
        super().__init__()
        self.places = tuple(places)
        self.days = days
        self.config_problem = ""
        try:
            self.config = read_settings()
        except UsageError as error:  # an embedded app still starts; the command refuses before it comes here
            self.config, self.config_problem = UserSettings(config_file()), f"{error}; its settings are not used"
        encoding_is_utf8 = "utf" in (os.environ.get("LC_ALL") or os.environ.get("LANG") or "utf-8").lower()
        self.ascii_only = ascii_only or self.config.ascii_only or not encoding_is_utf8
        self._twins = (AsciiFilter(),) if self.ascii_only else ()
        self.wanted_theme = theme
        self.session = None
        self.live: LiveRuns
        for own in THEMES:
            self.register_theme(own)

    def get_css_variables(self) -> dict[str, str]:
        """Colours of the theme, moved where they could not be read."""
        self.theme_variables = readable_variables(super().get_css_variables())
        return self.theme_variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes on its way out; without Unicode, the twins of signs last."""
        return [*super().get_line_filters(), *self._twins]

    def compose(self) -> ComposeResult:
        """A light first frame; the runs screen replaces it as soon as it is imported."""
        yield Static(" ragtui › reading runs …", id="first-frame")

    def on_mount(self) -> None:
        """Apply the configuration, then open the places once the first frame is out."""
        if self.config.keys:
            self.set_keymap(dict(self.config.keys))
        self._few = None if self.is_headless else theme_for(self.console.color_system, os.environ)
        wanted = self.wanted_theme or os.environ.get("TEXTUAL_THEME") or self._few or self.config.theme
        if wanted in self.available_themes:
            self.theme = wanted
        elif self.wanted_theme:
            self.notify(f"no theme is called {self.wanted_theme}", severity="warning")
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        from ragtui.errors import RagtuiError
        from ragtui.tui.live import LiveRuns
        from ragtui.tui.screens.runs import RunsScreen
        from ragtui.tui.session import Session

        try:
            self.session = Session(self.places, ascii_only=self.ascii_only, days=self.days)
        except RagtuiError as error:
            self.exit(return_code=2, message=f"ragtui: {error}")
            return
        self.session.listen = self._network_says
        self.live = LiveRuns([Path(place) for place in self.places if Path(place).is_dir()], self._unfinished)
        self.set_interval(LIVE_SECONDS, self._look_at_runs)
        stored = None if self._few else self.session.state.view.get("theme")
        if stored in self.available_themes and not (self.wanted_theme or os.environ.get("TEXTUAL_THEME")):
            self.theme = stored
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.push_screen(RunsScreen(self.session))
        if self.config_problem:
            self.notify(self.config_problem, title="configuration", severity="warning", timeout=10)
        if self.session.state_file.problem:
            self.notify(self.session.state_file.problem, title="stored decisions", severity="warning", timeout=10)

    async def action_quit(self) -> None:
        """Leave, and remember where."""
        from ragtui.tui.screens.base import RagtuiScreen

        for screen in reversed(self.screen_stack):
            if isinstance(screen, RagtuiScreen):
                screen.remember()
        await super().action_quit()

    def on_unmount(self) -> None:
        """Let connections go; what was decided is already stored."""
        if self.session is not None:
            self.session.close()

    def _look_at_runs(self) -> None:
        """Look for runs under way, whoever started them, and for their news; in a thread, for a file may block."""
        from ragtui.tui.loading import in_background

        in_background(self, self.live.look, self._saw_runs, lambda _error: None, group="watch")

    def _unfinished(self) -> list[Path]:
        """Folders of listed runs that are not complete: they may be under way, wherever they lie."""
        from ragtui.model import RunStatus

        headers = [] if self.session is None else list(self.session.library.listed.values())
        return [
            Path(header.location)
            for header in headers
            if header.format == "ragtui" and header.status is not RunStatus.COMPLETE
        ]

    def _saw_runs(self, news: News) -> None:
        """Show the run under way on the screen on top; ring when one ends."""
        from ragtui.tui.screens.base import RagtuiScreen

        for run in self.live.take(news):
            failed = run.progress.get("failed") or 0
            said = f"{run.name}: {run.state}, {run.done}/{run.total}, {failed} failed"
            self.clear_notifications()
            self.notify(f"{said} ({run.origin})" if run.origin else said, timeout=10, markup=False)
            self.bell()
        if isinstance(self.screen, RagtuiScreen):
            self.screen.show_live(self.live.current)

    def _network_says(self, text: str) -> None:
        """Called from reading threads; the screen on top shows it."""
        if self.is_running:
            self.call_later(self._show_network, text)

    def _show_network(self, text: str) -> None:
        from ragtui.tui.screens.base import RagtuiScreen

        if isinstance(self.screen, RagtuiScreen):
            self.screen.show_network(text)

    def _theme_changed(self, _theme: object) -> None:
        if self.session is not None and self.is_running:
            self.session.remember_view(theme=self.theme)

    def styles_for_cells(self) -> dict[str, Style]:
        """Style names as colours of the theme in use."""
        from ragtui.tui.looks.styles import styles_for

        return styles_for(self)

    def failed(self, error: RagtuiError) -> None:
        """Show a failure that the user can act on."""
        from ragtui.tui.dialogs.message import MessageScreen

        self.push_screen(MessageScreen("Cannot do that", error.message, error.hint))

    def action_command_palette(self) -> None:
        """Every action by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Choose a theme by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def action_help(self) -> None:
        """Open the help of the screen below."""
        from ragtui.tui.dialogs.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen), self._press)

    def _press(self, key: str | None) -> None:
        """Run the key that was chosen in the help, on the screen below."""
        if key is not None:
            self.call_after_refresh(self.simulate_key, key)


if TYPE_CHECKING:
    _IS_A_SHELL: type[Shell] = RagtuiApp
