"""The forms in which a comparison can be written, found among the modules of `ragtui.present.report.forms`."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from ragtui.present.report import forms
from ragtui.present.report.content import Subject


class Form(Protocol):
    """A module of `ragtui.present.report.forms`."""

    TITLE: str
    """What a person picks."""
    SUFFIX: str
    """Of a file in this form."""

    def write(self, subject: Subject, *, ascii_only: bool = False, every: bool = False) -> str:
        """The report, safe to print: nothing that a run says is obeyed by a terminal or a CI job.

        Args:
            subject: what was compared.
            ascii_only: signs as ASCII.
            every: list every cell, not only those a person should look at.
        """


def form_names() -> list[str]:
    """Names of all forms, text first."""
    return sorted((found.name for found in iter_modules(forms.__path__)), key=lambda name: (name != "text", name))


def form(name: str) -> Form:
    """A form by its name.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in form_names():
        raise KeyError(name)
    return cast(Form, import_module(f"{forms.__name__}.{name}"))
