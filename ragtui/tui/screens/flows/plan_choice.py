"""Choosing a plan: one at hand, one whose path is typed, or the demo; to launch it, or to run again what has none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ragtui.places import user_path
from ragtui.present.clean import one_line
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.dialogs.paths import PathSuggester
from ragtui.tui.dialogs.picker import Choice, Picker
from ragtui.tui.loading import in_background
from ragtui.tui.plans import DEMO, OTHER, find_plans
from ragtui.tui.screens.base import RagtuiScreen

_RUNS_ASKED = 50
"""So many runs are asked for their plans: more would be waited for."""


def choose_plan(screen: RagtuiScreen, runs: Sequence[str]) -> None:
    """Ask, then open the launch screen.

    Args:
        runs: places of the runs in the list; the plans they were launched from are offered.
    """
    _ask(screen, "Launch", runs, screen.shell.open_launch, demo=True)


def ask_for_plan(screen: RagtuiScreen, run: str, chosen: Callable[[Path], None]) -> None:
    """Ask which plan makes a run that was not launched by ragtui.

    Args:
        run: its name.
        chosen: told the plan; not called when none was chosen.
    """

    def took(path: Path | None) -> None:
        if path is not None:
            chosen(path)

    _ask(screen, f"No plan is known for {run}: which one makes it?", (), took, demo=False)


def _ask(
    screen: RagtuiScreen, question: str, runs: Sequence[str], took: Callable[[Path | None], None], *, demo: bool
) -> None:
    def job() -> list[Path]:
        return find_plans(screen.session.places, [Path(run) for run in runs[:_RUNS_ASKED]])

    def offer(found: Sequence[Path]) -> None:
        _offer(screen, question, found, took, demo=demo)

    in_background(screen, job, offer, screen.shell.failed, group="plans")


def _offer(
    screen: RagtuiScreen, question: str, found: Sequence[Path], took: Callable[[Path | None], None], *, demo: bool
) -> None:
    plans = {str(path): path for path in found}

    def typed(path: str | None) -> None:
        if path and path.strip():
            took(user_path(path.strip()))

    def chosen(key: str | None) -> None:
        if key == OTHER:
            prompt = TextPrompt("Plan", hint="tab completes the path", suggester=PathSuggester(".toml", Path()))
            screen.app.push_screen(prompt, typed)
        elif key is not None:
            took(plans.get(key))

    choices = [
        *(Choice(key, one_line(path.name), one_line(str(path.parent))) for key, path in plans.items()),
        *([Choice(DEMO, DEMO)] if demo else []),
        Choice(OTHER, OTHER),
    ]
    screen.app.push_screen(Picker(question, choices), chosen)
