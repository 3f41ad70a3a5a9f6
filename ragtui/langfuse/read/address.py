"""What a `langfuse:` address names: a profile of the configuration, and a dataset."""

from __future__ import annotations

from ragtui.errors import UsageError
from ragtui.settings import UserSettings
from ragtui.sources.addresses import LANGFUSE


def split_address(rest: str, found: UserSettings) -> tuple[str, str]:
    """Profile and dataset of an address.

    A dataset name may hold slashes too. As soon as there are profiles, the word before the first slash is one of
    them, because a mistyped profile must not ask another server with other keys; a slash in front says that none is
    meant.

    Raises:
        UsageError: the profile is not configured; names those that are.
    """
    first, slash, after = rest.partition("/")
    if not slash:
        return "", rest
    if not first:
        return "", after
    if first in found.langfuse:
        return first, after
    if not found.langfuse:
        return "", rest
    known = ", ".join(sorted(found.langfuse))
    raise UsageError(
        f"{LANGFUSE}{rest}: no Langfuse profile named {first!r} in {found.path}",
        f"Profiles are {known}. For a dataset called {rest} with the LANGFUSE_* variables write {LANGFUSE}/{rest}.",
    )
