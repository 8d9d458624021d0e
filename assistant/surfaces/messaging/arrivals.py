"""Where questions come in. A platform waits for seconds until one is taken, so those that come at once are taken in one
step: a group commit (D. J. DeWitt et al., Implementation Techniques for Main Memory Database Systems, SIGMOD 1984)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from assistant.surfaces.messaging.events import Question
from assistant.surfaces.messaging.inbox import Inbox
from assistant.surfaces.messaging.thread_store import ThreadStore


class Arrivals:
    """For one event loop."""

    def __init__(self, inbox: Inbox, threads: ThreadStore) -> None:
        self._inbox = inbox
        self._threads = threads
        self._disk = ThreadPoolExecutor(1, "arrivals")  # its own: answers may take all others
        self._arrived: list[tuple[Question, asyncio.Future[bool]]] = []
        self._letting_in: asyncio.Task[None] | None = None

    async def take(self, question: Question) -> bool:
        """Whether the question is on disk now, and to be answered: not where it came before, or where it is a mention
        in a channel that wants no answers.

        Raises:
            ConversationsError: the file of messages cannot be used.
        """
        is_taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._arrived.append((question, is_taken))
        if self._letting_in is None or self._letting_in.done():
            self._letting_in = asyncio.create_task(self._let_in())
        return await is_taken

    async def all_taken(self) -> None:
        """Return when all that came are taken: where many come at once, none is answered before that."""
        if self._letting_in is not None:
            await asyncio.wait([self._letting_in])

    async def _let_in(self) -> None:
        loop = asyncio.get_running_loop()
        while self._arrived:
            arrived, self._arrived = self._arrived, []
            questions = [question for question, _ in arrived]
            waiting = [is_taken for _, is_taken in arrived]
            try:
                taken = await loop.run_in_executor(self._disk, self._taken, questions)
            except Exception as error:  # goes on in whoever waits for it
                for is_taken in filter(_is_awaited, waiting):
                    is_taken.set_exception(error)
            else:
                for is_taken, outcome in zip(waiting, taken, strict=True):
                    if _is_awaited(is_taken):
                        is_taken.set_result(outcome)

    def _taken(self, questions: Sequence[Question]) -> list[bool]:
        """Of each question, whether it is taken."""
        channels = {_channel(one) for one in questions if one.kind == "mention"}
        silent = {channel for channel in channels if self._threads.settings(*channel).is_silent}
        wanted = [not (one.kind == "mention" and _channel(one) in silent) for one in questions]
        taken = iter(self._inbox.take([one for one, is_wanted in zip(questions, wanted, strict=True) if is_wanted]))
        return [is_wanted and next(taken) for is_wanted in wanted]


def _is_awaited(is_taken: asyncio.Future[bool]) -> bool:
    """Whether the one who brought the question was not cancelled."""
    return not is_taken.done()


def _channel(question: Question) -> tuple[str, str, str]:
    place = question.place
    return place.platform, place.team, place.channel
