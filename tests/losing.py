"""Runs commands in processes that lose an output, many a second.

One process imports ragtui once and then forks for every command; the child gives its descriptors away first, builds
its streams as an interpreter does at its start, and ends as an interpreter ends, which flushes once more.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_STOPS = {signal.SIGINT, signal.SIGTERM}
STREAMS = {"stdin": 0, "stdout": 1, "stderr": 2}


@dataclass(frozen=True)
class Lost:
    """What became of a command.

    Attributes:
        code: its exit code; minus the signal's number when it was killed.
        out: what arrived on stdout.
        err: what arrived on stderr.
    """

    code: int
    out: str
    err: str


def _reader_left(*numbers: int) -> None:
    for number in numbers:
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, number)
        os.close(writing)


def _full(*numbers: int) -> None:
    for number in numbers:
        full = os.open("/dev/full", os.O_WRONLY)
        os.dup2(full, number)
        os.close(full)


def _disk_full() -> None:
    """No regular file takes a byte; Python ignores the signal that comes with it, so that writes fail."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


WAYS: dict[str, Callable[[], None]] = {
    "whole": lambda: None,
    "stdout: the reader left": lambda: _reader_left(1),
    "stderr: the reader left": lambda: _reader_left(2),
    "both readers left": lambda: _reader_left(1, 2),
    "stdout closed": lambda: os.close(1),
    "stderr closed": lambda: os.close(2),
    "all three closed": lambda: os.closerange(0, 3),
    "stdout on a full disk": lambda: _full(1),
    "stderr on a full disk": lambda: _full(2),
    "both on a full disk": lambda: _full(1, 2),
    "an encoding without our signs": lambda: os.environ.update(PYTHONIOENCODING="ascii", LC_ALL="C"),
    "a full disk under every file": _disk_full,
}


class Commands:
    """Runs commands; use it as a context, since a process waits behind it."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **(environ or {})},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: tuple[type[BaseException] | None, BaseException | None, TracebackType | None]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def run(
        self, words: Sequence[str], cwd: Path, way: str = "whole", *,
        environ: Mapping[str, str] | None = None, number: int = 0, after_s: float = 0.0, wait_s: float = 120.0,
    ) -> Lost:  # fmt: skip
        """Run one command.

        Args:
            way: of `WAYS`.
            number: of a signal that it gets `after_s` from its start.
        """
        asked = {
            "words": list(words), "cwd": str(cwd), "way": way, "environ": dict(environ or {}), "number": number,
            "after_s": after_s, "wait_s": wait_s,
        }  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return Lost(**json.loads(self._process.stdout.readline()))


def _serve() -> int:
    from ragtui.cli.main import COMMANDS, main
    from ragtui.sources.registry import registry
    from ragtui.startup import collect_seldom

    for entry in COMMANDS:
        entry.load()
    import ragtui.gate.judging
    import ragtui.gate.reports.registry
    import ragtui.present.report.registry
    import ragtui.sources.own.runfolder
    import ragtui.stats
    import ragtui.workbench.reporting
    import ragtui.workbench.why.causes  # noqa: F401 - what most commands need, imported once

    registry()
    gc.collect()
    gc.freeze()  # a child that walks over what it got from its parent copies the pages
    collect_seldom()
    for line in sys.stdin:
        asked = json.loads(line)
        pipes = os.pipe(), os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        child = os.fork()
        if child == 0:
            _become(asked, [writing for _, writing in pipes])
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
            return main(asked["words"])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
        for _, writing in pipes:
            os.close(writing)
        found = _watch(child, [reading for reading, _ in pipes], asked)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    return 0


def _become(asked: Mapping[str, Any], writing: Sequence[int]) -> None:
    """Make this child what a shell would have started."""
    os.chdir(asked["cwd"])
    os.environ.update(asked["environ"])
    for number, descriptor in enumerate((os.open(os.devnull, os.O_RDONLY), *writing)):
        os.dup2(descriptor, number)
    os.closerange(3, 64)
    WAYS[asked["way"]]()
    encoding = os.environ.get("PYTHONIOENCODING", "utf-8")
    for name, number in STREAMS.items():
        stream = None
        with contextlib.suppress(OSError):
            os.fstat(number)
            mode, errors = ("r", "strict") if number == 0 else ("w", "backslashreplace" if number == 2 else "strict")
            stream = os.fdopen(number, mode, 1 if number == 2 else -1, encoding, errors, closefd=False)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _watch(child: int, reading: Sequence[int], asked: Mapping[str, Any]) -> dict[str, Any]:
    started, texts, code, told = time.monotonic(), dict.fromkeys(reading, b""), None, not asked["number"]
    with selectors.DefaultSelector() as selector:
        for number in reading:
            selector.register(number, selectors.EVENT_READ)
        while code is None or selector.get_map():
            passed = time.monotonic() - started
            if code is None and not told and passed >= asked["after_s"]:
                told = True
                os.kill(child, asked["number"])
            if code is None and passed > asked["wait_s"]:
                os.kill(child, signal.SIGKILL)
            ready = selector.select(0.01 if code is None else 0)
            for key, _ in ready:
                piece = os.read(key.fd, 65536)
                texts[key.fd] += piece
                if not piece:
                    selector.unregister(key.fd)
            if code is not None and not ready:
                break
            if code is None:
                found, status = os.waitpid(child, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status) if found else None
    for number in reading:
        os.close(number)
    out, err = (texts[number].decode("utf-8", "replace") for number in reading)
    return {"code": code, "out": out, "err": err}


@contextlib.contextmanager
def commands(environ: Mapping[str, str] | None = None) -> Iterator[Commands]:
    """A process that runs commands."""
    with Commands(environ) as found:
        yield found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    sys.exit(_serve())
