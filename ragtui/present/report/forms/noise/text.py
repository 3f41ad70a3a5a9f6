"""Noise for a terminal: one block a configuration."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.model import Role
from ragtui.present.clean import one_line
from ragtui.present.noise import HEAD, Measured, check_sentence, flicker_sentence, row, split_sentence
from ragtui.present.numbers import count, decimals
from ragtui.present.origin import origin_note
from ragtui.present.report.table import table

TITLE, SUFFIX = "plain text", ".txt"


def write(measured: Sequence[Measured]) -> str:
    """Every configuration, one block each."""
    blocks = []
    for one in measured:
        report, splits = one.report, one.splits
        lines = [f"{one_line(one.label)}: {count(len(report.repeats), 'repeat')}, {count(len(report.items), 'item')}"]
        if len(report.repeats) < 2:
            lines.append("nothing was repeated: noise unknown. Repeat this run three times to measure it.")
        if note := origin_note(one_line(one.label), one.origins):
            lines.append(f"note: {note}")
        if report.cached:
            lines.append("every repeat is identical: the answers look cached, so this is not noise but a copy")
        lines += ["", table(HEAD, [row(entry) for entry in report.metrics], "lrrrrrl"), ""]
        lines += [
            f"self-check {one_line(entry.metric.name)}: {check_sentence(entry.self_check)}" for entry in report.metrics
        ]
        lines += [
            f"{one_line(entry.metric.name)}: {split_sentence(splits[entry.metric.name], decimals(entry.metric))}"
            for entry in report.metrics
            if entry.metric.name in splits
        ]
        lines += [
            f"{one_line(entry.metric.name)} {flicker_sentence(one.flickers[entry.metric.name])}"
            for entry in report.metrics
            if entry.metric.name in one.flickers and entry.metric.role is Role.QUALITY
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)
