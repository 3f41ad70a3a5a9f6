"""Folders and files of a simple hand-rolled harness.

Read are `results.jsonl` (one object a line), or a JSON file with a list of such objects under `items`, `results`,
`cases`, `samples`, `examples` or `rows`; and beside or instead of them a `summary.json` with the run's name, settings
and means. A record names its item (`item`, `id`, `case`, `question_id`, …) and holds its scores by name, under `scores`
or `metrics` or as numbers of its own. Everything else is optional; `ragtui.sources.aliases` lists the names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.files.jsonlines import BadLineError, ObjectLine, parse_json
from ragtui.files.problems import ProblemLog
from ragtui.model import Configuration, Item, MetricSummary, Problem, Result, RunHeader, canonical_hash
from ragtui.sources import aliases
from ragtui.sources.base import LoadedRun
from ragtui.sources.cube.cube import Cube, CubeBuilder
from ragtui.sources.cube.records import add_record, item_of, result_of
from ragtui.sources.found import Found, Request
from ragtui.sources.own.runfolder import load_lines

LISTS = ("items", "results", "cases", "samples", "examples", "rows")
_KEYED = ("items", "cases")
_MEANS = ("aggregates", "averages", "means", "metrics", "scores", "aggregate", "mean_scores")
_SETTINGS = ("pipeline", "config", "configuration", "settings", "parameters", "params", "hyperparameters")
_NAMES = ("name", "run_name", "run", "run_id", "id", "experiment")
_TIMES = ("created", "created_at", "timestamp", "date", "started_at", "started")


def read_plain_lines(results: Path, summary: Mapping[str, Any], request: Request) -> Iterator[Found | Problem]:
    """The run in a results.jsonl, with what a summary beside it says."""
    header = _header(results.parent, summary, request)
    yield Found(header, lambda renamed: load_lines(results, renamed, known=renamed.problems, normalise=own_record))


def read_plain_document(path: Path, document: Mapping[str, Any], request: Request) -> Iterator[Found | Problem]:
    """The run in one JSON object with a list of records, or with means alone."""
    records = records_in(document, doubtful=request.direct)
    if records is not None:
        header = _header(path, document, request, results=len(records))
        yield Found(header, lambda renamed: load_records(path, records, renamed))
        return
    header = _header(path, document, request)
    if not header.metrics:
        if request.direct:
            raise InputError(f"{path}: no item scores and no means found", _hint())
        return
    problem = Problem(str(path), "no item scores, only means: it cannot be compared item by item", _hint())
    yield Found(_with(header, problem), lambda _: _refuse(path))


def records_in(document: Mapping[str, Any], *, doubtful: bool = False) -> list[Any] | None:
    """The list of records in a document; None when it has none with an item and a score.

    Args:
        doubtful: also take records whose only numbers do not sound like scores, such as a dataset's difficulty.
    """
    if "ragtui_dataset" in document:
        return None
    for name in LISTS:
        entries = document.get(name)
        if name in _KEYED and isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values()):
            entries = [{"item": key, **entry} for key, entry in entries.items()]
        if isinstance(entries, list) and any(_is_record(entry, doubtful) for entry in entries[:50]):
            return entries
    return None


def _is_record(entry: Any, doubtful: bool) -> bool:
    if not isinstance(entry, dict):
        return False
    record = own_record(entry)
    told = doubtful or not is_flat([entry]) or bool(record["output"] or record["error"])
    scored = any(told or aliases.sounds_like_score(name) for name in record["scores"])
    return bool(record["item"]) and (scored or bool(record["error"]))


def is_flat(entries: Sequence[Any]) -> bool:
    """Whether records hold their scores as fields of their own, not in an object or list of scores."""
    first = next((entry for entry in entries if isinstance(entry, dict)), {})
    return not any(isinstance(first.get(name), (dict, list)) and first[name] for name in aliases.SCORES)


def own_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of any simple harness as a record of ragtui's own format."""
    inner = record.get("item")
    if isinstance(inner, dict):
        record = {**inner, **{key: value for key, value in record.items() if key != "item"}}
    question = aliases.first(record, aliases.QUESTION)
    item = next((found for name in aliases.ITEM if (found := identifier(record.get(name)))), "")
    hashed = not item and bool(question)
    milliseconds = number(aliases.first(record, aliases.MILLISECONDS))
    return {
        "item": question_id(question) if hashed else item,
        "id_from_question": hashed,
        "repeat": aliases.first(record, aliases.REPEAT),
        "question": question,
        "expected": aliases.first(record, aliases.EXPECTED),
        "output": aliases.first(record, aliases.OUTPUT),
        "contexts": _contexts(aliases.first(record, aliases.CONTEXTS)),
        "scores": _scores(record),
        "error": aliases.first(record, aliases.ERROR),
        "latency_s": aliases.first(record, aliases.SECONDS) if milliseconds is None else milliseconds / 1000,
        "cost_usd": aliases.first(record, aliases.COST),
        "tokens": _tokens(aliases.first(record, aliases.TOKENS)),
        **{name: record[name] for name in aliases.TRACE if name in record},
    }


def question_id(question: Any) -> str:
    """An item id made from a question: "q-" and 10 hex digits."""
    return "q-" + canonical_hash(text(question).strip(), 10)


