"""Calls, tokens, cost and seconds before anything is spent. What is not known is said, not guessed.

Without a trial the sizes of answers and verdicts are rules of thumb, and nobody knows how long a call takes. With one,
sizes, the server's own way to count tokens, and seconds are those of the item that was tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from ragtui.model import Dataset, Item
from ragtui.present.numbers import count, duration, money
from ragtui.runner.endpoints.batches import DISCOUNT
from ragtui.runner.endpoints.calling import ReplyTokens
from ragtui.runner.endpoints.counting import CHARACTERS_A_TOKEN
from ragtui.runner.launch.prepare import selected_items
from ragtui.runner.plan.plan import BASELINE, HttpTarget, ModelUse, Plan, RagTarget, Retriever
from ragtui.runner.plan.prompting import Prompt
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.rag import Corpus, answer_prompt, typical_passages

_ANSWER_TOKENS, _VERDICT_TOKENS = 120, 60
"""Rules of thumb for English; the estimate is called one wherever it is shown."""
_NO_REFERENCE = len("(none given)")
_LOOKED_UP = 40
"""Questions whose passages are looked up to learn how long passages are."""
_EMBEDDED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class ItemMeasure:
    """What one item came to on one side.

    Attributes:
        contexts, answer: characters, as prompts hold them.
        asked: what each model used, by purpose and model.
        unit_s: seconds from question to the last score.
        startup_s: seconds until the first question could be asked.
        lanes: calls at once and seconds kept busy, of each endpoint and function.
        tokens, cost_usd: what the target says of its own calls.
    """

    item: Item
    contexts: int
    answer: int
    asked: Mapping[tuple[str, str], ReplyTokens]
    unit_s: float
    startup_s: float = 0.0
    lanes: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    tokens: int = 0
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class ModelEstimate:
    """What one model will be asked.

    Attributes:
        cost_usd: None when the plan gives no price for it.
    """

    model: str
    purpose: str
    calls: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None
    price_from: str = ""
    """The list its price is taken from; empty for the plan's own."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan will do.

    Attributes:
        answers: item-repeats, each one call of the target.
        outside_calls: whether the target makes calls this estimate cannot see.
        simulated: no model is asked, so there is nothing to pay.
        contexts_unknown: whether the passages of a target of one's own are missing from the tokens: a trial measures
            them.
        addresses: calls to targets that are an address.
        seconds: of the whole run; None when nothing was tried, or a batch queue takes its time.
        own_tokens, own_cost_usd: of the target's own calls, as far as it tells them.
    """

    items: int
    repeats: int
    sides: int
    answers: int
    models: tuple[ModelEstimate, ...]
    outside_calls: bool
    simulated: bool = False
    contexts_unknown: bool = False
    addresses: int = 0
    seconds: float | None = None
    own_tokens: int = 0
    own_cost_usd: float | None = None

    @property
    def calls(self) -> int:
        """Calls to models."""
        return sum(entry.calls for entry in self.models)

    @property
    def tokens(self) -> int:
        """Input and output tokens."""
        return sum(entry.input_tokens + entry.output_tokens for entry in self.models)

    @property
    def unpriced(self) -> tuple[str, ...]:
        """Models without a price in the plan."""
        return tuple(dict.fromkeys(entry.model for entry in self.models if entry.cost_usd is None))

    @property
    def price_lists(self) -> tuple[str, ...]:
        """Lists that prices are taken from, other than the plan."""
        return tuple(dict.fromkeys(entry.price_from for entry in self.models if entry.price_from))

    @property
    def cost_usd(self) -> float | None:
        """Dollars for everything; None when a price is missing."""
        return None if self.unpriced else sum(entry.cost_usd or 0.0 for entry in self.models)

    def in_words(self) -> str:
        """Calls, tokens, cost and time in a line."""
        took = "" if self.seconds is None else f"; about {duration(self.seconds)}"
        if not self.models:
            return f"{count(self.answers, 'answer')}; {self._own()}{took}"
        outside = " and what your own code calls" if self.outside_calls and not self._own_is_known else ""
        addressed = f" and {self.addresses:,} to an address" if self.addresses else ""
        calls = f"about {self.calls:,} calls to models{addressed}{outside}"
        if self.simulated:
            return f"{calls}; the models are simulated and cost nothing{took}"
        price = f"cost unknown: no price for {', '.join(self.unpriced)}" if self.unpriced else money(self.cost_usd)
        more = " and the contexts of your own pipeline, which `ragtui try` measures" if self.contexts_unknown else ""
        listed = f" by the prices of {', '.join(self.price_lists)}" if self.price_lists else ""
        own = f"; {self._own()}" if self._own_is_known else ""
        return f"{calls}, {self.tokens:,} tokens, {price}{listed}{more}{own}{took}"

    @property
    def _own_is_known(self) -> bool:
        return bool(self.own_tokens) or self.own_cost_usd is not None

    def _own(self) -> str:
        if not self._own_is_known:
            return "what your own code calls cannot be seen from here"
        told = [f"{self.own_tokens:,} tokens"] if self.own_tokens else []
        told += [] if self.own_cost_usd is None else [money(self.own_cost_usd)]
        return f"{', '.join(told)} for answers, by what your own code says"


def estimate(plan: Plan, dataset: Dataset, measured: Sequence[ItemMeasure | None] = ()) -> Estimate:
    """Estimate a plan. Retries are not in it.

    Args:
        measured: of one item, for each side; None for a side where nothing could be measured. Without it the contexts
            of a target other than the built-in pipeline are unknown, and the estimate says so.

    Raises:
        RagtuiError: the corpus, a prompt or an item named in the plan is not there.
    """
    items = selected_items(dataset, plan.selection)
    tried = [*measured, *[None] * (len(plan.sides) - len(measured))]
    asked = _asked(plan, items, plan.repeats, [_Sizes.of(plan, side, items, tried[side]) for side in _numbers(plan)])
    good = [one for one in tried if one is not None]
    if good:
        once = _asked(plan, [good[0].item], 1, [_Sizes.alone(tried[side] or good[0]) for side in _numbers(plan)])
        asked = [_as_measured(row, _of(once, row), _total(good, tried, row)) for row in asked]
    outside = any(not isinstance(side.target, RagTarget) for side in plan.sides)
    times = len(items) * plan.repeats
    costs = [one.cost_usd for one in good if one.cost_usd is not None]
    return Estimate(
        len(items),
        plan.repeats,
        len(plan.sides),
        times * len(plan.sides),
        tuple(_entry(plan, row) for row in asked),
        outside or bool(plan.evaluators),
        plan.simulation is not None,
        any(tried[side] is None and not isinstance(plan.sides[side].target, RagTarget) for side in _numbers(plan)),
        times * sum(isinstance(side.target, HttpTarget) for side in plan.sides),
        _seconds(plan, times, good) if len(good) == len(plan.sides) else None,
        times * sum(one.tokens for one in good),
        times * sum(costs) if costs and len(good) == len(plan.sides) else None,
    )


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Characters that one side puts into prompts."""

    contexts: float
    answer: float

    @classmethod
    def of(cls, plan: Plan, side: int, items: Sequence[Item], measured: ItemMeasure | None) -> _Sizes:
        target = plan.sides[side].target
        answer = _ANSWER_TOKENS * CHARACTERS_A_TOKEN if measured is None else measured.answer
        if isinstance(target, RagTarget):
            some = items[:: max(1, len(items) // _LOOKED_UP)]
            return cls(typical_passages(target, [item.question for item in some]), answer)
        return cls(0.0 if measured is None else measured.contexts, answer)

    @classmethod
    def alone(cls, measured: ItemMeasure) -> _Sizes:
        return cls(measured.contexts, measured.answer)


@dataclass(frozen=True, slots=True)
class _Row:
    """Calls of one purpose.

    Attributes:
        what, side: its name in what is measured, and the side that alone asks it; None for all sides.
        read, said: tokens of a call.
    """

    purpose: str
    what: str
    side: int | None
    use: ModelUse
    calls: float
    read: float
    said: float


def _asked(plan: Plan, items: Sequence[Item], repeats: int, sizes: Sequence[_Sizes]) -> list[_Row]:
    """Everything that models are asked, by rules of thumb where nothing was measured."""
    lengths = {
        "question": fmean(len(item.question) for item in items) if items else 0.0,
        "expected": fmean(len(item.expected) or _NO_REFERENCE for item in items) if items else 0.0,
        "item_id": fmean(len(item.id) for item in items) if items else 0.0,
    }
    times = len(items) * repeats
    rows = []
    for number, side in enumerate(plan.sides):
        if isinstance(side.target, RagTarget):
            rows += _rag(side.name, number, side.target, times, {**lengths, "contexts": sizes[number].contexts})
    for spec in plan.judges:
        judge = Judge.load(spec)
        if spec.against:
            first = spec.against != BASELINE or plan.repeats > 1
            calls = 2.0 * times * (len(plan.sides) - 1 + first)
            read = fmean(_pair_tokens(judge.prompt, lengths, sizes[0], size) for size in sizes)
        else:
            calls = float(times * len(plan.sides))
            read = fmean(_tokens(judge.prompt, {**lengths, **_slots(size)}) for size in sizes)
        what = f"judge {judge.name}"
        rows += [
            _Row(what, what, None, use, calls, read, min(use.max_tokens or _VERDICT_TOKENS, _VERDICT_TOKENS))
            for use in spec.panel or (spec.use,)
        ]
    return rows


def _rag(name: str, side: int, target: RagTarget, times: int, lengths: Mapping[str, float]) -> list[_Row]:
    use = target.generator
    said = min(use.max_tokens or _ANSWER_TOKENS, _ANSWER_TOKENS)
    rows = [_Row(f"answers of {name}", "generate", side, use, times, _tokens(answer_prompt(target), lengths), said)]
    if target.retriever is not Retriever.LEXICAL and target.embeddings is not None:
        chunks = Corpus.read(target.corpus).chunks(target.chunk_words, target.chunk_overlap)
        calls = times + -(-len(chunks) // _EMBEDDED_AT_ONCE)
        read = sum(len(chunk.title) + 1 + len(chunk.text) for chunk in chunks) + times * lengths["question"]
        what = f"embeddings of {name}"
        rows.append(_Row(what, "embed", side, target.embeddings, calls, read / CHARACTERS_A_TOKEN / max(1, calls), 0))
    return rows


def _slots(size: _Sizes) -> dict[str, float]:
    return {"contexts": size.contexts, "output": size.answer}


def _pair_tokens(prompt: Prompt, lengths: Mapping[str, float], first: _Sizes, second: _Sizes) -> float:
    held = {"first": first.answer, "second": second.answer}
    return _tokens(prompt, {**lengths, **held, "first_contexts": first.contexts, "second_contexts": second.contexts})


def _tokens(prompt: Prompt, lengths: Mapping[str, float]) -> float:
    return prompt.length(lengths) / CHARACTERS_A_TOKEN


def _of(rows: Sequence[_Row], wanted: _Row) -> _Row:
    return next(row for row in rows if (row.purpose, row.use) == (wanted.purpose, wanted.use))


def _total(good: Sequence[ItemMeasure], tried: Sequence[ItemMeasure | None], row: _Row) -> ReplyTokens:
    """What was measured of a row, over the sides it is about."""
    total = ReplyTokens()
    for one in good if row.side is None else [tried[row.side]]:
        found = None if one is None else one.asked.get((row.what, row.use.model))
        if found is not None:
            total.replies += found.replies
            total.input_tokens += found.input_tokens
            total.output_tokens += found.output_tokens
    return total


def _as_measured(row: _Row, once: _Row, found: ReplyTokens) -> _Row:
    """A row with what one item took: its prompt tells how the server counts, its reply how much the model says."""
    if not found.replies:
        return row
    read = row.read * (found.input_tokens / found.replies) / once.read if once.read else row.read
    return replace(row, read=read, said=found.output_tokens / found.replies)


def _seconds(plan: Plan, times: int, good: Sequence[ItemMeasure]) -> float | None:
    """As long as the slowest of: units that each take a place, and each endpoint or function with its calls at once."""
    if plan.batched:
        return None
    units = max(max(one.unit_s for one in good), times * sum(one.unit_s for one in good) / plan.concurrency)
    busy: dict[str, float] = {}
    for one in good:
        for name, (width, seconds) in one.lanes.items():
            busy[name] = busy.get(name, 0.0) + times * seconds / width
    return max(one.startup_s for one in good) + max([units, *busy.values()])


def _numbers(plan: Plan) -> range:
    return range(len(plan.sides))


def _entry(plan: Plan, row: _Row) -> ModelEstimate:
    price = plan.prices.get(row.use.model)
    read, said = round(row.calls * row.read), round(row.calls * row.said)
    share = DISCOUNT if row.use.batch and plan.simulation is None else 1.0
    cost = 0.0 if plan.simulation is not None else None if price is None else share * price.of(read, said)
    source = "" if price is None else price.source
    return ModelEstimate(row.use.model, row.purpose, round(row.calls), read, said, cost, source)
