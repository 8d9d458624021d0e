"""An answer under way. It goes on whether or not a page looks at it, is kept where it ends, and every page of its asker
may watch it: after a reload, after a lost connection, in a second tab."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING

from assistant.answers import (
    Answer,
    Doubted,
    Event,
    Evidence,
    Finished,
    Gathered,
    Mode,
    Plan,
    Planned,
    Restarted,
    TextDelta,
)
from assistant.conversations.store import TIMED_OUT
from assistant.errors import AssistantError, ConversationNotFound, ConversationsError, TimedOut
from assistant.surfaces.web import telling
from assistant.surfaces.web.visit import Coming, Shown

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk

_PULSE = 1.0
"""Seconds after which a page hears of an answer of which nothing comes. Gradio sees only then that a visitor left."""
_MARKER = re.compile(r" ?(?<!\\)\[(\d{1,4})\]")
_FAILED = "Something went wrong here; what it was stands in the log of whoever runs this page."
_DELETED = "This conversation was deleted while its answer came; ask again in a new one."
_MOVED = "The conversation was deleted while this answer came; the answer is kept in a new one."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Instead:
    """What an answer is to take the place of, once it is whole: the question that stands there, and the number of the
    stored exchange, None where it is not stored. ``forgets`` is how many stored ones after it go with it, None where
    they stay, as they do when the same question is asked again."""

    question: str
    number: int | None
    forgets: int | None = None


class Answering:
    """``conversation`` is the id that it is kept under, ``owner`` who asked, ``may_edit`` whether they may
    change the library; ``coming`` is what there is of it. ``instead`` is what it takes the place of, None where it goes
    behind all that there is; one that does not become whole leaves that as it was.

    ``done`` is how it ended, None until then; it is nobody's turn yet, since each page counts its own. ``kept_in`` is
    the conversation that it is in then, empty where it could not be kept in a new one. ``number`` is that of the stored
    exchange; who reads the conversation and wants to know whether it is there already holds ``keeping``.
    """

    def __init__(
        self,
        desk: Desk,
        events: AsyncIterator[Event],
        *,
        question: str,
        owner: str,
        library: str,
        conversation: str,
        is_new: bool,
        papers: int,
        may_edit: bool,
        instead: Instead | None = None,
    ) -> None:
        self.question = question
        self.conversation = conversation
        self.coming = Coming(papers=papers)
        self.done: Shown | None = None
        self.instead = instead
        self.kept_in = "" if is_new else conversation
        self.number: int | None = None
        self.keeping = Lock()
        self._desk = desk
        self.owner = owner
        self._library = library
        self._may_edit = may_edit
        self._watchers: set[asyncio.Event] = set()
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        self._is_ending = False
        self.is_dropped = False
        self._loop = asyncio.get_running_loop()
        self._unwatched: asyncio.TimerHandle | None = None
        self._ending: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._take(events))
        desk.running[conversation] = self

    # ---- for those who watch

    async def news(self) -> AsyncGenerator[None]:
        """Whenever there may be something new, until it has ended. Without anybody who watches, it is stopped after
        the time that an answer may take."""
        told = asyncio.Event()
        self._watchers.add(told)
        if self._unwatched:
            self._unwatched.cancel()
        try:
            while self.done is None:
                yield
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PULSE):
                        await told.wait()
                told.clear()
        finally:
            self._watchers.discard(told)
            if not self._watchers and self.done is None:
                self._unwatched = self._loop.call_later(self._desk.shelf.settings.answer_timeout, self._stop)

    async def ended(self) -> None:
        """Wait until it has ended."""
        await self._over.wait()

    @property
    def has_words(self) -> bool:
        return self._begun.is_set()

    async def rest(self, seconds: float, *, drawn_with_words: bool) -> None:
        """Wait so long before it is drawn again; not past its first words, nor past its end."""
        ahead = self._over if drawn_with_words else self._begun
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await ahead.wait()

    def stop(self, why: str = "") -> None:
        """End it, from any thread. What has come is kept, with the mark that it was stopped, or why."""
        self._loop.call_soon_threadsafe(self._stop, why)

    def drop(self) -> None:
        """End it, from any thread, and keep nothing: its conversation is deleted."""
        self.is_dropped = True
        self._loop.call_soon_threadsafe(self._end_early, lambda: Shown(0, self.question, problem=_DELETED))

    # ---- how it comes and ends

    async def _take(self, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                if isinstance(event, Finished):
                    self._is_ending = True  # from here on there is nothing left to stop
                    await self._end(partial(self._kept, event.answer))
                elif isinstance(event, Planned | Gathered | TextDelta | Doubted | Restarted):
                    self.coming.add(event)
                    if isinstance(event, TextDelta):
                        self._begun.set()
                    self._tell()
        except TimedOut:
            if not self._is_ending:
                await self._end(partial(self._kept_as_stopped, TIMED_OUT))
        except AssistantError as error:
            await self._fail(self._told(error))
        except asyncio.CancelledError:
            if not self._is_ending:  # the server ends
                await self._end(self._kept_as_stopped)
            raise
        except Exception:  # a bug: it is told in the log, and no page waits for ever
            _log.exception("an answer failed")
            await self._fail(_FAILED)

    async def _fail(self, problem: str) -> None:
        if not self._is_ending:
            await self._end(lambda: Shown(0, self.question, problem=problem))

    def _stop(self, why: str = "") -> None:
        self._end_early(partial(self._kept_as_stopped, why))

    def _end_early(self, how: Callable[[], Shown]) -> None:
        """Without waiting for a model that is slow to let go."""
        if not self._is_ending:
            self._is_ending = True
            self._task.cancel()
            self._ending = asyncio.create_task(self._end(how))

    async def _end(self, how: Callable[[], Shown]) -> None:
        """``how`` makes what is shown; it may write to the disk."""
        self._is_ending = True
        try:
            self.done = await asyncio.to_thread(how)
        except Exception:  # a bug: it is told in the log, and no page waits for ever
            _log.exception("an answer could not be kept")
            self.done = Shown(0, self.question, problem=_FAILED)
        if not self.kept_in:
            self._desk.conversations.forget(self.conversation)
        if self._unwatched:
            self._unwatched.cancel()
        if self._desk.running.get(self.conversation) is self:
            del self._desk.running[self.conversation]
        self._begun.set()
        self._over.set()
        self._tell()

    def _told(self, error: AssistantError) -> str:
        return telling.of(error, may_edit=self._may_edit)

    def _tell(self) -> None:
        for told in self._watchers:
            told.set()

    # ---- how it is kept

    def _kept(self, answer: Answer) -> Shown:
        """An answer, stored; one that cannot be stored says so."""
        done = Shown(0, self.question, answer, evidence=self.coming.evidence)
        try:
            number = self._store(answer, done.evidence)
        except ConversationsError as error:
            return replace(done, answer=replace(answer, warnings=(*answer.warnings, self._told(error))))
        return replace(done, answer=self._noted(answer), number=number)

    def _noted(self, answer: Answer) -> Answer:
        """As the page shows it: with a note where it is not kept in the conversation that it was asked in."""
        if self.kept_in == self.conversation:
            return answer
        return replace(answer, warnings=(*answer.warnings, _MOVED))

    def _kept_as_stopped(self, why: str = "") -> Shown:
        """What had come, stored as such; where it cannot be, it stays on the page alone. Where the same question was
        asked again, what stands there stays, and this is not stored. ``why`` is noted where its reader did not stop
        it."""
        answer = self._as_far_as_it_came()
        answer = replace(answer, warnings=(*answer.warnings, why) if why else answer.warnings)
        done = Shown(0, self.question, stopped=answer, evidence=self.coming.evidence)
        if self.instead and self.instead.forgets is None:
            return done
        try:
            number = self._store(answer, done.evidence, is_stopped=True)
        except ConversationsError as error:
            return replace(done, stopped=replace(answer, warnings=(*answer.warnings, self._told(error))))
        return replace(done, stopped=self._noted(answer), number=number)

    def _as_far_as_it_came(self) -> Answer:
        """Its text without what no passage supports, and without a marker of which the passage was still to come."""
        coming = self.coming
        plan = coming.plan or Plan(self.question, self.question)
        text, place = "", 0
        for start, end, _ in coming.doubts:
            text, place = text + coming.text[place:start].rstrip(), end
        text = _MARKER.sub(self._if_known, text + coming.text[place:]).strip()
        cited = {int(match[1]) for match in _MARKER.finditer(text)}
        return Answer(
            question=self.question,
            standalone_question=plan.standalone_question,
            text=text,
            answered=False,
            mode=self._mode(plan),
            citations=tuple(coming.citations[number] for number in sorted(cited)),
            plan=plan,
            warnings=(coming.note,) if coming.note else (),
        )

    def _if_known(self, marker: re.Match[str]) -> str:
        return marker[0] if int(marker[1]) in self.coming.citations else ""

    def _mode(self, plan: Plan) -> Mode:
        if plan.is_computed:
            return "computed"
        return "generative" if self._desk.shelf.settings.chat_model else "extractive"

    def _store(self, answer: Answer, evidence: Sequence[Evidence], *, is_stopped: bool = False) -> int:
        """
        Raises:
            ConversationsError: it cannot be stored.
        """
        with self.keeping:
            if self.is_dropped:
                raise ConversationNotFound(_DELETED)
            self.number = (None if is_stopped else self._put_instead(answer, evidence)) or self._add(
                answer, evidence, is_stopped=is_stopped
            )
        return self.number

    def _put_instead(self, answer: Answer, evidence: Sequence[Evidence]) -> int | None:
        """Store it in the place of what it was asked instead of; None where nothing stands there as it did."""
        instead = self.instead
        if instead is None or instead.number is None:
            return None
        try:
            exchange = self._desk.conversations.replace(
                self.conversation,
                instead.number,
                answer,
                evidence,
                was=instead.question,
                forgetting=instead.forgets,
            )
        except ConversationNotFound:  # another page or a terminal changed the conversation, or deleted it
            return None
        return exchange.number

    def _add(self, answer: Answer, evidence: Sequence[Evidence], *, is_stopped: bool) -> int:
        conversations = self._desk.conversations
        try:
            exchange = conversations.add(self.conversation, answer, evidence, is_stopped=is_stopped)
            self.kept_in = self.conversation
        except ConversationNotFound:
            if self.is_dropped:
                raise
            # Deleted in a terminal meanwhile.
            self.kept_in = conversations.start(self._library, self.owner).id
            exchange = conversations.add(self.kept_in, answer, evidence, is_stopped=is_stopped)
        return exchange.number
