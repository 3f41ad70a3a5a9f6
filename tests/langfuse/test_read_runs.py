"""Runs of every server generation end as the same arrays and texts."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import KINDS, Fault, StandIn, scores
from langfuse_standin.examples import items, listed, results

from ragtui.errors import RagtuiError, UsageError
from ragtui.langfuse.api.rates import Rates, Wait
from ragtui.langfuse.api.shapes.texts import contexts_of
from ragtui.langfuse.api.shapes.totals import measures_of
from ragtui.langfuse.read.source import LangfuseSource
from ragtui.model import RunStatus, State, group_runs
from ragtui.workbench import Library, runs_meant

Opener = Callable[..., LangfuseSource]

NAMES = ["plain", "a, b", "a/b/c", "mit Leerzeichen", "größe 🙂 漢字", "50 % #1 ?x=1&y"]


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_run_reads_the_same_on_every_generation(kind: str, open_source_on: Opener) -> None:
    with StandIn(kind) as server:
        server.add_dataset("qa", items(6))
        server.add_run("qa", "base", results(6), metadata={"model": "m1"}, run_scores={"mean": 0.5})
        server.advance(3600)
        source = open_source_on(server, "qa")
        headers, problems = listed(source)
        assert not problems
        header = headers["base"]
        assert (header.dataset, header.format, header.status) == ("qa", "langfuse", RunStatus.COMPLETE)
        run = source.load(header.id)
        assert run.scores.items == tuple(f"i{n:03d}" for n in range(6))
        assert run.scores.of("faithfulness")[:, 0].tolist() == [1, 2, 3, 4, 5, 1]
        assert run.scores.of("passed")[:, 0].tolist() == [0, 1, 0, 1, 0, 1]
        assert run.scores.of("cost")[:, 0].tolist() == [0.25] * 6
        assert run.scores.of("latency")[:, 0].tolist() == pytest.approx([1.5] * 6)
        if kind != "v2":
            assert run.scores.of("tokens")[:, 0].tolist() == [12] * 6
        result = run.result("i003", run.repeat)
        assert result is not None
        assert result.output == "answer 3"
        assert result.judgements["faithfulness"].rationale == "because 3"
        item = run.item("i003")
        assert (item.question, item.expected, dict(item.metadata)) == ("Q3", "A3", {"topic": "t"})
        assert result.trace_url.startswith(f"{server.url}/project/test-project/traces/")
        assert header.url is not None
        assert header.url.startswith(f"{server.url}/project/test-project/")
        assert run.problems == ()
        assert source.server is not None
        assert source.server.version in source.label


@pytest.mark.parametrize("kind", ["v4", "v4-dual", "v3"])
@pytest.mark.parametrize("name", NAMES)
def test_names_with_any_signs_work(kind: str, name: str, open_source_on: Opener) -> None:
    with StandIn(kind) as server:
        server.add_dataset(name, items(2))
        server.add_dataset("other", {"o": {"input": "x"}})
        server.add_run(name, name, results(2))
        server.add_run("other", name, {"o": {"scores": {"m": 1}}})
        source = open_source_on(server, name)
        headers, _ = listed(source)
        assert list(headers) == [name]
        assert source.load(headers[name].id).scores.items == ("i000", "i001")


def test_a_large_run_takes_few_calls(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(200))
        many = results(200)
        for n, result in enumerate(many.values()):
            result["scores"] = {f"m{k}": (float((n + k) % 5), "why") for k in range(5)}
        server.add_run("qa", "base", many, start=server.clock())
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        before = len(server.requests)
        run = source.load(headers["base"].id)
        calls = server.requests[before:]
        assert int((run.scores.states == int(State.SCORED)).sum()) == 200 * (5 + 3)
        assert len([call for call in calls if call.path in ("/experiment-items", "/v3/scores")]) == 13
        assert len(calls) == 16
        assert max(len(call.query.get("traceId", "")) for call in calls) < 4000


def test_errors_and_gaps_are_states_never_numbers(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(5))
        ran = results(4)
        ran["i001"] = {"error": "model timeout", "output": "Error: model timeout"}
        ran["i002"]["scores"] = {"passed": True}
        server.advance(-7200)
        server.add_run("qa", "base", ran)
        server.advance(7200)
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        assert headers["base"].status is RunStatus.PARTIAL
        run = source.load(headers["base"].id)
        states = dict(zip(run.scores.items, run.scores.states_of("faithfulness")[:, 0].tolist(), strict=True))
        assert states == {
            "i000": State.SCORED, "i001": State.ITEM_ERROR, "i002": State.MISSING, "i003": State.SCORED,
            "i004": State.MISSING,
        }  # fmt: skip
        assert math.isnan(run.scores.of("faithfulness")[1, 0])
        assert run.missing == ("i004",)
        failed = run.result("i001", run.repeat)
        assert failed is not None
        assert "model timeout" in failed.error
        said = " ".join(str(problem) for problem in run.problems)
        assert "1 of 5 items are missing: i004" in said
        assert "the pipeline failed on 1 of 4 items: i001" in said
        assert "faithfulness: 2 of 3 items scored" in said
        assert run.header.errors == 1


def test_words_are_compared_only_when_they_mean_yes_or_no(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        server.add_run(
            "qa",
            "base",
            {
                "i000": {"scores": {"ok": "Pass", "tone": "rude", "note": "a"}},
                "i001": {"scores": {"ok": "fail", "tone": "kind"}},
            },
        )
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.of("ok")[:, 0].tolist() == [1, 0]
        assert run.scores.of("tone = kind")[:, 0].tolist() == [0, 1]
        assert run.scores.of("tone = rude")[:, 0].tolist() == [1, 0]
        result = run.result("i000", run.repeat)
        assert result is not None
        assert result.judgements["tone"].label == "rude"


def test_a_person_and_a_judge_are_two_metrics_and_the_project_says_ranges_and_labels(open_source_on: Opener) -> None:
    with StandIn("v4-old") as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", {f"i{n:03d}": {"scores": {"quality": 0.5, "tone": "kind"}} for n in range(3)},
                       run_scores={"mean_quality": 0.9, "verdict": "ship"})  # fmt: skip
        server.score_configs = [
            {"name": "quality", "dataType": "NUMERIC", "minValue": 0, "maxValue": 1},
            {"name": "tone", "dataType": "CATEGORICAL", "categories": [{"label": "kind"}, {"label": "rude"}]},
        ]
        for span in server.stored_items()[:2]:
            body = {"name": "quality", "value": 1, "traceId": span.trace_id, "source": "ANNOTATION"}
            scores.put(server.store, {**body, "comment": "a person said so"})
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.of("quality")[:, 0].tolist() == [0.5, 0.5, 0.5]
        assert (run.scores.states_of("quality (human)")[:, 0] == int(State.SCORED)).sum() == 2
        quality = run.scores.metrics[run.scores.column_of["quality"]]
        assert quality.scale == (0, 1)
        assert run.scores.of("tone = rude")[:, 0].tolist() == [0, 0, 0], "a label nobody gave is a share of zero"
        assert run.header.extra["run_scores"] == {"mean_quality": 0.9, "verdict": "ship"}
        assert any("mean_quality is 0.9; the mean of its items is 0.5" in problem.message for problem in run.problems)


def test_late_annotations_are_read_and_the_newest_score_counts(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(1))
        server.add_run("qa", "base", {"i000": {"scores": {"m": 1}, "score_after": 5 * 86_400}})
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.of("m")[0, 0] == 1


def test_sent_twice_is_counted_once(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(1))
        server.add_run("qa", "base", results(1))
        for record in server.store.spans.records.values():
            record.writes = 3
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.of("cost")[0, 0] == 0.25


def test_scores_beside_items_are_the_way_out_and_their_cap_is_told(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        ran = results(2)
        ran["i000"]["scores"] = {f"m{n:02d}": 1.0 for n in range(60)}
        server.add_run("qa", "base", ran)
        source = open_source_on(server, "qa", retries=0)
        headers, _ = listed(source)
        server.fail(Fault("GET", "/v3/scores", status=500, times=-1))
        run = source.load(headers["base"].id)
        assert sum(name.startswith("m") for name in run.scores.column_of) == 50
        said = " ".join(problem.message for problem in run.problems)
        assert "1 of 2 items have 50 scores" in said
        assert "without judge comments" in said


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_pages(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(100))
        server.add_run("qa", "base", results(100, output="x" * 2000))
        server.largest_answer = 150_000
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert len(run.scores.items) == 100


def test_both_listings_of_a_dual_server_are_one(open_source_on: Opener) -> None:
    with StandIn("v4-dual") as server:
        server.add_dataset("qa", items(4))
        server.add_run("qa", "written as spans", results(2), link=False)
        server.add_run("qa", "written and linked", results(2), link=True)
        # A link to a trace that is no part of any experiment: v4 itself does not show it.
        server.add_run("qa", "only linked", results(2), experiment_id="gone", link=True)
        for key in [k for k, r in server.store.spans.records.items() if r.value.experiment == "gone"]:
            span = server.store.spans.records[key].value
            for name in [name for name in span.attributes if name.startswith("langfuse.experiment.")]:
                del span.attributes[name]
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        assert sorted(headers) == ["only linked", "written and linked", "written as spans"]
        for header in headers.values():
            run = source.load(header.id)
            assert run.scores.of("faithfulness")[:2, 0].tolist() == [1, 2]


@pytest.mark.parametrize("empty", [False, True])
def test_legacy_mode_shows_its_runs_whatever_the_new_endpoint_says(empty: bool, open_source_on: Opener) -> None:
    with StandIn("v4-legacy") as server:
        server.empty_experiments = empty
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        assert list(listed(open_source_on(server))[0]) == ["base"]


def test_a_seeded_item_keeps_its_local_name(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        about = {"ragtui_item": "018", "ragtui_hash": "abc", "topic": "refunds"}
        server.add_dataset("qa", {"rt-0123": {"input": "Q", "expectedOutput": "A", "metadata": about}})
        server.add_run("qa", "base", {"rt-0123": {"output": "x", "scores": {"m": 1}}})
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.items == ("018",)
        assert dict(run.item("018").metadata) == {"topic": "refunds"}


def test_repeats_are_known_by_what_ragtui_wrote(open_source_on: Opener) -> None:
    def about(label: str) -> Mapping[str, Any]:
        settings = {"id": "r1", "pipeline": {"k": 5}, "judges": {"f": {"model": "j"}}, "dataset": "local"}
        return {"ragtui_run": settings, "ragtui_repeat": label, "ragtui_configuration": "0123"}

    with StandIn("v4") as server:
        server.add_dataset("qa", items(1))
        for label in "12":
            server.add_run("qa", f"base #{label}", results(1), metadata=about(label))
        server.add_run("qa", "other", results(1), metadata={"k": 5})
        source = open_source_on(server, "qa")
        headers, _ = listed(source)
        one, two, other = headers["base #1"], headers["base #2"], headers["other"]
        assert one.configuration.known
        assert one.configuration.fingerprint() == two.configuration.fingerprint()
        assert one.configuration.dataset == "local"
        assert not other.configuration.known
        assert source.load(two.id).scores.repeats[0].label == "2"
        assert one.mirror_of == "r1"


def test_repeats_are_known_by_the_users_name_rule(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(1))
        for name in ("base-1", "base-2", "new-1", "single"):
            server.add_run("qa", name, results(1))
        headers, _ = listed(open_source_on(server, "qa", name_rule=r"^(?P<config>.+)-\d+$"))
        prints = {name: header.configuration.fingerprint() for name, header in headers.items()}
        assert prints["base-1"] == prints["base-2"] != prints["new-1"]
        assert not headers["single"].configuration.known


def test_an_unknown_dataset_or_run_is_named(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa")
        with pytest.raises(RagtuiError, match="no such dataset"):
            list(open_source_on(server, "nosuch").headers())
        with pytest.raises(RagtuiError, match="no run with id"):
            open_source_on(server, "qa").load("nosuch")


def test_a_score_called_cost_is_what_its_author_says(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2, scores={"cost": 4.0}))
        source = open_source_on(server, "qa")
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.scores.of("cost")[:, 0].tolist() == [4, 4]
        assert [metric.name for metric in run.scores.metrics].count("cost") == 1


def test_a_server_that_was_upgraded_is_probed_again(open_source_on: Opener) -> None:
    with StandIn("v3") as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "old", results(2))
        source = open_source_on(server, "qa")
        assert list(listed(source)[0]) == ["old"]
        source.close()
        server.kind = KINDS["v4"]
        server.add_run("qa", "new", results(2), link=False)
        later = open_source_on(server, "qa")
        known = later._known
        known._servers._cache.put("server", known._servers._digest(later.credentials), _aged(server, later))
        assert list(listed(later)[0]) == ["new"]


def _aged(server: StandIn, source: LangfuseSource) -> dict[str, Any]:
    """What a session of some minutes ago had found."""
    kept = source._known._servers.recall(source.credentials)
    assert kept is not None
    assert kept.value["generation"] == "v3"
    return {**kept.value, "probed": kept.value["probed"] - 600}


def test_a_slow_limited_server_is_read_to_the_end_with_a_countdown(open_source_on: Opener) -> None:
    waits: list[Wait] = []
    with StandIn("v4") as server:
        server.add_dataset("qa", items(150))
        server.add_run("qa", "base", results(150))
        server.limits, server.limit_window = {"general": 5}, 0.5
        source = open_source_on(server, "qa", rates=Rates(window=0.5), on_wait=waits.append)
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert int((run.scores.states_of("faithfulness") == State.SCORED).sum()) == 150
        assert any(wait.seconds > 0 for wait in waits)


@pytest.mark.parametrize("path", ["/experiment-items", "/v3/scores", "/v2/observations", "/dataset-items"])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 524}, {"drop": True}, {"hang": 60.0}])
def test_one_bad_answer_anywhere_changes_nothing(path: str, fault: dict[str, Any], open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", results(3))
        server.fail(Fault("GET", path, **fault))
        # An answer that is late because the machine is busy is asked for again, as the hanging one is.
        source = open_source_on(server, "qa", timeout=0.5 if "hang" in fault else 60.0, retries=6)
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert run.problems == ()
        assert run.scores.of("faithfulness")[:, 0].tolist() == [1, 2, 3]


def test_cost_that_cannot_be_read_is_missing_and_said(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        server.fail(Fault("GET", "/v2/observations", status=500, times=-1))
        source = open_source_on(server, "qa", retries=0)
        run = source.load(next(iter(listed(source)[0].values())).id)
        assert "cost" not in run.scores.column_of
        assert run.scores.of("faithfulness")[:, 0].tolist() == [1, 2]
        assert any("cost, tokens and errors could not be read" in problem.message for problem in run.problems)


def test_a_listing_too_wide_for_the_server_is_narrowed_and_said(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        source = open_source_on(server, "qa", retries=0)
        list(source.headers())
        server.fail(Fault("GET", "/experiments", status=422, times=5, body={"message": "Request timed out"}))
        headers, problems = listed(source)
        assert "base" in headers
        assert any("only runs of the last 180 days" in problem.message for problem in problems)


def test_a_place_may_name_runs_of_a_dataset(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        for name in ("qa", "qa/v1", "qa/v1/b"):
            server.add_dataset(name, {f"{name}-i": {"input": "x"}})
            for run in ("base #1", "base #2", "other", "b"):
                server.add_run(name, run, {f"{name}-i": {"scores": {"m": 1}}})
        assert sorted(listed(open_source_on(server, "qa/v1/base"))[0]) == ["base #1", "base #2"]
        header = listed(open_source_on(server, "qa/other"))[0]["other"]
        assert header.location == "langfuse:qa/other"
        # A dataset of exactly this name comes before a run of that name.
        assert len(listed(open_source_on(server, "qa/v1/b"))[0]) == 4


@pytest.mark.parametrize("kind", ["v2", "v3", "v3-late", "v4-legacy"])
def test_a_crowded_server_is_asked_trace_by_trace(
    kind: str, open_source_on: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragtui.langfuse.read.legacy._SPARE_PAGES", 0)
    with StandIn(kind) as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", results(3))
        server.add_run("qa", "other traffic", {f"i00{n % 3}": {"scores": {"m": 1}} for n in range(3)})
        source = open_source_on(server, "qa")
        run = source.load(listed(source)[0]["base"].id)
        assert run.scores.of("faithfulness")[:, 0].tolist() == [1, 2, 3]
        assert run.scores.of("cost")[:, 0].tolist() == [0.25] * 3
        assert run.problems == ()
        assert len({call.path for call in server.asked("GET", "/traces/")}) == 3


def test_links_to_traces_that_never_arrived_are_told(open_source_on: Opener) -> None:
    with StandIn("v3") as server:
        server.add_dataset("qa", items(3))
        server.add_run("qa", "base", results(3))
        lost = server.stored_items() or server.stored_spans()
        for key in [key for key in server.store.spans.records if key[0] == lost[0].trace_id]:
            server.store.spans.drop(key)
        source = open_source_on(server, "qa")
        run = source.load(listed(source)[0]["base"].id)
        assert any("1 of 3 items are linked to traces that are not there" in each.message for each in run.problems)


def test_a_server_without_the_trace_filter_still_gives_costs(open_source_on: Opener) -> None:
    with StandIn("v4") as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "base", results(2))
        server.add_run("qa", "other", results(2, cost=9.0))
        server.fail(Fault("GET", "/v2/observations", status=400, times=-1, contains="any of"))
        source = open_source_on(server, "qa")
        run = source.load(listed(source)[0]["base"].id)
        assert run.scores.of("cost")[:, 0].tolist() == [0.25, 0.25]
        assert run.problems == ()


def test_runs_of_one_name_model_and_prompt_version_are_repeats_and_the_next_version_is_not(
    open_source_on: Opener,
) -> None:
    with StandIn("v4-old") as server:
        server.add_dataset("qa", items(3))
        for name, version in (("rerank - 2026-11-01T10:00:00Z", 3), ("rerank - 2026-11-02T10:00:00Z", 3),
                              ("rerank - 2026-11-03T10:00:00Z", 4), ("other - 2026-11-03T11:00:00Z", 3)):  # fmt: skip
            call: dict[str, Any] = {"model": "gpt-x", "parameters": {"temperature": 0.5}, "prompt": ("answer", version)}
            server.add_run("qa", name, results(3, **call))
        source = open_source_on(server, "qa")
        for header in listed(source)[0].values():
            source.load(header.id)
        groups = group_runs(listed(source)[0].values())
        assert sorted(len(group.headers) for group in groups) == [1, 1, 2]
        pipeline = groups[0].configuration.pipeline
        assert pipeline["llm"] == {"model": "gpt-x", "prompt": "answer@3", "temperature": 0.5} or "@4" in str(pipeline)


@pytest.mark.parametrize("again", [" - 2026-11-0{}T10:00:00.123Z", " #{}"], ids=["dated by the SDK", "numbered"])
def test_a_name_finds_its_repeats_the_first_time_too(again: str, tmp_path: Path, open_source_on: Opener) -> None:
    """How a run was made is known once it was read; whoever compared first was told of several configurations."""
    with StandIn("v4-old") as server:
        server.add_dataset("qa", items(3))
        for name, model in (("exp", "x"), ("mixed", "x"), ("plain", "")):
            for number in (1, 2):
                call: dict[str, Any] = {"model": model + "y" * (name == "mixed" and number == 2)} if model else {}
                server.add_run("qa", name + again.format(number), results(3, **call))
        for number, word in enumerate(("exp", "langfuse:qa/exp", "mixed", "plain")):
            library = Library((open_source_on(server, "qa", cache_folder=tmp_path / str(number)),))
            if "exp" in word:
                assert len(runs_meant(library, [word])) == 2
            else:
                with pytest.raises(UsageError, match="2 configurations"):
                    runs_meant(library, [word])
        library = Library((open_source_on(server, "qa", cache_folder=tmp_path / "all"),))
        assert len(library.headers) == 6
        asked = len(server.asked("GET", "/experiment-items"))
        with pytest.raises(UsageError, match="6 configurations"):
            runs_meant(library, ["langfuse:qa"])
        assert len(server.asked("GET", "/experiment-items")) == asked, "nobody reads a project to refuse it"


@pytest.mark.parametrize(("kind", "wanted"), [("RETRIEVER", ["a", "b"]), ("TOOL", ["a", "b"]), ("SPAN", [])])
def test_passages_come_from_retrievers_and_from_tools(kind: str, wanted: list[str]) -> None:
    rows = [
        {"id": "root", "traceId": "t", "type": "SPAN"},
        {"id": "1", "traceId": "t", "type": kind, "parentObservationId": "root", "output": '["a"]'},
        {"id": "2", "traceId": "t", "type": kind, "parentObservationId": "root", "output": '{"documents": ["b"]}'},
    ]
    (measure,) = measures_of(rows, [("t", "root")])
    assert [context.text for context in contexts_of(measure.contexts)] == wanted


@pytest.mark.parametrize("kind", ["v4-old", "v4-dual"])
def test_a_project_lists_a_quarter_and_a_dataset_everything(kind: str, open_source_on: Opener) -> None:
    with StandIn(kind) as server:
        server.add_dataset("qa", items(2))
        server.add_run("qa", "new", results(2))
        project = open_source_on(server)
        headers, problems = listed(project)
        assert set(headers) == {"new"} and not problems, "nothing is said while there is nothing older"
        server.add_run("qa", "old", results(2), start=server.clock() - 200 * 86_400, link=False)
        headers, problems = listed(project)
        assert set(headers) == {"new"}
        assert any("last 90 days" in problem.message and "DATASET" in problem.hint for problem in problems)
        headers, problems = listed(open_source_on(server, "qa"))
        assert set(headers) == {"new", "old"} and not problems
