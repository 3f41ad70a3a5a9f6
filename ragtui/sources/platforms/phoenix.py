"""Phoenix experiments, as `GET /v1/experiments/{id}/json` and `/csv` give them.

An annotation that occurs several times in one repetition is one answer judged several times: a repeat of the judge
("2.1", "2.2"), not of the pipeline.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text
from ragtui.files.fields import score as as_score
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import align_judgings, id_of, number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import alone, objects, parsed, question_in, score, seconds_between, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_ANNOTATION = "annotation_"
_PARTS = (
    "_score",
    "_label",
    "_explanation",
    "_annotator_kind",
    "_error",
    "_trace_id",
    "_metadata",
    "_start_time",
    "_end_time",
)
_PERFECT = {"hallucination": False, "toxicity": False, "qa_correctness": True, "relevance": True}
"""Directions of Phoenix' own evaluators, where 1 is the label that names them."""

Run = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Runs of examples with a repetition number and annotations."""
    fields = peek.fields or frozenset(peek.record)
    return {"example_id", "repetition_number"} <= fields and (
        "annotations" in fields or any(name.startswith(_ANNOTATION) for name in fields)
    )


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of an experiment."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[Run], source: Source) -> Iterator[Draft]:
    """The one run of an experiment."""
    records = [record for row in rows for record in _records(row)]
    if not all(record["repeat"] for record in records):
        number_repeats(records)
    align_judgings(records)
    names = dict.fromkeys(name for record in records for name in record["scores"])
    stated = {name: _PERFECT[base] for name in names if (base := name.casefold().replace(" ", "_")) in _PERFECT}
    yield Draft(name=source.path.stem, records=records, metrics=as_stated(stated, names))


def _annotations(row: Run) -> list[Run]:
    if "annotations" in row:
        return objects(parsed(row["annotations"]))
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for column, value in row.items():
        if column.startswith(_ANNOTATION) and value not in (None, ""):
            part = next((part for part in _PARTS if column.endswith(part)), "")
            if part:
                found[column.removeprefix(_ANNOTATION).removesuffix(part)][part[1:]] = value
    return [{"name": name, **said} for name, said in found.items()]


def _records(row: Run) -> list[Record]:
    """One record, and one more for every further judging of the same answer."""
    by_name: dict[str, list[Run]] = defaultdict(list)
    for said in _annotations(row):
        by_name[text(said.get("name"))].append(said)
    by_name.pop("", None)
    told = _by_annotator(by_name)
    times = max(map(len, told.values()), default=1)
    record = _record(row)
    record["scores"] = {name: _score(said[0]) for name, said in told.items()}
    if times == 1:
        return [record]
    record["judging"] = 1
    more = [
        {**record, "judging": n + 1, "scores": {name: _score(said[n]) for name, said in told.items() if len(said) > n}}
        for n in range(1, times)
    ]
    return [record, *more]


def _by_annotator(by_name: Mapping[str, list[Run]]) -> dict[str, list[Run]]:
    """A person and a model that annotate under one name are two metrics."""
    found: dict[str, list[Run]] = {}
    for name, said in by_name.items():
        kinds = dict.fromkeys(text(entry.get("annotator_kind")) for entry in said)
        for kind in kinds:
            own = [entry for entry in said if text(entry.get("annotator_kind")) == kind]
            found[name if len(kinds) == 1 else f"{name} ({kind})"] = own
    return found


def _record(row: Run) -> Record:
    inputs, milliseconds = parsed(row.get("input")), as_score(row.get("latency_ms"))
    counts = {"input": row.get("prompt_token_count"), "output": row.get("completion_token_count")}
    tokens = {name: int(count) for name, said in counts.items() if (count := as_score(said)) is not None}
    error = text(row.get("error"))
    return {
        "line": row.get(LINE, 0),
        "item": identifier(row.get("example_id")) or id_of(inputs),
        "repeat": identifier(row.get("repetition_number")),
        "question": question_in(inputs),
        "expected": spoken(alone(parsed(row.get("reference_output")))),
        "output": spoken(alone(parsed(row.get("output")))),
        "error": error if error.casefold() not in ("", "nan", "none") else "",
        "latency_s": milliseconds / 1000
        if milliseconds is not None
        else seconds_between(row.get("start_time"), row.get("end_time")),
        "tokens": tokens,
        "cost_usd": number(row.get("cost")),
        "trace_id": text(row.get("trace_id")),
        "started_at": text(row.get("start_time")),
        "metadata": mapping(parsed(row.get("metadata"))),
    }


def _score(said: Run) -> dict[str, Any]:
    value = said.get("score")
    return score(
        None if value == "" else value,
        label=text(said.get("label")),
        rationale=text(said.get("explanation")),
        error=text(said.get("error")),
        judge=text(mapping(said.get("metadata")).get("model") or said.get("annotator_kind")),
    )


FORMAT = Format(
    name="phoenix",
    tool="Phoenix",
    files="experiments as JSON and CSV",
    told_by="`example_id` and `repetition_number` with `annotations`",
    item="`example_id`",
    repeat="`repetition_number`; an annotation that occurs several times in one is a repeat of the judge",
    configuration="none: the file carries no settings",
    error="`error`; `error` of an annotation is one of its metric",
    directions="stated for Phoenix' own evaluators, else guessed",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
