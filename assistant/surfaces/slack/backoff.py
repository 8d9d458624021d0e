"""How long to wait before a connection is asked for again: not at all after one that lasted, longer with each that
failed or broke at once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

_FIRST, _LONGEST = 1.0, 30.0
"""Seconds before the first repetition and before any; each next pause is twice as long, and up to a quarter longer by
chance, so that many clients of a server that went down do not come back at once."""
_LASTING = 10.0
"""Seconds after which a connection counts as one that works."""


class Backoff:
    """
    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._since: float | None = None

    def connected(self) -> None:
        """A connection is there."""
        self._since = self._clock()

    def failed(self) -> None:
        """A connection did not come about."""
        self._failures += 1

    def lost(self) -> None:
        """A connection is there no more; where none was, nothing."""
        if self._since is not None:
            self._failures = 0 if self._clock() - self._since >= _LASTING else self._failures + 1
            self._since = None

    def pause(self) -> float:
        """Seconds to wait before the next try."""
        if not self._failures:
            return 0.0
        return min(_LONGEST, _FIRST * 2.0 ** min(self._failures - 1, 10)) * random.uniform(1.0, 1.25)
