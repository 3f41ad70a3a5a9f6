"""Functions, answers, addresses and datasets in the shapes people have them."""

from __future__ import annotations

import asyncio
import dataclasses
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, records

from ragtui.errors import RagtuiError, UsageError
from ragtui.runner.endpoints.counting import estimated_tokens, whole_count
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import plan_of, read_plan
from ragtui.runner.plan.secrets import secret_in_url, without_secrets
from ragtui.runner.targets.answers import BadAnswerError, answered, contexts_of
from ragtui.runner.targets.template import laid_out
from ragtui.runner.usercode.ragtui_host.binding import bound
from ragtui.runner.usercode.ragtui_host.finding import EVALUATOR, TARGET
from ragtui.runner.usercode.ragtui_host.main import Function
from ragtui.runner.usercode.ragtui_host.shapes import joined, plain
from ragtui.runner.usercode.ragtui_host.telling import UnfitError, told
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset

ITEM = {"id": "q1", "question": "How?", "expected": "So.", "metadata": {"topic": "x", "input": {"ask": "How?"}}}
ASKED = {"item": ITEM, "settings": {"k": 4}, "repeat": 2, "seed": 7}
JUDGED = {"item": ITEM, "output": "So so.", "contexts": [{"id": "c1", "text": "a page"}, {"id": "c2", "text": "b"}]}

TARGETS: dict[str, tuple[Callable[..., Any], Any]] = {
    "question": (lambda question: question, "How?"),
    "query": (lambda query: query, "How?"),
    "a name of his own": (lambda whatever: whatever, "How?"),
    "item": (lambda item: (item.id, item["expected"], item.input, item["topic"]),
             ("q1", "So.", {"ask": "How?"}, "x")),
    "input": (lambda input: input, {"ask": "How?"}),  # noqa: A006
    "keyword only": (lambda *, question, k: (question, k), ("How?", 4)),
    "settings, repeat and seed": (lambda item, settings, repeat, seed: (settings["k"], repeat, seed), (4, 2, 7)),
    "anything": (lambda **all: all["item"].id, "q1"),
    "positional only": (lambda q, /: q, "How?"),
    "a default stays": (lambda question, top_k=3: (question, top_k), ("How?", 3)),
    "several positions": (lambda *args: args, ("How?",)),
    "a decorator's wrapper": (lambda *args, **kwargs: (args, kwargs), (("How?",), {})),
    "a chain with names for its steps": (lambda input, config=None, **kwargs: (input, kwargs), ({"ask": "How?"}, {})),  # noqa: A006
}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_is_called_by_the_names_it_has(name: str) -> None:
    function, expected = TARGETS[name]
    assert bound("m:f", TARGET, function)(ASKED) == expected


EVALUATORS: dict[str, tuple[Callable[..., Any], Any]] = {
    "langfuse": (lambda *, input, output, expected_output, **kw: (output, expected_output), ("So so.", "So.")),  # noqa: A006
    "autoevals": (lambda output, expected=None, **kw: (output, expected), ("So so.", "So.")),
    "ragas": (lambda response, reference, retrieved_contexts: (response, *retrieved_contexts),
              ("So so.", "a page", "b")),
    "question and answer": (lambda question, answer: (question, answer), ("How?", "So so.")),
    "contexts": (lambda contexts: (contexts[0]["text"], contexts[1].id, contexts[0].get("x")), ("a page", "c2", None)),
    "context": (lambda context: context, "a page\n\nb"),
    "langsmith": (lambda inputs, outputs, reference_outputs: (inputs, outputs["answer"], reference_outputs["answer"]),
                  ({"ask": "How?"}, "So so.", "So.")),
    "langsmith's runs": (lambda run, example: (run.outputs["output"], example.outputs["output"]), ("So so.", "So.")),
    "ground truth": (lambda prediction, ground_truth: (prediction, ground_truth), ("So so.", "So.")),
}  # fmt: skip


