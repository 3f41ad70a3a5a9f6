"""What frameworks have: handlers and their requests and responses, chains and graphs, notebooks, Django's settings."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from runner_kit import records

from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.usercode.ragtui_host.binding import bound
from ragtui.runner.usercode.ragtui_host.finding import EVALUATOR, TARGET
from ragtui.runner.usercode.ragtui_host.main import Function
from ragtui.runner.usercode.ragtui_host.telling import BadResponseError, UnfitError, told
from ragtui.runner.work.worker import work

ITEM = {"id": "q1", "question": "How?", "expected": "So.", "metadata": {}}
ASKED = {"item": ITEM, "settings": {}, "repeat": 2, "seed": 7}


@dataclasses.dataclass
class Chat:
    """As chat services have it."""

    messages: list[dict[str, str]]
    top_k: int = 3


def chats(request: Chat) -> Any:
    return request.messages[-1]["content"], len(request.messages)


TURNS = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "How?"}]


@pytest.mark.parametrize(
    ("function", "one", "several"),
    [
        (chats, ("How?", 1), ("How?", 2)),
        (lambda messages: messages[-1]["content"], "How?", "How?"),
        (lambda conversation: len(conversation), 1, 2),
        (lambda state: (state["messages"][-1]["content"], state["question"]), ("How?", "How?"), ("How?", "How?")),
        (lambda message, history: (message, history), ("How?", []), ("How?", TURNS[:1])),  # as Gradio calls
        (lambda question, chat_history=None: (question, chat_history), ("How?", None), ("How?", TURNS[:1])),
    ],
)
def test_messages_are_messages_whatever_the_item_holds(function: Callable[..., Any], one: Any, several: Any) -> None:
    call = bound("m:f", TARGET, function)
    assert call(ASKED) == one
    for held in (TURNS, {"messages": TURNS}):
        assert call({**ASKED, "item": {**ITEM, "metadata": {"input": held}}}) == several


def told_by(kind: Any, default: Any = inspect.Parameter.empty, name: str = "input") -> Callable[..., Any]:
    """A target that takes one value, and says of it what is given here."""

    def ask(*values: Any, **named: Any) -> Any:
        return next(iter((*values, *named.values())), default)

    ask.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=kind, default=default)]
    )
    return ask


TABLE = {"question": "How?", "query": "How?", "input": "How?"}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (dict, TABLE),
        (dict[str, Any], TABLE),
        (Mapping[str, Any], TABLE),
        (dict[str, str | list[str]] | None, TABLE),
        ("Optional[dict[str, list[str]]]", TABLE),
        ("typing.Dict[str, Any] | None", TABLE),
        (str, "How?"),
        ("str", "How?"),
        (str | dict[str, Any], "How?"),
        (list[dict[str, str]], "How?"),
        ("list[dict]", "How?"),
        ("Union[str, Dict[str, Any]]", "How?"),
    ],
)
def test_an_input_is_a_table_only_where_nothing_else_is_wanted(kind: Any, given: Any) -> None:
    assert bound("m:f", TARGET, told_by(kind))(ASKED) == given


@pytest.mark.parametrize("name", ["input", "inputs", "data", "messages", "conversation", "state"])
def test_a_target_that_wants_a_text_is_given_a_plain_one(name: str) -> None:
    """Not a conversation, not a state, and nothing that YAML or a strict model would not take for a text."""
    found = bound("m:f", TARGET, told_by(str, name=name))(ASKED)
    assert (type(found), found) == (str, "How?")


@pytest.mark.parametrize(
    ("role", "function", "given"),
    [
        (EVALUATOR, lambda output, expected, gt=0.5: gt, 0.5),
        (EVALUATOR, lambda output, expected, correct=1.0: correct, 1.0),
        (EVALUATOR, lambda output, chunks=3: chunks, 3),
        (EVALUATOR, lambda output, candidate="gpt-4": candidate, "gpt-4"),
        (EVALUATOR, lambda output, actual=True: actual, True),
        (EVALUATOR, lambda output, gold=None: gold, "So."),
        (EVALUATOR, lambda output, gold="": gold, "So."),
        (EVALUATOR, lambda output, docs=(): docs, ["a page"]),
        (TARGET, lambda question, state="open": state, "open"),
        (TARGET, lambda question="What is it?": question, "How?"),
        (TARGET, lambda question, metadata={"a": 1}: metadata, {}),
    ],
)
def test_a_default_that_means_something_else_is_kept(role: str, function: Callable[..., Any], given: Any) -> None:
    """A threshold that happens to be called like a golden answer would be a text, and every score another one."""
    assert bound("m:f", role, function)({**ASKED, **JUDGED}) == given


class Runnable:
    """As LangChain and LangGraph have it."""

    def __init__(self, schema: Any, channels: Any = ()) -> None:
        self.schema, self.channels = schema, channels

    def get_input_jsonschema(self) -> Any:
        if self.schema is None:
            raise TypeError("no schema of a TypedDict")
        return self.schema

    def invoke(self, input: Any, config: Any = None, **more: Any) -> Any:  # noqa: A002
        return input


def wants(*names: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": dict.fromkeys(names), "required": list(required)}


USER = [{"role": "user", "content": "How?"}]


@pytest.mark.parametrize(
    ("runnable", "given"),
    [
        (Runnable(wants("messages", required=("messages",))), {"messages": USER}),
        (Runnable(wants("question", "documents")), {"question": "How?"}),
        (Runnable(wants("input", "chat_history", required=("input", "chat_history"))),
         {"input": "How?", "chat_history": []}),
        (Runnable(wants("input", "chat_history", required=("input",))), {"input": "How?"}),
        (Runnable(wants("context", "question", required=("context", "question"))), "How?"),
        (Runnable({"type": "string"}), "How?"),
        (Runnable(wants("root", required=("root",))), "How?"),
        (Runnable(None, ["question", "answer", "__start__"]), {"question": "How?"}),
        (Runnable(None), "How?"),
    ],
)  # fmt: skip
def test_a_chain_is_given_the_table_that_it_says_it_wants(runnable: Runnable, given: Any) -> None:
    assert bound("m:f", TARGET, runnable.invoke)(ASKED) == given
    assert bound("m:f", TARGET, runnable.invoke)({**ASKED, "given": "So?"}) == "So?", "the plan says it otherwise"


@pytest.mark.parametrize("name", ["reply", "finalAnswer", "final_answer", "Antwort", "bot_response", "modelOutput"])
def test_an_answer_is_found_under_the_names_people_give_it(name: str) -> None:
    found = answered({name: "It is red.", "sourceDocuments": [{"id": "p", "text": "t"}], "status": "ok"})
    assert (found.output, [context.id for context in found.contexts]) == ("It is red.", ["p"])
    with pytest.raises(BadAnswerError, match="call its answer `output`"):
        answered({"status": "ok"})


JUDGED = {"item": ITEM, "output": "So so.", "contexts": [{"id": "c", "text": "a page"}], "settings": {}}


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (lambda pred, gold: (pred, gold), ("So so.", "So.")),
        (lambda y_true, y_pred: (y_true, y_pred), ("So.", "So so.")),
        (lambda hypothesis, docs: (hypothesis, *docs), ("So so.", "a page")),
        (lambda run, example: (run["outputs"]["output"], example["outputs"]["answer"]), ("So so.", "So.")),
    ],
)
def test_evaluators_of_other_homes_are_called_by_their_names(function: Callable[..., Any], given: Any) -> None:
    assert bound("m:f", EVALUATOR, function)(JUDGED) == given


def test_what_nobody_gives_is_said_with_the_names_that_matter() -> None:
    with pytest.raises(UnfitError, match=r"asks for `judge_model`.*settings.*question, output, expected, contexts"):
        bound("m:f", EVALUATOR, lambda output, judge_model: 1)(JUDGED)


def test_a_script_that_sets_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "manage.py").write_text(
        "import os\nos.environ.setdefault('ACME_SETTINGS_MODULE', 'acme.settings')\nos.environ['ACME_B'] = 'b'\n"
    )
    said = told(RuntimeError("You must define ACME_SETTINGS_MODULE."), str(tmp_path))["error"]
    assert "manage.py sets it, and is not run here: export ACME_SETTINGS_MODULE=acme.settings" in said
    assert "export ACME_B=b" in told(KeyError("ACME_B"), str(tmp_path))["error"]
    assert "manage.py" not in told(KeyError("ACME_BB"), str(tmp_path))["error"]


NOTEBOOK = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--k", {how})
args = parser.parse_args()
def ask(question): return f"{{args.k}} {{question}}"
"""


