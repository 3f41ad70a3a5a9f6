"""Choosing what to launch: a plan at hand, one whose path is typed, or the demo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ragtui.present.clean import one_line
from ragtui.tui.dialogs.ask import TextPrompt
from ragtui.tui.dialogs.paths import PathSuggester, user_path
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

    def job() -> list[Path]:
        return find_plans(screen.session.places, [Path(run) for run in runs[:_RUNS_ASKED]])

    in_background(screen, job, lambda found: _offer(screen, found), screen.shell.failed, group="plans")


def _offer(screen: RagtuiScreen, found: Sequence[Path]) -> None:
    plans = {str(path): path for path in found}

    def typed(path: str | None) -> None:
        if path and path.strip():
            screen.shell.open_launch(user_path(path.strip()))

    def chosen(key: str | None) -> None:
        if key == OTHER:
            prompt = TextPrompt("Plan", hint="tab completes the path", suggester=PathSuggester(".toml", Path()))
            screen.app.push_screen(prompt, typed)
        elif key is not None:
            screen.shell.open_launch(plans.get(key))

    choices = [
        *(Choice(key, one_line(path.name), one_line(key)) for key, path in plans.items()),
        Choice(DEMO, DEMO),
        Choice(OTHER, OTHER),
    ]
    screen.app.push_screen(Picker("Launch", choices), chosen)
