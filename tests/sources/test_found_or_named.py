"""Hand-made results in a folder: every one is listed, or named with the reason."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sources_kit import listed


def _rows(**fields: list[object]) -> list[dict[str, object]]:
    return [dict(zip(fields, row, strict=True)) for row in zip(*fields.values(), strict=True)]


ASKED: list[object] = [f"How does part {n} work?" for n in range(6)]


@pytest.mark.parametrize(
    ("rows", "means"),
    [
        (_rows(q=ASKED, judge=[{"score": n, "why": "so"} for n in range(6)]), {"judge": 2.5}),
        (_rows(question=ASKED, response=["x"] * 6, grade=[*"ABCABC"]), {"grade": 3.0}),
        (_rows(question=ASKED, answer=["x"] * 6, correctness=[None] * 6), {"correctness": None}),
    ],
    ids=["graded objects", "letters", "failed everywhere"],
)
def test_hand_made_records_are_found_whatever_form_their_scores_have(
    tmp_path: Path, rows: list[dict[str, object]], means: dict[str, float | None]
) -> None:
    (tmp_path / "out.json").write_text(json.dumps({"run": "x", "results": rows}))
    headers, _ = listed(tmp_path)
    assert [{metric.name: metric.mean for metric in header.metrics} for header in headers] == [means]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("arvio.csv", "kysymys;vastaus;sopivuus\nMikä tämä on?;tuo;0,5\nEntä tuo?;se;1\n", "sopivuus"),
        ("swe.json", '[{"task": "t1", "resolved": true}, {"task": "t2", "resolved": false}]', "resolved"),
        (
            "words.json",
            '{"results": [{"q": "a?", "judgement": "fine by me"}, {"q": "b?", "judgement": "no"}]}',
            "judgement",
        ),
        (
            "report.md",
            "# Nightly\n\n| id | recall |\n|---|---|\n| q1 | 0.5 |\n| q2 | 1 |\n",
            "recall), but has only 2 rows",
        ),
        ("page.html", "<table><tr><th>case_id<th>faithfulness</tr><tr><td>q1<td>1</tr></table>", "has only one row"),
        (
            "asked.csv",
            "Where is Ulm?,in the south,4,5\nWho wrote Faust?,Goethe,5,5\nWhy?,so,1,1\n",
            "2 columns hold numbers",
        ),
        ("ratings.csv", "a,blue,4,5\nb,red,5,5\n", "only two lines"),
        ("out.csv", "question,answer,quux\nWhat is it now?,a,3\nWhat is that?,b,4\n", "quux"),
    ],
)
def test_what_may_be_results_is_named_where_it_is_not_listed(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    headers, problems = listed(tmp_path)
    assert headers == []
    assert [Path(problem.where).name for problem in problems if said in problem.message] == [name]


@pytest.mark.parametrize(
    "document",
    [
        [{"id": "judge-1", "text": "Be strict.", "evaluation_criteria": "be fair"}] * 2,
        {"packageRules": [{"matchPackageNames": ["a"], "groupName": "g one"}, {"matchPackageNames": ["b"]}]},
        {"packages": {f"node_modules/p{n}": {"version": "1", "resolved": "https://example.org/p.tgz"} for n in "abc"}},
        [{"name": "tone", "metric": "tone", "evaluator": "large model", "prompt": "Rate the tone."}] * 2,
    ],
    ids=["prompts", "rules", "lock file", "judges"],
)
def test_what_other_programs_keep_in_a_project_is_passed_over(tmp_path: Path, document: object) -> None:
    (tmp_path / "kept.json").write_text(json.dumps(document))
    headers, problems = listed(tmp_path)
    assert headers == []
    assert [problem.message for problem in problems] == ["holds no runs"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("log.csv", "epoch,loss,accuracy\n1,0.5,0.7\n2,0.4,0.8\n3,0.3,0.9\n"),
        ("train.csv", "epoch,train_acc,val_acc\n1,0.5,0.7\n2,0.6,0.8\n3,0.7,0.9\n"),
        ("monitor.jsonl", '{"step": 1, "reward": 0.5}\n{"step": 2, "reward": 0.75}\n'),
        ("daily.csv", "date,sentiment_score,quality\n2026-01-01,0.5,1\n2026-01-02,0.7,1\n"),
        ("prices.csv", "date,open,close\n2026-01-01,1.5,2\n2026-01-02,2,3\n"),
        ("words.csv", "the,1200\nof,800\nand,700\n"),
        ("notes.md", "| Model | Accuracy |\n|---|---|\n| small | 0.5 |\n| large | 0.75 |\n| huge | 0.8 |\n"),
        ("options.md", "| name | default | meaning |\n|---|---|---|\n| a | 1 | x |\n| b | 2 | y |\n| c | 3 | z |\n"),
    ],
)
def test_series_and_lists_of_something_else_are_passed_over(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    headers, problems = listed(tmp_path)
    assert (headers, [problem.message for problem in problems]) == ([], ["holds no runs"])


def test_remarks_above_a_header_are_no_header(tmp_path: Path) -> None:
    (tmp_path / "scores.csv").write_text("# eval of main, 2026\n# judge: x, y, z\nid,faithfulness\n1,0.5\n2,1\n")
    (tmp_path / "numbered.csv").write_text("#,question,answer,correct\n1,a?,b,1\n2,c?,d,0\n")
    headers, problems = listed(tmp_path)
    assert sorted((header.name, header.items) for header in headers) == [("numbered", 2), ("scores", 2)]
    assert not [problem for problem in problems if "header" in problem.message]


def test_two_columns_are_never_one_metric(tmp_path: Path) -> None:
    row = {"item": "1", "score": {"value": 0.5, "score": 4, "id": 3, "seen": None}}
    (tmp_path / "results.jsonl").write_text("\n".join(json.dumps(row | {"item": str(n)}) for n in range(4)))
    (header,), _ = listed(tmp_path)
    assert {metric.name: metric.mean for metric in header.metrics} == {"score.value": 0.5, "score.score": 4.0}
