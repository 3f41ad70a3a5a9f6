"""What handlers of web services return: a response object with the answer, or the stream of one, in it."""

from __future__ import annotations

import json
from typing import Any

from .telling import BadResponseError

_STREAMS = ("body_iterator", "streaming_content")
"""Of Starlette and FastAPI, and of Django."""
_BODIES = ("body", "content", "data")
"""Of Starlette and FastAPI, of Django, and of Flask."""


def unpacked(value: Any) -> Any:
    """What a response holds, as a client would read it; any other value as it is.

    Raises:
        BadResponseError: its status says that it is no answer.
    """
    status = getattr(value, "status_code", None)
    if not isinstance(status, int) or isinstance(value, type):
        return value
    stream = next((found for name in _STREAMS if (found := getattr(value, name, None)) is not None), None)
    if stream is not None and status < 400:
        return stream
    body = next((found for name in _BODIES if isinstance(found := getattr(value, name, None), bytes)), None)
    if body is None and (stream is None or status < 400):
        return value
    text = (body or b"").decode("utf-8")
    if status >= 400:
        raise BadResponseError(f"the handler returned status {status}: {text[:500]}")
    try:
        return json.loads(text)
    except ValueError:
        return text
