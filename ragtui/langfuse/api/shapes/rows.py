"""Rows of the listings as records that no longer know which endpoint they came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ragtui.files.fields import number
from ragtui.files.fields import score as written_score
from ragtui.langfuse.api.records import DatasetRow, HostedRunRow, ItemRow, ResultRow, ScoreConfig, ScoreRow
from ragtui.langfuse.api.shapes.plain import moment, settings, text_of, unpacked
from ragtui.model import LARGEST

ITEM_KEY, ITEM_HASH = "ragtui_item", "ragtui_hash"
"""Written into the metadata of seeded items."""

VERDICT_PREFIX = "ragtui verdict: "
"""Begins the names of scores that say what a comparison found; they are no scores of a run."""


_AUTHORS = ("annotator", "rater", "reviewer")
"""Where people who send annotations through the API write who gave them: the server notes an author only for those
that are given on its own pages."""


def dataset_row(raw: Mapping[str, Any]) -> DatasetRow:
    """One row of `/v2/datasets`."""
    return DatasetRow(text_of(raw.get("id")), text_of(raw.get("name")), text_of(raw.get("description")))


def item_row(raw: Mapping[str, Any]) -> ItemRow:
    """One row of `/dataset-items`; the id of a seeded item is the one its local dataset gave it."""
    given = unpacked(raw.get("metadata"))
    # The field holds any JSON; what is no object stands under the name that the server itself uses for a run's.
    metadata = settings(given) if isinstance(given, Mapping) else {} if given is None else {"metadata": given}
    hosted = text_of(raw.get("id"))
    key = metadata.get(ITEM_KEY)
    own = {name: value for name, value in metadata.items() if name not in (ITEM_KEY, ITEM_HASH)}
    return ItemRow(
        hosted,
        key if isinstance(key, str) and key else hosted,
        raw.get("input"),
        raw.get("expectedOutput"),
        own,
        moment(raw.get("createdAt")),
    )


def experiment_row(raw: Mapping[str, Any]) -> HostedRunRow:
    """One row of `/experiments`."""
    count = number(raw.get("itemCount"))
    return HostedRunRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        dataset_id=text_of(raw.get("datasetId")),
        description=text_of(raw.get("description")),
        start=moment(raw.get("startTime")),
        end=moment(raw.get("endTime")),
        count=int(count) if count is not None else None,
        metadata=settings(raw.get("metadata")),
    )


def dataset_run_row(raw: Mapping[str, Any], dataset: DatasetRow) -> HostedRunRow:
    """One row of `/datasets/{name}/runs`."""
    return HostedRunRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        dataset_id=text_of(raw.get("datasetId")) or dataset.id,
        dataset=dataset.name,
        description=text_of(raw.get("description")),
        start=moment(raw.get("createdAt")),
        metadata=(metadata := settings(raw.get("metadata"))),
        kind="dataset run",
        # The server writes it there when it is given one (`datasetVersion` of a link, from 3.151 on).
        version=to_the_minute(moment(metadata.get("dataset_version"))),
    )


def result_row(raw: Mapping[str, Any]) -> ResultRow:
    """One row of `/experiment-items`."""
    start, end = moment(raw.get("startTime")), moment(raw.get("endTime"))
    metadata = settings(raw.get("metadata"))
    latency = end - start if start is not None and end is not None else None
    if metadata.get("ragtui_latency"):
        latency = None
    return ResultRow(
        run=text_of(raw.get("experimentId")),
        item=text_of(raw.get("experimentItemId")),
        trace=text_of(raw.get("traceId")),
        root=text_of(raw.get("id")),
        start=start,
        latency=latency,
        input=raw.get("input"),
        output=raw.get("output"),
        expected=raw.get("expectedOutput"),
        failed=raw.get("level") == "ERROR",
        metadata={key: value for key, value in metadata.items() if not key.startswith(("resourceAttr", "scope."))},
        run_metadata=settings(raw.get("experimentMetadata")),
        item_metadata=settings(raw.get("experimentItemMetadata")),
        run_description=text_of(raw.get("experimentDescription")),
        environment=text_of(raw.get("environment")),
        version=text_of(raw.get("experimentItemVersion")),
    )


def pinned_to(run: HostedRunRow, results: Sequence[ResultRow]) -> float | None:
    """The version of its dataset that a run was pinned to, seconds since 1970; None where it was not, or to several."""
    moments = {moment(row.version) for row in results}
    if moments <= {None}:
        return moment(run.metadata.get("dataset_version")) if run.kind == "dataset run" else None
    return moments.pop() if len(moments) == 1 else None


def to_the_minute(seconds: float | None) -> str:
    """A version of a dataset as it is named; "" for none."""
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%MZ}"


def score_row(raw: Mapping[str, Any]) -> ScoreRow:
    """One score of `/v3/scores`, `/v2/scores`, `/scores` or a trace: their shapes differ, their sense does not."""
    subject = raw.get("subject")
    subject = subject if isinstance(subject, Mapping) else {}
    kind, metadata = text_of(raw.get("dataType")), settings(raw.get("metadata"))
    value, label = _value_and_label(raw, kind)
    of = text_of(subject.get("kind"))
    return ScoreRow(
        id=text_of(raw.get("id")),
        name=text_of(raw.get("name")),
        trace=text_of(subject.get("traceId") or (subject.get("id") if of == "trace" else raw.get("traceId"))),
        observation=text_of(subject.get("id") if of == "observation" else raw.get("observationId")),
        run=text_of(subject.get("id") if of == "experiment" else raw.get("datasetRunId")),
        value=value,
        label=label,
        comment=text_of(raw.get("comment")),
        time=moment(raw.get("timestamp")) or 0.0,
        changed=moment(raw.get("updatedAt")) or 0.0,
        source=text_of(raw.get("source")),
        kind=kind,
        judge=text_of(metadata.get("judge")),
        config=text_of(raw.get("configId")),
        author=text_of(raw.get("authorUserId"))
        or next((said for key in _AUTHORS if (said := _word(metadata, key))), ""),
    )


def each_once(scores: Iterable[ScoreRow]) -> tuple[ScoreRow, ...]:
    """Scores told apart by id, each as it was dated last, and of one date as it was written last.

    A server keeps a row a day: a score that was sent again on another day has two until its store merges them, and it
    tells them apart inside of one page only (`LIMIT 1 BY id` of 4.16), so the older one may follow on a later page.
    """
    found: dict[str, ScoreRow] = {}
    for score in scores:
        if score.id not in found or (score.time, score.changed) > (found[score.id].time, found[score.id].changed):
            found[score.id] = score
    return tuple(found.values())


def _word(metadata: Mapping[str, Any], key: str) -> str:
    return said if isinstance(said := metadata.get(key), str) else ""


def score_config(raw: Mapping[str, Any]) -> ScoreConfig:
    """One row of `/score-configs`."""
    categories = raw.get("categories")
    rows = [each for each in categories if isinstance(each, Mapping)] if isinstance(categories, list) else []
    labels = tuple(text_of(each.get("label")) for each in rows if each.get("label"))
    numeric = raw.get("dataType") == "NUMERIC"
    return ScoreConfig(
        text_of(raw.get("name")),
        number(raw.get("minValue")) if numeric else None,
        number(raw.get("maxValue")) if numeric else None,
        labels if raw.get("dataType") == "CATEGORICAL" else (),
        text_of(raw.get("id")),
        direction_said(text_of(raw.get("description"))),
        raw.get("isArchived") is True,
    )


_BETTER = re.compile(
    r"\b(?:(higher|greater|larger|bigger|more)|lower|smaller|less|fewer)(?: (?:scores?|values?|numbers?))?"
    r"(?: (?:is|are|means?)| ?[:=])? (better|worse)\b",
    re.IGNORECASE,
)


def direction_said(description: str) -> bool | None:
    """Whether higher is better, where a description says so in words; None where it does not, or says both."""
    said = {bool(up) == (word.lower() == "better") for up, word in _BETTER.findall(description)}
    return said.pop() if len(said) == 1 else None


def _value_and_label(raw: Mapping[str, Any], kind: str) -> tuple[float | None, str]:
    value, word = raw.get("value"), raw.get("stringValue")
    if kind in ("CATEGORICAL", "TEXT", "CORRECTION"):
        # The older endpoints put 0 into `value` and the word into `stringValue`; that 0 is no score.
        return None, text_of(word if isinstance(word, str) else value if isinstance(value, str) else "")
    if isinstance(value, bool):
        return float(value), ""
    if value is None and kind == "BOOLEAN" and isinstance(word, str):
        return None, word
    if kind == "NUMERIC":
        value = written_score(value)
    if isinstance(value, str):
        return None, value
    value = number(value)
    return value if value is not None and abs(value) <= LARGEST else None, ""
