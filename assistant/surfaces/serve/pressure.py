"""Back-pressure: so many answers at once, so many that wait, and whoever comes then is told when to come again.

Callers take turns: a place that gets free goes to whoever's turn it is, not to whoever asked most (the fair queueing of
J. Nagle, On Packet Switches With Infinite Storage, RFC 970, 1985). Where nobody more may wait, the last question of
the longest queue gives way to that of a caller who has fewer waiting (longest queue drop: B. Suter et al., Design
Considerations for Supporting TCP with Per-flow Queueing, INFOCOM 1998).
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from assistant.errors import Busy

_WEIGHT = 1 / 8
"""Of the newest duration in the mean of all, as of a new round trip in TCP's (V. Jacobson, Congestion Avoidance and
Control, SIGCOMM 1988)."""
_UNKNOWN = 1.0
"""Seconds that an answer is taken to need before any was seen."""

_Place = asyncio.Future[object]
"""What one who waits waits for: a ticket."""


class Gate:
    """Lets ``at_once`` in and ``waiting`` wait. For one event loop.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, at_once: int, waiting: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._room = waiting
        self._clock = clock
        self._entered: dict[object, float] = {}
        self._queues: dict[str, deque[_Place]] = {}
        self._mean: float | None = None
        self._is_closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def inside(self) -> int:
        """How many are in."""
        return len(self._entered)

    @property
    def waiting(self) -> int:
        """How many wait to be let in."""
        self._forget_cancelled()
        return sum(map(len, self._queues.values()))

    @property
    def retry_after(self) -> int:
        """Seconds after which all who wait now should be in, by how long those before them stayed; at least 1."""
        return max(1, math.ceil((self.waiting + 1) * self._typical() / self._at_once))

    @asynccontextmanager
    async def entered(self, caller: str = "") -> AsyncGenerator[None]:
        """Wait for a place, and hold it while the block runs. The places go to the callers by turns.

        Raises:
            Busy: too many wait, or the gate is closed for good.
        """
        ticket = await self._let_in(caller)
        try:
            yield
        finally:
            self._leave(ticket)

    async def drain(self, timeout: float) -> bool:
        """Let nobody in any more, send away who waits, and wait for those inside, ``timeout`` seconds at most.

        Returns:
            Whether all have left.
        """
        self._is_closed = True
        self._forget_cancelled()
        for place in [place for queue in self._queues.values() for place in queue]:
            place.set_exception(self._refusal())
        self._queues.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True

    async def _let_in(self, caller: str) -> object:
        """A ticket, which :meth:`_leave` takes back."""
        if self._is_closed:
            raise self._refusal()
        if self.inside < self._at_once:  # then nobody waits
            return self._ticket()
        if self.waiting >= self._room and not self._make_room(caller):
            raise self._refusal()
        place: _Place = asyncio.get_running_loop().create_future()
        self._queues.setdefault(caller, deque()).append(place)
        try:
            return await place
        except asyncio.CancelledError:
            # Cancelled in the moment in which it was let in, or sent away (which asking for the error takes note of).
            if not place.cancelled() and place.exception() is None:
                self._leave(place.result())
            raise

    def _ticket(self) -> object:
        ticket = object()
        self._entered[ticket] = self._clock()
        self._empty.clear()
        return ticket

    def _leave(self, ticket: object) -> None:
        stayed = self._clock() - self._entered.pop(ticket)
        self._mean = stayed if self._mean is None else self._mean + _WEIGHT * (stayed - self._mean)
        if self.waiting:
            self._next().set_result(self._ticket())
        elif not self._entered:
            self._empty.set()

    def _next(self) -> _Place:
        """Who is next: the first of the caller whose turn it is, who goes behind all other callers then."""
        caller, queue = next(iter(self._queues.items()))
        del self._queues[caller]
        place = queue.popleft()
        if queue:
            self._queues[caller] = queue
        return place

    def _make_room(self, caller: str) -> bool:
        """Send the last of the longest queue away, unless that would be no shorter than the caller's own then."""
        longest = max(self._queues, key=lambda name: len(self._queues[name]), default=None)
        if longest is None or len(self._queues[longest]) <= len(self._queues.get(caller, ())) + 1:
            return False
        self._queues[longest].pop().set_exception(self._refusal())
        return True

    def _forget_cancelled(self) -> None:
        """Take out who gave up: a task that is cancelled runs only later, and could not do it in time."""
        for caller, queue in list(self._queues.items()):
            left = deque(place for place in queue if not place.cancelled())
            if left:
                self._queues[caller] = left
            else:
                del self._queues[caller]

    def _typical(self) -> float:
        """Seconds that one stays inside: the mean; where nobody has left yet, as long as the first is in by now."""
        if self._mean is not None:
            return self._mean
        return max(_UNKNOWN, self._clock() - min(self._entered.values(), default=self._clock()))

    def _refusal(self) -> Busy:
        if self._is_closed:
            return Busy("The server is stopping; ask again in a moment.", self.retry_after)
        seconds = self.retry_after
        return Busy(f"Too many questions are being answered; ask again in {seconds} s.", seconds)
