"""`ragtui seed` and `ragtui publish` as a user and a CI job meet them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from langfuse_standin import KINDS, Fault, StandIn
from publishing_kit import abilities, dataset_of, sending_to, simple_run
from waiting import STUCK_S, eventually

from ragtui.cli.commands.hosted.publish import duration
from ragtui.cli.main import main
from ragtui.errors import UsageError
from ragtui.langfuse.api.abilities import abilities_of
from ragtui.langfuse.api.probe import probe
from ragtui.sources import write_dataset


def golden(tmp_path: Path, count: int) -> str:
    write_dataset(tmp_path / "golden.json", dataset_of(count, "golden set"))
    return str(tmp_path / "golden.json")


def test_dry_run_prints_the_changes_and_writes_nothing(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seed", golden(tmp_path, 3), "--langfuse", "docs", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "+ 000" in out and "3 to create, 0 to update, 0 to archive, 0 unchanged" in out
    assert not server.asked("POST")


def test_seed_then_seed_again(tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["seed", golden(tmp_path, 3), "--langfuse", "docs/ä, 1"]) == 0
    assert "verified" in capsys.readouterr().out
    posts = len(server.asked("POST"))
    assert main(["seed", golden(tmp_path, 3), "--langfuse", "docs/ä, 1"]) == 0
    assert "0 of 0 changes sent; verified" in capsys.readouterr().out
    assert len(server.asked("POST")) == posts
    assert len(server.dataset_items("docs/ä, 1")) == 3
    assert main(["seed", golden(tmp_path, 2), "--langfuse", "docs/ä, 1", "--dry-run"]) == 0
    assert "- 002" in capsys.readouterr().out


def test_publish_says_what_it_read_back_and_exits_by_it(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    simple_run(tmp_path / "run", 3)
    server.delays["scores"] = 3600
    assert main(["publish", str(tmp_path / "run"), "--wait", "0"]) == 4
    captured = capsys.readouterr()
    assert "partial; items sent 3 of 3, visible 3 of 3; scores sent 6 of 6, visible 0 of 6" in captured.out
    assert "--resume" in captured.err and "Langfuse 4.62.0" in captured.err
    server.advance(3600)
    assert main(["publish", str(tmp_path / "run"), "--resume"]) == 0
    assert "verified; items sent 3 of 3, visible 3 of 3; scores sent 6 of 6, visible 6" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["v4", "v3"])
def test_what_was_read_of_a_run_is_forgotten_when_it_is_published_again(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("STATE", "CACHE"):
        monkeypatch.setenv(f"RAGTUI_{name}_DIR", str(tmp_path / name))
    simple_run(tmp_path / "run", 3)
    look = ["noise", "langfuse:docs", "--as-of", "cache"]
    with StandIn(kind) as running:
        for name, value in running.env.items():
            monkeypatch.setenv(name, value)
        assert main(["publish", str(tmp_path / "run"), "--langfuse", "docs"]) == 0
        main(["noise", "langfuse:docs"])
        assert main(look) != 2
        assert main(["publish", str(tmp_path / "run"), "--langfuse", "docs"]) == 0
        capsys.readouterr()
        assert main(look) == 2
        assert "was never read" in capsys.readouterr().err


def test_publish_fails_with_2_and_never_shows_a_key(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    simple_run(tmp_path / "run", 2)
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-lf-a-wrong-one")
    assert main(["publish", str(tmp_path / "run")]) == 2
    captured = capsys.readouterr()
    assert "sk-lf" not in captured.err + captured.out
    monkeypatch.delenv("LANGFUSE_SECRET_KEY")
    assert main(["publish", str(tmp_path / "run")]) == 2
    assert "LANGFUSE_SECRET_KEY" in capsys.readouterr().err


def test_publish_of_a_folder_with_several_runs_asks_for_one(
    tmp_path: Path, server: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    simple_run(tmp_path / "runs" / "a", 2)
    simple_run(tmp_path / "runs" / "b", 2)
    assert main(["publish", str(tmp_path / "runs")]) == 2
    assert "holds 2 runs" in capsys.readouterr().err
    assert not server.requests


def test_an_outbox_is_not_taken_for_a_run(tmp_path: Path, server: StandIn) -> None:
    simple_run(tmp_path / "runs" / "a", 2)
    assert main(["publish", str(tmp_path / "runs" / "a")]) == 0
    assert main(["publish", str(tmp_path / "runs")]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_probe_finds_the_abilities_these_tests_assume(kind: str) -> None:
    with StandIn(kind) as server, sending_to(server) as http:
        if kind == "v2":
            with pytest.raises(UsageError, match="no traces"):
                abilities_of(probe(http))
            return
        found, assumed = abilities_of(probe(http)), abilities(server)
        assert (found.experiments, found.score_lists, found.v3_scores) == (
            assumed.experiments, assumed.score_lists, assumed.v3_scores,
        )  # fmt: skip
        assert found.v3_scores or found.v2_scores == assumed.v2_scores


def test_a_server_that_refuses_score_lists_after_all_gets_single_scores(tmp_path: Path, server: StandIn) -> None:
    simple_run(tmp_path / "run", 2)
    message = {"message": "Invalid request data", "error": [{"message": "expected object, received array"}]}
    server.fail(Fault("POST", "/scores", status=400, times=-1, contains="[{", body=message))
    assert main(["publish", str(tmp_path / "run")]) == 0
    assert len(server.stored_scores()) == 4


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("12m", 720), ("1.5h", 5400), ("0", 0)])
def test_times_are_read_with_their_units(text: str, seconds: float) -> None:
    assert duration(text) == seconds


def started(words: list[str], server: StandIn) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ragtui", *words], env={**os.environ, **server.env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@contextmanager
def ended_with_the_test(process: subprocess.Popen[str]) -> Iterator[None]:
    """One that outlives a failed test would fail others."""
    with process:
        try:
            yield
        finally:
            process.kill()


@pytest.mark.parametrize(("kill", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_publication_that_is_stopped_goes_on_where_it_was(
    tmp_path: Path, server: StandIn, kill: signal.Signals, code: int
) -> None:
    """Stopped while it sits out a rate limit of ten minutes; Ctrl-C ends that wait at once."""
    simple_run(tmp_path / "run", 5)
    limit = Fault("POST", "/scores", status=429, times=-1, headers={"Retry-After": "600"})
    server.fail(limit)
    process = started(["publish", str(tmp_path / "run")], server)
    with ended_with_the_test(process):
        eventually(lambda: limit.hits)
        process.send_signal(kill)
        _, said = process.communicate(timeout=STUCK_S)
    assert process.returncode == code, said
    assert len(server.stored_items()) == 5 and not server.stored_scores()
    limit.times = 0
    assert main(["publish", str(tmp_path / "run"), "--resume"]) == 0
    assert len(server.stored_items()) == 5 and len(server.stored_scores()) == 10
    assert len(server.asked("POST", "/otel")) == (1 if kill is signal.SIGINT else len(server.asked("POST", "/otel")))


def test_seeding_that_is_killed_goes_on_where_it_was(tmp_path: Path, server: StandIn) -> None:
    path = golden(tmp_path, 12)
    server.fail(Fault("POST", "/dataset-items", skip=4, hang=3600, times=-1))
    process = started(["seed", path, "--langfuse", "docs"], server)
    with ended_with_the_test(process):
        eventually(lambda: len(server.dataset_items("docs")) == 4)
        process.kill()
        process.communicate(timeout=STUCK_S)
    assert len(server.dataset_items("docs")) == 4, "the rest was never answered"
    server.faults.clear()
    assert main(["seed", path, "--langfuse", "docs"]) == 0
    assert len(server.dataset_items("docs")) == 12
    posts = len(server.asked("POST"))
    assert main(["seed", path, "--langfuse", "docs"]) == 0
    assert len(server.asked("POST")) == posts
