"""Google ADK: eval set results of `adk eval` and `AgentEvaluator`, in `.adk/eval_history` beside an agent.

A case stands in the file as often as it was run. The score of a case is over its turns; what was said stands in each
turn. A case whose agent failed has no metrics at all and the status FAILED: an error. The efficiency metrics (counts,
tokens, seconds) are INFORMATIONAL, and less is better; of all others a score at or above the threshold passes, also of
`hallucinations_v1`, which is the share of what is grounded. Files before release 1.17 are JSON in a JSON text. Read as
google.adk.evaluation of release 2.13.0 writes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import identifier, mapping, number, text, timestamp
from ragtui.model import Problem
from ragtui.sources.drafts.draft import Draft, Record, Source
from ragtui.sources.drafts.ids import number_repeats
from ragtui.sources.drafts.metrics import stated
from ragtui.sources.drafts.opened import read_document
from ragtui.sources.drafts.values import objects, parsed, score
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_ENDING = ".evalset_result.json"
_HISTORY = (".adk", "eval_history")
_MARKS = frozenset({"eval_set_id", "eval_case_results"})
_STATUS = {1: "passed", 2: "failed", 3: "not evaluated", 4: "informational"}
_NOT_EVALUATED, _INFORMATIONAL = 3, 4
_LESS = frozenset({"tool_call_count_v1", "inference_call_count_v1", "token_usage_v1", "invocation_duration_v1"})
_AT_MOST = 50_000

Row = Mapping[str, Any]


def sniff(peek: Peek) -> bool:
    """Results of the cases of an eval set."""
    if peek.path.name.endswith(_ENDING) and peek.start.lstrip().startswith(b'"{'):
        return True
    return set(peek.top) >= _MARKS


def claims(folder: Path, names: frozenset[str]) -> frozenset[str]:
    """The hidden folder beside an agent."""
    return frozenset({_HISTORY[0]}) & names if _HISTORY[0] in names and _results(folder) else frozenset()


def read_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """Every run that the hidden folder keeps."""
    for path in _results(folder):
        try:
            yield from read(Peek(path), replace(request, name=f"{request.name}/{path.name.removesuffix(_ENDING)}"))
        except InputError as error:
            yield Problem(str(path), error.message.removeprefix(f"{path}: "), error.hint)


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """The run of a file."""
    yield from read_document(peek, request, FORMAT, drafts)


def _results(folder: Path) -> list[Path]:
    place = folder.joinpath(*_HISTORY)
    return sorted(place.glob(f"*{_ENDING}"))[:_AT_MOST] if place.is_dir() else []


def drafts(document: Any, source: Source) -> Iterator[Draft]:
    """The one run of a file."""
    result = mapping(parsed(document))
    cases = objects(result.get("eval_case_results"))
    judged = [metric for case in cases for metric in _judgements(case)]
    names = dict.fromkeys(text(metric.get("metric_name")) for metric in judged)
    less = {text(metric.get("metric_name")) for metric in judged if metric.get("eval_status") == _INFORMATIONAL}
    records = [_record(case, names) for case in cases]
    number_repeats(records)
    name = text(result.get("eval_set_result_name")) or source.path.name.removesuffix(_ENDING)
    app = next((said for case in cases if (said := text(mapping(case.get("session_details")).get("app_name")))), "")
    yield Draft(
        name=name,
        records=records,
        dataset=text(result.get("eval_set_id")),
        pipeline={"app": app} if app else {},
        judges=_judges(judged),
        metrics=[stated(name, higher=name not in _LESS | less) for name in names if name],
        created=timestamp(number(result.get("creation_timestamp"))),
        identity=text(result.get("eval_set_result_id")),
    )


def _judgements(case: Row) -> list[Row]:
    """Results of a whole case, which older releases keep as pairs of a metric and its result."""
    overall = objects(case.get("overall_eval_metric_results"))
    pairs = [pair for pair in case.get("eval_metric_results") or () if isinstance(pair, list) and len(pair) == 2]
    return overall or [{**mapping(metric), **mapping(said)} for metric, said in pairs]


def _judges(judged: Sequence[Row]) -> dict[str, Any]:
    """Thresholds and what else was asked of each judge; the rubrics it was given are part of it."""
    found: dict[str, Any] = {}
    for metric in judged:
        asked = metric.get("criterion") or metric.get("threshold")
        if asked is not None:
            found.setdefault(text(metric.get("metric_name")), {"criterion": asked})
    return found


def _record(case: Row, names: Mapping[str, None]) -> Record:
    turns = objects(case.get("eval_metric_result_per_invocation"))
    actual = [mapping(turn.get("actual_invocation")) for turn in turns]
    expected = [mapping(turn.get("expected_invocation")) for turn in turns]
    judged = _judgements(case)
    took = [number(turn.get("duration")) for turn in actual]
    return {
        "item": identifier(case.get("eval_id")),
        "question": "\n".join(filter(None, (_said(turn.get("user_content")) for turn in actual))),
        "expected": "\n".join(filter(None, (_said(turn.get("final_response")) for turn in expected))),
        "output": "\n".join(filter(None, (_said(turn.get("final_response")) for turn in actual))),
        "scores": {text(metric.get("metric_name")): _score(metric, turns) for metric in judged},
        "error": "" if judged or not names else "no metric was evaluated: the agent did not answer",
        "latency_s": sum(filter(None, took)) if took and None not in took else None,
        "trace_id": text(case.get("session_id")),
    }


def _score(metric: Row, turns: Sequence[Row]) -> dict[str, Any]:
    status, value = metric.get("eval_status"), metric.get("score")
    label = _STATUS.get(status, "") if isinstance(status, int) else text(status)
    lost = value is None or status == _NOT_EVALUATED
    judge = text(mapping(mapping(metric.get("criterion")).get("judge_model_options")).get("judge_model"))
    return score(
        None if lost else value,
        label=label,
        rationale="\n".join(dict.fromkeys(_reasons([metric, *_of_turns(metric, turns)]))),
        error="ADK gave no score" + (f" ({label})" if label else "") if lost else "",
        judge=judge,
    )


def _of_turns(metric: Row, turns: Sequence[Row]) -> list[Row]:
    name = metric.get("metric_name")
    return [
        said for turn in turns for said in objects(turn.get("eval_metric_results")) if said.get("metric_name") == name
    ]


def _reasons(metrics: Sequence[Row]) -> Iterator[str]:
    for metric in metrics:
        for rubric in objects(mapping(metric.get("details")).get("rubric_scores")):
            if said := text(rubric.get("rationale")):
                yield f"{text(rubric.get('rubric_id'))}: {said}"


def _said(content: Any) -> str:
    """Texts of a message of Gemini's, which comes in parts."""
    return "\n".join(filter(None, (text(part.get("text")) for part in objects(mapping(content).get("parts")))))


FORMAT = Format(
    name="google-adk",
    tool="Google ADK",
    files="eval set results, alone or in `.adk/eval_history`",
    told_by="`eval_set_id` and `eval_case_results`",
    item="`eval_id`",
    repeat="cases with one `eval_id`, in order",
    configuration="the app; criteria of the metrics as judges",
    error="a case without any metric; a metric that was not evaluated is an error of its own",
    directions="stated: what passes its threshold is good; of informational metrics less",
    endings=(".json",),
    sniff=sniff,
    read=read,
    claims=claims,
    read_folder=read_folder,
)
