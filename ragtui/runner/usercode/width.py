"""How many calls of a user's function run at once, and where."""

from __future__ import annotations

_MOST_PROCESSES = 8
_LEAST_THREADS = 64
"""A run's concurrency may be raised while it runs; threads that nobody uses cost nothing."""


def width_of(threads: int | None, processes: int | None, concurrency: int) -> tuple[int, int]:
    """Threads and processes from what a plan says (None: nothing).

    Nothing said: one warm process, as many threads as calls are under way. `processes` alone: so many processes with
    one call each.
    """
    if threads is None:
        threads = 1 if processes is not None else max(_LEAST_THREADS, concurrency)
    return threads, processes or min(concurrency, _MOST_PROCESSES)
