"""One further repeat of a run, by the plan that is kept in its folder."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import InputError, UsageError
from ragtui.exits import Exit
from ragtui.model import RunHeader
from ragtui.places import clean_environment

if TYPE_CHECKING:
    from ragtui.runner.launch.prepare import Launch


class Repeater:
    """Launches repeats of a candidate, each as a run folder of its own beside it.

    The plan is the one the candidate was launched with, on the items stored in its folder, so that a repeat is a
    repeat even when the plan file has been edited since. If the code has changed, the configurations differ and the
    gate says so.

    Args:
        agree: asks whether a run folder may be executed, and raises when it may not.
    """

    def __init__(self, agree: Callable[[Launch], None]) -> None:
        self._agree = agree

    def __call__(self, header: RunHeader) -> str:
        """Run one more repeat; returns the new run's folder.

        Raises:
            UsageError: the run was not launched by a plan.
            UntrustedError: nobody has agreed to run what its folder names.
            InputError: its folder is damaged, or the repeat did not come to an end.
        """
        from ragtui.runner.launch.again import whole
        from ragtui.runner.launch.launchfile import LAUNCH

        folder = Path(header.location)
        if not (folder / LAUNCH).is_file():
            raise UsageError(
                f"{header.name}: was not launched by `ragtui run`, so no further repeat of it can be launched",
                "Leave --until-decided out, or make the candidate with `ragtui run`.",
            )
        again = whole(folder, 1)
        for source in again.sources:
            self._agree(source)
        launch = again.prepare()
        _work(launch.lead)
        return str(launch.lead)


def _work(folder: Path) -> None:
    """In a process of its own: the pipeline under test must not be able to end the gate."""
    from ragtui.runner.launch.child import run_command

    code = subprocess.run(
        run_command(folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False, env=clean_environment()
    ).returncode
    if code == Exit.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (Exit.OK, Exit.INCOMPLETE):
        raise InputError(
            f"{folder}: the further repeat ended with exit {code}", f"See its events; go on with `ragtui run {folder}`."
        )
