"""An endpoint that only pretends: answers and judges with the kind of noise that real ones have, and a seed.

It knows the golden items, so it can tell which passages hold an answer. What it imitates was measured on a small real
model (40 questions, 13 repeated runs): scores pile up at 1 and 5; about a third of the items now and then flip between
an answer and "The passages do not say."; faithfulness and relevance move together, because both follow the answer;
judging the same answer again moves scores about half as much as running the pipeline again.

Nothing it says measures anything. Every run made with it has the origin "simulated".
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ragtui.model import Item
from ragtui.runner.endpoints.chance import dice, seed_of
from ragtui.runner.endpoints.loopback import Answer, LoopbackServer
from ragtui.runner.plan.metrics import content_words, words
from ragtui.runner.plan.plan import SIMULATED, Simulation

NO_ANSWER = "The passages do not say."

_STABLE, _WOBBLY = 0.62, 0.88
"""Shares of items that nearly always get the same answer, and that do so usually; the rest are near coin flips."""
_MARKED = {
    name: re.compile(rf"<{name}>\n?(.*?)\n?</{name}>", re.DOTALL)
    for name in ("question", "answer", "passages", "first", "second")
}
_ASKED = re.compile(r"^Question: (.*)\Z", re.MULTILINE | re.DOTALL)
_NONSENSE = (
    "I would say this is rather good, on the whole.",
    '{"rationale": "The answer is fine"',
    '{"rationale": "Excellent.", "score": 11}',
    "As a language model I cannot rate this.",
)
_VECTOR = 64


class SimulatedEndpoint:
    """The chat and embeddings interface of a pretended model.

    Args:
        items: golden items of the run.
        seed: decides everything, together with the `seed` of a request.
    """

    def __init__(self, items: Sequence[Item], simulation: Simulation, seed: int) -> None:
        self._items = {_plain(item.question): item for item in items}
        self._simulation, self._seed = simulation, seed
        self._numbers = itertools.count()

    def server(self) -> LoopbackServer:
        """A server for it; requests go to `<url>/v1`."""
        return LoopbackServer(self.handle)

    async def handle(self, path: str, body: dict[str, Any]) -> Answer:
        """Answer one request."""
        if path.endswith("/embeddings"):
            return 200, _embeddings(body)
        if not path.endswith("/chat/completions"):
            return 404, {"error": {"message": f"no such address: {path}", "type": "invalid_request_error"}}
        prompt = "\n".join(str(message["content"]) for message in body["messages"])
        rng = dice(self._seed, body.get("seed", next(self._numbers)), prompt)
        await asyncio.sleep(self._simulation.latency_s * rng.lognormvariate(0.0, 0.35))
        text = self._judge(prompt, rng) if _MARKED["question"].search(prompt) else self._answer(prompt, rng)
        return 200, _completion(text, prompt, rng)

    def _answer(self, prompt: str, rng: random.Random) -> str:
        asked = _ASKED.search(prompt)
        question = asked.group(1).strip() if asked else ""
        item = self._items.get(_plain(question))
        context = prompt[: asked.start()] if asked else prompt
        if item is None or not item.expected:
            return _first_sentence(context, rng)
        support = _support(item, context)
        reliability = self._reliability(item)
        if rng.random() < reliability * min(1.0, 0.15 + 1.1 * support):
            return _worded(item.expected, rng)
        return NO_ANSWER if rng.random() < 0.7 else _half(item.expected, context, rng)

    def _reliability(self, item: Item) -> float:
        """How surely this item's answer is found when the passages hold it."""
        rank = dice("item", item.id).random()
        if rank < _STABLE:
            return 0.995
        if rank < _WOBBLY:
            return 0.90
        return 0.60

    def _judge(self, prompt: str, rng: random.Random) -> str:
        if rng.random() < self._simulation.nonsense:
            return rng.choice(_NONSENSE)
        marked = {
            name: found.group(1) if (found := pattern.search(prompt)) else "" for name, pattern in _MARKED.items()
        }
        item = self._items.get(_plain(marked["question"]))
        if "<first>" in prompt:
            winner = _preferred(_quality(item, marked["first"]) - _quality(item, marked["second"]), rng)
            return json.dumps({"rationale": f"Simulated verdict: {winner}.", "winner": winner})
        if "<answer>" not in prompt:
            support = _support(item, marked["passages"]) if item else 0.5
            score, best = int(support >= 0.5), 1
            if rng.random() < 0.03:
                score = 1 - score
        else:
            quality = _quality(item, marked["answer"])
            supported = not marked["passages"] or _support_of(marked["answer"], marked["passages"]) >= 0.5
            score, best = _five(quality, supported, rng), 5
        word = "holds" if score == best else "does not fully hold"
        return json.dumps({"rationale": f"Simulated verdict: the text {word} what is needed.", "score": score})


