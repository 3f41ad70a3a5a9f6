"""Run the simulation and print what it found beside what was promised."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

import numpy as np
from bench.calibration_former import FORMER
from bench.calibration_mde import PAIRS, mde_lines, mde_rows
from bench.calibration_population import draw_items, draw_scores
from bench.calibration_real import real_rows
from bench.calibration_targets import AGGREGATE_DESIGNS, DESIGNS, KINDS, LARGE_SUITE, RUN_EFFECT, Line, lines
from bench.calibration_trial import Design, Rates, rates, run_trial

from ragtui.model import Kind
from ragtui.stats import compare_cells

DATASETS = {Kind.BINARY: 1_200, Kind.ORDINAL: 400, Kind.UNIT: 200, Kind.LOGPOS: 200}
MEAN_DATASETS = 1_000
"""Where no cells are judged, data sets are cheap."""
QUICK_DATASETS = 40
TIMED_ITEMS = 10_000
_COLUMNS = " | ".join(
    (
        f"{'kind':<8}{'runs':<10}{'change':<7}",
        "outside: all agreed varied worst      ",
        "proven worst  any   ",
        "power out  prov   FDR pooled stated",
        "any delta   FDR",
        "oracle power",
        "alarms suite popul. flip  cover",
    )
)


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the exit code is 1 when a full run breaks a line."""
    parser = argparse.ArgumentParser(description="Calibration of the noise model on simulated and real repeats.")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_DATASETS} data sets a design: a smoke test")
    parser.add_argument(
        "--datasets", type=int, help="data sets a design, instead of 1200 (binary), 400 (ordinal) and 200"
    )
    parser.add_argument("--mde", action="store_true", help="only the power at the change of the mean said to show")
    parser.add_argument("--kinds", nargs="*", choices=[str(kind) for kind in KINDS], default=[str(k) for k in KINDS])
    options = parser.parse_args(arguments)
    kinds = [kind for kind in KINDS if str(kind) in options.kinds]
    fewer = options.datasets or (QUICK_DATASETS if options.quick else None)
    found = [] if options.mde else _cells_and_means(kinds, fewer)
    print("\nchanges that one experiment says it would show: how often the next one proves them")
    sizes = []
    for size in mde_rows(kinds, fewer or PAIRS):
        sizes.append(size)
        print(size, flush=True)
    print("\nline  promise")
    checked = [line for line in (*found, *mde_lines(sizes)) if line.measured == line.measured]
    for line in checked:
        print(line)
    if options.quick or options.datasets:
        print("(limits hold for the full number of data sets; fewer scatter beyond them)")
        return 0
    return 0 if all(line.kept for line in checked) else 1


def _cells_and_means(kinds: list[Kind], fewer: int | None) -> list[Line]:
    """Simulate every design and split the real tables; the lines that follow from it, and of what it costs."""
    results: dict[Design, Rates] = {}
    print(_COLUMNS)
    for design in designs(kinds):
        count = fewer or (DATASETS[design.kind] if judges_cells(design) else MEAN_DATASETS)
        results[design] = simulate(design, count)
        print(_row(design, results[design]), flush=True)
    print("\nreal repeats, split at random: any delta, outside the band, proven, self-check")
    for row in real_rows():
        print(row, flush=True)
    return [*lines(results), *_cost_lines(kinds)]


def designs(kinds: list[Kind]) -> Iterator[Design]:
    """Everything that is simulated."""
    for kind in kinds:
        for runs_a, runs_b in DESIGNS:
            for change in ("none", "small", "large"):
                yield Design(kind, runs_a, runs_b, change=change)
        for profile_runs in (2, 3, 5):
            for change in ("none", "large"):
                yield Design(kind, 1, 1, change=change, profile_runs=profile_runs)
        for runs_a, runs_b in AGGREGATE_DESIGNS:
            yield Design(kind, runs_a, runs_b, items=LARGE_SUITE)
        for items in (40, LARGE_SUITE):
            yield Design(kind, 3, 3, items=items, run_effect=RUN_EFFECT)
        if kind is Kind.UNIT:
            for runs_a, runs_b in AGGREGATE_DESIGNS:
                yield Design(kind, runs_a, runs_b, two_state=True)


def simulate(design: Design, count: int) -> Rates:
    """Many data sets of one design; the seed depends on the design alone."""
    base = {Kind.BINARY: 9001, Kind.ORDINAL: 9002, Kind.UNIT: 9003, Kind.LOGPOS: 9004}[design.kind]
    seed = base + 100 * design.runs_a + design.runs_b
    size = [design.items, ord(design.change[0]), design.profile_runs]
    rng = np.random.default_rng([seed, *size, int(design.run_effect > 0), int(design.two_state)])
    cells = judges_cells(design)
    return rates([run_trial(design, rng, oracle=cells, cells=cells) for _ in range(count)])


def judges_cells(design: Design) -> bool:
    """Large suites are only simulated for their mean."""
    return design.items < LARGE_SUITE


def _row(design: Design, r: Rates) -> str:
    extra = f" N={design.items}" if design.items != 40 else ""
    extra += (" drift" if design.run_effect else "") + (" two-state" if design.two_state else "")
    false_among_flags = (
        f"{r.fdr:.3f} {r.noise_among_proven:.3f} {r.stated:.3f} " if design.change != "none" else " " * 18
    )
    former = FORMER.get((design.kind, design.runs_a, design.runs_b))
    if former and not extra and not design.profile_runs:
        was = {"none": former.proven, "small": former.small, "large": former.large}[design.change]
        extra = f"  former {'proven' if design.change == 'none' else 'power'} {was:.4f}"
    groups = (
        f"{design.kind:<8}{design.label:<10}{design.change:<7}",
        f"{r.outside:12.3f} {r.outside_agreed:6.3f} {r.outside_varied:6.3f} {r.outside_worst:5.3f} "
        f"{r.worst_stratum:<6}",
        f"{r.proven:.4f} {r.proven_worst:.3f}  {r.any_proven:.3f} ",
        f"{r.power_outside:9.3f} {r.power_proven:.3f} {false_among_flags}",
        f"{r.naive:9.3f} {r.naive_fdr:.3f}",
        f"{r.oracle:.3f}  {r.oracle_power:.3f}",
        f"{r.suite_alarms:12.3f}  {r.population_alarms:.3f}  {r.flip_alarms:.3f} {r.coverage:.3f}",
    )
    return " | ".join(groups) + extra


def _cost_lines(kinds: list[Kind]) -> Iterator[Line]:
    """CPU time of one metric with many items; a warm-up first, because tables are built once."""
    for kind in kinds:
        rng = np.random.default_rng(1)
        items = draw_items(kind, TIMED_ITEMS, rng)
        a, b = draw_scores(items, 5, rng), draw_scores(items, 5, rng)
        compare_cells(a[:50], b[:50], kind=kind)
        start = time.process_time()
        compare_cells(a, b, kind=kind)
        limit = 0.2 if kind in (Kind.BINARY, Kind.ORDINAL) else 2.0
        yield Line("16", f"CPU seconds, {TIMED_ITEMS} items, 5 v 5, {kind}", limit, time.process_time() - start)


if __name__ == "__main__":
    sys.exit(main())
