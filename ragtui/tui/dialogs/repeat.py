"""How often to repeat something, and what that costs, before it is spent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from ragtui.errors import RagtuiError
from ragtui.present.clean import one_line
from ragtui.stats.enough.stopping import LEAST_RUNS
from ragtui.tui.dialogs.ask import DIALOG_CSS
from ragtui.tui.guard import Dialog
from ragtui.tui.looks.titles import title
from ragtui.tui.widgets.key_line import KeyLine

MOST = 1000


@dataclass(frozen=True, slots=True)
class Repeats:
    """The answer.

    Attributes:
        times: how often, at most.
        until_settled: end before that as soon as nothing is in doubt.
    """

    times: int
    until_settled: bool = False


class _NumberInput(Input):
    """Takes digits and leaves every other key to the dialog."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Only digits are text here."""
        return character is not None and character.isdecimal()


class RepeatDialog(Dialog[Repeats | None]):
    """Asks for a number of repeats; the result is the answer, or None when left.

    Args:
        question: what is repeated.
        cost: what a number of repeats costs, in words; raises RagtuiError when it cannot be done at all.
        times: to begin with.
        stops_early: offer to end as soon as nothing is in doubt.
        hint: what the repeats are for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "accept", "start", id="repeat.start", priority=True),
        Binding("u", "until_settled", "until settled", id="repeat.until_settled", priority=True),
        Binding("plus,equals_sign,up", "step(1)", "more, fewer", id="repeat.more", key_display="+ −", priority=True),
        Binding("minus,down", "step(-1)", "fewer", id="repeat.fewer", show=False, priority=True),
        Binding("escape", "leave", "cancel", id="repeat.cancel", priority=True),
    ]
    DEFAULT_CSS = (
        DIALOG_CSS.format(name="RepeatDialog")
        + """
    RepeatDialog Input, RepeatDialog Input:focus { border: none; padding: 0; height: 1; margin: 1 0; }
    RepeatDialog #hint { color: $text-muted; margin-top: 1; }
    """
    )

    def __init__(
        self,
        question: str,
        cost: Callable[[int], str],
        *,
        times: int = 3,
        stops_early: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__()
        self._question, self._cost, self._times, self._hint = one_line(question), cost, times, hint
        self.stops_early, self.until_settled = stops_early, False

    def compose(self) -> ComposeResult:
        """A number, what it costs, what it is for."""
        with Vertical(classes="dialog-box") as box:
            box.border_title = title(self._question)
            yield _NumberInput(str(self._times), type="integer", select_on_focus=True)
            yield Static(id="cost", markup=False)
            if self._hint:
                yield Static(self._hint, id="hint", markup=False)
            yield KeyLine()

    def on_mount(self) -> None:
        """Type at once; the first digit replaces the number there."""
        self.query_one(Input).focus()
        self.paint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ending early is offered only where it is sound."""
        return self.stops_early if action == "until_settled" else True

    @property
    def times(self) -> int | None:
        """The number typed; None when it is none."""
        text = self.query_one(Input).value.strip()
        return int(text) if text.isdecimal() and 0 < int(text) <= MOST else None

    @on(Input.Changed)
    def paint(self) -> None:
        """Say what the number at hand means."""
        self.query_one("#cost", Static).update(self._words())

    def _words(self) -> str:
        times = self.times
        if times is None:
            return f"a whole number from 1 to {MOST}, please"
        lines = []
        if self.until_settled and times <= LEAST_RUNS:
            lines.append(f"exactly {times}: the first look comes after {LEAST_RUNS}, so give more for an early end")
        elif self.until_settled:
            lines.append(f"at most {times}; ends once every doubt is settled, from {LEAST_RUNS} on")
        elif self.stops_early:
            lines.append(f"exactly {times}; u ends them once every doubt is settled")
        try:
            lines.append(self._cost(times))
        except RagtuiError as error:
            return one_line(f"{error.message} {error.hint}")
        return "\n".join(one_line(line) for line in lines)

    def action_step(self, step: int) -> None:
        """One more, or one fewer."""
        self.query_one(Input).value = str(min(MOST, max(1, (self.times or 1) + step)))

    def action_until_settled(self) -> None:
        """End early, or not."""
        self.until_settled = not self.until_settled
        self.paint()

    def action_accept(self) -> None:
        """Take the number."""
        if self.times is not None:
            self.dismiss(Repeats(self.times, self.until_settled))

    def action_leave(self) -> None:
        """Take nothing."""
        self.dismiss(None)
