"""What a listing shows of a hosted run, and what of its metadata says that runs are repeats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from ragtui.langfuse.api.records import QUIET_S, Bundle, HostedRunRow
from ragtui.langfuse.api.shapes.plain import moment, nested, text_of
from ragtui.langfuse.read.fragments import Assembly
from ragtui.model import Configuration, MetricSummary, Problem, RunHeader, RunStatus, repeated_name


@dataclass(frozen=True, slots=True)
class HostedRun:
    """One run as a user sees it: the rows it was assembled from."""

    assembly: Assembly
    rows: tuple[HostedRunRow, ...]

    @property
    def id(self) -> str:
        """Id of the earliest row."""
        return self.assembly.id

    @property
    def first(self) -> HostedRunRow:
        """The earliest row."""
        return self.rows[0]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata of all rows; the earliest wins."""
        merged: dict[str, Any] = {}
        for row in reversed(self.rows):
            merged |= row.metadata
        return merged

    @property
    def end(self) -> float | None:
        """Last known activity, seconds since 1970."""
        ends = [moment for row in self.rows if (moment := row.end or row.start) is not None]
        return max(ends, default=None)

    @property
    def count(self) -> int | None:
        """Items in all rows; None when a row does not say."""
        if len(self.rows) > 1:
            return len(self.assembly.items)
        return self.first.count

    def settled(self, now: float) -> bool:
        """Whether its items will stay as they are."""
        return self.end is not None and now - self.end > QUIET_S


