"""The gate as one HTML file: opens from disk, asks no network, runs no script, reads in light and dark."""

from __future__ import annotations

from html import escape

from ragtui.gate.record import GateRecord, ItemLine
from ragtui.gate.reports.plots import items_plot, means_plot
from ragtui.gate.reports.shown import SIGNS, item_cells, mean_cells, show_share, sides
from ragtui.present.numbers import count, number
from ragtui.present.report.page import html_table, listed, page

TITLE, SUFFIXES = "HTML page", (".html", ".htm")

MOST_ITEMS = 500


def write(record: GateRecord) -> str:
    """The page. Every text of a run is escaped; links are made only to http and https addresses."""
    sections = [
        ("reasons", "Reasons", _reasons(record)),
        ("means", "Gated means", _means(record)),
        ("items", "Items", _items(record)),
        ("spread", "Spread of the items", _spreads(record)),
        ("method", "How this was decided", _method(record)),
    ]
    return page(
        title=f"{record.title} – ragtui gate",
        tone=f"exit-{record.exit}",
        sign=SIGNS[record.verdict],
        heading=f"ragtui gate: {record.title}",
        lines=(record.headline, record.question),
        sections=sections,
        footer=f"ragtui {record.version}, {record.created}, exit {record.exit}",
    )


def _reasons(record: GateRecord) -> str:
    if not record.findings:
        return f"<p>Nothing stands against the candidate: {escape(sides(record))}.</p>"
    return listed(f"<strong>{escape(found.verdict)}</strong> {escape(found.sentence)}" for found in record.findings)


def _means(record: GateRecord) -> str:
    if not record.means:
        return ""
    head = ("mean", "baseline", "candidate", "Δ", f"{record.confidence * 100:g} % interval", "margin", "standing")
    rows = [(line.name, *mean_cells(line), line.standing) for line in record.means]
    said = [escape(" ".join(filter(None, (line.sentence, line.needs)))) for line in record.unsaid]
    sentences = listed(said) if said else ""
    plot = means_plot(record)
    figure = (
        f"<figure>{plot}<figcaption>Bars are intervals; the dashed line is the margin.</figcaption></figure>"
        if plot
        else ""
    )
    return figure + html_table("Gated means", head, rows) + sentences


def _items(record: GateRecord) -> str:
    if not record.items:
        return "<p>No item is proven worse or better, and none failed.</p>"
    head = ("item", "metric", "verdict", "baseline → candidate", "Δ", "band", "chance of noise", "question")
    rows = [
        (line.item, line.metric, _role(line), *item_cells(line), line.question) for line in record.items[:MOST_ITEMS]
    ]
    more = len(record.items) - MOST_ITEMS
    rest = f"<p>{more} more are in the JSON report.</p>" if more > 0 else ""
    explained = "".join(_explained(line) for line in record.items[:MOST_ITEMS])
    return html_table("Items to look at", head, rows) + rest + f"<h3>In sentences</h3>{explained}"


def _role(line: ItemLine) -> str:
    return f"{line.role}, may never regress" if line.protected else line.role


def _explained(line: ItemLine) -> str:
    link = ""
    if line.url.startswith(("https://", "http://")):
        link = f' <a rel="noreferrer" href="{escape(line.url)}">trace</a>'
    return (
        f"<details><summary>{escape(line.item)} · {escape(line.metric)}: {escape(_role(line))}</summary>"
        f"<p>{escape(line.explanation)}{link}</p><p>{escape(line.question)}</p></details>"
    )


def _spreads(record: GateRecord) -> str:
    out = []
    for place, spread in enumerate(record.spreads):
        plot = items_plot(spread, place)
        if plot:
            caption = f"{escape(spread.metric)}: {count(spread.items, 'item')}; grey boxes are noise bands."
            out.append(f"<figure>{plot}<figcaption>{caption}</figcaption></figure>")
    return "".join(out)


def _method(record: GateRecord) -> str:
    facts = [
        ("Baseline", _side(record, 0)),
        ("Candidate", _side(record, 1)),
        ("Dataset", record.dataset),
        ("Noise also from", record.evidence),
        ("Origin", f"{record.origin} data, not a measurement" if record.origin else ""),
        ("Policy", record.policy or "defaults"),
        ("Mode", record.mode),
        ("Error rate", f"{(1 - record.confidence) * 100:g} % over all gated means together (Holm)"),
        ("Seed", str(record.seed)),
    ]
    facts += [
        (f"{line.metric} scored", f"{show_share(line.coverage_baseline)} and {show_share(line.coverage_candidate)}")
        for line in record.means
        if line.topic == "metric"
    ]
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts if text)
    looks = [(str(look.look), str(look.repeats), number(look.alpha, 4), look.verdict) for look in record.looks]
    table = html_table("Looks", ("look", "candidate repeats", "alpha", "verdict"), looks) if looks else ""
    notes = f"<h3>Notes</h3>{listed(map(escape, record.warnings))}" if record.warnings else ""
    return f"<dl>{rows}</dl>{table}{notes}"


def _side(record: GateRecord, place: int) -> str:
    side = (record.baseline, record.candidate)[place]
    parts = [side.label, count(side.repeats, "repeat"), f"runs {', '.join(side.runs)}", side.git]
    return "; ".join(part for part in parts if part)
