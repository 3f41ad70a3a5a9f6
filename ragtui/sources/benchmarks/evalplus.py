"""EvalPlus: `…_eval_results.json` of HumanEval+ and MBPP+: samples of each task, by their tests.

`base` are the benchmark's own tests and `plus` those of EvalPlus; without them (`--base-only`) there is no plus
(evalplus.evaluate of release 0.3.1). A test that ran out of time is a failed one, as EvalPlus counts it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import mapping, text, timestamp
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.values import objects, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_PARTS = ("base", "plus")
_PASSES = {"pass": 1.0, "fail": 0.0, "timeout": 0.0}


def sniff(peek: Peek) -> bool:
    """Samples by task, with the status of their tests."""
    tasks = peek.top.get("eval")
    first = next(iter(tasks.values()), None) if isinstance(tasks, dict) else None
    return "base_status" in next(iter(objects(first)), {})


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    yield from read_document(peek, request, FORMAT, drafts)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a file."""
    results = mapping(document)
    records = [
        _record(task, number, mapping(sample))
        for task, samples in mapping(results.get("eval")).items()
        for number, sample in enumerate(objects(samples), 1)
    ]
    names = dict.fromkeys(name for record in records for name in record["scores"])
    yield Draft(
        name=source.path.stem.removesuffix("_eval_results"),
        records=records,
        dataset="HumanEval+" if all(record["item"].startswith("HumanEval") for record in records) else "MBPP+",
        dataset_version=text(results.get("hash")),
        metrics=[stated(name, scale=(0.0, 1.0)) for name in names],
        created=timestamp(text(results.get("date"))),
    )


def _record(task: str, number: int, sample: Mapping[str, Any]) -> Record:
    scores = {}
    for part in _PARTS:
        status = text(sample.get(f"{part}_status"))
        if status:
            failed = ", ".join(map(text, sample.get(f"{part}_fail_tests") or ()))
            known = _PASSES.get(status)
            error = "" if known is not None else f"unknown status {status}"
            scores[part] = score(known, label=status, error=error, rationale=f"fails {failed}" if failed else "")
    return {"item": task, "repeat": str(number), "output": text(sample.get("solution")), "scores": scores}


FORMAT = Format(
    name="evalplus",
    tool="EvalPlus",
    files="*_eval_results.json",
    told_by="`eval`: samples by task with `base_status`",
    item="task id",
    repeat="samples of a task, in order",
    configuration="none: the model stands in the file's name only",
    error="a status that is neither pass, fail nor timeout is an error of its metric",
    directions="stated",
    endings=(".json",),
    sniff=sniff,
    read=read,
)
