"""What endpoints answer that are not OpenAI's: verdicts in tool calls and thoughts, settings they refuse, ids drawn."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, records, summary

from ragtui.runner.endpoints.calling import CallError, CallPatience, Fault, Usage
from ragtui.runner.endpoints.llm import Models, Reply
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import ModelUse
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.trying import try_plan
from ragtui.runner.work.worker import Finished, work
from ragtui.sources import read_dataset

Answering = Callable[[dict[str, Any], int], dict[str, Any] | str]
VERDICT = json.dumps({"rationale": "so", "score": 4})


@contextmanager
def endpoint(answering: Answering) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint whose messages are as they are given; a text is a refusal, with the status at its start or 400."""
    seen: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.append(body)
            said = answering(body, len(seen))
            status = 200 if isinstance(said, dict) else int(said[:3]) if said[:3].isdecimal() else 400
            reply: dict[str, Any] = {"error": {"message": said, "code": "unsupported_value"}}
            if isinstance(said, str) and " code " in said:
                reply["error"]["code"] = said.partition(" code ")[2]
            if isinstance(said, dict):
                finish, number = said.pop("finish", "stop"), said.pop("id", f"reply-{len(seen):012}")
                choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **said}}
                reply = {"id": number, "object": "chat.completion", "created": 1, "model": "m1", "choices": [choice]}
            raw = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", seen
    finally:
        server.shutdown()
        server.server_close()


def judged(folder: Path, url: str, more: str = "", items: int = 3, top: str = "") -> tuple[Finished, Path]:
    (folder / "own.py").write_text("def ask(question): return 'red'\n")
    plan = f'{top}[target]\nkind = "python"\ncall = "own:ask"\n[judge]\nmodel = "m1"\nbase_url = "{url}"\n'
    plan += f'api_key_env = "STANDIN_KEY"\nmetrics = ["relevance"]\n{more}\n'
    launch = prepare(read_plan(lay_out(folder, url, plan, rag=False, judges=False, items=items)))
    return work(launch), launch.lead


