"""Units on a Dask cluster: a real scheduler and real worker processes on loopback, lost in every way there is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openai_standin import standin
from ports import unused_port
from runner_kit import essence, expected_places, lay_out, records, summary
from waiting import eventually

from ragtui.errors import RagtuiError, UsageError
from ragtui.runner.launch.prepare import Launch, open_launch, prepare
from ragtui.runner.plan.planfile import read_plan
from ragtui.runner.work.engine import Ending
from ragtui.runner.work.outpost import job_of
from ragtui.runner.work.worker import work

pytest.importorskip("distributed")
REPEATS = 3


class Cluster:
    """A scheduler and workers, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = unused_port()
        self.folder, self.workers = folder, list[subprocess.Popen[bytes]]()
        self.known = 0  # workers that the scheduler should know
        self.scheduler = self._start_scheduler()

    @property
    def address(self) -> str:
        return f"dask://127.0.0.1:{self.port}"

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", *words], stdout=log, stderr=log, cwd=self.folder)

    def _start_scheduler(self) -> subprocess.Popen[bytes]:
        process = self._start(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"
        )
        while process.poll() is None:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return process
            time.sleep(0.1)
        raise AssertionError(f"no scheduler: {(self.folder / 'dask.log').read_text()[-2000:]}")

    def add(self, count: int, *words: str) -> None:
        for _ in range(count):
            self.start_worker(*words)
        self.wait_for(count)

    def start_worker(self, *words: str) -> None:
        self.workers.append(self._start(
            "distributed.cli.dask_worker", f"tcp://127.0.0.1:{self.port}", "--nthreads", "2", "--no-nanny",
            "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(self.folder), *words,
        ))  # fmt: skip

    def wait_for(self, count: int) -> None:
        from distributed import Client

        client: Any = Client  # distributed has no types
        with client(f"tcp://127.0.0.1:{self.port}", timeout=60, set_as_default=False) as connected:
            self.known += count
            connected.wait_for_workers(self.known, timeout=60)

    def restart_scheduler(self) -> None:
        """Kill it and start it again, with a worker: those that it had end with it, or are frozen."""
        self.scheduler.kill()
        self.scheduler.wait()
        self.scheduler, self.known = self._start_scheduler(), 0
        self.add(1, "--nthreads", "8")

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def started(folder: Path) -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "20")
        patch.setenv("STANDIN_KEY", "sk-standin-secret-0123456789")
        made = Cluster(folder)
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers for all tests that do them no harm: a process takes seconds to import distributed."""
    with started(tmp_path_factory.mktemp("dask")) as made:
        made.start_worker()
        made.start_worker("--resources", "GPU=1")
        made.wait_for(2)
        yield made


@pytest.fixture
def doomed(tmp_path: Path) -> Iterator[Cluster]:
    """A cluster without workers that a test may harm."""
    folder = tmp_path / "dask"
    folder.mkdir()
    with started(folder) as made:
        yield made


PLAN = f"repeats = {REPEATS}\nconcurrency = 6\n[simulated]\nseed = 11\nlatency_s = 0.05\n"


def launched(folder: Path, plan: str = PLAN, **how: Any) -> Launch:
    """A simulated launch; its answers follow from names and a seed alone."""
    path = lay_out(folder, "http://127.0.0.1:1/v1", **how)
    text = path.read_text()
    path.write_text(text.replace("seed = 5\n", plan.partition("[")[0]) + "\n[" + plan.partition("[")[2])
    return prepare(read_plan(path))


def after(seconds: float, what: Any) -> threading.Timer:
    timer = threading.Timer(seconds, what)
    timer.start()
    return timer


def complete(launch: Launch) -> None:
    """Every item and repeat once: `essence` refuses a place that is there twice."""
    assert set(essence(launch.lead)) == expected_places(launch.lead, REPEATS)


def test_a_cluster_gives_what_one_machine_gives(tmp_path: Path, cluster: Cluster) -> None:
    here = launched(tmp_path / "here")
    assert work(here).stop.ending is Ending.COMPLETE
    there = launched(tmp_path / "there")
    finished = work(there, on=cluster.address)
    assert finished.stop.ending is Ending.COMPLETE
    complete(there)
    assert essence(there.lead) == essence(here.lead)
    assert finished.progress["calls"] == summary(here.lead)["spent"]["calls"]


@pytest.mark.parametrize("at_once", [2, 5])
def test_calls_are_limited_over_the_whole_cluster_and_not_a_worker(
    tmp_path: Path, cluster: Cluster, key: str, at_once: int
) -> None:
    plan = f"concurrency = {at_once}\n"
    with standin(latency_s=0.02) as server:  # each item asks three judges at once
        launch = prepare(read_plan(lay_out(tmp_path, server.url, plan)))
        assert work(launch, on=cluster.address).stop.ending is Ending.COMPLETE
        assert 1 < server.most_under_way <= at_once


def test_too_many_requests_at_one_worker_hold_all_of_them_back(tmp_path: Path, cluster: Cluster, key: str) -> None:
    with standin(latency_s=0.02, first_too_many=1, retry_after="1") as server:
        launch = prepare(read_plan(lay_out(tmp_path, server.url, "concurrency = 4\n")))
        limits: list[int] = []
        finished = work(launch, on=cluster.address, on_tick=lambda said: limits.append(said["limit"]))
    assert finished.stop.ending is Ending.COMPLETE
    assert not finished.progress["failed"] and finished.progress["faults"] == {"too many requests": 1}
    assert min(limits) < 4, "the limit of the whole cluster was cut"


def test_a_killed_a_frozen_worker_and_a_restarted_scheduler_lose_and_double_nothing(
    tmp_path: Path, doomed: Cluster
) -> None:
    launch = launched(tmp_path, PLAN.replace("0.05", "0.2").replace("[", "silent_s = 10.0\noutage_s = 60.0\n["))
    with pytest.raises(UsageError, match="no workers"):
        work(launch, on=doomed.address)
    doomed.add(3)
    deeds = [
        after(0.5, doomed.workers[0].kill),
        after(1.0, lambda: os.kill(doomed.workers[1].pid, signal.SIGSTOP)),
        after(1.5, doomed.restart_scheduler),
    ]
    try:
        finished = work(launch, on=doomed.address)
    finally:
        for deed in deeds:
            deed.join()
        os.kill(doomed.workers[1].pid, signal.SIGCONT)
    assert finished.stop.ending is Ending.COMPLETE, finished.stop
    complete(launch)


def test_a_cluster_without_workers_for_too_long_ends_the_run(tmp_path: Path, doomed: Cluster) -> None:
    launch = launched(tmp_path, PLAN.replace("0.05", "0.2").replace("[", "outage_s = 0.5\n["))
    doomed.add(1)
    deed = after(1.0, doomed.workers[0].kill)
    stop = work(launch, on=doomed.address).stop
    deed.join()
    assert stop.ending is Ending.FAILED and f"{doomed.port}: no worker for 0.5 s" in stop.message, stop
    assert "resume" in stop.hint and summary(launch.lead)["status"] == "failed"


def test_a_worker_that_cannot_import_ragtui_is_named_before_anything_is_sent(
    tmp_path: Path, doomed: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken" / "ragtui"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ModuleNotFoundError('No module named numpy')")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    doomed.add(1)
    monkeypatch.delenv("PYTHONPATH")
    with pytest.raises(UsageError, match=r"cannot import ragtui .No module named numpy") as refused:
        work(launched(tmp_path), on=doomed.address)
    assert "pip install 'ragtui[dask]==" in refused.value.hint


def test_a_coordinator_that_was_killed_is_resumed(tmp_path: Path, cluster: Cluster) -> None:
    launch = launched(tmp_path, PLAN.replace("0.05", "0.15"))
    words = [sys.executable, "-m", "ragtui", "run", str(launch.lead), "--on", cluster.address]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    results = launch.lead / "results.jsonl"
    eventually(lambda: results.exists() and results.read_bytes().count(b"\n") >= 3)
    process.kill()
    process.wait()
    kept = len(records(launch.lead))
    assert kept >= 3
    assert work(open_launch(launch.lead), on=cluster.address).stop.ending is Ending.COMPLETE
    complete(launch)


def test_user_code_runs_on_workers_that_do_not_have_it(tmp_path: Path, cluster: Cluster) -> None:
    plan = tmp_path / "project"
    plan.mkdir()
    (plan / "helper.py").write_text("WORD = 'red'\n")
    (plan / "mine.py").write_text("import helper\n\ndef answer(item):\n    return f'{item.id} is {helper.WORD}'\n")
    path = lay_out(plan, "", rag=False, judges=False)
    path.write_text(path.read_text() + '\n[target]\nkind = "python"\ncall = "mine:answer"\n')
    launch = prepare(read_plan(path))
    job = job_of(launch)
    assert {"helper.py", "mine.py"} <= set(job.files)
    assert work(launch, on=cluster.address).stop.ending is Ending.COMPLETE
    assert {record["output"] for record in records(launch.lead)} == {f"q{n} is red" for n in range(8)}


def test_pairs_are_judged_on_the_cluster_as_they_are_here(tmp_path: Path, cluster: Cluster, key: str) -> None:
    found = []
    with standin() as server:
        for where in ("", cluster.address):
            folder = tmp_path / ("there" if where else "here")
            folder.mkdir()
            (folder / "own.py").write_text(
                'def ask(item, settings): return f\'{"good" if item.id in settings["good"] else "poor"} {item.id}\'\n'
            )
            path = lay_out(folder, "", "repeats = 2\n", rag=False, judges=False, items=3)
            path.write_text(
                path.read_text() + '[target]\nkind = "python"\ncall = "own:ask"\nsettings = { good = ["q0", "q1"] }\n'
                '[candidate]\nname = "cand"\n[candidate.target.settings]\ngood = ["q1", "q2"]\n'
                f'[judges.preference]\nagainst = "baseline"\nmodel = "m1"\nbase_url = "{server.url}"\n'
                'api_key_env = "STANDIN_KEY"\n'
            )
            launch = prepare(read_plan(path))
            finished = work(launch, on=where)
            assert finished.stop.ending is Ending.COMPLETE
            scores = [{(r["item"], r["repeat"]): r["scores"] for r in records(side)} for side in launch.folders]
            found.append((finished.progress["calls"], finished.notes, scores))
    assert found[0] == found[1]
    assert {place: said["preference"]["label"] for place, said in found[1][2][1].items()} == {
        (f"q{n}", repeat): {0: "lose", 1: "tie", 2: "win"}[n] for n in range(3) for repeat in (1, 2)
    }


def test_resources_that_no_worker_has_are_said_at_once(tmp_path: Path, cluster: Cluster) -> None:
    with pytest.raises(UsageError, match="GPU = 2"):
        work(launched(tmp_path / "two", PLAN + "[resources]\nGPU = 2\n"), on=cluster.address)
    launch = launched(tmp_path / "one", PLAN + "[resources]\nGPU = 1\n")
    assert work(launch, on=cluster.address).stop.ending is Ending.COMPLETE
    complete(launch)


def test_a_refused_key_ends_the_run_as_it_does_here(tmp_path: Path, cluster: Cluster, key: str) -> None:
    with standin(key="another") as server:
        launch = prepare(read_plan(lay_out(tmp_path, server.url)))
        stop = work(launch, on=cluster.address).stop
    assert stop.ending is Ending.FAILED
    assert "key refused" in stop.message
    assert not records(launch.lead)


@pytest.mark.parametrize("on", ["dask://", "local:0", "local:x", "ray://h:1", "h:8786", "local:"])
def test_what_is_no_cluster_is_refused(tmp_path: Path, on: str) -> None:
    with pytest.raises(UsageError):
        work(launched(tmp_path), on=on)


def test_no_scheduler_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(RagtuiError, match="no scheduler answers"):
        work(launched(tmp_path, PLAN.replace("[", "outage_s = 0.5\n[")), on=f"dask://127.0.0.1:{unused_port()}")
