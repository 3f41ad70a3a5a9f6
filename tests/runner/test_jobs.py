"""Services that take a question as a job: 202 and an address, or a state among the fields of a reply."""

from __future__ import annotations

import http.server
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from runner_kit import lay_out, records

from ragtui.runner.launch.prepare import prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.worker import work

Answer = tuple[int, dict[str, str], Any]
Play = Callable[[str, str, int], Answer]
"""Method, path, how often it was asked before; status, headers and body."""
DONE = {"status": "succeeded", "result": {"answer": "five days", "contexts": [{"id": "r1", "text": "Five days."}]}}


@contextmanager
def jobs(play: Play) -> Iterator[tuple[str, Counter[str]]]:
    """A service of jobs, and what it was asked."""
    asked: Counter[str] = Counter()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            name = f"{self.command} {self.path}"
            status, headers, body = play(self.command, self.path, asked[name])
            asked[name] += 1
            raw = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            for key, value in {"content-type": "application/json", **headers}.items():
                self.send_header(key, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def plan_for(folder: Path, rest: str) -> Path:
    return lay_out(folder, "", f'[target]\nkind = "http"\nurl = "{rest}\n', items=1, judges=False, rag=False)


def ask(folder: Path, url: str, more: str = "") -> dict[str, Any]:
    """The one record of a run of one item."""
    path = plan_for(folder, f'{url}/ask"\n{more}')
    plan = read_plan(path)
    launch = prepare(plan)
    work(launch)
    (line,) = records(launch.lead)
    return line


def located(method: str, path: str, before: int) -> Answer:
    if method == "POST":
        return 202, {"Location": "/jobs/7"}, None
    return (200, {}, DONE) if before else (202, {"Retry-After": "0.05"}, {"status": "Running"})


def by_field(method: str, path: str, before: int) -> Answer:
    if method == "POST":
        return 201, {}, {"id": "7", "status": "starting", "output": None, "urls": {"get": "/jobs/7"}}
    return 200, {}, DONE if before else {"id": "7", "status": "IN_PROGRESS"}


def see_other(method: str, path: str, before: int) -> Answer:
    if method == "POST":
        return 202, {"Operation-Location": "/jobs/7"}, {"status": "notStarted"}
    return (303, {"Location": "/results/7"}, None) if path == "/jobs/7" else (200, {}, DONE)


def result_elsewhere(method: str, path: str, before: int) -> Answer:
    if method == "POST":
        return 200, {}, {"state": "QUEUED", "status_url": "/jobs/7"}
    return 200, {}, {"state": "SUCCESS", "result_url": "/results/7"} if path == "/jobs/7" else DONE


def stumbles(method: str, path: str, before: int) -> Answer:
    if method == "GET" and before == 0:
        return 503, {}, {"error": "busy"}
    return located(method, path, before)


@pytest.mark.parametrize("play", [located, by_field, see_other, result_elsewhere, stumbles])
def test_a_job_is_followed_to_its_answer_and_started_once(play: Play, tmp_path: Path) -> None:
    with jobs(play) as (url, asked):
        line = ask(tmp_path, url)
    assert line.get("output") == "five days", line
    assert [one["id"] for one in line["contexts"]] == ["r1"]
    assert asked["POST /ask"] == 1


def by_plan(method: str, path: str, before: int) -> Answer:
    if method == "POST":
        return 200, {}, {"task": {"task_id": "a/7"}, "status": "queued"}
    return (200, {}, DONE) if before and path == "/tasks/a%2F7" else (200, {}, {"status": "queued"})


def test_a_plan_says_where_a_job_answers_and_without_it_the_way_out_is_named(tmp_path: Path) -> None:
    (tmp_path / "told").mkdir()
    (tmp_path / "untold").mkdir()
    with jobs(by_plan) as (url, _):
        assert ask(tmp_path / "told", url, 'poll = "/tasks/{task.task_id}"')["output"] == "five days"
        assert 'poll = "/jobs/' in ask(tmp_path / "untold", url)["error"]


def fails(method: str, path: str, before: int) -> Answer:
    return located(method, path, 0) if method == "POST" else (200, {}, {"status": "failed", "error": "no such index"})


def never(method: str, path: str, before: int) -> Answer:
    return located(method, path, 0)


def abroad(method: str, path: str, before: int) -> Answer:
    return 202, {"Location": "http://elsewhere.invalid/jobs/7"}, None


@pytest.mark.parametrize(
    ("play", "said"), [(fails, "no such index"), (never, "timeout_s"), (abroad, "another host, elsewhere.invalid")]
)
def test_a_job_that_cannot_answer_is_an_error_and_is_not_started_again(play: Play, said: str, tmp_path: Path) -> None:
    with jobs(play) as (url, asked):
        path = plan_for(tmp_path, f'{url}/ask"')
        path.write_text("timeout_s = 1\n" + path.read_text())
        launch = prepare(read_plan(path))
        work(launch)
    (line,) = records(launch.lead)
    assert said in line["error"] and asked["POST /ask"] == 1


def chatty(method: str, path: str, before: int) -> Answer:
    return 202, {"Location": "/me"}, {"status": "created", "answer": "five days"}


def test_a_reply_that_is_the_answer_is_taken_whatever_its_status(tmp_path: Path) -> None:
    with jobs(chatty) as (url, asked):
        assert ask(tmp_path, url)["output"] == "five days"
    assert not asked["GET /me"]
