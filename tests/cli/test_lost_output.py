"""Ways to lose an output, command by command, in real processes: the exit code is what was decided."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import steady, write_run

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and /dev/full are POSIX")
FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lost") / "runs"
    write_run(folder / "base", steady(5, 24, 4, i003=[5, 4, 5, 4]), pipeline={"k": 1})
    write_run(folder / "same", steady(5, 24, 4, i003=[4, 5, 4, 5]), day=2, pipeline={"k": 2})
    worse = {f"i{number:03d}": [2, 2, 2, 2] for number in range(4, 20)}
    write_run(folder / "worse", steady(5, 24, 4, i003=[4, 5, 4, 5], **worse), day=3, pipeline={"k": 3})
    return folder


COMMANDS = {
    "gate, regression": (["gate", "-b", "base", "-c", "worse", "--in", "."], 1),
    "gate, none": (["gate", "-b", "base", "-c", "same", "--in", "."], 0),
    "gate, error": (["gate", "-b", "base", "-c", "nothing", "--in", "."], 2),
    "gate, json": (["gate", "-b", "base", "-c", "worse", "--in", ".", "-f", "json"], 1),
    "compare --fail-on": (["compare", "base", "--vs", "worse", "--in", ".", "--fail-on", "regressed"], 1),
    "compare, error": (["compare", "base", "--vs", "nothing", "--in", "."], 2),
    "noise": (["noise", "base", "--in", "."], 0),
    "usage": (["compare", "base"], 2),
    "unknown": (["explian"], 2),
    "help": (["help", "gate"], 0),
}


def run(words: list[str], cwd: Path, **how: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "ragtui", *words], cwd=cwd, check=False, timeout=120, **how)  # type: ignore[call-overload, no-any-return]


def reader_left(words: list[str], cwd: Path, name: str) -> int:
    """The stream is a pipe whose reading end is closed before the command starts."""
    reading, writing = os.pipe()
    os.close(reading)
    other = "stderr" if name == "stdout" else "stdout"
    try:
        return run(words, cwd, **{name: writing, other: subprocess.DEVNULL}).returncode
    finally:
        os.close(writing)


def closed(words: list[str], cwd: Path, name: str) -> int:
    """The stream's descriptor does not exist, as after `>&-`."""
    number = {"stdout": 1, "stderr": 2}[name]
    other = "stderr" if name == "stdout" else "stdout"
    return run(words, cwd, **{other: subprocess.DEVNULL}, preexec_fn=lambda: os.close(number)).returncode


def ascii_only(words: list[str], cwd: Path, _name: str) -> int:
    """Nothing but ASCII can be printed."""
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    return run(words, cwd, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE).returncode


WAYS: dict[str, tuple[Callable[[list[str], Path, str], int], str]] = {
    "stdout: the reader left": (reader_left, "stdout"),
    "stderr: the reader left": (reader_left, "stderr"),
    "stdout closed": (closed, "stdout"),
    "stderr closed": (closed, "stderr"),
    "an encoding without our signs": (ascii_only, ""),
}


@POSIX
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("command", COMMANDS)
def test_the_exit_code_survives(command: str, way: str, runs: Path) -> None:
    words, code = COMMANDS[command]
    lose, name = WAYS[way]
    assert lose(words, runs, name) == code


@FULL
@pytest.mark.parametrize(
    ("command", "code"),
    [("gate, regression", 1), ("gate, none", 0), ("gate, error", 2), ("compare --fail-on", 1), ("noise", 2)],
)
def test_a_full_disk_under_stdout(command: str, code: int, runs: Path) -> None:
    """A decided code stands; a command whose product is what it prints has failed."""
    with Path("/dev/full").open("wb") as full:
        found = run(COMMANDS[command][0], runs, stdout=full, stderr=subprocess.PIPE)
    assert found.returncode == code
    assert b"No space left" in found.stderr


@FULL
@pytest.mark.parametrize(("command", "code"), [("gate, regression", 1), ("gate, none", 0), ("gate, error", 2)])
def test_a_full_disk_under_a_report(command: str, code: int, runs: Path, tmp_path: Path) -> None:
    report = tmp_path / "gate.md"
    report.symlink_to("/dev/full")
    found = run([*COMMANDS[command][0], "--report", str(report)], runs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert found.returncode == code
    assert b"gate.md" in found.stderr


@POSIX
@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_has_its_code(number: str, code: int, runs: Path) -> None:
    """The command is stopped while it works; a pass or a regression is never what comes out."""
    script = (
        "import os, signal, sys, ragtui.cli.commands.look.noise as noise\n"
        f"noise.run = lambda args: os.kill(os.getpid(), signal.{number}) or signal.pause()\n"
        "from ragtui.cli import main\nsys.exit(main(['noise', 'base', '--in', '.']))"
    )
    found = subprocess.run([sys.executable, "-c", script], cwd=runs, check=False, timeout=60, stderr=subprocess.PIPE)
    assert found.returncode == code
    assert b"Traceback" not in found.stderr
