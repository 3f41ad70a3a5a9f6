"""LLM judges: one question to a model, one score with a rationale, or an error with what the model said.

A reply that is not a verdict never becomes a number.
"""

from __future__ import annotations

import asyncio
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ragtui.model import Context, Item, Judgement, Kind, Metric
from ragtui.runner.endpoints.calling import CallError, Fault
from ragtui.runner.plan.plan import JudgeSpec, ModelUse, Structured
from ragtui.runner.plan.prompting import PAIR_SLOTS, Prompt, load_prompt, passages
from ragtui.runner.scoring.pairwise import (
    PAIR_SCHEMA,
    Opponent,
    Pair,
    opponents_gone,
    pair_slots,
    preference,
    read_preference,
)
from ragtui.runner.scoring.verdicts import NoVerdictError, read_verdict

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models, Reply

_RAW_LENGTH = 4000
_NEEDS = {
    "faithfulness": ("contexts", "output"),
    "relevance": ("question", "output"),
    "context_precision": ("contexts",),
}
_WAYS = (Structured.JSON_SCHEMA, Structured.JSON_OBJECT, Structured.NONE)
_IDENTITY = {Structured.AUTO: Structured.JSON_SCHEMA}
"""What auto begins with: a judge that was asked so by name is the same judge."""
_LONGER = 4
"""A verdict that was cut off is asked for once more with so many times the tokens."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge's word and what it used."""

    judgement: Judgement
    tokens: Mapping[str, int]
    cost_usd: float | None
    reply_id: str = ""
    cached: bool = False
    more: Mapping[str, Judgement] = field(default_factory=dict)
    """What is told beside it, by metric: how far a panel's members agree, which place a pairwise judge favours."""


