"""The items a plan runs on, wherever they are: a file, a run folder, or a dataset on Langfuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import UsageError
from ragtui.model import Dataset
from ragtui.sources.addresses import is_langfuse
from ragtui.sources.datasetfile import read_dataset

if TYPE_CHECKING:
    from ragtui.langfuse.api.rates import Wait


def is_hosted(dataset: Path | str) -> bool:
    """Whether a plan's dataset is on Langfuse."""
    return is_langfuse(str(dataset))


def plan_items(
    dataset: Path | str, columns: Mapping[str, str] | None = None, *, on_wait: Callable[[Wait], None] | None = None
) -> Dataset:
    """Read a plan's dataset.

    Args:
        dataset: a file, a folder, or "langfuse:NAME".
        columns: which column means what; for files.
        on_wait: told about pauses of a hosted dataset.

    Raises:
        RagtuiError: it cannot be read, holds no items, or keys for Langfuse are missing.
    """
    if not is_hosted(dataset):
        return read_dataset(dataset, columns)
    if columns:
        raise UsageError(
            f"{dataset}: columns are for files", "A hosted item has a question and an answer: leave it out."
        )
    from ragtui.langfuse.read.dataset import read_hosted_dataset

    return read_hosted_dataset(str(dataset), on_wait=on_wait)
