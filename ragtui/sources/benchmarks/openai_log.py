"""Event logs of OpenAI's `evals` library: a first line `spec`, events of samples, a last line `final_report`.

A log without a final report was cut off. Events of one sample are put together; where a sample was judged several
times with one kind of event, each is a repeat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, text, timestamp
from ragtui.model import Problem, RunStatus
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import listed, score, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_NOT_SCORES = frozenset({"choice", "sampled", "prompt", "options", "picked", "expected", "correct"})

Event = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """A first line `spec`, or an event."""
    spec = mapping(peek.record.get("spec"))
    return "eval_name" in spec or {"event_id", "sample_id", "type", "data"} <= set(peek.record)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a log."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(lines: Sequence[Event], source: Source) -> Iterator[Draft]:
    """The one run of a log."""
    spec = next((mapping(line["spec"]) for line in lines if "spec" in line), {})
    final = any("final_report" in line for line in lines)
    samples: dict[str, list[Event]] = defaultdict(list)
    for line in lines:
        if sample := identifier(line.get("sample_id")):
            samples[sample].append(line)
    records = [record for sample, events in samples.items() for record in _records(sample, events)]
    config = mapping(spec.get("run_config"))
    made = mapping(config.get("eval_spec"))
    models = [text(name) for name in listed(spec.get("completion_fns"))]
    names = dict.fromkeys(name for record in records for name in record["scores"])
    draft = Draft(
        name=" ".join(part for part in (text(spec.get("eval_name")), *models) if part) or source.path.stem,
        records=records,
        dataset=text(spec.get("eval_name")),
        pipeline={
            "completion_fns": models,
            "eval": made.get("cls"),
            "args": made.get("args"),
            "split": spec.get("split"),
        },
        metrics=as_stated(dict.fromkeys(("correct", "accuracy", "score", "f1_score"), True), names),
        created=timestamp(spec.get("created_at")),
        status=RunStatus.COMPLETE if final else RunStatus.PARTIAL,
        identity=text(spec.get("run_id")),
    )
    if not final:
        draft.note("the log has no final report: the run was cut off; samples without an event are missing")
    yield draft


def _records(sample: str, events: Sequence[Event]) -> list[Record]:
    """What all events say of a sample; every further judging of one kind is another record."""
    samplings = [mapping(event.get("data")) for event in events if event.get("type") == "sampling"]
    failed = next((mapping(event.get("data")) for event in events if event.get("type") == "error"), None)
    judged: dict[str, list[tuple[dict[str, Any], Event]]] = defaultdict(list)
    for event in events:
        data = mapping(event.get("data"))
        if event.get("type") in ("match", "metrics"):
            judged[text(event["type"])].append((_scores(event, data), data))
    times = max(map(len, judged.values()), default=1)
    first = samplings[0] if samplings else {}
    said = [_sampled(sampling) for sampling in samplings]
    match = judged["match"][0][1] if judged["match"] else {}
    base = {
        "line": events[0].get(LINE, 0),
        "item": sample,
        "question": spoken(first.get("prompt")),
        "expected": match.get("expected"),
        "output": said[0] if said else _sampled(match),
        "error": (text(failed.get("message")) or text(failed))
        if failed is not None and not any(judged.values())
        else "",
        "started_at": text(events[0].get("created_at")),
    }
    reason = "\n".join(said[1:])
    found = []
    for place in range(times):
        scores: dict[str, Any] = {}
        for parts in judged.values():
            if len(parts) > place:
                scores |= {name: score(value, rationale=reason) for name, value in parts[place][0].items()}
        told = [parts[place][1] for parts in judged.values() if len(parts) > place]
        choice = next((data["choice"] for data in told if "choice" in data), None)
        found.append(
            {**base, "repeat": str(place + 1), "scores": scores, "metadata": {"choice": choice} if choice else {}}
        )
    return found


def _scores(event: Event, data: Event) -> dict[str, Any]:
    if event.get("type") == "match":
        return {"correct": data.get("correct")}
    return {
        name: value
        for name, value in data.items()
        if name not in _NOT_SCORES and (value is None or isinstance(value, (int, float)))
    }


def _sampled(data: Event) -> str:
    said = data.get("sampled")
    return "\n".join(map(spoken, said)) if isinstance(said, list) else spoken(said)


FORMAT = Format(
    name="openai-evals",
    tool="OpenAI evals (library)",
    files="event logs (.jsonl)",
    told_by="a first line with `spec`, or events with `event_id` and `sample_id`",
    item="`sample_id`",
    repeat="several match or metrics events of one sample, in order",
    configuration="completion functions, the eval and its arguments; dataset: the eval's name",
    error="an error event without a judgement; a null score is missing",
    directions="stated for correct, accuracy, score and f1_score; else guessed",
    endings=(".jsonl", ".log"),
    sniff=sniff,
    read=read,
)
