"""Publishing while a run is running: it arrives, and an outage costs the run nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from langfuse_standin import Fault, StandIn
from langfuse_standin.otlp import Span
from publishing_kit import METRICS, dataset_of, load, publish, result_for, simple_run, write_run
from waiting import eventually

from ragtui.langfuse.live.follow import following
from ragtui.langfuse.live.mirroring import LivePublisher, unpublished
from ragtui.langfuse.live.target import LiveTarget, remember_target
from ragtui.langfuse.write.publish import Options
from ragtui.langfuse.write.publisher import Phase
from ragtui.langfuse.write.recordings import keep
from ragtui.langfuse.write.wire import Span as WireSpan
from ragtui.langfuse.write.wire import encode_spans
from ragtui.model import Configuration, RunHeader
from ragtui.sources import LoadedRun
from ragtui.sources.own.writer import RunWriter

DATASET = dataset_of(6)


def header_of(folder: Path, repeats: int = 1) -> RunHeader:
    configuration = Configuration(DATASET.name, "v1", {"model": "m1"}, {"j": {"model": "m2"}})
    return RunHeader(
        uid=f"local|{folder.name}", id=folder.name, name="baseline", source="local", format="ragtui",
        location=str(folder), configuration=configuration, repeats=repeats,
    )  # fmt: skip


def local_run(folder: Path, repeats: int = 1) -> LoadedRun:
    return simple_run(folder, 6, repeats=repeats)


def test_results_arrive_while_the_run_goes_on_and_are_verified_at_its_end(tmp_path: Path, server: StandIn) -> None:
    folder = tmp_path / "run"
    header = local_run(folder, repeats=2).header
    live = LivePublisher(header, DATASET, ["1", "2"], LiveTarget())
    live.start()
    for item in DATASET.items[:4]:
        live.add(result_for(item, "1"))
    eventually(lambda: len(server.stored_items()) == 4)
    eventually(lambda: live.status.connected and live.status.experiments[0].items.sent == 4)
    for item in DATASET.items:
        live.add(result_for(item, "2"))
    for item in DATASET.items[4:]:
        live.add(result_for(item, "1"))
    outcome = live.close(wait_s=120)
    assert outcome is not None and outcome.phase is Phase.VERIFIED
    assert len(server.stored_items()) == 12 and len(server.stored_scores()) == 24
    assert unpublished(outcome, folder, LiveTarget()) is None
    posts = len(server.asked("POST"))
    assert publish(server, load(folder)).phase is Phase.VERIFIED
    assert len(server.asked("POST")) == posts, "publishing the files afterwards finds everything done"


def test_a_server_that_is_down_for_the_whole_run_costs_nothing_and_publish_does_it_later(
    tmp_path: Path, server: StandIn
) -> None:
    server.fail(Fault(drop=True, times=-1))
    live = LivePublisher(header_of(tmp_path / "run"), DATASET, ["1"], LiveTarget())
    with server.held():
        live.start()
        for item in DATASET.items:
            record(tmp_path / "run", item.id)
            live.add(result_for(item))
        assert not server.requests, "handing over waits for no answer: none was given"
    outcome = live.close()
    assert outcome is None
    problem = unpublished(outcome, tmp_path / "run", LiveTarget())
    assert problem is not None and "ragtui publish" in problem.hint
    server.faults.clear()
    run = local_run(tmp_path / "run")
    assert publish(server, run).phase is Phase.VERIFIED
    assert len(server.stored_items()) == 6


def record(folder: Path, item_id: str) -> None:
    """What a process that ran the user's code leaves behind."""
    scope = LiveTarget().scope(header_of(folder), item_id, "1", 1)
    root = WireSpan(scope.trace_id, scope.root, "ragtui-item", 5, 9, scope.attributes)
    child = WireSpan(scope.trace_id, "00000000000000aa", "own step", 6, 8, {}, scope.root)
    keep(folder / "langfuse", item_id, "1", encode_spans([root, child]))


def children(server: StandIn) -> list[Span]:
    return [span for span in server.stored_spans() if span.name == "own step"]


