"""A server that answers with damage, without end, packed to burst, or by sending the keys elsewhere."""

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from langfuse_mutants import KINDS, Ends, server, try_answers

from ragtui.langfuse.api.client import LangfuseError, LangfuseHttp
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.pages import cursored, numbered
from ragtui.langfuse.api.patience import READING, Patience
from ragtui.langfuse.api.rates import Rates

COUNT = 90


@pytest.mark.parametrize("kind", KINDS)
def test_no_damaged_answer_ends_in_anything_but_a_message(kind: str, tmp_path: Path) -> None:
    """As many as wanted: `python tests/langfuse_mutants.py 20000`."""
    ends = Ends()
    with server(kind) as running:
        try_answers(running, COUNT // len(KINDS), 1, tmp_path, ends)
    assert not ends.wrong, "\n".join(ends.wrong)
    assert len(ends.codes) > 1


@contextmanager
def saying(*pieces: bytes, pause_s: float = 0.0, times: int = 1) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that says the same to everyone, and what it was asked."""
    asked: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, contextlib.suppress(OSError):
                asked.append(client.recv(65536))
                for piece in pieces * times:
                    client.sendall(piece)
                    time.sleep(pause_s)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)


def client(address: str, timeout: float = 30.0) -> LangfuseHttp:
    return LangfuseHttp(
        Credentials(address, "pk-a", "sk-b"), rates=Rates(), patience=Patience(tries=1, limits=2), timeout=timeout
    )


def reply(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


PAGE = json.dumps({"data": [{"id": "a"}], "meta": {"totalPages": 1}}).encode()
BOMB = gzip.compress(b'{"data": [' + b"[]," * 30_000_000, 9)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        pytest.param(reply(gzip.compress(PAGE), b"Content-Encoding: gzip"), "", id="packed"),
        pytest.param(reply(BOMB, b"Content-Encoding: gzip"), "longer than 67 MB", id="a bomb"),
        pytest.param(reply(gzip.compress(BOMB), b"Content-Encoding: gzip, gzip"), "which was not asked", id="twice"),
        pytest.param(reply(PAGE, b"Content-Encoding: zstd"), "which was not asked", id="another packing"),
        pytest.param(reply(b"[" * 100_000), "no JSON", id="brackets without end"),
        pytest.param(reply(b'{"data": ' + b"9" * 5000 + b"}"), "no JSON", id="a number without end"),
        pytest.param(reply(PAGE, b"X: " + b"x" * 200_000), "too long", id="a header without end"),
        pytest.param(reply(PAGE, b"Retry-After: Mon, 01 Jan 0001 00:00:00 -0000", status=b"429 No"), "429", id="0001"),
        pytest.param(reply(PAGE, b"Retry-After: \xb2", b"X-RateLimit-Limit: \xb2", status=b"429 No"), "429", id="sign"),
    ],
)
def test_an_answer_becomes_no_more_than_it_may(answer: bytes, said: str) -> None:
    with saying(answer) as (address, _), client(address) as http:
        if not said:
            assert http.get("/projects").data == [{"id": "a"}]
            return
        with pytest.raises(LangfuseError, match=said):
            http.get("/projects")


@pytest.mark.parametrize("damage", [gzip.compress(PAGE)[:-9], b"\x1f\x8b no gzip"], ids=["half of it", "no gzip"])
def test_an_answer_that_was_damaged_on_its_way_is_asked_for_again(damage: bytes) -> None:
    with saying(reply(damage, b"Content-Encoding: gzip")) as (address, asked), client(address) as http:
        http.patience = Patience(tries=3, first_wait_s=0.01)
        with pytest.raises(LangfuseError, match="the reply"):
            http.get("/projects")
        assert len(asked) == 3


@pytest.mark.parametrize("limit", ["²", "9" * 5000, -1, 0, True, {}, 1e400])
def test_a_limit_that_is_none_is_not_kept(limit: object) -> None:
    body = json.dumps({"details": {"limit": limit}}).encode()
    with saying(reply(body, b"Retry-After: 0", status=b"429 No")) as (address, _), client(address) as http:
        http.patience = Patience(tries=1, limits=2)
        with pytest.raises(LangfuseError, match="429"):
            http.get("/projects")


@pytest.mark.parametrize("asks", [b"1e300", b"inf", b"nan", b"99999999999"])
def test_a_server_that_asks_for_years_is_not_waited_for(asks: bytes) -> None:
    with saying(reply(b"{}", b"Retry-After: " + asks, status=b"429 No")) as (address, _), client(address) as http:
        began = time.monotonic()
        with pytest.raises(LangfuseError, match="429"):
            http.get("/projects", patience=Patience(tries=1, limits=2))
        assert time.monotonic() - began < 60


def test_an_answer_that_drips_ends() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"
    with saying(begun, *[b" "] * 900, pause_s=0.05) as (address, asked), client(address, timeout=0.2) as http:
        with pytest.raises(LangfuseError, match=r"did not end within 0\.8 s") as refused:
            http.get("/projects")
        assert len(asked) == 1
        assert refused.value.status == 413, "pages are asked for in fewer rows"


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "http://h.example/api/public/x", "//h.example/x", "gopher://h"]
)
@pytest.mark.parametrize("status", [b"301 A", b"302 A", b"307 A", b"308 A"])
def test_keys_do_not_follow_a_redirect(where: str, status: bytes) -> None:
    with saying(reply(PAGE)) as (elsewhere, heard):
        where = where.replace("http://h.example", elsewhere)
        moved = reply(b"", b"Location: " + where.encode(), b"Set-Cookie: a=b; Domain=127.0.0.1", status=status)
        with saying(moved) as (address, asked), client(address) as http:
            with pytest.raises(LangfuseError, match="redirects"):
                try:
                    http.get("/projects")
                except LangfuseError as error:
                    assert "sk-b" not in error.message + error.hint
                    raise LangfuseError(error.hint, "") from None
            assert len(asked) == 1 and not heard


@pytest.mark.parametrize("pager", [numbered, cursored])
@pytest.mark.parametrize("rows", [[{"id": "a"}], [], [1], [None], [[]], ["x"] * 100])
def test_pages_without_end_end(pager: object, rows: list[object]) -> None:
    body = json.dumps({"data": rows, "meta": {"totalPages": 10**9, "cursor": "more"}}).encode()
    with saying(reply(body)) as (address, asked), client(address) as http:
        with contextlib.suppress(LangfuseError):
            list(pager(http.page(READING), "/x", {}))  # type: ignore[operator]
        assert len(asked) <= 5
