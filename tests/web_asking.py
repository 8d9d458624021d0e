"""What tests of an answer on its way to the page need without a browser: a script that waits, and pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path

from assistant.answers import Event, Finished, Plan, Planned, TextDelta
from assistant.errors import QuestionError
from assistant.surfaces.web import asking, regions
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.regions import Region
from assistant.surfaces.web.visit import Place, Visit
from tests.web_chat import Scripted, desk_of, make_answer, make_paper


class Held:
    """A script that says a little of each answer and waits to be let go on."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.asked: list[str] = []

    async def __call__(self, question: str) -> AsyncIterator[Event]:
        self.asked.append(question)
        yield Planned(Plan(question, question))
        yield TextDelta(f"On {question} [1]")
        await self.goes_on.wait()
        if question == "broken":
            raise QuestionError("This cannot be asked.")
        yield Finished(make_answer(f"On {question}, all of it.", question=question))


def desk_with(script: Callable[[str], AsyncIterator[Event]], folder: Path, **settings: object) -> Desk:
    scripted = Scripted(script, folder, make_paper())
    scripted.settings = scripted.settings.model_copy(update=settings)
    return desk_of(scripted)


def opened(desk: Desk, conversation: str = "", owner: str = "ada", shared: str = "") -> Visit:
    """A page that is loaded at the address of a conversation."""
    visit = Visit()
    visit.owner = owner
    desk.open(visit, Place(conversation=conversation, shared=shared))
    return visit


async def begun(desk: Desk, visit: Visit, question: str) -> None:
    """Ask, look until there is text, and leave."""
    await looked(asking.ask(desk, visit, question), lambda: bool(visit.answering and visit.answering.coming.text))


async def looked(pictures: AsyncGenerator[None], enough: Callable[[], bool]) -> None:
    async with aclosing(pictures):
        async for _ in pictures:
            if enough():
                return


async def watched(desk: Desk, visit: Visit) -> None:
    """Look until it has ended."""
    async for _ in asking.watch(desk, visit):
        pass


async def ended(visit: Visit) -> None:
    assert visit.answering
    await visit.answering.ended()


def live(desk: Desk, visit: Visit) -> str:
    visit.rendered.clear()
    return regions.changed(desk, visit)[Region.LIVE]


async def asked(desk: Desk, visit: Visit, *questions: str, instead_of: int = 0) -> None:
    """Ask one after the other, and look until each has ended."""
    for question in questions:
        async for _ in asking.ask(desk, visit, question, instead_of=instead_of):
            pass
