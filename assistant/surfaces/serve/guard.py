"""What stands before everything that is served: who asks, from where, how often, how much, and strict headers.

A request passes, in this order: how long its head is, whether its path is closed, whether its Host is one of ours
(against DNS rebinding), whether another site's page sends it (against cross-site request forgery), who sends it, how
often they did lately, and, while it is read, how large its body is and how fast it comes. What is refused on the way
never reaches a route.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.middleware.cors import CORSMiddleware

from assistant.access import Access
from assistant.surfaces.serve.callers import Caller, request_id
from assistant.surfaces.serve.headers import dressed, headers_for
from assistant.surfaces.serve.identity import Identity
from assistant.surfaces.serve.limits import MEGABYTE, Body, Pace, Rates, sender_at
from assistant.surfaces.serve.refusals import Headers, Refused, problem, refused_body, too_many
from assistant.surfaces.serve.sent import HEALTH, Sent, is_below, is_loopback
from assistant.surfaces.web.closing import is_closed

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.settings import Settings

_ASKING = "/gradio_api/queue/join"
"""The page's wire for questions."""
_ACTING = "/gradio_api/run"
"""Its wire for clicks."""
_UPLOAD = "/upload"

_LONGEST_TARGET = 8_000
_LARGEST_HEAD = 16_000
"""Bytes of an address and of all headers together. The server's parser bounds what it waits for, and lets pass what
came at once."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_PAGES = 20_000
"""Open pages that are remembered."""
_CLICKS = 10
"""Clicks on the page that weigh as much as a question: what a person can click in a minute is never too much."""
_CORS_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CORS_SENT = (
    *("Authorization", "Content-Type", "X-Request-ID", "Idempotency-Key"),
    *("Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-ID"),
)
_CORS_SHOWN = ("X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "Mcp-Session-Id", "Location")


class Pages:
    """Which visitor each open page is of: the first who comes with its name, which is made up when it is opened. That
    name alone must not be enough to read what the page is sent."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}

    def is_of(self, page: str, owner: str) -> bool:
        known = self._owners.setdefault(page, owner)
        while len(self._owners) > _PAGES:
            del self._owners[next(iter(self._owners))]
        return known == owner


