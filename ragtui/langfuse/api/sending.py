"""Opens the client for the keys the user has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import find_credentials
from ragtui.langfuse.api.patience import Clock
from ragtui.langfuse.api.rates import Wait


@contextmanager
def sending(
    profile: str = "", on_wait: Callable[[Wait], None] | None = None, clock: Clock | None = None
) -> Iterator[LangfuseHttp]:
    """A client for a profile, or for the plain environment variables; closed at the end.

    Raises:
        UsageError: keys or profile are missing.
    """
    with LangfuseHttp(find_credentials(profile), on_wait=on_wait, clock=clock) as http:
        yield http
