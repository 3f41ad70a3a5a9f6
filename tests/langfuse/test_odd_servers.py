"""Servers on a bad day, between two reads: limits in the middle of a page, things deleted, renamed, late, skewed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn, scores
from langfuse_standin.examples import items, listed, results

from ragtui.errors import RagtuiError
from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.read.source import LangfuseSource, open_langfuse
from ragtui.model import RunHeader, State
from ragtui.sources import Reading

Opener = Callable[..., LangfuseSource]
KINDS = ("v4", "v4-legacy", "v3")


@pytest.fixture(params=KINDS)
def server(server: StandIn) -> StandIn:
    server.add_dataset("qa", items(130))
    server.add_run("qa", "base", results(130), start=server.clock() - 3 * 86_400)
    return server


def only(source: LangfuseSource) -> str:
    (header,) = listed(source)[0].values()
    return header.id


def values(source: LangfuseSource, metric: str = "faithfulness") -> list[float]:
    return [float(value) for value in source.load(only(source)).scores.of(metric)[:, 0]]


TRUTH = [n % 5 + 1.0 for n in range(130)]


@pytest.mark.parametrize("status", [429, 408, 502, 503, 524])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_bad_answer_on_any_page_costs_no_row(server: StandIn, status: int, skip: int, open_source_on: Opener) -> None:
    """Every listing is spoiled once, on its first or on its second page."""
    paths = ("/experiment-items", "/v3/scores", "/v2/observations", "/dataset-items", "/traces", "/dataset-run-items")
    server.fail(*(Fault("GET", path, status=status, skip=skip, headers={"Retry-After": "0"}) for path in paths))
    source = open_source_on(server, "qa", retries=3)
    assert values(source) == TRUTH
    assert source.load(only(source)).problems == ()


def test_a_listing_that_keeps_failing_is_not_tried_out_for_every_page_and_run(open_source_on: Opener) -> None:
    """Each page was asked for in five sizes with every try, and so for each run: minutes of waiting for one answer."""
    with StandIn("v4") as server:
        server.add_dataset("qa", items(3))
        for name in ("a", "b", "c"):
            server.add_run("qa", name, results(3))
        source = open_source_on(server, "qa", retries=2)
        headers = [each for each in source.headers() if isinstance(each, RunHeader)]
        server.fail(Fault("GET", "/v3/scores", status=500, times=-1))
        before = len(server.requests)
        loaded = [source.load(header.id) for header in headers]
        asked = [each for each in server.requests[before:] if each.path == "/v3/scores"]
        # Three tries once; then one for each of five sizes, of the items' scores and of the run's own.
        assert len(asked) <= 2 + 3 * 2 * 5
        assert all("could not be listed" in str(run.problems) for run in loaded)
        server.faults.clear()
        assert not source.refresh(headers[0].id).problems, "back as soon as it answers"


def test_a_score_deleted_since_is_missing_and_no_number(server: StandIn, open_source_on: Opener) -> None:
    assert values(open_source_on(server, "qa")) == TRUTH
    gone = next(score for score in server.stored_scores() if score["name"] == "faithfulness")
    server.store.scores.drop(next(key for key in server.store.scores.records if key[0] == gone["id"]))
    again = open_source_on(server, "qa")
    states = again.load(only(again)).scores.states_of("faithfulness")[:, 0]
    assert (states == State.SCORED).sum() == 129 and (states == State.MISSING).sum() == 1
    assert any("129 of 130 items scored" in str(problem) for problem in again.load(only(again)).problems)


def test_a_run_deleted_since_is_not_decided_on(server: StandIn, open_source_on: Opener) -> None:
    source = open_source_on(server, "qa")
    run_id = only(source)
    source.load(run_id)
    server.store.spans.records.clear()
    for record in list(server.store.runs.records):
        server.store.runs.drop(record)
    fresh = open_source_on(server, "qa", reading=Reading.FRESH)
    assert listed(fresh)[0] == {}
    with pytest.raises(RagtuiError, match="no run with id"):
        fresh.load(run_id)


def test_an_item_added_or_archived_between_two_reads_is_not_missing(server: StandIn, open_source_on: Opener) -> None:
    values(open_source_on(server, "qa"))
    server.advance(60)
    server.add_dataset("qa", {"i900": {"input": "new"}})
    server.add_dataset("qa", {"i000": {"status": "ARCHIVED"}})
    again = open_source_on(server, "qa")
    run = again.load(only(again))
    assert run.missing == ()
    assert sorted(run.scores.items) == sorted(items(130)), "what was run counts, whatever became of its item since"
    assert run.item("i000").question == "Q0"


def test_a_score_changed_under_its_old_id_and_date_is_seen(server: StandIn, open_source_on: Opener) -> None:
    values(open_source_on(server, "qa"))
    for score in server.stored_scores():
        if score["name"] == "faithfulness":
            scores.put(server.store, {**score, "value": 2})
    assert values(open_source_on(server, "qa")) == [2.0] * 130


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_clock_that_is_hours_off_hides_no_run(skew: int, open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.advance(skew)
        server.add_dataset("qa", items(4))
        server.add_run("qa", "base", results(3), start=server.clock() - 60)
        source = open_source_on(server, "qa")
        run = source.load(only(source))
        assert (len(run.missing), [float(v) for v in run.scores.of("faithfulness")[:3, 0]]) == (1, [1, 2, 3])
        # What comes later is seen by the next reader, whatever the two clocks say.
        server.add_run("qa", "base", results(1, first=3), experiment_id=only(source), start=server.clock())
        later = open_source_on(server, "qa")
        assert later.load(only(later)).missing == ()


def test_a_server_slower_than_patience_is_no_empty_run(server: StandIn, open_source_on: Opener) -> None:
    values(open_source_on(server, "qa"))
    server.fail(Fault("GET", "", hang=0.3, times=-1))
    fresh = open_source_on(server, "qa", reading=Reading.FRESH, timeout=0.05, retries=0)
    with pytest.raises(RagtuiError, match=r"cannot be read now|no answer within"):
        fresh.load(only(fresh))
    looking = open_source_on(server, "qa", timeout=0.05, retries=0)
    assert values(looking) == TRUTH, "as it was read last, and said"
    assert any("not refreshed" in str(problem) for problem in looking.load(only(looking)).problems)


def test_two_profiles_on_one_server_share_no_cache(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    with StandIn("v4") as one, StandIn("v4", project_id="other") as two:
        for number, server in enumerate((one, two), start=1):
            server.add_dataset("qa", items(2))
            server.add_run("qa", "base", results(2, scores={"quality": number}))
        environ = {"one_PK": one.public_key, "one_SK": one.secret_key, "two_PK": two.public_key,
                   "two_SK": two.secret_key}  # fmt: skip
        for name, wanted in (("one", 1.0), ("two", 2.0), ("one", 1.0)):
            text = "".join(
                f'[langfuse.{each}]\nbase_url = "{found.url}"\npublic_key_env = "{each}_PK"\n'
                f'secret_key_env = "{each}_SK"\n'
                for each, found in (("one", one), ("two", two))
            )
            config.write_text(text)
            source = open_langfuse(
                f"langfuse:{name}/qa", environ=environ, config=config, cache_folder=tmp_path / "cache", rates=Rates()
            )
            assert values(source, "quality") == [wanted, wanted]
            source.close()


@pytest.mark.parametrize("wide", ["", "team/qa"])
def test_what_a_wider_listing_knew_is_known_offline(wide: str, open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        for name, mark in (("team/qa", "a"), ("team/qa2", "b")):  # ids are unique in a project
            server.add_dataset(name, {f"{mark}{key}": item for key, item in items(2).items()})
            server.add_run(name, "base", {f"{mark}{key}": result for key, result in results(2).items()})
        before = open_source_on(server, wide)
        for header in listed(before)[0].values():
            before.load(header.id)
        server.fail(Fault(status=503, times=-1, headers={"Retry-After": "0"}))
        later = open_source_on(server, "team/qa/ba", retries=0)
        headers, problems = listed(later)
        assert [header.location for header in headers.values()] == ["langfuse:team/qa/base"]
        assert "shown as they were known last" in str(problems)
        other = open_source_on(server, "team/qa2", retries=0)
        if wide:
            with pytest.raises(RagtuiError):
                listed(other)
        else:
            assert listed(other)[0].keys() == {"base"}
