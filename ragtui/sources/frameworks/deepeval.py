"""DeepEval test runs.

Three generations of one thing: `test_run_*.json` and `.latest_run_full.json` (camel case, `metricsData`; before 1.0
`metricsMetadata` with `metric` for the name), `.latest_test_run.json` (the same under `testRunData`), and what people
write themselves from `evaluate()` (snake case, `test_results` with `metrics_data`).

A test case that is run under pytest carries the name of its test function, and `evaluate()` calls it by its position:
where names do not tell cases apart or are positions, the item is made from the input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import mapping, number, text, timestamp, whole
from ragtui.model import Problem, canonical_hash
from ragtui.places import real_path
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import keep_apart, name_items, repeats_if_even
from ragtui.sources.drafts.metrics import as_stated, higher_passes
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.values import asked_in, listed, objects, score, spoken
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

HIDDEN = ".deepeval"
_COPIES = (".latest_run_full.json", ".latest_test_run.json")
_LISTS = (
    "testCases",
    "conversationalTestCases",
    "test_cases",
    "conversational_test_cases",
    "testResults",
    "test_results",
)
_OF_RESULT = frozenset({"toolsCalled", "evaluationCost", "comments"})
_POSITION = re.compile(r"^(conversational_)?test_case_\d+$")
_MADE = re.compile(r"test_run_(\d{8})_(\d{6})")
_LOWER = ("hallucination", "bias", "toxicity")
"""Metrics of DeepEval that pass at or below their threshold; every other one, GEval included, passes at or above it."""


def sniff(peek: Peek) -> bool:
    """A list of test cases whose metrics are a list."""
    run = _run_in(peek.top)
    cases = [case for name in _LISTS for case in objects(run.get(name))]
    if any(_metrics_of(case) for case in cases[:50]):
        return True
    own = bool({"metricsScores", "testPassed", "testFailed"} & set(run)) or any(
        "actualOutput" in case for case in cases
    )
    return "testCases" in run and own


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    yield from read_document(peek, request, FORMAT, drafts)


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """DeepEval's hidden folder, unless runs of its results folder are here: those hold the same and more."""
    beside = any(_MADE.match(name) for name in names)
    return frozenset({HIDDEN}) if HIDDEN in names and not beside and _latest(folder / HIDDEN) else frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The last run, of which the hidden folder keeps two copies: the second counts where the first is damaged.

    Raises:
        InputError: neither can be used.
    """
    copies = [path for name in _COPIES if (path := folder / HIDDEN / name).is_file()]
    for path in copies:
        try:
            yield from list(read(Peek(path), request))
            return
        except InputError as error:
            if path == copies[-1]:
                raise
            yield Problem(str(path), error.message.removeprefix(f"{path}: "), error.hint)


def _latest(hidden: Path) -> Path | None:
    return next((path for name in _COPIES if (path := hidden / name).is_file()), None)


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a document."""
    run = _run_in(mapping(document))
    cases = [case for name in _LISTS for case in objects(run.get(name))]
    names = [text(case.get("name")) for case in cases]
    named = len(set(names)) == len(names) and all(name and not _POSITION.match(name) for name in names)
    records = [_record(case, named) for case in cases]
    judged = [(case, metric) for case in cases for metric in _metrics_of(case)]
    draft = Draft(
        name=text(run.get("identifier")) or _file_name(source.path),
        records=records,
        dataset=text(run.get("datasetAlias")),
        pipeline=mapping(run.get("hyperparameters")),
        judges=_judges(metric for _, metric in judged),
        metrics=as_stated(_directions([metric for _, metric in judged]), _names(cases)),
        created=_made(source.path) or timestamp(run.get("createdAt")),
        duration_s=number(run.get("runDuration")),
        identity=_identity(run),
    )
    name_items(draft)
    if named:
        keep_apart(draft)
    else:
        repeats_if_even(draft, "DeepEval's --repeat writes them so", _OF_RESULT)
    yield draft


def _identity(run: Mapping[str, Any]) -> str:
    """The same for both copies of a run: nothing else takes as many fractions of a second and scores the same."""
    said = [run.get(name) for name in ("runDuration", "testPassed", "testFailed", "metricsScores")]
    return canonical_hash(said) if number(said[0]) else ""


