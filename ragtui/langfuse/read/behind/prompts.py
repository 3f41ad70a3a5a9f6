"""Managed prompts by name and version; a version never changes, so it is read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ragtui.errors import InputError
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, path_value
from ragtui.langfuse.api.shapes.plain import text_of


def read_prompt(http: LangfuseHttp, reference: str) -> str:
    """The text of "NAME@VERSION"; a chat prompt is its messages, one after the other, each under its role.

    Raises:
        InputError: the reference names no version, or there is no such prompt.
        LangfuseError: the server does not answer, or refuses.
    """
    name, at, version = reference.rpartition("@")
    if not at or not version.isdigit():
        raise InputError(f"{reference}: names no version of a prompt", "It looks like answer@3.")
    try:
        found = http.get(f"/v2/prompts/{path_value(name)}", {"version": int(version)}).fields
    except LangfuseError as error:
        if error.status != 404:
            raise
        raise InputError(f"{reference}: no such prompt on {http.server}", "It was deleted since the run.") from None
    return prompt_text(found.get("prompt"))


def prompt_text(prompt: Any) -> str:
    """A text prompt as it is; messages of a chat prompt with their roles, placeholders by their names."""
    if isinstance(prompt, str):
        return prompt
    if not isinstance(prompt, list):
        return "" if prompt is None else json.dumps(prompt, ensure_ascii=False, indent=2)
    parts = []
    for message in prompt:
        if not isinstance(message, Mapping):
            parts.append(text_of(message))
        elif message.get("type") == "placeholder":
            parts.append("{{" + text_of(message.get("name")) + "}}")
        else:
            parts.append(f"[{text_of(message.get('role'))}]\n{text_of(message.get('content'))}")
    return "\n\n".join(parts)
