"""What the scores of a run measure: metrics with their kinds, scales and directions, and the project's word on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ragtui.langfuse.api.records import ScoreConfig, ScoreRow
from ragtui.langfuse.read.cube.cells import Cell
from ragtui.langfuse.read.cube.kinds import WORDS
from ragtui.model import DirectionFrom, Kind, Metric, Problem, guess_metric, label_metric, what_is_rated

MOST_LABELS = 12
"""Labels of a categorical score that become columns; a score with more is free text in all but name."""

_NOT_SCORES = {"TEXT", "CORRECTION"}


@dataclass
class _Given:
    """What all items of a run were given under one name."""

    scores: list[ScoreRow] = field(default_factory=list)
    words: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> set[str]:
        return {score.kind for score in self.scores}

    @property
    def is_text(self) -> bool:
        return bool(self.kinds & _NOT_SCORES)


def metrics_of(
    cells: Iterable[Cell], own: bool = False, configs: Sequence[ScoreConfig] = ()
) -> tuple[tuple[Metric, ...], tuple[str, ...]]:
    """Metrics with numbers, by name; and the names whose scores are free text.

    A categorical score becomes one column a label, "tone = formal", which is 1 where the label was given and 0 where
    another was: its means are shares, its changes are flips, and repeats give it a noise band like any other.

    Args:
        configs: score configurations of the project: scales, labels and directions that need no guess.
        own: ragtui wrote the run, so a failed evaluator is called as its metric is. Elsewhere an evaluator's name need
            not be that of any metric, and one that failed on every item is a problem, not a column.
    """
    cells = list(cells)
    given = _given(cells)
    failed = {name for cell in cells if cell.measure is not None for name in cell.measure.failed_metrics} if own else ()
    metrics: list[Metric] = []
    verbal: list[str] = []
    for name in sorted({*given, *failed}):
        one = given.get(name, _Given())
        config = config_of(name, one.scores, configs)
        labels = {label.strip() for label in config.labels} | one.words
        if not one.words or (not one.is_text and all(label.lower() in WORDS for label in labels)):
            metrics.append(_numeric(name, one, config))
        elif one.is_text or len(labels) > MOST_LABELS:
            verbal.append(name)
        else:
            metrics += [label_metric(name, label) for label in sorted(labels)]
    return tuple(metrics), tuple(verbal)


def _given(cells: Iterable[Cell]) -> dict[str, _Given]:
    found: dict[str, _Given] = {}
    for cell in cells:
        for name, score in cell.scores.items():
            one = found.setdefault(name, _Given())
            one.scores.append(score)
            if score.value is None and score.label:
                one.words.add(score.label.strip())
        for name, ratings in cell.ratings.items():
            found[name].words |= {rating.label for rating in ratings if rating.label}
    return found


def _numeric(name: str, given: _Given, config: ScoreConfig) -> Metric:
    """A metric whose values are numbers, or words that mean 1 and 0."""
    metric = replace(guess_metric(what_is_rated(name)), name=name)
    metric = metric.directed(config.higher_is_better, DirectionFrom.FILE)
    if (scale := _range_of(config)) is not None and not _outside(given.scores, scale):
        metric = replace(metric, scale=scale)
    return replace(metric, kind=Kind.BINARY) if given.words or given.kinds == {"BOOLEAN"} else metric


def config_of(name: str, scores: Iterable[ScoreRow], configs: Sequence[ScoreConfig]) -> ScoreConfig:
    """What the project says of a metric: by the configuration its scores name, else by the only one of its name.

    Several of one name that contradict each other say nothing.
    """
    named = {score.config for score in scores if score.config}
    found = [config for config in configs if config.id in named]
    found = found or [config for config in configs if config.name == what_is_rated(name) and not config.archived]
    said = {(one.lowest, one.highest, *one.labels, one.higher_is_better): one for one in found}
    return next(iter(said.values())) if len(said) == 1 else ScoreConfig(name)


def range_problems(cells: Iterable[Cell], configs: Sequence[ScoreConfig], where: str) -> tuple[Problem, ...]:
    """Metrics whose scores are not in the range that the project's configuration gives: it is not theirs."""
    out = []
    for name, given in sorted(_given(cells).items()):
        scale = _range_of(config_of(name, given.scores, configs))
        if scale is not None and (strange := _outside(given.scores, scale)):
            message = f"{name}: {len(strange)} of {len(given.scores)} scores are outside {scale[0]:g} to {scale[1]:g}"
            hint = "The range of the score configuration is not used; correct the scores or the configuration."
            out.append(Problem(where, message, hint))
    return tuple(out)


def _range_of(config: ScoreConfig) -> tuple[float, float] | None:
    return None if config.lowest is None or config.highest is None else (config.lowest, config.highest)


def _outside(scores: Iterable[ScoreRow], scale: tuple[float, float]) -> list[ScoreRow]:
    """Scores outside of a range: a server checks only those that name its configuration."""
    return [score for score in scores if score.value is not None and not scale[0] <= score.value <= scale[1]]
