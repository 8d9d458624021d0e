"""A question on its way to an answer: the page while it comes, and with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

from assistant.answers import Answer, Event, History
from assistant.conversations.store import LEANED_ON, OVERTAKEN, TIMED_OUT, Exchange, history_of
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError
from assistant.surfaces.web.answering import Answering, Instead
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.visit import TURNS, Shown, Visit

_FRAME = 0.05
"""Seconds between two pictures of an answer that streams."""
_SHARE = 4
"""A picture is followed by a pause of so many times what it took: a busy server draws less often. First words do not
wait for its end."""
DELETED = "This conversation is there no more; your question is in the box again, for a new one."
_WENT_ON = "This conversation went on elsewhere and is now shown as it is; your question is in the box again."


async def ask(desk: Desk, visit: Visit, question: str, *, instead_of: int = 0) -> AsyncGenerator[None]:
    """Answer, and yield whenever the page has something new to show.

    ``instead_of`` is the turn whose question is asked again, 0 where the conversation goes on. A whole answer takes its
    place there; to another question than the one that stands there, it takes that of all that follows as well. Who
    stops to look does not stop the answer. A question that cannot be asked here goes back into its box.
    """
    await _interrupt(visit)
    if not instead_of:  # what a changed question forgets is what its asker has seen
        await asyncio.to_thread(desk.catch_up, visit, with_coming=False)
    try:
        is_new = await asyncio.to_thread(_enter, desk, visit)
        instead = await asyncio.to_thread(_instead, desk, visit, instead_of, question)
    except ConversationNotFound as error:
        visit.tell(str(error), error=True, back=question)
        yield
        return
    papers = await asyncio.to_thread(_how_many, desk, visit)
    if all(shown.turn != instead_of for shown in visit.shown):
        visit.turns += 1
        instead_of = visit.turns
    visit.current = instead_of
    visit.follow_ups = ()
    visit.answering = Answering(
        desk,
        _events(desk, visit, question),
        question=question,
        owner=visit.owner,
        library=visit.place.library,
        conversation=visit.place.conversation,
        is_new=is_new,
        papers=papers,
        may_edit=desk.may_edit(visit),
        instead=instead,
    )
    async with aclosing(watch(desk, visit)) as pictures:
        async for _ in pictures:
            yield


async def watch(desk: Desk, visit: Visit) -> AsyncGenerator[None]:
    """Yield whenever the page has something new to show of the answer under way, whoever asked for it; and with its
    end. A page has one stream: the newest."""
    answering, stream = visit.answering, object()
    visit.stream, visit.wants_follow_ups = stream, False
    try:
        if answering:
            async with aclosing(answering.news()) as news:
                async for _ in news:
                    if visit.stream is not stream or visit.answering is not answering:
                        return
                    began, has_words = time.monotonic(), answering.has_words
                    yield
                    pause = max(_FRAME, _SHARE * (time.monotonic() - began))
                    await answering.rest(pause, drawn_with_words=has_words)
        if visit.stream is not stream or visit.answering is not answering:
            return
        _settle(visit)
        yield
        if visit.shown and (answer := visit.shown[-1].answer):
            async with desk.suggesting:  # trying suggestions takes as long as answering, which others wait for
                found = await asyncio.to_thread(_follow_ups, desk, visit, answer) if visit.stream is stream else ()
            if visit.stream is stream:  # else another question was asked meanwhile
                visit.follow_ups = found
            yield
    finally:
        if visit.stream is stream:
            visit.stream = None


async def _interrupt(visit: Visit) -> None:
    """End the answer under way; what had come of it stays, as when it is stopped by hand, and says why."""
    if visit.answering:
        visit.answering.stop(OVERTAKEN)
        await visit.answering.ended()
        _settle(visit)


def _settle(visit: Visit) -> None:
    """Put the answer that has ended among what is shown, and be where it is kept."""
    answering = visit.answering
    before, old, after = visit.parts()
    visit.answering = None
    if answering is None or answering.done is None:
        return
    done = replace(answering.done, turn=visit.current)
    if answering.is_dropped:
        visit.is_deleted = True
        visit.current = visit.shown[-1].turn if visit.shown else 0
        visit.tell(done.problem or DELETED, error=True, back=answering.question)
        return
    if visit.place.conversation == answering.conversation:
        if answering.kept_in and answering.kept_in != answering.conversation:
            before, old, after, visit.shown = (), None, (), []  # they went with the conversation
        visit.go(conversation=answering.kept_in)
    if old is None or not answering.instead:
        visit.shown = [*before, done, *after][-TURNS:]
    elif done.answer and (answering.instead.number is None or done.number in (answering.instead.number, None)):
        visit.shown = [*before, done, *after]
    else:
        _leave_as_it_was(visit, answering.instead, done)


def _leave_as_it_was(visit: Visit, instead: Instead, done: Shown) -> None:
    """What was asked again stays as it was: the new answer did not become whole, or the conversation went on elsewhere.
    A changed question, or a whole answer, comes last then."""
    stays = "The earlier answer stays."
    if done.answer or instead.forgets is not None:
        visit.turns += 1
        visit.current = visit.turns
        visit.shown = [*visit.shown, replace(done, turn=visit.current)][-TURNS:]
        stays = "Nothing is forgotten; what you asked now comes last."
    visit.tell(f"{_how_it_ended(done)} {stays}", error=bool(done.problem))


def _how_it_ended(done: Shown) -> str:
    if done.answer:
        return "The conversation went on elsewhere meanwhile."
    if done.stopped and TIMED_OUT in done.stopped.warnings:
        return "The answer took longer than it may."
    if done.stopped and OVERTAKEN in done.stopped.warnings:
        return "Stopped: another question was asked here."
    return done.problem or "Stopped."


def _how_many(desk: Desk, visit: Visit) -> int:
    try:
        return len(desk.papers(visit))
    except AssistantError:
        return 0  # asking says why


async def _events(desk: Desk, visit: Visit, question: str) -> AsyncIterator[Event]:
    """The answer's events. What it is asked of is settled at once: its asker may go on to another library."""
    assistant, place, history = desk.assistant(visit), visit.place, _history(visit, visit.current)
    filters = await asyncio.to_thread(desk.filters_of, place)
    coming = desk.answers(assistant, question, history=history, filters=filters, caller=visit.owner)
    async for event in coming:
        yield event