def test_a_notebooks_top_may_read_words_where_all_have_defaults(tmp_path: Path) -> None:
    for name, how in (("free", "default=3"), ("strict", "required=True")):
        (tmp_path / f"{name}.py").write_text(NOTEBOOK.format(how=how))
    (tmp_path / "golden.json").write_text(json.dumps([{"id": "1", "question": "Which?", "expected": "3"}]))
    plan = 'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "python"\n'
    said = {}
    for name in ("free", "strict"):
        for width in ("", "threads = 1\n"):
            (tmp_path / "p.toml").write_text(f'{plan}call = "{name}:ask"\n{width}')
            launch = prepare(read_plan(tmp_path / "p.toml"))
            done = work(launch)
            said[name] = done.stop.message
            if name == "free":
                assert records(launch.lead)[0]["output"] == "3 Which?"
    assert "read them below `if __name__" in said["strict"] and "strict.py:5" in said["strict"]


ASYNC_ONLY = """
import asyncio
LOOPS = set()

class Graph:
    def invoke(self, input, config=None):
        raise TypeError("No synchronous function: use the async API (ainvoke, astream, etc.)")
    async def ainvoke(self, input, config=None):
        LOOPS.add(id(asyncio.get_running_loop()))
        return f"{input} {len(LOOPS)}"

class Broken(Graph):
    def invoke(self, input, config=None): raise TypeError("no such index")

graph, broken = Graph(), Broken()
"""


