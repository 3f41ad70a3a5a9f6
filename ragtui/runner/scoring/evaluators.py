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

    def has_scored(self, known: Mapping[str, Judgement]) -> bool:
        """Whether these good scores hold everything this function gives."""
        own = [name for name, said in known.items() if said.judge.partition("@")[0] == self.spec.call]
        return bool(own) and all(metric.name in own for metric in self.spec.metrics)

    async def score(self, item: Item, output: str, contexts: Sequence[Context]) -> dict[str, Judgement]:
        """Judgements by metric name; a function that fails gives an error for each metric it is known to score.

        Raises:
            UnusableFunctionError: it cannot be imported or called.
        """
        arguments = {
            "item": asdict(item),
            "output": output,
            "contexts": [asdict(context) for context in contexts],
            "settings": dict(self.spec.settings),
        }
        try:
            found = judgements((await self._function.call(arguments)).value, self.default_name, self._label)
        except UserCodeError as error:
            names = tuple(self.metrics) or (self.default_name,)
            raw = f"{error}\n{error.trace}".strip()
            return {name: Judgement(error=str(error), raw=raw, judge=self._label) for name in names}
        for name, said in found.items():
            if said.value is not None:
                self.metrics.setdefault(name, guess_metric(name))
        for name in (metric.name for metric in self.spec.metrics):
            if name not in found:
                found[name] = Judgement(error=f"{self.spec.call} gave no score called {name}", judge=self._label)
        return found


_NAMES = ("name", "metric", "metric_name", "key")
_VALUES = ("value", "score")
_COMMENTS = ("comment", "rationale", "reason", "explanation")


def judgements(value: Any, default_name: str, label: str) -> dict[str, Judgement]:
    """Scores from a number, an evaluation (`name`, `value`, `comment`), {metric: number}, or a list of these."""
    entries = value if isinstance(value, list) else [value]
    found: dict[str, Judgement] = {}
    for entry in entries:
        if isinstance(entry, Mapping) and entry and not _is_evaluation(entry):
            for name, inner in entry.items():
                found.update(judgements(inner, str(name), label) if isinstance(inner, Mapping) else {})
                if not isinstance(inner, Mapping):
                    found[str(name)] = _judgement(inner, "", label)
        elif isinstance(entry, Mapping):
            name = next((str(entry[name]) for name in _NAMES if entry.get(name)), default_name)
            more = entry.get("metadata")
            places = (entry, more if isinstance(more, Mapping) else {})
            comment = next((str(p[c]) for p in places for c in _COMMENTS if p.get(c)), "")
            error = entry.get("error")
            given = next((entry[name] for name in _VALUES if name in entry), None)
            is_number = str(entry.get("data_type") or "").upper() in ("NUMERIC", "BOOLEAN")
            found[name] = (
                Judgement(rationale=comment, error=str(error), judge=label)
                if error and given is None
                else _judgement(given, comment, label, is_number=is_number)
            )
        else:
            found[default_name] = _judgement(entry, "", label)
    return found


def _is_evaluation(entry: Mapping[str, Any]) -> bool:
    """Whether a mapping is one score with words about it; a text under "error" is what went wrong, not a category."""
    return bool(set(_VALUES) & set(entry)) or isinstance(entry.get("error"), str)


def _judgement(value: Any, comment: str, label: str, *, is_number: bool = False) -> Judgement:
    """One score. A text is a category and stays one; None means that the metric does not apply to this item."""
    if value is None:
        return Judgement(rationale=comment or "not applicable", judge=label)
    if isinstance(value, bool | int | float) and math.isfinite(value):
        return Judgement(float(value), rationale=comment, judge=label)
    if isinstance(value, str) and value.strip():
        if is_number and (read := number_in(value)) is not None:
            return Judgement(read, rationale=comment, judge=label)
        return Judgement(label=value, rationale=comment, judge=label)
    return Judgement(rationale=comment, error=f"no score: {value!r}"[:200], raw=repr(value)[:2000], judge=label)


def number_in(text: str) -> float | None:
    """A finite number written as text."""
    try:
        read = float(text)
    except ValueError:
        return None
    return read if math.isfinite(read) else None


def declared(evaluators: Sequence[Evaluator]) -> list[Metric]:
    """Metrics of all evaluators known so far."""
    return [metric for evaluator in evaluators for metric in evaluator.metrics.values()]
