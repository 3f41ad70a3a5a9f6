"""The forms in which a report can be written, found among the modules of its room."""

from __future__ import annotations

from functools import cache
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


def form_names(report: str = "compare", *, rooms: str = ROOMS) -> list[str]:
    """Names of all forms of a report, text first."""
    room = import_module(f"{rooms}.{report}" if report else rooms)
    return sorted((found.name for found in iter_modules(room.__path__)), key=lambda name: (name != "text", name))


def form(name: str, report: str = "compare", *, rooms: str = ROOMS) -> Form:
    """A form by its name.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in form_names(report, rooms=rooms):
        raise KeyError(name)
    return cast(Form, _module(f"{rooms}.{report}.{name}" if report else f"{rooms}.{name}"))


@cache
def _module(name: str) -> Any:
    return import_module(name)
