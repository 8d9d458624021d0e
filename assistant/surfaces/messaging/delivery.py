"""An answer on its way to a platform. While that is slow, what there is to show waits here, and then goes together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from assistant.answers import Doubted, Event, Gathered, Restarted, TextDelta
from assistant.errors import ConversationsError
from assistant.surfaces.messaging.completion import to_completion
from assistant.surfaces.messaging.replies import Handle, Reply, Shown, Undelivered

_RENEWAL = 60.0
"""Seconds without news after which what a platform would let lapse is said again: Slack takes away what an app is doing
after two minutes."""
_SENTENCE = re.compile(r"[.!?…:。！？\]][\"'”’»)*_]*\s*$")

_log = logging.getLogger(__name__)


class Pieces:
    """The text of an answer, sentence by sentence: one that is doubted, as is told right behind it, is left out."""

    def __init__(self) -> None:
        self._held = ""
        self._is_over = False

    def add(self, event: Event) -> str:
        """What can be shown now, which may be nothing. After a new start nothing can: a platform takes nothing back
        before the whole answer is there."""
        if isinstance(event, Restarted):
            self._is_over = True
        elif isinstance(event, Doubted):
            self._held = self._held[: -event.length]
        elif isinstance(event, TextDelta) and not self._is_over:
            whole = self._held if _SENTENCE.search(self._held) else ""
            self._held = self._held[len(whole) :] + event.text
            return whole
        return ""


class Delivery:
    """One reply. Its calls are made one after the other, each to its end, and after each the handle is kept.

    Args:
        is_wanted: whether an answer that is begun to be shown may still be; asked with each new stage.
        note: keeps a handle.
        renewal: seconds without news after which the reply is told to say again what would lapse.
    """

    def __init__(
        self,
        reply: Reply,
        *,
        is_wanted: Callable[[], Awaitable[bool]],
        note: Callable[[Handle], Awaitable[None]],
        renewal: float = _RENEWAL,
    ) -> None:
        self._reply = reply
        self._is_wanted = is_wanted
        self._note = note
        self._renewal = renewal
        self._noted = dict(reply.handle)
        self._pieces = Pieces()
        self._stage = ""
        self._has_turn = False
        self._text = ""
        self._came = asyncio.Event()
        self._showing = asyncio.create_task(self._show())

    @property
    def handle(self) -> Handle:
        """Where the reply is shown."""
        return self._reply.handle

    def wait(self, line: str) -> None:
        """Say that other questions of the thread come first, as soon as the platform is ready for it."""
        self._stage = line
        self._came.set()

    def stage(self, line: str) -> None:
        """Say what is being done, as soon as the platform is ready for it. It is the question's turn then."""
        self._has_turn = True
        self._stage = line
        self._came.set()

    def add(self, event: Event) -> None:
        """Show what an event brings, as soon as the platform is ready for it."""
        if isinstance(event, Gathered):
            self.stage(_read(event))
        elif isinstance(event, Restarted):
            self.stage(event.reason)
        if piece := self._pieces.add(event):
            self._text += piece
            self._came.set()

    async def finish(self, shown: Shown) -> None:
        """
        Raises:
            Undelivered: the platform does not take it.
        """
        await self.close()
        await self._call(self._reply.finish(shown))

    async def fail(self, sentence: str) -> None:
        """
        Raises:
            Undelivered: the platform does not take it.
        """
        await self.close()
        await self._call(self._reply.fail(sentence))

    async def withdraw(self) -> None:
        """
        Raises:
            Undelivered: the platform does not do it.
        """
        await self.close()
        await self._call(self._reply.withdraw())

    async def close(self) -> None:
        """Show no more; a call under way has ended then."""
        self._showing.cancel()
        await asyncio.wait([self._showing])

    async def _show(self) -> None:
        try:
            while True:
                if not await self._news():
                    if await self._may_go_on():
                        await self._call(self._reply.renew())
                    continue
                stage, self._stage = self._stage, ""
                text, self._text = self._text, ""
                if stage:
                    if not await self._may_go_on():
                        return
                    tell = self._reply.working if self._has_turn else self._reply.waiting
                    await self._call(tell(stage))
                if text:
                    await self._call(self._reply.write(text))
        except Undelivered as error:
            _log.info("an answer cannot be shown on its way: %s", error)
        except Exception:  # a bug: the whole answer still follows
            _log.exception("an answer cannot be shown on its way")

    async def _news(self) -> bool:
        """Whether something came that is to be shown; else the time for it is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._renewal):
                await self._came.wait()
        has_come = self._came.is_set()
        self._came.clear()
        return has_come

    async def _may_go_on(self) -> bool:
        """Whether what is shown is still this process's to change."""
        return not self._noted or await self._is_wanted()

    async def _call(self, call: Coroutine[Any, Any, None]) -> None:
        """What the platform shows must be known, also where nobody waits for the call any more."""
        await to_completion(self._noted_after(call))

    async def _noted_after(self, call: Coroutine[Any, Any, None]) -> None:
        try:
            await call
        finally:
            if (handle := dict(self._reply.handle)) != self._noted:
                await self._keep(handle)

    async def _keep(self, handle: dict[str, str]) -> None:
        """What is shown is shown, whether that can be kept or not."""
        try:
            await self._note(handle)
            self._noted = handle
        except ConversationsError:
            _log.exception("where an answer is shown cannot be kept")


def _read(event: Gathered) -> str:
    papers = len({one.paper.key for one in event.evidence})
    return f"Reading {papers} paper{'' if papers == 1 else 's'}" if papers else "Reading"
