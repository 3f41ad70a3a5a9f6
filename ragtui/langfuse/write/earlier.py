"""Whether a run is on the server already, under this name or another: a second copy is never made by accident."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.pages import cursored, numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.shapes.plain import iso, nested, settings, text_of
from ragtui.langfuse.write.outbox import read_heading
from ragtui.model import RunHeader

BEFORE, AFTER = timedelta(days=1), timedelta(days=2)
"""Around a run's creation: where its copies lie, as they keep the times of the results."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A publication of the same run.

    Attributes:
        name: the experiment's name, with its repeat.
        dataset: its dataset's name; "" when nothing says it.
        here: whether its outbox lies beside the run, so that it can be resumed.
    """

    name: str
    dataset: str
    here: bool

    @property
    def run_name(self) -> str:
        """The name without its repeat."""
        name, sign, number = self.name.rpartition(" #")
        return name if sign and number.isdigit() else self.name

    def __str__(self) -> str:
        return f"{self.run_name!r}{f' in dataset {self.dataset!r}' if self.dataset else ''}"


def published_from_here(http: LangfuseHttp, folder: Path, ours: Iterable[str]) -> list[Earlier]:
    """What the outboxes beside the run say was sent to this project under other ids; datasets by their present names.

    A dataset that is not there is one of another project on the same server, or was deleted with all of its runs.
    """
    mine, found = set(ours), []
    for path in sorted(folder.glob("*.outbox")):
        heading = read_heading(path)
        if heading is not None and heading.server == http.server and heading.experiment not in mine and heading.sent:
            dataset = _dataset_name(http, heading.dataset_id) if heading.dataset_id else heading.dataset
            if dataset:
                found.append(Earlier(heading.name, dataset, here=True))
    return found


def published_elsewhere(
    http: LangfuseHttp, abilities: Abilities, header: RunHeader, ours: Iterable[str], patience: Patience
) -> list[Earlier]:
    """What the server itself lists of this run under other ids, wherever it was sent from.

    Only servers with experiments can be asked across datasets. What cannot be read is taken for nothing: the outboxes
    are what protects a run on this machine.
    """
    if not abilities.experiments or header.created is None:
        return []
    mine, found = set(ours), []
    query: dict[str, str | int] = {
        "fromStartTime": iso((header.created - BEFORE).timestamp()),
        "toStartTime": iso((header.created + AFTER).timestamp()),
        "fields": "core,metadata",
    }
    try:
        for row in cursored(http.page(patience), "/experiments", query):
            about = nested(settings(row.get("metadata")), "ragtui_run")
            if about.get("id") == header.id and row.get("id") not in mine:
                found.append(Earlier(text_of(row.get("name")), _dataset_name(http, row.get("datasetId")), here=False))
    except LangfuseError:
        return found
    return found


def _dataset_name(http: LangfuseHttp, dataset_id: object) -> str:
    rows = numbered(http.get, "/v2/datasets") if dataset_id else ()
    return next((text_of(row.get("name")) for row in rows if row.get("id") == dataset_id), "")


def publish_command(run: str, dataset: str = "", name: str = "", profile: str = "", *, resume: bool = False) -> str:
    """The words that publish, or finish publishing, exactly this."""
    options = {"--langfuse": dataset, "--name": name, "--profile": profile}
    words = ["ragtui", "publish", run, *(word for pair in options.items() if pair[1] for word in pair)]
    return shlex.join([*words, "--resume"] if resume else words)
