"""Answers that come in pieces: texts, chunks of any provider's, typed events, and the lines that services stream.

A typed piece says what it is by `type`, `event` or `kind`, or by the name of its event: "token" and
"response.output_text.delta" are the answer, "sources" are its passages, "status" and "thinking" are neither, and
"error" ends it. Where some pieces are the answer by their type, no other adds text to it: what ends a stream often
repeats the whole. A stream in which no text is found is its last piece: never an empty answer.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from .shapes import plain
from .telling import UnfitError

_ANSWERS = frozenset({
    "token", "tokens", "delta", "text", "content", "message", "answer", "chunk", "completion", "response", "stream",
    "output", "ai", "assistant",
})  # fmt: skip
_NO_ANSWERS = frozenset({
    "start", "started", "end", "stop", "done", "complete", "completed", "created", "finish", "finished", "final",
    "final_answer", "in_progress", "added", "thinking", "reasoning", "thought", "thoughts", "tool", "tools",
    "function", "status", "progress", "log", "debug", "ping", "heartbeat", "step", "title", "suggestions",
    "followup", "human", "user", "system", "chain", "parser", "prompt", "retriever", "signature", "refusal",
    "metadata", "usage",
})  # fmt: skip
_PASSAGES = ("context", "contexts", "documents", "passages", "source_documents", "source_nodes", "sources",
             "retrieved_contexts", "retrieval_context", "chunks", "citations", "retriever_resources")  # fmt: skip
_PASSAGE_WORDS = frozenset({*_PASSAGES, "source", "document", "passage", "citation", "references", "retrieval",
                                                "retrieved"})  # fmt: skip
_BROKEN = frozenset({"error", "exception", "failed"})
_PASSING = frozenset({"tool", "tools", "call", "function", "step", "node", "status", "progress"})
"""Words of types whose error ends no stream that goes on to answer: a tool failed, and the model did without it."""
_NOTED = frozenset({"log", "logs", "debug", "analysis", "warning"})
"""Words of types whose error ends no stream that answers at all."""
_TEXTS = ("output", "answer", "response")
_PARTS = ("delta", "content", "text", "token", "generated_text", "completion")
_INNER = ("message", "chunk", "data", "payload", "value")
_USAGE = ("usage", "usage_metadata", "usageMetadata", "token_usage", "tokens")
_COUNTS = ("prompt_eval_count", "eval_count")
_CHECKED = 3
"""Pieces from which on each may hold all that was said before: the last one is the answer then."""


class BrokenStreamError(UnfitError):
    """The stream said that it broke: what came before is no answer."""


def is_stream(value: Any) -> bool:
    """Whether a value is an answer that comes in pieces."""
    return inspect.isgenerator(value) or (
        isinstance(value, Iterator) and not isinstance(value, (str, bytes)) and not hasattr(value, "read")
    )


async def gathered(stream: AsyncIterator[Any]) -> Any:
    """An asynchronous stream to its end."""
    return joined([piece async for piece in stream])


def joined(pieces: Sequence[Any], place: Callable[[Any], str | None] | None = None) -> Any:
    """One answer from the pieces of a stream: a text, or an object where passages or measurements came with it.

    Args:
        place: finds a piece's text where that is known, None where a piece has none; the text is `output` then.

    Raises:
        BrokenStreamError: a piece is an error.
    """
    found = [plain(piece) for piece in pieces]
    if found and all(isinstance(piece, str) for piece in found):
        text = "".join(found)
        lines = lines_in(text)
        # Lines of JSON may be what was asked for, such as a data set: a stream has pieces that say what they are.
        found = found if lines is None or (text.lstrip().startswith("{") and not any(map(_known, lines))) else lines
    return _Whole(place).of(found)


_EVENT_LINES = ("data:", "event:", "id:", "retry:", ":")
_CODED = re.compile(r"[0-9a-z]:(?=[\"\[{])")
"""Lines of the AI SDK's data stream, such as `0:"text"` and `d:{"finishReason": "stop"}`."""
_CODES = {"0": "text", "3": "error", "g": "reasoning", "h": "source"}


