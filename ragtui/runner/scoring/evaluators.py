"""The user's own scoring functions, also in the shape that Langfuse evaluators have."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ragtui.files.fields import written_number
from ragtui.model import Context, Item, Judgement, Metric, guess_metric
from ragtui.runner.plan.plan import EvaluatorSpec
from ragtui.runner.usercode.calls import UserCodeError, UserFunction
from ragtui.runner.usercode.ragtui_host.finding import EVALUATOR, METHODS
from ragtui.sources.table.cells import written_score


class Evaluator:
    """One function that may score several metrics at once."""

    def __init__(self, spec: EvaluatorSpec, function: UserFunction, identity: str) -> None:
        self.spec, self._function, self._label = spec, function, f"{spec.call}@{identity}" if identity else spec.call
        self.metrics = {metric.name: metric for metric in spec.metrics}

    @property
    def default_name(self) -> str:
        """Metric name of a score that comes without one: the declared one, else the function's."""
        return next(iter(self.metrics), _own_name(self.spec.call))

    def has_scored(self, known: Mapping[str, Judgement]) -> bool:
        """Whether these good scores hold everything this function gives."""
        own = [name for name, said in known.items() if said.judge.partition("@")[0] == self.spec.call]
        return bool(own) and all(metric.name in own for metric in self.spec.metrics)

    def placed(self, scores: Mapping[str, Judgement], taken: Mapping[str, Judgement]) -> dict[str, Judgement]:
        """Scores under names that nobody else's have: a judge and a function may both be called faithfulness.

        Args:
            taken: scores that stand already; those of this function may be replaced.
        """
        theirs = {name for name, said in taken.items() if said.judge != self._label}
        found: dict[str, Judgement] = {}
        for name, said in scores.items():
            free, number = name, 1
            while free in theirs or free in found:
                module = self.spec.call.partition(":")[0].rpartition(".")[2]
                free, number = f"{module}.{name}{number if number > 1 else ''}", number + 1
            if free != name and name in self.metrics:
                self.metrics.setdefault(free, replace(self.metrics[name], name=free))
                if name not in (metric.name for metric in self.spec.metrics):
                    del self.metrics[name]
            found[free] = said
        return found

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
        scales = {metric.name: metric.scale for metric in self.spec.metrics}
        found = {name: _on_scale(said, scales.get(name)) for name, said in found.items()}
        for name, said in found.items():
            if said.value is not None:
                self.metrics.setdefault(name, guess_metric(name))
        for name in (metric.name for metric in self.spec.metrics):
            if name not in found:
                found[name] = Judgement(error=f"{self.spec.call} gave no score called {name}", judge=self._label)
        return found


_NAMES = ("name", "metric", "metric_name", "key")
_VALUES = ("value", "score")
_VERDICTS = ("passed", "pass", "success", "label", "grade", "rating", "verdict")
_COMMENTS = ("comment", "rationale", "reason", "explanation", "reasoning", "feedback", "justification")
_LABEL_WORDS = 3
"""More than these are a sentence, and no category."""
_BESIDE = frozenset({*_NAMES, *_COMMENTS, "metadata", "error", "data_type"})


def _own_name(call: str) -> str:
    """What a function is called: of `evals:Tone.evaluate` it is the class that has the name."""
    parts = [part.removesuffix("()") for part in call.rpartition(":")[2].split(".")]
    return parts[-2] if len(parts) > 1 and parts[-1] in METHODS[EVALUATOR] else parts[-1]


def judgements(value: Any, default_name: str, label: str) -> dict[str, Judgement]:
    """Scores from a number, a pair of a number and words, an evaluation (`name`, `value`, `comment`), {metric: number},
    or a list of these."""
    if isinstance(value, list) and (pair := _with_words(value)) is not None:
        return {default_name: _judgement(*pair, label)}
    entries = value if isinstance(value, list) else [value]
    unnamed = [entry for entry in entries if not isinstance(entry, Mapping)]
    if len(unnamed) > 1 or (isinstance(value, list) and not value):  # which of them would be the score?
        said = f"no score: {len(entries)} values without names; give {{name: number}}: {value!r}"[:200]
        return {default_name: Judgement(error=said, raw=repr(value)[:2000], judge=label)}
    found: dict[str, Judgement] = {}
    for entry in entries:
        if not isinstance(entry, Mapping):
            found[default_name] = _judgement(entry, "", label)
        elif isinstance(entry.get("results"), list) and not set(_VALUES) & set(entry):
            found.update(judgements(entry["results"], default_name, label))
        elif entry and not _is_evaluation(entry):
            found.update(_several(entry, label))
        else:
            name = next((str(entry[name]) for name in _NAMES if entry.get(name)), default_name)
            found[name] = _evaluation(entry, label)
    return found


