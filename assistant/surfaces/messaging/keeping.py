"""Answers in the stored conversation of their thread: kept, found again, renewed, and taken out.

Each keeps its number, by which what a platform shows of it leads back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from assistant import rendering
from assistant.answers import Answer, Evidence, History, Plan
from assistant.conversations.store import LEANED_ON, Conversations, Exchange, history_of
from assistant.errors import ConversationNotFound
from assistant.surfaces.messaging.events import Place
from assistant.surfaces.messaging.thread_store import Thread, ThreadStore

_DELETED = "(This question was deleted.)"


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an answer is."""

    conversation: str
    number: int


class Keeper:
    """Every method raises ConversationsError where a file cannot be used. For one question of a thread at a time."""

    def __init__(self, conversations: Conversations, threads: ThreadStore) -> None:
        self._conversations = conversations
        self._threads = threads

    def history(self, place: Place, before: Stored | None = None) -> History:
        """What a question of the thread leans on; the one that is stored there, on those before it."""
        thread = self._threads.thread(place)
        if thread is None:
            return ()
        try:
            if before is None:
                return self._conversations.history(thread.conversation)
            return history_of(self._conversations.exchanges(before.conversation)[: before.number - 1][-LEANED_ON:])
        except ConversationNotFound:  # it was deleted elsewhere
            return ()

    def add(self, place: Place, library: str, answer: Answer, evidence: Sequence[Evidence]) -> Stored:
        """Keep an answer as the newest of its thread."""
        thread = self._threads.thread(place) or self._begun(place, library)
        try:
            exchange = self._conversations.add(thread.conversation, answer, evidence)
        except ConversationNotFound:  # it was deleted elsewhere, or its process ended before it had an answer
            thread = self._begun(place, library)
            exchange = self._conversations.add(thread.conversation, answer, evidence)
        return Stored(thread.conversation, exchange.number)

    def _begun(self, place: Place, library: str) -> Thread:
        """The thread is remembered before its first answer is stored, so that a process that is killed in between
        leaves no conversation that nobody finds."""
        thread = Thread(library, self._conversations.start(library, place.owner).id)
        self._threads.remember(place, thread)
        return thread

    def find(self, stored: Stored) -> Exchange | None:
        """The answer with its question; None where it was deleted elsewhere."""
        with suppress(ConversationNotFound):
            return next(iter(self._conversations.exchanges(stored.conversation)[stored.number - 1 :]), None)
        return None

    def find_last(self, place: Place, question: str, since: float) -> Stored | None:
        """Where the thread's newest answer is, if it is to this question and was made since (seconds since 1970): a
        process may be killed after it stored an answer and before it noted that."""
        with suppress(ConversationNotFound):
            if thread := self._threads.thread(place):
                for last in self._conversations.exchanges(thread.conversation, 1):
                    if last.question == rendering.visible(question) and last.at >= datetime.fromtimestamp(since, UTC):
                        return Stored(thread.conversation, last.number)
        return None

    def renew(self, stored: Stored, answer: Answer, evidence: Sequence[Evidence]) -> None:
        """Put another answer in the place of one.

        Raises:
            ConversationNotFound: it was deleted elsewhere.
        """
        self._conversations.replace(stored.conversation, stored.number, answer, evidence)

    def take_out(self, stored: Stored) -> None:
        """Delete an answer and its question for good; where others follow, a note of it keeps their numbers."""
        with suppress(ConversationNotFound):
            count = self._conversations.get(stored.conversation).questions
            if stored.number < count:
                self._conversations.replace(stored.conversation, stored.number, _deleted())
            elif count == 1:
                self._conversations.delete(stored.conversation)
            else:
                self._conversations.cut(stored.conversation, stored.number)


def _deleted() -> Answer:
    return Answer(_DELETED, _DELETED, _DELETED, False, "computed", Plan(_DELETED, _DELETED))
