"""Replies kept from run to run, where the plan asks for it: adding a metric then costs only that metric.

A reply is known by everything that was asked (address, model, messages, settings), by the judge that asked, and by item
and repeat: two repeats never share one, or repeats would measure no noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.atomic import dump_json, write_bytes
from ragtui.files.fields import mapping
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.files.regular import read_regular
from ragtui.model import canonical_hash

_FIELDS = ("text", "refusal", "finish", "id", "latency_s", "tokens")


class ReplyCache:
    """One small file a reply, in a folder of the project."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, base_url: str, body: Mapping[str, Any], what: str, memory: str) -> Path:
        """Where the reply to a question is kept."""
        name = canonical_hash([base_url, dict(body), what, memory], 40)
        return self._folder / name[:2] / f"{name}.json"

    def read(self, place: Path) -> dict[str, Any] | None:
        """A kept reply; None where there is none, or one that cannot be read."""
        try:
            document = mapping(parse_json(read_regular(place))[0]) if place.is_file() else {}
        except (OSError, BadLineError):
            return None
        whole = isinstance(document.get("text"), str) and isinstance(document.get("tokens"), dict)
        return {name: document[name] for name in _FIELDS if name in document} if whole else None

    def write(self, place: Path, reply: Mapping[str, Any]) -> None:
        """Keep a reply. A cache that cannot be written costs nothing but the next call."""
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(place, dump_json({name: reply[name] for name in _FIELDS}), durable=False)
        except (OSError, InputError):
            return
