"""What the user's functions take and give, in plain values: items with every usual name, answers of any library."""

from __future__ import annotations

import dataclasses
import decimal
import enum
import inspect
import json
import numbers
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any


class GoldenItem:
    """A golden item under every name that evaluation tools use; also read like a dictionary."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        metadata = dict(raw.get("metadata") or {})
        self.id: str = raw["id"]
        self.question: str = raw.get("question") or ""
        self.expected: str = raw.get("expected") or ""
        self.metadata: dict[str, Any] = metadata
        self.input: Any = metadata.get("input", self.question)
        self.query = self.user_input = self.question
        self.expected_output = self.reference = self.ground_truth = self.answer = self.expected or None
        self.inputs = self.input if not isinstance(self.input, str) else AnswerText(self.input)
        self.outputs = None if self.expected_output is None else AnswerText(self.expected_output)

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or one of the metadata."""
        found = getattr(self, name, None) if not name.startswith("_") else None
        return self.metadata.get(name, default) if found is None or callable(found) else found

    def __getitem__(self, name: str) -> Any:
        missing = object()
        found = self.get(name, missing)
        if found is missing:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name, self) is not self

    def keys(self) -> list[str]:
        """Names of the fields, then of the metadata."""
        return list(dict.fromkeys(["id", "question", "input", "expected", "metadata", *self.metadata]))

    def __repr__(self) -> str:
        return f"Item({self.id!r}, {self.question!r})"


class AnswerText(str):
    """A text that is also read like an object with a text in it, under whatever name: `outputs["answer"]`."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        return str(self) if isinstance(key, str) else super().__getitem__(key)

    def get(self, name: str, default: Any = None) -> Any:
        """The text."""
        return str(self)


class RunShown:
    """What an evaluator of LangSmith reads of a run: `inputs` and `outputs`."""

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs


class Passage(str):
    """A retrieved passage: a text that also answers to `text`, `id`, `title`, `score`, as attributes and as keys."""

    __slots__ = ("_fields",)
    _fields: Mapping[str, Any]

    def __new__(cls, fields: Mapping[str, Any]) -> Passage:
        made = super().__new__(cls, fields.get("text") or "")
        made._fields = fields
        return made

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_fields")[name]
        except KeyError:
            raise AttributeError(name) from None

    def __getitem__(self, key: Any) -> Any:
        return self._fields[key] if isinstance(key, str) else super().__getitem__(key)

    def get(self, name: str, default: Any = None) -> Any:
        """A field."""
        return self._fields.get(name, default)


def plain(value: Any) -> Any:
    """What a user's function returned, as JSON can hold it: objects become their public fields."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, (str, bool, int, float)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8")  # an answer that is no text is an error, never its repr
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) and not hasattr(value, "_asdict"):
        return [plain(inner) for inner in value]
    if hasattr(value, "item") and callable(value.item) and not getattr(value, "shape", (1,)):
        return plain(value.item())  # a number of an array library
    if isinstance(value, (numbers.Real, decimal.Decimal)):
        return int(value) if isinstance(value, numbers.Integral) else float(value)
    if hasattr(value, "columns") and hasattr(value, "to_dict"):  # a data frame is a list of its rows
        rows = value.to_dicts() if hasattr(value, "to_dicts") else value.to_dict(orient="records")
        return plain(rows)
    if hasattr(value, "tolist") and callable(value.tolist):
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    for name in ("model_dump", "toDict", "to_dict", "_asdict"):
        dump = getattr(value, name, None)
        if callable(dump):
            return plain(dump())
    fields = getattr(value, "__dict__", None)
    if fields:
        return {k: plain(v) for k, v in fields.items() if not k.startswith("_")}
    return str(value)


def is_stream(value: Any) -> bool:
    """Whether a value is an answer that comes in pieces."""
    return inspect.isgenerator(value) or (
        isinstance(value, Iterator) and not isinstance(value, (str, bytes)) and not hasattr(value, "read")
    )


def joined(pieces: list[Any]) -> Any:
    """One answer from the pieces of a stream: texts are joined; of objects, texts are joined and the rest kept."""
    found = [plain(piece) for piece in pieces]
    if all(isinstance(piece, str) for piece in found) and is_event_stream(whole := "".join(found)):
        found = events_in(whole)
    if any(isinstance(piece, dict) and any(piece.get(name) for name in _FIELDS) for piece in found):
        return _merged(found)
    if all(isinstance(piece, str) for piece in found):
        return "".join(found)
    return "".join(piece if isinstance(piece, str) else _piece_text(piece) for piece in found)


_EVENT_LINES = ("data:", "event:", "id:", "retry:", ":")


def is_event_stream(text: str) -> bool:
    """Whether a text is server-sent events, as services stream them, and nothing else."""
    lines = [line for line in text.splitlines() if line.strip()]
    return any(line.startswith("data:") for line in lines) and all(line.startswith(_EVENT_LINES) for line in lines)


def events_in(text: str) -> list[Any]:
    """What the events of a stream hold: JSON where it is some, else texts; the mark of its end is left out."""
    found: list[Any] = []
    for event in text.replace("\r\n", "\n").split("\n\n"):
        lines = [line[5:].removeprefix(" ") for line in event.split("\n") if line.startswith("data:")]
        data = "\n".join(lines)
        if not lines or data.strip() == "[DONE]":
            continue
        try:
            value = json.loads(data)
        except ValueError:
            value = data
        found.append(value if isinstance(value, (dict, str)) else data)
    return found


_TEXTS = ("output", "answer", "response")
_FIELDS = (*_TEXTS, "context", "contexts", "documents", "passages", "source_documents", "source_nodes", "sources",
           "retrieved_contexts", "retrieval_context", "chunks", "citations")  # fmt: skip
_PARTS = ("content", "text", "delta", "token")


def _merged(pieces: list[Any]) -> dict[str, Any]:
    """Pieces such as {"context": […]}, {"answer": "It"}, {"answer": " is"}, or {"delta": "It", "sources": […]}."""
    whole: dict[str, Any] = {}
    for piece in pieces:
        for name, value in (piece if isinstance(piece, dict) else {"output": piece}).items():
            place = "output" if name in _PARTS and not any(text in piece for text in _TEXTS) else name
            text = value if isinstance(value, str) else _piece_text(value) if isinstance(value, dict) else ""
            before = whole.get(place)
            if text and place in _TEXTS:
                whole[place] = before + text if isinstance(before, str) else text
            elif isinstance(value, list) and isinstance(before, list):  # some streams send all sources again each time
                whole[place] = [*before, *(entry for entry in value if entry not in before)]
            elif text or value not in (None, "", [], {}) or place not in whole:
                whole[place] = text or value
    return whole


def _piece_text(piece: Any) -> str:
    """Text of one piece: a message's content, or the delta of a chat completion."""
    if not isinstance(piece, Mapping):
        return ""
    choices = piece.get("choices")
    if isinstance(choices, list):
        deltas = [choice.get("delta") or {} for choice in choices if isinstance(choice, Mapping)]
        return "".join(str(delta.get("content") or "") for delta in deltas)
    for name in _PARTS:
        if isinstance(piece.get(name), str):
            return str(piece[name])
        if isinstance(piece.get(name), Mapping) and (inner := _piece_text(piece[name])):
            return inner
    return ""


async def gathered(stream: AsyncIterator[Any]) -> Any:
    """An asynchronous stream to its end."""
    return joined([piece async for piece in stream])
