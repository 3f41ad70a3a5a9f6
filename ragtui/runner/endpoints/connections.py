"""What fails between us and a server, before there is an answer with a status. The only module that knows `aiohttp`."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable
from urllib.parse import urlsplit

import aiohttp
import httpx2

from ragtui.files.body import ENCODINGS, Body, BodyError
from ragtui.runner.endpoints.calling import CallError, Fault

BROKEN_CONNECTION = (aiohttp.ClientError, TimeoutError)
"""What to catch around a request."""

NO_LIMIT = 0
"""Connections at once: the runner's own limiter decides, and a person may raise it under way."""


MOST_REPLY = 32 * 1024 * 1024
"""Bytes of one reply, unpacked: as JSON that holds nothing but brackets these are twenty times as many in memory."""
MOST_FILE = 512 * 1024 * 1024
"""Bytes of a file, such as the answers of a batch."""


async def body_of(pieces: AsyncIterable[bytes], encoding: str, status: int, most: int = MOST_REPLY) -> bytes:
    """What a server sent, as it arrives and still packed, unpacked and whole.

    Of a reply whose status says all, such as a key refused, a body that cannot be read is left out.

    Raises:
        CallError: it is longer than it may be, damaged, or packed in a way that was not asked for.
    """
    try:
        body = Body(encoding, most)
        async for piece in pieces:
            body.add(piece)
        return body.whole()
    except BodyError as error:
        if status >= _NO_SUCCESS:
            return b""
        raise CallError(Fault.BAD_REPLY, str(error)) from None


_NO_SUCCESS = 300


def broken_by(error: BaseException) -> tuple[Fault, str]:
    """What really happened, from an error or its causes.

    `openai` names every failed connection a timeout of connecting; the cause beneath still knows better.
    """
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    at_fault = next((link for link in chain if isinstance(link, BROKEN_CONNECTION)), chain[-1])
    if isinstance(at_fault, TimeoutError):
        return Fault.TIMEOUT, "the connection timed out"
    if isinstance(at_fault, aiohttp.ClientConnectorError):
        secure = isinstance(at_fault, aiohttp.ClientSSLError)
        return Fault.TLS if secure else Fault.CONNECTION, f"{at_fault.host}:{at_fault.port}: {_plainly(at_fault)}"
    return Fault.BROKEN, str(at_fault) or type(at_fault).__name__


def session(headers: dict[str, str], *, url: str, timeout_s: float) -> aiohttp.ClientSession:
    """Connections to one server; make it while the loop runs, and close it.

    Args:
        headers: of every request.
        timeout_s: without a byte.
    """
    return aiohttp.ClientSession(
        headers={"Accept-Encoding": ENCODINGS, **headers},
        auto_decompress=False,  # `body_of` does it, with a bound
        connector=aiohttp.TCPConnector(limit=NO_LIMIT, keepalive_timeout=30, ssl=trusted()),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeout_s, sock_read=timeout_s),
        trust_env=not is_loopback(url),
    )


def trusted() -> ssl.SSLContext:
    """Whose certificates are believed: the usual ones, or those that SSL_CERT_FILE or SSL_CERT_DIR name."""
    return httpx2.create_ssl_context()


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine, where no proxy is wanted."""
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}


def _plainly(error: aiohttp.ClientConnectorError) -> str:
    certificate = getattr(error, "certificate_error", None)
    return str(certificate or error.os_error)
