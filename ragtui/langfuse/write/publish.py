"""Mirrors a local run to a server, and says only what it has read back.

Items are sent, then their scores, then everything is read until it is visible or the wait is over. All of it can be
repeated: what was sent twice is stored once, and what was interrupted goes on from the outbox.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ragtui.errors import InputError, UsageError
from ragtui.files.lock import lock_folder
from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.patience import Patience, a_look
from ragtui.langfuse.write.earlier import publish_command, published_elsewhere, published_from_here
from ragtui.langfuse.write.mirror import NANOSECONDS, Pass, entry_of, passes_of, result_in, start_of, trace_of
from ragtui.langfuse.write.outbox import Outbox, read_heading
from ragtui.langfuse.write.publisher import SHORTEST_S, Phase, Publisher, PublishProgress, publish_all
from ragtui.langfuse.write.publishing_folder import outbox_path, salts_folder
from ragtui.langfuse.write.recordings import Recordings
from ragtui.langfuse.write.seeding.remote import RemoteDataset, ensure_dataset, find_dataset, list_items, project_id_of
from ragtui.langfuse.write.seeding.seed import Salts, Seeder, SeedReport
from ragtui.langfuse.write.texts import items_of
from ragtui.langfuse.write.verify import Listed
from ragtui.model import Dataset, Item, Problem
from ragtui.sources.base import LoadedRun

WAIT_S = 720.0
"""Twelve minutes: Langfuse documents that reads may be ten minutes behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for.

    Attributes:
        dataset: name of the dataset on the server; empty for the name in the run.
        name: name of the experiment; empty for the run's name.
        resume: go on with a publication that was begun; it is an error when there is none.
        again: publish although the run is on the server already under another name or in another dataset.
        profile: Langfuse profile, for the commands that are named to the user.
        wait_s: longest time for sending and reading back together; one round is always made.
    """

    dataset: str = ""
    name: str = ""
    resume: bool = False
    again: bool = False
    profile: str = ""
    wait_s: float = WAIT_S
    concurrency: int = 3


@dataclass(slots=True)
class Publication:
    """The outcome for a whole run, one `Progress` an experiment.

    Attributes:
        left_out: results that exist here and were not sent, because their item could not be put into the dataset.
    """

    experiments: list[PublishProgress] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0

    @property
    def phase(self) -> Phase:
        """The worst of the parts: verified only when all are; failed when nothing at all was accepted."""
        phases = {progress.phase for progress in self.experiments}
        if phases == {Phase.VERIFIED} and not self.left_out:
            return Phase.VERIFIED
        return Phase.FAILED if phases == {Phase.FAILED} else Phase.PARTIAL


def publish_run(
    run: LoadedRun,
    http: LangfuseHttp,
    abilities: Abilities,
    options: Options = Options(),
    report: Callable[[PublishProgress], None] = lambda progress: None,
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
    patience = Patience(deadline=http.clock.now() + max(options.wait_s, SHORTEST_S))
    project = project_id_of(http, patience)
    labels = list(dict.fromkeys(repeat.label for repeat in run.scores.repeats))
    found = find_dataset(http, dataset_name, project, patience)
    if not options.again:
        known = passes_of(header, labels, project, dataset_name, found.id if found else "", options.name or header.name)
        _refuse_second_copy(run, http, abilities, options, [one.experiment.id for one in known], patience)
    items = _items_with_texts(run, http, found, patience)
    dataset, seeded = _dataset_for(run, items, dataset_name, project, http, patience, options.concurrency)
    publication = Publication(problems=_dataset_problems(seeded))
    publishers: list[Publisher] = []
    with contextlib.ExitStack() as open_things:
        name, metrics = options.name or header.name, run.scores.metrics
        for one in passes_of(header, labels, project, dataset.name, dataset.id, name, metrics):
            one = as_begun(one, header.location)
            path = outbox_path(header.location, one.experiment.id)
            if options.resume and not path.exists():
                words = publish_command(header.location, options.dataset, options.name, options.profile)
                raise UsageError(f"nothing of {one.experiment.name!r} to resume", f"Publish it first: {words}")
            if not publishers:
                open_things.enter_context(locked(path.parent))
            publisher, listed = open_publisher(
                one, run.scores.items, header.location, http, abilities, open_things, options.concurrency, report
            )
            publishers.append(publisher)
            fill(publisher.outbox, run, items, one, seeded, listed, publication)
            publication.urls.append(experiment_url(http.server, project, one.experiment.id))
        publication.experiments = publish_all(publishers, http, options.wait_s)
        publication.problems += [p for publisher in publishers for p in _refusals(publisher.outbox)]
        publication.problems += [p for publisher in publishers for p in _doubled(publisher)]
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


def as_begun(one: Pass, location: str) -> Pass:
    """A repeat under the name its dataset had when its publication began.

    Traces are named after it: under the new name of a renamed dataset each item would stand there twice.
    """
    heading = read_heading(outbox_path(location, one.experiment.id))
    if heading is None or not heading.dataset:
        return one
    return replace(one, experiment=replace(one.experiment, dataset=heading.dataset))


def open_publisher(
    one: Pass,
    items: Iterable[str],
    location: str,
    http: LangfuseHttp,
    abilities: Abilities,
    open_things: contextlib.ExitStack,
    concurrency: int,
    report: Callable[[PublishProgress], None],
) -> tuple[Publisher, list[Listed]]:
    """The publisher of one repeat on its outbox, and what the server already lists under the name.

    Raises:
        UsageError: nothing was published from here yet, and the name holds items of another run.
    """
    path = outbox_path(location, one.experiment.id)
    known = path.exists()
    quiet_s = max(0.0, time.time() - path.stat().st_mtime) if known else 0.0
    outbox = Outbox.open(path, one.experiment, http.server)
    open_things.callback(outbox.close)
    outbox.doubt()
    publisher = Publisher(http, outbox, abilities, concurrency=concurrency, quiet_s=quiet_s, report=report)
    listed = publisher.listed(a_look(http.clock)) or []
    ours = {trace_of(one, item) for item in items}
    foreign = [row for row in listed if row.trace_id not in ours]
    if foreign and not known:
        path.unlink()
        raise UsageError(
            f"{http.server}: {one.experiment.name!r} already holds {len(foreign)} items of another run",
            "choose another name with --name",
        )
    return publisher, listed


def fill(
    outbox: Outbox,
    run: LoadedRun,
    items: Mapping[str, Item],
    one: Pass,
    seeded: SeedReport,
    listed: Sequence[Listed],
    publication: Publication,
) -> None:
    """Put every result of one repeat into its outbox; what could not be is said in the publication."""
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
            outbox.put(entry_of(one, items[item_id], seeded.item_ids[item_id], result, start, recorded))
    outbox.sync()
    where = f"{run.header.location} repeat {one.label}"
    problems = publication.problems
    publication.left_out += len(unseeded)
    ours = {trace_of(one, item) for item in run.scores.items}
    foreign = sum(row.trace_id not in ours for row in listed)
    if foreign:
        problems.append(Problem(where, f"{foreign} items on the server are of another run of this name"))
    if absent:
        problems.append(Problem(where, f"no result for item {absent[0]}: not published", count=len(absent)))
    if unseeded:
        problems.append(
            Problem(where, f"item {unseeded[0]} is not in the dataset there: not published", count=len(unseeded))
        )


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


def _refuse_second_copy(
    run: LoadedRun,
    http: LangfuseHttp,
    abilities: Abilities,
    options: Options,
    ours: Sequence[str],
    patience: Patience,
) -> None:
    """Recognise the run where it was published under another name or in another dataset.

    Raises:
        UsageError: it is there; says where, and how to finish that publication.
    """
    location = run.header.location
    folder = outbox_path(location, "any").parent
    if any((folder / f"{experiment}.outbox").exists() for experiment in ours):
        return
    found = published_from_here(http, folder, ours)
    found = found or published_elsewhere(http, abilities, run.header, ours, patience)
    if not found:
        return
    name = "" if found[0].run_name == run.header.name else found[0].run_name
    words = publish_command(location, found[0].dataset, name, options.profile, resume=found[0].here)
    raise UsageError(
        f"{location} is on {http.server} already, as {found[0]}",
        f"Finish that publication with: {words}. A second copy is made with --again.",
    )


def _items_with_texts(
    run: LoadedRun, http: LangfuseHttp, dataset: RemoteDataset | None, patience: Patience
) -> dict[str, Item]:
    rows = list_items(http, dataset, patience).active if dataset is not None else ()
    folder = outbox_path(run.header.location, "any").parent
    return items_of(run, rows, sorted(folder.glob("*.outbox")))


def _dataset_for(
    run: LoadedRun,
    items: Mapping[str, Item],
    name: str,
    project: str,
    http: LangfuseHttp,
    patience: Patience,
    concurrency: int,
) -> tuple[RemoteDataset, SeedReport]:
    local = Dataset(name, tuple(items.values()), run.header.configuration.dataset_version)
    remote = ensure_dataset(http, local, name, project, patience)
    salts = Salts.for_dataset(salts_folder(), http.server, remote)
    seeder = Seeder(http, remote, salts, patience=replace(patience), concurrency=concurrency)
    report = seeder.apply(local, only_create=True)
    if not report.item_ids:
        raise InputError(f"{http.server}: no item of {name!r} could be put there", "see the server's own log")
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


def _doubled(publisher: Publisher) -> list[Problem]:
    count = publisher.doubled()
    if not count:
        return []
    name = publisher.outbox.experiment.name
    which = f"{count} items are" if count > 1 else "1 item is"
    message = f"{which} linked twice there: somebody else published this run at the same time"
    way = "To mend them delete the run there and publish it again."
    return [Problem(name, message, f"Here each counts once; Langfuse's own pages count both. {way}")]
