"""From a plan to run folders that are ready to be worked on. Starting a run is resuming an empty one.

Each run folder carries `launch.json`: the plan as it was, what the command line changed, and the folders that belong
together. The first of them leads: it holds events.jsonl, progress.json and control.json for all.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, RagtuiError, UsageError
from ragtui.files.atomic import write_json
from ragtui.files.fields import mapping, text, whole
from ragtui.files.lock import is_being_written
from ragtui.model import Dataset, Item, Metric, canonical_hash
from ragtui.places import real_path
from ragtui.runner.endpoints.chance import seed_of
from ragtui.runner.launch.identity import judge_settings, pipeline_settings, revision
from ragtui.runner.launch.launchfile import LAUNCH, base_of, read_launch, written_path
from ragtui.runner.launch.settling import StopRule
from ragtui.runner.launch.trust import remember_own, require
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import check_batch_budget, plan_of
from ragtui.runner.plan.shard import Shard
from ragtui.runner.scoring.judges import Judge, agreement_metric
from ragtui.runner.scoring.pairwise import pair_metrics
from ragtui.sources.datasetfile import read_dataset
from ragtui.sources.own.summary import DATASET
from ragtui.sources.own.writer import RunWriter

PART = "part"
"""The field of a summary that says which part of which run a folder holds."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a command line or a screen changed in a plan."""

    repeats: int | None = None
    concurrency: int | None = None
    items: tuple[str, ...] | None = None

    def apply(self, plan: Plan) -> Plan:
        """The plan with the changes in it."""
        return replace(
            plan,
            repeats=self.repeats or plan.repeats,
            concurrency=self.concurrency or plan.concurrency,
            selection=self.items if self.items is not None else plan.selection,
        )

    def document(self) -> dict[str, Any]:
        """As JSON."""
        items = list(self.items) if self.items is not None else None
        return {"repeats": self.repeats, "concurrency": self.concurrency, "items": items}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Overrides:
        """From JSON."""
        items = document.get("items")
        return cls(
            whole(document.get("repeats")),
            whole(document.get("concurrency")),
            tuple(map(str, items)) if isinstance(items, list) else None,
        )


NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class Rejudging:
    """Stored answers to be judged again: the run they are in, how often, and whether through a batch queue."""

    run: Path
    times: int
    batch: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """Run folders that belong together, and everything needed to work on them.

    Attributes:
        folders: one a side; the first leads.
        seed: of the simulation; 0 when nothing is simulated.
        rejudging: stored answers that are judged again, in place of new ones.
        stop_rule: when the repeats may end early; None for never.
        added: scores (metrics, or calls of evaluators) that were added after answers had been made.
        shard: the part of the run that these folders hold; None for the whole.
    """

    plan: Plan
    dataset: Dataset
    folders: tuple[Path, ...]
    seed: int = 0
    rejudging: Rejudging | None = None
    stop_rule: StopRule | None = None
    shard: Shard | None = None
    added: tuple[str, ...] = ()

    @property
    def lead(self) -> Path:
        """The folder with the events."""
        return self.folders[0]

    @property
    def items(self) -> tuple[Item, ...]:
        """Items to work on, in the dataset's order."""
        items = selected_items(self.dataset, self.plan.selection)
        return items if self.shard is None else self.shard.own(items)


def selected_items(dataset: Dataset, selection: tuple[str, ...] | None) -> tuple[Item, ...]:
    """The items named, or all.

    Raises:
        UsageError: a name is not in the dataset.
    """
    if selection is None:
        return dataset.items
    known = dataset.by_id()
    for name in selection:
        if name not in known:
            raise UsageError(f"{dataset.name}: no item {name}", f"Items are called like {dataset.items[0].id}.")
    chosen = set(selection)
    return tuple(item for item in dataset.items if item.id in chosen)


