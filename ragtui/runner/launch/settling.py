"""Ending targeted repeats before the last one: as soon as nothing in doubt is left.

Looked at after every complete repeat, on the fresh repeats alone, by the one rule that may be looked at so often
(`ragtui.stats.settled`). What the items' old repeats said is not asked; those only teach how noisy the metrics are.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragtui.errors import RagtuiError
from ragtui.files.fields import mapping
from ragtui.model import Scores
from ragtui.places import real_path
from ragtui.sources.own.runfolder import load_folder, read_folder_header
from ragtui.sources.own.summary import RESULTS
from ragtui.stats import Settings, compare, settled
from ragtui.stats.enough.stopping import LEAST_RUNS

FIRST_LOOK = LEAST_RUNS
"""Complete repeats before the first look; `settled` is never true before."""


@dataclass(frozen=True, slots=True)
class StopRule:
    """Targeted repeats may end early.

    Attributes:
        taught_by: run folders of full runs, one group a side: their repeats teach the noise.
        doubts: item id to the metrics it is in doubt on; an item that is not named is in doubt on every one.
    """

    taught_by: tuple[tuple[Path, ...], ...]
    doubts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def document(self, folder: Path) -> dict[str, Any]:
        """As JSON, with paths relative to a run folder."""
        taught = [[os.path.relpath(path, folder) for path in side] for side in self.taught_by]
        return {"taught_by": taught, "doubts": {item: list(names) for item, names in self.doubts.items()}}

    @classmethod
    def read(cls, document: Mapping[str, Any], folder: Path) -> StopRule | None:
        """From JSON; None when there is none."""
        sides = document.get("taught_by")
        if not isinstance(sides, list):
            return None
        taught = tuple(tuple(real_path(folder / str(path)) for path in side) for side in sides)
        doubts = mapping(document.get("doubts"))
        return cls(taught, {item: tuple(map(str, names)) for item, names in doubts.items()})


def run_folders(locations: Iterable[str]) -> tuple[Path, ...]:
    """Those of some runs' locations that are run folders."""
    return tuple(path for path in map(Path, locations) if (path / RESULTS).is_file())


class Referee:
    """Says which cells are still in doubt, from what the run folders hold."""

    def __init__(self, rule: StopRule, folders: Sequence[Path]) -> None:
        self._rule, self._folders = rule, tuple(folders)
        self._taught: tuple[Scores, ...] | None = None

    def in_doubt(self) -> list[tuple[str, str]]:
        """(item, metric) of every cell that further repeats are needed for; slow, call it in a thread.

        Raises:
            RagtuiError: a run folder cannot be read.
        """
        if self._taught is None:
            sides = [[_scores(path) for path in side] for side in self._rule.taught_by]
            self._taught = tuple(Scores.pooled(side) for side in sides if side)
        a, b = (_scores(folder) for folder in self._folders)
        # These repeats were asked for anew, by ourselves. If a cache answered all the same, further ones would be its
        # copies too: ending early loses nothing, and the comparison that follows decides what they prove.
        comparison = compare(a, b, Settings(repeats_are_fresh=True), learn_from=self._taught)
        left = []
        for entry in comparison.quality:
            done, name = settled(entry.cells), entry.metric.name
            for item, row in comparison.row_of.items():
                if name in self._rule.doubts.get(item, (name,)) and not done[row]:
                    left.append((item, name))
        return left


def _scores(folder: Path) -> Scores:
    try:
        return load_folder(folder, read_folder_header(folder, str(folder.parent), folder.name)).scores
    except OSError as error:
        raise RagtuiError(f"{folder}: cannot be read ({error})") from error
