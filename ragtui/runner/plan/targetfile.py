"""Targets and models from a plan's tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ragtui.files.tomltable import Table
from ragtui.runner.plan import keys
from ragtui.runner.plan.plan import (
    SIMULATED,
    CommandTarget,
    HttpTarget,
    ModelUse,
    PythonTarget,
    RagTarget,
    Retriever,
    Target,
)
from ragtui.runner.plan.schema import PlanTable, refuse_secret

_SECTIONS: Mapping[str, PlanTable] = {
    "rag": keys.RAG, "python": keys.PYTHON, "command": keys.COMMAND, "http": keys.HTTP
}  # fmt: skip


def target_keys(kind: str) -> list[str]:
    """Keys of a target's table, its kind left out; none for a kind that is not known."""
    section = _SECTIONS.get(kind)
    return [] if section is None else [key.name for key in section.keys if key.name != "kind"]


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Tables of `over` laid over those of `under`, key by key."""
    out = dict(under)
    for key, value in over.items():
        below = out.get(key)
        out[key] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return out


def read_target(table: Table, base: Path, simulated: bool) -> Target:
    """A target of any kind.

    Raises:
        UsageError: a key is unknown, missing or has an impossible value.
    """
    refuse_secret(table, "kind")
    kind = table.word("kind") or ""
    if kind not in _SECTIONS:
        raise table.refuse("kind", f"is {kind!r}" if kind else "missing", f"Known: {', '.join(keys.TARGET_KINDS)}.")
    said = _SECTIONS[kind].read(table)
    if kind == "rag":
        return _rag(said, table, base, simulated)
    settings = said["settings"] or {}
    if kind == "python":
        width = {name: said[name] for name in ("threads", "processes", "memory_mb")}
        return PythonTarget(call=said["call"], input=said["input"], settings=settings, **width)
    if kind == "command":
        if not said["command"]:
            raise table.refuse("command", "is empty", 'Write it as a list: command = ["python", "answer.py"].')
        return CommandTarget(command=said["command"], stdin=said["stdin"], settings=settings)
    return _http(said, table, settings)


def _http(said: Mapping[str, Any], table: Table, settings: Mapping[str, Any]) -> HttpTarget:
    body = said["body"]
    if body is not None and not isinstance(body, str | Mapping | list):
        raise table.refuse("body", f"is {body!r}", 'Write a table or a text, such as body = { query = "{question}" }.')
    return HttpTarget(
        url=said["url"],
        method=said["method"],
        headers=said["headers"] or {},
        body=body,
        output=said["output"],
        contexts=said["contexts"],
        usage=said["usage"],
        poll=said["poll"],
        settings=settings,
    )


def _rag(said: Mapping[str, Any], table: Table, base: Path, simulated: bool) -> RagTarget:
    generator, embeddings = said["generator"], said["embeddings"]
    if generator is None and not simulated:
        raise table.refuse("generator", "missing", 'Add [target.generator] with model = "..." and base_url = "...".')
    if said["retriever"] is not Retriever.LEXICAL and embeddings is None:
        raise table.refuse(
            "retriever", f"{said['retriever']} needs embeddings", "Add [target.embeddings] with a model."
        )
    if said["chunk_overlap"] >= said["chunk_words"]:
        raise table.refuse("chunk_overlap", f"is {said['chunk_overlap']}", "Make it smaller than chunk_words.")
    asked = keys.MODEL.read(generator) if generator is not None else {}
    return RagTarget(
        corpus=base / said["corpus"],
        generator=model_use(asked, generator, simulated),
        chunk_words=said["chunk_words"],
        chunk_overlap=said["chunk_overlap"],
        top_k=said["top_k"],
        context_words=said["context_words"],
        retriever=said["retriever"],
        embeddings=model_use(keys.MODEL.read(embeddings), embeddings, simulated) if embeddings is not None else None,
        prompt=base / said["prompt"] if said["prompt"] else None,
    )


def model_use(
    said: Mapping[str, Any], table: Table | None, simulated: bool, inherited: ModelUse | None = None
) -> ModelUse:
    """How a model is asked, from what a table says and what it inherits.

    Raises:
        UsageError: no model is named.
    """
    own = inherited or ModelUse(model=SIMULATED if simulated else "")
    model = said.get("model") or own.model
    if not model:
        assert table is not None
        raise table.refuse("model", "missing", 'Name the model: model = "...".')

    def chosen(name: str) -> Any:
        value = said.get(name)
        return getattr(own, name) if value is None or value == "" else value

    names = ("base_url", "api_key_env", "temperature", "top_p", "max_tokens", "headers", "query", "extra", "batch")
    return ModelUse(model=model, **{name: chosen(name) for name in names})
