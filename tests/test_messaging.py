"""What all chat platforms share: a question is answered once, in its thread, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.conversations.store import Conversations, Exchange
from assistant.errors import ConversationsError
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.error_messages import INTERRUPTED, UNEXPECTED
from assistant.surfaces.messaging.inbox import Inbox
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.messaging.thread_store import ChannelSettings
from tests.asking import is_one_sentence, open_copy
from tests.messaging import PATIENCE, THREAD, Board, Killer, answering, asked, crowded, out_of_reach, refusing
from tests.papers import make_paper
from tests.programs import LIBRARY, open_looms
from vectorstore.embeddings import EmbeddingModel

HOW_MANY = "How many patterns does WeaveBank have?"
LABELS = "Does GearNet need labels?"
ELSEWHERE = replace(THREAD, thread="200.2")


@pytest.fixture(scope="module")
def shared(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_looms(tmp_path_factory.mktemp("looms"), model) as assistant:
        yield assistant


@pytest.fixture
def looms(shared: Assistant) -> Iterator[Assistant]:
    """The library of all tests, about which nothing was asked."""
    yield shared
    shared.conversations.delete_all()


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
async def responder(looms: Assistant, board: Board, tmp_path: Path) -> AsyncIterator[Responder]:
    async with answering(looms, board, data_dir=tmp_path) as responder:
        yield responder


def stored(conversations: Conversations) -> list[Exchange]:
    """All questions with their answers, of all conversations."""
    return [exchange for one in conversations.list() for exchange in conversations.exchanges(one.id)]


def questions(conversations: Conversations) -> list[str]:
    return [exchange.question for exchange in stored(conversations)]


# ---- one question


async def test_a_question_is_answered_in_one_post_and_stored(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    assert await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    (shown,) = board.shown
    assert "12,000" in shown.answer.text
    assert list(board.posts.values()) == [shown.answer.text]
    assert board.stages[0] == "Searching the papers"
    kept = looms.conversations.exchanges(shown.conversation)[shown.number - 1]
    assert kept.question == HOW_MANY
    assert looms.conversations.get(shown.conversation).belongs_to(THREAD.owner)


async def test_follow_ups_come_with_the_answer(responder: Responder, board: Board) -> None:
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert board.shown[0].follow_ups


async def test_what_is_written_on_the_way_is_the_answer(responder: Responder, board: Board) -> None:
    await responder.accept(asked("What is GearNet?"))
    await board.until_done(1)
    assert board.shown[0].answer.text.startswith("".join(board.pieces))


@pytest.mark.parametrize("ids", [("event-1", "other"), ("other", "client-1"), ("event-1", "client-1")])
async def test_a_question_that_comes_again_is_answered_once(
    responder: Responder, board: Board, ids: tuple[str, ...]
) -> None:
    assert await responder.accept(asked(HOW_MANY))
    assert not await responder.accept(asked(HOW_MANY, ids=ids))
    await board.until_done(1)
    assert not await responder.accept(asked(HOW_MANY, ids=ids))
    assert board.done == ["m1"]


async def test_deliveries_that_come_at_the_same_time_are_answered_once(responder: Responder, board: Board) -> None:
    same = [asked(HOW_MANY, ids=(f"event-{n}", "channel:1")) for n in range(20)]
    assert sum(await asyncio.gather(*map(responder.accept, same))) == 1
    await board.until_done(1)
    await responder.stop(PATIENCE)
    assert len(board.done) == 1


async def test_a_message_is_known_again_when_its_ids_are_forgotten(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    now = 0.0
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as responder:
        assert await responder.accept(asked(HOW_MANY))
        await board.until_done(1)
        now += 25 * 3600
        assert not await responder.accept(asked(HOW_MANY))


async def test_commands_without_a_message_are_each_answered(responder: Responder, board: Board) -> None:
    assert await responder.accept(asked(HOW_MANY, "1", message="", kind="command"))
    assert await responder.accept(asked(HOW_MANY, "2", message="", kind="command"))
    await board.until_done(2)


async def test_a_question_is_noted_without_its_text_once_it_is_answered(
    responder: Responder, board: Board, tmp_path: Path
) -> None:
    await responder.accept(asked("What is WeaveBankishness, if anything?"))
    await board.until_done(1)
    await responder.stop(PATIENCE)
    files = tmp_path.glob("messaging.sqlite*")
    assert all(b"WeaveBankishness" not in file.read_bytes() for file in files)


async def test_halves_of_letters_and_controls_are_no_part_of_a_question(responder: Responder, board: Board) -> None:
    await responder.accept(asked(f"\ud800\x00{HOW_MANY}\u202e"))
    await board.until_done(1)
    assert board.shown[0].answer.question == HOW_MANY


# ---- threads and channels


async def test_a_thread_remembers_what_was_asked_before(responder: Responder, board: Board, looms: Assistant) -> None:
    await responder.accept(asked("What is GearNet?", "1"))
    await board.until_done(1)
    await responder.accept(asked("Does it need labels?", "2", user="babbage"))
    await board.until_done(2)
    assert "GearNet" in board.shown[1].answer.standalone_question
    assert [shown.number for shown in board.shown] == [1, 2]
    assert len(looms.conversations.list()) == 1


async def test_threads_know_nothing_of_each_other(responder: Responder, board: Board, looms: Assistant) -> None:
    await responder.accept(asked("What is GearNet?", "1"))
    await responder.accept(asked("Does it need labels?", "2", place=ELSEWHERE))
    await board.until_done(2)
    assert len(looms.conversations.list()) == 2


async def test_questions_of_a_thread_are_answered_in_their_order(responder: Responder, board: Board) -> None:
    for number in range(5):
        await responder.accept(asked(HOW_MANY if number % 2 else LABELS, str(number)))
    await board.until_done(5)
    assert board.done == ["m0", "m1", "m2", "m3", "m4"]
    assert [shown.number for shown in board.shown] == [1, 2, 3, 4, 5]


async def test_a_slow_thread_does_not_hold_up_another(responder: Responder, board: Board) -> None:
    go_on, waits = asyncio.Event(), iter([True])

    board.before = lambda call: go_on.wait() if call == "finish" and next(waits, False) else None
    await responder.accept(asked(HOW_MANY, "slow"))
    await responder.accept(asked(LABELS, "behind"))
    await responder.accept(asked(LABELS, "quick", place=ELSEWHERE))
    await board.until_done(1)
    go_on.set()
    await board.until_done(3)
    assert board.done == ["mquick", "mslow", "mbehind"] or board.done == ["mslow", "mquick", "mbehind"]


async def test_fifty_questions_at_once_are_each_answered_once(responder: Responder, board: Board) -> None:
    places = [replace(THREAD, thread=str(number)) for number in range(50)]
    taken = await asyncio.gather(
        *(responder.accept(asked(LABELS, str(number), place)) for number, place in enumerate(places))
    )
    assert all(taken)
    await board.until_done(50)
    assert sorted(board.done) == sorted(f"m{number}" for number in range(50))
    assert len(board.posts) == 50


async def test_a_channel_chooses_its_library_and_a_thread_keeps_its_own(
    responder: Responder, board: Board, looms: Assistant, model: EmbeddingModel, tmp_path: Path
) -> None:
    with Assistant("tides", tmp_path, model=model) as other:
        other.take_in([make_paper("TideNet: Learning Tides", "We propose TideNet, a method that learns tides.")])
    await responder.accept(asked("What is GearNet?", "1"))
    await board.until_done(1)
    responder.threads.change("board", "T1", "C1", ChannelSettings(library="tides"))
    await responder.accept(asked("What is TideNet?", "2", place=ELSEWHERE))
    await responder.accept(asked("What is GearNet?", "3"))
    await board.until_done(3)
    libraries = {looms.conversations.get(shown.conversation).library for shown in board.shown}
    assert libraries == {LIBRARY, "tides"}
    assert all(shown.answer.answered for shown in board.shown)


async def test_mentions_in_a_silent_channel_are_not_answered(responder: Responder, board: Board) -> None:
    responder.threads.change("board", "T1", "C1", ChannelSettings(is_silent=True))
    assert not await responder.accept(asked(HOW_MANY, "1"))
    assert await responder.accept(asked(HOW_MANY, "2", kind="command"))
    await board.until_done(1)
    assert len(board.posts) == 1


# ---- edits


async def test_an_edited_question_is_answered_anew_in_the_same_post(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert await responder.edited(ELSEWHERE, "m1", LABELS)
    await board.until_done(2)
    assert list(board.posts.values()) == [board.shown[1].answer.text]
    assert board.shown[1].number == 1
    assert questions(looms.conversations) == [LABELS]


async def test_an_edit_that_changes_nothing_is_no_question(responder: Responder, board: Board) -> None:
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert not await responder.edited(THREAD, "m1", f" {HOW_MANY} ")
    assert not await responder.edited(THREAD, "never asked", HOW_MANY)


async def test_an_edit_of_an_earlier_question_leaves_the_later_ones(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    for number, text in enumerate([HOW_MANY, LABELS, HOW_MANY], 1):
        await responder.accept(asked(text, str(number)))
    await board.until_done(3)
    before = stored(looms.conversations)
    looms.conversations.rate(board.shown[2].conversation, 3, useful=True, reason="right")
    await responder.edited(THREAD, "m1", "What is GearNet?")
    await board.until_done(4)
    after = stored(looms.conversations)
    assert [exchange.question for exchange in after] == ["What is GearNet?", LABELS, HOW_MANY]
    assert [exchange.answer for exchange in after[1:]] == [exchange.answer for exchange in before[1:]]
    assert [exchange.spans for exchange in after[1:]] == [exchange.spans for exchange in before[1:]]
    assert after[2].feedback is not None
    assert after[2].feedback.reason == "right"


async def test_a_question_edited_while_it_waits_is_answered_as_it_is_then(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    async with crowded(responder):
        await responder.accept(asked(HOW_MANY))
        await board.until(lambda: bool(board.posts))
        assert await responder.edited(THREAD, "m1", LABELS)
    await board.until_done(1)
    assert board.shown[0].answer.question == LABELS
    assert (len(board.posts), questions(looms.conversations)) == (1, [LABELS])


async def test_a_question_edited_while_its_answer_is_shown_is_answered_again(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    go_on, waits = asyncio.Event(), iter([True])
    showing = asyncio.Event()

    def before(call: str) -> object:
        if call == "finish" and next(waits, False):
            showing.set()
            return go_on.wait()
        return None

    board.before = before
    await responder.accept(asked(HOW_MANY))
    await showing.wait()
    editing = asyncio.create_task(responder.edited(THREAD, "m1", LABELS))
    await asyncio.sleep(0)
    go_on.set()
    assert await editing
    await board.until_done(2)
    assert list(board.posts.values()) == [board.shown[-1].answer.text]
    assert questions(looms.conversations) == [LABELS]


async def test_an_edit_is_on_disk_before_the_answer_to_the_text_before_has_ended(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    go_on = asyncio.Event()
    board.before = lambda call: go_on.wait() if call == "finish" else None
    async with answering(looms, board, data_dir=tmp_path) as responder:
        await responder.accept(asked(HOW_MANY))
        await board.until(lambda: "finish" in board.calls)
        assert await responder.edited(THREAD, "m1", "What is GearNet?")
        assert await responder.edited(THREAD, "m1", LABELS)
        noted = Inbox(Database(tmp_path / FILE), "board").find(THREAD, "m1")
        assert noted is not None
        assert (noted.question.text, noted.is_open) == (LABELS, True)
        go_on.set()
        await board.until(lambda: bool(board.shown) and board.shown[-1].answer.question == LABELS)
    assert list(board.posts.values()) == [board.shown[-1].answer.text]
    assert questions(looms.conversations) == [LABELS]
    async with answering(looms, board, data_dir=tmp_path) as later:
        assert await later.resume() == 0


async def test_a_question_edited_by_way_of_another_process_is_answered_by_that_one(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    async with answering(looms, board, data_dir=tmp_path) as first:
        async with crowded(first):
            await first.accept(asked(HOW_MANY))
            await board.until(lambda: bool(board.posts))
            async with answering(looms, board, data_dir=tmp_path) as second:
                assert await second.edited(THREAD, "m1", LABELS)
                await board.until_done(1)
        await first.stop(PATIENCE)
    assert list(board.posts.values()) == [board.shown[0].answer.text]
    assert board.done == ["m1"]
    assert questions(looms.conversations) == [LABELS]


# ---- deletions


async def test_a_deleted_question_takes_its_answer_with_it(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert await responder.deleted(ELSEWHERE, "m1")
    await board.until_done(2)
    await responder.stop(PATIENCE)
    assert board.posts == {}
    assert looms.conversations.list() == []
    assert not await responder.deleted(THREAD, "m1")
    assert not await responder.accept(asked(HOW_MANY))


async def test_a_deletion_that_is_cut_off_is_done_by_the_next_process(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    async with answering(looms, board, data_dir=tmp_path, pauses=(PATIENCE,)) as first:
        await first.accept(asked(HOW_MANY))
        await board.until_done(1)
        board.before = out_of_reach(1, "withdraw")
        assert await first.deleted(THREAD, "m1")
        await board.until(lambda: "withdraw" in board.calls)
        await first.stop(PATIENCE)
    assert board.posts
    async with answering(looms, board, data_dir=tmp_path) as second:
        assert await second.resume() == 1
        await board.until_done(2)
    assert (board.posts, looms.conversations.list()) == ({}, [])
    async with answering(looms, board, data_dir=tmp_path) as third:
        assert await third.resume() == 0


async def test_a_question_deleted_in_the_moment_of_its_arrival_leaves_nothing(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    go_on = asyncio.Event()
    board.before = lambda call: go_on.wait() if call == "working" else None
    async with answering(looms, board, data_dir=tmp_path) as first:
        await first.accept(asked(HOW_MANY))
        await board.until(lambda: "working" in board.calls)
        async with answering(looms, board, data_dir=tmp_path) as second:
            assert await second.deleted(THREAD, "m1")
            await board.until_done(1)
        go_on.set()
        await first.stop(PATIENCE)
    assert (board.posts, board.shown, stored(looms.conversations)) == ({}, [], [])


async def test_a_deleted_question_leaves_the_numbers_of_the_later_ones(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    for number, text in enumerate([HOW_MANY, LABELS], 1):
        await responder.accept(asked(text, str(number)))
    await board.until_done(2)
    await responder.deleted(THREAD, "m1")
    await responder.accept(asked("What is GearNet?", "3"))
    await board.until(lambda: "m3" in board.done)
    left = stored(looms.conversations)
    assert [exchange.number for exchange in left] == [1, 2, 3]
    assert left[1].question == LABELS
    assert "WeaveBank" not in left[0].question + left[0].told
    assert board.shown[-1].number == 3


async def test_a_question_deleted_while_it_waits_is_not_answered(
    responder: Responder, board: Board, looms: Assistant
) -> None:
    async with crowded(responder):
        await responder.accept(asked(HOW_MANY))
        await board.until(lambda: bool(board.posts))
        assert await responder.deleted(THREAD, "m1")
        await board.until_done(1)
    assert (board.posts, board.shown, stored(looms.conversations)) == ({}, [], [])


# ---- what goes wrong


async def test_a_library_without_papers_is_said_in_one_line(
    board: Board, tmp_path: Path, model: EmbeddingModel
) -> None:
    with Assistant("empty", tmp_path, model=model) as empty:
        async with answering(empty, board) as responder:
            await responder.accept(asked(HOW_MANY))
            await board.until_done(1)
    (said,) = board.posts.values()
    assert is_one_sentence(said)
    assert "papertalk " not in said


async def test_too_much_at_once_is_said_in_one_line_and_not_tried_again(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    async with answering(looms, board, data_dir=tmp_path, answers_at_once=1, answers_waiting=0) as responder:
        async with crowded(responder):
            await responder.accept(asked(HOW_MANY))
            await board.until_done(1)
        assert await responder.resume() == 0
    (said,) = board.posts.values()
    assert said.startswith("Too many questions are being answered")


async def test_an_answer_that_takes_too_long_is_given_up_in_one_line(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    async with (
        answering(looms, board, data_dir=tmp_path, answers_at_once=1, answer_timeout=0.05) as responder,
        crowded(responder),
    ):
        await responder.accept(asked(HOW_MANY))
        await board.until_done(1)
    (said,) = board.posts.values()
    assert said.startswith("The answer took longer than")


async def test_a_platform_that_takes_nothing_on_the_way_gets_the_whole_answer(
    responder: Responder, board: Board
) -> None:
    board.before = refusing("working", "write")
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert list(board.posts.values()) == [board.shown[0].answer.text]


async def test_an_answer_that_cannot_be_delivered_is_not_tried_again(
    responder: Responder, board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    board.before = refusing("working", "write", "finish", "fail")
    with caplog.at_level(logging.INFO, "assistant"):
        await responder.accept(asked(HOW_MANY))
        await board.until(lambda: "finish" in board.calls)
        await responder.stop(PATIENCE)
    assert "not delivered: The platform takes nothing." in caplog.text
    assert board.posts == {}
    assert await responder.resume() == 0


async def test_an_answer_waits_for_a_platform_that_is_out_of_reach(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    board.before = out_of_reach(2, "finish")
    async with answering(looms, board, data_dir=tmp_path, pauses=(0.0, 0.0)) as responder:
        await responder.accept(asked(HOW_MANY))
        await board.until_done(1)
    assert board.calls.count("finish") == 3
    assert list(board.posts.values()) == [board.shown[0].answer.text]
    assert questions(looms.conversations) == [HOW_MANY]


async def test_an_answer_that_waits_for_the_platform_is_left_to_the_next_process(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    board.before = out_of_reach(1, "finish")
    async with answering(looms, board, data_dir=tmp_path, pauses=(PATIENCE,)) as first:
        await first.accept(asked(HOW_MANY))
        await board.until(lambda: "finish" in board.calls)
        await first.stop(PATIENCE)
    async with answering(looms, board, data_dir=tmp_path) as second:
        assert await second.resume() == 1
        await board.until_done(1)
    assert list(board.posts.values()) == [board.shown[0].answer.text]
    assert questions(looms.conversations) == [HOW_MANY]


async def test_an_answer_that_waits_for_the_platform_holds_up_no_later_one(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    board.before = out_of_reach(1, "finish")
    async with answering(looms, board, data_dir=tmp_path, pauses=(PATIENCE,)) as responder:
        await responder.accept(asked(HOW_MANY, "1"))
        await responder.accept(asked(LABELS, "2"))
        await board.until_done(1)
        assert board.done == ["m2"]
        await responder.stop(PATIENCE)


async def test_a_bug_is_told_in_one_line_and_stays_loud_in_the_log(
    responder: Responder, board: Board, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(call: str) -> None:
        if call == "finish":
            raise RuntimeError("a bug")

    board.before = broken
    await responder.accept(asked(HOW_MANY))
    await board.until_done(1)
    await responder.stop(PATIENCE)
    assert list(board.posts.values()) == [UNEXPECTED]
    assert "RuntimeError" in caplog.text
    caplog.clear()


async def test_logs_hold_no_text(responder: Responder, board: Board, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "assistant"):
        await responder.accept(asked(HOW_MANY))
        await board.until_done(1)
        await responder.stop(PATIENCE)
    assert re.search(r"question board:T1:event-1 in \d+ ms: answered", caplog.text)
    assert "patterns" not in caplog.text


async def test_logs_hold_the_question_where_that_is_asked_for(
    looms: Assistant, board: Board, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with answering(looms, board, data_dir=tmp_path, log_messages=True) as responder:
        with caplog.at_level(logging.DEBUG, "assistant"):
            await responder.accept(asked(HOW_MANY))
    assert HOW_MANY in caplog.text


async def test_questions_that_cannot_be_noted_are_refused_and_later_ones_taken(
    responder: Responder, board: Board, tmp_path: Path
) -> None:
    (tmp_path / FILE).write_text("no database at all")
    refused = await asyncio.gather(*(responder.accept(asked(LABELS, str(n))) for n in range(3)), return_exceptions=True)
    assert [type(one) for one in refused] == [ConversationsError] * 3
    (tmp_path / FILE).unlink()
    assert await responder.accept(asked(LABELS))
    await board.until_done(1)


# ---- ends and starts


async def test_a_process_that_stops_finishes_what_it_answers_and_leaves_the_rest(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    go_on, waits = asyncio.Event(), iter([True])
    board.before = lambda call: go_on.wait() if call == "finish" and next(waits, False) else None
    async with answering(looms, board, data_dir=tmp_path) as first:
        await first.accept(asked(HOW_MANY, "1"))
        await first.accept(asked(LABELS, "2"))
        await board.until(lambda: len(board.posts) == 2)
        stopping = asyncio.create_task(first.stop(PATIENCE))
        await asyncio.sleep(0)
        go_on.set()
        await stopping
        assert await first.accept(asked("What is GearNet?", "3"))
    assert board.done == ["m1"]
    async with answering(looms, board, data_dir=tmp_path) as second:
        assert await second.resume() == 2
        await board.until_done(3)
    assert board.done == ["m1", "m2", "m3"]
    assert len(board.posts) == 3


async def test_a_process_leaves_alone_what_another_one_answers(looms: Assistant, board: Board, tmp_path: Path) -> None:
    async with answering(looms, board, data_dir=tmp_path) as first, crowded(first):
        await first.accept(asked(HOW_MANY))
        async with answering(looms, board, data_dir=tmp_path) as second:
            assert await second.resume() == 0
            assert not await second.accept(asked(HOW_MANY))
    await board.until_done(1)
    assert len(board.posts) == 1


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    with Killer() as killer:
        yield killer


@pytest.mark.parametrize("moment", ["taken", "workinged", "finish", "finished"])
async def test_a_question_of_a_killed_process_is_answered_once(
    looms: Assistant, killer: Killer, tmp_path: Path, moment: str
) -> None:
    open_copy(looms.library, tmp_path).close()
    killer.kill(tmp_path, moment, HOW_MANY)
    board = Board(tmp_path / "posts.json")
    with Assistant(LIBRARY, tmp_path, model=looms.library.store.model) as assistant:
        async with answering(assistant, board) as responder:
            assert not await responder.accept(asked(HOW_MANY))
            assert await responder.resume() == 1
            await board.until_done(1)
            assert await responder.resume() == 0
        assert questions(assistant.conversations) == [HOW_MANY]
    assert list(board.posts.values()) == [board.shown[0].answer.text]
    assert "12,000" in board.shown[0].answer.text


async def test_a_question_that_was_left_for_hours_is_not_answered_any_more(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    now = 0.0
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as first:
        await first.stop(0)
        await first.accept(asked(HOW_MANY))
    now += 2 * 3600
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as second:
        assert await second.resume() == 1
    assert board.posts == {}
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as third:
        assert await third.resume() == 0


async def test_an_edit_of_an_older_question_that_is_left_is_answered(
    looms: Assistant, board: Board, tmp_path: Path
) -> None:
    now = 0.0
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as first:
        await first.accept(asked(HOW_MANY))
        await board.until_done(1)
        now += 2 * 3600
        async with crowded(first):
            assert await first.edited(THREAD, "m1", LABELS)
            await first.stop(0)
    async with answering(looms, board, data_dir=tmp_path, clock=lambda: now) as second:
        assert await second.resume() == 1
        await board.until_done(2)
    assert list(board.posts.values()) == [board.shown[-1].answer.text]
    assert questions(looms.conversations) == [LABELS]


async def test_a_question_that_ends_each_process_is_given_up(looms: Assistant, board: Board, tmp_path: Path) -> None:
    for _ in range(3):
        async with answering(looms, board, data_dir=tmp_path) as responder:
            await responder.resume()
            async with crowded(responder):
                await responder.accept(asked(HOW_MANY))
                await board.until(lambda: bool(board.posts))
                await responder.stop(0)
    async with answering(looms, board, data_dir=tmp_path) as last:
        assert await last.resume() == 1
    assert list(board.posts.values()) == [INTERRUPTED]
