"""From what was read of a run to arrays, texts and problems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ragtui.langfuse.api.records import Bundle, ItemRow, ResultRow, ScoreConfig, ScoreRow, TraceTotals
from ragtui.langfuse.api.shapes.plain import text_of
from ragtui.langfuse.api.shapes.texts import question_of
from ragtui.langfuse.read.raters import pick_scores
from ragtui.model import (
    COST,
    LATENCY,
    TOKENS,
    DirectionFrom,
    Kind,
    Metric,
    Problem,
    Rating,
    Repeat,
    Scores,
    State,
    guess_metric,
    is_human,
    label_metric,
    label_name,
    what_is_rated,
)

_WORDS = {
    "true": 1.0, "false": 0.0, "yes": 1.0, "no": 0.0, "pass": 1.0, "fail": 0.0, "passed": 1.0, "failed": 0.0,
    "correct": 1.0, "incorrect": 0.0,
}  # fmt: skip
MOST_LABELS = 12
"""Labels of a categorical score that become columns; a score with more is free text in all but name."""

_NOT_SCORES = ("TEXT", "CORRECTION")


@dataclass(frozen=True)
class Cell:
    """One item of a run: the pass that counts, the others, and what belongs to it.

    Attributes:
        ratings: what each person gave, for metrics that several people rated.
    """

    key: str
    chosen: ResultRow
    others: tuple[ResultRow, ...] = ()
    scores: Mapping[str, ScoreRow] = field(default_factory=dict)
    measure: TraceTotals | None = None
    ratings: Mapping[str, tuple[Rating, ...]] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """Why the pipeline failed; empty when it did not, or when it was scored all the same."""
        if not self.chosen.failed or any(score.value is not None for score in self.scores.values()):
            return ""
        said = self.measure.error if self.measure is not None else ""
        return said or self.chosen.error or text_of(self.chosen.output) or "the pipeline failed"


def cells_of(bundle: Bundle, items: Mapping[str, ItemRow]) -> dict[str, Cell]:
    """Cells by item key, in order of the items. Of several passes of one item the latest counts."""
    by_item: dict[str, list[ResultRow]] = {}
    for row in bundle.results:
        # Data that is no dataset may come without item ids; then each trace stands for itself.
        by_item.setdefault(row.item or row.trace, []).append(row)
    by_trace: dict[str, list[ScoreRow]] = {}
    for score in bundle.scores:
        by_trace.setdefault(score.trace, []).append(score)
    measures = {measure.trace: measure for measure in bundle.measures}
    cells: dict[str, Cell] = {}
    for hosted in [*(each for each in items if each in by_item), *(each for each in by_item if each not in items)]:
        rows = sorted(by_item[hosted], key=lambda row: (row.start or 0.0, row.trace), reverse=True)
        chosen = rows[0]
        key = item_key(hosted, items, chosen)
        key = hosted if key in cells else key
        picked = pick_scores(by_trace.get(chosen.trace, ()), chosen.root)
        measure = measures.get(chosen.trace)
        cells[key] = Cell(key, chosen, tuple(rows[1:]), picked.scores, measure, picked.ratings)
    return cells


def item_key(hosted: str, items: Mapping[str, ItemRow], row: ResultRow | None = None) -> str:
    """The id an item has in ragtui: the one its local dataset gave it, where it was seeded from one."""
    if hosted in items:
        return items[hosted].key
    for metadata in (row.item_metadata, row.metadata) if row is not None else ():
        name = metadata.get("ragtui_item")
        if isinstance(name, str) and name:
            return name
    return hosted


def config_of(name: str, scores: Iterable[ScoreRow], configs: Sequence[ScoreConfig]) -> ScoreConfig:
    """What the project says of a metric: by the configuration its scores name, else by the only one of its name.

    Several of one name that contradict each other say nothing.
    """
    named = {score.config for score in scores if score.config}
    found = [config for config in configs if config.id in named]
    found = found or [config for config in configs if config.name == what_is_rated(name) and not config.archived]
    said = {(one.lowest, one.highest, *one.labels, one.higher_is_better): one for one in found}
    return next(iter(said.values())) if len(said) == 1 else ScoreConfig(name)


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
    kinds: dict[str, set[str]] = {}
    words: dict[str, set[str]] = {}
    given: dict[str, list[ScoreRow]] = {}
    failed: set[str] = set()
    for cell in cells:
        for name, score in cell.scores.items():
            kinds.setdefault(name, set()).add(score.kind)
            given.setdefault(name, []).append(score)
            if score.value is None and score.label:
                words.setdefault(name, set()).add(score.label.strip())
        for name, ratings in cell.ratings.items():
            words.setdefault(name, set()).update(rating.label for rating in ratings if rating.label)
        failed |= set(cell.measure.failed_metrics) if own and cell.measure is not None else set()
    metrics: list[Metric] = []
    verbal: list[str] = []
    for name in sorted({*kinds, *failed}):
        scores = given.get(name, [])
        config = config_of(name, scores, configs)
        labels = {label.strip() for label in config.labels} | words.get(name, set())
        if words.get(name) and (
            kinds.get(name, set()) & set(_NOT_SCORES) or not set(map(str.lower, labels)) <= set(_WORDS)
        ):
            if kinds.get(name, set()) & set(_NOT_SCORES) or len(labels) > MOST_LABELS:
                verbal.append(name)
            else:
                metrics += [label_metric(name, label) for label in sorted(labels)]
            continue
        metric = replace(guess_metric(what_is_rated(name)), name=name)
        metric = metric.directed(config.higher_is_better, DirectionFrom.FILE)
        if (scale := _range_of(config)) is not None and not _outside(scores, scale):
            metric = replace(metric, scale=scale)
        binary = kinds.get(name) == {"BOOLEAN"} or bool(words.get(name))
        metrics.append(replace(metric, kind=Kind.BINARY) if binary else metric)
    return tuple(metrics), tuple(verbal)


def _range_of(config: ScoreConfig) -> tuple[float, float] | None:
    return None if config.lowest is None or config.highest is None else (config.lowest, config.highest)


def _outside(scores: Iterable[ScoreRow], scale: tuple[float, float]) -> list[ScoreRow]:
    """Scores outside of a range: a server checks only those that name its configuration."""
    return [score for score in scores if score.value is not None and not scale[0] <= score.value <= scale[1]]


def range_problems(cells: Iterable[Cell], configs: Sequence[ScoreConfig], where: str) -> tuple[Problem, ...]:
    """Metrics whose scores are not in the range that the project's configuration gives: it is not theirs."""
    given: dict[str, list[ScoreRow]] = {}
    for cell in cells:
        for name, score in cell.scores.items():
            given.setdefault(name, []).append(score)
    out = []
    for name, scores in sorted(given.items()):
        scale = _range_of(config_of(name, scores, configs))
        if scale is not None and (strange := _outside(scores, scale)):
            message = f"{name}: {len(strange)} of {len(scores)} scores are outside {scale[0]:g} to {scale[1]:g}"
            hint = "The range of the score configuration is not used; correct the scores or the configuration."
            out.append(Problem(where, message, hint))
    return tuple(out)


