"""Models behind OpenAI-compatible endpoints. `failures` and this module alone know the `openai` package.

Its own retries are switched off: the runner counts, limits and reports every call itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

import httpx2  # the HTTP interface that openai 3 is built on
import openai
from openai.types.chat import ChatCompletion

from ragtui.runner.endpoints.batches import DISCOUNT, BatchQueue
from ragtui.runner.endpoints.calling import Caller, CallError, CallPatience, Fault, Note, Usage
from ragtui.runner.endpoints.connections import NO_LIMIT, is_loopback, trusted
from ragtui.runner.endpoints.counting import estimated_tokens, whole_count
from ragtui.runner.endpoints.failures import told_apart
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.endpoints.remembering import ReplyCache
from ragtui.runner.plan.plan import ModelUse, Price
from ragtui.runner.plan.secrets import filled, key_variable, secret_from, variables_in

Message = Mapping[str, str]
T = TypeVar("T")

_SHORT = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What a chat model said.

    Attributes:
        finish: "stop", "length", "content_filter" …
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


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """One server with one key."""

    client: openai.AsyncOpenAI
    caller: Caller
    secret: str


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
        asked = sum(estimated_tokens(message.get("content", "")) for message in messages)

        async def attempt() -> Reply:
            began = time.perf_counter()
            with told_apart(endpoint.secret):
                # not chat.completions.create(): it walks every message for keys to rename, a third of a call's CPU
                completion = await endpoint.client.post("/chat/completions", cast_to=ChatCompletion, body=body)
                return self._reply(use, completion, time.perf_counter() - began, asked, what)

        kept = None if self._cache is None or not memory else self._cache.place(use.base_url, body, what, memory)
        if kept is not None and self._cache is not None and (known := self._cache.read(kept)) is not None:
            self._usage.cached_calls += 1
            return replace(Reply(**known), cached=True, cost_usd=None)
        if use.batch and self._batches is not None and not self._redirect:
            self._usage.count_call()
            answer = await self._batches.ask(endpoint.client, use.base_url, body, f"{what} {memory}")
            with told_apart(endpoint.secret):
                completion = ChatCompletion.model_validate(answer)
                reply = self._reply(use, completion, 0.0, asked, what, share=DISCOUNT)
        else:
            reply = await endpoint.caller.call(attempt, what)
        if kept is not None and self._cache is not None:
            self._cache.write(kept, asdict(reply))
        return reply

    def ways_left(self, use: ModelUse, ways: Sequence[T]) -> Sequence[T]:
        """Ways to ask for JSON that this model's endpoint has not refused yet; the last one in any case."""
        refused = self._refused.get((use.base_url, use.model), set())
        return [way for way in ways if way not in refused] or ways[-1:]

    def refuses(self, use: ModelUse, way: object, why: str) -> None:
        """Remember that an endpoint does not take a way to ask for JSON."""
        known = self._refused.setdefault((use.base_url, use.model), set())
        if way not in known:
            known.add(way)
            self._note("fallback", {"message": f"{use.model} does not take {way}: asked without it ({why[:200]})"})

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
        http = openai.DefaultAioHttpClient(
            limits=limits, trust_env=not is_loopback(url), timeout=timeout_s, verify=trusted()
        )
        return openai.AsyncOpenAI(
            base_url=url or None, api_key=key, max_retries=0, timeout=timeout_s, http_client=http,
            default_headers=headers, default_query=query,
        )  # fmt: skip

    def _reply(
        self, use: ModelUse, completion: Any, latency_s: float, asked: int, what: str, share: float = 1.0
    ) -> Reply:
        choices = getattr(completion, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise CallError(Fault.BAD_REPLY, "no choices in the reply", raw=str(completion)[:_SHORT])
        choice = choices[0]
        text, refusal = _text(choice.message.content), _text(getattr(choice.message, "refusal", None))
        tokens = _tokens(completion.usage)
        counted = tokens or {"input": asked, "output": estimated_tokens(text or refusal)}
        cost = self._count(use, what, counted["input"], counted["output"], estimated=not tokens, share=share)
        return Reply(
            text=text,
            refusal=refusal,
            finish=_text(choice.finish_reason),
            id=_text(completion.id),
            latency_s=latency_s,
            tokens=tokens,
            cost_usd=cost,
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


def _tokens(usage: Any) -> dict[str, int]:
    """Input and output tokens as the server counted them; empty where it did not, or said what cannot be."""
    read, written = (whole_count(getattr(usage, name, None)) for name in ("prompt_tokens", "completion_tokens"))
    return {} if read is None or written is None or not read + written else {"input": read, "output": written}


def _key_of(use: ModelUse) -> str:
    name = key_variable(use)
    return secret_from(name, use.model) if name else "none"


def missing_keys(uses: Sequence[ModelUse]) -> list[str]:
    """Names of variables that must hold a value and do not."""
    names = [name for use in uses for name in (key_variable(use), *variables_in(*use.headers.values()))]
    return [name for name in dict.fromkeys(names) if name and not os.environ.get(name)]