ASIDE: dict[str, tuple[dict[str, Any], float | None, str]] = {
    "a tool call": (
        {"content": None, "tool_calls": [{"id": "c", "type": "function",
                                          "function": {"name": "verdict", "arguments": VERDICT}}]}, 4, "empty reply"),
    "a function call": ({"content": "", "function_call": {"name": "verdict", "arguments": VERDICT}}, 4, "empty reply"),
    "a thought alone": ({"content": "", "reasoning_content": f"Hm.\n{VERDICT}"}, 4, "empty reply"),
    "another name for it": ({"content": None, "reasoning": VERDICT}, 4, "empty reply"),
    "parts": ({"content": [{"type": "text", "text": VERDICT}]}, 4, ""),
    "a thought that was cut off": ({"content": "", "reasoning_content": VERDICT, "finish": "length"}, None, ""),
    "a thought of several minds": (
        {"content": "", "reasoning_content": '{"score": 2} or rather {"score": 4}'}, None, ""),
    "a thought beside an answer": ({"content": "Well.", "reasoning_content": VERDICT}, None, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", ASIDE)
def test_a_verdict_beside_an_empty_text_is_read_and_told(name: str, tmp_path: Path) -> None:
    message, value, how = ASIDE[name]
    with endpoint(lambda body, number: dict(message)) as (url, _):
        _, folder = judged(tmp_path, url, items=1)
    said = records(folder)[0]["scores"]["relevance"]
    assert said.get("value") == value and bool(said.get("error")) == (value is None)
    assert how in said.get("raw", "")


def test_what_a_model_thinks_is_no_answer_of_a_pipeline() -> None:
    reply = Reply("", aside="I wonder.")
    assert (reply.text, reply.said, Reply("red", aside="x").said) == ("", "I wonder.", "red")


def test_the_number_of_tokens_goes_by_the_name_a_model_takes(tmp_path: Path) -> None:
    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        if "max_tokens" in body:
            return "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'."
        return {"content": VERDICT}

    with endpoint(answering) as (url, seen):
        done, folder = judged(tmp_path, url, "max_tokens = 300", items=4, top="concurrency = 1\n")
    assert done.progress["unjudged"] == 0 and len(seen) == 5, "it is told once"
    assert [body.get("max_completion_tokens") for body in seen] == [None, 300, 300, 300, 300]
    assert "asked for max_completion_tokens" in (folder / "events.jsonl").read_text()
    assert summary(folder)["judges"]["relevance"]["max_tokens"] == 300


@pytest.mark.parametrize("setting", ["temperature = 0.0", "top_p = 0.5", 'extra = { reasoning_effort = "low" }'])
def test_a_setting_that_a_model_refuses_ends_the_run_at_once_and_is_named(setting: str, tmp_path: Path) -> None:
    name = "reasoning_effort" if "effort" in setting else setting.partition(" ")[0]

    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        return f"Unsupported value: '{name}' does not support this with this model." if name in body else {}

    with endpoint(answering) as (url, seen):
        done, folder = judged(tmp_path, url, setting, items=12, top="concurrency = 2\n")
        assert done.stop.ending == "failed" and len(seen) <= 4
        assert f"setting refused: {name} of m1: 400 Unsupported value" in done.stop.message
        assert "Leave it out of the plan" in done.stop.hint and not records(folder)
        plan = read_plan(tmp_path / "ragtui.toml")
        failure = try_plan(plan, read_dataset(tmp_path / "dataset.json")).sides[0].failure
    assert "Leave it out of the plan" in failure


TOO_LONG = "'max_tokens' or 'max_completion_tokens' is too large: 300. This model's maximum context length is 4096."
"""As vLLM says it of a question that is too long."""


@pytest.mark.parametrize(
    "said",
    [
        "This request has 9000 tokens; lower max_tokens or temperature.",
        TOO_LONG,
        "This model does not support prompts longer than 4096 minus max_tokens.",
        "Unsupported value: 'messages[0].content' does not support images. See max_tokens.",
    ],
)
def test_a_refusal_of_one_question_costs_that_question_alone(said: str, tmp_path: Path) -> None:
    """It names a setting as well, and says nothing of what the model takes."""

    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        return said if number == 1 else {"content": VERDICT}

    with endpoint(answering) as (url, seen):
        more = "max_tokens = 300\ntemperature = 0.0"
        done, folder = judged(tmp_path, url, more, items=4, top="concurrency = 1\n")
    assert done.stop.ending == "complete" and done.progress["unjudged"] == 1
    assert all("max_tokens" in body for body in seen) and "fallback" not in (folder / "events.jsonl").read_text()


def test_a_setting_that_a_model_answered_with_is_not_what_it_refuses(tmp_path: Path) -> None:
    """A router asks one server and then another: that costs a question, and not the run."""

    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        return {"content": VERDICT} if number != 3 else "Unsupported parameter: 'temperature' is not supported."

    with endpoint(answering) as (url, _):
        done, _ = judged(tmp_path, url, "temperature = 0.0", items=4, top="concurrency = 1\n")
    assert done.stop.ending == "complete" and done.progress["unjudged"] == 1


@pytest.mark.parametrize("listed", ["Supported parameters: temperature, seed.", "(temperature=0.0)"])
def test_a_way_to_ask_for_json_may_be_refused_beside_a_list_of_settings(listed: str, tmp_path: Path) -> None:
    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        refused = f"Unsupported parameter: response_format is not supported with this model. {listed}"
        return refused if "response_format" in body else {"content": VERDICT}

    with endpoint(answering) as (url, _):
        done, _ = judged(tmp_path, url, "temperature = 0.0", items=3)
    assert done.stop.ending == "complete" and done.progress["unjudged"] == 0


@pytest.mark.parametrize("said", ["it fails for insufficient funds", "temperature above 40 is not allowed"])
def test_words_of_the_question_that_a_server_repeats_say_nothing_of_it(said: str, tmp_path: Path) -> None:
    with endpoint(lambda body, number: f"The prompt was filtered: {said}") as (url, _):
        models = Models(
            concurrency=2, patience=CallPatience(), usage=Usage(), prices={}, note=lambda kind, fields: None
        )

        async def ask() -> None:
            try:
                use = ModelUse(model="m1", base_url=url, temperature=0.0)
                await models.chat(use, [{"role": "user", "content": f"Is it so that {said}?"}])
            finally:
                await models.close()

        with pytest.raises(CallError) as raised:
            asyncio.run(ask())
    assert raised.value.fault is Fault.REQUEST


@pytest.mark.parametrize(
    ("reply_id", "same_text", "is_cache"),
    [
        ("chatcmpl-{few}", True, False),  # Ollama draws one of a thousand
        ("0", True, False),
        ("chatcmpl-8f2c9a7d1e{few}", False, False),
        ("chatcmpl-8f2c9a7d1e", True, True),
    ],
)
def test_an_id_that_comes_twice_is_a_cache_only_where_the_text_does_too(
    reply_id: str, same_text: bool, is_cache: bool, tmp_path: Path
) -> None:
    def answering(body: dict[str, Any], number: int) -> dict[str, Any] | str:
        why = "so" if same_text else f"so {number}"
        return {"content": json.dumps({"rationale": why, "score": 4}), "id": reply_id.format(few=number % 3)}

    with endpoint(answering) as (url, _):
        done, _ = judged(tmp_path, url, items=6)
    assert any("id of an earlier reply" in warning for warning in done.warnings) is is_cache


@pytest.mark.parametrize(
    "said",
    [
        "429 You exceeded your current quota code insufficient_quota",
        "402 This request requires more credits.",
        "402 Insufficient Balance",
        "400 Your credit balance is too low to access the API.",
        "429 Billing hard limit has been reached code billing_hard_limit_reached",
        "403 code insufficient_user_quota",
    ],
)
def test_nothing_left_to_spend_ends_the_run_however_it_is_said(said: str, tmp_path: Path) -> None:
    with endpoint(lambda body, number: said) as (url, seen):
        done, _ = judged(tmp_path, url, items=12, top="concurrency = 2\n")
    assert done.stop.ending == "failed" and len(seen) <= 4
    assert "nothing left to spend" in done.stop.message and "Add credit" in done.stop.hint


@pytest.mark.parametrize("said", ["429 You exceeded your current quota, retry in 1 s.", "500 out of workers", "529 x"])
def test_a_limit_that_passes_is_waited_out(said: str, tmp_path: Path) -> None:
    with endpoint(lambda body, number: said if number < 3 else {"content": VERDICT}) as (url, _):
        done, _ = judged(tmp_path, url, items=2, top="concurrency = 1\n")
    assert done.stop.ending == "complete" and done.progress["unjudged"] == 0
