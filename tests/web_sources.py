"""What the tests of web sources share: a server that replays, a clock that does not wait, and the real code on both."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from assistant.papers import Paper
from assistant.sources import Item, Notice, Profile, Skipped, Unreadable
from assistant.sources.web import Source, Web, identify
from assistant.sources.web.polite import Clock
from assistant.sources.web.services import SERVICES
from tests.replay_server import ReplayServer


class Hands:
    """A clock whose hands move only when somebody waits; ``waits`` are for how long."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: self.at, sleep=self.sleep)


def web(server: ReplayServer, folder: Path, hands: Hands | None = None, **settings: Any) -> Web:
    """The real thing, with all services at the server, each under its own name."""
    settings.setdefault("allow_private", True)
    bases = {name: f"{server.url}/{name}" for name in SERVICES}
    return Web(folder, base_urls=bases, clock=(hands or Hands()).clock, **settings)


def source(text: str) -> Source:
    found = identify(text)
    assert isinstance(found, Source)
    return found


def papers(items: Iterable[Item]) -> list[Paper]:
    return [item for item in items if isinstance(item, Paper)]


def profile(items: Iterable[Item]) -> Profile:
    [found] = [item for item in items if isinstance(item, Profile)]
    return found


def notices(items: Iterable[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Notice)]


def left_out(items: Iterable[Item]) -> list[Unreadable | Skipped]:
    return [item for item in items if isinstance(item, Unreadable | Skipped)]
