"""Leaving a repeat out of a comparison, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ragtui.errors import RagtuiError
from ragtui.model import RunHeader
from ragtui.present.clean import one_line
from ragtui.tui.dialogs.picker import Choice, Picker
from ragtui.tui.screens.base import RagtuiScreen


def choose_repeats(
    screen: RagtuiScreen, baseline: Sequence[RunHeader], candidate: Sequence[RunHeader], changed: Callable[[], None]
) -> None:
    """Ask which repeat to leave out, or to take back; `changed` is called when the answer changes the comparison."""
    session = screen.session
    try:
        sides = session.sides(baseline, candidate)
    except RagtuiError as error:
        screen.shell.failed(error)
        return
    out = session.left_out(baseline, candidate)
    choices, repeats = [], {}
    for role, side in sides:
        words = [f"{role}:{place + 1}" for place in range(len(side.scores.repeats))]
        for word, repeat in zip(words, side.scores.repeats, strict=True):
            repeats[word] = words
            about = "left out; choose it to take it back" if word in out else ""
            choices.append(Choice(word, f"{role} {one_line(side.repeat_name(repeat))}", about))

    def chosen(word: str | None) -> None:
        if word is None:
            return
        left = [other for other in out if other != word] if word in out else [*out, word]
        if set(repeats[word]) <= set(left):
            screen.say(f"{word} is the last repeat of its side; nothing would be left to compare", warning=True)
            return
        session.leave_out(baseline, candidate, left)
        screen.say(f"left out: {', '.join(left)}; W takes it back" if left else "every repeat counts again")
        changed()

    screen.app.push_screen(Picker("Leave out a repeat", choices), chosen)
