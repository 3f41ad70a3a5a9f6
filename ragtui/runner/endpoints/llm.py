"""Models behind OpenAI-compatible endpoints. `failures` and this module alone know the `openai` package.

Its own retries are switched off: the runner counts, limits and reports every call itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import httpx2  # the HTTP interface that openai 3 is built on
import openai
from openai.types.chat import ChatCompletion

from ragtui.files.body import ENCODINGS
from ragtui.runner.endpoints.batches import DISCOUNT, BatchQueue
from ragtui.runner.endpoints.calling import Caller, CallError, CallPatience, Fault, Note, Usage
from ragtui.runner.endpoints.connections import MOST_FILE, MOST_REPLY, NO_LIMIT, body_of, is_loopback, trusted
from ragtui.runner.endpoints.counting import estimated_tokens, whole_count
from ragtui.runner.endpoints.failures import told_apart
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.endpoints.remembering import ReplyCache
from ragtui.runner.plan.plan import ModelUse, Price
from ragtui.runner.plan.secrets import filled, key_variable, secret_from, variables_in

Message = Mapping[str, str]
T = TypeVar("T")

_SHORT = 500
_OLD_NAME = "max_tokens"
_NO = (
    r"(?:unsupported (?:value|parameter)|(?:unknown|unrecognized|unexpected|extra) (?:parameter|request argument|input)"
    r"|not (?:supported|permitted|allowed)|does not support)"
)
_UNSUPPORTED = re.compile(_NO, re.IGNORECASE)
_GAP = r"(?:[^\w.;!?]|\.(?=\S))"
_BETWEEN = rf"(?:{_GAP}+\w+){{0,4}}?{_GAP}*"
"""A few words of the same sentence."""
_OF_THE_WAY = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that say how a body travels, not what it is."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chat model said.

    Attributes:
        finish: "stop", "length", "content_filter" …
        id: the server's own, with a digest of the text; empty where it says nothing.
        latency_s: of the attempt that went through, without waiting for a place or for earlier tries.
        tokens: input and output tokens as the server counted them; empty when it does not say.
    """

    text: str
    refusal: str = ""
    finish: str = ""
    id: str = ""
    latency_s: float = 0.0
    tokens: Mapping[str, int] = field(default_factory=dict)
    cost_usd: float | None = None
    cached: bool = False
    """Whether it comes out of the response cache, so that nothing was asked and nothing paid."""
    aside: str = ""
    """What stands elsewhere where there is no text: the words of a tool call, or what a model thought aloud."""

    @property
    def said(self) -> str:
        """The text, or what stands elsewhere where there is none: an answer is a text, a verdict may be either."""
        return self.text if self.text.strip() else self.aside


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """One server with one key."""

    client: openai.AsyncOpenAI
    caller: Caller
    secret: str


class _Client(openai.DefaultAioHttpClient):
    """Replies are read with a bound, and a redirect is followed to the same server only."""

    async def send(self, request: httpx2.Request, *, stream: bool = False, **how: Any) -> httpx2.Response:
        """Send it; the reply is whole unless it is wanted as a stream."""
        response = await super().send(request, stream=True, **how)
        for _ in range(_MOST_HOPS):
            onward = response.next_request
            if onward is None or onward.method != request.method or _origin(onward) != _origin(request):
                break  # headers of a plan may hold keys that are meant for this address alone
            await response.aclose()
            response = await super().send(onward, stream=True, **how)
        if stream:
            return response
        most = MOST_FILE if "/files/" in request.url.path else MOST_REPLY
        try:
            packed = response.headers.get("Content-Encoding", "")
            body = await body_of(response.aiter_raw(), packed, response.status_code, most)
        finally:
            await response.aclose()
        plain = [(name, value) for name, value in response.headers.multi_items() if name not in _OF_THE_WAY]
        return httpx2.Response(response.status_code, headers=plain, content=body, request=response.request)


_MOST_HOPS = 3


def _origin(request: httpx2.Request) -> tuple[str, str, int | None]:
    return request.url.scheme, request.url.host, request.url.port


