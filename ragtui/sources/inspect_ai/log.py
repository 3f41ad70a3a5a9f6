"""What an Inspect AI log says, in ragtui's words; the same for `.eval` and `.json`.

Log formats 1 to 3 of Inspect AI (read up to 0.3.285): `eval`, `plan` and `results` describe the run, a sample in an
epoch is an item in a repeat, a scorer is a metric. A scorer whose value is an object becomes one metric a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp, whole
from ragtui.files.fields import score as as_score
from ragtui.model import (
    Configuration,
    DirectionFrom,
    Item,
    Judgement,
    Metric,
    MetricSummary,
    Problem,
    Result,
    Revision,
    RunHeader,
    RunStatus,
    canonical_hash,
    guess_metric,
)
from ragtui.sources.cube.records import error_text
from ragtui.sources.found import Request

GRADES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}
"""Inspect's letters: correct, incorrect, partially correct, no answer."""

KNOWN_VERSION = 3
_STATUS = {"success": RunStatus.COMPLETE, "cancelled": RunStatus.CANCELLED, "error": RunStatus.FAILED}
_NOT_SETTINGS = frozenset(
    {"max_connections", "max_retries", "timeout", "attempt_timeout", "batch", "seed", "adaptive_connections"}
)
_NO_MODELS = ("none", "none/none", "mockllm/model")
_JUDGING = re.compile("model|judge|grad|scor|prompt|template|instruct|rubric", re.IGNORECASE)
_LIMITS = ("message_limit", "token_limit", "time_limit", "working_limit", "cost_limit", "turn_limit")

Log = Mapping[str, Any]


def header_of(path: Path, log: Log, request: Request, notes: tuple[Problem, ...] = ()) -> RunHeader:
    """The header of a run from the log's head."""
    spec, results = mapping(log.get("eval")), mapping(log.get("results"))
    status = _STATUS.get(text(log.get("status")), RunStatus.PARTIAL)
    ids, epochs = sample_ids(log), whole(mapping(spec.get("config")).get("epochs")) or 1
    items = len(ids) or _planned_items(spec)
    total, done = whole(results.get("total_samples")), whole(results.get("completed_samples"))
    complete = status is RunStatus.COMPLETE and total is not None and done is not None
    stats = mapping(log.get("stats"))
    run_id = text(spec.get("eval_id")) or request.name
    return RunHeader(
        uid=f"{request.source}|{run_id}",
        id=run_id,
        name=_name(spec) or path.stem,
        source=request.source,
        format="inspect",
        location=str(path),
        configuration=configuration_of(log),
        created=timestamp(spec.get("created")),
        status=status,
        description=error_text(log.get("error")),
        items=items,
        repeats=epochs,
        results=total if complete else done,
        expected_results=items * epochs if items else None,
        errors=total - done if complete and total is not None and done is not None else None,
        metrics=_means(results),
        revision=_revision(spec.get("revision")),
        duration_s=_duration(stats),
        tokens=token_total(stats.get("model_usage")),
        problems=(*notes, *_version_problem(path, log)),
    )


def configuration_of(log: Log) -> Configuration:
    """Dataset, pipeline and judges. Epochs, seeds and connection limits are no settings: they do not change what is
    measured."""
    spec, plan = mapping(log.get("eval")), mapping(log.get("plan"))
    dataset, config = mapping(spec.get("dataset")), mapping(spec.get("config"))
    generate = {**mapping(spec.get("model_generate_config")), **mapping(plan.get("config"))}
    steps = plan.get("steps")
    pipeline = {
        "task": spec.get("task"),
        "task_version": spec.get("task_version"),
        "task_args": spec.get("task_args"),
        "model": spec.get("model"),
        "model_args": spec.get("model_args"),
        "model_roles": spec.get("model_roles"),
        "generate": {name: value for name, value in generate.items() if name not in _NOT_SETTINGS},
        "solver": [
            {"name": mapping(step).get("solver"), **mapping(mapping(step).get("params"))}
            for step in (steps if isinstance(steps, list) else [])
        ],
        "limits": {name: config[name] for name in _LIMITS if config.get(name) is not None},
    }
    ids = sample_ids(log)
    return Configuration(
        text(dataset.get("name")) or text(spec.get("task")),
        f"{len(ids)} items, {canonical_hash(sorted(ids), 6)}" if ids else text(dataset.get("samples")),
        {name: value for name, value in pipeline.items() if value not in (None, {}, [])},
        _judges(spec, mapping(log.get("results"))),
    )


