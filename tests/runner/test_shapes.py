"""Functions, objects and answers in the shapes people have them."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, ClassVar

import pytest
from runner_kit import records

from ragtui.runner.endpoints.counting import estimated_tokens, whole_count
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError, contexts_of
from ragtui.runner.usercode.ragtui_host.binding import bound
from ragtui.runner.usercode.ragtui_host.finding import EVALUATOR, TARGET
from ragtui.runner.usercode.ragtui_host.main import Function
from ragtui.runner.usercode.ragtui_host.shapes import plain
from ragtui.runner.usercode.ragtui_host.streams import joined
from ragtui.runner.usercode.ragtui_host.telling import UnfitError
from ragtui.runner.work.trying import try_plan
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


@dataclasses.dataclass
class Request:
    """As a web service's handler takes it."""

    message: str
    history: tuple[str, ...] = ()


class Checked:
    """As pydantic has it."""

    model_fields: ClassVar = {"top_k": None, "query": None}

    def __init__(self, query: str, top_k: int = 3) -> None:
        self.query, self.top_k = query, top_k

    @classmethod
    def model_validate(cls, value: Any) -> Any: ...


@dataclasses.dataclass
class Strange:
    """Nothing in it is called like a question."""

    payload: str


def handles(body: Request) -> str:
    return f"{body.message} {len(body.history)}"


def checks(request: Checked) -> str:
    return f"{request.query} {request.top_k}"


def wonders(body: Strange) -> str:
    return body.payload


def test_a_handler_gets_the_model_it_wants() -> None:
    assert bound("mine:handles", TARGET, handles)(ASKED) == "How? 0"
    assert bound("mine:checks", TARGET, checks)(ASKED) == "How? 3"
    assert bound("mine:handles", TARGET, handles)({**ASKED, "given": {"message": "So?", "history": ("a",)}}) == "So? 1"
    with pytest.raises(
        UnfitError, match=r'wants a Strange, whose fields are payload; .*input = { payload = "{question}" }'
    ):
        bound("mine:wonders", TARGET, wonders)(ASKED)


@dataclasses.dataclass
class Options:
    """Settings of his own; their prompt is no question."""

    prompt: str = "Be brief."
    k: int = 3


@dataclasses.dataclass
class Golden:
    id: str
    question: str


@dataclasses.dataclass
class Wordy:
    text: str
    language: str


@dataclasses.dataclass
class Talk:
    question: str
    messages: list[str] = dataclasses.field(default_factory=list)


def takes_settings(settings: Options, question: str) -> Any:
    return settings["k"], question  # type: ignore[index]


def takes_settings_of_the_plan(k: Options, question: str) -> Any:
    return k, question


def takes_a_default(options: Options = Options(), question: str = "") -> Any:  # noqa: B008
    return options.k, question


def takes_history(history: Talk | None = None, question: str = "") -> Any:
    return history, question


def takes_history_by_class(history: Talk = None, question: str = "") -> Any:  # type: ignore[assignment]
    return history, question


def takes_an_item(item: Golden) -> Any:
    return item.id, item.question


def takes_another_first(of_mine: Options, question: str) -> Any:
    return of_mine, question


def takes_words(q: Wordy) -> Any:
    return q


def takes_talk(body: Talk) -> Any:
    return body.question, body.messages


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (takes_settings, (4, "How?")),
        (takes_settings_of_the_plan, (4, "How?")),
        (takes_a_default, (3, "How?")),
        (takes_history, (None, "How?")),
        (takes_history_by_class, (None, "How?")),
        (takes_an_item, ("q1", "How?")),
        (takes_another_first, ("How?", "How?")),
        (takes_words, "How?"),
        (takes_talk, ("How?", [])),
    ],
)
def test_a_model_is_made_only_for_what_takes_the_question(function: Callable[..., Any], expected: Any) -> None:
    assert bound("m:f", TARGET, function)(ASKED) == expected


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
    # as JavaScript spells them, and under names of other things too
    ({"answer": "red", "sourceDocuments": [{"chunkId": "c1", "pageContent": "p"}]}, "red", ["c1"]),
    ({"answer": "red", "chunks": [{"node": {"pageContent": "p", "metadata": {"fileName": "a.md"}}}]}, "red", ["a.md"]),
    ({"answer": "red", "hits": [{"text": "p", "uri": "kb://1", "score": 0.5}]}, "red", ["kb://1"]),
    ({"generation": "red", "docs": [{"page_content": "p", "metadata": {"source": "s"}}]}, "red", ["s"]),
    ({"answer": "red", "nodes": [{"name": "retrieve"}], "matches": ["red"], "results": []}, "red", []),
    ({"answer": "red", "documents": [], "hits": [{"id": "h1", "text": "p"}]}, "red", []),
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
        (
            pieces(Message("Hel"), Message("lo")),
            {"output": "Hello", "usage": {"input_tokens": 3, "output_tokens": 2}},
        ),
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
import asyncio, pathlib

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

class Talk:
    def __init__(self, lock): self.lock = lock
    def reply(self, message, history=None): return f"{message} after {len(history or [])}"
    async def ask(self, question):
        async with self.lock: return "ready " + question

async def connect(top_k=4):
    await asyncio.sleep(0)
    return Talk(asyncio.Lock())

async def refuse(): raise ConnectionError("no index at 127.0.0.1")
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
        ("connect()", {}, "ready How?"),
        ("connect().reply", {}, "How? after 0"),
    ],
)
def test_objects_and_classes_are_made_and_called(
    ref: str, settings: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"own_{tmp_path.name}.py").write_text(OBJECTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    function = Function(f"own_{tmp_path.name}:{ref}", TARGET, lambda *_: nullcontext(), settings)
    asked = {**ASKED, "settings": settings}

    async def call() -> Any:
        await function.there()
        return await function.run_async(asked)

    assert asyncio.run(call()) == said


@pytest.mark.parametrize("width", ["", "threads = 1\n"])
def test_what_an_asynchronous_maker_gives_is_made_once_on_the_loop_of_the_calls(width: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OBJECTS)
    (tmp_path / "golden.json").write_text(json.dumps([{"question": f"What is {n}?"} for n in range(3)]))
    plan = f'name = "p"\ndataset = "golden.json"\nlexical = ["grounding"]\n[target]\nkind = "python"\n{width}'
    said = []
    for call in ("connect()", "connect().reply", "refuse()"):
        (tmp_path / "ragtui.toml").write_text(plan + f'call = "own:{call}"\n')
        (side,) = try_plan(read_plan(tmp_path), read_dataset(tmp_path / "golden.json")).sides
        said.append(side.failure or side.result.output)
    assert said[:2] == ["ready What is 0?", "What is 0? after 0"]
    assert said[2].startswith("own:refuse(): ConnectionError: no index at 127.0.0.1")


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
