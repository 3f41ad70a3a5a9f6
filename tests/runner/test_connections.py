"""Servers that are not there, or not what they seem: sockets on loopback that speak no proper HTTP."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out

from ragtui.model import Item
from ragtui.runner.calling import Caller, CallError, Fault, Patience, Usage
from ragtui.runner.launch import prepare
from ragtui.runner.limiter import Limiter
from ragtui.runner.llm import Models
from ragtui.runner.plan import HttpTarget, ModelUse
from ragtui.runner.planfile import read_plan
from ragtui.runner.targets import open_target
from ragtui.runner.worker import work

Ask = Callable[[str, Path], Coroutine[Any, Any, None]]

PATIENCE = Patience(timeout_s=0.5, retries=0, outage_s=0.01)
NOTHING_LISTENS = b"-"
RESET = b"!"


@contextmanager
def answering(reply: bytes) -> Iterator[str]:
    """The host and port of a server that says the same to everyone and hangs up."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        if reply == NOTHING_LISTENS:
            yield address
            return
        listener.listen(16)
        threading.Thread(target=_serve, args=(listener, reply), daemon=True).start()
        yield address
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, reply: bytes) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        with client:
            client.recv(65536)
            if reply == RESET:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                client.sendall(reply)


async def ask_a_model(url: str, folder: Path) -> None:
    models = Models(concurrency=2, patience=PATIENCE, usage=Usage(), prices={}, note=lambda kind, fields: None)
    try:
        await models.chat(ModelUse(model="m1", base_url=url), [{"role": "user", "content": "Why?"}])
    finally:
        await models.close()


async def ask_a_target(url: str, folder: Path) -> None:
    models = Models(concurrency=2, patience=PATIENCE, usage=Usage(), prices={}, note=lambda kind, fields: None)
    caller = Caller(Limiter(2), PATIENCE, Usage())
    pipeline = await open_target(HttpTarget(url=url), read_plan(lay_out(folder, url)), models, caller)
    try:
        await pipeline.answer(Item("q1", "Why?"), "1", None)
    finally:
        await pipeline.close()


def head(length: int, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + more + b"Content-Length: %d\r\n\r\n" % length


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
@pytest.mark.parametrize(
    ("scheme", "reply", "fault", "said"),
    [
        pytest.param("http", NOTHING_LISTENS, Fault.DOWN, "Connect call failed", id="nothing listens"),
        pytest.param("https", b"HTTP/1.1 400 No\r\n\r\n", Fault.TLS, "SSL", id="no TLS there"),
        pytest.param("http", b"", Fault.BROKEN, "disconnected", id="hangs up"),
        pytest.param("http", RESET, Fault.BROKEN, "reset", id="resets"),
        pytest.param("http", b"220 mail.test ESMTP\r\n\r\n", Fault.BROKEN, "Bad status line", id="not HTTP"),
        pytest.param("http", head(100) + b'{"a"', Fault.BROKEN, "4 of 100", id="ends early"),
        pytest.param("http", head(2, b"X: " + b"x" * 20_000 + b"\r\n"), Fault.BROKEN, "8190", id="huge header"),
        pytest.param("http", head(6) + b"<html>", Fault.BAD_REPLY, "", id="a web page"),
        pytest.param("http", head(50_000) + b"[" * 50_000, Fault.BAD_REPLY, "", id="JSON without end"),
    ],
)
def test_a_broken_connection_is_named_for_what_it_is(
    ask: Ask, scheme: str, reply: bytes, fault: Fault, said: str, tmp_path: Path
) -> None:
    with answering(reply) as address, pytest.raises(CallError) as raised:
        asyncio.run(ask(f"{scheme}://{address}/v1", tmp_path))
    assert raised.value.fault is fault, raised.value
    assert said in str(raised.value)


def test_a_server_without_tls_ends_the_run_at_once_with_the_way_out(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 400 No\r\n\r\n") as address:
        done = work(prepare(read_plan(lay_out(tmp_path, f"https://{address}/v1"))))
    assert done.stop.ending == "failed"
    assert "no secure connection" in done.stop.message and "http://" in done.stop.hint
