"""A list of runs for a pull request or a notebook."""

from __future__ import annotations

from ragtui.present.clean import for_markdown, no_commands
from ragtui.present.report.forms.runs.text import HEAD, rows
from ragtui.present.report.listing import RunListing

TITLE, SUFFIX = "Markdown", ".md"


def write(listing: RunListing) -> str:
    """One line a run."""
    lines = [f"| {' | '.join(HEAD)} |", "|---|---|--:|--:|--:|--:|---|---|"]
    lines += [f"| {' | '.join(map(for_markdown, row))} |" for row in rows(listing)]
    return no_commands("\n".join(lines) + "\n")
