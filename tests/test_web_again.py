"""What is asked again, changed, or asked in a conversation that is there no more: nothing is lost but what its reader
gave up."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from assistant.answers import Event, Finished, Plan, Planned, TextDelta
from assistant.conversations.store import STOPPED, TIMED_OUT
from assistant.errors import AssistantError, QuestionError, TimedOut
from assistant.surfaces.web import actions, asking, regions
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.regions import Region
from assistant.surfaces.web.visit import Visit
from tests.web_asking import asked, begun, desk_with, ended, looked, opened, watched
from tests.web_chat import Scripted, make_answer

LATE = TimedOut("The answer took longer than 120 seconds; ask again, or for less at once.")
BROKEN = QuestionError("This cannot be asked.")


class Counting:
    """A script that says how often it was asked. Where ``ends_with`` is set, an answer ends so after its beginning;
    where ``waits``, it waits there."""

    def __init__(self) -> None:
        self.count = 0
        self.ends_with: AssistantError | None = None
        self.waits = False
        self.goes_on = asyncio.Event()

    async def __call__(self, question: str) -> AsyncIterator[Event]:
        self.count += 1
        text = f"On {question}, answer {self.count}."
        yield Planned(Plan(question, question))
        yield TextDelta("The beginning")
        if self.waits:
            await self.goes_on.wait()
        if self.ends_with:
            raise self.ends_with
        yield Finished(make_answer(text, question=question))


@pytest.fixture
def script() -> Counting:
    return Counting()


@pytest.fixture
def desk(script: Counting, tmp_path: Path) -> Desk:
    return desk_with(script, tmp_path)


@pytest.fixture
def visit(desk: Desk) -> Visit:
    return opened(desk)


def kept(desk: Desk, visit: Visit) -> list[str]:
    return [exchange.to_answer().text for exchange in desk.conversations.exchanges(visit.place.conversation)]


def on_page(desk: Desk, visit: Visit) -> list[str]:
    """The questions and answers, in the order in which they stand on the page."""
    visit.rendered.clear()
    drawn = regions.changed(desk, visit)
    html = "".join(drawn[region] for region in (Region.LOG, Region.LIVE, Region.LATER))
    found = re.findall(r'class="pt-question" dir="auto">(.*?)<|<p>(.*?)</p>|Note: (.*?)</p>', html)
    return ["".join(one) for one in found]


def asked_before(desk: Desk) -> list[str]:
    """The questions that the last one could lean on."""
    history = cast(Scripted, desk.shelf.first).histories[-1]
    return [turn["content"] for turn in history if turn["role"] == "user"]


# ---- the same question again


async def test_an_earlier_question_asked_again_keeps_what_follows_it(desk: Desk, visit: Visit) -> None:
    await asked(desk, visit, "maps", "engines", "trains")
    desk.conversations.rate(visit.place.conversation, 3, True)
    await asked(desk, visit, "engines", instead_of=2)
    assert kept(desk, visit) == ["On maps, answer 1.", "On engines, answer 4.", "On trains, answer 3."]
    assert asked_before(desk) == ["maps"]
    assert [(shown.turn, shown.number) for shown in visit.shown] == [(1, 1), (2, 2), (3, 3)]
    assert desk.conversations.exchanges(visit.place.conversation)[2].feedback
    await asked(desk, visit, "canals")
    assert asked_before(desk) == ["maps", "engines", "trains"]
    assert [shown.number for shown in visit.shown] == [1, 2, 3, 4]


async def test_what_is_asked_again_comes_in_its_place_also_on_a_page_that_is_loaded_again(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps", "engines", "trains")
    script.waits = True
    await begun_again(desk, visit, "engines", 2)
    again = opened(desk, visit.place.conversation)
    coming = ["maps", "On maps, answer 1.", "engines", "The beginning", "trains", "On trains, answer 3."]
    assert on_page(desk, visit) == on_page(desk, again) == coming
    script.goes_on.set()
    for page in (visit, again):
        await watched(desk, page)
        assert on_page(desk, page) == [*coming[:3], "On engines, answer 4.", *coming[4:]]


@pytest.mark.parametrize(
    ("ends_with", "said"),
    [
        (BROKEN, "This cannot be asked. The earlier answer stays."),
        (LATE, "The answer took longer than it may. The earlier answer stays."),
        (None, "Stopped. The earlier answer stays."),
    ],
    ids=["failed", "timed out", "stopped"],
)
async def test_an_answer_stays_where_the_next_one_does_not_become_whole(
    desk: Desk, visit: Visit, script: Counting, ends_with: AssistantError | None, said: str
) -> None:
    await asked(desk, visit, "maps", "engines")
    before, page = kept(desk, visit), on_page(desk, visit)
    script.ends_with, script.waits = ends_with, ends_with is None
    await begun_again(desk, visit, "maps", 1)
    visit.stop()
    await watched(desk, visit)
    assert kept(desk, visit) == before
    assert on_page(desk, visit) == page
    assert visit.told.sentence == said


async def begun_again(desk: Desk, visit: Visit, question: str, turn: int) -> None:
    """Ask at a turn, and look until there is text, or the end."""
    await looked(
        asking.ask(desk, visit, question, instead_of=turn),
        lambda: not visit.answering or bool(visit.answering.coming.text),
    )


async def test_a_question_that_failed_is_asked_again_in_its_place_and_what_follows_stays(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    script.ends_with = BROKEN
    await asked(desk, visit, "maps")
    script.ends_with = None
    await asked(desk, visit, "engines")
    await asked(desk, visit, "maps", instead_of=1)
    assert on_page(desk, visit) == ["maps", "On maps, answer 3.", "engines", "On engines, answer 2."]
    assert sorted(kept(desk, visit)) == ["On engines, answer 2.", "On maps, answer 3."]


async def test_what_another_page_put_in_its_place_is_not_replaced(desk: Desk, visit: Visit) -> None:
    await asked(desk, visit, "maps", "engines")
    await asked(desk, opened(desk, visit.place.conversation), "trains", instead_of=2)
    await asked(desk, visit, "engines", instead_of=2)
    assert kept(desk, visit) == ["On maps, answer 1.", "On trains, answer 3.", "On engines, answer 4."]


# ---- a changed question


async def test_a_changed_question_forgets_what_follows_it_once_its_answer_is_whole(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps", "engines", "trains")
    script.waits = True
    await begun_again(desk, visit, "canals", 2)
    assert len(kept(desk, visit)) == 3
    assert on_page(desk, visit) == ["maps", "On maps, answer 1.", "canals", "The beginning"]
    script.goes_on.set()
    await watched(desk, visit)
    assert kept(desk, visit) == ["On maps, answer 1.", "On canals, answer 4."]
    assert on_page(desk, visit) == ["maps", "On maps, answer 1.", "canals", "On canals, answer 4."]


@pytest.mark.parametrize("ends_with", [BROKEN, LATE, None], ids=["failed", "timed out", "stopped"])
async def test_where_a_changed_question_comes_to_no_whole_answer_nothing_is_forgotten_and_it_comes_last(
    desk: Desk, visit: Visit, script: Counting, ends_with: AssistantError | None
) -> None:
    await asked(desk, visit, "maps", "engines")
    before, page = kept(desk, visit), on_page(desk, visit)
    script.ends_with, script.waits = ends_with, ends_with is None
    await begun_again(desk, visit, "canals", 1)
    visit.stop()
    await watched(desk, visit)
    assert kept(desk, visit)[:2] == before
    assert on_page(desk, visit)[:5] == [*page, "canals"]
    assert "Nothing is forgotten" in visit.told.sentence


async def test_a_changed_question_forgets_nothing_that_its_page_did_not_show(desk: Desk, visit: Visit) -> None:
    await asked(desk, visit, "maps")
    await asked(desk, opened(desk, visit.place.conversation), "engines", "trains")
    before = kept(desk, visit)
    await asked(desk, visit, "canals", instead_of=1)
    assert kept(desk, visit) == before
    assert [shown.question for shown in visit.shown] == ["maps", "engines", "trains"]
    assert visit.told.back == "canals"
    await asked(desk, visit, "canals", instead_of=1)
    assert kept(desk, visit) == ["On canals, answer 4."]


async def test_a_changed_question_forgets_nothing_that_was_asked_on_another_page_while_its_answer_came(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps")
    script.waits = True
    await begun_again(desk, visit, "canals", 1)
    desk.conversations.add(visit.place.conversation, make_answer("In a terminal.", question="trains"))
    script.goes_on.set()
    await watched(desk, visit)
    assert kept(desk, visit) == ["On maps, answer 1.", "In a terminal.", "On canals, answer 2."]
    assert [shown.question for shown in visit.shown] == ["maps", "canals"]


# ---- an answer that took too long


async def test_what_had_come_of_an_answer_that_took_too_long_is_kept_and_says_so(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    script.ends_with = LATE
    await asked(desk, visit, "maps")
    (exchange,) = desk.conversations.exchanges(visit.place.conversation)
    assert exchange.is_stopped
    assert exchange.to_answer().warnings == (TIMED_OUT,)
    for page in (visit, opened(desk, visit.place.conversation)):
        page.rendered.clear()
        html = regions.changed(desk, page)[Region.LIVE]
        assert html.count(TIMED_OUT) == 1
        assert "The beginning" in html
        assert STOPPED not in html
        assert 'data-do="retry"' in html
    script.ends_with = None
    await asked(desk, visit, "maps", instead_of=1)
    assert kept(desk, visit) == ["On maps, answer 2."]


# ---- a conversation that is there no more


async def test_nothing_is_asked_in_a_conversation_that_was_deleted_elsewhere_and_the_question_goes_back(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps")
    desk.conversations.delete(visit.place.conversation)
    await asked(desk, visit, "engines\nand trains")
    assert script.count == 1
    drawn = regions.changed(desk, visit)
    assert "there no more" in drawn[Region.TOLD]
    assert 'data-back="engines&#10;and trains"' in drawn[Region.TOLD]
    assert "Go on in a new conversation" in drawn[Region.NEXT]
    actions.act(desk, visit, {"do": "again"})
    await asked(desk, visit, "engines")
    assert kept(desk, visit) == ["On engines, answer 2."]
    assert asked_before(desk) == []
    assert "no more" not in regions.changed(desk, visit).get(Region.NEXT, "")


@pytest.mark.parametrize("do", [{"do": "check"}, {"do": "rate", "turn": "1", "useful": "yes"}])
async def test_who_comes_back_to_a_page_is_told_that_its_conversation_was_deleted(
    desk: Desk, visit: Visit, do: dict[str, str]
) -> None:
    await asked(desk, visit, "maps")
    actions.act(desk, visit, {"do": "check"})
    assert not visit.is_deleted
    actions.act(desk, opened(desk), {"do": "talks-delete-all"})
    actions.act(desk, visit, do)
    drawn = regions.changed(desk, visit)
    assert "deleted on another page or in a terminal" in drawn[Region.NEXT]
    assert on_page(desk, visit) == ["maps", "On maps, answer 1."]


async def test_who_reads_what_is_shared_no_more_is_told_before_anything_is_asked(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps")
    reader = opened(desk, owner="eve", shared=desk.conversations.share(visit.place.conversation))
    desk.conversations.unshare(visit.place.conversation)
    await asked(desk, reader, "engines")
    assert script.count == 1
    assert reader.told.back == "engines"
    assert reader.is_deleted


async def test_a_page_whose_conversation_is_deleted_on_another_while_an_answer_comes_has_its_question_again(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps")
    script.waits = True
    await begun(desk, visit, "engines")
    actions.act(desk, opened(desk), {"do": "talk-delete", "id": visit.place.conversation})
    await watched(desk, visit)
    assert visit.told.back == "engines"
    assert visit.is_deleted
    assert on_page(desk, visit) == ["maps", "On maps, answer 1."]


async def test_an_answer_whose_conversation_is_deleted_in_a_terminal_meanwhile_stands_alone_in_a_new_one(
    desk: Desk, visit: Visit, script: Counting
) -> None:
    await asked(desk, visit, "maps", "trains")
    script.waits = True
    await begun(desk, visit, "engines")
    deleted = visit.place.conversation
    desk.conversations.delete(deleted)
    script.goes_on.set()
    await ended(visit)
    await watched(desk, visit)
    assert visit.place.conversation != deleted
    assert kept(desk, visit) == ["On engines, answer 3."]
    assert [shown.number for shown in visit.shown] == [1]
    assert "kept in a new one" in on_page(desk, visit)[-1]