@dataclass(frozen=True, slots=True)
class Summary:
    """What a loaded run adds to its line in the list.

    Attributes:
        problems: what was wrong with it: message, hint and count of each.
    """

    items: int
    missing: int
    errors: int
    metrics: tuple[MetricSummary, ...]
    cost: float | None = None
    tokens: int | None = None
    calls: Mapping[str, Any] = field(default_factory=dict)
    environments: Sequence[str] = ()
    tags: Sequence[str] = ()
    version: str = ""
    problems: Sequence[tuple[str, str, int]] = ()

    def said(self, where: str) -> tuple[Problem, ...]:
        """Its problems again."""
        return tuple(Problem(where, message, hint, count=count) for message, hint, count in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Plain values for the cache."""
        metrics = [[each.name, each.mean, each.scored, each.expected] for each in self.metrics]
        return {
            "items": self.items, "missing": self.missing, "errors": self.errors, "metrics": metrics,
            "cost": self.cost, "tokens": self.tokens, "calls": dict(self.calls),
            "environments": list(self.environments), "tags": list(self.tags), "version": self.version,
            "problems": list(self.problems),
        }  # fmt: skip

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Summary:
        """The summary again."""
        metrics = tuple(MetricSummary(*each) for each in value["metrics"])
        counts = (value["items"], value["missing"], value["errors"])
        return cls(
            *counts, metrics, value["cost"], value["tokens"], value["calls"], value["environments"], value["tags"],
            value["version"], tuple((message, hint, count) for message, hint, count in value["problems"]),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where headers point to."""

    source: str
    prefix: str
    base_url: str
    project_id: str

    def location(self, row: HostedRunRow) -> str:
        """What messages call a run."""
        return f"{self.prefix}{row.dataset + '/' if row.dataset else ''}{row.name}"

    def run_url(self, row: HostedRunRow) -> str:
        """The run in the browser."""
        project = f"{self.base_url}/project/{quote(self.project_id, safe='')}"
        if row.kind == "experiment":
            return f"{project}/experiments/results?baseline={quote(row.id, safe='')}"
        return f"{project}/datasets/{quote(row.dataset_id, safe='')}/runs/{quote(row.id, safe='')}"

    def trace_url(self, trace: str, root: str = "") -> str:
        """The trace of one item in the browser."""
        observation = f"?observation={quote(root, safe='')}" if root else ""
        return f"{self.base_url}/project/{quote(self.project_id, safe='')}/traces/{quote(trace, safe='')}{observation}"


def configuration_of(run: HostedRun, name_rule: str = "", calls: Mapping[str, Any] | None = None) -> Configuration:
    """What was measured: as ragtui wrote it, else what the user's name rule says, else name and model calls together.

    Runs with one name (dates and "#2" apart), one model, one prompt version and the same parameters are repeats. The
    calls alone would not do: what was changed around them, in the retriever say, is not recorded. A run with neither
    has an unknown configuration, so it is a repeat of nothing but itself.

    Args:
        calls: settings of the pipeline's model calls by their name, where the run was read.
    """
    about = nested(run.metadata, "ragtui_run")
    written = run.metadata.get("ragtui_configuration")
    if isinstance(written, Mapping):
        about = {**about, **written}
    pipeline, judges = about.get("pipeline"), about.get("judges")
    dataset = text_of(about.get("dataset")) or run.first.dataset
    if isinstance(pipeline, Mapping) or isinstance(judges, Mapping):
        found = Configuration(
            dataset,
            text_of(about.get("dataset_version")),
            dict(pipeline) if isinstance(pipeline, Mapping) else {},
            dict(judges) if isinstance(judges, Mapping) else {},
        )
        # What was put together from dotted names may have taken the text "4" for a number; the fingerprint knows.
        if not isinstance(written, str) or not written or found.fingerprint() == written:
            return found
    if isinstance(written, str) and written:
        return Configuration(dataset, "", {"configuration": written})
    named = configuration_name(run.first.name, name_rule)
    if not named and calls:
        named = repeated_name(run.first.name) or run.first.name
    return Configuration(run.first.dataset, "", {"run name": named, **(calls or {})} if named else {})


def configuration_name(name: str, rule: str) -> str:
    """What a name rule makes of a run name: its group `config`, else its first group; empty when it does not match.

    Raises:
        re.error: the rule is no regular expression.
    """
    match = re.search(rule, name) if rule else None
    if match is None:
        return ""
    if "config" in match.groupdict():
        return match["config"] or ""
    return (match[1] or "") if match.re.groups else match[0]


def calls_of(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Settings of the run's model calls by their name; several values of one setting are all named."""
    found: dict[str, dict[str, set[str]]] = {}
    plain: dict[tuple[str, str], Any] = {}
    for measure in bundle.measures:
        for name, said in measure.calls.items():
            for key, value in said.items():
                found.setdefault(name, {}).setdefault(key, set()).add(str(value))
                plain[name, key] = value
    return {
        name: {
            key: plain[name, key] if len(values) == 1 else " | ".join(sorted(values))
            for key, values in sorted(keys.items())
        }
        for name, keys in sorted(found.items())
    }


def selection_of(run: HostedRun) -> tuple[str, ...] | None:
    """Items a targeted run was limited to, as ragtui wrote them; empty where they were too many to write."""
    about = nested(run.metadata, "ragtui_run")
    if about.get("targeted") is not True:
        return None
    found = about.get("selection")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def repeat_label(run: HostedRun) -> str:
    """Which repeat of its configuration a run is, as ragtui wrote it; "1" when nothing was written."""
    label = run.metadata.get("ragtui_repeat")
    return str(label) if isinstance(label, str | int) and str(label) else "1"


def header_of(
    run: HostedRun,
    place: Place,
    *,
    now: float,
    expected: int | None = None,
    summary: Summary | None = None,
    summary_read: float | None = None,
    as_of: float | None = None,
    name_rule: str = "",
    problems: Sequence[Problem] = (),
) -> RunHeader:
    """The header of a hosted run.

    Args:
        now: seconds since 1970.
        expected: items its dataset has, where known.
        summary: what an earlier load found.
        summary_read: when that was.
        as_of: when this was read, for what comes from the cache.
    """
    row, about = run.first, nested(run.metadata, "ragtui_run")
    count = summary.items if summary is not None else run.count
    if summary is not None:
        expected = summary.items + summary.missing
    elif (selection := selection_of(run)) is not None:
        expected = len(selection) or count
    settled = run.settled(now)
    status = RunStatus.COMPLETE
    if count is not None and expected is not None and count < expected:
        status = RunStatus.PARTIAL if settled else RunStatus.RUNNING
    notes = list(problems)
    if run.assembly.label:
        ids = ", ".join(part.id for part in run.assembly.parts)
        notes.insert(
            0,
            Problem(
                place.location(row),
                f"{run.assembly.label}: {ids}",
                "Langfuse shows them as separate runs. Averages are computed here over all parts.",
            ),
        )
    extra: dict[str, Any] = {"dataset_id": row.dataset_id, "metadata": dict(run.metadata), "settled": settled}
    if summary is not None:
        extra |= {"environments": list(summary.environments), "tags": list(summary.tags)}
    extra["dataset_version"] = summary.version if summary is not None else row.version or ""
    if summary is not None and summary_read is not None:
        extra["means_as_of"] = summary_read
    if run.assembly.label:
        extra["assembled"] = run.assembly.label
    started, ended = row.start, run.end
    made = moment(about.get("created")) or started
    return RunHeader(
        uid=f"{place.source}|{run.id}",
        id=run.id,
        name=row.name,
        source=place.source,
        format="langfuse",
        location=place.location(row),
        configuration=configuration_of(run, name_rule, summary.calls if summary is not None else None),
        created=datetime.fromtimestamp(made, UTC) if made is not None else None,
        status=status,
        origin=text_of(about.get("origin")),
        description=row.description,
        items=expected if expected is not None else count,
        repeats=1,
        results=count,
        expected_results=expected,
        errors=summary.errors if summary is not None else None,
        metrics=summary.metrics if summary is not None else (),
        duration_s=ended - started if started is not None and ended is not None and ended > started else None,
        cost_usd=summary.cost if summary is not None else None,
        tokens=summary.tokens if summary is not None else None,
        selection=selection_of(run),
        confirms=text_of(about.get("confirms")) or None,
        rejudge_of=text_of(about.get("rejudge_of")) or None,
        mirror_of=text_of(about.get("id")) or None,
        mirror_repeat=repeat_label(run) if about.get("id") else "",
        parts=tuple(part.id for part in run.assembly.parts) if len(run.rows) > 1 else (),
        url=place.run_url(row),
        as_of=datetime.fromtimestamp(as_of, UTC) if as_of is not None else None,
        problems=tuple(notes),
        extra=extra,
    )
