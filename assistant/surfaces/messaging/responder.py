"""From a question to its answer, once: taken on disk, asked of the library of its thread, shown, stored.

Questions of one thread are answered one after the other, those of several at once. A process that is killed leaves
what it had not answered to the next one. While a platform is out of reach, what is to be shown there waits.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar
from weakref import WeakValueDictionary

from assistant import rendering
from assistant.errors import AssistantError, Busy
from assistant.surfaces.messaging.answering import Answering, Work, said
from assistant.surfaces.messaging.arrivals import Arrivals
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.delivery import Delivery
from assistant.surfaces.messaging.error_messages import INTERRUPTED, UNEXPECTED, error_message
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.inbox import Entry, Inbox, key_of
from assistant.surfaces.messaging.keeping import Stored
from assistant.surfaces.messaging.replies import Handle, Replies, Shown, Undelivered
from assistant.surfaces.messaging.thread_store import ThreadStore
from assistant.surfaces.serve.service import Service

Given = ParamSpec("Given")
Result = TypeVar("Result")
Tasks = dict[str, asyncio.Task[None]]

_LATE = 3_600.0
"""Seconds after which nobody waits for an answer any more that a process left."""
_ATTEMPTS = 3
"""Processes that may take a question up: one that ends each of them is not asked for ever."""
_PAUSES = (10.0, 60.0, 300.0, 900.0, 2_000.0)
"""Seconds before each new try to reach a platform: within ``_LATE`` in all."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """What a question comes to.

    Attributes:
        outcome: what the log says of it.
        last_word: the answer, or one line that says why there is none.
        problem: why that is not shown; None where it is.
    """

    outcome: str
    last_word: Shown | str
    problem: Undelivered | None = None


class Responder:
    """Answers the questions of one platform. For one event loop.

    ``accept``, ``edited``, ``deleted`` and ``resume`` raise ConversationsError where the file of messages cannot be
    used: then nothing is answered, since it might be twice.

    Args:
        replies: how the platform shows an answer.
        clock: seconds since 1970.
        pauses: seconds before each new try to reach the platform.
    """

    def __init__(
        self,
        service: Service,
        replies: Replies,
        platform: str,
        *,
        clock: Callable[[], float] = time.time,
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        database = Database(service.settings.data_dir / FILE)
        self.threads = ThreadStore(database)
        self.service = service
        self._replies = replies
        self._clock = clock
        self._pauses = pauses
        self._inbox = Inbox(database, platform, clock=clock)
        self._arrivals = Arrivals(self._inbox, self.threads)
        self._disk = ThreadPoolExecutor(1, f"{platform} inbox")  # its own: answers may take all others
        self._answering = Answering(service, self.threads, is_wanted=self._is_mine, note=self._note_stored)
        self._running: Tasks = {}
        self._renewing: Tasks = {}
        self._removing: Tasks = {}
        self._edits = itertools.count(1)
        self._turns = WeakValueDictionary[object, asyncio.Lock]()
        self._stopping = asyncio.Event()

    async def accept(self, question: Question) -> bool:
        """Take a question, and answer it in a task of its own. It is on disk then: the platform may be told so.

        Returns:
            Whether it will be answered: not where it came before, or where the channel wants no answers.
        """
        question = replace(question, text=rendering.visible(question.text))
        if not await self._arrivals.take(question):
            return False
        _log.info("question %s taken (%s)", key_of(question), question.kind)
        if self.service.settings.log_messages:
            _log.info("question %s: %s", key_of(question), question.text)
        self._begin(Work(question, {}))
        return True

    async def edited(self, place: Place, message: str, text: str) -> bool:
        """Answer a question as it stands now, in the same place, in a task of its own; nothing where it was none, or
        says what it said. It is on disk then: the platform may be told so.

        ``place.thread`` is not looked at.
        """
        async with self._turn(("edits", place.platform, place.team, place.channel, message)):
            entry = await self._on_disk(self._inbox.find, place, message)
            if entry is None or said(text) == await self._text_of(entry):
                return False
            question = replace(entry.question, text=rendering.visible(text))
            if not await self._on_disk(self._inbox.reopen, question):
                return False
        _log.info("question %s edited", key_of(question))
        self._run(self._renewing, f"{key_of(question)}, edit {next(self._edits)}", self._renew(question))
        return True

    async def deleted(self, place: Place, message: str) -> bool:
        """Take away the reply to a question, and what is stored of both, in a task of its own; nothing where it was
        none. It is on disk then: the platform may be told so.

        ``place.thread`` is not looked at.
        """
        entry = await self._on_disk(self._inbox.delete, place, message)
        if entry is None:
            return False
        self._run(self._removing, key_of(entry.question), self._remove(entry))
        return True

    async def resume(self) -> int:
        """Answer what processes left that are no more, or take its answer away; says how many questions that are."""
        left = await self._on_disk(self._inbox.left)
        for entry in left:
            _log.info("question %s was left; attempt %d", key_of(entry.question), entry.attempts)
            if entry.is_deleted:
                self._run(self._removing, key_of(entry.question), self._remove(entry))
                continue
            work = Work(entry.question, entry.handle, _stored(entry), left_at=entry.at)
            self._begin(work, is_given_up=entry.attempts > _ATTEMPTS or self._clock() - entry.at > _LATE)
        return len(left)

    async def stop(self, timeout: float) -> None:
        """Finish what is being answered, ``timeout`` seconds at most; what is not finished then, what waits, and what
        comes from now on is left to the next start. To be called before the service is stopped."""
        self._stopping.set()
        tasks = [*self._renewing.values(), *self._running.values(), *self._removing.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)
        await self._cancelled(tasks)
        await self._on_disk(self._inbox.close)

    # ---- one question

    def _begin(self, work: Work, *, is_given_up: bool = False) -> None:
        self._run(self._running, key_of(work.question), self._give_up(work) if is_given_up else self._answer(work))

    async def _answer(self, work: Work) -> None:
        await self._arrivals.all_taken()
        began = time.monotonic()
        outcome = await self._outcome(work)
        if outcome:
            await self._on_disk(self._inbox.settle, work.question)
            milliseconds = 1_000 * (time.monotonic() - began)
            _log.info("question %s in %.0f ms: %s", key_of(work.question), milliseconds, outcome)

    async def _outcome(self, work: Work) -> str:
        """Answer it and show that, again later where the platform is out of reach. Says what became of it; nothing
        where it is left open, or is not this process's to answer any more."""
        ending: Ending | None = None
        for pause in (*self._pauses, 0.0):
            async with self._delivering(work) as delivery:
                ending = await self._in_turn(work, delivery, ending)
            if ending is None:
                return ""
            if ending.problem is None:
                return ending.outcome
            if not ending.problem.is_passing:
                break
            _log.info("question %s is not shown yet: %s", key_of(work.question), ending.problem)
            work = replace(work, handle=delivery.handle)
            if await self._stops_within(pause):
                return ""
        return f"{ending.outcome}, not delivered: {ending.problem}" if ending else ""

    async def _in_turn(self, work: Work, delivery: Delivery, ending: Ending | None) -> Ending | None:
        """What it comes to, as it is shown now; ``ending`` is what it came to before. None where it is left open, or
        is not this process's to answer any more."""
        turn = self._turn(work.question.place)
        if turn.locked() and ending is None:
            delivery.wait("Waiting for the answer before this one")
        async with turn:
            if self._stopping.is_set():
                return None
            if ending is None:
                ending = await self._ending(work, delivery)
            elif not await self._is_mine(work.question):
                ending = None
            if ending is None:
                await self._take_back(work, delivery)
                return None
            return await self._told(work, delivery, ending)

    async def _ending(self, work: Work, delivery: Delivery) -> Ending | None:
        try:
            if not await self._is_mine(work.question):
                return None
            delivery.stage("Searching the papers")
            shown = await self._answering.shown(work, delivery.add)
        except AssistantError as error:
            if isinstance(error, Busy) and (self._stopping.is_set() or self.service.is_stopping):
                return None
            return Ending(_failed(error), error_message(error))
        except Exception as error:  # a bug: its asker is told, and no question waits for ever
            _log.exception("question %s failed", key_of(work.question))
            return Ending(_failed(error), UNEXPECTED)
        if shown is None:
            return None
        return Ending("answered" if shown.answer.answered else "answered that there is no answer", shown)

    async def _told(self, work: Work, delivery: Delivery, ending: Ending) -> Ending:
        """The ending, once the platform was told of it."""
        try:
            if isinstance(ending.last_word, str):
                await delivery.fail(ending.last_word)
            else:
                await delivery.finish(ending.last_word)
        except Undelivered as error:
            return replace(ending, problem=error)
        except Exception as error:  # a bug in showing it: its asker is told
            if isinstance(ending.last_word, str):
                raise
            _log.exception("question %s failed", key_of(work.question))
            return await self._told(work, delivery, Ending(_failed(error), UNEXPECTED))
        return replace(ending, problem=None)

    async def _take_back(self, work: Work, delivery: Delivery) -> None:
        """Show nothing of a question that was deleted in the moment in which it was taken, or elsewhere."""
        if await self._on_disk(self._inbox.is_gone, work.question):
            await self._withdrawn(work.question, delivery)

    async def _give_up(self, work: Work) -> None:
        """Say of a question that was left for too long why it has no answer, where something is shown of it."""
        try:
            if work.handle:
                async with self._turn(work.question.place), self._delivering(work) as delivery:
                    await self._told(work, delivery, Ending("given up", INTERRUPTED))
        finally:
            await self._on_disk(self._inbox.settle, work.question)
        _log.info("question %s given up", key_of(work.question))

    @asynccontextmanager
    async def _delivering(self, work: Work) -> AsyncIterator[Delivery]:
        """Nothing is under way any more after it."""
        delivery = self._delivery(work)
        try:
            yield delivery
        finally:
            await delivery.close()

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

    async def _renew(self, question: Question) -> None:
        """Answer a question that was edited, once nobody answers it here any more as it was before."""
        place = question.place
        async with self._turn((place.platform, place.team, place.channel, question.message)):
            entry = await self._on_disk(self._inbox.entry, question)
            if entry is None or entry.question.text != question.text:  # deleted, or edited again: others see to that
                return
            entry = await self._ended(entry)
            if entry.is_open and not entry.is_deleted:
                self._begin(Work(entry.question, entry.handle, _stored(entry)))

    async def _ended(self, entry: Entry) -> Entry:
        """The question as it is once nobody answers it here any more."""
        if running := self._running.get(key_of(entry.question)):
            await self._cancelled([running])
            return await self._on_disk(self._inbox.entry, entry.question) or entry
        return entry

    async def _remove(self, entry: Entry) -> None:
        """Take away what is shown of a question and what is stored; only then it is forgotten."""
        question, place = entry.question, entry.question.place
        async with self._turn((place.platform, place.team, place.channel, question.message)):
            entry = await self._ended(entry)
        async with asyncio.TaskGroup() as both:
            withdrawing = both.create_task(self._withdraw(entry))
            both.create_task(self._take_out(entry))
        if withdrawing.result():
            await self._on_disk(self._inbox.drop, question)
            _log.info("question %s deleted", key_of(question))

    async def _withdraw(self, entry: Entry) -> bool:
        """Whether nothing more can be taken away; else the platform is out of reach, and the next start goes on."""
        work = Work(entry.question, entry.handle)
        for pause in (*self._pauses, 0.0):
            async with self._delivering(work) as delivery:
                problem = await self._withdrawn(work.question, delivery)
            if problem is None or not problem.is_passing:
                return True
            work = replace(work, handle=delivery.handle)
            if await self._stops_within(pause):
                return False
        return False

    async def _withdrawn(self, question: Question, delivery: Delivery) -> Undelivered | None:
        """Take away what is shown; why it is still there, if it is."""
        try:
            await delivery.withdraw()
        except Undelivered as error:
            _log.info("question %s: its reply stays: %s", key_of(question), error)
            return error
        return None

    async def _take_out(self, entry: Entry) -> None:
        if stored := _stored(entry):
            async with self._turn(entry.question.place):
                await self.service.run(self._answering.take_out, stored)

    # ---- tasks

    def _run(self, tasks: Tasks, key: str, work: Coroutine[Any, Any, None]) -> None:
        """Do it in a task of its own; not where that is done already: it may be edited in the moment of its arrival."""
        if self._stopping.is_set() or key in tasks:
            work.close()
            return
        running = tasks[key] = asyncio.create_task(work, name=f"question {key}")
        running.add_done_callback(lambda _: self._over(tasks, key))

    def _over(self, tasks: Tasks, key: str) -> None:
        running = tasks.pop(key)
        if not running.cancelled() and (error := running.exception()):
            _log.error("question %s is left open", key, exc_info=error)

    async def _stops_within(self, pause: float) -> bool:
        """Whether this process is told to end within so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._stopping.wait()
        return self._stopping.is_set()

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


def _failed(error: Exception) -> str:
    return f"failed ({type(error).__name__})"


def _stored(entry: Entry) -> Stored | None:
    return Stored(entry.conversation, entry.number) if entry.conversation else None