def sample_ids(log: Log) -> tuple[str, ...]:
    """Ids of the items the run was about, where the log names them."""
    named = mapping(mapping(log.get("eval")).get("dataset")).get("sample_ids")
    return tuple(found for entry in named if (found := identifier(entry))) if isinstance(named, list) else ()


def numbers_of(scores: Any) -> dict[str, Any]:
    """A sample's scores by metric: letters as numbers, an object's keys as metrics of their own."""
    found: dict[str, Any] = {}
    for scorer, score in mapping(scores).items():
        value = score.get("value") if isinstance(score, dict) else score
        if isinstance(value, dict):
            found.update({f"{scorer}.{key}": _graded(inner) for key, inner in value.items()})
        elif isinstance(value, list):
            found.update({f"{scorer}.{position}": _graded(inner) for position, inner in enumerate(value, start=1)})
        else:
            found[scorer] = _graded(value)
    return found


def graded_in_letters(samples: Iterable[Log]) -> list[Metric]:
    """Metrics whose every score is one of Inspect's letters: correct is better than incorrect, whatever their name."""
    letters: dict[str, bool] = {}
    for sample in samples:
        for scorer, score in mapping(sample_scores(sample)).items():
            value = score.get("value") if isinstance(score, dict) else score
            several = value.items() if isinstance(value, dict) else ()
            for name, said in [(f"{scorer}.{key}", inner) for key, inner in several] or [(scorer, value)]:
                if said is not None:
                    letters[name] = letters.get(name, True) and isinstance(said, str) and said in GRADES
    return [guess_metric(name).directed(True, DirectionFrom.FILE) for name, all_are in letters.items() if all_are]


def _graded(value: Any) -> Any:
    return GRADES.get(value, value) if isinstance(value, str) else value


def judgements_of(scores: Any) -> dict[str, Judgement]:
    """A sample's scores with what the scorer said."""
    found = {}
    for scorer, score in mapping(scores).items():
        said = mapping(score)
        value = said.get("value") if said else score
        for metric, graded in numbers_of({scorer: score}).items():
            as_number = as_score(graded)
            found[metric] = Judgement(
                value=as_number,
                label=value if isinstance(value, str) else "",
                rationale=text(said.get("explanation")),
                raw="" if as_number is not None or graded is None else text(graded),
                error="" if as_number is not None or graded is None else f"not a finite number: {text(graded)[:80]}",
                judge=scorer,
            )
    return found


def item_of(sample: Log, item_id: str) -> Item:
    """The golden item as a sample repeats it."""
    attachments = mapping(sample.get("attachments"))
    target = sample.get("target")
    expected = " | ".join(text(entry) for entry in target) if isinstance(target, list) else text(target)
    return Item(item_id, _said(sample.get("input"), attachments), expected, mapping(sample.get("metadata")))


def result_of(sample: Log, item_id: str, repeat: str) -> Result:
    """Output, scores and measurements of a sample; a summary has no output."""
    attachments = mapping(sample.get("attachments"))
    return Result(
        item_id,
        repeat,
        output=_output(mapping(sample.get("output")), attachments),
        judgements=judgements_of(sample_scores(sample)),
        error=error_text(sample.get("error")),
        latency_s=sample_seconds(sample),
        tokens=_usage(sample.get("model_usage")),
        trace_id=text(sample.get("uuid")),
        started_at=text(sample.get("started_at")),
        metadata=mapping(sample.get("metadata")),
    )


def sample_scores(sample: Log) -> Any:
    """Scores by scorer; logs of the first format had a single unnamed `score`."""
    scores = sample.get("scores")
    return scores if scores is not None or sample.get("score") is None else {"score": sample["score"]}


def sample_seconds(sample: Log) -> float | None:
    """Working time, which leaves out waiting for a free connection; total time where only that is known."""
    seconds = number(sample.get("working_time"))
    return seconds if seconds is not None else number(sample.get("total_time"))


def token_total(usage: Any) -> int | None:
    """Tokens of all models together."""
    totals = [whole(mapping(model).get("total_tokens")) for model in mapping(usage).values()]
    known = [total for total in totals if total is not None]
    return sum(known) if known else None


