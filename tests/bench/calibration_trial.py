"""One simulated comparison judged by the model, by an oracle and by the eye; and rates over many of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from bench.calibration_population import (
    STRATA,
    Bools,
    Floats,
    Items,
    draw_items,
    draw_scores,
    true_means,
    two_state,
    worsened,
)
from numpy.typing import NDArray

from ragtui.model import Kind
from ragtui.stats import Verdict, compare_cells, compare_mean

ORACLE_DRAWS = 999
MIN_STRATUM = 20
"""A noise class with fewer items has no rate worth naming."""
MIN_PROVEN = 50
"""With fewer proven cells, what was stated cannot be held against what was true."""
LOWER_IS_BETTER = {Kind.LOGPOS}
STEP = {Kind.BINARY: 1.0, Kind.ORDINAL: 1.0, Kind.UNIT: 1 / 31, Kind.LOGPOS: 0.0}


@dataclass(frozen=True)
class Design:
    """What is simulated: a kind of score, a number of items, runs a side, and what changes."""

    kind: Kind
    runs_a: int
    runs_b: int
    items: int = 40
    change: str = "none"
    run_effect: float = 0.0
    profile_runs: int = 0
    two_state: bool = False

    @property
    def label(self) -> str:
        """Such as "3 v 1"."""
        profile = f" + {self.profile_runs}" if self.profile_runs else ""
        return f"{self.runs_a} v {self.runs_b}{profile}"


@dataclass(frozen=True)
class Trial:
    """Flags of one data set beside the truth; arrays have one entry an item."""

    stratum: NDArray[np.int64]
    changed: Bools
    agreed: Bools
    moved: Bools
    outside: Bools
    proven: Bools
    stated: Floats
    oracle: Bools
    suite_alarm: bool
    population_alarm: bool
    flip_alarm: bool
    covered: bool | None


def run_trial(design: Design, rng: np.random.Generator, oracle: bool = True, cells: bool = True) -> Trial:
    """Simulate a data set and judge it.

    Args:
        oracle: whether the rule that knows the true noise is worked out too.
        cells: whether single cells are judged; False leaves only the mean.
    """
    before = draw_items(design.kind, design.items, rng)
    if design.two_state:
        before = two_state(before, rng)
    after, changed = before, np.zeros(design.items, bool)
    if design.change != "none":
        after, changed = worsened(before, design.change, rng)
    a = draw_scores(before, design.runs_a, rng, design.run_effect)
    b = draw_scores(after, design.runs_b, rng, design.run_effect)
    profile = _profile(before, design, rng)
    delta = b.mean(axis=1) - a.mean(axis=1)
    outside = proven = np.zeros(design.items, bool)
    stated = np.ones(design.items)
    if cells:
        outside, proven, stated = _flags(a, b, profile, design.kind)
    mean = compare_mean(a, b, profile=profile, step=STEP[design.kind])
    assert mean is not None
    moved_items = (true_means(items.chosen(changed), rng) for items in (after, before))
    truth = float(np.subtract(*moved_items).sum()) / design.items
    suite = mean.suite
    return Trial(
        stratum=before.stratum,
        changed=changed,
        agreed=np.ptp(a, axis=1) == 0,
        moved=np.abs(delta) > 1e-9,
        outside=outside,
        proven=proven,
        stated=stated,
        oracle=_oracle(before, design, delta, rng) if oracle else np.zeros(design.items, bool),
        suite_alarm=suite is not None and not suite.lo <= 0 <= suite.hi,
        population_alarm=mean.population is not None and not mean.population.lo <= 0 <= mean.population.hi,
        flip_alarm=mean.p_flip <= 0.05,
        covered=None if suite is None else suite.lo <= truth <= suite.hi,
    )


def _profile(items: Items, design: Design, rng: np.random.Generator) -> Floats | None:
    """Earlier repeats of another configuration, in which 15 % of the items scored differently."""
    if not design.profile_runs:
        return None
    other = draw_items(design.kind, design.items, rng)
    moved = rng.random(design.items) < 0.15
    level = np.where(moved, other.level, items.level)
    return draw_scores(replace(items, level=level), design.profile_runs, rng)


def _flags(a: Floats, b: Floats, profile: Floats | None, kind: Kind) -> tuple[Bools, Bools, Floats]:
    cells = compare_cells(a, b, kind=kind, profile=profile, higher_is_better=kind not in LOWER_IS_BETTER)
    proven = np.isin(cells.verdict, (Verdict.IMPROVED, Verdict.REGRESSED))
    return proven | (cells.verdict == Verdict.UNPROVEN), proven, cells.p_noise


def _oracle(items: Items, design: Design, delta: Floats, rng: np.random.Generator) -> Bools:
    """Deltas that fewer than 5 % of unchanged comparisons reach, found by replaying the item's true noise."""
    replayed = items.repeated(ORACLE_DRAWS)
    runs = draw_scores(replayed, design.runs_a + design.runs_b, rng)
    null = runs[:, design.runs_a :].mean(axis=1) - runs[:, : design.runs_a].mean(axis=1)
    as_far = np.abs(null.reshape(len(items), ORACLE_DRAWS)) >= np.abs(delta)[:, None] - 1e-9
    return np.asarray((1 + as_far.sum(axis=1)) / (1 + ORACLE_DRAWS) <= 0.05)


