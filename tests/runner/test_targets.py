"""Targets and evaluators that are the user's own."""

from __future__ import annotations

import asyncio
import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, records, summary

from ragtui.errors import RagtuiError
from ragtui.model import Item
from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.plan import CommandTarget
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.targets.base import TargetError
from ragtui.runner.targets.command import CommandPipeline
from ragtui.runner.usercode.ending import end_and_reap
from ragtui.runner.work.worker import Finished, work


def run(folder: Path, target: str, plan: str = "") -> tuple[Finished, list[dict[str, Any]]]:
    path = lay_out(folder, "http://127.0.0.1:1", plan, rag=False, judges=False, items=3)
    path.write_text(path.read_text() + target)
    done = work(prepare(read_plan(path)))
    return done, records(done.folders[0])


def test_a_function_may_be_async_and_takes_settings(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(
        "import asyncio\n"
        "async def answer(item, settings, repeat):\n"
        "    await asyncio.sleep(0.01)\n"
        "    said = f\"{item.question} {settings['tone']} {repeat}\"\n"
        "    return {'output': said, 'contexts': [{'text': 'page', 'score': 1}],\n"
        "            'tokens': {'input': 3, 'output': 2}, 'cost_usd': 0.5, 'metadata': {'k': 1}}\n"
    )
    done, found = run(tmp_path, '[target]\nkind = "python"\ncall = "own:answer"\n[target.settings]\ntone = "dry"\n')
    assert done.stop.ending == "complete"
    assert sorted(r["output"] for r in found)[0] == "What colour is thing 0? dry 1"
    assert found[0]["tokens"] == {"input": 3, "output": 2} and found[0]["cost_usd"] == 0.5
    settings = summary(done.folders[0])["pipeline"]
    assert settings["settings"] == {"tone": "dry"} and len(settings["code"]) == 12


def test_a_function_may_take_the_item_by_name_as_langfuse_tasks_do(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def task(*, item, **kwargs):\n    return item.expected\n")
    _, found = run(tmp_path, '[target]\nkind = "python"\ncall = "own:task"\n')
    assert all(r["scores"]["token_f1"]["value"] == 1 for r in found)


def test_a_function_that_cannot_be_imported_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("import a_module_that_is_not_there\n")
    done, found = run(tmp_path, '[target]\nkind = "python"\ncall = "own:task"\n')
    assert done.stop.ending == "failed" and "a_module_that_is_not_there" in done.stop.message
    assert found == []


def test_a_command_reads_json_and_writes_an_answer(tmp_path: Path) -> None:
    (tmp_path / "answer.py").write_text(
        "import json, sys\nitem = json.load(sys.stdin)\n"
        "if item['id'] == 'q1': sys.exit('no idea')\n"
        "print(json.dumps({'output': item['question'].upper(), 'contexts': ['page']}))\n"
    )
    done, found = run(tmp_path, f'[target]\nkind = "command"\ncommand = [{json.dumps(sys.executable)}, "answer.py"]\n')
    by_item = {r["item"]: r for r in found}
    assert by_item["q0"]["output"] == "WHAT COLOUR IS THING 0?"
    assert "ended with code 1: no idea" in by_item["q1"]["error"] and by_item["q1"]["scores"] == {}
    assert (done.progress["failed"], summary(done.folders[0])["error_rate"]) == (1, pytest.approx(1 / 3))


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ('2026-01-02 10:00:00 loaded\n[info] 3 pages\n{"answer": "red"}', "red"),
        ('INFO: 3 pages\nWARNING  slow\n\n{"output": "red", "n": 1}', "red"),
        ('Loading the index...\n{"answer": "red\u2028or not"}', "red\u2028or not"),
        ('Use:\n\n{"retries": 3}', None),
        ('Call it with\n{"output": "json", "n": 1}', None),
        ('See [1]\n[1] the manual\n{"text": "x"}', None),
        ('INFO: the settings\n{"retries": 3}', None),
        ('{"a": 1}\n{"answer": "x"}', None),
    ],
)
def test_a_line_of_json_is_the_answer_only_below_a_log(tmp_path: Path, printed: str, said: str | None) -> None:
    program = f"import sys; sys.stdout.buffer.write({printed!r}.encode())"
    plan = read_plan(lay_out(tmp_path, "http://127.0.0.1:1"))
    pipeline = CommandPipeline(CommandTarget(command=(sys.executable, "-S", "-c", "{question}")), plan)
    found = asyncio.run(pipeline.answer(Item("q", program), "1", None))
    assert found.output == (printed if said is None else said)


