"""Server-Sent Events (WHATWG HTML, 9.2): a stream that ends with its client, and is kept open while it waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

Made = TypeVar("Made")

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent: proxies close connections that say nothing for a minute."""
_COMMENT = b": still here\n\n"


def is_wanted(request: Request) -> bool:
    """Whether the client asks for a stream."""
    accepted = request.headers.get("accept", "").split(",")
    return any(one.partition(";")[0].strip().lower() == MEDIA_TYPE for one in accepted)


def event(name: str, data: Mapping[str, Any], number: int) -> bytes:
    """One event on the wire; ``number`` is its id."""
    content = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"id: {number}\nevent: {name}\ndata: {content}\n\n".encode("utf-8", "replace")


class EventStream(Response):
    """Sends what a generator yields. When the client leaves, the generator is closed at once, wherever it waits.

    ``source`` is closed with it: a generator that has not begun yet could not close what it was to read.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes],
        source: AsyncGenerator[object] | None = None,
        *,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        super().__init__(media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._parts = parts
        self._source = source
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await _while_there(receive, self._send(send))
        finally:
            if self._source is not None:
                await self._source.aclose()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(_kept_alive(self._parts, self._heartbeat)) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def unless_gone(request: Request, work: Awaitable[Made]) -> Made:
    """What ``work`` makes; it is cancelled when the client leaves.

    Raises:
        ClientDisconnect: the client left.
    """
    return await _while_there(request.receive, work)


async def _while_there(receive: Callable[[], Awaitable[Any]], work: Awaitable[Made]) -> Made:
    """Two tasks of asyncio: one of anyio's groups would cancel again at each await of the work's own cleaning up."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
    finally:
        is_done = working.done()
        for task in (working, leaving):
            task.cancel()
        await asyncio.wait([working, leaving])
    for task in (working, leaving):
        if not task.cancelled():
            task.exception()  # looked at, or asyncio complains of it
    if is_done:
        return working.result()
    raise ClientDisconnect


async def _left(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _kept_alive(parts: AsyncGenerator[bytes], seconds: float) -> AsyncGenerator[bytes]:
    """The parts, and a comment after each silence of so many seconds."""
    coming: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(parts, None))
            done, _ = await asyncio.wait([coming], timeout=seconds)
            if not done:
                yield _COMMENT
                continue
            part, coming = coming.result(), None
            if part is None:
                return
            yield part
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait([coming])
        await parts.aclose()