@pytest.mark.parametrize("name", EVALUATORS)
def test_an_evaluator_is_called_by_the_names_it_has(name: str) -> None:
    function, expected = EVALUATORS[name]
    assert bound("m:f", EVALUATOR, function)(JUDGED) == expected


def test_a_function_that_wants_what_nobody_has_says_so() -> None:
    with pytest.raises(UnfitError, match="asks for `model_name`, which nobody gives"):
        bound("m:f", EVALUATOR, lambda output, model_name: 1)(JUDGED)


@dataclasses.dataclass
class Response:
    """As LlamaIndex has it."""

    response: str
    source_nodes: list[Any]


class Message:
    """As LangChain has it."""

    def __init__(self, content: Any) -> None:
        self.content, self.usage_metadata = content, {"input_tokens": 3, "output_tokens": 2}

    def model_dump(self) -> dict[str, Any]:
        return {"content": self.content, "type": "ai", "usage_metadata": self.usage_metadata}


NODE = {"node": {"id_": "n1", "text": "page", "metadata": {"file_name": "a.md"}}, "score": 0.5}
ANSWERS: tuple[tuple[Any, ...], ...] = (
    ("red", "red", []),
    (("red", ["page"]), "red", [None]),
    (Message("red"), "red", []),
    ({"answer": Message("red"), "context": [{"page_content": "p", "metadata": {"source": "a.md"}}]}, "red", ["a.md"]),
    ({"result": "red", "source_documents": [{"page_content": "p", "metadata": {"source": "a.md"}}]}, "red", ["a.md"]),
    (Response("red", [NODE]), "red", ["n1"]),
    ({"choices": [{"message": {"content": "red"}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}, "red", []),
    (Message([{"type": "text", "text": "re"}, {"type": "text", "text": "d"}]), "red", []),
    (b"red", "red", []),
    ([{"role": "user", "content": "How?"}, {"role": "assistant", "content": "red"}], "red", []),
    ({"messages": [{"type": "human", "content": "How?"}, Message("red"), {"type": "tool", "content": "x"}]}, "red", []),
    ({"messages": [{"type": "human", "content": "How?"}, Message("red")], "context": [{"id": "p", "text": "t"}]}, "red",
     ["p"]),
)  # fmt: skip


class Frame:
    """As pandas has it."""

    columns = ("doc_id", "text")

    def to_dict(self, orient: str = "dict") -> Any:
        return [{"doc_id": "d1", "text": "page"}, {"doc_id": "d2", "text": "next"}] if orient == "records" else {}


def test_a_data_frame_of_passages_is_its_rows() -> None:
    found = answered(plain({"answer": "red", "contexts": Frame()}))
    assert [(context.id, context.text) for context in found.contexts] == [("d1", "page"), ("d2", "next")]


def test_a_passage_with_neither_text_nor_id_is_said_and_a_conversation_without_an_answer_is_none() -> None:
    with pytest.raises(BadAnswerError, match=r"context 1 has neither a text nor an id \(it has rank\)"):
        answered({"answer": "red", "contexts": [{"rank": 1}]})
    with pytest.raises(BadAnswerError, match="none of them is an assistant's"):
        answered({"messages": [{"role": "user", "content": "How?"}]})


def test_the_outputs_of_components_are_one_answer() -> None:
    said = answered({"retriever": {"documents": [{"id": "d1", "content": "one"}]}, "llm": {"replies": ["It is red."]}})
    assert (said.output, [context.id for context in said.contexts]) == ("It is red.", ["d1"])
    with pytest.raises(BadAnswerError, match="without `output`"):
        answered({"one": {"replies": ["red"]}, "two": {"replies": ["green"]}})


def test_the_tokens_of_a_conversation_are_those_of_all_that_the_assistant_said() -> None:
    said = answered(plain([Message("first"), {"role": "tool", "content": "x"}, Message("red")]))
    assert (said.output, said.tokens) == ("red", {"input": 6, "output": 4})


@pytest.mark.parametrize(("value", "text", "ids"), ANSWERS)
def test_answers_of_any_library_are_understood(value: Any, text: str, ids: list[Any]) -> None:
    found = answered(plain(value))
    assert found.output == text
    assert [context.id for context in found.contexts] == ids or (ids == [None] and len(found.contexts) == 1)


def test_tokens_are_read_under_every_name_and_nonsense_is_left_out() -> None:
    assert answered(plain({"answer": Message("red")})).tokens == {"input": 3, "output": 2}
    assert answered({"output": "x", "tokens": {"input": 10**30, "output": 2}}).tokens == {"output": 2}
    assert [whole_count(value) for value in (float("nan"), 1e400, 10**30, -1, True, "3")] == [None] * 6
    assert estimated_tokens("12345") == 2


def test_contexts_keep_their_identity_whatever_their_rank() -> None:
    one, two = contexts_of(["first page", "second page"]), contexts_of(["second page"])
    assert one[1].id == two[0].id != one[0].id
    chunks = contexts_of([{"text": "a", "metadata": {"source": "s"}}, {"text": "b", "metadata": {"source": "s"}}])
    assert len({chunk.id for chunk in chunks}) == 2 and all(chunk.id.startswith("s#") for chunk in chunks)
    assert [c.id for c in contexts_of([{"id": "1", "text": "a"}, {"chunk_id": 7, "text": "b"}])] == ["1", "7"]


def pieces(*values: Any) -> Iterator[Any]:
    yield from values


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (pieces("Hel", "lo"), "Hello"),
        (pieces({"choices": [{"delta": {"content": "Hel"}}]}, {"choices": [{"delta": {"content": "lo"}}]}), "Hello"),
        (pieces(Message("Hel"), Message("lo")), "Hello"),
        (pieces("data: Hel\n\n", "data: lo\n\n", "data: [DONE]\n\n"), "Hello"),
        (pieces('data: {"token": "Hel"}\n\ndata: {"delta": {"type": "text_delta", "text": "lo"}}\n\n'), "Hello"),
        (
            pieces({"delta": "", "sources": ["page"]}, {"delta": "Hel"}, {"delta": "lo", "sources": ["page", "next"]}),
            {"output": "Hello", "sources": ["page", "next"]},
        ),
        (pieces({"context": ["page"]}, {"answer": "Hel"}, {"answer": "lo"}), {"context": ["page"], "answer": "Hello"}),
    ],
)
def test_streams_are_joined(stream: Iterator[Any], expected: Any) -> None:
    assert joined(list(stream)) == expected


