"""Finding what may be a run under a path, without opening more than needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ragtui.model import Problem
from ragtui.sources.found import Found, Reader, Request
from ragtui.sources.runfolder import load_folder, read_folder_header
from ragtui.sources.summary import RESULTS, SUMMARY

MAX_DEPTH = 24
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that may hold runs, and who can read it."""

    path: Path
    name: str
    reader: Reader
    direct: bool = False


def entries_under(root: Path, watched: list[Path]) -> Iterator[Entry | Problem]:
    """Run folders and files under a path, in path order; what was looked at is added to `watched`."""
    yield from _walk(root, root, watched, set(), 0)


def _walk(
    folder: Path, root: Path, watched: list[Path], seen: set[tuple[int, int]], depth: int
) -> Iterator[Entry | Problem]:
    watched.append(folder)
    try:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in seen:
            return
        seen.add((status.st_dev, status.st_ino))
        with os.scandir(folder) as listing:
            children = sorted(listing, key=lambda child: child.name)
    except OSError as error:
        yield Problem(str(folder), f"cannot be read ({error.strerror or error})", "check its rights")
        return
    names = {child.name for child in children}
    if SUMMARY in names or RESULTS in names:
        watched.extend(folder / name for name in (SUMMARY, RESULTS) if name in names)
        yield Entry(folder, _relative(folder, root), read_run_folder)
        return
    for child in children:
        if child.name.startswith(".") or child.name in _NEVER:
            continue
        if child.is_dir() and depth < MAX_DEPTH:
            yield from _walk(Path(child.path), root, watched, seen, depth + 1)


def _relative(path: Path, root: Path) -> str:
    return root.name or str(root) if path == root else path.relative_to(root).as_posix()


def read_run_folder(folder: Path, request: Request) -> Iterator[Found | Problem]:
    """The run in a folder that holds summary.json or results.jsonl."""
    header = read_folder_header(folder, request.source, request.name)
    yield Found(header, lambda renamed: load_folder(folder, renamed))
