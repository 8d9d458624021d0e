"""The file of messages: what is taken once, by one process at a time, and what becomes of a file that is none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import ConversationsError
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.inbox import KEPT_FOR, SEEN_FOR, Inbox
from assistant.surfaces.messaging.thread_store import ChannelSettings, Thread, ThreadStore
from tests.asking import is_one_sentence
from tests.messaging import THREAD, asked

Open = Callable[[], Inbox]


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Open:
    """Each inbox as a process of its own has it."""
    return lambda: Inbox(Database(tmp_path / FILE), "board", clock=clock)


def test_a_question_comes_back_as_it_was_taken(opened: Open) -> None:
    first = opened()
    question = asked("Why?", details={"url": "https://example.org"})
    assert first.take([question]) == [True]
    first.note(question, {"post": "7"})
    first.close()
    (entry,) = opened().left()
    assert (entry.question, entry.handle, entry.attempts, entry.is_open) == (question, {"post": "7"}, 2, True)


def test_questions_that_come_together_are_taken_in_one_step_and_each_once(opened: Open) -> None:
    inbox = opened()
    same = asked("Why?", "1", ids=("event-9", "client-1"))
    assert inbox.take([asked("Why?", "1"), asked("How?", "2"), same]) == [True, True, False]
    assert inbox.take([]) == []


def test_one_of_many_processes_takes_a_question(opened: Open) -> None:
    inboxes = [opened() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        taken = threads.map(lambda inbox: inbox.take([asked("Why?")]), inboxes)
        assert sum(is_taken for (is_taken,) in taken) == 1


def test_one_of_many_processes_takes_up_what_was_left(opened: Open) -> None:
    first = opened()
    for number in range(5):
        first.take([asked("Why?", str(number))])
    first.close()
    inboxes = [opened() for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        left = [entry for found in threads.map(lambda inbox: inbox.left(), inboxes) for entry in found]
    assert sorted(entry.question.message for entry in left) == ["m0", "m1", "m2", "m3", "m4"]


def test_what_is_left_comes_oldest_first(opened: Open, clock: Clock) -> None:
    for number in (1, 2, 3):
        inbox = opened()
        inbox.take([asked("Why?", str(number))])
        inbox.close()
        clock.now += 1
    assert [entry.question.message for entry in opened().left()] == ["m1", "m2", "m3"]


def test_the_lock_of_a_process_is_gone_with_its_questions(opened: Open, tmp_path: Path) -> None:
    first = opened()
    first.take([asked("Why?")])
    first.close()
    second = opened()
    second.left()
    second.close()
    assert list(tmp_path.glob("*.lock")) == []


def test_the_lock_of_a_process_is_gone_although_it_left_nothing(opened: Open, tmp_path: Path) -> None:
    (tmp_path / ".messaging-killed.lock").touch()
    inbox = opened()
    assert inbox.left() == []
    assert len(list(tmp_path.glob("*.lock"))) == 1
    inbox.close()
    assert list(tmp_path.glob("*.lock")) == []


def test_what_is_settled_is_not_left(opened: Open) -> None:
    first = opened()
    first.take([asked("Why?")])
    first.settle(asked("Why?"))
    first.close()
    assert opened().left() == []


def test_a_settled_question_is_found_without_its_text(opened: Open) -> None:
    inbox = opened()
    inbox.take([asked("Why?")])
    inbox.note_stored(asked("Why?"), "conversation", 3)
    inbox.settle(asked("Why?"))
    entry = inbox.find(THREAD, "m1")
    assert entry is not None
    assert (entry.question, entry.is_open) == (asked(""), False)
    assert (entry.conversation, entry.number) == ("conversation", 3)


def test_a_question_that_another_process_took_over_is_left_to_it(opened: Open) -> None:
    first, second = opened(), opened()
    first.take([asked("Why?")])
    second.reopen(asked("How?"))
    assert not first.is_mine(asked("Why?"))
    first.settle(asked("Why?"))
    entry = second.find(THREAD, "m1")
    assert entry is not None
    assert (entry.question.text, entry.is_open) == ("How?", True)


def test_who_answers_an_earlier_text_does_not_settle_a_question(opened: Open) -> None:
    inbox = opened()
    inbox.take([asked("Why?")])
    assert inbox.reopen(asked("How?"))
    assert (inbox.is_mine(asked("Why?")), inbox.is_mine(asked("How?"))) == (False, True)
    inbox.settle(asked("Why?"))
    inbox.close()
    (entry,) = opened().left()
    assert entry.question.text == "How?"


def test_a_question_that_is_asked_anew_counts_from_then(opened: Open, clock: Clock) -> None:
    first = opened()
    first.take([asked("Why?")])
    first.settle(asked("Why?"))
    clock.now += 7_200
    assert first.reopen(asked("How?"))
    first.close()
    (entry,) = opened().left()
    assert (entry.question.text, entry.at, entry.attempts) == ("How?", clock.now, 2)


def test_a_deleted_question_is_left_until_it_is_dropped(opened: Open) -> None:
    first, second = opened(), opened()
    first.take([asked("Why?")])
    first.note_stored(asked("Why?"), "conversation", 3)
    first.settle(asked("Why?"))
    assert second.delete(THREAD, "m1") is not None
    assert second.delete(THREAD, "m1") is None
    assert first.find(THREAD, "m1") is None
    assert second.is_gone(asked("Why?"))
    assert not second.is_mine(asked("Why?"))
    assert not first.reopen(asked("How?"))
    second.settle(asked("Why?"))
    second.close()
    (entry,) = first.left()
    assert (entry.is_deleted, entry.question.text, entry.conversation) == (True, "", "conversation")
    first.drop(entry.question)
    first.close()
    assert opened().left() == []


def test_platforms_and_teams_do_not_know_each_others_ids(opened: Open, tmp_path: Path) -> None:
    inbox, other = opened(), Inbox(Database(tmp_path / FILE), "other")
    assert inbox.take([asked("Why?")]) == [True]
    assert inbox.take([asked("Why?", place=replace(THREAD, team="T2"))]) == [True]
    assert other.take([asked("Why?", place=replace(THREAD, platform="other"))]) == [True]
    inbox.close()
    assert other.left() == []


def test_ids_are_forgotten_in_time_and_questions_later(opened: Open, clock: Clock) -> None:
    inbox = opened()
    inbox.take([asked("Why?")])
    inbox.settle(asked("Why?"))
    clock.now += SEEN_FOR + 1
    assert inbox.take([asked("Why?")]) == [False]
    clock.now += KEPT_FOR
    assert inbox.take([asked("Why?")]) == [True]


def test_text_with_any_letter_comes_back(opened: Open) -> None:
    text = "Was heißt „ℝ“? 'DROP TABLE'; \x00 ‮ 🧵"
    first = opened()
    first.take([asked(text)])
    first.close()
    assert opened().left()[0].question.text == text


# ---- threads and channels


def test_a_thread_asks_its_own_library_and_a_new_one_that_of_its_channel(tmp_path: Path) -> None:
    threads = ThreadStore(Database(tmp_path / FILE))
    assert threads.library(THREAD) is None
    threads.change("board", "T1", "C1", ChannelSettings("looms"))
    threads.remember(THREAD, Thread("tides", "conversation"))
    assert threads.library(THREAD) == "tides"
    assert threads.library(replace(THREAD, thread="2")) == "looms"
    assert threads.library(replace(THREAD, channel="C2")) is None


def test_a_channel_is_as_it_was_set_last(tmp_path: Path) -> None:
    threads = ThreadStore(Database(tmp_path / FILE))
    threads.change("board", "T1", "C1", ChannelSettings("looms", is_silent=True))
    threads.change("board", "T1", "C1", ChannelSettings(None, is_silent=False))
    assert threads.settings("board", "T1", "C1") == ChannelSettings()


# ---- the file


def test_the_file_is_for_its_owner_alone(opened: Open, tmp_path: Path) -> None:
    opened().take([asked("Why?")])
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"no database at all, but long enough to look into", b"SQLite format 3\0" * 300])
def test_a_file_that_is_none_is_refused_and_kept(opened: Open, tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ConversationsError) as caught:
        opened().take([asked("Why?")])
    assert is_one_sentence(str(caught.value))
    assert (tmp_path / FILE).read_bytes() == content


def test_a_database_of_somebody_else_is_refused_and_kept(opened: Open, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("CREATE TABLE theirs (id)")
    database.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(ConversationsError, match="is not one of messages"):
        opened().take([asked("Why?")])
    assert (tmp_path / FILE).read_bytes() == before
