"""What a target gave back, whatever library it came from: text, passages with an identity, and what was measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ragtui.files.fields import number
from ragtui.model import Context
from ragtui.runner.endpoints.counting import whole_count
from ragtui.runner.targets.passages import BadAnswerError, are_passages, contexts_of, in_snake
from ragtui.sources import aliases


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer and the passages it was written from.

    Attributes:
        reply_id: the model server's own id of the reply; the same id twice means a cache.
        latency_s: the target's own time, without waiting for a place; None when only the caller can tell.
        cached: whether the reply comes out of the response cache.
    """

    output: str
    contexts: tuple[Context, ...] = ()
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    trace_id: str = ""
    trace_url: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    reply_id: str = ""
    latency_s: float | None = None
    cached: bool = False


_OUTPUT_NAMES = (
    "output", "answer", "response", "result", "output_text", "generated_text", "completion", "content", "text",
    "replies", "generation", "prediction", *aliases.OUTPUT,
)  # fmt: skip
_CONTEXT_NAMES = (
    "contexts", "context", "documents", "passages", "source_documents", "source_nodes", "sources",
    "retrieved_contexts", "retrieval_context", "chunks", "citations", "retriever_resources", "retrieved_documents",
    "retrieved_docs", "source_docs",
)  # fmt: skip
_MAY_BE_CONTEXTS = ("docs", "hits", "matches", "search_results", "references", "evidence", "nodes", "results")
"""Names of other things too: passages are what stands there only where every entry has a text."""
_INPUT_TOKENS = ("input", "input_tokens", "prompt_tokens", "prompt", "inputTokens", "promptTokens", "promptTokenCount",
                 "prompt_token_count", "prompt_eval_count")  # fmt: skip
_OUTPUT_TOKENS = ("output", "output_tokens", "completion_tokens", "completion", "outputTokens", "completionTokens",
                  "candidatesTokenCount", "candidates_token_count", "eval_count")  # fmt: skip
_USAGE_NAMES = ("tokens", "usage", "usage_metadata", "usageMetadata", "token_usage")
_WRONG_NAMES = ("error", "errors", "detail", "message", "reason")
_LONGEST_COMPLAINT = 500


_ADDRESS = re.compile(r"<.+ at 0x[0-9A-Fa-f]+>", re.DOTALL)
"""How an object without a text writes itself: a pipeline that somebody made and did not ask got scores by that."""


def answered(value: Any) -> Answered:
    """An answer from a text, an (output, contexts) pair, a message, a completion, or an object with an answer in it.

    Raises:
        BadAnswerError: it is none of these.
    """
    found = _answered(value)
    if _ADDRESS.fullmatch(found.output):
        raise BadAnswerError(f"the target returned {found.output[:200]}: where an object lies in memory is no answer")
    return found


def _answered(value: Any) -> Answered:
    if isinstance(value, str):
        return Answered(value)
    if _is_conversation(value):
        return _of_conversation(value)
    if _is_answer_first(value):
        first = answered(value[0])
        tokens = first.tokens or next((found for one in value[2:] if (found := tokens_of(one))), {})
        return replace(first, contexts=contexts_of(value[1]), tokens=tokens)
    if isinstance(value, Sequence) and len(value) == 1:
        return answered(value[0])
    if not isinstance(value, Mapping):
        raise BadAnswerError(f"the target returned {type(value).__name__}, not a text or an object with `output`")
    choices = value.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        message = choices[0].get("message", choices[0])
        return replace(_of_fields({**value, "output": message}), contexts=contexts_of(_cited(message)))
    return _of_fields(value)


def _is_answer_first(value: Any) -> bool:
    """Whether it is (answer, passages), and behind them at most seconds, costs and counts of tokens."""
    if not isinstance(value, Sequence) or len(value) < 2 or not isinstance(value[1], list | tuple):
        return False
    return not any(isinstance(one, str | list | tuple) for one in value[2:])


def _of_fields(value: Mapping[str, Any]) -> Answered:
    value = in_snake(value)  # finalAnswer, Antwort
    name = next((name for name in _OUTPUT_NAMES if name in value and value[name] is not None), None)
    if name is None and (text := _said_by_model(value)) is not None:
        return _of_fields({**value, "output": text})
    if name is None and _is_conversation(value.get("messages")):  # the state of a graph of agents
        said = _of_conversation(value["messages"])
        return _of_fields({"usage": said.tokens, **value, "output": said.output})
    if name is None and (parts := _of_components(value)) is not None:
        return _of_fields(parts)
    if name is None:
        names, complaint = ", ".join(map(str, value))[:80], _complaint(value)
        end = complaint or "; call its answer `output`, or, of an address, say where it is: output = PATH in [target]"
        raise BadAnswerError(f"the target returned an object without `output` (it has {names}){end}")
    output = text_in(value[name])
    if output is None:
        raise BadAnswerError(f"the target's `{name}` is {_named(value[name])}, not a text")
    places = [place for place in (value, value[name]) if isinstance(place, Mapping)]
    usage = next((place[key] for place in places for key in _USAGE_NAMES if place.get(key)), None)
    if usage is None and "eval_count" in value:  # Ollama's counts stand beside the text
        usage = {key: value.get(key) for key in ("prompt_eval_count", "eval_count")}
    metadata = value.get("metadata")
    return Answered(
        output=output,
        contexts=contexts_of(next(_passages_beside(places, name), ())),
        tokens=tokens_of(usage),
        cost_usd=number(value.get("cost_usd", value.get("cost"))),
        trace_id=str(value.get("trace_id") or ""),
        trace_url=str(value.get("trace_url") or ""),
        metadata=dict(metadata) if isinstance(metadata, Mapping) else {},
    )


