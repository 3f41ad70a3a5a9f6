"""Keys from environment variables: named in plans, never written, and fit to stand in a header."""

from __future__ import annotations

import os

from ragtui.errors import UsageError


def secret_from(variable: str, needed_by: str) -> str:
    """The value of a variable.

    Raises:
        UsageError: it is not set, or holds a line break or the like, as a value read from a file often does.
    """
    value = os.environ.get(variable, "")
    if not value:
        raise UsageError(f"{variable} is not set, and {needed_by} needs it", f"export {variable}=... and start again")
    if not value.isprintable():
        raise UsageError(
            f"{variable} holds a line break or another character that no header may hold",
            f'Set it without: export {variable}="$(printf %s "${variable}" | tr -d "[:cntrl:]")"',
        )
    return value
