"""The web login: a small page, and the cookie of a session.

Both posts are sent by this server's own pages alone, which the guard checks by Sec-Fetch-Site and Origin; the session's
cookie is HttpOnly and SameSite=Lax, and over HTTPS bound to this host by its ``__Host-`` name.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from assistant.access import LONGEST, Access, folded_name
from assistant.errors import AccessError
from assistant.surfaces.markup import escape
from assistant.surfaces.serve.limits import Rates, Standing, sender_at

if TYPE_CHECKING:
    from assistant.settings import Settings

_log = logging.getLogger(__name__)

_LOGIN = "/login"
_LOGOUT = "/logout"
_STYLE = "/login.css"
PATHS = frozenset({_LOGIN, _LOGOUT, _STYLE})
"""What nobody has to be logged in for."""

HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (b"referrer-policy", b"same-origin"),  # with 'no-referrer' a browser says of its own form that it is nobody's
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
]

_COOKIE = "papertalk_session"
_MOST_FIELDS = 10
_LONGEST_NAME = 256
"""More than any user has, and no work to look for."""
_LONGEST_TARGET = 2_000
_HASHED_AT_ONCE = 2
"""Passwords that are checked side by side: each takes 64 MB and some tens of milliseconds of all cores."""
_HASHED_WAITING = 32
_PROVEN = 10_000
"""Pairs of name and address that are remembered."""

_HERE = re.compile(r"/(?![/\\])[^\x00-\x20\\\x7f]*")
"""A path of this server: browsers read a second slash or a backslash as another host, and skip control characters."""


def cookie_name(*, is_https: bool) -> str:
    """A browser takes a name with ``__Host-`` from HTTPS alone, and from this host alone (RFC 6265bis, 4.1.3.2)."""
    return f"__Host-{_COOKIE}" if is_https else _COOKIE


def address(target: str) -> str:
    """Where a visitor logs in who wanted to see ``target``."""
    return _LOGIN if target == "/" or len(target) > _LONGEST_TARGET else f"{_LOGIN}?next={quote(target, safe='')}"


def routes(access: Access, settings: Settings) -> list[Route]:
    """``GET`` and ``POST /login``, ``POST /logout``, and the style of the page."""
    desk = _Desk(access, settings.login_limit, "/" if settings.access == "public" else _LOGIN)
    return [
        Route(_LOGIN, desk.show, methods=["GET"]),
        Route(_LOGIN, desk.log_in, methods=["POST"]),
        Route(_LOGOUT, _not_by_link, methods=["GET"]),
        Route(_LOGOUT, desk.log_out, methods=["POST"]),
        Route(_STYLE, _style, methods=["GET"]),
    ]


async def _not_by_link(_: Request) -> Response:
    """Back to the page: whoever can put a link somewhere shall not log others out."""
    return RedirectResponse("/", 303)


class _Desk:
    """Where visitors log in, and from where they go to ``left`` when they log out.

    Tries are counted by address, and for each name by all addresses together. So that tries from everywhere do not keep
    out the user whom they are aimed at, an address where that user has logged in before is counted for itself alone.
    """

    def __init__(self, access: Access, limit: str, left: str) -> None:
        self._access = access
        self._left = left
        self._by_address = Rates(limit)
        self._by_name = Rates(limit)
        self._proven: dict[tuple[str, str], None] = {}
        self._threads = ThreadPoolExecutor(_HASHED_AT_ONCE, "login")
        self._waiting = 0

    async def show(self, request: Request) -> Response:
        return _page(target=request.query_params.get("next", ""))

    async def log_in(self, request: Request) -> Response:
        form = await _form(request)
        name, target = form.get("name", "")[:_LONGEST_NAME], form.get("next", "")
        place = folded_name(name), sender_at(request.client.host if request.client else "")
        if standing := self._refused(*place):
            return _page(name, target, _wait(standing.wait), 429, standing.headers())
        if self._waiting >= _HASHED_WAITING:
            return _page(name, target, _wait(1), 429, [(b"retry-after", b"1")])
        try:
            token = await self._begun(name, form.get("password", ""))
        except AccessError:
            _log.error("keys and users cannot be read; 'papertalk users list' says why")
            return _page(name, target, "Nobody can log in now; tell whoever runs this server.", 503)
        if token is None:
            return _page(name, target, "The name or the password is not right.", 403)
        self._remember(place)
        await self._end_session(request)
        answer = RedirectResponse(here(target), 303)
        answer.set_cookie(value=token, max_age=int(LONGEST.total_seconds()), **_cookie(request))
        return answer

    async def log_out(self, request: Request) -> Response:
        await self._end_session(request)
        answer = RedirectResponse(self._left, 303)
        answer.delete_cookie(**_cookie(request))
        return answer

    async def _begun(self, name: str, password: str) -> str | None:
        """The token of a new session; None where the name or the password is wrong."""

        def begun() -> str | None:
            user = self._access.users.verify(name, password)
            return self._access.sessions.begin(user) if user else None

        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, begun)
        finally:
            self._waiting -= 1

    async def _end_session(self, request: Request) -> None:
        if token := request.cookies.get(_cookie(request)["key"]):
            await asyncio.get_running_loop().run_in_executor(self._threads, self._access.sessions.end, token)

    def _refused(self, name: str, sender: str) -> Standing | None:
        """How the sender stands where they have tried too often."""
        standing = self._by_address.take(sender)
        if not standing.wait and (name, sender) not in self._proven:
            standing = self._by_name.take(name)
        return standing if standing.wait else None

    def _remember(self, place: tuple[str, str]) -> None:
        self._proven.pop(place, None)
        self._proven[place] = None
        if len(self._proven) > _PROVEN:
            del self._proven[next(iter(self._proven))]


def here(target: str) -> str:
    """The path of this server that ``target`` is; the page where it is none, so that no link leads elsewhere."""
    is_here = len(target) <= _LONGEST_TARGET and _HERE.fullmatch(target) and urlsplit(target).path not in PATHS
    return target if is_here else "/"


async def _form(request: Request) -> dict[str, str]:
    """What a form of ours sends; empty where that is something else."""
    text = (await request.body()).decode("utf-8", "replace")
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _cookie(request: Request) -> dict[str, Any]:
    is_https = request.scope["scheme"] == "https"
    return {
        "key": cookie_name(is_https=is_https),
        "path": "/",
        "secure": is_https,
        "httponly": True,
        "samesite": "lax",
    }


def _wait(seconds: int) -> str:
    return f"There were too many tries; try again in {'1 second' if seconds == 1 else f'{seconds} seconds'}."


# ---- the page


def _page(
    name: str = "", target: str = "", problem: str = "", status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()
) -> Response:
    """The form, with what was typed but for the password."""
    told = f'<p class="problem" role="alert" id="problem">{escape(problem)}</p>' if problem else ""
    described = ' aria-describedby="problem" aria-invalid="true"' if problem else ""
    focus = (" autofocus", "") if not name else ("", " autofocus")
    page = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{"Problem: log in" if problem else "Log in"} - Papertalk</title>
<link rel="stylesheet" href="{_STYLE}">
</head>
<body>
<main>
<p class="product">Papertalk</p>
<h1>Log in</h1>
{told}
<form method="post" action="{_LOGIN}">
<input type="hidden" name="next" value="{escape(target)}">
<label for="name">Name</label>
<input id="name" name="name" value="{escape(name)}" autocomplete="username" autocapitalize="none"
 spellcheck="false" maxlength="64" required{focus[0]}{described}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required{focus[1]}{described}>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
"""
    answer = HTMLResponse(page, status)
    answer.raw_headers.extend(headers)
    return answer


async def _style(_: Request) -> Response:
    return Response(_css(), media_type="text/css")


@cache
def _css() -> str:
    return (resources.files("assistant.surfaces") / "assets" / "login.css").read_text(encoding="utf-8")