def _usage(usage: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for model in mapping(usage).values():
        for field, name in (("input_tokens", "input"), ("output_tokens", "output"), ("total_tokens", "total")):
            if (count := whole(mapping(model).get(field))) is not None:
                sums[name] = sums.get(name, 0) + count
    return sums


def _name(spec: Log) -> str:
    """Task, the arguments it was given, and the model: what tells the logs of a folder apart."""
    arguments = mapping(spec.get("task_args_passed", spec.get("task_args")))
    given = [f"{name}={text(value)}" for name, value in arguments.items() if not isinstance(value, (dict, list))]
    model = text(spec.get("model"))
    parts = [text(spec.get("task")), *given, "" if model in _NO_MODELS else model.rpartition("/")[2]]
    name = " ".join(part for part in parts if part)
    return name if len(name) <= 80 else name[:79] + "…"


def _planned_items(spec: Log) -> int | None:
    """Samples of the dataset, no more than the limit the log was made with."""
    samples, limit = whole(mapping(spec.get("dataset")).get("samples")), whole(mapping(spec.get("config")).get("limit"))
    return min(samples, limit) if samples is not None and limit else samples


def _judges(spec: Log, results: Log) -> dict[str, Any]:
    """Scorers with their parameters; from the results where the log's head does not list them."""
    listed, scored = spec.get("scorers"), results.get("scores")
    if isinstance(listed, list) and listed:
        entries = [(entry.get("name"), entry.get("options") or entry.get("params")) for entry in map(mapping, listed)]
    else:
        scores = map(mapping, scored if isinstance(scored, list) else [])
        entries = [(entry.get("scorer"), entry.get("params")) for entry in scores if entry.get("scorer")]
    given = mapping(spec.get("task_args"))
    return {text(name): _own_parameters(mapping(parameters), given) for name, parameters in entries}


def _own_parameters(parameters: Log, given: Log) -> dict[str, Any]:
    """A scorer's parameters without the task arguments that were only handed on to it: those are settings of what is
    measured, and would make every two variants of a task look as if they had different judges."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in given or given[name] != value or _JUDGING.search(name)
    }


def _means(results: Log) -> tuple[MetricSummary, ...]:
    found: dict[str, MetricSummary] = {}
    scores = results.get("scores")
    for entry in scores if isinstance(scores, list) else []:
        score = mapping(entry)
        if score.get("reducer") not in (None, "mean"):
            continue
        scorer, name = text(score.get("scorer")), text(score.get("name"))
        metrics = mapping(score.get("metrics"))
        mean = next((mapping(metrics[key]).get("value") for key in ("mean", "accuracy") if key in metrics), None)
        scored, unscored = whole(score.get("scored_samples")) or 0, whole(score.get("unscored_samples")) or 0
        metric = name if name == scorer or not scorer else f"{scorer}.{name}"
        found.setdefault(metric, MetricSummary(metric, number(mean), scored, scored + unscored))
    return tuple(found.values())


def _revision(value: Any) -> Revision | None:
    fields = mapping(value)
    commit = text(fields.get("commit"))
    return Revision(commit, dirty=fields.get("dirty") is True) if commit else None


def _duration(stats: Log) -> float | None:
    started, completed = timestamp(stats.get("started_at")), timestamp(stats.get("completed_at"))
    return (completed - started).total_seconds() if started and completed and completed > started else None


def _version_problem(path: Path, log: Log) -> tuple[Problem, ...]:
    if log.get("invalidated") is True:
        message = "the log is marked as invalidated: some of its samples should not be counted"
        return (Problem(str(path), message, "run the eval again, or `inspect eval-retry` it"),)
    version = whole(log.get("version"))
    if version is None or version <= KNOWN_VERSION:
        return ()
    message = f"Inspect log format {version} is newer than this ragtui knows ({KNOWN_VERSION}); what it knows is shown"
    return (Problem(str(path), message, "update ragtui"),)


def _output(output: Log, attachments: Log) -> str:
    choices = output.get("choices")
    if isinstance(choices, list) and choices:
        said = _said([mapping(mapping(choices[0]).get("message"))], attachments)
        if said:
            return said
    return _attached(text(output.get("completion")), attachments)


def _said(content: Any, attachments: Log) -> str:
    """Text of a message, of a list of messages, or of a list of content parts; pictures as a word."""
    if isinstance(content, str):
        return _attached(content, attachments)
    if not isinstance(content, list):
        return ""
    messages = [mapping(part) for part in content]
    several = sum(bool(message.get("role")) for message in messages) > 1
    lines = []
    for message in messages:
        if "content" in message:
            said = _said(message["content"], attachments)
            lines.append(f"{text(message.get('role'))}: {said}" if several and said else said)
        else:
            lines.append(_part(message, attachments))
    return "\n".join(line for line in lines if line)


def _part(part: Log, attachments: Log) -> str:
    if part.get("type") in (None, "text"):
        return _attached(text(part.get("text")), attachments)
    return "" if part.get("type") == "reasoning" else f"[{text(part.get('type'))}]"


def _attached(said: str, attachments: Log) -> str:
    """Long texts are stored apart, as `attachment://<hash>`."""
    if not said.startswith("attachment://"):
        return said
    return text(attachments.get(said.removeprefix("attachment://"))) or said
