"""The items a plan runs on, wherever they are: a file, a run folder, or a dataset on Langfuse."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError, UsageError
from ragtui.model import Dataset
from ragtui.runner.launch.edited import Edits, edits_since
from ragtui.runner.launch.prepare import Launch
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


def edits_of(launch: Launch, *, on_wait: Callable[[Wait], None] | None = None) -> Edits:
    """What was edited since a run began, a hosted dataset included.

    A server that does not answer keeps nobody from going on, since a run works on its own copy of the items; what could
    not be looked at is said in `Edits.unknown`.
    """
    hosted: Dataset | None = None
    unknown = ""
    if launch.rejudging is None and is_hosted(launch.plan.dataset):
        try:
            hosted = plan_items(launch.plan.dataset, on_wait=on_wait)
        except RagtuiError as error:
            unknown = f"whether {launch.plan.dataset} was edited is not known: {error.message}"
    return replace(edits_since(launch, hosted), unknown=unknown)
