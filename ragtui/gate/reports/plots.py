"""Inline SVG plots of a record. They hold no text of a run but escaped labels, and take their colours from the page."""

from __future__ import annotations

from html import escape

from ragtui.gate.record import GateRecord, MeanLine, Spread
from ragtui.present.numbers import pixels, signed

WIDTH = 760
_LABEL = 230
_ROW = 34
_TOP = 30


def means_plot(record: GateRecord) -> str:
    """Every gated mean's delta with its interval; each row on its own scale, better to the right."""
    lines = [line for line in record.means if line.delta is not None and line.topic != "budget"]
    if not lines:
        return ""
    height = _TOP + _ROW * len(lines) + 12
    rows = "".join(_mean_row(line, _TOP + _ROW * place) for place, line in enumerate(lines))
    middle = _LABEL + (WIDTH - _LABEL) / 2
    body = (
        f'<text class="faint" x="{_LABEL + 6}" y="16">← worse</text>'
        f'<text class="faint" x="{WIDTH - 6}" y="16" text-anchor="end">better →</text>'
        f'<line class="zero" x1="{middle}" x2="{middle}" y1="22" y2="{height - 8}"/>{rows}'
    )
    about = "; ".join(f"{line.name} {_delta(line)}, {line.standing}" for line in lines)
    return _svg("plot-means", "Change of each gated mean with its interval", about, height, body)


def _mean_row(line: MeanLine, top: float) -> str:
    assert line.delta is not None
    flip = -1.0 if line.higher_is_better is False else 1.0
    low, high = (line.low, line.high) if line.low is not None and line.high is not None else (line.delta, line.delta)
    reach = max(abs(low), abs(high), abs(line.delta), line.margin or 0.0, 1e-12) * 1.15
    half = (WIDTH - _LABEL) / 2 - 8
    centre = _LABEL + (WIDTH - _LABEL) / 2

    def x(value: float) -> float:
        return round(centre + flip * value / reach * half, 1)

    y = top + _ROW / 2
    left, right = sorted((x(low), x(high)))
    tone = _tone(line.standing)
    parts = [
        f'<text x="0" y="{y + 4}">{escape(_short(line.name))}</text>',
        f'<text class="faint" x="{_LABEL - 12}" y="{y + 4}" text-anchor="end">{_delta(line)}</text>',
    ]
    if line.margin:
        edge = round(centre - line.margin / reach * half, 1)
        parts.append(f'<line class="margin" x1="{edge}" x2="{edge}" y1="{y - 13}" y2="{y + 13}"/>')
    parts.append(
        f'<rect class="{tone} range" x="{left}" y="{y - 4}" '
        f'width="{pixels(max(1.0, right - left))}" height="8" rx="4"/>'
    )
    parts.append(_mark(tone, x(line.delta), y))
    return "".join(parts)


def _mark(tone: str, x: float, y: float) -> str:
    """A shape a standing: down triangle worse, up triangle better, disc otherwise; colour only repeats it."""
    if tone == "worse":
        return f'<path class="worse" d="M{x - 7} {y - 6}h14l-7 12z"/>'
    if tone == "better":
        return f'<path class="better" d="M{x - 7} {y + 6}h14l-7 -12z"/>'
    return f'<circle class="{tone}" cx="{x}" cy="{y}" r="5.5"/>'


def items_plot(spread: Spread, number: int) -> str:
    """The items' deltas of one metric, worst first, each with its noise band."""
    points = spread.points
    if not points:
        return ""
    height, base, room = 190, 95.0, 80.0
    reach = max(max(abs(point.delta), point.band or 0.0) for point in points) or 1.0
    step = (WIDTH - 20) / len(points)
    wide = max(1.0, min(14.0, step * 0.7))
    parts = [f'<line class="zero" x1="0" x2="{WIDTH}" y1="{base}" y2="{base}"/>']
    for place, point in enumerate(points):
        x = 10 + step * (place + 0.5)
        if point.band:
            band = point.band / reach * room
            parts.append(
                f'<rect class="band" x="{pixels(x - wide / 2)}" y="{pixels(base - band)}" '
                f'width="{pixels(wide)}" height="{pixels(2 * band)}"/>'
            )
        tone = {"regressed": "worse", "improved": "better"}.get(point.verdict, "noise")
        y = base - point.delta / reach * room
        parts.append(_mark(tone, round(x, 1), round(y, 1)) if tone != "noise" else _dot(x, y))
    changed = [point for point in points if point.verdict in ("regressed", "improved")]
    about = f"{spread.items} items; proven: " + (
        ", ".join(f"{point.item} {signed(point.delta, spread.digits)}" for point in changed) or "none"
    )
    title = f"{spread.metric}: delta of each item, worst first, with its noise band"
    return _svg(f"plot-items-{number}", title, about, height, "".join(parts))


def _dot(x: float, y: float) -> str:
    return f'<circle class="noise" cx="{pixels(x)}" cy="{pixels(y)}" r="2.6"/>'


def _svg(key: str, title: str, about: str, height: float, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(about)}</desc>{body}</svg>'
    )


def _tone(standing: str) -> str:
    if standing == "regressed":
        return "worse"
    return "better" if standing == "improved" else "noise"


def _delta(line: MeanLine) -> str:
    return signed(line.delta, line.digits)


def _short(text: str, width: int = 24) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
