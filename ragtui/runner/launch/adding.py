"""A judge, an evaluator or a score without a model, added to a run that is there: only it is paid for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.files.atomic import write_json
from ragtui.files.fields import mapping
from ragtui.runner.launch.identity import judge_settings
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.launch.prepare import Launch, metrics_of, open_launch
from ragtui.runner.launch.trust import remember_own, require
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import plan_of
from ragtui.runner.scoring.judges import Judge
from ragtui.sources.own.summary import metric_entry
from ragtui.sources.own.writer import RunWriter


def add_scores(run: Path, names: Sequence[str], plan: Plan) -> Launch:
    """Add scores to a run and to those that were launched with it; `work` then asks only for them.

    Args:
        names: judges by metric, evaluators by "module:function", or scores without a model.
        plan: where they are described, as the plan file says it now.

    Raises:
        UntrustedError: nobody has agreed to run what the folder names.
        UsageError: the plan has no such score, or the run has it already.
    """
    launch = open_launch(run)
    require(launch)
    document = dict(launch.plan.document)
    for name in names:
        _add(document, launch.plan, plan, name)
    grown = plan_of(document, launch.plan.source, launch.plan.base)
    judges = judge_settings(tuple(Judge.load(spec) for spec in grown.judges), grown)
    for folder in launch.folders:
        resumed = RunWriter.resume(folder)
        with resumed.writer as writer:
            known = {entry.get("name") for entry in writer.summary.get("metrics") or () if isinstance(entry, dict)}
            fresh = [metric_entry(metric) for metric in metrics_of(grown) if metric.name not in known]
            writer.note(judges=judges, metrics=[*(writer.summary.get("metrics") or ()), *fresh])
        written = dict(read_launch(folder))
        written["plan"], written["added"] = document, [*launch.added, *names]
        write_json(folder / LAUNCH, written)
        remember_own(written)
    return open_launch(run)


def _add(document: dict[str, Any], before: Plan, plan: Plan, name: str) -> None:
    if name in {judge.metric.name for judge in before.judges} | set(before.lexical) | {
        e.call for e in before.evaluators
    }:
        raise UsageError(f"{name}: the run has it already", "ragtui run RUN --retry-failed does failed scores again.")
    if name in {judge.metric.name for judge in plan.judges}:
        judges = dict(mapping(document.get("judges")))
        judges[name] = _judge_document(plan, name, before)
        document["judges"] = judges
    elif name in {evaluator.call for evaluator in plan.evaluators}:
        listed = plan.document.get("evaluators") or []
        entry = next(one for one in listed if one.get("call") == name)
        document["evaluators"] = [*(document.get("evaluators") or []), entry]
    elif name in LEXICAL:
        document["lexical"] = [*(document.get("lexical") or []), name]
    else:
        known = [judge.metric.name for judge in plan.judges] + [e.call for e in plan.evaluators] + list(LEXICAL)
        raise UsageError(
            f"--add {name}: {plan.source} has no such score",
            f"Describe it there: [judges.{name}] or [[evaluators]]. It has {', '.join(known)}.",
        )


_MODEL = ("model", "base_url", "api_key_env", "temperature", "top_p", "max_tokens", "headers", "query", "extra",
          "structured")  # fmt: skip


def _judge_document(plan: Plan, name: str, before: Plan) -> dict[str, Any]:
    """The judge whole, with what it inherits, and with paths that hold from the run's folder of code."""
    common: Mapping[str, Any] = mapping(plan.document.get("judge"))
    own = {
        **{key: common[key] for key in _MODEL if key in common},
        **mapping(mapping(plan.document.get("judges")).get(name)),
    }
    if "prompt" in own and plan.base != before.base:
        own["prompt"] = str(plan.base / str(own["prompt"]))
    return own
