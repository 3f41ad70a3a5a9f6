"""Where a command is started may be gone, full, or out of what programs need; it says so, and decides nothing."""

import errno
import sys
from pathlib import Path

import pytest
from builders import steady, write_run

from ragtui.cli import main
from ragtui.exits import Exit

COMMANDS = (
    "gate -b {0}/base -c {0}/worse", "gate -b main -c {0}/base", "runs", "runs .", "compare {0}/base --vs {0}/worse",
    "explain i003 {0}/base --vs {0}/worse", "slices {0}/base --vs {0}/worse", "noise {0}/base", "trend {0}",
    "convert {0}/base kept", "bless --list", "bless {0}/base -r x", "init", "try x.toml", "plan x.toml", "run {0}/base",
    "merge x", "confirm {0}/base --vs {0}/worse", "rejudge {0}/base", "demo --repeats 1 --items 001", "seed {0}/x.json",
    "publish {0}/base", "pull langfuse: x", "trace langfuse:x/y 1", "bisect HEAD~1 HEAD --plan x.toml --margin .1",
    "{0}/base",
)  # fmt: skip


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    write_run(tmp_path / "base", steady(5, 8, 3, i003=[5, 4, 5]), pipeline={"k": 1})
    write_run(tmp_path / "worse", steady(2, 8, 3, i003=[5, 4, 5]), day=2, pipeline={"k": 2})
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="a current folder cannot be deleted there")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_current_folder_that_was_deleted_is_said(
    words: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = runs / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(words.format(runs).split()) == Exit.ERROR
    assert "the current folder is gone" in capsys.readouterr().err


@pytest.mark.parametrize("words", ["help", "version", "formats", "completion bash"])
def test_what_is_about_ragtui_needs_no_folder(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    if sys.platform != "win32":
        gone.rmdir()
    assert main(words.split()) == Exit.OK


@pytest.mark.parametrize("variable", ["RAGTUI_STATE_DIR", "RAGTUI_CACHE_DIR", "RAGTUI_CONFIG"])
def test_a_home_of_nobody_is_a_folder_like_any(
    variable: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(variable, "~no-such-user-here/ragtui")
    monkeypatch.chdir(runs)
    code = main(["gate", "-b", "base", "-c", "worse"])
    said = capsys.readouterr().err
    assert "fault of ragtui" not in said
    # A folder is made where it is needed; a configuration that is named has to be there.
    assert code == (Exit.ERROR if variable == "RAGTUI_CONFIG" else Exit.REGRESSION), said
    assert ("RAGTUI_CONFIG: " in said and "no such file" in said) is (variable == "RAGTUI_CONFIG")


@pytest.mark.parametrize("words", ["gate -b {} -c worse", "runs {}", "compare {} --vs worse", "convert {} x", "{}"])
def test_a_path_of_nobody_is_no_fault_of_ragtui(
    words: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs)
    assert main(words.format("~no-such-user-here/runs").split()) == Exit.ERROR
    said = capsys.readouterr().err
    assert "~no-such-user-here" in said and "fault of ragtui" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize(
    "words",
    [
        "runs loop", "loop", "gate -b loop -c worse", "gate -b base -c worse --policy loop", "compare base --vs loop",
        "convert loop x", "convert base loop", "publish loop", "rejudge loop", "run loop", "init loop",
        "merge loop base", "demo --out loop --resume loop",
    ],
)  # fmt: skip
def test_a_link_to_itself_is_no_fault_of_ragtui(
    words: str, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(runs)
    Path("loop").symlink_to("loop")
    assert main(words.split()) == Exit.ERROR
    said = capsys.readouterr().err
    assert "fault of ragtui" not in said and ("loop" in said or "no dataset here" in said)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_results_that_are_a_link_to_themselves_cost_their_run_only(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (runs / "worse" / "results.jsonl", runs / "scores.csv"):
        path.unlink(missing_ok=True)
        path.symlink_to(path.name)
    assert main(["runs", str(runs), "--problems"]) == Exit.OK
    shown = capsys.readouterr()
    assert "base" in shown.out and "scores.csv: cannot be read" in shown.err and "results.jsonl is missing" in shown.err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.EMFILE, "Too many open files", "/x"), "/x: Too many open files"),
        (OSError(errno.ENOSPC, "No space left on device"), "the system: No space left on device"),
        (OSError(errno.EIO, "Input/output error", "x\n::error::y"), "Input/output error"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_the_machine_has_no_more_of_is_no_fault_and_no_decision(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def dispatch(_words: list[str]) -> int:
        raise error

    monkeypatch.setattr(sys.modules["ragtui.cli.main"], "_dispatch", dispatch)
    assert main(["gate"]) == Exit.ERROR
    found = capsys.readouterr().err
    assert said in found and "nothing was decided" in found
    assert "fault of ragtui" not in found and "\n::" not in found