@dataclass(frozen=True, slots=True)
class Judge:
    """A judge that is ready to be asked."""

    spec: JudgeSpec
    prompt: Prompt

    @classmethod
    def load(cls, spec: JudgeSpec) -> Judge:
        """Read the judge's prompt.

        Raises:
            RagtuiError: the prompt cannot be used.
        """
        name = spec.metric.name
        if spec.against:
            return PairJudge(spec, load_prompt(spec.prompt, "pairwise", ("first", "second"), PAIR_SLOTS))
        return cls(spec, load_prompt(spec.prompt, name, _NEEDS.get(name, ())))

    @property
    def name(self) -> str:
        """The metric it scores."""
        return self.spec.metric.name

    @property
    def label(self) -> str:
        """Identity recorded with each score: model@prompt."""
        models = "+".join(use.model for use in self.spec.panel or (self.spec.use,))
        return f"{models}@{self.prompt.hash}"

    def identity(self) -> dict[str, Any]:
        """Settings that make it this judge and no other."""
        use = self.spec.use
        settings: dict[str, Any] = {
            "model": use.model,
            "prompt_hash": self.prompt.hash,
            "temperature": use.temperature,
            "top_p": use.top_p,
            "max_tokens": use.max_tokens,
            "structured": _IDENTITY.get(self.spec.structured, self.spec.structured).value,
            "scale": list(self.spec.metric.scale or ()),
            "extra": dict(use.extra) or None,
            "panel": [member.model for member in self.spec.panel] or None,
            "against": self.spec.against or None,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def question(self, item: Item, output: str, contexts: Sequence[Context], against: Opponent | None = None) -> str:
        """What the model is asked; `against` is for pairwise judges alone."""
        return self.prompt.fill(
            {
                "question": item.question,
                "expected": item.expected or "(none given)",
                "output": output or "(empty)",
                "contexts": passages(contexts),
                "item_id": item.id,
            }
        )

    async def ask(
        self,
        models: Models,
        item: Item,
        output: str,
        contexts: Sequence[Context],
        seed: int | None = None,
        memory: str = "",
        against: Opponent | None = None,
    ) -> Judged:
        """Score one answer; a failure of any kind is a judgement with an error.

        Args:
            memory: names item and repeat to the response cache.
            against: the answer that a pairwise judge holds this one against.

        Raises:
            CallError: only when no further call can work (the key is refused, the model does not exist).
        """
        messages = [{"role": "user", "content": self.question(item, output, contexts)}]
        uses = self.spec.panel or (self.spec.use,)
        said = await asyncio.gather(*(self._one(models, use, messages, seed, memory) for use in uses))
        return said[0] if len(said) == 1 else self._together(said)

    async def _one(
        self, models: Models, use: ModelUse, messages: Sequence[Mapping[str, str]], seed: int | None, memory: str
    ) -> Judged:
        label = f"{use.model}@{self.prompt.hash}"
        try:
            reply = await self._reply(models, use, messages, seed, memory)
        except CallError as failure:
            if failure.hopeless:
                raise
            return Judged(Judgement(error=str(failure), raw=failure.raw, judge=label), {}, None)
        return Judged(self.read(reply, label), reply.tokens, reply.cost_usd, reply.id, reply.cached)

    async def _reply(
        self, models: Models, use: ModelUse, messages: Sequence[Mapping[str, str]], seed: int | None, memory: str
    ) -> Reply:
        """The model's reply; where the endpoint refuses a way to ask for JSON, by the next weaker one."""
        ways = models.ways_left(use, _WAYS if self.spec.structured is Structured.AUTO else (self.spec.structured,))
        for place, way in enumerate(ways):
            try:
                reply = await models.chat(
                    use, messages, seed=seed, response_format=self._format(way), what=f"judge {self.name}",
                    memory=memory,
                )  # fmt: skip
            except CallError as failure:
                if place + 1 == len(ways) or not _refuses_format(failure):
                    raise
                models.refuses(use, way, str(failure))
                continue
            if reply.finish == "length" and use.max_tokens and not self._has_verdict(reply):
                longer = replace(use, max_tokens=use.max_tokens * _LONGER)
                return await models.chat(
                    longer, messages, seed=seed, response_format=self._format(way),
                    what=f"judge {self.name}, longer", memory=memory,
                )  # fmt: skip
            return reply
        raise AssertionError("the last way returns or raises")

    def _has_verdict(self, reply: Reply) -> bool:
        return not self.read(reply, "").error

    def _together(self, said: Sequence[Judged]) -> Judged:
        """The middle of a panel's scores, and how far its members agree; a member without a verdict is said."""
        values = [one.judgement.value for one in said if one.judgement.value is not None]
        tokens, cost, ids, cached = _used(said)
        words = [f"{one.judgement.judge}: {_in_words(one.judgement)}" for one in said]
        missing = len(said) - len(values)
        if not values:
            told = Judgement(error=f"no verdict from any of {len(said)} judges", raw="\n".join(words), judge=self.label)
            return Judged(told, tokens, cost, ids)
        middle = statistics.median_low(values) if self._whole else statistics.fmean(values)
        note = f"{missing} of {len(said)} judges gave no verdict\n" if missing else ""
        told = Judgement(middle, rationale=note + "\n".join(words), judge=self.label)
        low, high = self.spec.metric.scale or (0.0, 1.0)
        spread = (max(values) - min(values)) / (high - low) if high > low else 0.0
        agreement = Judgement(round(1.0 - spread, 6), rationale="\n".join(words), judge=self.label)
        if len(values) < 2:
            agreement = Judgement(rationale="not applicable: one verdict", judge=self.label)
        return Judged(told, tokens, cost, ids, cached, {agreement_name(self.name): agreement})

    @property
    def _whole(self) -> bool:
        return self.spec.metric.kind in (Kind.BINARY, Kind.ORDINAL)

    def read(self, reply: Reply, label: str = "") -> Judgement:
        """A score from a reply, or the reason why there is none."""
        judge = label or self.label
        raw = (reply.refusal or reply.said)[:_RAW_LENGTH]
        if reply.refusal or reply.finish == "content_filter":
            return Judgement(error="the judge refused", raw=raw, judge=judge)
        low, high = self.spec.metric.scale or (0.0, 1.0)
        try:
            verdict = read_verdict(reply.said, low, high)
        except NoVerdictError as error:
            cut = " (cut off at max_tokens)" if reply.finish == "length" else ""
            return Judgement(error=f"{error}{cut}", raw=raw, judge=judge)
        score = verdict.score
        if not low <= score <= high:
            return Judgement(error=f"score {score:g} is not from {low:g} to {high:g}", raw=raw, judge=judge)
        if self._whole and score != int(score):
            return Judgement(error=f"score {score:g} is not a whole number", raw=raw, judge=judge)
        how = " ".join(filter(None, [reply.aside and "what stood beside an empty reply", verdict.how]))
        if not how:
            return Judgement(score, rationale=verdict.rationale, judge=judge)
        return Judgement(score, rationale=verdict.rationale, raw=f"read from {how}: {raw}", judge=judge)

    def _format(self, way: Structured) -> dict[str, Any] | None:
        if way is Structured.NONE:
            return None
        if way is Structured.JSON_OBJECT:
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": self._schema()}}

    def _schema(self) -> dict[str, Any]:
        low, high = self.spec.metric.scale or (0.0, 1.0)
        score: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
        if self._whole and high - low <= 20:
            score = {"type": "integer", "enum": list(range(int(low), int(high) + 1))}
        return {
            "type": "object",
            "properties": {"rationale": {"type": "string"}, "score": score},
            "required": ["rationale", "score"],
            "additionalProperties": False,
        }


class PairJudge(Judge):
    """A judge that says which of two answers is better; see `ragtui.runner.scoring.pairwise`."""

    __slots__ = ()

    def question(self, item: Item, output: str, contexts: Sequence[Context], against: Opponent | None = None) -> str:
        """What the model is asked, with the opponent standing first."""
        return self._question(item, output, contexts, against or NOBODY, swapped=False)

    def _question(
        self, item: Item, output: str, contexts: Sequence[Context], against: Opponent, *, swapped: bool
    ) -> str:
        return self.prompt.fill(pair_slots(item, output, contexts, against, swapped=swapped))

    async def ask(
        self,
        models: Models,
        item: Item,
        output: str,
        contexts: Sequence[Context],
        seed: int | None = None,
        memory: str = "",
        against: Opponent | None = None,
    ) -> Judged:
        """As for other judges: one score, after two questions to each model."""
        opponent = against or NOBODY
        if opponent.error:
            return _beside(self.name, opponents_gone(self.name, opponent, self.label), ({}, None, "", False))
        uses = self.spec.panel or (self.spec.use,)
        questions = [
            [{"role": "user", "content": self._question(item, output, contexts, opponent, swapped=swapped)}]
            for swapped in (False, True)
        ]
        said = await asyncio.gather(
            *(
                self._one(models, use, question, seed, f"{memory}|{order}" if memory else "")
                for use in uses
                for order, question in enumerate(questions)
            )
        )
        pairs = [Pair(said[n].judgement, said[n + 1].judgement) for n in range(0, len(said), 2)]
        scores = preference(self.name, pairs, self.label)
        outcomes = [pair.outcome for pair in pairs if not pair.error]
        if self.spec.panel:
            agree = 1.0 - (max(outcomes) - min(outcomes)) if len(outcomes) > 1 else None
            scores[agreement_name(self.name)] = Judgement(agree, judge=self.label)
        return _beside(self.name, scores, _used(said))

    def read(self, reply: Reply, label: str = "") -> Judgement:
        """Which place was preferred, or the reason why none is told."""
        judge = label or self.label
        raw = (reply.refusal or reply.said)[:_RAW_LENGTH]
        if reply.refusal or reply.finish == "content_filter":
            return Judgement(error="the judge refused", raw=raw, judge=judge)
        return read_preference(reply, judge, raw)

    def _schema(self) -> dict[str, Any]:
        return dict(PAIR_SCHEMA)


NOBODY = Opponent("", error="no answer was given")


def _used(said: Sequence[Judged]) -> tuple[dict[str, int], float | None, str, bool]:
    """Tokens, cost, a reply's id, and whether all of it came out of the cache."""
    tokens: dict[str, int] = {}
    for one in said:
        for name, count in one.tokens.items():
            tokens[name] = tokens.get(name, 0) + count
    costs = [one.cost_usd for one in said if one.cost_usd is not None]
    ids = next((one.reply_id for one in said if one.reply_id), "")
    return tokens, sum(costs) if costs else None, ids, all(one.cached for one in said)


def _beside(
    name: str, scores: Mapping[str, Judgement], used: tuple[Mapping[str, int], float | None, str, bool]
) -> Judged:
    return Judged(scores[name], *used, {key: said for key, said in scores.items() if key != name})


def agreement_name(metric: str) -> str:
    """The metric that tells how far a panel agrees."""
    return f"{metric}_agreement"


def agreement_metric(metric: str) -> Metric:
    """From 0 (as far apart as the scale allows) to 1 (all the same)."""
    return Metric(agreement_name(metric), Kind.UNIT, scale=(0.0, 1.0))


_REFUSED_FORMAT = re.compile(r"response_format|json_schema|json_object|structured|guided|grammar|schema", re.IGNORECASE)


def _refuses_format(failure: CallError) -> bool:
    """Whether an endpoint says no to the way in which JSON was asked for."""
    return failure.fault is Fault.REQUEST and bool(_REFUSED_FORMAT.search(str(failure)))


def _in_words(judgement: Judgement) -> str:
    if judgement.value is None:
        return f"no verdict ({judgement.error})"
    return f"{judgement.value:g} {judgement.rationale}".strip()