OBJECTS = """
import pathlib

class Pipeline:
    def __init__(self, top_k=4, model="small"):
        with pathlib.Path(__file__).with_name("made.log").open("a") as file:
            file.write("x")
        self.top_k, self.model = top_k, model
    def answer(self, question): return f"{self.model} {self.top_k} {question}"
    @staticmethod
    def plain(question): return question
    @classmethod
    def build(cls): return cls(model="built")

class Caller(Pipeline):
    def __call__(self, question): return "called " + question

class Needs:
    def __init__(self, index): self.index = index
    async def answer(self, question): return f"{self.index} {question}"

class Module:
    def __call__(self, *args, **kwargs):
        if args: raise TypeError("by name only")
        return self.forward(**kwargs)
    def forward(self, question): return "forward " + question

class Chain:
    def invoke(self, input, config=None, **kwargs): return {"answer": input["input"], **kwargs}

class Scorer:
    def __init__(self, bar=1): self.bar = bar
    def evaluate(self, *, output): return len(output) > self.bar

def make(): return Chain()
pipeline, module = Pipeline(model="ready"), Module()
"""


@pytest.mark.parametrize(
    ("ref", "settings", "said"),
    [
        ("Pipeline", {}, "small 4 How?"),
        ("Pipeline.answer", {"top_k": 8}, "small 8 How?"),
        ("Pipeline.plain", {}, "How?"),
        ("Pipeline.build()", {}, "built 4 How?"),
        ("Pipeline.build().answer", {}, "built 4 How?"),
        ("pipeline", {}, "ready 4 How?"),
        ("pipeline.answer", {}, "ready 4 How?"),
        ("Caller", {}, "called How?"),
        ("Needs.answer", {"index": "i"}, "i How?"),
        ("module", {}, "forward How?"),
        ("Module", {}, "forward How?"),
    ],
)
def test_objects_and_classes_are_made_and_called(
    ref: str, settings: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"own_{tmp_path.name}.py").write_text(OBJECTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    function = Function(f"own_{tmp_path.name}:{ref}", TARGET, lambda *_: nullcontext(), settings)
    assert asyncio.run(function.run_async({**ASKED, "settings": settings})) == said


def test_an_object_that_cannot_be_made_says_what_it_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_needs.py").write_text(OBJECTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UnfitError, match="Needs asks for `index` before anything can be called"):
        Function("own_needs:Needs", TARGET, lambda *_: nullcontext())


def test_one_object_is_made_for_a_run_and_a_chain_gets_the_input_it_wants(tmp_path: Path) -> None:
    (tmp_path / "src" / "acme").mkdir(parents=True)
    (tmp_path / "src" / "acme" / "rag.py").write_text(OBJECTS)
    items = [{"id": str(n), "question": f"{n}?", "expected": "0 4"} for n in range(4)]
    (tmp_path / "golden.json").write_text(json.dumps(items))
    plan = (
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "python"\n'
        'call = "acme.rag:{call}"\n{more}\n[[evaluators]]\ncall = "acme.rag:Scorer"\nsettings = {{ bar = 99 }}\n'
    )
    (tmp_path / "p.toml").write_text(plan.format(call="Pipeline.answer", more="settings = { top_k = 9 }"))
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    assert {record["output"] for record in records(launch.lead)} == {f"small 9 {n}?" for n in range(4)}
    assert {record["scores"]["Scorer"]["value"] for record in records(launch.lead)} == {0.0}
    assert (tmp_path / "src" / "acme" / "made.log").read_text() == "xx"  # one by the module itself
    (tmp_path / "p.toml").write_text(plan.format(call="make()", more='input = { input = "{question}" }'))
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    assert {record["output"] for record in records(launch.lead)} == {f"{n}?" for n in range(4)}


def test_scores_of_the_same_name_stand_beside_each_other(tmp_path: Path) -> None:
    for name, value in (("one", 1), ("two", 2), ("three", 3)):
        (tmp_path / f"{name}.py").write_text(
            "def ask(question): return 'red'\n"
            f"def token_f1(output): return {value}\ndef score(output): return {value}\n"
        )
    (tmp_path / "golden.json").write_text(json.dumps([{"id": "1", "question": "?", "expected": "red"}]))
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "python"\ncall = "one:ask"\n'
        + "".join(f'[[evaluators]]\ncall = "{name}"\n' for name in ("one:token_f1", "two:score", "three:score"))
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    (record,) = records(launch.lead)
    found = {name: said["value"] for name, said in record["scores"].items()}
    assert found == {"token_f1": 1.0, "one.token_f1": 1.0, "score": 2.0, "three.score": 3.0}
    declared = json.loads((launch.lead / "summary.json").read_text())["metrics"]
    assert {metric["name"] for metric in declared} == set(found)


def test_an_asynchronous_stream_is_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shapes_own.py").write_text("async def ask(question):\n    yield 'Hel'\n    yield 'lo'\n")
    monkeypatch.syspath_prepend(tmp_path)
    function = Function("shapes_own:ask", TARGET, lambda item, repeat: None)
    function._tracer = None
    assert function.is_async and asyncio.run(function.run_async(ASKED)) == "Hello"


def test_errors_that_a_plan_mends_say_how(tmp_path: Path) -> None:
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("")
    missing = told(ModuleNotFoundError("No module named 'x'"), str(tmp_path))["error"]
    assert 'python = ".venv/bin/python"' in missing
    wants_more = TypeError("string indices must be integers, not 'str'")
    assert 'input = { input = "{question}" }' in told(wants_more, str(tmp_path), got_text=True)["error"]
    assert "{question}" not in told(wants_more, str(tmp_path))["error"]


def test_an_exception_is_told_with_its_message_first(tmp_path: Path) -> None:
    try:
        raise ValueError("first line\nsecond line\n  For further information visit https://example.com")
    except ValueError as error:
        said = told(error, str(Path(__file__).parent))
    assert said["error"].startswith("ValueError: first line; second line (test_shapes.py:")
    assert "further information" not in said["error"]


# ------------------------------------------------------------------------------------------- addresses


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
    "url", ["http://user:pw@h/v1", "https://user@h/v1", "https://h/v1?api_key=abc", "https://h/v1?x=1&access_token=abc"]
)
def test_credentials_in_addresses_are_refused(url: str) -> None:
    assert secret_in_url(url)
    for target in (
        {"kind": "http", "url": url},
        {"kind": "rag", "corpus": "docs", "generator": {"model": "m", "base_url": url}},
    ):
        with pytest.raises(UsageError, match="holds"):
            plan_of({"name": "x", "dataset": "d.json", "target": target}, "p.toml", Path())
    assert not secret_in_url("https://h/v1?api_key=${MY_KEY}&api-version=2024")


