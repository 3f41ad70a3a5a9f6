"""Opens a sender for the keys the user has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ragtui.langfuse.api.client import LangfuseHttp
from ragtui.langfuse.api.credentials import find_credentials
from ragtui.langfuse.api.rates import Wait
from ragtui.langfuse.api.send import Clock, Sender


@contextmanager
def sending(
    profile: str = "", notify: Callable[[str], None] = lambda message: None, clock: Clock | None = None
) -> Iterator[Sender]:
    """A sender for a profile, or for the plain environment variables; closed at the end.

    Raises:
        UsageError: keys or profile are missing.
    """

    def waiting(wait: Wait) -> None:
        if wait.seconds > 0:
            notify(f"{wait.why}: waiting {wait.seconds:.0f} s")

    with LangfuseHttp(find_credentials(profile), on_wait=waiting) as http:
        yield Sender(http, clock, notify)
