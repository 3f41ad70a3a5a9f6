"""The comparison as Markdown, for a pull request or a notebook."""

from __future__ import annotations

from ragtui.present.clean import for_markdown, no_commands
from ragtui.present.confirming import tally
from ragtui.present.numbers import MISSING, count, decimals, interval, mean_decimals, number, share, signed
from ragtui.present.report.content import Section, Subject, headline, sections
from ragtui.present.sentences.causes import say_causes
from ragtui.present.sentences.labels import (
    band_text,
    bounds_of,
    category_lines,
    change_text,
    mean_text,
    moved_text,
    side_text,
)
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.present.sentences.settings import say_changes
from ragtui.present.verdicts import outcome_sign
from ragtui.stats import MetricComparison, Verdict

TITLE, SUFFIX = "Markdown", ".md"


def write(subject: Subject, *, ascii_only: bool = False, every: bool = False) -> str:
    """The whole report; flagged cells are folded, and at most 40 of a verdict listed unless `every` is asked."""
    comparison = subject.comparison
    lines = [
        f"### {for_markdown(subject.label_a)} ⇄ {for_markdown(subject.label_b)}",
        "",
        f"{for_markdown(subject.dataset or 'dataset unnamed')}, "
        f"{len(comparison.repeats_a)} v {len(comparison.repeats_b)} repeats. {headline(comparison)}.",
        *(f"The {for_markdown(line)}." for line in subject.pooled()),
        *([f"{tally(subject.standings.values()).capitalize()}."] if subject.standings else []),
        "",
    ]
    if subject.blockers:
        lines += ["> **Not comparable: no verdict below may be used**", ">"]
        lines += [*(f"> - {for_markdown(blocker)}" for blocker in say_notes(subject.blockers)), ""]
    lines += [f"> - Changed: {for_markdown(said)}" for said in say_changes(subject.changes)]
    lines += [f"> - {for_markdown(note)}" for note in say_notes(subject.notes)]
    if subject.evidence:
        lines.append(f"> - Noise also from {for_markdown(subject.evidence)}.")
    lines += ["", "| metric | baseline | candidate | Δ | 95 % interval | verdict | ▲ | ▼ | scored |"]
    lines.append("|---|--:|--:|--:|---|---|--:|--:|--:|")
    lines += [_row(subject, entry) for entry in comparison.metrics]
    for entry in comparison.metrics:
        if said := category_lines(entry):
            lines += [
                "",
                f"Labels of {for_markdown(entry.metric.name)}:",
                "",
                *(f"- {for_markdown(line)}" for line in said),
            ]
    for section in sections(subject, every=every, shorten=True):
        lines += _fold(subject, section)
    causes = say_causes(subject.causes) if subject.causes is not None else ""
    lines += ["", *([f"{for_markdown(causes)}.", ""] if causes else []), f"**{for_markdown(subject.upshot)}**"]
    return no_commands("\n".join(lines).rstrip() + "\n")


def _row(subject: Subject, entry: MetricComparison) -> str:
    aggregate, digits = entry.aggregate, mean_decimals(entry.metric)
    name = for_markdown(entry.metric.name)
    scored = (
        f"{entry.coverage_a.scored}/{entry.coverage_a.expected} → {entry.coverage_b.scored}/{entry.coverage_b.expected}"
    )
    if entry.refused or entry.outcome is None:
        why = say_refusal(entry.refused) if entry.refused else "no common scores"
        return f"| {name} | — | — | — | {for_markdown(why)} |  |  |  |  |"
    tally = f"{entry.cells.count(Verdict.IMPROVED)} | {entry.cells.count(Verdict.REGRESSED)} | {scored} |"
    sign = outcome_sign(entry.outcome)
    verdict = f"~~{sign.glyph} {sign.word}~~" if subject.blockers else f"{sign.glyph} {sign.word}"
    if aggregate is None:
        means = " | ".join(for_markdown(mean_text(entry, side, 0)) for side in "ab")
        return f"| {name} | {means} | {change_text(entry)} | {for_markdown(bounds_of(entry))} | {verdict} | {tally}"
    bounds = interval(aggregate.interval.lo, aggregate.interval.hi, digits) if aggregate.interval else MISSING
    return (
        f"| {name} | {number(aggregate.mean_a, digits)} | {number(aggregate.mean_b, digits)} "
        f"| {signed(aggregate.delta, digits)} | {bounds} | {verdict} | {tally}"
    )


def _fold(subject: Subject, section: Section) -> list[str]:
    lines = ["", "<details>", f"<summary>{section.title.capitalize()}: {count(section.total, 'cell')}</summary>", ""]
    fresh = bool(subject.standings)
    why = any(line.why for line in section.lines)
    more = f"{' fresh |' * fresh}{' why |' * why}"
    lines += [f"| item | metric | baseline → candidate | Δ | band | chance of noise |{more} question |"]
    lines += [f"|---|---|---|--:|--:|--:|{'---|' * (fresh + why)}---|"]
    for line in section.lines:
        entry = subject.comparison.metric(line.metric)
        digits, row = decimals(entry.metric), subject.comparison.row_of[line.item]
        note = f" ({for_markdown(line.note)})" if line.note else ""
        lines.append(
            f"| {for_markdown(line.item)}{note} | {for_markdown(line.metric)} "
            f"| {for_markdown(side_text(entry, row, 'a', digits))} "
            f"→ {for_markdown(side_text(entry, row, 'b', digits))} "
            f"| {for_markdown(moved_text(entry, row, digits))} "
            f"| {band_text(entry, row, digits)} | {share(line.p_noise)} "
            f"{f'| {line.standing} ' * fresh}{f'| {for_markdown(line.why)} ' * why}| {for_markdown(line.question)} |"
        )
    if hidden := section.total - len(section.lines):
        lines += ["", f"… {hidden} more (`--all` lists them)"]
    return [*lines, "", "</details>"]
