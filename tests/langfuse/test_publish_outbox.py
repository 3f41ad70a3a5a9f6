"""The outbox: what survives a crash, and what a damaged file costs."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langfuse_standin import StandIn
from publishing_kit import publish, simple_run

from ragtui.errors import UsageError
from ragtui.langfuse.write.outbox import ITEM, SCORE, Outbox, OutboxEntry, Stage
from ragtui.langfuse.write.publisher import Phase, PublishProgress
from ragtui.langfuse.write.wire import Experiment

EXPERIMENT = Experiment("e1", "run", "d1", "data")
SERVER = "http://langfuse.test"


def entry(key: str, *values: float) -> OutboxEntry:
    scores = tuple({"id": f"{key}-{n}", "traceId": key, "name": str(n), "value": v} for n, v in enumerate(values))
    return OutboxEntry(key, f"rt-{key}", f"t-{key}", f"r-{key}", 1, f"spans of {key}".encode(), scores)


def reopened(outbox: Outbox) -> Outbox:
    outbox.close()
    return Outbox.open(outbox.path, outbox.experiment, outbox.server)


def test_stages_and_entries_are_there_after_reopening(tmp_path: Path) -> None:
    outbox = Outbox.open(tmp_path / "e1.outbox", EXPERIMENT, SERVER)
    for key in "abc":
        outbox.put(entry(key, 1, 2))
    outbox.mark(ITEM, ["a", "b"], Stage.SENT)
    outbox.mark(ITEM, ["b"], Stage.REJECTED, "too big")
    outbox.mark(SCORE, ["a-0"], Stage.VISIBLE)
    for box in (outbox, reopened(outbox), reopened(reopened(outbox))):
        assert [e.key for e in box.items(Stage.PENDING)] == ["c"]
        assert [e.key for e in box.items(Stage.SENT)] == ["a"]
        assert box.reasons() == {"b": "too big"}
        assert [score["id"] for score in box.sendable_scores()] == ["a-1"]
        assert box.entries["a"] == entry("a", 1, 2)
        box.close()


def test_a_changed_entry_is_pending_again_with_only_its_changed_scores(tmp_path: Path) -> None:
    outbox = Outbox.open(tmp_path / "e1.outbox", EXPERIMENT, SERVER)
    outbox.put(entry("a", 1, 2, 3))
    outbox.mark(ITEM, ["a"], Stage.VISIBLE)
    outbox.mark(SCORE, ["a-0", "a-1", "a-2"], Stage.VISIBLE)
    assert not outbox.put(entry("a", 1, 2, 3))
    assert outbox.put(entry("a", 1, 9))
    box = reopened(outbox)
    assert [e.key for e in box.items(Stage.PENDING)] == ["a"]
    assert [score["id"] for score in box.scores(Stage.PENDING)] == ["a-1"]
    assert box.retractions(Stage.PENDING) == ["a-2"]
    box.close()


def test_an_outbox_of_another_server_is_refused(tmp_path: Path) -> None:
    Outbox.open(tmp_path / "e1.outbox", EXPERIMENT, SERVER).close()
    with pytest.raises(UsageError, match="holds a publication"):
        Outbox.open(tmp_path / "e1.outbox", EXPERIMENT, "http://other.test")


@settings(max_examples=40, deadline=None)
@given(keep=st.floats(0, 1), junk=st.binary(max_size=12))
def test_a_file_cut_anywhere_opens_and_forgets_only_its_tail(
    tmp_path_factory: pytest.TempPathFactory, keep: float, junk: bytes
) -> None:
    path = tmp_path_factory.mktemp("outbox") / "e1.outbox"
    outbox = Outbox.open(path, EXPERIMENT, SERVER)
    for key in "abcd":
        outbox.put(entry(key, 1))
    outbox.mark(ITEM, ["a"], Stage.SENT)
    outbox.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)] + junk)
    box = Outbox.open(path, EXPERIMENT, SERVER)
    assert list(box.entries) == list("abcd")[: len(box.entries)]
    for key in "abcd":
        box.put(entry(key, 1))
    assert len(box.items(*Stage)) == 4
    box.close()


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("at", range(9))
def test_a_publication_that_dies_anywhere_goes_on_and_ends_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))
    run = simple_run(tmp_path / "run", 4)
    countdown = iter(range(at, -1, -1))

    def die(progress: PublishProgress) -> None:
        if next(countdown, 1) == 0:
            raise Crash

    with StandIn("v4") as server:
        with contextlib.suppress(Crash):
            publish(server, run, report=die)
        for outbox in (tmp_path / "run" / "langfuse").glob("*.outbox"):
            outbox.write_bytes(outbox.read_bytes()[:-7])
        assert publish(server, run).phase is Phase.VERIFIED
        assert len(server.stored_items()) == 4 and len(server.stored_scores()) == 8
