"""Servers that are not there, or not what they seem: sockets on loopback that speak no proper HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.server
import json
import socket
import ssl
import struct
import threading
import time
import zlib
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme
from openai_standin import standin
from runner_kit import lay_out

from ragtui.errors import UsageError
from ragtui.model import Item
from ragtui.runner.endpoints.calling import Caller, CallError, CallPatience, Fault, Usage
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.endpoints.llm import Models
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import HttpTarget, ModelUse
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.plan.secrets import secret_from
from ragtui.runner.targets.targets import open_target
from ragtui.runner.usercode.calls import UserCode
from ragtui.runner.work.worker import work

Ask = Callable[[str, Path], Coroutine[Any, Any, None]]

PATIENCE = CallPatience(timeout_s=0.5, retries=0, outage_s=0.01)
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


async def ask_a_model(url: str, folder: Path, headers: Mapping[str, str] | None = None) -> None:
    models = Models(concurrency=2, patience=PATIENCE, usage=Usage(), prices={}, note=lambda kind, fields: None)
    try:
        use = ModelUse(model="m1", base_url=url, headers=headers or {})
        await models.chat(use, [{"role": "user", "content": "Why?"}])
    finally:
        await models.close()


async def ask_a_target(url: str, folder: Path, headers: Mapping[str, str] | None = None) -> None:
    models = Models(concurrency=2, patience=PATIENCE, usage=Usage(), prices={}, note=lambda kind, fields: None)
    caller = Caller(Limiter(2), PATIENCE, Usage())
    target = HttpTarget(url=url, headers=headers or {})
    plan = read_plan(lay_out(folder, url))
    pipeline = await open_target(target, plan, models, caller, UserCode(plan.base, plan.timeout_s))
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


def packed(encoding: bytes, body: bytes) -> bytes:
    return head(len(body), b"Content-Encoding: " + encoding + b"\r\n") + body


WHOLE = json.dumps({"output": "red", "choices": [{"message": {"role": "assistant", "content": "red"}}]}).encode()
BOMB = gzip.compress(b'{"output": "' + b" " * 100_000_000, 9)


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        pytest.param(packed(b"gzip", gzip.compress(WHOLE)), "", id="gzip"),
        pytest.param(packed(b"deflate", zlib.compress(WHOLE)), "", id="deflate"),
        pytest.param(packed(b"deflate", zlib.compress(WHOLE, wbits=-15)), "", id="deflate without a header"),
        pytest.param(packed(b"gzip", gzip.compress(WHOLE[:9]) + gzip.compress(WHOLE[9:])), "", id="gzip in two parts"),
        pytest.param(packed(b"gzip", gzip.compress(WHOLE) + bytes(8)), "", id="gzip with padding"),
        pytest.param(packed(b"utf-8", WHOLE), "", id="no packing at all"),
        pytest.param(packed(b"aws-chunked,gzip", gzip.compress(WHOLE)), "", id="gzip beside no packing"),
        pytest.param(packed(b"gzip", BOMB), "longer than 33 MB", id="a bomb"),
        pytest.param(packed(b"gzip, gzip", gzip.compress(BOMB)), "packed as 'gzip, gzip'", id="packed twice"),
        pytest.param(packed(b"br", WHOLE), "packed as 'br'", id="another packing"),
        pytest.param(packed(b"gzip", gzip.compress(WHOLE)[:-9]), "cut short", id="half of it"),
        pytest.param(packed(b"gzip", b"\x1f\x8b no gzip"), "cannot be unpacked", id="not gzip at all"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 34_000_000, "longer than 33 MB", id="no end"),
    ],
)
def test_a_reply_is_unpacked_no_further_than_it_may_be_long(
    ask: Ask, reply: bytes, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "PATIENCE", replace(PATIENCE, timeout_s=60.0))  # its length ends it, not its time
    with answering(reply) as address:
        if not said:
            asyncio.run(ask(f"http://{address}/v1", tmp_path))
            return
        with pytest.raises(CallError, match=said) as raised:
            asyncio.run(ask(f"http://{address}/v1", tmp_path))
    assert raised.value.fault is Fault.BAD_REPLY


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
@pytest.mark.parametrize("encoding", [b"br", b"gzip"])
@pytest.mark.parametrize(("status", "fault"), [(b"401", Fault.KEY), (b"402", Fault.QUOTA)])
def test_a_refusal_whose_words_cannot_be_read_is_still_what_it_is(
    ask: Ask, encoding: bytes, status: bytes, fault: Fault, tmp_path: Path
) -> None:
    """A proxy in between packs its own pages as it likes; a key that is refused is not asked for again."""
    reply = packed(encoding, b"no such packing").replace(b"200 OK", status + b" No", 1)
    with answering(reply) as address, pytest.raises(CallError) as raised:
        asyncio.run(ask(f"http://{address}/v1", tmp_path))
    assert raised.value.fault is fault and status.decode() in str(raised.value)


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
@pytest.mark.parametrize("begun", [head(100), b"HTTP/1.1 200 OK\r\n"], ids=["the body", "the headers"])
def test_a_reply_that_drips_costs_the_time_of_one_call(ask: Ask, begun: bytes, tmp_path: Path) -> None:
    def drip(listener: socket.socket) -> None:
        client, _ = listener.accept()
        client.recv(65536)
        client.sendall(begun)
        with client, contextlib.suppress(OSError):
            for sign in b"X-A: " + b"x" * 95:
                client.sendall(bytes([sign]))
                time.sleep(0.1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        with pytest.raises(CallError) as raised:
            asyncio.run(ask(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", tmp_path))
    assert raised.value.fault is Fault.TIMEOUT


def test_a_server_without_tls_ends_the_run_at_once_with_the_way_out(tmp_path: Path) -> None:
    with answering(b"HTTP/1.1 400 No\r\n\r\n") as address:
        done = work(prepare(read_plan(lay_out(tmp_path, f"https://{address}/v1"))))
    assert done.stop.ending == "failed"
    assert "no secure connection" in done.stop.message and "http://" in done.stop.hint


class _Echo(http.server.BaseHTTPRequestHandler):
    """Answers a model's question and a target's alike, and remembers what it was sent."""

    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_POST(self) -> None:
        self.seen.append((self.path, self.headers.get("X-Key")))
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = {"output": "red", "choices": [{"message": {"role": "assistant", "content": "red"}}]}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Nothing on stderr."""


