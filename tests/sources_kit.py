"""Small run files for tests: folders, lines, logs."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import zstandard

from ragtui.model import Problem, RunHeader
from ragtui.sources import LoadedRun, open_source


def lines_of(records: Iterable[Any]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def record(item: str = "a", repeat: int | None = 1, **fields: Any) -> dict[str, Any]:
    """One result of the own format, faithfulness 5 unless said otherwise."""
    return {"item": item, "repeat": repeat, "scores": {"faithfulness": 5}, **fields}


def own_run(folder: Path, results: bytes | Iterable[Any], /, **summary: Any) -> Path:
    """A run folder of the own format."""
    folder.mkdir(parents=True, exist_ok=True)
    head = {"ragtui": 1, "id": folder.name, "status": "complete", **summary}
    (folder / "summary.json").write_text(json.dumps(head))
    (folder / "results.jsonl").write_bytes(results if isinstance(results, bytes) else lines_of(results))
    return folder


def listed(path: Path, **options: Any) -> tuple[list[RunHeader], list[Problem]]:
    """What a source over a path lists."""
    found = list(open_source(path, **options).headers())
    return (
        [entry for entry in found if isinstance(entry, RunHeader)],
        [entry for entry in found if isinstance(entry, Problem)],
    )


def only_run(path: Path, **options: Any) -> LoadedRun:
    """The one run under a path, loaded."""
    source = open_source(path, **options)
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    assert len(headers) == 1, f"expected one run, found {headers}"
    return source.load(headers[0].id)


def said(run: LoadedRun) -> str:
    """Everything that was wrong with a run, as one text."""
    return "\n".join(map(str, run.problems))


def sample(item: Any, epoch: int = 1, **fields: Any) -> dict[str, Any]:
    """One Inspect sample."""
    return {
        "id": item,
        "epoch": epoch,
        "input": f"question {item}",
        "target": "right",
        "scores": {"match": {"value": "C", "answer": "right", "explanation": "it matches"}},
        "total_time": 2.0,
        "working_time": 1.5,
        "model_usage": {"some/model": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}},
        **fields,
    }


def log_head(ids: Iterable[Any] = (1, 2), epochs: int = 1, **spec: Any) -> dict[str, Any]:
    """The head of an Inspect log."""
    ids = list(ids)
    return {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "E1",
            "created": "2026-11-01T09:00:00+00:00",
            "task": "arithmetic",
            "task_args": {"level": 2},
            "model": "openai/small",
            "dataset": {"name": "sums", "samples": len(ids), "sample_ids": ids},
            "config": {"epochs": epochs},
            "revision": {"type": "git", "commit": "abc123", "dirty": True},
            "scorers": [{"name": "match", "options": {"location": "end"}}],
            **spec,
        },
        "plan": {"steps": [{"solver": "generate", "params": {}}], "config": {"temperature": 0.5, "max_connections": 4}},
        "results": {
            "total_samples": len(ids) * epochs,
            "completed_samples": len(ids) * epochs,
            "scores": [{"name": "match", "scorer": "match", "metrics": {"accuracy": {"value": 0.5}}}],
        },
        "stats": {"started_at": "2026-11-01T09:00:00+00:00", "completed_at": "2026-11-01T09:00:20+00:00"},
    }


def eval_entries(samples: Iterable[Mapping[str, Any]], head: Mapping[str, Any] | None) -> dict[str, Any]:
    """Entries of a finished `.eval` archive."""
    samples = list(samples)
    full = {
        f"samples/{entry['id']}_epoch_{entry['epoch']}.json": {
            **entry,
            "output": {"choices": [{"message": {"role": "assistant", "content": f"answer {entry['id']}"}}]},
        }
        for entry in samples
    }
    entries: dict[str, Any] = {**full, "summaries.json": samples}
    return {**entries, "header.json": head} if head is not None else entries


def deflated(path: Path, entries: Mapping[str, Any]) -> Path:
    """A ZIP archive with deflated entries."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, json.dumps(content))
    return path


def zstd_packed(path: Path, entries: Mapping[str, Any]) -> Path:
    """A ZIP archive with zstd entries (method 93), which Python before 3.14 cannot write."""
    body, directory = io.BytesIO(), io.BytesIO()
    for name, content in entries.items():
        plain, raw_name = json.dumps(content).encode(), name.encode()
        packed = zstandard.ZstdCompressor().compress(plain)
        fields = (93, 0, 0x21, zlib.crc32(plain), len(packed), len(plain), len(raw_name), 0)
        offset = body.tell()
        body.write(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 63, 0, *fields) + raw_name + packed)
        directory.write(
            struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 63, 63, 0, *fields, 0, 0, 0, 0, offset) + raw_name
        )
    start, size, count = body.tell(), directory.tell(), len(entries)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, start, 0)
    path.write_bytes(body.getvalue() + directory.getvalue() + end)
    return path
