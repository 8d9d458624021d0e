"""What stands before everything that is served: who asks, from where, how often, how much, and strict headers.

A request passes, in this order: how long its head is, whether its path is closed, whether its Host is one of ours
(against DNS rebinding), whether another site's page sends it (against cross-site request forgery), who sends it, how
often they did lately, and, while it is read, how large its body is and how fast it comes. What is refused on the way
never reaches a route.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from starlette.middleware.cors import CORSMiddleware

from assistant.access import Access, including
from assistant.errors import AccessError, AssistantError, Busy, ConfigError
from assistant.surfaces.serve import login
from assistant.surfaces.serve.callers import UNAUTHENTICATED, Caller, request_id
from assistant.surfaces.serve.limits import MEGABYTE, Body, BodyRefused, Pace, Rates, Standing, sender_at
from assistant.surfaces.serve.sent import HEALTH, METRICS, Sent, is_below, is_loopback
from assistant.surfaces.web.blocks import COOKIE
from assistant.surfaces.web.closing import HEADERS as PAGE_HEADERS
from assistant.surfaces.web.closing import is_closed
from assistant.wire import PROBLEMS, problem_type, title_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from assistant.settings import Settings

Found = TypeVar("Found")
Headers = list[tuple[bytes, bytes]]

_log = logging.getLogger(__name__)

_OPENAI = "/v1"
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
_YEAR = 365 * 24 * 60 * 60

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_VISITOR = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The page's cookie as this server makes it. The owners of keys and users hold a colon: no cookie passes for them."""

_PAGES = 20_000
"""Open pages that are remembered."""
_LOOKED_UP_AT_ONCE = 2
"""Keys and sessions; each takes well under a millisecond."""
_CLICKS = 10
"""Clicks on the page that weigh as much as a question: what a person can click in a minute is never too much."""
_CHALLENGE = [(name.lower().encode(), value.encode()) for name, value in UNAUTHENTICATED.items()]
_STRICT = b"default-src 'none'; frame-ancestors 'none'"
_CORS_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CORS_SENT = (
    *("Authorization", "Content-Type", "X-Request-ID", "Idempotency-Key"),
    *("Mcp-Session-Id", "Mcp-Protocol-Version", "Last-Event-ID"),
)
_CORS_SHOWN = ("X-Request-ID", "Retry-After", "RateLimit", "RateLimit-Policy", "Mcp-Session-Id", "Location")


# ---- where it may listen


def refuse_binding(settings: Settings, host: str) -> None:
    """
    Raises:
        ConfigError: whoever reaches that host from elsewhere, or any page of the web, could do what only some may, or
            nobody could do anything.
    """
    if "*" in settings.cors_origins:
        raise ConfigError(
            "PAPERTALK_CORS_ORIGINS is '*', which is every page of the web; list the origins that may call the API, "
            "such as https://lab.example.org."
        )
    if settings.access == "local" and not is_loopback(host):
        raise ConfigError(
            f"On {host} others reach this server, and PAPERTALK_ACCESS is 'local', which lets them do everything; set "
            f"it to 'keys' or 'public', or listen on 127.0.0.1."
        )
    if settings.access == "keys" and Access(settings.data_dir).is_empty():
        raise ConfigError(
            "PAPERTALK_ACCESS is 'keys', and there is neither a key nor a user; make one with 'papertalk keys create "
            "NAME' or 'papertalk users add NAME'."
        )


# ---- what is refused


