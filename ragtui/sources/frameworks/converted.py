"""The long table that `ragtui convert` writes, read back: a row a score, in CSV, JSON Lines or Parquet.

A score table in general says less: which of two errors is the pipeline's, what a result cost, which way is better. CSV
has an apostrophe before texts that a spreadsheet would run; it is taken away again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.files.fields import mapping, number, text
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import open_regular
from ragtui.model import DirectionFrom, Metric, Problem, guess_metric, label_metric
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.opened import LINE, read_with, rows_of
from ragtui.sources.drafts.values import listed, parsed, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.generic.parquet import records as parquet_records
from ragtui.sources.peek import Peek

COLUMNS = (
    "run", "run_id", "format", "item", "repeat", "metric", "score", "label", "rationale", "judge", "raw",
    "metric_error", "error", "higher_is_better", "direction_from", "question", "expected", "output", "contexts",
    "latency_s", "cost_usd", "tokens", "trace_id", "started_at", "metadata", "item_metadata",
)  # fmt: skip
"""Columns of the long table. `error` is the pipeline's: every metric of such a row is without a score."""
ALWAYS = ("run", "run_id", "format", "item", "repeat")
"""Columns that stand on every line, empty or not; no other table has these, and none but those of `COLUMNS`."""
_FOOTER = 64 * 1024
RUN_BY_A_SPREADSHEET = re.compile(r"'*[=+\-@\t\r]")
"""Texts that get an apostrophe in front in CSV, and those that already had some: exactly one is taken away again."""

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """The columns of the long table and no others; lines leave out most of what is empty."""
    if peek.start.startswith(b"PAR1"):
        return _names_columns(peek.path)
    return peek.fields >= frozenset(ALWAYS) and peek.fields <= frozenset(COLUMNS)


