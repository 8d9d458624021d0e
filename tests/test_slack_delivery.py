"""How an answer is shown in Slack: as it grows, once, and whatever Slack does to it on the way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from assistant import Assistant
from assistant.answers import Answer, Event, Finished, TextDelta
from assistant.errors import ModelError, TimedOut
from assistant.settings import load
from tests.fake_slack import BROKEN, LIMITED, LOST, LOST_AFTER, WAIT, FakeSlack, Fault
from tests.fake_slack_workspace import ADA, GRACE, LABORATORY, Post
from tests.slack_running import answering, answers, installed, says, settings_for, thread_of
from tests.web_chat import Scripted, cite, make_answer, make_paper

PAPER = make_paper(url="https://example.org/engines")
FIRST, SECOND, THIRD = "Engines are studied. ", "They compute numbers. ", "Nobody else does. "
TEXT = f"{FIRST}{SECOND}[1] {THIRD}"
QUOTE = "They compute numbers."

Step = str | threading.Event | Exception | Answer


def answer_of(text: str = TEXT, **fields: Any) -> Answer:
    return make_answer(text, cite(1, PAPER, QUOTE), question="What do engines do?", **fields)


class Stage:
    """What the assistant does when it is asked next: it says a text, waits for an event, fails, or has answered."""

    def __init__(self) -> None:
        self.steps: list[Step] = [answer_of()]
        self.asked = 0

    def will(self, *steps: Step) -> None:
        self.steps = list(steps)

    def script(self, _: str) -> AsyncIterator[Event]:
        self.asked += 1
        return self._play(list(self.steps))

    async def _play(self, steps: list[Step]) -> AsyncIterator[Event]:
        for step in steps:
            if isinstance(step, str):
                yield TextDelta(step)
            elif isinstance(step, threading.Event):
                assert await asyncio.to_thread(step.wait, WAIT)
            elif isinstance(step, Exception):
                raise step
            else:
                yield Finished(step)


@dataclass(frozen=True)
class Office:
    """A Slack with the app in it, and what its assistant does."""

    fake: FakeSlack
    stage: Stage


@contextmanager
def opened(folder: Path, *, has_streams: bool) -> Iterator[Office]:
    stage = Stage()
    scripted = Scripted(stage.script, folder, PAPER)
    with installed() as fake:
        fake.workspace.has_streams = has_streams
        settings = {"library": "engines", "data_dir": folder, "answers_at_once": 2, "answers_waiting": 0}
        scripted.settings = load(**settings_for(fake), **settings)
        with answering(cast("Assistant", scripted)):
            fake.until(lambda: fake.is_connected, "a connection")
            yield Office(fake, stage)


@pytest.fixture(scope="module")
def with_streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("streams"), has_streams=True) as office:
        yield office


@pytest.fixture(scope="module")
def without_streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with opened(tmp_path_factory.mktemp("edits"), has_streams=False) as office:
        yield office


@pytest.fixture
def streaming(with_streams: Office) -> Iterator[Office]:
    """A workspace that has streams. No test leaves a script or a fault to the next one."""
    with_streams.stage.will(answer_of())
    yield with_streams
    with_streams.fake.forgive()


@pytest.fixture
def editing(without_streams: Office) -> Iterator[Office]:
    """A workspace that has none."""
    without_streams.stage.will(answer_of())
    yield without_streams
    without_streams.fake.forgive()


@pytest.fixture(params=["streaming", "editing"])
def either(request: pytest.FixtureRequest) -> Office:
    office: Office = request.getfixturevalue(request.param)
    return office


def ask(fake: FakeSlack, channel: str = LABORATORY, user: str = ADA, thread: str | None = None) -> Post:
    return fake.ask("What do engines do?", user=user, channel=channel, thread=thread)


def check_shown_once(fake: FakeSlack, post: Post) -> Post:
    """Also after all that is still under way for the thread: a later question comes behind it."""
    answers(fake, post)
    ask(fake, thread=post.ts)
    first, _ = answers(fake, post, 2)
    assert first.shown.count(THIRD.strip()) == 1
    assert len(thread_of(fake, post)) == 2
    return first


# ---- as it grows


def test_something_is_shown_while_the_answer_is_looked_for(streaming: Office) -> None:
    fake, stage = streaming.fake, streaming.stage
    going_on = threading.Event()
    stage.will(going_on, answer_of())
    post = ask(fake)
    fake.until(
        lambda: thread_of(fake, post) or any(thread == post.ts and said for _, thread, said in fake.workspace.statuses),
        "that it works",
    )
    going_on.set()
    check_shown_once(fake, post)


def test_an_answer_grows_by_whole_sentences_and_ends_as_one_message(either: Office) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, THIRD, answer_of())
    post = ask(fake)
    growing = says(fake, post, FIRST.strip())
    assert SECOND.strip() not in growing.shown
    assert growing.was_streamed == fake.workspace.has_streams
    going_on.set()
    ended = check_shown_once(fake, post)
    assert ended.ts == growing.ts
    assert "useful" in ended.buttons


def test_a_message_is_edited_at_most_once_a_second(editing: Office) -> None:
    fake, stage = editing.fake, editing.stage
    stage.will(*[f"Sentence {n} is said. " for n in range(200)], answer_of())
    check_shown_once(fake, ask(fake))
    assert fake.workspace.hasty == []


def test_no_text_comes_before_its_sentence_is_whole(either: Office) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    stage.will(FIRST, "They compute ", "num", going_on, "bers. ", answer_of())
    post = ask(fake)
    assert "They compute" not in says(fake, post, FIRST.strip()).shown
    going_on.set()
    check_shown_once(fake, post)


def test_a_stream_that_slack_ends_is_shown_whole_all_the_same(streaming: Office) -> None:
    fake, stage = streaming.fake, streaming.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, THIRD, answer_of())
    post = ask(fake)
    fake.close_stream(says(fake, post, FIRST.strip()))
    going_on.set()
    check_shown_once(fake, post)


def test_a_long_answer_goes_on_in_its_thread(either: Office) -> None:
    fake, stage = either.fake, either.stage
    numbered = [f"Engine number {n} computes {n * 7} numbers a second." for n in range(800)]
    stage.will(*[f"{one} " for one in numbered], answer_of(" ".join(numbered) + " [1]"))
    post = ask(fake)
    shown = answers(fake, post)
    assert len(shown) > 1
    assert {one.thread for one in shown} == {post.ts}
    whole = " ".join(" ".join(one.shown for one in shown).split())
    places = [whole.index(sentence) for sentence in numbered]
    assert places == sorted(places)
    assert [whole.count(sentence) for sentence in numbered] == [1] * len(numbered)


def test_a_table_too_large_for_a_message_comes_as_a_file(streaming: Office) -> None:
    fake, stage = streaming.fake, streaming.stage
    rows = tuple({"engine": f"number {n}", "papers": n} for n in range(2_000))
    stage.will(answer_of("The engines are many. [1]", table=rows))
    post = ask(fake)
    shown = fake.until(lambda: [one for one in thread_of(fake, post) if one.files])
    assert len(shown) == 1
    (file,) = shown[0].files
    content = fake.workspace.files[file["id"]]["content"].decode()
    assert len(content.splitlines()) == 2_001
    assert file["name"].endswith(".csv")


# ---- faults

FAULTS = {"limited": LIMITED, "broken": BROKEN, "lost": LOST, "lost after it took effect": LOST_AFTER}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    "method", ["chat.startStream", "chat.stopStream", "chat.update", "assistant.threads.setStatus"]
)
def test_a_call_that_fails_is_made_good(streaming: Office, method: str, fault: Fault) -> None:
    fake, stage = streaming.fake, streaming.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, THIRD, answer_of())
    fake.fail(method, fault)
    post = ask(fake)
    if method in ("chat.startStream", "assistant.threads.setStatus"):  # the others come at the end
        fake.until(lambda: not fake.left_over(), method)
    going_on.set()
    check_shown_once(fake, post)
    assert fake.left_over() == []


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_post_that_fails_is_made_good(editing: Office, fault: Fault) -> None:
    fake = editing.fake
    fake.fail("chat.postMessage", fault)
    check_shown_once(fake, ask(fake))
    assert fake.left_over() == []


def test_slack_is_not_asked_again_before_the_time_that_it_names(editing: Office) -> None:
    fake = editing.fake
    before = len(fake.calls)
    fake.fail("chat.postMessage", Fault(429, "ratelimited", retry_after=2))
    post = ask(fake)
    answers(fake, post)
    posts = [call for call in fake.calls[before:] if call.method == "chat.postMessage"]
    limited = next(place for place, call in enumerate(posts) if call.error == "fault:ratelimited")
    again = next(call for call in posts[limited + 1 :] if call.values["thread_ts"] == post.ts)
    assert again.at - posts[limited].at >= 2


def test_a_revoked_token_ends_in_silence_and_not_in_a_loop(streaming: Office) -> None:
    fake, stage = streaming.fake, streaming.stage
    before = len(fake.calls)
    fake.is_revoked = True
    try:
        post = ask(fake)
        asked = stage.asked
        fake.until(lambda: stage.asked > asked or len(fake.calls) > before, "the question")
        fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    finally:
        fake.is_revoked = False
    later = ask(fake)
    answers(fake, later)
    assert len([call for call in fake.calls[before:] if call.error == "token_revoked"]) < 10
    assert len(thread_of(fake, post)) <= 1


def test_a_thread_that_slack_keeps_waiting_holds_up_no_other(editing: Office) -> None:
    fake, stage = editing.fake, editing.stage
    with fake.held("chat.update") as came:
        going_on = threading.Event()
        stage.will(FIRST, SECOND, going_on, answer_of())
        slow = ask(fake)
        says(fake, slow, FIRST.strip())
        going_on.set()
        came()
        stage.will(answer_of())
        other = ask(fake, user=GRACE)
        fake.until(lambda: thread_of(fake, other), "the other answer")
    check_shown_once(fake, slow)
    answers(fake, other)


@pytest.mark.parametrize(
    ("error", "says_so"),
    [
        (ModelError("The chat model did not answer; ask again."), "The chat model did not answer"),
        (TimedOut("The answer took longer than 3 seconds; ask again."), "took longer than 3 seconds"),
        (RuntimeError("a bug at /home/ada/secret"), "Something went wrong"),
    ],
)
def test_an_answer_that_fails_ends_in_one_line(either: Office, error: Exception, says_so: str) -> None:
    fake, stage = either.fake, either.stage
    stage.will(FIRST, SECOND, error)
    post = ask(fake)
    said = says(fake, post, says_so)
    assert "secret" not in said.shown
    assert len(said.shown.splitlines()) == 1
    stage.will(answer_of())
    ask(fake, thread=post.ts)
    answers(fake, post)
    assert len(thread_of(fake, post)) == 2


def test_when_too_much_is_asked_at_once_it_says_so(streaming: Office) -> None:
    fake, stage = streaming.fake, streaming.stage
    going_on = threading.Event()
    stage.will(going_on, answer_of())
    asked = stage.asked
    under_way = [ask(fake), ask(fake, user=GRACE)]
    fake.until(lambda: stage.asked == asked + 2, "two answers under way")
    post = ask(fake)
    says(fake, post, "ask again")
    going_on.set()
    for one in under_way:
        check_shown_once(fake, one)
    assert len(thread_of(fake, post)) == 1


def test_a_question_deleted_while_it_is_answered_leaves_nothing(either: Office) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, answer_of())
    post = ask(fake)
    growing = says(fake, post, FIRST.strip())
    fake.delete(post)
    fake.until(lambda: growing.is_deleted, "that the answer goes")
    going_on.set()
    answers(fake, ask(fake))
    assert thread_of(fake, post) == []


def test_a_question_edited_while_it_is_answered_is_answered_anew_in_its_place(either: Office) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, answer_of())
    post = ask(fake)
    growing = says(fake, post, FIRST.strip())
    stage.will(answer_of(f"Wheels turn. {THIRD}[1]"))
    fake.edit(post, post.text.replace("engines", "wheels"))
    ended = says(fake, post, "Wheels turn.")
    going_on.set()
    check_shown_once(fake, post)
    assert ended.ts == growing.ts
    assert FIRST.strip() not in ended.shown


def test_a_message_that_somebody_deleted_is_written_again(either: Office) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    stage.will(FIRST, SECOND, going_on, answer_of())
    post = ask(fake)
    growing = says(fake, post, FIRST.strip())
    growing.is_streaming, growing.is_deleted = False, True
    going_on.set()
    check_shown_once(fake, post)


def test_without_the_right_to_write_in_a_channel_nothing_loops(streaming: Office) -> None:
    fake = streaming.fake
    before = len(fake.calls)
    fake.fail("*", *[Fault(error="not_in_channel")] * 3)
    post = ask(fake)
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    answers(fake, ask(fake))
    assert len(fake.calls) - before < 20
    assert fake.called("chat.postMessage") or fake.called("chat.startStream")
    assert len(thread_of(fake, post)) <= 1