class Refused(Exception):
    """A request that is sent away, with one sentence that says why. ``reason`` is its word in the figures."""

    def __init__(self, status: int, reason: str, sentence: str, headers: Headers | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason
        self.sentence = sentence
        self.headers = headers or []


def _problem(sent: Sent, refused: Refused) -> bytes:
    """As :mod:`~assistant.surfaces.serve.problems` writes them. What OpenAI's clients look for is an extension member,
    which others pass over."""
    phrase = HTTPStatus(refused.status).phrase
    kind = _KINDS.get(refused.status)
    told: dict[str, Any] = {
        "type": problem_type(kind) if kind else f"{PROBLEMS}{phrase.lower().replace(' ', '-')}",
        "title": title_of(kind) if kind else phrase.capitalize(),
        "status": refused.status,
        "instance": sent.path,
        "request_id": request_id.get(),
        "detail": refused.sentence,
    }
    if is_below(sent.path, _OPENAI):
        from assistant.surfaces.serve.openai_api.failures import envelope

        told |= envelope(refused.status, refused.sentence)
    return json.dumps(told).encode()


_KINDS: Mapping[int, type[AssistantError]] = {401: AccessError, 403: AccessError, 429: Busy}
"""What a client of ours raises for a status."""


_FOREIGN = Refused(403, "page", "This page was opened by another visitor; reload it.")


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
        pace: Pace | None = None,
        on_refusal: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._access = access
        self._mode: Literal["local", "keys", "public"] = settings.access
        self._owner_token = owner_token
        self._pace = pace or Pace()
        self._on_refusal = on_refusal
        self._trusted = tuple(ipaddress.ip_network(one, strict=False) for one in settings.trusted_proxies)
        self._hosts = frozenset(name.lower() for name in settings.allowed_hosts)
        self._any_host = not self._hosts and not is_loopback(host)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in settings.cors_origins)
        # Threads of their own: a look-up must not wait for answers, which have those of the event loop.
        self._threads = ThreadPoolExecutor(_LOOKED_UP_AT_ONCE, "access")
        self._pages = Pages()
        self._requests = Rates(settings.rate_limit)
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
        await enter(scope, receive, _dressed(send, [(b"x-request-id", name.encode()), *_headers_for(sent)]))

    async def _enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent: Sent = scope["state"].pop("sent")
        body = Body(receive, self._largest_body, self._pace)
        try:
            _check_head(sent)
            self._check_place(sent)
            caller, told = await self._caller(sent)
            told += self._counted(sent, caller)
        except Refused as refused:
            await self._send_away(sent, refused, body, send)
            return
        if (page := sent.page) and not self._pages.is_of(page, caller.owner):
            await self._send_away(sent, _FOREIGN, body, send)
            return
        scope["state"]["caller"] = caller
        if self._is_upload(sent, caller):
            body.largest = self._largest_upload
        await self._let_in(sent, body, scope, _dressed(send, told))

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
            await self._send_away(sent, _refused_body(body.refused), body, send)

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

    # ---- who

    async def _caller(self, sent: Sent) -> tuple[Caller, Headers]:
        """Who sends it, and the header that gives a new visitor of the page a name."""
        visitor, fresh = _visitor(sent)
        known = await self._known(sent)
        if known:
            caller = known
        elif sent.is_open:
            return Caller("", frozenset(), visitor), fresh
        elif sent.path == METRICS and sent.is_direct and is_loopback(sent.host):
            return Caller("", including("admin"), visitor), fresh
        elif self._mode == "local":
            caller = self._local(sent, visitor)
        elif self._mode == "public":
            # Without a cookie a page has a name of its own for its visitor, and the API nothing to find again.
            nobody = secrets.token_urlsafe(24) if sent.is_for_programs else ""
            caller = Caller("", including("read"), visitor or nobody)
        else:
            raise self._stranger(sent)
        if sent.path == METRICS and not caller.may("admin"):
            raise Refused(403, "scope", "This takes the scope 'admin'.") if caller.name else self._stranger(sent)
        return caller, fresh

    async def _known(self, sent: Sent) -> Caller | None:
        """The caller by what the request proves: the token of this machine's user, a key, or a session."""
        if self._owner_token and sent.is_direct and _is_same(sent.bearer, self._owner_token):
            return Caller("this machine's user", including("owner"), "")
        try:
            if sent.bearer.startswith("pt_"):
                key = await self._looked_up(self._access.keys.verify, sent.bearer)
                if key is None:
                    raise self._wrong_key(sent)
                return Caller(key.name, key.scopes, key.owner)
            token = sent.cookies.get(login.cookie_name(is_https=sent.is_https), "")
            user = await self._looked_up(self._access.sessions.user, token) if token else None
        except AccessError as error:
            _log.error("keys and users cannot be read; 'papertalk keys list' says why")
            raise Refused(503, "access", "Keys and users cannot be read now; tell whoever runs this server.") from error
        return Caller(user.name, user.scopes, user.owner) if user else None

    async def _looked_up(self, look: Callable[[str], Found], secret: str) -> Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, look, secret)

    def _local(self, sent: Sent, visitor: str) -> Caller:
        if not sent.is_direct:
            raise Refused(
                403,
                "proxy",
                "This server is for its own machine; set PAPERTALK_ACCESS to 'keys' or 'public' to serve others "
                "through a proxy.",
            )
        return Caller("", including("admin"), visitor)

    def _stranger(self, sent: Sent) -> Refused:
        wants_page = "text/html" in sent.headers.get("accept", "") and sent.method in ("GET", "HEAD")
        if wants_page and not sent.is_for_programs:
            return Refused(303, "login", "", [(b"location", login.address(sent.target).encode())])
        return Refused(401, "unauthenticated", "This takes an API key or a login.", _CHALLENGE)

    def _wrong_key(self, sent: Sent) -> Refused:
        """Counted by address, so that keys cannot be tried out without end."""
        standing = self._requests.take(sender_at(sent.address))
        if standing.wait:
            return _too_many(standing)
        return Refused(401, "key", "This key is not known, or was revoked; ask for another.", _CHALLENGE)

    # ---- how often, how much

    def _counted(self, sent: Sent, caller: Caller) -> Headers:
        """Count a request, where it is one of those that are; how its sender stands now, for the API."""
        rates = self._rates_of(sent)
        if rates is None or caller.may("owner") or (self._mode == "local" and not caller.name):
            return []
        standing = rates.take(caller.owner if caller.name else sender_at(sent.address))
        if standing.wait:
            raise _too_many(standing)
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
        told = b"" if refused.status == HTTPStatus.SEE_OTHER else _problem(sent, refused)
        headers = [(b"content-length", str(len(told)).encode()), (b"cache-control", b"no-store"), *refused.headers]
        headers += [(b"content-type", b"application/problem+json")] if told else []
        await send({"type": "http.response.start", "status": refused.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if sent.method == "HEAD" else told})