@pytest.mark.parametrize(("name", "width"), [("graph", ""), ("graph", "threads = 1\n"), ("broken", "")])
def test_a_method_that_sends_to_its_asynchronous_twin_is_followed(name: str, width: str, tmp_path: Path) -> None:
    (tmp_path / "agent.py").write_text(ASYNC_ONLY)
    items = [{"id": str(n), "question": f"{n}?", "expected": "0"} for n in range(6)]
    (tmp_path / "golden.json").write_text(json.dumps(items))
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\nconcurrency = 3\n[target]\nkind = "python"\n'
        f'call = "agent:{name}"\n{width}'
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    if name == "broken":
        assert all("no such index" in record["error"] for record in records(launch.lead))
        return
    assert {record["output"].partition(" ")[0] for record in records(launch.lead)} == {f"{n}?" for n in range(6)}
    if not width:  # on one loop: connections of a client belong to the loop that opened them
        assert {record["output"].partition(" ")[2] for record in records(launch.lead)} == {"1"}


THREADS = """
import asyncio, signal, threading

def old_style(question):
    loop = asyncio.get_event_loop()
    return loop.run_until_complete(later(question))

async def later(question):
    await asyncio.sleep(0.01)
    return "later " + question

def handler(question):
    return asyncio.ensure_future(later(question), loop=asyncio.get_running_loop())

def alarmed(question):
    signal.signal(signal.SIGALRM, lambda *_: None)
    return "in time " + question
"""


