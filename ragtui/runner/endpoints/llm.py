"""Models behind OpenAI-compatible endpoints. The only module that knows the `openai` package.

Its own retries are switched off: the runner counts, limits and reports every call itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2  # the HTTP interface that openai 3 is built on
import openai
from openai.types.chat import ChatCompletion

from ragtui.runner.endpoints.calling import Caller, CallError, Fault, Note, Patience, Usage, retry_after_seconds
from ragtui.runner.endpoints.connections import BROKEN_CONNECTION, NO_LIMIT, broken_by, is_loopback, trusted
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.plan.plan import ModelUse, Price
from ragtui.runner.plan.secrets import secret_from

Message = Mapping[str, str]

_DEFAULT_KEY = "OPENAI_API_KEY"
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
        patience: Patience,
        usage: Usage,
        prices: Mapping[str, Price],
        note: Note,
        redirect: str = "",
        free: bool = False,
    ) -> None:
        """Make an empty set; clients are opened at first use.

        Args:
            redirect: base URL that replaces every other, for simulated and local models.
            free: calls cost nothing (simulated and local models).
        """
        self._concurrency, self._patience, self._usage = concurrency, patience, usage
        self._prices, self._note, self._redirect, self._free = prices, note, redirect, free
        self._endpoints: dict[tuple[str, str], _Endpoint] = {}

    async def chat(
        self,
        use: ModelUse,
        messages: Sequence[Message],
        *,
        seed: int | None = None,
        response_format: Mapping[str, Any] | None = None,
        what: str = "",
    ) -> Reply:
        """One answer.

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

        async def attempt() -> Reply:
            began = time.perf_counter()
            with _told_apart(endpoint.secret):
                # not chat.completions.create(): it walks every message for keys to rename, a third of a call's CPU
                completion = await endpoint.client.post("/chat/completions", cast_to=ChatCompletion, body=body)
                return self._reply(use, completion, time.perf_counter() - began)

        return await endpoint.caller.call(attempt, what)

    async def embed(self, use: ModelUse, texts: Sequence[str]) -> list[list[float]]:
        """One vector a text, in order.

        Raises:
            CallError: after all tries.
        """
        endpoint = self._endpoint(use)

        async def attempt() -> list[list[float]]:
            with _told_apart(endpoint.secret):
                answer = await endpoint.client.embeddings.create(
                    model=use.model, input=list(texts), encoding_format="float"
                )
                data = sorted(answer.data, key=lambda entry: entry.index)
                if len(data) != len(texts):
                    raise CallError(Fault.BAD_REPLY, f"{len(data)} vectors for {len(texts)} texts")
                self._count(use, int(getattr(answer.usage, "total_tokens", 0) or 0), 0)
                return [entry.embedding for entry in data]

        return await endpoint.caller.call(attempt, "embed")

    def callers(self) -> list[Caller]:
        """One for each endpoint in use."""
        return [endpoint.caller for endpoint in self._endpoints.values()]

    async def close(self) -> None:
        """Close all connections."""
        for endpoint in self._endpoints.values():
            await endpoint.client.close()

    def _endpoint(self, use: ModelUse) -> _Endpoint:
        url = self._redirect or use.base_url
        name = (url, use.api_key_env)
        if name not in self._endpoints:
            key = "none" if self._redirect else _key_of(use)
            caller = Caller(Limiter(self._concurrency), self._patience, self._usage, self._note)
            self._endpoints[name] = _Endpoint(self._client(url, key), caller, key)
        return self._endpoints[name]

    def _client(self, url: str, key: str) -> openai.AsyncOpenAI:
        """A client over aiohttp: with 1,000 calls at once it costs a sixth of what the default transport does."""
        timeout_s = self._patience.timeout_s + 5  # the caller's own timeout comes first, and covers slow bodies
        limits = httpx2.Limits(max_connections=NO_LIMIT, keepalive_expiry=30)
        http = openai.DefaultAioHttpClient(
            limits=limits, trust_env=not is_loopback(url), timeout=timeout_s, verify=trusted()
        )
        return openai.AsyncOpenAI(base_url=url or None, api_key=key, max_retries=0, timeout=timeout_s, http_client=http)

    def _reply(self, use: ModelUse, completion: Any, latency_s: float) -> Reply:
        choices = getattr(completion, "choices", None)
        if not choices or getattr(choices[0], "message", None) is None:
            raise CallError(Fault.BAD_REPLY, "no choices in the reply", raw=str(completion)[:_SHORT])
        choice, usage = choices[0], completion.usage
        tokens: dict[str, int] = {}
        if usage is not None:
            tokens = {"input": int(usage.prompt_tokens or 0), "output": int(usage.completion_tokens or 0)}
        cost = self._count(use, tokens.get("input", 0), tokens.get("output", 0))
        return Reply(
            text=choice.message.content or "",
            refusal=getattr(choice.message, "refusal", None) or "",
            finish=choice.finish_reason or "",
            id=completion.id or "",
            latency_s=latency_s,
            tokens=tokens,
            cost_usd=cost,
        )

    def _count(self, use: ModelUse, input_tokens: int, output_tokens: int) -> float | None:
        self._usage.input_tokens += input_tokens
        self._usage.output_tokens += output_tokens
        price = self._prices.get(use.model)
        if self._free:
            return None
        if price is None:
            self._usage.unpriced_calls += 1
            return None
        cost = price.of(input_tokens, output_tokens)
        self._usage.cost_usd += cost
        return cost


