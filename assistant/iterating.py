"""A plain iterator inside an event loop, which it must not hold up, and whose cancelling must reach it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar, cast

Item = TypeVar("Item")
_END = object()


async def in_thread(items: Iterator[Item], cancel: Callable[[], None]) -> AsyncGenerator[Item]:
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
            yield cast(Item, item)  # all but the end is an item
    finally:
        cancel()
        if step is None:
            _close(items)
        else:  # the thread is still at it; cancelled once more, this does not wait, and all the same it is closed
            step.add_done_callback(lambda done: _ended(done, items))
            await asyncio.wait([step])


def _ended(step: asyncio.Future[object], items: Iterator[Item]) -> None:
    if not step.cancelled():
        step.exception()  # looked at, or asyncio complains of it
    _close(items)


def _close(items: Iterator[Item]) -> None:
    close = getattr(items, "close", None)
    if close is not None:
        close()
