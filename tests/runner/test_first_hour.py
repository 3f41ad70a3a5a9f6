"""The first hour: a plan from what lies in a folder, the items chosen, panels, and how a judge is asked."""

from __future__ import annotations

import http.server
import io
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from openai_standin import standin
from runner_kit import lay_out, records

from ragtui.cli.main import main
from ragtui.errors import UsageError
from ragtui.runner.launch.first.beginning import look_around
from ragtui.runner.launch.first.choosing import ItemChoice
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import PythonTarget
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work
from ragtui.sources import read_dataset

ROWS = [{"prompt": f"What is {n}?", "gold": f"{n}.", "topic": "even" if n % 2 == 0 else "odd"} for n in range(6)]


def project(folder: Path) -> Path:
    (folder / "app").mkdir()
    (folder / "app" / "rag.py").write_text(
        "def helper(x):\n    return x\n\ndef answer(question):\n    return question\n"
    )
    (folder / "app" / "broken.py").write_text("def answer(:\n")
    (folder / "eval_set.jsonl").write_text("\n".join(map(json.dumps, ROWS)))
    (folder / "package.json").write_text('{"name": "not a dataset"}')
    return folder


def test_what_lies_in_a_folder_is_found_without_running_any_of_it(tmp_path: Path) -> None:
    found = look_around(project(tmp_path))
    assert found.datasets == (("eval_set.jsonl", 6),)
    assert found.answering.calls == ("app.rag:answer",)
    assert found.corpora == ()


PROJECTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "a chain": ({"chain.py": "rag_chain = prompt | llm\n"}, ['call = "chain:rag_chain"']),
    "an engine": ({"rag.py": "query_engine = index.as_query_engine()\n"}, ['call = "rag:query_engine"']),
    "a class": (
        {"bot.py": "class SupportBot:\n    def __init__(self, k=4): pass\n    def ask(self, question): pass\n"},
        ['call = "bot:SupportBot.ask"'],
    ),
    "a maker": ({"app/make.py": "def build_chain(): pass\n"}, ['call = "app.make:build_chain()"']),
    "src": (
        {"src/acme/rag/__init__.py": "async def answer_question(q): pass\n"},
        ['call = "acme.rag:answer_question"'],
    ),
    "the best of several": (
        {"a.py": "def check_answer(x): pass\ndef run(x): pass\n", "b.py": "def get_answer(q): pass\n"},
        ['call = "b:get_answer"'],
    ),
    "a program": (
        {"ask.py": "import sys\nquestion = sys.stdin.read()\n"},
        ['kind = "command"', 'command = ["python", "ask.py"]', 'stdin = "{question}"'],
    ),
    "words of a program": (
        {"ask.py": "import sys\nif __name__ == '__main__': print(sys.argv[1])\n"},
        ['command = ["python", "ask.py", "{question}"]'],
    ),
    "its own interpreter": (
        {
            "rag.py": "def ask(q): pass\n",
            ".venv/bin/python": "",
            ".venv/pyvenv.cfg": "",
            ".venv/lib/x.py": "def ask(q): 1",
        },
        ['call = "rag:ask"', 'python = ".venv/bin/python"'],
    ),
    "a program that asks for its question by name": (
        {
            "ask.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('-k', '--top-k')\n"
            "p.add_argument('--question', required=True)\nif __name__ == '__main__': print(p.parse_args().question)\n"
        },
        ['command = ["python", "ask.py", "--question", "{question}"]'],
    ),
    "a program of one word": (
        {
            "cli.py": "import click\n@click.command()\n@click.argument('query')\ndef cli(query): print(query)\n"
            "if __name__ == '__main__': cli()\n"
        },
        ['command = ["python", "cli.py", "{question}"]'],
    ),
    "its question by the surest name": (
        {
            "ask.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--input', help='a file')\n"
            "p.add_argument('-q', '--quiet')\np.add_argument('--prompt')\np.add_argument('-u', '--question')\n"
            "if __name__ == '__main__': print(p.parse_args().question)\n"
        },
        ['command = ["python", "ask.py", "--question", "{question}"]'],
    ),
    "a maker, not a class that wants something": (
        {
            "rag.py": "class QueryEngine:\n    def __init__(self, index): pass\n    def query(self, q): pass\n"
            "def get_engine(): return QueryEngine(1)\n"
        },
        ['call = "rag:get_engine()"'],
    ),
    "a maker, not the empty pipeline that it fills": (
        {
            "haystack.py": "class Pipeline:\n    def run(self, data): pass\n",
            "make.py": "def build_pipeline():\n    pipe = Pipeline()\n    return pipe\n",
        },
        ['call = "make:build_pipeline()"'],
    ),
    "an asynchronous method": (
        {"flow.py": "class RagGraph:\n    async def ainvoke(self, state): pass\n"},
        ['call = "flow:RagGraph.ainvoke"'],
    ),
    "an option of a program of node": (
        {"rag.js": "const i = process.argv.indexOf('--question'); // usage: rag.js --question TEXT [--input FILE]\n"},
        ['command = ["node", "rag.js", "--question", "{question}"]'],
    ),
    "an option told to a parser": (
        {"ask.ts": "program.option('-q, --query <text>').option('--prompt-file <path>').parse(process.argv)\n"},
        ['command = ["npx", "tsx", "ask.ts", "--query", "{question}"]'],
    ),
    "an option by its name alone": (
        {"rag.mjs": "const { values } = parseArgs({ options: { question: { type: 'string' } } });\n"},
        ['command = ["node", "rag.mjs", "--question", "{question}"]'],
    ),
    "a program of node": (
        {"deploy.sh": "read answer\n", "bot.mjs": "const item = JSON.parse(fs.readFileSync(0, 'utf8'))\n"},
        ['command = ["node", "bot.mjs"]'],
    ),
    "a script that reads its question": (
        {"ask.sh": "#!/bin/bash\nread -r question\necho $question\n"},
        ['command = ["bash", "ask.sh"]', 'stdin = "{question}"'],
    ),
    "a script of one word": ({"rag-ask.rb": "puts ARGV[0]\n"}, ['command = ["ruby", "rag-ask.rb", "{question}"]']),
    "the only function there is, in any language": (
        {"rag.py": "def lade(): return 1\ndef beantworte(frage): return frage\n", "setup.py": "def build(x): pass\n"},
        ['call = "rag:beantworte"'],
    ),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_init_finds_what_answers(name: str, tmp_path: Path) -> None:
    files, said = PROJECTS[name]
    for path, content in {**files, "tests/evals/golden.json": json.dumps(ROWS)}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    assert main(["init", str(tmp_path), "--yes"]) == 0
    plan = (tmp_path / "ragtui.toml").read_text()
    assert 'dataset = "tests/evals/golden.json"' in plan
    for line in said:
        assert line in plan


