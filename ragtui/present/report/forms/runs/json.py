"""A list of runs for programs; the schema is `ragtui.present.report.schemas` "runs"."""

from __future__ import annotations

from ragtui.files.atomic import dump_json
from ragtui.model import Problem, RunHeader
from ragtui.present.report.listing import RunListing

TITLE, SUFFIX = "JSON", ".json"


def write(listing: RunListing) -> str:
    """Every configuration with its runs and their copies, and the problems that were met."""
    out = [
        {
            "configuration": group.key,
            "label": group.label,
            "by_hand": group.by_hand,
            "repeats": group.known_repeats,
            "runs": [_run(header) for header in group.headers],
            "copies": [_run(header) for header in group.copies],
        }
        for group in listing.groups
    ]
    document = {
        "schema": "ragtui.runs/1",
        "groups": out,
        "problems": [_problem(one) for one in dict.fromkeys(listing.problems)],
    }
    return dump_json(document, indent=True).decode()


def _run(header: RunHeader) -> dict[str, object]:
    fields = (
        "id", "name", "location", "format", "dataset", "dataset_version", "created", "status", "origin", "items",
        "repeats", "errors", "metrics", "assumed",
    )  # fmt: skip
    own = {"run_scores": dict(header.extra.get("run_scores") or {})}
    return {field: getattr(header, field) for field in fields} | own


def _problem(problem: Problem) -> dict[str, object]:
    return {field: getattr(problem, field) for field in ("where", "line", "message", "hint", "count")}
