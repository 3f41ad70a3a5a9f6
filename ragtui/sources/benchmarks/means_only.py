"""Result files of known tools that hold no scores of single items: named, with the way to get them."""

from __future__ import annotations

from collections.abc import Iterator

from ragtui.errors import InputError
from ragtui.files.fields import mapping
from ragtui.model import Problem
from ragtui.sources.format import Format
from ragtui.sources.found import Found, Request
from ragtui.sources.peek import Peek

_MTEB = "means of tasks; its predictions are written with prediction_folder"
_TOOLS = (
    ("MTEB", frozenset({"task_name", "scores", "mteb_version"}), _MTEB),
    ("MTEB", frozenset({"mteb_dataset_name", "mteb_version"}), _MTEB),
    ("lighteval", frozenset({"config_general", "results", "versions"}), "means of tasks; see --save-details"),
    ("OpenAI Batch", frozenset({"custom_id", "response", "error", "id"}), "answers without scores"),
    ("SWE-bench", frozenset({"instance_id", "model_patch", "model_name_or_path"}), "answers without scores"),
    ("SWE-bench", frozenset({"no_generation", "no_logs", "resolved"}), "what was resolved, without what was not"),
    ("AlpacaEval", frozenset({"win_rate", "standard_error", "n_wins", "n_total"}), "means; see annotations.json"),
    ("garak", frozenset({"entry_type", "uuid"}), "attempts of probes; ragtui does not read them yet"),
)  # fmt: skip
"""Tool, the fields by which its file is told, and what is in it."""
_BFCL = frozenset({"accuracy", "correct_count", "total_count"})
"""The whole first line of a score file of BFCL, below which only what failed is listed."""


def _tool(peek: Peek) -> tuple[str, str] | None:
    if peek.kind == "lines" and set(peek.record) == _BFCL:
        return "BFCL", "its mean and what failed; what was right is in its result files, without a score"
    for known in (peek.top, peek.record, dict.fromkeys(peek.fields if peek.kind == "table" else ())):
        for tool, fields, holds in _TOOLS:
            if fields <= set(known) and not (tool == "lighteval" and mapping(known).get("samples")):
                return tool, holds
    return None


def sniff(peek: Peek) -> bool:
    """Fields that only such a file has."""
    return _tool(peek) is not None


def read(peek: Peek, request: Request) -> Iterator[Found | Problem]:
    """Name the tool.

    Raises:
        InputError: always.
    """
    tool, holds = _tool(peek) or ("another tool", "no scores of single items")
    message = f"{peek.path}: a file of {tool}: {holds}"
    raise InputError(message, "ragtui compares item by item: it needs a score an item")


FORMAT = Format(
    name="means-only",
    tool="MTEB, lighteval and others",
    files="results without scores of single items: named, not read",
    told_by="fields of MTEB, lighteval, OpenAI Batch, SWE-bench predictions, AlpacaEval's leaderboards, BFCL and garak",
    item="none",
    repeat="none",
    configuration="none",
    error="none",
    directions="none",
    endings=(".json", ".jsonl", ".csv"),
    sniff=sniff,
    read=read,
)
