"""What ragtui publishes is what ragtui reads back: the hosted copy compares as the local run does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from langfuse_standin import KINDS, StandIn
from langfuse_standin.examples import listed
from publishing_kit import dataset_of, load, publish, result_for, simple_run, write_run

from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import ALONE, DirectionFrom, Judgement, Metric, Result, State, group_runs
from ragtui.sources.own.writer import RunWriter

Opener = Callable[..., LangfuseSource]


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "v2"])
def test_a_published_run_reads_back_as_it_was(kind: str, tmp_path: Path, open_source_on: Opener) -> None:
    local = simple_run(tmp_path / "run", 5, repeats=2)
    with StandIn(kind) as server:
        publish(server, local)
        source = open_source_on(server, local.header.dataset)
        headers, problems = listed(source)
        assert not problems
        assert sorted(headers) == ["baseline #1", "baseline #2"]
        for label in "12":
            header = headers[f"baseline #{label}"]
            assert header.configuration.fingerprint() == local.header.configuration.fingerprint()
            assert (header.mirror_of, header.mirror_repeat) == (local.header.id, label)
            run = source.load(header.id)
            assert run.repeat == label
            assert run.scores.items == local.scores.items
            layer = next(n for n, repeat in enumerate(local.scores.repeats) if repeat.label == label)
            for metric in ("faithfulness", "relevance"):
                assert run.scores.of(metric)[:, 0].tolist() == local.scores.of(metric)[:, layer].tolist()
            for resource in ("latency", "cost", "tokens"):
                np.testing.assert_allclose(run.scores.of(resource)[:, 0], local.scores.of(resource)[:, layer])
            assert run.item("003") == local.item("003")
            hosted, own = run.result("003", label), local.result("003", label)
            assert hosted is not None
            assert own is not None
            assert hosted.output == own.output
            assert hosted.judgements["relevance"].rationale == own.judgements["relevance"].rationale
            assert hosted.judgements["relevance"].judge == "judge-1"
            if kind in ("v4", "v4-old", "v4-dual"):
                assert hosted.contexts == own.contexts
            assert run.problems == ()


@pytest.mark.parametrize("kind", ["v4", "v3"])
def test_which_way_is_better_and_the_scale_come_back(kind: str, tmp_path: Path, open_source_on: Opener) -> None:
    """Else a colleague's comparison says "which way is better is not known" of what the plan stated."""
    metrics = [Metric("wobble", higher_is_better=False, scale=(0, 10), direction_from=DirectionFrom.FILE),
               Metric("plain", higher_is_better=None), Metric("changed", scale=(0, 1))]  # fmt: skip
    golden = dataset_of(2)
    with RunWriter.create(tmp_path / "run", id="run", name="baseline", dataset=golden, metrics=metrics) as writer:
        for item in golden.items:
            judged = {metric.name: Judgement(1.0) for metric in metrics}
            writer.append(Result(item.id, "1", output="x", judgements=judged), item)
        writer.finish()
    with StandIn(kind) as server:
        publish(server, load(tmp_path / "run"))
        for record in server.store.scores.records.values():
            if record.value["name"] == "changed":
                record.value["value"] = 7.0
        source = open_source_on(server, golden.name)
        run = source.load(listed(source)[0]["baseline"].id)
        wobble, plain, changed = (
            run.scores.metrics[run.scores.column_of[name]] for name in ("wobble", "plain", "changed")
        )
        assert (wobble.higher_is_better, wobble.direction_known, wobble.scale) == (False, True, (0, 10))
        assert not plain.direction_known
        assert changed.scale is None and run.scores.of("changed")[0, 0] == 7.0


def test_failures_come_back_as_failures(tmp_path: Path, open_source_on: Opener) -> None:
    dataset = dataset_of(3)
    results = [
        result_for(dataset.items[0]),
        result_for(dataset.items[1], error="timeout after 60 s"),
        result_for(dataset.items[2], scores=(4,)),
    ]
    local = write_run(tmp_path / "run", dataset, results)
    with StandIn("v4") as server:
        publish(server, local)
        source = open_source_on(server, dataset.name)
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.states_of("faithfulness")[:, 0].tolist() == [State.SCORED, State.ITEM_ERROR, State.SCORED]
        assert run.scores.states_of("relevance")[2, 0] == State.METRIC_ERROR
        failed = run.result("001", "1")
        assert failed is not None
        assert failed.error == "timeout after 60 s"


