"""Mattermost over real HTTP: commands are acknowledged and answered where they say, posts are answered once."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from assistant import Assistant
from assistant.answers import Answer, Plan
from assistant.errors import ConfigError
from assistant.rendering import escape
from assistant.rendering.mattermost import (
    LONGEST,
    answer_posts,
    harmless,
    paper_post,
    paper_posts,
    question_line,
    table_posts,
)
from assistant.shelf import Shelf
from assistant.surfaces.mattermost import app, mattermost, replies
from assistant.surfaces.mattermost.own_posts import OwnPosts
from assistant.surfaces.mattermost.payloads import as_comment, asked_by_command, asked_by_post, hook_of
from assistant.surfaces.mattermost.replies import Comment
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.inbox import Inbox
from assistant.surfaces.messaging.replies import Shown, Undelivered
from assistant.surfaces.serve.service import Service
from tests.asking import is_one_sentence
from tests.fake_mattermost import (
    COMMAND_TOKEN,
    PATIENCE,
    WEBHOOK_TOKEN,
    FakeMattermost,
    Sender,
    answering,
    fake_mattermost,
)
from tests.programs import GEARNET, PAPERS, WEAVEBANK, open_looms
from vectorstore.embeddings import EmbeddingModel

HOW_MANY = "How many patterns does WeaveBank have?"
EDITOR = "uu5zjsqnmtbuxk5h3cpuj6g9cw"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeMattermost]:
    with fake_mattermost() as running:
        yield running


def settings_for(fake: FakeMattermost) -> dict[str, Any]:
    return {
        "mattermost_url": fake.url,
        "mattermost_tokens": (COMMAND_TOKEN, WEBHOOK_TOKEN),
        "mattermost_editors": (EDITOR,),
        "public_url": "https://papers.example.org",
    }


@pytest.fixture(scope="module")
def looms(fake: FakeMattermost, model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_looms(tmp_path_factory.mktemp("looms"), model, **settings_for(fake)) as assistant:
        yield assistant


@pytest.fixture(scope="module")
def product(looms: Assistant) -> Iterator[Sender]:
    with answering(looms) as sender:
        yield sender


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, what is answered at once is."""
    monkeypatch.setattr(app, "_AT_ONCE", PATIENCE)


# ---- the slash command


def test_a_question_is_acknowledged_and_answered_at_its_own_address(fake: FakeMattermost, product: Sender) -> None:
    hook = fake.hook()
    acknowledged = product.command(fake.command(f"ask {HOW_MANY}", hook)).json()
    assert acknowledged == {
        "response_type": "ephemeral",
        "text": "Searching the papers; the answer follows.",
        "skip_slack_parsing": True,
    }
    (answer,) = fake.until_posted(hook)
    assert answer["response_type"] == "ephemeral"
    assert answer["text"].startswith(f"> {HOW_MANY}\n\n")
    assert "12,000" in answer["text"]
    assert "[WeaveBank: A Dataset of Woven Patterns](https://example.org/weavebank)" in answer["text"]
    assert "[Open in the web chat](https://papers.example.org)" in answer["text"]


def test_a_question_needs_no_word_before_it(fake: FakeMattermost, product: Sender) -> None:
    hook = fake.hook()
    product.command(fake.command(HOW_MANY, hook))
    assert "12,000" in fake.until_posted(hook)[0]["text"]


def test_help_names_what_editors_alone_may_do_to_them_alone(fake: FakeMattermost, product: Sender) -> None:
    for user, is_told in ((EDITOR, True), ("mary", False)):
        shown = product.command(fake.command("help", fake.hook(), user_id=user)).json()["text"]
        assert [f"/papers {name}" in shown for name in ("use", "silent", "add")] == [is_told] * 3


def test_an_editor_chooses_what_a_channel_asks(fake: FakeMattermost, product: Sender) -> None:
    shown = product.command(fake.command("use looms", fake.hook(), user_id=EDITOR, channel_id="other")).json()["text"]
    assert "New threads in this channel ask the library" in shown


