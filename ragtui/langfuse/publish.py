"""Mirrors a local run to a server, and says only what it has read back.

Items are sent, then their scores, then everything is read until it is visible or the wait is over. All of it can be
repeated: what was sent twice is stored once, and what was interrupted goes on from the outbox.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ragtui.errors import InputError, UsageError
from ragtui.langfuse.abilities import Abilities
from ragtui.langfuse.batches import Batches
from ragtui.langfuse.links import Links
from ragtui.langfuse.mirror import NANOSECONDS, Pass, entry_of, passes_of, result_in, start_of, trace_of
from ragtui.langfuse.outbox import ITEM, LINK, SCORE, Counts, Outbox, Stage
from ragtui.langfuse.places import outbox_path, salts_folder
from ragtui.langfuse.recordings import Recordings
from ragtui.langfuse.seed import RemoteDataset, Salts, Seeder, SeedReport, ensure_dataset, project_id_of
from ragtui.langfuse.send import Patience, Sender
from ragtui.langfuse.verify import Listed, Verifier
from ragtui.model import Dataset, Problem
from ragtui.sources.base import LoadedRun
from ragtui.sources.lock import lock_folder

WAIT_S = 720.0
"""Twelve minutes: Langfuse documents that reads may be ten minutes behind."""

POLLS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
SHORTEST_S = 60.0
"""Time a request gets even when the user does not want to wait for visibility."""

READING_S = 90.0
"""The same for the last reading: a minute of rate limit and the reading itself."""

RESEND_AFTER_S = 120.0
"""An accepted record that is still invisible after this long was lost, unless the real-time path shows it."""


class Phase(StrEnum):
    """What a publication is doing, or how it ended."""

    SENDING = "sending"
    READING_BACK = "reading back"
    VERIFIED = "verified"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one experiment is."""

    experiment: str
    phase: Phase
    items: Counts
    scores: Counts
    note: str = ""

    @property
    def finished(self) -> bool:
        """Whether this is the verdict."""
        return self.phase in (Phase.VERIFIED, Phase.PARTIAL, Phase.FAILED)

    def line(self) -> str:
        """One line for people: what was sent and what has been seen there."""
        parts = [f"{self.experiment}: {self.phase}"]
        for what, counts in (("items", self.items), ("scores", self.scores)):
            refused = f", refused {counts.rejected}" if counts.rejected else ""
            parts.append(
                f"{what} sent {counts.sent} of {counts.total}, visible {counts.visible} of {counts.total}{refused}"
            )
        return "; ".join([*parts, self.note] if self.note else parts)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for.

    Attributes:
        dataset: name of the dataset on the server; empty for the name in the run.
        name: name of the experiment; empty for the run's name.
        resume: go on with a publication that was begun; it is an error when there is none.
        wait_s: longest time for sending and reading back together; one round is always made.
    """

    dataset: str = ""
    name: str = ""
    resume: bool = False
    wait_s: float = WAIT_S
    concurrency: int = 3


@dataclass(slots=True)
class Publication:
    """The outcome for a whole run, one `Progress` an experiment."""

    experiments: list[Progress] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def phase(self) -> Phase:
        """The worst of the parts: verified only when all are; failed when nothing at all was accepted."""
        phases = {progress.phase for progress in self.experiments}
        if phases == {Phase.VERIFIED}:
            return Phase.VERIFIED
        return Phase.FAILED if phases == {Phase.FAILED} else Phase.PARTIAL


class Publisher:
    """Sends and verifies one experiment from its outbox."""

    def __init__(
        self,
        sender: Sender,
        outbox: Outbox,
        abilities: Abilities,
        *,
        concurrency: int = 3,
        report: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.outbox = outbox
        self._sender = sender
        self._abilities = abilities
        self._report = report
        self._phase = Phase.SENDING
        self._last_sent = sender.clock.now()
        self._last_told = 0.0
        self._note = ""
        self._batches = Batches(
            sender, outbox, score_lists=abilities.score_lists, concurrency=concurrency, progress=self._tell_sometimes
        )
        self._links = Links(sender, outbox, concurrency, self._tell_sometimes)
        self._verifier = Verifier(sender, outbox, abilities, self._links)

    def progress(self) -> Progress:
        """How far it is now."""
        return Progress(
            self.outbox.experiment.name, self._phase, self.outbox.item_counts(), self.outbox.score_counts(), self._note
        )

    def listed(self, patience: Patience) -> list[Listed] | None:
        """What the server has under this experiment's name."""
        return self._verifier.listed(patience)

    def send(self, patience: Patience) -> None:
        """Send everything that is pending; a temporary failure leaves it pending."""
        if not self._pending():
            return
        self._phase = Phase.SENDING
        failures = [self._batches.send_items(patience)]
        if not self._abilities.experiments:
            failures.append(self._links.send(patience))
        failures.append(self._batches.send_scores(patience))
        self._note = next((failure for failure in failures if failure), "")
        self._last_sent = self._sender.clock.now()
        self._tell()

    def read_back(self, patience: Patience) -> bool:
        """Mark what is visible; True when there is nothing left to wait for."""
        self._phase = Phase.READING_BACK
        failure = self._verifier.look(patience)
        self._note = failure or self._note
        if not failure and not self._pending():
            self._note = ""
        self._tell()
        if self._settled():
            return True
        if self._sender.clock.now() - self._last_sent > RESEND_AFTER_S:
            self._take_back_the_lost(patience)
        return False

    def finish(self) -> Progress:
        """The verdict, after the last read."""
        items, scores = self.outbox.item_counts(), self.outbox.score_counts()
        complete = items.visible == items.total and scores.visible == scores.total
        if complete and not self.outbox.retractions(Stage.PENDING, Stage.REJECTED):
            self._phase = Phase.VERIFIED
        else:
            self._phase = Phase.FAILED if items.sent == 0 and items.total > 0 else Phase.PARTIAL
        self._tell()
        return self.progress()

    def _pending(self) -> bool:
        box = self.outbox
        links = not self._abilities.experiments and bool(box.links(Stage.PENDING))
        return bool(box.items(Stage.PENDING) or links or box.scores(Stage.PENDING) or box.retractions(Stage.PENDING))

    def _settled(self) -> bool:
        return not self._pending() and not self.outbox.items(Stage.SENT) and not self.outbox.scores(Stage.SENT)

    def _take_back_the_lost(self, patience: Patience) -> None:
        """Accepted long ago and not there: send again, unless the traces are there and only the listing lags."""
        missing = self.outbox.items(Stage.SENT)
        arrived = self._verifier.arrived(missing, patience) if missing else set()
        lost = [entry.key for entry in missing if entry.trace_id not in arrived]
        self.outbox.mark(ITEM, lost, Stage.PENDING)
        if not self._abilities.experiments:
            linked = self._links.read(patience)
            if linked is not None:
                self.outbox.mark(LINK, [e.key for e in missing if e.trace_id not in linked], Stage.PENDING)
        self.outbox.mark(SCORE, [score["id"] for score in self.outbox.scores(Stage.SENT)], Stage.PENDING)

    def _tell(self) -> None:
        self._last_told = time.monotonic()
        self._report(self.progress())

    def _tell_sometimes(self) -> None:
        """Counting takes longer the more there is; five times a second is enough for any screen."""
        if time.monotonic() - self._last_told > 0.2:
            self._tell()


