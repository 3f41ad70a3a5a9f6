"""Where publishing keeps its own files: beside the run, never in one of the run's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ragtui.places import state_folder


def outbox_path(location: str, experiment_id: str) -> Path:
    """The outbox of one experiment: `<run>/langfuse/<experiment>.outbox`, or `<file>.langfuse/…` for a single file.

    When the run lies where nothing may be written, ragtui's state folder takes it.
    """
    run = Path(location)
    beside = run.with_name(f"{run.name}.langfuse") if run.is_file() else run / "langfuse"
    parent = next((folder for folder in (beside, *beside.parents) if folder.exists()), beside)
    if not os.access(parent, os.W_OK):
        beside = state_folder() / "outbox" / hashlib.sha256(str(run.absolute()).encode()).hexdigest()[:16]
    return beside / f"{experiment_id}.outbox"


def salts_folder() -> Path:
    """Where the item ids that were found taken are remembered."""
    return state_folder() / "langfuse"
