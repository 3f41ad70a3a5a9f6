"""Which items of a dataset are run: some of them, by number, by chance, by metadata, or because of an earlier run."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragtui.errors import UsageError
from ragtui.files.fields import text
from ragtui.files.problems import ProblemLog
from ragtui.model import Dataset, Item
from ragtui.runner.launch.prepare import folder_name
from ragtui.sources.own.progress import read_progress
from ragtui.sources.own.summary import RESULTS


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """Conditions on items; all of them must hold, then the sample is drawn, then the limit cuts.

    Attributes:
        where: name and value of metadata.
        among: only these ids; None for all.
    """

    where: tuple[tuple[str, str], ...] = ()
    among: frozenset[str] | None = None
    sample: int | None = None
    seed: int = 0
    limit: int | None = None

    def ids(self, dataset: Dataset, items: Sequence[Item]) -> tuple[str, ...]:
        """Ids of the items chosen, in the dataset's order.

        Raises:
            UsageError: no item has such metadata, or nothing is left.
        """
        chosen = list(items)
        for name, value in self.where:
            if not any(name in item.metadata for item in items):
                known = sorted({key for item in items for key in item.metadata})
                raise UsageError(
                    f"--where {name}={value}: no item has {name}", f"Metadata: {', '.join(known) or 'none'}."
                )
            values = {said for item in items for said in _values(item.metadata.get(name))}
            if value not in values:
                there = ", ".join(sorted(values)[:_MOST_SHOWN])
                raise UsageError(f"--where {name}={value}: no item is so", f"Values of {name}: {there or 'none'}.")
            chosen = [item for item in chosen if value in _values(item.metadata.get(name))]
        if self.among is not None:
            chosen = [item for item in chosen if item.id in self.among]
        if self.sample is not None and self.sample < len(chosen):
            drawn = {item.id for item in random.Random(self.seed).sample(chosen, self.sample)}
            chosen = [item for item in chosen if item.id in drawn]
        if self.limit is not None:
            chosen = chosen[: self.limit]
        if not chosen:
            raise UsageError(f"{dataset.name}: no item is chosen", "Loosen --where, or take another run.")
        return tuple(item.id for item in chosen)


_MOST_SHOWN = 12


def _values(said: Any) -> list[str]:
    """What metadata says, in words; of a list, such as tags, each of its entries."""
    return [text(one) for one in said] if isinstance(said, list) else [] if said is None else [text(said)]


def failed_items(run: Path) -> frozenset[str]:
    """Items of a run that ended in an error, or lack a score, in any repeat.

    Raises:
        UsageError: none did.
    """
    progress = read_progress(run / RESULTS, ProblemLog(str(run)))
    found = frozenset(item for item, _ in progress.failed | progress.unjudged)
    if not found:
        raise UsageError(f"{run}: nothing failed there", "Leave --only-failed out.")
    return found


def newest_run(out: Path, name: str) -> Path:
    """The newest run folder of a name.

    Raises:
        UsageError: there is none.
    """
    made = re.compile(rf"{re.escape(folder_name(name))}-\d{{8}}-\d{{6}}(-\d+)?")
    found = [path.parent for path in out.glob(f"*/{RESULTS}") if made.fullmatch(path.parent.name)]
    if not found:
        raise UsageError(f"{out}: no earlier run of {name}", "Name it: --only-failed RUN.")
    return max(found, key=lambda path: path.stat().st_mtime_ns)
