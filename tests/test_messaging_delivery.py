"""An answer on its way to a platform: sentences that stand, calls one at a time, nothing lost where it is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from assistant.answers import Answer, Doubted, Event, Plan, Restarted, TextDelta
from assistant.surfaces.messaging.delivery import Delivery, Pieces
from assistant.surfaces.messaging.replies import Handle, Shown
from tests.messaging import Board, asked, refusing

SHOWN = Shown(Answer("Why?", "Why?", "Since it is so.", True, "computed", Plan("Why?", "Why?")), "", 0)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def noted() -> list[Handle]:
    return []


@pytest.fixture
async def delivery(board: Board, noted: list[Handle]) -> Delivery:
    async def note(handle: Handle) -> None:
        noted.append(handle)

    async def is_wanted() -> bool:
        return True

    return Delivery(board.reply(asked("Why?"), {}), is_wanted=is_wanted, note=note)


def written(events: Iterable[Event]) -> list[str]:
    pieces = Pieces()
    return [piece for event in events if (piece := pieces.add(event))]


def words(*texts: str) -> list[Event]:
    return [TextDelta(text) for text in texts]


# ---- sentences


def test_a_sentence_is_shown_when_the_next_one_begins() -> None:
    assert written(words("Looms", " weave.", " [1]", " Gears", " turn.", " [2]", " So")) == [
        "Looms weave.",
        " [1]",
        " Gears turn.",
        " [2]",
    ]


def test_a_doubted_sentence_is_not_shown() -> None:
    doubted = " Gears fly. [2]"
    events = [*words("Looms weave. [1]"), TextDelta(doubted), Doubted("Gears fly.", "no paper says so", len(doubted))]
    assert written([*events, *words(" Tides come.", " Then")]) == ["Looms weave. [1]", " Tides come."]


def test_nothing_is_written_after_a_new_start() -> None:
    events = [*words("Looms weave.", " Gears fly."), Restarted("It was cut off."), *words("Looms", " weave.", " Yes.")]
    assert written(events) == ["Looms weave."]


# ---- calls


async def test_what_comes_while_the_platform_is_slow_goes_together(board: Board, delivery: Delivery) -> None:
    go_on = asyncio.Event()
    board.before = lambda call: go_on.wait() if call == "working" else None
    delivery.stage("Searching the papers")
    await board.until(lambda: board.calls == ["working"])
    for event in words("One.", " Two.", " Three.", " Four"):
        delivery.add(event)
    go_on.set()
    await board.until(lambda: bool(board.pieces))
    assert board.pieces == ["One. Two. Three."]
    await delivery.close()


async def test_a_question_waits_for_its_turn_before_it_is_worked_on(board: Board, delivery: Delivery) -> None:
    delivery.wait("Waiting for the answer before this one")
    await board.until(lambda: bool(board.posts))
    delivery.stage("Searching the papers")
    await board.until(lambda: board.stages == ["Searching the papers"])
    assert board.calls == ["waiting", "working"]
    await delivery.close()


async def test_what_would_lapse_is_said_again_until_something_comes(board: Board) -> None:
    async def nothing(_: Handle) -> None:
        return

    async def is_wanted() -> bool:
        return True

    delivery = Delivery(board.reply(asked("Why?"), {}), is_wanted=is_wanted, note=nothing, renewal=0.0)
    delivery.stage("Searching the papers")
    await board.until(lambda: board.calls.count("renew") >= 3)
    for event in words("One.", " Two"):
        delivery.add(event)
    await board.until(lambda: board.pieces == ["One."])
    await delivery.finish(SHOWN)
    assert board.calls[-1] == "finish"
    assert board.stages == ["Searching the papers"]


async def test_the_last_word_waits_for_the_call_before_it(board: Board, delivery: Delivery) -> None:
    go_on = asyncio.Event()
    board.before = lambda call: go_on.wait() if call == "working" else None
    delivery.stage("Searching the papers")
    await board.until(lambda: board.calls == ["working"])
    finishing = asyncio.create_task(delivery.finish(SHOWN))
    await asyncio.sleep(0)
    assert board.calls == ["working"]
    go_on.set()
    await finishing
    assert list(board.posts.values()) == ["Since it is so."]


async def test_where_something_is_shown_is_noted_as_soon_as_it_is_known(
    board: Board, delivery: Delivery, noted: list[Handle]
) -> None:
    delivery.stage("Searching the papers")
    await board.until(lambda: bool(board.posts))
    delivery.stage("Reading")
    await board.until(lambda: board.stages == ["Searching the papers", "Reading"])
    await delivery.finish(SHOWN)
    assert noted == [{"post": "m1/1"}]


async def test_what_was_shown_is_noted_although_nobody_waits_for_it_any_more(
    board: Board, delivery: Delivery, noted: list[Handle]
) -> None:
    go_on = asyncio.Event()
    board.before = lambda call: go_on.wait() if call == "finish" else None
    finishing = asyncio.create_task(delivery.finish(SHOWN))
    await board.until(lambda: board.calls == ["finish"])
    finishing.cancel()
    await asyncio.sleep(0)
    finishing.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await finishing
    assert noted == [{"post": "m1/1"}]


async def test_a_platform_that_refuses_is_not_asked_again_before_the_last_word(
    board: Board, delivery: Delivery
) -> None:
    board.before = refusing("working", "write")
    delivery.stage("Searching the papers")
    await board.until(lambda: board.calls == ["working"])
    for event in words("One.", " Two.", " Three"):
        delivery.add(event)
    await delivery.finish(SHOWN)
    assert board.calls == ["working", "finish"]
