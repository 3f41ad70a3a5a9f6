"""Running only some items again, a few times more, on both sides.

The items were chosen because of what their old repeats said, so those repeats are biased: the winner's curse. Only the
fresh ones confirm. They go to run folders of their own that name the items and the runs they confirm; such runs are
never pooled with full ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.runner.chance import seed_of
from ragtui.runner.launch import Launch, Overrides, open_launch, prepare
from ragtui.runner.plan import Plan
from ragtui.runner.planfile import merged, plan_of
from ragtui.sources.runfolder import read_folder_header

_PATHS = ("corpus", "prompt")


def prepare_targeted(folders: Sequence[Path], items: Sequence[str], repeats: int, out: Path | None = None) -> Launch:
    """Make run folders in which some items are run again.

    Args:
        folders: one run folder a side, baseline first; each made by a launch.
        items: ids, in any order.
        repeats: k fresh repeats of each item on each side.
        out: folder for the new run folders; default: beside the first one.

    Raises:
        RagtuiError: a run carries no plan, or the two were not judged alike on the same items.
    """
    if not items:
        raise UsageError("no items to run again", "Mark flagged or undecided items first.")
    launches = [open_launch(folder.resolve()) for folder in folders]
    _refuse_unlike(folders, launches)
    first = launches[0]
    sides = [_side(launch, folder.resolve(), first.plan.base) for launch, folder in zip(launches, folders, strict=True)]
    document = {key: value for key, value in first.plan.document.items() if key not in ("target", "candidate", "sides")}
    document["sides"] = sides
    document["repeats"] = repeats
    headers = [read_folder_header(folder, "", folder.name) for folder in folders]
    fresh = seed_of("again", *(header.id for header in headers), *items, _made_so_far(out or first.lead.parent))
    if "seed" in document:
        document["seed"] = fresh  # the old one would only repeat the old answers
    plan = plan_of(document, first.plan.source, first.plan.base)
    names = [side.name for side in plan.sides]
    return prepare(
        plan,
        overrides=Overrides(repeats=repeats, items=tuple(dict.fromkeys(items))),
        out=out or first.lead.parent,
        dataset=first.dataset,
        seed=fresh if plan.simulation is not None else None,
        confirms=dict(zip(names, (header.id for header in headers), strict=True)),
    )


def _refuse_unlike(folders: Sequence[Path], launches: Sequence[Launch]) -> None:
    first = launches[0]
    for folder, launch in zip(folders[1:], launches[1:], strict=True):
        if launch.dataset.content_hash() != first.dataset.content_hash():
            raise UsageError(f"{folder}: other items than {folders[0]}", "Run both sides on the same dataset.")
        if launch.plan.judges != first.plan.judges or launch.plan.evaluators != first.plan.evaluators:
            raise UsageError(f"{folder}: other judges than {folders[0]}", "Run both sides with the same judges.")
        if (launch.plan.simulation is None) != (first.plan.simulation is None):
            raise UsageError(f"{folder}: one side is simulated, the other is not", "Compare like with like.")


def _side(launch: Launch, folder: Path, base: Path) -> dict[str, Any]:
    """A side as an entry of [[sides]], with paths that hold from another folder too."""
    place = launch.folders.index(folder) if folder in launch.folders else 0
    name = launch.plan.sides[place].name
    target = dict(_target_document(launch.plan, place))
    if launch.plan.base != base:
        if target.get("kind") != "rag":
            raise UsageError(
                f"{folder}: its code lies in another folder than the other side's", "Launch both together."
            )
        for key in _PATHS:
            if key in target:
                target[key] = str(launch.plan.base / str(target[key]))
    return {"name": name, "target": target}


def _target_document(plan: Plan, place: int) -> Mapping[str, Any]:
    document = plan.document
    if "sides" in document:
        side: Mapping[str, Any] = document["sides"][place]["target"]
        return side
    first: Mapping[str, Any] = document["target"]
    if place == 0:
        return first
    changed: Mapping[str, Any] = document["candidate"].get("target") or {}
    return changed if changed.get("kind", first.get("kind")) != first.get("kind") else merged(first, changed)


def _made_so_far(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
