"""Who may change what several processes share: a lease, kept by a Chroma server.

Chroma has no compare-and-swap. But of several that create a collection of one name, one alone succeeds, and this makes
a lease with fencing (Gray and Cheriton, "Leases", 1989): whoever creates collection ``N + 1`` holds the lease, and all
lower ones are void. The holder shows by a counter that changes every few seconds that it is alive. Whoever has seen
one count for half a minute, by its own clock, may create the next number; and so may anybody once the holder has
written that it is done. A process that was stopped and comes back finds a higher number, and writes nothing.

The numbers that are there have no gaps: lower ones are deleted in their order, and the highest never.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
import uuid
from typing import Any

from vectorstore.chroma_server import ChromaServer
from vectorstore.records import StoreError, StoreUnavailable

PATIENCE = 30.0
"""Seconds without a sign of life after which a holder counts as dead."""
_BEAT_EVERY = 5.0
_TRUSTED = 20.0
"""Seconds after its last sign of life for which a holder may write."""
_LOOK_EVERY = 0.5
"""Seconds between two looks at who holds the lease: Chroma tells nobody when it is free."""
_LOG = logging.getLogger(__name__)


class Lease:
    """The right to change what ``name`` stands for. :meth:`acquire` it, :meth:`check` it before each change."""

    def __init__(self, server: ChromaServer, name: str) -> None:
        self._server = server
        self._prefix = f"{name}.lease."
        self._holder = uuid.uuid4().hex
        self._number = 0
        self._collection: Any = None
        self._beat = 0
        self._seen_alive = 0.0
        self._ended = threading.Event()
        self._heart: threading.Thread | None = None
        self.is_doubtful = False
        """Set where a change may still reach the server later; the lease then ends by itself, not by its release."""

    def acquire(self) -> bool:
        """Wait until the lease is free and take it; whether whoever had it last was done."""
        seen: tuple[int, object] | None = None
        since = 0.0
        has_said = False
        while True:
            highest = max(self._numbers(), default=0)
            metadata = self._metadata(highest)
            is_released = highest == 0 or bool(metadata and metadata.get("released"))
            now = time.monotonic()
            if seen != (highest, metadata.get("beat") if metadata else None):
                seen, since = (highest, metadata.get("beat") if metadata else None), now
            if (is_released or now - since >= PATIENCE) and self._take(highest + 1):
                return is_released
            if not is_released:
                if not has_said:
                    holder = metadata.get("process", "another process") if metadata else "another process"
                    _LOG.warning("Waiting for %s, which is changing %s.", holder, self._prefix.split(".")[1])
                    has_said = True
                time.sleep(_LOOK_EVERY)

    def check(self) -> None:
        """
        Raises:
            StoreUnavailable: another process holds the lease by now; nothing may be written.
        """
        if time.monotonic() - self._seen_alive > _TRUSTED:
            self._show_life()
        mine = self._metadata(self._number)
        if mine is None or mine.get("holder") != self._holder or self._metadata(self._number + 1) is not None:
            raise StoreUnavailable(
                "Another process has taken over, since this one did not show for a while that it is alive; what was "
                "stored before is kept, so do it again for the rest."
            )

    def release(self) -> None:
        """Let the next have it at once."""
        self._ended.set()
        if self._heart is not None:
            self._heart.join()
        if not self.is_doubtful:
            try:
                with self._server.translated():
                    self._collection.modify(metadata={**self._signs(), "released": True})
            except StoreError:  # it is gone, or ends by itself
                _LOG.info("The lease %s%d was not released.", self._prefix, self._number)

    def _take(self, number: int) -> bool:
        self._number = number
        self._collection = self._server.create(f"{self._prefix}{number}", self._signs())
        if self._collection is None:
            return False
        numbers = sorted(self._numbers())
        if numbers[-1] != number:  # it had been created, used and deleted before
            self._server.delete(f"{self._prefix}{number}")
            return False
        self._seen_alive = time.monotonic()
        for lower in numbers[:-1]:
            self._server.delete(f"{self._prefix}{lower}")
        self._heart = threading.Thread(target=self._keep_alive, name="papertalk-lease", daemon=True)
        self._heart.start()
        return True

    def _keep_alive(self) -> None:
        while not self._ended.wait(_BEAT_EVERY):
            try:
                self._show_life()
            except StoreError as error:  # check() tells who wants to write
                _LOG.info("%s", error)

    def _show_life(self) -> None:
        before = time.monotonic()
        self._beat += 1
        with self._server.translated():
            self._collection.modify(metadata=self._signs())
        self._seen_alive = before

    def _signs(self) -> dict[str, str | int]:
        process = f"process {os.getpid()} on {platform.node() or 'another machine'}"
        return {"holder": self._holder, "process": process, "beat": self._beat}

    def _numbers(self) -> list[int]:
        return [int(name.removeprefix(self._prefix)) for name in self._server.names(self._prefix)]

    def _metadata(self, number: int) -> dict[str, Any] | None:
        collection = self._server.collection(f"{self._prefix}{number}") if number else None
        return None if collection is None else dict(collection.metadata or {})