def _preferred(lead: float, rng: random.Random) -> str:
    """The better of two answers, as a judge says it that favours what it reads first now and then."""
    if abs(lead) >= 0.25 and rng.random() < 0.93:
        return "first" if lead > 0 else "second"
    roll = rng.random()
    return "tie" if roll < 0.6 else "first" if roll < 0.87 else "second"


def _five(quality: float, supported: bool, rng: random.Random) -> int:
    """A score from 1 to 5 that piles up at the ends, with a judge's own wobble."""
    centre = 5 if quality >= 0.6 else 3 if quality >= 0.25 else 1
    if not supported:
        centre = min(centre, 2)
    roll = rng.random()
    if roll < 0.88:
        return centre
    if roll < 0.97:
        return max(1, min(5, centre + rng.choice((-1, 1))))
    return rng.choice((1, 2, 3, 4, 5))


def _quality(item: Item | None, answer: str) -> float:
    if NO_ANSWER in answer or not answer.strip():
        return 0.0
    if item is None or not item.expected:
        return 0.5
    wanted = content_words(item.expected)
    return len(wanted & set(words(answer))) / len(wanted) if wanted else 0.5


def _support(item: Item, context: str) -> float:
    return _support_of(item.expected, context)


def _support_of(text: str, context: str) -> float:
    wanted = content_words(text)
    return len(wanted & set(words(context))) / len(wanted) if wanted else 1.0


_OPENINGS = ("", "", "", "According to the help pages: ", "In short: ", "From the passages: ")


def _worded(expected: str, rng: random.Random) -> str:
    return rng.choice(_OPENINGS) + expected


def _half(expected: str, context: str, rng: random.Random) -> str:
    pieces = re.split(r"(?<=[.;:,])\s+", expected)
    if len(pieces) > 1:
        return " ".join(pieces[: max(1, len(pieces) // 2)])
    return _first_sentence(context, rng)


def _first_sentence(context: str, rng: random.Random) -> str:
    sentences = [piece.strip() for piece in re.split(r"(?<=[.!?])\s+", context) if len(piece.split()) > 4]
    return rng.choice(sentences) if sentences else NO_ANSWER


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _completion(text: str, prompt: str, rng: random.Random) -> Mapping[str, Any]:
    asked, said = max(1, len(prompt) // 4), max(1, len(text) // 4)
    return {
        "id": f"simulated-{rng.getrandbits(64):016x}",
        "object": "chat.completion",
        "created": 0,
        "model": SIMULATED,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said},
    }


def _embeddings(body: Mapping[str, Any]) -> Mapping[str, Any]:
    given = body["input"]
    texts = [given] if isinstance(given, str) else given
    data = [{"object": "embedding", "index": n, "embedding": _vector(text)} for n, text in enumerate(texts)]
    tokens = sum(len(text) // 4 for text in texts)
    return {
        "object": "list",
        "model": SIMULATED,
        "data": data,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str) -> list[float]:
    """Hashed words: texts that share words lie close."""
    vector = [0.0] * _VECTOR
    for word in words(text):
        vector[seed_of(word) % _VECTOR] += 1.0
    return vector
