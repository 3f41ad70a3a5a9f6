"""What a person decided, kept between sessions: baseline, grouping, notes, column maps, view."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import orjson

from ragtui.errors import InputError, RagtuiError
from ragtui.files.atomic import write_json
from ragtui.files.regular import read_regular
from ragtui.places import real_path, state_folder

VERSION = 1
_PATIENCE_S = 5.0
"""How long another app may hold the file."""


@dataclass(frozen=True)
class PlaceState:
    """Decisions about one set of places.

    Attributes:
        baselines: dataset name to the uids of its baseline's runs.
        marks: hand grouping, run uid to label; "" takes a run out of its group.
        notes: "dataset/item" to the note's text.
        rulings: "dataset/item", a tab and the metric, to a person's own verdict: "+", "-", "=", or the score that
            the candidate should have had.
        directions: metric to "up" or "down", where a person settled whether higher is better.
        columns: score table path to its confirmed column map, as a plain dict.
        overrules: decisions about hosted runs (merge or keep apart), by the reader's own keys.
        view: sort, filter and metric by screen, and the theme.
    """

    baselines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    rulings: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overrules: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, str] = field(default_factory=dict)

    def with_baseline(self, dataset: str, uids: Sequence[str]) -> PlaceState:
        """The same state with another baseline for one dataset; no uids forget it."""
        baselines = {name: kept for name, kept in self.baselines.items() if name != dataset}
        return replace(self, baselines=baselines | ({dataset: tuple(uids)} if uids else {}))

    def with_note(self, key: str, text: str) -> PlaceState:
        """The same state with one note set, or removed when the text is empty."""
        notes = {name: note for name, note in self.notes.items() if name != key}
        return replace(self, notes=notes | ({key: text} if text else {}))

    def with_ruling(self, key: str, ruling: str) -> PlaceState:
        """The same state with a person's verdict on one cell; the same verdict once more takes it back."""
        kept = {name: word for name, word in self.rulings.items() if name != key}
        same = not ruling or self.rulings.get(key) == ruling
        return replace(self, rulings=kept if same else kept | {key: ruling})

    def with_direction(self, metric: str, direction: str) -> PlaceState:
        """The same state with a metric's direction settled: "up" where higher is better, "down" where lower is."""
        return replace(self, directions={**self.directions, metric: direction})

    def item_notes(self) -> dict[str, str]:
        """What a person wrote on items, their own verdicts included, as reports take it: by "dataset/item"."""
        found = dict(self.notes)
        for key, ruling in self.rulings.items():
            place, _, metric = key.partition("\t")
            words = f"verdict by hand on {metric}: {ruling}"
            found[place] = f"{found[place]}; {words}" if found.get(place) else words
        return found

    def with_mark(self, uids: Sequence[str], label: str | None) -> PlaceState:
        """The same state with runs put in a group by hand; None forgets the hand mark."""
        marks = {uid: mark for uid, mark in self.marks.items() if uid not in uids}
        return replace(self, marks=marks if label is None else marks | dict.fromkeys(uids, label))

    def with_view(self, **settings: str) -> PlaceState:
        """The same state with view settings changed."""
        return replace(self, view={**self.view, **settings})


class StateFile:
    """The file behind a `State`: one for each set of places, written atomically.

    A file that cannot be read is set aside, never overwritten: `problem` says so.
    """

    def __init__(self, places: Sequence[str], folder: Path | None = None) -> None:
        roots = sorted(place if ":" in place else _written(str(real_path(place))) for place in places)
        digest = hashlib.sha256("\n".join(roots).encode()).hexdigest()[:16]
        self.path = (folder or state_folder()) / f"{digest}.json"
        self.roots = roots
        self.problem = ""
        self._last = PlaceState()

    def read(self) -> PlaceState:
        """The stored state; a fresh one when there is none."""
        try:
            self._last = self._stored()
        except FileNotFoundError:
            self._last = PlaceState()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self.path.with_suffix(".broken")
            self.problem = f"{self.path}: cannot be read ({error}); set aside as {aside.name}"
            try:
                self.path.replace(aside)
            except OSError:
                self.problem = f"{self.path}: cannot be read ({error})"
            self._last = PlaceState()
        return self._last

    def _stored(self) -> PlaceState:
        """What the file holds.

        Raises:
            OSError, ValueError, KeyError, TypeError, AttributeError: it holds no state, whatever it is.
        """
        raw = orjson.loads(read_regular(self.path))
        values: dict[str, Any] = {}
        for entry in fields(PlaceState):
            kept = raw["state"].get(entry.name, {})
            if not isinstance(kept, dict):
                raise TypeError(f"{entry.name} is no object")
            wanted = {"columns": dict, "baselines": list, "overrules": object}.get(entry.name, str)
            if not all(isinstance(value, wanted) for value in kept.values()):
                raise TypeError(f"{entry.name} holds values of another kind")
            values[entry.name] = kept
        values["baselines"] = {name: tuple(map(str, uids)) for name, uids in values["baselines"].items()}
        return PlaceState(**values)

    def write(self, state: PlaceState) -> PlaceState:
        """Store the state on top of what another app over the same places stored meanwhile; what is stored now.

        Raises:
            RagtuiError: the folder cannot be written.
        """
        from filelock import FileLock

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_suffix(".lock"), timeout=_PATIENCE_S):
                state = _merged(self._last, state, self._theirs())
                write_json(self.path, {"ragtui_state": VERSION, "places": self.roots, "state": asdict(state)})
            self._last = state
            return state
        except (OSError, InputError, TypeError, ValueError) as error:
            raise RagtuiError(
                f"{self.path}: cannot be written ({getattr(error, 'strerror', None) or error})",
                "Decisions last until ragtui is closed.",
            ) from error

    def _theirs(self) -> PlaceState:
        try:
            return self._stored()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return self._last  # gone or damaged meanwhile: what is known here is written anew


def _merged(before: PlaceState, mine: PlaceState, theirs: PlaceState) -> PlaceState:
    """What I changed since `before`, on top of what they have; where both changed the same thing, mine."""
    values: dict[str, Any] = {}
    for entry in fields(PlaceState):
        old, new, other = (dict(getattr(state, entry.name)) for state in (before, mine, theirs))
        gone = old.keys() - new.keys()
        changed = {name: value for name, value in new.items() if name not in old or old[name] != value}
        values[entry.name] = {name: value for name, value in other.items() if name not in gone} | changed
    return PlaceState(**values)


def _written(path: str) -> str:
    """A path as text that JSON can hold, also where its bytes are no UTF-8."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
