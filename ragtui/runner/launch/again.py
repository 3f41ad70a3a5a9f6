"""Running what was run before, a few times more: a whole configuration, or only some items on both sides.

Items are chosen because of what their old repeats said, so those repeats are biased: the winner's curse. Only the
fresh ones confirm. They go to run folders of their own that name the items and the runs they confirm; such runs are
never pooled with full ones. A whole configuration run again is a repeat like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.model import Dataset, canonical_hash
from ragtui.places import real_path
from ragtui.present.numbers import count
from ragtui.runner.endpoints.chance import seed_of
from ragtui.runner.launch.identity import pipeline_settings
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import Launch, Overrides, open_launch, prepare, selected_items
from ragtui.runner.launch.settling import StopRule
from ragtui.runner.launch.trust import require
from ragtui.runner.plan.plan import BASELINE, Plan
from ragtui.runner.plan.planfile import plan_of, side_tables
from ragtui.sources.own.runfolder import read_folder_header

_PATHS = ("corpus", "prompt")
_SIDES = ("target", "candidate", "sides", "matrix")
"""Keys of a plan that say what its sides are."""
_AGAIN = "-again"
_AS_STORED = " (as stored with the run)"
"""Behind the name of the plan file: repeats are made by what the run holds, whatever the file says by now."""

_AS_NAMED = " (its two sides, on some items)"
"""Behind the name of a plan that was named for runs without one: going on compares a file with what was launched."""


@dataclass(frozen=True, slots=True)
class Again:
    """Further repeats that could be launched; nothing is written yet.

    Attributes:
        plan: the sides, limited to the items if any were chosen, with the number of repeats.
        dataset: the one the runs were made with.
        sources: the launches that are done again; each must be trusted before `prepare`.
    """

    plan: Plan
    dataset: Dataset
    _out: Path
    _seed: int | None
    _confirms: Mapping[str, str] | None
    sources: tuple[Launch, ...]

    def prepare(self, stop_rule: StopRule | None = None) -> Launch:
        """Make the run folders.

        Args:
            stop_rule: when the repeats may end early; None to do them all.

        Raises:
            UntrustedError: nobody has agreed to run what one of the runs names.
            RagtuiError: corpus, prompts or folders cannot be used.
        """
        for source in self.sources:
            require(source)
        return prepare(
            self.plan,
            overrides=Overrides(self.plan.repeats, self.plan.concurrency, self.plan.selection),
            out=self._out,
            dataset=self.dataset,
            seed=self._seed,
            confirms=self._confirms,
            stop_rule=stop_rule,
        )

    def with_numbers(self, *, repeats: int | None = None, concurrency: int | None = None) -> Again:
        """The same with other numbers of repeats, or of item-repeats at once; None changes nothing."""
        return replace(self, plan=Overrides(repeats=repeats, concurrency=concurrency).apply(self.plan))


def is_launched(location: str) -> bool:
    """Whether a run lies in a folder that says how it was made, so that it can be run again."""
    return (Path(location) / LAUNCH).is_file()


def launched_one(locations: Iterable[str]) -> Path:
    """Of one configuration's runs the first that was made by a launch, so that it can be run again; else the first.

    Raises:
        ValueError: there is none at all.
    """
    places = list(locations)
    if not places:
        raise ValueError("no runs")
    return Path(next(filter(is_launched, places), places[0]))


def targeted(folders: Sequence[Path], items: Sequence[str], repeats: int, out: Path | None = None) -> Again:
    """Only some items, on both sides.

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
    return _again(folders, tuple(dict.fromkeys(items)), repeats, out)


def whole(folder: Path, repeats: int, out: Path | None = None) -> Again:
    """Every item of one run's configuration: further repeats, pooled with the ones there are.

    Raises:
        RagtuiError: the run carries no plan.
    """
    return _again([folder], None, repeats, out)


def by_plan(
    plan: Plan, dataset: Dataset, confirms: Sequence[str], items: Sequence[str], repeats: int, out: Path | None = None
) -> Again:
    """Only some items, by a plan that somebody names for two runs that carry none.

    Whether the plan does what those runs did is theirs to say: what a harness recorded of itself cannot be compared
    with a plan.

    Args:
        plan: with the baseline as its first side and the candidate as its second.
        dataset: the plan's.
        confirms: ids of the two runs, baseline first.
        items: ids, in any order.
        repeats: k fresh repeats of each item on each side.
        out: folder for the new run folders; default: the plan's.

    Raises:
        RagtuiError: the plan has not two sides, or does not know an item.
    """
    if len(plan.sides) != len(confirms):
        raise UsageError(
            f"{plan.source}: has {count(len(plan.sides), 'side')}; doubts are repeated on baseline and candidate",
            "Give it a [candidate] that differs from its [target] as the two runs do.",
        )
    sides = zip(plan.sides, side_tables(plan.document), strict=True)
    kept = {key: value for key, value in plan.document.items() if key not in _SIDES}
    named = [_named_again({"name": side.name, "target": dict(table.target)}) for side, table in sides]
    fresh = seed_of("again", *confirms, *items, _made_so_far(out or plan.out))
    document = {**kept, "sides": named, **({"seed": fresh} if "seed" in kept else {})}
    again = plan_of(document, f"{plan.source}{_AS_NAMED}", plan.base)
    again = Overrides(repeats=repeats, items=tuple(dict.fromkeys(items))).apply(again)
    selected_items(dataset, again.selection)
    seed = fresh if again.simulation is not None else None
    ids = dict(zip([side.name for side in again.sides], confirms, strict=True))
    return Again(again, dataset, out or plan.out, seed, ids, ())