def _run_in(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(document.get("testRunData")) or document


def _first(record: Mapping[str, Any], *names: str) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _metrics_of(case: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return objects(_first(case, "metricsData", "metrics_data", "metricsMetadata", "metrics_metadata"))


def _metric_name(metric: Mapping[str, Any]) -> str:
    return text(_first(metric, "name", "metric"))


def _record(case: Mapping[str, Any], named: bool) -> Record:
    turns = listed(_first(case, "turns", "messages"))
    extra = {
        name: value
        for name in ("context", "tags", "comments", "toolsCalled", "expectedTools", "flaky", "evaluationCost")
        if (value := _first(case, name, _snake(name))) not in (None, [], "", False)
    }
    return {
        "item": text(case.get("name")) if named else "",
        "question": _first(case, "input", "scenario") or asked_in(turns) or spoken(turns),
        "expected": _first(case, "expectedOutput", "expected_output", "expectedOutcome", "expected_outcome"),
        "output": _first(case, "actualOutput", "actual_output") or (spoken(turns) if turns else None),
        "contexts": _first(case, "retrievalContext", "retrieval_context"),
        "scores": _scores(_metrics_of(case)),
        "error": case.get("error"),
        "latency_s": number(_first(case, "completionTime", "completion_time", "latency")),
        "cost_usd": number(_first(case, "tokenCost", "token_cost", "cost")),
        "tokens": _tokens(case),
        "metadata": {**mapping(_first(case, "additionalMetadata", "additional_metadata", "metadata")), **extra},
    }


def _scores(metrics: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Scores by metric; a metric that a case has twice is two metrics."""
    found: dict[str, Any] = {}
    for metric in metrics:
        name = base = _metric_name(metric)
        count = 1
        while name in found:
            count += 1
            name = f"{base} ({count})"
        passed = _first(metric, "success")
        if name:
            found[name] = score(
                metric.get("score"),
                label="" if passed is None else "passed" if passed is True else "failed",
                rationale=text(metric.get("reason")),
                error=text(metric.get("error")),
                judge=text(_first(metric, "evaluationModel", "evaluation_model")),
            )
    return found


def _tokens(case: Mapping[str, Any]) -> dict[str, int]:
    counts = {
        "input": whole(_first(case, "inputTokenCount", "input_token_count")),
        "output": whole(_first(case, "outputTokenCount", "output_token_count")),
    }
    return {name: count for name, count in counts.items() if count is not None}


def _names(cases: list[Mapping[str, Any]]) -> list[str]:
    return [name for case in cases for name in _scores(_metrics_of(case))]


def _judges(metrics: Iterator[Mapping[str, Any]]) -> dict[str, Any]:
    """Judge model, strictness and threshold of each metric."""
    found: dict[str, Any] = {}
    for metric in metrics:
        said = {
            "model": _first(metric, "evaluationModel", "evaluation_model"),
            "strict": _first(metric, "strictMode", "strict_mode"),
            "threshold": _first(metric, "threshold", "minimumScore"),
        }
        found.setdefault(_metric_name(metric), {name: value for name, value in said.items() if value is not None})
    found.pop("", None)
    return found


def _directions(metrics: list[Mapping[str, Any]]) -> dict[str, bool]:
    """By what passed; where that does not tell, by DeepEval's definition."""
    found: dict[str, bool] = {}
    for name in {_metric_name(metric): None for metric in metrics}:
        same = [metric for metric in metrics if _metric_name(metric) == name]
        passes = higher_passes(
            (number(m.get("score")), number(_first(m, "threshold", "minimumScore")), m.get("success")) for m in same
        )
        words = re.sub(r"\s*\[.*\]$", "", name).casefold().split()
        found[name] = passes if passes is not None else not (len(words) == 1 and words[0] in _LOWER)
    return found


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _file_name(path: Path) -> str:
    return real_path(path.parent.parent).name if path.parent.name == HIDDEN else path.stem


def _made(path: Path) -> datetime | None:
    found = _MADE.search(path.name)
    try:
        return datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


FORMAT = Format(
    name="deepeval",
    tool="DeepEval",
    files="test_run_*.json, .deepeval/.latest_run_full.json and .latest_test_run.json, `evaluate()` results as JSON",
    told_by="`testCases` or `test_results` (also under `testRunData`) with `metricsData`",
    item="test case name; made from the input where names repeat or are positions",
    repeat="test cases that all occur equally often and differ in nothing but their answers (--repeat); else none",
    configuration="`hyperparameters`, `datasetAlias`; judges: model, strict mode and threshold of each metric",
    error="`error` of a metric",
    directions="stated: by which scores passed their threshold, else by DeepEval's definition of the metric",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