def test_what_one_person_asks_in_a_channel_is_one_conversation(fake: FakeMattermost, product: Sender) -> None:
    for text in ("What is GearNet?", "Does it need labels?"):
        hook = fake.hook()
        product.command(fake.command(text, hook, user_id="mary"))
        answer = fake.until_posted(hook)[0]["text"]
    assert "needs no labels" in answer


def test_a_command_that_comes_again_is_answered_once(fake: FakeMattermost, product: Sender) -> None:
    hook = fake.hook()
    for _ in range(3):
        assert product.command(fake.command(HOW_MANY, hook)).status_code == 200
    last = fake.hook()
    product.command(fake.command("Does GearNet need labels?", last))  # of the same thread, so answered after them
    fake.until_posted(last)
    assert len(fake.posted[hook]) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "You ask the library **looms** of 2 papers."),
        ("help", "`/papers ask QUESTION`"),
        ("list", "[WeaveBank: A Dataset of Woven Patterns](https://example.org/weavebank)"),
        ("list gears", "**Papers on gears**"),
        ("trends year", "2018"),
        ("show weavebank: a dataset of woven patterns", "forty mills"),
        ("show nothing", "No paper of the library"),
        ("use looms", "Only those who look after the library"),
    ],
)
def test_other_commands_are_answered_at_once(fake: FakeMattermost, product: Sender, text: str, shown: str) -> None:
    answer = product.command(fake.command(text, fake.hook())).json()
    assert answer["response_type"] == "ephemeral"
    assert shown in answer["text"]


