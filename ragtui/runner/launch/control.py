"""Telling a running worker what to do, through a small file in its folder: it works over any distance and after a
screen was closed and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ragtui.files.atomic import write_json
from ragtui.files.fields import whole
from ragtui.runner.launch.journal import CONTROL, read_small


class Wish(StrEnum):
    """What the person wants the run to do."""

    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """The last wish, and how many item-repeats may be under way at once (None: as planned)."""

    wish: Wish = Wish.RUN
    concurrency: int | None = None


def write_order(folder: Path, wish: Wish | None = None, concurrency: int | None = None) -> None:
    """Change the order for a run; what is not given stays.

    Raises:
        InputError: the folder cannot be written.
    """
    now = read_order(folder)
    document = {"wish": (wish or now.wish).value, "concurrency": concurrency or now.concurrency}
    write_json(folder / CONTROL, document)


def read_order(folder: Path) -> RunOrder:
    """The order for a run; to run, when there is none or it is damaged."""
    document: Mapping[str, object] = read_small(folder / CONTROL)
    wish = next((wish for wish in Wish if wish == document.get("wish")), Wish.RUN)
    concurrency = whole(document.get("concurrency"))
    return RunOrder(wish, concurrency if concurrency and concurrency > 0 else None)


class OrderWatch:
    """Sees changes of the order by the file's time and size, cheaply."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._stamp = folder, self._look(folder)

    @staticmethod
    def _look(folder: Path) -> tuple[int, int] | None:
        try:
            found = (folder / CONTROL).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def changed(self) -> RunOrder | None:
        """The order, when it changed since the last look."""
        stamp = self._look(self._folder)
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return read_order(self._folder)
