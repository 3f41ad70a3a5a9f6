"""Addresses as targets: what they are sent, what they answer, and what of it may be shown."""

from __future__ import annotations

import asyncio
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, records

from ragtui.errors import UsageError
from ragtui.model import Item
from ragtui.runner.endpoints.calling import Caller, CallPatience, Usage
from ragtui.runner.endpoints.limiter import Limiter
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.keylike import secret_in_url
from ragtui.runner.plan.plan import HttpTarget
from ragtui.runner.plan.planfile import plan_of, read_plan
from ragtui.runner.plan.secrets import without_secrets
from ragtui.runner.targets.answers import Answered
from ragtui.runner.targets.http import HttpPipeline
from ragtui.runner.targets.template import laid_out
from ragtui.runner.work.worker import work


@contextmanager
def service(reply: bytes, status: int = 200) -> Iterator[tuple[str, list[tuple[str, str, Any]]]]:
    """An HTTP service that keeps what it is sent."""
    seen: list[tuple[str, str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            seen.append((self.command, self.path, json.loads(raw) if raw else None))
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_PUT = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()


def ask_service(folder: Path, url: str, target: str) -> list[dict[str, Any]]:
    plan = lay_out(folder, "http://127.0.0.1:1", "retries = 0\n", rag=False, judges=False, items=2)
    plan.write_text(plan.read_text() + f'[target]\nkind = "http"\nurl = "{url}"\n{target}')
    return records(work(prepare(read_plan(plan))).folders[0])


def test_a_service_takes_the_body_it_wants(tmp_path: Path) -> None:
    reply = json.dumps(
        {"result": {"text": "red", "sources": [{"doc_id": "d1", "text": "p"}]}, "usage": {"input_tokens": 5}}
    ).encode()
    more = 'output = "result.text"\ncontexts = "result.sources"\nusage = "usage"\n'
    more += '[target.body]\nquery = "{question}"\nnested = { n = "{repeat}", who = "item {id}" }\n'
    with service(reply) as (url, seen):
        found = ask_service(tmp_path, f"{url}/ask", more)
    assert found[0]["output"] == "red" and found[0]["contexts"][0]["id"] == "d1"
    assert found[0]["tokens"] == {"input": 5}
    assert seen[0][0] == "POST"
    assert sorted(body["nested"]["who"] for _, _, body in seen) == ["item q0", "item q1"]
    assert seen[0][2]["nested"]["n"] == 1 and "expected" not in json.dumps(seen[0][2])


def test_a_service_is_asked_by_get_and_found_by_usual_names(tmp_path: Path) -> None:
    with service(b'{"answer": "red", "documents": ["p"]}') as (url, seen):
        found = ask_service(tmp_path, f"{url}/ask?q={{question}}", 'method = "GET"\n')
    assert found[0]["output"] == "red" and len(found[0]["contexts"]) == 1
    assert seen[0][:2] == ("GET", "/ask?q=What%20colour%20is%20thing%200%3F") or seen[0][1].startswith("/ask?q=What")


@pytest.mark.parametrize(
    "reply",
    [
        b': hello\n\nevent: token\ndata: {"content": "It is"}\n\ndata: {"content": " red."}\n\ndata: [DONE]\n\n',
        b'{"answer": "It is", "sources": ["page"]}\n{"answer": " red."}\n',
    ],
    ids=["events", "lines"],
)
def test_a_service_that_streams_is_read_to_the_end(tmp_path: Path, reply: bytes) -> None:
    with service(reply) as (url, _):
        found = ask_service(tmp_path, url, "")
    assert {record["output"] for record in found} == {"It is red."}


def sse(*pieces: Any) -> bytes:
    return b"".join(b"data: " + json.dumps(piece).encode() + b"\n\n" for piece in pieces) + b"data: [DONE]\n\n"


def ndjson(*pieces: Any) -> bytes:
    return b"".join(json.dumps(piece).encode() + b"\n" for piece in pieces)


@pytest.mark.parametrize(
    ("reply", "paths", "passages", "tokens"),
    [
        (sse({"answer": "It is"}, {"answer": " red."}), {"output": "answer"}, [], {}),
        (sse({"answer": "It is"}, {"answer": " red."}, {"hits": [{"text": "p"}]}, {"hits": [{"text": "p"}, "r"]}),
         {"output": "answer", "contexts": "hits"}, ["p", "r"], {}),
        (ndjson({"response": "It is"}, {"response": " red.", "stats": {"prompt_tokens": 3}}),
         {"output": "response", "usage": "stats"}, [], {"input": 3}),
        (ndjson({"message": {"content": "It is"}}, {"message": {"content": " red."}, "eval_count": 2}),
         {"output": "message.content"}, [], {"output": 2}),
        (sse({"choices": [{"delta": {"role": "assistant"}}]}, {"choices": [{"delta": {"content": "It is"}}]},
             {"choices": [{"delta": {"content": " red."}}]}, {"choices": [], "usage": {"prompt_tokens": 4}}),
         {"output": "choices.0.delta.content"}, [], {"input": 4}),
        (sse({"kind": "part", "x": {"said": "It is"}}, {"kind": "part", "x": {"said": " red."}}, {"x": {"hit": "p"}}),
         {"output": "x.said", "contexts": "x.hit"}, ["p"], {}),
        (sse({"delta": "It is"}, {"delta": " red."}, {"type": "done", "hits": ["p"], "n": {"input": 5}}),
         {"contexts": "hits", "usage": "n"}, ["p"], {"input": 5}),
        (sse({"type": "status", "n": 1}, {"type": "done", "reply": "It is red."}), {"output": "reply"}, [], {}),
        (sse({"token": "It is"}, {"token": " red."}, {"usage": {"input": 6}}), {"output": "."}, [], {"input": 6}),
    ],
)  # fmt: skip
def test_paths_of_a_plan_are_places_in_each_piece_of_a_stream(
    reply: bytes, paths: dict[str, str], passages: list[str], tokens: dict[str, int]
) -> None:
    async def ask(url: str) -> Answered:
        patience = CallPatience(timeout_s=5, retries=0)
        pipeline = HttpPipeline(HttpTarget(url=url, **paths), Caller(Limiter(1), patience, Usage()))  # type: ignore[arg-type]
        try:
            return await pipeline.answer(Item("q", "Why?"), "1", None)
        finally:
            await pipeline.close()

    with service(reply) as (url, _):
        found = asyncio.run(ask(url))
    assert found.output == "It is red." and [context.text for context in found.contexts] == passages
    assert dict(found.tokens) == tokens


UNREADABLE = (
    b'{"answer": "\xff"}',
    b'{"answer": "caf\xc3',
    b"[" * 20000,
    b"",
    b"<html>502</html>",
    b'{"answer": 1e400}',
)


@pytest.mark.parametrize("reply", UNREADABLE, ids=[repr(reply[:12]) for reply in UNREADABLE])
def test_an_unreadable_reply_costs_its_item_never_the_run(tmp_path: Path, reply: bytes) -> None:
    with service(reply) as (url, _):
        found = ask_service(tmp_path, url, "")
    assert len(found) == 2 and all(record["error"] for record in found)


def test_a_template_keeps_types_and_foreign_braces() -> None:
    request = {"question": "How?", "metadata": {"n": [1]}, "seed": None}
    template = {
        "q": "{question}",
        "n": "{metadata.n}",
        "s": "{seed}",
        "gql": "query { a(q: {question}) { b } }",
        "k": 3,
    }
    assert laid_out(template, request) == {
        "q": "How?", "n": [1], "s": None, "gql": "query { a(q: How?) { b } }", "k": 3
    }  # fmt: skip


@pytest.mark.parametrize(
    "url",
    ["http://user:pw@h/v1", "https://user@h/v1", "https://h/v1?api_key=abc", "https://h/v1?x=1&access_token=abc",
     "https://f.azurewebsites.net/api/ask?code=Zm9vYmFyYmF6cXV4Zm9vYmFy=="],
)  # fmt: skip
def test_credentials_in_addresses_are_refused(url: str) -> None:
    assert secret_in_url(url)
    for target in (
        {"kind": "http", "url": url},
        {"kind": "rag", "corpus": "docs", "generator": {"model": "m", "base_url": url}},
    ):
        with pytest.raises(UsageError, match="holds"):
            plan_of({"name": "x", "dataset": "d.json", "target": target}, "p.toml", Path())
    assert not secret_in_url("https://h/v1?api_key=${MY_KEY}&api-version=2024")
    assert not secret_in_url("https://h/v1?code=de&code=${FUNCTION_KEY_OF_THIS_SERVICE}")


def test_values_of_secret_variables_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-abcdef")
    monkeypatch.setenv("DB_PASSWORD", "hunter22")
    monkeypatch.setenv("EMPTY_TOKEN", "")
    assert without_secrets("401 for sk-abcdef, hunter22") == "401 for ***, ***"


def test_a_reply_without_the_text_says_where_texts_are(tmp_path: Path) -> None:
    reply = b'{"data": {"reply": {"markdown": "red"}, "evidence": [{"ref": "k", "rank": 1}]}}'
    with service(reply) as (url, _):
        found = ask_service(tmp_path, url, 'output = "data.reply"\n')
    assert "(texts are at data.reply.markdown, data.evidence.0.ref)" in found[0]["error"]
    (tmp_path / "unsaid").mkdir()
    with service(reply) as (url, _):
        found = ask_service(tmp_path / "unsaid", url, "")
    assert "output = … (texts are at data.reply.markdown" in found[0]["error"]
