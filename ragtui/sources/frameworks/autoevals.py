"""Results of autoevals scorers written by hand: one object an answer, with scores as autoevals returns them.

A score is {"name", "score", "metadata": {"rationale", "choice"}, "error"}; it stands in a list under `scores`, under
its own name, or is the whole line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import identifier, mapping, text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import objects, question_in, score, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_DEFINED = (
    "Factuality", "Battle", "ClosedQA", "Humor", "Security", "Sql", "Summary", "Translation", "Possible", "Moderation",
    "Levenshtein", "LevenshteinScorer", "ExactMatch", "NumericDiff", "JSONDiff", "ValidJSON", "EmbeddingSimilarity",
    "ListContains", "ContextEntityRecall", "ContextRelevancy", "ContextRecall", "ContextPrecision", "Faithfulness",
    "AnswerRelevancy", "AnswerSimilarity", "AnswerCorrectness",
)  # fmt: skip
_TEXTS = frozenset({
    "input", "output", "expected", "id", "metadata", "scores", "error", "name", "score", "repeat", "item", "question",
})  # fmt: skip


def sniff(peek: Peek) -> bool:
    """An object with at least one score as autoevals returns it, and the question beside it."""
    record = peek.record
    return bool({"input", "question"} & set(record)) and bool(_scores_in(record))


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """The one run of a file."""
    records = [_record(row) for row in rows]
    joined: dict[str, Record] = {}
    if rows and all(_is_score(row) for row in rows):  # one line a score: the lines of an answer belong together
        for record in records:
            key = f"{record['question']}\0{record['expected']}\0{record['output']}"
            known = joined.setdefault(key, record)
            if known is not record and not set(known["scores"]) & set(record["scores"]):
                known["scores"] |= record["scores"]
            elif known is not record:
                joined[f"{key}\0{len(joined)}"] = record
        records = list(joined.values())
    draft = Draft(
        name=source.path.stem,
        records=records,
        metrics=as_stated(dict.fromkeys(_DEFINED, True), (name for record in records for name in record["scores"])),
    )
    name_items(draft)
    keep_apart(draft)
    yield draft


def _is_score(value: Any) -> bool:
    said = mapping(value)
    return isinstance(said.get("name"), str) and "score" in said and ("metadata" in said or "error" in said)


def _scores_in(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if _is_score(row):
        return [row]
    found = [entry for entry in objects(row.get("scores")) if _is_score(entry)]
    return found or [value for name, value in row.items() if name not in _TEXTS and _is_score(value)]


def _record(row: Mapping[str, Any]) -> Record:
    alone = _is_score(row)
    return {
        "line": row.get(LINE, 0),
        "item": identifier(row.get("item")) or identifier(row.get("id")),
        **({"repeat": identifier(row["repeat"])} if identifier(row.get("repeat")) else {}),
        "question": question_in(row.get("input") or row.get("question")),
        "expected": spoken(row.get("expected")),
        "output": spoken(row.get("output")),
        "scores": {text(said["name"]): _score(said) for said in _scores_in(row)},
        "error": None if alone else row.get("error"),
        "metadata": {} if alone else mapping(row.get("metadata")),
    }


def _score(said: Mapping[str, Any]) -> dict[str, Any]:
    beside = mapping(said.get("metadata"))
    return score(
        said.get("score"),
        label=text(beside.get("choice")),
        rationale=text(beside.get("rationale")),
        error=text(said.get("error")),
        judge=text(beside.get("model")),
    )


FORMAT = Format(
    name="autoevals",
    tool="autoevals",
    files="JSON Lines or a JSON list of answers with autoevals scores",
    told_by='scores as {"name", "score", "metadata"} beside an `input`',
    item="`id` or `item`; made from the input without one",
    repeat="`repeat`; without one, equal inputs are kept apart by their order",
    configuration="none",
    error="`error` of a line; `error` of a score is one of its metric; a null score is missing",
    directions="stated for autoevals' own scorers, else guessed",
    endings=(".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
