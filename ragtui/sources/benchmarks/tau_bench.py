"""tau-bench and tau2-bench: simulated conversations with a reward; trials are repeats.

tau2-bench writes one JSON document, or results.json with an index and each simulation into a file of its own in the
folder `simulations` beside it (tau2.data_model.simulation of August 2026).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp, whole
from ragtui.files.problems import ProblemLog
from ragtui.model import Problem, Revision
from ragtui.sources.drafts.beside import json_at
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document, read_rows, read_with
from ragtui.sources.drafts.values import objects, score, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek, load_json

_RESULTS, _SIMULATIONS = "results.json", "simulations"
_AT_MOST = 50_000
_FIRST = frozenset({"task_id", "reward", "info", "traj"})
_FILE = re.compile(r"^(?P<agent>.+?)-(?P<temperature>\d+(?:\.\d+)?)_range_[^_]*_user-(?P<user>.+)_\d{10}$")
_BROKEN = frozenset({"user_error", "infrastructure_error", "error", "unexpected_error"})
"""Reasons of tau2-bench to end a simulation that say nothing about the agent. `agent_error` is not one: the agent broke
the rules of the conversation (an empty message, one with text and a call), and its reward of 0 is its own."""
_SETTINGS = ("max_steps", "max_errors", "retrieval_config", "retrieval_config_kwargs", "speech_complexity",
             "audio_native_config")  # fmt: skip

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Results of tau-bench, or simulations of tau2-bench."""
    if set(peek.record) >= _FIRST:
        return True
    simulations = objects(peek.top.get("simulations"))
    if simulations:
        return {"task_id", "trial"} <= set(simulations[0])
    return _is_index(peek.top) and (peek.path.parent / _SIMULATIONS).is_dir()


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """Results with the folder of their simulations."""
    if _RESULTS in names and _SIMULATIONS in names and sniff(Peek(folder / _RESULTS)):
        return frozenset({_RESULTS, _SIMULATIONS})
    return frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run of a folder."""
    yield from read(Peek(folder / _RESULTS), request)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    if peek.top and not objects(peek.top.get("simulations")) and _is_index(peek.top):
        yield from read_with(peek.path, request, FORMAT, drafts, _with_simulations)
    elif peek.kind == "lines":
        yield from read_rows(peek, request, FORMAT, drafts)
    else:
        yield from read_document(peek, request, FORMAT, drafts)


def _is_index(top: Row) -> bool:
    return {"info", "tasks"} <= set(top) and ("simulation_index" in top or "user_info" in mapping(top["info"]))


def _with_simulations(path: Path, problems: ProblemLog) -> dict[str, Any]:
    """The document that the files are together; what the index says of a simulation whose file is gone."""
    document = dict(mapping(load_json(path)))
    places = sorted((path.parent / _SIMULATIONS).glob("*.json"))[:_AT_MOST]
    found = {place.stem: said for place in places if isinstance(said := json_at(place, problems), dict)}
    gone = [entry for entry in objects(document.get("simulation_index")) if text(entry.get("id")) not in found]
    if gone:
        problems.add(f"{len(gone)} simulations have no file: what the index says of them is read")
    indexed = [{**entry, "reward_info": {"reward": entry.get("reward")}} for entry in gone]
    return {**document, "simulations": [*found.values(), *indexed]}


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a file."""
    if isinstance(document, dict):
        yield _second(document, source)
        return
    rows = [row for row in objects(document) if "task_id" in row]
    named = _FILE.match(source.path.stem)
    records = [_of_first(row) for row in rows]
    yield Draft(
        name=named["agent"] if named else source.path.stem,
        records=records,
        dataset="tau-bench",
        pipeline={name: said for name, said in named.groupdict().items() if said} if named else {},
        metrics=_metrics(records),
    )


def _metrics(records: Sequence[Record]) -> list[Any]:
    return [
        stated(name) for name in dict.fromkeys(["reward", *(name for record in records for name in record["scores"])])
    ]


def _trial(row: Row) -> str:
    trial = number(row.get("trial"))
    return str(int(trial) + 1) if trial is not None and trial.is_integer() else identifier(row.get("trial"))


def _of_first(row: Row) -> Record:
    info = mapping(row.get("info"))
    task = mapping(info.get("task"))
    parts = mapping(mapping(info.get("reward_info")).get("info"))
    error = text(info.get("error"))
    scores = {"reward": row.get("reward")} | {
        name: value for name, value in parts.items() if name.startswith("r_") and isinstance(value, (int, float))
    }
    return {
        "item": identifier(row.get("task_id")),
        "repeat": _trial(row),
        "question": text(task.get("instruction")),
        "expected": text(task.get("actions")) if task.get("actions") else "",
        "output": _last_word(row.get("traj")),
        "scores": {} if error else scores,
        "error": error,
        "metadata": {
            name: value
            for name, value in (("user_id", task.get("user_id")), ("user_cost", number(info.get("user_cost"))))
            if value is not None
        },
    }