def test_init_finds_what_answers_behind_hundreds_of_files_of_pages(tmp_path: Path) -> None:
    """A service with its pages beside it: only so many files are looked at."""
    for path, content in {
        **{f"frontend/part{n}.ts": "export {}\n" for n in range(450)},
        "server/rag.py": "def answer(question): pass\n",
        "server/golden.json": json.dumps(ROWS),
    }.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content)
    assert main(["init", str(tmp_path), "--yes"]) == 0
    assert 'call = "server.rag:answer"' in (tmp_path / "ragtui.toml").read_text()


def test_init_says_what_it_took_of_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS))
    (tmp_path / "rag.py").write_text("def ask(question): pass\ndef answer(question): pass\n")
    assert main(["init", str(tmp_path), "--yes"]) == 0
    assert "answers: rag:answer; --call or --command takes another: rag:ask\n" in capsys.readouterr().err


def test_init_names_the_address_that_a_service_answers_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS))
    (tmp_path / "api.py").write_text("@app.post('/v1/ask')\nasync def ask(): pass\n")
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "--url http://127.0.0.1:8000/v1/ask" in capsys.readouterr().err


def test_init_takes_no_helper_of_a_service_for_what_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS))
    (tmp_path / "api.py").write_text("@app.post('/ask')\ndef endpoint(body, user): pass\n")
    (tmp_path / "util.py").write_text("def chunk(text): return text.split()\n")
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "util:chunk" not in capsys.readouterr().err and not (tmp_path / "ragtui.toml").exists()


TOLD = "You are a helpful assistant.\nAnswer from the passages only.\nNever guess.\n"


