"""Cubes of large result files, kept as columns so that the next reading takes a second instead of ten.

A kept cube lies in the user's cache folder under a name made from the content of the results and everything else it
was built from; nothing is ever found under a stale name. It is written beside and renamed, so that any number of
readers may use and make it at once; a damaged one is built anew. The folder may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ragtui.errors import RagtuiError
from ragtui.files.atomic import replacing
from ragtui.files.regular import open_regular
from ragtui.model import DirectionFrom, Kind, Metric, Problem, Repeat, Role, Scores
from ragtui.places import cache_folder
from ragtui.sources.cube.cube import Cube

FORMAT = 2
"""Raised with every change of what is read from a results file, or of how it is kept."""
SMALLEST = 8 << 20
"""Bytes of results below which reading them is as quick."""
MOST_KEPT = 2 << 30
"""Bytes of kept cubes; the oldest go first."""
_SETTLED = 60.0
"""Seconds since the last write after which a file is taken to be whole."""
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile)

Built = tuple[Cube, tuple[Problem, ...]]


def kept_or_built(results: Path, run_uid: str, made_from: Iterable[str], build: Callable[[], Built]) -> Built:
    """The cube of a results file and what was wrong in it.

    Args:
        results: the file.
        run_uid: of the run it is read for.
        made_from: everything beside the file that the cube depends on.
        build: reads the file.
    """
    before = results.stat()
    if before.st_size < SMALLEST or time.time() - before.st_mtime < _SETTLED:
        return build()
    place = cache_folder() / "cubes" / f"{_identity(results, made_from)}.npz"
    try:
        return _read(place, results, run_uid)
    except _UNREADABLE:
        built = build()
    after = results.stat()
    if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        _keep(place, results, built)
    return built


def _identity(results: Path, made_from: Iterable[str]) -> str:
    with open_regular(results) as content:
        digest = hashlib.file_digest(content, lambda: hashlib.blake2b(digest_size=20))
    for word in (str(FORMAT), *made_from):
        digest.update(b"\0" + word.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _read(place: Path, results: Path, run_uid: str) -> Built:
    with open_regular(place) as file, np.load(file, allow_pickle=False) as kept:
        head = orjson.loads(kept["head"].tobytes())
        scores = Scores(
            items=tuple(head["items"]),
            metrics=tuple(map(_metric, head["metrics"])),
            repeats=tuple(Repeat(run_uid, label) for label in head["repeats"]),
            values=kept["values"],
            states=kept["states"],
        )
        cube = Cube(scores, kept["places"], kept["failed"])
    if cube.places.shape != (len(scores.items), len(scores.repeats)) or cube.places.shape != cube.failed.shape:
        raise ValueError(f"{place}: not a kept cube")
    problems = (Problem(**problem) for problem in head["problems"])
    return cube, tuple(replace(one, where=one.where or str(results)) for one in problems)


def _metric(raw: dict[str, Any]) -> Metric:
    return Metric(
        **{
            **raw,
            "kind": Kind(raw["kind"]) if raw["kind"] else None,
            "scale": tuple(raw["scale"]) if raw["scale"] else None,
            "role": Role(raw["role"]),
            "direction_from": DirectionFrom(raw["direction_from"]),
        }
    )


def _keep(place: Path, results: Path, built: Built) -> None:
    """Write a cube; where that cannot be done, the next reader reads the results again."""
    cube, problems = built
    here = (replace(one, where="" if one.where == str(results) else one.where) for one in problems)
    head = {
        "items": cube.scores.items,
        "metrics": [asdict(metric) for metric in cube.scores.metrics],
        "repeats": [repeat.label for repeat in cube.scores.repeats],
        "problems": [asdict(problem) for problem in here],
    }
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(place) as out:
            np.savez(
                out,
                head=np.frombuffer(orjson.dumps(head), np.uint8),
                values=cube.scores.values,
                states=cube.scores.states,
                places=cube.places,
                failed=cube.failed,
            )
        _make_room(place.parent)
    except (OSError, TypeError, RagtuiError):
        return


def _make_room(folder: Path) -> None:
    with os.scandir(folder) as listing:
        kept = sorted(((entry.stat(), entry.path) for entry in listing), key=lambda entry: -entry[0].st_mtime)
    total = 0
    for stat, path in kept:
        total += stat.st_size
        if total > MOST_KEPT:
            Path(path).unlink(missing_ok=True)