@pytest.mark.parametrize(("stream", "said"), [("stdout", "wrote more than 67 MB"), ("stderr", "did not end within 2")])
def test_a_command_that_writes_without_end_does_not_fill_the_memory(tmp_path: Path, stream: str, said: str) -> None:
    usage = pytest.importorskip("resource")
    plan = read_plan(lay_out(tmp_path, "http://127.0.0.1:1", f"timeout_s = {2 if stream == 'stderr' else 60}\n"))
    program = f"import sys\nwhile True: sys.{stream}.write('y' * 1_000_000)"
    pipeline = CommandPipeline(CommandTarget(command=(sys.executable, "-S", "-c", program)), plan)
    before = usage.getrusage(usage.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TargetError, match=said):
        asyncio.run(pipeline.answer(Item("q", "?"), "1", None))
    assert usage.getrusage(usage.RUSAGE_SELF).ru_maxrss - before < 250_000, "kilobytes"


def test_a_program_is_ended_though_its_pipes_are_full() -> None:
    """Nobody reads any more when its time is up: Python 3.11 waits for its pipes to close, and they never do."""

    async def ended() -> int | None:
        program = "import sys\nwhile True: sys.stderr.write('y' * 1_000_000)"
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", program, start_new_session=True, stdout=pipe, stderr=pipe
        )
        for _ in range(100):
            await asyncio.sleep(0.01)  # the reader's room fills, and its transport waits
        await end_and_reap(process)
        return process.returncode

    assert asyncio.run(ended()) is not None


def test_a_command_that_is_not_there_stops_the_run(tmp_path: Path) -> None:
    done, found = run(tmp_path, '[target]\nkind = "command"\ncommand = ["/no/such/program"]\n')
    assert done.stop.ending == "failed" and "/no/such/program: cannot be started" in done.stop.message
    assert found == []


@contextmanager
def endpoint() -> Iterator[tuple[str, list[Any]]]:
    seen: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            seen.append((self.headers["x-key"], body))
            payload = json.dumps({"reply": {"text": f"about {body['id']}"}, "pages": [{"content": "page"}]}).encode()
            busy = len(seen) == 1
            self.send_response(429 if busy else 200)
            self.send_header("retry-after", "0.05")
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/ask", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_address_is_asked_in_json_and_waited_for(tmp_path: Path, key: str) -> None:
    with endpoint() as (url, seen):
        target = f'[target]\nkind = "http"\nurl = "{url}"\noutput = "reply.text"\ncontexts = "pages"\n'
        done, found = run(tmp_path, target + '[target.headers]\nX-Key = "${STANDIN_KEY}"\n')
    assert done.stop.ending == "complete"
    assert {r["output"] for r in found} == {"about q0", "about q1", "about q2"}
    assert found[0]["contexts"][0]["text"] == "page"
    assert {sent for sent, _ in seen} == {key} and len(seen) == 4
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path


EVALUATORS = """
from dataclasses import dataclass
from typing import Any

@dataclass
class Evaluation:
    name: str
    value: Any
    comment: str = ""

def length(*, input, output, expected_output=None, metadata=None, **kwargs):
    return Evaluation("length", len(output), comment=f"of {input}")

async def several(*, output, expected_output, contexts):
    return [Evaluation("same", output == expected_output), Evaluation("pages", len(contexts))]

def broken(*, output, **kwargs):
    raise RuntimeError("cannot say")
"""


def test_evaluators_score_in_langfuse_s_shape_and_their_errors_are_errors(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(EVALUATORS + "\ndef task(item):\n    return item.expected, ['page']\n")
    target = '[target]\nkind = "python"\ncall = "own:task"\n'
    calls = "".join(f'[[evaluators]]\ncall = "own:{name}"\n' for name in ("length", "several", "broken"))
    done, found = run(tmp_path, target + calls + '[[evaluators.metrics]]\nname = "mood"\nscale = [0, 1]\n')
    scores = found[0]["scores"]
    assert scores["length"]["value"] == len(found[0]["output"]) and scores["length"]["rationale"].startswith("of What")
    assert scores["same"]["value"] == 1 and scores["pages"]["value"] == 1
    assert scores["mood"]["value"] is None and "cannot say" in scores["mood"]["error"]
    assert scores["length"]["judge"].startswith("own:length@")
    names = [metric["name"] for metric in summary(done.folders[0])["metrics"]]
    assert set(names) == {"token_f1", "mood", "length", "same", "pages"}
    assert done.progress["unjudged"] == 3


def test_a_plan_without_its_dataset_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    path = lay_out(tmp_path, "http://127.0.0.1:1")
    (tmp_path / "dataset.json").unlink()
    with pytest.raises(RagtuiError, match=r"dataset\.json"):
        prepare(read_plan(path))
    assert not (tmp_path / "runs").exists()


def test_a_command_is_run_without_importing_what_asks_models(tmp_path: Path) -> None:
    """A process of its own: others of this one have imported it already."""
    path = lay_out(tmp_path, "", rag=False, judges=False)
    path.write_text(path.read_text() + '\n[target]\nkind = "command"\ncommand = ["echo", "red"]\n')
    code = (
        "import sys; from ragtui.cli.main import main; code = main(['run', sys.argv[1]]);"
        "sys.exit(code or 9 * ('openai' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=False).returncode == 0
