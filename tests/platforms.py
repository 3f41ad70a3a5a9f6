"""Which test modules use what only POSIX has: Windows passes over them as a whole."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parent

_POSIX_ONLY = re.compile(
    r"\b(import (resource|fcntl|pty|termios)|os\.(mkfifo|fork|openpty|killpg|geteuid|getpagesize)"
    r"|signal\.(SIGKILL|SIGSTOP|SIGCONT|SIGXFSZ|pthread_sigmask)|socket\.AF_UNIX)\b"
    r"|/dev/(full|null|stdin)\b|/bin/sh\b|\"sh\", \"-c\""
)
_IMPORT = re.compile(r"^\s*(?:from|import) ([\w.]+)(?: import \(?([\w, ]+))?", re.MULTILINE)


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


def needs_posix(path: Path) -> bool:
    """Whether a module of the tests, or one of theirs that it imports, names something that Windows lacks."""
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        module = waiting.pop()
        if module not in seen:
            seen.add(module)
            if _POSIX_ONLY.search(_text(module)):
                return True
            waiting.extend(_ours(_text(module)))
    return False


def _ours(text: str) -> Iterator[Path]:
    for found in _IMPORT.finditer(text):
        names = [found[1], *(f"{found[1]}.{name.strip()}" for name in (found[2] or "").split(","))]
        for name in names:
            module = TESTS.joinpath(*name.split(".")).with_suffix(".py")
            if module.is_file():
                yield module
