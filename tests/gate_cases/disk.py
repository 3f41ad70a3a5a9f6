"""Run folders in ragtui's own format, written by hand so that a test says exactly what is in them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def write_run(
    folder: Path,
    values: Mapping[str, ArrayLike],
    *,
    name: str = "",
    items: Sequence[str] | None = None,
    failed: ArrayLike | None = None,
    status: str = "complete",
    version: str = "v1",
    created: str = "2026-11-01T09:00:00+00:00",
    judges: Mapping[str, Any] | None = None,
    pipeline: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Mapping[str, Any]] | None = None,
    questions: Mapping[str, str] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Path:
    """Write one run: (items, repeats) arrays by metric; NaN is never written, `failed` is an errored result."""
    arrays = {metric: np.asarray(array, float) for metric, array in values.items()}
    rows, repeats = next(iter(arrays.values())).shape
    names = list(items) if items is not None else [f"{row:03d}" for row in range(rows)]
    name = name or folder.name
    folder.mkdir(parents=True)
    lines, errors = [], 0
    for repeat in range(repeats):
        for row, item in enumerate(names):
            record: dict[str, Any] = {"item": item, "repeat": repeat + 1, "output": f"answer {item}", "scores": {}}
            if failed is not None and np.asarray(failed)[row, repeat]:
                record["error"] = "timeout after 60 s"
                errors += 1
            else:
                for metric, array in arrays.items():
                    if np.isfinite(array[row, repeat]):
                        value = float(array[row, repeat])
                        if metric == "latency":
                            record["latency_s"] = value
                        else:
                            record["scores"][metric] = {"value": value}
            if record["scores"] or record.get("error"):
                lines.append(record)
    quality = [metric for metric in arrays if metric != "latency"]
    summary = {
        "ragtui": 1, "id": name, "name": name, "created": created, "status": status,
        "dataset": {"name": "suite", "version": version, "items": rows},
        "pipeline": dict(pipeline or {"prompt": name}), "judges": dict(judges or {"quality": {"model": "judge-1"}}),
        "metrics": [{"name": metric, "higher_is_better": True, "role": "quality"} for metric in quality],
        "repeats": repeats, "expected_results": rows * repeats, "results": len(lines), "errors": errors,
        **(extra or {}),
    }  # fmt: skip
    golden = [
        {"id": item, "question": (questions or {}).get(item, f"What about {item}?"), "expected": "An answer.",
         "metadata": dict((metadata or {}).get(item, {}))}
        for item in names
    ]  # fmt: skip
    (folder / "summary.json").write_text(json.dumps(summary))
    (folder / "dataset.json").write_text(json.dumps({"name": "suite", "version": version, "items": golden}))
    (folder / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
