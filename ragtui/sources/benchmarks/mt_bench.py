"""MT-Bench judgements: one line a question, turn and model; pairs of models as well.

A score of −1 says that the judge's answer held no rating: an error of the judge, not a grade.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ragtui.files.fields import identifier, number, text
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import number_repeats
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import listed, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_SINGLE = frozenset({"question_id", "model", "judgment", "score", "turn"})
_PAIR = frozenset({"question_id", "model_1", "model_2", "g1_winner", "turn"})
_FAILED = -1

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Judgements of one model, or of two."""
    fields = set(peek.record)
    return fields >= _SINGLE or fields >= _PAIR


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """One run a model and judge."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """One run a model (or pair of models) and judge model."""
    by_run: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by_run.setdefault((_model(row), _judge(row)), []).append(row)
    for (model, judge), of_run in by_run.items():
        ordered = sorted(of_run, key=lambda row: number(row.get("tstamp")) or 0.0)
        records = [_record(row) for row in ordered]
        number_repeats(records)
        pair = "model_1" in of_run[0]
        templates = {text(row.get("turn")): (listed(row.get("judge")) or ["", ""])[-1] for row in of_run}
        yield Draft(
            key=f"{model} {judge}" if len(by_run) > 1 else "",
            name=model,
            records=records,
            dataset="MT-Bench",
            pipeline={"model": model},
            judges={
                "win" if pair else "score": {
                    "model": judge,
                    "template": ", ".join(sorted(map(text, set(templates.values())))),
                }
            },
            metrics=[stated("win" if pair else "score", scale=(0.0, 1.0) if pair else None)],
        )


def _model(row: Row) -> str:
    return f"{text(row['model_1'])} against {text(row.get('model_2'))}" if "model_1" in row else text(row.get("model"))


def _judge(row: Row) -> str:
    said = row.get("judge")
    return text(said[0]) if isinstance(said, list) and said else text(said)


def _record(row: Row) -> Record:
    question, turn = identifier(row.get("question_id")), identifier(row.get("turn"))
    pair = "model_1" in row
    return {
        "line": row.get(LINE, 0),
        "item": f"{question}/{turn}" if question and turn else question,
        "question": text(row.get("g1_user_prompt" if pair else "user_prompt")),
        "scores": {"win": _win(row)} if pair else {"score": _rating(row)},
        "metadata": {"turn": turn},
    }


def _rating(row: Row) -> dict[str, Any]:
    value = row.get("score")
    failed = value == _FAILED and not isinstance(value, bool)
    return score(
        None if failed else value,
        rationale=text(row.get("judgment")),
        error="−1: the judge's answer held no rating" if failed else "",
        raw=text(value) if failed else "",
        judge=_judge(row),
    )


def _win(row: Row) -> dict[str, Any]:
    """Share of both games that the first model won; a tie is half of one."""
    worth = {"model_1": 1.0, "model_2": 0.0, "tie": 0.5}
    games = [text(row.get(name)) for name in ("g1_winner", "g2_winner") if row.get(name) is not None]
    won = [worth[game] for game in games if game in worth]
    broken = len(won) < len(games) or not games
    return score(
        None if broken else sum(won) / len(won),
        label=" / ".join(games),
        rationale="\n\n".join(text(row.get(name)) for name in ("g1_judgment", "g2_judgment") if row.get(name)),
        error="the judge named no winner" if broken else "",
        judge=_judge(row),
    )


FORMAT = Format(
    name="mt-bench",
    tool="MT-Bench (FastChat)",
    files="model_judgment/*_single.jsonl and *_pair.jsonl",
    told_by="lines with `question_id`, `turn`, `judgment` and `score`, or with `g1_winner`",
    item="`question_id` and `turn`",
    repeat="a question and turn that was judged again, in the order of `tstamp`",
    configuration="one run a model and judge model",
    error="score −1, or no winner: an error of the judge",
    directions="stated",
    endings=(".jsonl",),
    sniff=sniff,
    read=read,
)
