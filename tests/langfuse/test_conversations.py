"""Multi-turn items are read as conversations, and keep their turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langfuse_standin import Fault, StandIn
from langfuse_standin.examples import listed

from ragtui.cli.main import main
from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import find_credentials
from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.api.shapes.texts import answer_of, conversation, question_of
from ragtui.langfuse.read.behind.comments import observation_comments
from ragtui.langfuse.read.dataset import read_hosted_dataset
from ragtui.langfuse.read.source import open_langfuse
from ragtui.sources.golden.items import question_text

TURNS = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What is "}, {"type": "text", "text": "this?"},
                                 {"type": "image_url", "image_url": {"url": "https://x"}}]},
    {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "look", "arguments": "{}"}}]},
    {"role": "user", "content": "Well?"},
]  # fmt: skip
SAID = "system: Be brief.\nuser: What is this?[image_url]\nassistant: [calls look]\nuser: Well?"


@pytest.mark.parametrize("value", [TURNS, {"messages": TURNS}, json.dumps(TURNS), {"messages": TURNS, "lang": "de"}])
def test_turns_are_read_one_after_the_other(value: Any) -> None:
    assert question_of(value) == SAID and answer_of(value) == SAID


def test_one_message_is_its_text_and_a_golden_file_says_the_same() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    assert question_of(turns) == question_text(turns) == "user: a\nassistant: b"
    assert question_of(turns[:1]) == question_text(turns[:1]) == "a"


NAMES = st.sampled_from(["role", "content", "tool_calls", "text", "x"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=4)


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner)))
def test_any_shape_is_a_conversation_or_none(value: Any) -> None:
    found = conversation(value)
    assert found is None or isinstance(found, str)
    assert isinstance(question_of(value), str)


def test_a_hosted_conversation_is_an_item_with_its_turns(tmp_path: Path) -> None:
    with StandIn("v4") as server:
        server.add_dataset("talks", {"t1": {"input": {"messages": TURNS}, "expectedOutput": "A cat."}})
        server.add_run("talks", "base", {"t1": {"output": json.dumps({"role": "assistant", "content": "A cat."}),
                                                "scores": {"quality": 1}}})  # fmt: skip
        (item,) = read_hosted_dataset("langfuse:talks", environ=server.env, config=tmp_path / "none").items
        assert (item.question, item.metadata["input"]) == (SAID, {"messages": TURNS})
        source = open_langfuse("langfuse:talks", environ=server.env, config=tmp_path / "none", rates=Rates(),
                               cache_folder=tmp_path / "cache")  # fmt: skip
        run = source.load(next(iter(listed(source)[0].values())).id)
        result = run.result("t1", "1")
        assert result is not None
        assert (run.item("t1").question, result.output) == (SAID, "A cat.")
        source.close()


@pytest.mark.parametrize("kind", ["v4", "v4-legacy", "v3"])
def test_the_turns_of_a_session_and_what_was_written_on_single_steps_stand_with_the_trace(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"RAGTUI_{name}_DIR", str(tmp_path / name))
    asked = {"t1": "Do you sell cats?", "t2": "How much?", "t3": "I take two.", "u1": "Other talk"}
    with StandIn(kind) as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        server.add_dataset("talks", {key: {"input": text} for key, text in asked.items()})
        call = {"cost": 0.1, "tokens": {"input": 1}}
        server.add_run("talks", "base", {
            key: {"output": f"Answer\nto {key}", "scores": {"quality": 1}, "session": key[0], "after": n * 60.0, **call}
            for n, key in enumerate(asked)
        })  # fmt: skip
        spans = sorted(server.stored_spans(), key=lambda span: span.start)
        step = next(span for span in spans if span.name == "llm" and span.trace_id == spans[2].trace_id)
        server.comments += [
            {"objectType": "OBSERVATION", "objectId": step.id, "content": "wrong price list"},
            {"objectType": "OBSERVATION", "objectId": "elsewhere", "content": "not here"},
            {"objectType": "TRACE", "objectId": step.trace_id, "content": "see ticket 7"},
        ]
        assert main(["trace", "langfuse:talks/base", "t2"]) == 0
        shown = capsys.readouterr().out
        assert "conversation: turn 2 of 3 in session t" in shown
        talk = shown[shown.index("conversation:") :].splitlines()
        assert [line.strip() for line in talk[1:]] == [
            "1 user: Do you sell cats?", "1 assistant: Answer", "to t1", "> 2 user: How much?", "> 2 assistant: Answer",
            "to t2", "3 user: I take two.", "3 assistant: Answer", "to t3",
        ]  # fmt: skip
        assert "Other talk" not in shown and "not here" not in shown
        lines = [line.strip() for line in shown.splitlines()]
        called = next(place for place, line in enumerate(lines) if line.startswith("generation llm"))
        assert "comment: wrong price list" in lines[called:] and "comment: see ticket 7" in lines
        assert main(["trace", "langfuse:talks/base", "t2", "--format", "json", "--as-of", "cache"]) == 0
        (kept,) = json.loads(capsys.readouterr().out)["traces"]
        assert kept["session"] == "t" and [turn["said"] for turn in kept["turns"]] == list(asked.values())[:3]
        server.fail(Fault("GET", "/sessions", status=500, times=-1), Fault("GET", "/comments", status=404, times=-1))
        main(["trace", "langfuse:talks/base", "t3"])
        shown = capsys.readouterr().out
        assert "How much?" in shown if kind == "v4" else "the conversation cannot be read" in shown


def test_comments_are_read_in_the_fewest_calls() -> None:
    """The project's listing where it is short; step by step where it is long."""
    with StandIn("v4") as server, LangfuseHttp(find_credentials(environ=server.env), rates=Rates()) as http:
        server.comments = [{"objectType": "OBSERVATION", "objectId": f"o{n}", "content": f"c{n}"} for n in range(350)]
        assert observation_comments(http, ["o3", "o4"]) == ({"o3": ("c3",), "o4": ("c4",)}, "")
        assert len(server.asked("GET", "/comments")) == 3, "the count, then one each"
        many = [f"o{n}" for n in range(60)]
        found, told = observation_comments(http, many)
        assert (len(found), told, len(server.asked("GET", "/comments"))) == (60, "", 3 + 1 + 4)
        server.comments *= 13
        for n, row in enumerate(server.comments):
            server.comments[n] = {**row, "content": f"c{n}"}
        found, told = observation_comments(http, many)
        assert (len(found), told) == (40, "comments of 20 observations were not asked for")
