"""An address as target: any method, a body made from a template, and paths into the reply."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ragtui.model import Item
from ragtui.runner.endpoints.calling import Caller, CallError, Fault, retry_after_seconds
from ragtui.runner.endpoints.counting import fault_of_status
from ragtui.runner.plan.plan import HttpTarget
from ragtui.runner.plan.secrets import HIDDEN, filled, without_secrets
from ragtui.runner.targets import jobs
from ragtui.runner.targets.answers import Answered, answered, text_in, tokens_of
from ragtui.runner.targets.base import Pipeline, TargetError, request_of
from ragtui.runner.targets.passages import BadAnswerError, contexts_of
from ragtui.runner.targets.template import at, filled_in, laid_out
from ragtui.runner.usercode.ragtui_host.streams import BrokenStreamError, is_events, joined, lines_in

_SHOWN_PATHS = 6
_OF_TIMEOUT = 0.95
"""How much of timeout_s a job may take: past all of it the call would be tried again, and start another job."""


class HttpPipeline(Pipeline):
    """Asks one address."""

    def __init__(self, target: HttpTarget, caller: Caller) -> None:
        from ragtui.runner.endpoints.connections import session

        self._target, self._caller = target, caller
        headers, secrets = filled(target.headers, "a header")
        address, more = filled({"url": target.url}, "the address")
        self._url, self._secrets = address["url"], [*secrets, *more]
        self._session = session(headers, url=target.url, timeout_s=caller.patience.timeout_s + 5)

    async def answer(self, item: Item, repeat: str, seed: int | None) -> Answered:
        request = {**request_of(item, repeat, seed), "settings": dict(self._target.settings)}
        value, seconds = await self._caller.call(lambda: self._ask(request), "target")
        try:
            return replace(self._read(value), latency_s=seconds)
        except BadAnswerError as error:
            said = jobs.way_out(value) if jobs.is_waiting(value) and not self._target.poll else error
            raise TargetError(f"{self._target.url}: {said}") from None

    def _read(self, reply: Any) -> Answered:
        target = self._target
        stream = reply if isinstance(reply, _Stream) else None
        value = reply if stream is None else stream.whole
        if stream is not None and (target.output == "." or self._is_placed(stream.pieces)):
            found = answered(value)
        elif target.output:
            output = text_in(at(value, target.output))
            if output is None:
                has = _has(value if stream is None else _merged(stream.pieces))
                raise BadAnswerError(f"no text at {target.output!r} in the reply{has}")
            found = Answered(output) if not isinstance(value, Mapping) else answered({**value, "output": output})
        else:
            try:
                found = answered(value)
            except BadAnswerError as error:
                raise BadAnswerError(f"{error}: say where it is with output = …{_has(value)}") from None
        if target.contexts:
            given = None if stream is None else stream.passages(target.contexts)
            found = replace(found, contexts=contexts_of(at(value, target.contexts) if given is None else given))
        if target.usage:
            counts = None if stream is None else stream.counts(target.usage)
            found = replace(found, tokens=tokens_of(at(value, target.usage) if counts is None else counts))
        return found

    def _said(self, piece: Any) -> str | None:
        """A piece's text at the plan's path."""
        return text_in(at(piece, self._target.output)) if self._target.output not in ("", ".") else None

    def _is_placed(self, pieces: list[Any]) -> bool:
        return any(self._said(piece) is not None for piece in pieces)

    async def _ask(self, request: Mapping[str, Any]) -> tuple[Any, float]:
        body = self._target.body
        sent: dict[str, Any] = {}
        if isinstance(body, str):
            sent["data"] = str(laid_out(body, request, as_text=True)).encode()
        elif body is not None:
            sent["json"] = laid_out(body, request)
        elif self._target.method not in ("GET", "DELETE", "HEAD"):
            sent["json"] = request
        url = filled_in(self._url, request, lambda value: quote(str(value or ""), safe=""))
        began = time.perf_counter()
        first = await self._exchange(self._target.method, url, sent)
        value, poll = first.value, self._target.poll
        if poll or ((first.status == jobs.ACCEPTED or jobs.is_waiting(value)) and not self._is_answer(value)):
            left = _OF_TIMEOUT * self._caller.patience.timeout_s - (time.perf_counter() - began)
            value = await jobs.followed(first, url, poll, self._look, left)
        return value, time.perf_counter() - began

    async def _look(self, url: str) -> jobs.JobReply:
        return await self._exchange("GET", url, {}, of_job=True)

    def _is_answer(self, value: Any) -> bool:
        try:
            return bool(self._read(value).output)
        except (BadAnswerError, BrokenStreamError):
            return False

    async def _exchange(self, method: str, url: str, sent: Mapping[str, Any], *, of_job: bool = False) -> jobs.JobReply:
        """One request and its reply.

        Args:
            of_job: it looks at a job, which may point to its result, or say nothing yet.
        """
        from ragtui.runner.endpoints.connections import BROKEN_CONNECTION, body_of, broken_by

        try:
            # A redirect is not followed: the headers may hold keys that are meant for this address alone.
            async with self._session.request(method, url, allow_redirects=False, **sent) as response:
                raw = await body_of(
                    response.content.iter_any(), response.headers.get("Content-Encoding", ""), response.status
                )
        except BROKEN_CONNECTION as error:
            fault, said = broken_by(error)
            raise CallError(fault, self._hidden(f"{self._target.url}: {said}")) from None
        points = of_job and response.status in jobs.SEE_OTHER
        if response.status >= 300 and not points:
            text = raw.decode("utf-8", "replace")
            said = self._hidden(f"{response.status} {response.headers.get('Location', '')} {text[:300]}")
            raise CallError(fault_of_status(response.status), said, retry_after_seconds(response.headers))
        if points or (response.status == jobs.ACCEPTED and not raw.strip()):
            return jobs.JobReply(response.status, response.headers, None)
        try:
            return jobs.JobReply(
                response.status, response.headers, self._value(raw.decode(response.charset or "utf-8"))
            )
        except BrokenStreamError as error:
            raise CallError(Fault.BAD_REPLY, self._hidden(str(error))) from None
        except (ValueError, RecursionError, LookupError) as error:
            shown = self._hidden(raw[:2000].decode("utf-8", "replace"))
            said = f'not JSON ({type(error).__name__}); output = "." takes the text as it is'
            raise CallError(Fault.BAD_REPLY, said, raw=shown) from None

    def _value(self, text: str) -> Any:
        """What a reply says; of a stream of events or of lines, all that it came to."""
        if self._target.output == "." and not is_events(text):
            return text
        try:
            return json.loads(text)
        except ValueError:
            pieces = lines_in(text)
            if pieces is None:
                raise
            return _Stream(pieces, joined(pieces, self._said if self._is_placed(pieces) else None))

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return without_secrets(text)

    async def close(self) -> None:
        await self._session.close()


@dataclass(frozen=True, slots=True)
class _Stream:
    """A reply in pieces: the plan's paths are places in each, not in what they come to."""

    pieces: list[Any]
    whole: Any

    def passages(self, path: str) -> list[Any] | None:
        """Those of all pieces, each once: some streams send all again each time. None where no piece has the place."""
        given = [value for piece in self.pieces if (value := at(piece, path)) is not None]
        entries = itertools.chain.from_iterable(value if isinstance(value, list) else [value] for value in given)
        found: list[Any] = []
        for entry in entries:
            if entry != "" and entry not in found:
                found.append(entry)
        return found if given else None

    def counts(self, path: str) -> dict[str, Any] | None:
        """The last of each count."""
        given = [value for piece in self.pieces if isinstance(value := at(piece, path), Mapping)]
        return _merged(given) if given else None


def _merged(values: list[Any]) -> dict[str, Any]:
    return {
        name: entry
        for value in values if isinstance(value, Mapping)
        for name, entry in value.items() if entry is not None
    }  # fmt: skip


def _has(value: Any) -> str:
    found = list(itertools.islice(_texts_in(value, ""), _SHOWN_PATHS + 1))
    more = ", …" if len(found) > _SHOWN_PATHS else ""
    return f" (texts are at {', '.join(found[:_SHOWN_PATHS])}{more})" if found else " (it holds no text)"


def _texts_in(value: Any, path: str) -> Iterator[str]:
    """Paths of all texts, as `output` wants them."""
    if isinstance(value, str):
        yield path or "."
    inner = value.items() if isinstance(value, Mapping) else enumerate(value[:2]) if isinstance(value, list) else ()
    for name, entry in inner:
        yield from _texts_in(entry, f"{path}.{name}" if path else str(name))
