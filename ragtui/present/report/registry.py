"""The forms in which a report can be written, found among the modules of its room."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

ROOMS = "ragtui.present.report.forms"
"""Where the rooms of ragtui's own reports are: compare, noise, trend and runs. The gate's is with the gate."""


class Form(Protocol):
    """A module of one of the rooms."""

    TITLE: str
    """What a person picks."""
    SUFFIX: str
    """Of a file in this form."""

    def write(self, subject: Any, **asked: bool) -> str:
        """The report, safe to print: nothing that a run says is obeyed by a terminal or a CI job.

        Args:
            subject: what is reported; the room's docstring names its type.
            asked: `ascii_only` for signs as ASCII, `every` for all cells instead of those to look at; where a room
                takes them.
        """


def names_in(room: str) -> list[str]:
    """Names of the forms in a room, text first.

    Args:
        room: the package whose modules are the forms.
    """
    found = (module.name for module in iter_modules(import_module(room).__path__))
    return sorted(found, key=lambda name: (name != "text", name))


def form_names(report: str = "compare") -> list[str]:
    """Names of all forms of a report, text first."""
    return names_in(f"{ROOMS}.{report}")


def form(name: str, report: str = "compare") -> Form:
    """A form by its name.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in form_names(report):
        raise KeyError(name)
    return cast(Form, import_module(f"{ROOMS}.{report}.{name}"))
