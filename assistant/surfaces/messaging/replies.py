"""The one seam to a chat platform: how it shows an answer on its way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import Answer
from assistant.errors import AssistantError
from assistant.surfaces.messaging.events import Question

Handle = Mapping[str, str]
"""By which a platform finds what it shows of a reply already; kept on disk, so never a secret."""


class Undelivered(AssistantError):
    """The platform does not take what it shall show, and trying again at once will not help. Its sentence is for the
    log, and holds nothing of what was to be shown."""

    @property
    def is_passing(self) -> bool:
        """Whether trying again in some minutes may help."""
        return False


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer, and where it is stored: ``Conversations.exchanges(conversation)[number - 1]``. Where it could not be
    stored, ``conversation`` is empty and ``number`` 0."""

    answer: Answer
    conversation: str
    number: int
    follow_ups: tuple[str, ...] = ()


class Reply(Protocol):
    """One answer, as a platform shows it. Its methods are called one at a time.

    They wait for the platform, and try again themselves where that helps. Undelivered says that it does not: after it,
    ``waiting``, ``working``, ``renew`` and ``write`` are called no more, but ``finish`` or ``fail`` is; where it is
    passing, also later, on a reply that takes this one's place.

    A reply that is made with the handle of an earlier one takes its place: what that one shows is overwritten, and
    nothing is shown twice.
    """

    async def waiting(self, stage: str) -> None:
        """Say in one short line that other questions of the thread are answered first; called before all else, if at
        all. One of those may be on its way in the thread."""

    async def working(self, stage: str) -> None:
        """Say in one short line what is being done; it stands in place of the line before."""

    async def renew(self) -> None:
        """Say again what the platform would let lapse: called after each minute that brought nothing to show."""

    async def write(self, piece: str) -> None:
        """Show more of the answer, in Markdown: as a rule a sentence or more. :meth:`finish` has the last word."""

    async def finish(self, shown: Shown) -> None:
        """Show the whole answer, once, in place of all that was written."""

    async def fail(self, sentence: str) -> None:
        """Say in one line why there is no answer, in place of all that was written. Where :meth:`finish` broke off,
        what it has shown stays, and the line stands below."""

    async def withdraw(self) -> None:
        """Take away all that is shown: the question is gone."""

    @property
    def handle(self) -> Handle:
        """Empty as long as nothing is shown, or may be. It is kept whenever it has changed after a call."""
        ...


Replies = Callable[[Question, Handle], Reply]
"""Makes the reply to a question; the handle is that of an earlier reply to it, or empty."""