def beside(plan: Plan, folder: Path) -> Plan:
    """A plan of one side with a stored run's configuration as its baseline, both run in turn.

    Raises:
        UsageError: the plan has several sides, or the run's configuration cannot be run any more as it was.
        InputError: the run was not made by a launch.
        UntrustedError: nobody has agreed to run what it names.
    """
    folder = real_path(folder)
    launch = open_launch(folder)
    require(launch)
    if len(plan.sides) > 1:
        raise UsageError(f"{plan.source}: has several sides already", "They are run in turn as they are.")
    first = _side(launch, folder, plan.base)
    own = {"name": plan.sides[0].name, "target": side_tables(plan.document)[0].target}
    if first["name"] == own["name"]:
        first["name"] = f"{own['name']}-baseline"
    document = {key: value for key, value in plan.document.items() if key not in ("target", "candidate", "matrix")}
    both = plan_of({**document, "sides": [first, own]}, plan.source, plan.base)
    before, now = (pipeline_settings(side.target, plan.base) for side in both.sides)
    recorded = read_folder_header(folder, "", folder.name).configuration.pipeline
    if canonical_hash(before) != canonical_hash(dict(recorded)):
        raise UsageError(
            f"{folder.name}: its code or documents have changed since, so it cannot be run again as it was",
            "ragtui bisect GOOD BAD runs commits against each other.",
        )
    if before == now:
        raise UsageError(f"{folder.name}: is the plan's own configuration", "Repeats of it tell its noise.")
    return replace(both, repeats=plan.repeats, concurrency=plan.concurrency, selection=plan.selection)


def _again(folders: Sequence[Path], items: tuple[str, ...] | None, repeats: int, out: Path | None) -> Again:
    launches = [open_launch(real_path(folder)) for folder in folders]
    _refuse_unlike(folders, launches)
    first = launches[0]
    sides = [
        _side(launch, real_path(folder), first.plan.base) for launch, folder in zip(launches, folders, strict=True)
    ]
    document = {key: value for key, value in first.plan.document.items() if key not in _SIDES}
    document["sides"] = sides if items is None else [_named_again(side) for side in sides]
    document["repeats"] = repeats
    _refuse_without_baseline(folders, launches)
    headers = [read_folder_header(folder, "", folder.name) for folder in folders]
    fresh = seed_of("again", *(header.id for header in headers), *items or (), _made_so_far(out or first.lead.parent))
    if "seed" in document:
        document["seed"] = fresh  # the old one would only repeat the old answers
    plan = plan_of(document, f"{first.plan.source}{_AS_STORED}", first.plan.base)
    names = [side.name for side in plan.sides]
    plan = Overrides(repeats=repeats, items=items).apply(plan)
    selected_items(first.dataset, plan.selection)
    seed = fresh if plan.simulation is not None else None
    confirms = None if items is None else dict(zip(names, (header.id for header in headers), strict=True))
    return Again(plan, first.dataset, out or first.lead.parent, seed, confirms, tuple(launches))


def _refuse_without_baseline(folders: Sequence[Path], launches: Sequence[Launch]) -> None:
    """What was held against the first side of its launch must be so again: alone it would be held against itself."""
    paired = [judge.metric.name for judge in launches[0].plan.judges if judge.against == BASELINE]
    if paired and real_path(folders[0]) != real_path(launches[0].lead):
        raise UsageError(
            f"{folders[0]}: {paired[0]} holds it against {launches[0].lead.name}, which is not run with it",
            f"Repeat the whole launch: ragtui run {launches[0].lead} --repeats {launches[0].plan.repeats + 1}",
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
    target = dict(side_tables(launch.plan.document)[place].target)
    if launch.plan.base != base:
        if target.get("kind") != "rag":
            raise UsageError(
                f"{folder}: its code lies in another folder than the other side's", "Launch both together."
            )
        for key in _PATHS:
            if key in target:
                target[key] = str(launch.plan.base / str(target[key]))
    return {"name": name, "target": target}


def _named_again(side: dict[str, Any]) -> dict[str, Any]:
    """A name of its own, so that a full run's name never means its confirmation."""
    return {**side, "name": side["name"] if side["name"].endswith(_AGAIN) else f"{side['name']}{_AGAIN}"}


def _made_so_far(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0
