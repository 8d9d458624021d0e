"""Many visitors at once: nobody waits for another's answer, and nobody sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future
from pathlib import Path

from assistant.answers import Event, TextDelta
from benchmarks.web import VISITORS, Visitor, visitor_at
from tests.web_chat import SLOW, Scripted, make_answer, make_paper, serving, told

QUESTIONS = [f"Question {number:02}" for number in range(VISITORS)]


def test_answers_to_many_visitors_are_all_under_way_before_one_of_them_ends(tmp_path: Path) -> None:
    end: Future[None] = Future()

    async def script(question: str) -> AsyncIterator[Event]:
        yield TextDelta(f"Begun: {question}. ")
        await asyncio.shield(asyncio.wrap_future(end))
        async for event in told(make_answer(f"Begun: {question}. Ended: {question}.", question=question)):
            yield event

    async def visit(address: str) -> list[str]:
        begun = asyncio.Barrier(VISITORS)
        return await asyncio.gather(*(watch(address, question, begun) for question in QUESTIONS))

    async def watch(address: str, question: str, begun: asyncio.Barrier) -> str:
        async with visitor_at(address) as visitor:
            await read(visitor, question, begun)
            return visitor.seen

    async def read(visitor: Visitor, question: str, begun: asyncio.Barrier) -> None:
        waits = True
        async for sent in visitor.ask(question):
            if waits and f"Begun: {question}." in sent:
                waits = False
                async with asyncio.timeout(SLOW / 1000):
                    last = await begun.wait() == 0
                if last:
                    end.set_result(None)

    with serving(Scripted(script, tmp_path, make_paper())) as address:
        pages = asyncio.run(visit(address))
    for question, page in zip(QUESTIONS, pages, strict=True):
        assert f"Ended: {question}." in page
        assert not [other for other in QUESTIONS if other != question and other in page]
