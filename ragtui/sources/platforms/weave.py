"""Weave evaluations: exported calls of `Evaluation.predict_and_score`, as JSON Lines, JSON or CSV.

The export flattens objects into dotted columns; calls fetched through the client keep them as objects. An example that
was predicted several times in one evaluation is another trial. What `predict_and_score` returns is read as
weave/evaluation/eval.py (of wandb/weave on GitHub) writes it: a model that raised leaves no exception on the call, but
no output and no scores beside a `model_latency`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import parsed, question_in, score, seconds_between, spoken, truth, usage
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_OP = "predict_and_score"
_REF = re.compile(r"/attr/rows/id/([A-Za-z0-9]+)$")
_RATIONALE = ("reasoning", "rationale", "reason", "explanation", "why", "comment")

Call = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Calls of an evaluation's step."""
    if _OP in text(peek.record.get("op_name")) or _OP in text(peek.record.get("display_name")):
        return True
    scored = any(name.startswith("output.scores.") for name in peek.fields)
    return scored and any(
        name == "op_name" or name.startswith(("inputs.example", "inputs.self")) for name in peek.fields
    )


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run an evaluation."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """One run an evaluation."""
    calls = [_unflattened(row) for row in rows]
    steps = [call for call in calls if _OP in text(call.get("op_name")) or "scores" in mapping(call.get("output"))]
    by_run: dict[str, list[Call]] = {}
    for call in steps:
        by_run.setdefault(text(call.get("parent_id")) or text(call.get("trace_id")), []).append(call)
    for run, of_run in by_run.items():
        records = [_record(call) for call in of_run]
        number_repeats(records)
        model = {_named(mapping(call.get("inputs")).get("model")) for call in of_run} - {""}
        draft = Draft(
            key=run if len(by_run) > 1 else "",
            name=f"{source.path.stem} {run[:8]}" if len(by_run) > 1 else source.path.stem,
            records=records,
            pipeline={"model": model.pop()} if len(model) == 1 else {},
            metrics=as_stated({}, (name for record in records for name in record["scores"])),
            created=min(filter(None, (timestamp(call.get("started_at")) for call in of_run)), default=None),
            identity=run,
        )
        yield draft


def _unflattened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted columns as objects again."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if value in (None, ""):
            continue
        *outer, last = name.split(".") if "." in name else (name,)
        place = found
        for part in outer:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        place[last] = parsed(value)
    return found


def _named(reference: Any) -> str:
    """Name and version in a reference such as weave:///team/project/object/Model:abc."""
    said = reference if isinstance(reference, str) else text(mapping(reference).get("name"))
    return said.rpartition("/object/")[2] or said


def _record(call: Call) -> Record:
    inputs, output = mapping(call.get("inputs")), mapping(call.get("output"))
    example = inputs.get("example")
    reference = _REF.search(example) if isinstance(example, str) else None
    asked = mapping(example)
    error = text(call.get("exception")) or _swallowed(output)
    seconds = number(output.get("model_latency"))
    seconds = seconds if seconds is not None else as_score(output.get("model_latency"))
    spent = mapping(mapping(call.get("summary")).get("usage"))
    return {
        "line": call.get(LINE, 0),
        "item": reference[1] if reference else identifier(asked.get("id")) or id_of(example),
        "question": question_in(example) if not reference else "",
        "expected": next((asked[name] for name in ("expected", "target", "label", "answer") if name in asked), None),
        "output": spoken(output.get("output", output.get("model_output"))),
        "scores": {} if error else dict(_scores(mapping(output.get("scores")))),
        "error": error,
        "latency_s": seconds if seconds is not None else seconds_between(call.get("started_at"), call.get("ended_at")),
        "tokens": _tokens(spent),
        "trace_id": text(call.get("trace_id")),
        "started_at": text(call.get("started_at")),
        "metadata": {name: value for name, value in asked.items() if not isinstance(value, (dict, list))},
    }


def _swallowed(output: Call) -> str:
    """Why a call without an exception failed all the same; empty for those that did not."""
    nothing = output.get("output", output.get("model_output")) in (None, "")
    failed = "model_latency" in output and nothing and not mapping(output.get("scores"))
    return "the model call failed: neither output nor scores were recorded" if failed else ""


def _scores(said: Call) -> Iterator[tuple[str, Any]]:
    """A scorer that answers with one number is a metric; one that answers with an object has one a number in it."""
    for scorer, value in said.items():
        if not isinstance(value, dict):
            yield scorer, score(truth(value))
            continue
        rationale = next((text(value[name]) for name in _RATIONALE if value.get(name)), "")
        numbers = {name: inner for name, inner in value.items() if as_score(truth(inner)) is not None}
        for name, inner in numbers.items():
            yield f"{scorer}.{name}", score(truth(inner), rationale=rationale)
        if not numbers:
            yield scorer, score(None, rationale=rationale)


def _tokens(spent: Call) -> dict[str, int]:
    total: dict[str, int] = {}
    for of_model in spent.values():
        for name, count in usage(of_model).items():
            total[name] = total.get(name, 0) + count
    return total


FORMAT = Format(
    name="weave",
    tool="Weave",
    files="exported calls of an evaluation as .jsonl, .json or .csv",
    told_by="calls of `Evaluation.predict_and_score`, or `output.scores.` columns beside `inputs.example`",
    item="the example's row id; made from the example without one",
    repeat="calls of one evaluation for the same example, in order (Weave's trials)",
    configuration="one run an evaluation call; the model it was given",
    error="`exception`",
    endings=(".jsonl", ".json", ".csv"),
    sniff=sniff,
    read=read,
)
