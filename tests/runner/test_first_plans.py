"""First plans for repositories of several projects, for services of known forms, and for makers with defaults."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from runner_kit import records

from ragtui.cli.main import main
from ragtui.errors import InputError
from ragtui.runner.launch.first.beginning import look_around
from ragtui.runner.plan.plan import HttpTarget, PythonTarget
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.targets.answers import answered
from ragtui.runner.targets.passages import BadAnswerError
from ragtui.runner.usercode.ragtui_host.shapes import plain
from ragtui.sources import read_dataset

ROWS = [{"question": f"What is {n}?", "expected": f"{n}."} for n in range(2)]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


CORE = {
    "packages/core/pyproject.toml": "",
    "packages/core/src/core/__init__.py": "",
    "packages/core/src/core/words.py": "def lower(text): return text.lower()\n",
    "packages/core/src/core/rag.py": "from core.words import lower\n\ndef answer(question): return lower(question)\n",
}


@pytest.mark.parametrize("data", ["packages/core/evals/golden.json", "evals/golden.json"])
def test_a_plan_for_a_repository_of_several_projects_lies_beside_the_one_that_answers(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {**CORE, data: json.dumps(ROWS), "packages/web/setup.py": "", "packages/web/get.py": "X = 1\n"})
    assert main(["init", str(tmp_path), "--yes"]) == 0
    said = capsys.readouterr()
    plan = tmp_path / "packages" / "core" / "ragtui.toml"
    assert Path(said.out.strip()) == plan and "the plan is for packages/core" in said.err
    assert not (tmp_path / "ragtui.toml").exists()
    assert main(["run", str(plan)]) == 0
    (run,) = (plan.parent / "runs").iterdir()
    assert {line["output"] for line in records(run)} == {"what is 0?", "what is 1?"}


def test_init_names_the_other_projects_that_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = {"services/bot/pyproject.toml": "", "services/bot/bot.py": "def ask(question): return question\n"}
    write(tmp_path, {**CORE, **more, "evals/golden.json": json.dumps(ROWS)})
    assert main(["init", str(tmp_path), "--yes"]) == 0
    assert "of others: ragtui init services/bot" in capsys.readouterr().err


def test_the_interpreter_of_a_repository_runs_its_projects(tmp_path: Path) -> None:
    write(tmp_path, {**CORE, "pyproject.toml": "", ".venv/bin/python": "", ".venv/pyvenv.cfg": ""})
    assert look_around(tmp_path / "packages" / "core").python == "../../.venv/bin/python"


def test_of_functions_that_nothing_tells_apart_init_names_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"demo.py": "def lookup(x): ...\ndef wissen(x): ...\n", "golden.json": json.dumps(ROWS)})
    assert main(["init", str(tmp_path), "--yes"]) == 2
    said = capsys.readouterr().err
    assert "demo:lookup, demo:wissen" in said and "--call demo:lookup" in said


@pytest.mark.parametrize(
    ("code", "call"),
    [
        ("def get_query_engine(top_k=3): ...\n", "rag:get_query_engine()"),
        ("def create_chat_engine(*, model='x'): ...\ndef run(text): ...\n", "rag:run"),
        ("def get_rag(query): ...\n", "rag:get_rag"),
        ("def build_query_engine(index): ...\ndef qa(q): ...\n", "rag:qa"),
    ],
)
def test_a_function_that_makes_what_answers_is_not_asked_itself(code: str, call: str, tmp_path: Path) -> None:
    write(tmp_path, {"rag.py": code, "golden.json": json.dumps(ROWS)})
    assert main(["init", str(tmp_path), "--yes"]) == 0
    target = read_plan(tmp_path / "ragtui.toml").sides[0].target
    assert isinstance(target, PythonTarget) and target.call == call


class Engine:
    """As libraries have them: nothing public in it."""

    def __init__(self) -> None:
        self._index = 1


class Said(Engine):
    """One that has a text of its own."""

    def __str__(self) -> str:
        return "five days"


@pytest.mark.parametrize("value", [Engine(), object(), {"answer": Engine()}, lambda: 1, [Engine()]])
def test_where_an_object_lies_in_memory_is_no_answer(value: object) -> None:
    with pytest.raises(BadAnswerError):
        answered(plain(value))
    assert answered(plain(Said())).output == "five days"


def test_an_object_that_is_no_answer_is_named_by_its_class() -> None:
    with pytest.raises(BadAnswerError, match=r"Engine object at .* is no answer"):
        answered(plain(Engine()))


SERVICE = (
    "class Ask(BaseModel):\n    top_k: int = 3\n    message: str\n\n"
    "@app.post('/v1/ask')\nasync def ask(body: Ask): ...\n"
)


@pytest.mark.parametrize(
    ("url", "body", "headers"),
    [
        ("http://h/v1/chat/completions", {"messages": [{"role": "user", "content": "{question}"}]}, {}),
        (
            "https://a.example.com/openai/deployments/x/chat/completions?api-version=2",
            {"messages": [{"role": "user", "content": "{question}"}]},
            {"api-key": "${AZURE_OPENAI_API_KEY}"},
        ),
        ("http://h/rag/invoke", {"input": "{question}"}, {}),
        ("http://h/v1/ask", {"message": "{question}"}, {}),
        ("http://h/search", {"query": "{question}"}, {}),
    ],
)
def test_an_address_is_sent_what_its_path_or_its_code_tells(
    url: str, body: object, headers: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path, {"api.py": SERVICE, "golden.json": json.dumps(ROWS)})
    assert main(["init", str(tmp_path), "--yes", "--url", url]) == 0
    target = read_plan(tmp_path / "ragtui.toml").sides[0].target
    assert isinstance(target, HttpTarget) and (target.body, dict(target.headers)) == (body, headers)


def test_passages_in_the_message_of_a_chat_service_are_its_contexts() -> None:
    cited = [
        {"content": "Refunds take five days.", "title": "Refunds", "filepath": "refunds.md", "chunk_id": "0"},
        {"content": "Exports are CSV.", "title": "Export", "filepath": None, "chunk_id": "0"},
    ]
    message = {"role": "assistant", "content": "Five days [doc1].", "context": {"citations": cited, "intent": "[]"}}
    found = answered({"choices": [{"message": message}], "usage": {"prompt_tokens": 9, "completion_tokens": 1}})
    assert [(one.id, one.text) for one in found.contexts] == [
        ("refunds.md#0", "Refunds take five days."),
        ("Export#0", "Exports are CSV."),
    ]
    assert found.output == "Five days [doc1]." and found.tokens == {"input": 9, "output": 1}


def test_a_question_within_an_object_and_one_of_several_expected_answers(tmp_path: Path) -> None:
    rows = [{"inputs": {"chat_input": "How long?", "chat_history": []}, "expected_answers": ["5 days", "five days"]}]
    write(tmp_path, {"golden.json": json.dumps(rows)})
    (item,) = read_dataset(tmp_path / "golden.json").items
    assert (item.question, item.expected) == ("How long?", "5 days")


def test_what_stands_behind_answer_and_passages_is_no_reason_to_refuse_them() -> None:
    found = answered(["five days", [{"doc_id": "r1", "text": "Five days."}], 0.12])
    assert (found.output, [one.id for one in found.contexts]) == ("five days", ["r1"])
    assert answered(["five", [], {"input_tokens": 7, "output_tokens": 2}]).tokens == {"input": 7, "output": 2}
    with pytest.raises(BadAnswerError):
        answered(["five", ["a passage"], "six"])


def test_a_workbook_is_a_dataset_and_one_of_several_sheets_is_not_guessed(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["Question", "Expected answer", "Team"], ["How long?", "Five days", None], ["Export?", "CSV", "B"]):
        book.active.append(row)
    book.save(tmp_path / "golden.xlsx")
    assert look_around(tmp_path).datasets == (("golden.xlsx", 2),)
    (first, _) = read_dataset(tmp_path / "golden.xlsx").items
    assert (first.question, first.expected, dict(first.metadata)) == ("How long?", "Five days", {})
    book.create_sheet("old").append(["question"])
    book["old"].append(["Which?"])
    book.save(tmp_path / "golden.xlsx")
    with pytest.raises(InputError, match="several sheets have rows: Sheet, old"):
        read_dataset(tmp_path / "golden.xlsx")


def test_init_says_what_is_wrong_with_a_file_called_like_a_dataset(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"rag.py": "def ask(question): ...\n", "cases.json": '[{"question": "Why?"},]'})
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "cases.json" in capsys.readouterr().err
