"""The user's own scoring functions, also in the shape that Langfuse evaluators have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ragtui.model import Context, Item, Judgement, Metric, guess_metric
from ragtui.runner.plan.plan import EvaluatorSpec
from ragtui.runner.usercode.calls import UserCodeError, UserFunction


class Evaluator:
    """One function that may score several metrics at once."""

    def __init__(self, spec: EvaluatorSpec, function: UserFunction, identity: str) -> None:
        self.spec, self._function, self._label = spec, function, f"{spec.call}@{identity}" if identity else spec.call
        self.metrics = {metric.name: metric for metric in spec.metrics}

    @property
    def default_name(self) -> str:
        """Metric name of a score that comes without one: the declared one, else the function's."""
        return next(iter(self.metrics), self.spec.call.rpartition(":")[2].rpartition(".")[2])

    async def score(self, item: Item, output: str, contexts: Sequence[Context]) -> dict[str, Judgement]:
        """Judgements by metric name; a function that fails gives an error for each metric it is known to score.

        Raises:
            UnusableFunctionError: it cannot be imported.
        """
        arguments = {"item": asdict(item), "output": output, "contexts": [asdict(context) for context in contexts]}
        try:
            found = judgements((await self._function.call(arguments)).value, self.default_name, self._label)
        except UserCodeError as error:
            message = str(error)
            names = tuple(self.metrics) or (self.default_name,)
            return {name: Judgement(error=_last_line(message), raw=message, judge=self._label) for name in names}
        for name in found:
            self.metrics.setdefault(name, guess_metric(name))
        for name in (metric.name for metric in self.spec.metrics):
            if name not in found:
                found[name] = Judgement(error=f"{self.spec.call} gave no score called {name}", judge=self._label)
        return found


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "failed"


def judgements(value: Any, default_name: str, label: str) -> dict[str, Judgement]:
    """Scores from a number, an evaluation (`name`, `value`, `comment`), {metric: number}, or a list of these."""
    entries = value if isinstance(value, list) else [value]
    found: dict[str, Judgement] = {}
    for entry in entries:
        if isinstance(entry, Mapping) and not {"value", "score"} & set(entry) and entry:
            for name, inner in entry.items():
                found[str(name)] = _judgement(inner, "", label)
        elif isinstance(entry, Mapping):
            name = str(entry.get("name") or default_name)
            comment = entry.get("comment") or entry.get("rationale") or entry.get("reason") or ""
            found[name] = _judgement(entry.get("value", entry.get("score")), str(comment), label)
        else:
            found[default_name] = _judgement(entry, "", label)
    return found


def _judgement(value: Any, comment: str, label: str) -> Judgement:
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return Judgement(float(value), rationale=comment, judge=label)
    if isinstance(value, str) and value:
        return Judgement(label=value, rationale=comment, error="a category, not a number", raw=value, judge=label)
    return Judgement(rationale=comment, error=f"no score: {value!r}"[:200], raw=repr(value)[:2000], judge=label)


def declared(evaluators: Sequence[Evaluator]) -> list[Metric]:
    """Metrics of all evaluators known so far."""
    return [metric for evaluator in evaluators for metric in evaluator.metrics.values()]
