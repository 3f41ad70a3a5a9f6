"""Writing a run folder: results are appended and never changed, the summary is replaced as a whole.

    with RunWriter.create(folder, id="baseline-1", metrics=metrics, repeats=5) as writer:
        writer.append(result, item)
        writer.finish()

Leaving the block without `finish` leaves the run partial; `RunWriter.resume` continues it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ragtui.errors import InputError
from ragtui.files.atomic import dump_json, sync_folder, write_error, write_json
from ragtui.files.fields import identifier
from ragtui.files.lock import lock_folder
from ragtui.files.problems import ProblemLog
from ragtui.files.regular import append_descriptor
from ragtui.model import Dataset, Item, Metric, Problem, Result, RunStatus
from ragtui.sources.datasetfile import write_dataset
from ragtui.sources.own.encode import record_of
from ragtui.sources.own.progress import Progress, read_progress, repair_tail
from ragtui.sources.own.summary import DATASET, FORMAT_VERSION, RESULTS, SUMMARY, metric_entry, read_summary

if TYPE_CHECKING:
    from filelock import BaseFileLock


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run that was opened again.

    Attributes:
        writer: continues the run.
        progress: what is already there.
        problems: what was repaired or could not be read.
    """

    writer: RunWriter
    progress: Progress
    problems: tuple[Problem, ...]


