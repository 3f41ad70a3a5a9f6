"""The metric strip of the compare screen: each mean with its interval and its counts of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.style import Style
from rich.text import Text

from ragtui.model import Role
from ragtui.present.clean import one_line
from ragtui.present.gauge import GAUGE_AXIS, GAUGE_WIDTH, gauge
from ragtui.present.numbers import MISSING, interval, mean_decimals, number, signed
from ragtui.present.sentences.labels import bounds_of, change_text, mean_text, outcome_words
from ragtui.stats import NOISE_UNKNOWN, MetricComparison, Verdict
from ragtui.tui.widgets.table.column_table import Column

BETTER, WORSE = "▲", "▼"


def metric_name(entry: MetricComparison) -> str:
    """The name, with a question mark where nobody told whether higher is better, or it was guessed from the name."""
    return f"{one_line(entry.metric.name)}{'' if entry.metric.direction_known else ' ?'}"


def mean_gauge(entry: MetricComparison) -> str:
    """Delta of the mean in units of its interval's half-width."""
    aggregate = entry.aggregate
    if aggregate is None or aggregate.interval is None:
        return " " * GAUGE_WIDTH
    half = (aggregate.interval.hi - aggregate.interval.lo) / 2
    if half == 0:
        bands = 0.0 if aggregate.delta == 0 else float("inf") * (1 if aggregate.delta > 0 else -1)
    else:
        bands = aggregate.delta / half
    return gauge(bands)


def verdict_text(entry: MetricComparison, *, withheld: bool = False) -> tuple[str, str]:
    """Sign and word of a metric's mean, with the style's name; in brackets where nothing may be concluded."""
    if entry.refused:
        return "x refused", "failed"
    glyph, word, style = outcome_words(entry)
    text = f"{glyph} {word}".rstrip()
    return f"({text})" if withheld else text, style


def bounds_text(entry: MetricComparison) -> str:
    """The deciding interval; says when it answers for new items."""
    aggregate = entry.aggregate
    if aggregate is None and entry.labels is not None:
        return bounds_of(entry)
    if aggregate is None or aggregate.interval is None:
        return MISSING
    text = interval(aggregate.interval.lo, aggregate.interval.hi, mean_decimals(entry.metric))
    return text if aggregate.estimand == "suite" else f"{text} new items"


def counts(entry: MetricComparison) -> tuple[int, int, int, int, int]:
    """Cells improved, regressed, unproven, in noise (same included), and with noise unknown."""
    cells = entry.cells
    return (
        cells.count(Verdict.IMPROVED),
        cells.count(Verdict.REGRESSED),
        cells.count(Verdict.UNPROVEN),
        cells.count(Verdict.WITHIN, Verdict.SAME),
        cells.count(*NOISE_UNKNOWN),
    )


def scored_text(entry: MetricComparison) -> tuple[str, str]:
    """Share of results that were scored on both sides in percent; 100 means every single one."""
    shares = [entry.coverage_a.share, entry.coverage_b.share]
    incomplete = min(shares) < 1
    return " ".join(f"{int(share * 100):>3}" for share in shares), "warning" if incomplete else "muted"