def is_events(text: str) -> bool:
    """Whether a text is server-sent events, as services stream them, and nothing else."""
    lines = [line for line in text.split("\n") if line.strip()]  # not what else Unicode calls one
    return any(line.startswith("data:") for line in lines) and all(line.startswith(_EVENT_LINES) for line in lines)


def lines_in(text: str) -> list[Any] | None:
    """The pieces of a text that is server-sent events, coded lines or lines of JSON, and nothing else; else None."""
    if is_events(text):
        return _events(text)
    lines = [line for line in text.split("\n") if line.strip()]  # not what else Unicode calls one
    if len(lines) < 2:
        return None
    try:
        if all(_CODED.match(line) for line in lines) and any(line[0] in _CODES for line in lines):
            coded = [(_CODES.get(line[0], "metadata"), json.loads(line[2:])) for line in lines]
            return [{**told, "type": kind} if isinstance(told, dict) else _typed(kind, told) for kind, told in coded]
        return [json.loads(line) for line in lines] if all(line.startswith("{") for line in lines) else None
    except (ValueError, RecursionError):  # it only looks like JSON
        return None


def _events(text: str) -> list[Any]:
    """What events hold, with their names as types where they say none themselves; the mark of the end is left out."""
    found: list[Any] = []
    for event in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        names = [line[6:].strip() for line in event.split("\n") if line.startswith("event:")]
        data = "\n".join(lines)
        if not lines or data.strip() == "[DONE]":
            continue
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = data
        if not isinstance(value, (dict, str, list)):
            value = data
        found.append(_typed(names[0], value) if names and not _kind(value) else value)
    return found


def _typed(kind: str, value: Any) -> dict[str, Any]:
    return {"type": kind, **value} if isinstance(value, dict) else {"type": kind, "data": value}