def _check_head(sent: Sent) -> None:
    if len(sent.target) > _LONGEST_TARGET:
        raise Refused(414, "size", f"The address is longer than {_LONGEST_TARGET:,} bytes.")
    if sum(len(name) + len(value) for name, value in sent.headers.items()) > _LARGEST_HEAD:
        raise Refused(431, "size", f"The headers are larger than {_LARGEST_HEAD:,} bytes.")


def _is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _too_many(standing: Standing) -> Refused:
    seconds = "1 second" if standing.wait == 1 else f"{standing.wait} seconds"
    return Refused(429, "rate", f"These are too many requests; go on in {seconds}.", standing.headers())


def _refused_body(refused: BodyRefused) -> Refused:
    reason = "size" if refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "slow"
    return Refused(refused.status, reason, refused.sentence, [(b"connection", b"close")])


def _declared(sent: Sent) -> int:
    length = sent.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def _visitor(sent: Sent) -> tuple[str, Headers]:
    """The page's name for a visitor, empty where there is none, and the cookie that gives a new visitor one."""
    name = sent.cookies.get(COOKIE, "")
    if _VISITOR.fullmatch(name):
        return name, []
    if sent.path != "/":
        return "", []
    name = secrets.token_urlsafe(24)
    secure = "; Secure" if sent.is_https else ""
    cookie = f"{COOKIE}={name}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"
    return name, [(b"set-cookie", cookie.encode())]


# ---- headers


def _headers_for(sent: Sent) -> Headers:
    """What every answer carries, instead of what the application says of the same."""
    if sent.is_for_programs:
        headers = [
            (b"content-security-policy", _STRICT),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
            (b"cache-control", b"no-store"),
        ]
    else:
        headers = login.HEADERS if sent.path in login.PATHS else PAGE_HEADERS
    https = [(b"strict-transport-security", f"max-age={_YEAR}".encode())] if sent.is_https else []
    return headers + https


def _dressed(send: Send, headers: Headers) -> Send:
    """``send``, with these headers on the answer in place of others of their names; cookies are added to."""
    replaced = {name for name, _ in headers} - {b"set-cookie"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in replaced]
            message = {**message, "headers": [*kept, *headers]}
        await send(message)

    return sending
