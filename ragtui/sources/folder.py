"""A folder of runs in any mix of formats, or one file."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ragtui.errors import InputError, RagtuiError
from ragtui.model import Problem, RunHeader
from ragtui.places import real_path
from ragtui.sources.base import LoadedRun, RunSource
from ragtui.sources.columns import ColumnMap
from ragtui.sources.found import FILES, Found, Request
from ragtui.sources.joining.files import candidates, one_run, seem_one
from ragtui.sources.joining.series import called_as_repeats
from ragtui.sources.locate import READABLE, Entry, entries_under
from ragtui.sources.naming import telling_names
from ragtui.sources.recognise import read_file
from ragtui.sources.registry import registry
from ragtui.sources.twins import Twins
from ragtui.sources.unread import damage


class FolderSource(RunSource):
    """Runs under one path; the path may also be a single run folder or file.

    Args:
        path: what the user named.
        columns: confirmed column maps of score tables, by path, file name or column signature.
        called: what to call a run of this very path that does not name itself.
        roles: roles of columns that hold for every table here, as fields of a `ColumnMap`.
    """

    def __init__(
        self,
        path: Path,
        columns: Mapping[str, ColumnMap] | None = None,
        called: str = "",
        roles: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = path
        self.key = f"folder:{real_path(path)}"
        self.label = f"local {path}"
        self._columns = dict(columns or {})
        self._called = called
        self._roles = dict(roles or {})
        self.missing_values = self._roles.get("missing_values")
        self._found: dict[str, Found] = {}
        self._watched: tuple[str, ...] = (str(path),)

    def headers(self) -> Iterator[RunHeader | Problem]:
        """Every run under the path, in path order; what cannot be read is one problem each."""
        found: dict[str, Found] = {}
        watched: list[str] = []
        called: dict[str, str] = {}
        silent, twins = True, Twins()
        entries = list(entries_under(self.path, watched))
        if cut := [entry for entry in entries if isinstance(entry, Problem) and entry.partial]:
            entries = list[Entry | Problem](cut)  # asking 50 000 files what they are takes half a minute, for nothing
            watched = [str(self.path)]
        names = telling_names([entry.name for entry in entries if isinstance(entry, Entry)])
        for entry, run in _without_tests(self._in_order(entries)):
            silent = False
            if isinstance(run, Problem):
                yield run
                continue
            if (listed := twins.of(run.header)) is not None:
                yield Problem(run.header.location, f"holds the same results as {listed}: they are listed once")
                continue
            usual = self._called if entry.direct else ""
            run = _named_apart(
                self._with_own_id(run, entry, found),
                entry,
                names.get(entry.name) or usual,
                called,
            )
            found[run.header.id] = self._found[run.header.id] = run
            yield run.header
        self._found, self._watched = found, tuple(watched)
        yield from called_as_repeats(run.header for run in found.values())
        for message in registry().failures.values():
            yield Problem(str(self.path), message, "update or remove that package; everything else is read as always")
        if silent:
            broken = list(_damaged(entries)) if self.path.is_dir() else []
            yield from broken or [Problem(str(self.path), "holds no runs", READABLE)]

    def load(self, run_id: str) -> LoadedRun:
        """Scores of one run.

        Raises:
            RagtuiError: the run is unknown or cannot be read at all.
        """
        if run_id not in self._found:
            for _ in self.headers():
                pass
        if run_id not in self._found:
            raise InputError(f"{self.path}: holds no run {run_id!r}", "it may have been moved; reload the list")
        found = self._found[run_id]
        try:
            return found.load(found.header)
        except RagtuiError:
            raise
        except Exception as error:
            raise InputError(f"{found.header.location}: {_unexpected(error)}", _BUG) from error

    def stamp(self) -> Hashable:
        """Changes when a folder or a file seen by the last listing changed."""
        return tuple(_state(path) for path in self._watched)

    def _in_order(self, entries: Sequence[Entry | Problem]) -> Iterator[tuple[Entry, Found | Problem]]:
        """The runs of all entries, each in its place; files of a folder that may be one run are read with the first."""
        groups = candidates([e for e in entries if isinstance(e, Entry) and e.reader is read_file and not e.direct])
        group_of = {id(entry): group for group in groups for entry in group}
        read: dict[int, Sequence[Found | Problem]] = {}
        for entry in entries:
            if isinstance(entry, Problem):
                yield Entry(self.path, "", read_file), entry
            elif id(entry) not in group_of:
                yield from ((entry, run) for run in self._runs_of(entry))
            else:
                if id(entry) not in read:
                    read |= self._together(group_of[id(entry)])
                yield from ((entry, run) for run in read.pop(id(entry)))

    def _together(self, group: Sequence[Entry]) -> dict[int, Sequence[Found | Problem]]:
        """What the files of a group hold, joined where they are one run, by the identity of their entry."""
        every = [(entry, list(self._runs_of(entry))) for entry in group]
        alone = [found[0] for _, read in every if len(found := [run for run in read if isinstance(run, Found)]) == 1]
        joined, gone = one_run(alone)
        out: dict[int, Sequence[Found | Problem]] = {
            id(entry): [joined.get(id(run), run) for run in read if id(run) not in gone] for entry, read in every
        }
        rest = [run for run in alone if id(run) not in {*gone, *joined}]
        out[id(group[-1])] = [*out[id(group[-1])], *seem_one(rest)]
        return out

    def _runs_of(self, entry: Entry) -> Iterator[Found | Problem]:
        request = Request(self.key, entry.name, entry.direct, self._columns, self._roles)
        try:
            yield from entry.reader(entry.path, request)
        except RagtuiError as error:
            where, _, what = error.message.partition(": ")
            of_it = what and where.startswith(str(entry.path))  # the file, or one inside of the folder
            yield Problem(where, what, error.hint) if of_it else Problem(str(entry.path), error.message, error.hint)
        except Exception as error:  # whatever one file does, the others are shown
            yield Problem(str(entry.path), _unexpected(error), _BUG)

    def _with_own_id(self, run: Found, entry: Entry, taken: Mapping[str, Found]) -> Found:
        """The run, renamed after its path when another run has its id already."""
        wanted = run.header.id
        if wanted not in taken:
            return run
        unique = entry.name if entry.name not in taken else f"{entry.name}#{wanted}"
        while unique in taken:
            unique += "′"
        problem = Problem(
            run.header.location,
            f"has the same id {wanted!r} as {taken[wanted].header.location}; it is listed as {unique!r}",
            "give copies an id of their own",
        )
        header = replace(run.header, id=unique, uid=f"{self.key}|{unique}", problems=(*run.header.problems, problem))
        return Found(header, run.load)


def open_source(
    path: Path | str,
    columns: Mapping[str, ColumnMap] | None = None,
    called: str = "",
    roles: Mapping[str, Any] | None = None,
) -> RunSource:
    """A source over a folder, searched recursively, or over one file. Nothing is read yet.

    Raises:
        InputError: the path does not exist.
    """
    path = Path(path)
    if not os.path.lexists(path):
        raise InputError(f"{path}: no such file or folder", "name a run folder, a file of results, or a folder of runs")
    return FolderSource(path, columns, called, roles)


def _damaged(entries: Iterable[Entry | Problem]) -> Iterator[Problem]:
    """The files that are not what their endings promise, of a place in which nothing was found."""
    for entry in entries:
        if isinstance(entry, Entry) and entry.reader is read_file and (said := damage(entry.path)):
            yield Problem(str(entry.path), said, "write or copy it again, or name the files you mean")


def _without_tests(runs: Iterable[tuple[Entry, Found | Problem]]) -> Iterator[tuple[Entry, Found | Problem]]:
    """The runs; a project's own tests beside an evaluation are no second configuration of it, and are named."""
    aside: list[tuple[Entry, Found]] = []
    others = False
    for entry, run in runs:
        if isinstance(run, Found) and run.aside and not entry.direct:
            aside.append((entry, run))
            continue
        others = others or isinstance(run, Found)
        yield entry, run
    for entry, run in aside:
        yield entry, Problem(run.header.location, _ONLY_TESTS, "name the file itself to open it") if others else run


_ONLY_TESTS = "says of tests only whether they passed, and lies beside other runs: not listed as one"


def _named_apart(run: Found, entry: Entry, telling: str, called: dict[str, str]) -> Found:
    """The run under a name that tells it from others whose files are called alike, or hold runs called alike.

    Args:
        run: as its reader named it.
        entry: where it came from.
        telling: what tells the path from paths that end alike; empty where none does.
        called: names so far, with the path that holds them.
    """
    header = run.header
    usual = PurePosixPath(entry.name).stem
    name = header.name
    if telling and FILES in header.extra:  # called by all of its files, which are called so in other folders too
        name = telling if telling not in called else f"{telling} {name}"
    elif telling and name in (usual, PurePosixPath(entry.name).name):
        name = telling
    elif called.get(name, entry.name) != entry.name:
        name = f"{telling or usual} {name}"
    called.setdefault(name, entry.name)
    return run if name == header.name else Found(replace(header, name=name), run.load)


_BUG = "this should not happen: please report it with the file"


def _unexpected(error: Exception) -> str:
    return f"cannot be read ({type(error).__name__}: {error})"


def _state(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked of thousands of paths every two seconds
    except OSError:
        return (-1, -1)
    return (status.st_mtime_ns, status.st_size)
