"""Dataset runs of servers before v4: each item's trace is linked to the run, and a link is not idempotent.

A link that is repeated stands twice, and concurrent first links made several runs of one name (langfuse PR 8494). So
the first goes alone, the rest at most four at a time, and whatever may have arrived is looked for before it is resent.
Two that publish one run at once, from two machines, settle by their first link who goes on: whose the server wrote
first. The other waits for what is left, so that one item stands twice at most.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, in_parallel, path_value
from ragtui.langfuse.api.pages import numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.shapes.plain import moment, rows_in, text_of
from ragtui.langfuse.write.mirror import iso
from ragtui.langfuse.write.outbox import LINK, Outbox, OutboxEntry, Stage

MOST_PARALLEL = 4
AT_ONCE = 40
"""Links made between two looks at what others made meanwhile."""
LOOK_AGAIN_S = (2.0, 5.0, 10.0, 15.0)
"""A link may be readable only some seconds after it was made; resending earlier would double it."""
SEEN_AFTER_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Looks for one's own first link: those of others that came before it are seen with it."""
WATCH_S, STALLED_S = 1.0, 10.0
"""How often the other publisher is looked at, and how long it makes no link before it is taken for dead."""
LONG_AGO_S = 60.0
"""After the last link of another publisher: by then it is done or dead."""

ELSEWHERE = "somebody else publishes this run at the moment"


