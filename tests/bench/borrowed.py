"""Do borrowed bands hold? `python tests/bench/borrowed.py` leaves out one data set after another and prints it.

`--write` fits the atlas that ragtui ships. The repeated evaluations are tables that do not belong to this project.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from bench.calibration_population import Floats
from bench.calibration_real import TABLES, tables

from ragtui.model import Kind
from ragtui.stats import Grid, Verdict, compare_cells, fit_noise, make_grid
from ragtui.stats.noise.atlas import MeasuredNoise
from ragtui.stats.noise.borrowed import borrow
from ragtui.stats.noise.levels import count_levels

LOCAL_RAG = TABLES.parents[1] / "sample_data" / "local-rag"
ATLAS = Path(__file__).resolve().parents[2] / "ragtui" / "stats" / "noise" / "atlas.json"
QUIET_FROM = 1795389900
"""Latencies of the local model before this moment are inflated by other work on its machine."""
SPLITS = 24
MOST_ITEMS = 200
LEAST_CHANGE = {Kind.BINARY: 0.6, Kind.ORDINAL: 1.5, Kind.UNIT: 0.3, Kind.LOGPOS: 0.4}
"""Difference of the means over all repeats from which an item of two configurations counts as changed."""
PROMISED_UNCHANGED, PROMISED_CHANGED = 0.08, 0.60


@dataclass(frozen=True, eq=False)
class Repeated:
    """Scores of one configuration on one metric, (items, repeats), and the items they belong to."""

    data: str
    config: str
    metric: str
    what: str
    origin: str
    kind: Kind
    items: tuple[str, ...]
    scores: Floats

    @property
    def name(self) -> str:
        return f"{self.metric}, {self.config}"

    def grid(self) -> Grid:
        grid = make_grid(self.scores, self.kind)
        assert grid is not None
        return grid

    def fitted(self) -> MeasuredNoise:
        """Its entry in the atlas."""
        grid = self.grid()
        levels = grid.indices(self.scores)
        counts = count_levels(levels, grid.levels)
        frequencies = (counts / counts.sum(axis=1, keepdims=True)).sum(axis=0)
        model = fit_noise(counts, grid.levels, frequencies)
        first, second = np.triu_indices(levels.shape[1], 1)
        apart = np.abs(levels[:, first] - levels[:, second]) > grid.log
        return MeasuredNoise(
            data=self.data, name=self.name, what=self.what, origin=self.origin, kind=grid.kind, levels=grid.levels,
            step=grid.step, items=len(self.scores), repeats=self.scores.shape[1],
            differ=round(float(apart.mean()), 4), zone_shapes=model.zone_shapes.round(5),
        )  # fmt: skip


PUBLISHED = {
    "cruxeval_n10": ("CRUXEval", "generated code passes or not", "facebookresearch/cruxeval, MIT"),
    "gpqa_diamond_n5": ("GPQA diamond", "right or wrong answer under sampling", "UKGovernmentBEIS/inspect_ai, MIT"),
    "llmstability_n4_10": (
        "LLM stability", "right or wrong answer at temperature 0", "breckbaldwin/llm-stability, Apache-2.0",
    ),
    "taubench_airline_n4": ("tau-bench airline", "task solved or not", "sierra-research/tau-bench, MIT"),
}  # fmt: skip
OWN = "ragtui's own run of a local model (Qwen2.5-Coder-1.5B as generator and judge, temperature 0.7)"


def repeated_sets() -> Iterator[Repeated]:
    """Every real repeated evaluation at hand."""
    for path in sorted(TABLES.glob("*.csv")):
        data, what, origin = PUBLISHED[path.stem]
        for (config, metric), (items, scores) in tables(path).items():
            yield Repeated(data, config, metric, what, origin, Kind.BINARY, items, scores)
    yield from _local_rag()


def _local_rag() -> Iterator[Repeated]:
    for config in "AB":
        paths = sorted(LOCAL_RAG.glob(f"{config}-repeat*.jsonl"))
        runs = [{row["item"]: row for row in map(json.loads, path.read_text().splitlines())} for path in paths]
        if not runs:  # they lie beside a clone, not in it
            continue
        for metric, kind, what in (
            ("faithfulness", Kind.ORDINAL, "judge's level 1 to 5, answer and judge anew"),
            ("relevance", Kind.ORDINAL, "judge's level 1 to 5, answer and judge anew"),
            ("context_precision", Kind.BINARY, "judge's yes or no, answer and judge anew"),
            ("expected_f1", Kind.UNIT, "word overlap of sampled answers, no judge"),
            ("latency", Kind.LOGPOS, "seconds of one local model on one thread"),
        ):

            def value(row: dict[str, Any], metric: str = metric) -> float:
                if metric == "latency":
                    return float(row["latency"]["generate"]) if row["ts"] >= QUIET_FROM else float("nan")
                return float(row["scores"].get(metric, row.get(metric)))

            items = sorted(set.intersection(*(set(run) for run in runs)))
            scores = np.array([[value(run[item]) for run in runs] for item in items])
            whole = np.isfinite(scores).all(axis=1)
            kept = tuple(item for item, good in zip(items, whole, strict=True) if good)
            yield Repeated("ragtui's local RAG", config, metric, what, OWN, kind, kept, scores[whole])


def borrowed_outside(measured: Sequence[MeasuredNoise], grid: Grid, x: Floats, y: Floats) -> np.ndarray:
    """Rows of two single runs outside the borrowed band."""
    shift = grid.positions(y) - grid.positions(x)
    found = borrow(measured, grid, grid.indices(x), grid.indices(y), shift)
    return np.zeros(len(x), bool) if found is None else found.outside


@dataclass
class Line:
    """Shares of cells of one set: unchanged that moved and that left the borrowed band, changed ones outside."""

    name: str
    cells: int = 0
    moved: int = 0
    outside: int = 0
    changed: int = 0
    borrowed: int = 0
    own: int = 0


def unchanged(one: Repeated, measured: Sequence[MeasuredNoise], items: int, splits: int) -> Line:
    """Two runs of one configuration: nothing changed."""
    rng = np.random.default_rng([13, len(one.scores), items])
    line, grid = Line(f"{one.data}: {one.name}"), one.grid()
    for _ in range(splits):
        rows = rng.permutation(len(one.scores))[:items]
        first, second = rng.permutation(one.scores.shape[1])[:2]
        x, y = one.scores[rows, first], one.scores[rows, second]
        line.cells += len(rows)
        line.moved += int((np.abs(x - y) > 1e-9).sum())
        line.outside += int(borrowed_outside(measured, grid, x, y).sum())
    return line


def changed(a: Repeated, b: Repeated, measured: Sequence[MeasuredNoise], items: int, splits: int) -> Line:
    """Two configurations: items whose means over all repeats lie far apart, outside borrowed and own bands."""
    rng = np.random.default_rng([14, len(a.scores), items])
    common = sorted(set(a.items) & set(b.items))
    place_a, place_b = ({item: n for n, item in enumerate(one.items)} for one in (a, b))
    x = a.scores[[place_a[item] for item in common]]
    y = b.scores[[place_b[item] for item in common]]
    line = Line(f"{a.data}: {a.metric}, {a.config} to {b.config}")
    if len(common) < 10:
        return line
    grid = make_grid(np.concatenate([x.ravel(), y.ravel()]), a.kind)
    assert grid is not None
    size = grid.step * np.abs(grid.positions(y).mean(axis=1) - grid.positions(x).mean(axis=1))
    differs = size >= LEAST_CHANGE[a.kind]
    for _ in range(splits):
        rows = rng.permutation(len(common))[:items]
        order, other = rng.permutation(x.shape[1]), rng.permutation(y.shape[1])
        base, single, candidate = x[rows][:, order[:3]], x[rows][:, order[0]], y[rows][:, other[0]]
        truly = differs[rows]
        found = borrowed_outside(measured, grid, single, candidate)
        cells = compare_cells(base, candidate[:, None], kind=a.kind, grid=grid)
        line.changed += int(truly.sum())
        line.borrowed += int(found[truly].sum())
        line.own += int(np.isin(cells.verdict[truly], (Verdict.UNPROVEN, Verdict.IMPROVED, Verdict.REGRESSED)).sum())
    return line


def left_out(one: Repeated, entries: Sequence[MeasuredNoise]) -> tuple[list[MeasuredNoise], str]:
    """What may be borrowed for a set when its own data set is left out, and from what; the closest leaving that works.

    Of judges, word overlap and latencies one data set is all there is: there the configuration is left out, which
    shows less.
    """
    kind = [entry for entry in entries if entry.kind is one.kind]
    others = [entry for entry in kind if entry.data != one.data]
    if others:
        return others, "other data"
    return [entry for entry in kind if one.config not in entry.name], "the other configuration"


def report(items: int, splits: int) -> int:
    """Print both tables; 1 when a promise is broken."""
    sets = list(repeated_sets())
    entries = [one.fitted() for one in sets]
    broken = 0
    print(f"Unchanged: two runs of one configuration, {items} items at most, {splits} draws; % of cells")
    for one in sets:
        measured, source = left_out(one, entries)
        line = unchanged(one, measured, items, splits)
        share = line.outside / line.cells
        broken += share > PROMISED_UNCHANGED
        print(
            f"{line.name[:72]:<72} any delta {100 * line.moved / line.cells:5.1f}  outside {100 * share:5.1f}"
            f"  (borrowed from {source}){'  ABOVE 8' if share > PROMISED_UNCHANGED else ''}"
        )
    print("Changed: items whose means differ, outside the borrowed band of 1 v 1 and the own band of 3 v 1")
    total: dict[Kind, Line] = {}
    for a, b in permutations(sets, 2):
        if (a.data, a.metric) != (b.data, b.metric):
            continue
        measured, _ = left_out(a, entries)
        if left_out(b, entries)[1] != "other data":  # where one data set is all there is, both sides lend
            measured = [entry for entry in entries if entry.kind is a.kind]
        line = changed(a, b, measured, items, splits)
        if not line.changed:
            continue
        kind = total.setdefault(a.kind, Line(f"all {a.kind}"))
        kind.changed, kind.borrowed, kind.own = (
            kind.changed + line.changed, kind.borrowed + line.borrowed, kind.own + line.own,
        )  # fmt: skip
        print(_changed_text(line))
    for line in total.values():
        broken += line.borrowed < PROMISED_CHANGED * line.own
        print(_changed_text(line))
    return int(broken > 0)


def _changed_text(line: Line) -> str:
    return (
        f"{line.name[:72]:<72} changed {line.changed:5}  outside: borrowed {line.borrowed / line.changed:.2f}"
        f"  own {line.own / line.changed:.2f}  of own {line.borrowed / max(line.own, 1):.2f}"
    )


def ceiling(a: Repeated, b: Repeated) -> tuple[int, float]:
    """How many items changed, and which share of their pairs of single runs leaves a band that knows everything.

    It knows the noise of this very set from all of its repeats, and is as narrow as at most 8 % of the pairs of
    unchanged runs outside allow, with one chance for all levels.
    """
    common = sorted(set(a.items) & set(b.items))
    place_a, place_b = ({item: n for n, item in enumerate(one.items)} for one in (a, b))
    x = a.scores[[place_a[item] for item in common]]
    y = b.scores[[place_b[item] for item in common]]
    grid = make_grid(np.concatenate([x.ravel(), y.ravel()]), a.kind)
    assert grid is not None
    size = grid.step * np.abs(grid.positions(y).mean(axis=1) - grid.positions(x).mean(axis=1))
    differs = size >= LEAST_CHANGE[a.kind]
    if len(common) < 10 or not differs.any():
        return 0, 0.0
    own, before, after = (grid.indices(scores) for scores in (a.scores, x[differs], y[differs]))
    unchanged_pairs = np.zeros((grid.levels, grid.levels))
    changed_pairs = np.zeros((grid.levels, grid.levels))
    for one, other in permutations(range(own.shape[1]), 2):
        np.add.at(unchanged_pairs, (own[:, one], own[:, other]), 1.0)
    for one in range(before.shape[1]):
        for other in range(after.shape[1]):
            np.add.at(changed_pairs, (before[:, one], after[:, other]), 1.0)
    levels = np.arange(grid.levels)
    apart = np.abs(levels[:, None] - levels)
    from_level = unchanged_pairs / np.maximum(unchanged_pairs.sum(axis=1, keepdims=True), 1.0)
    beyond = np.stack([(from_level * (apart >= far)).sum(axis=1) for far in range(grid.levels + 1)], axis=1)
    best = 0.0
    for alpha in np.linspace(0.001, 0.5, 250):
        outside = apart > np.maximum((beyond > alpha).sum(axis=1) - 1, 0)[:, None]
        if unchanged_pairs[outside].sum() <= PROMISED_UNCHANGED * unchanged_pairs.sum():
            best = max(best, float(changed_pairs[outside].sum() / changed_pairs.sum()))
    return int(differs.sum()), best


def ceilings() -> None:
    """Print what the best band of single runs would find of what changed."""
    total: dict[Kind, list[float]] = {}
    for a, b in permutations(repeated_sets(), 2):
        if (a.data, a.metric) != (b.data, b.metric):
            continue
        items, found = ceiling(a, b)
        if items:
            print(
                f"{f'{a.data}: {a.metric}, {a.config} to {b.config}'[:72]:<72} changed {items:5}  ceiling {found:.2f}"
            )
            total.setdefault(a.kind, []).extend([found] * items)
    for kind, shares in total.items():
        print(f"{f'all {kind}':<72} changed {len(shares):5}  ceiling {np.mean(shares):.2f}")


def write() -> None:
    """Fit the atlas anew."""
    entries = []
    for one in repeated_sets():
        entry = asdict(one.fitted())
        entries.append(entry | {"zone_shapes": entry["zone_shapes"].tolist()})
    lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
    ATLAS.write_text(f"[\n{lines}\n]\n", "utf-8")
    print(f"{len(entries)} sets written")


def main(arguments: list[str] | None = None) -> int:
    """Print the tables, or write the atlas."""
    parser = argparse.ArgumentParser(description="Borrowed noise, one data set left out after another.")
    parser.add_argument("--items", type=int, default=MOST_ITEMS, help="items of a comparison, at most")
    parser.add_argument("--splits", type=int, default=SPLITS, help="comparisons a row")
    parser.add_argument("--write", action="store_true", help="fit the atlas that is shipped, in place of measuring")
    parser.add_argument("--ceiling", action="store_true", help="what the best band of single runs would find")
    options = parser.parse_args(arguments)
    if options.ceiling:
        ceilings()
        return 0
    if options.write:
        write()
        return 0
    return report(options.items, options.splits)


if __name__ == "__main__":
    sys.exit(main())
