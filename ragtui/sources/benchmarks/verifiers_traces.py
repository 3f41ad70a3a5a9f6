"""verifiers from 0.4 on: `traces.jsonl` of an evaluation, a line an episode, with the traces of its agents inside.

Read as verifiers.v1.episode and verifiers.v1.trace of release 0.4.0 write it. Episodes of one task are repeats, in the
order they ended. The reward is the sum of an agent's rewards by their weights, as `Trace.reward` has it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.model import Problem, canonical_hash
from ragtui.places import real_path
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import objects, score, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_EXPECTED = ("answer", "expected", "reference", "target", "ground_truth", "solution")
_OF_AGENT = ("model", "sampling", "max_turns", "max_output_tokens", "max_total_tokens")
_PLUMBING = frozenset(
    {"idx", "id", "name", "prompt", "image", "workdir", "agent_user", "artifact_max_bytes", *_EXPECTED}
)
"""Fields of a task that are no metadata of the item."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Episodes with traces."""
    record = peek.record
    return {"env", "task", "ok", "traces"} <= set(record) and isinstance(record["traces"], list)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an environment and settings of its agents."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """One run an environment and settings of its agents."""
    settings = [_settings(row) for row in rows]
    known = {text(row.get("env", {})): said for row, said in zip(rows, settings, strict=True) if said["agents"]}
    by_run: dict[str, list[Row]] = {}
    by_key: dict[str, dict[str, Any]] = {}
    for row, said in zip(rows, settings, strict=True):
        own = said if said["agents"] else known.get(text(row.get("env", {})), said)  # a failed episode has no traces
        key = canonical_hash(own)
        by_run.setdefault(key, []).append(row)
        by_key[key] = own
    for key, of_run in by_run.items():
        records = [_record(row) for row in of_run]
        number_repeats(records)
        env, agents = text(by_key[key]["env"]), by_key[key]["agents"]
        models = dict.fromkeys(text(agent.get("model")).rpartition("/")[2] for agent in agents.values())
        named = dict.fromkeys(name for record in records for name in record["scores"])
        yield Draft(
            key=f"{env} {key[:4]}" if len(by_run) > 1 else "",
            name=" ".join(part for part in (env, *models) if part) or real_path(source.path).parent.name,
            records=records,
            dataset=env,
            pipeline=agents if len(agents) > 1 else next(iter(agents.values()), {}),
            metrics=as_stated({name: True for name in named if name.partition("[")[0] == "reward"}, named),
            created=min(filter(None, (timestamp(record["started_at"]) for record in records)), default=None),
        )


def _settings(row: Row) -> dict[str, Any]:
    agents = {}
    for trace in objects(row.get("traces")):
        agent = mapping(trace.get("agent"))
        config = mapping(agent.get("config"))
        own = {name: config[name] for name in _OF_AGENT if config.get(name) is not None}
        if harness := text(mapping(config.get("harness")).get("id")):
            own["harness"] = harness
        agents[text(agent.get("name"))] = own
    return {"env": mapping(row.get("env")).get("id"), "agents": agents}


def _record(row: Row) -> Record:
    task, traces = mapping(row.get("task")), objects(row.get("traces"))
    data = mapping(task.get("data"))
    failed = [] if row.get("ok") is True else [*objects(row.get("errors"))]
    failed += [error for trace in traces if trace.get("ok") is not True for error in objects(trace.get("errors"))]
    ok = row.get("ok") is True and all(trace.get("ok") is True for trace in traces) and bool(traces)
    scores: dict[str, Any] = {}
    names = [text(mapping(trace.get("agent")).get("name")) for trace in traces]
    for place, (name, trace) in enumerate(zip(names, traces, strict=True)):
        of = "" if len(traces) == 1 else name if names.count(name) == 1 else f"{name} {names[: place + 1].count(name)}"
        scores |= {f"{metric}[{of}]" if of else metric: said for metric, said in _scores(trace).items()}
    usages = [mapping(call.get("usage")) for trace in traces for call in objects(trace.get("calls"))]
    counts = {"input": _sum(usages, "prompt_tokens"), "output": _sum(usages, "completion_tokens"),
              "cache_read": _sum(usages, "cached_input_tokens")}  # fmt: skip
    took = [mapping(mapping(trace.get("timing")).get("agent")) for trace in traces]
    seconds = [
        end - start for span in took if (end := number(span.get("end"))) and (start := number(span.get("start")))
    ]
    return {
        "line": row.get(LINE, 0),
        "item": text(task.get("key")) or text(task.get("hash")) or identifier(data.get("id")) or id_of(data),
        "question": spoken(data.get("prompt")),
        "expected": next((data[name] for name in _EXPECTED if data.get(name) is not None), None),
        "output": "\n".join(filter(None, map(_answer, traces))),
        "scores": scores if ok else {},
        "error": "" if ok else _why(failed[-1] if failed else {}) or "the episode did not complete",
        "latency_s": sum(seconds) if seconds else None,
        "cost_usd": _sum(usages, "cost"),
        "tokens": {name: int(count) for name, count in counts.items() if count is not None},
        "trace_id": text(row.get("id")),
        "started_at": next((mapping(trace.get("timing")).get("start") for trace in traces), None),
        "metadata": {
            **{name: value for name, value in data.items()
               if name not in _PLUMBING and isinstance(value, (str, int, float, bool))},
            **{name: text(data[name]) for name in ("id", "name") if data.get(name) is not None},
            **next(({"stop_condition": said} for trace in traces if (said := trace.get("stop_condition"))), {}),
        },
    }  # fmt: skip


def _scores(trace: Row) -> dict[str, Any]:
    """The reward, its parts where it has several, and metrics; a part that is null was not scored."""
    rewards = mapping(trace.get("rewards"))
    values = {name: number(mapping(said).get("score")) for name, said in rewards.items()}
    weights = {name: number(mapping(said).get("weight")) for name, said in rewards.items()}
    broken = score(None, error="scoring did not run")
    found: dict[str, Any] = {}
    if rewards:
        said = [
            value * (1.0 if (weight := weights[name]) is None else weight)
            for name, value in values.items()
            if value is not None
        ]
        found["reward"] = score(sum(said)) if len(said) == len(values) else broken
    if len(rewards) > 1:
        found |= {f"reward.{name}": broken if value is None else score(value) for name, value in values.items()}
    return found | {name: said for name, said in mapping(trace.get("metrics")).items() if name not in found}


def _answer(trace: Row) -> str:
    """The last thing the model said."""
    said = [mapping(node.get("message")) for node in objects(trace.get("nodes")) if node.get("sampled") is True]
    return text(trace.get("root_reply")) or (spoken(said[-1].get("content")) if said else "")


def _why(error: Row) -> str:
    return ": ".join(part for part in (text(error.get("type")), text(error.get("message"))) if part)


def _sum(usages: Sequence[Row], name: str) -> float | None:
    said = [count for usage in usages if (count := number(usage.get(name))) is not None]
    return sum(said) if said else None


FORMAT = Format(
    name="verifiers-traces",
    tool="verifiers",
    files="traces.jsonl (0.4 and later)",
    told_by="lines with `env`, `task` and `traces`",
    item="the task's `key`, else its `hash`",
    repeat="episodes of one task, in order",
    configuration="environment; model, sampling and harness of its agents",
    error="an episode or trace that is not `ok`; a reward that is null is an error of its metric",
    directions="reward stated; metrics guessed from their names",
    endings=(".jsonl",),
    sniff=sniff,
    read=read,
)
