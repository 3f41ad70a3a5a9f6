"""Sends one experiment from its outbox and reads it back, alone or beside others."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ragtui.langfuse.api.abilities import Abilities
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.patience import Patience, a_look
from ragtui.langfuse.api.rates import Cancelled
from ragtui.langfuse.write.batches import Batches
from ragtui.langfuse.write.links import Links
from ragtui.langfuse.write.outbox import ITEM, LINK, SCORE, TO_SEND, Counts, Outbox, Stage
from ragtui.langfuse.write.verify import Listed, Verifier

POLLS_S = (1.0, 2.0, 5.0, 10.0, 20.0, 40.0)
SHORTEST_S = 60.0
"""Time a request gets even when the user does not want to wait for visibility."""

READING_S = 90.0
"""The same for the last reading: a minute of rate limit and the reading itself."""

RESEND_AFTER_S = 120.0
"""An accepted record that is still invisible after this long was lost, unless the real-time path shows it."""


SILENT = "the server took everything and does not show it yet; its worker may be slow, or not running"


class Phase(StrEnum):
    """What a publication is doing, or how it ended."""

    SENDING = "sending"
    READING_BACK = "reading back"
    VERIFIED = "verified"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PublishProgress:
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


class Publisher:
    """Sends and verifies one experiment from its outbox.

    Args:
        quiet_s: seconds since anything was sent from it; what is not there by then was lost or deleted.
    """

    def __init__(
        self,
        http: LangfuseHttp,
        outbox: Outbox,
        abilities: Abilities,
        *,
        concurrency: int = 3,
        quiet_s: float = 0.0,
        report: Callable[[PublishProgress], None] = lambda progress: None,
    ) -> None:
        self.outbox = outbox
        self._http = http
        self._abilities = abilities
        self._report = report
        self._phase = Phase.SENDING
        self._last_sent = http.clock.now() - quiet_s
        self._last_told = 0.0
        self._note = ""
        self._batches = Batches(
            http, outbox, score_lists=abilities.score_lists, concurrency=concurrency, progress=self._tell_sometimes
        )
        self._links = Links(http, outbox, concurrency, self._tell_sometimes)
        self._verifier = Verifier(http, outbox, abilities, self._links)

    def progress(self) -> PublishProgress:
        """How far it is now."""
        return PublishProgress(
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
        self._last_sent = self._http.clock.now()
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
        if self._http.clock.now() - self._last_sent > RESEND_AFTER_S:
            self._take_back_the_lost(patience)
        return False

    def doubled(self) -> int:
        """Items that the server now lists more than once in this experiment, with one and the same trace."""
        return 0 if self._abilities.experiments else self._links.doubled(a_look(self._http.clock))

    def finish(self) -> PublishProgress:
        """The verdict, after the last read."""
        items, scores = self.outbox.item_counts(), self.outbox.score_counts()
        complete = items.visible == items.total and scores.visible == scores.total
        if complete and not self.outbox.retractions(Stage.PENDING, Stage.REJECTED):
            self._phase = Phase.VERIFIED
        else:
            self._phase = Phase.FAILED if items.sent == 0 and items.total > 0 else Phase.PARTIAL
            if items.sent == items.total and scores.sent == scores.total:
                self._note = SILENT
        self._tell()
        return self.progress()

    def _pending(self) -> bool:
        box = self.outbox
        links = not self._abilities.experiments and bool(box.links(Stage.PENDING))
        return bool(box.items(*TO_SEND) or links or box.scores(*TO_SEND) or box.retractions(Stage.PENDING))

    def _settled(self) -> bool:
        return not self._pending() and not self.outbox.items(Stage.SENT) and not self.outbox.scores(Stage.SENT)

    def _take_back_the_lost(self, patience: Patience) -> None:
        """Accepted long ago and not there: send again, unless the traces are there and only the listing lags."""
        missing = self.outbox.items(Stage.SENT)
        arrived = self._verifier.arrived(missing, patience) if missing else set()
        lost = [entry.key for entry in missing if entry.trace_id not in arrived]
        self.outbox.mark(ITEM, lost, Stage.LOST)
        if not self._abilities.experiments:
            linked = self._links.read(patience)
            if linked is not None:
                self.outbox.mark(LINK, [e.key for e in missing if e.trace_id not in linked], Stage.PENDING)
        self.outbox.mark(SCORE, [score["id"] for score in self.outbox.scores(Stage.SENT)], Stage.LOST)

    def _tell(self) -> None:
        self._last_told = time.monotonic()
        self._report(self.progress())

    def _tell_sometimes(self) -> None:
        """Counting takes longer the more there is; five times a second is enough for any screen."""
        if time.monotonic() - self._last_told > 0.2:
            self._tell()


def publish_all(publishers: Sequence[Publisher], http: LangfuseHttp, wait_s: float) -> list[PublishProgress]:
    """Send and read back several experiments side by side, until all are settled or the wait is over."""
    deadline = http.clock.now() + wait_s
    # One round of sending is always allowed, and one of reading after the last one: a rate limit that was used up by
    # sending must not leave the count of what is visible at nothing.
    patience = Patience(deadline=max(deadline, http.clock.now() + SHORTEST_S))
    reading = Patience(tries=3, deadline=patience.deadline + READING_S)
    open_ones = list(publishers)
    # Given up from outside, what was done so far is still told.
    with contextlib.suppress(Cancelled):
        for pause in itertools.chain(POLLS_S, itertools.repeat(60.0)):
            for publisher in open_ones:
                publisher.send(patience)
            open_ones = [publisher for publisher in open_ones if not publisher.read_back(reading)]
            left = deadline - http.clock.now()
            if not open_ones or left <= 0 or http.wait(min(pause, left)):
                break
    return [publisher.finish() for publisher in publishers]
