"""The headers that every answer carries, whatever the application says of the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.surfaces.serve import login
from assistant.surfaces.serve.refusals import Headers
from assistant.surfaces.serve.sent import Sent
from assistant.surfaces.web.closing import HEADERS as PAGE_HEADERS

if TYPE_CHECKING:
    from starlette.types import Message, Send

YEAR = 365 * 24 * 60 * 60
"""Seconds."""
_STRICT = b"default-src 'none'; frame-ancestors 'none'"


def headers_for(sent: Sent) -> Headers:
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
    https = [(b"strict-transport-security", f"max-age={YEAR}".encode())] if sent.is_https else []
    return headers + https


def dressed(send: Send, headers: Headers) -> Send:
    """``send``, with these headers on the answer in place of others of their names; cookies are added to."""
    replaced = {name for name, _ in headers} - {b"set-cookie"}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in replaced]
            message = {**message, "headers": [*kept, *headers]}
        await send(message)

    return sending
