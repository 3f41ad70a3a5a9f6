"""What a file format is to ragtui: a name, a way to tell its files, a reader, and the sentences of the manual's table.

A format is one module with a `FORMAT`; `ragtui.sources.registry` finds it, nothing lists it by hand. Another package
adds one by an entry point in the group `ragtui.formats` that names a `Format`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragtui.model import Problem
    from ragtui.sources.found import Found, Request
    from ragtui.sources.peek import Peek

    FileReader = Callable[[Peek, Request], Iterator[Found | Problem]]
    FolderReader = Callable[[Path, Request], Iterator[Found | Problem]]


ANY_TOOL = "any harness"
"""Tool of the formats that fit files of no tool in particular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One file format of one tool.

    Attributes:
        name: what `RunHeader.format` says; unique.
        tool: the tool's own name.
        files: which of its files are read.
        told_by: how such a file is recognised, for a person.
        item, repeat, configuration, error: what becomes each of them, for the manual's table.
        directions: where the directions of its metrics come from.
        endings: only files that end so are looked at, in lower case; part of the name counts, as in ".eval.json".
        sniff: whether a file is one of these; cheap, sees the beginning of the file only.
        read: the runs of a file. Raises RagtuiError when it holds none that can be used.
        claims: of a folder and the names in it, those that together are a run of this format; everything when the
            folder is not to be searched further. None for formats of single files.
        read_folder: the runs of a folder that was claimed.
    """

    name: str
    tool: str
    files: str
    told_by: str
    item: str
    repeat: str
    configuration: str
    error: str
    directions: str = "guessed from the metric's name"
    endings: tuple[str, ...]
    sniff: Callable[[Peek], bool]
    read: FileReader
    claims: Callable[[Path, frozenset[str]], frozenset[str]] | None = None
    read_folder: FolderReader | None = None
