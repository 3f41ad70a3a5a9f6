"""Puts a dataset on a server so that doing it again changes nothing, whatever went wrong the first time.

The documented upsert is not idempotent: an id belongs to one dataset of the project for ever, deleted items keep
theirs, conflicts answer 404 or 409 by version, and a timeout says nothing. So every doubtful answer is settled by
reading the item back.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ragtui.errors import InputError, RemoteError
from ragtui.files.atomic import write_json
from ragtui.files.regular import read_regular_text
from ragtui.langfuse.api.client import LangfuseHttp, in_parallel, path_value
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.rates import Cancelled, Wait
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.seeding.remote import RemoteDataset, find_dataset, list_items
from ragtui.langfuse.write.seeding.seedplan import (
    Action,
    ItemChange,
    SeedPlan,
    check_dataset,
    held_otherwise,
    plan_seed,
    same_content,
)
from ragtui.model import Dataset, Problem

MOST_SALTS = 20
MOST_VERIFY_READS = 5
LOOK_AGAIN_S = 0.5


@dataclass(slots=True)
class SeedReport:
    """What seeding did and what the server holds now.

    Attributes:
        item_ids: ids on the server by local item id.
        verified: whether a fresh listing holds exactly the wanted items with the wanted content.
        version: newest `updatedAt` of the items: the dataset version a run can be pinned to.
        rejected: local item ids the server refuses, with its words.
    """

    dataset: RemoteDataset
    plan: SeedPlan
    item_ids: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    verified: bool = False
    version: str = ""
    rejected: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class Salts:
    """Which item ids were found taken, remembered beside the user's other state; one small file a dataset."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.by_key: dict[str, int] = {}
        if path is not None and path.is_file():
            try:
                found = json.loads(read_regular_text(path))
                self.by_key = {str(key): int(salt) for key, salt in found.items()}
            except (ValueError, TypeError, AttributeError, RecursionError):
                self.by_key = {}

    def next(self, key: str) -> int:
        """Count up and remember at once: an interruption must not try the taken id again for ever."""
        with self._lock:
            self.by_key[key] = self.by_key.get(key, 0) + 1
            if self._path is not None and _makes_folder(self._path.parent):
                write_json(self._path, self.by_key)
            return self.by_key[key]

    @contextmanager
    def alone(self, http: LangfuseHttp) -> Iterator[None]:
        """One seeder a dataset on this machine: two that write an item at once leave two current rows of it.

        Raises:
            Cancelled: given up while waiting for the other.
        """
        from filelock import FileLock, Timeout

        if self._path is None or not _makes_folder(self._path.parent):
            yield
            return
        lock = FileLock(self._path.with_suffix(".lock"), thread_local=False)
        while True:
            try:
                lock.acquire(timeout=0)
                break
            except Timeout:
                if http.on_wait is not None:
                    http.on_wait(Wait(LOOK_AGAIN_S, "another ragtui seeds this dataset"))
                if http.wait(LOOK_AGAIN_S):
                    raise Cancelled from None
        try:
            yield
        finally:
            lock.release()

    @staticmethod
    def for_dataset(folder: Path, base_url: str, dataset: RemoteDataset) -> Salts:
        """The file of one dataset in ragtui's state folder."""
        name = ids.span_id(base_url, f"{dataset.project_id}/{dataset.id}")
        return Salts(folder / f"item-ids-{name}.json")


