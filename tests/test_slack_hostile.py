"""What papers and people write does nothing in Slack: no mention, no link, no style, and no refused message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.settings import load
from tests.fake_slack import FakeSlack
from tests.fake_slack_blocks import links_in, specials_in, texts_of, unescaped_in
from tests.fake_slack_workspace import ADA, GENERAL, Post
from tests.papers import make_paper
from tests.slack_running import PAGE, answering, answers, installed, settings_for
from vectorstore.embeddings import EmbeddingModel

INJECTED = (
    "<!channel> <!here|here> <@U0ADA> <#C0GENERAL> <!subteam^S012> <https://evil.example|the library> "
    "<mailto:eve@evil.example|mail> &lt;!channel&gt; *stars* _lines_ ~waves~ `ticks` :tada: @everyone"
)
LONG = "A Very Long Title of a Study of Looms " * 8
PAPERS = [
    make_paper(f"Zorblax {INJECTED}", f"We present ZorblaxBank {INJECTED}. ZorblaxBank holds 77 looms."),
    make_paper(LONG.strip()[:300], "We present Quuxlet, a loom of 300 letters. Quuxlet weaves by night."),
    make_paper("Fnordtable ``` | a | b | ```", "We present Fnordtable. ``` code <!here> ``` Fnordtable has 5 legs."),
    replace(
        make_paper("Wibbleweb: Hostile Addresses", "We present Wibbleweb. Wibbleweb has 8 arms."),
        url="https://example.org/a|<!channel>",
    ),
    make_paper("نول الحياكة Gribbleloom", "We present Gribbleloom \u202e with reversed letters. Gribbleloom is 12 m."),
]
OURS = (PAGE, "https://example.org/")
QUESTIONS = [
    "What is ZorblaxBank?",
    "What is Quuxlet?",
    "What is Fnordtable?",
    "What is Wibbleweb?",
    "What is Gribbleloom?",
    "List all papers",
    "How many papers are there per year?",
    f"What is ZorblaxBank {INJECTED}",
]


@pytest.fixture(scope="module")
def office(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSlack]:
    folder: Path = tmp_path_factory.mktemp("slack")
    with installed() as fake:
        settings = load(library="hostile", data_dir=folder, **settings_for(fake))
        with Assistant(settings=settings, model=model) as assistant:
            assistant.take_in(PAPERS)
        with Assistant(settings=settings, model=model) as assistant, answering(assistant):
            fake.until(lambda: fake.is_connected, "a connection")
            yield fake


def check_harmless(*posts: Post) -> None:
    for post in posts:
        for text in [post.text, *[text for kind, text in texts_of(post.blocks) if kind == "mrkdwn"]]:
            assert specials_in(text) == []
            assert unescaped_in(text) == []
            for address, shown in links_in(text):
                assert address.startswith(OURS) or shown == address, text  # where it leads is plain to see


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_papers_and_people_write_is_shown_and_does_nothing(office: FakeSlack, question: str) -> None:
    refused = len(office.refused())
    post = office.ask(question, user=ADA)
    shown = answers(office, post)
    assert office.refused()[refused:] == []
    check_harmless(*shown)


@pytest.mark.parametrize(
    "words", ["list", "show Zorblax", "show Quuxlet", "show Wibbleweb", f"show {INJECTED}", "help"]
)
def test_what_commands_find_does_nothing(office: FakeSlack, words: str) -> None:
    refused, before = len(office.refused()), len(office.ephemeral(ADA))
    office.command(words, user=ADA)
    office.until(lambda: len(office.ephemeral(ADA)) > before, words)
    check_harmless(*office.ephemeral(ADA)[before:])
    assert office.refused()[refused:] == []


def test_a_title_of_300_letters_is_shown(office: FakeSlack) -> None:
    shown = answers(office, office.ask("What is Quuxlet?", user=ADA))
    assert LONG.strip()[:200] in "".join(post.shown for post in shown)


def test_what_grows_is_harmless_as_well(office: FakeSlack) -> None:
    post = office.ask("What is ZorblaxBank?", user=ADA, channel=GENERAL)
    for shown in answers(office, post):
        for version in shown.versions:
            assert specials_in(version) == []
