"""The gate for programs: the record itself, and the schema it keeps."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files

from ragtui.gate.record import GateRecord

TITLE, SUFFIXES = "JSON", (".json",)


def write(record: GateRecord) -> str:
    """The record as one JSON document; null where there is no number."""
    return json.dumps(asdict(record), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def schema_text() -> str:
    """The JSON Schema (draft 2020-12) of `write`."""
    return files("ragtui.gate.reports").joinpath("gate-report.schema.json").read_text(encoding="utf-8")
