"""What can go wrong, said once: a message that names the place and a hint that names the way out."""

from __future__ import annotations

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


_IN_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@'\"]+@")
_IN_QUERY = re.compile(r"(?i)([?&][a-z0-9_-]*(?:key|token|secret|password|passwd|pwd|auth|signature|sig)=)[^&\s'\"]+")


def without_credentials(text: str) -> str:
    """A message without the user names, passwords and keys that addresses in it may carry."""
    return _IN_QUERY.sub(r"\1***", _IN_ADDRESS.sub(r"\1***@", text))
