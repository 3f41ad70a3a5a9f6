"""Answers in pieces, as providers, frameworks and people's services stream them: one text, its passages, its counts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.usercode.ragtui_host.streams import BrokenStreamError, joined, lines_in

PAGES = [{"id": "d1", "text": "Paris is the capital"}, {"id": "d2", "text": "of France"}]
SAID = "It is Paris"


def events(*pieces: Any, named: bool = False) -> str:
    """As a service streams them."""
    told = (piece if named else ("", piece) for piece in pieces)
    return "".join(
        (f"event: {name}\n" if name else "") + f"data: {data if isinstance(data, str) else json.dumps(data)}\n\n"
        for name, data in told
    )


def lines(*pieces: Any) -> str:
    """One JSON value a line."""
    return "".join(json.dumps(piece) + "\n" for piece in pieces)


READ: dict[str, tuple[Any, list[str], dict[str, int]]] = {
    "names of events alone": (
        events(("sources", PAGES), ("token", "It is"), ("token", " Paris"), ("end", {"usage": {"input_tokens": 7}}),
               named=True),
        ["d1", "d2"], {"input": 7},
    ),
    "a status, then sources, then tokens": (
        events({"type": "status", "content": "retrieving"}, {"type": "sources", "sources": PAGES},
               {"type": "token", "content": "It is"}, {"type": "token", "content": " Paris"}, {"type": "done"}),
        ["d1", "d2"], {},
    ),
    "envelopes": (
        lines({"event": "documents", "data": PAGES}, {"event": "answer", "data": "It is"},
              {"event": "answer", "data": " Paris"}, {"event": "final", "data": {"answer": SAID}}),
        ["d1", "d2"], {},
    ),
    "OpenAI's responses": (
        events({"type": "response.created", "response": {"output": []}},
               {"type": "response.reasoning_summary_text.delta", "delta": "Hm"},
               {"type": "response.output_text.delta", "delta": "It is"},
               {"type": "response.output_text.delta", "delta": " Paris"},
               {"type": "response.output_text.done", "text": SAID},
               {"type": "response.completed", "response": {"output": [{"content": [{"text": SAID}]}],
                                                           "usage": {"input_tokens": 9, "output_tokens": 4}}}),
        [], {"input": 9, "output": 4},
    ),
    "Anthropic's messages": (
        events(
            ("message_start", {"type": "message_start", "message": {"content": [], "usage": {"input_tokens": 25,
                                                                                            "output_tokens": 1}}}),
            ("content_block_delta", {"type": "content_block_delta", "delta": {"type": "thinking_delta",
                                                                              "thinking": "Hm"}}),
            ("content_block_delta", {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "It is"}}),
            ("content_block_delta", {"type": "content_block_delta", "delta": {"type": "text_delta", "text": " Paris"}}),
            ("message_delta", {"type": "message_delta", "usage": {"output_tokens": 15}}), named=True),
        [], {"input": 25, "output": 15},
    ),
    "Ollama's chat": (
        lines({"message": {"content": "It is"}, "done": False}, {"message": {"content": " Paris"}, "done": False},
              {"message": {"content": ""}, "done": True, "prompt_eval_count": 26, "eval_count": 2}),
        [], {"input": 26, "output": 2},
    ),
    "the AI SDK's lines": (
        'f:{"messageId":"m"}\n9:{"toolName":"search"}\nh:{"id":"d1","url":"http://x"}\n0:"It is"\n0:" Paris"\n'
        'd:{"finishReason":"stop","usage":{"promptTokens":20,"completionTokens":4}}\n',
        ["d1"], {"input": 20, "output": 4},
    ),
    "the AI SDK's events": (
        events({"type": "start"}, {"type": "source-url", "sourceId": "s", "url": "http://x", "title": "X"},
               {"type": "text-start", "id": "0"}, {"type": "text-delta", "id": "0", "delta": "It is"},
               {"type": "text-delta", "id": "0", "delta": " Paris"}, {"type": "text-end", "id": "0"}, "[DONE]"),
        ["http://x"], {},
    ),
    "Dify's": (
        events({"event": "workflow_started", "data": {"id": "w", "status": "running"}},
               {"event": "message", "answer": "It is"}, {"event": "message", "answer": " Paris"},
               {"event": "message_end", "metadata": {"usage": {"prompt_tokens": 5}, "retriever_resources": [
                   {"segment_id": "s", "document_id": "d1", "content": "Paris"}]}}),
        ["d1"], {"input": 5},
    ),
    "LangChain's events": (
        [{"event": "on_retriever_end", "data": {"output": {"documents": PAGES}}},
         {"event": "on_chat_model_stream", "data": {"chunk": {"content": "It is", "type": "AIMessageChunk"}}},
         {"event": "on_parser_stream", "data": {"chunk": "It is"}},
         {"event": "on_chat_model_stream", "data": {"chunk": {"content": " Paris", "type": "AIMessageChunk"}}},
         {"event": "on_parser_stream", "data": {"chunk": " Paris"}},
         {"event": "on_chain_end", "data": {"output": {"answer": SAID}}}],
        [], {},
    ),
    "a graph's messages": (
        [({"type": "AIMessageChunk", "content": "It is"}, {"langgraph_node": "generate"}),
         ({"type": "AIMessageChunk", "content": " Paris"}, {"langgraph_node": "generate"})],
        [], {},
    ),
    "a graph's states": (
        [{"messages": [{"type": "human", "content": "Which?"}]},
         {"messages": [{"type": "human", "content": "Which?"}, {"type": "ai", "content": SAID}]}],
        [], {},
    ),
    "LlamaIndex's deltas beside the text so far": (
        [{"text": "It is", "delta": "It is"}, {"text": SAID, "delta": " Paris"}], [], {},
    ),
    "all so far each time": (["It", "It is", SAID], [], {}),
    "a tail that repeats the whole": (
        lines({"token": "It is"}, {"token": " Paris"}, {"done": True, "answer": SAID, "sources": PAGES}),
        ["d1", "d2"], {},
    ),
    "usage in a chunk without choices": (
        [{"choices": [{"delta": {"content": SAID}}]}, {"choices": [], "usage": {"prompt_tokens": 3}}], [], {"input": 3},
    ),
    "a final answer alone": (
        events({"type": "thought", "content": "I search"}, {"type": "final_answer", "content": SAID}), [], {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_a_stream_is_one_answer(name: str) -> None:
    stream, ids, tokens = READ[name]
    pieces = lines_in(stream) if isinstance(stream, str) else stream
    assert pieces is not None
    found = answered(joined(pieces))
    assert (found.output, [context.id for context in found.contexts], dict(found.tokens)) == (SAID, ids, tokens)
    if isinstance(stream, str):  # a function that hands on what a service streams
        assert joined([stream[:20], stream[20:]]) == joined(pieces)


@pytest.mark.parametrize(
    "pieces",
    [
        [{"token": "It is"}, {"error": "the model is overloaded"}],
        [{"type": "token", "content": "It"}, {"type": "error", "error": {"message": "the model is overloaded"}}],
        ['0:"It is"\n', '3:"the model is overloaded"\n'],
        ["event: error\ndata: the model is overloaded\n\n"],
        [{"type": "response.failed", "response": {"error": {"message": "the model is overloaded"}}}],
    ],
)
def test_a_stream_that_breaks_is_no_answer(pieces: list[Any]) -> None:
    with pytest.raises(BrokenStreamError, match=r"error: the model is overloaded$"):
        joined(pieces)


@pytest.mark.parametrize(
    "aside",
    [
        {"event": "on_tool_error", "data": {"error": "timed out"}},
        {"type": "tool_call_failed", "message": "timed out"},
        {"type": "step_failed", "error": "timed out"},
        {"type": "error_analysis", "text": "It may be wrong"},
        {"type": "log", "error": "minor"},
    ],
)
def test_an_error_beside_the_answer_ends_it_only_where_none_follows(aside: dict[str, Any]) -> None:
    assert joined([aside, {"type": "text", "text": SAID}]) == SAID
    with pytest.raises(BrokenStreamError):
        joined([{"type": "status", "text": "searching"}, aside])
    if {"tool", "step"} & set(str(aside.get("type") or aside["event"]).split("_")):
        with pytest.raises(BrokenStreamError, match="timed out"):
            joined([{"type": "text", "text": "Let me look."}, aside])


@pytest.mark.parametrize(
    ("pieces", "said", "ids"),
    [
        ([{"type": "stream", "text": SAID}, {"type": "response", "response": {"answer": SAID, "sources": PAGES}}],
         SAID, ["d1", "d2"]),
        ([{"delta": SAID}, {"answer": SAID, "documents": PAGES}], SAID, ["d1", "d2"]),
        ([SAID, {"answer": SAID}], SAID, []),
        ([{"answer": SAID}, {"answer": SAID, "sources": PAGES}], SAID, ["d1", "d2"]),
        ([{"answer": "It is"}, {"answer": SAID, "sources": PAGES}], SAID, ["d1", "d2"]),
        ([{"data": {"answer": "It is"}}, {"data": {"answer": SAID, "sources": PAGES}}], SAID, ["d1", "d2"]),
        ([{"answer": "It is", "sources": PAGES}, {"answer": " Paris", "sources": PAGES}], SAID, ["d1", "d2"]),
        ([{"answer": "ha", "sources": PAGES}, {"answer": "ha"}], "haha", ["d1", "d2"]),
        ([{"answer": "1", "sources": PAGES}, {"answer": "1", "sources": PAGES}], "11", ["d1", "d2"]),
        ([{"answer": "1"}, {"answer": "10", "sources": PAGES}, {"answer": " of them"}], "110 of them", ["d1", "d2"]),
        ([{"type": "AIMessageChunk", "content": SAID}, {"type": "ai", "content": f"{SAID}\n"}], SAID, []),
        ([{"type": "text", "text": "ha"}, {"type": "text", "text": "ha"}], "haha", []),
        (["ha", "ha"], "haha", []),
    ],
)  # fmt: skip
def test_what_is_said_again_as_a_whole_counts_once(pieces: list[Any], said: str, ids: list[str]) -> None:
    found = answered(joined(pieces))
    assert (found.output, [context.id for context in found.contexts]) == (said, ids)


def test_what_pieces_say_beside_the_text_is_kept() -> None:
    pieces = [
        {"text": "It is", "metadata": {"a": 1}, "score": 0.5},
        {"text": " Paris", "metadata": {"b": 2}, "cost": 1},
    ]
    assert joined(pieces) == {"metadata": {"a": 1, "b": 2}, "score": 0.5, "cost": 1, "output": SAID}
    assert answered(joined([{"response": SAID, "context": [1, 2]}])).contexts == ()  # Ollama's numbers of tokens


@pytest.mark.parametrize("pieces", [[{"node": {"state": 1}}, {"step": 2}], [{"step": 1, "note": None}]])
def test_a_stream_without_a_text_is_an_error_and_no_empty_answer(pieces: list[Any]) -> None:
    with pytest.raises(BadAnswerError):
        answered(joined(pieces))


@pytest.mark.parametrize(
    "pieces", [[], [""], ["", ""], [{"choices": [{"delta": {}}]}], [{"type": "token", "text": ""}]]
)
def test_a_model_may_say_nothing(pieces: list[Any]) -> None:
    assert joined(pieces) == ""


@pytest.mark.parametrize("text", ["1: a\n2: b", "It is\nParis", "a:b\nc:d", '{"a": 1}', "data is\ndata: x", ""])
def test_a_text_is_no_stream(text: str) -> None:
    assert lines_in(text) is None and joined([text]) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}\n{"b": 2}\n', "{name}\n{place}\n", '{"name": "x", "value": "y"}\n{"name": "z", "value": "y"}',
        '{"type": "circle"}\n{"type": "square"}', '{"text": "a"}\n{"text": ', '1:"a\n2:"b', 'a:"x"\nb:"y"',
        '{"level": "info", "message": "up"}\n{"level": "info", "message": "down"}', '{"a":' * 9999 + "\n{",
    ],
)  # fmt: skip
def test_a_text_of_braces_is_the_answer_unless_it_says_it_is_a_stream(text: str) -> None:
    assert joined(text.splitlines(keepends=True)) == text


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"message": {"role": "assistant", "content": SAID}, "eval_count": 2, "prompt_eval_count": 3}, SAID),
        ({"candidates": [{"content": {"parts": [{"text": "It is"}, {"text": " Paris"}]}}]}, SAID),
        ({"id": "c", "message": {"content": [{"type": "text", "text": SAID}]}}, SAID),
    ],
)
def test_a_providers_own_reply_is_an_answer(reply: dict[str, Any], said: str) -> None:
    assert answered(reply).output == said


@pytest.mark.parametrize(
    "reply",
    [
        {"error": "no index yet", "status": "failed"},
        {"data": None, "errors": [{"message": "no index yet"}]},
        {"message": "no index yet"},
        {"detail": [{"message": "no index yet"}]},
    ],
)
def test_what_a_service_says_instead_of_an_answer_is_shown(reply: dict[str, Any]) -> None:
    with pytest.raises(BadAnswerError, match="no index yet"):
        answered(reply)
