"""Configurations side by side in the columns of a table become runs; metrics that only look so stay metrics."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.model import RunHeader
from ragtui.sources import ColumnMap, open_source
from ragtui.sources.table.opening import preview_table

_TEXTS = ("answer", "response", "output")


def rows_of(columns: str, items: int = 6) -> list[dict[str, Any]]:
    """Items whose score in the n-th column is n tenths more than in the first; texts where the name says so."""
    names = columns.split(",")
    return [
        {
            "id": f"q{item}",
            **{
                name: f"text {item} of {place}" if name.endswith(_TEXTS) else round(0.1 * place + 0.01 * item, 2)
                for place, name in enumerate(names)
            },
        }
        for item in range(items)
    ]


def write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_bytes(lines_of(rows))
    return path


SIDES = [
    ("baseline_score,rag_score", "baseline rag", "score"),
    ("score_baseline,score_rag", "baseline rag", "score"),
    ("baselineScore,ragScore", "baseline rag", "score"),
    ("baseline-score,rag-score", "baseline rag", "score"),
    ("faithfulness_v1,faithfulness_v2", "v1 v2", "faithfulness"),
    ("v1_faithfulness,v1_recall,v2_faithfulness,v2_recall", "v1 v2", "faithfulness recall"),
    ("model_a_correctness,model_b_correctness", "model_a model_b", "correctness"),
    ("gpt-4o_accuracy,claude-3-5-sonnet_accuracy", "gpt-4o claude-3-5-sonnet", "accuracy"),
    ("score (gpt-4o),score (llama-3)", "gpt-4o llama-3", "score"),
    ("with_rag_f1,without_rag_f1", "with_rag without_rag", "f1"),
    ("rag_f1,no_rag_f1", "rag no_rag", "f1"),
    ("old_prompt_recall,new_prompt_recall", "old_prompt new_prompt", "recall"),
    ("baseline_correct,mytool_correct", "baseline mytool", "correct"),
    ("scores.baseline.recall,scores.rag.recall", "baseline rag", "recall"),
    ("foo_answer,bar_answer,foo_correct,bar_correct", "foo bar", "correct"),
    ("dense_recall@5,hybrid_recall@5,bm25_recall@5", "dense hybrid bm25", "recall@5"),
    ("baseline,rag", "baseline rag", "score"),
    ("base_accuracy,finetuned_accuracy,base_toxicity,finetuned_toxicity", "base finetuned", "accuracy toxicity"),
]


@pytest.mark.parametrize(("columns", "arms", "metrics"), SIDES, ids=[columns for columns, _, _ in SIDES])
def test_configurations_side_by_side_are_runs_and_it_is_said(
    tmp_path: Path, columns: str, arms: str, metrics: str
) -> None:
    source = open_source(write(tmp_path / "t.jsonl", rows_of(columns)))
    headers = [entry for entry in source.headers() if isinstance(entry, RunHeader)]
    assert sorted(header.name for header in headers) == sorted(arms.split())
    for header in headers:
        run = source.load(header.id)
        assert [metric.name for metric in run.scores.metrics] == metrics.split()
        assert (len(run.scores.items), len(run.scores.repeats)) == (6, 1)
        assert f"configurations side by side: {', '.join(arms.split()[:4])}" in said(run)
    assert len({header.configuration.fingerprint() for header in headers}) == len(headers)


@pytest.mark.parametrize(
    "columns",
    [
        "answer_relevancy,context_relevancy", "context_precision,context_recall",
        "clarity_score,depth_score,tone_score", "title_accuracy,date_accuracy",
        "recall@5,recall@10", "precision,recall,f1", "rouge_1,rouge_2,rouge_l",
        "min_score,max_score,mean_score", "human_score,llm_score", "judge_a_score,judge_b_score",
        "dense_score,sparse_score", "char_f1,word_f1", "helpfulness_score,harmlessness_score", "hit_at_1,hit_at_3",
        "answer,gpt4_score,claude_score", "input_tokens,output_tokens,score", "baseline_score,rag_faithfulness",
        "exact_match,partial_match", "tool_accuracy,argument_accuracy", "retrieval_score,generation_score",
    ],
)  # fmt: skip
def test_metrics_that_share_a_word_stay_metrics(tmp_path: Path, columns: str) -> None:
    run = only_run(write(tmp_path / "t.jsonl", rows_of(columns)))
    scored = [name for name in columns.split(",") if name != "answer" and "tokens" not in name]
    assert set(scored) <= {metric.name for metric in run.scores.metrics}
    assert "side by side" not in said(run)


@pytest.mark.parametrize(
    "columns",
    [
        "score_run1,score_run2,score_run3",
        "trial_1_score,trial_2_score,trial_3_score",
        "try_1,try_2,try_3",
        "Versuch 1,Versuch 2,Versuch 3",
        "rollout1,rollout2,rollout3",
        "score[run=1],score[run=2],score[run=3]",
        "score@run1,score@run2,score@run3",
        "score {seed: 1},score {seed: 2},score {seed: 3}",
    ],
)
def test_repeats_side_by_side_are_repeats(tmp_path: Path, columns: str) -> None:
    run = only_run(write(tmp_path / "t.jsonl", rows_of(columns)))
    assert [repeat.label for repeat in run.scores.repeats] == ["1", "2", "3"]
    assert run.scores.of("score")[0].tolist() == [0.0, 0.1, 0.2]
    assert "3 repeats side by side" in said(run)


@pytest.mark.parametrize(
    ("columns", "count"),
    [
        ("score_0,score_1,score_2", 3),
        ("faithfulness #1,faithfulness #2", 2),
        ("f1.1,f1.2,f1.3", 3),
        ("accuracy (1),accuracy (2)", 2),
        ("score_2,score_3", 0),
        ("score_1,score_3", 0),
        ("hit@1,hit@2", 0),
        ("recall_at_1,recall_at_2", 0),
        ("bleu_1,bleu_2,bleu_3", 0),
        ("judge_1,judge_2", 0),
        ("rouge1,rouge2", 0),
        ("level_1,level_2", 0),
    ],
)
def test_metrics_that_differ_in_a_number_only_are_said_to(tmp_path: Path, columns: str, count: int) -> None:
    path = write(tmp_path / "t.jsonl", rows_of(columns))
    run = only_run(path)
    assert len(run.scores.repeats) == 1 and len(run.scores.metrics) == columns.count(",") + 1
    assert (f"differ in a number only: read as {count} metrics" in said(run)) == bool(count)
    if count:
        numbers = tuple(re.findall(r"(\d+)\D*(?:,|$)", columns))
        again = only_run(path, roles={"arms": numbers})
        assert tuple(repeat.label for repeat in again.scores.repeats) == numbers and len(again.scores.metrics) == 1


def test_texts_belong_to_their_side_and_what_compares_them_is_no_metric(tmp_path: Path) -> None:
    rows = [
        {"id": f"q{n}", "question": f"What is {n}?", "baseline_answer": f"base {n}", "rag_answer": f"rag {n}",
         "baseline_score": 1, "rag_score": 2 + n % 2, "rag_latency_s": 0.5, "score_diff": 1 + n % 2,
         "winner": "rag" if n % 2 else "baseline"}
        for n in range(6)
    ]  # fmt: skip
    source = open_source(write(tmp_path / "t.jsonl", rows))
    run = source.load("t.jsonl#rag")
    result, item = run.result("q3", "1"), run.item("q3")
    assert result is not None
    assert (result.output, result.latency_s, item.question) == ("rag 3", 0.5, "What is 3?")
    assert {metric.name for metric in run.scores.metrics} == {"score", "latency"}
    assert item.metadata["score_diff"] == 2
    base = source.load("t.jsonl#baseline").result("q3", "1")
    assert base is not None and (base.output, base.latency_s) == ("base 3", None)


def test_a_person_says_otherwise_in_one_step(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", rows_of("baseline_score,rag_score"))
    for roles in ({"arms": ()}, {"run": ()}, {"metrics": ("baseline_score", "rag_score")}):
        assert {metric.name for metric in only_run(path, roles=roles).scores.metrics} == {"baseline_score", "rag_score"}
    other = write(tmp_path / "u.jsonl", rows_of("title_accuracy,date_accuracy"))
    headers, _ = listed(other, roles={"arms": ("title", "date")})
    assert sorted(header.name for header in headers) == ["date", "title"]
    _, problems = listed(other, roles={"arms": ("title", "nowhere")})
    assert "arms: no columns of nowhere" in str(problems[0])


def test_a_confirmed_map_keeps_the_sides_and_one_without_them_has_none(tmp_path: Path) -> None:
    path = write(tmp_path / "t.jsonl", rows_of("baseline_score,rag_score"))
    preview = preview_table(path)
    assert preview.arms == preview.guess.arms == ("baseline", "rag")
    kept = ColumnMap.from_dict(json.loads(json.dumps(preview.guess.to_dict())))
    headers, _ = listed(path, columns={str(path): kept})
    assert sorted(header.name for header in headers) == ["baseline", "rag"]
    plain = preview_table(path, ()).guess
    assert plain.metrics == ("baseline_score", "rag_score")
    assert len(only_run(path, columns={str(path): plain}).scores.metrics) == 2
