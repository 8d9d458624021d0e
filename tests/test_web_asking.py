"""An answer on its way to the web chat's page, without a browser: what goes over which wire, and what is left of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from assistant.answers import Event, TextDelta
from assistant.surfaces.web import asking, regions
from assistant.surfaces.web.regions import Region
from assistant.surfaces.web.visit import Visit
from tests.web_chat import Scripted, desk_of, make_paper


async def endless(question: str) -> AsyncIterator[Event]:
    yield TextDelta(f"On {question}")
    await asyncio.Event().wait()


async def test_a_visitor_whose_connection_is_lost_finds_what_had_come_and_no_answer_under_way(tmp_path: Path) -> None:
    desk, visit = desk_of(Scripted(endless, tmp_path, make_paper())), Visit()
    async with aclosing(asking.ask(desk, visit, "maps")) as pictures:
        async for _ in pictures:
            if visit.coming.text:
                break
    assert visit.answering is None
    (shown,) = visit.shown
    assert shown.question == "maps"
    assert shown.coming
    assert shown.coming.text == "On maps"


async def test_while_an_answer_comes_its_stream_alone_sends_the_conversation(tmp_path: Path) -> None:
    desk, visit = desk_of(Scripted(endless, tmp_path, make_paper())), Visit()
    regions.changed(desk, visit)
    async with aclosing(asking.ask(desk, visit, "maps")) as pictures:
        await anext(pictures)
        visit.go(view="settings")
        clicked, streamed = regions.changed(desk, visit), regions.changed(desk, visit, streams=True)
    assert set(clicked) == {Region.HEAD, Region.VIEW}
    assert Region.LIVE in streamed
    assert set(regions.changed(desk, visit)) >= {Region.HEAD, Region.LIVE, Region.PANEL}
