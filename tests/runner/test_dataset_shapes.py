"""Datasets in the shapes people have them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from runner_kit import records, summary

from ragtui.errors import RagtuiError, UsageError
from ragtui.runner.launch.edited import edits_since
from ragtui.runner.launch.prepare import open_launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset

DATASETS: dict[str, tuple[str, str]] = {
    "list": ("d.json", '[{"question": "How?", "expected": "So."}]'),
    "langfuse": ("d.json", '[{"id": "1", "input": "How?", "expected_output": "So."}]'),
    "ragas": ("d.jsonl", '{"user_input": "How?", "reference": "So."}\n'),
    "examples": ("d.json", '{"examples": [{"query": "How?", "ground_truth": "So."}]}'),
    "columns": ("d.json", '{"question": ["How?"], "answer": ["So."]}'),
    "by id": ("d.json", '{"q1": {"question": "How?", "expected": "So."}}'),
    "q and a": ("d.json", '[{"q": "How?", "a": "So."}]'),
    "csv": ("d.csv", "id,question,expected,topic\n1,How?,So.,billing\n"),
    "columns of pandas": ("d.json", '{"question": {"0": "How?"}, "answer": {"0": "So."}}'),
    "pandas, split": ("d.json", '{"columns": ["question", "answer"], "index": [0], "data": [["How?", "So."]]}'),
    "pairs": ("d.json", '[["How?", "So."]]'),
    "questions as keys": ("d.json", '{"How?": "So."}'),
    "the server of Hugging Face": (
        "d.json",
        '{"rows": [{"row_idx": 0, "row": {"question": "How?", "answer": "So."}}]}',
    ),
    "OpenAI's items": ("d.jsonl", '{"item": {"question": "How?", "answer": "So."}}\n'),
    "LangSmith's columns": ("d.csv", "id,inputs.question,outputs.answer\n1,How?,So.\n"),
    "TriviaQA": ("d.json", '{"Data": [{"Question": "How?", "QuestionId": "t", "Answer": {"Value": "So."}}]}'),
    "TruthfulQA": ("d.csv", "Type,Question,Best Answer,Incorrect Answers\nA,How?,So.,No.\n"),
    "promptfoo's tests": (
        "d.yaml",
        "tests:\n  - vars:\n      question: How?\n    assert:\n      - type: latency\n        threshold: 5\n"
        "      - type: contains\n        value: So.\n",
    ),
    "a tab": ("d.txt", "How?\tSo.\n"),
    "prompt and completion": ("d.jsonl", '{"prompt": "How?", "completion": "So."}\n'),
    "csv with semicolons": ("d.csv", "question;expected\nHow?;So.\n"),
    "tsv": ("d.tsv", "prompt\tgold\nHow?\tSo.\n"),
    "object": ("d.json", '[{"input": {"question": "How?", "lang": "en"}, "expected_output": {"answer": "So."}}]'),
    "yaml": ("d.yaml", "- question: How?\n  expected: So.\n"),
    "a recorded answer last": (
        "d.jsonl",
        '{"messages": [{"role": "user", "content": "How?"}, {"role": "assistant", "content": "So."}]}\n',
    ),
    "an object that holds one": (
        "d.json",
        '[{"input": {"messages": [{"role": "user", "content": "How?"}, {"role": "ai", "content": "So."}]}}]',
    ),
    "sharegpt": (
        "d.json",
        '[{"conversations": [{"from": "human", "value": "How?"}, {"from": "gpt", "value": "So."}]}]',
    ),
    "squad": (
        "d.json",
        '{"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": '
        '[{"id": "1", "question": "How?", "answers": [{"text": "So.", "answer_start": 0}]}]}]}]}',
    ),
    "squad in rows": (
        "d.jsonl",
        '{"question": "How?", "answers": {"text": ["So.", "Thus."], "answer_start": [0, 9]}}\n',
    ),
    "one turn of MT-bench": ("d.jsonl", '{"question_id": 81, "turns": ["How?"], "reference": ["So."]}\n'),
    "an ideal answer": ("d.csv", "Question,Ideal Answer\nHow?,So.\n"),
    "messages": ("d.json", '[{"messages": [{"role": "user", "content": "How?"}], "expected": ["So.", "Thus."]}]'),
}


@pytest.mark.parametrize("name", DATASETS)
def test_datasets_are_read_as_people_have_them(name: str, tmp_path: Path) -> None:
    file, content = DATASETS[name]
    (tmp_path / file).write_text(content)
    (item,) = read_dataset(tmp_path / file).items
    assert (item.question, item.expected) == ("How?", "So.") and item.id


def test_a_packed_dataset_is_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "d.jsonl.gz", "wt") as file:
        file.write('{"question": "How?", "answer": "So."}\n')
    (item,) = read_dataset(tmp_path / "d.jsonl.gz").items
    assert (item.question, item.expected) == ("How?", "So.")


def test_an_instruction_stands_before_its_input(tmp_path: Path) -> None:
    rows = [{"instruction": "Translate.", "input": "How?", "output": "Wie?"}, {"instruction": "Say hi.", "input": "",
             "output": "Hi."}]  # fmt: skip
    (tmp_path / "d.json").write_text(json.dumps(rows))
    assert [item.question for item in read_dataset(tmp_path / "d.json").items] == ["Translate.\n\nHow?", "Say hi."]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("d.csv", "question,answer\nHow?,So.\n,Thus.\n", "item 3 has no question, others have"),
        ("d.json", '{"train": [{"question": "How?"}], "test": [{"question": "Why?"}]}', r"train \(1\), test \(1\)"),
        ("d.json", '{"model": "gpt-x", "seed": "7"}', "no items"),
    ],
)
def test_what_would_be_guessed_is_said(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(RagtuiError, match=said):
        read_dataset(tmp_path / name)


def test_questions_alone_are_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('["How?", "Why?"]')
    assert [item.question for item in read_dataset(tmp_path / "d.json").items] == ["How?", "Why?"]


def test_a_text_is_a_question_a_line(tmp_path: Path) -> None:
    (tmp_path / "questions.txt").write_text("How?\n\n  Why?\n")
    assert [item.question for item in read_dataset(tmp_path / "questions.txt").items] == ["How?", "Why?"]


def test_a_recorded_answer_is_not_shown_to_the_target(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    (tmp_path / "d.json").write_text(json.dumps([{"messages": [*turns, turns[0], turns[1]]}]))
    (item,) = read_dataset(tmp_path / "d.json").items
    assert (item.expected, item.metadata["input"]) == ("Yes?", [*turns, turns[0]])
    assert item.question == "user: Hi\nassistant: Yes?\nuser: Hi"
    (tmp_path / "d.json").write_text(json.dumps([{"messages": turns, "expected": "No."}]))
    (item,) = read_dataset(tmp_path / "d.json").items
    assert (item.expected, item.metadata["input"]) == ("No.", turns)


def test_a_conversation_keeps_its_messages_and_ids_last(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "How?"},
    ]
    (tmp_path / "d.json").write_text(json.dumps([{"messages": turns}, {"question": "How?"}, {"question": "How?"}]))
    first, second, third = read_dataset(tmp_path / "d.json").items
    assert first.question == "user: Hi\nassistant: Yes?\nuser: How?" and first.metadata["input"] == turns
    assert third.id == f"{second.id}-2"
    (tmp_path / "d.json").write_text(json.dumps([{"question": "How?"}]))
    assert read_dataset(tmp_path / "d.json").items[0].id == second.id


def test_the_turns_of_a_conversation_are_messages_and_the_last_answer_is_expected(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(
        '[{"turns": ["How?", "Why?"], "reference": ["So.", "Because."]},'
        ' {"dialogue": [{"speaker": "bot", "text": "Hello."}, {"speaker": "human", "text": "How?"}], "ideal": "So."}]'
    )
    first, second = read_dataset(tmp_path / "d.json").items
    assert (first.question, first.expected) == ("user: How?\nuser: Why?", "Because.")
    assert first.metadata["expected"] == ["So.", "Because."]
    assert [turn["role"] for turn in second.metadata["input"]] == ["assistant", "user"]
    assert second.expected == "So."


def test_a_column_map_says_what_is_unusual(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("spalte1,spalte2,thema\nWie?,So.,x\n")
    with pytest.raises(RagtuiError, match="has no question"):
        read_dataset(tmp_path / "d.csv")
    (item,) = read_dataset(tmp_path / "d.csv", {"question": "spalte1", "expected": "spalte2"}).items
    assert (item.question, item.expected, item.metadata) == ("Wie?", "So.", {"thema": "x"})
    with pytest.raises(UsageError, match="no column 'spalte3'"):
        read_dataset(tmp_path / "d.csv", {"question": "spalte3"})


def test_columns_are_known_however_they_are_spelled(tmp_path: Path) -> None:
    (tmp_path / "eval set.csv").write_text("Prompt;Gold Answer;topic\nWhat is six times seven?;42;math\n")
    (item,) = read_dataset(tmp_path / "eval set.csv").items
    assert (item.question, item.expected, item.metadata) == ("What is six times seven?", "42", {"topic": "math"})
    row = {"userInput": "How?", "expectedOutput": {"answer": "So."}, "testId": "t1"}
    (tmp_path / "camel.jsonl").write_text(json.dumps(row))
    (item,) = read_dataset(tmp_path / "camel.jsonl").items
    assert (item.id, item.question, item.expected) == ("t1", "How?", "So.")


def test_a_run_that_was_started_with_a_blank_question_goes_on_to_its_end(tmp_path: Path) -> None:
    """It was begun when that was no error: what it paid for is not lost, and nothing in it can be filled in."""
    (tmp_path / "own.py").write_text("def ask(question): return [][0] if 'why' in question else 'so'\n")
    rows = [
        {"id": "a", "question": "how", "expected": "so"},
        {"id": "b", "expected": "so"},
        {"id": "c", "question": "why"},
    ]
    (tmp_path / "d.json").write_text(json.dumps(rows))
    plan = 'name = "x"\ndataset = "d.json"\nlexical = ["token_f1"]\n[target]\nkind = "python"\n'
    (tmp_path / "p.toml").write_text(f'{plan}call = "own:ask"\n')
    with pytest.raises(RagtuiError, match="item 2 has no question"):
        prepare(read_plan(tmp_path / "p.toml"))
    launch = prepare(read_plan(tmp_path / "p.toml"), dataset=read_dataset(tmp_path / "d.json", blanks=True))
    assert work(launch).progress["failed"] == 1
    again = open_launch(launch.lead)
    assert not edits_since(again).others, "the file is as it was"
    assert work(again, retry_failed=True).stop.ending == "complete"
    assert [record["item"] for record in records(launch.lead)][-1] == "c"
    assert "changed since" not in json.dumps(summary(launch.lead))
