import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sources_kit import listed, only_run

from ragtui.errors import InputError
from ragtui.files.problems import ProblemLog
from ragtui.model import LARGEST, Context, Dataset, DirectionFrom, Item, Judgement, Kind, Metric, Result, RunStatus
from ragtui.sources.own.progress import read_progress, repair_tail
from ragtui.sources.own.writer import RunWriter

DATASET = Dataset("support", (Item("001", "How?", "So."), Item("002", "Why?", "Because.", {"topic": "x"})))
METRICS = [Metric("faithfulness", Kind.ORDINAL, scale=(1, 5)), Metric("bias", higher_is_better=False)]


def result(item: str = "001", repeat: str = "1", **fields: object) -> Result:
    judged = {"faithfulness": Judgement(4, rationale="fine", judge="j@1"), "bias": Judgement(error="timeout", raw="?")}
    return Result(item, repeat, **{"output": "an answer", "judgements": judged, **fields})  # type: ignore[arg-type]


def test_a_run_comes_back_as_it_was_written(tmp_path: Path) -> None:
    full = result(
        contexts=(Context("d#1", "text", "title", 0.5, True), Context("d#2", "more")),
        latency_s=1.25,
        tokens={"input": 7, "output": 3},
        cost_usd=0.001,
        trace_id="t1",
        started_at="2026-11-01T09:00:01+00:00",
        metadata={"seed": 3},
    )
    with RunWriter.create(
        tmp_path / "r",
        name="baseline",
        dataset=DATASET,
        pipeline={"model": "m"},
        judges={"faithfulness": {"model": "j"}},
        metrics=METRICS,
        repeats=1,
        expected_results=2,
        origin="constructed",
        git={"commit": "abc", "branch": "main", "dirty": True},
        trace_url_template="https://example.org/{trace_id}",
    ) as writer:
        writer.append(full, DATASET.items[0])
        writer.append(result("002", error="pipeline down"))
        writer.finish(duration_s=12.5)

    (header,), problems = listed(tmp_path / "r")
    assert not problems
    assert (header.name, header.status, header.origin, header.duration_s) == (
        "baseline",
        RunStatus.COMPLETE,
        "constructed",
        12.5,
    )
    assert (header.items, header.repeats, header.results, header.expected_results, header.errors) == (2, 1, 2, 2, 1)
    assert (header.dataset, header.configuration.pipeline) == ("support", {"model": "m"})
    assert str(header.revision) == "abc main (dirty)"
    means = {summary.name: (summary.mean, summary.scored, summary.expected) for summary in header.metrics}
    assert means == {
        "faithfulness": (4.0, 1, 2),
        "bias": (None, 0, 2),
        "latency": (1.25, 1, 2),
        "cost": (0.001, 1, 2),
        "tokens": (10.0, 1, 2),
    }
    run = only_run(tmp_path / "r")
    assert run.scores.metrics[:2] == tuple(m.directed(m.higher_is_better, DirectionFrom.FILE) for m in METRICS)
    assert run.result("001", "1") == replace(full, trace_url="https://example.org/t1")
    failed = run.result("002", "1")
    assert failed is not None
    assert failed.error == "pipeline down"
    assert run.item("002") == DATASET.items[1]
    assert not run.problems