def _key_of(use: ModelUse) -> str:
    name = use.api_key_env or ("" if use.base_url else _DEFAULT_KEY)
    if not name:
        return secret_from(_DEFAULT_KEY, use.model) if _is_openai(use.base_url) else "none"
    return secret_from(name, use.model)


def missing_keys(uses: Sequence[ModelUse]) -> list[str]:
    """Names of variables that must hold a key and do not."""
    names = [use.api_key_env or ("" if use.base_url and not _is_openai(use.base_url) else _DEFAULT_KEY) for use in uses]
    return [name for name in dict.fromkeys(names) if name and not os.environ.get(name)]


def _is_openai(url: str) -> bool:
    return (urlsplit(url).hostname or "").endswith("api.openai.com")


@contextlib.contextmanager
def _told_apart(secret: str) -> Any:
    """Turn what `openai` raises into a `CallError` without the key in it."""

    def failure(fault: Fault, message: object, response: Any = None) -> CallError:
        said = str(message)
        if len(secret) > 4:
            said = said.replace(secret, "***")
        return CallError(fault, said[:_SHORT], retry_after_seconds(getattr(response, "headers", None)))

    try:
        yield
    except (openai.APIConnectionError, *BROKEN_CONNECTION) as error:
        fault, cause = broken_by(error)
        raise failure(fault, cause) from error
    except openai.APIStatusError as error:
        raise failure(_fault_of(error.status_code), _said(error), error.response) from error
    except (openai.APIResponseValidationError, json.JSONDecodeError) as error:
        raise failure(Fault.BAD_REPLY, f"not the JSON that was expected: {error}") from error
    except (AttributeError, TypeError, KeyError) as error:  # JSON, but of another shape
        raise failure(Fault.BAD_REPLY, f"not a completion: {error}") from error
    except openai.OpenAIError as error:
        raise failure(Fault.REQUEST, error) from error


def _fault_of(status: int) -> Fault:
    if status == 429:
        return Fault.TOO_MANY
    if status in (401, 403):
        return Fault.KEY
    if status == 404:
        return Fault.NOT_FOUND
    if status == 408:
        return Fault.TIMEOUT
    return Fault.SERVER if status >= 500 or status == 409 else Fault.REQUEST


def _said(error: openai.APIStatusError) -> str:
    body = error.body
    message = body.get("message") if isinstance(body, Mapping) else None
    return f"{error.status_code} {message or body or ''}".strip()
