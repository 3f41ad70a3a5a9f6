"""JSON Schemas (draft 2020-12) of what `compare`, `noise`, `runs`, `trend` and `slices` write as JSON."""

from __future__ import annotations

from importlib.resources import files

NAMES = ("compare", "noise", "runs", "slices", "trend")


def schema_text(name: str) -> str:
    """The schema of one command's JSON.

    Raises:
        KeyError: the command has none here; the gate's is in `ragtui.gate.reports.forms.json`.
    """
    if name not in NAMES:
        raise KeyError(name)
    return files(__name__).joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
