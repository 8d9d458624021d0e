"""An answer on its way to the web chat's page, without a browser: what goes over which wire, who may come back to it,
how it ends, and what is kept of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from assistant.answers import Answer, Doubted, Event, Evidence, Finished, Gathered, Plan, Planned, TextDelta
from assistant.conversations.store import OVERTAKEN
from assistant.surfaces.web import actions, asking, regions
from assistant.surfaces.web.regions import Region
from tests.web_asking import Held, asked, begun, desk_with, ended, live, looked, opened, watched
from tests.web_chat import cite, make_answer, make_paper

# ---- how often it is drawn


async def test_first_words_end_the_pause_between_two_pictures_and_later_ones_do_not(tmp_path: Path) -> None:
    says = asyncio.Event()

    async def script(question: str) -> AsyncIterator[Event]:
        yield Planned(Plan(question, question))
        await says.wait()
        yield TextDelta(f"On {question}")
        yield TextDelta(", and more.")
        yield Finished(make_answer(f"On {question}, and more.", question=question))

    desk = desk_with(script, tmp_path)
    visit = opened(desk)
    await looked(asking.ask(desk, visit, "maps"), lambda: True)
    assert visit.answering
    without = asyncio.create_task(visit.answering.rest(3600, drawn_with_words=False))
    says.set()
    async with asyncio.timeout(60):
        await without
        assert visit.answering.coming.text
        await visit.answering.rest(3600, drawn_with_words=True)
    assert visit.answering.done


# ---- who looks away and comes back


async def test_an_answer_goes_on_when_its_page_is_left_and_is_kept_once(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    assert visit.answering
    held.goes_on.set()
    await ended(visit)
    (kept,) = desk.conversations.exchanges(visit.place.conversation)
    assert kept.to_answer().text == "On maps, all of it."
    assert held.asked == ["maps"]
    assert not desk.running


async def test_a_page_that_is_loaded_again_shows_what_has_come_and_then_the_whole(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    again = opened(desk, visit.place.conversation)
    assert "On maps" in live(desk, again)
    assert "data-waits" in live(desk, again)
    held.goes_on.set()
    await watched(desk, again)
    assert "On maps, all of it." in live(desk, again)
    assert [shown.number for shown in again.shown] == [1]
    assert len(desk.conversations.exchanges(visit.place.conversation)) == 1
    assert held.asked == ["maps"]


async def test_a_page_that_is_loaded_again_after_the_end_shows_the_kept_answer(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    held.goes_on.set()
    await ended(visit)
    again = opened(desk, visit.place.conversation)
    assert again.answering is None
    assert [shown.question for shown in again.shown] == ["maps"]


async def test_a_page_that_lost_its_stream_and_comes_back_after_the_end_shows_the_answer_once(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    held.goes_on.set()
    await ended(visit)
    actions.act(desk, visit, {"do": "open", "query": f"?c={visit.place.conversation}", "anew": "yes"})
    assert "data-waits" in live(desk, visit)
    await watched(desk, visit)
    assert [shown.number for shown in visit.shown] == [1]
    assert "data-waits" not in live(desk, visit)


async def test_two_pages_of_one_visitor_see_the_same_answer_come(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    both = asyncio.gather(watched(desk, visit), watched(desk, other))
    held.goes_on.set()
    await both
    assert [shown.answer for shown in visit.shown] == [shown.answer for shown in other.shown]
    assert held.asked == ["maps"]


async def test_nobody_else_sees_an_answer_come(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    stranger = opened(desk, visit.place.conversation, owner="eve")
    assert stranger.answering is None
    assert stranger.place.conversation == ""
    assert "maps" not in live(desk, stranger)


async def test_who_reads_a_shared_conversation_sees_no_answer_come_in_it(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    held.goes_on.set()
    await watched(desk, visit)
    held.goes_on.clear()
    token = desk.conversations.share(visit.place.conversation)
    await begun(desk, visit, "engines")
    reader = opened(desk, owner="eve", shared=token)
    assert [shown.question for shown in reader.shown] == ["maps"]
    assert reader.answering is None


async def test_an_answer_goes_on_while_its_asker_is_in_another_conversation(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    left = visit.place.conversation
    actions.act(desk, visit, {"do": "again"})
    assert (visit.answering, visit.place.conversation) == (None, "")
    held.goes_on.set()
    await watched(desk, opened(desk, left))
    assert [exchange.question for exchange in desk.conversations.exchanges(left)] == ["maps"]


async def test_an_answer_that_nobody_comes_back_for_is_stopped_after_its_time(tmp_path: Path) -> None:
    desk = desk_with(Held(), tmp_path, answer_timeout=0.01)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    await ended(visit)
    assert desk.conversations.exchanges(visit.place.conversation)[0].is_stopped


async def test_an_answer_that_somebody_looks_at_is_not_stopped(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path, answer_timeout=0.01)
    visit = opened(desk)
    async with aclosing(asking.ask(desk, visit, "maps")) as pictures:
        await anext(pictures)
        other = opened(desk, visit.place.conversation)
        await looked(asking.watch(desk, other), lambda: True)  # one of two leaves
        await anext(pictures)
        held.goes_on.set()
        async for _ in pictures:
            pass
    assert visit.shown[0].answer


# ---- a second page that was there before


async def test_a_page_that_stayed_behind_shows_at_the_next_click_what_another_asked(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    await asked(desk, visit, "engines", "looms")
    actions.act(desk, other, {"do": "check"})
    assert [shown.question for shown in other.shown] == ["maps", "engines", "looms"]
    assert "On looms, all of it." in live(desk, other)
    before = other.shown
    actions.act(desk, other, {"do": "check"})
    assert other.shown is before


async def test_a_page_that_stayed_behind_shows_an_answer_that_is_under_way_by_then(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    held.goes_on.clear()
    await begun(desk, visit, "engines")
    actions.act(desk, other, {"do": "check"})
    assert "data-waits" in live(desk, other)
    held.goes_on.set()
    await watched(desk, other)
    assert [shown.question for shown in other.shown] == ["maps", "engines"]


async def test_a_question_on_a_page_that_stayed_behind_comes_after_what_was_asked_meanwhile(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    await asked(desk, visit, "engines")
    await asked(desk, other, "looms")
    assert [shown.question for shown in other.shown] == ["maps", "engines", "looms"]
    assert [shown.number for shown in other.shown] == [1, 2, 3]
    leaned_on = desk.shelf.first.histories[-1]  # type: ignore[attr-defined]
    assert [turn["content"] for turn in leaned_on if turn["role"] == "user"] == ["maps", "engines"]


async def test_two_pages_that_do_not_see_each_others_answer_come_lose_none(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    held.goes_on.clear()
    await begun(desk, visit, "engines")
    await begun(desk, other, "looms")
    held.goes_on.set()
    for page in (visit, other):
        await watched(desk, page)
    for page in (visit, other):
        actions.act(desk, page, {"do": "check"})
        assert sorted(shown.question for shown in page.shown) == ["engines", "looms", "maps"]
        assert [shown.number for shown in page.shown] == [1, 2, 3]


async def test_what_another_page_replaced_is_shown_as_it_is(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps", "engines")
    other = opened(desk, visit.place.conversation)
    await asked(desk, visit, "looms", instead_of=1)
    actions.act(desk, other, {"do": "check"})
    assert [shown.question for shown in other.shown] == ["looms"]


# ---- how it ends


async def test_what_had_come_of_a_stopped_answer_is_kept_and_nothing_leans_on_it(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    visit.stop()
    await watched(desk, visit)
    again = opened(desk, visit.place.conversation)
    for page in (visit, again):
        (shown,) = page.shown
        assert (shown.answer, shown.number) == (None, 1)
        assert "<p>On maps</p>" in live(desk, page)
        assert "Stopped." in live(desk, page)
        assert 'id="retry-1"' in live(desk, page)
        assert 'data-do="rate"' not in live(desk, page)
    held.goes_on.set()
    async for _ in asking.ask(desk, again, "engines"):
        pass
    assert desk.shelf.first.histories[-1] == [{"role": "user", "content": "maps"}]  # type: ignore[attr-defined]


async def test_a_stopped_answer_that_is_tried_again_is_replaced(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    visit.stop()
    await watched(desk, visit)
    held.goes_on.set()
    async for _ in asking.ask(desk, visit, "maps", instead_of=1):
        pass
    (kept,) = desk.conversations.exchanges(visit.place.conversation)
    assert not kept.is_stopped
    assert [shown.number for shown in visit.shown] == [1]


async def test_a_stopped_answer_is_kept_without_what_no_passage_supports(tmp_path: Path) -> None:
    doubtful = "The moon is green. [2]"

    async def script(question: str) -> AsyncIterator[Event]:
        yield Planned(Plan(question, question))
        for event in (
            TextDelta("Cards drive looms. [1] "),
            TextDelta(doubtful),
            Doubted(doubtful, "no", len(doubtful)),
        ):
            yield event
        yield TextDelta(" Wheels ")
        await asyncio.Event().wait()

    desk = desk_with(script, tmp_path)
    visit = opened(desk)
    await looked(
        asking.ask(desk, visit, "maps"), lambda: bool(visit.answering and "Wheels" in visit.answering.coming.text)
    )
    visit.stop()
    await ended(visit)
    (kept,) = desk.conversations.exchanges(visit.place.conversation)
    assert kept.to_answer().text == "Cards drive looms. Wheels"


async def test_a_stopped_answer_keeps_the_citations_that_had_come_and_shows_them(tmp_path: Path) -> None:
    paper = make_paper()
    first = cite(1, paper, "We study engines.")

    async def script(question: str) -> AsyncIterator[Event]:
        yield Planned(Plan(question, question))
        yield TextDelta("They study engines.")
        yield TextDelta(" [1]", (first,))
        yield TextDelta(" Looms [2]")
        yield TextDelta(" at https://example.org/ compute.")
        yield TextDelta(" [7]")
        yield TextDelta(" Wheels")
        await asyncio.Event().wait()

    desk = desk_with(script, tmp_path)
    visit = opened(desk)
    await looked(
        asking.ask(desk, visit, "one"), lambda: bool(visit.answering and "Wheels" in visit.answering.coming.text)
    )
    visit.stop()
    await watched(desk, visit)
    (kept,) = desk.conversations.exchanges(visit.place.conversation)
    assert kept.to_answer().text == "They study engines. [1] Looms at https://example.org/ compute. Wheels"
    assert [citation.quote for citation in kept.to_answer().citations] == ["We study engines."]
    again = opened(desk, visit.place.conversation)
    for page in (visit, again):
        page.rendered.clear()
        shown = regions.changed(desk, page)
        assert 'href="#source-1-1"' in shown[Region.LIVE]
        assert 'href="https://example.org/' not in shown[Region.LIVE]
        assert '<mark id="source-1-1"' in shown[Region.PANEL]


async def test_a_stopped_answer_that_cites_nothing_yet_shows_what_was_read_for_it(tmp_path: Path) -> None:
    async def script(question: str) -> AsyncIterator[Event]:
        yield Planned(Plan(question, question))
        if question == "maps":
            yield Gathered((Evidence(make_paper(), "Title", 0, 7, 1.0),))
        yield TextDelta("They study [1]")
        await asyncio.Event().wait()

    desk = desk_with(script, tmp_path)
    for question, said in (("maps", "What was read for it:"), ("looms", "stopped before anything was read")):
        visit = opened(desk)
        await begun(desk, visit, question)
        visit.stop()
        await watched(desk, visit)
        for page in (visit, opened(desk, visit.place.conversation)):
            page.rendered.clear()
            panel = regions.changed(desk, page)[Region.PANEL]
            assert said in panel
            assert "cites no paper" not in panel
            assert ("Engines: A Study" in panel) is (question == "maps")


async def test_a_question_asked_before_the_last_is_answered_stands_behind_what_had_come_of_that(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    await begun(desk, visit, "engines")
    held.goes_on.set()
    await watched(desk, visit)
    kept = desk.conversations.exchanges(visit.place.conversation)
    assert [(one.question, one.is_stopped) for one in kept] == [("maps", True), ("engines", False)]
    assert kept[0].to_answer().warnings == (OVERTAKEN,)
    assert [shown.number for shown in visit.shown] == [1, 2]


async def test_a_page_that_loses_its_answer_to_a_question_from_another_is_told_why(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await begun(desk, visit, "maps")
    other = opened(desk, visit.place.conversation)
    losing = asyncio.create_task(watched(desk, visit))
    await begun(desk, other, "engines")
    await losing
    for page in (visit, opened(desk, visit.place.conversation)):
        page.rendered.clear()
        drawn = regions.changed(desk, page)
        said = drawn[Region.LOG] + drawn[Region.LIVE]
        assert "<p>On maps</p>" in said
        assert "Stopped: another question was asked here." in said
        assert "Stopped.<" not in said


async def test_a_question_that_fails_first_leaves_no_conversation_and_an_address_without_one(tmp_path: Path) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    held.goes_on.set()
    async for _ in asking.ask(desk, visit, "broken"):
        pass
    assert visit.shown[0].problem == "This cannot be asked."
    assert visit.place.conversation == ""
    assert not desk.conversations.list()
    assert not desk.running


@pytest.mark.parametrize("all_of_them", [False, True])
async def test_an_answer_whose_conversation_is_deleted_is_dropped(tmp_path: Path, all_of_them: bool) -> None:
    held = Held()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    held.goes_on.set()
    async for _ in asking.ask(desk, visit, "maps"):
        pass
    held.goes_on.clear()
    await begun(desk, visit, "engines")
    answering = visit.answering
    assert answering
    do = {"do": "talks-delete-all"} if all_of_them else {"do": "talk-delete", "id": visit.place.conversation}
    actions.act(desk, visit, do)
    await answering.ended()
    assert not desk.conversations.list()
    assert not desk.running
    assert visit.answering is None


# ---- two wires


async def test_while_an_answer_streams_its_stream_alone_sends_the_conversation(tmp_path: Path) -> None:
    desk = desk_with(Held(), tmp_path)
    visit = opened(desk)
    regions.changed(desk, visit)
    async with aclosing(asking.ask(desk, visit, "maps")) as pictures:
        await anext(pictures)
        visit.go(view="settings")
        clicked, streamed = regions.changed(desk, visit), regions.changed(desk, visit, streams=True)
        assert set(clicked) == {Region.HEAD, Region.VIEW}
        assert "data-waits" not in streamed[Region.LIVE]
    assert "data-waits" in regions.changed(desk, visit)[Region.LIVE]


# ---- an address that cannot be meant


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?years=abc", "'abc' are no years"),
        ("?years=20", "'20' are no years"),
        ("?code=maybe", "'maybe' says nothing of code"),
        ("?years=2018-2020&code=yes", ""),
        ("?years=&code=", ""),
        ("?years=abc&library=nowhere", "nowhere"),
    ],
)
def test_a_filter_of_the_address_that_cannot_be_read_is_said(tmp_path: Path, query: str, says: str) -> None:
    desk = desk_with(Held(), tmp_path)
    visit = opened(desk)
    actions.act(desk, visit, {"do": "open", "query": query})
    told = visit.told.sentence
    assert (says in told) if says else not told
    assert bool(visit.place.choice) is (says == "" and "2018" in query)


# ---- what to ask next


async def test_a_kept_conversation_is_shown_before_anybody_thinks_of_what_to_ask_next(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    tried: list[str] = []

    def slow(answer: Answer, **_: object) -> list[str]:
        tried.append(answer.question)
        return ["And engines?"]

    desk.shelf.first.follow_ups = slow  # type: ignore[method-assign]
    again = opened(desk, visit.place.conversation)
    first = regions.changed(desk, again)
    assert "On maps, all of it." in first[Region.LIVE]
    assert "data-waits" in first[Region.NEXT]
    assert tried == []
    await watched(desk, again)
    last = regions.changed(desk, again)
    assert "And engines?" in last[Region.NEXT]
    assert "data-waits" not in last[Region.NEXT]
    assert tried == ["maps"]


async def test_what_was_thought_of_for_an_earlier_answer_is_not_shown_under_a_later_one(tmp_path: Path) -> None:
    held = Held()
    held.goes_on.set()
    desk = desk_with(held, tmp_path)
    visit = opened(desk)
    await asked(desk, visit, "maps")
    begun_thinking, thinks_on = threading.Event(), threading.Event()

    def slow(answer: Answer, **_: object) -> list[str]:
        begun_thinking.set()
        thinks_on.wait()
        return [f"More on {answer.question}?"]

    desk.shelf.first.follow_ups = slow  # type: ignore[method-assign]
    again = opened(desk, visit.place.conversation)
    thinking = asyncio.create_task(watched(desk, again))
    await asyncio.to_thread(begun_thinking.wait)
    held.goes_on.clear()
    await begun(desk, again, "engines")
    thinks_on.set()
    await thinking
    assert again.follow_ups == ()
