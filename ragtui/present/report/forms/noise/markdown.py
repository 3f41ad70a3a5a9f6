"""Noise for a pull request or a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.present.clean import for_markdown, no_commands
from ragtui.present.noise import HEAD, Measured, check_sentence, row
from ragtui.present.numbers import count
from ragtui.present.origin import origin_note

TITLE, SUFFIX = "Markdown", ".md"


def write(measured: Sequence[Measured]) -> str:
    """One table a configuration, with the self-check of each metric below it."""
    lines: list[str] = []
    for one in measured:
        report = one.report
        lines += [f"### {for_markdown(one.label)}", ""]
        lines += [f"{count(len(report.repeats), 'repeat')}, {count(len(report.items), 'item')}.", ""]
        if len(report.repeats) < 2:
            lines += ["> Nothing was repeated: noise unknown. Repeat this run three times to measure it.", ""]
        if report.cached:
            lines += ["> Every repeat is identical: the answers look cached, so this is a copy and no noise.", ""]
        if note := origin_note(one.label, one.origins):
            lines += [f"> {for_markdown(note)}", ""]
        lines += [f"| {' | '.join(HEAD)} |", "|---|--:|--:|--:|--:|--:|---|"]
        lines += [f"| {' | '.join(map(for_markdown, row(entry)))} |" for entry in report.metrics]
        lines.append("")
        lines += [
            f"- {for_markdown(entry.metric.name)}: {check_sentence(entry.self_check)}" for entry in report.metrics
        ]
        lines.append("")
    return no_commands("\n".join(lines).rstrip() + "\n")
