"""Stored conversations: what comes back of them, who may use the file at once, and what deleting leaves."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import conversations as module
from assistant import rendering
from assistant.answers import Answer, Chart, Citation, Filters, Grounding, Plan, Usage
from assistant.conversations import Conversations, open_conversations, title_of, told
from assistant.errors import ConversationNotFound, ConversationsError
from assistant.papers import ABSTRACT, Paper
from tests.asking import is_one_sentence
from tests.papers import make_paper

LOOMS = replace(make_paper("Looms", "Cards drive looms. Nobody weaves by hand."), key="lovelace2019looms")
GEARS = replace(make_paper("Gears: On Wheels", "Wheels have teeth."), key="lovelace2019gears", url="https://gears.org")


def cite(marker: int, paper: Paper, quote: str) -> Citation:
    start = paper.text.index(quote)
    return Citation(marker, paper, ABSTRACT, start, start + len(quote), quote)


def make_answer(question: str = "What drives looms?", text: str = "**Cards** drive looms. [1]") -> Answer:
    return Answer(question, question, text, True, "extractive", Plan(question, question),
                  citations=(cite(1, LOOMS, "Cards drive looms."),))  # fmt: skip


def rich_answer() -> Answer:
    """An answer with everything that one may hold."""
    filters = Filters(
        years=(2018, None), placed_authors=((2, "Babbage"),), title=("a", "b"), mentions=(("x", "y"),),
        excluding=(Filters(has_code=True),),
    )  # fmt: skip
    plan = Plan("And it?", "What drives looms?", "trend", filters, ("k",), subject="datasets", group_by=("year",),
                pick="first", limit=3, periods=((2018, 2019),), problems=("p",))  # fmt: skip
    return Answer(
        "And it?", "What drives looms?", "Cards drive looms. [1] Wheels have teeth. [2] None weaves. [3]", True,
        "generative", plan,
        citations=(cite(1, LOOMS, "Cards drive looms."), cite(2, GEARS, "teeth"), cite(3, LOOMS, "Nobody weaves")),
        closest=(GEARS,), table=({"year": 2019, "sources": [1, 2]},), chart=Chart(({"x": [1]},), {"title": "t"}),
        timings_ms={"total": 1.25}, warnings=("Mind the gap.",), grounding=Grounding(2, 1, 1, 0),
        usage=Usage("openai:m", 1, 1_234, 210, 0.0004),
    )  # fmt: skip


@pytest.fixture
def stored(tmp_path: Path) -> Conversations:
    return open_conversations(tmp_path)


def begin(stored: Conversations, *answers: Answer, library: str = "ada") -> str:
    started = stored.start(library).id
    for answer in answers or (make_answer(),):
        stored.add(started, answer)
    return started


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# ---- what is kept


def test_nothing_is_written_before_the_first_question(stored: Conversations, tmp_path: Path) -> None:
    started = stored.start("ada")
    assert stored.get(started.id) == started
    assert stored.history(started.id) == []
    assert stored.list() == []
    assert stored.delete_all() == 0
    assert list(tmp_path.iterdir()) == []


def test_an_answer_comes_back_whole(stored: Conversations, tmp_path: Path) -> None:
    answer = rich_answer()
    conversation = begin(stored, make_answer(), answer)
    first, second = open_conversations(tmp_path).exchanges(conversation)
    assert (first.number, first.question) == (1, "What drives looms?")
    assert second.answer == json.loads(json.dumps(answer.to_dict()))
    assert second.to_answer().to_dict() == answer.to_dict()
    assert second.to_answer().plan == answer.plan


def test_quotes_stand_where_they_stood_also_without_the_library(stored: Conversations) -> None:
    answer = rich_answer()
    restored = stored.exchanges(begin(stored, answer))[0].to_answer()
    for citation, original in zip(restored.citations, answer.citations, strict=True):
        assert citation.paper.text[citation.start : citation.end] == citation.quote == original.quote
        assert citation.paper.section_at(citation.start) == original.section
    assert rendering.to_markdown(restored) == rendering.to_markdown(answer)


def test_with_the_library_a_paper_is_its_own_unless_it_has_changed(stored: Conversations) -> None:
    changed = replace(LOOMS, text=LOOMS.text.replace("Cards drive looms.", "Looms are driven."))
    exchange = stored.exchanges(begin(stored, rich_answer()))[0]
    restored = exchange.to_answer({GEARS.key: GEARS, changed.key: changed})
    assert restored.citations[1].paper is GEARS
    assert restored.closest == (GEARS,)
    looms = restored.citations[0]
    assert looms.paper.text[looms.start : looms.end] == "Cards drive looms."


def test_the_first_question_makes_the_title(stored: Conversations) -> None:
    question = "Which of the machines that they describe in the later papers could be programmed with cards?"
    conversation = begin(stored, make_answer(question), make_answer("And then?"))
    assert stored.get(conversation).title == "Which of the machines that they describe in the later…"
    assert stored.get(conversation).questions == 2


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("  Two\n lines\x1b[31m\u202e ", "Two lines[31m"),
        ("word, " * 30, "word, word, word, word, word, word, word, word, word…"),
        ("x" * 80, "x" * 59 + "…"),
        ("机器" * 40, "机器" * 29 + "机…"),
    ],
)
def test_a_title_is_one_short_line_of_whole_words(written: str, title: str) -> None:
    assert title_of(written) == title
    assert len(title) <= 60


def test_a_conversation_can_be_renamed_but_not_to_nothing(stored: Conversations) -> None:
    conversation = begin(stored)
    stored.rename(conversation, " On\nlooms ")
    assert stored.get(conversation).title == "On looms"
    with pytest.raises(ConversationsError, match="cannot be empty"):
        stored.rename(conversation, " \x00 ")


def test_a_link_cannot_be_guessed_and_is_no_option(stored: Conversations) -> None:
    ids = {stored.start("ada").id for _ in range(500)}
    assert len(ids) == 500
    assert {len(one) for one in ids} == {16}
    assert all(one[0].isalnum() for one in ids)


def test_an_id_that_there_is_not_is_one_sentence(stored: Conversations) -> None:
    begin(stored)
    for call in (stored.get, stored.history, stored.exchanges, stored.delete, stored.to_json):
        with pytest.raises(ConversationNotFound, match="'nothing'") as caught:
            call("nothing")
        assert is_one_sentence(str(caught.value))
    with pytest.raises(ConversationNotFound):
        stored.add("nothing", make_answer())


# ---- what later questions lean on


def test_an_answer_is_told_in_plain_words_with_the_titles_it_lacks() -> None:
    answer = replace(rich_answer(), text="**Cards** drive *Looms* \\[x\\]. [1] [2]")
    assert told(answer) == "Cards drive Looms [x]. [1] [2]\nGears: On Wheels"


def test_a_list_of_many_papers_is_told_without_titles() -> None:
    papers = [replace(LOOMS, key=f"k{n}", title=f"Title {n}") for n in range(11)]
    answer = replace(
        make_answer(text="Eleven."),
        citations=tuple(cite(n, paper, "Cards drive looms.") for n, paper in enumerate(papers, 1)),
    )
    assert told(answer) == "Eleven."


def test_history_is_the_last_questions_with_their_answers(stored: Conversations) -> None:
    conversation = begin(stored, *(make_answer(f"Question {n}?") for n in range(9)))
    history = stored.history(conversation)
    assert [turn["content"] for turn in history if turn["role"] == "user"] == [f"Question {n}?" for n in range(3, 9)]
    assert history[-1] == {"role": "assistant", "content": "Cards drive looms. [1]\nLooms"}
    assert len(stored.history(conversation, turns=1)) == 2


def test_what_was_asked_of_a_library_is_remembered_newest_first(stored: Conversations) -> None:
    begin(stored, make_answer("One?"), make_answer("Two?"))
    begin(stored, make_answer("Elsewhere?"), library="other")
    begin(stored, make_answer("Three?"))
    assert stored.questions("ada") == ["Three?", "Two?", "One?"]
    assert stored.questions("ada", limit=1) == ["Three?"]


# ---- lists


def test_the_list_begins_with_the_one_that_changed_last(stored: Conversations) -> None:
    first, second = begin(stored), begin(stored, library="other")
    assert [row.id for row in stored.list()] == [second, first]
    stored.add(first, make_answer("More?"))
    assert [row.id for row in stored.list()] == [first, second]
    assert [row.id for row in stored.list("other")] == [second]
    assert [row.id for row in stored.list(limit=1)] == [first]


def test_search_looks_into_titles_questions_and_answers_in_any_case(stored: Conversations) -> None:
    first = begin(stored, make_answer("What of Zoë Strauß?"), make_answer("And ÉCLAIRS 100%_?"))
    second = begin(stored, make_answer("Nothing"))
    stored.rename(second, "Ωmega")
    for words, found in {
        "ZOE strauss": [first],
        "éclairs": [first],
        "cards DRIVE": [second, first],
        "looms": [second, first],  # a title that an answer cites
        "ωMEGA": [second],
        "100%_": [first],
        "%": [first],
        "missing": [],
        " ": [second, first],
    }.items():
        assert [row.id for row in stored.list(search=words)] == found, words


def test_the_beginning_of_an_id_is_enough_where_it_is_one(stored: Conversations) -> None:
    conversation = begin(stored)
    assert stored.find(conversation[:6]).id == conversation
    assert stored.find("last").id == conversation
    for beginning in ("", "%", "_", "nothing"):
        with pytest.raises(ConversationNotFound):
            stored.find(beginning)
    heads: list[str] = []
    while len(set(heads)) == len(heads):
        heads.append(begin(stored)[0])
    with pytest.raises(ConversationNotFound, match="Several"):
        stored.find(heads[-1])
    with pytest.raises(ConversationNotFound, match="about the library 'other'"):
        stored.find("last", "other")


# ---- deleting


def test_a_deleted_text_is_nowhere_in_the_file_or_beside_it(stored: Conversations, tmp_path: Path) -> None:
    kept = begin(stored, *(make_answer(f"kept{n} " + "q" * n) for n in range(20)))
    gone = stored.start("ada").id
    for number in range(20):  # short ones and such as take pages of their own, between those that stay
        stored.add(gone, make_answer(f"secret{number} " + "q" * 20 * number, "secret " * 200 * (number % 5)))
        stored.add(kept, make_answer(f"more{number}"))
    stored.rename(gone, "A secret title")
    assert b"secret" in everything_in(tmp_path)
    stored.delete(gone)
    assert b"secret" not in everything_in(tmp_path)
    assert gone.encode() not in everything_in(tmp_path)
    assert len(stored.exchanges(kept)) == 40


def test_a_title_that_was_replaced_is_gone_too(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    stored.rename(conversation, "A secret title")
    stored.rename(conversation, "Another")
    assert b"secret" not in everything_in(tmp_path)


def test_all_are_deleted_or_those_of_one_library(stored: Conversations, tmp_path: Path) -> None:
    begin(stored), begin(stored), begin(stored, library="other")
    assert stored.delete_all("ada") == 2
    assert [row.library for row in stored.list()] == ["other"]
    assert stored.delete_all() == 1
    assert stored.list() == []
    assert b"Cards" not in everything_in(tmp_path)


def test_where_one_of_the_ids_is_not_there_none_is_deleted(stored: Conversations) -> None:
    conversation = begin(stored)
    with pytest.raises(ConversationNotFound):
        stored.delete(conversation, "nothing")
    assert stored.get(conversation).questions == 1
    assert stored.delete(conversation, conversation) == 1


def test_a_conversation_that_another_surface_deleted_does_not_come_back(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored)
    open_conversations(tmp_path).delete(conversation)
    with pytest.raises(ConversationNotFound):
        stored.add(conversation, make_answer())
    assert stored.list() == []


def test_a_reader_that_keeps_deleted_text_alive_is_told_of(
    stored: Conversations, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 0.1)
    gone = begin(stored)
    with closing(sqlite3.connect(tmp_path / "conversations.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM exchanges").fetchone() == (1,)
        with pytest.raises(ConversationsError, match="still beside the file"):
            stored.delete(gone)
    assert stored.list() == []
    assert b"Cards" not in everything_in(tmp_path)


# ---- the file


def test_the_file_is_its_owners_alone(stored: Conversations, tmp_path: Path) -> None:
    begin(stored)
    (file,) = tmp_path.iterdir()
    assert file.name == "conversations.sqlite"
    assert file.stat().st_mode & 0o777 == 0o600


SAY = """
import sys
from pathlib import Path
from assistant.answers import Answer, Plan
from assistant.conversations import open_conversations

