"""What the user's functions take and give, in plain values: items with every usual name, answers of any library."""

from __future__ import annotations

import dataclasses
import decimal
import enum
import numbers
from collections.abc import Mapping
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

    def __getitem__(self, name: str) -> Any:
        return {"inputs": self.inputs, "outputs": self.outputs}[name]


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
    fields = getattr(value, "__dict__", None) or {}
    return {k: plain(v) for k, v in fields.items() if not k.startswith("_")} or str(value)
