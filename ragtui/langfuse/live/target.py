"""Where a run is to be published while it runs, kept beside it so that whoever resumes it publishes on. No keys."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ragtui.files.atomic import write_json
from ragtui.files.regular import read_regular
from ragtui.langfuse.live.scope import Scope
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.publishing_folder import outbox_path
from ragtui.model import RunHeader

FILE = "live.json"


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """Where to publish.

    Attributes:
        dataset: name of the dataset there; empty for the run's dataset.
        name: experiment name; empty for the run's name.
        profile: Langfuse profile; empty for the plain environment variables.
        concurrency: requests at once.
    """

    dataset: str = ""
    name: str = ""
    profile: str = ""
    concurrency: int = 3

    def dataset_for(self, header: RunHeader) -> str:
        """Name of the dataset there."""
        return self.dataset or header.dataset

    def scope(self, header: RunHeader, item_id: str, label: str, repeats: int) -> Scope:
        """Under which trace the pipeline's own spans of an item are recorded; needs no server."""
        experiment = ids.repeat_name(self.name or header.name, label, repeats)
        trace = ids.trace_id(self.dataset_for(header), experiment, header.id, item_id)
        return Scope(trace, ids.span_id(trace, "root"), {"langfuse.experiment.name": experiment})


def folder_of(location: str) -> Path:
    """The folder of a run's outboxes, recordings and target."""
    return outbox_path(location, "any").parent


def remember_target(run: Path, target: LiveTarget) -> None:
    """Publish this run whenever it is worked on."""
    folder = folder_of(str(run))
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FILE, asdict(target))


def target_of(run: Path) -> LiveTarget | None:
    """Where this run is to be published; None when nobody asked for it."""
    try:
        found = json.loads(read_regular(folder_of(str(run)) / FILE))
        return LiveTarget(**found)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
