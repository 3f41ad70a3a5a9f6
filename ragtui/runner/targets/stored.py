"""Answers of an earlier run, taken as the target of a new one: judged again, they show the judges' noise alone."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ragtui.errors import InputError
from ragtui.model import Item
from ragtui.places import real_path
from ragtui.runner.targets.answers import Answered
from ragtui.runner.targets.base import Pipeline, TargetError
from ragtui.sources import LoadedRun
from ragtui.sources.own.runfolder import load_folder, read_folder_header


class StoredAnswers(Pipeline):
    """The answers in a run folder."""

    measured = False

    def __init__(self, run: LoadedRun) -> None:
        self._run = run

    @staticmethod
    def of(folder: Path) -> StoredAnswers:
        """Open a run folder.

        Raises:
            InputError: it holds no results.
        """
        return _open(real_path(folder))

    @property
    def run(self) -> LoadedRun:
        """The run they come from."""
        return self._run

    def repeats_of(self, item: str) -> list[str]:
        """Repeats in which an item was answered, without those that failed."""
        labels = [repeat.label for repeat in self._run.scores.repeats]
        found = [(label, self._run.result(item, label)) for label in labels]
        return [label for label, result in found if result is not None and not result.error]

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        result = self._run.result(item.id, repeat)
        if result is None or result.error:
            raise TargetError(f"no stored answer in repeat {repeat}")
        return Answered(result.output, result.contexts, trace_id=result.trace_id, trace_url=result.trace_url)


@lru_cache(maxsize=4)
def _open(folder: Path) -> StoredAnswers:
    header = read_folder_header(folder, "stored", folder.name)
    if header.rejudge_of:
        raise InputError(f"{folder}: its answers were judged again already", "Rejudge the run they come from.")
    return StoredAnswers(load_folder(folder, header))