@pytest.mark.parametrize(
    ("name", "text", "is_dataset"),
    [
        ("prompts/system_prompt.txt", TOLD, False),
        ("prompts/rag-prompt.txt", TOLD, False),
        ("query_rewriting.txt", TOLD, False),
        ("question_template.txt", "What is {x}?\nWho is {y}?\n", False),
        ("prompts.txt", "What is red?\nWho is blue?\nWhy?\n", True),
        ("questions.txt", "reset my password\nrefunds\n", True),
    ],
)
def test_a_plain_text_is_a_dataset_where_its_lines_ask(name: str, text: str, is_dataset: bool, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert bool(look_around(tmp_path).datasets) is is_dataset


def test_a_program_reads_its_question_as_it_likes(tmp_path: Path) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS[:2]))
    (tmp_path / "ask.py").write_text("import sys\nprint(sys.stdin.read().strip(), sys.argv[1:])\n")
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "command"\n'
        f"command = [{json.dumps(sys.executable)}, 'ask.py', '{{question}}', '{{topic}}', '{{metadata.topic}}']\n"
        'stdin = "Q: {question}"\n'
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    assert {record["output"] for record in records(launch.lead)} == {
        "Q: What is 0? ['What is 0?', '{topic}', 'even']",
        "Q: What is 1? ['What is 1?', '{topic}', 'odd']",
    }


def test_a_program_that_wants_json_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS[:1]))
    code = "import json, sys\nprint(json.dumps({'reply': 'It is ' + json.load(sys.stdin)['question']}))\n"
    (tmp_path / "bot.py").write_text(code)
    plan = 'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "command"\n'
    plan += f"command = [{json.dumps(sys.executable)}, 'bot.py']\n"
    said = []
    for stdin in ('stdin = "{question}"\n', ""):
        (tmp_path / "p.toml").write_text(plan + stdin)
        launch = prepare(read_plan(tmp_path / "p.toml"))
        work(launch)
        said.append(records(launch.lead)[0])
    assert "without `stdin` in [target]" in said[0]["error"]
    assert said[1]["output"] == "It is What is 0?", "a reply is an answer"
    assert main(["init", str(tmp_path), "--yes", "--command", "python bot.py"]) == 0
    assert "stdin" not in (tmp_path / "ragtui.toml").read_text(), "it was seen to read JSON"


def test_a_program_may_log_above_its_answer(tmp_path: Path) -> None:
    (tmp_path / "golden.json").write_text(json.dumps(ROWS[:1]))
    (tmp_path / "ask.py").write_text('print(\'loading\')\nprint(\'{"answer": "red", "sources": ["page"]}\')\n')
    (tmp_path / "p.toml").write_text(
        'name = "x"\ndataset = "golden.json"\nlexical = ["token_f1"]\n[target]\nkind = "command"\n'
        f"command = [{json.dumps(sys.executable)}, 'ask.py']\n"
    )
    launch = prepare(read_plan(tmp_path / "p.toml"))
    work(launch)
    (record,) = records(launch.lead)
    assert record["output"] == "red" and len(record["contexts"]) == 1


def test_init_writes_a_plan_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(project(tmp_path)), "--yes"]) == 0
    plan = read_plan(tmp_path)
    assert isinstance(plan.sides[0].target, PythonTarget)
    assert (plan.sides[0].target.call, plan.repeats, plan.lexical) == ("app.rag:answer", 3, ("token_f1",))
    capsys.readouterr()
    assert main(["try", str(tmp_path / "ragtui.toml")]) == 0
    assert "What is 0?" in capsys.readouterr().out
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "there is a plan already" in capsys.readouterr().err


def test_init_takes_a_dataset_as_a_shell_completes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evals").mkdir()
    (tmp_path / "evals" / "golden.json").write_text(json.dumps(ROWS))
    (tmp_path / "services" / "chat").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    words = ["init", "services/chat", "--yes", "--call", "a:b", "--dataset", "evals/golden.json"]
    assert main(words) == 0
    assert read_plan(tmp_path / "services" / "chat").dataset.resolve() == tmp_path / "evals/golden.json"