def _makes_folder(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


class Seeder:
    """Brings a dataset on a server to the state of a local one."""

    def __init__(
        self,
        http: LangfuseHttp,
        dataset: RemoteDataset,
        salts: Salts,
        *,
        patience: Patience | None = None,
        concurrency: int = 3,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self._http = http
        self._dataset = dataset
        self._salts = salts
        self._patience = patience or Patience()
        self._concurrency = concurrency
        self._progress = progress

    def plan(self, dataset: Dataset, *, only_create: bool = False) -> SeedPlan:
        """What would change; reads only.

        Args:
            only_create: what is there already is left as it is.

        Raises:
            InputError: two items of the dataset have the same id.
        """
        twice = check_dataset(dataset.items)
        if twice:
            raise InputError(
                f"dataset {dataset.name!r}: {len(twice)} ids occur twice, first {twice[0]!r}", "rename one"
            )
        listed = list_items(self._http, self._dataset, self._patience)
        plan = plan_seed(dataset, listed.active, self._dataset.project_id, self._dataset.id, self._salts.by_key)
        return plan.mending() if listed.spare and not only_create else plan

    def apply(self, dataset: Dataset, *, only_create: bool = False) -> SeedReport:
        """Send what differs, then read back.

        Args:
            only_create: add what is missing and touch nothing else (publishing an old run must not undo newer edits).
        """
        with self._salts.alone(self._http):
            return self._apply(dataset, only_create)

    def _apply(self, dataset: Dataset, only_create: bool) -> SeedReport:
        plan = self.plan(dataset, only_create=only_create)
        report = SeedReport(self._dataset, plan)
        report.item_ids = {c.key: c.remote_id for c in plan.changes if c.action is not Action.ARCHIVE}
        pending = [c for c in plan.pending if c.action is Action.CREATE or not only_create]
        settled = in_parallel(self._http, self._concurrency, self._settle, pending)
        for done, (change, (remote_id, refusal)) in enumerate(zip(pending, settled, strict=True), start=1):
            if refusal:
                report.rejected[change.key] = refusal
                report.item_ids.pop(change.key, None)
            else:
                report.sent += 1
                if change.action is not Action.ARCHIVE:
                    report.item_ids[change.key] = remote_id
            self._progress(done, len(pending))
        self._verify(dataset, report, only_create)
        return report

    def _settle(self, change: ItemChange) -> tuple[str, str]:
        """Send one change until it is certain; its id on the server, and why it was refused ("" when it was not).

        Raises:
            RemoteError: the server gives no clear answer in the time there is.
        """
        remote_id = change.remote_id
        for _ in range(MOST_SALTS):
            body = {"datasetName": self._dataset.name, "id": remote_id, **change.body}
            reply = self._http.request("POST", "/dataset-items", self._patience, body=body)
            if reply.ok:
                return remote_id, ""
            if reply.status not in (404, 409) and not reply.temporary:
                return remote_id, reply.said
            if "modified concurrently" in reply.said:
                continue
            remote = self._read_back(remote_id)
            if remote is not None and remote.get("datasetId") == self._dataset.id:
                if _says(remote, change.body):
                    return remote_id, ""
                continue
            if reply.temporary:
                raise RemoteError(
                    f"{self._http.server}: item {change.key!r}: {reply.said}",
                    "what was sent so far stays; run the same command again to go on",
                )
            if change.action is Action.ARCHIVE:
                return remote_id, reply.said
            self._check_dataset_is_there()
            # The id is bound to another dataset, or to a deleted item (which cannot be read): take the next one.
            remote_id = ids.dataset_item_id(
                self._dataset.project_id, self._dataset.id, change.key, self._salts.next(change.key)
            )
        return remote_id, f"no free id after {MOST_SALTS} tries"

    def _read_back(self, remote_id: str) -> Mapping[str, Any] | None:
        reply = self._http.request("GET", f"/dataset-items/{path_value(remote_id)}", self._patience)
        found = reply.body
        return found if reply.ok and isinstance(found, dict) else None

    def _check_dataset_is_there(self) -> None:
        """A conflict over an item and a missing dataset are both 404; only asking tells which."""
        if find_dataset(self._http, self._dataset.name, self._dataset.project_id, self._patience) is None:
            raise RemoteError(
                f"{self._http.server}: dataset {self._dataset.name!r} was deleted meanwhile", "seed it again"
            )

    def _verify(self, dataset: Dataset, report: SeedReport, only_create: bool) -> None:
        """Read everything back; a listing may lag, so it is read a few times before it is believed."""
        wrong: list[str] = []
        for attempt in range(MOST_VERIFY_READS):
            there = list_items(self._http, self._dataset, self._patience)
            listed = {str(row["id"]): row for row in there.active}
            wrong = self._differences(report, listed, only_create)
            left = there.spare if report.plan.mends else 0
            if not (wrong or left) or self._http.wait(2.0**attempt):
                break
        report.verified = not (wrong or left or report.rejected)
        report.version = max((str(row.get("updatedAt", "")) for row in listed.values()), default="")
        where = f"{self._http.server} dataset {self._dataset.name}"
        if report.plan.mends:
            said = f"{left} are still there" if left else "all items were sent again, and it is mended"
            message = f"two seeders at once had left more than one current row of some items: {said}"
            report.problems.append(Problem(where, message))
        kept = [c for c in report.plan.changes if c.action in (Action.CREATE, Action.UPDATE, Action.KEEP)]
        rows = {c.key: listed.get(report.item_ids.get(c.key, "")) for c in kept}
        otherwise = [c.key for c in kept if (row := rows[c.key]) is not None and held_otherwise(row, c.body)]
        if otherwise:
            form = "in a form of the server's own (white space, empty fields or the order of words)"
            message = f"item {otherwise[0]} says the same there {form}"
            report.problems.append(Problem(where, message, "", count=len(otherwise)))
        if wrong:
            report.problems.append(
                Problem(where, f"not as sent: item {wrong[0]}", "run the command again", count=len(wrong))
            )
        if report.rejected:
            key, words = next(iter(report.rejected.items()))
            report.problems.append(Problem(where, f"item {key} was refused: {words}", count=len(report.rejected)))

    @staticmethod
    def _differences(report: SeedReport, listed: Mapping[str, Mapping[str, Any]], only_create: bool) -> list[str]:
        wrong = []
        for change in report.plan.changes:
            if change.key in report.rejected or (only_create and change.action is not Action.CREATE):
                continue
            if change.action is Action.ARCHIVE:
                if change.remote_id in listed:
                    wrong.append(change.key)
            elif change.action is not Action.ADOPT:
                remote = listed.get(report.item_ids[change.key])
                if remote is None or not same_content(remote, change.body):
                    wrong.append(change.key)
        return wrong


def _says(remote: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether an item read back already is what was to be sent."""
    if remote.get("status") != body.get("status"):
        return False
    return "input" not in body or same_content(remote, body)