def test_values_of_secret_variables_are_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "sk-abcdef")
    monkeypatch.setenv("DB_PASSWORD", "hunter22")
    monkeypatch.setenv("EMPTY_TOKEN", "")
    assert without_secrets("401 for sk-abcdef, hunter22") == "401 for ***, ***"


# ------------------------------------------------------------------------------------------- datasets

DATASETS: dict[str, tuple[str, str]] = {
    "list": ("d.json", '[{"question": "How?", "expected": "So."}]'),
    "langfuse": ("d.json", '[{"id": "1", "input": "How?", "expected_output": "So."}]'),
    "ragas": ("d.jsonl", '{"user_input": "How?", "reference": "So."}\n'),
    "examples": ("d.json", '{"examples": [{"query": "How?", "ground_truth": "So."}]}'),
    "columns": ("d.json", '{"question": ["How?"], "answer": ["So."]}'),
    "by id": ("d.json", '{"q1": {"question": "How?", "expected": "So."}}'),
    "q and a": ("d.json", '[{"q": "How?", "a": "So."}]'),
    "csv": ("d.csv", "id,question,expected,topic\n1,How?,So.,billing\n"),
    "csv with semicolons": ("d.csv", "question;expected\nHow?;So.\n"),
    "tsv": ("d.tsv", "prompt\tgold\nHow?\tSo.\n"),
    "object": ("d.json", '[{"input": {"question": "How?", "lang": "en"}, "expected_output": {"answer": "So."}}]'),
    "messages": ("d.json", '[{"messages": [{"role": "user", "content": "How?"}], "expected": ["So.", "Thus."]}]'),
}


@pytest.mark.parametrize("name", DATASETS)
def test_datasets_are_read_as_people_have_them(name: str, tmp_path: Path) -> None:
    file, content = DATASETS[name]
    (tmp_path / file).write_text(content)
    (item,) = read_dataset(tmp_path / file).items
    assert (item.question, item.expected) == ("How?", "So.") and item.id


def test_questions_alone_are_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text('["How?", "Why?"]')
    assert [item.question for item in read_dataset(tmp_path / "d.json").items] == ["How?", "Why?"]


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


def test_a_reply_without_the_text_says_where_texts_are(tmp_path: Path) -> None:
    reply = b'{"data": {"reply": {"markdown": "red"}, "evidence": [{"ref": "k", "rank": 1}]}}'
    with service(reply) as (url, _):
        found = ask_service(tmp_path, url, 'output = "data.reply"\n')
    assert "(texts are at data.reply.markdown, data.evidence.0.ref)" in found[0]["error"]
    (tmp_path / "unsaid").mkdir()
    with service(reply) as (url, _):
        found = ask_service(tmp_path / "unsaid", url, "")
    assert "output = … (texts are at data.reply.markdown" in found[0]["error"]