def publish_all(publishers: Sequence[Publisher], sender: Sender, wait_s: float) -> list[Progress]:
    """Send and read back several experiments side by side, until all are settled or the wait is over."""
    deadline = sender.clock.now() + wait_s
    # One round of sending is always allowed, and one of reading after the last one: a rate limit that was used up by
    # sending must not leave the count of what is visible at nothing.
    patience = Patience(deadline=max(deadline, sender.clock.now() + SHORTEST_S))
    reading = Patience(tries=3, deadline=patience.deadline + READING_S)
    open_ones = list(publishers)
    for pause in itertools.chain(POLLS_S, itertools.repeat(60.0)):
        for publisher in open_ones:
            publisher.send(patience)
        open_ones = [publisher for publisher in open_ones if not publisher.read_back(reading)]
        left = deadline - sender.clock.now()
        if not open_ones or left <= 0 or sender.clock.wait(min(pause, left)):
            break
    return [publisher.finish() for publisher in publishers]


def publish_run(
    run: LoadedRun,
    sender: Sender,
    abilities: Abilities,
    options: Options = Options(),
    report: Callable[[Progress], None] = lambda progress: None,
) -> Publication:
    """Mirror a run, one experiment a repeat, and read it back.

    Missing dataset items are added; nothing else of the dataset is touched. The run's own files are never written.

    Raises:
        UsageError: there is nothing to publish or to resume, or the name is taken by another run.
        RemoteError: the server refuses the keys, or does not answer before anything was sent.
    """
    header = run.header
    if header.format == "langfuse":
        raise UsageError(f"{header.name} already is on Langfuse", "publish runs from local files")
    if not run.scores.items:
        raise UsageError(f"{header.location}: the run has no results", "there is nothing to publish")
    dataset_name = options.dataset or header.dataset
    if not dataset_name:
        raise UsageError(f"{header.location}: the run does not say its dataset", "name it with --langfuse DATASET")
    patience = Patience(deadline=sender.clock.now() + max(options.wait_s, SHORTEST_S))
    project = project_id_of(sender, patience)
    dataset, seeded = _dataset_for(run, dataset_name, project, sender, patience, options.concurrency)
    publication = Publication(problems=_dataset_problems(seeded))
    labels = list(dict.fromkeys(repeat.label for repeat in run.scores.repeats))
    publishers: list[Publisher] = []
    with contextlib.ExitStack() as open_things:
        for one in passes_of(header, labels, project, dataset.name, dataset.id, options.name or header.name):
            path = outbox_path(header.location, one.experiment.id)
            if options.resume and not path.exists():
                raise UsageError(f"nothing of {one.experiment.name!r} to resume", "publish it without --resume first")
            if not publishers:
                open_things.enter_context(locked(path.parent))
            publisher, listed = open_publisher(
                one, run.scores.items, header.location, sender, abilities, open_things, options.concurrency, report
            )
            publishers.append(publisher)
            publication.problems += fill(publisher.outbox, run, one, seeded, listed)
            publication.urls.append(experiment_url(sender.server, project, one.experiment.id))
        publication.experiments = publish_all(publishers, sender, options.wait_s)
        publication.problems += [p for publisher in publishers for p in _refusals(publisher.outbox)]
    return publication


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder of the outboxes, made if need be, for one publisher at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(folder)
    try:
        yield
    finally:
        lock.release()


