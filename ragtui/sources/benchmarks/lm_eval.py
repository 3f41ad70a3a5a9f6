"""lm-evaluation-harness: `samples_<task>_<date>.jsonl`, with settings from the `results_<date>.json` beside it.

A line is one document under one filter. Filters read one answer in several ways, so each is a metric of its own
("exact_match[strict-match]"), never a repeat. The harness writes one score for all `repeats` of a document: noise has
to come from several runs, which are repeats of each other where all settings agree, seeds aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.model import Problem
from ragtui.places import real_path
from ragtui.sources.drafts.beside import json_beside
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.metrics import as_stated
from ragtui.sources.drafts.opened import LINE, read_rows
from ragtui.sources.drafts.values import listed, question_in
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_SAMPLES = re.compile(r"^samples_(?P<task>.+?)(?:_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?))?\.jsonl$")
_RESULTS = re.compile(r"^results(?:_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?))?\.json$")
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_KNOWN = frozenset({
    "doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash",
    "target_hash", LINE,
})  # fmt: skip
_HIGHER = (
    "acc", "acc_norm", "acc_mutual_info", "acc_all", "exact_match", "f1", "mcc", "bleu", "chrf", "bleu_acc", "rouge1",
    "rouge2", "rougeL", "likelihood_diff", "pass@1", "pass_at_1", "em", "anls", "mc1", "mc2", "prompt_level_strict_acc",
    "inst_level_strict_acc", "prompt_level_loose_acc", "inst_level_loose_acc",
)  # fmt: skip
_LOWER = (
    "perplexity",
    "word_perplexity",
    "byte_perplexity",
    "bits_per_byte",
    "brier_score",
    "ter",
    "mae",
    "mse",
    "wer",
)
"""Directions by the harness's registry of metrics, for samples without their results file."""
_OF_MODEL = ("model_source", "system_instruction_sha", "fewshot_as_multiturn", "chat_template_sha")
_OF_CONFIG = ("model", "model_args", "model_revision", "model_sha", "model_dtype", "gen_kwargs", "limit")
_OF_TASK = (
    "task", "num_fewshot", "output_type", "generation_kwargs", "description", "doc_to_text", "doc_to_target",
    "doc_to_choice", "dataset_path", "dataset_name", "test_split", "fewshot_split", "repeats", "filter_list",
)  # fmt: skip

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Lines of documents with their responses, or a results file."""
    return _are_samples(peek) or _is_results(peek.top)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a samples file; a results file named directly opens the samples beside it.

    Raises:
        InputError: there are results only.
    """
    if _are_samples(peek):
        yield from read_rows(peek, request, FORMAT, drafts)
        return
    samples = _samples_of(peek.path)
    if not samples:
        raise InputError(
            f"{peek.path}: results of lm-evaluation-harness without samples: only means, no scores of single items",
            "run it with --log_samples",
        )
    for path in samples if request.direct else ():
        own = Request(request.source, path.name, request.direct, request.columns)
        yield from read_rows(Peek(path), own, FORMAT, drafts)


def drafts(rows: Sequence[Row], source: Source) -> Iterator[Draft]:
    """The one run of a samples file."""
    named = _SAMPLES.match(source.path.name)
    task = named["task"] if named else source.path.stem
    results = mapping(_results_of(source.path, named["date"] if named else None, source))
    records, unread = _records(rows)
    names = dict.fromkeys(name for record in records for name in record["scores"])
    model = _model_of(results) or _model_of_folder(source.path)
    draft = Draft(
        name=" ".join(part for part in (task, model.rpartition("/")[2]) if part),
        records=records,
        dataset=task,
        dataset_version=text(mapping(results.get("task_hashes")).get(task))
        or text(mapping(results.get("versions")).get(task)),
        pipeline=_settings(results, task, model, rows),
        metrics=as_stated(_directions(results, task, names), names),
        created=timestamp(number(results.get("date"))) or _date(named["date"] if named else None),
    )
    for name in unread:
        draft.note(
            f"{name} has no score of single items: the harness writes parts that are put together over all items"
        )
    if any(len(listed(first)) > 1 for row in rows[:1] for first in listed(row.get("resps"))[:1] if _generated(row)):
        draft.note("several answers an item were generated, but the harness writes one score for all of them")
    yield draft


def _are_samples(peek: Peek) -> bool:
    return {"doc_id", "doc", "resps", "filtered_resps"} <= set(peek.record)


def _is_results(document: Row) -> bool:
    results = mapping(document.get("results"))
    keyed = any("," in name for of_task in results.values() for name in mapping(of_task))
    return keyed and bool({"configs", "versions", "config", "n-shot"} & set(document))


def _samples_of(path: Path) -> list[Path]:
    """Samples of the same run as a results file."""
    named = _RESULTS.match(path.name)
    date = f"_{named['date']}" if named and named["date"] else ""
    try:
        return sorted(path.parent.glob(f"samples_*{date}.jsonl"))
    except OSError:
        return []


def _results_of(path: Path, date: str | None, source: Source) -> Any:
    found = json_beside(path, f"results_{date}.json", source.problems) if date else None
    return found or json_beside(path, "results.json", source.problems)


