"""A recorded conversation holds the answers: what the user said in it names the item, so that two runs meet."""

import json
from pathlib import Path
from typing import Any

import pytest
from sources_kit import lines_of, only_run

ROLES = [
    ("role", "content", "user", "assistant"),
    ("type", "content", "human", "ai"),
    ("from", "value", "human", "gpt"),
]


def conversation(item: int, arm: str, names: tuple[str, str, str, str] = ROLES[0]) -> list[dict[str, str]]:
    who, said, user, assistant = names
    return [
        {who: user, said: f"Where is order {item}?"},
        {who: assistant, said: f"{arm}: on its way"},
        {who: user, said: "And the refund?"},
        {who: assistant, said: f"{arm}: in {item} days"},
    ]


def rows(column: str, arm: str, names: tuple[str, str, str, str] = ROLES[0]) -> list[dict[str, Any]]:
    return [{column: conversation(n, arm, names), "correctness": n / 10} for n in range(5)]


@pytest.mark.parametrize("names", ROLES)
@pytest.mark.parametrize("column", ["messages", "conversation", "input", "dialogue"])
def test_the_users_turns_are_the_item(tmp_path: Path, column: str, names: tuple[str, str, str, str]) -> None:
    runs = {}
    for arm in ("old", "new"):
        path = tmp_path / f"{arm}.jsonl"
        path.write_bytes(lines_of(rows(column, arm, names)))
        runs[arm] = only_run(path)
    old, new = runs["old"], runs["new"]
    assert old.scores.items == new.scores.items and len(set(old.scores.items)) == 5
    item = new.scores.items[3]
    result = new.result(item, "1")
    assert result is not None
    assert new.item(item).question == "user: Where is order 3?\nuser: And the refund?"
    assert result.output.endswith("new: in 3 days")


def test_as_json_text_in_a_csv(tmp_path: Path) -> None:
    for arm in ("old", "new"):
        cells = [json.dumps(conversation(n, arm)).replace('"', '""') for n in range(5)]
        text = "conversation,correctness\n" + "".join(f'"{cell}",{n / 10}\n' for n, cell in enumerate(cells))
        (tmp_path / f"{arm}.csv").write_text(text)
    assert only_run(tmp_path / "old.csv").scores.items == only_run(tmp_path / "new.csv").scores.items


def test_a_prompt_that_ends_with_the_user_is_the_question_as_a_whole(tmp_path: Path) -> None:
    for arm in ("old", "new"):
        asked = [{"input": conversation(n, arm)[:3], "output": "x", "correctness": n / 10} for n in range(5)]
        (tmp_path / f"{arm}.jsonl").write_bytes(lines_of(asked))
    items = [set(only_run(tmp_path / f"{arm}.jsonl").scores.items) for arm in ("old", "new")]
    assert not items[0] & items[1]  # what the assistant said before was given to the pipeline


@pytest.mark.parametrize("tool", ["ragas", "deepeval"])
def test_tools_that_keep_the_whole_conversation(tmp_path: Path, tool: str) -> None:
    items = []
    for arm in ("old", "new"):
        path = tmp_path / f"{arm}.{'jsonl' if tool == 'ragas' else 'json'}"
        if tool == "ragas":
            said = [
                {"user_input": conversation(n, arm, ROLES[1]), "response": "", "reference": "r", "faithfulness": n / 10}
                for n in range(5)
            ]
            path.write_bytes(lines_of(said))
        else:
            metric = {"name": "Role Adherence", "score": 0.5, "success": True, "threshold": 0.5}
            cases = [{"name": "", "turns": conversation(n, arm), "metricsData": [metric]} for n in range(5)]
            path.write_text(json.dumps({"testCases": [], "conversationalTestCases": cases}))
        run = only_run(path)
        assert run.header.format == tool
        items.append(run.scores.items)
    assert items[0] == items[1] and len(set(items[0])) == 5


def test_messages_that_end_with_the_user_are_the_question(tmp_path: Path) -> None:
    asked = [
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Where is {n}?"}] for n in range(5)
    ]
    (tmp_path / "t.jsonl").write_bytes(
        lines_of({"messages": said, "response": "here", "helpfulness": n} for n, said in enumerate(asked))
    )
    run = only_run(tmp_path)
    assert run.scores.of("helpfulness").ravel().tolist() == [0, 1, 2, 3, 4]
    result = run.result(run.scores.items[3], "1")
    assert "Where is 3?" in run.item(run.scores.items[3]).question and result is not None and result.output == "here"
