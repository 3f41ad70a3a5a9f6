"""The gate as one HTML file: opens from disk, asks no network, runs no script, reads in light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from ragtui.gate.record import GateRecord, ItemLine
from ragtui.gate.reports.plots import items_plot, means_plot
from ragtui.gate.reports.shown import SIGNS, item_cells, mean_cells, show_share, sides
from ragtui.present.numbers import count, number

MOST_ITEMS = 500

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
base-uri 'none'; form-action 'none'">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#reasons">Skip to the reasons</a>
<header class="verdict exit-{exit}">
<h1><span class="sign" aria-hidden="true">{sign}</span> ragtui gate: {verdict}</h1>
<p class="headline">{headline}</p>
<p>{question}</p>
</header>
<nav aria-label="Sections">
<ul>
{links}
</ul>
</nav>
<main id="main">
{sections}
</main>
<footer>
<p>ragtui {version}, {created}, exit {exit}</p>
</footer>
</body>
</html>
"""


def as_html(record: GateRecord) -> str:
    """The page. Every text of a run is escaped; links are made only to http and https addresses."""
    sections = [
        ("reasons", "Reasons", _reasons(record)),
        ("means", "Gated means", _means(record)),
        ("items", "Items", _items(record)),
        ("spread", "Spread of the items", _spreads(record)),
        ("method", "How this was decided", _method(record)),
    ]
    shown = [(key, title, body) for key, title, body in sections if body]
    return _PAGE.format(
        title=escape(f"{record.title} – ragtui gate"),
        style=files("ragtui.gate.reports").joinpath("report.css").read_text(encoding="utf-8"),
        sign=SIGNS[record.verdict],
        verdict=escape(record.title),
        headline=escape(record.headline),
        question=escape(record.question),
        links="\n".join(f'<li><a href="#{key}">{title}</a></li>' for key, title, _ in shown),
        sections="\n".join(
            f'<section id="{key}" aria-labelledby="{key}-h" tabindex="-1">\n'
            f'<h2 id="{key}-h">{title}</h2>\n{body}\n</section>'
            for key, title, body in shown
        ),
        version=escape(record.version),
        created=escape(record.created),
        exit=record.exit,
    )


def _reasons(record: GateRecord) -> str:
    if not record.findings:
        return f"<p>Nothing stands against the candidate: {escape(sides(record))}.</p>"
    return _list(f"<strong>{escape(found.verdict)}</strong> {escape(found.sentence)}" for found in record.findings)


def _means(record: GateRecord) -> str:
    if not record.means:
        return ""
    head = ("mean", "baseline", "candidate", "Δ", f"{record.confidence * 100:g} % interval", "margin", "standing")
    rows = [(line.name, *mean_cells(line), line.standing) for line in record.means]
    said = [escape(" ".join(filter(None, (line.sentence, line.needs)))) for line in record.unsaid]
    sentences = _list(said) if said else ""
    plot = means_plot(record)
    figure = (
        f"<figure>{plot}<figcaption>Bars are intervals; the dashed line is the margin.</figcaption></figure>"
        if plot
        else ""
    )
    return figure + _table("Gated means", head, rows) + sentences


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
    return _table("Items to look at", head, rows) + rest + f"<h3>In sentences</h3>{explained}"


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
    table = _table("Looks", ("look", "candidate repeats", "alpha", "verdict"), looks) if looks else ""
    notes = f"<h3>Notes</h3>{_list(map(escape, record.warnings))}" if record.warnings else ""
    return f"<dl>{rows}</dl>{table}{notes}"


def _side(record: GateRecord, place: int) -> str:
    side = (record.baseline, record.candidate)[place]
    parts = [side.label, count(side.repeats, "repeat"), f"runs {', '.join(side.runs)}", side.git]
    return "; ".join(part for part in parts if part)


def _list(entries: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{entry}</li>" for entry in entries) + "</ul>"


def _table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column names the row; it scrolls sideways by keyboard when the window is narrow."""
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )
