"""What was read of runs no longer holds once they were written to."""

from __future__ import annotations

from collections.abc import Sequence

from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.read.kept.known import KnownProject


def forget_runs(credentials: Credentials, ids: Sequence[str], names: Sequence[str] = ()) -> None:
    """Let the next reading of these rows ask the server; asks nobody itself.

    Args:
        ids: of experiments.
        names: of runs: an older server makes up an id of its own for a run that it links.
    """
    known = KnownProject(credentials, None)
    try:
        known.forget_runs([*ids, *known.ids_of(names)])
    finally:
        known.close()
