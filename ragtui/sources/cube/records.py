"""One record of ragtui's own results file: its numbers for the cube, its text for the item screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier, mapping, number, score, text, whole
from ragtui.files.jsonlines import ObjectLine
from ragtui.files.problems import ProblemLog
from ragtui.model import COST, LATENCY, TOKENS, Context, Item, Judgement, Rating, Result

if TYPE_CHECKING:
    from ragtui.sources.cube.cube import CubeBuilder

Record = Mapping[str, Any]


NO_IDS = "no item ids: they are made from the questions"
"""A remark on a run from which nothing is missing."""


def repeat_label(record: Record) -> str:
    """ "2", or "2.3" for the third judging of stored answers; empty when the record does not say."""
    said, judged = record.get("repeat"), record.get("judging")
    if type(said) is int and judged is None:  # nearly every record
        return str(said)
    repeat, judging = identifier(said), identifier(judged)
    return f"{repeat}.{judging}" if repeat and judging else repeat or judging


def add_record(builder: CubeBuilder, line: ObjectLine, record: Record, problems: ProblemLog) -> None:
    """Put one record's numbers into the cube; a record without an item id is named and skipped."""
    item = identifier(record.get("item"))
    if not item:
        problems.add("no item id: left out", 'give every record an "item"', line=line.number, kind="no item id")
        return
    if record.get("id_from_question"):
        problems.add_once(NO_IDS, "give every item an id that lasts")
    failed = is_error(record.get("error"))
    said = record.get("attempt")
    attempt = 1 if said is None else whole(said)
    if attempt is None:
        problems.add(
            f"attempt is {text(said)[:40]}, not a number: taken as the first",
            line=line.number,
            kind="attempt",
        )
    place = builder.add(
        item,
        repeat_label(record),
        line.offset,
        line=line.number,
        digest=line.digest,
        attempt=attempt or 1,
        failed=failed,
    )
    scores = record.get("scores")
    if not isinstance(scores, dict):
        if scores is not None:
            problems.add('"scores" is not an object: left out', line=line.number, kind="scores type")
        scores = {}
    measured = _resources(record, line.number, problems)
    builder.scores(place, {**measured, **scores} if measured else scores, line.number)


_NO_ERROR = frozenset({"", "none", "null", "nan", "false"})


def is_error(said: Any) -> bool:
    """Whether an error was recorded; pandas writes a missing text as NaN, and others as "None"."""
    if isinstance(said, float) and said != said:
        return False
    return said.strip().casefold() not in _NO_ERROR if isinstance(said, str) else bool(said)


def _resources(record: Record, line: int, problems: ProblemLog) -> dict[str, float]:
    """Latency, cost and tokens of a record; a score of the same name goes before."""
    latency, cost, tokens = record.get("latency_s"), record.get("cost_usd"), record.get("tokens")
    if latency is None and cost is None and tokens is None:
        return {}
    measured = {LATENCY.name: number(latency), COST.name: number(cost), TOKENS.name: token_sum(tokens)}
    for name, said in ((LATENCY.name, latency), (COST.name, cost), (TOKENS.name, tokens)):
        if measured[name] is None and isinstance(said, (str, bool, float)) and said != "":
            problems.add(
                f"{name} is {text(said)[:40]!r}, not a number: left out", line=line or None, kind=f"unread {name}"
            )
    for name, value in measured.items():
        if value is not None and value < 0:
            problems.add(
                f"{name} is {value:g}: left out, it cannot be negative", line=line or None, kind=f"negative {name}"
            )
    return {name: value for name, value in measured.items() if value is not None and value >= 0}


def token_sum(tokens: Any) -> float | None:
    """Tokens of a call: a number, or the sum of `input`, `output` and other counts (`total` alone if it is there)."""
    if not isinstance(tokens, dict):
        return number(tokens)
    if "total" in tokens and (total := number(tokens["total"])) is not None:
        return total
    counts = [count for value in tokens.values() if (count := number(value)) is not None]
    return sum(counts) if counts else None


def result_of(record: Record, item: str, repeat: str) -> Result:
    """Everything a record says, as text for a person."""
    _check_item(record, item)
    return Result(
        item,
        repeat,
        output=text(record.get("output")),
        contexts=contexts_of(record.get("contexts")),
        judgements={text(name): judgement_of(value) for name, value in mapping(record.get("scores")).items()},
        error=error_text(record.get("error")),
        latency_s=number(record.get("latency_s")),
        tokens=_tokens(record.get("tokens")),
        cost_usd=number(record.get("cost_usd")),
        trace_id=text(record.get("trace_id")),
        trace_url=text(record.get("trace_url")),
        started_at=text(record.get("started_at")),
        attempt=whole(record.get("attempt")) or 1,
        metadata=mapping(record.get("metadata")),
    )


def item_of(record: Record, item: str) -> Item:
    """The question and expected answer that a record copied from the dataset."""
    _check_item(record, item)
    return Item(item, text(record.get("question")), text(record.get("expected")), mapping(record.get("metadata")))


def error_text(error: Any) -> str:
    """A pipeline's or a judge's error as text: a string, or an object with a `message`."""
    if isinstance(error, dict):
        return text(error.get("message")) or text(error)
    return text(error) if is_error(error) else ""


def judgement_of(written: Any) -> Judgement:
    """A score as written: a bare number, or an object with value, rationale, error, raw, judge and ratings."""
    said = written if isinstance(written, dict) else {"value": written}
    raw = said.get("value")
    value = score(raw)
    error = error_text(said.get("error"))
    unread = "" if value is not None or raw is None else text(raw)
    return Judgement(
        value=None if error else value,
        label=text(said.get("label")),
        rationale=text(said.get("rationale")),
        error=error or (f"not a finite number: {unread[:80]}" if unread else ""),
        raw=text(said.get("raw")) or unread,
        judge=text(said.get("judge")),
        ratings=_ratings(said.get("ratings")),
    )


def _ratings(written: Any) -> tuple[Rating, ...]:
    rows = [row for row in written if isinstance(row, dict)] if isinstance(written, list) else []
    return tuple(Rating(text(row.get("by")), score(row.get("value")), text(row.get("label"))) for row in rows)


def contexts_of(value: Any) -> tuple[Context, ...]:
    """Retrieved passages in rank order: objects with id, title, text, score and relevant, or bare texts."""
    if not isinstance(value, list):
        return ()
    return tuple(_context(entry, rank) for rank, entry in enumerate(value, start=1))


def _context(entry: Any, rank: int) -> Context:
    if not isinstance(entry, dict):
        return Context(f"#{rank}", text(entry))
    relevant = entry.get("relevant")
    return Context(
        id=identifier(entry.get("id")) or f"#{rank}",
        text=text(entry.get("text")),
        title=text(entry.get("title")),
        score=number(entry.get("score")),
        relevant=relevant if isinstance(relevant, bool) else None,
    )


def _tokens(value: Any) -> dict[str, int]:
    if isinstance(value, dict):
        return {name: int(count) for name, raw in value.items() if (count := number(raw)) is not None}
    total = number(value)
    return {} if total is None else {"total": int(total)}


def _check_item(record: Record, item: str) -> None:
    """A text must be that of its own item: lines may have been shuffled since their places were noted.

    Raises:
        InputError: it is another item's.
    """
    found = identifier(record.get("item"))
    if found and found != item:
        raise InputError(
            f"where item {item} was recorded stands item {found} now: the file changed while it was open",
            "reload the run",
        )
