"""LLM judges: one question to a model, one score with a rationale, or an error with what the model said.

A reply that is not a verdict never becomes a number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragtui.model import Context, Item, Judgement, Kind
from ragtui.runner.endpoints.calling import CallError
from ragtui.runner.plan.plan import JudgeSpec, Structured
from ragtui.runner.plan.prompting import Prompt, load_prompt, passages

if TYPE_CHECKING:
    from ragtui.runner.endpoints.llm import Models, Reply

_RAW_LENGTH = 4000
_NEEDS = {
    "faithfulness": ("contexts", "output"),
    "relevance": ("question", "output"),
    "context_precision": ("contexts",),
}
_OBJECT = re.compile(r"\{.*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Judged:
    """A judge's word and what it used."""

    judgement: Judgement
    tokens: Mapping[str, int]
    cost_usd: float | None
    reply_id: str = ""


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
        return cls(spec, load_prompt(spec.prompt, name, _NEEDS.get(name, ())))

    @property
    def name(self) -> str:
        """The metric it scores."""
        return self.spec.metric.name

    @property
    def label(self) -> str:
        """Identity recorded with each score: model@prompt."""
        return f"{self.spec.use.model}@{self.prompt.hash}"

    def identity(self) -> dict[str, Any]:
        """Settings that make it this judge and no other."""
        use = self.spec.use
        settings: dict[str, Any] = {
            "model": use.model,
            "prompt_hash": self.prompt.hash,
            "temperature": use.temperature,
            "top_p": use.top_p,
            "max_tokens": use.max_tokens,
            "structured": self.spec.structured.value,
            "scale": list(self.spec.metric.scale or ()),
            "extra": dict(use.extra) or None,
        }
        return {name: value for name, value in settings.items() if value is not None}

    def question(self, item: Item, output: str, contexts: Sequence[Context]) -> str:
        """What the model is asked."""
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
        self, models: Models, item: Item, output: str, contexts: Sequence[Context], seed: int | None = None
    ) -> Judged:
        """Score one answer; a failure of any kind is a judgement with an error.

        Raises:
            CallError: only when no further call can work (the key is refused, the model does not exist).
        """
        messages = [{"role": "user", "content": self.question(item, output, contexts)}]
        try:
            reply = await models.chat(
                self.spec.use, messages, seed=seed, response_format=self._format(), what=f"judge {self.name}"
            )
        except CallError as failure:
            if failure.hopeless:
                raise
            return Judged(Judgement(error=str(failure), raw=failure.raw, judge=self.label), {}, None)
        return Judged(self.read(reply), reply.tokens, reply.cost_usd, reply.id)

    def read(self, reply: Reply) -> Judgement:
        """A score from a reply, or the reason why there is none."""
        raw = (reply.refusal or reply.text)[:_RAW_LENGTH]
        if reply.refusal or reply.finish == "content_filter":
            return Judgement(error="the judge refused", raw=raw, judge=self.label)
        verdict = _object_in(reply.text)
        if verdict is None:
            cut = " (cut off at max_tokens)" if reply.finish == "length" else ""
            return Judgement(error=f"not a verdict{cut}", raw=raw, judge=self.label)
        score = verdict.get("score")
        low, high = self.spec.metric.scale or (0.0, 1.0)
        if isinstance(score, bool) or not isinstance(score, int | float) or not low <= score <= high:
            return Judgement(error=f"score {score!r} is not from {low:g} to {high:g}", raw=raw, judge=self.label)
        if self.spec.metric.kind in (Kind.BINARY, Kind.ORDINAL) and score != int(score):
            return Judgement(error=f"score {score!r} is not a whole number", raw=raw, judge=self.label)
        rationale = verdict.get("rationale")
        return Judgement(float(score), rationale=rationale if isinstance(rationale, str) else "", judge=self.label)

    def _format(self) -> dict[str, Any] | None:
        if self.spec.structured is Structured.NONE:
            return None
        if self.spec.structured is Structured.JSON_OBJECT:
            return {"type": "json_object"}
        return {"type": "json_schema", "json_schema": {"name": "verdict", "strict": True, "schema": self._schema()}}

    def _schema(self) -> dict[str, Any]:
        low, high = self.spec.metric.scale or (0.0, 1.0)
        whole = self.spec.metric.kind in (Kind.BINARY, Kind.ORDINAL)
        score: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
        if whole and high - low <= 20:
            score = {"type": "integer", "enum": list(range(int(low), int(high) + 1))}
        return {
            "type": "object",
            "properties": {"rationale": {"type": "string"}, "score": score},
            "required": ["rationale", "score"],
            "additionalProperties": False,
        }


def _object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that is the reply, or the only one inside it."""
    for candidate in (text.strip(), *(match.group(0) for match in [_OBJECT.search(text)] if match)):
        try:
            value = json.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            return value
    return None