def number_of(score: ScoreRow | None) -> float | None:
    """A score as a number; words such as "pass" and "no" are 1 and 0."""
    if score is None:
        return None
    return score.value if score.value is not None else _WORDS.get(score.label.strip().lower())


def build(
    cells: Mapping[str, Cell],
    missing: Sequence[str],
    repeat: Repeat,
    expected_order: Sequence[str],
    own: bool = False,
    configs: Sequence[ScoreConfig] = (),
) -> tuple[Scores, tuple[str, ...]]:
    """The score cube of one repeat, and the names of metrics that have words only.

    Args:
        missing: keys of items the run should have and does not.
        expected_order: keys of the dataset's items, for the order of rows.
        own: ragtui wrote the run.
    """
    metrics, verbal = metrics_of(cells.values(), own, configs)
    given = {metric.name for metric in metrics}
    # A score called "cost" is what its author says it is; it takes the place of what the spans add up to.
    measured = [
        metric
        for metric in (LATENCY, COST, TOKENS)
        if metric.name not in given and any(_resource(cell, metric) is not None for cell in cells.values())
    ]
    columns = (*metrics, *measured)
    known = set(cells) | set(missing)
    rows = tuple(dict.fromkeys([*(key for key in expected_order if key in known), *cells, *missing]))
    values = np.full((len(rows), len(columns), 1), np.nan)
    states = np.full(values.shape, int(State.MISSING), np.uint8)
    for row, key in enumerate(rows):
        cell = cells.get(key)
        if cell is None:
            continue
        for column, metric in enumerate(columns):
            value, state = _measured(cell, metric) if column >= len(metrics) else _scored(cell, metric)
            states[row, column, 0] = int(state)
            if state is State.SCORED and value is not None:
                values[row, column, 0] = value
    return Scores(rows, columns, (repeat,), values, states), verbal


