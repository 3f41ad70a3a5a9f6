"""Sends what an outbox holds: in batches under the size limits, split where a batch hides one bad apple."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ragtui.langfuse.api.answers import Answer
from ragtui.langfuse.api.client import LangfuseHttp, encode_json, in_parallel
from ragtui.langfuse.api.patience import Patience
from ragtui.langfuse.write.outbox import ITEM, RETRACTION, SCORE, TO_SEND, Outbox, OutboxEntry, Stage
from ragtui.langfuse.write.wire import OTLP_HEADERS, OTLP_PATH, join_encoded

MAX_SPAN_BYTES = 3_000_000
MAX_SPAN_ENTRIES = 100
MAX_SCORE_BYTES = 900_000
MAX_SCORES = 200

T = TypeVar("T")


class Batches:
    """One experiment's traces and scores on their way out.

    What a temporary failure left behind stays pending in the outbox; the next round takes it in smaller batches, so
    that one record a server chokes on does not hold up the others.

    Attributes:
        score_lists: whether the server takes several scores at once; given up for good when it says that it does not.
    """

    def __init__(
        self, http: LangfuseHttp, outbox: Outbox, *, score_lists: bool, concurrency: int, progress: Callable[[], None]
    ) -> None:
        self._http = http
        self._outbox = outbox
        self.score_lists = score_lists
        self._concurrency = concurrency
        self._progress = progress
        self._most_entries = MAX_SPAN_ENTRIES
        self._most_scores = MAX_SCORES

    def send_items(self, patience: Patience) -> str:
        """Send pending traces; the last temporary failure in words, "" when there was none."""
        entries = self._outbox.items(*TO_SEND)
        batches = sized(entries, lambda entry: len(entry.spans), MAX_SPAN_BYTES, self._most_entries)
        failures = self._each(batches, lambda batch: self._send_spans(batch, patience))
        self._most_entries = shrunk(self._most_entries, failures, entries, MAX_SPAN_ENTRIES)
        return last(failures)

    def send_scores(self, patience: Patience) -> str:
        """Send pending scores, then take back those that a later attempt no longer has."""
        scores = self._outbox.sendable_scores()
        if self.score_lists:
            batches = sized(scores, lambda score: len(encode_json(score)) + 2, MAX_SCORE_BYTES, self._most_scores)
            failures = self._each(batches, lambda batch: self._send_list(batch, patience))
            self._most_scores = shrunk(self._most_scores, failures, scores, MAX_SCORES)
        if not self.score_lists:
            failures = self._each(self._outbox.sendable_scores(), lambda score: self._send_one(score, patience))
        retracted = self._outbox.retractions(Stage.PENDING)
        failures += self._each(retracted, lambda score: self._retract(score, patience))
        return last(failures)

    def _each(self, work: Sequence[T], send: Callable[[T], str]) -> list[str]:
        """Run over all work, a few at a time; failures in words."""
        failures = []
        for failure in in_parallel(self._http, self._concurrency, send, work):
            if failure:
                failures.append(failure)
            self._progress()
        self._outbox.sync()
        return failures

    def _send_spans(self, batch: Sequence[OutboxEntry], patience: Patience) -> str:
        content = join_encoded([entry.spans for entry in batch])
        reply = self._http.request("POST", OTLP_PATH, patience, content=content, headers=OTLP_HEADERS)
        keys = [entry.key for entry in batch]
        if reply.ok:
            self._outbox.mark(ITEM, keys, Stage.SENT)
            return ""
        if reply.temporary:
            return reply.said
        if len(batch) > 1:
            return self._in_halves(batch, lambda half: self._send_spans(half, patience))
        self._outbox.mark(ITEM, keys, Stage.REJECTED, reply.said)
        orphans = [score["id"] for entry in batch for score in entry.scores]
        self._outbox.mark(SCORE, orphans, Stage.REJECTED, f"its item was refused: {reply.said}")
        return ""

    def _send_list(self, batch: Sequence[Mapping[str, Any]], patience: Patience) -> str:
        if not self.score_lists:
            return ""
        reply = self._http.request("POST", "/scores", patience, body=list(batch))
        ids = [score["id"] for score in batch]
        if reply.status == 207 and not reply.fields.get("rejected"):
            reply = Answer(202)
        if reply.ok and reply.status != 207:
            self._outbox.mark(SCORE, ids, Stage.SENT)
            return ""
        if reply.temporary:
            return reply.said
        if reply.status == 400 and "expected object, received array" in reply.said:
            self.score_lists = False
            return ""
        # 207: some were taken, some refused, and the answer does not say which. Halving finds the refused ones;
        # sending the others twice is harmless.
        if len(batch) > 1:
            return self._in_halves(batch, lambda half: self._send_list(half, patience))
        self._outbox.mark(SCORE, ids, Stage.REJECTED, refusal_in(reply))
        return ""

    def _send_one(self, score: Mapping[str, Any], patience: Patience) -> str:
        reply = self._http.request("POST", "/scores", patience, body=dict(score))
        if reply.temporary:
            return reply.said
        stage = Stage.SENT if reply.ok else Stage.REJECTED
        self._outbox.mark(SCORE, [score["id"]], stage, "" if reply.ok else reply.said)
        return ""

    def _retract(self, score_id: str, patience: Patience) -> str:
        reply = self._http.request("DELETE", f"/scores/{score_id}", patience)
        if reply.temporary:
            return reply.said
        done = reply.ok or reply.status == 404
        self._outbox.mark(RETRACTION, [score_id], Stage.SENT if done else Stage.REJECTED, "" if done else reply.said)
        return ""

    @staticmethod
    def _in_halves(batch: Sequence[T], send: Callable[[Sequence[T]], str]) -> str:
        middle = len(batch) // 2
        return last([failure for half in (batch[:middle], batch[middle:]) if (failure := send(half))])


def sized(things: Sequence[T], size: Callable[[T], int], most_bytes: int, most: int) -> list[list[T]]:
    """Consecutive groups of at most `most` things and `most_bytes` bytes; a larger single thing goes alone."""
    groups: list[list[T]] = []
    room = 0
    for thing in things:
        need = size(thing)
        if not groups or need > room or len(groups[-1]) >= most:
            groups.append([])
            room = most_bytes
        groups[-1].append(thing)
        room -= need
    return groups


def shrunk(present: int, failures: Sequence[str], work: Sequence[object], most: int) -> int:
    """Batch size of the next round: halved after a failure, restored after a clean round."""
    if not failures:
        return most
    return max(1, min(present, len(work)) // 2)


def last(failures: Sequence[str]) -> str:
    """The newest failure; "" when there is none."""
    return failures[-1] if failures else ""


def refusal_in(reply: Answer) -> str:
    """Why a single score was refused."""
    errors = reply.fields.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message") or reply.said)[:300]
    return reply.said