def _history(visit: Visit, before: int | None = None) -> History:
    """What a question may lean on: the last exchanges that are on the page, or the last before a turn."""
    told = [
        Exchange.of(shown.turn, answer, is_stopped=shown.stopped is not None)
        for shown in visit.shown
        if (before is None or shown.turn < before) and (answer := shown.answer or shown.stopped)
    ]
    return history_of(told[-LEANED_ON:]) if told else ()


def _enter(desk: Desk, visit: Visit) -> bool:
    """Be in a conversation of the visitor's own, which the address names from now on. Says whether it is a new one.

    Raises:
        ConversationNotFound: the one on the page was deleted elsewhere, or is shared no more.
    """
    conversations = desk.conversations
    if desk.notice_deletion(visit):
        raise ConversationNotFound(DELETED)
    try:
        if visit.place.shared:
            _go_on_in_a_copy(desk, visit)
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


def _instead(desk: Desk, visit: Visit, turn: int, question: str) -> Instead | None:
    """What the answer is to take the place of; nothing where no answer stands at that turn.

    Raises:
        ConversationNotFound: a changed question would forget more than the page shows. It shows all from then on.
    """
    old = next((shown for shown in visit.shown if shown.turn == turn), None)
    if old is None or not (old.answer or old.stopped):
        return None
    if old.number is None or question.strip() == old.question.strip():
        return Instead(old.question, old.number)
    forgets = sum(shown.turn > turn and shown.number is not None for shown in visit.shown)
    try:
        there = desk.conversations.get(visit.place.conversation).questions
    except ConversationsError:  # keeping the answer says why
        there = 0
    if there > old.number + forgets:
        desk.recall(visit)
        raise ConversationNotFound(_WENT_ON)
    return Instead(old.question, old.number, forgets)


def _follow_ups(desk: Desk, visit: Visit, answer: Answer) -> list[str]:
    try:
        return desk.assistant(visit).follow_ups(answer, history=_history(visit))
    except AssistantError:  # suggestions are no reason not to show an answer
        return []
