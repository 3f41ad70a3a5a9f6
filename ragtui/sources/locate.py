"""Finding what may be a run under a path, without opening more than needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ragtui.model import Problem
from ragtui.sources.found import Reader
from ragtui.sources.own.summary import RESULTS, SUMMARY
from ragtui.sources.recognise import TABLE_ENDINGS, read_file, read_run_folder

READABLE = (
    "ragtui reads its own run folders, folders with a results.jsonl, Inspect AI logs (.eval, .json) and score tables"
    " (.csv, .jsonl)"
)
MAX_DEPTH = 24
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})
_ENDINGS = (*TABLE_ENDINGS, ".json", ".eval")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that may hold runs, and who can read it."""

    path: Path
    name: str
    reader: Reader
    direct: bool = False


def entries_under(root: Path, watched: list[Path]) -> Iterator[Entry | Problem]:
    """Run folders and files under a path, in path order; what was looked at is added to `watched`.

    A folder with results is a run and is not searched further. Links are followed, each folder once.
    """
    if root.is_dir():
        yield from _Search(root, watched).folder(root, 0)
        return
    watched.append(root)
    if root.is_file():
        yield Entry(root, root.name, read_file, direct=True)
    else:
        yield Problem(str(root), "is not a file that can be read", READABLE)


class _Search:
    def __init__(self, root: Path, watched: list[Path]) -> None:
        self._root = root
        self._watched = watched
        self._seen: set[tuple[int, int]] = set()

    def folder(self, folder: Path, depth: int) -> Iterator[Entry | Problem]:
        self._watched.append(folder)
        try:
            status = folder.stat()
            if (status.st_dev, status.st_ino) in self._seen:
                return
            self._seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as listing:
                children = sorted(listing, key=lambda child: child.name)
        except OSError as error:
            yield Problem(str(folder), f"cannot be read ({error.strerror or error})", "check its rights")
            return
        names = {child.name for child in children}
        if own := [name for name in (SUMMARY, RESULTS) if name in names]:
            self._watched.extend(folder / name for name in own)
            yield Entry(folder, self._name(folder), read_run_folder, direct=depth == 0)
            if RESULTS in names:
                return
        for child in children:
            if not child.name.startswith(".") and child.name not in _NEVER and child.name not in own:
                yield from self._child(child, depth)

    def _child(self, child: os.DirEntry[str], depth: int) -> Iterator[Entry | Problem]:
        path = Path(child.path)
        try:
            is_folder, is_file = child.is_dir(), child.is_file()
        except OSError:  # a link that points to itself
            return
        if is_folder:
            if depth < MAX_DEPTH:
                yield from self.folder(path, depth + 1)
        elif is_file and path.suffix.lower() in _ENDINGS:
            self._watched.append(path)
            yield Entry(path, self._name(path), read_file)

    def _name(self, path: Path) -> str:
        if path == self._root:
            return path.name or path.resolve().name or str(path)
        return path.relative_to(self._root).as_posix()
