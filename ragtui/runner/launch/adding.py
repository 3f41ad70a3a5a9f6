"""A judge, an evaluator or a score without a model, added to a run that is there: only it is paid for.

A score of which the run has nothing but errors is added anew: its judge was corrected, and the answers stay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.files.atomic import write_json
from ragtui.files.fields import mapping
from ragtui.files.problems import ProblemLog
from ragtui.runner.launch.identity import judge_settings
from ragtui.runner.launch.launchfile import LAUNCH, read_launch
from ragtui.runner.launch.prepare import Launch, metrics_of, open_launch
from ragtui.runner.launch.trust import remember_own, require
from ragtui.runner.plan.metrics import LEXICAL
from ragtui.runner.plan.plan import Plan
from ragtui.runner.plan.planfile import plan_of
from ragtui.runner.scoring.judges import Judge
from ragtui.sources.own.progress import read_progress
from ragtui.sources.own.summary import RESULTS, metric_entry
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
    told = {name for folder in launch.folders for name in read_progress(folder / RESULTS, ProblemLog(RESULTS)).told}
    for name in names:
        if name in score_names(launch.plan) and (name in told or name in LEXICAL):
            raise UsageError(
                f"{name}: the run has it already", "ragtui run RUN --retry-failed does failed scores again."
            )
        _add(document, launch.plan, plan, name)
    grown = _with_common(document, plan, plan_of(document, launch.plan.source, launch.plan.base))
    document = dict(grown.document)
    judges = judge_settings(tuple(Judge.load(spec) for spec in grown.judges), grown)
    for folder in launch.folders:
        resumed = RunWriter.resume(folder)
        with resumed.writer as writer:
            entries = [entry for entry in writer.summary.get("metrics") or () if entry.get("name") not in names]
            known = {entry.get("name") for entry in entries}
            fresh = [metric_entry(metric) for metric in metrics_of(grown) if metric.name not in known]
            writer.note(judges=judges, metrics=[*entries, *fresh])
        written = dict(read_launch(folder))
        written["plan"], written["added"] = document, list(dict.fromkeys((*launch.added, *names)))
        write_json(folder / LAUNCH, written)
        remember_own(written)
    return open_launch(run)


def score_names(plan: Plan) -> frozenset[str]:
    """A plan's scores as `add_scores` is told them: judges by metric, evaluators by call, scores without a model."""
    judges, evaluators = plan.judges, plan.evaluators
    return frozenset((*(j.metric.name for j in judges), *(e.call for e in evaluators), *plan.lexical))


def _with_common(document: dict[str, Any], plan: Plan, grown: Plan) -> Plan:
    """The plan with [judge] as it is now where that makes no other judge of any: it is no edit to ask about then."""
    if mapping(document.get("judge")) == mapping(plan.document.get("judge")) or "judge" not in plan.document:
        return grown
    same = plan_of({**document, "judge": plan.document["judge"]}, grown.source, grown.base)
    judges = ({judge.metric.name: judge for judge in one.judges} for one in (same, grown))
    return same if next(judges) == next(judges) else grown


def _add(document: dict[str, Any], before: Plan, plan: Plan, name: str) -> None:
    if name in {judge.metric.name for judge in plan.judges}:
        judges = dict(mapping(document.get("judges")))
        judges[name] = _judge_document(plan, name, before)
        document["judges"] = judges
    elif name in {evaluator.call for evaluator in plan.evaluators}:
        listed = plan.document.get("evaluators") or []
        entry = next(one for one in listed if one.get("call") == name)
        others = [one for one in document.get("evaluators") or [] if one.get("call") != name]
        document["evaluators"] = [*others, entry]
    elif name in LEXICAL:
        document["lexical"] = [*(document.get("lexical") or []), name]
    else:
        known = sorted(score_names(plan) | set(LEXICAL))
        table = f'[[evaluators]] with call = "{name}"' if ":" in name else f"[judges.{name}] or [[evaluators]]"
        raise UsageError(
            f"--add {name}: {plan.source} has no such score",
            f"Describe it there: {table}. It has {', '.join(known)}.",
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
