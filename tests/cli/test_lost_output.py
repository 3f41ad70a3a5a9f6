"""Ways to lose an output, command by command, in processes of their own: the exit code is what was decided."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import steady, write_run
from losing import Commands
from losing_cases import CASES, environment
from waiting import STUCK_S

from ragtui.cli.commands.about import version
from ragtui.cli.main import _Terminated, main

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


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    with Commands(environment(tmp_path_factory.mktemp("home"))) as found:
        yield found


QUICK = (
    "gate", "gate, none", "gate, error", "compare --fail-on", "compare, error", "explain", "noise --save", "bless",
    "convert, csv", "init", "help", "usage",
)  # fmt: skip
"""Of the whole table (`python tests/bench/lost_outputs.py`) what needs neither a worker process nor a server."""


@POSIX
@pytest.mark.parametrize(
    "way",
    ["both readers left", "all three closed", "both on a full disk", "an encoding without our signs",
     "a full disk under every file"],
)  # fmt: skip
def test_the_exit_code_survives(way: str, commands: Commands, runs: Path, tmp_path: Path) -> None:
    for name in QUICK:
        case, folder = CASES[name], tmp_path / name.replace(" ", "-")
        (folder / "fresh").mkdir(parents=True)
        (folder / "fresh" / "golden.json").write_text('[{"id": "1", "question": "One?"}]')
        (folder / "runs").symlink_to(runs)
        found = commands.run(case.words.split(), folder, way)
        assert found.code == case.expected(way), (name, found.err)
        assert "Traceback" not in found.err, (name, found.err)


@POSIX
@pytest.mark.parametrize("wrapped", [None, RuntimeError("Error calling __set_name__")])
@pytest.mark.parametrize(("stop", "code"), [(KeyboardInterrupt, 130), (_Terminated, 143)])
def test_a_signal_that_an_error_hides(
    wrapped: Exception | None, stop: type[BaseException], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11 wraps what is raised while a class is made, and a signal may come then."""

    def stopped(_args: object) -> int:
        try:
            raise stop
        except BaseException as error:
            if wrapped is None:
                raise
            raise wrapped from error

    monkeypatch.setattr(version, "run", stopped)
    assert main(["version"]) == code


@POSIX
@pytest.mark.parametrize("way", ["stdout", "stderr"])
def test_a_real_process_whose_reader_left(way: str, runs: Path) -> None:
    """One of each in a process of its own: the rest of the table runs in copies of one that has started."""
    reading, writing = os.pipe()
    os.close(reading)
    words = ["gate", "-b", "base", "-c", "worse", "--in", "."]
    try:
        assert (
            run(words, runs, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, way: writing}).returncode
            == 1
        )
    finally:
        os.close(writing)


def run(words: list[str], cwd: Path, **how: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "ragtui", *words], cwd=cwd, check=False, timeout=STUCK_S, **how)  # type: ignore[call-overload, no-any-return]


REPORTS = {
    "gate": ["g.md", "g.html", "g.json", "g.xml", "g.sarif", "g.txt", "g.svg"],
    "gate, none": ["g.md"],
    "gate, error": ["g.md", "g.json"],
    "compare -o": ["c.html"],
    "noise --save": ["n.json"],
    "convert, csv": ["kept.csv"],
}


@FULL
@pytest.mark.parametrize("name", REPORTS)
def test_a_full_disk_under_a_report(name: str, commands: Commands, runs: Path, tmp_path: Path) -> None:
    """The gate's code stands, whichever report was lost; a command that is there to write the file has failed."""
    (tmp_path / "runs").symlink_to(runs)
    case = CASES[name]
    for report in REPORTS[name]:
        (tmp_path / report).unlink(missing_ok=True)
        (tmp_path / report).symlink_to("/dev/full")
        words = [*case.words.split(), *(["--report", report] if name.startswith("gate") else [])]
        found = commands.run(words, tmp_path)
        assert found.code == (2 if case.files else case.code), (report, found.err)
        assert report in found.err and "Traceback" not in found.err


@POSIX
@pytest.mark.parametrize(("number", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_signal_has_its_code(number: str, code: int, runs: Path) -> None:
    """The command is stopped while it works; a pass or a regression is never what comes out."""
    script = (
        "import os, signal, sys, ragtui.cli.commands.look.noise as noise\n"
        f"noise.run = lambda args: os.kill(os.getpid(), signal.{number}) or signal.pause()\n"
        "from ragtui.cli import main\nsys.exit(main(['noise', 'base', '--in', '.']))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=runs, check=False, timeout=STUCK_S, stderr=subprocess.PIPE
    )
    assert found.returncode == code
    assert b"Traceback" not in found.stderr