def open_publisher(
    one: Pass,
    items: Iterable[str],
    location: str,
    sender: Sender,
    abilities: Abilities,
    open_things: contextlib.ExitStack,
    concurrency: int,
    report: Callable[[Progress], None],
) -> tuple[Publisher, list[Listed]]:
    """The publisher of one repeat on its outbox, and what the server already lists under the name.

    Raises:
        UsageError: nothing was published from here yet, and the name holds items of another run.
    """
    path = outbox_path(location, one.experiment.id)
    known = path.exists()
    outbox = Outbox.open(path, one.experiment, sender.server)
    open_things.callback(outbox.close)
    publisher = Publisher(sender, outbox, abilities, concurrency=concurrency, report=report)
    listed = publisher.listed(Patience(tries=3)) or []
    ours = {trace_of(one, item) for item in items}
    foreign = [row for row in listed if row.trace_id not in ours]
    if foreign and not known:
        path.unlink()
        raise UsageError(
            f"{sender.server}: {one.experiment.name!r} already holds {len(foreign)} items of another run",
            "choose another name with --name",
        )
    return publisher, listed


def fill(outbox: Outbox, run: LoadedRun, one: Pass, seeded: SeedReport, listed: Sequence[Listed]) -> list[Problem]:
    """Put every result of one repeat into its outbox; what could not be is a Problem."""
    starts = {row.trace_id: _moment(row.start_time) for row in listed}
    absent, unseeded = [], []
    recordings = Recordings(outbox.path.parent).refresh()
    for position, item_id in enumerate(run.scores.items):
        result = result_in(run, item_id, one.label)
        if result is None:
            absent.append(item_id)
        elif item_id not in seeded.item_ids:
            unseeded.append(item_id)
        else:
            # Spans are stored by id and start time: a start that moved would make a second item.
            own = start_of(result, one.created) + (0 if result.started_at else position * 1_000_000)
            start = outbox.start_of(item_id) or starts.get(trace_of(one, item_id)) or own
            recorded = recordings.of(item_id, one.label, result.attempt)
            outbox.put(entry_of(one, run.item(item_id), seeded.item_ids[item_id], result, start, recorded))
    outbox.sync()
    where = f"{run.header.location} repeat {one.label}"
    problems = []
    ours = {trace_of(one, item) for item in run.scores.items}
    foreign = sum(row.trace_id not in ours for row in listed)
    if foreign:
        problems.append(Problem(where, f"{foreign} items on the server are of another run of this name"))
    if absent:
        problems.append(Problem(where, f"no result for item {absent[0]}: not published", count=len(absent)))
    if unseeded:
        problems.append(Problem(where, f"item {unseeded[0]} is not in the dataset there", count=len(unseeded)))
    return problems


def _moment(text: str) -> int:
    """ISO text as nanoseconds; 0 when there is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int(moment.replace(microsecond=0).timestamp()) * NANOSECONDS + moment.microsecond * 1_000


def experiment_url(server: str, project: str, experiment: str) -> str:
    """Where a browser shows the experiment (Langfuse v4)."""
    return f"{server}/project/{project}/experiments/results?baseline={experiment}"


def _dataset_for(
    run: LoadedRun, name: str, project: str, sender: Sender, patience: Patience, concurrency: int
) -> tuple[RemoteDataset, SeedReport]:
    items = tuple(run.item(item_id) for item_id in run.scores.items)
    local = Dataset(name, items, run.header.configuration.dataset_version)
    remote = ensure_dataset(sender, local, name, project, patience)
    salts = Salts.for_dataset(salts_folder(), sender.server, remote)
    seeder = Seeder(sender, remote, salts, patience=replace(patience), concurrency=concurrency)
    report = seeder.apply(local, only_create=True)
    if not report.item_ids:
        raise InputError(f"{sender.server}: no item of {name!r} could be put there", "see the server's own log")
    return remote, report


def _dataset_problems(seeded: SeedReport) -> list[Problem]:
    changed = [change.key for change in seeded.plan.changes if change.action.value == "update"]
    problems = list(seeded.problems)
    if changed:
        where = f"dataset {seeded.dataset.name}"
        problems.append(
            Problem(where, f"item {changed[0]} differs from what this run was run on; left alone", count=len(changed))
        )
    return problems


def _refusals(outbox: Outbox) -> list[Problem]:
    reasons = outbox.reasons()
    if not reasons:
        return []
    identity, words = next(iter(reasons.items()))
    return [Problem(f"{outbox.experiment.name} {identity}", f"refused by the server: {words}", count=len(reasons))]