def _measured(cell: Cell, metric: Metric) -> tuple[float | None, State]:
    value = _resource(cell, metric)
    return value, State.MISSING if value is None else State.SCORED


def _scored(cell: Cell, metric: Metric) -> tuple[float | None, State]:
    of = metric.label_of or metric.name
    score = cell.scores.get(of)
    value = number_of(score)
    if metric.label_of and score is not None and score.label:
        value = float(score.label.strip() == label_name(metric))
    if value is not None:
        return value, State.SCORED
    if cell.error:
        return None, State.ITEM_ERROR
    if of in cell.scores or failure_of(cell, of):
        return None, State.METRIC_ERROR
    return None, State.MISSING


def failure_of(cell: Cell, metric: str) -> str:
    """What the evaluator of a metric said when it failed; evaluators are found by name."""
    if cell.measure is None:
        return ""
    return cell.measure.failed_metrics.get(metric, "")


def _resource(cell: Cell, metric: Metric) -> float | None:
    if metric is LATENCY:
        latency = cell.chosen.latency
        # The server keeps milliseconds: a duration of zero is below what it can say.
        return latency if latency is not None and latency > 0 else None
    if cell.measure is None:
        return None
    if metric is COST:
        return cell.measure.cost
    return float(sum(cell.measure.tokens.values())) if cell.measure.tokens else None


def problems_of(
    bundle: Bundle, cells: Mapping[str, Cell], missing: Sequence[str], verbal: Sequence[str], where: str, fresh: bool
) -> tuple[Problem, ...]:
    """Everything about a run a reader must know before trusting its numbers.

    Args:
        fresh: the run was active so recently that its server may still be working on it.
    """
    out = [Problem(where, message, hint) for message, hint in bundle.notes]
    late = "It ran minutes ago; Langfuse can be 10 minutes behind. Refresh later." if fresh else ""
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        out.append(
            Problem(
                where,
                f"{len(missing)} of {len(missing) + len(cells)} items are missing: {', '.join(missing[:5])}{more}",
                late or "They were lost on the way or never run; Langfuse does not say which.",
            )
        )
    twice = {key: cell for key, cell in cells.items() if cell.others}
    if twice:
        names = ", ".join(f"{key} ×{len(cell.others) + 1}" for key, cell in list(twice.items())[:5])
        out.append(
            Problem(
                where,
                f"{len(twice)} of {len(cells)} items are recorded more than once ({names}); the latest counts",
                "The same run name was used again, or a retry was stored twice. The others are kept with each item.",
            )
        )
    errors = [key for key, cell in cells.items() if cell.error]
    if errors:
        more = f" and {len(errors) - 5} more" if len(errors) > 5 else ""
        message = f"the pipeline failed on {len(errors)} of {len(cells)} items: {', '.join(errors[:5])}{more}"
        out.append(Problem(where, message, "They count as errors, never as zero."))
    out += _score_problems(cells, where, late)
    if bundle.capped:
        out.append(
            Problem(
                where,
                f"{len(bundle.capped)} of {len(cells)} items have 50 scores, the most this listing gives",
                "There may be more. Refresh when the scores endpoint answers again.",
            )
        )
    words = "is free text: shown with each item, not compared"
    return (*out, *(Problem(where, f"{name} {words}") for name in verbal))


