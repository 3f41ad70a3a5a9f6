"""The connection pool of one project."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ragtui.langfuse.api.credentials import Credentials
from ragtui.langfuse.api.rates import Cancelled

if TYPE_CHECKING:
    import httpx


class Connections:
    """Opened by the first call: importing httpx costs a moment."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self._client: httpx.Client | None = None
        self._closed = False
        self._lock = threading.Lock()

    def open(self) -> httpx.Client:
        """The pool.

        Raises:
            Cancelled: it was closed for good.
        """
        import httpx

        with self._lock:
            if self._closed:
                raise Cancelled
            if self._client is None:
                auth = httpx.BasicAuth(self._credentials.public_key, self._credentials.secret_key)
                self._client = httpx.Client(auth=auth, headers={"User-Agent": "ragtui"}, follow_redirects=False)
            return self._client

    def close(self) -> None:
        """Close it for good."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client.close()
                self._client = None
