"""The provider's batch queue: many requests in one file, answered within a day at half price.

Whoever asks waits for an answer as for any call; what is asked at about the same time travels together. The journal
beside the run says which request is in which batch, so that a run that was stopped, or killed, goes on waiting and asks
nothing a second time:

    {"sent": TOKEN, "url": …, "requests": [ID, …]}   before a batch is made; the batch carries TOKEN as metadata
    {"batch": BATCH, "sent": TOKEN}                  after it was made
    {"over": TOKEN, "unanswered": [ID, …]}           when it ended; what it answered stays with the provider to be read

A line of the first kind without one of the second is a batch that may have been made: the provider is asked for its
batches, and one with the token is adopted. A request that a batch did not answer (it expired, was cancelled, or the
line holds a server error) goes into the next batch, `TRIES` times at most.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from ragtui.errors import InputError
from ragtui.files.atomic import write_error
from ragtui.files.regular import append_regular, read_regular
from ragtui.runner.endpoints.calling import CallError, Fault, Note
from ragtui.runner.endpoints.counting import fault_of_status

if TYPE_CHECKING:
    import openai

JOURNAL = "batches.jsonl"
DISCOUNT = 0.5
"""What a call in the queue costs, in parts of the ordinary price."""

TRIES = 3
MOST_REQUESTS, MOST_BYTES = 50_000, 190 * 1024 * 1024
"""Of one batch; the API takes 50,000 requests and 200 MB."""

_QUIET_S = 1.0
"""A batch is sent when nothing was asked for so long: those who ask come in waves."""

_FIRST_POLL_S, _LONGEST_POLL_S = 1.0, 60.0
_OVER = frozenset({"completed", "failed", "expired", "cancelled"})
_PATH: Final = "/v1/chat/completions"


@dataclass(eq=False, slots=True)
class _Request:
    """One request that somebody waits for."""

    id: str
    body: Mapping[str, Any]
    answer: asyncio.Future[dict[str, Any]]
    tries: int = 0


@dataclass(slots=True)
class _Sent:
    """What the journal knows of one batch."""

    token: str
    url: str
    requests: frozenset[str]
    batch: str = ""


@dataclass(slots=True)
class _Queue:
    """Requests for one server."""

    client: openai.AsyncOpenAI
    url: str
    waiting: dict[str, _Request] = field(default_factory=dict)
    asked_at: float = 0.0
    task: asyncio.Task[None] | None = None


class BatchQueue:
    """Answers requests through batches.

    Args:
        folder: the run folder, where the journal is.
        note: told of batches that are made and how far they got.
        poll_s: longest pause between two looks at a batch.
    """

    def __init__(self, folder: Path, note: Note, poll_s: float = _LONGEST_POLL_S) -> None:
        self._path, self._note, self._poll_s = folder / JOURNAL, note, poll_s
        self._sent = _read_journal(self._path)
        self._queues: dict[str, _Queue] = {}

    async def ask(self, client: openai.AsyncOpenAI, url: str, body: Mapping[str, Any], name: str) -> dict[str, Any]:
        """The completion of one request, as JSON, when its batch is done.

        Args:
            url: of the server, so that batches of several do not mix.
            name: what the request is for, such as "judge faithfulness 017 2"; with the body it makes the request's id.

        Raises:
            CallError: the provider refuses it, or did not answer it in `TRIES` batches.
        """
        loop = asyncio.get_running_loop()
        request = _Request(request_id(url, body, name), body, loop.create_future())
        queue = self._queues.setdefault(url, _Queue(client, url))
        known = queue.waiting.get(request.id)
        if known is not None:
            return await asyncio.shield(known.answer)
        queue.waiting[request.id] = request
        queue.asked_at = time.monotonic()
        if queue.task is None or queue.task.done():
            queue.task = asyncio.create_task(self._serve(queue))
        try:
            return await request.answer
        finally:
            queue.waiting.pop(request.id, None)

    async def close(self) -> None:
        """Stop looking; the batches go on at the provider, and the journal knows them."""
        tasks = [queue.task for queue in self._queues.values() if queue.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- one server --------------------------------------------------------------------------------------------------

    async def _serve(self, queue: _Queue) -> None:
        """Send what is asked and hand out what comes back, until nobody waits."""
        try:
            await self._adopt(queue)
            pause = _FIRST_POLL_S
            while queue.waiting:
                open_batches = self._open(queue)
                under_way = frozenset().union(*(sent.requests for sent in open_batches))
                fresh = [one for one in queue.waiting.values() if one.id not in under_way]
                if fresh and time.monotonic() - queue.asked_at >= min(_QUIET_S, self._poll_s):
                    for part in _parts(fresh):
                        await self._send(queue, part)
                    pause = _FIRST_POLL_S
                    continue
                for sent in open_batches:
                    if await self._look(queue, sent):
                        pause = _FIRST_POLL_S
                await asyncio.sleep(min(pause, self._poll_s) if not fresh else min(_QUIET_S, self._poll_s))
                pause = min(pause * 1.5, self._poll_s)
        except CallError as failure:
            _fail(queue, failure)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            _fail(queue, CallError(Fault.BAD_REPLY, f"batch queue: {type(error).__name__}: {error}"))

    def _open(self, queue: _Queue) -> list[_Sent]:
        """Batches with a request that somebody waits for."""
        return [one for one in self._sent.values() if one.batch and one.url == queue.url
                and any(request in queue.waiting for request in one.requests)]  # fmt: skip

    async def _send(self, queue: _Queue, requests: list[_Request]) -> None:
        token = uuid.uuid4().hex
        sent = _Sent(token, queue.url, frozenset(one.id for one in requests))
        lines = b"".join(_line(one) for one in requests)
        uploaded = await _call(queue.client.files.create(file=(f"{token}.jsonl", lines), purpose="batch"))
        self._write({"sent": token, "url": queue.url, "requests": sorted(sent.requests)})
        self._sent[token] = sent
        made = await _call(
            queue.client.batches.create(
                input_file_id=uploaded.id,
                endpoint=_PATH,
                completion_window="24h",
                metadata={"ragtui": token},
            )
        )
        sent.batch = str(made.id)
        self._write({"batch": sent.batch, "sent": token})
        for one in requests:
            one.tries += 1
        self._note("batch", {"message": f"{len(requests)} requests sent as {sent.batch}"})

    async def _look(self, queue: _Queue, sent: _Sent) -> bool:
        """Look at a batch; when it is over, hand out its answers. Whether it was over."""
        try:
            batch = await _call(queue.client.batches.retrieve(sent.batch))
        except CallError as failure:
            if failure.fault is Fault.NOT_FOUND:
                self._end(queue, sent, frozenset(), f"{sent.batch} is not there any more")
                return True
            if failure.hopeless:
                raise
            self._note("retry", {"what": "batch", "fault": failure.fault.value})  # a look that is lost costs nothing
            return False
        if batch.status not in _OVER:
            return False
        answered: set[str] = set()
        for name in (batch.output_file_id, batch.error_file_id):
            if name:
                answered |= self._hand_out(queue, await self._content(queue, name))
        self._end(queue, sent, frozenset(answered), f"{sent.batch} {batch.status}")
        return True

    async def _content(self, queue: _Queue, name: str) -> bytes:
        content = await _call(queue.client.files.content(name))
        return bytes(content.content)

    def _hand_out(self, queue: _Queue, content: bytes) -> set[str]:
        """Give every answer to whoever waits for it; returns whose answers are there."""
        answered = set()
        for line in content.splitlines():
            with suppress(orjson.JSONDecodeError):
                said = orjson.loads(line)
                answer = _answer(said) if isinstance(said, dict) else None
                if answer is None:  # a server error, or a line that cannot be read: asked again
                    continue
                name = str(said.get("custom_id"))
                answered.add(name)
                request = queue.waiting.get(name)
                if request is None or request.answer.done():
                    continue
                if isinstance(answer, CallError):
                    request.answer.set_exception(answer)
                else:
                    request.answer.set_result(answer)
        return answered

    def _end(self, queue: _Queue, sent: _Sent, answered: frozenset[str], words: str) -> None:
        """A batch that is over: what it left unanswered is asked again, or given up."""
        unanswered = sent.requests - answered
        said = f"{words}: {len(sent.requests) - len(unanswered)} of {len(sent.requests)} answered"
        sent.requests -= unanswered
        self._write({"over": sent.token, "unanswered": sorted(unanswered)})
        self._note("batch", {"message": said})
        for name in unanswered:
            request = queue.waiting.get(name)
            if request is not None and not request.answer.done() and request.tries >= TRIES:
                failure = CallError(Fault.SERVER, f"unanswered in {request.tries} batches; the last: {said}")
                request.answer.set_exception(failure)
        queue.asked_at = 0.0

    async def _adopt(self, queue: _Queue) -> None:
        """Find batches that were made, but whose making was not written down any more."""
        orphans = {one.token: one for one in self._sent.values() if not one.batch and one.url == queue.url}
        if not orphans:
            return
        found = await _call(queue.client.batches.list(limit=100))
        async for batch in found:
            token = str((batch.metadata or {}).get("ragtui", ""))
            if token in orphans:
                orphans.pop(token).batch = str(batch.id)
                self._write({"batch": str(batch.id), "sent": token})
        for token in orphans:  # never made
            gone = self._sent.pop(token)
            self._write({"over": token, "unanswered": sorted(gone.requests)})

    def _write(self, entry: Mapping[str, Any]) -> None:
        try:
            with append_regular(self._path) as file:
                file.write(orjson.dumps(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise write_error(self._path, error) from error


def request_id(url: str, body: Mapping[str, Any], name: str) -> str:
    """The id of a request: the same for the same question about the same thing, so that it is known again."""
    content = orjson.dumps([url, name, dict(body)], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:48]


def _line(request: _Request) -> bytes:
    entry = {"custom_id": request.id, "method": "POST", "url": _PATH, "body": dict(request.body)}
    return orjson.dumps(entry) + b"\n"


def _parts(requests: list[_Request]) -> Iterator[list[_Request]]:
    """Requests in portions that one batch may hold."""
    part: list[_Request] = []
    size = 0
    for one in requests:
        length = len(_line(one))
        if part and (len(part) == MOST_REQUESTS or size + length > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += length
    if part:
        yield part


def _read_journal(path: Path) -> dict[str, _Sent]:
    """Batches that may still be under way."""
    found: dict[str, _Sent] = {}
    try:
        lines = read_regular(path).splitlines()
    except FileNotFoundError:
        return found
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})", "Check its rights.") from error
    for line in lines:
        with suppress(orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            entry = orjson.loads(line)
            if "requests" in entry:
                requests = frozenset(map(str, entry["requests"]))
                found[str(entry["sent"])] = _Sent(str(entry["sent"]), str(entry["url"]), requests)
            elif "batch" in entry:
                found[str(entry["sent"])].batch = str(entry["batch"])
            elif "over" in entry:
                found[str(entry["over"])].requests -= frozenset(map(str, entry["unanswered"]))
    return found


def _fail(queue: _Queue, failure: CallError) -> None:
    for request in queue.waiting.values():
        if not request.answer.done():
            request.answer.set_exception(failure)


def _answer(said: Mapping[str, Any]) -> dict[str, Any] | CallError | None:
    """A completion, a refusal that would come again, or None for what is worth another try."""
    response = said.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    status = response.get("status_code") if isinstance(response, dict) else None
    if status == 200 and isinstance(body, dict):
        return body
    if isinstance(status, int) and fault_of_status(status) is Fault.REQUEST:
        return CallError(Fault.REQUEST, _message(said))
    return None


def _message(said: Mapping[str, Any]) -> str:
    response = said.get("response")
    body = response.get("body") if isinstance(response, dict) else said
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("message") if isinstance(error, dict) else error)[:300]


async def _call(what: Any) -> Any:
    from ragtui.runner.endpoints.failures import told_apart

    with told_apart(""):
        return await what
