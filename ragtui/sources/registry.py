"""Every file format there is: the modules of ragtui's own rooms, and what other packages add by entry points.

A module in one of `ROOMS` that has a `FORMAT` is a format; nothing else has to know of it. Formats of other packages
(entry points in the group `ragtui.formats`) are asked first, so that they can replace one. A broken one costs a
message, never a listing.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from ragtui.errors import RagtuiError
from ragtui.files.packed import inner_name
from ragtui.files.regular import read_regular
from ragtui.sources.format import Format

if TYPE_CHECKING:
    from ragtui.sources.peek import Peek

GROUP = "ragtui.formats"
ROOMS = ("inspect_ai", "frameworks", "platforms", "benchmarks")
"""Folders of `ragtui.sources` whose modules are formats, in the order in which they are asked."""

LAST = "generic"
"""The room of formats that fit files of no tool in particular; asked when nobody else knows the file."""


@dataclass(slots=True)
class Registry:
    """The formats of this process.

    Attributes:
        formats: in the order in which they are asked.
        failures: what went wrong with a format of another package, by its name.
        of_others: names of formats that other packages added.
    """

    formats: list[Format]
    failures: dict[str, str] = field(default_factory=dict)
    of_others: dict[str, str] = field(default_factory=dict)

    def of(self, peek: Peek, *, named: bool = False, tool: str = "") -> Format | None:
        """The format of a file; None when none knows it.

        Args:
            named: a person named this very file, so that its ending does not matter.
            tool: ask only the formats of this tool; empty for all.
        """
        name = inner_name(peek.path.name).lower()
        for known in self.formats:
            if tool and known.tool != tool:
                continue
            if not named and not name.endswith(known.endings) and not name.endswith(_alike(known.endings)):
                continue
            try:
                if known.sniff(peek):
                    return known
            except RagtuiError:
                raise
            except Exception as error:
                self._broken(known, error)
        return None

    def _broken(self, known: Format, error: Exception) -> None:
        """Do not ask a format again that failed on a file: the next thousand files would fail the same way."""
        if known.name not in self.of_others:
            raise error
        self.failures[known.name] = (
            f"format {known.name} of {self.of_others[known.name]} failed to recognise a file and is not asked again"
            f" ({type(error).__name__}: {error})"
        )
        self.formats = [other for other in self.formats if other is not known]


_ALIKE = {".csv": (".tsv",), ".jsonl": (".ndjson", ".json", ".jsonlines", ".jl")}
"""Endings under which the same is written: a table saved anew has tabs, lines are called .json or are one list."""


@cache
def _alike(endings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other for ending in endings for other in _ALIKE.get(ending, ()))


@cache
def registry() -> Registry:
    """All formats, found once a process."""
    found = Registry([])
    _add_others(found)
    for room in (*ROOMS, LAST):
        found.formats += _formats_in(room)
    return found


def endings() -> tuple[str, ...]:
    """Endings of files that any format reads."""
    return tuple({ending: None for known in registry().formats for ending in known.endings})


def _formats_in(room: str) -> Iterator[Format]:
    package = importlib.import_module(f"ragtui.sources.{room}")
    for entry in sorted(pkgutil.iter_modules(package.__path__), key=lambda entry: entry.name):
        module = importlib.import_module(f"{package.__name__}.{entry.name}")
        if isinstance(known := getattr(module, "FORMAT", None), Format):
            yield known


def _may_have_others() -> bool:
    """Whether any installed package names our group; what cannot be told by its files may.

    `importlib.metadata` takes longer to import and to ask than all formats here, and nearly nobody has such a package.
    """
    for finder in sys.meta_path:
        if finder is not PathFinder and hasattr(finder, "find_distributions"):
            return True
    for place in sys.path:
        try:
            with os.scandir(place or ".") as listing:
                told = [entry.path for entry in listing if entry.name.endswith((".dist-info", ".egg-info", ".egg"))]
        except FileNotFoundError:
            continue
        except OSError:  # an archive
            return True
        if any(path.endswith(".egg") or _names_group(path) for path in told):
            return True
    return False


def _names_group(package: str) -> bool:
    try:
        return GROUP.encode() in read_regular(Path(package, "entry_points.txt"))
    except (OSError, RagtuiError):  # most have none; a bare file of old has none either
        return False


def _add_others(found: Registry) -> None:
    if not _may_have_others():
        return
    from importlib.metadata import entry_points

    for entry in entry_points(group=GROUP):
        package = entry.dist.name if entry.dist is not None else entry.module
        try:
            known = entry.load()
        except Exception as error:  # another package's code may raise anything
            found.failures[entry.name] = (
                f"format {entry.name} of {package} cannot be loaded ({type(error).__name__}: {error})"
            )
            continue
        known = getattr(known, "FORMAT", known)
        if isinstance(known, Format):
            found.formats.append(known)
            found.of_others[known.name] = package
        else:
            found.failures[entry.name] = f"entry point {entry.name} of {package} names no ragtui.sources.format.Format"