def test_a_trial_needs_no_metric_and_a_run_says_so_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = project(tmp_path) / "ragtui.toml"
    plan.write_text('name = "p"\ndataset = "eval_set.jsonl"\n[target]\nkind = "python"\ncall = "app.rag:nothing"\n')
    assert main(["plan", str(plan)]) == 2
    assert "has no nothing" in capsys.readouterr().err
    plan.write_text(plan.read_text().replace("nothing", "answer"))
    assert main(["plan", str(plan)]) == 2
    assert "no metric at all" in capsys.readouterr().err
    assert main(["try", str(plan)]) == 0
    said = capsys.readouterr()
    assert "answer    What is 0?" in said.out and "a run needs a metric" in said.err


def test_init_asks_at_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("1\napp.rag:helper\ngpt-x\n"))
    assert main(["init", str(project(tmp_path))]) == 0
    plan = read_plan(tmp_path)
    assert isinstance(plan.sides[0].target, PythonTarget)
    assert plan.sides[0].target.call == "app.rag:helper"
    assert {judge.use.model for judge in plan.judges} == {"gpt-x"}


def test_init_without_anything_to_write_about_says_what_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "ragtui init --dataset FILE" in capsys.readouterr().err
    (tmp_path / "golden.json").write_text(json.dumps(ROWS))
    assert main(["init", str(tmp_path), "--yes"]) == 2
    assert "--call MODULE:FUNCTION, or --url URL" in capsys.readouterr().err
    assert not (tmp_path / "ragtui.toml").exists()


