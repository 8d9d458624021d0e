"""Commands of a chat: plain data out of words, for everybody or for editors alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant
from assistant.errors import Busy, ConversationNotFound, ConversationsError, EmptyLibrary, SourceError
from assistant.shelf import Shelf
from assistant.surfaces.messaging.commands import Commands, Help, OnePaper, Papers, Passage, Said, ToAsk, Trends
from assistant.surfaces.messaging.database import FILE, Database
from assistant.surfaces.messaging.error_messages import GONE, error_message
from assistant.surfaces.messaging.thread_store import ChannelSettings, ThreadStore
from assistant.surfaces.serve.service import Service
from tests.asking import is_one_sentence
from tests.loopback import listening
from tests.messaging import THREAD
from tests.papers import make_paper
from tests.programs import GEARNET, LIBRARY, open_looms
from vectorstore.embeddings import EmbeddingModel

ELSEWHERE = replace(THREAD, channel="C2")
EDITOR, READER = "grace", "ada"


@pytest.fixture(scope="module")
def looms(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_looms(tmp_path_factory.mktemp("looms"), model) as assistant:
        yield assistant


@contextmanager
def commanding(assistant: Assistant, data_dir: Path, **settings: Any) -> Iterator[tuple[Commands, ThreadStore]]:
    chosen = assistant.settings.model_copy(update={"data_dir": data_dir, **settings})
    with Shelf(chosen, assistant) as shelf:
        threads = ThreadStore(Database(data_dir / FILE))
        yield Commands(Service(shelf), threads, [EDITOR]), threads


@pytest.fixture
def commands(looms: Assistant, tmp_path: Path) -> Iterator[Commands]:
    with commanding(looms, tmp_path) as (commands, _):
        yield commands


async def problem(commands: Commands, text: str, user: str = READER) -> str:
    """The one sentence that a command comes to which is not done."""
    said = await commands.run(text, THREAD, user)
    assert isinstance(said, Said)
    assert said.is_problem
    assert is_one_sentence(said.sentence)
    return said.sentence


# ---- everybody's


@pytest.mark.parametrize("text", ["ask What is GearNet?", " What is GearNet? ", "Ask  What is GearNet?"])
async def test_a_question_is_to_be_asked(commands: Commands, text: str) -> None:
    assert await commands.run(text, THREAD, READER) == ToAsk("What is GearNet?")


async def test_asking_nothing_is_told(commands: Commands) -> None:
    assert "behind 'ask'" in await problem(commands, "ask ")


@pytest.mark.parametrize("text", ["", "help", "HELP"])
@pytest.mark.parametrize(("user", "may_edit"), [(READER, False), (EDITOR, True)])
async def test_help_shows_what_can_be_asked(commands: Commands, text: str, user: str, may_edit: bool) -> None:
    found = await commands.run(text, THREAD, user)
    assert isinstance(found, Help)
    assert (found.library, found.papers, found.may_edit) == (LIBRARY, 2, may_edit)
    assert found.examples == tuple(await commands.examples(THREAD))
    assert found.examples


async def test_a_list_has_all_papers_newest_first(commands: Commands) -> None:
    found = await commands.run("list", THREAD, READER)
    assert isinstance(found, Papers)
    assert [paper.year for paper in found.papers] == [2019, 2018]
    assert (found.total, found.library, found.words) == (2, LIBRARY, "")


@pytest.mark.parametrize(("words", "year"), [("woven patterns", 2018), ("drawings", 2019), ("2019", 2019)])
async def test_a_list_has_the_papers_on_some_words(commands: Commands, words: str, year: int) -> None:
    found = await commands.run(f"list {words}", THREAD, READER)
    assert isinstance(found, Papers)
    assert [paper.year for paper in found.papers] == [year]


async def test_a_list_of_nothing_is_empty(commands: Commands) -> None:
    found = await commands.run("list steam", THREAD, READER)
    assert isinstance(found, Papers)
    assert (found.papers, found.total) == ((), 0)


@pytest.mark.parametrize(
    ("text", "column"), [("trends year", "year"), ("trends by years", "year"), ("trends", "topic")]
)
async def test_trends_are_counted_by_what_is_named(commands: Commands, text: str, column: str) -> None:
    found = await commands.run(text, THREAD, READER)
    assert isinstance(found, Trends)
    assert column in found.table.rows[0]


async def test_trends_by_something_unknown_are_told(commands: Commands) -> None:
    assert "'colour'" in await problem(commands, "trends colour")


@pytest.mark.parametrize("words", ["gearnet", "GearNet: learning gear trains", "gear trains"])
async def test_a_paper_is_shown_by_its_title(commands: Commands, words: str) -> None:
    found = await commands.run(f"show {words}", THREAD, READER)
    assert isinstance(found, OnePaper)
    assert found.paper.year == 2019


async def test_a_paper_is_shown_by_its_key(commands: Commands, looms: Assistant) -> None:
    paper = looms.papers()[0]
    found = await commands.run(f"show {paper.key}", THREAD, READER)
    assert isinstance(found, OnePaper)
    assert found.paper == paper


@pytest.mark.parametrize(("text", "told"), [("show", "Write the key"), ("show a", "2 papers"), ("show x", "No paper")])
async def test_no_paper_or_several_are_told(commands: Commands, text: str, told: str) -> None:
    assert told in await problem(commands, text)


# ---- editors'


@pytest.mark.parametrize("text", ["use looms", "silent on", "add doi:10.1000/182"])
async def test_only_editors_change_what_others_see(commands: Commands, text: str) -> None:
    assert "Only those who look after the library" in await problem(commands, text)


async def test_a_channel_asks_the_library_that_an_editor_chooses(
    looms: Assistant, tmp_path: Path, model: EmbeddingModel
) -> None:
    with Assistant("tides", tmp_path, model=model) as other:
        other.take_in([make_paper("TideNet", "We propose TideNet.")])
    with commanding(looms, tmp_path) as (commands, _):
        said = await commands.run("use tides", THREAD, EDITOR)
        here, there = await commands.run("list", THREAD, READER), await commands.run("list", ELSEWHERE, READER)
    assert isinstance(said, Said)
    assert not said.is_problem
    assert isinstance(here, Papers)
    assert isinstance(there, Papers)
    assert (here.library, there.library) == ("tides", LIBRARY)


@pytest.mark.parametrize("text", ["use", "use nothing"])
async def test_a_library_that_is_not_there_is_not_chosen(commands: Commands, text: str) -> None:
    assert f"'{LIBRARY}'" in await problem(commands, text, EDITOR)


async def test_a_channel_is_silent_until_an_editor_says_otherwise(looms: Assistant, tmp_path: Path) -> None:
    with commanding(looms, tmp_path) as (commands, threads):
        await commands.run("silent", THREAD, EDITOR)
        assert threads.settings("board", "T1", "C1") == ChannelSettings(is_silent=True)
        await commands.run("silent off", THREAD, EDITOR)
        assert threads.settings("board", "T1", "C1") == ChannelSettings()
        assert "'silent on'" in await problem(commands, "silent perhaps", EDITOR)


@pytest.mark.parametrize("source", ["", "/etc/passwd", "papers.bib", "file:///etc/passwd"])
async def test_only_what_is_on_the_web_is_added(commands: Commands, source: str) -> None:
    assert "openalex:ID" in await problem(commands, f"add {source}", EDITOR)


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = b"@article{a, title={The Tide Mill}, author={Somerville, Mary}, year={1831}}"
        self.send_response(200)
        self.send_header("content-type", "application/x-bibtex")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


async def test_an_editor_adds_papers(tmp_path: Path, model: EmbeddingModel) -> None:
    with (
        listening(_Page) as url,
        open_looms(tmp_path, model, allow_private_addresses=True) as assistant,
        commanding(assistant, tmp_path) as (commands, _),
    ):
        said = await commands.run(f"add {url}/papers.bib", THREAD, EDITOR)
        titles = {paper.title for paper in assistant.papers()}
    assert said == Said(f"Into the library '{LIBRARY}': added: 1.")
    assert "The Tide Mill" in titles


async def test_links_into_the_machines_own_network_are_not_followed(commands: Commands) -> None:
    with listening(_Page) as url:
        await problem(commands, f"add {url}/papers.bib", EDITOR)


def test_what_people_are_told_names_no_folder_and_no_command() -> None:
    told = [
        error_message(error)
        for error in (
            ConversationsError("The file of messages '/srv/data/messaging.sqlite' cannot be used (disk full)."),
            EmptyLibrary("The library 'looms' holds no paper; 'papertalk ingest' takes papers in."),
            SourceError("The file '/srv/data/papers.bib' cannot be read; check it."),
            Busy("Too many questions are being answered; ask again in 3 s.", 3),
        )
    ]
    assert told[1:] == [
        "The library 'looms' holds no paper.",
        "The file 'papers.bib' cannot be read; check it.",
        "Too many questions are being answered; ask again in 3 s.",
    ]
    assert all(is_one_sentence(sentence) and "/srv" not in sentence for sentence in told)


# ---- stored answers


async def test_an_answer_is_rated_and_its_passages_shown_where_it_was_given(
    commands: Commands, looms: Assistant
) -> None:
    answer = looms.ask("What is GearNet?")
    conversation = looms.conversations.start(LIBRARY, THREAD.owner).id
    number = looms.conversations.add(conversation, answer).number
    await commands.rate(THREAD, conversation, number, useful=False, reason="too short")
    (rated,) = looms.conversations.feedback(useful=False)
    assert rated.feedback.reason == "too short"
    assert (await commands.answer(THREAD, conversation, number)).to_dict() == answer.to_dict()
    assert await commands.passage(THREAD, conversation, number, 1) == Passage(answer.citations[0])
    for place, which, marker in ((ELSEWHERE, number, 1), (THREAD, 7, 1), (THREAD, number, 99)):
        with pytest.raises(ConversationNotFound):
            await commands.passage(place, conversation, which, marker)
    with pytest.raises(ConversationNotFound):
        await commands.rate(ELSEWHERE, conversation, number, useful=True)
    with pytest.raises(ConversationsError, match="characters"):
        await commands.rate(THREAD, conversation, number, useful=True, reason="x" * 3_000)


async def test_a_passage_of_a_paper_that_was_removed_or_changed_says_so(tmp_path: Path, model: EmbeddingModel) -> None:
    with open_looms(tmp_path, model) as looms, commanding(looms, tmp_path) as (commands, _):
        answer = looms.ask("What is GearNet?")
        conversation = looms.conversations.start(LIBRARY, THREAD.owner).id
        number = looms.conversations.add(conversation, answer).number
        looms.take_in([make_paper(GEARNET.title, "This paper says something else by now, and a good deal more: " * 9)])
        changed = await commands.passage(THREAD, conversation, number, 1)
        looms.remove(answer.citations[0].paper.key)
        removed = await commands.passage(THREAD, conversation, number, 1)
        assert changed.citation.quote == removed.citation.quote == answer.citations[0].quote
        assert "reads otherwise" in changed.note
        assert "not in the library any more" in removed.note
        looms.conversations.delete(conversation)
        with pytest.raises(ConversationNotFound) as gone:
            await commands.passage(THREAD, conversation, number, 1)
        assert error_message(gone.value) == GONE


async def test_an_empty_library_suggests_nothing(tmp_path: Path, model: EmbeddingModel) -> None:
    with Assistant("empty", tmp_path, model=model) as empty, commanding(empty, tmp_path) as (commands, _):
        assert list(await commands.examples(THREAD)) == []
        found = await commands.run("help", THREAD, READER)
        assert isinstance(found, Help)
        assert (found.papers, found.examples) == (0, ())
        await commands.run("trends", THREAD, READER)
        await problem(commands, "show anything")
