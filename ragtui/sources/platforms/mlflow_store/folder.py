"""MLflow's file store (`mlruns/<experiment>`) as the tables that its database would have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ragtui.errors import InputError
from ragtui.files.fields import mapping, text
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import read_regular
from ragtui.sources.generic.plain_yaml import load_yaml
from ragtui.sources.platforms.mlflow_store.assessed import Row, Store

_STATUS = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
"""MLflow writes a run's status as the number of its enumeration."""
_AT_MOST = 100_000
_SMALL = 1024 * 1024


def load_folder(folder: Path, problems: ProblemLog) -> Store:
    """The runs and traces of an experiment."""
    experiment = _yaml(folder / "meta.yaml", problems)
    store: Store = {"experiments": [{"experiment_id": folder.name, "name": experiment.get("name")}]}
    store |= {table: [] for table in ("runs", "params", "trace_info", "trace_request_metadata", "trace_tags")}
    store["assessments"] = []
    for place in _folders(folder):
        if place.name not in ("traces", "tags", "datasets", "models") and (place / "meta.yaml").is_file():
            _add_run(store, folder, place, _yaml(place / "meta.yaml", problems))
    for place in _folders(folder / "traces"):
        if (place / "trace_info.yaml").is_file():
            _add_trace(store, place, _yaml(place / "trace_info.yaml", problems), problems)
    store["runs"].sort(key=lambda run: (run["start_time"] or 0, run["run_uuid"]))
    store["trace_info"].sort(key=lambda trace: (trace["timestamp_ms"] or 0, trace["request_id"]))
    store["assessments"].sort(key=lambda said: (said["created_timestamp"], said["assessment_id"]))
    return store


def _add_run(store: Store, folder: Path, place: Path, meta: Row) -> None:
    status, start = meta.get("status"), meta.get("start_time")
    store["runs"].append(
        {
            "run_uuid": place.name,
            "name": meta.get("run_name") or meta.get("name"),
            "status": _STATUS.get(status, "FINISHED") if isinstance(status, int) else text(status),
            "start_time": start if isinstance(start, int) else None,
            "experiment_id": folder.name,
        }
    )
    store["params"] += [{"run_uuid": place.name, "key": key, "value": said} for key, said in _texts(place / "params")]


def _add_trace(store: Store, place: Path, info: Row, problems: ProblemLog) -> None:
    trace = text(info.get("trace_id") or info.get("request_id")) or place.name
    when, took = info.get("timestamp_ms", info.get("request_time")), info.get("execution_time_ms")
    store["trace_info"].append(
        {
            "request_id": trace,
            "timestamp_ms": when if isinstance(when, int) else None,
            "execution_time_ms": took if took is not None else info.get("execution_duration_ms"),
            "status": info.get("status") or info.get("state"),
            "request_preview": info.get("request_preview"),
            "response_preview": info.get("response_preview"),
        }
    )
    for table, names in (("trace_tags", ("tags",)), ("trace_request_metadata", ("request_metadata", "trace_metadata"))):
        for name in names:
            pairs = _texts(place / name)
            store[table] += [{"request_id": trace, "key": key, "value": said} for key, said in pairs]
    for path in sorted(_files(place / "assessments")):
        if path.suffix == ".yaml" and (said := _yaml(path, problems)):
            store["assessments"].append(_assessment(trace, path.stem, said))


def _assessment(trace: str, name: str, said: Row) -> Row:
    feedback, expectation = mapping(said.get("feedback")), mapping(said.get("expectation"))
    source, made = mapping(said.get("source")), said.get("create_time_ms")
    error = feedback.get("error")
    return {
        "assessment_id": text(said.get("assessment_id")) or name,
        "trace_id": trace,
        "name": said.get("assessment_name") or said.get("name"),
        "assessment_type": "feedback" if feedback else "expectation",
        "value": json.dumps((feedback or expectation).get("value"), default=str),
        "error": json.dumps(error, default=str) if error else None,
        "created_timestamp": made if isinstance(made, int) else 0,
        "source_type": source.get("source_type"),
        "source_id": source.get("source_id"),
        "rationale": said.get("rationale"),
        "valid": said.get("valid", True),
    }


def _yaml(path: Path, problems: ProblemLog) -> dict[str, Any]:
    try:
        return dict(mapping(load_yaml(path)))
    except (InputError, OSError) as error:
        if not isinstance(error, InputError):
            error = InputError(f"{path}: cannot be read ({error.strerror or error})")
        problems.add(error.message.removeprefix(f"{path}: "), error.hint, where=str(path), kind="bad yaml")
        return {}


def _texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Small files of a folder: their names and what is in them."""
    for path in sorted(_files(folder)):
        try:
            yield path.name, read_regular(path, _SMALL).decode("utf-8", "replace").strip()
        except OSError:  # no file, or one that cannot be read: a value less
            continue


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()][:_AT_MOST] if folder.is_dir() else []


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir())[:_AT_MOST] if folder.is_dir() else []
