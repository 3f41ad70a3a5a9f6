"""Services that take a question as a job: what they reply names an address, which is asked until the answer is there.

Azure's and many others answer 202 with `Location` or `Operation-Location`; some with 200 and a state among the fields.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from ragtui.retry_after import Headers
from ragtui.runner.endpoints.calling import CallError, Fault, retry_after_seconds
from ragtui.runner.targets.template import at

ACCEPTED, SEE_OTHER = 202, (302, 303, 307, 308)
_WAITING = frozenset({
    "queued", "pending", "running", "in_progress", "processing", "started", "accepted", "created", "submitted",
    "not_started", "notstarted", "starting", "working", "progress", "received", "scheduled", "waiting", "retry",
})  # fmt: skip
_FAILED = frozenset({
    "failed", "failure", "error", "errored", "cancelled", "canceled", "expired", "timeout", "timed_out", "revoked",
    "rejected", "aborted",
})  # fmt: skip
_HEADERS = ("Operation-Location", "Azure-AsyncOperation", "Location")
_FIELDS = ("status_url", "statusUrl", "statusQueryGetUri", "poll_url", "polling_url", "operation_url", "result_url",
           "resultUrl", "results_url", "response_url", "urls.get", "links.self", "_links.self.href")  # fmt: skip
_RESULTS = ("result_url", "resultUrl", "results_url", "response_url")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.2, 5.0
_MOST_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class JobReply:
    """What one request got: status, headers, and the body as it was read."""

    status: int
    headers: Headers
    value: Any


def state(value: Any) -> str:
    """What a job says of itself, in small letters; nothing where it says nothing that is known."""
    said = next((value[name] for name in ("status", "state") if isinstance(value.get(name), str)), "") if isinstance(
        value, Mapping) else ""  # fmt: skip
    word = re.sub(r"[\s-]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", said)).lower()
    return word if word in _WAITING | _FAILED else ""


def is_waiting(value: Any) -> bool:
    """Whether an object says that its answer is yet to come."""
    return state(value) in _WAITING


def way_out(value: Mapping[str, Any]) -> str:
    """How a plan names the address of a job that does not name it itself."""
    name = next((str(name) for name in value if re.search(r"id$", str(name), re.IGNORECASE)), "id")
    return f'it is a job ({state(value)}): poll = "/jobs/{{{name}}}" in [target] says where its answer will be'


async def followed(
    first: JobReply, asked: str, poll: str, get: Callable[[str], Awaitable[JobReply]], timeout_s: float
) -> Any:
    """The answer of a job.

    Args:
        first: what was replied to the question.
        asked: the address that was asked.
        poll: the plan's own template of the job's address; empty for the one that the service names.
        get: asks an address.

    Raises:
        CallError: the job failed, took too long, or is on another host, which the headers are not meant for.
    """
    began, pause = time.monotonic(), _FIRST_PAUSE_S
    reply, url = first, _named(first, asked, poll)
    if not url:
        return first.value
    place = url
    for _ in range(_MOST_LOOKS):
        wait = retry_after_seconds(reply.headers) or pause
        if time.monotonic() - began + wait > timeout_s:
            # No timeout, which would be tried again: that would start another job.
            raise CallError(Fault.REQUEST, f"the job at {place} was not done within timeout_s; raise it in the plan")
        await asyncio.sleep(wait)
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)
        try:
            reply = await get(place)
        except CallError as failure:
            if failure.fault not in (Fault.SERVER, Fault.TOO_MANY, Fault.BROKEN, Fault.CONNECTION):
                raise
            continue  # the job goes on, whatever becomes of one look at it
        if state(reply.value) in _FAILED:
            raise CallError(Fault.REQUEST, f"the job failed: {str(reply.value)[:500]}")
        if reply.status in SEE_OTHER:
            place, pause = _same_host(urljoin(place, reply.headers.get("Location") or ""), asked), 0.0
        elif reply.status != ACCEPTED and not is_waiting(reply.value):
            elsewhere = _address(reply.value, _RESULTS)
            if not elsewhere or urljoin(place, elsewhere) == place:
                return reply.value
            place, pause = _same_host(urljoin(place, elsewhere), asked), 0.0
    raise CallError(Fault.REQUEST, f"the job at {place} leads from one address to the next without end")


def _named(first: JobReply, asked: str, poll: str) -> str:
    """Where a job's answer will be; nothing where the reply is the answer."""
    if poll:
        return _same_host(urljoin(asked, re.sub(r"\{([^{}]+)\}", lambda hit: _part(first.value, hit[1]), poll)), asked)
    if first.status != ACCEPTED and not is_waiting(first.value):
        return ""
    said = next((found for name in _HEADERS if (found := first.headers.get(name))), "") or _address(first.value)
    return _same_host(urljoin(asked, said), asked) if said else ""


def _part(value: Any, path: str) -> str:
    found = at(value, path)
    if not isinstance(found, str | int):
        raise CallError(Fault.REQUEST, f"poll names {{{path}}}, and the reply has none: {str(value)[:300]}")
    return quote(str(found), safe="")


def _address(value: Any, names: tuple[str, ...] = _FIELDS) -> str:
    found = (at(value, name) for name in names) if isinstance(value, Mapping) else ()
    return next((one for one in found if isinstance(one, str) and one), "")


def _same_host(url: str, asked: str) -> str:
    if urlsplit(url)[:2] != urlsplit(asked)[:2]:
        host = urlsplit(url).netloc
        raise CallError(Fault.REQUEST, f"the answer is on another host, {host}: the plan's headers are not for it")
    return url