class RunWriter:
    """The only writer of one run folder; made by `create` or `resume`.

    Attributes:
        folder: the run folder.
        summary: what summary.json holds; change it with `note`.
    """

    def __init__(self, folder: Path, summary: dict[str, Any], lock: BaseFileLock, *, sync_each: bool) -> None:
        self.folder = folder
        self.summary = summary
        self._lock = lock
        self._sync_each = sync_each
        self._descriptor = _open_for_append(folder / RESULTS)
        self._end = os.fstat(self._descriptor).st_size

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        id: str = "",  # noqa: A002 - the name of the field
        name: str = "",
        dataset: Mapping[str, Any] | Dataset | None = None,
        pipeline: Mapping[str, Any] | None = None,
        judges: Mapping[str, Any] | None = None,
        metrics: Sequence[Metric] = (),
        repeats: int | None = None,
        expected_results: int | None = None,
        created: datetime | None = None,
        origin: str = "",
        description: str = "",
        git: Mapping[str, Any] | None = None,
        selection: Sequence[str] | None = None,
        confirms: str | None = None,
        rejudge_of: str | None = None,
        trace_url_template: str | None = None,
        extra: Mapping[str, Any] | None = None,
        sync_each: bool = True,
    ) -> RunWriter:
        """Start a run in a new or empty folder.

        Args:
            dataset: golden items, copied to the folder's dataset.json; or the summary's dataset object as it is.
            sync_each: make every line survive a power cut, not only a crash; slow for thousands of lines.
            extra: further summary fields.

        Raises:
            InputError: the folder holds a run, is being written, or cannot be written.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise write_error(folder, error) from error
        lock = lock_folder(folder)
        try:
            if (folder / SUMMARY).exists() or _holds_bytes(folder / RESULTS):
                raise InputError(f"{folder}: already holds a run", "resume it, or choose another folder")
            if isinstance(dataset, Dataset):
                write_dataset(folder / DATASET, dataset)
            summary = {
                "ragtui": FORMAT_VERSION,
                "id": id or folder.name,
                "name": name or id or folder.name,
                "created": _iso(created or datetime.now(UTC)),
                "status": RunStatus.RUNNING.value,
                "origin": origin,
                "description": description,
                "dataset": _dataset_entry(dataset),
                "pipeline": dict(pipeline or {}),
                "judges": dict(judges or {}),
                "metrics": [metric_entry(metric) for metric in metrics],
                "repeats": repeats,
                "expected_results": expected_results,
                "git": dict(git) if git else None,
                "selection": list(selection) if selection is not None else None,
                **({"confirms": confirms} if confirms else {}),
                "rejudge_of": rejudge_of,
                "trace_url_template": trace_url_template,
                **(extra or {}),
            }
            write_json(folder / SUMMARY, summary)
            return cls(folder, summary, lock, sync_each=sync_each)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def resume(cls, folder: Path, *, sync_each: bool = True) -> Resumed:
        """Continue a run: repair a cut last line, tell what is there.

        Raises:
            InputError: no run is there, it is being written, or it cannot be written.
        """
        folder = Path(folder)
        if not (folder / SUMMARY).is_file():
            raise InputError(f"{folder}: holds no run", f"a run folder has a {SUMMARY}")
        lock = lock_folder(folder)
        try:
            found = ProblemLog(str(folder / SUMMARY))
            summary = dict(read_summary(folder / SUMMARY, found))
            if not summary:
                problem = found.found()[0]
                raise InputError(str(problem), "restore the summary; the results are untouched")
            problems = ProblemLog(str(folder / RESULTS))
            repair_tail(folder / RESULTS, problems)
            progress = read_progress(folder / RESULTS, problems)
            summary["status"] = RunStatus.RUNNING.value
            write_json(folder / SUMMARY, summary)
            return Resumed(cls(folder, summary, lock, sync_each=sync_each), progress, problems.found())
        except BaseException:
            lock.release()
            raise

    def append(self, result: Result, item: Item | None = None, **fields: Any) -> None:
        """Write one result as one line, with a copy of the item's question and expected answer where given.

        Args:
            fields: further fields of the line, such as `judging=2`.

        Raises:
            InputError: the disk is full or the file cannot be written; what was there before is still valid.
        """
        self.append_record(record_of(result, item, fields))

    def append_record(self, record: Mapping[str, Any]) -> None:
        """Write one record as one line.

        Raises:
            InputError: as for `append`.
            ValueError: the record has no item id.
        """
        if not identifier(record.get("item")):
            raise ValueError("a record needs an item id")
        line = dump_json(record)
        try:
            _write_all(self._descriptor, line)
            if self._sync_each:
                os.fsync(self._descriptor)
        except OSError as error:
            with contextlib.suppress(OSError):  # a cut line that stays is cut away by resume
                os.ftruncate(self._descriptor, self._end)
            raise write_error(self.folder / RESULTS, error) from error
        self._end += len(line)

    def sync(self) -> None:
        """Make every line written so far survive a power cut; for a writer that does not do so line by line.

        Raises:
            InputError: as for `append`.
        """
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise write_error(self.folder / RESULTS, error) from error

    def note(self, **fields: Any) -> None:
        """Replace fields of the summary while the run goes on.

        Raises:
            InputError: the summary cannot be written; the old one is untouched.
        """
        self.summary = {**self.summary, **fields}
        write_json(self.folder / SUMMARY, self.summary)

    def finish(self, status: RunStatus = RunStatus.COMPLETE, **fields: Any) -> None:
        """Write status, totals and means as they follow from the results file, and let go of the folder.

        Raises:
            InputError: the summary cannot be written; the results are safe, resume and finish again.
        """
        os.fsync(self._descriptor)
        finished = fields.pop("finished", None) or datetime.now(UTC)
        from ragtui.sources.own.totals import totals_of

        totals = totals_of(self.folder, self.summary)
        self.note(status=status.value, finished=_iso(finished), **{**totals, **fields})
        self.close()

    def close(self) -> None:
        """Let go of the folder; without `finish` the run stays partial."""
        if self._descriptor < 0:
            return
        os.close(self._descriptor)
        self._descriptor = -1
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _dataset_entry(dataset: Mapping[str, Any] | Dataset | None) -> dict[str, Any]:
    if isinstance(dataset, Dataset):
        version = dataset.version or dataset.content_hash()
        return {"name": dataset.name, "version": version, "file": DATASET, "items": len(dataset.items)}
    return dict(dataset or {})


def _iso(moment: datetime | str) -> str:
    return moment if isinstance(moment, str) else moment.isoformat()


def _holds_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _open_for_append(path: Path) -> int:
    try:
        descriptor = append_descriptor(path)
    except OSError as error:
        raise write_error(path, error) from error
    sync_folder(path.parent)
    return descriptor


def _write_all(descriptor: int, line: bytes) -> None:
    left = memoryview(line)
    while left:
        left = left[os.write(descriptor, left) :]
