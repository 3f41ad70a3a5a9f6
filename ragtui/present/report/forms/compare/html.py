"""The comparison as one HTML file, for a colleague without a terminal."""

from __future__ import annotations

from html import escape

from ragtui.present.clean import clean, one_line
from ragtui.present.confirming import tally
from ragtui.present.numbers import MISSING, count, decimals, interval, mean_decimals, number, share, signed
from ragtui.present.report.content import CellLine, Section, Subject, headline, sections
from ragtui.present.report.page import html_table, listed, page
from ragtui.present.sentences.causes import say_causes
from ragtui.present.sentences.labels import band_text
from ragtui.present.sentences.notes import say_notes
from ragtui.present.sentences.refusals import say_refusal
from ragtui.present.sentences.settings import say_changes
from ragtui.present.verdicts import outcome_sign
from ragtui.stats import MetricComparison, Verdict
from ragtui.version import __version__

TITLE, SUFFIX = "HTML page", ".html"


def write(subject: Subject, *, ascii_only: bool = False, every: bool = False) -> str:
    """The page; at most 40 cells of a verdict are listed unless `every` is asked."""
    comparison = subject.comparison
    blockers = say_notes(subject.blockers)
    name = f"{one_line(subject.label_a)} ⇄ {one_line(subject.label_b)}"
    worse = sum(entry.cells.count(Verdict.REGRESSED) for entry in comparison.quality)
    better = sum(entry.cells.count(Verdict.IMPROVED) for entry in comparison.quality)
    tone, sign = ("exit-5", "≠") if blockers else ("exit-1", "▼") if worse else ("exit-0", "▲" if better else "=")
    repeats = f"{len(comparison.repeats_a)} v {len(comparison.repeats_b)} repeats"
    causes = say_causes(subject.causes) if subject.causes is not None else ""
    return clean(
        page(
            title=f"{name} – ragtui",
            tone=tone,
            sign=sign,
            heading=name,
            lines=(
                one_line(subject.upshot),
                f"{one_line(subject.dataset or 'dataset unnamed')}, {repeats}. {headline(comparison)}.",
                *(f"The {one_line(pooled)}." for pooled in subject.pooled()),
                f"{tally(subject.standings.values()).capitalize()}." if subject.standings else "",
                f"{one_line(causes)}." if causes else "",
            ),
            sections=[
                ("blockers", "Not comparable: no verdict below may be used", _sentences(blockers)),
                ("notes", "To know first", _sentences(_notes(subject))),
                ("means", "Means", _means(subject)),
                *_cells(subject, every),
            ],
            footer=f"ragtui {__version__}: {one_line(subject.upshot)}",
        )
    )


def _notes(subject: Subject) -> list[str]:
    evidence = [f"noise also from {subject.evidence}"] if subject.evidence else []
    changed = [f"changed: {said}" for said in say_changes(subject.changes)]
    return [*changed, *say_notes(subject.notes), *evidence]


def _sentences(words: list[str]) -> str:
    return listed(escape(one_line(sentence)) for sentence in words)


def _means(subject: Subject) -> str:
    head = ("metric", "baseline", "candidate", "Δ", "95 % interval", "verdict", "▲", "▼", "scored")
    return html_table("Means", head, [_mean(subject, entry) for entry in subject.comparison.metrics])


def _mean(subject: Subject, entry: MetricComparison) -> tuple[str, ...]:
    aggregate, digits, name = entry.aggregate, mean_decimals(entry.metric), one_line(entry.metric.name)
    a, b = entry.coverage_a, entry.coverage_b
    scored = f"{a.scored}/{a.expected} → {b.scored}/{b.expected}"
    if entry.refused or aggregate is None:
        why = say_refusal(entry.refused) if entry.refused else "no common scores"
        return (name, "—", "—", "—", one_line(why), "", "", "", scored)
    bounds = interval(aggregate.interval.lo, aggregate.interval.hi, digits) if aggregate.interval else MISSING
    sign = outcome_sign(aggregate.outcome)
    return (
        name,
        number(aggregate.mean_a, digits),
        number(aggregate.mean_b, digits),
        signed(aggregate.delta, digits),
        bounds,
        f"({sign.glyph} {sign.word})" if subject.blockers else f"{sign.glyph} {sign.word}",
        str(entry.cells.count(Verdict.IMPROVED)),
        str(entry.cells.count(Verdict.REGRESSED)),
        scored,
    )


def _cells(subject: Subject, every: bool) -> list[tuple[str, str, str]]:
    found = enumerate(sections(subject, every=every, shorten=True))
    return [(f"cells-{place}", _heading(section), _section(subject, section)) for place, section in found]


def _heading(section: Section) -> str:
    return escape(f"{section.title.capitalize()}: {count(section.total, 'cell')}")


def _section(subject: Subject, section: Section) -> str:
    head = ("item", "metric", "baseline → candidate", "Δ", "band", "chance of noise", "question")
    table = html_table(section.title.capitalize(), head, [_cell(subject, line) for line in section.lines])
    hidden = section.total - len(section.lines)
    more = f"<p>{count(hidden, 'more cell')} (<code>--all</code> lists them)</p>" if hidden else ""
    told = "".join(_told(line) for line in section.lines)
    return f"{table}{more}<details><summary>In sentences</summary>{told}</details>"


def _cell(subject: Subject, line: CellLine) -> tuple[str, ...]:
    entry = subject.comparison.metric(line.metric)
    digits = decimals(entry.metric)
    return (
        one_line(line.item),
        one_line(line.metric),
        f"{number(line.mean_a, digits)} → {number(line.mean_b, digits)}",
        signed(line.delta, digits),
        band_text(entry, subject.comparison.row_of[line.item], digits),
        share(line.p_noise),
        line.question,
    )


def _told(line: CellLine) -> str:
    parts = [line.explanation, line.why, f"Fresh repeats: {line.fresh}" if line.fresh else ""]
    parts += [f"Note: {line.note}" if line.note else ""]
    return "".join(f"<p>{escape(one_line(part))}</p>" for part in parts if part)
