"""What a server makes of a value it is given, so that what was sent and what is read back can be compared.

Read from the server's own code (`DatasetItemValidator`, v4.16) and seen on a real one: an empty text becomes null,
control characters are removed (PostgreSQL cannot store NUL), keys come back in another order, and every number passes
through JavaScript, where 1.0 is 1, integers beyond 2^53 lose digits and what does not fit is null.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SAFE = 2**53


def normal(value: Any) -> Any:
    """A JSON value as the server will hold it; equal for all spellings the server does not tell apart."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): normal(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [normal(one) for one in value]
    return clean_text(str(value))


def normal_field(value: Any) -> Any:
    """The same for a whole field, such as an item's expected output: an empty text is no value."""
    found = normal(value)
    return None if found == "" else found


def clean_text(text: str) -> str:
    """Text without control characters (tab, line feed and carriage return stay) and without lone surrogates."""
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def loose(value: Any) -> Any:
    """What is left of a value whatever form a server, or a proxy before it, keeps it in: without white space around
    texts, fields that hold nothing, the order of words in a list, and spellings of one sign.
    """
    if isinstance(value, str):
        lines = value.replace("\r\n", "\n").replace("\r", "\n")
        return unicodedata.normalize("NFC", clean_text(lines)).strip()
    if isinstance(value, Mapping):
        kept = ((loose(str(key)), loose(one)) for key, one in value.items())
        return {key: one for key, one in kept if one not in (None, "", [], {})}
    if isinstance(value, list | tuple):
        items = [loose(one) for one in value]
        return sorted(items) if all(isinstance(one, str) for one in items) else items
    return normal(value)


def _number(value: int | float) -> int | float | None:
    try:
        as_float = float(value)
    except OverflowError:
        return None
    if not math.isfinite(as_float):
        return None
    return int(as_float) if as_float.is_integer() and abs(as_float) <= _SAFE else as_float
