"""From a question to its answer, once: taken on disk, asked of the library of its thread, shown, stored.

Questions of one thread are answered one after the other, those of several at once. A process that is killed leaves
what it had not answered to the next one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import ParamSpec, TypeVar
from weakref import WeakValueDictionary

from assistant import rendering
from assistant.errors import AssistantError, Busy
from assistant.surfaces.messaging.answering import Answering, Work, said
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.delivery import Delivery
from assistant.surfaces.messaging.door import Door
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.inbox import Entry, Inbox, key_of
from assistant.surfaces.messaging.keeping import Stored
from assistant.surfaces.messaging.memory import Rooms
from assistant.surfaces.messaging.replies import Handle, Replies, Undelivered
from assistant.surfaces.messaging.sentences import INTERRUPTED, UNEXPECTED, sentence_of
from assistant.surfaces.serve.service import Service

Given = ParamSpec("Given")
Result = TypeVar("Result")

_LATE = 3_600.0
"""Seconds after which nobody waits for an answer any more that a process left."""
_ATTEMPTS = 3
"""Processes that may take a question up: one that ends each of them is not asked for ever."""

_log = logging.getLogger(__name__)


class Responder:
    """Answers the questions of one platform. For one event loop.

    ``accept``, ``edited``, ``deleted`` and ``resume`` raise ConversationsError where the file of messages cannot be
    used: then nothing is answered, since it might be twice.

    Args:
        replies: how the platform shows an answer.
        clock: seconds since 1970.
    """

    def __init__(
        self, service: Service, replies: Replies, platform: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        database = Database(service.settings.data_dir / FILE)
        self.rooms = Rooms(database)
        self.service = service
        self._replies = replies
        self._clock = clock
        self._inbox = Inbox(database, platform, clock=clock)
        self._door = Door(self._inbox, self.rooms)
        self._disk = ThreadPoolExecutor(1, f"{platform} inbox")  # its own: answers may take all others
        self._answering = Answering(service, self.rooms, is_wanted=self._is_mine, note=self._note_stored)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turns = WeakValueDictionary[object, asyncio.Lock]()
        self._is_stopping = False

    async def accept(self, question: Question) -> bool:
        """Take a question, and answer it in a task of its own. It is on disk then: the platform may be told so.

        Returns:
            Whether it will be answered: not where it came before, or where the channel wants no answers.
        """
        question = replace(question, text=rendering.visible(question.text))
        if not await self._door.take(question):
            return False
        _log.info("question %s taken (%s)", key_of(question), question.kind)
        if self.service.settings.log_messages:
            _log.info("question %s: %s", key_of(question), question.text)
        self._begin(Work(question, {}))
        return True

    async def edited(self, place: Place, message: str, text: str) -> bool:
        """Answer a question as it stands now, in the same place; nothing where it was none, or says what it said.

        ``place.thread`` is not looked at.
        """
        async with self._turn((place.platform, place.team, place.channel, message)):
            entry = await self._on_disk(self._inbox.find, place, message)
            if entry is None or said(text) == await self._text_of(entry):
                return False
            entry = await self._ended(entry)
            question = replace(entry.question, text=rendering.visible(text))
            await self._on_disk(self._inbox.reopen, question)
            _log.info("question %s edited", key_of(question))
            self._begin(Work(question, entry.handle, _stored(entry)))
            return True

    async def deleted(self, place: Place, message: str) -> bool:
        """Take away the reply to a question, and what is stored of both; nothing where it was none.

        ``place.thread`` is not looked at.
        """
        async with self._turn((place.platform, place.team, place.channel, message)):
            entry = await self._on_disk(self._inbox.find, place, message)
            if entry is None:
                return False
            entry = await self._ended(entry)
            await self._on_disk(self._inbox.drop, entry.question)
            await self._withdrawn(entry)
            if stored := _stored(entry):
                async with self._turn(entry.question.place):
                    await self.service.run(self._answering.take_out, stored)
            _log.info("question %s deleted", key_of(entry.question))
            return True

    async def resume(self) -> int:
        """Answer what processes left that are no more; says how many questions that are."""
        left = await self._on_disk(self._inbox.left)
        for entry in left:
            _log.info("question %s was left; attempt %d", key_of(entry.question), entry.attempts)
            work = Work(entry.question, entry.handle, _stored(entry), left_at=entry.at)
            self._begin(work, is_given_up=entry.attempts > _ATTEMPTS or self._clock() - entry.at > _LATE)
        return len(left)

    async def stop(self, timeout: float) -> None:
        """Finish what is being answered, ``timeout`` seconds at most; what is not finished then, what waits, and what
        comes from now on is left to the next start. To be called before the service is stopped."""
        self._is_stopping = True
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=timeout)
        await self._cancelled(list(self._running.values()))
        await self._on_disk(self._inbox.close)

    # ---- one question

    def _begin(self, work: Work, *, is_given_up: bool = False) -> None:
        key = key_of(work.question)
        if self._is_stopping or key in self._running:  # edited in the moment in which it was taken
            return
        ending = self._give_up(work) if is_given_up else self._answer(work)
        running = self._running[key] = asyncio.create_task(ending, name=f"question {key}")
        running.add_done_callback(lambda _: self._over(key, running))

    def _over(self, key: str, running: asyncio.Task[None]) -> None:
        del self._running[key]
        if not running.cancelled() and (error := running.exception()):
            _log.error("question %s is left open", key, exc_info=error)

    async def _answer(self, work: Work) -> None:
        await self._door.calm()
        began, turn = time.monotonic(), self._turn(work.question.place)
        delivery = self._delivery(work)
        try:
            if turn.locked():
                delivery.stage("Waiting for the answer before this one")
            async with turn:
                if self._is_stopping:
                    return
                delivery.stage("Searching the papers")
                outcome = await self._delivered(work, delivery)
        finally:
            await delivery.close()
        if outcome:
            await self._on_disk(self._inbox.settle, work.question)
            milliseconds = 1_000 * (time.monotonic() - began)
            _log.info("question %s in %.0f ms: %s", key_of(work.question), milliseconds, outcome)

    async def _delivered(self, work: Work, delivery: Delivery) -> str:
        """Answer and show it. Says what became of it; nothing where it is not this process's to answer any more."""
        try:
            shown = await self._answering.shown(work, delivery.add)
            if shown is None:
                return ""
            await delivery.finish(shown)
            return "answered" if shown.answer.answered else "answered that there is no answer"
        except Undelivered as error:
            return f"not delivered: {error}"
        except AssistantError as error:
            if isinstance(error, Busy) and (self._is_stopping or self.service.is_stopping):
                return ""
            return await self._failed(delivery, sentence_of(error), type(error).__name__)
        except Exception as error:
            _log.exception("question %s failed", key_of(work.question))
            return await self._failed(delivery, UNEXPECTED, type(error).__name__)

    async def _failed(self, delivery: Delivery, sentence: str, why: str) -> str:
        try:
            await delivery.fail(sentence)
        except Undelivered as error:
            return f"failed ({why}), not delivered: {error}"
        return f"failed ({why})"

    async def _give_up(self, work: Work) -> None:
        """Say of a question that was left for too long why it has no answer, where something is shown of it."""
        try:
            if work.handle:
                await self._failed(self._delivery(work), INTERRUPTED, "left")
        finally:
            await self._on_disk(self._inbox.settle, work.question)
        _log.info("question %s given up", key_of(work.question))

    def _delivery(self, work: Work) -> Delivery:
        """The reply, on which nothing is written any more once another process was told of an edit or a deletion."""

        async def is_wanted() -> bool:
            return await self._is_mine(work.question)

        async def note(handle: Handle) -> None:
            await self._on_disk(self._inbox.note, work.question, handle)

        return Delivery(self._replies(work.question, work.handle), is_wanted=is_wanted, note=note)

    # ---- edits and deletions

    async def _text_of(self, entry: Entry) -> str | None:
        """What a question said; None where that is not known any more."""
        if entry.is_open:
            return said(entry.question.text)
        stored = _stored(entry)
        text = await self.service.run(self._answering.question_at, stored) if stored else None
        return None if text is None else said(text)

    async def _ended(self, entry: Entry) -> Entry:
        """The question as it is once nobody answers it here any more."""
        if running := self._running.get(key_of(entry.question)):
            await self._cancelled([running])
            return await self._on_disk(self._inbox.find, entry.question.place, entry.question.message) or entry
        return entry

    async def _withdrawn(self, entry: Entry) -> None:
        delivery = self._delivery(Work(entry.question, entry.handle))
        try:
            await delivery.withdraw()
        except Undelivered as error:
            _log.info("question %s: its reply stays: %s", key_of(entry.question), error)

    # ---- tasks

    def _turn(self, what: object) -> asyncio.Lock:
        """For one at a time, in their order."""
        turn = self._turns.get(what)
        if turn is None:
            turn = self._turns[what] = asyncio.Lock()
        return turn

    async def _cancelled(self, tasks: Iterable[asyncio.Task[None]]) -> None:
        """Return when the tasks have ended."""
        ending = list(tasks)
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    async def _is_mine(self, question: Question) -> bool:
        return await self._on_disk(self._inbox.is_mine, question)

    async def _note_stored(self, question: Question, stored: Stored) -> None:
        await self._on_disk(self._inbox.note_stored, question, stored.conversation, stored.number)

    async def _on_disk(self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """A call that blocks; whoever is cancelled does not end it."""
        call = asyncio.get_running_loop().run_in_executor(self._disk, lambda: function(*given, **named))
        return await asyncio.shield(call)


def _stored(entry: Entry) -> Stored | None:
    return Stored(entry.conversation, entry.number) if entry.conversation else None
