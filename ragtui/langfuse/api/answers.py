"""What a Langfuse server answers, in its own words and in ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ragtui.langfuse.api.credentials import Credentials
from ragtui.retry_after import retry_after


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Status 0: nothing did.

    Attributes:
        body: decoded JSON; the text itself when it was no JSON; None when empty.
        message: what the server said about it, one line; with status 0 why there is no answer.
        unsent: with status 0, whether the server surely never saw the request.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    unsent: bool = False

    @property
    def ok(self) -> bool:
        """Whether the server says that it did what was asked."""
        return 200 <= self.status < 300

    @property
    def unclear(self) -> bool:
        """Whether the request may have been carried out although no good answer came."""
        return not self.unsent and (self.status in (0, 408) or self.status >= 500)

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (0, 408, 425, 429) or self.status >= 500

    @property
    def said(self) -> str:
        """The message with its status, for people."""
        return f"HTTP {self.status}{f', {self.message}' if self.message else ''}" if self.status else self.message

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body's fields; none when it is no JSON object."""
        return self.body if isinstance(self.body, dict) else {}

    @property
    def data(self) -> list[Any]:
        """The `data` list of a listing; empty when there is none."""
        rows = self.fields.get("data")
        return rows if isinstance(rows, list) else []

    @property
    def meta(self) -> Mapping[str, Any]:
        """The `meta` object of a listing."""
        meta = self.fields.get("meta")
        return meta if isinstance(meta, dict) else {}


def decoded(content: bytes) -> Any:
    """JSON, or the text itself when it is none; None when empty."""
    if not content:
        return None
    try:
        found = json.loads(content)
        return _mended(found) if _HALF.search(content) and not _is_whole(found) else found
    except (ValueError, RecursionError):
        return content.decode("utf-8", "replace")


_HALF = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""Half of a sign that takes two, as an escape or by itself; most halves have their other half behind them."""


def _is_whole(value: Any) -> bool:
    """Whether no half is alone: all emoji come as two escapes, and mending what is whole took twice the decoding."""
    import orjson

    try:
        orjson.dumps(value)
    except TypeError:  # half a sign, or a number beyond 64 bits
        return False
    return True


def _mended(value: Any) -> Any:
    """The same without halves of signs, which nothing can be sent or written with."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(name): _mended(held) for name, held in value.items()}
    return [_mended(held) for held in value] if isinstance(value, list) else value


def asked_to_wait(answer: Answer) -> float | None:
    """Seconds the server asked to wait: in its header, else in the body of a 429."""
    details = answer.fields.get("details")
    return retry_after(answer.headers, details.get("retryAfterSeconds") if isinstance(details, dict) else None)


def said(body: Any) -> str:
    """The server's own words on one short line; an HTML page says nothing."""
    if isinstance(body, dict):
        words = str(body.get("message") or "")
        issues = body.get("error")
        if isinstance(issues, list):
            words += ": " + "; ".join(_issue(issue) for issue in issues[:3])
        elif isinstance(issues, str) and not words:
            words = issues
    else:
        words = "" if body is None or str(body).lstrip().startswith("<") else str(body)
    printable = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(printable.split())[:300]


def _issue(issue: Any) -> str:
    if not isinstance(issue, dict):
        return str(issue)
    place = ".".join(str(part) for part in issue.get("path", []))
    return f"{place}: {issue.get('message', '')}" if place else str(issue.get("message", ""))


def _origin(location: str, credentials: Credentials) -> str:
    """Scheme and host that a redirect leads to, with the path before the API's; "" where it names none."""
    before, api, _ = location.partition("/api/public")
    parts = urlsplit(before)
    return credentials.redact(before) if api and parts.scheme in ("http", "https") and parts.hostname else ""


def way_out(answer: Answer, credentials: Credentials, path: str = "") -> str:
    """What a user can do about an answer that is no success.

    Args:
        path: below /api/public, of the call.
    """
    status = answer.status
    where = f"profile {credentials.profile}" if credentials.profile else "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY"
    address = f"base_url of profile {credentials.profile}" if credentials.profile else "LANGFUSE_BASE_URL"
    if status == 401:
        return f"Check {where}: the keys belong to one project on {credentials.base_url}, or the address is wrong."
    if status == 403 and "suspended" in answer.message.lower():
        return "The server takes nothing more on this plan; what was sent so far stays, and sending can go on later."
    if status == 403:
        return "These keys may not do this; use keys of this project."
    if status == 404 and path == "/projects":
        return f"Is {address} the address of a Langfuse server, without /api/public or the path of a page?"
    if status == 404:
        return "The name is wrong, or this server's version has no such endpoint."
    if status in (413, 422):
        return "The request asks for too much at once; narrow the window."
    if status == 429:
        return "The rate limit of this plan is used up; try again later."
    if 300 <= status < 400:
        target = _origin(answer.headers.get("location", ""), credentials)
        return f"The server redirects{f' to {target}' if target else ''}; if that is right, let {address} say so."
    if status >= 500:
        return "The server failed; try again later. Local runs are not affected."
    return ""