def _scores(record: Mapping[str, Any]) -> dict[str, Any]:
    for name in aliases.SCORES:
        found = record.get(name)
        if isinstance(found, dict) and found:
            return {str(metric): _judgement(said) for metric, said in found.items()}
        if isinstance(found, list) and found and all(isinstance(entry, dict) for entry in found):
            named = {text(aliases.first(entry, ("name", *aliases.METRIC))): _judgement(entry) for entry in found}
            named.pop("", None)
            if named:
                return named
    rationale = text(aliases.first(record, aliases.RATIONALE))
    found = {
        name: value
        for name, value in record.items()
        if isinstance(value, (int, float)) and aliases.could_be_metric(name)
    }
    if rationale and len(found) == 1:
        return {name: {"value": value, "rationale": rationale} for name, value in found.items()}
    return found


def _judgement(said: Any) -> Any:
    """A score that is an object, under the own format's names."""
    if not isinstance(said, dict):
        return said
    return {
        **said,
        "value": said["value"] if "value" in said else aliases.first(said, aliases.SCORE),
        "rationale": aliases.first(said, aliases.RATIONALE),
        "error": aliases.first(said, aliases.ERROR),
    }


def _contexts(value: Any) -> Any:
    """Passages as a list: a text is one passage, or a list written as JSON text, as tables have it."""
    if isinstance(value, str) and value.strip():
        try:
            parsed = parse_json(value.encode("utf-8", "replace"))[0] if value.lstrip().startswith("[") else None
        except BadLineError:
            parsed = None
        value = parsed if isinstance(parsed, list) else [value]
    if not isinstance(value, list):
        return None
    return [_passage(entry) if isinstance(entry, dict) else entry for entry in value]


def _passage(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = aliases.first(entry, ("text", "page_content", "content", "document", "passage", "chunk"))
    source = aliases.first(entry, ("id", "doc_id", "chunk_id", "source"))
    score = aliases.first(entry, ("score", "similarity", "relevance_score"))
    return {**entry, "text": said, "id": source, "score": score}


def _tokens(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    total = aliases.first(value, ("total", "total_tokens"))
    renamed = {
        "prompt_tokens": "input",
        "completion_tokens": "output",
        "input_tokens": "input",
        "output_tokens": "output",
    }
    parts = {renamed.get(name, name): count for name, count in value.items()}
    return (
        {"total": total}
        if total is not None and not {"input", "output"} & set(parts)
        else {name: count for name, count in parts.items() if name in ("input", "output", "total")}
    )


class RecordsRun(LoadedRun):
    """A run whose records are in memory, because they came from one JSON document."""

    def __init__(
        self, header: RunHeader, cube: Cube, problems: tuple[Problem, ...], records: list[dict[str, Any]]
    ) -> None:
        self.header = header
        self.scores = cube.scores
        self.problems = problems
        self._cube = cube
        self._records = records

    def item(self, item_id: str) -> Item:
        """The golden item as copied into a record."""
        place = self._cube.first_place(item_id)
        return Item(item_id) if place is None else item_of(self._records[place], item_id)

    def result(self, item_id: str, repeat: str) -> Result | None:
        """Text of one item in one repeat."""
        place = self._cube.place(item_id, repeat)
        return None if place is None else result_of(self._records[place], item_id, repeat)


def load_records(path: Path, entries: list[Any], header: RunHeader) -> RecordsRun:
    """Scores of a list of records; entries that are no objects are named by their position."""
    problems = ProblemLog(str(path))
    builder = CubeBuilder(header.uid, problems)
    records: list[dict[str, Any]] = []
    for position, entry in enumerate(entries, start=1):
        record = own_record(mapping(entry))
        records.append(record)
        if not isinstance(entry, dict):
            problems.add(f"record {position} is not an object: left out", kind="record type")
            continue
        digest = hash(canonical_hash(entry, 16))
        add_record(builder, ObjectLine(0, position - 1, digest, record), record, problems)
    cube = builder.build()
    return RecordsRun(header, cube, (*header.problems, *problems.found()), records)


def _header(path: Path, document: Mapping[str, Any], request: Request, results: int | None = None) -> RunHeader:
    dataset = document.get("dataset")
    named = mapping(dataset)
    settings = aliases.first(document, _SETTINGS)
    model = document.get("model")
    pipeline = {**mapping(settings), **({"model": model} if isinstance(model, str) else {})}
    return RunHeader(
        uid=f"{request.source}|{request.name}",
        id=request.name,
        name=text(aliases.first(document, _NAMES)) or Path(request.name).stem,
        source=request.source,
        format="plain",
        location=str(path),
        configuration=Configuration(
            text(named.get("name")) if named else (dataset if isinstance(dataset, str) else ""),
            text(named.get("version")),
            pipeline,
            mapping(document.get("judges")),
        ),
        created=timestamp(aliases.first(document, _TIMES)),
        description=text(document.get("description")),
        results=results,
        metrics=_means(document),
    )


def _means(document: Mapping[str, Any]) -> tuple[MetricSummary, ...]:
    for name in _MEANS:
        found = []
        for metric, said in mapping(document.get(name)).items():
            mean = number(
                aliases.first(said, ("mean", "value", "score", "average")) if isinstance(said, dict) else said
            )
            if mean is not None:
                found.append(MetricSummary(str(metric), mean, 0, 0))
        if found:
            return tuple(found)
    return ()


def _with(header: RunHeader, problem: Problem) -> RunHeader:
    from dataclasses import replace

    return replace(header, problems=(*header.problems, problem))


def _refuse(path: Path) -> LoadedRun:
    raise InputError(f"{path}: no item scores, only means", _hint())


def _hint() -> str:
    return 'write one record an item, such as {"item": "q1", "repeat": 1, "scores": {"correct": 1}}, to results.jsonl'
