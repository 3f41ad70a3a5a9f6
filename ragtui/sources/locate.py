"""Finding what may be a run under a path, without opening more than needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ragtui.files.packed import inner_name
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import is_regular, kind_of
from ragtui.model import Problem
from ragtui.places import real_path
from ragtui.sources.format import Format
from ragtui.sources.found import Reader
from ragtui.sources.own.summary import RESULTS, SUMMARY, read_summary
from ragtui.sources.recognise import read_file, read_run_folder
from ragtui.sources.registry import endings, registry
from ragtui.sources.unread import UNREAD_ENDINGS, of_an_unread_kind

READABLE = "`ragtui formats` lists what is read"
MAX_DEPTH = 24
MOST_FILES = 50_000
"""Files and run folders that are asked for their format; a folder with more is a disk, not a place of runs."""
MOST_ENTRIES = 1_000_000
_OF_THE_SYSTEM = ("/proc/self", "/sys", "/dev")
"""Trees without end: links in /proc lead to every folder of the machine, under thousands of names."""
_NEVER = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that may hold runs, and who can read it."""

    path: Path
    name: str
    reader: Reader
    direct: bool = False


def entries_under(root: Path, watched: list[str]) -> Iterator[Entry | Problem]:
    """Run folders and files under a path, in path order; what was looked at is added to `watched`.

    A folder with results is a run and is not searched further. Links are followed, each folder once, but not out to a
    folder around the path: a link to `/` would make the whole disk a part of it. Links that lead out of the path to
    something that may be a run are named. Where the search is given up, the last is a problem that is `partial`.
    """
    if root.is_dir():
        search = _Search(root, watched)
        try:
            yield from search.folder(root, 0)
            yield from search.led_out()
        except _EndlessError as error:
            hint = "name a folder nearer to the runs"
            yield Problem(str(root), f"holds more than {error}: it was not searched to its end", hint, partial=True)
        return
    watched.append(str(root))
    if root.is_file():
        folder = root.parent
        if root.name in (RESULTS, SUMMARY) and is_own(folder / SUMMARY):  # a part of a run of ragtui's own
            yield Entry(folder, real_path(folder).name, read_run_folder, direct=True)
        else:
            yield Entry(root, root.name, read_file, direct=True)
    elif other := kind_of(root):
        yield Problem(str(root), f"is {other}, not a file: not opened", READABLE)
    else:
        yield Problem(str(root), "is not a file that can be read", READABLE)


def is_own(summary: Path) -> bool:
    """Whether a file called summary.json is that of a run folder of ragtui's own: other tools call theirs so too."""
    if not is_regular(summary):
        return False
    return "ragtui" in read_summary(summary, ProblemLog(str(summary)))


class _EndlessError(Exception):
    """More was looked at than any place of runs holds."""


class _Search:
    def __init__(self, root: Path, watched: list[str]) -> None:
        self._root = root
        self._watched = watched
        self._seen: set[tuple[int, int]] = set()
        self._around = {(found.st_dev, found.st_ino) for path in real_path(root).parents if (found := _status(path))}
        self._files = self._entries = 0
        self._inside = real_path(root)
        self._out: list[tuple[Path, Path]] = []
        self._system = frozenset(device for path in _OF_THE_SYSTEM if (device := _device(path)) is not None)
        self._of_folders = [known for known in registry().formats if known.claims]
        self._endings = endings()

    def folder(self, folder: Path, depth: int) -> Iterator[Entry | Problem]:
        self._watched.append(str(folder))
        try:
            status = folder.stat()
            if (identity := (status.st_dev, status.st_ino)) in self._seen:
                return
            self._seen.add(identity)
            if identity in self._around:
                yield Problem(str(folder), "is a link to a folder around this place: not followed", "open that folder")
                return
            if status.st_dev in self._system:
                if depth == 0:
                    yield Problem(str(folder), "is a view of the system, not a folder of files", READABLE)
                return
            with os.scandir(folder) as listing:
                children = sorted(islice(listing, MOST_ENTRIES), key=lambda child: child.name)
            self._entries += len(children)
            if self._entries >= MOST_ENTRIES:
                raise _EndlessError(f"{MOST_ENTRIES} files and folders")
        except OSError as error:
            yield Problem(str(folder), f"cannot be read ({error.strerror or error})", "check its rights")
            return
        left = frozenset(child.name for child in children)
        for known in self._of_folders:
            if known.read_folder and (claimed := _claimed(known, folder, left)):
                self._watched.extend(os.path.join(folder, name) for name in sorted(claimed))  # noqa: PTH118 - of ten thousand runs
                self._count()
                for child in children:
                    if child.name in claimed and child.is_symlink() and Path(child.path).is_file():
                        self._linked(Path(child.path))
                yield Entry(folder, self._name(folder), known.read_folder, direct=depth == 0)
                left -= claimed
        for child in children:
            if child.name in left and child.name not in _NEVER and _seen(child.name):
                yield from self._child(child, depth)

    def _child(self, child: os.DirEntry[str], depth: int) -> Iterator[Entry | Problem]:
        path = Path(child.path)
        try:
            is_folder, is_file = child.is_dir(), child.is_file()
        except OSError as error:  # a link that leads to itself, or into a folder of others
            yield Problem(str(path), f"cannot be read ({error.strerror or error})", "remove it, or mend the link")
            return
        if is_folder:
            if depth < MAX_DEPTH:
                before = self._files
                yield from self.folder(path, depth + 1)
                if child.is_symlink() and self._files > before:
                    self._linked(path)
        elif not is_file and inner_name(path.name).lower().endswith(self._endings) and (other := kind_of(path)):
            yield Problem(str(path), f"is {other}, not a file: not opened", "remove it, or name the files you mean")
        elif is_file and inner_name(path.name).lower().endswith(self._endings):
            self._watched.append(child.path)
            self._count()
            if child.is_symlink():
                self._linked(path)
            yield Entry(path, self._name(path), read_file)
        elif is_file and path.name.lower().endswith(UNREAD_ENDINGS) and (unread := of_an_unread_kind(path)):
            yield unread

    def _linked(self, path: Path) -> None:
        """Remember a link that was followed, if it leads out of the place."""
        target = real_path(path)
        if target != self._inside and self._inside not in target.parents:
            self._out.append((path, target))

    def led_out(self) -> Iterator[Problem]:
        """Links that lead out of the place, in one problem."""
        if self._out:
            path, target = self._out[0]
            message = f"is a link out of this place, to {target}: followed"
            yield Problem(str(path), message, "remove it if that is not meant", count=len(self._out))

    def _count(self) -> None:
        self._files += 1
        if self._files > MOST_FILES:
            raise _EndlessError(f"{MOST_FILES} files that may be results")

    def _name(self, path: Path) -> str:
        if path == self._root:
            return path.name or real_path(path).name or str(path)
        return path.relative_to(self._root).as_posix()


def _claimed(known: Format, folder: Path, names: frozenset[str]) -> frozenset[str]:
    """What a format takes of a folder; nothing when it fails to say."""
    try:
        return known.claims(folder, names) & names if known.claims else frozenset()
    except Exception:  # a format of another package may raise anything; the folder's files are then read one by one
        return frozenset()


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _device(path: str) -> int | None:
    """The device that a path is on, where the system has both; not that of the disk."""
    try:
        device = Path(path).stat().st_dev
        return None if device == Path("/").stat().st_dev else device
    except OSError:
        return None


def _seen(name: str) -> bool:
    """Hidden files are passed over, except where DeepEval keeps its last test run and pytest-json-report writes."""
    return not name.startswith(".") or name in (".deepeval", ".report.json")
