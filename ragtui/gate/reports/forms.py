"""Which form a report file asks for by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from ragtui.errors import UsageError
from ragtui.gate.record import GateRecord
from ragtui.gate.reports.annotations import as_annotations
from ragtui.gate.reports.console import as_text
from ragtui.gate.reports.html import as_html
from ragtui.gate.reports.json_form import as_json
from ragtui.gate.reports.junit import as_junit
from ragtui.gate.reports.markdown import as_markdown
from ragtui.gate.reports.sarif import as_sarif

FORMS: Mapping[str, Callable[[GateRecord], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
    "junit": as_junit,
    "github": as_annotations,
    "sarif": as_sarif,
    "html": as_html,
}

_BY_SUFFIX = {
    ".txt": "text", ".md": "markdown", ".markdown": "markdown", ".json": "json", ".xml": "junit", ".sarif": "sarif",
    ".html": "html", ".htm": "html",
}  # fmt: skip


def form_of(path: PurePath) -> str:
    """Name of the form that a file name asks for.

    Raises:
        UsageError: the suffix means no form.
    """
    suffix = path.suffix.lower()
    if suffix not in _BY_SUFFIX:
        raise UsageError(
            f"{path}: no report is written as {suffix or 'a file without suffix'}",
            f"Use one of {', '.join(_BY_SUFFIX)}.",
        )
    return _BY_SUFFIX[suffix]


def render(record: GateRecord, form: str) -> str:
    """The record in one of `FORMS`."""
    return FORMS[form](record)
