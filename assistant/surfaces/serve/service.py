"""What everything that is served shares: the libraries, and the one way by which a question is answered over HTTP.

However a question comes in (REST, OpenAI's form, MCP, the page), it waits its turn at one gate, may take so long and
no longer, and is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import ParamSpec, TypeVar

from assistant.access import Access
from assistant.answers import Answer, Event, Filters, Finished, History
from assistant.api import Assistant
from assistant.errors import AssistantError, Busy, TimedOut
from assistant.settings import Settings
from assistant.shelf import Shelf
from assistant.surfaces.serve import tracing
from assistant.surfaces.serve.metrics import Meters
from assistant.surfaces.serve.pressure import Gate

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Service:
    """``meters`` counts what is answered; ``access`` knows keys and users."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.settings: Settings = shelf.settings
        self.access = Access(self.settings.data_dir)
        self.meters = Meters()
        self.tracing = tracing.start(self.settings)
        self.gate = Gate(self.settings.answers_at_once, self.settings.answers_waiting)
        self.is_stopping = False
        self._ends: list[Callable[[], object]] = []

    def before_end(self, end: Callable[[], object]) -> None:
        """Have something ended before the libraries are closed. It may block, and must come to an end."""
        self._ends.append(end)

    async def stop(self, timeout: float) -> None:
        """Take no more questions, and wait for the answers under way, ``timeout`` seconds at most, and for the rest."""
        self.is_stopping = True
        await asyncio.gather(self.gate.drain(timeout), *(self.run(end) for end in self._ends))

    def assistant(self, library: str | None = None) -> Assistant:
        """
        Raises:
            LibraryError: there is no such library, or it cannot be opened.
        """
        return self.shelf.open(library) if library else self.shelf.first

    async def run(self, function: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """A call that blocks, beside the event loop."""
        return await asyncio.to_thread(function, *given, **named)

    async def events(
        self,
        assistant: Assistant,
        question: str,
        *,
        history: History = (),
        filters: Filters | None = None,
        surface: str = "api",
        caller: str = "",
    ) -> AsyncGenerator[Event]:
        """:meth:`Assistant.astream`, with its turn, its time and its place in the figures. ``caller`` is who asks: the
        questions of one do not hold up those of others.

        Raises:
            Busy: too many questions wait already.
            TimedOut: the answer took longer than it may.
        """
        async with (
            self._turn(surface, caller) as deadline,
            aclosing(assistant.astream(question, history=history, filters=filters)) as events,
        ):
            while True:
                async with asyncio.timeout_at(deadline):
                    event = await anext(events, None)
                if event is None:
                    return
                if isinstance(event, Finished):
                    self._answered(event.answer, surface)
                yield event

    @asynccontextmanager
    async def _turn(self, surface: str, caller: str) -> AsyncIterator[float]:
        """Wait for a turn; the block is told when it must have ended, by the loop's clock. Failures are counted."""
        deadline = asyncio.get_running_loop().time() + self.settings.answer_timeout
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout_at(deadline):
                    await stack.enter_async_context(self.gate.entered(caller))
                yield deadline
        except TimeoutError:
            late = TimedOut(
                f"The answer took longer than {self.settings.answer_timeout:g} seconds; ask again, or for less at once."
            )
            self._failed(late, surface)
            raise late from None
        except Busy:
            self.meters.refused("busy")
            raise
        except AssistantError as error:
            self._failed(error, surface)
            raise

    def _answered(self, answer: Answer, surface: str) -> None:
        self.meters.answered(answer, surface)
        if self.tracing:
            self.tracing.answered(answer, surface)

    def _failed(self, error: AssistantError, surface: str) -> None:
        self.meters.failed(error, surface)
        if self.tracing:
            self.tracing.failed(error)

    async def ask(
        self,
        assistant: Assistant,
        question: str,
        *,
        history: History = (),
        filters: Filters | None = None,
        surface: str = "api",
        caller: str = "",
    ) -> Answer:
        """The whole answer. Errors are those of :meth:`events`."""
        async with self._turn(surface, caller) as deadline, asyncio.timeout_at(deadline):
            answer = await assistant.aask(question, history=history, filters=filters)
            self._answered(answer, surface)
            return answer
