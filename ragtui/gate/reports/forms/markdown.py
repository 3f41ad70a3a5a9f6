"""The gate as a pull request comment: the verdict in the first line, the items folded."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.gate.record import GateRecord, ItemLine
from ragtui.gate.reports.shown import SIGNS, item_cells, mean_cells, show_share
from ragtui.present.clean import for_markdown
from ragtui.present.numbers import count, number

TITLE, SUFFIXES = "Markdown", (".md", ".markdown")

MOST_FINDINGS = 8
MOST_ITEMS = 25

MARKER = "<!-- ragtui gate -->"
"""First line of every comment, so that a job can find and replace its own."""


def write(record: GateRecord) -> str:
    """The comment."""
    lines = [MARKER, f"### {SIGNS[record.verdict]} ragtui gate: {record.title}", ""]
    lines += [f"**{for_markdown(record.headline)}**", "", f"_{record.question}_", ""]
    lines += _findings(record)
    lines += _means(record)
    for title, role in (
        ("Proven worse", "proven worse"),
        ("Failed in the candidate", "failed"),
        ("Proven better", "proven better"),
        ("Leaning worse: they carry the loss, none is proven alone", "leans worse"),
    ):
        lines += _fold(title, [line for line in record.items if line.role == role])
    lines += _how(record)
    return "\n".join(lines).rstrip() + "\n"


def _findings(record: GateRecord) -> list[str]:
    if len(record.findings) == 1 and record.findings[0].sentence.rstrip(".") in record.headline:
        return []
    lines = [f"- **{finding.verdict}** {for_markdown(finding.sentence)}" for finding in record.findings[:MOST_FINDINGS]]
    hidden = len(record.findings) - MOST_FINDINGS
    if hidden > 0:
        lines.append(f"- … {count(hidden, 'more reason')} in the other reports")
    return [*lines, ""] if lines else []


def _means(record: GateRecord) -> list[str]:
    if not record.means:
        return []
    lines = [
        f"| | baseline | candidate | Δ | {record.confidence * 100:g} % interval | margin | |",
        "|---|--:|--:|--:|---|--:|---|",
    ]
    rows = ([for_markdown(line.name), *mean_cells(line), line.standing] for line in record.means)
    return [*lines, *(f"| {' | '.join(row)} |" for row in rows), ""]


def _fold(title: str, found: Sequence[ItemLine]) -> list[str]:
    if not found:
        return []
    lines = [f"<details><summary>{title}: {count(len(found), 'cell')}</summary>", ""]
    lines += ["| item | metric | baseline → candidate | Δ | band | chance of noise | question |"]
    lines += ["|---|---|---|--:|--:|--:|---|"]
    for line in found[:MOST_ITEMS]:
        cells = [
            for_markdown(line.item),
            for_markdown(line.metric),
            *item_cells(line),
            for_markdown(_short(line.question)),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", *(f"- {for_markdown(line.explanation)}" for line in found[:MOST_ITEMS]), ""]
    if len(found) > MOST_ITEMS:
        lines += [f"… {len(found) - MOST_ITEMS} more in the other reports", ""]
    return [*lines, "</details>", ""]


def _short(text: str, width: int = 90) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _how(record: GateRecord) -> list[str]:
    lines = ["<details><summary>How this was decided</summary>", ""]
    for who, side in (("Baseline", record.baseline), ("Candidate", record.candidate)):
        revision = f" at {for_markdown(side.git)}" if side.git else ""
        lines.append(f"- {who}: {for_markdown(side.label)}, {count(side.repeats, 'repeat')}{revision}")
    if record.dataset:
        lines.append(f"- Dataset: {for_markdown(record.dataset)}")
    if record.evidence:
        lines.append(f"- Noise also from {for_markdown(record.evidence)}")
    if record.origin:
        lines.append(f"- {for_markdown(record.origin)} data, not a measurement")
    policy = for_markdown(record.policy) if record.policy else "defaults"
    lines.append(
        f"- Policy: {policy}; mode {record.mode}; confidence {record.confidence * 100:g} %, Holm over all rows above"
    )
    lines += [f"- {for_markdown(' '.join(filter(None, (line.sentence, line.needs))))}" for line in record.unsaid]
    lines += [
        f"- {for_markdown(line.name)}: scored {show_share(line.coverage_baseline)} of the baseline's results, "
        f"{show_share(line.coverage_candidate)} of the candidate's"
        for line in record.means
        if line.topic == "metric"
    ]
    for look in record.looks:
        lines.append(
            f"- Look {look.look}: {count(look.repeats, 'candidate repeat')}, alpha {number(look.alpha, 4)}:"
            f" {look.verdict}"
        )
    lines += [f"- {for_markdown(warning)}" for warning in record.warnings]
    return [*lines, "", f"ragtui {record.version}, {record.created}, exit {record.exit}", "</details>"]