TEXT = st.text(max_size=30)
SCORE = st.one_of(st.none(), st.integers(-5, 5).map(float), st.floats())


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(TEXT, SCORE, TEXT, st.text(st.characters(codec=None), max_size=10)), min_size=1, max_size=4))
def test_any_text_and_any_number_survive(
    tmp_path_factory: pytest.TempPathFactory, written: list[tuple[str, float | None, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with RunWriter.create(folder, sync_each=False) as writer:
        for position, (output, value, rationale, wild) in enumerate(written):
            judged = {"m": Judgement(value, rationale=rationale, error="" if value is not None else "none")}
            writer.append(Result(f"i{position}", "1", output=output, judgements=judged, metadata={"wild": wild}))
        writer.finish()
    run = only_run(folder)
    for position, (output, value, rationale, _) in enumerate(written):
        back = run.result(f"i{position}", "1")
        assert back is not None
        assert back.output == output
        assert back.judgements["m"].rationale == rationale
        finite = value is not None and np.isfinite(value)
        assert back.judgements["m"].value == (value if finite else None)
        cell = run.scores.of("m")[position, 0]
        counts = value is not None and abs(value) <= LARGEST  # false for NaN as well
        assert cell == value if counts else np.isnan(cell)


def test_leaving_without_finish_is_partial_and_resume_continues(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path, metrics=METRICS, repeats=2) as writer:
        writer.append(result())
        writer.append(result("002", error="down"))
        assert listed(tmp_path)[0][0].status is RunStatus.RUNNING
    assert listed(tmp_path)[0][0].status is RunStatus.PARTIAL

    resumed = RunWriter.resume(tmp_path)
    assert resumed.progress.finished == {("001", "1"), ("002", "1")}
    assert resumed.progress.failed == {("002", "1")}
    assert resumed.progress.unjudged == {("001", "1"), ("002", "1")}
    with resumed.writer as writer:
        writer.append(result("002", attempt=2, judgements={"faithfulness": Judgement(3), "bias": Judgement(0)}))
        writer.finish()
    assert listed(tmp_path)[0][0].errors == 0
    again = RunWriter.resume(tmp_path)
    again.writer.close()
    assert again.progress.failed == frozenset()
    assert again.progress.unjudged == {("001", "1")}
    assert again.progress.attempts == {("001", "1"): 1, ("002", "1"): 2}


def test_a_kill_at_any_byte_loses_no_whole_line(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path, sync_each=False) as writer:
        for item in ("001", "002", "003"):
            writer.append(Result(item, "1", output="ä", judgements={"m": Judgement(1)}))
    results = tmp_path / "results.jsonl"
    whole = results.read_bytes()
    ends = [position + 1 for position, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole) + 1):
        results.write_bytes(whole[:cut])
        survivors = sum(cut >= end - 1 for end in ends)
        problems = ProblemLog("f")
        repair_tail(results, problems)
        assert len(read_progress(results, problems).finished) == survivors, f"cut after {cut} bytes"
        repaired = results.read_bytes()
        assert repaired == (whole[: ends[survivors - 1]] if survivors else b"")
        torn = whole[:cut].removeprefix(repaired) if len(repaired) < cut else b""
        assert bool(problems.found()) == bool(torn)
        if torn:
            assert (tmp_path / "results.jsonl.torn").read_bytes().endswith(torn + b"\n")
    results.write_bytes(whole[:-3])
    resumed = RunWriter.resume(tmp_path)
    with resumed.writer as writer:
        writer.append(Result("003", "1"))
    assert [json.loads(line)["item"] for line in results.read_bytes().splitlines()] == ["001", "002", "003"]
    assert "a cut last line" in str(resumed.problems[0])


def test_a_killed_writer_leaves_every_appended_line(tmp_path: Path) -> None:
    script = f"""
import os, signal
from ragtui.model import DirectionFrom, Result
from ragtui.sources.own.writer import RunWriter
writer = RunWriter.create({str(tmp_path / "r")!r})
for n in range(5):
    writer.append(Result(str(n), "1"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    assert listed(tmp_path / "r")[0][0].status is RunStatus.PARTIAL
    resumed = RunWriter.resume(tmp_path / "r")
    resumed.writer.close()
    assert len(resumed.progress.finished) == 5


def test_only_one_writer(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "r") as writer:
        writer.append(result())
        script = f"from ragtui.sources.own.writer import RunWriter; RunWriter.resume({str(tmp_path / 'r')!r})"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
        assert "another process is writing this run" in done.stderr
    RunWriter.resume(tmp_path / "r").writer.close()


def test_a_run_is_never_written_over(tmp_path: Path) -> None:
    RunWriter.create(tmp_path / "r").close()
    with pytest.raises(InputError, match="already holds a run"):
        RunWriter.create(tmp_path / "r")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "results.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="already holds a run"):
        RunWriter.create(tmp_path / "plain")
    with pytest.raises(InputError, match="holds no run"):
        RunWriter.resume(tmp_path / "nothing")


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Files cannot grow beyond a size, as on a full disk (the system says EFBIG in place of ENOSPC)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_a_valid_file(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path)
    writer.append(result())
    before, summary = (tmp_path / "results.jsonl").read_bytes(), (tmp_path / "summary.json").read_bytes()
    with full_disk(len(before) + 50):
        with pytest.raises(InputError, match=r"results\.jsonl: cannot be written"):
            writer.append(result("002", output="x" * 1_000))
        with pytest.raises(InputError, match=r"summary\.json: cannot be written"):
            writer.note(description="x" * 10_000)
    assert (tmp_path / "results.jsonl").read_bytes() == before
    assert (tmp_path / "summary.json").read_bytes() == summary
    assert not list(tmp_path.glob(".summary*"))
    writer.append(result("002"))
    writer.finish()
    assert listed(tmp_path)[0][0].results == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_called_that(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path)
    own, writer._descriptor = writer._descriptor, os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(InputError, match="the disk is full"):
        writer.append(result())
    os.close(writer._descriptor)
    writer._descriptor = own
    writer.close()


def test_a_record_needs_an_item(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path) as writer, pytest.raises(ValueError, match="needs an item id"):
        writer.append_record({"repeat": 1})


def test_unknown_summary_fields_survive_a_resume(tmp_path: Path) -> None:
    RunWriter.create(tmp_path, extra={"ticket": "T-1"}).close()
    with RunWriter.resume(tmp_path).writer as writer:
        writer.finish(RunStatus.CANCELLED)
    assert json.loads((tmp_path / "summary.json").read_text())["ticket"] == "T-1"
    (header,), _ = listed(tmp_path)
    assert header.extra == {"ticket": "T-1"}
    assert header.status is RunStatus.CANCELLED
