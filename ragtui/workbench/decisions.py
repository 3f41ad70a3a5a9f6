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
from ragtui.places import state_folder

VERSION = 1


@dataclass(frozen=True)
class State:
    """Decisions about one set of places.

    Attributes:
        baselines: dataset name to the uids of its baseline's runs.
        marks: hand grouping, run uid to label; "" takes a run out of its group.
        notes: "dataset/item" to the note's text.
        rulings: "dataset/item", a tab and the metric, to a person's own verdict: "+", "-", "=", or the score that
            the candidate should have had.
        columns: score table path to its confirmed column map, as a plain dict.
        overrules: decisions about hosted runs (merge or keep apart), by the reader's own keys.
        view: sort, filter and metric by screen, and the theme.
    """

    baselines: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marks: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    rulings: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    overrules: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, str] = field(default_factory=dict)

    def with_baseline(self, dataset: str, uids: Sequence[str]) -> State:
        """The same state with another baseline for one dataset; no uids forget it."""
        baselines = {name: kept for name, kept in self.baselines.items() if name != dataset}
        return replace(self, baselines=baselines | ({dataset: tuple(uids)} if uids else {}))

    def with_note(self, key: str, text: str) -> State:
        """The same state with one note set, or removed when the text is empty."""
        notes = {name: note for name, note in self.notes.items() if name != key}
        return replace(self, notes=notes | ({key: text} if text else {}))

    def with_ruling(self, key: str, ruling: str) -> State:
        """The same state with a person's verdict on one cell; the same verdict once more takes it back."""
        kept = {name: word for name, word in self.rulings.items() if name != key}
        same = not ruling or self.rulings.get(key) == ruling
        return replace(self, rulings=kept if same else kept | {key: ruling})

    def with_mark(self, uids: Sequence[str], label: str | None) -> State:
        """The same state with runs put in a group by hand; None forgets the hand mark."""
        marks = {uid: mark for uid, mark in self.marks.items() if uid not in uids}
        return replace(self, marks=marks if label is None else marks | dict.fromkeys(uids, label))

    def with_view(self, **settings: str) -> State:
        """The same state with view settings changed."""
        return replace(self, view={**self.view, **settings})


class StateFile:
    """The file behind a `State`: one for each set of places, written atomically.

    A file that cannot be read is set aside, never overwritten: `problem` says so.
    """

    def __init__(self, places: Sequence[str], folder: Path | None = None) -> None:
        roots = sorted(place if ":" in place else str(Path(place).resolve()) for place in places)
        digest = hashlib.sha256("\n".join(roots).encode()).hexdigest()[:16]
        self.path = (folder or state_folder()) / f"{digest}.json"
        self.roots = roots
        self.problem = ""

    def read(self) -> State:
        """The stored state; a fresh one when there is none."""
        try:
            raw = orjson.loads(read_regular(self.path))
            known = {entry.name for entry in fields(State)}
            values = {name: value for name, value in raw["state"].items() if name in known}
            values["baselines"] = {name: tuple(uids) for name, uids in values.get("baselines", {}).items()}
            return State(**values)
        except FileNotFoundError:
            return State()
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            aside = self.path.with_suffix(".broken")
            self.problem = f"{self.path}: cannot be read ({error}); set aside as {aside.name}"
            try:
                self.path.replace(aside)
            except OSError:
                self.problem = f"{self.path}: cannot be read ({error})"
            return State()

    def write(self, state: State) -> None:
        """Store the state.

        Raises:
            RagtuiError: the folder cannot be written.
        """
        body = {"ragtui_state": VERSION, "places": self.roots, "state": asdict(state)}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, body)
        except (OSError, InputError) as error:
            raise RagtuiError(
                f"{self.path}: cannot be written ({getattr(error, 'strerror', None) or error})",
                "Decisions last until ragtui is closed.",
            ) from error
