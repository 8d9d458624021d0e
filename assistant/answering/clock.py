"""How long each stage of an answer took."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds by stage, counted from one lap to the next."""

    def __init__(self) -> None:
        self._start = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """What was done since the last lap was that stage."""
        now = time.perf_counter()
        self._laps[stage] = self._laps.get(stage, 0.0) + 1000 * (now - self._last)
        self._last = now

    def all(self) -> dict[str, float]:
        """The stages so far, and ``total``."""
        return {**self._laps, "total": 1000 * (time.perf_counter() - self._start)}
