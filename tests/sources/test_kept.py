"""Cubes kept in the cache folder: the same scores, whatever happens to the cache or to the results."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from builders import write_run

from ragtui.model import RunHeader
from ragtui.sources import LoadedRun, open_source
from ragtui.sources.cube import kept

SCORES: list[list[float | str]] = [[5.0, 4.0, "timeout", 3.0], [5.0, 3.0, 2.0, 3.0]]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAGTUI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "SMALLEST", 0)
    return tmp_path / "cache" / "cubes"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_run(tmp_path / "run", SCORES)
    settle(made)
    return made


def settle(folder: Path, seconds: float = 1e9) -> None:
    os.utime(folder / "results.jsonl", (seconds, seconds))


def load(folder: Path) -> LoadedRun:
    source = open_source(folder)
    (header,) = [found for found in source.headers() if isinstance(found, RunHeader)]
    return source.load(header.id)


def alike(one: LoadedRun, other: LoadedRun) -> bool:
    a, b = one.scores, other.scores
    same = (a.items, a.metrics, a.repeats, one.problems) == (b.items, b.metrics, b.repeats, other.problems)
    texts = [(run.result(item, "1"), run.item(item)) for run in (one, other) for item in a.items]
    half = len(texts) // 2
    return bool(
        same
        and np.array_equal(a.values, b.values, equal_nan=True)
        and np.array_equal(a.states, b.states)
        and texts[:half] == texts[half:]
    )


def test_the_second_reading_is_the_first_one(folder: Path, cache: Path) -> None:
    first = load(folder)
    (file,) = cache.iterdir()
    written = file.stat().st_mtime_ns
    assert alike(first, load(folder))
    assert file.stat().st_mtime_ns == written
    assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "folder", "gone"])
def test_a_damaged_cache_is_built_anew(folder: Path, cache: Path, damage: str) -> None:
    first = load(folder)
    (file,) = cache.iterdir()
    raw = bytearray(file.read_bytes())
    if damage == "cut":
        file.write_bytes(raw[: len(raw) // 2])
    elif damage == "flipped":
        for place in range(0, len(raw), 97):
            raw[place] ^= 0x5A
        file.write_bytes(raw)
    elif damage in ("empty", "text"):
        file.write_bytes(b"" if damage == "empty" else b"not a cube")
    else:
        file.unlink()
        if damage == "folder":
            file.mkdir()
    assert alike(first, load(folder))
    assert damage == "folder" or alike(first, load(folder))


def test_results_that_changed_are_read_again(folder: Path, cache: Path) -> None:
    load(folder)
    results = folder / "results.jsonl"
    lines = results.read_text().splitlines()
    results.write_text("\n".join(line.replace('"value":5', '"value":1') for line in lines) + "\n")
    settle(folder)  # the same size and the same time as before
    assert (load(folder).scores.values == 1).any()
    assert len(list(cache.iterdir())) == 2


def test_a_file_that_is_still_written_is_not_kept(folder: Path, cache: Path) -> None:
    os.utime(folder / "results.jsonl")
    load(folder)
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_does_not_matter(folder: Path, cache: Path) -> None:
    cache.parent.write_text("a file in the way")
    assert alike(load(folder), load(folder))


def test_readers_at_once(folder: Path, cache: Path) -> None:
    first, found = load(folder), []
    for file in cache.iterdir():
        file.unlink()
    threads = [threading.Thread(target=lambda: found.append(load(folder))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(alike(first, one) for one in found)
    assert len(list(cache.iterdir())) == 1


def test_the_oldest_cubes_make_room(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(folder)
    (old,) = cache.iterdir()
    os.utime(old, (1, 1))
    monkeypatch.setattr(kept, "MOST_KEPT", old.stat().st_size + 10)
    write_run(folder.parent / "other", [[1.0, 2.0, 3.0, 4.0]])
    settle(folder.parent / "other")
    load(folder.parent / "other")
    assert not old.exists()
    assert len(list(cache.iterdir())) == 1
