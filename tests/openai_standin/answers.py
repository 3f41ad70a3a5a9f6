"""What the stand-in says: it follows from the request alone, so that runs can be compared."""

from __future__ import annotations

import hashlib
import json
import random
import re
from typing import Any

from openai_standin.faults import Faults

_WORDS = ("red", "green", "blue", "copper", "iron", "silver", "two", "three", "seven", "river", "hill", "glass")


def completion(body: dict[str, Any], fault: str, number: int, knobs: Faults) -> dict[str, Any]:
    """A chat completion; the same seed and prompt get the same text, without a seed each is different."""
    prompt = "\n".join(str(message["content"]) for message in body["messages"])
    dice = _dice(prompt, 0 if knobs.cached else body.get("seed", f"n{number}"))
    message: dict[str, Any] = {"role": "assistant", "content": _text(prompt, dice, knobs.words)}
    if fault == "nonsense":
        message["content"] = "Well, that depends."
    if fault == "refusal":
        message = {"role": "assistant", "content": None, "refusal": "I cannot judge this."}
    said = message.get("content") or ""
    return {
        "id": f"chat-{dice.getrandbits(48) if knobs.cached else number}",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": int(len(prompt) / knobs.letters_a_token),
            "completion_tokens": int(len(said) / knobs.letters_a_token),
            "total_tokens": 1,
        },
    }


def embeddings(body: dict[str, Any], knobs: Faults) -> dict[str, Any]:
    """Vectors of hashed words."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [{"object": "embedding", "index": n, "embedding": _vector(text)} for n, text in enumerate(texts)]
    tokens = int(sum(map(len, texts)) / knobs.letters_a_token)
    used = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": body["model"], "data": data, "usage": used}


def is_judge(body: dict[str, Any]) -> bool:
    """Whether a request asks for a verdict."""
    return "response_format" in body or "Reply in JSON" in str(body["messages"][-1]["content"])


def _text(prompt: str, dice: random.Random, words: int) -> str:
    if "<first>" in prompt:
        return json.dumps({"rationale": "It is good.", "winner": _winner(prompt)})
    if "Reply in JSON" not in prompt:
        return " ".join(dice.choices(_WORDS, k=words if words < 10 else dice.randint(words * 2 // 3, words * 4 // 3)))
    score = dice.choice((0, 1)) if "0 or 1" in prompt else dice.choice((1, 4, 5, 5, 5))
    return json.dumps({"rationale": "It says so.", "score": score})


def _winner(prompt: str) -> str:
    """The answer that is good; of two that are alike, the first: such a judge favours a place."""
    first, second = (f"<{place}>" in prompt and "good" in prompt.partition(f"<{place}>")[2].partition(f"</{place}>")[0]
                     for place in ("first", "second"))  # fmt: skip
    return "second" if second and not first else "first"


def _dice(*names: object) -> random.Random:
    return random.Random(hashlib.sha256(repr(names).encode()).digest())


def _vector(text: str) -> list[float]:
    vector = [0.0] * 32
    for word in re.findall(r"\w+", text.lower()):
        vector[hashlib.sha256(word.encode()).digest()[0] % 32] += 1.0
    return vector