class Links:
    """Links one experiment's traces to the dataset run of the same name."""

    def __init__(self, http: LangfuseHttp, outbox: Outbox, concurrency: int, progress: Callable[[], None]) -> None:
        self._http = http
        self._outbox = outbox
        self._concurrency = min(concurrency, MOST_PARALLEL)
        self._progress = progress
        self._with_dates = True
        self._ahead = False

    def send(self, patience: Patience) -> str:
        """Make the links that are missing; the last temporary failure in words, "" when there was none."""
        if not self._pending():
            return ""
        rows = self.rows(patience)
        if rows is None:
            return "the dataset run cannot be read, so nothing is linked twice"
        pending = {entry.trace_id for entry in self._pending()}
        others = [row for row in rows if row.get("traceId") in pending]
        self._note(_traces(rows))
        if others and not self._ahead and not self._long_ago(others) and not self._watch(patience):
            return ELSEWHERE
        unclear = self._send_all(patience)
        failure = unclear[-1] if unclear else ""
        for seconds in LOOK_AGAIN_S if failure else ():
            if self._http.wait(seconds):
                break
            self._note(self.read(patience) or set())
        self._outbox.sync()
        return failure if self._pending() else ""

    def read(self, patience: Patience) -> set[str] | None:
        """Trace ids linked so far; None when the server does not answer."""
        rows = self.rows(patience)
        return None if rows is None else _traces(rows)

    def doubled(self, patience: Patience) -> int:
        """Items whose one trace is linked more than once: this surface can neither make a link only once nor take one
        back."""
        links = {text_of(row.get("id")): row for row in self.rows(patience) or ()}  # pages may overlap
        seen = Counter((row.get("datasetItemId"), row.get("traceId")) for row in links.values())
        return sum(count > 1 for count in seen.values())

    def rows(self, patience: Patience) -> list[Mapping[str, Any]] | None:
        """Run items of this run; none when the run does not exist yet, None when the server does not answer."""
        experiment = self._outbox.experiment
        query = {"datasetId": experiment.dataset_id, "runName": experiment.name}
        try:
            return list(numbered(self._http.page(patience), "/dataset-run-items", query))
        except LangfuseError as error:
            if error.status != 404:
                return None
            return [] if isinstance(error.body, dict) else self._rows_of_run(patience)

    def _rows_of_run(self, patience: Patience) -> list[Mapping[str, Any]] | None:
        """The same from servers before 3.57.1, which list run items only inside the run."""
        experiment = self._outbox.experiment
        path = f"/datasets/{path_value(experiment.dataset)}/runs/{path_value(experiment.name)}"
        reply = self._http.request("GET", path, patience)
        if reply.status == 404:
            return []
        rows = reply.fields.get("datasetRunItems")
        return rows_in(rows) if reply.ok and isinstance(rows, list) else None

    def _pending(self) -> list[OutboxEntry]:
        """Entries to link; an item whose trace was refused is not linked to nothing."""
        sent = {entry.key for entry in self._outbox.items(Stage.SENT, Stage.VISIBLE)}
        return [entry for entry in self._outbox.links(Stage.PENDING) if entry.key in sent]

    def _note(self, linked: set[str]) -> None:
        """Take what is linked for made, whoever made it."""
        self._outbox.mark(LINK, [entry.key for entry in self._pending() if entry.trace_id in linked], Stage.SENT)

    def _send_all(self, patience: Patience) -> list[str]:
        """Make what is missing, some at a time, unless another publisher is doing so; temporary failures in words."""
        while not self._ahead and (pending := self._pending()):
            failure, refused, self._ahead = self._claim(pending[0], patience)
            if failure:
                return [failure]
            # A refused link says nothing of others: the next one will.
            if not (refused or self._ahead or self._watch(patience)):
                return [ELSEWHERE]
        unclear: list[str] = []
        while not unclear and (pending := self._pending()):
            work = pending[:AT_ONCE]
            replies = in_parallel(self._http, self._concurrency, lambda entry: self._send_one(entry, patience), work)
            unclear = [failure for failure in replies if failure]
            if len(pending) > AT_ONCE:
                self._note(self.read(patience) or set())
        return unclear

    def _claim(self, entry: OutboxEntry, patience: Patience) -> tuple[str, bool, bool]:
        """Make one link: a temporary failure in words, whether it was refused, and whether it is the first one."""
        reply = self._post(entry, patience)
        failure = self._settle(entry, reply)
        if failure or not reply.ok:
            return failure, not failure, False
        own = text_of(reply.fields.get("id"))
        for seconds in SEEN_AFTER_S:
            if seconds and self._http.wait(seconds):
                break
            rows = self.rows(patience)
            if rows is None:
                break
            same = {text_of(row.get("id")): row for row in rows if row.get("traceId") == entry.trace_id}
            if own in same:
                # The server's own date, not `createdAt`, which is that of the result on both sides.
                first = min(same, key=lambda each: (text_of(same[each].get("updatedAt")), each))
                return "", False, own == first
        return "", False, True

    def _long_ago(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether all of these were written some time ago, by the server's clock."""
        written = [moment(row.get("updatedAt")) for row in rows]
        now = time.time() - self._http.ahead
        return all(each is not None and now - each > LONG_AGO_S for each in written)

    def _watch(self, patience: Patience) -> bool:
        """Let the other publisher go on, until it is done or dead; False when the time is up before."""
        seen, since = -1, self._http.clock.now()
        while self._pending():
            linked = self.read(patience)
            self._note(linked or set())
            now, left = self._http.clock.now(), len(self._pending())
            if linked is not None and left != seen:
                seen, since = left, now
            if left and now - since >= STALLED_S:
                return True
            if now >= patience.deadline or (left and self._http.wait(WATCH_S)):
                return not left
        return True

    def _send_one(self, entry: OutboxEntry, patience: Patience) -> str:
        return self._settle(entry, self._post(entry, patience))

    def _settle(self, entry: OutboxEntry, reply: Answer) -> str:
        self._progress()
        if reply.temporary:
            return reply.said
        stage = Stage.SENT if reply.ok else Stage.REJECTED
        self._outbox.mark(LINK, [entry.key], stage, "" if reply.ok else reply.said)
        return ""

    def _post(self, entry: OutboxEntry, patience: Patience) -> Answer:
        experiment = self._outbox.experiment
        body: dict[str, Any] = {
            "runName": experiment.name, "datasetItemId": entry.item_id, "traceId": entry.trace_id,
            "observationId": entry.root, "metadata": dict(experiment.metadata),
        }  # fmt: skip
        if experiment.description:
            body["runDescription"] = experiment.description
        if self._with_dates:
            # The run is as old as its results, not as its publication; readers look for traces around this date.
            body["createdAt"] = iso(entry.start_ns)
        reply = self._http.request("POST", "/dataset-run-items", patience, body=body, resend_unclear=False)
        if reply.status == 400 and "createdAt" in body and "createdAt" in reply.said:
            self._with_dates = False
            return self._post(entry, patience)
        return reply


def _traces(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str(row.get("traceId")) for row in rows}