def _last_word(messages: Any) -> str:
    said = [message for message in objects(messages) if message.get("role") == "assistant" and message.get("content")]
    return spoken(said[-1]["content"]) if said else ""


def _second(document: Row, source: Source) -> Draft:
    info = mapping(document.get("info"))
    tasks = {identifier(task.get("id")): task for task in objects(document.get("tasks"))}
    simulations = objects(document.get("simulations"))
    records = [_of_second(row, mapping(tasks.get(identifier(row.get("task_id"))))) for row in simulations]
    agent, user = mapping(info.get("agent_info")), mapping(info.get("user_info"))
    domain = text(mapping(info.get("environment_info")).get("domain_name"))
    commit = text(info.get("git_commit"))
    draft = Draft(
        name=" ".join(part for part in (domain, text(agent.get("llm"))) if part) or source.path.stem,
        records=records,
        dataset=domain,
        pipeline={
            "agent": {name: agent.get(name) for name in ("implementation", "llm", "llm_args")},
            "user": {name: user.get(name) for name in ("implementation", "llm", "llm_args")},
            **{name: info.get(name) for name in _SETTINGS},
        },
        metrics=_metrics(records),
        items=list(tasks) if simulations else (),
        created=timestamp(document.get("timestamp")),
        revision=Revision(commit) if commit else None,
    )
    if counted := sum("reward" in mapping(row.get("reward_info")) and _is_broken(row) for row in simulations):
        draft.note(
            f"{counted} simulations ended by an error of user or machine: errors, which tau2-bench scores with 0"
        )
    return draft


def _is_broken(row: Row) -> bool:
    return text(row.get("termination_reason")) in _BROKEN


def _of_second(row: Row, task: Row) -> Record:
    told = mapping(row.get("reward_info"))
    why = text(row.get("termination_reason"))
    broken = _is_broken(row)
    scores: dict[str, Any] = {}
    if "reward" in told:
        scores["reward"] = score(told.get("reward"), label=why, rationale=_checks(told))
    elif not broken:
        scores["reward"] = score(None, error=f"no reward ({why or 'no reason given'})")
    breakdown = mapping(told.get("reward_breakdown"))
    scores |= {f"reward.{name}": value for name, value in breakdown.items() if isinstance(value, (int, float))}
    scenario = mapping(task.get("user_scenario")).get("instructions")
    return {
        "item": identifier(row.get("task_id")),
        "repeat": _trial(row),
        "question": spoken(scenario),
        "output": _last_word(row.get("messages")),
        "scores": {} if broken else scores,
        "error": why if broken else "",
        "latency_s": number(row.get("duration")),
        "cost_usd": number(row.get("agent_cost")),
        "tokens": _tokens(row),
        "started_at": text(row.get("start_time")),
        "metadata": {"termination_reason": why} if why else {},
    }


def _checks(told: Row) -> str:
    """What the judges of a reward said: of each check whether it was met, and why."""
    lines = []
    for kind, name in (("nl_assertions", "nl_assertion"), ("communicate_checks", "info")):
        for check in objects(told.get(kind)):
            met, why = "met" if check.get("met") is True else "not met", text(check.get("justification"))
            lines.append(f"{text(check.get(name))}: {met}" + (f" ({why})" if why else ""))
    note = text(mapping(told.get("info")).get("note"))
    return "\n".join([*lines, note] if note else lines)


def _tokens(row: Row) -> dict[str, int]:
    """What the agent's messages took, where each of them that was generated says so."""
    said = [mapping(entry.get("usage")) for entry in objects(row.get("messages")) if entry.get("role") == "assistant"]
    used = [usage for usage in said if usage]
    names = {"input": "prompt_tokens", "output": "completion_tokens"}
    return {role: sum(whole(usage.get(name)) or 0 for usage in used) for role, name in names.items()} if used else {}


FORMAT = Format(
    name="tau-bench",
    tool="tau-bench, tau2-bench",
    files="result lists of tau-bench; simulations of tau2-bench, in one file or a folder",
    told_by="`task_id`, `reward`, `info` and `traj`; or `simulations` with `task_id` and `trial`",
    item="`task_id`",
    repeat="`trial`",
    configuration="agent, user simulator and their settings (from the file's name for tau-bench)",
    error="`info.error`; a simulation that ended by an error of user or machine; an error of the agent has its reward",
    directions="stated",
    endings=(".json", ".jsonl"),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
