"""How an answer is shown in Slack: as it grows, once, and whatever Slack does to it on the way."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from assistant import Assistant
from assistant.answers import Answer, Event, Finished, TextDelta
from assistant.errors import ModelError, TimedOut
from assistant.rendering.slack import Message
from assistant.settings import load
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.delivery import Delivery
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.inbox import Inbox
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.slack.events import PLATFORM
from assistant.surfaces.slack.posts import ANSWER, METADATA, Posts
from assistant.surfaces.slack.web_api import WebApi
from tests.fake_slack import BROKEN, LIMITED, LOST, LOST_AFTER, WAIT, FakeSlack, Fault
from tests.fake_slack_blocks import elements_of
from tests.fake_slack_workspace import ADA, BOT_TOKEN, BOT_USER, EMMY, GRACE, LABORATORY, TEAM, Post, direct
from tests.slack_running import answering, answers, installed, says, settings_for, thread_of
from tests.web_chat import Scripted, cite, make_answer, make_paper

PAPER = make_paper(url="https://example.org/engines")
FIRST, SECOND, THIRD = "Engines are studied. ", "They compute numbers. ", "Nobody else does. "
TEXT = f"{FIRST}{SECOND}[1] {THIRD}"
QUOTE = "They compute numbers."
FOLLOW_UP = "Who builds engines?"

Step = str | threading.Event | Exception | Answer | None


def answer_of(text: str = TEXT, **fields: Any) -> Answer:
    return make_answer(text, cite(1, PAPER, QUOTE), question="What do engines do?", **fields)


class Stage:
    """What the assistant does when it is asked next: it says a text, waits for an event or (None) for ever, fails, or
    has answered."""

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
            elif step is None:
                await asyncio.Event().wait()
            else:
                yield Finished(step)


@dataclass(frozen=True)
class Office:
    """A Slack with the app in it, and what its assistant does."""

    fake: FakeSlack
    stage: Stage


def assistant_of(stage: Stage, folder: Path, fake: FakeSlack) -> Assistant:
    scripted = Scripted(stage.script, folder, PAPER, follow_ups=(FOLLOW_UP,))
    settings = {"library": "engines", "data_dir": folder, "answers_at_once": 2, "answers_waiting": 0}
    scripted.settings = load(**settings_for(fake), **settings)
    return cast("Assistant", scripted)


@contextmanager
def opened(folder: Path, *, has_streams: bool) -> Iterator[Office]:
    """What Slack does not take is shown again without a pause."""
    stage = Stage()
    with installed() as fake, pytest.MonkeyPatch.context() as patch:
        fake.workspace.has_streams = has_streams
        patch.setattr("assistant.surfaces.slack.app.Responder", partial(Responder, pauses=(0.0, 0.0)))
        with answering(assistant_of(stage, folder, fake)):
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


def test_a_status_is_set_again_while_nothing_comes(streaming: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.surfaces.messaging.responder.Delivery", partial(Delivery, renewal=0.0))
    fake, stage = streaming.fake, streaming.stage
    going_on = threading.Event()
    stage.will(going_on, answer_of())
    post = ask(fake)

    def said() -> list[str]:
        return [said for _, thread, said in fake.workspace.statuses if thread == post.ts]

    fake.until(lambda: said().count("is searching the papers") > 2, "the status again")
    going_on.set()
    check_shown_once(fake, post)
    assert said()[-1] == ""


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


def test_an_answer_comes_when_slack_is_back(editing: Office) -> None:
    fake = editing.fake
    fake.fail("chat.postMessage", *[BROKEN] * 4)
    check_shown_once(fake, ask(fake))
    assert fake.left_over() == []


def test_an_answer_to_a_command_that_slack_did_not_take_comes_once(streaming: Office) -> None:
    fake = streaming.fake
    before, posted = len(fake.ephemeral(ADA)), len(fake.called("chat.postEphemeral"))
    fake.fail("response_url", BROKEN)
    fake.command("ask What do engines do?", user=ADA, channel=LABORATORY)

    def shown() -> list[Post]:
        return [one for one in fake.ephemeral(ADA)[before:] if THIRD.strip() in one.shown]

    assert len(fake.until(shown, "the answer")) == 1
    assert len(fake.called("chat.postEphemeral")) == posted
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


def broken(*_: object, **__: object) -> str:
    raise RuntimeError("a bug")


def test_an_answer_that_is_shown_stays_although_its_thread_cannot_be_named(
    streaming: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = streaming.fake
    monkeypatch.setattr("assistant.surfaces.slack.delivery.title_of", broken)
    root = fake.open_assistant(EMMY)
    post = ask(fake, direct(EMMY), EMMY, root.ts)
    (answer,) = answers(fake, post)
    ask(fake, direct(EMMY), EMMY, root.ts)
    assert len(answers(fake, post, 2)) == 2
    assert THIRD.strip() in answer.shown


def test_the_beginning_of_an_answer_stays_where_the_rest_cannot_be_shown(
    either: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake, stage, put = either.fake, either.stage, Posts.put

    async def one(posts: Posts, number: int, message: Message, *, hasty: bool = False) -> None:
        if number == 1 and "Something went wrong" not in message.text:
            broken()
        await put(posts, number, message, hasty=hasty)

    monkeypatch.setattr(Posts, "put", one)
    text = " ".join(f"Engine number {n} computes {n * 7} numbers a second." for n in range(800))
    stage.will(answer_of(f"{text} [1]"))
    post = ask(fake)
    line = says(fake, post, "Something went wrong")
    beginning, last = thread_of(fake, post)
    assert last.ts == line.ts
    assert "Engine number 0 computes" in beginning.shown


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


def test_an_edit_is_on_disk_before_slack_is_told_that_it_came(tmp_path: Path) -> None:
    stage = Stage()
    with installed() as fake, answering(assistant_of(stage, tmp_path, fake)):
        fake.until(lambda: fake.is_connected, "a connection")
        stage.will(FIRST, SECOND, None)
        with fake.held("chat.startStream", after=True) as came:  # the answer to the text before cannot end
            post = ask(fake)
            came()
            (growing,) = thread_of(fake, post)
            stage.will(answer_of(f"Wheels turn. {THIRD}[1]"))
            fake.edit(post, post.text.replace("engines", "wheels"))
            fake.until(lambda: all(one.is_acked for one in fake.deliveries), "all acks")
            place = Place(PLATFORM, TEAM, post.channel, post.ts)
            noted = Inbox(Database(tmp_path / FILE), PLATFORM).find(place, post.ts)
            assert noted is not None
            assert noted.question.text == "What do wheels do?"
        assert says(fake, post, "Wheels turn.").ts == growing.ts


def under_way(office: Office, *rest: Step) -> tuple[Post, Post, Post]:
    """A question, one that waits in its thread since before anything of the answer was shown, and that answer as it
    grows."""
    fake, beginning = office.fake, threading.Event()
    office.stage.will(beginning, FIRST, SECOND, *rest, answer_of())
    asked = office.stage.asked
    post = ask(fake)
    fake.until(lambda: office.stage.asked > asked, "an answer under way")
    later = ask(fake, user=GRACE, thread=post.ts)
    fake.until(lambda: all(one.is_acked for one in fake.deliveries[-2:]), "acknowledgements")
    beginning.set()
    return post, later, says(fake, post, FIRST.strip())


def test_a_question_edited_while_it_waits_leaves_the_answer_before_it_alone(
    either: Office, caplog: pytest.LogCaptureFixture
) -> None:
    fake, stage = either.fake, either.stage
    going_on = threading.Event()
    post, later, growing = under_way(either, going_on)
    stage.will(answer_of(f"Wheels turn. {THIRD}[1]"))
    with caplog.at_level(logging.INFO, "assistant"):
        fake.edit(later, later.text.replace("engines", "wheels"))
        fake.until(lambda: " edited" in caplog.text, "the edit")
    going_on.set()
    first, second = answers(fake, post, 2)
    assert (first.ts, QUOTE in first.shown) == (growing.ts, True)
    assert "Wheels turn." in second.shown


def test_a_deleted_question_that_waits_leaves_the_answer_before_it_alone(either: Office) -> None:
    fake = either.fake
    going_on = threading.Event()
    post, later, growing = under_way(either, going_on)
    fake.delete(later)
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    going_on.set()
    assert check_shown_once(fake, post).ts == growing.ts


def test_each_answer_that_a_process_left_in_a_thread_is_shown(tmp_path: Path) -> None:
    stage = Stage()
    with installed() as fake:
        with answering(assistant_of(stage, tmp_path, fake), drains=0.0):
            post, _, growing = under_way(Office(fake, stage), None)
        stage.will(answer_of())
        with answering(assistant_of(stage, tmp_path, fake)):
            first, second = answers(fake, post, 2)
    assert first.ts == growing.ts
    assert TEXT.count(THIRD) == first.shown.count(THIRD.strip()) == second.shown.count(THIRD.strip()) == 1


@asynccontextmanager
async def posts_of(fake: FakeSlack, thread: Post, **handle: str) -> AsyncIterator[Posts]:
    """Those of a question by the shortcut, of which an earlier process noted the handle."""
    api = WebApi(BOT_TOKEN, fake.url, logging.getLogger("slack_bolt"))
    api.bot = BOT_USER
    place = Place("slack", TEAM, LABORATORY, thread.ts)
    await api.open()
    yield Posts(api, Question(place, ADA, "Why?", "view:1", ("view:1",), "shortcut"), handle)
    await api.close()


async def test_a_post_that_was_not_noted_is_found_in_a_long_thread(streaming: Office) -> None:
    fake = streaming.fake
    thread = fake.workspace.add(LABORATORY, ADA, "About looms.")
    for _ in range(250):
        fake.workspace.add(LABORATORY, ADA, "Yes.", thread=thread.ts)
    mark = {"event_type": METADATA, "event_payload": {"question": "view:1", "part": ANSWER}}
    answer = fake.workspace.add(LABORATORY, BOT_USER, "So.", thread=thread.ts, metadata=mark)
    async with posts_of(fake, thread) as posts:
        await posts.find()
    assert posts.parts == {ANSWER: answer.ts}


@pytest.mark.parametrize(("handle", "is_taken_up"), [({}, False), ({"stream": "planned"}, True)])
async def test_an_open_stream_is_taken_up_where_one_was_to_be_begun(
    streaming: Office, handle: dict[str, str], is_taken_up: bool
) -> None:
    fake = streaming.fake
    thread = fake.workspace.add(LABORATORY, ADA, "About looms.")
    stream = fake.workspace.add(LABORATORY, BOT_USER, "So", thread=thread.ts, is_streaming=True)
    async with posts_of(fake, thread, **handle) as posts:
        await posts.find()
    assert posts.parts == ({ANSWER: stream.ts} if is_taken_up else {})


def test_a_button_asks_once_and_again_where_it_asks_something_else(streaming: Office) -> None:
    fake = streaming.fake
    post = ask(fake)
    (answer,) = answers(fake, post)
    fake.press(answer, "ask_0", user=ADA)
    answers(fake, post, 2)
    before = len(fake.ephemeral(ADA))
    fake.press(answer, "ask_0", user=ADA)
    (told,) = fake.until(lambda: fake.ephemeral(ADA)[before:], "a line")
    assert "asked this here before" in told.shown
    button = next(one for one in elements_of(answer.blocks) if one["action_id"] == "ask_0")
    cast("dict[str, Any]", button)["value"] = "Who sells engines?"  # the answer was renewed
    fake.press(answer, "ask_0", user=ADA)
    answers(fake, post, 3)


def test_a_click_in_a_silent_channel_is_told_so(streaming: Office) -> None:
    fake = streaming.fake
    (answer,) = answers(fake, ask(fake))
    before = len(fake.ephemeral(EMMY))
    fake.command("silent on", user=EMMY, channel=LABORATORY)
    fake.until(lambda: fake.ephemeral(EMMY)[before:], "that it is silent")
    told = len(fake.ephemeral(ADA))
    fake.press(answer, "ask_0", user=ADA)
    (line,) = fake.until(lambda: fake.ephemeral(ADA)[told:], "a line")
    fake.command("silent off", user=EMMY, channel=LABORATORY)
    fake.until(lambda: fake.ephemeral(EMMY)[before + 1 :], "that it is not")
    assert "set to silent" in line.shown


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