def test_a_command_that_takes_longer_is_acknowledged_and_its_result_follows(
    fake: FakeMattermost, product: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_AT_ONCE", 0.0)
    hook = fake.hook()
    assert "follows" in product.command(fake.command("list", hook)).json()["text"]
    assert "WeaveBank" in fake.until_posted(hook)[0]["text"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/hooks/commands/abc",
        "{url}.evil.example/hooks/commands/abc",
        "{url}@evil.example/hooks/commands/abc",
        "{url}/hooks/commands/../../api/v4/users",
        "{url}/hooks/commands/abc?x=1",
        "{url}/api/v4/posts",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_answer_goes_to_the_own_server_alone(fake: FakeMattermost, product: Sender, address: str) -> None:
    before = fake.tries
    form = fake.command(HOW_MANY, "", response_url=address.format(url=fake.url))
    answer = product.command(form).json()
    assert "PAPERTALK_MATTERMOST_URL" in answer["text"]
    assert fake.tries == before


def test_a_server_below_a_path_has_its_addresses_there() -> None:
    server = "https://example.org/chat/"
    assert hook_of("https://example.org/chat/hooks/commands/abc", server) == "abc"
    assert hook_of("https://example.org/hooks/commands/abc", server) is None


def test_a_server_that_is_busy_is_asked_again_and_gets_one_answer(
    fake: FakeMattermost, product: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, "_PAUSE", 0.0)
    fake.faults = [503, 429]
    hook = fake.hook()
    product.command(fake.command(HOW_MANY, hook))
    fake.until_posted(hook)
    assert fake.faults == []
    assert len(fake.posted[hook]) == 1


def test_an_answer_that_the_server_refuses_is_not_sent_again(
    fake: FakeMattermost, product: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    fake.faults = [500]
    hook, last = fake.hook(), fake.hook()
    with caplog.at_level(logging.INFO):
        product.command(fake.command(HOW_MANY, hook))
        product.command(fake.command("Does GearNet need labels?", last))
        fake.until_posted(last)
    assert fake.posted[hook] == []
    assert "status 500" in caplog.text
    assert "patterns" not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith("assistant") and hook in record.message]


# ---- the outgoing webhook


@pytest.mark.parametrize("as_json", [False, True])
def test_a_post_is_answered_as_a_comment(fake: FakeMattermost, product: Sender, as_json: bool) -> None:
    answer = product.webhook(fake.post(f"papers {HOW_MANY}"), as_json=as_json).json()
    assert answer["response_type"] == "comment"
    assert "12,000" in answer["text"]
    assert not answer["text"].startswith(">")


def test_a_post_is_answered_once_however_often_it_is_delivered(fake: FakeMattermost, product: Sender) -> None:
    form = fake.post(f"papers {HOW_MANY}")
    with ThreadPoolExecutor(8) as threads:
        came = [response.json() for response in threads.map(product.webhook, [form] * 8)]
    assert sum("text" in answer for answer in came) == 1
    assert product.webhook(form).json() == {}


def test_a_post_that_asks_nothing_gets_a_line_of_help(fake: FakeMattermost, product: Sender) -> None:
    answer = product.webhook(fake.post("papers  ")).json()
    assert answer == {"response_type": "comment", "text": "Write your question behind the word."}
    assert product.webhook(fake.post("papers what?", post_id="")).json() == {}


def test_what_it_said_itself_is_not_answered(fake: FakeMattermost, product: Sender) -> None:
    for text in (f"papers {HOW_MANY}", "papers "):
        said = product.webhook(fake.post(text)).json()["text"]
        for trigger in ("papers", ""):  # without a word, a webhook is told of the whole channel
            assert product.webhook(fake.post(f"{said} ", trigger_word=trigger)).json() == {}
    assert "12,000" in product.webhook(fake.post(HOW_MANY, trigger_word="")).json()["text"]


def test_a_part_of_a_post_that_was_cut_is_known_again() -> None:
    own = OwnPosts()
    own.add("\n\n".join(f"Sentence {place} of it." for place in range(3_000)))
    assert own.holds("\n".join(f"Sentence {place} of it." for place in range(1_000, 2_000)))
    assert not own.holds("Sentence 7 of it.")


def test_a_post_that_waits_too_long_is_told_so(
    fake: FakeMattermost, product: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_PATIENCE", 0.0)
    answer = product.webhook(fake.post(f"papers {HOW_MANY}")).json()
    assert "slash command" in answer["text"]
    assert is_one_sentence(answer["text"])


def test_twelve_posts_at_once_are_each_answered_once(fake: FakeMattermost, product: Sender) -> None:
    forms = [fake.post(f"papers {HOW_MANY}", user_id=f"user{n}") for n in range(12)]
    with ThreadPoolExecutor(12) as threads:
        texts = [response.json().get("text", "") for response in threads.map(product.webhook, forms)]
    assert all("12,000" in text for text in texts)


# ---- who may ask


@pytest.mark.parametrize("token", ["", "wrong", COMMAND_TOKEN[:-1], COMMAND_TOKEN + "x", "\u00e9\u0000"])
def test_a_wrong_token_is_refused(fake: FakeMattermost, product: Sender, token: str) -> None:
    hook = fake.hook()
    for response in (
        product.command(fake.command(HOW_MANY, hook, token=token)),
        product.webhook(fake.post(f"papers {HOW_MANY}", token=token)),
        product.webhook(fake.post(f"papers {HOW_MANY}", token=token), as_json=True),
    ):
        assert response.status_code == 401
        assert "12,000" not in response.text
    assert fake.posted[hook] == []


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"&".join(b"a%d=1" % n for n in range(500)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_mattermost_does_not_send_is_refused(product: Sender, content: bytes, content_type: str) -> None:
    assert product.raw("/mattermost/command", content, content_type).status_code == 400


def test_half_a_character_harms_nobody(product: Sender) -> None:
    content = b'{"token": "%s", "post_id": "p", "text": "\\ud800", "user_id": "\\udfff"}' % WEBHOOK_TOKEN.encode()
    assert product.raw("/mattermost/webhook", content, "application/json").status_code == 200


def service_with(looms: Assistant, **settings: Any) -> Service:
    return Service(Shelf(looms.settings.model_copy(update=settings), looms))


def test_without_tokens_there_is_no_mattermost(looms: Assistant) -> None:
    assert mattermost(service_with(looms, mattermost_tokens=())) is None


def test_tokens_without_a_server_are_a_mistake_that_names_the_setting(looms: Assistant) -> None:
    with pytest.raises(ConfigError, match="PAPERTALK_MATTERMOST_URL"):
        mattermost(service_with(looms, mattermost_url=None))


# ---- what a process leaves


def test_a_command_that_a_process_left_is_answered_by_the_next_once(fake: FakeMattermost, looms: Assistant) -> None:
    hook, last = fake.hook(), fake.hook()
    inbox = Inbox(Database(looms.settings.data_dir / FILE), "mattermost")
    assert inbox.take([asked_by_command(fake.command(HOW_MANY, hook), HOW_MANY, hook)]) == [True]
    inbox.close()
    with answering(looms):
        fake.until_posted(hook)
    with answering(looms) as sender:
        sender.command(fake.command(HOW_MANY, last))
        fake.until_posted(last)
    assert len(fake.posted[hook]) == 1


def test_an_answer_for_which_no_webhook_waits_goes_nowhere(fake: FakeMattermost) -> None:
    reply = Comment({}, asked_by_post(fake.post("papers why?")), None)
    with pytest.raises(Undelivered, match="wait"):
        asyncio.run(reply.finish(Shown(answered("So."), "", 0)))


def test_a_server_that_stops_lets_nobody_wait(looms: Assistant) -> None:
    async def stopped() -> dict[str, Any]:
        surface = mattermost(service_with(looms))
        assert surface is not None
        waiting = surface._waiting["post"] = asyncio.get_running_loop().create_future()
        await surface.stop(0.0)
        return as_comment(waiting.result())

    assert "stopping" in asyncio.run(stopped())["text"]


# ---- posts

HOSTILE = [
    "<!channel> @channel @all @ada.lovelace",
    "<https://evil.example|the paper> [the paper](https://evil.example) ![x](https://evil.example/x.png)",
    "[x]: https://evil.example",
    "**bold** `code` ```more``` | # 1. :tada:",
    "A title of many words, " * 40,
]


def answered(text: str, **parts: Any) -> Answer:
    return Answer("Why?", "Why?", text, answered=True, mode="extractive", plan=Plan("Why?", "Why?"), **parts)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_papers_and_models_say_mentions_and_links_nobody(text: str) -> None:
    paper = replace(WEAVEBANK, title=text, url=None)
    for shown in (
        harmless(text),
        *answer_posts(answered(text, warnings=(text,), closest=(paper,))),
        *answer_posts(replace(answered(escape(text)), answered=False, closest=(paper,))),
        *paper_post(paper, [paper]),
        *paper_posts([paper], text, 1),
        *table_posts(text, [{text: text}]),
    ):
        outside = re.sub(r"```.*?```", "", shown, flags=re.DOTALL)
        assert not re.search(r"@\w|<|\]\(|\]:|:tada:", outside)


def test_a_title_with_an_address_in_it_leads_to_its_paper_alone() -> None:
    paper = replace(WEAVEBANK, title="See https://evil.example for (more)", url="https://example.org/a_(b)/c")
    (post,) = paper_posts([paper], "Papers", 1)
    assert "[See for (more)](https://example.org/a_%28b%29/c)" in post


def test_a_long_answer_goes_in_several_posts_with_nothing_lost() -> None:
    text = "\n\n".join(f"Sentence {place} of it." for place in range(3_000))
    posts = answer_posts(answered(text))
    assert len(posts) > 3
    assert all(len(post) <= LONGEST for post in posts)
    assert "\n\n".join(posts) == text
    assert "".join(answer_posts(answered("x" * 50_000))) == "x" * 50_000


def test_a_long_question_above_a_long_answer_fits_into_a_post() -> None:
    whole = f"{question_line('*' * 10_000)}\n\n{answer_posts(answered('x' * 20_000))[0]}"
    assert len(whole) <= 16_383


def test_a_list_counts_what_it_does_not_show() -> None:
    assert paper_posts(PAPERS, "Papers", 40)[0].endswith("38 more.")
    assert "There are none." in paper_posts([], "Papers", 0)[0]
    assert "GearNet: Learning Gear Trains. Lovelace, 2019" in paper_posts([GEARNET], "Papers", 1)[0]
