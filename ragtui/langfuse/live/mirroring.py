"""Publishes a run while it is running, without the run ever noticing.

Finished results are handed over and forgotten: a thread of its own asks the server, seeds the dataset, fills the same
outboxes as `ragtui publish` and sends from them. What it cannot do while the run lasts, `ragtui publish RUN` does
afterwards from the run's files.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from ragtui.errors import RagtuiError, UsageError
from ragtui.langfuse.api.abilities import abilities_of
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.patience import Patience, RealClock
from ragtui.langfuse.api.probe import probe
from ragtui.langfuse.api.sending import sending
from ragtui.langfuse.live.target import LiveTarget, folder_of
from ragtui.langfuse.write.earlier import publish_command, published_from_here
from ragtui.langfuse.write.mirror import Pass, entry_of, passes_of, start_of
from ragtui.langfuse.write.publish import Publication, as_begun, experiment_url, locked, open_publisher
from ragtui.langfuse.write.publisher import Phase, Publisher, PublishProgress, publish_all
from ragtui.langfuse.write.publishing_folder import salts_folder
from ragtui.langfuse.write.recordings import Recordings
from ragtui.langfuse.write.seeding.remote import ensure_dataset, find_dataset
from ragtui.langfuse.write.seeding.seed import Salts, Seeder
from ragtui.model import Dataset, Problem, Result, RunHeader
from ragtui.sources.own.runfolder import read_folder_metrics

FLUSH_S = 2.0
RECONNECT_S = (2.0, 5.0, 15.0, 30.0)
GRACE_S = 5.0
"""What closing may take beyond the wait that was asked for: the request under way and the last round."""

GRACE_UNCONNECTED_S = 2.0
"""The same while no server has answered yet: nothing is under way that could be lost."""

_QUICK = Patience(tries=2)


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What to show while the run goes on.

    Attributes:
        connected: whether the server has answered and the dataset is there.
        given_up: no further try will be made during this run; `message` says why.
        waiting: results handed over and not yet in an outbox.
    """

    connected: bool = False
    given_up: bool = False
    message: str = ""
    waiting: int = 0
    experiments: tuple[PublishProgress, ...] = ()


@dataclass(slots=True)
class _Connection:
    http: LangfuseHttp
    project: str
    item_ids: Mapping[str, str]
    passes: Mapping[str, Pass]
    publishers: Mapping[str, Publisher]


_END = object()


@dataclass(slots=True)
class _Shared:
    """What both threads see; every field is replaced as a whole."""

    status: LiveStatus = field(default_factory=LiveStatus)
    publication: Publication | None = None


