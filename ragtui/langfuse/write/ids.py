"""Names that come out the same every time: what makes seeding and publishing repeatable.

Every id is a hash of what it stands for, so sending a thing twice overwrites it instead of doubling it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence


def _digest(parts: Sequence[str], length: int) -> str:
    # Compact, non-ASCII kept: the text JavaScript's JSON.stringify makes of the same list.
    text = json.dumps(list(parts), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def experiment_id(project_id: str, dataset_id: str, name: str) -> str:
    """The id Langfuse itself derives for a run name on a dataset (SDK 5 and server 4.1, byte for byte)."""
    return _digest(["langfuse-experiment-v1", project_id, dataset_id, name], 16)


def dataset_item_id(project_id: str, dataset_id: str, key: str, salt: int = 0) -> str:
    """Id of a seeded dataset item.

    Item ids are unique per project and can never move to another dataset, so the dataset is part of the hash.
    `salt` counts up when the id is taken all the same: bound elsewhere, or by a deleted item.
    """
    stem = f"rt-{_digest([project_id, dataset_id, key], 32)}"
    return f"{stem}-{salt}" if salt else stem


def trace_id(dataset: str, experiment: str, run_id: str, item: str) -> str:
    """Trace of one item in one repeat, 32 hex digits.

    Made of names that are known before any server has answered, so that a pipeline's spans can be recorded under it
    while Langfuse is down. Attempts share it: a later attempt replaces an earlier one instead of standing beside it.
    """
    return _digest(["ragtui-trace-v1", dataset, experiment, run_id, item], 32)


def span_id(trace: str, role: str) -> str:
    """Span of a trace by what it is ("root", "retrieval", "judge/faithfulness", ...), 16 hex digits."""
    return _digest(["ragtui-span-v1", trace, role], 16)


def score_id(trace: str, metric: str) -> str:
    """Score of one metric on one trace, 32 hex digits."""
    return _digest(["ragtui-score-v1", trace, metric], 32)


def repeat_name(run_name: str, label: str, repeats: int) -> str:
    """Name of the experiment that holds one repeat: Langfuse reads only one result an item and experiment."""
    return run_name if repeats <= 1 else f"{run_name} #{label}"
