"""What the verdicts on labels are worth, on simulated data: python tests/bench/labels.py

20 data sets of 200 items and three labels; 85 % of items are steady (99, 90 or 70 % one label), the rest undecided. A
tenth of the items changes to other chances of its labels.
"""

from __future__ import annotations

import numpy as np

from ragtui.model import Repeat, Scores, label_metric
from ragtui.stats import PROVEN, compare

ITEMS, SETS, CHANGED, LABELS = 200, 20, 20, ("left", "right", "tie")
RNG = np.random.default_rng(1)
Chances = list[np.ndarray]


def side(chances: Chances, repeats: int, run: str) -> Scores:
    """Labels drawn with these chances."""
    drawn = np.array([[RNG.choice(len(LABELS), p=one) for _ in range(repeats)] for one in chances])
    values = np.stack([(drawn == place).astype(float) for place in range(len(LABELS))], axis=1)
    names = tuple(f"i{row}" for row in range(len(chances)))
    layers = tuple(Repeat(run, str(repeat + 1)) for repeat in range(repeats))
    metrics = tuple(label_metric("winner", label) for label in LABELS)
    return Scores(names, metrics, layers, values, np.ones(values.shape, np.uint8))


def population() -> Chances:
    """Chances of each item's labels."""
    out = []
    for _ in range(ITEMS):
        purity = RNG.choice([0.99, 0.9, 0.7, 0.0], p=[0.4, 0.3, 0.15, 0.15])
        if purity:
            one = np.full(len(LABELS), (1 - purity) / (len(LABELS) - 1))
            one[RNG.integers(len(LABELS))] = purity
        else:
            one = RNG.dirichlet(np.ones(len(LABELS)))
        out.append(one)
    return out


def main() -> None:
    """Print one line a design."""
    print("repeats  outside band, A/A  proven, A/A  power  proven that were noise: said, was")
    for repeats in (2, 3, 5):
        outside = false_alone = hits = wrong = 0
        said = 0.0
        for _ in range(SETS):
            before = population()
            cells = compare(side(before, repeats, "a"), side(before, repeats, "b")).metric("winner").cells
            outside += int((cells.p_band <= 0.05).sum())
            false_alone += int(np.isin(cells.verdict, PROVEN).sum())
            after = list(before)
            moved = np.zeros(ITEMS, bool)
            moved[RNG.choice(ITEMS, CHANGED, replace=False)] = True
            for row in np.flatnonzero(moved):
                after[row] = np.roll(after[row], 1)
            cells = compare(side(before, repeats, "a"), side(after, repeats, "b")).metric("winner").cells
            proven = np.isin(cells.verdict, PROVEN)
            hits += int(proven[moved].sum())
            wrong += int(proven[~moved].sum())
            said += float(cells.p_noise[proven].sum())
        total = SETS * ITEMS
        print(
            f"{repeats} v {repeats}    {outside / total:.1%}               {false_alone / total:.2%}        "
            f"{hits / (SETS * CHANGED):.0%}    {said:.1f}, {wrong} of {hits + wrong}"
        )


if __name__ == "__main__":
    main()
