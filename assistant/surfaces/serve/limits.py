"""What one sender may take of the server: requests in a span of time, bytes of a body, seconds to send it in."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

if TYPE_CHECKING:
    from starlette.types import Message, Receive

MEGABYTE = 1024 * 1024

_SITE = 64
"""Bits of an IPv6 address that a provider gives one customer, who may use all addresses below (RFC 6177)."""
_SWEPT_EVERY = 10.0
"""Seconds."""
_DRAINED = 32 * MEGABYTE
_DRAINING = 5.0
"""How much of a body that nobody wants is read before its connection is closed, in bytes and seconds."""


# ---- requests in a span of time


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sender stands with a limit: ``left`` requests of ``amount`` in ``span`` seconds, all of them free again in
    ``reset`` seconds; ``wait`` is when the next one is let in, 0 where this one is."""

    amount: int
    span: int
    left: int
    reset: int
    wait: int = 0

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As ``draft-ietf-httpapi-ratelimit-headers`` has them, and Retry-After where it is needed."""
        told = {
            "ratelimit-policy": f'"requests";q={self.amount};w={self.span}',
            "ratelimit": f'"requests";r={self.left};t={self.reset}',
        }
        if self.wait:
            told["retry-after"] = str(self.wait)
        return [(name.encode(), value.encode()) for name, value in told.items()]


class Rates:
    """A moving window for each sender, in memory: a log of times, so that no burst fits between two windows.

    ``rate`` is as the library ``limits`` reads it, such as ``60/minute`` or ``10/second;1000/day``. Several processes
    count each for itself.
    """

    def __init__(self, rate: str, *, times: int = 1) -> None:
        self._rates = [_multiplied(item, times) for item in parse_many(rate)]
        self._storage = MemoryStorage()
        self._windows = MovingWindowRateLimiter(self._storage)
        self._lock = threading.Lock()
        self._swept = time.monotonic()

    def take(self, sender: str) -> Standing:
        """Count one request of a sender, unless that is one too many: what is refused does not count, so that whoever
        goes on trying is let in as soon as whoever waits."""
        with self._lock:
            self._sweep()
            full = [rate for rate in self._rates if not self._windows.test(rate, sender)]
            if not full:
                for rate in self._rates:
                    self._windows.hit(rate, sender)
            return max((self._standing(rate, sender, is_full=rate in full) for rate in self._rates), key=_strictness)

    def _standing(self, rate: RateLimitItem, sender: str, *, is_full: bool) -> Standing:
        stats = self._windows.get_window_stats(rate, sender)
        until = max(1, math.ceil(stats.reset_time - time.time()))  # the oldest request leaves the window
        return Standing(rate.amount, rate.get_expiry(), max(0, stats.remaining), until, until if is_full else 0)

    def _sweep(self) -> None:
        """Forget senders who have not come for a while; the storage keeps an empty list for each of them."""
        if time.monotonic() - self._swept < _SWEPT_EVERY:
            return
        self._swept = time.monotonic()
        for sender in [sender for sender, times in list(self._storage.events.items()) if not times]:
            self._storage.clear(sender)


def _multiplied(item: RateLimitItem, times: int) -> RateLimitItem:
    return type(item)(item.amount * times, item.multiples, item.namespace)


def _strictness(standing: Standing) -> tuple[int, float]:
    return standing.wait, -standing.left / standing.amount


def sender_at(address: str) -> str:
    """An address as a sender is counted by: of IPv6, the network that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed.packed, _SITE), strict=False))


# ---- bodies


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly a body may come, as in Apache's ``mod_reqtimeout``: it may be waited for ``whole`` seconds, and one
    more for each ``rate`` bytes that came, but never for ``silence`` seconds at a stretch."""

    whole: float = 30.0
    silence: float = 10.0
    rate: int = 100_000


class BodyRefused(Exception):
    """A body that is too large (status 413) or too slow (408). Raised where the application reads it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class Body:
    """A request's body, as the application reads it: bytes are counted, and so are the seconds that they take.

    ``largest`` is in bytes. ``refused`` is set with the exception, since what reads a body may catch it and answer
    something else.
    """

    def __init__(self, receive: Receive, largest: int, pace: Pace) -> None:
        self._receive = receive
        self.largest = largest
        self._pace = pace
        self._came = 0
        self._waited = 0.0
        self._is_whole = False
        self.refused: BodyRefused | None = None

    async def receive(self) -> Message:
        """
        Raises:
            BodyRefused: there is too much of it, or it comes too slowly.
        """
        if self.refused:
            raise self.refused
        if self._is_whole:
            return await self._receive()
        message = await self._next()
        if message["type"] == "http.request":
            self._came += len(message.get("body", b""))
            self._is_whole = not message.get("more_body", False)
            self.check(self._came)
        return message

    def check(self, size: int) -> None:
        """
        Raises:
            BodyRefused: so many bytes are too many.
        """
        if size > self.largest:
            limit = self.largest // MEGABYTE
            raise self._refuse(413, f"The request is larger than {limit} MB; send less at once.")

    async def drain(self) -> None:
        """Read on for a while and throw away: a client that sends all before it reads gets to read its answer so, where
        a connection that is closed on it would lose that (RFC 9112, section 9.6)."""
        most = _DRAINED
        try:
            async with asyncio.timeout(_DRAINING):
                while not self._is_whole and most > 0:
                    message = await self._receive()
                    if message["type"] != "http.request":
                        return
                    most -= len(message.get("body", b""))
                    self._is_whole = not message.get("more_body", False)
        except TimeoutError:
            pass

    async def _next(self) -> Message:
        """Only the time that is spent waiting counts: an application that reads slowly is not the sender's fault."""
        left = self._pace.whole + self._came / self._pace.rate - self._waited
        began = time.monotonic()
        try:
            async with asyncio.timeout(min(left, self._pace.silence)):
                return await self._receive()
        except TimeoutError:
            raise self._refuse(408, "The request did not come in time; send it again, on a faster line.") from None
        finally:
            self._waited += time.monotonic() - began

    def _refuse(self, status: int, sentence: str) -> BodyRefused:
        self.refused = BodyRefused(status, sentence)
        return self.refused
