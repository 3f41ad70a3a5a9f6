"""Real repeated scores split into a mock baseline and candidate: every flag is false, and no noise is assumed.

Tables are long-form CSV files (item, repeat, config, metric, score) that do not belong to this project.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bench.calibration_population import Floats

from ragtui.stats import SelfCheck, Verdict, compare_cells, self_check

TABLES = Path(__file__).resolve().parents[3] / "shared" / "statistics" / "real"
SPLITS = 12
DESIGNS = ((3, 1), (2, 2), (3, 3), (5, 5))
MOST_ITEMS = 200


@dataclass(frozen=True)
class RealRow:
    """What was found on one metric of one configuration under one design; rates are per cell."""

    table: str
    config: str
    metric: str
    items: int
    repeats: int
    runs_a: int
    runs_b: int
    moved: float
    outside: float
    proven: float
    check: SelfCheck | None

    def __str__(self) -> str:
        name = f"{self.table[:20]:<20} {self.config[:28]:<28} {self.metric[:30]:<30}"
        size = f"{self.items:>4} x {self.repeats:<2} {self.runs_a} v {self.runs_b}"
        check = "" if self.check is None else f"{self.check.share:.3f}{' warn' if self.check.warn else ''}"
        return f"{name} {size}  {self.moved:.3f}  {self.outside:.3f}  {self.proven:.4f}  {check}"


def real_rows(splits: int = SPLITS) -> Iterator[RealRow]:
    """One row a table, configuration and design; nothing where the tables are not there."""
    for path in sorted(TABLES.glob("*.csv")) if TABLES.is_dir() else ():
        for (config, metric), (_, scores) in tables(path).items():
            check = self_check(scores[:MOST_ITEMS, :5])
            for runs_a, runs_b in DESIGNS:
                if runs_a + runs_b <= scores.shape[1]:
                    rates = _split_rates(scores, runs_a, runs_b, splits)
                    items, repeats = scores.shape
                    yield RealRow(path.stem, config, metric, items, repeats, runs_a, runs_b, *rates, check)


def tables(path: Path) -> dict[tuple[str, str], tuple[tuple[str, ...], Floats]]:
    """Items that have every repeat and their scores (items, repeats), by configuration and metric."""
    cells: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    with path.open(newline="") as lines:
        for row in csv.DictReader(lines):
            cells[row["config"], row["metric"]][row["item"]][row["repeat"]] = float(row["score"] or "nan")
    out = {}
    for key, by_item in cells.items():
        repeats = sorted({repeat for scores in by_item.values() for repeat in scores})
        items = sorted(by_item)
        scores = np.array([[by_item[item].get(repeat, np.nan) for repeat in repeats] for item in items])
        whole = np.isfinite(scores).all(axis=1)
        if whole.sum() >= 20 and scores.shape[1] >= 4:
            out[key] = tuple(np.array(items)[whole].tolist()), scores[whole]
    return out


def _split_rates(scores: Floats, runs_a: int, runs_b: int, splits: int) -> tuple[float, float, float]:
    rng = np.random.default_rng([20240229, runs_a, runs_b])
    moved, outside, proven, cells = 0, 0, 0, 0
    for _ in range(splits):
        rows = rng.permutation(len(scores))[:MOST_ITEMS]
        order = rng.permutation(scores.shape[1])
        a, b = scores[rows][:, order[:runs_a]], scores[rows][:, order[runs_a : runs_a + runs_b]]
        judged = compare_cells(a, b)
        flagged = judged.count(Verdict.IMPROVED, Verdict.REGRESSED)
        moved += int((np.abs(judged.delta) > 1e-9).sum())
        outside += flagged + judged.count(Verdict.UNPROVEN)
        proven += flagged
        cells += len(rows)
    return moved / cells, outside / cells, proven / cells