def _with_words(value: list[Any]) -> tuple[Any, str] | None:
    """The score of a tuple such as (0.7, "because …"): its only number, with the words beside it; of ("pass", "because
    …") the short one."""
    if len(value) == 2 and all(isinstance(one, str) for one in value):
        label, why = value
        return (label, why) if label and len(label.split()) <= _LABEL_WORDS and len(label) < len(why) else None
    scores = [entry for entry in value if isinstance(entry, bool | int | float)]
    words = [entry for entry in value if isinstance(entry, str)]
    if len(scores) != 1 or not words or len(value) != 1 + len(words):
        return None
    return scores[0], " ".join(words)


def _several(entry: Mapping[str, Any], label: str) -> dict[str, Judgement]:
    """{metric: number}; texts under a name for explanations explain all of them."""
    words = {name: said for name, said in entry.items() if name in _COMMENTS and isinstance(said, str)}
    comment = next((said for said in words.values() if said), "")
    found: dict[str, Judgement] = {}
    for name, inner in entry.items():
        if isinstance(inner, Mapping):
            found.update(judgements(inner, str(name), label))
        elif name not in words:
            found[str(name)] = _judgement(inner, comment, label)
    return found


def _evaluation(entry: Mapping[str, Any], label: str) -> Judgement:
    """One score with words about it."""
    more = entry.get("metadata")
    places = (entry, more if isinstance(more, Mapping) else {})
    comment = next((str(p[c]) for p in places for c in _COMMENTS if p.get(c)), "")
    key = next((name for name in (*_VALUES, *_VERDICTS) if name in entry), None)
    if key is None or (entry.get("error") and entry[key] is None):
        error = str(entry.get("error") or f"no score: {dict(entry)!r}"[:200])
        return Judgement(rationale=comment, error=error, raw=repr(dict(entry))[:2000], judge=label)
    is_category = str(entry.get("data_type") or "").upper() == "CATEGORICAL"
    return _judgement(entry[key], comment, label, is_category=is_category)


def _is_evaluation(entry: Mapping[str, Any]) -> bool:
    """Whether a mapping is one score with words about it; a text under "error" is what went wrong, not a category."""
    if set(_VALUES) & set(entry) or isinstance(entry.get("error"), str):
        return True
    others = set(entry) - _BESIDE
    return (len(others) == 1 and others <= set(_VERDICTS) and len(entry) > 1) or not others


def _judgement(value: Any, comment: str, label: str, *, is_category: bool = False) -> Judgement:
    """One score. A word is a category and stays one; None means that the metric does not apply to this item."""
    if value is None:
        return Judgement(rationale=comment or "not applicable", judge=label)
    number = None if is_category and isinstance(value, str) else _as_float(value)
    if number is None and isinstance(value, str) and not is_category and (share := _share(value)) is not None:
        return Judgement(share, rationale=comment, judge=label, raw=value[:2000])
    if number is not None and math.isfinite(number):
        return Judgement(number, rationale=comment, judge=label)
    if number is None and isinstance(value, str) and value.strip():
        return Judgement(label=value, rationale=comment, judge=label)
    # Python refuses to write out an integer of more than 4 300 digits.
    shown = f"{number}" if isinstance(value, int) else repr(value)
    return Judgement(rationale=comment, error=f"no score: {shown}"[:200], raw=shown[:2000], judge=label)


def _as_float(value: Any) -> float | None:
    """A number, written out or not, infinite where it is beyond every float; None for everything else."""
    if isinstance(value, str):
        return written_number(value)
    try:
        return float(value) if isinstance(value, bool | int | float) else None
    except OverflowError:
        return math.inf


def _share(text: str) -> float | None:
    """What "85%", "4/5" and "4 out of 5" say, from 0 to 1; None for other words."""
    said = written_score(text)
    if said is None or said.form not in ("percent", "fraction"):
        return None
    return said.value / (100.0 if said.form == "percent" else said.whole)


def _on_scale(judgement: Judgement, scale: tuple[float, float] | None) -> Judgement:
    """A share in words on the scale that the plan declares: "4/5" is 4 of [1, 5], and "85%" is 85 of [0, 100].

    Where it names no place there, as "85%" of [1, 5] may be 4.25 or 4.4, it is an error.
    """
    if scale is None or judgement.value is None or (share := _share(judgement.raw)) is None:
        return judgement
    low, high = scale
    said = written_score(judgement.raw)
    value = share * high if low == 0 else math.nan
    if said is not None and said.form == "fraction" and said.whole == high:
        value = said.value
    if low <= value <= high:
        return replace(judgement, value=value)
    error = f"{judgement.raw[:80]!r} names no score from {low:g} to {high:g}, the scale that the plan declares"
    return Judgement(rationale=judgement.rationale, error=error, raw=judgement.raw, judge=judgement.judge)


def declared(evaluators: Sequence[Evaluator]) -> list[Metric]:
    """Metrics of all evaluators known so far."""
    return [metric for evaluator in evaluators for metric in evaluator.metrics.values()]
