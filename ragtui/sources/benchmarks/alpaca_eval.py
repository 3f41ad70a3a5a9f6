"""AlpacaEval annotations: preferences between two answers to an instruction.

`preference` is 1 for the first answer and 2 for the second, continuous for weighted annotators; the win rate of the
second (the model in question) is `preference` − 1. 0 stands for a draw in older files, 1.5 in newer ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import number, text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_MARKS = frozenset({"instruction", "output_1", "output_2", "preference"})

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Preferences between two outputs."""
    return peek.fields >= _MARKS or set(peek.record) >= _MARKS


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a model, its opponent and annotator."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """One run a model, its opponent and annotator."""
    by_run: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        key = (text(row.get("generator_2")), text(row.get("generator_1")), text(row.get("annotator")))
        by_run.setdefault(key, []).append(row)
    for (model, opponent, annotator), of_run in by_run.items():
        draft = Draft(
            key=" ".join((model, opponent, annotator)) if len(by_run) > 1 else "",
            name=f"{model or source.path.stem} against {opponent}" if opponent else model or source.path.stem,
            records=[_record(row, annotator) for row in of_run],
            dataset="AlpacaEval",
            pipeline={name: said for name, said in (("model", model), ("opponent", opponent)) if said},
            judges={"win_rate": {"annotator": annotator}} if annotator else {},
            metrics=[stated("win_rate", scale=(0.0, 1.0))],
        )
        name_items(draft)
        keep_apart(draft)
        yield draft


def _record(row: Row, annotator: str) -> Record:
    preference = number(row.get("preference"))
    if preference == 0:
        preference = 1.5
    known = preference is not None and 1 <= preference <= 2
    return {
        "line": row.get(LINE, 0),
        "question": text(row.get("instruction")),
        "expected": text(row.get("output_1")),
        "output": text(row.get("output_2")),
        "scores": {
            "win_rate": score(
                preference - 1 if known and preference is not None else None,
                raw=text(row.get("preference")),
                rationale=text(row.get("raw_completion")),
                error="" if known else "the annotator gave no preference",
                judge=annotator,
            )
        },
        "metadata": {"dataset": row["dataset"]} if row.get("dataset") else {},
    }


FORMAT = Format(
    name="alpaca-eval",
    tool="AlpacaEval",
    files="annotations.json",
    told_by="`instruction`, `output_1`, `output_2` and `preference`",
    item="made from the instruction",
    repeat="none: equal instructions are kept apart by their order",
    configuration="one run a `generator_2`, `generator_1` and `annotator`",
    error="a missing preference is an error of the annotator",
    directions="stated: the share of wins of `generator_2`",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
