"""The script for people with a server, tried on the stand-in in all kinds that can be written to."""

import time

import pytest
from langfuse_live import try_all
from langfuse_standin import StandIn

from ragtui.langfuse.api.patience import RealClock


@pytest.mark.parametrize("kind", ["v4", "v4-old", "v4-dual", "v4-legacy", "v3-late", "v3-early"])
def test_every_check_passes_on_the_stand_in(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # One check waits eight seconds for a server that nobody reaches: this clock goes ten times as fast.
    monkeypatch.setattr(RealClock, "now", lambda _clock: time.monotonic() * 10)
    monkeypatch.setattr(RealClock, "wait", lambda _clock, seconds, cancel: cancel.wait(seconds / 10))
    with StandIn(kind) as server:
        for name in ("LANGFUSE_BASE_URL", "RAGTUI_STATE_DIR", "RAGTUI_CACHE_DIR"):
            monkeypatch.setenv(name, "")
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        code = try_all(server.url)
        said = capsys.readouterr().out
        assert code == 0, said
        assert not server.stored_items() and said.count("\npass") == 17


def test_a_server_that_takes_nothing_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with StandIn("v2") as server:
        monkeypatch.setenv("LANGFUSE_BASE_URL", "")
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        for name in ("RAGTUI_STATE_DIR", "RAGTUI_CACHE_DIR"):
            monkeypatch.setenv(name, "")
        assert try_all(server.url) == 1
    assert "read-only" in capsys.readouterr().out
