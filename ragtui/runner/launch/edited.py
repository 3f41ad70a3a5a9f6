"""A plan or dataset that was edited between start and resume: what may follow the edit does, the rest is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.errors import RagtuiError
from ragtui.files.atomic import write_json
from ragtui.files.fields import mapping
from ragtui.model import Dataset
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.launch.prepare import Launch, open_launch
from ragtui.runner.launch.trust import remember_own
from ragtui.runner.plan.planfile import read_plan
from ragtui.sources.datasetfile import read_dataset

MAY_FOLLOW = (
    "budget", "prices", "timeout_s", "retries", "patience_s", "outage_s", "concurrency", "description", "silent_s",
    "cache", "resources", "out",
)  # fmt: skip
"""Keys that change what is spent or waited for, never what is measured."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What differs between a run and the files it was started from.

    Attributes:
        followed: keys that the run takes over from the plan as it is now; None where the plan no longer has one.
        others: what would measure something else, in words.
        unknown: what could not be looked at, and why; empty when all could.
    """

    followed: Mapping[str, Any]
    others: tuple[str, ...]
    unknown: str = ""


def edits_since(launch: Launch, hosted: Dataset | None = None) -> Edits:
    """Compare with the plan file and the dataset as they are now; a file that is gone has not been edited.

    Args:
        hosted: the dataset as it is now, where it is no file; None where that is not known.
    """
    now = _plan_now(launch)
    followed: dict[str, Any] = {}
    others = []
    if now is not None:
        before, now = _without(launch.plan.document, launch.added), _without(now, launch.added)
        for key in sorted({*before, *now}):
            if before.get(key) == now.get(key):
                continue
            if key in MAY_FOLLOW:
                followed[key] = now.get(key)
            else:
                others += _differences(key, before.get(key), now.get(key))
    others += _dataset_edits(launch, hosted)
    return Edits(followed, tuple(others))


def follow(launch: Launch, edits: Edits) -> Launch:
    """Take over what may follow, for good; the caller has made sure that the folder is trusted.

    Raises:
        InputError: a folder cannot be written.
    """
    if not edits.followed:
        return launch
    for folder in launch.folders:
        document = dict(read_launch(folder))
        plan = {**mapping(document.get("plan")), **edits.followed}
        document["plan"] = {key: value for key, value in plan.items() if value is not None}
        write_json(folder / LAUNCH, document)
        remember_own(document)
    return open_launch(launch.lead)


def _plan_now(launch: Launch) -> Mapping[str, Any] | None:
    path = launch.plan.base / Path(launch.plan.source).name
    if path.suffix != ".toml" or not path.is_file():
        return None
    try:
        return read_plan(path).document
    except RagtuiError:
        return None


def _without(document: Mapping[str, Any], added: Sequence[str]) -> dict[str, Any]:
    """A plan without the scores that were added to the run later: they need not stand there."""
    if not added:
        return dict(document)
    judge, judges = dict(mapping(document.get("judge"))), dict(mapping(document.get("judges")))
    if isinstance(judge.get("metrics"), list):
        judge["metrics"] = [name for name in judge["metrics"] if name not in added]
    kept = {
        "judge": judge,
        "judges": {name: said for name, said in judges.items() if name not in added},
        "lexical": [name for name in document.get("lexical") or () if name not in added],
        "evaluators": [one for one in document.get("evaluators") or () if mapping(one).get("call") not in added],
    }
    return {key: value for key, value in {**document, **kept}.items() if value or key not in kept}


def _differences(key: str, before: Any, now: Any) -> list[str]:
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        names = sorted({*before, *now})
        return [line for name in names if before.get(name) != now.get(name)
                for line in _differences(f"{key}.{name}", before.get(name), now.get(name))]  # fmt: skip
    return [f"{key}: {_shown(before)} when it was started, {_shown(now)} now"]


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:80]


def _dataset_edits(launch: Launch, hosted: Dataset | None) -> list[str]:
    """Items that differ from the copy the run works on."""
    path = launch.plan.dataset
    if launch.rejudging is not None or (hosted is None and not path.exists()):
        return []
    try:
        now = (hosted or read_dataset(path, launch.plan.columns, blanks=True)).by_id()
    except RagtuiError as error:
        return [f"dataset: cannot be read any more ({error.message})"]
    before = launch.dataset.by_id()
    gone, new = [name for name in before if name not in now], [name for name in now if name not in before]
    changed = [name for name, item in before.items() if name in now and now[name].content_hash() != item.content_hash()]
    kinds = (("changed", changed), ("taken away", gone), ("added", new))
    return [f"dataset: {len(names)} {what} ({', '.join(names[:5])})" for what, names in kinds if names]
