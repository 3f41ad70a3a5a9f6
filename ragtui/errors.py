"""What can go wrong, said once: a message that names the place and a hint that names the way out."""

from __future__ import annotations

import errno
import re


class RagtuiError(Exception):
    """A failure the user can act on.

    Args:
        message: what happened, naming the file, line or URL.
        hint: the way out, as an instruction; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}" if self.hint else self.message


class InputError(RagtuiError):
    """A file or folder cannot be used at all."""


class UsageError(RagtuiError):
    """The command line, a setting or a plan asks for something that does not exist."""


class NotComparable(RagtuiError):
    """Two sides share no items or no metric, so no delta exists."""


class RemoteError(RagtuiError):
    """A server refused, failed or cannot be reached."""


_OF_THE_SYSTEM = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE)
"""What no file is at fault for, and no program: the machine has no more of something, or a disk fails."""


def of_the_surroundings(error: BaseException) -> RagtuiError | None:
    """A failure of a file or of the system in its own words; None for anything else, which is a fault of ragtui.

    A system call that names a file failed because of what is there: rights, a link that leads to itself, a name too
    long. Doors that open files say more; this is for the call that no door looked after.
    """
    if not isinstance(error, OSError) or (error.filename is None and error.errno not in _OF_THE_SYSTEM):
        return None
    return RagtuiError(f"{error.filename or 'the system'}: {error.strerror or error}; nothing was decided")


_IN_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@'\"]+@")
_IN_QUERY = re.compile(r"(?i)([?&][a-z0-9_-]*(?:key|token|secret|password|passwd|pwd|auth|signature|sig)=)[^&\s'\"]+")


def without_credentials(text: str) -> str:
    """A message without the user names, passwords and keys that addresses in it may carry."""
    return _IN_QUERY.sub(r"\1***", _IN_ADDRESS.sub(r"\1***@", text))
