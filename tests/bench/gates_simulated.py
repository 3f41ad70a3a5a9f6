"""Simulated gates with known truth, beside a gate with a fixed threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from bench.calibration_population import Items, draw_items, draw_scores, true_means, worsened
from gate_cases import side_from
from stats_kit import Floats

from ragtui.exits import Exit
from ragtui.gate.deciding.case import Case
from ragtui.gate.deciding.policy import Policy
from ragtui.gate.deciding.verdict import decide
from ragtui.gate.gathering import case_of, compare_by_policy
from ragtui.gate.sequential import until_decided
from ragtui.model import Kind
from ragtui.stats.means.claim import Mode

ITEMS = 40
MARGIN = 0.10
THRESHOLD = 0.05
"""Drop of the mean at which the fixed-threshold gate fails; one level on one item in twenty."""


@dataclass(frozen=True)
class Row:
    """Shares over the gates of one design.

    Attributes:
        true_delta: mean true change of the suite.
        fails: exit 1 in no-regression mode with no margin.
        passes: exit 0 in non-inferiority mode with the margin.
        wrong_passes: of the gates whose true loss is at least the margin, passed in that mode; NaN without any.
        beyond: how many gates have such a loss.
        undecided: exit 3 in non-inferiority mode.
        fixed: fails of the fixed-threshold gate on the same means.
        limit: largest allowed share of `fails` where nothing changed; NaN where something did.
        least: least wanted share of `fails` where something changed; NaN where the notes name none.
    """

    name: str
    gates: int
    true_delta: float
    fails: float
    passes: float
    undecided: float
    wrong_passes: float
    beyond: int
    fixed: float
    limit: float = float("nan")
    least: float = float("nan")


_DESIGNS = (
    # name, change, repeats, run effect, limit on false alarms, least power
    ("null 1v1", "", (1, 1), 0.0, 0.04, float("nan")),
    ("null 3v1", "", (3, 1), 0.0, 0.04, float("nan")),
    ("null 3v3", "", (3, 3), 0.0, 0.04, float("nan")),
    ("null 5v5", "", (5, 5), 0.0, 0.04, float("nan")),
    ("null 3v3, run drift .3", "", (3, 3), 0.3, 0.06, float("nan")),
    ("small drop 3v3", "small", (3, 3), 0.0, float("nan"), float("nan")),
    ("small drop 5v5", "small", (5, 5), 0.0, float("nan"), float("nan")),
    ("large drop 1v1", "large", (1, 1), 0.0, float("nan"), float("nan")),
    ("large drop 3v3", "large", (3, 3), 0.0, float("nan"), 0.66),
    ("large drop 5v5", "large", (5, 5), 0.0, float("nan"), 0.74),
)


def simulate(gates: int, seed: int = 9005) -> list[Row]:
    """One row a design: ordinal scores, 40 items, the typical population; plus three metrics at once, and looks."""
    rows = [_row(*design, gates=gates, seed=seed + place) for place, design in enumerate(_DESIGNS)]
    rows.append(_three_metrics(gates, seed + 50))
    rows += _sequential(gates, seed + 60)
    return rows


def _row(
    name: str, change: str, repeats: tuple[int, int], drift: float, limit: float, least: float, *, gates: int, seed: int
) -> Row:
    rng = np.random.default_rng(seed)
    plain, strict = Policy(), Policy(mode=Mode.NON_INFERIORITY, margin=MARGIN)
    failed, passed, undecided, fixed, truths, lost = [], [], [], [], [], []
    for _ in range(gates):
        before, after, truth = _truth(Kind.ORDINAL, change, rng)
        x, y = draw_scores(before, repeats[0], rng, drift), draw_scores(after, repeats[1], rng, drift)
        case = _case({"quality": x}, {"quality": y}, plain)
        failed.append(decide(case, plain).exit is Exit.REGRESSION)
        verdict = decide(_case({"quality": x}, {"quality": y}, strict), strict).exit
        passed.append(verdict is Exit.OK)
        undecided.append(verdict is Exit.CANNOT_TELL)
        fixed.append(y.mean() < x.mean() - THRESHOLD)
        truths.append(truth)
        lost.append(truth <= -MARGIN)
    beyond = int(np.sum(lost))
    return Row(
        name=name,
        gates=gates,
        true_delta=float(np.mean(truths)),
        fails=float(np.mean(failed)),
        passes=float(np.mean(passed)),
        undecided=float(np.mean(undecided)),
        wrong_passes=float(np.mean(np.array(passed)[np.array(lost)])) if beyond else float("nan"),
        beyond=beyond,
        fixed=float(np.mean(fixed)),
        limit=limit,
        least=least,
    )


def _truth(kind: Kind, change: str, rng: np.random.Generator) -> tuple[Items, Items, float]:
    before = draw_items(kind, ITEMS, rng)
    if not change:
        return before, before, 0.0
    after, changed = worsened(before, change, rng)
    shift = true_means(after, rng, 800) - true_means(before, rng, 800)
    return before, after, float(np.where(changed, shift, 0.0).mean())


def _case(x: dict[str, Floats], y: dict[str, Floats], policy: Policy) -> Case:
    result = compare_by_policy(policy, side_from(x, name="base"), side_from(y, name="cand"))
    return case_of(result, policy)


def _three_metrics(gates: int, seed: int) -> Row:
    """Nothing changed on three metrics: any of them calls the gate red."""
    rng = np.random.default_rng(seed)
    policy = Policy()
    failed, fixed = [], []
    for _ in range(gates):
        before, after = dict[str, Floats](), dict[str, Floats]()
        for kind in (Kind.BINARY, Kind.ORDINAL, Kind.UNIT):
            items = draw_items(kind, ITEMS, rng)
            for side in (before, after):
                side[kind.value] = draw_scores(items, 3, rng)
        failed.append(decide(_case(before, after, policy), policy).exit is Exit.REGRESSION)
        fixed.append(any(after[name].mean() < before[name].mean() - THRESHOLD for name in before))
    nothing = float("nan")
    return Row("null 3v3, 3 metrics, Holm", gates, 0.0, float(np.mean(failed)), nothing, nothing, nothing, 0,
               float(np.mean(fixed)), limit=0.05)  # fmt: skip


def _looked_at(base: Floats, grown: list[Floats], policy: Policy) -> Case:
    return _case({"quality": base}, {"quality": np.hstack(grown)}, policy)


def _grow(grown: list[Floats], after: Items, rng: np.random.Generator) -> None:
    grown.append(draw_scores(after, 1, rng))


def _sequential(gates: int, seed: int) -> Iterator[Row]:
    """3 baseline repeats; the candidate grows from 1 to at most 6, looked at every time."""
    policy = Policy(mode=Mode.NON_INFERIORITY, margin=MARGIN)
    for name, change, limit in (
        ("null, until decided", "", 0.04),
        ("large drop, until decided", "large", float("nan")),
    ):
        rng = np.random.default_rng(seed)
        exits, truths, fixed, used = [], [], [], []
        for _ in range(gates):
            before, after, truth = _truth(Kind.ORDINAL, change, rng)
            base = draw_scores(before, 3, rng)
            grown = [draw_scores(after, 1, rng)]
            decided = until_decided(
                partial(_looked_at, base, grown, policy),
                partial(_grow, grown, after, rng),
                policy,
                budget=5,
            )
            exits.append(decided.verdict.exit)
            truths.append(truth)
            used.append(len(grown))
            fixed.append(any(part.mean() < base.mean() - THRESHOLD for part in grown))
        lost = np.array(truths) <= -MARGIN
        passed = np.array([code is Exit.OK for code in exits])
        yield Row(
            name=f"{name} ({np.mean(used):.1f} runs)",
            gates=gates,
            true_delta=float(np.mean(truths)),
            fails=float(np.mean([code is Exit.REGRESSION for code in exits])),
            passes=float(passed.mean()),
            undecided=float(np.mean([code is Exit.CANNOT_TELL for code in exits])),
            wrong_passes=float(passed[lost].mean()) if lost.any() else float("nan"),
            beyond=int(lost.sum()),
            fixed=float(np.mean(fixed)),
            limit=limit,
        )


def limits_broken(rows: Sequence[Row], errors: float = 2.0) -> list[str]:
    """Rows that break a limit by more than so many Monte-Carlo standard errors."""
    broken = []
    for row in rows:
        if row.fails > row.limit + errors * _se(row.limit, row.gates):
            broken.append(f"{row.name}: false alarms {row.fails:.3f}, limit {row.limit:.3f}")
        if row.fails < row.least - errors * _se(row.least, row.gates):
            broken.append(f"{row.name}: power {row.fails:.3f}, wanted {row.least:.3f}")
        if row.wrong_passes > 0.05 + errors * _se(0.05, row.beyond):
            broken.append(f"{row.name}: wrong passes {row.wrong_passes:.3f} of {row.beyond}, limit 0.050")
    return broken


def _se(share: float, count: int) -> float:
    return float(np.sqrt(share * (1 - share) / max(1, count)))


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        f"| design (ordinal, {ITEMS} items) | gates | true Δ | regression called | limit or target | not worse shown "
        f"| cannot tell | wrong passes | fixed threshold {THRESHOLD:g} fails |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        goal = (
            f"≤ {row.limit:.2f}" if row.limit == row.limit else f"≥ {row.least:.2f}" if row.least == row.least else ""
        )
        wrong = "" if row.wrong_passes != row.wrong_passes else f"{row.wrong_passes:.3f} of {row.beyond}"
        cells = (row.name, str(row.gates), f"{row.true_delta:.3f}", f"{row.fails:.3f}", goal,
                 _share(row.passes), _share(row.undecided), wrong, f"{row.fixed:.3f}")  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(value: float) -> str:
    return "" if value != value else f"{value:.3f}"
