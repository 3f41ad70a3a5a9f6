"""A form of a report is one module: nothing else names it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragtui.cli.options import form_names as parsed_names
from ragtui.present.report.forms import compare as forms
from ragtui.present.report.registry import form, form_names
from ragtui.tui.screens.flows.report_writing import formats

LINES = """
TITLE, SUFFIX = "one line", ".line"


def write(subject, *, ascii_only=False, every=False):
    return subject.upshot + "\\n"
"""


def test_a_new_form_is_one_new_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "line.py").write_text(LINES, encoding="utf-8")
    monkeypatch.setattr(forms, "__path__", [*forms.__path__, str(tmp_path)])
    assert "line" in form_names()
    assert form("line").SUFFIX == ".line"
    assert formats()["one line"] == ".line"


def test_the_command_line_knows_the_same_forms() -> None:
    assert parsed_names() == form_names()
    assert {"text", "csv", "html", "json", "markdown"} <= set(form_names())
    with pytest.raises(KeyError):
        form("pdf")


def test_every_form_says_what_it_is() -> None:
    found = [form(name) for name in form_names()]
    assert len({one.SUFFIX for one in found}) == len({one.TITLE for one in found}) == len(found)
