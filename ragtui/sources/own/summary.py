"""summary.json of a run folder: what it says, whatever shape it is in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from ragtui.files.fields import identifier, mapping, number, text, timestamp, whole
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.files.lock import is_being_written
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import read_regular
from ragtui.model import (
    Configuration,
    DirectionFrom,
    Kind,
    Metric,
    MetricSummary,
    Part,
    Revision,
    Role,
    RunHeader,
    RunStatus,
    guess_metric,
    label_metric,
)

FORMAT_VERSION = 1
SUMMARY, RESULTS, DATASET = "summary.json", "results.jsonl", "dataset.json"
MAX_SUMMARY = 64 * 1024 * 1024

_KNOWN_FIELDS = frozenset({
    "ragtui", "id", "name", "created", "finished", "status", "origin", "description", "dataset", "pipeline", "judges",
    "metrics", "repeats", "expected_results", "results", "errors", "error_rate", "aggregates", "git", "duration_s",
    "cost_usd", "tokens", "part", "selection", "confirms", "rejudge_of", "trace_url_template", "url",
})  # fmt: skip

Summary = Mapping[str, Any]


def read_summary(path: Path, problems: ProblemLog) -> Summary:
    """The object in a summary file; empty, with a problem, when there is none to be had."""
    try:
        raw = read_regular(path, MAX_SUMMARY)
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            value, note = parse_json(raw)
            if note:
                problems.add(note)
    except FileNotFoundError:
        problems.add("missing: the run has results but no summary")
        return {}
    except OSError as error:
        problems.add(f"cannot be read ({error.strerror or error})", "check its rights")
        return {}
    except BadLineError as error:
        problems.add(f"{error}; the run's name and settings are unknown", "restore the file; the results still load")
        return {}
    if not isinstance(value, dict):
        problems.add("is not a JSON object; the run's name and settings are unknown")
        return {}
    return value


def header_of(folder: Path, summary: Summary, source: str, fallback_id: str, problems: ProblemLog) -> RunHeader:
    """The header of a run in the own format; `fallback_id` names a run whose summary does not."""
    version = whole(summary.get("ragtui"))
    if version is not None and version > FORMAT_VERSION:
        problems.add(
            f"format version {version} is newer than this ragtui knows ({FORMAT_VERSION}); what it knows is shown",
            "update ragtui",
        )
    dataset = mapping(summary.get("dataset"))
    run_id = identifier(summary.get("id")) or fallback_id
    return RunHeader(
        uid=f"{source}|{run_id}",
        id=run_id,
        name=text(summary.get("name")) or run_id,
        source=source,
        format="ragtui",
        location=str(folder),
        configuration=Configuration(
            text(dataset.get("name")),
            text(dataset.get("version")),
            mapping(summary.get("pipeline")),
            mapping(summary.get("judges")),
        ),
        created=timestamp(summary.get("created")),
        status=status_of(folder, summary, problems),
        origin=text(summary.get("origin")),
        description=text(summary.get("description")),
        items=_count(dataset.get("items")),
        repeats=_count(summary.get("repeats")),
        results=_count(summary.get("results")),
        expected_results=_count(summary.get("expected_results")),
        errors=_count(summary.get("errors")),
        metrics=summaries_of(summary),
        revision=_revision(summary.get("git")),
        duration_s=number(summary.get("duration_s")),
        cost_usd=number(summary.get("cost_usd")),
        tokens=_count(summary.get("tokens")),
        selection=selection_of(summary),
        confirms=text(summary.get("confirms")) or None,
        rejudge_of=text(summary.get("rejudge_of")) or None,
        part=part_of(summary),
        url=text(summary.get("url")) or None,
        problems=problems.found(),
        extra={key: value for key, value in summary.items() if key not in _KNOWN_FIELDS},
    )


def status_of(folder: Path, summary: Summary, problems: ProblemLog) -> RunStatus:
    """The recorded status; "running" is believed only while a writer holds the folder."""
    recorded = summary.get("status")
    if recorded == RunStatus.RUNNING:
        return RunStatus.RUNNING if is_being_written(folder) else RunStatus.PARTIAL
    known = {status.value: status for status in RunStatus}.get(text(recorded))
    if known is not None:
        return known
    if recorded is not None:
        problems.add(f"unknown status {text(recorded)[:40]!r}; taken as partial")
    return RunStatus.PARTIAL if summary.get("ragtui") or recorded is not None or not summary else RunStatus.COMPLETE


def metrics_of(summary: Summary) -> tuple[Metric, ...]:
    """Declared metrics; entries without a name are skipped."""
    declared = summary.get("metrics")
    entries = [mapping(entry) for entry in declared] if isinstance(declared, list) else []
    return tuple(_metric(entry) for entry in entries if identifier(entry.get("name")))


def _metric(entry: Summary) -> Metric:
    name, category = identifier(entry.get("name")), text(entry.get("label_of"))
    guessed = guess_metric(name)
    if category and name.startswith(f"{category} = "):
        guessed = label_metric(category, name.removeprefix(f"{category} = "))  # no word of a label says which is good
    kind, role, higher = entry.get("kind"), entry.get("role"), entry.get("higher_is_better")
    said_by = next((known for known in DirectionFrom if known == entry.get("direction_from")), DirectionFrom.FILE)
    scale = entry.get("scale")
    bounds = [number(bound) for bound in scale] if isinstance(scale, list) and len(scale) == 2 else []
    found = replace(
        guessed,
        kind=next((known for known in Kind if known == kind), guessed.kind),
        scale=(bounds[0], bounds[1]) if bounds and bounds[0] is not None and bounds[1] is not None else None,
        unit=text(entry.get("unit")) or guessed.unit,
        role=next((known for known in Role if known == role), guessed.role),
    )
    return found.directed(higher if isinstance(higher, bool) else None, said_by)


def metric_entry(metric: Metric) -> dict[str, Any]:
    """A metric as it is written into a summary."""
    entry: dict[str, Any] = {"name": metric.name, "kind": metric.kind, "higher_is_better": metric.higher_is_better}
    if metric.direction_from not in (DirectionFrom.BUILTIN, DirectionFrom.FILE):
        entry["direction_from"] = metric.direction_from  # a guess stays one for whoever reads the file later
    if metric.scale is not None:
        entry["scale"] = list(metric.scale)
    if metric.label_of:
        entry["label_of"] = metric.label_of
    return {**entry, "unit": metric.unit, "role": metric.role}


def summaries_of(summary: Summary) -> tuple[MetricSummary, ...]:
    """Recorded means: `{metric: {mean, scored, expected}}`, or `{metric: mean}` of a simpler harness."""
    found = []
    for name, said in mapping(summary.get("aggregates")).items():
        entry = said if isinstance(said, dict) else {"mean": said}
        found.append(
            MetricSummary(
                name, number(entry.get("mean")), _count(entry.get("scored")) or 0, _count(entry.get("expected")) or 0
            )
        )
    return tuple(found)


def selection_of(summary: Summary) -> tuple[str, ...] | None:
    """Ids of the items a targeted run was limited to."""
    selected = summary.get("selection")
    return tuple(identifier(item) for item in selected) if isinstance(selected, list) else None


def part_of(summary: Summary) -> Part | None:
    """Which part of a run that was split over machines; None for a whole run."""
    said = mapping(summary.get("part"))
    index, count = whole(said.get("index")), whole(said.get("count"))
    return Part(index, count, text(said.get("family"))) if index is not None and count is not None else None


def trace_template(summary: Summary) -> str:
    """Address of a trace with `{trace_id}` in it; empty unless it is a web address."""
    template = text(summary.get("trace_url_template"))
    return template if template.startswith(("https://", "http://")) else ""


def _revision(git: Any) -> Revision | None:
    fields = mapping(git)
    commit = text(fields.get("commit"))
    return Revision(commit, text(fields.get("branch")), fields.get("dirty") is True) if commit else None


def _count(value: Any) -> int | None:
    count = whole(value)
    return count if count is not None and count >= 0 else None
