"""What the web pages of trackers export, laid out as their source writes it."""

from __future__ import annotations

from pathlib import Path

from sources_kit import listed, only_run

from ragtui.model import State

OPIK = (
    "dataset.question,output.output,feedback_scores.Hallucination,feedback_scores.Hallucination_reason,"
    "feedback_scores.Relevance,duration,created_at,id\n"
    "what a,aa,0.2,because,-,1.5,2026-05-01,e1\nwhat b,bb,-,,0.5,-,2026-05-01,e2\nwhat c,-,-,,-,-,2026-05-01,e3\n"
)


def test_a_dash_of_opiks_export_is_nothing_and_never_an_answer_or_a_failed_score(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text(OPIK)
    run = only_run(tmp_path)
    assert run.header.format == "opik"
    assert run.scores.states_of("Hallucination")[:, 0].tolist() == [State.SCORED, State.MISSING, State.MISSING]
    results = [run.result(item, "1") for item in run.scores.items]
    assert [result.output for result in results if result] == ["aa", "bb", ""]
    assert results[0] and results[0].judgements["Hallucination"].rationale == "because"


def test_assertions_of_opiks_test_suites_are_metrics(tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text(
        "dataset.question,output.output,status,assertion_1.name,assertion_1.result,assertion_1.reason,"
        "assertion_2.name,assertion_2.result\n"
        "what a,aa,passed,names the source,passed,it does,is polite,passed\n"
        "what b,bb,failed,names the source,failed,it does not,is polite,passed\n"
        "what c,cc,-,,,,,\n"
    )
    run = only_run(tmp_path)
    assert {metric.name: metric.higher_is_better for metric in run.scores.metrics} == {
        "names the source": True,
        "is polite": True,
        "passed": True,
    }
    assert run.scores.of("names the source")[:2, 0].tolist() == [1.0, 0.0]
    assert run.scores.states_of("passed")[2, 0] == State.MISSING
    result = run.result(run.scores.items[1], "1")
    assert result is not None and result.judgements["names the source"].rationale == "it does not"


def test_several_experiments_of_opik_beside_each_other_are_configurations(tmp_path: Path) -> None:
    one, two = "base", "cand v2"
    columns = ("evaluation_task.output", "feedback_scores.Hallucination", "feedback_scores.Hallucination_reason")
    names = ",".join(["dataset.question", *(f"{name}.{column}" for name in (one, two) for column in columns)])
    (tmp_path / "compare.csv").write_text(
        f"{names}\nwhat a,aa,0.2,so,a2,0.4,no\nwhat b,bb,-,,b2,0.5,\nwhat c,c,0.1,,c2,0.6,\n"
    )
    headers, _ = listed(tmp_path)
    means = {header.name: header.metrics[0] for header in headers}
    assert set(means) == {one, two} and (means[one].scored, means[two].scored) == (2, 3)


def test_langfuses_export_of_run_items_is_named_because_it_holds_no_scores(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(
        "id,projectId,datasetItemId,traceId,observationId,createdAt,updatedAt,datasetName\n"
        "r1,p,i1,t1,,2026-05-01,2026-05-01,docs\nr2,p,i2,t2,,2026-05-01,2026-05-01,docs\n"
    )
    headers, [problem] = listed(tmp_path)
    assert headers == [] and "Langfuse's, but holds no results of single items" in problem.message
