"""What a lost output does: nothing. The exit code is decided by the work and not by who reads about it.

`ragtui gate … | true` must exit 1 on a regression: the pipe is closed, the shell's `pipefail` sees the code all the
same. So for the time of a command stdout and stderr are wrapped: a reader that went away, a full disk, a closed
descriptor or an encoding without our signs costs the text, is remembered, and never raises into the work.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

from ragtui.errors import InputError, without_credentials

_GONE = (errno.EPIPE, errno.ESHUTDOWN, errno.ECONNRESET, errno.EINVAL if os.name == "nt" else errno.EPIPE)
"""What a reader that went away looks like; Windows calls it an invalid argument."""


class Sheltered:
    """A text stream whose failures are kept in `lost` instead of being raised.

    Args:
        stream: the stream underneath; None when the process was started without one.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: BaseException | None = None
        self.replaced = False

    def write(self, text: str) -> int:
        """Write as much as can be written."""
        if self._stream is None or self.lost is not None:
            return len(text)
        try:
            try:
                self._stream.write(text)
            except UnicodeEncodeError:
                self._stream.write(self._encodable(text, self._stream.encoding or "ascii"))
        except (OSError, ValueError) as error:  # ValueError: written after it was closed
            self._lose(error)
        return len(text)

    def _encodable(self, text: str, encoding: str) -> str:
        """The text with twins of our signs that the encoding has, "-" for "−": "?0.5" would have lost which way."""
        from ragtui.present.clean import ascii_signs

        lacking = {sign for sign in set(text) if not sign.encode(encoding, "ignore")}
        shown = text.translate({ord(sign): ascii_signs(sign) for sign in lacking})
        found = shown.encode(encoding, "replace").decode(encoding)
        self.replaced |= found != shown
        return found

    def writelines(self, lines: Any) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Hand on what is buffered."""
        if self._stream is None or self.lost is not None:
            return
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._lose(error)

    @property
    def reader_left(self) -> bool:
        """Whether it is lost because nobody reads on, which is the reader's business."""
        return isinstance(self.lost, ValueError) or (isinstance(self.lost, OSError) and self.lost.errno in _GONE)

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return (self._stream.encoding if self._stream is not None else None) or "utf-8"

    def isatty(self) -> bool:
        """Whether a person sees it."""
        with contextlib.suppress(ValueError):
            return self._stream is not None and self._stream.isatty()
        return False

    def _lose(self, error: BaseException) -> None:
        """Remember why, and give the descriptor something that takes the rest: the interpreter flushes at its end."""
        self.lost = error
        with contextlib.suppress(OSError, ValueError, AttributeError):
            assert self._stream is not None
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())

    def __getattr__(self, name: str) -> Any:
        if self._stream is None:
            raise AttributeError(name)
        return getattr(self._stream, name)


@contextlib.contextmanager
def sheltered() -> Iterator[tuple[Sheltered, Sheltered]]:
    """Wrap stdout and stderr for the time of a command."""
    _plug_closed_descriptors()
    before = sys.stdout, sys.stderr
    out, err = Sheltered(before[0]), Sheltered(before[1])
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        yield out, err
    finally:
        out.flush()
        err.flush()
        sys.stdout, sys.stderr = before


def tell(message: str) -> None:
    """A message to the person, on stderr, without anything that a terminal would obey or that is secret."""
    from ragtui.present.clean import for_log

    line = for_log(without_credentials(f"ragtui: {message}"))
    print(_fitted(line, sys.stderr), file=sys.stderr)


def emit(text: str, form: str = "text") -> None:
    """Print a command's product on stdout, so that nothing in it is obeyed by who reads it.

    Args:
        text: the product.
        form: "json" and "sarif" keep their strings, written as escapes where needed; "github" is a list of workflow
            commands on purpose; in everything else no line begins like one.
    """
    from ragtui.present.clean import clean, for_log, json_text, no_commands

    if form in ("json", "sarif"):
        text = json_text(text)
    elif form == "markdown":
        text = no_commands(text)  # cleaned where it is escaped; cleaning again would make mentions of "@\u200bname"
    elif form == "github":
        text = clean(text)
    else:
        text = for_log(text)
    if form == "text":
        text = _fitted(text, sys.stdout)
    print(text, end="" if text.endswith("\n") else "\n")


def _fitted(text: str, stream: TextIO) -> str:
    """As a person at a terminal wants it; as it is for a pipe or a file."""
    if not stream.isatty():
        return text
    from ragtui.cli.on_terminal import for_person

    return for_person(text)


_RESULTS = frozenset({"summary.json", "results.jsonl"})
"""Files without which a run folder holds no run any more."""


def check_writable(path: Path, option: str, *, make_folder: bool = True, read: Iterable[str] = ()) -> None:
    """See that a file can be written, and make its folder, before work is spent on what goes into it.

    Args:
        option: what names the file.
        read: words that name what the command reads: no report takes the place of results.

    Raises:
        InputError: it cannot, or what stands there are results.
    """
    is_run = path.name in _RESULTS and any((path.parent / name).exists() for name in _RESULTS)
    with contextlib.suppress(OSError, ValueError):
        is_run = is_run or (path.is_file() and any(Path(word).exists() and path.samefile(word) for word in read))
    if is_run:
        raise InputError(f"{path}: holds results, which a report would replace", f"Choose another {option}.")
    try:
        if make_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path.parent}: cannot be made ({error.strerror})", f"Choose another {option}.") from error
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{path}: cannot be written", f"Choose another {option}.")


def write_report(path: Path, text: str, option: str = "--report") -> None:
    """Write a report, or say why it cannot be written.

    Args:
        option: what named the file.

    Raises:
        InputError: the file cannot be written.
    """
    from ragtui.files.atomic import write_named

    try:
        write_named(path, text.encode("utf-8", "replace"))
    except InputError as error:
        raise InputError(error.message, f"Choose another {option}.") from error


def _plug_closed_descriptors() -> None:
    """Open what the shell closed (`>&-`): the next file would get the number, and prints would go into it."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)
