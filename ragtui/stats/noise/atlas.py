"""Noise that others measured: how real evaluations repeated themselves, shipped for those who have no repeats.

Every entry of `atlas.json` is the noise model of one metric in one repeated evaluation, without its items: shares of
the shapes in `ragtui.stats.noise.behaviours`. `tests/bench/borrowed.py --write` fits them and says from what.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from ragtui.model import Kind
from ragtui.stats.arrays import Floats
from ragtui.stats.noise.behaviours import Shape, shapes_for
from ragtui.stats.noise.grid import Grid


@dataclass(frozen=True, eq=False)
class MeasuredNoise:
    """How one metric of one real evaluation repeated itself.

    Attributes:
        data: the data set it was measured on.
        name: which part of it.
        what: the sort of score, in words.
        origin: who published the data and under which licence.
        kind: lattice of the scores.
        levels: of the grid it was fitted on.
        step: distance of two levels there (of logarithms for latencies).
        items, repeats: how much was measured.
        differ: share of pairs of runs of one item that differ, latencies by more than a level.
        zone_shapes: share of each shape at the bottom, in the middle and at the top, (3, shapes).
    """

    data: str
    name: str
    what: str
    origin: str
    kind: Kind
    levels: int
    step: float
    items: int
    repeats: int
    differ: float
    zone_shapes: Floats

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> MeasuredNoise:
        """An entry of the file."""
        facts = {key: raw[key] for key in raw if key not in ("kind", "zone_shapes")}
        return cls(kind=Kind(raw["kind"]), zone_shapes=np.array(raw["zone_shapes"], float), **facts)

    def on(self, grid: Grid) -> Floats:
        """The shares of the shapes on another grid of the same sort, (3, shapes of that grid).

        Jitters keep their width as a share of the scale (as a factor for latencies), jumps their chance.
        """
        scale = self.step / grid.step if grid.log else (grid.levels - 1) / (self.levels - 1)
        shapes = shapes_for(grid.levels)
        out = np.zeros((3, len(shapes)))
        for number, shape in enumerate(shapes_for(self.levels)):
            out[:, _nearest(shape, scale, shapes)] += self.zone_shapes[:, number]
        return out


def _nearest(shape: Shape, scale: float, shapes: tuple[Shape, ...]) -> int:
    """Which of some shapes comes nearest to one whose width grows by a factor."""
    if shape in shapes and (shape.family not in ("jit", "mix") or scale == 1):
        return shapes.index(shape)
    alike = [one for one in shapes if one.family == shape.family and one.jumps == shape.jumps]
    if not alike:  # short scales have no mixes: what jitters most of the time jitters
        alike = [one for one in shapes if one.family == ("jit" if shape.family == "mix" else "far")]
    width = max(shape.amount, 1e-9) * (scale if shape.family in ("jit", "mix") else 1.0)
    return shapes.index(min(alike, key=lambda one: abs(math.log(one.amount / width))))


@lru_cache(maxsize=1)
def atlas() -> tuple[MeasuredNoise, ...]:
    """Everything that was measured."""
    read = json.loads(files("ragtui.stats.noise").joinpath("atlas.json").read_text("utf-8"))
    return tuple(MeasuredNoise.from_dict(entry) for entry in read)
