"""Nothing that goes wrong in a screen ends the app: it becomes a message, and the screens below stay.

What is caught here and why:

* An action or a message handler that raises. Textual would end the app with a traceback that shows local variables,
  which hold questions and answers of the run.
* A dialog that is dismissed twice, by two quick Enters: Textual's `Screen.dismiss` pops whatever is on top by then
  (its `CommandPalette` does so, `command.py`, `_select_or_command`; textual 8.2), which would take the screen below.
* A click on a widget that is removed between two frames: `Screen._forward_event` asks its parent, None by then, for
  its region to start a selection (textual 8.2).
* The palette's search, which goes on when the palette was left and looks for its list (`CommandPalette`,
  `_gather_commands` and what it calls; textual 8.2; once in 8 000 random events).
* PageUp while the palette refills: `OptionList.action_page_up` reads an option that is gone (KeyError; textual 8.2).
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from traceback import extract_tb
from typing import Any, TypeVar

from textual._dispatch_key import dispatch_key
from textual._styles_cache import StylesCache
from textual.app import App, ScreenStackError
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.events import Key
from textual.geometry import Offset
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.worker import WorkerFailed

from ragtui.errors import RagtuiError, of_the_surroundings

T = TypeVar("T")
MOST_FAULTS, WITHIN_SECONDS = 20, 10.0
"""More than this is no accident: the app ends, in one line."""


class Guarded(App[None]):
    """An app whose screens may fail.

    Attributes:
        faults: what was caught, oldest first; for tests and for the message.
    """

    def __init__(self) -> None:
        super().__init__()
        self.faults: deque[Exception] = deque(maxlen=100)
        self._when: deque[float] = deque(maxlen=MOST_FAULTS)

    def _fatal_error(self) -> None:
        """Textual's own shows local variables, which hold questions, answers and the environment."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()

    def failed(self, error: RagtuiError) -> None:
        """Show a failure that the user can act on."""
        raise NotImplementedError

    def caught(self, error: Exception) -> None:
        """Say what went wrong; known failures in their own words, others as what they are: a fault of ragtui."""
        told = error if isinstance(error, RagtuiError) else of_the_surroundings(error)
        if told is not None:
            self.failed(told)
            return
        self.faults.append(error)
        self._when.append(time.monotonic())
        if len(self._when) == MOST_FAULTS and self._when[-1] - self._when[0] < WITHIN_SECONDS:
            self.exit(return_code=1, message=f"ragtui: too many faults, the last one: {place_of(error)}")
            return
        self.failed(
            RagtuiError(
                f"This should not have happened: {place_of(error)}",
                "Nothing was lost. Please report this line; esc goes back, R on the runs screen reads again.",
            )
        )

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """Run a key's action; one that raises has run all the same."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except NoMatches as error:
            if self.screen.is_mounted:  # else a key was quicker than the screen it came for
                self.caught(error)
            return True
        except Exception as error:
            self.caught(error)
            return True

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            self.caught(error)

    async def _on_key(self, event: Key) -> None:
        """Say so when a key does nothing, rather than leave a person wondering."""
        event.prevent_default()  # Textual's own handler would run the key's action once more
        if await self._check_bindings(event.key):
            return
        await dispatch_key(self, event)
        if event.is_printable and event.character and isinstance(self.screen, GuardedScreen):
            self.screen.say(f"{event.character} does nothing here: ? shows what does")

    def _handle_exception(self, error: Exception) -> None:
        """What nothing below caught, such as a widget that cannot be painted. Its screen may be beyond repair."""
        if self._exit or not self.screen_stack:
            super()._handle_exception(error)
            return
        if isinstance(error, WorkerFailed) and isinstance(error.error, NoMatches) and "CommandList" in str(error.error):
            return
        self.call_later(self._mend, error)

    def _mend(self, error: Exception) -> None:
        """Leave the screen that failed, unless it is the last one."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
        self.caught(error)

    def pop_screen(self) -> AwaitComplete:
        """Close the screen on top; the first screen of ours, which is the second of the stack, stays."""
        if len(self.screen_stack) <= 2:
            return _nothing()
        return super().pop_screen()


class _Sized(Screen[T]):
    """A screen that has the classes of the terminal's size before its first layout.

    Textual gives them after it, and then styles and lays out everything a second time.
    """

    def on_compose(self) -> None:
        """Classes for the size; nothing is styled yet."""
        shown, app = self.app.size, self.app
        for length, points in ((shown.width, app.HORIZONTAL_BREAKPOINTS), (shown.height, app.VERTICAL_BREAKPOINTS)):
            self.add_class(*[name for least, name in points or () if least <= length][-1:], update=False)


class _Guard(_Sized[T]):
    """What every screen and dialog of ours is guarded against."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            _tell(self, error)

    def _on_unmount(self) -> None:
        """Let go of the screen that was left, with its comparison and its texts.

        Textual keeps who subscribed to a signal weakly, but what they subscribed with strongly, and that knows the
        screen: of 1 600 random events seven help screens and nine boards were left (textual 8.2).

        Each widget's painted lines are kept as well, by `StylesCache.get_inner_outer`, which remembers for which caches
        it was called: up to 1 024 widgets that are gone, half of the 197 000 objects that 2 400 random events left
        (textual 8.2).
        """
        self.app.theme_changed_signal.unsubscribe(self)
        StylesCache.get_inner_outer.cache_clear()

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """Where text is selected; nothing for a widget that is gone since it was painted."""
        return _attached(*super().get_widget_and_offset_at(x, y))


class GuardedScreen(_Guard[T]):
    """A screen whose handlers may fail."""

    def say(self, text: str, *, warning: bool = False) -> None:
        """A short message that goes away by itself."""
        raise NotImplementedError


class Dialog(_Guard[T], ModalScreen[T]):
    """A question over a screen. The first answer counts; a second one, while it is closing, is nothing."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with an answer, once."""
        return super().dismiss(result) if self.is_active else _nothing()


class Palette(CommandPalette, _Sized[None]):
    """Textual's palette, closed once however often Enter is pressed."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            _tell(self, error)

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # the list is refilling, and the option it would move from is gone
            super()._action_command_list(action)

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close, once."""
        return super().dismiss(result) if self.is_active else _nothing()


def _attached(widget: Widget | None, offset: Offset | None) -> tuple[Widget | None, Offset | None]:
    if widget is None or isinstance(widget, Screen) or widget.parent is not None:
        return widget, offset
    return None, None


def _nothing() -> AwaitComplete:
    done: AwaitComplete = AwaitComplete.nothing()  # type: ignore[no-untyped-call]
    return done


def has_left(node: DOMNode) -> bool:
    """Whether a screen, or that of a widget, is no longer among those of the app: what comes for it reaches nobody."""
    try:
        return node.screen not in node.app.screen_stack
    except (NoScreen, ScreenStackError):
        return True


def _tell(screen: Screen[Any], error: Exception) -> None:
    """Hand a fault on, unless its screen was left before it had its widgets, by two quick keys: nobody misses them."""
    app = screen.app
    if isinstance(error, NoMatches) and has_left(screen):
        return
    if isinstance(app, Guarded):
        app.caught(error)
    else:
        raise error


def place_of(error: BaseException) -> str:
    """Kind, text and line of an error, without any value of the program around it."""
    frames = [frame for frame in extract_tb(error.__traceback__) if "ragtui" in Path(frame.filename).parts]
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}: {str(error)[:200]}{where}"