class LivePublisher:
    """Fed with finished results; no method raises for anything the server does, and only `close` waits.

    Args:
        header: the run as it will be: id, name, configuration, repeats, location (its folder).
        dataset: the golden items it runs on.
        labels: repeat labels, in order.
        changed: told about every change of status, from the publishing thread.
    """

    def __init__(
        self,
        header: RunHeader,
        dataset: Dataset,
        labels: Sequence[str],
        target: LiveTarget,
        changed: Callable[[LiveStatus], None] = lambda status: None,
    ) -> None:
        self._header = header
        self._dataset = dataset
        self._labels = list(labels)
        self._target = target
        self._changed = changed
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._backlog: list[Result] = []
        self._shared = _Shared()
        self._clock = RealClock()
        self._folder = folder_of(header.location)
        self._recordings = Recordings(self._folder)
        self._publishers: Mapping[str, Publisher] = {}
        self.dataset = target.dataset
        """Its name there, once known: it may have been renamed since a first part was sent."""
        self._http: LangfuseHttp | None = None
        self._wait_s = 0.0
        self._ended = False
        self._left_out: set[tuple[str, str]] = set()
        self._thread = threading.Thread(target=self._work, name="ragtui-publish", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def add(self, result: Result) -> None:
        """Hand over a finished result. Spans recorded for it are found beside the run."""
        self._inbox.put(result)

    @property
    def status(self) -> LiveStatus:
        """How far it is."""
        return self._shared.status

    def end(self, wait_s: float = 0.0) -> None:
        """There are no further results: send what is left and read back for at most `wait_s`; returns at once."""
        if not self._ended:
            self._ended, self._wait_s = True, wait_s
            self._inbox.put(_END)

    def close(self, wait_s: float = 0.0) -> Publication | None:
        """Stop: send what is left and read back for at most `wait_s`, then let go.

        Returns None when there never was a connection; `ragtui publish` with the run's folder does it then. What was
        sent and not read back in time is in the publication, counted in the outboxes.
        """
        self.end(wait_s)
        self._thread.join(self._wait_s + (GRACE_S if self.status.connected else GRACE_UNCONNECTED_S))
        if self._thread.is_alive() and self._http is not None:
            # Waits end now; what the outboxes hold is still counted.
            self._http.stop()
            self._thread.join(GRACE_S)
        return self._shared.publication or self._counted()

    def _counted(self) -> Publication | None:
        """What the outboxes say when the publishing thread could not finish."""
        experiments = [replace(progress, phase=Phase.PARTIAL) for progress in self.status.experiments]
        return Publication(experiments=experiments, left_out=len(self._left_out)) if experiments else None

    # -- the publishing thread -----------------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            with ExitStack() as open_things:
                connection = self._connect(open_things)
                if connection is not None:
                    self._publish(connection)
        except RagtuiError as error:
            self._tell(given_up=True, message=error.message)
        except Exception as error:  # a bug here must not reach the run
            self._tell(given_up=True, message=f"publishing stopped: {type(error).__name__}")

    def _connect(self, open_things: ExitStack) -> _Connection | None:
        """Try until it works, the run ends, or no further try can help."""
        pauses = iter(RECONNECT_S)
        pause = 0.0
        while True:
            attempt = ExitStack()
            try:
                connection = self._connect_once(attempt)
                open_things.push(attempt)
                return connection
            except UsageError:
                attempt.close()
                raise
            except RagtuiError as error:
                attempt.close()
                self._tell(message=error.message)
            pause = next(pauses, pause)
            if self._take(pause):
                return None

    def _connect_once(self, stack: ExitStack) -> _Connection:
        http = stack.enter_context(sending(self._target.profile, clock=self._clock))
        self._http = http
        server = probe(http)
        abilities = abilities_of(server)
        wanted = self._target.dataset_for(self._header)
        self.dataset = self._present_name(http, wanted, server.project_id)
        remote = ensure_dataset(http, self._dataset, self.dataset, server.project_id, _QUICK)
        salts = Salts.for_dataset(salts_folder(), http.server, remote)
        seeded = Seeder(http, remote, salts, patience=_QUICK).apply(self._dataset, only_create=True)
        name = self._target.name or self._header.name
        metrics = read_folder_metrics(Path(self._header.location))
        begun = passes_of(self._header, self._labels, server.project_id, remote.name, remote.id, name, metrics)
        passes = [as_begun(one, self._header.location) for one in begun]
        publishers: dict[str, Publisher] = {}
        stack.enter_context(locked(self._folder))
        for one in passes:
            publishers[one.label], _ = open_publisher(
                one, [item.id for item in self._dataset.items], self._header.location, http, abilities, stack,
                self._target.concurrency, lambda progress: self._tell(),
            )  # fmt: skip
        self._publishers = publishers
        self._tell(connected=True)
        return _Connection(http, server.project_id, seeded.item_ids, {one.label: one for one in passes}, publishers)

    def _present_name(self, http: LangfuseHttp, wanted: str, project: str) -> str:
        """The dataset to publish to: the one asked for, under the name it was given since a first part was sent.

        Raises:
            UsageError: that part is in another dataset than the one that has the name now.
        """
        begun = published_from_here(http, self._folder, ())
        if not begun or any(one.dataset == wanted for one in begun):
            return wanted
        if find_dataset(http, wanted, project, _QUICK) is None:
            return begun[0].dataset
        self.dataset = begun[0].dataset
        raise UsageError(f"it is on {http.server} already, as {begun[0]}", "Finish that publication.")

    def _publish(self, connection: _Connection) -> None:
        ended = False
        while not ended:
            ended = self._take(FLUSH_S)
            self._fill(connection)
            for publisher in connection.publishers.values():
                publisher.send(_QUICK)
        publication = Publication(left_out=len(self._left_out))
        publication.experiments = publish_all(list(connection.publishers.values()), connection.http, self._wait_s)
        publication.urls = [
            experiment_url(connection.http.server, connection.project, one.experiment.id)
            for one in connection.passes.values()
        ]
        self._shared.publication = publication
        self._tell()

    def _take(self, seconds: float) -> bool:
        """Collect what is handed over for so long; True when the run has ended."""
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            try:
                thing = self._inbox.get(timeout=left)
            except queue.Empty:
                break
            if not isinstance(thing, Result):
                return True
            self._backlog.append(thing)
        return False

    def _fill(self, connection: _Connection) -> None:
        """Results into their outboxes. An item the server does not take is left to `ragtui publish`, which says so."""
        items = self._dataset.by_id()
        self._recordings.refresh()
        for result in self._backlog:
            one, publisher = connection.passes.get(result.repeat), connection.publishers.get(result.repeat)
            remote = connection.item_ids.get(result.item_id)
            item = items.get(result.item_id)
            if one is None or publisher is None or remote is None or item is None:
                self._left_out.add((result.item_id, result.repeat))
                continue
            start = publisher.outbox.start_of(result.item_id) or start_of(result, self._header.created)
            recorded = self._recordings.of(item.id, result.repeat, result.attempt)
            publisher.outbox.put(entry_of(one, item, remote, result, start, recorded))
        for publisher in connection.publishers.values():
            publisher.outbox.sync()
        self._backlog.clear()

    def _tell(self, *, connected: bool | None = None, given_up: bool = False, message: str = "") -> None:
        before = self._shared.status
        self._shared.status = LiveStatus(
            connected=before.connected if connected is None else connected,
            given_up=before.given_up or given_up,
            message=message,
            waiting=len(self._backlog),
            experiments=tuple(publisher.progress() for publisher in self._publishers.values()),
        )
        self._changed(self._shared.status)


def unpublished(
    publication: Publication | None,
    where: Path,
    target: LiveTarget,
    status: LiveStatus | None = None,
) -> Problem | None:
    """What to tell the user at the end of a run; None when everything was read back."""
    if publication is not None and publication.phase is Phase.VERIFIED:
        return None
    begun = publication is not None and bool(publication.experiments)
    if publication is not None and begun:
        done = "; ".join(progress.line() for progress in publication.experiments)
    else:
        reason = status.message if status is not None else ""
        done = f"nothing was sent{f' ({reason})' if reason else ''}"
    words = publish_command(str(where), target.dataset, target.name, target.profile, resume=begun)
    return Problem(str(where), f"not fully published: {done}", f"Finish with: {words}")