def prepare(
    plan: Plan,
    *,
    overrides: Overrides = NO_OVERRIDES,
    out: Path | None = None,
    dataset: Dataset | None = None,
    seed: int | None = None,
    confirms: Mapping[str, str] | None = None,
    stop_rule: StopRule | None = None,
    shard: Shard | None = None,
) -> Launch:
    """Check everything that can be checked, and make the run folders.

    Args:
        out: folder for the run folders, instead of the plan's.
        dataset: instead of the plan's file; needed where that is an address.
        seed: of the simulation, instead of the plan's or a new one.
        confirms: side name to the id of the run whose flagged items are run again.
        stop_rule: when the repeats may end early.
        shard: prepare only this part of the run.

    Raises:
        RagtuiError: dataset, corpus, prompts or folders cannot be used.
    """
    plan = overrides.apply(plan)
    dataset = dataset or read_dataset(plan.dataset, plan.columns)
    items = selected_items(dataset, plan.selection)
    judges = tuple(Judge.load(spec) for spec in plan.judges)
    settings = [pipeline_settings(side.target, plan.base) for side in plan.sides]
    now = datetime.now(UTC)
    given = seed if seed is not None else plan.simulation.seed if plan.simulation else 0
    family = _family(plan, overrides, dataset, settings, judges, shard) if shard is not None else ""
    used_seed = (seed_of(family) if family else seed_of(now, os.getpid())) if given is None else given
    ending = f"-part{shard.index}of{shard.count}" if shard is not None else ""
    folders = new_folders(out or plan.out, [f"{side.name}{ending}" for side in plan.sides], now)
    own = items if shard is None else _own(shard, items)
    code = revision(plan.base)
    for number, (folder, side) in enumerate(zip(folders, plan.sides, strict=True)):
        writer = RunWriter.create(
            folder,
            name=side.name if shard is None else f"{side.name} part {shard}",
            dataset=dataset,
            pipeline=settings[number],
            judges=judge_settings(judges, plan),
            metrics=metrics_of(plan),
            repeats=plan.repeats,
            expected_results=len(own) * plan.repeats,
            created=now,
            origin=plan.origin,
            description=plan.description,
            git=code,
            selection=plan.selection if shard is None else [item.id for item in own],
            confirms=confirms[side.name] if confirms else None,
            extra=None if shard is None else {PART: _part(shard, family, number, plan, len(items))},
        )
        writer.close()
        write_launch(folder, plan, overrides, folders, used_seed, stop_rule=stop_rule, shard=shard)
    return Launch(plan, dataset, folders, used_seed, stop_rule=stop_rule, shard=shard)


def _own(shard: Shard, items: Sequence[Item]) -> tuple[Item, ...]:
    own = shard.own(items)
    if not own:
        raise UsageError(f"--shard {shard}: only {len(items)} items for {shard.count} parts", "Make fewer parts.")
    return own


def _part(shard: Shard, family: str, side: int, plan: Plan, items: int) -> dict[str, Any]:
    """What a part says of the whole, so that the parts alone are enough to put it together."""
    return {
        **shard.document(),
        "name": plan.sides[side].name,
        "family": family,
        "side": side,
        "expected_results": items * plan.repeats,
        "selection": plan.selection,
    }


def _family(
    plan: Plan,
    overrides: Overrides,
    dataset: Dataset,
    settings: Sequence[Mapping[str, Any]],
    judges: tuple[Judge, ...],
    shard: Shard,
) -> str:
    """What parts that were started apart have in common, and parts of another run have not."""
    measured = [plan.document, overrides.document(), dataset.content_hash(), list(settings)]
    return canonical_hash([*measured, judge_settings(judges, plan), shard.count, shard.of])


def metrics_of(plan: Plan) -> list[Metric]:
    """Metrics a plan is known to score."""
    metrics = [judge.metric for judge in plan.judges] + [LEXICAL[name][0] for name in plan.lexical]
    metrics += [agreement_metric(judge.metric.name) for judge in plan.judges if judge.panel]
    metrics += [metric for judge in plan.judges if judge.against for metric in pair_metrics(judge.metric.name)]
    return metrics + [metric for evaluator in plan.evaluators for metric in evaluator.metrics]


def write_launch(
    folder: Path,
    plan: Plan,
    overrides: Overrides,
    folders: tuple[Path, ...],
    seed: int,
    rejudging: Rejudging | None = None,
    stop_rule: StopRule | None = None,
    shard: Shard | None = None,
) -> None:
    """Write `launch.json` into a run folder."""
    relative = [os.path.relpath(other, folder) for other in folders]
    document: dict[str, Any] = {
        "ragtui_launch": _FORMAT,
        "source": plan.source,
        "base": written_path(plan.base),
        "plan": plan.document,
        "overrides": overrides.document(),
        "folders": relative,
        "seed": seed,
    }
    if rejudging is not None:
        document["rejudge"] = {
            "run": os.path.relpath(rejudging.run, folder), "times": rejudging.times, "batch": rejudging.batch,
        }  # fmt: skip
    if stop_rule is not None:
        document["stop_rule"] = stop_rule.document(folder)
    if shard is not None:
        document["shard"] = shard.document()
    write_json(folder / LAUNCH, document)
    remember_own(document)


def _beside(folder: Path, name: str) -> tuple[Path, bool]:
    """A folder that a launch names beside its own, and whether it is there.

    Raises:
        InputError: no path can be called so.
    """
    try:
        found = real_path(folder / name)
    except ValueError as error:  # a NUL
        raise InputError(f"{folder / LAUNCH}: {name[:80]!r} is no folder's name", "launch the run anew") from error
    try:
        return found, found.is_dir()
    except OSError:  # longer than a name can be
        return found, False


