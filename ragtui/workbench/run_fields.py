"""What a filter may ask of runs and of items, on the screen and on the command line alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ragtui.model import RunHeader, RunStatus
from ragtui.present.filters import Filter, unknown_field, unknown_value

READ_ONLY_THEN = ("environment", "env", "tag")
"""Fields that hosted runs have once they were read; a listing does not hold them."""

RUN_WORDS = {"status": tuple(status.value for status in RunStatus)}
"""Fields of few words, all of which are known: another is mistyped, and finding nothing looks like an answer."""


def unfit(wanted: Filter, known: Collection[str], words: Mapping[str, Collection[str]]) -> str:
    """What a command has to say of a filter that cannot mean what it says; "" of any other.

    Args:
        known: fields of what is there; none where nothing is.
        words: those of fields with few words.
    """
    unfinished = f"{wanted.half_typed} has no value (an unset variable?)" if wanted.half_typed else ""
    unknown = unknown_field(wanted, known) if known else ""
    own = {name: all_of_them for name, all_of_them in words.items() if name in known}
    return wanted.problem or unfinished or unknown or unknown_value(wanted, own)


def run_fields(headers: Sequence[RunHeader], label: str, repeats: int | None, now: datetime) -> dict[str, object]:
    """Values by name: what the list shows, means of metrics, and what a platform wrote beside a run.

    Environments, tags and metadata are those of all the runs: `env:staging`, `tag:nightly`, `meta.team:search`.

    Args:
        headers: runs of one configuration, the first of them its line.
        label: what they are called.
        repeats: how many there are; None while that is not known.
        now: moment that ages count from.
    """
    first = headers[0]
    aware = first.created is not None and first.created.tzinfo is not None
    fields: dict[str, object] = {
        "dataset": first.dataset,
        "name": label,
        "status": first.status.value,
        "format": first.format,
        "origin": first.origin or "measured",
        "repeats": repeats,
        "items": first.items,
        "errors": sum(header.errors or 0 for header in headers),
        "age": (now - first.created).total_seconds() / 86_400 if aware and first.created else None,
    }
    if any(header.format == "langfuse" for header in headers):
        environments = _all(headers, "environments")
        fields |= {"environment": environments, "env": environments, "tag": _all(headers, "tags")}
    for header in headers:
        about = header.extra.get("metadata")
        for key, value in about.items() if isinstance(about, Mapping) else ():
            if not str(key).startswith("ragtui_"):
                fields.setdefault(f"meta.{key}", value if isinstance(value, str | int | float) else str(value))
    return fields | {summary.name: summary.mean for summary in first.metrics}


def is_unread(header: RunHeader) -> bool:
    """Whether a hosted run was never read, so that its environments and tags are not known."""
    return header.format == "langfuse" and "environments" not in header.extra


def _all(headers: Sequence[RunHeader], what: str) -> list[str]:
    return sorted({str(each) for header in headers for each in header.extra.get(what, ())})
