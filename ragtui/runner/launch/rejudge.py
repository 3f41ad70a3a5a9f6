"""Judging stored answers again: what then varies is the judges alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ragtui.errors import UsageError
from ragtui.model import Dataset
from ragtui.places import real_path
from ragtui.runner.endpoints.chance import seed_of
from ragtui.runner.launch.identity import judge_settings
from ragtui.runner.launch.launchfile import LAUNCH
from ragtui.runner.launch.prepare import (
    Launch,
    Overrides,
    Rejudging,
    batched,
    metrics_of,
    new_folders,
    open_launch,
    write_launch,
)
from ragtui.runner.launch.trust import require
from ragtui.runner.plan.plan import BASELINE, Plan
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.stored import StoredAnswers
from ragtui.sources.own.writer import RunWriter


def prepare_rejudge(
    run: Path,
    times: int,
    *,
    plan: Plan | None = None,
    overrides: Overrides | None = None,
    out: Path | None = None,
    batch: bool = False,
) -> Launch:
    """Make a run folder in which a run's stored answers are judged `times` times more.

    Args:
        run: any run folder; without a launch of its own it needs `plan` for the judges.
        out: folder for the new run folder; default: beside the run.
        batch: ask through the provider's batch queue.

    Raises:
        UntrustedError: the judges are those of the run's own plan, and nobody has agreed to run that.
        RagtuiError: the run has no answers, or there is no judge to ask.
    """
    run = real_path(run)
    overrides = overrides or Overrides()
    answers = StoredAnswers.of(run)
    if plan is None:
        launch = open_launch(run)
        require(launch)
        plan = launch.plan
    plan = overrides.apply(plan)
    if not plan.judges and not plan.evaluators:
        raise UsageError(f"{plan.source}: the plan has no judges", "Add [judge], or give another --plan.")
    paired = [judge.metric.name for judge in plan.judges if judge.against == BASELINE]
    if paired and not (run / LAUNCH).is_file():
        raise UsageError(
            f"{run}: was not launched with a baseline, which {paired[0]} holds answers against",
            "Name a run folder in the plan: against = PATH.",
        )
    header = answers.run.header
    configuration = header.configuration
    items = tuple(answers.run.item(item) for item in answers.run.scores.items)
    dataset = Dataset(configuration.dataset, items, configuration.dataset_version)
    now = datetime.now(UTC)
    name = f"{header.name}-rejudged"
    folder = new_folders(out or run.parent, [name], now)[0]
    chosen = [item for item in items if plan.selection is None or item.id in plan.selection]
    places = sum(len(answers.repeats_of(item.id)) for item in chosen)
    if not places:
        raise UsageError(f"{run}: no answers to judge", "Choose a run that has some.")
    seed = seed_of(now, header.id)
    rejudging = Rejudging(run, times, batch)
    plan = replace(batched(plan) if batch else plan, seed=None if plan.seed is None else seed)
    RunWriter.create(
        folder,
        name=name,
        dataset=dataset,
        pipeline=configuration.pipeline,
        judges=judge_settings(tuple(Judge.load(spec) for spec in plan.judges), plan),
        metrics=metrics_of(replace(plan, lexical=())),
        repeats=times * (header.repeats or 1),
        expected_results=places * times,
        created=now,
        origin=plan.origin or header.origin,
        description=f"Stored answers of {header.name}, judged {times} times more.",
        selection=plan.selection,
        rejudge_of=header.id,
    ).close()
    write_launch(folder, plan, overrides, (folder,), seed, rejudging)
    return Launch(plan, dataset, (folder,), seed, rejudging)