def open_launch(folder: Path) -> Launch:
    """The launch a run folder belongs to.

    Raises:
        InputError: the folder was not made by a launch, is a copy of one, or a folder that belongs to it is gone.
    """
    document = read_launch(folder)
    base = base_of(document)
    plan = plan_of(mapping(document.get("plan")), text(document.get("source")) or str(folder / LAUNCH), base)
    plan = Overrides.read(mapping(document.get("overrides"))).apply(plan)
    names = document.get("folders")
    named = [_beside(folder, str(name)) for name in names] if isinstance(names, list) and names else [(folder, True)]
    for other, there in named:
        if not there:
            raise InputError(f"{str(other)[:200]}: missing; it was launched together with {folder}", "Put it back.")
    folders = tuple(other for other, _ in named)
    if real_path(folder) not in folders:  # results would go into theirs, and another side be taken for this one
        raise InputError(
            f"{folder}: is not among the folders it was launched with ({', '.join(one.name for one in folders)})"[:400],
            "It is a copy: copy all folders of the launch together, or go on with the original.",
        )
    rejudge = mapping(document.get("rejudge"))
    rejudging = None
    if rejudge:
        batch = rejudge.get("batch") is True
        rejudging = Rejudging(_beside(folder, text(rejudge.get("run")))[0], whole(rejudge.get("times")) or 1, batch)
        plan = batched(plan) if batch else plan
        if plan.seed is not None:  # as it began: other seeds are other questions, and would be asked anew
            plan = replace(plan, seed=whole(document.get("seed")) or 0)
    dataset = read_dataset(folders[0] / DATASET, blanks=True)  # as it began, whatever is refused today
    stop_rule = StopRule.read(mapping(document.get("stop_rule")), folder)
    shard = Shard.from_document(document.get("shard"))
    listed = document.get("added")
    added = tuple(map(str, listed)) if isinstance(listed, list) else ()
    return Launch(plan, dataset, folders, whole(document.get("seed")) or 0, rejudging, stop_rule, shard, added)


def change_launch(folder: Path, overrides: Overrides) -> Launch:
    """The launch a run folder belongs to, with numbers changed for good: the next session sees them too.

    Raises:
        InputError: as for `open_launch`.
        UntrustedError: nobody has agreed to run it.
        UsageError: fewer repeats than planned, or repeats of stored answers.
        RagtuiError: a worker is at it.
    """
    launch = open_launch(folder)
    if overrides == NO_OVERRIDES:
        return launch
    require(launch)  # what is written next counts as our own
    if overrides.repeats is not None and launch.rejudging is not None:
        raise UsageError(f"{folder}: stored answers, judged again", "Judge them more often with ragtui rejudge.")
    if overrides.repeats is not None and overrides.repeats < launch.plan.repeats:
        raise UsageError(
            f"{folder}: {launch.plan.repeats} repeats are planned; a run can grow, not shrink",
            "Ctrl-C or cancel ends it early and keeps what is finished.",
        )
    if is_being_written(launch.lead):
        raise RagtuiError(f"{launch.lead}: another process is writing this run", "Wait for it, or cancel it first.")
    for member in launch.folders:
        document = dict(read_launch(member))
        document["overrides"] = {
            **mapping(document.get("overrides")),
            **{name: value for name, value in overrides.document().items() if value is not None},
        }
        write_json(member / LAUNCH, document)
        remember_own(document)
    return open_launch(folder)


def batched(plan: Plan) -> Plan:
    """The plan with every judge asked through the provider's batch queue.

    Raises:
        UsageError: a budget of dollars or tokens, which cannot be held inside a batch.
    """
    judges = tuple(
        replace(judge, use=replace(judge.use, batch=True), panel=tuple(replace(one, batch=True) for one in judge.panel))
        for judge in plan.judges
    )
    check_batch_budget(plan.budget, plan.source)
    return replace(plan, judges=judges)


def new_folders(out: Path, names: list[str], now: datetime) -> tuple[Path, ...]:
    """Names for run folders that are not taken, one for each side.

    Raises:
        InputError: all of them are.
    """
    stamp = now.strftime("%Y%m%d-%H%M%S")
    names = _told_apart([folder_name(name) for name in names])
    for extra in ("", *(f"-{n}" for n in range(2, 1000))):
        folders = tuple(real_path(out / f"{name}-{stamp}{extra}") for name in names)
        if not any(folder.exists() for folder in folders):
            return folders
    raise InputError(f"{out}: too many runs in one second", "Try again.")


def _told_apart(names: list[str]) -> list[str]:
    """Names that are the same as folders, though not as names, get a number."""
    return [f"{name}-side{place}" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)]


def folder_name(name: str) -> str:
    """A name as a folder may be called."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")
    return kept[:80] or "run"
