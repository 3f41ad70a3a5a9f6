"""Draw the picture of the manual's chapter "How noise is learned": `python tests/bench/noise_picture.py`.

Six of forty simulated items as the engine judges them: every dot is a score, the grey bar is the band around the
baseline's mean, the ring is the candidate's mean in the colour and sign of its verdict.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ragtui.model import Kind
from ragtui.stats import Cells, Verdict, compare_cells

TARGET = Path(__file__).resolve().parents[2] / "ragtui" / "manual" / "noise.svg"
STORIES = (
    ("never varies", (5, 5, 5), (5, 5, 5)),
    ("never varied before, fell", (5, 5, 5), (3, 3, 3)),
    ("jitters", (4, 5, 4), (4, 4, 5)),
    ("jitters, one step down", (4, 4, 3), (3, 4, 3)),
    ("jumps now and then", (5, 5, 2), (5, 2, 5)),
    ("fell in two runs of three", (5, 5, 5), (5, 3, 3)),
)
_LOOK = {
    Verdict.SAME: ("#6b7280", "· same"),
    Verdict.WITHIN: ("#6b7280", "within noise"),
    Verdict.UNPROVEN: ("#b45309", "△ unproven"),
    Verdict.REGRESSED: ("#b91c1c", "▼ regressed"),
    Verdict.IMPROVED: ("#15803d", "▲ improved"),
}
_WIDTH, _ROW, _TOP, _LEFT, _STEP = 840, 46, 56, 250, 74


def judged() -> Cells:
    """The stories among items that teach how such a metric is noisy."""
    rng = np.random.default_rng(7)
    level = rng.choice([5.0, 4.0, 3.0], 40, p=[0.6, 0.25, 0.15])
    width = np.where(rng.random(40) < 0.3, 0.5, 0.0)
    a, b = (np.clip(np.rint(level[:, None] + width[:, None] * rng.normal(size=(40, 3))), 1, 5) for _ in range(2))
    told = [np.array([story[side] for story in STORIES], float) for side in (1, 2)]
    return compare_cells(np.vstack([told[0], a]), np.vstack([told[1], b]), kind=Kind.ORDINAL, scale=(1, 5))


def picture(cells: Cells) -> str:
    """The SVG."""
    height = _TOP + _ROW * len(STORIES) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="sans-serif" '
        'font-size="13" role="img" aria-label="Six items, their repeats, bands and verdicts">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="16" y="24" fill="#111827">scores of 3 baseline (filled) and 3 candidate runs (open); '
        "grey: what an unchanged item may do</text>",
    ]
    parts += [
        f'<text x="{_x(level)}" y="{height - 12}" fill="#6b7280" text-anchor="middle">{level}</text>'
        for level in range(1, 6)
    ]
    for row, (name, a, b) in enumerate(STORIES):
        parts += _row(cells, row, name, a, b)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(cells: Cells, row: int, name: str, a: tuple[int, ...], b: tuple[int, ...]) -> list[str]:
    y = _TOP + _ROW * row + 14
    mean, other, band = float(cells.mean_a[row]), float(cells.mean_b[row]), float(cells.band[row])
    colour, word = _LOOK[Verdict(int(cells.verdict[row]))]
    low, high = _x(max(0.8, mean - band)), _x(min(5.2, mean + band))
    noise = cells.p_noise[row]
    chance = "" if noise >= 0.995 else f", chance of noise {noise:.0%}".replace("%", " %")
    return [
        f'<text x="16" y="{y + 5}" fill="#111827">{name}</text>',
        f'<rect x="{low - 3:.1f}" y="{y - 13}" width="{high - low + 6:.1f}" height="26" rx="4" fill="#e5e7eb"/>',
        *(
            f'<circle cx="{_x(score)}" cy="{y - 6 + 3 * place}" r="3.5" fill="#1f2937"/>'
            for place, score in enumerate(a)
        ),
        *(
            f'<circle cx="{_x(score) + 9}" cy="{y - 6 + 3 * place}" r="3.5" fill="none" stroke="#1f2937"/>'
            for place, score in enumerate(b)
        ),
        f'<circle cx="{_x(other):.1f}" cy="{y}" r="11" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<text x="{_x(5) + 44}" y="{y + 5}" fill="{colour}">{word}{chance}</text>',
    ]


def _x(score: float) -> float:
    return round(_LEFT + _STEP * (score - 1), 1)


if __name__ == "__main__":
    TARGET.write_text(picture(judged()), encoding="utf-8")
