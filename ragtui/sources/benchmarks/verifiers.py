"""verifiers: `results.jsonl` of an environment's evaluation, with the `metadata.json` beside it.

Rollouts of one example are repeats, in the order they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.model import Problem
from ragtui.sources.drafts.beside import json_beside
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import number_repeats
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import spoken, usage
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_RESULTS, _METADATA = "results.jsonl", "metadata.json"
_KNOWN = frozenset({
    "example_id", "id", "task", "prompt", "completion", "answer", "info", "metrics", "error", "error_chain", "timing",
    "long_error_chain", "is_completed", "is_truncated", "stop_condition", "tool_defs", "token_usage", "generation_ms",
    "scoring_ms", "total_ms", "trajectory", "state", "cost", LINE,
})  # fmt: skip
_SETTINGS = ("env_id", "env_args", "model", "sampling_args", "version_info")

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Rollouts with a reward."""
    fields = set(peek.record)
    return {"example_id", "reward"} <= fields and bool({"completion", "prompt"} & fields)


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """Both files of a run, where the results are rollouts."""
    if _RESULTS in names and _METADATA in names and sniff(Peek(folder / _RESULTS)):
        return frozenset({_RESULTS, _METADATA})
    return frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run of a folder."""
    yield from read(Peek(folder / _RESULTS), request)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a results file."""
    yield from read_rows(peek, request, FORMAT, drafts)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """The one run of a results file."""
    settings = mapping(json_beside(source.path, _METADATA, source.problems))
    tasks = {text(row.get("task")) for row in rows}
    records = [_record(row, several=len(tasks) > 1) for row in rows]
    number_repeats(records)
    environment, model = text(settings.get("env_id")), text(settings.get("model"))
    names = dict.fromkeys(["reward", *(name for record in records for name in record["scores"])])
    draft = Draft(
        name=" ".join(part for part in (environment, model.rpartition("/")[2]) if part) or source.path.stem,
        records=records,
        dataset=environment or (tasks.pop() if len(tasks) == 1 else ""),
        pipeline={name: settings[name] for name in _SETTINGS if settings.get(name) not in (None, "", {})},
        metrics=as_stated({"reward": True}, names),
        created=timestamp(settings.get("date")),
    )
    yield draft


def _record(row: Row, *, several: bool) -> Record:
    item, timing = identifier(row.get("example_id")), mapping(row.get("timing"))
    error = row.get("error")
    said = mapping(error).get("error_chain_str") or mapping(error).get("error") or error
    own = {**_numbers(row), **_numbers(mapping(row.get("metrics")))}
    milliseconds = next(
        (number(place.get("total_ms")) for place in (timing, row) if number(place.get("total_ms"))), None
    )
    info = mapping(row.get("info"))
    return {
        "line": row.get(LINE, 0),
        "item": f"{text(row.get('task'))}/{item}" if several and item else item,
        "question": spoken(row.get("prompt")),
        "expected": row.get("answer"),
        "output": spoken(row.get("completion")),
        "scores": own if not said else {},
        "error": said,
        "latency_s": milliseconds / 1000 if milliseconds else None,
        "tokens": usage(row.get("token_usage")),
        "metadata": {
            **{name: value for name, value in info.items() if isinstance(value, (str, int, float, bool))},
            **{name: row[name] for name in ("task", "is_truncated", "stop_condition") if row.get(name) is not None},
        },
    }


def _numbers(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _KNOWN and isinstance(value, (int, float))}


FORMAT = Format(
    name="verifiers",
    tool="verifiers",
    files="results.jsonl, with the metadata.json beside it",
    told_by="lines with `example_id`, `reward` and `completion`",
    item="`example_id`, behind the task where a file holds several",
    repeat="rollouts of one example, in order",
    configuration="`env_id`, `env_args`, `model` and `sampling_args` of metadata.json",
    error="`error`: the reward of such a rollout is not counted",
    directions="reward stated; its parts guessed from their names",
    endings=(".jsonl",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
