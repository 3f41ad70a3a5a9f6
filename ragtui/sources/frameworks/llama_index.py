"""LlamaIndex evaluators: results by evaluator, as `BatchEvalRunner` answers, in JSON, or rows of one evaluator.

The keys of `{"faithfulness": [...], "relevancy": [...]}` are metrics of the same answers, in the same order, and no
configurations. A result that the evaluator itself calls invalid is an error of its metric (llama_index.core.evaluation
of release 0.14).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ragtui.files.fields import text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import LINE, read_document, read_rows
from ragtui.sources.drafts.values import listed, objects, parsed, score, truth
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek
from ragtui.sources.table.meaning.names import is_row_number

_MARKS = frozenset({"query", "response", "passing", "feedback", "score"})
_OWN = frozenset({"contexts", "pairwise_source", "invalid_result", "invalid_reason", *_MARKS})

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Rows of an evaluator, or lists of them by its name."""
    if peek.fields >= _MARKS and "invalid_result" in peek.fields:
        return True
    *before, last = [rows for name, rows in peek.top.items() if name != LINE] or [()]
    if peek.whole or _is_result(last):
        return all(map(_is_result, (*before, last)))
    known = set(next(iter(objects(last)), {}))  # the head of a long file breaks off anywhere
    return all(map(_is_result, before)) and (known <= _OWN if before else _MARKS <= known <= _OWN)


def _is_result(rows: Any) -> bool:
    first = next(iter(objects(rows)), {})
    return set(first) >= _MARKS and "invalid_result" in first


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    if peek.top and not peek.fields >= _MARKS:
        yield from read_document(peek, request, FORMAT, by_evaluator)
    else:
        yield from read_rows(peek, request, FORMAT, drafts)


def by_evaluator(document: Mapping[str, Any], source: Source) -> Iterator[Draft]:
    """The one run of lists by evaluator: the n-th results of all of them are of one answer."""
    columns = {name: objects(rows) for name, rows in document.items() if name != LINE}
    records: list[Record] = []
    for place in range(max(map(len, columns.values()))):
        of_answer = {name: rows[place] for name, rows in columns.items() if place < len(rows)}
        asked = {text(row.get("query")) for row in of_answer.values() if row.get("query")}
        if len(asked) > 1:
            raise ValueError(f"result {place + 1} of the evaluators is of different questions")
        record: Record = {}
        for name, row in of_answer.items():
            known, record = record, _record(row, name)
            record["scores"] = known.get("scores", {}) | record["scores"]
            record |= {field: said for field, said in known.items() if said and field != "scores"}
        records.append(record)
    yield _draft(records, list(columns), source)


def drafts(rows: list[dict[str, Any]], source: Source) -> Iterator[Draft]:
    """The one run of a table."""
    yield _draft([_record(row, "score") for row in rows], ["score"], source)


def _draft(records: list[Record], names: list[str], source: Source) -> Draft:
    draft = Draft(name=source.path.stem, records=records, metrics=[stated(name) for name in names])
    name_items(draft)
    keep_apart(draft)
    return draft


def _record(row: Row, metric: str) -> Record:
    return {
        "line": row.get(LINE, 0),
        "question": text(row.get("query")),
        "output": text(row.get("response")),
        "contexts": listed(parsed(row.get("contexts"))),
        "scores": {metric: _score(row)},
        "metadata": {name: value for name, value in row.items() if _is_beside(name) and value not in (None, "")},
    }


def _is_beside(name: str) -> bool:
    return name not in _OWN and name != LINE and not is_row_number(name)


def _score(row: Row) -> dict[str, Any]:
    """The score, or where an evaluator only lets pass, that."""
    value = row.get("score") if row.get("score") not in (None, "") else row.get("passing")
    value = truth(value) if value != "" else None
    invalid = truth(row.get("invalid_result")) in (1, True)
    error = (text(row.get("invalid_reason")) or "the evaluator calls its result invalid") if invalid else ""
    return score(
        None if invalid else value,
        rationale=text(row.get("feedback")),
        error=error or ("" if value is not None else "the evaluator gave no score"),
    )


FORMAT = Format(
    name="llama-index",
    tool="LlamaIndex",
    files="evaluation results by evaluator as JSON, or those of one as a table",
    told_by="`query`, `response`, `passing`, `feedback`, `score` and `invalid_result`",
    item="made from the query",
    repeat="none: equal queries are kept apart by their order",
    configuration="none",
    error="`invalid_result`, or neither score nor passing, is an error of its metric",
    directions="stated: an evaluator lets high scores pass",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