def _date(date: str | None) -> datetime | None:
    try:
        return datetime.strptime((date or "")[:19], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _model_of_folder(path: Path) -> str:
    """The harness keeps a model's files in a folder named after it, with "__" for "/"."""
    name = real_path(path).parent.name
    return name.replace("__", "/") if "__" in name else ""


def _model_of(results: Row) -> str:
    """What was tested; where the arguments name no model, the harness makes up another name in every run."""
    name, config = text(results.get("model_name")), mapping(results.get("config"))
    made_up = "model_args" in config and name not in text(config["model_args"])
    return text(config.get("model")) if made_up else name


def _records(rows: Sequence[Row]) -> tuple[list[Record], list[str]]:
    """Lines of a document joined over its filters; a line that comes twice is another repeat."""
    joined: dict[tuple[str, int], Record] = {}
    times: dict[tuple[str, str], int] = {}
    unread: dict[str, None] = {}
    for row in rows:
        item, filtered = identifier(row.get("doc_id")), text(row.get("filter"))
        times[item, filtered] = occurrence = times.get((item, filtered), 0) + 1
        record = joined.setdefault((item, occurrence), {**_record(row), "item": item, "repeat": str(occurrence)})
        if record["output"] != (said := _output(row)) and said:
            record["metadata"][f"answer[{filtered}]"] = said
        for name in _metric_names(row):
            value = row.get(name)
            if isinstance(value, (list, dict)):
                unread[name] = None
            else:
                record["scores"][name if filtered in ("", "none") else f"{name}[{filtered}]"] = value
    return list(joined.values()), list(unread)


def _metric_names(row: Row) -> list[str]:
    named = row.get("metrics")
    if isinstance(named, list):
        return [text(name) for name in named if text(name) in row]
    return [name for name, value in row.items() if name not in _KNOWN and isinstance(value, (int, float))]


def _record(row: Row) -> Record:
    doc = mapping(row.get("doc"))
    plain = {name: value for name, value in doc.items() if isinstance(value, (bool, int, float))}
    short = {name: value for name, value in doc.items() if isinstance(value, str) and len(value) <= 80}
    return {
        "line": row.get(LINE, 0),
        "question": _question(row, doc),
        "expected": _expected(row, doc),
        "output": _output(row),
        "scores": {},
        "metadata": {**short, **plain},
    }


def _question(row: Row, doc: Row) -> str:
    for name in ("question", "query", "problem", "prompt", "input", "sentence", "text", "goal"):
        if isinstance(doc.get(name), str) and doc[name].strip():
            return question_in(doc[name])
    arguments = row.get("arguments")
    first = next(iter(arguments.values()), None) if isinstance(arguments, dict) else (listed(arguments) or [None])[0]
    said = mapping(first).get("arg_0") if isinstance(first, dict) else (listed(first) or [None])[0]
    return question_in(said)


def _expected(row: Row, doc: Row) -> Any:
    target, choices = row.get("target"), _choices(doc)
    try:
        place = int(target)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return target
    return choices[place] if 0 <= place < len(choices) else target


def _choices(doc: Row) -> list[Any]:
    said = doc.get("choices", doc.get("options"))
    return listed(mapping(said).get("text")) if isinstance(said, dict) else listed(said)


def _generated(row: Row) -> bool:
    return all(isinstance(said, str) for first in listed(row.get("resps"))[:1] for said in listed(first))


def _output(row: Row) -> str:
    """The answer that was scored; for multiple choice the most likely choice."""
    said = listed(row.get("filtered_resps"))
    likelihoods = [_likelihood(entry) for entry in said]
    if len(said) > 1 and all(value is not None for value in likelihoods):
        best = max(range(len(said)), key=lambda place: likelihoods[place] or 0.0)
        choices = _choices(mapping(row.get("doc")))
        return text(choices[best]) if best < len(choices) else f"choice {best}"
    first = said[0] if said else ""
    return text(first[0]) if isinstance(first, list) and first else text(first)


def _likelihood(entry: Any) -> float | None:
    """First part of a pair of a log likelihood and whether it was the greedy answer; both are written as text."""
    pair = listed(entry)
    try:
        return float(pair[0]) if len(pair) == 2 else None
    except (TypeError, ValueError):
        return None


def _settings(results: Row, task: str, model: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Everything that was set, seeds and batch sizes aside; from the samples where the results file is missing."""
    config, of_task = mapping(results.get("config")), mapping(mapping(results.get("configs")).get(task))
    found = {
        "model_name": model,
        **{name: results.get(name) for name in _OF_MODEL},
        **{name: config.get(name) for name in _OF_CONFIG},
        "num_fewshot": mapping(results.get("n-shot")).get(task),
        "task": {name: _plain(of_task[name]) for name in _OF_TASK if of_task.get(name) not in (None, "", [], {})},
    }
    if not results:
        first = next(iter(mapping(rows[0].get("arguments")).values()), None) if rows else None
        generation = mapping(mapping(first).get("arg_1"))
        found = {"model_name": model, "generation": {name: generation[name] for name in generation if name != "until"}}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _plain(value: Any) -> Any:
    return _ADDRESS.sub("", value) if isinstance(value, str) else value


def _directions(results: Row, task: str, names: Mapping[str, Any]) -> dict[str, bool]:
    told = mapping(mapping(results.get("higher_is_better")).get(task))
    found: dict[str, bool] = {}
    for name in names:
        base = name.partition("[")[0]
        if isinstance(said := told.get(base), bool):
            found[name] = said
        elif base in _HIGHER or base in _LOWER:
            found[name] = base in _HIGHER
    return found


FORMAT = Format(
    name="lm-eval",
    tool="lm-evaluation-harness",
    files="samples_*.jsonl, with the results_*.json of the same run beside them",
    told_by="lines with `doc_id`, `doc`, `resps` and `filtered_resps`; `results` with keys such as acc,none",
    item="`doc_id`",
    repeat="none in a file (one score for all `repeats`); runs whose settings agree are repeats, whatever their seeds",
    configuration="one run a task: model, its arguments, generation, few-shot, templates, limit, the task itself",
    error="none; a value that is not finite is an error of its metric",
    directions="stated by `higher_is_better` of the results file, or by the harness's registry",
    endings=(".jsonl", ".json"),
    sniff=sniff,
    read=read,
)
