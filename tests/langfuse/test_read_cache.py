"""What was read once opens at once and without a server; keys are nowhere in it."""

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import items, listed, results

from ragtui.errors import RagtuiError
from ragtui.langfuse.api.rates import Cancelled
from ragtui.langfuse.read.kept.cache import Cache
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import Problem, RunHeader

Opener = Callable[..., LangfuseSource]


def seeded(server: StandIn) -> None:
    server.add_dataset("qa", items(3))
    server.add_run("qa", "base", results(3))


def test_a_settled_run_opens_offline_with_its_time(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        first = source.load(headers["base"].id)
        assert first.header.as_of is None
        calls = len(server.requests)
        assert source.load(headers["base"].id).header.as_of is not None
        assert len(server.requests) == calls
    # The server is gone, and this is another session.
    later = open_source_on(server, "qa", retries=0)
    assert [each.name for each in later.cached_headers()] == ["base"]
    found = list(later.headers())
    assert [each.name for each in found if isinstance(each, RunHeader)] == ["base"]
    assert any("does not answer" in each.message for each in found if isinstance(each, Problem))
    run = later.load(headers["base"].id)
    assert run.header.as_of is not None
    assert run.scores.of("faithfulness")[:, 0].tolist() == [1, 2, 3]
    result = run.result("i001", run.repeat)
    assert result is not None
    assert result.judgements["faithfulness"].rationale == "because 1"
    assert later.load_cached(headers["base"].id) is not None


def test_what_was_never_read_cannot_be_opened_offline(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa", retries=0)
        headers, _ = listed(source)
        assert source.load_cached(headers["base"].id) is None
    with pytest.raises(RagtuiError, match=server.url):
        source.load(headers["base"].id)


def test_refreshing_sees_new_scores_and_says_so(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        run_id = headers["base"].id
        assert "new" not in source.load(run_id).scores.column_of
        span = server.stored_items(run_id)[0]
        from langfuse_standin import scores

        scores.put(server.store, {"id": "s", "name": "new", "value": 1, "traceId": span.trace_id})
        before = source.stamp()
        assert "new" not in source.load(run_id).scores.column_of
        assert "new" in source.refresh(run_id).scores.column_of
        assert "new" in source.load(run_id).scores.column_of
        assert source.stamp() != before


def test_old_scores_are_refreshed_without_reading_the_items_again(
    open_source_on: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        source.load(headers["base"].id)
        monkeypatch.setattr("ragtui.langfuse.api.records.SCORES_LAST_S", 0.0)
        before = len(server.requests)
        source.load(headers["base"].id)
        assert {call.path for call in server.requests[before:]} == {"/v3/scores"}


def test_a_recent_run_is_read_again_and_marked(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", results(2), start=server.clock() - 30)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        assert headers["base"].status == "running"
        run = source.load(headers["base"].id)
        assert any("10 minutes behind" in problem.hint for problem in run.problems)
        assert source.load(headers["base"].id).header.as_of is None


def test_polling_notices_a_new_run(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        listed(source)
        assert not source.poll()
        server.add_run("qa", "next", results(3))
        assert source.poll()
        server.fail(Fault("GET", "/v2/datasets", status=500, times=-1))
        assert not source.poll()


def test_loading_reports_progress_and_can_be_cancelled(open_source_on: Opener) -> None:
    steps: list[str] = []
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa", report=lambda progress: steps.append(progress.what))
        headers, _ = listed(source)
        source.load(headers["base"].id)
        assert {"items", "scores", "cost and tokens"} <= set(steps)
        source.report = lambda progress: source.cancel()
        with pytest.raises(Cancelled):
            source.refresh(headers["base"].id)
        source.report = lambda progress: None
        assert source.refresh(headers["base"].id).scores.items


def test_no_key_is_in_the_cache_or_any_message(open_source_on: Opener, tmp_path: Path) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        source.load(headers["base"].id)
        shown = repr(source.credentials) + source.label + str(headers) + repr(source.http)
        source.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert stored
    for secret in (server.public_key, server.secret_key):
        assert secret.encode() not in stored
        assert secret not in shown


def test_a_broken_cache_is_begun_anew_and_said(open_source_on: Opener, tmp_path: Path) -> None:
    with StandIn("v4") as server:
        seeded(server)
        source = open_source_on(server, "qa")
        listed(source)
        source.close()
        for path in (tmp_path / "cache").glob("*.sqlite"):
            path.write_bytes(b"this is no database, " * 500)
        headers, problems = listed(open_source_on(server, "qa"))
        assert "base" in headers
        assert any("begun anew" in problem.message for problem in problems)


def test_a_cache_of_another_version_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    cache = Cache(path)
    cache.put("a", "b", {"x": 1})
    cache.close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.commit()
    database.close()
    cache = Cache(path)
    assert cache.get("a", "b") is None
    cache.put("a", "b", [1])
    kept = cache.get("a", "b")
    assert kept is not None
    assert kept.value == [1]
    cache.close()


def test_a_cache_that_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file" / "c.sqlite")
    cache.put("a", "b", 1)
    assert cache.get("a", "b") is not None
    assert cache.problems
    cache.close()


def test_a_choice_about_fragments_holds_offline(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(4))
        start = server.clock() - 7200
        server.add_run("qa", "base", results(2), start=start)
        server.add_run("qa", "base", results(2, first=2), start=start + 60)
        source = open_source_on(server, "qa")
        (header,) = source.headers()
        assert isinstance(header, RunHeader)
        source.close()
    later = open_source_on(server, "qa", retries=0)
    assert [each.results for each in later.cached_headers()] == [4]
    later.overrule({part: part for part in header.parts})
    assert [each.results for each in later.cached_headers()] == [2, 2]
    assert [later.load_cached(part) for part in header.parts] == [None, None]
    later.overrule({})
    assert [each.results for each in later.cached_headers()] == [4]


def test_runs_nobody_opened_for_long_leave_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "private" / "c.sqlite")
    cache.put("bundle", "old", 1, read=time.time() - 200 * 86_400)
    cache.put("bundle", "new", 1)
    cache.put("runs", "", 1, read=time.time() - 200 * 86_400)
    cache.close()
    cache = Cache(tmp_path / "private" / "c.sqlite")
    assert cache.get("bundle", "old") is None
    assert cache.get("bundle", "new") is not None
    assert cache.get("runs", "") is not None
    cache.close()
    if os.name == "posix":
        assert (tmp_path / "private").stat().st_mode & 0o077 == 0
