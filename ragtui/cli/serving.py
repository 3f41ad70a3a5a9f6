"""The app in a browser: a local web server whose pages only those can open who were given its address.

Who drives the app acts as the user who serves it: starts runs, spends money, writes reports. So the server listens on
loopback, the address carries a secret, and a page of another site cannot connect: its Origin is not this server's.
"""

from __future__ import annotations

import hmac
import re
import secrets
import shlex
import sys
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Protocol

from ragtui.errors import RagtuiError, UsageError

if TYPE_CHECKING:
    from aiohttp import web

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

COOKIE, KEY = "ragtui", "key"
_ELSEWHERE = re.compile(r"<link\b[^>]*https?://[^>]*>")
"""What the page would load from other servers: a font."""
_POLICY = "default-src 'self' 'unsafe-inline' data: blob:; connect-src 'self' ws: wss:; frame-ancestors 'none'"


def is_loopback(host: str) -> bool:
    """Whether an address is that of this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def command_of(places: Sequence[str]) -> str:
    """The shell command that runs the app on some places."""
    return shlex.join([sys.executable, "-m", "ragtui", "open", "--", *places])


class Served(Protocol):
    """A server of the app."""

    def until_stopped(self) -> None:
        """Serve until ctrl+c."""

    async def _make_app(self) -> web.Application:
        """What it serves."""


def app_server(places: Sequence[str], host: str, port: int, key: str = "") -> Served:
    """A server of the app on places, which lets in whoever has the key. Loads a web server: only here.

    Args:
        places: what to open.
        host, port: where to listen.
        key: the secret in the address; a new one where none is given.

    Raises:
        ImportError: `ragtui[serve]` is not installed.
    """
    from aiohttp import web
    from textual_serve.server import Server

    key_or_new = key or secrets.token_urlsafe(16)

    class Guarded(Server):
        """Serves the app to whoever has the key."""

        key = key_or_new
        listen = host

        @property
        def address(self) -> str:
            """What to open, with the key."""
            return f"{self.public_url}/?{KEY}={self.key}"

        def until_stopped(self) -> None:
            """Serve until ctrl+c.

            Raises:
                RagtuiError: nothing can be listened on there.
            """
            try:
                web.run_app(self._make_app(), host=self.listen, port=self.port, print=lambda _line: None)
            except OSError as error:
                said = error.strerror or str(error)
                raise RagtuiError(f"{self.listen}:{self.port}: {said}", "--port takes another one.") from error

        async def on_startup(self, app: web.Application) -> None:
            """Say where it is, on one line."""
            print(f"ragtui is served at {self.address} until ctrl+c", file=sys.stderr, flush=True)

        async def _make_app(self) -> web.Application:
            app = await super()._make_app()
            app.middlewares.append(self._guard)
            return app

        @web.middleware
        async def _guard(
            self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            """Let in who has the key, from this server's own page."""
            origin = request.headers.get("Origin", "")
            given = request.query.get(KEY, "") or request.cookies.get(COOKIE, "")
            if origin and origin.partition("://")[2] != request.host:
                raise web.HTTPForbidden(text="another site may not connect to ragtui\n")
            if not hmac.compare_digest(given.encode(), self.key.encode()):
                raise web.HTTPForbidden(text="ragtui: open the address that was printed, with its key\n")
            response = await handler(request)
            if not response.prepared:
                response.headers["Content-Security-Policy"] = _POLICY
                response.headers["Referrer-Policy"] = "no-referrer"
                if request.path == "/":
                    response.set_cookie(COOKIE, self.key, httponly=True, samesite="Strict")
            return response

        async def handle_index(self, request: web.Request) -> web.StreamResponse:
            """The page, at whatever address it was reached (a tunnel has another), with nothing from other servers."""
            self.public_url = f"{request.scheme}://{request.host}"
            page = await super().handle_index(request)
            assert isinstance(page, web.Response) and page.text is not None
            page.text = _ELSEWHERE.sub("", page.text)
            return page

    return Guarded(command_of(places), host=f"[{host}]" if ":" in host else host, port=port, title="ragtui")


def check_host(host: str, *, exposed: bool) -> None:
    """Refuse to serve to other machines unless that was asked for.

    Raises:
        UsageError: it is not loopback, and nobody said so.
    """
    if not is_loopback(host) and not exposed:
        raise UsageError(
            f"--host {host}: other machines could drive ragtui as you: start runs, spend money, write files",
            "Leave --host out and let them come through `ssh -L`, or add --expose where the network is trusted: "
            "the address carries a key, but nothing is encrypted.",
        )


def check_places(places: Sequence[str]) -> None:
    """See that the places exist, before a browser finds out.

    Raises:
        RagtuiError: one of them does not.
    """
    from ragtui.errors import InputError
    from ragtui.sources.addresses import is_there

    for place in places:
        if not is_there(place):
            raise InputError(f"{place}: no such file or folder", "`ragtui serve .` serves this folder.")
