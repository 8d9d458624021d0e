"""A plain iterator inside an event loop, which it must not hold up, and whose cancelling must reach it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

Item = TypeVar("Item")
_END = object()


async def in_thread(items: Iterator[Item], cancel: Callable[[], None]) -> AsyncIterator[Item]:
    """The items, each made in a thread. Where whoever reads them stops or is cancelled, ``cancel`` is called, which
    makes the iterator end; it has ended when this returns."""
    step: asyncio.Future[object] | None = None
    try:
        while True:
            step = asyncio.ensure_future(asyncio.to_thread(next, items, _END))
            item = await asyncio.shield(step)
            step = None
            if item is _END:
                return
            yield item  # type: ignore[misc]
    finally:
        cancel()
        if step is not None:  # the thread is still at it
            await asyncio.wait([step])
            step.exception() if not step.cancelled() else None
        close = getattr(items, "close", None)
        if close is not None:
            close()
