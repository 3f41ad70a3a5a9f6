"""Asking on a screen whether a run folder that came from elsewhere may be executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.present.clean import one_line
from ragtui.tui.dialogs.ask import Confirm

if TYPE_CHECKING:
    from ragtui.tui.screens.base import RagtuiScreen


def or_ask(screen: RagtuiScreen, then: Callable[[], None]) -> Callable[[RagtuiError], None]:
    """What to do with an error: ask about a folder nobody agreed to yet, then do `then`; say any other error."""

    def failed(error: RagtuiError) -> None:
        from ragtui.runner.launch.trust import UntrustedError, allow

        if not isinstance(error, UntrustedError):
            screen.shell.failed(error)
            return
        execution = error.execution

        def answered(yes: bool | None) -> None:
            if yes:
                allow(execution)
                then()

        lines = [f"{execution.folder} was not made by this user's ragtui. It would do this:", *execution.lines()]
        details = "\n".join(one_line(line) for line in lines)
        screen.app.push_screen(Confirm("Run what this folder names?", details, yes="Run it", no="Leave it"), answered)

    return failed
