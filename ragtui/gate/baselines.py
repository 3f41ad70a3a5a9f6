"""Blessed baselines: which runs a candidate must not fall behind, who said so when, and why.

`.ragtui/baselines.jsonl` in the project folder, one blessing a line, only ever appended to. The last line of a
name counts, so blessing the former runs again undoes a blessing and leaves both in the history.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from ragtui.errors import InputError, UsageError
from ragtui.files.regular import append_regular, read_regular
from ragtui.model import RunHeader, Scores
from ragtui.places import real_path
from ragtui.sources.addresses import is_address
from ragtui.workbench.recipe import FOLDER

VERSION = 1
FILE = "baselines.jsonl"
DEFAULT_NAME = "main"


@dataclass(frozen=True, slots=True)
class BlessedRun:
    """One run of a blessed baseline.

    Attributes:
        place: path relative to the project folder, or a `langfuse:` address.
        id, name: as the run calls itself.
        digest: over its scores when it was blessed: a run that changed since is not the one that was blessed.
    """

    place: str
    id: str
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Blessing:
    """One line of the history."""

    name: str
    runs: tuple[BlessedRun, ...]
    reason: str
    at: str
    dataset: str = ""
    dataset_version: str = ""
    configuration: str = ""


def _line(document: Mapping[str, Any]) -> bytes:
    """As JSON. What is not UTF-8 in a path is escaped, for the place must be found again."""
    try:
        return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(document).encode() + b"\n"


def _read(line: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(line)
    except orjson.JSONDecodeError:
        if b"\\ud" not in line.lower():
            raise
        try:
            found = json.loads(line)
        except RecursionError as error:
            raise ValueError("too many brackets") from error
    return found


class Baselines:
    """The history of a project folder."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.path = project / FOLDER / FILE

    def history(self) -> list[Blessing]:
        """Every blessing, oldest first; empty when nothing was ever blessed.

        Raises:
            InputError: the file cannot be read or holds a line that is no blessing: a gate must not guess.
        """
        try:
            lines = read_regular(self.path).split(b"\n")
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be read ({error.strerror})", "Check the file and its rights."
            ) from error
        return [self._blessing(line, number) for number, line in enumerate(lines, 1) if line.strip()]

    def _blessing(self, line: bytes, number: int) -> Blessing:
        try:
            raw: dict[str, Any] = _read(line)
            if raw.pop("ragtui_baseline") != VERSION:
                raise ValueError("written by another version")
            runs = tuple(BlessedRun(**run) for run in raw.pop("runs"))
            found = Blessing(runs=runs, **raw)
            said = [*raw.values(), *(value for run in runs for value in astuple(run))]
            if not all(isinstance(value, str) for value in said):
                raise TypeError("a field is no text")
            return found
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{self.path}:{number}: no blessing ({error})",
                "Restore the file from version control; lines are never edited.",
            ) from error

    def names(self) -> tuple[str, ...]:
        """Names that are blessed."""
        return tuple(dict.fromkeys(blessing.name for blessing in self.history()))

    def current(self, name: str) -> Blessing:
        """The blessing that counts for a name.

        Raises:
            UsageError: nothing is blessed under that name.
            InputError: the history cannot be read.
        """
        found = [blessing for blessing in self.history() if blessing.name == name]
        if found:
            return found[-1]
        names = self.names()
        near = get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Blessed: {', '.join(names) or 'nothing yet'}."
        raise UsageError(
            f"no baseline is blessed as {name!r} in {self.path}", f"{hint} Use `ragtui bless RUN… --name {name}`."
        )

    def bless(self, blessing: Blessing) -> None:
        """Append a blessing, durably.

        Raises:
            InputError: the file cannot be written.
        """
        line = _line({"ragtui_baseline": VERSION, **asdict(blessing)})
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with append_regular(self.path) as file:
                # A line torn by a crash must not swallow this one.
                if file.tell() and not read_regular(self.path).endswith(b"\n"):
                    file.write(b"\n")
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(
                f"{self.path}: cannot be written ({error.strerror})", "Check the folder and its rights."
            ) from error

    def place_of(self, header: RunHeader) -> str:
        """Where a run is, seen from the project folder."""
        if is_address(header.location):
            return header.location
        # relpath, not relative_to: a run beside the project keeps a place that works on another machine.
        return Path(os.path.relpath(real_path(header.location), real_path(self.project))).as_posix()

    def found_at(self, run: BlessedRun) -> str:
        """A place that a library opens, from wherever the command was started."""
        if is_address(run.place):
            return run.place
        return str(self.project / run.place)


def blessing_of(
    baselines: Baselines, name: str, reason: str, runs: Sequence[tuple[RunHeader, Scores]], now: datetime | None = None
) -> Blessing:
    """A blessing of loaded runs.

    Raises:
        UsageError: no reason is given, no run, runs of several configurations, or a name that nobody could type.
    """
    if not name.isprintable() or name != name.strip():
        raise UsageError(f"--name {name!r}: has spaces around it or signs that nobody sees", "Use letters and digits.")
    if not reason.strip():
        raise UsageError("a blessing needs a reason", 'Say why this is the new baseline: --reason "TEXT".')
    if not runs:
        raise UsageError("nothing to bless", "Name at least one run.")
    first = runs[0][0].configuration
    if len({header.configuration.fingerprint() for header, _ in runs}) > 1:
        names = ", ".join(header.name for header, _ in runs)
        raise UsageError(f"{names}: different configurations", "A baseline is one configuration; bless its runs alone.")
    return Blessing(
        name=name,
        runs=tuple(
            BlessedRun(baselines.place_of(header), header.id, header.name, score_digest(scores))
            for header, scores in runs
        ),
        reason=reason.strip().encode("utf-8", "replace").decode(),
        at=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
        dataset=first.dataset,
        dataset_version=first.dataset_version,
        configuration=first.fingerprint() if first.known else "",
    )


def score_digest(scores: Scores) -> str:
    """16 hex digits over items, metrics, repeats and every score; independent of file format and order."""
    items = sorted(scores.items)
    metrics = sorted(scores.metrics, key=lambda metric: metric.name)
    layers = sorted(range(len(scores.repeats)), key=lambda layer: scores.repeats[layer].label)
    laid_out = scores.aligned(items, metrics)
    labels = [items, [metric.name for metric in metrics], [scores.repeats[layer].label for layer in layers]]
    digest = hashlib.sha256(orjson.dumps(labels))
    digest.update(np.ascontiguousarray(laid_out.values[:, :, layers], "<f8").tobytes())
    digest.update(np.ascontiguousarray(laid_out.states[:, :, layers]).tobytes())
    return digest.hexdigest()[:16]
