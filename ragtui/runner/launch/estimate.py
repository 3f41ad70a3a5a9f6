"""Calls, tokens and cost before anything is spent. What is not known is said, not guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragtui.model import Dataset, Item
from ragtui.present.numbers import count, money
from ragtui.runner.endpoints.counting import CHARACTERS_A_TOKEN as _CHARACTERS_A_TOKEN
from ragtui.runner.launch.prepare import selected_items
from ragtui.runner.plan.plan import BASELINE, JudgeSpec, ModelUse, Plan, RagTarget, Retriever
from ragtui.runner.plan.prompting import load_prompt
from ragtui.runner.scoring.judges import Judge
from ragtui.runner.targets.rag import Corpus, answer_prompt

_TOKENS_A_WORD = 1.35
_ANSWER_TOKENS = 120
_VERDICT_TOKENS = 60
"""Rules of thumb for English; the estimate is called one wherever it is shown."""


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
    """

    items: int
    repeats: int
    sides: int
    answers: int
    models: tuple[ModelEstimate, ...]
    outside_calls: bool
    simulated: bool = False
    contexts_unknown: bool = False
    """Whether the passages of a target of one's own are missing from the tokens: `ragtui try` measures them."""

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
        """Calls, tokens and cost in a line."""
        if not self.models:
            return f"{count(self.answers, 'answer')}; what your own code calls cannot be seen from here"
        calls = f"about {self.calls:,} calls to models{' and what your own code calls' * self.outside_calls}"
        if self.simulated:
            return f"{calls}; the models are simulated and cost nothing"
        price = f"cost unknown: no price for {', '.join(self.unpriced)}" if self.unpriced else money(self.cost_usd)
        more = " and the contexts of your own pipeline, which `ragtui try` measures" if self.contexts_unknown else ""
        listed = f" by the prices of {', '.join(self.price_lists)}" if self.price_lists else ""
        return f"{calls}, {self.tokens:,} tokens, {price}{listed}{more}"


def estimate(
    plan: Plan,
    dataset: Dataset,
    *,
    contexts: int | None = None,
    answers: int | None = None,
    verdicts: int | None = None,
) -> Estimate:
    """Estimate a plan. Retries are not in it.

    Args:
        contexts, answers, verdicts: tokens of the passages of one answer, of an answer and of a verdict, as one item
            that was tried had them; None for rules of thumb. Without them the contexts of a target other than the
            built-in pipeline are unknown, and the estimate says so.

    Raises:
        RagtuiError: the corpus, a prompt or an item named in the plan is not there.
    """
    items = selected_items(dataset, plan.selection)
    entries: list[ModelEstimate] = []
    context_tokens = contexts or 0
    answer_tokens = _ANSWER_TOKENS if answers is None else answers
    verdict_tokens = _VERDICT_TOKENS if verdicts is None else verdicts
    for side in plan.sides:
        if isinstance(side.target, RagTarget):
            if contexts is None:
                context_tokens = max(context_tokens, _context_tokens(side.target))
            entries.extend(_rag(plan, side.name, side.target, items, contexts, answer_tokens))
    rounds = plan.repeats * len(plan.sides)
    for spec in plan.judges:
        if spec.against:
            entries += _pairs(plan, spec, items, context_tokens, answer_tokens, verdict_tokens)
            continue
        text = load_prompt(spec.prompt, Judge.load(spec).name, ()).text
        held = (context_tokens if "{contexts}" in text else 0) + (answer_tokens if "{output}" in text else 0)
        asked = sum(len(text) / _CHARACTERS_A_TOKEN + held + _item_tokens(item) for item in items)
        for use in spec.panel or (spec.use,):
            said = len(items) * min(use.max_tokens or verdict_tokens, verdict_tokens)
            entries.append(
                _entry(plan, use, f"judge {spec.metric.name}", len(items) * rounds, asked * rounds, said * rounds)
            )
    outside = any(not isinstance(side.target, RagTarget) for side in plan.sides)
    return Estimate(
        len(items), plan.repeats, len(plan.sides), len(items) * rounds, tuple(entries),
        outside or bool(plan.evaluators), plan.simulation is not None, outside and contexts is None,
    )  # fmt: skip


def _pairs(
    plan: Plan, spec: JudgeSpec, items: Sequence[Item], contexts: int, answer: int, verdict: int
) -> list[ModelEstimate]:
    """Both orders of every pair; the first side is held against its own next repeat where there is one."""
    text = Judge.load(spec).prompt.text
    first = spec.against != BASELINE or plan.repeats > 1
    calls = 2 * len(items) * plan.repeats * (len(plan.sides) - 1 + first)
    held = 2 * answer + contexts * sum(slot in text for slot in ("{first_contexts}", "{second_contexts}"))
    asked = sum(len(text) / _CHARACTERS_A_TOKEN + held + _item_tokens(item) for item in items) / max(1, len(items))
    return [
        _entry(plan, use, f"judge {spec.metric.name}", calls, asked * calls,
               calls * min(use.max_tokens or verdict, verdict))
        for use in spec.panel or (spec.use,)
    ]  # fmt: skip


def _rag(
    plan: Plan, name: str, target: RagTarget, items: Sequence[Item], contexts: int | None, answer_tokens: int
) -> list[ModelEstimate]:
    passages = _context_tokens(target) if contexts is None else contexts
    prompt = len(answer_prompt(target).text) / _CHARACTERS_A_TOKEN + passages
    answers = len(items) * plan.repeats
    asked = sum(prompt + _item_tokens(item) for item in items) * plan.repeats
    said = answers * min(target.generator.max_tokens or answer_tokens, answer_tokens)
    entries = [_entry(plan, target.generator, f"answers of {name}", answers, asked, said)]
    if target.retriever is not Retriever.LEXICAL and target.embeddings is not None:
        chunks = Corpus.read(target.corpus).chunks(target.chunk_words, target.chunk_overlap)
        words = sum(len(chunk.text.split()) for chunk in chunks) * _TOKENS_A_WORD
        calls = answers + -(-len(chunks) // 64)
        entries.append(_entry(plan, target.embeddings, f"embeddings of {name}", calls, words + answers * 20, 0))
    return entries


def _context_tokens(target: RagTarget) -> int:
    return int(target.top_k * (target.context_words or target.chunk_words) * _TOKENS_A_WORD)


def _item_tokens(item: Item) -> float:
    return (len(item.question) + len(item.expected)) / _CHARACTERS_A_TOKEN


def _entry(plan: Plan, use: ModelUse, purpose: str, calls: int, asked: float, said: float) -> ModelEstimate:
    price = plan.prices.get(use.model)
    cost = 0.0 if plan.simulation is not None else None if price is None else price.of(int(asked), int(said))
    source = "" if price is None else price.source
    return ModelEstimate(use.model, purpose, calls, int(asked), int(said), cost, source)