@dataclass(frozen=True)
class Rates:
    """Rates over many trials of one design; NaN where nothing could be counted.

    `fdr` is the expected share of noise among the proven cells of a comparison, 0 where none is proven (Benjamini and
    Hochberg 1995); `noise_among_proven` is the share of noise among the `proven_cells` of all comparisons together, and
    `stated` their mean chance of noise.
    """

    outside: float
    outside_agreed: float
    outside_varied: float
    outside_worst: float
    worst_stratum: str
    proven: float
    proven_worst: float
    any_proven: float
    power_outside: float
    power_proven: float
    fdr: float
    noise_among_proven: float
    stated: float
    proven_cells: int
    naive: float
    naive_fdr: float
    oracle: float
    oracle_power: float
    suite_alarms: float
    population_alarms: float
    flip_alarms: float
    coverage: float

    @property
    def overconfidence(self) -> float:
        """True share of noise among proven cells in units of the stated one; NaN below 50 proven cells."""
        return self.noise_among_proven / self.stated if self.proven_cells >= MIN_PROVEN else float("nan")


def rates(trials: Sequence[Trial]) -> Rates:
    """Pool trials: rates of false flags over unchanged items, power over changed ones."""
    stratum, changed, agreed, moved, outside, proven, stated, oracle = (
        np.concatenate([getattr(trial, name) for trial in trials])
        for name in ("stratum", "changed", "agreed", "moved", "outside", "proven", "stated", "oracle")
    )
    still = ~changed
    members = {name: still & (stratum == number) for number, name in enumerate(STRATA)}
    by_stratum = {name: rows for name, rows in members.items() if rows.sum() >= MIN_STRATUM} or {"all": still}
    worst = max(by_stratum, key=lambda name: _share(outside, by_stratum[name]))
    covered = [trial.covered for trial in trials if trial.covered is not None]
    return Rates(
        outside=_share(outside, still),
        outside_agreed=_share(outside, still & agreed),
        outside_varied=_share(outside, still & ~agreed),
        outside_worst=_share(outside, by_stratum[worst]),
        worst_stratum=worst,
        proven=_share(proven, still),
        proven_worst=max(_share(proven, chosen) for chosen in by_stratum.values()),
        any_proven=float(np.mean([(trial.proven & ~trial.changed).any() for trial in trials])),
        power_outside=_share(outside, changed),
        power_proven=_share(proven, changed),
        fdr=_false_discoveries([(trial.proven, trial.changed) for trial in trials]),
        noise_among_proven=_share(still, proven),
        stated=float(stated[proven].mean()) if proven.any() else float("nan"),
        proven_cells=int(proven.sum()),
        naive=_share(moved, still),
        naive_fdr=_false_discoveries([(trial.moved, trial.changed) for trial in trials]),
        oracle=_share(oracle, still),
        oracle_power=_share(oracle, changed),
        suite_alarms=float(np.mean([trial.suite_alarm for trial in trials])),
        population_alarms=float(np.mean([trial.population_alarm for trial in trials])),
        flip_alarms=float(np.mean([trial.flip_alarm for trial in trials])),
        coverage=float(np.mean(covered)) if covered else float("nan"),
    )


def _share(flags: Bools, among: Bools) -> float:
    return float(flags[among].mean()) if among.any() else float("nan")


def _false_discoveries(flags: Sequence[tuple[Bools, Bools]]) -> float:
    return float(np.mean([(flagged & ~changed).sum() / max(1, flagged.sum()) for flagged, changed in flags]))
