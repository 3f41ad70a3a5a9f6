"""`ragtui.Recorder`: what a harness writes is a run, also when it is killed."""

import json
import math
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
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
    assert [context.id for context in result.contexts] == [
        "ca978112ca",
        "b",
    ]  # a text without an id has its digest: its rank would say that nothing moved
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


@dataclass
class Verdict:
    """As evaluators of other libraries return it."""

    score: float
    reason: str = "said so"


@pytest.mark.parametrize(
    "given",
    [0.5, "0.5", np.float32(0.5), Decimal("0.5"), (0.5, "said so"), {"value": 0.5}, {"score": 0.5, "reason": "said so"},
     Verdict(0.5), {"name": "other", "value": 0.5}],
    ids=repr,
)  # fmt: skip
def test_a_score_in_any_form_of_an_evaluator(given: Any, tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("a", scores={"q": given})
    (read,) = ragtui.open_runs(tmp_path)
    assert read.scores("q").tolist() == [[0.5]]
    result = read.result("a")
    assert result is not None
    assert result.judgements["q"].rationale in ("", "said so")


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"value": None},
        math.inf,
        "nan",
        "-Infinity",
        "1e999",
        10**5000,
        [1, 2],
        {"score": None, "error": "timeout"},
    ],
    ids=["none", "no value", "infinite", "nan", "infinity", "too large", "huge", "two numbers", "error"],
)
def test_no_score_in_any_form_is_a_failed_one(given: Any, tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("a", scores={"q": given})
        run.add("b", scores={"q": 1})
    (read,) = ragtui.open_runs(tmp_path)
    assert [math.isnan(value) for value in read.scores("q")[:, 0]] == [True, False]
    result = read.result("a")
    assert result is not None
    assert result.judgements["q"].error


def test_words_are_categories(tmp_path: Path) -> None:
    for name, words in (("old", ("warm", "cold", "warm")), ("new", ("warm", "warm", "warm"))):
        with ragtui.Recorder(tmp_path / name, dataset="d", pipeline={"v": name}) as run:
            for number, word in enumerate(words):
                run.add(f"i{number}", scores={"tone": word})
            run.add("i3", scores={"tone": {"value": None, "error": "timeout"}})
    old = next(run for run in ragtui.open_runs(tmp_path) if run.name == "old")
    assert sorted(old.metrics) == ["tone = cold", "tone = warm"]
    assert old.scores("tone = cold")[:3, 0].tolist() == [0, 1, 0]
    assert math.isnan(old.scores("tone = cold")[3, 0])
    told = json.loads(ragtui.compare(tmp_path / "old", tmp_path / "new").to_json())
    category = next(metric for metric in told["metrics"] if metric["name"] == "tone")["category"]
    assert [label["label"] for label in category["labels"]] == ["cold", "warm"]


def test_labels_that_are_all_different_are_no_category(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        for number in range(40):
            run.add(f"i{number}", scores={"said": f"word {number}", "q": 1})
    (read,) = ragtui.open_runs(tmp_path)
    assert "said = word 1" not in read.metrics
    assert np.isnan(read.scores("said")).all()
    assert any("labels" in problem and "(and 39 more like it)" in problem for problem in read.problems)


def test_what_cannot_be_recorded_is_said_and_nothing_is_written(tmp_path: Path) -> None:
    nobody: Any = None
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("a", repeat=1, scores={"q": 1})
        for item, extra, said in (
            ("", {}, "item id"),
            ("a", {"repeat": 1}, "recorded already"),
            (nobody, {}, "item id"),
            ("b", {"scores": {"q": {"one": 1, "two": 2}}}, "2 scores"),
            ("b", {"scores": [0.5]}, "by metric"),
            ("b", {"contexts": [1]}, "context 1 is int"),
            ("b", {"tokens": "many"}, "Give counts"),
            ("b", {"tokens": {"input": -1}}, "Give counts"),
            ("b", {"scores": {"q": object()}}, "Give a number"),
            ("b", {"latency_s": -1}, "latency_s of item b is int -1"),
            ("b", {"cost_usd": math.nan}, "cost_usd of item b"),
            ("b", {"latency_s": "quick"}, "Give a number from 0"),
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


@pytest.mark.parametrize(
    "settings",
    [
        {"pipeline": {"model": "m", "api_key": "abcdef123456"}},
        {"pipeline": {"headers": {"Authorization": "Bearer abcDEF123456789"}}},
        {"judges": {"faithfulness": {"base_url": "https://me:pass@judge.example/v1"}}},
        {"name": "run sk-proj-a1b2c3d4e5f6g7h8i9j0k1l2"},
        {"dataset": "hunter2-and-more"},
    ],
)
def test_settings_that_hold_a_key_are_refused(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2-and-more")
    with pytest.raises(ragtui.RagtuiError, match="holds a key or a password") as refused:
        ragtui.Recorder(tmp_path / "r", **settings)
    assert "pass@" not in str(refused.value) and not (tmp_path / "r").exists()


def test_values_of_secret_variables_reach_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", secret := "zz9-plural-z-alpha")
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add(
            "1", output=f"said {secret}", contexts=[f"read {secret}"], question=f"{secret}?", expected=secret,
            scores={"f": (1, f"since {secret}")}, metadata={"header": {"x": [secret]}},
        )  # fmt: skip
        run.add("2", error=ValueError(f"401 for {secret}"))
    written = b"".join(path.read_bytes() for path in (tmp_path / "r").rglob("*") if path.is_file())
    assert secret.encode() not in written and written.count(b"***") == 7


def test_a_recorder_that_is_closed_says_so_and_a_whole_number_names_its_repeat(tmp_path: Path) -> None:
    with ragtui.Recorder(tmp_path / "r") as run:
        run.add("1", repeat=np.float64(2.0), scores={"f": 1})
        assert run.has("1", 2)
        with pytest.raises(ragtui.RagtuiError, match="has no metric"):
            run.add("2", scores={" ": 1})
    with pytest.raises(ragtui.RagtuiError, match="closed"):
        run.add("2", scores={"f": 1})
    assert ragtui.open_runs(tmp_path)[0].repeats == ("2",)
