"""Multi-turn items are read as conversations, and keep their turns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langfuse_standin import StandIn
from langfuse_standin.examples import listed

from ragtui.langfuse.api.rates import Rates
from ragtui.langfuse.api.shapes.texts import answer_of, conversation, question_of
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
