"""`ragtui serve`: on this machine only, with a key in the address, and the very app in a browser."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gate_cases.chromium import CHROMIUM, Chromium

pytest.importorskip("textual_serve")

from aiohttp.test_utils import TestClient, TestServer
from ports import unused_port
from waiting import STUCK_S

from ragtui.cli.main import main
from ragtui.cli.serving import app_server, is_loopback

ROOT = Path(__file__).parents[2]
KEY = "the-key-of-this-test"


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.1.2.3", True), ("0.0.0.0", False), ("::", False),
     ("10.1.2.3", False), ("example.org", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_loopback_is_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) is own


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--host", "0.0.0.0"], "other machines could drive ragtui as you"),
        (["--port", "0"], "--port: 0: give a whole number from 1 up"),
        (["--port", "65536"], "--port 65536: not a port"),
        (["nowhere"], "nowhere: no such file"),
    ],
)
def test_what_is_refused_is_one_message(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_taken_port_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["serve", str(ROOT / "sample_runs"), "--port", str(taken.getsockname()[1])]) == 2
    assert "--port takes another one" in capsys.readouterr().err


async def test_only_who_has_the_key_comes_in_and_no_other_site() -> None:
    server = app_server(["."], "127.0.0.1", 8000, KEY)
    async with TestClient(TestServer(await server._make_app())) as client:
        for path in ("/", "/ws", "/static/js/textual.js", "/?key=wrong"):
            assert (await client.get(path)).status == 403, path
        page = await client.get("/", params={"key": KEY})
        assert page.status == 200
        text = await page.text()
        assert "textual.js" in text and "googleapis" not in text, "nothing is loaded from elsewhere"
        assert page.cookies["ragtui"]["httponly"] and page.cookies["ragtui"]["samesite"] == "Strict"
        assert (await client.get("/static/js/textual.js")).status == 200, "the cookie is enough from here on"
        foreign = await client.get("/ws", headers={"Origin": "https://example.org"})
        assert foreign.status == 403 and "another site" in await foreign.text()


@pytest.fixture
def served() -> Iterator[str]:
    command = [sys.executable, "-m", "ragtui", "serve", "sample_runs/support-docs", "--port", str(unused_port())]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert "is served at" in line, line
        yield next(word for word in line.split() if word.startswith("http"))
        process.terminate()
        process.stderr.read()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_the_app_runs_in_a_browser(served: str, tmp_path: Path) -> None:
    with Chromium(tmp_path) as browser:
        browser.call("Page.navigate", url=served)
        wait_for(browser, "flaky-errors")
        browser.evaluate("document.querySelector('textarea').focus()")
        browser.press("Enter", 13, text="\r")
        wait_for(browser, "next flagged")


def wait_for(browser: Chromium, *words: str) -> None:
    """Until everything has come through the page's socket."""
    end = time.monotonic() + STUCK_S
    while time.monotonic() < end:
        browser.evaluate("1")  # events come with answers
        frames = [event["params"]["response"] for event in browser.events if event["method"].endswith("FrameReceived")]
        texts = [base64.b64decode(frame["payloadData"]) for frame in frames if frame["opcode"] == 2]
        shown = b"".join(texts).decode("utf-8", "replace")
        if all(word in shown for word in words):
            return
        time.sleep(0.1)
    raise AssertionError(f"{words} did not come; {browser.complaints()}")
