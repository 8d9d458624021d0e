"""A question on its way to an answer: the page while it comes, and with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from assistant.answers import Answer, Event, History
from assistant.conversations import LEANED_ON, Exchange, history_of
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError, LibraryError
from assistant.surfaces.web import telling
from assistant.surfaces.web.answering import Answering
from assistant.surfaces.web.desk import TURNS, Desk
from assistant.surfaces.web.visit import Visit

_FRAME = 0.05
"""Seconds between two pictures of an answer that streams."""
_SHARE = 4
"""A picture is followed by a pause of so many times what it took: a busy server draws less often."""


async def ask(desk: Desk, visit: Visit, question: str, *, instead_of: int = 0) -> AsyncGenerator[None]:
    """Answer, and yield whenever the page has something new to show.

    ``instead_of`` is the turn from which on the conversation is taken back, 0 where it goes on. Who stops to look does
    not stop the answer.
    """
    await _interrupt(visit)
    is_new = await asyncio.to_thread(_enter, desk, visit)
    if instead_of:
        await asyncio.to_thread(_take_back, desk, visit, instead_of)
    visit.turns += 1
    visit.follow_ups = ()
    visit.answering = Answering(
        desk,
        _events(desk, visit, question),
        question=question,
        owner=visit.owner,
        library=visit.place.library,
        conversation=visit.place.conversation,
        is_new=is_new,
        papers=await asyncio.to_thread(_how_many, desk, visit),
        may_edit=desk.may_edit(visit),
    )
    async with aclosing(watch(desk, visit)) as pictures:
        async for _ in pictures:
            yield


async def watch(desk: Desk, visit: Visit) -> AsyncGenerator[None]:
    """Yield whenever the page has something new to show of the answer under way, whoever asked for it; and with its
    end. A page has one stream: the newest."""
    answering, stream = visit.answering, object()
    visit.stream = stream
    try:
        if answering:
            async with aclosing(answering.news()) as news:
                async for _ in news:
                    if visit.stream is not stream or visit.answering is not answering:
                        return
                    began = time.monotonic()
                    yield
                    await answering.ended(max(_FRAME, _SHARE * (time.monotonic() - began)))
        if visit.stream is not stream or visit.answering is not answering:
            return
        answer = _settle(visit)
        yield
        if answer:
            visit.follow_ups = await asyncio.to_thread(_follow_ups, desk, visit, answer)
            yield
    finally:
        if visit.stream is stream:
            visit.stream = None


async def _interrupt(visit: Visit) -> None:
    """End the answer under way; what had come of it stays, as when it is stopped by hand."""
    if visit.answering:
        visit.answering.stop()
        await visit.answering.ended()
        _settle(visit)


def _settle(visit: Visit) -> Answer | None:
    """Put the answer that has ended among what is shown, and be where it is kept."""
    answering, visit.answering = visit.answering, None
    if answering is None or answering.done is None:
        return None
    if visit.place.conversation == answering.conversation:
        visit.go(conversation=answering.kept_in)
    visit.shown = [*visit.shown, replace(answering.done, turn=visit.turns)][-TURNS:]
    return answering.done.answer


def _how_many(desk: Desk, visit: Visit) -> int:
    try:
        return len(desk.papers(visit))
    except AssistantError:
        return 0  # asking says why


async def _events(desk: Desk, visit: Visit, question: str) -> AsyncIterator[Event]:
    """The answer's events. What it is asked of is settled at once: its asker may go on to another library."""
    assistant, place, history = desk.assistant(visit), visit.place, _history(visit)
    filters = await asyncio.to_thread(desk.filters_of, place)
    coming = desk.answers(assistant, question, history=history, filters=filters, caller=visit.owner)
    async for event in coming:
        yield event


def _history(visit: Visit) -> History:
    """What the question may lean on: the last exchanges that are on the page."""
    told = [
        Exchange.of(shown.turn, answer, is_stopped=shown.stopped is not None)
        for shown in visit.shown
        if (answer := shown.answer or shown.stopped)
    ]
    return history_of(told[-LEANED_ON:]) if told else ()


def _enter(desk: Desk, visit: Visit) -> bool:
    """Be in a conversation of the visitor's own, which the address names from now on. Says whether it is a new one."""
    conversations = desk.conversations
    try:
        if visit.place.shared:
            _go_on_in_a_copy(desk, visit)
        elif visit.place.conversation:
            conversations.get(visit.place.conversation)
    except ConversationNotFound:  # it is shared no more, or was deleted elsewhere
        visit.go(conversation="", shared="")
    except ConversationsError:  # keeping the answer says why
        visit.go(shared="")
    if visit.place.conversation:
        return False
    visit.go(conversation=conversations.start(visit.place.library, visit.owner).id)
    return True


def _go_on_in_a_copy(desk: Desk, visit: Visit) -> None:
    """
    Raises:
        ConversationsError: what is read is shared no more, or cannot be copied.
    """
    copied = desk.conversations.copy(desk.conversations.shared(visit.place.shared).id, visit.owner)
    kept = (replace(shown, number=shown.turn) if shown.answer or shown.stopped else shown for shown in visit.shown)
    visit.shown = list(kept)
    visit.go(conversation=copied.id, shared="")


def _take_back(desk: Desk, visit: Visit, turn: int) -> None:
    """Forget a turn and all that came after it, on the page and in the store."""
    numbers = [shown.number for shown in visit.shown if shown.turn >= turn and shown.number is not None]
    try:
        if numbers:
            desk.conversations.cut(visit.place.conversation, min(numbers))
    except ConversationsError as error:
        visit.tell(telling.of(error, may_edit=desk.may_edit(visit)), error=True)
    visit.shown = [shown for shown in visit.shown if shown.turn < turn]


def _follow_ups(desk: Desk, visit: Visit, answer: Answer) -> list[str]:
    try:
        return desk.assistant(visit).follow_ups(answer, history=_history(visit))
    except (LibraryError, ConversationsError):
        return []
