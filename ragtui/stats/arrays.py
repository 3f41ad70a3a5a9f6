"""Array types by what they hold."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LARGEST_KEPT = 31 << 20
"""Bytes; with its header the block stays below the 32 MiB above which the C library keeps nothing."""


@cache
def keep_memory() -> None:
    """Let freed memory be used again for the next table, in place of going back to the system.

    Tables of a few hundred kilobytes are asked for and freed hundreds of times a metric. Each of them came in fresh
    pages, which took a fifth of a comparison's time. The C library of Linux keeps what is as large as the largest block
    that it ever gave back, up to 32 MiB (mallopt(3), "dynamic mmap threshold"); this one is never touched, so it costs
    nothing. Elsewhere nothing happens.
    """
    with suppress(MemoryError):  # what only saves time is no reason to fail where memory is short
        np.empty(_LARGEST_KEPT, np.uint8)
