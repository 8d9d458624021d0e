"""The answer to one question: asked of the library of its thread, with what was said there before, and stored there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant import rendering
from assistant.answers import Answer, Event, Evidence, Finished, Gathered, History
from assistant.api import Assistant
from assistant.errors import AssistantError, ConversationsError
from assistant.surfaces.messaging.completion import to_completion
from assistant.surfaces.messaging.error_messages import error_message
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.keeping import Keeper, Stored
from assistant.surfaces.messaging.replies import Handle, Shown
from assistant.surfaces.messaging.thread_store import ThreadStore
from assistant.surfaces.serve.service import Service

_QUIET = 4
"""Answers at once up to which follow-ups are looked for: each takes as much work as the answer."""
_FOLLOW_UPS = 3.0
"""Seconds that an answer waits for them."""


@dataclass(frozen=True, slots=True)
class Work:
    """A question to answer.

    Attributes:
        handle: where an earlier reply to it is shown.
        stored: where an answer to it is stored already, if only to an earlier text of it.
        left_at: when a process took it that is no more, in seconds since 1970; 0 where none did.
    """

    question: Question
    handle: Handle
    stored: Stored | None = None
    left_at: float = 0.0


class Answering:
    """For one question of a thread at a time.

    Args:
        is_wanted: whether a question is still this process's to answer.
        note: keeps where the answer to a question is stored.
    """

    def __init__(
        self,
        service: Service,
        threads: ThreadStore,
        *,
        is_wanted: Callable[[Question], Awaitable[bool]],
        note: Callable[[Question, Stored], Awaitable[None]],
    ) -> None:
        self._service = service
        self._threads = threads
        self._is_wanted = is_wanted
        self._note = note

    async def shown(self, work: Work, tell: Callable[[Event], None]) -> Shown | None:
        """The answer, stored; that of an earlier process where it had come so far. None where it is not wanted any
        more when it is there.

        Args:
            tell: hears of the answer as it comes.

        Raises:
            AssistantError: why there is no answer.
        """
        assistant = await self._service.run(self._assistant, work.question.place)
        if found := await self._service.run(self._found, work, assistant):
            return found
        history = await self._service.run(self._keeper.history, work.question.place, work.stored)
        answer, evidence = await self._asked(work.question, assistant, history, tell)
        if not await self._is_wanted(work.question):
            return None
        shown = await to_completion(self._kept(work, assistant, answer, evidence))
        return replace(shown, follow_ups=await self._follow_ups(assistant, answer, history))

    def take_out(self, stored: Stored) -> None:
        """Delete an answer and its question. It blocks.

        Raises:
            ConversationsError: conversations cannot be changed.
        """
        self._keeper.take_out(stored)

    def question_at(self, stored: Stored) -> str | None:
        """The question of a stored answer; None where it was deleted elsewhere. It blocks."""
        exchange = self._keeper.find(stored)
        return exchange.question if exchange else None

    async def _asked(
        self, question: Question, assistant: Assistant, history: History, tell: Callable[[Event], None]
    ) -> tuple[Answer, Sequence[Evidence]]:
        evidence: Sequence[Evidence] = ()
        events = self._service.events(
            assistant, question.text, history=history, surface=question.place.platform, caller=question.caller
        )
        async with aclosing(events):
            async for event in events:
                tell(event)
                if isinstance(event, Gathered):
                    evidence = event.evidence
                elif isinstance(event, Finished):
                    return event.answer, evidence
        raise AssertionError("the last event is the answer")

    async def _kept(self, work: Work, assistant: Assistant, answer: Answer, evidence: Sequence[Evidence]) -> Shown:
        """Store an answer, and note where; one that cannot be stored says so."""
        try:
            stored = await self._service.run(self._put, work, assistant, answer, evidence)
            await self._note(work.question, stored)
        except ConversationsError as error:
            return Shown(replace(answer, warnings=(*answer.warnings, error_message(error))), "", 0)
        return Shown(answer, stored.conversation, stored.number)

    async def _follow_ups(self, assistant: Assistant, answer: Answer, history: History) -> tuple[str, ...]:
        if self._service.gate.inside >= _QUIET:
            return ()
        try:
            async with asyncio.timeout(_FOLLOW_UPS):
                return tuple(await self._service.run(assistant.follow_ups, answer, history=history))
        except (AssistantError, TimeoutError):
            return ()

    # ---- what blocks

    @property
    def _keeper(self) -> Keeper:
        return Keeper(self._service.shelf.conversations, self._threads)

    def _assistant(self, place: Place) -> Assistant:
        return self._service.assistant(self._threads.library(place))

    def _found(self, work: Work, assistant: Assistant) -> Shown | None:
        """The stored answer, where it is to the question as it stands now."""
        stored, question = work.stored, work.question
        if work.left_at and stored is None:
            stored = self._keeper.find_last(question.place, question.text, work.left_at)
        exchange = self._keeper.find(stored) if stored else None
        if stored is None or exchange is None or said(exchange.question) != said(question.text):
            return None
        return Shown(exchange.to_answer(assistant.library.papers), stored.conversation, stored.number)

    def _put(self, work: Work, assistant: Assistant, answer: Answer, evidence: Sequence[Evidence]) -> Stored:
        """Store an answer, in place of that to an earlier text of the question where there is one."""
        if work.stored and self._keeper.find(work.stored):
            self._keeper.renew(work.stored, answer, evidence)
            return work.stored
        return self._keeper.add(work.question.place, assistant.library.name, answer, evidence)


def said(text: str) -> str:
    """A question's text as it is compared: stored ones have only what is visible."""
    return rendering.visible(text).strip()
