"""The slash command, the buttons, the shortcut, the modals, the assistant view and the home tab."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.conversations.store import open_conversations
from assistant.surfaces.messaging.error_messages import GONE
from tests.fake_slack import BROKEN, FakeSlack, Fault
from tests.fake_slack_blocks import texts_of
from tests.fake_slack_workspace import ADA, EMMY, GENERAL, GRACE, LABORATORY, MENTION, Post, direct
from tests.slack_running import EDITOR, PAGE, answers, looms_in_slack, manifest, says, thread_of
from tests.web_chat import in_browser
from vectorstore.embeddings import EmbeddingModel

QUESTION = "How many woven patterns are in WeaveBank?"
ANSWER = "12,000 woven patterns"
LOADING = "Looking it up"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slack")


@pytest.fixture(scope="module")
def office(model: EmbeddingModel, folder: Path) -> Iterator[FakeSlack]:
    with looms_in_slack(folder, model) as fake:
        yield fake


@pytest.fixture
def fake(office: FakeSlack) -> Iterator[FakeSlack]:
    """In which Slack refused nothing that the app did."""
    before = len(office.refused())
    yield office
    assert office.refused()[before:] == []


def answered(fake: FakeSlack, words: str, user: str = ADA, channel: str = GENERAL) -> str:
    """What a command shows to its user, once it has certain words."""
    before = {post.ts for post in fake.ephemeral(user)}
    delivery = fake.command(words, user=user, channel=channel)
    posts = fake.until(lambda: [post for post in fake.ephemeral(user) if post.ts not in before], words)
    fake.until(lambda: delivery.is_acked, "an acknowledgement")
    return "\n".join(post.shown for post in posts)


def asked_by_command(fake: FakeSlack, user: str) -> Post:
    delivery = fake.command(f"ask {QUESTION}", user=user)

    def found() -> Post | None:
        return next((post for post in fake.ephemeral(user) if "useful" in post.buttons), None)

    answer = fake.until(found, "an answer")
    assert delivery.is_acked
    return answer


# ---- the command


def test_a_command_answers_its_user_alone(fake: FakeSlack) -> None:
    answer = asked_by_command(fake, ADA)
    assert ANSWER in answer.shown
    assert fake.ephemeral(GRACE) == []
    assert fake.called("chat.postMessage") == []


def test_an_answer_may_be_shared_to_the_channel(fake: FakeSlack) -> None:
    answer = asked_by_command(fake, GRACE)
    fake.press(answer, "share", user=GRACE)

    def shared() -> list[Post]:
        return [post for post in fake.workspace.posts.values() if post.is_bots and post.ephemeral_to is None]

    (post,) = fake.until(shared, "that it is shared")
    assert ANSWER in post.shown
    assert post.channel == GENERAL
    assert "share" not in post.buttons
    fake.press(answer, "share", user=GRACE)
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    answers(fake, fake.ask(QUESTION, user=ADA, channel=LABORATORY))
    assert [post for post in shared() if post.channel == GENERAL] == [post]


@pytest.mark.parametrize("words", ["", "help"])
def test_help_names_the_commands(fake: FakeSlack, words: str) -> None:
    shown = answered(fake, words)
    for name in ("ask", "list", "trends", "show"):
        assert f"/papers {name}" in shown


def test_list_names_the_papers(fake: FakeSlack) -> None:
    shown = answered(fake, "list")
    assert "WeaveBank: A Dataset of Woven Patterns" in shown
    assert "GearNet: Learning Gear Trains" in shown


def test_list_with_words_names_those_with_the_words(fake: FakeSlack) -> None:
    shown = answered(fake, "list woven")
    assert "WeaveBank: A Dataset of Woven Patterns" in shown
    assert "GearNet" not in shown


def test_show_tells_of_one_paper(fake: FakeSlack) -> None:
    shown = answered(fake, "show GearNet")
    assert "GearNet needs no labels at all." in shown
    assert "Ada Lovelace" in shown


def test_show_says_so_where_there_is_no_such_paper(fake: FakeSlack) -> None:
    assert "No paper" in answered(fake, "show zeppelin")


def test_trends_shows_counts(fake: FakeSlack) -> None:
    shown = answered(fake, "trends year")
    assert "2018" in shown
    assert "2019" in shown


@in_browser
def test_trends_that_are_shared_come_with_their_figure(fake: FakeSlack) -> None:
    answered(fake, "trends year", user=GRACE)
    found = next(post for post in reversed(fake.ephemeral(GRACE)) if "share_result" in post.buttons)
    fake.press(found, "share_result", user=GRACE)

    def figure() -> bytes | None:
        files = [file for file in fake.workspace.files.values() if file["name"].endswith(".png")]
        return next((file["content"] for file in files if "title" in file), None)

    assert fake.until(figure, "a figure").startswith(b"\x89PNG")


def test_what_is_no_command_is_a_question(fake: FakeSlack) -> None:
    delivery = fake.command("What is GearNet?", user=EMMY)
    fake.until(lambda: any("needs no labels" in post.shown for post in fake.ephemeral(EMMY)), "an answer")
    assert delivery.is_acked


def test_only_editors_choose_what_a_channel_asks(fake: FakeSlack) -> None:
    assert "look after the library" in answered(fake, "use looms", user=ADA)
    assert "looms" in answered(fake, "use looms", user=EDITOR)


def test_a_channel_cannot_ask_a_library_that_there_is_not(fake: FakeSlack) -> None:
    assert "'looms'" in answered(fake, "use nowhere", user=EDITOR)


def test_a_silent_channel_is_not_answered(fake: FakeSlack) -> None:
    answered(fake, "silent on", user=EDITOR)
    quiet = fake.ask(QUESTION, user=ADA)
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    answered(fake, "silent off", user=EDITOR)
    answers(fake, fake.ask(QUESTION, user=ADA))
    assert thread_of(fake, quiet) == []


# ---- buttons and modals


def newest_view(fake: FakeSlack, opened: int) -> dict[str, Any]:
    """The modal that opens when so many were opened before, once it shows what was looked up for it."""

    def found() -> dict[str, Any] | None:
        view = list(fake.workspace.views.values())[-1] if len(fake.workspace.views) > opened else None
        return None if view is None or LOADING in words_of(view) else view

    return fake.until(found, "a modal")


def words_of(view: dict[str, Any]) -> str:
    return "\n".join(text for _, text in texts_of(view["blocks"]))


def feedback_of(folder: Path) -> list[tuple[bool, str]]:
    """What readers thought of answers, by the store that the web chat has."""
    return [(rated.feedback.useful, rated.feedback.reason) for rated in open_conversations(folder).feedback()]


def test_feedback_is_stored_with_the_answer(fake: FakeSlack, folder: Path) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    before = len(feedback_of(folder))
    fake.press(answer, "useful", user=GRACE)
    fake.until(lambda: len(feedback_of(folder)) > before, "feedback")
    assert (True, "") in feedback_of(folder)


def test_what_was_missing_in_an_answer_can_be_said(fake: FakeSlack, folder: Path) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    opened = len(fake.workspace.views)
    fake.press(answer, "not_useful", user=ADA)
    view = newest_view(fake, opened)
    field = next(block["element"]["action_id"] for block in view["blocks"] if block["type"] == "input")
    submitted = fake.submit(view, {field: "The <mills> are missing & so on"}, user=ADA)
    fake.until(lambda: (False, "The <mills> are missing & so on") in feedback_of(folder), "feedback")
    assert submitted.is_acked


def test_a_passage_opens_in_its_context(fake: FakeSlack) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    opened = len(fake.workspace.views)
    fake.press(answer, "passage", user=GRACE)
    view = newest_view(fake, opened)
    shown = words_of(view)
    assert f"*We present WeaveBank, a dataset of {ANSWER}.*" in shown
    assert "It was collected from forty mills in the north." in shown  # what stands around it


def test_a_passage_opens_before_it_is_looked_up(fake: FakeSlack) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    opened = len(fake.workspace.views)
    with fake.held("views.update"):
        fake.press(answer, "passage", user=GRACE)
        fake.until(lambda: len(fake.workspace.views) > opened, "a modal")
        assert LOADING in words_of(list(fake.workspace.views.values())[-1])
    assert ANSWER in words_of(newest_view(fake, opened))


@pytest.mark.parametrize("button", ["passage", "not_useful"])
def test_who_clicks_is_told_where_slack_opens_no_window(fake: FakeSlack, button: str) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    before = len(fake.ephemeral(GRACE))
    fake.fail("views.open", Fault(error="expired_trigger_id"))
    fake.press(answer, button, user=GRACE)
    told = fake.until(lambda: fake.ephemeral(GRACE)[before:], "a line")
    assert "did not open the window" in told[0].shown


def test_what_could_not_be_shared_may_be_shared_again(fake: FakeSlack) -> None:
    answered(fake, "list woven", user=GRACE, channel=LABORATORY)
    found = next(post for post in reversed(fake.ephemeral(GRACE)) if "share_result" in post.buttons)
    before = len(fake.ephemeral(GRACE))
    fake.fail("chat.postMessage", BROKEN)
    fake.press(found, "share_result", user=GRACE)
    told = fake.until(lambda: fake.ephemeral(GRACE)[before:], "a line")
    assert "share it again" in told[0].shown
    fake.press(found, "share_result", user=GRACE)

    def shared() -> list[Post]:
        posts = [one for one in fake.workspace.posts.values() if one.channel == LABORATORY and one.is_bots]
        return [one for one in posts if one.ephemeral_to is None and "1 paper on “woven”" in one.shown]

    assert len(fake.until(shared, "that it is shared")) == 1


def test_an_edit_in_a_silent_channel_changes_nothing(fake: FakeSlack) -> None:
    post = fake.ask("What is GearNet?", user=ADA)
    (answer,) = answers(fake, post)
    before = answer.shown
    answered(fake, "silent on", user=EDITOR)
    fake.edit(post, f"{MENTION} {QUESTION}")
    fake.until(lambda: fake.deliveries[-1].is_acked, "an acknowledgement")
    answered(fake, "silent off", user=EDITOR)
    fake.ask(QUESTION, user=GRACE, thread=post.ts)
    assert answers(fake, post, 2)[0].shown == before


def test_a_follow_up_may_be_asked_by_a_button(fake: FakeSlack) -> None:
    post = fake.ask(QUESTION, user=ADA)
    (answer,) = answers(fake, post)
    pressed = next(action for action in answer.buttons if action.startswith("ask_"))
    fake.press(answer, pressed, user=GRACE)
    fake.press(answer, pressed, user=GRACE)  # in haste
    shown = answers(fake, post, 2)
    fake.ask("What is GearNet?", user=ADA, thread=post.ts)
    answers(fake, post, 3)
    assert sum("useful" in one.buttons for one in thread_of(fake, post)) == 3
    assert str(answer.buttons[pressed]["value"]).split()[-1] in "\n".join(one.shown for one in shown)


def test_an_answer_links_to_the_web_chat(fake: FakeSlack) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=ADA))
    assert f"<{PAGE}" in answer.shown


def test_a_button_of_an_answer_that_is_gone_says_so(fake: FakeSlack, folder: Path) -> None:
    (answer,) = answers(fake, fake.ask(QUESTION, user=EMMY, channel=GENERAL))
    conversation, _, _ = str(answer.buttons["useful"]["value"]).partition("/")
    open_conversations(folder).delete(conversation)
    opened = len(fake.workspace.views)
    fake.press(answer, "passage", user=EMMY)
    assert words_of(newest_view(fake, opened)) == GONE
    before = len(fake.ephemeral(EMMY))
    fake.press(answer, "useful", user=EMMY)
    (told,) = fake.until(lambda: fake.ephemeral(EMMY)[before:], "a line")
    assert told.shown == GONE


# ---- the shortcut


def test_one_can_ask_about_somebodys_message(fake: FakeSlack) -> None:
    (callback,) = [one["callback_id"] for one in manifest()["features"]["shortcuts"] if one["type"] == "message"]
    post, _ = fake.say(QUESTION, user=GRACE, channel=LABORATORY)
    opened = len(fake.workspace.views)
    fake.ask_about(post, user=ADA, callback=callback)
    view = newest_view(fake, opened)
    (field,) = [block["element"] for block in view["blocks"] if block["type"] == "input"]
    assert field["initial_value"] == QUESTION
    fake.submit(view, {field["action_id"]: QUESTION}, user=ADA)
    assert ANSWER in "\n".join(one.shown for one in answers(fake, post))


# ---- the assistant view


def test_the_assistant_view_suggests_questions_that_the_library_answers(fake: FakeSlack) -> None:
    root = fake.open_assistant(ADA)
    prompts = fake.until(lambda: fake.workspace.prompts.get((root.channel, root.ts)), "prompts")
    assert any("WeaveBank" in prompt["message"] or "GearNet" in prompt["message"] for prompt in prompts)


def test_the_assistant_view_says_what_is_done_and_is_named_by_its_question(fake: FakeSlack) -> None:
    root = fake.open_assistant(GRACE)
    post = fake.ask(QUESTION, user=GRACE, channel=direct(GRACE), thread=root.ts)
    says(fake, post, ANSWER)
    assert fake.until(lambda: fake.workspace.titles.get((root.channel, root.ts)), "a title") in QUESTION
    said = [
        status for channel, thread, status in fake.workspace.statuses if (channel, thread) == (root.channel, root.ts)
    ]
    assert any(said)
    assert said[-1] == ""
    assert "useful" in answers(fake, post)[-1].buttons


# ---- all of it


def test_each_delivery_was_acknowledged_in_time(fake: FakeSlack) -> None:
    fake.until(lambda: all(one.is_acked for one in fake.deliveries if one.attempts), "all acks")
    assert fake.late == []
