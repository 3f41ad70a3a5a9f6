"""What stands beside the rows of a table: a document's own fields, or a summary next to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ragtui.files.fields import mapping, number, text, timestamp
from ragtui.model import MetricSummary, Problem
from ragtui.sources import aliases

_MEANS = ("aggregates", "averages", "means", "metrics", "scores", "aggregate", "mean_scores")
_SETTINGS = ("pipeline", "config", "configuration", "settings", "parameters", "params", "hyperparameters")
_NAMES = ("name", "run_name", "run", "run_id", "id", "experiment")
_TIMES = ("created", "created_at", "timestamp", "date", "started_at", "started")


@dataclass(frozen=True, slots=True)
class Beside:
    """One run's own words about itself.

    Attributes:
        key: tells the tables of one file apart; empty for the only one.
        name: what to call the run.
        means: recorded means.
        format: what `RunHeader.format` says.
        assumed: what was taken for granted on the way to the rows, as sentences.
    """

    key: str = ""
    name: str = ""
    dataset: str = ""
    dataset_version: str = ""
    pipeline: Mapping[str, Any] = field(default_factory=dict)
    judges: Mapping[str, Any] = field(default_factory=dict)
    created: datetime | None = None
    description: str = ""
    means: tuple[MetricSummary, ...] = ()
    problems: tuple[Problem, ...] = ()
    format: str = "table"
    assumed: tuple[str, ...] = ()
    says_settings: bool = False
    """Whether it has an object of settings: runs that agree in all of them are repeats."""


NOTHING = Beside()


def about(document: Mapping[str, Any], *, key: str = "", name: str = "", means: bool = True) -> Beside:
    """What a document's or a summary's own fields say of a run."""
    dataset = document.get("dataset")
    named = mapping(dataset)
    model = document.get("model")
    settings = mapping(aliases.first(document, _SETTINGS))
    return Beside(
        key=key,
        name=next((text(document[key]) for key in _NAMES if isinstance(document.get(key), (str, int))), "") or name,
        dataset=text(named.get("name")) if named else (dataset if isinstance(dataset, str) else ""),
        dataset_version=text(named.get("version")),
        pipeline={**settings, **({"model": model} if isinstance(model, str) else {})},
        judges=mapping(document.get("judges")),
        created=timestamp(aliases.first(document, _TIMES)),
        description=text(document.get("description")),
        means=means_in(document) if means else (),
        says_settings=bool(settings),
        format="plain",
    )


def means_in(document: Mapping[str, Any]) -> tuple[MetricSummary, ...]:
    """Means that a document records by metric."""
    for name in _MEANS:
        found = []
        for metric, said in mapping(document.get(name)).items():
            mean = number(
                aliases.first(said, ("mean", "value", "score", "average")) if isinstance(said, dict) else said
            )
            if mean is not None:
                found.append(MetricSummary(str(metric), mean, 0, 0))
        if found:
            return tuple(found)
    return ()
