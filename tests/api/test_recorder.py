"""`ragtui.Recorder`: what a harness writes is a run, also when it is killed."""

import math
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import ragtui


def test_three_lines_make_a_run(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r", name="rerank-v3", dataset="golden", pipeline={"k": 8}) as run:
        for number in (1, 2):
            found: list[Any] = ["a", {"id": "b", "relevant": True}]
            run.add("018", output="…", contexts=found, scores={"faithfulness": 4 + number / 2}, question="Why?",
                    metadata={"topic": "x"}, latency_s=0.5, tokens={"input": 7}, cost_usd=0.1)  # fmt: skip
    (read,) = ragtui.open_runs(tmp_path)
    assert (read.name, read.dataset, read.status, read.repeats) == ("rerank-v3", "golden", "complete", ("1", "2"))
    assert read.scores("faithfulness").tolist() == [[4.5, 5.0]]
    assert read.scores("latency").tolist() == [[0.5, 0.5]]
    assert (read.item("018").question, read.item("018").metadata) == ("Why?", {"topic": "x"})
    result = read.result("018", 2)
    assert result is not None
    assert [context.id for context in result.contexts] == ["#1", "b"]
    assert result.judgements["faithfulness"].value == 5.0


def test_two_recordings_are_compared(tmp_path: Path) -> None:
    for name, fall in (("base", 0), ("new", 3)):
        with ragtui.Recorder(tmp_path / name, pipeline={"v": name}, dataset="d", durable=False) as run:
            for repeat in ("morning", "noon", "night"):
                for item in range(12):
                    score = 5 - (fall if item == 7 else 0) - (item == 3 and repeat == "noon")
                    run.add(f"i{item}", repeat=repeat, scores={"q": score})
    result = ragtui.compare(tmp_path / "base", tmp_path / "new", higher_is_better=["q"], scales={"q": (1, 5)})
    assert {cell.item: cell.delta for cell in result.cells if cell.delta} == {"i7": -3.0}


def test_no_score_is_never_zero(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("a", scores={"q": None})
        run.add("b", scores={"q": math.nan})
        run.add("c", scores={"q": {"value": math.inf, "rationale": "said so"}})
        run.add("d", error=TimeoutError("60 s"), scores={"q": 5})
        run.add("e", scores={"q": True})
    (found,) = ragtui.open_runs(tmp_path)
    scores = dict(zip(found.items, found.scores("q")[:, 0], strict=True))
    assert scores.pop("e") == 1.0
    assert all(map(math.isnan, scores.values()))
    failed = found.result("d")
    assert failed is not None
    assert failed.error == "TimeoutError: 60 s"


def test_what_cannot_be_recorded_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("a", repeat=1, scores={"q": 1})
        for item, extra, said in (
            ("", {}, "item id"),
            ("a", {"repeat": 1}, "recorded already"),
            ("b", {"scores": {"q": "good"}}, "Give a number"),
        ):
            with pytest.raises(ragtui.UsageError, match=said):
                run.add(item, **extra)
    assert (tmp_path / "r" / "results.jsonl").read_bytes().count(b"\n") == 1
    with pytest.raises(ragtui.InputError, match="already holds a run"):
        ragtui.Recorder(tmp_path / "r")
    with pytest.raises(ragtui.UsageError, match="unknown setting"):
        ragtui.Recorder(tmp_path / "s", metrics={"q": {"scal": (1, 5)}})


def test_an_exception_leaves_the_run_partial_and_resumable(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), ragtui.Recorder(tmp_path / "r", pipeline={"k": 1}) as run:
        run.add("a", scores={"q": 1})
        raise RuntimeError
    assert ragtui.open_runs(tmp_path)[0].status == "partial"
    with ragtui.Recorder(tmp_path / "r", resume=True) as run:
        assert run.has("a")
        assert not run.has("b")
        run.add("a", scores={"q": 2})
        run.add("b", scores={"q": 3})
    (found,) = ragtui.open_runs(tmp_path)
    assert (found.status, found.repeats) == ("complete", ("1", "2"))


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_killed_harness_loses_nothing_that_was_added(tmp_path: Path) -> None:
    script = (
        "import ragtui, sys\n"
        f"run = ragtui.Recorder({str(tmp_path / 'r')!r})\n"
        "for n in range(20): run.add(f'i{n}', scores={'q': n})\n"
        "print('there', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdin is not None
    assert child.stdout.readline() == b"there\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stdin.close()
    (found,) = ragtui.open_runs(tmp_path)
    assert len(found.items) == 20
    with ragtui.Recorder(tmp_path / "r", resume=True) as run:
        assert run.has("i19")


def test_threads_share_a_recorder(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r", durable=False) as run:

        def record(item: str) -> None:
            for _ in range(25):
                run.add(item, scores={"q": 1})

        threads = [threading.Thread(target=record, args=(f"i{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    (found,) = ragtui.open_runs(tmp_path)
    assert found.scores("q").shape == (8, 25)
    assert found.scores("q").sum() == 200