answer = Answer("What?", "What?", "A process.", True, "extractive", Plan("What?", "What?"))
stored = open_conversations(Path(sys.argv[1]))
sys.stdin.readline()
for name in sys.argv[2:] * 5:
    stored.add(name, answer)
stored.add(stored.start("ada").id, answer)
"""


def test_threads_and_processes_may_talk_at_once(stored: Conversations, tmp_path: Path) -> None:
    shared = begin(stored)
    arguments = [sys.executable, "-c", SAY, str(tmp_path), shared]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    processes = [subprocess.Popen(arguments, stdin=subprocess.PIPE, text=True, env=env) for _ in range(3)]

    def talk() -> None:
        for _ in range(5):
            stored.add(shared, make_answer("From a thread"))
        begin(stored)

    threads = [threading.Thread(target=talk) for _ in range(4)]
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert [exchange.number for exchange in stored.exchanges(shared)] == list(range(1, 37))
    assert len(stored.list()) == 8


def test_processes_that_begin_at_once_make_one_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    meeting = threading.Barrier(8)

    def start() -> None:
        meeting.wait()
        begin(open_conversations(folder))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(open_conversations(folder).list()) == 8
    assert [path.name for path in folder.iterdir()] == ["conversations.sqlite"]


def foreign_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE recipes (name TEXT)")


def of_another_version(path: Path) -> None:
    begin(Conversations(path))
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA user_version = 99")


def damaged(path: Path) -> None:
    stored = Conversations(path)
    begin(stored, *(make_answer(f"Question {n}?", "long " * 2_000) for n in range(5)))
    content = bytearray(path.read_bytes())
    content[4_096:] = os.urandom(len(content) - 4_096)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.write_bytes(os.urandom(10_000)), "damaged or not Papertalk's"),
        (lambda path: path.write_text("Dear Ada"), "damaged or not Papertalk's"),
        (lambda path: path.write_bytes(b""), "not one of conversations"),
        (Path.mkdir, "cannot be opened"),
        (foreign_database, "not one of conversations"),
        (of_another_version, "another version of Papertalk"),
        (damaged, "is damaged"),
    ],
    ids=["noise", "text", "empty", "folder", "foreign", "version", "damaged"],
)  # fmt: skip
def test_a_file_that_is_none_is_one_sentence_and_stays_as_it_is(tmp_path: Path, make: object, reason: str) -> None:
    path = tmp_path / "conversations.sqlite"
    make(path)  # type: ignore[operator]
    before = everything_in(tmp_path)
    stored = Conversations(path)
    started = stored.start("ada").id
    for call in (stored.list, lambda: stored.add(started, make_answer()), lambda: stored.questions("ada")):
        with pytest.raises(ConversationsError, match=reason) as caught:
            call()
        assert is_one_sentence(str(caught.value))
        assert repr(str(path)) in str(caught.value)
    assert everything_in(tmp_path) == before


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConversationsError, match="choose another folder") as caught:
        begin(open_conversations(tmp_path / "file"))
    assert is_one_sentence(str(caught.value))


@pytest.fixture
def full(stored: Conversations, monkeypatch: pytest.MonkeyPatch) -> str:
    """A conversation in a file that may not grow."""
    conversation = begin(stored)
    connect = sqlite3.connect

    def bounded(*arguments: object, **options: object) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        database.execute("PRAGMA max_page_count = 1")
        return database

    monkeypatch.setattr(sqlite3, "connect", bounded)
    return conversation


def test_on_a_full_disk_an_answer_is_kept_whole_or_not_at_all(stored: Conversations, full: str) -> None:
    with pytest.raises(ConversationsError, match="the disk is full"):
        stored.add(full, make_answer("Too much?", "word " * 20_000))
    assert [exchange.question for exchange in stored.exchanges(full)] == ["What drives looms?"]


# ---- exports


def test_a_conversation_is_exported_as_markdown_with_references(stored: Conversations) -> None:
    conversation = begin(stored, make_answer("What *drives* looms?"), rich_answer())
    text = stored.to_markdown(conversation)
    assert text.startswith("# What \\*drives\\* looms?\n\n*Library ada, 20")
    assert "\n## 1. What \\*drives\\* looms?\n\n**Cards** drive looms. [1]\n\n**References**\n" in text
    assert "\n## 2. And it?\n\n*Understood as: What drives looms?*\n" in text
    assert "*Gears: On Wheels*" in text
    assert "<https://gears.org>" in text


def test_a_conversation_is_exported_as_json_with_whole_answers(stored: Conversations) -> None:
    answer = rich_answer()
    conversation = begin(stored, answer)
    row = json.loads(stored.to_json(conversation))
    assert set(row) == {"id", "library", "title", "started", "changed", "questions", "exchanges"}
    assert (row["id"], row["library"], row["questions"]) == (conversation, "ada", 1)
    (exchange,) = row["exchanges"]
    assert exchange["answer"] == json.loads(json.dumps(answer.to_dict()))