def _score_problems(cells: Mapping[str, Cell], where: str, late: str) -> list[Problem]:
    out = []
    judged = [cell for cell in cells.values() if not cell.error]
    names = sorted({name for cell in judged for name in cell.scores})
    for name in names:
        scored = sum(_says_something(cell.scores.get(name)) for cell in judged)
        failed = sum(bool(failure_of(cell, name)) for cell in judged)
        # People score a sample; how many they scored stands in every table.
        if scored < len(judged) and not is_human(name):
            empty = sum(name in cell.scores for cell in judged) - scored
            reasons = [f"{failed} failed"] * bool(failed) + [f"{empty} hold no number that is a score"] * bool(empty)
            because = f" ({', '.join(reasons)})" if reasons else ""
            hint = late or "Server-side judges may score only a sample; a lost score never arrives."
            out.append(Problem(where, f"{name}: {scored} of {len(judged)} items scored{because}", hint))
    evaluators = sorted({name for cell in judged if cell.measure for name in cell.measure.failed_metrics} - set(names))
    for name in evaluators:
        failed = sum(bool(failure_of(cell, name)) for cell in judged)
        out.append(Problem(where, f"evaluator {name} failed on {failed} of {len(judged)} items and left no score"))
    if judged and not names:
        out.append(Problem(where, f"none of {len(judged)} items has a score", late or "Was an evaluator set?"))
    return out


def _says_something(score: ScoreRow | None) -> bool:
    return score is not None and bool(score.label or score.value is not None)


def run_score_problems(run_scores: Mapping[str, ScoreRow], scores: Scores, where: str) -> tuple[Problem, ...]:
    """Run-level scores that are not the mean of the items' scores of the same name."""
    out = []
    for name, score in run_scores.items():
        stem = next(
            (name.removeprefix(start) for start in ("mean_", "avg_", "average_") if name.startswith(start)), name
        )
        if score.value is None or stem not in scores.column_of:
            continue
        values = scores.of(stem)
        mean = float(np.nanmean(values)) if np.isfinite(values).any() else None
        if mean is not None and abs(mean - score.value) > 0.005 * max(1.0, abs(mean)):
            message = f"the run's own score {name} is {score.value:g}; the mean of its items is {mean:g}"
            out.append(Problem(where, message, "It was computed by whoever sent it, perhaps over other items."))
    return tuple(out)


def calls_of(bundle: Bundle) -> dict[str, dict[str, Any]]:
    """Settings of the run's model calls by their name; several values of one setting are all named."""
    found: dict[str, dict[str, set[str]]] = {}
    plain: dict[tuple[str, str], Any] = {}
    for measure in bundle.measures:
        for name, said in measure.calls.items():
            for key, value in said.items():
                found.setdefault(name, {}).setdefault(key, set()).add(str(value))
                plain[name, key] = value
    return {
        name: {
            key: plain[name, key] if len(values) == 1 else " | ".join(sorted(values))
            for key, values in sorted(keys.items())
        }
        for name, keys in sorted(found.items())
    }


def configuration_name(name: str, rule: str) -> str:
    """What a name rule makes of a run name: its group `config`, else its first group; empty when it does not match.

    Raises:
        re.error: the rule is no regular expression.
    """
    match = re.search(rule, name) if rule else None
    if match is None:
        return ""
    if "config" in match.groupdict():
        return match["config"] or ""
    return (match[1] or "") if match.re.groups else match[0]


def question_in(row: ResultRow, item: ItemRow | None) -> str:
    """The question of a result: as the pipeline got it, else as the dataset has it now."""
    return question_of(row.input) or (question_of(item.input) if item is not None else "")
