"""What a chat platform brings: a question, and the place where it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["mention", "direct", "command", "shortcut"]
"""How a question was put to us: by our name in a channel, in private, by a command, or about somebody's message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation takes place. What ``thread`` is, the platform says; each thread is one conversation."""

    platform: str
    team: str
    channel: str
    thread: str

    @property
    def owner(self) -> str:
        """As whose stored conversations know what is said in this channel."""
        return f"{self.platform}:{self.team}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was asked.

    Attributes:
        user: the platform's id of who asks.
        text: what is asked, without our name before it.
        message: the platform's id of the message in its channel, by which edits and deletions name it.
        ids: every id by which its deliveries may be told, one at least; those that share one are the same question.
        details: what the adapter needs to answer it after a restart; kept on disk, so never a secret.
    """

    place: Place
    user: str
    text: str
    message: str
    ids: tuple[str, ...]
    kind: Kind
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def caller(self) -> str:
        """Who asks, as the gate tells callers apart."""
        return f"{self.place.platform}:{self.place.team}:{self.user}"
