"""Dataset runs of servers before v4: each item's trace is linked to the run, and a link is not idempotent.

A link that is repeated stands twice, and concurrent first links made several runs of one name (langfuse PR 8494). So
the first goes alone, the rest at most four at a time, and whatever may have arrived is looked for before it is resent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp, in_parallel, path_value
from ragtui.langfuse.api.pages import numbered
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.api.shapes.plain import rows_in, text_of
from ragtui.langfuse.write.mirror import iso
from ragtui.langfuse.write.outbox import LINK, Outbox, OutboxEntry, Stage

MOST_PARALLEL = 4
LOOK_AGAIN_S = (2.0, 5.0, 10.0, 15.0)
"""A link may be readable only some seconds after it was made; resending earlier would double it."""


class Links:
    """Links one experiment's traces to the dataset run of the same name."""

    def __init__(self, http: LangfuseHttp, outbox: Outbox, concurrency: int, progress: Callable[[], None]) -> None:
        self._http = http
        self._outbox = outbox
        self._concurrency = min(concurrency, MOST_PARALLEL)
        self._progress = progress
        self._with_dates = True

    def send(self, patience: Patience) -> str:
        """Make the links that are missing; the last temporary failure in words, "" when there was none."""
        pending = self._pending()
        if not pending:
            return ""
        linked = self.read(patience)
        if linked is None:
            return "the dataset run cannot be read, so nothing is linked twice"
        self._outbox.mark(LINK, [entry.key for entry in pending if entry.trace_id in linked], Stage.SENT)
        pending = self._pending()
        unclear = self._send_all(pending[:1], patience) if not linked else []
        if not unclear and pending:
            unclear = self._send_all(self._pending(), patience)
        failure = unclear[-1] if unclear else ""
        for seconds in LOOK_AGAIN_S if failure else ():
            if self._http.wait(seconds):
                break
            found = self.read(patience) or set()
            self._outbox.mark(LINK, [entry.key for entry in self._pending() if entry.trace_id in found], Stage.SENT)
        self._outbox.sync()
        return failure if self._pending() else ""

    def read(self, patience: Patience) -> set[str] | None:
        """Trace ids linked so far; None when the server does not answer."""
        rows = self.rows(patience)
        return None if rows is None else {str(row.get("traceId")) for row in rows}

    def doubled(self, patience: Patience) -> int:
        """Items whose one trace is linked more than once: two who publish a run from two machines at once do not see
        each other, and this surface can neither make a link only once nor take one back."""
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

    def _send_all(self, entries: list[OutboxEntry], patience: Patience) -> list[str]:
        replies = in_parallel(self._http, self._concurrency, lambda entry: self._send_one(entry, patience), entries)
        return [failure for failure in replies if failure]

    def _send_one(self, entry: OutboxEntry, patience: Patience) -> str:
        reply = self._post(entry, patience)
        if reply.status == 400 and self._with_dates and "createdAt" in reply.said:
            self._with_dates = False
            reply = self._post(entry, patience)
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
        return self._http.request("POST", "/dataset-run-items", patience, body=body, resend_unclear=False)
