"""The forms of a gate's record, and which one a report file asks for by its name."""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import Protocol, cast

from ragtui.errors import UsageError
from ragtui.gate.record import GateRecord
from ragtui.present.report.registry import names_in

ROOM = "ragtui.gate.reports.forms"


class GateForm(Protocol):
    """A module of `ragtui.gate.reports.forms`."""

    TITLE: str
    """What a person picks."""
    SUFFIXES: tuple[str, ...]
    """Of files in this form."""

    def write(self, record: GateRecord) -> str:
        """The record in this form."""


def gate_forms() -> dict[str, GateForm]:
    """All forms by name, text first."""
    return {name: cast(GateForm, import_module(f"{ROOM}.{name}")) for name in names_in(ROOM)}


def form_of(path: PurePath) -> str:
    """Name of the form that a file name asks for.

    Raises:
        UsageError: the suffix means no form.
    """
    suffix = path.suffix.lower()
    by_suffix = {known: name for name, form in gate_forms().items() for known in form.SUFFIXES}
    if suffix not in by_suffix:
        raise UsageError(
            f"{path}: no report is written as {suffix or 'a file without suffix'}",
            f"Use one of {', '.join(sorted(by_suffix))}.",
        )
    return by_suffix[suffix]


def render(record: GateRecord, form: str) -> str:
    """The record in one of the forms."""
    return gate_forms()[form].write(record)