class _Whole:
    """What the pieces so far come to."""

    def __init__(self, place: Callable[[Any], str | None] | None) -> None:
        self._place = place
        self._fields: dict[str, Any] = {}
        self._texts: list[str] = []
        self._origins: set[tuple[str, str]] = set()
        self._name = "output"
        self._heard = self._has_sources = False

    def of(self, pieces: list[Any]) -> Any:
        """All pieces as one answer."""
        pieces = [piece[0] if _with_metadata(piece) else piece for piece in pieces]
        kinds = [_words(_kind(piece)) for piece in pieces]
        passing_on = [bool(words & _PASSAGE_WORDS) and not _is_answer(words) for words in kinds]
        texts = [None if passes else self._found(piece) for piece, passes in zip(pieces, passing_on, strict=True)]
        typed = any(_is_answer(words) and text is not None for words, text in zip(kinds, texts, strict=True))
        mute = _NO_ANSWERS | _BROKEN
        silent = [bool((typed and words and not _is_answer(words)) or words & mute) for words in kinds]
        last = max((n for n, text in enumerate(texts) if text and (not silent[n] or kinds[n] & _FINAL)), default=-1)
        late = None
        for n, (piece, words, text) in enumerate(zip(pieces, kinds, texts, strict=True)):
            if not (words & _PASSING and last > n) and not (words & _NOTED and last >= 0):
                _refuse_errors(piece, words)
            self._keep(piece, words)
            if silent[n]:
                late = text if text and (self._place is not None or words & _FINAL) else late
            elif text is not None:
                self._add(piece, text, is_last=n == last)
        if not self._heard and late is not None:
            self._add({}, late)
        if not self._heard and any(pieces):
            return pieces[-1]
        text = self._text()
        return {**self._fields, self._name: text} if self._fields else text

    def _found(self, piece: Any) -> str | None:
        return _text(piece) if self._place is None else self._place(piece)

    def _add(self, piece: Any, text: str, *, is_last: bool = False) -> None:
        """A piece's text, unless it is all that was said, again: one word twice may be meant, not of another origin.

        The last one, where it begins with all that was said and alone comes with passages, is the whole answer in the
        form of its pieces. Where each piece comes with them, a "1" behind a "1" makes 11.
        """
        self._heard = True
        if self._place is None:
            self._name = next((name for name in _TEXTS if isinstance(piece, Mapping) and name in piece), self._name)
        origin, so_far = _origin(piece), "".join(self._texts).strip()
        had_sources, has_sources = self._has_sources, _brings_passages(piece)
        self._has_sources = had_sources or has_sources
        if is_last and has_sources and not had_sources and so_far and text.strip().startswith(so_far):
            self._texts = [text]
            return
        again = text.strip() and text.strip() == so_far
        if not again or (len(self._texts) < 2 and origin in self._origins):
            self._texts.append(text)
            self._origins.add(origin)

    def _text(self) -> str:
        texts = [text for text in self._texts if text]
        grows = all(texts[n].startswith(texts[n - 1]) for n in range(1, len(texts)))
        return texts[-1] if grows and len(texts) >= _CHECKED and texts[0] != texts[-1] else "".join(texts)

    def _keep(self, piece: Any, words: frozenset[str]) -> None:
        """Passages and measurements of a piece."""
        if not isinstance(piece, Mapping):
            return
        if words & _PASSAGE_WORDS and not any(piece.get(name) for name in _PASSAGES):
            self._keep_passage(piece)
        within = [piece[name] for name in (*_INNER, *_TEXTS) if isinstance(piece.get(name), dict)]
        self._keep_passages([piece] if words & (_PASSAGE_WORDS | _PASSING) else [piece, *within])
        metadata = piece["metadata"] if isinstance(piece.get("metadata"), dict) else {}
        self._keep_counts([piece, *within, metadata])
        if isinstance(resources := metadata.get("retriever_resources"), list):
            self._passages("contexts", resources)
        for name in ("cost", "cost_usd", "trace_id", "trace_url"):
            for place in (piece, *within):
                if place.get(name) is not None:
                    self._fields[name] = place[name]
        if not words:
            self._keep_others(piece)

    def _keep_passage(self, piece: Mapping[str, Any]) -> None:
        """What a piece whose type says that it is passages holds them in, or is itself."""
        given = next((piece[name] for name in (*_INNER, *_PARTS) if isinstance(piece.get(name), (list, dict))), None)
        if isinstance(given, Mapping) and any(given.get(name) for name in _PASSAGES):
            self._keep(given, frozenset())
        else:
            entry = {name: value for name, value in piece.items() if name not in _KINDS}
            self._passages("contexts", given if isinstance(given, list) else [given or entry])

    def _keep_passages(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Passages under the names that they have in answers."""
        for place, name in ((place, name) for place in places for name in _PASSAGES):
            if isinstance(place.get(name), list) and place[name]:
                self._passages(name, place[name])
            elif place.get(name):
                self._fields[name] = place[name]

    def _keep_counts(self, places: Sequence[Mapping[str, Any]]) -> None:
        for place in places:
            if any(name in place for name in _COUNTS):
                self._count({name: place.get(name) for name in _COUNTS})
            for name in _USAGE:
                if isinstance(place.get(name), dict):
                    self._count(place[name])

    def _keep_others(self, piece: Mapping[str, Any]) -> None:
        """Fields that are known to mean nothing else, as they are."""
        for name, value in piece.items():
            if name not in _TAKEN and value not in (None, "", [], {}):
                before = self._fields.get(name)
                if isinstance(before, dict) and isinstance(value, dict):
                    value = {**before, **value}
                self._fields[name] = value

    def _passages(self, name: str, entries: list[Any]) -> None:
        """Some streams send all passages again each time."""
        before = self._fields.get(name)
        before = before if isinstance(before, list) else []
        self._fields[name] = [*before, *(entry for entry in entries if entry not in before)]

    def _count(self, usage: Mapping[str, Any]) -> None:
        """Counts so far, or those of parts of which each counts something else: the largest of each is the whole."""
        counts = self._fields.setdefault("usage", {})
        for name, value in usage.items():
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                counts[name] = max(counts.get(name, value), value)


_KINDS = ("type", "event", "kind")
_FINAL = frozenset({"final", "final_answer", "complete", "completed"})
_TAKEN = frozenset({*_KINDS, *_TEXTS, *_PARTS, *_INNER, *_USAGE, *_COUNTS, *_PASSAGES, "choices", "cost", "cost_usd",
                    "trace_id", "trace_url", "error"})  # fmt: skip
"""Fields that are read for what they mean; what others say last is kept as it is."""


def _kind(piece: Any) -> str:
    named = (piece.get(name) for name in _KINDS) if isinstance(piece, Mapping) else ()
    return next((name for name in named if isinstance(name, str)), "")


def _words(kind: str) -> frozenset[str]:
    """The words of a type, however it is spelled."""
    spelled = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", kind).lower()
    return frozenset({*re.split(r"[^a-z]+", spelled), spelled}) - {""}


def _origin(piece: Any) -> tuple[str, str]:
    """The type of a piece, and where its text stands."""
    places = (name for name in (*_PARTS, *_TEXTS, *_INNER) if isinstance(piece, Mapping) and piece.get(name))
    return _kind(piece), next(places, "")


def _brings_passages(piece: Any) -> bool:
    """Whether passages stand beside a piece's text, or around it."""
    if not isinstance(piece, Mapping):
        return False
    places = (piece, *(piece[name] for name in (*_INNER, *_TEXTS) if isinstance(piece.get(name), Mapping)))
    return any(isinstance(place.get(name), list) and place[name] for place in places for name in _PASSAGES)


def _known(piece: Any) -> bool:
    """Whether an object has a text where pieces of streams have theirs, an answer's type, or is an error."""
    if not isinstance(piece, Mapping) or piece.get("error") or _words(_kind(piece)) & _BROKEN:
        return isinstance(piece, Mapping)
    place = _is_answer(_words(_kind(piece))) or isinstance(piece.get("message"), Mapping)
    return (place or any(name in piece for name in (*_PARTS, *_TEXTS, "choices"))) and _text(piece) is not None


def _is_answer(words: frozenset[str]) -> bool:
    return bool(words & _ANSWERS) and not words & (_NO_ANSWERS | _BROKEN)


def _with_metadata(piece: Any) -> bool:
    """A chunk and what is known of it, as graphs of agents stream them."""
    return isinstance(piece, list) and len(piece) == 2 and bool(_kind(piece[0])) and isinstance(piece[1], dict)


def _refuse_errors(piece: Any, words: frozenset[str]) -> None:
    if not isinstance(piece, Mapping) or not (words & _BROKEN or (piece.get("error") and not _text(piece))):
        return
    places = [piece.get(name) for name in ("error", "message", "detail", "errorText", "data", "content", "response")]
    raise BrokenStreamError(f"the stream ended in an error: {next(filter(None, map(_said, places)), 'no words')}")


def _said(place: Any) -> str:
    if isinstance(place, str):
        return place
    return _said(place.get("message") or place.get("error")) if isinstance(place, Mapping) else ""


def _text(piece: Any) -> str | None:
    """Text of one piece: its own, a message's content, or the delta of a chat completion; None where it has no place
    for one."""
    if isinstance(piece, str):
        return piece
    if not isinstance(piece, Mapping):
        return None
    choices = piece.get("choices")
    if isinstance(choices, list):
        deltas = [choice.get("delta") or choice for choice in choices if isinstance(choice, Mapping)]
        return "".join(str(delta.get("content") or delta.get("text") or "") for delta in deltas)
    empty = None
    for name in (*_PARTS, *_TEXTS, *_INNER):
        inner = piece.get(name)
        text = _parts_text(inner) if isinstance(inner, list) else _text(inner)
        if text:
            return text
        empty = text if empty is None else empty
    return empty


def _parts_text(parts: list[Any]) -> str | None:
    """Parts of a message, such as [{"type": "text", "text": "…"}]; passages are none."""
    texts = [_text(part) for part in parts if isinstance(part, str) or _is_answer(_words(_kind(part)))]
    return "".join(text or "" for text in texts) if texts else None
