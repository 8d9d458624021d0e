"""Questions over Socket Mode: each is acknowledged, and each is answered once."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.surfaces.slack import backoff, socket
from assistant.surfaces.slack import delivery as in_thread
from assistant.surfaces.slack.files import File
from tests.fake_slack import BROKEN, FakeSlack
from tests.fake_slack_workspace import ADA, BOT_USER, ELSEWHERE, EMMY, GRACE, GROUP, LABORATORY, MENTION, Post, direct
from tests.programs import open_looms
from tests.slack_running import answering, answers, installed, looms_in_slack, says, settings_for, thread_of
from vectorstore.embeddings import EmbeddingModel

QUESTION = "How many woven patterns are in WeaveBank?"
ANSWER = "12,000 woven patterns"
SHOWING = ("chat.startStream", "chat.postMessage")


@pytest.fixture(scope="module")
def office(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSlack]:
    with looms_in_slack(tmp_path_factory.mktemp("slack"), model) as fake:
        yield fake


@pytest.fixture
def fake(office: FakeSlack) -> Iterator[FakeSlack]:
    """In which Slack refused nothing that the app did."""
    before = len(office.refused())
    yield office
    assert office.refused()[before:] == []


def test_a_mention_is_answered_in_its_thread(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=ADA)
    (answer,) = answers(fake, post)
    assert answer.thread == post.ts
    assert answer.shown.count(f"dataset of {ANSWER}. ") == 1
    assert answer.shown.count(f"dataset of {ANSWER}.”") == 1  # the quote below it
    assert "<https://example.org/weavebank|" in answer.shown


def test_a_mention_that_comes_also_as_a_message_is_answered_once(fake: FakeSlack) -> None:
    post, sent = fake.say(f"{MENTION} {QUESTION}", user=ADA)
    assert [delivery.event["type"] for delivery in sent] == ["app_mention", "message"]
    answers(fake, post)
    check_nothing_more_comes(fake, post, 1)
    assert all(delivery.is_acked for delivery in sent)


def check_nothing_more_comes(fake: FakeSlack, post: Post, count: int) -> None:
    """A later question in the thread is answered after all that came before it."""
    fake.ask("What is GearNet?", user=ADA, channel=post.channel, thread=post.ts)
    assert len(answers(fake, post, count + 1)) == count + 1


def test_deliveries_that_slack_repeats_are_answered_once(fake: FakeSlack) -> None:
    post, sent = fake.say(f"{MENTION} {QUESTION}", user=ADA)
    for delivery in sent:
        fake.repeat(delivery, 1)
        fake.repeat(delivery, 2)
    answers(fake, post)
    for delivery in sent:
        fake.repeat(delivery, 3)
    fake.until(lambda: all(len(one.attempts) == 4 and all(a.acked for a in one.attempts) for one in sent), "all acks")
    check_nothing_more_comes(fake, post, 1)


def test_a_direct_message_is_answered_without_a_mention(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=GRACE, channel=direct(GRACE))
    shown = fake.until(
        lambda: [
            one
            for one in fake.workspace.posts.values()
            if one.channel == direct(GRACE) and one.is_bots and "useful" in one.buttons
        ]
    )
    assert len(shown) == 1
    assert ANSWER in shown[0].shown
    assert shown[0].ts > post.ts


@pytest.mark.parametrize("event", ["app_mention", "message.mpim"])
def test_a_mention_among_several_people_in_private_is_answered_in_its_thread(fake: FakeSlack, event: str) -> None:
    heard = fake.events
    try:
        fake.events = heard - ({"app_mention", "message.mpim"} - {event})  # Slack does not say which it sends there
        unasked, _ = fake.say("Has anybody seen my cards?", user=GRACE, channel=GROUP)
        post = fake.ask("What is GearNet?", user=ADA, channel=GROUP)
        (answer,) = answers(fake, post)
        assert answer.was_streamed
        if event == "message.mpim":
            fake.edit(post, f"{MENTION} {QUESTION}")
            assert says(fake, post, ANSWER).ts == answer.ts
            fake.delete(post)
            fake.until(lambda: answer.is_deleted, "that the answer goes")
        assert thread_of(fake, unasked) == []
    finally:
        fake.events = heard


def test_what_nobody_asked_it_is_not_answered(fake: FakeSlack) -> None:
    root, _ = fake.say("Good morning.", user=ADA)
    fake.say("Has anybody seen my cards?", user=GRACE, thread=root.ts)
    fake.say_as_bot(f"{MENTION} {QUESTION}", thread=root.ts)
    fake.join(EMMY)
    fake.say(f"<@{GRACE}> {QUESTION}", user=ADA, thread=root.ts)
    fake.say(QUESTION, user=ADA, channel=ELSEWHERE)
    fake.until(lambda: all(delivery.is_acked for delivery in fake.deliveries), "all acks")
    check_nothing_more_comes(fake, root, 0)
    assert fake.shown(ELSEWHERE, "") == []


def test_an_empty_mention_is_left_alone(fake: FakeSlack) -> None:
    post, _ = fake.say(MENTION, user=ADA)
    check_nothing_more_comes(fake, post, 0)
    assert fake.ephemeral(ADA) == []


def test_people_of_another_company_are_not_answered(fake: FakeSlack) -> None:
    asked, _ = fake.say(f"{MENTION} {QUESTION}", user=GRACE, team="T0OTHER", user_team="T0OTHER")
    check_nothing_more_comes(fake, asked, 0)


def test_a_follow_up_in_the_thread_is_understood(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=ADA)
    answers(fake, post)
    fake.ask("Where was it collected?", user=ADA, thread=post.ts)
    *_, later = answers(fake, post, 2)
    assert "forty mills" in later.shown


def test_another_person_may_follow_up_in_the_thread(fake: FakeSlack) -> None:
    post = fake.ask("What is GearNet?", user=ADA)
    answers(fake, post)
    fake.ask("Does it need labels?", user=GRACE, thread=post.ts)
    *_, later = answers(fake, post, 2)
    assert "no labels" in later.shown


def test_a_thread_knows_nothing_of_another(fake: FakeSlack) -> None:
    answers(fake, fake.ask("What is GearNet?", user=ADA, channel=LABORATORY))
    post = fake.ask(QUESTION, user=ADA, channel=LABORATORY)
    answers(fake, post)
    fake.ask("Where was it collected?", user=ADA, channel=LABORATORY, thread=post.ts)
    *_, later = answers(fake, post, 2)
    assert "GearNet" not in later.shown


def test_an_edited_question_renews_its_answer(fake: FakeSlack) -> None:
    post = fake.ask("What is GearNet?", user=ADA)
    (first,) = answers(fake, post)
    fake.edit(post, f"{MENTION} {QUESTION}")
    assert says(fake, post, ANSWER).ts == first.ts
    check_nothing_more_comes(fake, post, 1)


def test_an_edit_that_changes_no_word_changes_nothing(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=ADA)
    (answer,) = answers(fake, post)
    versions = len(answer.versions)
    fake.unfurl(post)
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    check_nothing_more_comes(fake, post, 1)
    assert len(answer.versions) == versions


def test_a_message_that_becomes_a_question_by_an_edit_is_not_answered_twice(fake: FakeSlack) -> None:
    post, _ = fake.say("How many patterns?", user=ADA)
    fake.edit(post, f"{MENTION} {QUESTION}")
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    fake.ask("What is GearNet?", user=ADA, thread=post.ts)
    assert len(answers(fake, post)) <= 2


def test_the_answer_to_a_deleted_question_goes(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=ADA)
    (answer,) = answers(fake, post)
    fake.delete(post)
    fake.until(lambda: answer.is_deleted, "that the answer goes")


def test_slack_may_ask_the_app_to_connect_anew(fake: FakeSlack) -> None:
    before = fake.connections
    fake.refresh_sockets()
    fake.until(lambda: fake.connections > before and fake.is_connected, "a new connection")
    answers(fake, fake.ask(QUESTION, user=ADA))


def test_a_mention_while_the_socket_was_gone_is_answered_once(fake: FakeSlack) -> None:
    before = fake.connections
    fake.drop_sockets()
    fake.until(lambda: not fake.is_connected, "a dropped socket")
    post = fake.ask(QUESTION, user=ADA)
    fake.until(lambda: fake.connections > before, "a new connection")
    answers(fake, post)
    check_nothing_more_comes(fake, post, 1)


def test_a_connection_that_fails_is_asked_for_anew(
    tmp_path: Path, model: EmbeddingModel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(backoff, "_FIRST", 0.0)
    monkeypatch.setattr(socket, "_PING", 3_600)  # by pings nothing is noticed here
    with installed() as fake, open_looms(tmp_path, model, **settings_for(fake)) as assistant:
        fake.fail("link", BROKEN, BROKEN)
        with answering(assistant):
            fake.until(lambda: fake.is_connected, "a connection")
            assert len(fake.called("apps.connections.open")) == 3
            fake.drop_sockets()
            fake.until(lambda: fake.connections == 2 and fake.is_connected, "a new connection")
            answers(fake, fake.ask(QUESTION, user=ADA))
    assert sum("gives no connection" in line for line in caplog.messages) == 2
    assert "ticket" not in caplog.text  # it lets in whoever has it


def test_a_connection_that_lasts_is_renewed_at_once_and_one_that_breaks_at_once_later_and_later() -> None:
    now = iter([0.0, 60.0, *(100.0 + n // 2 for n in range(40))])
    waiting = backoff.Backoff(lambda: next(now))
    waiting.connected()
    waiting.lost()
    waiting.lost()
    assert waiting.pause() == 0
    pauses = []
    for has_connection in [True] * 10 + [False] * 10:
        if has_connection:
            waiting.connected()
            waiting.lost()
        else:
            waiting.failed()
        pauses.append(waiting.pause())
    assert [1 <= pauses[0] <= 1.25, 2 <= pauses[1] <= 2.5, 4 <= pauses[2] <= 5] == [True] * 3
    assert all(30 <= pause <= 37.5 for pause in pauses[5:])


def test_an_answer_whose_files_cannot_be_made_is_shown_without_them(
    fake: FakeSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> list[File]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(in_thread, "files_of", full)
    post = fake.ask(QUESTION, user=ADA)
    (answer,) = answers(fake, post)
    check_nothing_more_comes(fake, post, 1)
    assert ANSWER in answer.shown


def test_fifty_mentions_at_once_are_each_acknowledged_before_they_are_answered_once(fake: FakeSlack) -> None:
    asked = [fake.say(f"{MENTION} {QUESTION}", user=(ADA, GRACE)[n % 2], channel=LABORATORY) for n in range(50)]
    for post, sent in asked:
        answers(fake, post)
        assert all(len(delivery.attempts) == 1 for delivery in sent)  # none was late, so that Slack would repeat it
        first = next(one for one in fake.calls if one.method in SHOWING and one.values.get("thread_ts") == post.ts)
        assert min(one.acked for delivery in sent for one in delivery.attempts if one.acked) < first.at
    assert [len(thread_of(fake, post)) for post, _ in asked] == [1] * 50
    assert all(post.user == BOT_USER for post in thread_of(fake, asked[0][0]))
