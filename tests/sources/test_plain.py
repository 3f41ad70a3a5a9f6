import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from sources_kit import lines_of, listed, only_run, said

from ragtui.errors import InputError
from ragtui.sources import open_source


def harness(folder: Path, records: Sequence[object], summary: object = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.jsonl").write_bytes(lines_of(records))
    if summary is not None:
        (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def test_a_hand_rolled_harness_opens(tmp_path: Path) -> None:
    records = [
        {
            "question_id": 7,
            "query": "How?",
            "ground_truth": "So.",
            "response": "Thus.",
            "retrieved_contexts": [{"page_content": "passage", "source": "doc.md", "score": 0.5}, "bare"],
            "scores": {"faithfulness": 0.9, "relevance": {"score": 4, "reason": "on topic"}},
            "latency_ms": 1500,
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        },
        {"question_id": 8, "query": "Why?", "error": "timeout", "scores": {}},
    ]
    summary = {
        "run_name": "nightly",
        "timestamp": "2026-11-01T09:00:00",
        "model": "small",
        "config": {"k": 3},
        "metrics": {"faithfulness": 0.9},
        "dataset": "support",
    }
    harness(tmp_path / "r", records, summary)
    (header,), problems = listed(tmp_path)
    assert not problems
    assert (header.name, header.format, header.dataset) == ("nightly", "plain", "support")
    assert header.configuration.pipeline == {"k": 3, "model": "small"}
    assert header.metrics[0].mean == 0.9
    run = only_run(tmp_path)
    assert run.scores.items == ("7", "8")
    assert [m.name for m in run.scores.metrics] == ["faithfulness", "relevance", "latency", "tokens"]
    assert run.scores.values[0, :, 0].tolist() == [0.9, 4.0, 1.5, 15.0]
    assert run.item("7").expected == "So."
    result = run.result("7", "1")
    assert result is not None
    assert (result.output, result.judgements["relevance"].rationale) == ("Thus.", "on topic")
    assert [(c.id, c.text, c.score) for c in result.contexts] == [("doc.md", "passage", 0.5), ("#2", "bare", None)]
    failed = run.result("8", "1")
    assert failed is not None
    assert failed.error == "timeout"


def test_scores_may_be_fields_of_their_own(tmp_path: Path) -> None:
    harness(
        tmp_path,
        [{"id": "a", "run": 3, "repeat": 2, "correct": True, "bleu": 0.5, "top_k": 4, "seed": 9, "n_tokens": 7}],
    )
    run = only_run(tmp_path)
    assert {m.name for m in run.scores.metrics} >= {"correct", "bleu"}
    assert not {"seed", "run"} & {m.name for m in run.scores.metrics}
    assert run.scores.repeats[0].label == "2"


def test_scores_may_be_a_list(tmp_path: Path) -> None:
    judged = [{"name": "m", "value": 3, "comment": "meh"}, {"metric": "n", "score": 1}, {"value": 9}]
    harness(tmp_path, [{"item": {"id": "a", "question": "How?"}, "evaluations": judged}])
    run = only_run(tmp_path)
    assert run.scores.values[0, :, 0].tolist() == [3.0, 1.0]
    assert run.item("a").question == "How?"
    result = run.result("a", "1")
    assert result is not None
    assert result.judgements["m"].rationale == "meh"


def test_a_summary_with_items_is_a_run(tmp_path: Path) -> None:
    items = [
        {"id": "a", "score": 1, "reason": "good"},
        5,
        {"id": "b", "score": None},
        {"question": "no id", "score": 0},
    ]
    (tmp_path / "summary.json").write_text(json.dumps({"name": "n", "results": items}))
    run = only_run(tmp_path)
    assert run.header.results == 3
    assert run.scores.items[:2] == ("a", "b")
    assert run.scores.items[2].startswith("q-")
    assert run.scores.of("score")[[0, 2], 0].tolist() == [1.0, 0.0]
    assert "entry 2 is not an object: left out" in said(run)
    assert "no item ids: they are made from the questions" in said(run)
    result = run.result("a", "1")
    assert result is not None
    assert result.judgements["score"].rationale == "good"


def test_means_alone_are_listed_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps({"id": "old", "metrics": {"faithfulness": 0.8, "note": "x"}}))
    (header,), problems = listed(tmp_path)
    assert not problems
    assert [(m.name, m.mean) for m in header.metrics] == [("faithfulness", 0.8)]
    assert "no item scores, only means" in str(header.problems[0])
    with pytest.raises(InputError, match="no item scores, only means"):
        open_source(tmp_path).load(header.id)


def test_a_summary_of_something_else_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "coverage").mkdir()
    (tmp_path / "coverage" / "summary.json").write_text('{"lines": 93.5, "files": {"a.py": 90}}')
    headers, problems = listed(tmp_path)
    assert headers == []
    assert [problem.message for problem in problems] == ["holds no runs"]


def test_a_folder_beside_a_bare_summary_is_still_searched(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text('{"total": 3}')
    harness(tmp_path / "inner", [{"id": "a", "scores": {"m": 1}}])
    assert [header.id for header in listed(tmp_path)[0]] == ["inner"]


def test_one_score_a_line_is_a_table(tmp_path: Path) -> None:
    harness(
        tmp_path, [{"id": i, "trial": t, "metric": m, "value": t} for i in "ab" for t in (1, 2) for m in ("f", "r")]
    )
    run = only_run(tmp_path)
    assert run.scores.values.shape == (2, 2, 2)
    assert run.scores.of("r").tolist() == [[1, 2], [1, 2]]


def test_json_lines_with_score_objects_open_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "night.jsonl").write_bytes(lines_of([{"id": "a", "scores": {"m": 1}}]))
    assert only_run(tmp_path / "night.jsonl").header.name == "night"
    assert only_run(tmp_path).header.id == "night.jsonl"


def test_damage_in_a_plain_folder_is_named_by_line(tmp_path: Path) -> None:
    harness(tmp_path, [{"id": "a", "scores": {"m": 1}}])
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'{"id": "b", "scores": {"m": tru\n{"scores": {"m": 1}}\n{"id": "c", "scores": {"m": NaN}}\n')
    run = only_run(tmp_path)
    assert run.scores.items == ("a", "c")
    assert [(problem.line, problem.message.partition(":")[0]) for problem in run.problems] == [
        (2, "line skipped"),
        (3, "no item id"),
        (4, "m is nan"),
    ]