def test_init_names_the_column_of_questions_where_nobody_could_guess_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set.csv").write_text("Spalte A,Soll B\nWie?,So.\n")
    words = ["init", str(tmp_path), "--yes", "--call", "app.rag:answer"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert "ragtui init --dataset set.csv --question COLUMN" in said and "it has Spalte A, Soll B" in said
    assert main([*words, "--dataset", "set.csv", "--question", "Spalte A", "--expected", "Soll B"]) == 0
    assert read_plan(tmp_path).columns == {"question": "Spalte A", "expected": "Soll B"}


def test_items_are_chosen_by_metadata_by_chance_and_by_number(tmp_path: Path) -> None:
    (tmp_path / "golden.json").write_text(json.dumps([{"id": str(n), **row} for n, row in enumerate(ROWS)]))
    dataset = read_dataset(tmp_path / "golden.json")

    def ids(**how: Any) -> tuple[str, ...]:
        return ItemChoice(**how).ids(dataset, dataset.items)

    assert ids(where=(("topic", "even"),)) == ("0", "2", "4")
    assert ids(where=(("topic", "even"),), limit=2) == ("0", "2")
    assert ids(sample=3, seed=1) == ids(sample=3, seed=1)
    assert len(ids(sample=3)) == 3
    assert ids(sample=99) == ids()
    assert ids(among=frozenset({"5", "1"}), limit=1) == ("1",)
    for how, said in (
        ({"where": (("topc", "even"),)}, "no item has topc"),
        ({"where": (("topic", "prime"),)}, "no item is so"),
        ({"where": (("topic", "even"), ("topic", "odd"))}, "no item is chosen"),
        ({"among": frozenset({"9"})}, "no item is chosen"),
    ):
        with pytest.raises(UsageError, match=said):
            ids(**how)


def test_items_are_chosen_by_one_of_their_tags(tmp_path: Path) -> None:
    rows = [{"question": f"{n}?", "tags": ["all", "odd" if n % 2 else "even"]} for n in range(4)]
    (tmp_path / "golden.json").write_text(json.dumps([{"id": str(n), **row} for n, row in enumerate(rows)]))
    dataset = read_dataset(tmp_path / "golden.json")
    assert ItemChoice(where=(("tags", "odd"),)).ids(dataset, dataset.items) == ("1", "3")
    with pytest.raises(UsageError) as refused:
        ItemChoice(where=(("tags", "prime"),)).ids(dataset, dataset.items)
    assert "Values of tags: all, even, odd." in refused.value.hint


CODE = """
def answer(item, settings):
    if item.id == settings.get("broken"):
        raise ValueError("no idea")
    return item.expected if item.id not in settings["wrong"] else "something else"
"""


def test_failed_and_flagged_items_are_chosen_from_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lay_out(tmp_path, "", "repeats = 4\n", rag=False, judges=False)
    (tmp_path / "own.py").write_text(CODE)
    path.write_text(
        path.read_text() + '[target]\nkind = "python"\ncall = "own:answer"\n'
        '[target.settings]\nwrong = []\nbroken = "q3"\n'
        '[candidate]\nname = "cand"\n[candidate.target.settings]\nwrong = ["q1"]\nbroken = ""\n'
    )  # fmt: skip
    assert main(["run", str(path)]) == 4
    base, candidate = capsys.readouterr().out.split()
    assert main(["run", str(path), "--only-failed", "--repeats", "1"]) == 4
    again, _ = capsys.readouterr().out.split()
    assert {record["item"] for record in records(Path(again))} == {"q3"}
    assert main(["run", str(path), "--only-flagged", base, candidate, "--repeats", "1"]) in (0, 4)
    flagged, _ = capsys.readouterr().out.split()
    assert {record["item"] for record in records(Path(flagged))} == {"q1", "q3"}, "worse, and an error"
    assert main(["run", str(path), "--where", "topic"]) == 2
    assert "not NAME=VALUE" in capsys.readouterr().err


def test_a_panel_scores_the_middle_and_shows_its_agreement(tmp_path: Path) -> None:
    with standin() as server:
        path = lay_out(tmp_path, server.url, rag=False, judges=False, items=3)
        path.write_text(
            path.read_text() + '[target]\nkind = "command"\ncommand = ["echo", "red"]\n[judges.relevance]\n'
            f'panel = ["m1", "m2", "m3"]\nbase_url = "{server.url}"\napi_key_env = "STANDIN_KEY"\n'
        )  # fmt: skip
        launch = prepare(read_plan(path))
        assert work(launch).progress["calls"] == 9
    for record in records(launch.lead):
        said = record["scores"]["relevance"]
        members = [float(line.partition(": ")[2].split()[0]) for line in said["rationale"].splitlines()]
        assert said["value"] == sorted(members)[1]
        agreement = record["scores"]["relevance_agreement"]["value"]
        assert agreement == pytest.approx(1 - (max(members) - min(members)) / 4)


class _Recording(http.server.BaseHTTPRequestHandler):
    asked: ClassVar[list[tuple[str, dict[str, str], dict[str, Any]]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        cut = (body.get("max_tokens") or 1000) < 100
        text = '{"rationale": "Let me think abou' if cut else '{"rationale": "Good.", "score": 5}'
        reply = {
            "id": f"c{len(self.asked)}", "object": "chat.completion", "created": 1, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "length" if cut else "stop",
                         "message": {"role": "assistant", "content": text}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        }  # fmt: skip
        raw = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def recording() -> Iterator[tuple[str, list[tuple[str, dict[str, str], dict[str, Any]]]]]:
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Recording,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_headers_query_and_a_longer_second_try(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_TOKEN", "team-secret-1234567890")
    with recording() as (url, asked):
        path = lay_out(tmp_path, url, rag=False, judges=False, items=1)
        path.write_text(
            path.read_text() + '[target]\nkind = "command"\ncommand = ["echo", "red"]\n[judge]\nmodel = "m1"\n'
            f'base_url = "{url}/openai/deployments/m1"\nmetrics = ["relevance"]\nmax_tokens = 40\n'
            'headers = { X-Team = "Bearer ${TEAM_TOKEN}" }\nquery = { api-version = "2024-10-21" }\n'
        )  # fmt: skip
        launch = prepare(read_plan(path))
        work(launch)
    assert [place for place, *_ in asked] == ["/openai/deployments/m1/chat/completions?api-version=2024-10-21"] * 2
    assert {headers["x-team"] for _, headers, _ in asked} == {"Bearer team-secret-1234567890"}
    assert [body["max_tokens"] for *_, body in asked] == [40, 160]
    assert records(launch.lead)[0]["scores"]["relevance"]["value"] == 5
    written = b"".join(file.read_bytes() for file in launch.lead.iterdir() if file.is_file())
    assert b"team-secret" not in written


def test_parquet_is_a_dataset(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(ROWS), tmp_path / "golden.parquet")
    items = read_dataset(tmp_path / "golden.parquet").items
    assert [(item.question, item.expected) for item in items][:2] == [("What is 0?", "0."), ("What is 1?", "1.")]
    assert items[0].metadata["topic"] == "even"
    mapped = read_dataset(tmp_path / "golden.parquet", {"question": "topic", "expected": "prompt", "id": "gold"})
    assert (mapped.items[1].id, mapped.items[1].question) == ("1.", "odd")