def metric_columns(
    entries: Sequence[MetricComparison], current: str, styles: Mapping[str, Style], *, withheld: bool = False
) -> list[Column]:
    """Columns of the strip, one row a metric; withheld: of sides that cannot be compared."""

    def cell(paint: Callable[[MetricComparison], str | tuple[str, str]]) -> Callable[[int], Text]:
        def render(row: int) -> Text:
            found = paint(entries[row])
            text, style = found if isinstance(found, tuple) else (found, "")
            if not style and entries[row].metric.role is Role.RESOURCE:
                style = "muted"
            return Text(text, styles.get(style, ""))

        return render

    def marker(entry: MetricComparison) -> tuple[str, str]:
        return "▸" if entry.metric.name == current else " ", "accent"

    def mean(side: str) -> Callable[[MetricComparison], str]:
        def paint(entry: MetricComparison) -> str:
            return mean_text(entry, side, mean_decimals(entry.metric))

        return paint

    def delta(entry: MetricComparison) -> str:
        return signed(entry.aggregate.delta, mean_decimals(entry.metric)) if entry.aggregate else change_text(entry)

    def tally(place: int, style: str) -> Callable[[MetricComparison], tuple[str, str]]:
        return lambda entry: (str(counts(entry)[place]), style if counts(entry)[place] else "muted")

    up, down = BETTER, WORSE
    longest = min(40, max([18, *(len(metric_name(entry)) for entry in entries)]))
    means = 14 if any(entry.labels is not None and entry.aggregate is None for entry in entries) else 8
    unknown_first = 2 if any(counts(entry)[4] for entry in entries) else 5
    bounds_width = max([18, *(len(bounds_text(entry)) for entry in entries)])  # a cut number is a wrong number
    return [
        Column("here", "", 1, 0, render=cell(marker)),
        Column("metric", "metric", longest, 0, render=cell(metric_name), names=lambda: map(metric_name, entries)),
        Column("base", "baseline", means, 1, align="right", render=cell(mean("a"))),
        Column("cand", "candidate", max(9, means), 1, align="right", render=cell(mean("b"))),
        Column("delta", "Δ", 8, 0, align="right", render=cell(delta)),
        Column("bounds", "95 % interval", bounds_width, 3, render=cell(bounds_text)),
        Column("gauge", GAUGE_AXIS, GAUGE_WIDTH, 6, render=cell(lambda e: mean_gauge(e))),
        Column("verdict", "verdict", 19 if withheld else 17, 0,
               render=cell(lambda entry: verdict_text(entry, withheld=withheld))),
        Column("better", up, 3, 2, align="right", render=cell(tally(0, "improved"))),
        Column("worse", down, 3, 2, align="right", render=cell(tally(1, "regressed"))),
        Column("unproven", "△▽", 3, 4, align="right", render=cell(tally(2, "unproven"))),
        Column("noise", "~", 4, 4, align="right", render=cell(tally(3, "noise"))),
        Column("unknown", "?", 3, unknown_first, align="right", render=cell(tally(4, "unknown"))),
        Column("scored", "scored %", 8, 2, align="right", render=cell(scored_text)),
    ]  # fmt: skip


def metric_line(entry: MetricComparison, styles: Mapping[str, Style], *, withheld: bool = False) -> Text:
    """The chosen metric in one line, for small screens."""
    left, right = "◂", "▸"
    word, style = verdict_text(entry, withheld=withheld)
    improved, regressed, unproven, noise, unknown = counts(entry)
    up, down, lean = BETTER, WORSE, "△▽"
    out = Text()
    out.append(f" {left} {one_line(entry.metric.name)} {right} ", styles["title"])
    if entry.aggregate is not None:
        digits = mean_decimals(entry.metric, narrow=True)
        out.append(f"{number(entry.aggregate.mean_a, digits)}→{number(entry.aggregate.mean_b, digits)} ")
        out.append(f"Δ {signed(entry.aggregate.delta, digits)} ")
    elif entry.labels is not None:
        out.append(f"{mean_text(entry, 'a', 0)}→{mean_text(entry, 'b', 0)} ")
    out.append(f"{word}", styles[style])
    scored, style = scored_text(entry)
    tally = {up: improved, down: regressed, lean: unproven, "~": noise}
    told = {
        sign: amount for sign, amount in tally.items() if amount or style != "warning"
    }  # 80 cells have no more room
    told |= {"?": unknown} if unknown else {}
    out.append("  " + " ".join(f"{amount}{sign}" for sign, amount in told.items()))
    if style == "warning":
        shares = dict.fromkeys(scored.split())
        out.append(f"  scored {' v '.join(shares)} %", styles[style])
    return out
