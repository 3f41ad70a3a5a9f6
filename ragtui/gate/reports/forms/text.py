"""The gate's answer on a terminal or in a job's log."""

from __future__ import annotations

from ragtui.gate.record import GateRecord, ItemLine
from ragtui.gate.reports.shown import mean_cells, sides
from ragtui.present.numbers import number
from ragtui.present.report.table import table

TITLE, SUFFIXES = "plain text", (".txt",)

MOST_ITEMS = 20

_HEAD = ("", "baseline", "candidate", "Δ", "95 % interval", "margin", "standing")


def write(record: GateRecord) -> str:
    """Verdict first, then reasons, numbers and items."""
    confidence = f"{record.confidence * 100:g} %"
    head = tuple(cell.replace("95 %", confidence) for cell in _HEAD)
    blocks = [
        f"{record.title.upper()} (exit {record.exit})\n{record.headline}",
        "\n".join(
            [
                f"question   {record.question}",
                f"sides      {sides(record)}",
                *([f"dataset    {record.dataset}"] if record.dataset else []),
                *([f"noise      also from {record.evidence}"] if record.evidence else []),
                *([f"origin     {record.origin} data, not a measurement"] if record.origin else []),
            ]
        ),
        "\n".join(f"- {finding.verdict}: {finding.sentence}" for finding in record.findings),
        table(head, [(line.name, *mean_cells(line), line.standing) for line in record.means], "lrrrlrl")
        if record.means
        else "",
        "\n".join(line for mean in record.unsaid for line in (mean.sentence, mean.needs) if line),
        _items(record),
        "\n".join(
            f"look {look.look}: {look.repeats} candidate repeats, alpha {number(look.alpha, 4)}: {look.verdict}"
            for look in record.looks
        ),
        "\n".join(f"note: {warning}" for warning in record.warnings),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _items(record: GateRecord) -> str:
    lines = [_item(line) for line in record.items[:MOST_ITEMS]]
    if len(record.items) > MOST_ITEMS:
        lines.append(f"... {len(record.items) - MOST_ITEMS} more in the reports")
    return "\n".join(lines)


def _item(line: ItemLine) -> str:
    protected = ", may never regress" if line.protected else ""
    return f"{line.role}{protected}: {line.explanation}"
