"""Variance components: the noise of single scores, and the drift a whole run shares.

A two-way layout of items by runs without replication (Scheffé 1959): what is left after removing item and run means is
item noise; what run means scatter beyond that is drift between runs. A comparison blind to drift alarms far too often
on many items (Wang 2025, "Measuring all the noises of LLM evals").
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ragtui.stats.arrays import Bools, Floats
from ragtui.stats.comparison import Components
from ragtui.stats.two_sides import moves

FRAGMENT_SHARE = 0.5
"""A repeat that scored fewer of the common items than this is a fragment: it says nothing about whole runs."""
_DRIFT_SHRINKAGE = 1.0
"""Degrees of freedom that pull the mean square of runs towards "no drift"."""
_PSEUDO_FLIPS = 1.0
"""Score steps added to the item noise, so that zero observed noise is never zero noise."""


@dataclass(frozen=True, slots=True)
class RunBlock:
    """Sums of squares of one side, over the items that have every whole run.

    `doubt` is how well `ss_e` is known, as a standard deviation over the square root of 2: the noise of single scores
    differs from item to item, so that few of them may carry it (Satterthwaite 1946).
    """

    ss_run: float
    df_run: int
    ss_e: float
    df_e: int
    items: int
    doubt: float = 0.0


def whole_runs(scores: Floats, share: float = FRAGMENT_SHARE) -> Bools:
    """Which repeats (columns) score at least this share of the items (rows); an empty repeat is never whole."""
    scored = np.isfinite(scores).sum(axis=0)
    return np.asarray((scored > 0) & (scored >= share * len(scores)))


def run_block(scores: Floats) -> RunBlock:
    """Sums of squares of scores (items, repeats) without fragments; no degrees of freedom without two of each."""
    complete = scores[np.isfinite(scores).all(axis=1)]
    items, runs = complete.shape
    if runs < 2 or items < 2:
        return RunBlock(0.0, 0, 0.0, 0, items)
    complete = moves(complete)
    run_means, item_means = complete.mean(axis=0), complete.mean(axis=1, keepdims=True)
    residual = complete - item_means - run_means + complete.mean()
    ss_run = items * float(((run_means - complete.mean()) ** 2).sum())
    squares = (residual**2).sum(axis=1)
    doubt = math.hypot(*squares.tolist()) / math.sqrt(runs + 1)  # of normal noise on runs - 1 degrees of freedom
    return RunBlock(ss_run, runs - 1, float(squares.sum()), (items - 1) * (runs - 1), items, doubt)


def variance_components(blocks: Sequence[RunBlock], step: float = 0.0) -> Components | None:
    """Components pooled over sides.

    Args:
        blocks: one a side, or the profile's.
        step: smallest possible movement of a score; 0 for unbounded metrics.

    Returns:
        None without a single degree of freedom.
    """
    df_run, df_e = sum(block.df_run for block in blocks), sum(block.df_e for block in blocks)
    if not df_run or not df_e:
        return None
    ms_run_raw = sum(block.ss_run for block in blocks) / df_run
    ss_e = sum(block.ss_e for block in blocks) + _PSEUDO_FLIPS * step * step
    ms_e = ss_e / (df_e + 1)
    ms_run = (_DRIFT_SHRINKAGE * ms_e + df_run * ms_run_raw) / (_DRIFT_SHRINKAGE + df_run)
    items = sum(block.items * block.df_run for block in blocks) / df_run
    return Components(
        ms_run=ms_run,
        df_run=df_run + _DRIFT_SHRINKAGE,
        ms_run_raw=ms_run_raw,
        df_run_raw=df_run,
        ms_e=ms_e,
        df_e=df_e,
        n=items,
        sigma2_e=ms_e,
        sigma2_run=max(0.0, (ms_run - ms_e) / items),
        noisy_items=_noisy_items(ss_e, math.hypot(*(block.doubt for block in blocks)), items, df_run),
    )


def _noisy_items(ss_e: float, doubt: float, items: float, df_run: int) -> float:
    """How many equally noisy items would tell the noise as well."""
    return (ss_e / doubt) ** 2 / df_run if ss_e < doubt * math.sqrt(items * df_run) else items
