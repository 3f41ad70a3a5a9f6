"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

STUCK_S = 300.0
"""Nothing here takes a tenth of this on a slow machine under load: what takes longer will never come."""


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + STUCK_S
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