def _names_columns(path: Path) -> bool:
    """Whether the end of a Parquet file, where its columns are named, has those that no other table has."""
    try:
        with open_regular(path) as file:
            file.seek(max(0, path.stat().st_size - _FOOTER))
            end = file.read(_FOOTER)
    except OSError:
        return False
    return all(name in end for name in (b"metric_error", b"direction_from", b"item_metadata"))


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The runs of a table."""
    yield from read_with(peek.path, request, FORMAT, drafts, _rows)


def _rows(path: Path, problems: ProblemLog) -> list[dict[str, Any]]:
    peek = Peek(path)
    if peek.start.startswith(b"PAR1"):
        return parquet_records(peek)
    rows = rows_of(path, problems, peek)
    return [{name: _plain(value) for name, value in row.items()} for row in rows] if peek.kind == "table" else rows


def _plain(value: Any) -> Any:
    quoted = isinstance(value, str) and value.startswith("'") and RUN_BY_A_SPREADSHEET.match(value)
    return value[1:] if quoted else value


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """The runs of a table, in order."""
    by_run: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by_run[text(row.get("run_id")), text(row.get("run"))].append(row)
    for (run_id, name), of_run in by_run.items():
        records: dict[tuple[str, str], Record] = {}
        unanswered: list[Record] = []
        metrics: dict[str, list[Row]] = defaultdict(list)
        for row in of_run:
            if _is_of_nothing(row):
                if name_of := text(row.get("metric")):
                    metrics[name_of].append(row)
                unanswered += [_record(row)] if text(row.get("item")) else []
                continue
            key = (text(row.get("item")), text(row.get("repeat")))
            record = records.setdefault(key, _record(row))
            if metric := text(row.get("metric")):
                metrics[metric].append(row)
                record["scores"][metric] = _score(row)
        labelled = _labelled(metrics)
        for record in records.values():
            record["scores"] = {name: said for name, said in record["scores"].items() if name not in labelled}
        draft = Draft(
            key=f"{run_id} {name}" if len(by_run) > 1 else "",
            name=name or source.path.stem,
            records=list(records.values()),
            metrics=[_metric(name, said) for name, said in metrics.items() if name not in labelled],
            items=[*dict.fromkeys(record["item"] for record in (*unanswered, *records.values()))] if unanswered else (),
            identity=f"{source.path.name} {run_id}",
        )
        if lost := _without_labels(metrics):
            draft.note(
                f"{lost}: the labels that were given are missing, as an older `ragtui convert` left them out:"
                " each is read as a metric of its own",
                "convert the run again",
            )
        yield draft


def _is_of_nothing(row: Row) -> bool:
    """Whether a row is no result: an item that has none, or a metric that was never scored."""
    return not text(row.get("repeat")) and not text(row.get("error")) and _number(row) is None


def _without_labels(metrics: Mapping[str, Sequence[Row]]) -> str:
    """Metrics called like labels of a category ("tone = warm") on whose rows no label stands, for a person."""
    lost = [
        name
        for name, rows in metrics.items()
        if " = " in name
        and {value for row in rows if (value := _number(row)) is not None} <= {0.0, 1.0}
        and not any(text(row.get("label")) for row in rows)
        and any(_number(row) is not None for row in rows)
    ]
    if len({name.partition(" = ")[0] for name in lost}) == len(lost):
        return ""  # a single one may be called so by its author
    return ", ".join(f"`{name}`" for name in lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")


def _labelled(metrics: Mapping[str, Sequence[Row]]) -> set[str]:
    """Metrics of single labels beside the category that has them all: "tone = warm" beside "tone"."""
    categories = {
        name
        for name, rows in metrics.items()
        if any(row.get("label") and not row.get("metric_error") and number(_number(row)) is None for row in rows)
    }
    found = {name for name in metrics if any(name.startswith(f"{category} = ") for category in categories)}
    return found - categories


def _metric(name: str, rows: Sequence[Row]) -> Metric:
    told = text(rows[0].get("direction_from"))
    said_by = DirectionFrom(told) if told in set(DirectionFrom) else DirectionFrom.GUESSED
    higher = {"true": True, "false": False}.get(text(rows[0].get("higher_is_better")).casefold())
    category, sign, label = name.partition(" = ")
    given = [(_number(row), text(row.get("label"))) for row in rows if _number(row) is not None]
    if sign and given and all(said and value == float(said == label) for value, said in given):
        return label_metric(category, label).directed(higher, said_by)
    if said_by is DirectionFrom.UNKNOWN:  # the name of one label may tell where the category does not
        return replace(guess_metric(name), higher_is_better=None)
    return guess_metric(name) if said_by is DirectionFrom.GUESSED else guess_metric(name).directed(higher, said_by)


def _number(row: Row) -> float | None:
    said = row.get("score")
    try:
        return float(said) if isinstance(said, (str, int, float)) and said != "" else None
    except ValueError:
        return None


def _score(row: Row) -> dict[str, Any]:
    said = {name: text(row.get(name)) for name in ("label", "rationale", "judge", "raw")}
    return score(_number(row), **said, error=text(row.get("metric_error")))


def _record(row: Row) -> Record:
    tokens = parsed(row.get("tokens"))
    return {
        "line": row.get(LINE, 0),
        "item": text(row.get("item")),
        "repeat": text(row.get("repeat")),
        **{name: text(row.get(name)) for name in ("question", "expected", "output", "error", "trace_id", "started_at")},
        "contexts": listed(parsed(row.get("contexts"))),
        **{name: number(_number({"score": row.get(name)})) for name in ("latency_s", "cost_usd")},
        "tokens": tokens if isinstance(tokens, dict) else _number({"score": tokens}),
        "metadata": {**mapping(parsed(row.get("item_metadata"))), **mapping(parsed(row.get("metadata")))},
        "scores": {},
    }


FORMAT = Format(
    name="ragtui-table",
    tool="ragtui",
    files="long tables that `ragtui convert` wrote, as CSV, JSON Lines or Parquet",
    told_by="the columns that it writes",
    item="`item`",
    repeat="`repeat`",
    configuration="one run a `run_id`; settings are not in the table",
    error="`error` is the pipeline's, `metric_error` a metric's",
    directions="stated by `direction_from`, else guessed",
    endings=(".csv", ".jsonl", ".parquet"),
    sniff=sniff,
    read=read,
)
