"""What stands before the page: strict headers, closed routes, a cookie a visitor, and no requests of other pages."""

from __future__ import annotations

import http.cookies
import ipaddress
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.surfaces.web.blocks import COOKIE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_YEAR = 365 * 24 * 60 * 60

# What the page itself calls below Gradio's own path; uploads, files, proxies and the rest answer 404.
_CALLED = frozenset({"queue", "run", "heartbeat", "startup-events", "reset", "cancel", "theme.css"})
_CLOSED = frozenset({"openapi.json", "docs", "redoc", "monitoring", "manifest.json", "robots.txt"})

# The browser refuses what the page should never ask for. Gradio's scripts and styles stand in the page itself.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guarded:
    """An application behind the guard.

    ``only_local`` answers under this machine's own names alone: a page of elsewhere whose name is made to point here
    (DNS rebinding) would else be let in as this page's own.
    """

    def __init__(self, app: ASGIApp, *, only_local: bool) -> None:
        self._app = app
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if refused := self._refused(scope, sent):
            await send({"type": "http.response.start", "status": refused, "headers": _HEADERS})
            await send({"type": "http.response.body", "body": b""})
            return
        headers = [*_HEADERS, *_new_cookie(scope, sent)]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _refused(self, scope: Scope, sent: dict[bytes, str]) -> int:
        """The status with which a request is sent away, 0 where it is let in."""
        if _is_closed(scope["path"]):
            return 404
        host = sent.get(b"host", "")
        origin = sent.get(b"origin", "")
        is_of_elsewhere = bool(origin) and urlsplit(origin).netloc != host
        if is_of_elsewhere and scope["method"] not in ("GET", "HEAD"):
            return 403
        return 403 if self._only_local and not _is_loopback(host) else 0


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _is_closed(path: str) -> bool:
    root, _, rest = path.strip("/").partition("/")
    return root in _CLOSED or (root == "gradio_api" and rest.split("/")[0] not in _CALLED)


def _new_cookie(scope: Scope, sent: dict[bytes, str]) -> list[tuple[bytes, bytes]]:
    """The header that gives a visitor a name; none where there is one."""
    if scope["path"] != "/" or _cookie(sent.get(b"cookie", "")):
        return []
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    kept = f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"
    return [(b"set-cookie", kept.encode())]


def _cookie(sent: str) -> str:
    try:
        morsel = http.cookies.SimpleCookie(sent).get(COOKIE)
    except http.cookies.CookieError:
        return ""
    return morsel.value if morsel else ""
