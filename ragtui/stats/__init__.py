"""Telling change from noise, in numpy and nothing else.

from ragtui.stats import compare_cells, compare_mean
cells = compare_cells(baseline_scores, candidate_scores)      # arrays (items, repeats), NaN where missing
mean = compare_mean(baseline_scores, candidate_scores, step=1.0)
"""

from ragtui.stats.cells import compare_cells
from ragtui.stats.compare import ERROR_RATE, compare
from ragtui.stats.comparison import (
    Aggregate,
    Cells,
    Comparison,
    Components,
    Coverage,
    Interval,
    LabelFacts,
    MetricComparison,
    SelfCheck,
)
from ragtui.stats.doubts.copies import Circumstances
from ragtui.stats.doubts.freshness import Freshness, Reruns
from ragtui.stats.enough.planning import (
    NoiseSplit,
    cheapest_judgings,
    look_alpha,
    mde,
    repeats_needed,
    split_judge_pipeline,
)
from ragtui.stats.enough.settle import repeats_to_settle
from ragtui.stats.enough.stopping import settled
from ragtui.stats.explain import CellFacts, Doubt, cell_facts
from ragtui.stats.means.aggregate import compare_mean
from ragtui.stats.means.outcome import Question, decide
from ragtui.stats.means.sign_flip import flip_test
from ragtui.stats.means.student import t_quantile, t_two_sided
from ragtui.stats.noise.grid import Grid, make_grid
from ragtui.stats.noise.noise_model import NoiseModel, fit_noise
from ragtui.stats.noise_report import MetricNoise, NoiseReport, noise_report
from ragtui.stats.selfcheck import self_check
from ragtui.stats.settings import Settings
from ragtui.stats.verdict import FLAGGED, NOISE_UNKNOWN, PROVEN, Estimand, Outcome, Verdict

__all__ = [
    "ERROR_RATE", "FLAGGED", "NOISE_UNKNOWN", "PROVEN", "Aggregate", "CellFacts", "Cells", "Circumstances",
    "Comparison", "Components", "Coverage", "Doubt", "Estimand", "Freshness", "Grid", "Interval", "LabelFacts",
    "MetricComparison", "MetricNoise", "NoiseModel", "NoiseReport", "NoiseSplit", "Outcome", "Question", "Reruns",
    "SelfCheck", "Settings", "Verdict", "cell_facts", "cheapest_judgings", "compare", "compare_cells",
    "compare_mean", "decide", "fit_noise", "flip_test", "look_alpha", "make_grid", "mde", "noise_report",
    "repeats_needed", "repeats_to_settle", "self_check", "settled", "split_judge_pipeline", "t_quantile",
    "t_two_sided",
]  # fmt: skip