def test_an_old_published_run_keeps_its_configuration(tmp_path: Path, open_source_on: Opener) -> None:
    """The server forgets metadata of old runs in its listing; their items still have it."""
    local = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server:
        publish(server, local)
        server.forget_after_days = 0
        source = open_source_on(server, local.header.dataset)
        headers, _ = listed(source)
        assert headers["baseline"].configuration.fingerprint() == local.header.configuration.fingerprint()
        before = len(server.requests)
        listed(source)
        assert not [call for call in server.requests[before:] if call.path == "/experiment-items"]


def test_a_hosted_copy_is_no_repeat_of_the_run_it_mirrors(tmp_path: Path, open_source_on: Opener) -> None:
    """Pooled with its copy, every item would agree with itself and noise would seem to be half of what it is."""
    local = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server:
        publish(server, local)
        one, two = open_source_on(server), open_source_on(server, local.header.dataset)
        hosted, again = listed(one)[0]["baseline"], listed(two)[0]["baseline"]
        assert hosted.configuration.fingerprint() == local.header.configuration.fingerprint()
        (both,) = group_runs([hosted, local.header])
        assert (both.headers, both.copies, both.repeats) == ((local.header,), (hosted,), 1)
        (twice,) = group_runs([hosted, again])
        assert (twice.headers, twice.copies) == ((hosted,), (again,))
        apart = group_runs([local.header, hosted], {hosted.uid: ALONE})
        assert [group.headers for group in apart] == [(local.header,), (hosted,)]
        # Without the local run its copy is as good as any.
        assert [group.key for group in group_runs([hosted])] == [hosted.configuration.fingerprint()]
        marks = {local.header.uid: "mine", hosted.uid: "mine"}
        assert len(group_runs([local.header, hosted], marks)) == 1


def test_a_judge_that_failed_everywhere_is_still_a_column(tmp_path: Path, open_source_on: Opener) -> None:
    dataset = dataset_of(2)
    broken = {"relevance": Judgement(error="refused")}
    results = [replace(each, judgements={**each.judgements, **broken}) for each in map(result_for, dataset.items)]
    local = write_run(tmp_path / "run", dataset, results)
    with StandIn("v4") as server:
        publish(server, local)
        source = open_source_on(server, dataset.name)
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.states_of("relevance")[:, 0].tolist() == [State.METRIC_ERROR] * 2
        result = run.result("000", "1")
        assert result is not None
        assert result.judgements["relevance"].error == "refused"


@pytest.mark.parametrize("kind", ["v4", "v3"])
def test_targeted_and_rejudged_runs_are_never_pooled_with_full_ones(
    kind: str, tmp_path: Path, open_source_on: Opener
) -> None:
    dataset = dataset_of(6)
    full = simple_run(tmp_path / "full", 6)
    chosen = [result_for(dataset.items[n]) for n in (1, 3)]
    again = write_run(
        tmp_path / "again", dataset, chosen, name="baseline-again", selection=("001", "003"), confirms="full"
    )
    judged = write_run(
        tmp_path / "judged", dataset, [result_for(item) for item in dataset.items], name="baseline-rejudged",
        rejudge_of="full",
    )  # fmt: skip
    with StandIn(kind) as server:
        for run in (full, again, judged):
            publish(server, run)
        source = open_source_on(server, dataset.name)
        headers, problems = listed(source)
        assert not problems
        targeted = headers["baseline-again"]
        assert (targeted.selection, targeted.confirms) == (("001", "003"), "full")
        assert headers["baseline-rejudged"].rejudge_of == "full"
        assert headers["baseline"].selection is None
        assert len(group_runs(headers.values())) == 3
        loaded = source.load(targeted.id)
        assert loaded.scores.items == ("001", "003"), "the other items are not missing: they were not asked for"
        assert loaded.problems == ()
