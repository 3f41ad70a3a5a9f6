"""What a line of the runs screen shows of its comparison with the baseline.

Imported with the first comparison: the list itself stands without numpy and the statistics.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from rich.style import Style
from rich.text import Text

from ragtui.present.clean import one_line
from ragtui.present.gauge import spark
from ragtui.present.numbers import MISSING, mean_decimals, signed
from ragtui.present.sentences.labels import change_text, outcome_words
from ragtui.present.sentences.notes import say_notes
from ragtui.present.verdicts import outcome_sign
from ragtui.stats import NOISE_UNKNOWN, MetricComparison, Verdict
from ragtui.workbench import SideComparison


def delta_cell(entry: MetricComparison) -> tuple[str, str]:
    """Verdict sign with the delta against the baseline, and its style."""
    if entry.outcome is None:
        return MISSING, "muted"
    if entry.aggregate is None:
        glyph, _, style = outcome_words(entry)
        return f"{glyph} {change_text(entry)}", style
    sign = outcome_sign(entry.aggregate.outcome)
    return f"{sign.glyph} {signed(entry.aggregate.delta, mean_decimals(entry.metric))}", sign.style


def worse_cells(result: SideComparison) -> int:
    """How many cells are proven worse, or errors."""
    return sum(entry.cells.count(Verdict.REGRESSED, Verdict.ERROR) for entry in result.comparison.quality)


def spark_cell(result: SideComparison, metric: str) -> str:
    """Mean of each repeat as a bar on the metric's scale."""
    if metric not in result.b.scores.column_of:
        return ""
    values = result.b.scores.of(metric)
    with np.errstate(invalid="ignore"):
        scored = np.isfinite(values).sum(axis=0)
        means = np.where(scored > 0, np.nansum(values, axis=0) / np.maximum(scored, 1), np.nan)
    return spark([float(mean) for mean in means[:10]], scale_of(result, metric))


def scale_of(result: SideComparison, metric: str) -> tuple[float, float]:
    """Lowest and highest score of a metric: declared, else of its levels, else seen."""
    entry = result.comparison.metric(metric)
    if entry.labels is not None:
        return 0.0, 1.0
    if entry.metric.scale:
        return entry.metric.scale
    grid = entry.cells.grid
    if grid is not None and not grid.log:
        return grid.lo, grid.lo + grid.step * (grid.levels - 1)
    both = [side.scores.of(metric) for side in (result.a, result.b) if metric in side.scores.column_of]
    finite = np.concatenate([values[np.isfinite(values)] for values in both]) if both else np.zeros(0)
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def against(out: Text, result: SideComparison, styles: Mapping[str, Style]) -> None:
    """What the comparison with the baseline found, for the pane beside the list."""
    out.append(f"\nagainst {one_line(result.a.label)}\n", styles["title"])
    for blocker in say_notes(result.blockers):
        out.append(f"not comparable: {one_line(blocker)}\n", styles["failed"])
    for entry in result.comparison.quality:
        if entry.outcome is None:
            continue
        sign = outcome_sign(entry.outcome)
        moved = (
            change_text(entry)
            if entry.aggregate is None
            else signed(entry.aggregate.delta, mean_decimals(entry.metric))
        )
        out.append(f"{one_line(entry.metric.name)[:18]:<18} {moved:>7}  ")
        out.append(f"{sign.glyph} {sign.word.removesuffix(' shown')}\n", styles[sign.style])
    quality = result.comparison.quality
    tally = {
        "improved": sum(entry.cells.count(Verdict.IMPROVED) for entry in quality),
        "regressed": sum(entry.cells.count(Verdict.REGRESSED) for entry in quality),
        "unproven": sum(entry.cells.count(Verdict.UNPROVEN) for entry in quality),
        "within noise": sum(entry.cells.count(Verdict.WITHIN, Verdict.SAME) for entry in quality),
        "noise unknown": sum(entry.cells.count(*NOISE_UNKNOWN) for entry in quality),
    }
    out.append("cells: " + ", ".join(f"{amount} {word}" for word, amount in tally.items() if amount) + "\n")
