"""What a published run says on the server: ids, repeats, times, scores and what has none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from langfuse_standin import StandIn
from publishing_kit import METRICS, dataset_of, publish, result_for, simple_run, write_run

from ragtui.errors import UsageError
from ragtui.langfuse.write import ids
from ragtui.langfuse.write.mirror import MAX_TEXT, cut
from ragtui.langfuse.write.publish import Options
from ragtui.langfuse.write.publisher import Phase
from ragtui.model import Judgement

ERROR = "langfuse.observation.level"


@pytest.fixture(autouse=True)
def state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGTUI_STATE_DIR", str(tmp_path / "state"))


def scores_by_name(server: StandIn) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for score in server.stored_scores():
        out.setdefault(score["name"], []).append(score)
    return out


def test_the_experiment_id_is_the_one_a_real_server_listed() -> None:
    """Recorded from Langfuse 4.16.0: a run that SDK 5.0.4 had made there."""
    assert ids.experiment_id("test-project", "cmwsf07uh000rdo7da56dp09g", "run-1-223502") == "2928760b3574f3f6"


def test_the_experiment_id_agrees_with_the_sdk_itself() -> None:
    langfuse = pytest.importorskip("langfuse")
    derive = getattr(langfuse.Langfuse, "_create_experiment_id", None)
    if derive is None:
        pytest.skip("this SDK derives the id elsewhere")
    derived = derive(object.__new__(langfuse.Langfuse), project_id="p", dataset_id="d", run_name='a "b", ü/%\n')
    assert derived == ids.experiment_id("p", "d", 'a "b", ü/%\n')


def test_an_item_arrives_with_question_answer_expectation_cost_and_passages(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server:
        assert publish(server, run).phase is Phase.VERIFIED
        root = next(s for s in server.stored_items() if s.attribute("langfuse.observation.input") == "Question 1?")
        children = {span.name: span for span in server.stored_spans() if span.parent_id == root.id}
    assert root.attribute("langfuse.observation.output") == "It is 1."
    assert root.experiment_attribute("item.expected_output") == "Answer 1."
    assert root.experiment_attribute("name") == "baseline"
    assert root.start == datetime(2026, 11, 1, 9, 0, 1, 500000, UTC).timestamp()
    assert root.end - root.start == pytest.approx(1.25)
    assert root.attribute("langfuse.environment") == "sdk-experiment"
    usage = json.loads(children["answer"].attribute("langfuse.observation.usage_details"))
    assert usage == {"input": 70, "output": 4}
    assert json.loads(children["answer"].attribute("langfuse.observation.cost_details")) == {"total": 0.0003}
    passages = json.loads(children["retrieval"].attribute("langfuse.observation.output"))
    assert passages == [{"id": "doc#1", "title": "title", "text": "text", "score": 0.5}]
    for span in children.values():
        assert span.experiment_attribute("item.root_observation_id") == root.id
        assert span.experiment == root.experiment


def test_scores_hang_on_the_item_root_with_the_judges_words(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 1)
    with StandIn("v4") as server:
        publish(server, run)
        (score,) = scores_by_name(server)["faithfulness"]
        (root,) = server.stored_items()
    assert (score["traceId"], score["observationId"]) == (root.trace_id, root.id)
    assert (score["value"], score["dataType"], score["comment"]) == (5, "NUMERIC", "because 000 «ü»")
    assert score["metadata"] == {"judge": "judge-1"}
    assert score["timestamp"] == "2026-11-01T09:00:00.500Z"
    assert set(scores_by_name(server)) == {"faithfulness", "relevance"}, "latency, cost and tokens are no scores"


def test_repeats_become_experiments_of_one_configuration(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 2, repeats=3)
    with StandIn("v4") as server:
        outcome = publish(server, run)
        metadata = {
            span.experiment_attribute("name"): json.loads(span.experiment_attribute("metadata"))
            for span in server.stored_items()
        }
    assert sorted(metadata) == ["baseline #1", "baseline #2", "baseline #3"]
    assert {m["ragtui_configuration"] for m in metadata.values()} == {run.header.configuration.fingerprint()}
    assert [metadata[name]["ragtui_repeat"] for name in sorted(metadata)] == ["1", "2", "3"]
    about = json.loads(metadata["baseline #2"]["ragtui_run"])  # a server flattens what is nested, so it is sent as text
    assert (about["id"], about["repeats"], about["pipeline"]) == ("run", 3, {"model": "m1"})
    assert len(set(outcome.urls)) == 3
    assert not any(score.get("datasetRunId") for score in scores_by_name(server)["faithfulness"])


def test_what_has_no_value_is_an_error_span_and_never_a_number(tmp_path: Path) -> None:
    dataset = dataset_of(4)
    failed_judge = replace(
        result_for(dataset.items[1]),
        judgements={"faithfulness": Judgement(error="timeout after 60 s"), "relevance": Judgement(3)},
    )
    only_one_metric = replace(result_for(dataset.items[2]), judgements={"relevance": Judgement(4)})
    results = [
        result_for(dataset.items[0], error="pipeline: no route"), failed_judge, only_one_metric,
        result_for(dataset.items[3]),
    ]  # fmt: skip
    run = write_run(tmp_path / "run", dataset, results)
    with StandIn("v4") as server:
        assert publish(server, run).phase is Phase.VERIFIED
        by_name = scores_by_name(server)
        errors = {
            (span.trace_id, span.name): span.attribute("langfuse.observation.status_message")
            for span in server.stored_spans()
            if span.attribute(ERROR) == "ERROR"
        }  # fmt: skip
        roots = {span.attribute("langfuse.observation.input"): span for span in server.stored_items()}
    assert [score["value"] for score in by_name["faithfulness"]] == [5]
    assert sorted(score["value"] for score in by_name["relevance"]) == [3, 3, 4]
    failed = roots["Question 0?"]
    assert failed.attribute("langfuse.observation.output") == "Error: pipeline: no route"
    assert sorted((name, words) for (_, name), words in errors.items()) == [
        ("faithfulness", "no score was recorded"),
        ("faithfulness", "timeout after 60 s"),
        ("ragtui-item", "pipeline: no route"),
    ]


def test_missing_results_are_named_and_not_sent(tmp_path: Path) -> None:
    dataset = dataset_of(5)
    run = write_run(tmp_path / "run", dataset, [result_for(item) for item in dataset.items[:3]], repeats=1)
    with StandIn("v4") as server:
        outcome = publish(server, run)
        assert len(server.stored_items()) == 3
    if len(run.scores.items) == 5:
        assert any("no result for item 003" in p.message and p.count == 2 for p in outcome.problems)


def test_publishing_again_sends_nothing_and_a_later_attempt_replaces_the_earlier(tmp_path: Path) -> None:
    dataset = dataset_of(3)
    first = [result_for(dataset.items[0]), result_for(dataset.items[1]), result_for(dataset.items[2], error="boom")]
    run = write_run(tmp_path / "run", dataset, first)
    with StandIn("v4") as server:
        publish(server, run)
        sent = len(server.asked("POST"))
        assert publish(server, run).phase is Phase.VERIFIED
        assert len(server.asked("POST")) == sent
        repaired = replace(result_for(dataset.items[2]), attempt=2, started_at="2026-11-02T10:00:00+00:00")
        lost_score = replace(result_for(dataset.items[0]), attempt=2, judgements={"relevance": Judgement(1)})
        again = write_run(tmp_path / "again" / "run", dataset, [*first, repaired, lost_score])
        (tmp_path / "again" / "run" / "langfuse").mkdir()
        for path in (tmp_path / "run" / "langfuse").iterdir():
            path.rename(tmp_path / "again" / "run" / "langfuse" / path.name)
        assert publish(server, again).phase is Phase.VERIFIED
        roots = server.stored_items()
        assert len(roots) == 3
        fixed = next(span for span in roots if span.attribute("langfuse.observation.input") == "Question 2?")
        assert fixed.attribute("langfuse.observation.output") == "It is 2."
        assert fixed.attribute(ERROR) == "DEFAULT"
        values = {(s["traceId"], s["name"]): s["value"] for s in server.stored_scores()}
        assert sorted(values.values()) == [1, 3, 3, 5, 5], "the score that the second attempt lost is taken back"


def test_published_from_a_copy_without_its_outbox_nothing_is_doubled(tmp_path: Path) -> None:
    with StandIn("v4") as server:
        publish(server, simple_run(tmp_path / "run", 4))
        assert publish(server, simple_run(tmp_path / "copy" / "run", 4)).phase is Phase.VERIFIED
        assert len(server.stored_items()) == 4 and len(server.stored_scores()) == 8
        assert len(server.stored_spans()) == len({span.id for span in server.stored_spans()})


def test_an_items_content_there_is_not_rolled_back_by_publishing_an_old_run(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 3)
    with StandIn("v4") as server:
        publish(server, run)
        row = next(iter(server.dataset_items(run.header.dataset).values()))
        row["expectedOutput"] = "newer"
        outcome = publish(server, run)
        assert row["expectedOutput"] == "newer"
        assert any("differs from what this run was run on" in problem.message for problem in outcome.problems)


def test_no_key_is_in_any_file(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 2)
    with StandIn("v4") as server:
        publish(server, run)
        for path in tmp_path.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert server.secret_key.encode() not in data and server.public_key.encode() not in data, path


def test_texts_of_any_size_and_signs_arrive(tmp_path: Path) -> None:
    dataset = dataset_of(3)
    huge = replace(result_for(dataset.items[0]), output="ü" * 3_000_000)
    odd = replace(result_for(dataset.items[1]), output="a\ud800b\x00\x1b[31m\u202e")
    run = write_run(tmp_path / "run", dataset, [huge, odd, result_for(dataset.items[2])])
    with StandIn("v4") as server:
        assert publish(server, run).phase is Phase.VERIFIED
        assert all(len(request.body) < 4_000_000 for request in server.asked("POST"))
        outputs = {s.attribute("langfuse.observation.input"): s.attribute("langfuse.observation.output")
                   for s in server.stored_items()}  # fmt: skip
    assert "[cut by ragtui: 200000 of 3000000 characters]" in outputs["Question 0?"]
    assert outputs["Question 1?"].startswith("a")


def test_a_cut_text_stays_within_the_limit_and_says_so() -> None:
    assert cut("short") == "short"
    text = cut("é" * MAX_TEXT)
    assert len(text.encode()) < MAX_TEXT + 100 and "cut by ragtui" in text


def test_a_run_without_a_dataset_name_needs_one(tmp_path: Path) -> None:
    run = simple_run(tmp_path / "run", 1)
    run.header = replace(run.header, configuration=replace(run.header.configuration, dataset=""))
    with StandIn("v4") as server:
        with pytest.raises(UsageError, match="dataset"):
            publish(server, run)
        assert publish(server, run, Options(dataset="named")).phase is Phase.VERIFIED
        assert len(server.dataset_items("named")) == 1


def test_metric_names_of_the_kit_are_the_ones_asserted_here() -> None:
    assert [metric.name for metric in METRICS] == ["faithfulness", "relevance"]
