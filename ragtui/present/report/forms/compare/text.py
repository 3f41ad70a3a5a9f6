"""The comparison as plain text for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ragtui.model import Weight
from ragtui.present.clean import ascii_signs, flat, for_log, one_line
from ragtui.present.confirming import tally
from ragtui.present.numbers import (
    MISSING,
    count,
    interval,
    mean_decimals,
    number,
    share,
    signed,
)
from ragtui.present.report.content import Section, Subject, headline, sections
from ragtui.present.report.table import table
from ragtui.present.sentences.causes import say_causes, say_reason
from ragtui.present.sentences.labels import bounds_of, category_lines, change_text, mean_text
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.present.sentences.settings import say_changes
from ragtui.present.verdicts import outcome_sign
from ragtui.stats import Comparison, Coverage, MetricComparison, Verdict


def write(subject: Subject, *, ascii_only: bool = False, every: bool = False) -> str:
    """The whole report.

    Args:
        subject: what was compared.
        ascii_only: signs as ASCII.
        every: list every cell, not only those a person should look at.
    """
    comparison = subject.comparison
    blocks = [_opening(subject, every)]
    rows = [_metric_row(subject, entry, ascii_only) for entry in comparison.metrics]
    blocks.append(table(_METRIC_HEAD, rows, "lrrrlrrrlr"))
    if comparison.error_rate is not None and comparison.error_rate.aggregate is not None:
        blocks.append(_error_rate(comparison.error_rate))
    blocks += _categories(comparison)
    fresh = tally(subject.standings.values())
    said = flat(headline(comparison))
    blocks.append(f"{said}\n{fresh}" if fresh else said)
    blocks += _sections(subject, ascii_only, every)
    blocks += [flat(say_causes(subject.causes))] if subject.causes is not None else []
    blocks.append(flat(subject.upshot))
    report = for_log("\n\n".join(block for block in blocks if block) + "\n")
    return ascii_signs(report) if ascii_only else report


TITLE, SUFFIX = "plain text", ".txt"

_METRIC_HEAD = ("metric", "baseline", "candidate", "Δ", "verdict", "▲", "▼", "△▽", "95 % interval", "scored")


def _side(label: str, runs: Sequence[str], repeats: int) -> str:
    """A side with the runs that are pooled in it: a reader must see what stands behind a number."""
    pooled = f": {', '.join(map(one_line, runs))}" if len(runs) > 1 else ""
    return f"{one_line(label)} ({count(repeats, 'repeat')}{pooled})"


def _opening(subject: Subject, every: bool) -> str:
    comparison = subject.comparison
    common, items = comparison.common_items(), len(comparison.items)
    scored = count(common, "item") + (f" scored on both sides, of {items}" if common < items else "")
    lines = [
        f"baseline   {_side(subject.label_a, subject.runs_a, len(comparison.repeats_a))}",
        f"candidate  {_side(subject.label_b, subject.runs_b, len(comparison.repeats_b))}",
        f"dataset    {subject.dataset or 'unnamed'}, {scored}",
    ]
    lines += [f"{'' if place else 'changed':<11}{said}" for place, said in enumerate(say_changes(subject.changes))]
    if subject.evidence:
        lines.append(f"noise      also from {subject.evidence}")
    if subject.blockers:
        lines += ["", "NOT COMPARABLE: no verdict below may be used"]
        lines += [*(f"  {blocker}" for blocker in say_notes(subject.blockers)), ""]
    said = say_notes(subject.notes, least=Weight.DETAIL if every else Weight.REMARK)
    lines += [f"note: {note}" for note in said]
    return "\n".join(map(flat, lines))


def _metric_row(subject: Subject, entry: MetricComparison, ascii_only: bool) -> tuple[str, ...]:
    name, aggregate, cells = entry.metric.name, entry.aggregate, entry.cells
    scored = f"{_scored(entry.coverage_a)} → {_scored(entry.coverage_b)}"
    if entry.labels is not None and not entry.refused and aggregate is None and entry.outcome is not None:
        return _category_row(subject, entry, scored, ascii_only)
    if entry.refused or aggregate is None:
        reason = f"refused: {say_refusal(entry.refused)}" if entry.refused else "no common scores"
        return (name, MISSING, MISSING, MISSING, reason, "", "", "", "", scored)
    digits = mean_decimals(entry.metric)
    sign = outcome_sign(aggregate.outcome)
    bounds = interval(aggregate.interval.lo, aggregate.interval.hi, digits) if aggregate.interval else MISSING
    if aggregate.interval and aggregate.estimand == "population":
        bounds += " new items"
    return (
        name,
        number(aggregate.mean_a, digits),
        number(aggregate.mean_b, digits),
        signed(aggregate.delta, digits),
        _withheld(subject, f"{sign.shown(ascii_only=ascii_only)} {sign.word}"),
        str(cells.count(Verdict.IMPROVED)),
        str(cells.count(Verdict.REGRESSED)),
        str(cells.count(Verdict.UNPROVEN)),
        bounds,
        scored,
    )


def _category_row(subject: Subject, entry: MetricComparison, scored: str, ascii_only: bool) -> tuple[str, ...]:
    """A category without good labels: its most frequent label a side, and the label whose share moved most."""
    assert entry.outcome is not None
    sign = outcome_sign(entry.outcome)
    return (
        entry.metric.name,
        mean_text(entry, "a", 0),
        mean_text(entry, "b", 0),
        change_text(entry),
        _withheld(subject, f"{sign.shown(ascii_only=ascii_only)} {sign.word}"),
        *(str(entry.cells.count(*verdicts)) for verdicts in ((Verdict.IMPROVED,), (Verdict.REGRESSED,))),
        str(entry.cells.count(Verdict.UNPROVEN)),
        bounds_of(entry),
        scored,
    )


def _categories(comparison: Comparison) -> Iterator[str]:
    """Shares of labels and flips, category by category."""
    for entry in comparison.metrics:
        if lines := category_lines(entry):
            yield "\n".join([f"labels of {one_line(entry.metric.name)}", *(f"  {flat(line)}" for line in lines)])


def _withheld(subject: Subject, verdict: str) -> str:
    """In brackets where nothing may be concluded."""
    return f"({verdict})" if subject.blockers else verdict


def _scored(coverage: Coverage) -> str:
    return f"{coverage.scored}/{coverage.expected}"


def _error_rate(entry: MetricComparison) -> str:
    aggregate = entry.aggregate
    assert aggregate is not None
    if not (aggregate.mean_a or aggregate.mean_b):
        return ""
    bounds = f" {interval(aggregate.interval.lo, aggregate.interval.hi)}" if aggregate.interval else ""
    return (
        f"errors: {share(aggregate.mean_a)} of baseline results, {share(aggregate.mean_b)} of candidate results, "
        f"Δ {signed(aggregate.delta)}{bounds}"
    )


def _sections(subject: Subject, ascii_only: bool, every: bool) -> Iterator[str]:
    for section in sections(subject, every=every, shorten=True):
        yield _section(subject, section, ascii_only)
        if section.total > len(section.lines):
            yield f"… {section.total - len(section.lines)} more {section.lines[0].sign.word} (--all lists them)"


def _section(subject: Subject, section: Section, ascii_only: bool) -> str:
    said: dict[str, str] = {}
    body = []
    for line in section.lines:
        # What is said of the item stands at its first cell: with five metrics it stood there five times.
        of_item = (f"      note: {flat(line.note)}\n" if line.note else "") + f"      {flat(line.question)}"
        why = f"      {flat(say_reason(line.why))}\n" if line.why and said.get(f"why {line.item}") != line.why else ""
        first = line.item not in said
        said |= {line.item: of_item, f"why {line.item}": line.why}
        body.append(
            f"  {_withheld(subject, line.sign.shown(ascii_only=ascii_only))} {flat(line.explanation)}\n"
            + (f"      fresh repeats, {line.standing}: {flat(line.fresh)}\n" if line.fresh else "")
            + why
            + (of_item if first else "")
        )
    return "\n".join([f"{section.title} ({section.total})", *(entry.rstrip() for entry in body)])
