"""The connection pool of one project."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from ragtui.errors import UsageError
from ragtui.files.body import ENCODINGS
from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.rates import Cancelled

if TYPE_CHECKING:
    import httpx


_SAID = {"User-Agent": "ragtui", "Accept-Encoding": ENCODINGS}
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def proxies_named() -> list[str]:
    """Variables of the environment that name a proxy."""
    return sorted(name for name, said in os.environ.items() if name.upper() in _PROXIES and said)


class Connections:
    """Opened by the first call: importing httpx costs a moment."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._client: httpx.Client | None = None
        self._closed = False
        self._lock = threading.Lock()
        self.ahead = 0.0
        """Seconds that this machine's clock is ahead of the server's, as its last answer says."""

    def open(self) -> httpx.Client:
        """The pool.

        Raises:
            Cancelled: it was closed for good.
            UsageError: the environment names a proxy that is none.
        """
        import httpx

        with self._lock:
            if self._closed:
                raise Cancelled
            if self._client is None:
                auth = httpx.BasicAuth(self._credentials.public_key, self._credentials.secret_key)
                try:
                    self._client = httpx.Client(auth=auth, headers=_SAID, follow_redirects=False)
                except (ImportError, ValueError, httpx.InvalidURL) as error:
                    # Proxies come from the environment: httpx knows no SOCKS without a package, and no other schemes.
                    names = proxies_named()
                    raise UsageError(
                        f"the proxy cannot be used ({self._credentials.redact(str(error))})",
                        f"Look at {', '.join(names) or 'the proxy of this system'}, or name "
                        f"{self._credentials.host} in NO_PROXY.",
                    ) from None
            return self._client

    def close(self) -> None:
        """Close it for good."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()
                self._client = None
