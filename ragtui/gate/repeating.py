"""One further repeat of a run, by the plan that is kept in its folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, UsageError
from ragtui.exits import Exit
from ragtui.model import RunHeader
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.own.summary import DATASET


class Repeater:
    """Launches repeats of a candidate, each as a run folder of its own beside it.

    The plan is the one the candidate was launched with, on the items stored in its folder, so that a repeat is a
    repeat even when the plan file has been edited since. If the code has changed, the configurations differ and the
    gate says so.
    """

    def __init__(self) -> None:
        self._made = 0

    def __call__(self, header: RunHeader) -> str:
        """Run one more repeat; returns the new run's folder.

        Raises:
            UsageError: the run was not launched by a plan.
            InputError: its folder is damaged, or the repeat did not come to an end.
        """
        from ragtui.runner.launch.prepare import LAUNCH, Overrides, prepare, read_launch
        from ragtui.runner.plan.planfile import plan_of

        folder = Path(header.location)
        if not (folder / LAUNCH).is_file():
            raise UsageError(
                f"{header.name}: was not launched by `ragtui run`, so no further repeat of it can be launched",
                "Leave --until-decided out, or make the candidate with `ragtui run`.",
            )
        document = read_launch(folder)
        plan = plan_of(
            one_side(document["plan"], header.name), str(document.get("source", "")), Path(str(document["base"]))
        )
        self._made += 1
        launch = prepare(
            plan,
            overrides=Overrides(repeats=1),
            out=folder.parent,
            dataset=read_dataset(folder / DATASET),
            seed=int(document.get("seed") or 0) + self._made,
        )
        self._work(launch.lead)
        return str(launch.lead)

    def _work(self, folder: Path) -> None:
        """In a process of its own: the pipeline under test must not be able to end the gate."""
        command = [sys.executable, "-m", "ragtui", "run", str(folder)]
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode
        if code == Exit.INTERRUPTED:
            raise KeyboardInterrupt
        if code not in (Exit.OK, Exit.INCOMPLETE):
            raise InputError(
                f"{folder}: the further repeat ended with exit {code}",
                f"See its events; go on with `ragtui run {folder}`.",
            )


def one_side(plan: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The plan's document reduced to the side that a run was.

    Args:
        plan: what the TOML file said.
        name: the run's name; a plan's candidate has a name of its own.
    """
    alone = {key: value for key, value in plan.items() if key != "candidate"}
    candidate = plan.get("candidate")
    if candidate is None or name == plan.get("name"):
        return alone
    target, changed = plan["target"], candidate.get("target", {})
    same_kind = changed.get("kind", target.get("kind")) == target.get("kind")
    return {**alone, "name": name, "target": _laid_over(target, changed) if same_kind else changed}


def _laid_over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(under)
    for key, value in over.items():
        below = out.get(key)
        out[key] = _laid_over(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return out