def _cited(message: Any) -> list[dict[str, Any]]:
    """Passages that a chat service on somebody's own data wrote from, as Azure's lays them into its message; its
    chunks are numbered anew in each file."""
    context = message.get("context") if isinstance(message, Mapping) else None
    cited = context.get("citations") if isinstance(context, Mapping) else None
    found = []
    for one in cited if isinstance(cited, list) else []:
        if isinstance(one, Mapping) and isinstance(one.get("content"), str):
            file = next((str(one[name]) for name in ("filepath", "url", "title") if one.get(name)), "")
            chunk = f"#{one['chunk_id']}" if file and one.get("chunk_id") not in (None, "") else ""
            found.append({"text": one["content"], **({"id": file + chunk} if file else {})})
    return found


def _passages_beside(places: Sequence[Mapping[str, Any]], name: str) -> Iterator[Any]:
    """What may be an answer's passages, beside it or, where `name` holds an object with the answer, in that: there only
    a list of texts or of objects with a text, since a message has fields of the same names for other things."""
    outer, *inner = places
    yield from (outer[key] for key in _passage_names(outer) if key != name)
    for place in inner:
        yield from (place[key] for key in _passage_names(place) if _are_texts(place[key]) or are_passages(place[key]))


def _are_texts(entries: Any) -> bool:
    return isinstance(entries, list | tuple) and bool(entries) and all(isinstance(one, str) for one in entries)


def _passage_names(value: Mapping[str, Any]) -> list[str]:
    """Names under which an answer's passages stand, surest first."""
    found = [name for name in _CONTEXT_NAMES if _holds(value, name)]
    return found or [name for name in _MAY_BE_CONTEXTS if are_passages(value.get(name))]


def _holds(value: Mapping[str, Any], name: str) -> bool:
    """Whether there may be passages: Ollama's `context` is the numbers of tokens."""
    entries = value.get(name)
    numbers = isinstance(entries, list) and entries and all(type(entry) is int for entry in entries)
    return name in value and not (numbers and name == "context" and "response" in value)


def _said_by_model(value: Mapping[str, Any]) -> str | None:
    """The text of a provider's reply: Ollama's and Cohere's message, Gemini's candidates."""
    if isinstance(value.get("message"), Mapping):
        return text_in(value["message"])
    first = value["candidates"][0] if isinstance(value.get("candidates"), list) and value["candidates"] else None
    content = first.get("content") if isinstance(first, Mapping) else None
    return text_in(content.get("parts")) if isinstance(content, Mapping) else text_in(content)


def _complaint(value: Mapping[str, Any]) -> str:
    """What an object without an answer says instead."""
    said = next((value[name] for name in _WRONG_NAMES if value.get(name)), None)
    return "" if said is None else f": {text_in(said) or said}"[:_LONGEST_COMPLAINT]


def _of_components(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Outputs of components in one, such as {"retriever": {"documents": …}, "llm": {"replies": …}}."""
    parts = [part for part in value.values() if isinstance(part, Mapping)]
    answering = [part for part in parts if any(part.get(name) is not None for name in _OUTPUT_NAMES)]
    if len(parts) != len(value) or len(answering) != 1:
        return None
    found = [{name: part[name] for name in _CONTEXT_NAMES if part.get(name)} for part in parts]
    return {**next(filter(None, found), {}), **answering[0]}


_SPEAKERS = ("role", "type")
_OURS = frozenset({"assistant", "ai", "AIMessageChunk", "model"})
_OTHERS = frozenset({"user", "human", "system", "developer", "tool", "function"})


def _speaker(message: Any) -> str:
    named = (message.get(name) for name in _SPEAKERS) if isinstance(message, Mapping) else ()
    return next((str(name) for name in named if str(name) in _OURS | _OTHERS), "")


def _is_conversation(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(map(_speaker, value))


def _of_conversation(messages: Sequence[Any]) -> Answered:
    """The last words of the assistant, and the tokens of all that it said."""
    ours = [message for message in messages if _speaker(message) in _OURS]
    text = next((found for message in reversed(ours) if (found := text_in(message))), None)
    if text is None:
        raise BadAnswerError("the target returned messages, and none of them is an assistant's with a text")
    used: Counter[str] = Counter()
    for message in ours:
        used.update(tokens_of(message.get("usage_metadata") or message.get("usage")))
    return Answered(text, tokens=dict(used))


def text_in(value: Any) -> str | None:
    """The text of a text, a message, a list of parts, or one object that holds one; None when there is none."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        names = ("content", "text", "output", "answer", "output_text", "message")
        return next((found for name in names if (found := text_in(value.get(name))) is not None), None)
    if isinstance(value, list | tuple) and value:
        parts = [text_in(part) for part in value]
        kept = [part for part in parts if part is not None]
        return "".join(kept) if kept else None
    return None


def tokens_of(usage: Any) -> dict[str, int]:
    """Tokens by kind, under the names of any provider; counts that cannot be are left out."""
    if not isinstance(usage, Mapping):
        return {}
    counts = {str(name): count for name, value in usage.items() if (count := whole_count(value)) is not None}
    read = next((counts[name] for name in _INPUT_TOKENS if name in counts), None)
    written = next((counts[name] for name in _OUTPUT_TOKENS if name in counts), None)
    if read is None and written is None:
        return counts
    return {name: count for name, count in (("input", read), ("output", written)) if count is not None}


def _named(value: Any) -> str:
    return "empty" if value in ([], {}) else type(value).__name__