def test_spans_of_the_pipeline_go_along_and_hang_below_the_item(tmp_path: Path, server: StandIn) -> None:
    live = LivePublisher(header_of(tmp_path / "run"), DATASET, ["1"], LiveTarget())
    live.start()
    for item in DATASET.items:
        record(tmp_path / "run", item.id)
        live.add(result_for(item))
    outcome = live.close(wait_s=120)
    assert outcome is not None and outcome.phase is Phase.VERIFIED
    roots = {span.trace_id: span for span in server.stored_items()}
    assert len(children(server)) == 6
    for child in children(server):
        assert child.parent_id == roots[child.trace_id].id
        assert child.experiment == roots[child.trace_id].experiment


def test_a_repeated_attempt_replaces_the_failed_one(tmp_path: Path, server: StandIn) -> None:
    live = LivePublisher(header_of(tmp_path / "run"), DATASET, ["1"], LiveTarget())
    live.start()
    live.add(result_for(DATASET.items[0], error="timeout"))
    eventually(lambda: len(server.stored_items()) == 1)
    live.add(replace(result_for(DATASET.items[0]), attempt=2, started_at="2026-11-03T00:00:00+00:00"))
    outcome = live.close(wait_s=120)
    assert outcome is not None and outcome.phase is Phase.VERIFIED
    (root,) = server.stored_items()
    assert root.attribute("langfuse.observation.level") == "DEFAULT"
    assert len(server.stored_scores()) == len(METRICS)


def test_a_name_held_by_another_run_is_given_up_with_a_reason(tmp_path: Path, server: StandIn) -> None:
    publish(server, write_run(tmp_path / "other", DATASET, [result_for(DATASET.items[0])]))
    live = LivePublisher(header_of(tmp_path / "run"), DATASET, ["1"], LiveTarget())
    live.start()
    eventually(lambda: live.status.given_up)
    assert "another run" in live.status.message
    live.add(result_for(DATASET.items[0]))
    assert live.close() is None
    assert not list((tmp_path / "run" / "langfuse").glob("*.outbox"))


def test_missing_keys_are_given_up_at_once_without_a_word_of_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGFUSE_PUBLIC_KEY", "LANGFUSE_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    live = LivePublisher(header_of(tmp_path / "run"), DATASET, ["1"], LiveTarget())
    live.start()
    eventually(lambda: live.status.given_up)
    assert "LANGFUSE_PUBLIC_KEY" in live.status.message
    live.add(result_for(DATASET.items[0]))
    assert live.close() is None


def test_a_folder_is_followed_while_another_writes_it(tmp_path: Path, server: StandIn) -> None:
    """The writer is the ordinary one and knows nothing of it; the target is remembered beside the run."""
    folder = tmp_path / "run"
    told: list[str] = []
    writer = RunWriter.create(
        folder, name="baseline", dataset=DATASET, pipeline={"model": "m1"}, metrics=METRICS, repeats=1, sync_each=False
    )
    remember_target(folder, LiveTarget("hosted name"))
    with writer, following([folder, tmp_path], told.append, wait_s=10) as followers:
        assert len(followers) == 1, "a folder without a target is left alone"
        for item in DATASET.items[:3]:
            writer.append(result_for(item), item)
        eventually(lambda: len(server.stored_items()) == 3)
        for item in DATASET.items[3:]:
            writer.append(result_for(item), item)
        writer.finish()
    assert any("verified; items sent 6 of 6, visible 6 of 6" in line for line in told)
    assert len(server.dataset_items("hosted name")) == 6
    assert len(server.stored_scores()) == 12
    posts = len(server.asked("POST"))
    assert publish(server, load(folder), Options(dataset="hosted name", resume=True)).phase is Phase.VERIFIED
    assert len(server.asked("POST")) == posts


def test_following_an_outage_tells_the_way_out_and_raises_nothing(tmp_path: Path, server: StandIn) -> None:
    server.fail(Fault(status=500, times=-1))
    folder = tmp_path / "run"
    told: list[str] = []
    local_run(folder)
    remember_target(folder, LiveTarget())
    with following([folder], told.append):
        pass
    assert any("ragtui publish" in line for line in told)
    assert not any(server.secret_key in line for line in told)
