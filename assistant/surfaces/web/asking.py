"""A question on its way to an answer: the page while it comes, and with it. One task takes the events of an answer,
so that the task's end is the end of the model's request."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace

from assistant.answers import Answer, Doubted, Event, Finished, Gathered, History, Planned, Restarted, TextDelta
from assistant.conversations import LEANED_ON, Exchange, history_of
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError, LibraryError
from assistant.surfaces.web.desk import TURNS, Desk
from assistant.surfaces.web.visit import Coming, Place, Shown, Visit

_FRAME = 0.05
"""Seconds between two pictures of an answer that streams."""
_SHARE = 4
"""A picture is followed by a pause of so many times what it took: a busy server draws less often."""
_PULSE = 1.0
"""Seconds after which the page hears of an answer of which nothing comes. Gradio sees only then that a visitor left."""


class Answering:
    """An answer on its way."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        self._came: asyncio.Queue[Event | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._take(events))
        self._task.add_done_callback(lambda _: self._came.put_nowait(None))
        self._loop = asyncio.get_running_loop()

    async def _take(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            self._came.put_nowait(event)

    def stop(self) -> None:
        """End it; from any thread."""
        self._loop.call_soon_threadsafe(self._task.cancel)

    async def events(self) -> AsyncIterator[Event | None]:
        """The events as they come, and None where there was none for a while. They end early where it is stopped.

        Raises:
            AssistantError: why there is no answer.
        """
        while True:
            try:
                async with asyncio.timeout(_PULSE):
                    event = await self._came.get()
            except TimeoutError:
                yield None
                continue
            if event is None:
                break
            yield event
        if not self._task.cancelled():
            self._task.result()


async def ask(desk: Desk, visit: Visit, question: str, *, instead_of: int = 0) -> AsyncGenerator[None]:
    """Answer, and yield whenever the page has something new to show.

    ``instead_of`` is the turn from which on the conversation is taken back, 0 where it goes on. An answer that is
    stopped stays on the page alone: it is no part of the conversation.
    """
    _interrupt(visit)
    if instead_of:
        await asyncio.to_thread(_take_back, desk, visit, instead_of)
    visit.turns += 1
    turn, drawn, pause = visit.turns, time.monotonic(), _FRAME
    coming = visit.coming = Coming(papers=await asyncio.to_thread(_how_many, desk, visit))
    done, place, conversation = Shown(turn, question), visit.place, ""
    visit.asked, visit.follow_ups = question, ()
    answering = visit.answering = Answering(_events(desk, visit, question))
    try:
        yield
        async for event in answering.events():
            if isinstance(event, Finished):
                done = replace(done, answer=event.answer, evidence=coming.evidence)
                done, conversation = await asyncio.to_thread(_kept, desk, visit.owner, place, done)
            elif isinstance(event, Planned | Gathered | TextDelta | Doubted | Restarted):
                coming.add(event)
            if event is None or time.monotonic() - drawn > pause:
                began = time.monotonic()
                yield
                drawn = time.monotonic()
                pause = max(_FRAME, _SHARE * (drawn - began))
        done = done if done.answer else replace(done, coming=coming)
    except AssistantError as error:
        done = replace(done, problem=str(error))
    except (asyncio.CancelledError, GeneratorExit):  # the visitor has left, or the connection is lost
        if visit.answering is answering:
            _interrupt(visit)
        raise
    finally:
        answering.stop()
    if visit.answering is not answering:  # the visitor is past it
        return
    visit.answering, visit.asked = None, ""
    if conversation:
        _go_on(visit, conversation)
    visit.shown = [*visit.shown, done][-TURNS:]
    yield
    if done.answer:
        visit.follow_ups = await asyncio.to_thread(_follow_ups, desk, visit, done.answer)
        yield


def _interrupt(visit: Visit) -> None:
    """End the answer under way; what had come of it stays on the page, as when it is stopped by hand."""
    if visit.answering:
        visit.stop()
        visit.answering = None
        visit.shown = [*visit.shown, Shown(visit.turns, visit.asked, coming=visit.coming)][-TURNS:]


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
    """What the question may lean on: the last answers that are on the page."""
    answered = [(shown.turn, shown.answer) for shown in visit.shown if shown.answer]
    return history_of(Exchange.of(turn, answer) for turn, answer in answered[-LEANED_ON:]) if answered else ()


def _kept(desk: Desk, owner: str, place: Place, done: Shown) -> tuple[Shown, str]:
    """The answer, stored, and the conversation that it is in; one that cannot be stored says so, and is in none.

    ``place`` is where the question was asked: its asker may be elsewhere by now.
    """
    assert done.answer is not None
    try:
        conversation = _own(desk, owner, place)
        try:
            exchange = desk.conversations.add(conversation, done.answer, done.evidence)
        except ConversationNotFound:  # the first answer, or the conversation was deleted elsewhere
            conversation = desk.conversations.start(place.library, owner).id
            exchange = desk.conversations.add(conversation, done.answer, done.evidence)
    except ConversationsError as error:
        return replace(done, answer=replace(done.answer, warnings=(*done.answer.warnings, str(error)))), ""
    return replace(done, number=exchange.number), conversation


def _own(desk: Desk, owner: str, place: Place) -> str:
    """The conversation to go on with: a copy where a shared one is read."""
    if not place.shared:
        return place.conversation
    try:
        return desk.conversations.copy(desk.conversations.shared(place.shared).id, owner).id
    except ConversationNotFound:  # it is shared no more: what follows is a conversation of its own
        return ""


def _go_on(visit: Visit, conversation: str) -> None:
    """Be in a conversation. What was read of a shared one is a copy of the visitor's own now, numbered alike."""
    if visit.place.shared:
        visit.shown = [replace(shown, number=shown.turn) if shown.answer else shown for shown in visit.shown]
    visit.go(conversation=conversation, shared="")


def _take_back(desk: Desk, visit: Visit, turn: int) -> None:
    """Forget a turn and all that came after it, on the page and in the store."""
    try:
        _go_on(visit, _own(desk, visit.owner, visit.place))
        numbers = [shown.number for shown in visit.shown if shown.turn >= turn and shown.number is not None]
        if numbers:
            desk.conversations.cut(visit.place.conversation, min(numbers))
    except ConversationsError as error:
        visit.tell(str(error), error=True)
    visit.shown = [shown for shown in visit.shown if shown.turn < turn]


def _follow_ups(desk: Desk, visit: Visit, answer: Answer) -> list[str]:
    try:
        return desk.assistant(visit).follow_ups(answer, history=_history(visit))
    except (LibraryError, ConversationsError):
        return []