@pytest.mark.parametrize(
    ("name", "width", "said"),
    [
        ("old_style", "", "later"),
        ("old_style", "threads = 1\n", "later"),
        ("handler", "", "later"),
        ("handler", "threads = 1\n", "later"),
        ("alarmed", "", ""),
        ("alarmed", "threads = 1\n", "in time"),
    ],
)
def test_code_for_a_main_thread_runs_or_is_told_how(name: str, width: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(THREADS)
    items = [{"id": str(n), "question": f"{n}?", "expected": "0"} for n in range(6)]
    (tmp_path / "golden.json").write_text(json.dumps(items))
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\nconcurrency = 3\n[target]\nkind = "python"\n'
        f'call = "own:{name}"\n{width}'
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    for record in records(launch.lead):
        if said:
            assert record["output"] == f"{said} {record['item']}?", record["error"]
        else:
            assert "threads = 1 beside its `call`" in record["error"]


TOGETHER = """
import asyncio, threading, time
TOGETHER = threading.Barrier(3)
SENT = threading.Event()  # others were sent to the other method

def meet():
    try: TOGETHER.wait(2)
    except threading.BrokenBarrierError: pass

async def later(question): return "later " + question

def loop(question):
    meet()
    return asyncio.get_event_loop().run_until_complete(later(question))

def turned(question):
    meet()
    return asyncio.ensure_future(later(question), loop=asyncio.get_running_loop())

class Graph:
    calls = 0
    def invoke(self, question):
        meet()
        if question == "0?":
            Graph.calls += 1
            SENT.wait(60)
            raise ValueError(f"no page, {Graph.calls}")
        raise TypeError("use ainvoke")
    async def ainvoke(self, question):
        Graph.calls += question == "0?"
        SENT.set()
        return "later " + question
graph = Graph()
"""


@pytest.mark.parametrize("name", ["loop", "turned", "graph"])
def test_calls_that_find_out_together_each_have_an_answer_and_no_fault_is_paid_twice(name: str, tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(TOGETHER)
    items = [{"id": str(n), "question": f"{n}?", "expected": "0"} for n in range(3)]
    (tmp_path / "golden.json").write_text(json.dumps(items))
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\nconcurrency = 3\n[target]\nkind = "python"\n'
        f'call = "own:{name}"\n'
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    said = {record["item"]: record["error"] or record["output"] for record in records(launch.lead)}
    if name == "graph":
        assert "no page, 1" in said.pop("0")
    assert set(said.values()) == {f"later {item}?" for item in said}


def langsmith(inputs: dict[str, Any]) -> Any:
    return {"answer": inputs["question"], "kind": type(inputs).__name__}


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (langsmith, {"answer": "How?", "kind": "dict"}),
        (lambda inputs: inputs["question"], "How?"),
        (lambda input: f"{input}", "How?"),  # noqa: A006
        (lambda data: data.get("query"), "How?"),
    ],
)
def test_an_input_may_be_read_as_a_table(function: Callable[..., Any], given: Any) -> None:
    assert bound("m:f", TARGET, function)(ASKED) == given
    held = {**ASKED, "item": {**ITEM, "metadata": {"input": {"question": "So?", "query": "So?"}}}}
    assert "So?" in str(bound("m:f", TARGET, function)(held)), "the item's own table goes first"


class Handled:
    """As web frameworks have it: Starlette's streams, JSON of any, a refusal."""

    def __init__(self, status_code: int, **fields: Any) -> None:
        self.status_code = status_code
        self.__dict__.update(fields)


async def tokens() -> Any:
    for piece in (b'data: {"delta": "It is"}\n\n', 'data: {"delta": " red."}\n\n'):
        yield piece


@pytest.mark.parametrize(
    ("response", "said"),
    [
        (lambda: Handled(200, body_iterator=tokens()), "It is red."),
        (lambda: Handled(200, streaming_content=iter([b"It is ", b"red."])), "It is red."),
        (lambda: Handled(200, body=b'{"answer": "It is red."}'), {"answer": "It is red."}),
        (lambda: Handled(201, content=b"It is red."), "It is red."),
        (lambda: Handled(200, data=b'{"answer": "It is red."}'), {"answer": "It is red."}),
        (lambda: Handled(422, body=b'{"detail": "no index"}'), BadResponseError),
        (lambda: Handled(503, body_iterator=tokens()), BadResponseError),
    ],
)
def test_what_a_handler_returns_is_read_as_a_client_would(response: Callable[[], Any], said: Any) -> None:
    for handler in (response, _later(response)):
        function = Function.__new__(Function)
        function._tracer, function._call = None, _with_arguments(handler)
        if said is BadResponseError:
            with pytest.raises(BadResponseError, match=r"status (422|503)"):
                asyncio.run(function.run_async(ASKED))
            continue
        assert asyncio.run(function.run_async(ASKED)) == said
        assert function.run(ASKED) == said


def _with_arguments(handler: Callable[[], Any]) -> Callable[[Any], Any]:
    return lambda arguments: handler()


def _later(response: Callable[[], Any]) -> Callable[[], Any]:
    async def handler() -> Any:
        return response()

    return handler
