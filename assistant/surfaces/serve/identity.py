"""Who sends a request: by the token of this machine's user, a key, a session, or the page's cookie."""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Literal, TypeVar

from assistant.access import Access, including
from assistant.errors import AccessError
from assistant.surfaces.serve import login
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.headers import YEAR
from assistant.surfaces.serve.limits import Rates, sender_at
from assistant.surfaces.serve.refusals import CHALLENGE, Headers, Refused, too_many
from assistant.surfaces.serve.sent import METRICS, Sent, is_loopback
from assistant.surfaces.web.blocks import COOKIE

if TYPE_CHECKING:
    from assistant.settings import Settings

Found = TypeVar("Found")

_log = logging.getLogger(__name__)

_VISITOR = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The page's cookie as this server makes it. The owners of keys and users hold a colon: no cookie passes for them."""
_LOOKED_UP_AT_ONCE = 2
"""Keys and sessions; each takes well under a millisecond."""


class Identity:
    """
    Args:
        owner_token: what this machine's user proves to be that with.
        rates: where wrong keys are counted, by the address that they come from.
        open_paths: where nobody has to be known, since what is there asks for a proof of its own.
    """

    def __init__(
        self,
        settings: Settings,
        access: Access,
        owner_token: str | None,
        rates: Rates,
        open_paths: frozenset[str] = frozenset(),
    ) -> None:
        self._mode: Literal["local", "keys", "public"] = settings.access
        self._access = access
        self._owner_token = owner_token
        self._rates = rates
        self._open_paths = open_paths
        # Threads of their own: a look-up must not wait for answers, which have those of the event loop.
        self._threads = ThreadPoolExecutor(_LOOKED_UP_AT_ONCE, "access")

    async def caller(self, sent: Sent) -> tuple[Caller, Headers]:
        """Who sends it, and the header that gives a new visitor of the page a name.

        Raises:
            Refused: it shows what is not known, or nothing where something is needed.
        """
        visitor, fresh = _visitor(sent)
        known = await self._known(sent)
        if known:
            caller = known
        elif sent.is_open or sent.path in self._open_paths:
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
        return Refused(401, "unauthenticated", "This takes an API key or a login.", CHALLENGE)

    def _wrong_key(self, sent: Sent) -> Refused:
        """Counted by address, so that keys cannot be tried out without end."""
        standing = self._rates.take(sender_at(sent.address))
        if standing.wait:
            return too_many(standing)
        return Refused(401, "key", "This key is not known, or was revoked; ask for another.", CHALLENGE)


def _is_same(given: str, secret: str) -> bool:
    return hmac.compare_digest(given.encode(), secret.encode())


def _visitor(sent: Sent) -> tuple[str, Headers]:
    """The page's name for a visitor, empty where there is none, and the cookie that gives a new visitor one."""
    name = sent.cookies.get(COOKIE, "")
    if _VISITOR.fullmatch(name):
        return name, []
    if sent.path != "/":
        return "", []
    name = secrets.token_urlsafe(24)
    secure = "; Secure" if sent.is_https else ""
    cookie = f"{COOKIE}={name}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax{secure}"
    return name, [(b"set-cookie", cookie.encode())]
