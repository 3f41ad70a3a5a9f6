"""Numbers that look random but follow from names: the same plan, item and repeat always give the same."""

from __future__ import annotations

import hashlib
import random


def seed_of(*names: object) -> int:
    """A number below 2**31 from any values."""
    text = "\x1f".join(map(str, names))
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4).digest()) & 0x7FFFFFFF


def dice(*names: object) -> random.Random:
    """A generator whose stream follows from the names."""
    return random.Random(seed_of(*names))
