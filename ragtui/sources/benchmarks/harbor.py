"""Harbor jobs: a folder with a trial in each folder below it. A trial's `result.json` has the verifier's rewards.

An exception beside rewards is only told: the verifier runs after an agent that ran out of time, and its word counts,
unless the trial itself says that its reward is not valid (`reward_valid`). Trials of several steps have what each step
took in `step_results`. Read as harbor.models.trial.result of Harbor 0.26.0 writes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.files.fields import mapping, number, text, timestamp, whole
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem, canonical_hash
from ragtui.sources.drafts.beside import json_at
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import number_repeats
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_with
from ragtui.sources.drafts.values import objects, score, seconds_between
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_CONFIG, _RESULT = "config.json", "result.json"
_AT_MOST = 50_000
_OF_AGENT = ("skills", "override_timeout_sec", "max_timeout_sec", "resume_trajectory", "load_trajectory")
_OF_TRIAL = ("timeout_multiplier", "agent_timeout_multiplier", "extra_instructions", "extra_instruction_paths")
"""Settings two arms of a job may differ in alone: an agent with one skill more. Of the servers of its tools and of
the agent that plays the user only the names, as the rest may hold keys."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """A trial's result."""
    return {"trial_name", "task_name"} <= set(peek.top) and bool(
        {"verifier_result", "agent_info", "config"} & set(peek.top)
    )


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """A job's folder: all of it."""
    if _CONFIG not in names or not _is_job(folder):
        return frozenset()
    return names


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The one trial of a file."""
    yield from read_with(
        peek.path, request, FORMAT, drafts, lambda path, problems: {path.parent.name: json_at(path, problems)}
    )


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """One run an agent and model of a job."""
    yield from read_with(folder, request, FORMAT, drafts, _trials)


def _is_job(folder: Path) -> bool:
    config = mapping(json_at(folder / _CONFIG, ProblemLog(str(folder))))
    return "agents" in config and bool({"jobs_dir", "n_attempts", "datasets", "job_name", "orchestrator"} & set(config))


def _trials(folder: Path, problems: ProblemLog) -> dict[str, Any]:
    """Result of each trial by its folder's name; its configuration where it has no result."""
    found = {}
    for place in sorted(entry for entry in folder.iterdir() if entry.is_dir())[:_AT_MOST]:
        result = json_at(place / _RESULT, problems)
        config = None if result is not None else json_at(place / _CONFIG, problems)
        if result is not None or config is not None:
            found[place.name] = result if result is not None else {"config": config}
    return found


def drafts(trials: Mapping[str, Any], source: Source) -> Iterator[Draft]:
    """One run an agent, model and settings."""
    by_run: dict[str, list[tuple[str, Row]]] = {}
    settings: dict[str, dict[str, Any]] = {}
    for name, trial in trials.items():
        said = _settings(mapping(trial))
        key = canonical_hash(said)
        settings[key] = said
        by_run.setdefault(key, []).append((name, mapping(trial)))
    for key, of_run in by_run.items():
        of_run.sort(key=lambda entry: (text(entry[1].get("started_at")), entry[0]))
        records = [_record(name, trial) for name, trial in of_run]
        number_repeats(records)
        label = " ".join(
            part for part in (settings[key]["agent"], text(settings[key]["model"]).rpartition("/")[2]) if part
        )
        names = dict.fromkeys(["reward", *(name for record in records for name in record["scores"])])
        sources = {text(trial.get("source")) for _, trial in of_run} - {""}
        yield Draft(
            key=f"{label} {key[:4]}" if len(by_run) > 1 else "",
            name=label or source.path.name,
            records=records,
            dataset=", ".join(sorted(sources)),
            pipeline={name: value for name, value in settings[key].items() if value not in (None, "", {}, [])},
            metrics=[stated(name) for name in names],
            created=min(filter(None, (timestamp(trial.get("started_at")) for _, trial in of_run)), default=None),
        )


def _settings(trial: Row) -> dict[str, Any]:
    config, info = mapping(trial.get("config")), mapping(trial.get("agent_info"))
    agent, model = mapping(config.get("agent")), mapping(info.get("model_info"))
    return {
        "agent": text(info.get("name")) or text(agent.get("name")) or text(agent.get("import_path")),
        "agent_version": info.get("version"),
        "model": text(agent.get("model_name"))
        or "/".join(filter(None, (text(model.get("provider")), text(model.get("name"))))),
        "kwargs": agent.get("kwargs"),
        "user_agent": {
            name: mapping(config.get("user_agent")).get(name) for name in ("name", "import_path", "model_name")
        }
        if config.get("user_agent")
        else None,
        "mcp_servers": [text(server.get("name")) for server in objects(agent.get("mcp_servers"))],
        **{name: agent.get(name) for name in _OF_AGENT},
        **{name: config.get(name) for name in _OF_TRIAL},
    }


def _record(folder: str, trial: Row) -> Record:
    rewards = mapping(mapping(trial.get("verifier_result")).get("rewards"))
    steps = objects(trial.get("step_results"))
    broken = next((found for part in (trial, *steps) if (found := mapping(part.get("exception_info")))), {})
    said = ": ".join(
        part for part in (text(broken.get("exception_type")), text(broken.get("exception_message"))) if part
    )
    if trial.get("reward_valid") is False:
        rewards = {}
    task = (
        text(trial.get("task_name"))
        or text(mapping(mapping(trial.get("config")).get("task")).get("path")).rpartition("/")[2]
    )
    parts = [trial] if mapping(trial.get("agent_result")) or not steps else steps
    names = {"input": "n_input_tokens", "output": "n_output_tokens", "cached": "n_cache_tokens"}
    counts = {role: _spent(parts, name, whole) for role, name in names.items()}
    counted = {name: count for name, count in counts.items() if count is not None and name != "cached"}
    return {
        "item": task or folder.partition("__")[0],
        "scores": {text(name): score(value, label=said) for name, value in rewards.items()},
        "error": "" if rewards else said or _NO_REWARD[trial.get("reward_valid") is False],
        "latency_s": _seconds([trial] if mapping(trial.get("agent_execution")) else steps),
        "cost_usd": _spent(parts, "cost_usd", number),
        "tokens": counted,
        "trace_id": text(trial.get("id")),
        "started_at": text(trial.get("started_at")),
        "metadata": {"trial": text(trial.get("trial_name")) or folder}
        | ({"exception": said} if said else {})
        | ({"cached_tokens": counts["cached"]} if counts["cached"] else {}),
    }


_NO_REWARD = ("the trial has no reward", "the trial says that its reward is not valid")


def _spent(parts: Sequence[Row], name: str, read_as: Callable[[Any], Any]) -> Any:
    """A count or a cost over the parts of a trial that say one; None where none does."""
    said = [found for part in parts if (found := read_as(mapping(part.get("agent_result")).get(name))) is not None]
    return sum(said) if said else None


def _seconds(parts: Sequence[Row]) -> float | None:
    """How long the agent worked, all steps together; None where a step does not say."""
    done = [mapping(part.get("agent_execution")) for part in parts]
    took = [seconds_between(part.get("started_at"), part.get("finished_at")) for part in done]
    known = [seconds for seconds in took if seconds is not None]
    return sum(known) if known and len(known) == len(took) else None


FORMAT = Format(
    name="harbor",
    tool="Harbor",
    files="job folders (trials with result.json)",
    told_by="a folder whose config.json names `agents`, with trials below it; a trial's result.json",
    item="task name",
    repeat="trials of one task, in the order they started",
    configuration="one run an agent, model and their settings",
    error="a trial without rewards, or whose `reward_valid` is false: its exception",
    directions="stated",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