class Guard:
    """An application behind the guard.

    Args:
        host: where it listens.
        owner_token: what this machine's user proves to be that with.
        open_paths: where nobody has to be known, since what is there asks for a proof of its own.
        pace: how slowly a body may come.
        on_refusal: is told a word for each request that is sent away.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        access: Access,
        host: str,
        *,
        owner_token: str | None = None,
        open_paths: frozenset[str] = frozenset(),
        pace: Pace | None = None,
        on_refusal: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._is_local = settings.access == "local"
        self._pace = pace or Pace()
        self._on_refusal = on_refusal
        self._trusted = tuple(ipaddress.ip_network(one, strict=False) for one in settings.trusted_proxies)
        self._hosts = frozenset(name.lower() for name in settings.allowed_hosts)
        self._any_host = not self._hosts and not is_loopback(host)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        self._pages = Pages()
        self._requests = Rates(settings.rate_limit)
        self._identity = Identity(settings, access, owner_token, self._requests, open_paths)
        self._clicks = Rates(settings.rate_limit, times=_CLICKS)
        self._largest_body = settings.max_body_mb * MEGABYTE
        self._largest_upload = settings.max_upload_mb * MEGABYTE
        self._shared = CORSMiddleware(
            self._enter,
            allow_origins=self._origins,
            allow_methods=_CORS_METHODS,
            allow_headers=_CORS_SENT,
            expose_headers=_CORS_SHOWN,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":  # nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Sent.of(scope, self._trusted)
        given = sent.headers.get("x-request-id", "")
        name = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        request_id.set(name)
        scope["client"], scope["scheme"] = (sent.address, 0), "https" if sent.is_https else "http"
        scope.setdefault("state", {}).update(sent=sent, request_id=name)
        enter = self._shared if self._origins and sent.is_for_programs else self._enter
        await enter(scope, receive, dressed(send, [(b"x-request-id", name.encode()), *headers_for(sent)]))

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: Sent = scope["state"].pop("sent")
        body = Body(receive, self._largest_body, self._pace)
        try:
            _check_head(sent)
            self._check_place(sent)
            caller, told = await self._identity.caller(sent)
            scope["state"]["caller"] = caller  # also for the log of what is sent away
            told += self._counted(sent, caller)
            if (page := sent.page) and not self._pages.is_of(page, caller.owner):
                raise Refused(403, "page", "This page was opened by another visitor; reload it.")
        except Refused as refused:
            await self._send_away(sent, refused, body, send)
            return
        if self._is_upload(sent, caller):
            body.largest = self._largest_upload
        await self._let_in(sent, body, scope, dressed(send, told))

    async def _let_in(self, sent: Sent, body: Body, scope: Scope, send: Send) -> None:
        """Hand a request on. Once its body is refused, whatever the application makes of that is not sent."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if body.refused and not begun:
                return
            begun = True
            await send(message)

        try:
            body.check(_declared(sent))
            await self._app(scope, body.receive, sending)
        except Exception:
            if not body.refused:
                raise
        if body.refused and not begun:
            await self._send_away(sent, refused_body(body.refused), body, send)

    # ---- from where

    def _check_place(self, sent: Sent) -> None:
        if is_closed(sent.path):
            raise Refused(404, "closed", "There is nothing at this address.")
        if sent.path not in HEALTH and not self._is_ours(sent.host):
            raise Refused(
                403, "host", "This server does not answer under that name; PAPERTALK_ALLOWED_HOSTS lists its names."
            )
        if sent.method not in _SAFE and sent.is_from_another_site and not self._is_invited(sent):
            raise Refused(403, "origin", "A page of another site may not send this.")

    def _is_ours(self, host: str) -> bool:
        return self._any_host or host in self._hosts or is_loopback(host)

    def _is_invited(self, sent: Sent) -> bool:
        """Whether another site may send this: an origin that is let in to the API, or what no page can send by itself,
        because a browser asks for leave before it adds such an Authorization header."""
        if not sent.is_for_programs:
            return False
        origin = sent.headers.get("origin", "").lower()
        return origin in self._origins or bool(sent.bearer and not sent.cookies)

    # ---- how often, how much

    def _counted(self, sent: Sent, caller: Caller) -> Headers:
        """Count a request, where it is one of those that are; how its sender stands now, for the API."""
        rates = self._rates_of(sent)
        if rates is None or caller.may("owner") or (self._is_local and not caller.name):
            return []
        standing = rates.take(caller.owner if caller.name else sender_at(sent.address))
        if standing.wait:
            raise too_many(standing)
        return standing.headers() if sent.is_for_programs else []

    def _rates_of(self, sent: Sent) -> Rates | None:
        if sent.is_open or sent.method == "OPTIONS":
            return None
        if sent.is_for_programs or is_below(sent.path, _ASKING):
            return self._requests
        is_click = sent.path == "/" or is_below(sent.path, _ACTING) or is_below(sent.path, _UPLOAD)
        return self._clicks if is_click else None

    def _is_upload(self, sent: Sent, caller: Caller) -> bool:
        is_form = sent.headers.get("content-type", "").lower().startswith("multipart/form-data")
        return caller.may("ingest") and (is_below(sent.path, _UPLOAD) or (is_form and sent.is_for_programs))

    # ---- what is told

    async def _send_away(self, sent: Sent, refused: Refused, body: Body, send: Send) -> None:
        self._on_refusal(refused.reason)
        is_unread = sent.method not in _SAFE and "expect" not in sent.headers  # who expects a 100 has sent no body
        if is_unread and refused.status != HTTPStatus.REQUEST_TIMEOUT:
            await body.drain()
        told = b"" if refused.status == HTTPStatus.SEE_OTHER else problem(sent, refused)
        headers = [(b"content-length", str(len(told)).encode()), (b"cache-control", b"no-store"), *refused.headers]
        headers += [(b"content-type", b"application/problem+json")] if told else []
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if sent.method == "HEAD" else told})


def _check_head(sent: Sent) -> None:
    if len(sent.target) > _LONGEST_TARGET:
        raise Refused(414, "size", f"The address is longer than {_LONGEST_TARGET:,} bytes.")
    if sum(len(name) + len(value) for name, value in sent.headers.items()) > _LARGEST_HEAD:
        raise Refused(431, "size", f"The headers are larger than {_LARGEST_HEAD:,} bytes.")


def _declared(sent: Sent) -> int:
    length = sent.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0