class Models:
    """All endpoints of one run; close it when done."""

    def __init__(
        self,
        *,
        concurrency: int,
        patience: CallPatience,
        usage: Usage,
        prices: Mapping[str, Price],
        note: Note,
        redirect: str = "",
        free: bool = False,
        cache: ReplyCache | None = None,
        batches: BatchQueue | None = None,
    ) -> None:
        """Make an empty set; clients are opened at first use.

        Args:
            redirect: base URL that replaces every other, for simulated and local models.
            free: calls cost nothing (simulated and local models).
            cache: replies kept from earlier runs; None to keep none.
            batches: the queue for models that are asked through one.
        """
        self._concurrency, self._patience, self._usage = concurrency, patience, usage
        self._prices, self._note, self._redirect, self._free = prices, note, redirect, free
        self._cache, self._batches = cache, batches
        self._refused: dict[tuple[str, str], set[object]] = {}
        self._taken: dict[tuple[str, str], set[str]] = {}
        """Settings that a model has answered with: what it refuses later is the question, not these."""
        self._endpoints: dict[tuple[object, ...], _Endpoint] = {}

    async def chat(
        self,
        use: ModelUse,
        messages: Sequence[Message],
        *,
        seed: int | None = None,
        response_format: Mapping[str, Any] | None = None,
        what: str = "",
        memory: str = "",
    ) -> Reply:
        """One answer.

        Args:
            memory: names item and repeat to the response cache; empty to ask in any case.

        Raises:
            CallError: after all tries.
            UsageError: the key's variable is not set.
        """
        endpoint = self._endpoint(use)
        optional = {
            "temperature": use.temperature,
            "top_p": use.top_p,
            "max_tokens": use.max_tokens,
            "seed": seed,
            "response_format": response_format,
        }
        body: dict[str, Any] = {name: value for name, value in optional.items() if value is not None}
        body.update(model=use.model, messages=list(messages))
        body.update(use.extra)
        kept = None if self._cache is None or not memory else self._cache.place(use.base_url, body, what, memory)
        if kept is not None and self._cache is not None and (known := self._cache.read(kept)) is not None:
            self._usage.cached_calls += 1
            return replace(Reply(**known), cached=True, cost_usd=None)
        taken = self._taken.setdefault((use.base_url, use.model), set())
        try:
            reply = await self._asked(endpoint, use, self._renamed(use, body), what, memory)
        except CallError as failure:
            if _OLD_NAME not in body or _OLD_NAME in taken or not wants_other_name(failure):
                raise _for_good(failure, use.model, body, taken) from failure
            self.refuses(use, _OLD_NAME, str(failure))
            reply = await self._asked(endpoint, use, self._renamed(use, body), what, memory)
        else:
            taken.update(self._renamed(use, body))
        if kept is not None and self._cache is not None:
            self._cache.write(kept, asdict(reply))
        return reply

    def _renamed(self, use: ModelUse, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The request by the names that this model takes."""
        if _OLD_NAME not in self._refused.get((use.base_url, use.model), ()):
            return body
        return {"max_completion_tokens" if name == "max_tokens" else name: value for name, value in body.items()}

    async def _asked(
        self, endpoint: _Endpoint, use: ModelUse, body: Mapping[str, Any], what: str, memory: str
    ) -> Reply:
        messages = body["messages"]
        asked = sum(estimated_tokens(message.get("content", "")) for message in messages)

        async def attempt() -> Reply:
            began = time.perf_counter()
            with told_apart(endpoint.secret):
                # not chat.completions.create(): it walks every message for keys to rename, a third of a call's CPU
                completion = await endpoint.client.post("/chat/completions", cast_to=ChatCompletion, body=body)
                return self._reply(use, completion, time.perf_counter() - began, asked, what)

        if not (use.batch and self._batches is not None and not self._redirect):
            return await endpoint.caller.call(attempt, what)
        self._usage.count_call()
        answer = await self._batches.ask(endpoint.client, use.base_url, body, f"{what} {memory}")
        with told_apart(endpoint.secret):
            return self._reply(use, ChatCompletion.construct(**answer), 0.0, asked, what, share=DISCOUNT)

    def ways_left(self, use: ModelUse, ways: Sequence[T]) -> Sequence[T]:
        """Ways to ask for JSON that this model's endpoint has not refused yet; the last one in any case."""
        refused = self._refused.get((use.base_url, use.model), set())
        return [way for way in ways if way not in refused] or ways[-1:]

    def refuses(self, use: ModelUse, way: object, why: str) -> None:
        """Remember that an endpoint does not take a way to ask for JSON."""
        known = self._refused.setdefault((use.base_url, use.model), set())
        if way not in known:
            known.add(way)
            other = "asked for max_completion_tokens" if way == _OLD_NAME else "asked without it"
            self._note("fallback", {"message": f"{use.model} does not take {way}: {other} ({why[:200]})"})

    async def embed(self, use: ModelUse, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order.

        Raises:
            CallError: after all tries.
        """
        endpoint = self._endpoint(use)

        async def attempt() -> list[list[float]]:
            with told_apart(endpoint.secret):
                answer = await endpoint.client.embeddings.create(
                    model=use.model, input=list(texts), encoding_format="float"
                )
                data = sorted(answer.data, key=lambda entry: entry.index)
                if len(data) != len(texts):
                    raise CallError(Fault.BAD_REPLY, f"{len(data)} vectors for {len(texts)} texts")
                tokens = whole_count(getattr(answer.usage, "total_tokens", None))
                asked = sum(map(estimated_tokens, texts)) if tokens is None else tokens
                self._count(use, "embed", asked, 0, estimated=tokens is None)
                return [entry.embedding for entry in data]

        return await endpoint.caller.call(attempt, "embed")

    def callers(self) -> list[Caller]:
        """One for each endpoint in use."""
        return [endpoint.caller for endpoint in self._endpoints.values()]

    async def close(self) -> None:
        """Close all connections; batches under way go on at the provider."""
        if self._batches is not None:
            await self._batches.close()
        for endpoint in self._endpoints.values():
            await endpoint.client.close()

    def _endpoint(self, use: ModelUse) -> _Endpoint:
        url = self._redirect or use.base_url
        name = (url, use.api_key_env, *use.headers.items(), *use.query.items())
        if name not in self._endpoints:
            key = "none" if self._redirect else _key_of(use)
            headers = {} if self._redirect else filled(use.headers, use.model)[0]
            query = {} if self._redirect else dict(use.query)
            caller = Caller(Limiter(self._concurrency), self._patience, self._usage, self._note)
            self._endpoints[name] = _Endpoint(self._client(url, key, headers, query), caller, key)
        return self._endpoints[name]

    def _client(self, url: str, key: str, headers: dict[str, str], query: dict[str, Any]) -> openai.AsyncOpenAI:
        """A client over aiohttp: with 1,000 calls at once it costs a sixth of what the default transport does."""
        timeout_s = self._patience.timeout_s + 5  # the caller's own timeout comes first, and covers slow bodies
        limits = httpx2.Limits(max_connections=NO_LIMIT, keepalive_expiry=30)
        http = _Client(
            limits=limits, trust_env=not is_loopback(url), timeout=timeout_s, verify=trusted(),
            follow_redirects=False,  # `_Client` does it
        )  # fmt: skip
        return openai.AsyncOpenAI(
            base_url=url or None, api_key=key, max_retries=0, timeout=timeout_s, http_client=http,
            default_headers={"Accept-Encoding": ENCODINGS, **headers}, default_query=query,
        )  # fmt: skip

    def _reply(
        self, use: ModelUse, completion: Any, latency_s: float, asked: int, what: str, share: float = 1.0
    ) -> Reply:
        choices = getattr(completion, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise CallError(Fault.BAD_REPLY, "no choices in the reply", raw=str(completion)[:_SHORT])
        choice = choices[0]
        text, refusal = _content(choice.message.content), _text(getattr(choice.message, "refusal", None))
        tokens = _tokens(completion.usage)
        counted = tokens or {"input": asked, "output": estimated_tokens(text or refusal)}
        cost = self._count(use, what, counted["input"], counted["output"], estimated=not tokens, share=share)
        return Reply(
            text=text,
            refusal=refusal,
            finish=_text(choice.finish_reason),
            id=_known_by(_text(completion.id), text or refusal),
            latency_s=latency_s,
            tokens=tokens,
            cost_usd=cost,
            aside="" if text.strip() else _aside(choice.message, _text(choice.finish_reason)),
        )

    def _count(
        self, use: ModelUse, what: str, input_tokens: int, output_tokens: int, *, estimated: bool, share: float = 1.0
    ) -> float | None:
        """Add to what is used; returns what the call cost, None where nobody knows exactly."""
        self._usage.count_reply(what, use.model, input_tokens, output_tokens)
        self._usage.estimated_calls += estimated
        price = self._prices.get(use.model)
        if self._free:
            return None
        if price is None:
            self._usage.unpriced_calls += 1
            return None
        cost = share * price.of(input_tokens, output_tokens)
        self._usage.cost_usd += cost
        return None if estimated else cost


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _content(value: Any) -> str:
    """The text of a message, of a list of parts as well."""
    if not isinstance(value, list):
        return _text(value)
    return "".join(_text(_of(part, "text")) for part in value if _of(part, "type") in (None, "text", "output_text"))


def _of(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def _aside(message: Any, finish: str) -> str:
    """What a message without a text says elsewhere; a thought that was cut off says nothing yet."""
    calls = [_of(call, "function") for call in _of(message, "tool_calls") or ()]
    words = [_text(_of(call, "arguments")) for call in (*calls, _of(message, "function_call"))]
    thought = next((said for name in _THOUGHTS if (said := _text(_of(message, name)))), "")
    return next(filter(None, words), "" if finish == "length" else thought)


_THOUGHTS = ("reasoning_content", "reasoning")


def _known_by(reply: str, text: str) -> str:
    """What a reply from a cache would have in common with the first: its id and its text. Ollama draws ids from a
    thousand, so that a short number says nothing."""
    if not reply or _SHORT_NUMBER.fullmatch(reply):
        return ""
    return f"{reply} {hashlib.blake2b(text.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


_SHORT_NUMBER = re.compile(r"\D*\d{1,4}")


def _tokens(usage: Any) -> dict[str, int]:
    """Input and output tokens as the server counted them; empty where it did not, or said what cannot be."""
    read, written = (whole_count(getattr(usage, name, None)) for name in ("prompt_tokens", "completion_tokens"))
    return {} if read is None or written is None or not read + written else {"input": read, "output": written}


def wants_other_name(failure: CallError) -> bool:
    """Whether a model takes the number of tokens by its new name alone. vLLM names both when one asks too long."""
    said = str(failure)
    names_it = "max_completion_tokens" in said and _OLD_NAME in said
    return failure.fault is Fault.REQUEST and names_it and bool(_UNSUPPORTED.search(said) or _INSTEAD.search(said))


_INSTEAD = re.compile(r"use\W+max_completion_tokens", re.IGNORECASE)


def _for_good(failure: CallError, model: str, sent: Mapping[str, Any], taken: Collection[str]) -> CallError:
    """The failure as one that every call meets, where a model refuses a setting that the plan makes.

    Not where it has answered with that setting before, where the refusal names another part of the request first, such
    as the way to ask for JSON, and where the words are those of the question, which some servers repeat.
    """
    said = str(failure).removeprefix(f"{failure.fault}: ")
    parts = ((name, re.search(rf"\b{re.escape(name)}\b", said)) for name in sent if name != "model")
    places = {name: found.start() for name, found in parts if found is not None}
    name = min(places, key=places.__getitem__, default="")
    if failure.fault is not Fault.REQUEST or name not in _SETTINGS or name in taken:
        return failure
    refused = re.search(rf"{_NO}{_BETWEEN}\b{name}\b|\b{name}\b{_BETWEEN}{_NO}", said, re.IGNORECASE)
    if refused is None or any(refused[0] in str(message.get("content")) for message in sent["messages"]):
        return failure
    return CallError(Fault.SETTING, f"{name} of {model}: {said}", raw=failure.raw)


_SETTINGS = ("temperature", "top_p", "max_tokens", "seed", "reasoning_effort", "frequency_penalty", "presence_penalty")


def _key_of(use: ModelUse) -> str:
    name = key_variable(use)
    return secret_from(name, use.model) if name else "none"


def missing_keys(uses: Sequence[ModelUse]) -> list[str]:
    """Names of variables that must hold a value and do not."""
    names = [name for use in uses for name in (key_variable(use), *variables_in(*use.headers.values()))]
    return [name for name in dict.fromkeys(names) if name and not os.environ.get(name)]