@contextmanager
def echo(certificate: trustme.LeafCert | None = None) -> Iterator[str]:
    """The address of an `_Echo`, with TLS if there is a certificate."""
    _Echo.seen.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
def test_a_certificate_of_ones_own_is_trusted_once_it_is_named(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with echo(authority.issue_cert("127.0.0.1")) as url:
        with pytest.raises(CallError) as raised:
            asyncio.run(ask(url, tmp_path))
        assert raised.value.fault is Fault.TLS and "SSL_CERT_FILE" in raised.value.way_out
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        asyncio.run(ask(url, tmp_path))


@pytest.mark.parametrize("ask", [ask_a_model, ask_a_target])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_with_the_keys(
    ask: Any, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header may hold a key that is meant for one address alone."""
    monkeypatch.setenv("APP_KEY", "sk-for-one-address")
    with echo() as elsewhere:
        for where in (f"{elsewhere}/login", "file:///etc/passwd"):
            reply = f"HTTP/1.1 {status} Found\r\nLocation: {where}\r\nContent-Length: 0\r\n\r\n".encode()
            with answering(reply) as address, pytest.raises(CallError) as raised:
                asyncio.run(ask(f"http://{address}/v1", tmp_path, {"X-Key": "${APP_KEY}"}))
            assert (raised.value.fault, _Echo.seen) == (Fault.REQUEST, [])
            assert f"{status} {where}" in str(raised.value)
        asyncio.run(ask(f"{elsewhere}/v1", tmp_path, {"X-Key": "${APP_KEY}"}))
        assert [key for _, key in _Echo.seen] == ["sk-for-one-address"]


def test_a_redirect_to_the_same_server_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of web frameworks to the same address with a slash."""
    monkeypatch.setitem(globals(), "PATIENCE", replace(PATIENCE, timeout_s=60.0))

    class Slash(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200 if self.path.endswith("/") else 307)
            self.send_header("Location", f"{self.path}/")
            self.send_header("Content-Length", str(len(WHOLE)))
            self.end_headers()
            self.wfile.write(WHOLE)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slash)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        asyncio.run(ask_a_model(f"http://127.0.0.1:{server.server_port}/v1", tmp_path))
    finally:
        server.shutdown()
        server.server_close()


def test_a_key_with_a_line_break_is_refused_by_the_name_of_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `export KEY=$(cat file)` on a file of two lines gives; no HTTP library sends it, and none says why."""
    monkeypatch.setenv("APP_KEY", "sk-secret\nline")
    with pytest.raises(UsageError, match="APP_KEY holds a line break") as raised:
        asyncio.run(ask_a_target("http://127.0.0.1:9/ask", tmp_path, {"X-Key": "${APP_KEY}"}))
    assert "sk-secret" not in f"{raised.value.message}{raised.value.hint}"
    with pytest.raises(UsageError, match="APP_KEY holds a line break"):
        secret_from("APP_KEY", "m1")


def test_more_calls_at_once_than_planned_get_connections(tmp_path: Path) -> None:
    """`+` on the progress screen raises the limit under way."""

    async def many(url: str) -> None:
        models = Models(
            concurrency=2, patience=CallPatience(), usage=Usage(), prices={}, note=lambda kind, fields: None
        )
        use = ModelUse(model="m1", base_url=url)
        await models.chat(use, [{"role": "user", "content": "Why?"}])
        for caller in models.callers():
            caller.limiter.set_ceiling(12)
        await asyncio.gather(*(models.chat(use, [{"role": "user", "content": "Why?"}]) for _ in range(60)))
        await models.close()

    with standin(latency_s=0.3) as server:
        asyncio.run(many(server.url))
    assert server.most_under_way > 6
