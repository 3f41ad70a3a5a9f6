"""Copies of remote objects on the disk, each as good as the token the store gave for it.

    FOLDER/tree/…       the objects, under their own names
    FOLDER/index.json   which token each copy belongs to, and when the store was listed last

A copy is fetched block by block into a file beside its place and moved there when it is whole, so that a reader never
sees half of one and a fetch that was stopped goes on where it was. Everything may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from filelock import FileLock, Timeout

from ragtui.errors import RemoteError
from ragtui.files.atomic import write_error, write_json
from ragtui.files.fields import mapping, number, text
from ragtui.files.jsonlines import BadLineError, parse_json
from ragtui.files.regular import append_regular, read_regular
from ragtui.sources.remote.store import Store, StoredObject, safe_name

Report = Callable[[str, int, int | None], None]
"""Told what is being read, how many bytes of it are here, and how many there are."""

_TRIES = 2
"""An object that was replaced while it was read is read once more, and then given up with a message."""

_PATIENCE_S = 600.0


class Mirror:
    """What is here of the objects under one address.

    Args:
        folder: of this address alone.
        report: told how far a fetch got.
    """

    def __init__(self, store: Store, folder: Path, report: Report) -> None:
        self.store, self.folder, self._report = store, folder, report
        self.tree = folder / "tree"
        self.listed_at: float | None = None
        self._tokens: dict[str, str] = {}
        self._stop = False
        self._read_index()

    def stop(self) -> None:
        """End the fetch under way with an error; the next one is not affected."""
        self._stop = True

    def path(self, thing: StoredObject) -> Path:
        """Where the copy of an object is, or will be."""
        return self.tree / (thing.name or Path(thing.path).name)

    def part(self, thing: StoredObject) -> Path:
        """Where a fetch of this very content is gathered."""
        place = self.path(thing)
        return place.with_name(f".{place.name}.{hashlib.sha256(thing.token.encode()).hexdigest()[:12]}.part")

    def is_fresh(self, thing: StoredObject) -> bool:
        """Whether the copy is of this very content."""
        return bool(thing.token) and self._tokens.get(thing.name) == thing.token and self.path(thing).is_file()

    def fetch(self, thing: StoredObject) -> None:
        """Make the copy of an object one of its present content.

        Raises:
            RemoteError: it cannot be read, or changes again and again; the old copy is untouched.
            InputError: the copy cannot be written.
        """
        self._stop = False
        if self.is_fresh(thing):
            return
        with self._alone():
            self._read_index()  # another process may have fetched it meanwhile
            for _ in range(_TRIES):
                if self.is_fresh(thing):
                    return
                self._copy(thing)
                now = self.store.again(thing)
                if now.token == thing.token and now.size == thing.size:
                    self._tokens[thing.name] = thing.token
                    self.save()
                    return
                thing = now
        raise RemoteError(f"{thing.path}: changes while it is read", "Reload when its writer has finished.")

    def keep_only(self, things: Iterable[StoredObject]) -> None:
        """Delete copies of objects that are gone, and write down what the rest are copies of."""
        names = {thing.name for thing in things}
        for name in [name for name in self._tokens if name not in names]:
            del self._tokens[name]
        places = {self.tree / (name or Path(self.store.address).name) for name in names}
        for path in sorted(self.tree.rglob("*"), reverse=True):
            with contextlib.suppress(OSError):
                if path.is_dir():
                    path.rmdir()  # refused while something is in it
                elif path not in places and not path.name.endswith(".part"):
                    path.unlink()
        self.listed_at = time.time()
        self.save()

    def save(self) -> None:
        """Write the index; a cache that cannot be written is still a cache for this session."""
        with contextlib.suppress(Exception):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_json(
                self.folder / "index.json",
                {"address": self.store.address, "listed_at": self.listed_at, "tokens": self._tokens},
            )

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two processes that append to one half-fetched file would make a wrong one of it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.folder / ".lock", timeout=_PATIENCE_S):
                yield
        except Timeout as error:
            raise RemoteError(
                f"{self.store.address}: another ragtui is fetching from here", "Try again when it is done."
            ) from error

    def _copy(self, thing: StoredObject) -> None:
        place, part = self.path(thing), self.part(thing)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            begun = part.stat().st_size if thing.token and part.is_file() else 0
            if not begun:
                part.unlink(missing_ok=True)
            with append_regular(part) as file:
                for block in self.store.blocks(thing, begun, lambda: self._stop):
                    file.write(block)
                    begun += len(block)
                    self._report(thing.name or thing.path, begun, thing.size)
            part.replace(place)
        except OSError as error:
            raise write_error(place, error) from error

    def _read_index(self) -> None:
        try:
            document, _ = parse_json(read_regular(self.folder / "index.json"))
        except (OSError, BadLineError):
            return
        index: Mapping[str, object] = mapping(document)
        if index.get("address") != self.store.address:
            return
        self.listed_at = number(index.get("listed_at"))
        self._tokens = {str(name): text(token) for name, token in mapping(index.get("tokens")).items()}


def folder_for(address: str, cache: Path) -> Path:
    """The folder that mirrors an address, below the cache folder."""
    return cache / "remote" / hashlib.sha256(address.encode()).hexdigest()[:24]


def usable(things: Iterable[StoredObject]) -> tuple[list[StoredObject], list[str]]:
    """Objects whose names can be paths of ours, and the names of the others."""
    good, bad = [], []
    for thing in things:
        if safe_name(thing.name or Path(thing.path).name):
            good.append(thing)
        else:
            bad.append(thing.name)
    return good, bad
