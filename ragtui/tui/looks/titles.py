"""Titles of panes: Textual reads them as markup, so text from runs must be escaped there, and only there."""

from __future__ import annotations

from ragtui.present.clean import one_line


def title(text: str) -> str:
    """Untrusted text as a pane's title: one line, nothing a terminal obeys, every bracket only a bracket."""
    return one_line(text).replace("\\", "\\\\").replace("[", r"\[")
