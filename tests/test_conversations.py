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

from assistant import rendering, sqlite_file
from assistant.answers import Answer, Chart, Citation, Evidence, Filters, Grounding, Plan, Usage
from assistant.conversations.store import STOPPED, Conversations, history_of, open_conversations, title_of
from assistant.conversations.stored_answers import told
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


EVIDENCE = Evidence(LOOMS, ABSTRACT, LOOMS.text.index("Cards"), len(LOOMS.text), 0.5)


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


def begin(stored: Conversations, *answers: Answer, library: str = "ada", owner: str | None = None) -> str:
    started = stored.start(library, owner).id
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
    calls = (
        *(stored.get, stored.history, stored.exchanges, stored.delete, stored.to_json, stored.to_bibtex),
        *(stored.share, stored.unshare, stored.copy, lambda name: stored.cut(name, 1)),
        *(lambda name: stored.rate(name, 1, True), lambda name: stored.unrate(name, 1)),
    )
    for call in calls:
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


# ---- going back


def test_what_was_cut_off_is_gone_with_all_after_it_and_the_rest_stays(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, *(make_answer(f"Question{n}?", f"secret{n} [1]") for n in range(1, 6)))
    stored.rate(conversation, 5, False, "reason5")
    assert stored.cut(conversation, 3) == 3
    assert [exchange.question for exchange in stored.exchanges(conversation)] == ["Question1?", "Question2?"]
    for gone in (b"Question3", b"secret3", b"secret5", b"reason5"):
        assert gone not in everything_in(tmp_path)
    assert [row.id for row in stored.list(search="secret2")] == [conversation]
    assert stored.list(search="secret4") == []
    assert stored.cut(conversation, 3) == 0
    assert stored.add(conversation, make_answer("Instead?")).number == 3


def test_a_conversation_that_was_cut_to_nothing_stays_and_takes_its_title_from_the_next_question(
    stored: Conversations, tmp_path: Path
) -> None:
    conversation = begin(stored, make_answer("A secret question?"))
    assert stored.cut(conversation, 1) == 1
    assert b"secret" not in everything_in(tmp_path)
    (row,) = stored.list()
    assert (row.id, row.title, row.questions) == (conversation, "", 0)
    assert stored.history(conversation) == []
    assert stored.add(conversation, make_answer("What now?")).number == 1
    assert stored.get(conversation).title == "What now?"


def test_a_title_that_was_given_by_hand_stays_when_all_is_cut(stored: Conversations) -> None:
    conversation = begin(stored)
    stored.rename(conversation, "On looms")
    stored.cut(conversation, 1)
    stored.add(conversation, make_answer("What now?"))
    assert stored.get(conversation).title == "On looms"


def test_there_is_nothing_to_cut_before_the_first_question(stored: Conversations, tmp_path: Path) -> None:
    assert stored.cut(stored.start("ada").id, 1) == 0
    assert list(tmp_path.iterdir()) == []


# ---- questions that are asked otherwise


def test_a_question_is_replaced_and_those_around_it_stay(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, *(make_answer(f"Question{n}?", f"secret{n} [1]") for n in range(1, 4)))
    for number in (2, 3):
        stored.rate(conversation, number, False, f"reason{number}")
    before = stored.exchanges(conversation)
    assert stored.replace(conversation, 2, make_answer("Instead?"), [EVIDENCE]).number == 2
    after = stored.exchanges(conversation)
    assert (after[0], after[2]) == (before[0], before[2])
    assert (after[1].question, after[1].feedback) == ("Instead?", None)
    assert after[1].to_evidence({LOOMS.key: LOOMS}) == (EVIDENCE,)
    for gone in (b"Question2", b"secret2", b"reason2"):
        assert gone not in everything_in(tmp_path)
    assert stored.list(search="secret2") == []
    assert [row.id for row in stored.list(search="instead")] == [conversation]
    assert stored.add(conversation, make_answer("What now?")).number == 4


def test_a_title_follows_the_first_question_unless_it_was_given_by_hand(stored: Conversations) -> None:
    conversation = begin(stored, make_answer("A secret question?"), make_answer("And then?"))
    stored.replace(conversation, 2, make_answer("And now?"))
    assert stored.get(conversation).title == "A secret question?"
    stored.replace(conversation, 1, make_answer("Instead?"))
    assert stored.get(conversation).title == "Instead?"
    stored.rename(conversation, "On looms")
    stored.replace(conversation, 1, make_answer("What now?"))
    assert stored.get(conversation).title == "On looms"


def test_a_question_that_is_not_there_is_not_replaced(stored: Conversations) -> None:
    conversation = begin(stored)
    before = stored.exchanges(conversation)
    for unknown, number in ((conversation, 2), (stored.start("ada").id, 1), ("none", 1)):
        with pytest.raises(ConversationNotFound):
            stored.replace(unknown, number, make_answer("Instead?"))
    assert stored.exchanges(conversation) == before


def test_a_question_is_replaced_with_all_that_follow_it_where_that_is_as_many_as_was_seen(
    stored: Conversations, tmp_path: Path
) -> None:
    conversation = begin(stored, *(make_answer(f"Question{n}?", f"secret{n} [1]") for n in range(1, 5)))
    before = stored.exchanges(conversation)
    for seen in ({"was": "Another?"}, {"forgetting": 1}, {"was": "Another?", "forgetting": 2}):
        with pytest.raises(ConversationNotFound, match="went on elsewhere"):
            stored.replace(conversation, 2, make_answer("Instead?"), **seen)
        assert stored.exchanges(conversation) == before
    stored.replace(conversation, 2, make_answer("Instead?"), was="Question2?", forgetting=2)
    assert [exchange.question for exchange in stored.exchanges(conversation)] == ["Question1?", "Instead?"]
    for gone in (b"secret2", b"secret3", b"secret4"):
        assert gone not in everything_in(tmp_path)
    assert stored.add(conversation, make_answer("What now?")).number == 3


# ---- owners


def test_each_owner_sees_their_own_and_the_terminal_sees_all(stored: Conversations) -> None:
    ada, kai = begin(stored, owner="ada's cookie"), begin(stored, owner="kai's cookie")
    nobodys = begin(stored)
    assert [row.id for row in stored.list(owner="ada's cookie")] == [ada]
    assert [row.id for row in stored.list(owner="kai's cookie", unowned=True)] == [nobodys, kai]
    assert stored.list(owner="a stranger's cookie") == []
    assert stored.list(owner="ada's cookie", search="nothing") == []
    assert [row.id for row in stored.list(owner="ada's cookie", search="LOOMS", library="ada")] == [ada]
    assert [row.id for row in stored.list()] == [nobodys, kai, ada]


def test_a_conversation_belongs_to_its_owner_from_the_start(stored: Conversations) -> None:
    started = stored.start("ada", "cookie")
    stored.add(started.id, make_answer())
    for conversation in (started, stored.get(started.id), stored.find(started.id[:6]), stored.list()[0]):
        assert conversation.belongs_to("cookie")
        assert not conversation.belongs_to("another cookie")
    nobodys = stored.get(begin(stored))
    assert nobodys.owner is None
    assert not nobodys.belongs_to("cookie")


def test_an_empty_name_owns_nothing(stored: Conversations) -> None:
    nobodys = stored.get(begin(stored, owner=""))
    assert nobodys.owner is None
    assert not nobodys.belongs_to("")
    assert stored.list(owner="") == []
    assert stored.delete_all(owner="") == 0


def test_what_an_owner_is_known_by_is_neither_stored_nor_exported(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, owner="a very secret cookie")
    token = stored.share(conversation)
    assert b"secret cookie" not in everything_in(tmp_path)
    written = stored.to_json(conversation) + str(stored.get(conversation).to_dict())
    assert token not in written
    assert str(stored.get(conversation).owner) not in written


def test_all_of_one_owner_are_deleted_alone(stored: Conversations) -> None:
    begin(stored, owner="ada's"), begin(stored, owner="ada's", library="other")
    kept = begin(stored, owner="kai's")
    assert stored.delete_all("other", owner="ada's") == 1
    assert stored.delete_all(owner="ada's") == 1
    assert [row.id for row in stored.list()] == [kept]


# ---- sharing


def test_a_shared_conversation_is_read_by_its_token_as_it_is_now(stored: Conversations, tmp_path: Path) -> None:
    conversation = begin(stored, owner="ada's")
    assert stored.get(conversation).token is None
    token = stored.share(conversation)
    assert token != conversation
    assert stored.share(conversation) == stored.get(conversation).token == token
    stored.add(conversation, make_answer("More?"))
    shared = open_conversations(tmp_path).shared(token)
    assert (shared.id, shared.questions) == (conversation, 2)
    with pytest.raises(ConversationNotFound):
        stored.get(token)


def test_what_is_unshared_or_deleted_is_read_no_more(stored: Conversations) -> None:
    conversation = begin(stored)
    token = stored.share(conversation)
    stored.unshare(conversation)
    again = stored.share(conversation)
    assert again != token
    stored.delete(conversation)
    for gone in (token, again, "", conversation):
        with pytest.raises(ConversationNotFound, match="shared at this address") as caught:
            stored.shared(gone)
        assert is_one_sentence(str(caught.value))


def test_a_conversation_without_a_question_cannot_be_shared(stored: Conversations, tmp_path: Path) -> None:
    started = stored.start("ada").id
    for call in (stored.share, stored.unshare, stored.copy):
        with pytest.raises(ConversationNotFound):
            call(started)
    assert list(tmp_path.iterdir()) == []


def test_a_reader_goes_on_with_a_copy_of_their_own(stored: Conversations) -> None:
    original = begin(stored, make_answer(), rich_answer(), owner="ada's")
    stored.rename(original, "On looms")
    stored.rate(original, 1, True, "Yes.")
    stored.share(original)
    copied = stored.copy(original, "kai's")
    assert (copied.title, copied.library, copied.questions, copied.token) == ("On looms", "ada", 2, None)
    assert copied.belongs_to("kai's")
    assert copied.id != original
    stored.add(copied.id, make_answer("And gears?"))
    assert [exchange.number for exchange in stored.exchanges(copied.id)] == [1, 2, 3]
    assert [exchange.feedback for exchange in stored.exchanges(copied.id)] == [None] * 3
    assert stored.history(copied.id, turns=3)[:4] == stored.history(original)
    assert [row.id for row in stored.list(owner="kai's", search="none weaves")] == [copied.id]
    stored.delete(original)
    assert stored.exchanges(copied.id)[1].to_answer().to_dict() == rich_answer().to_dict()


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


def test_a_search_never_spans_a_question_and_its_answer(stored: Conversations) -> None:
    begin(stored, make_answer("What drives", "looms?"))
    assert len(stored.list(search="drives")) == 1
    assert stored.list(search="drives looms") == []


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
    monkeypatch.setattr(sqlite_file, "_PATIENCE", 0.1)
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
from assistant.conversations.store import open_conversations

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


def test_many_may_cut_and_rate_at_once(stored: Conversations, tmp_path: Path) -> None:
    failed: list[BaseException] = []

    def visit(owner: str) -> None:
        mine = open_conversations(tmp_path)
        try:
            conversation = begin(mine, make_answer(f"secret {owner}"), owner=owner)
            for _ in range(3):
                mine.add(conversation, rich_answer())
                mine.rate(conversation, 2, True)
                mine.cut(conversation, 2)
            mine.cut(conversation, 1)
        except ConversationsError as error:
            failed.append(error)

    threads = [threading.Thread(target=visit, args=(f"visitor {n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [row.questions for row in stored.list()] == [0] * 12
    assert b"secret" not in everything_in(tmp_path)


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


VERSION_1 = """
    PRAGMA journal_mode = WAL;
    PRAGMA application_id = 0x50415054;
    PRAGMA user_version = 1;
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        library TEXT NOT NULL,
        title TEXT NOT NULL,
        started TEXT NOT NULL,
        changed TEXT NOT NULL
    );
    CREATE TABLE exchanges (
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        told TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    );
"""
"""The schema that the first version of the file had, as it was."""
AT = "2025-03-01T10:00:00.000000+00:00"


@pytest.fixture
def of_version_1(tmp_path: Path) -> Path:
    """A file of the first version with a conversation of two questions."""
    path = tmp_path / "conversations.sqlite"
    answers = [make_answer("What of Zoë?"), rich_answer()]
    with closing(sqlite3.connect(path)) as database:
        database.executescript(VERSION_1)
        database.execute("INSERT INTO conversations VALUES ('old', 'ada', 'What of Zoë?', ?, ?)", (AT, AT))
        rows = [
            ("old", number, AT, answer.question, json.dumps(answer.to_dict()), told(answer))
            for number, answer in enumerate(answers, 1)
        ]
        database.executemany("INSERT INTO exchanges VALUES (?, ?, ?, ?, ?, ?)", rows)
        database.commit()
    return path


def schema_of(path: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        columns = {(name, str(row)) for name in names for row in database.execute(f"PRAGMA table_info({name})")}
        return columns | set(database.execute("SELECT type, name FROM sqlite_schema"))


def test_a_file_of_the_first_version_becomes_one_of_this_in_its_place(of_version_1: Path) -> None:
    stored = Conversations(of_version_1)
    (row,) = stored.list(search="ZOE")
    assert (row.id, row.title, row.questions, row.owner, row.token) == ("old", "What of Zoë?", 2, None, None)
    assert [row.id for row in stored.list(owner="cookie", unowned=True, search="none weaves")] == ["old"]
    first, second = stored.exchanges("old")
    assert first.feedback is None
    assert second.to_answer().to_dict() == rich_answer().to_dict()
    stored.rate("old", 2, True)
    stored.add("old", make_answer("More?"))
    assert stored.shared(stored.share("old")).questions == 3
    new = Conversations(of_version_1.with_name("new.sqlite"))
    begin(new)
    assert schema_of(of_version_1) == schema_of(of_version_1.with_name("new.sqlite"))
    assert stored.delete("old") == 1
    assert "Zoë".encode() not in of_version_1.read_bytes()


def test_many_may_meet_a_file_of_the_first_version_at_once(of_version_1: Path) -> None:
    meeting, found = threading.Barrier(8), list[int]()

    def look() -> None:
        meeting.wait()
        found.append(len(Conversations(of_version_1).list(search="zoe")))

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8


def test_a_file_of_the_first_version_that_cannot_be_changed_stays_whole(
    of_version_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        bound(patch)
        with pytest.raises(ConversationsError, match="the disk is full"):
            Conversations(of_version_1).list()
    with closing(sqlite3.connect(of_version_1)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert [row[1] for row in database.execute("PRAGMA table_info(conversations)")][-1] == "changed"
    assert Conversations(of_version_1).get("old").questions == 2


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


def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file may grow."""
    connect = sqlite3.connect

    def bounded(*arguments: object, **options: object) -> sqlite3.Connection:
        database: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        database.execute("PRAGMA max_page_count = 1")
        return database

    monkeypatch.setattr(sqlite3, "connect", bounded)


@pytest.fixture
def full(stored: Conversations, monkeypatch: pytest.MonkeyPatch) -> str:
    """A conversation in a file that may not grow."""
    conversation = begin(stored)
    bound(monkeypatch)
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
    assert exchange["feedback"] is None


def test_what_a_conversation_cites_is_exported_as_bibtex_each_paper_once_in_order(stored: Conversations) -> None:
    gears = replace(GEARS, title="Gears in the library", venue="Annals of Wheels", kind="article", ids=("doi:10.1/g",))
    conversation = begin(stored, make_answer(), rich_answer())
    text = stored.to_bibtex(conversation, {GEARS.key: gears})
    assert [line for line in text.splitlines() if line.startswith("@")] == [
        "@misc{lovelace2019looms,",
        "@article{lovelace2019gears,",
    ]
    assert "journal = {Annals of Wheels}" in text
    assert "doi = {10.1/g}" in text


def test_a_paper_that_the_library_no_longer_holds_is_exported_as_far_as_the_answer_knows_it(
    stored: Conversations,
) -> None:
    looms, gears = stored.to_bibtex(begin(stored, rich_answer())).strip().split("\n\n")
    assert "Looms" in looms
    assert f"year = {{{LOOMS.year}}}" in looms
    assert LOOMS.authors[0].name in looms
    assert "url = {https://gears.org}" in gears
    assert stored.to_bibtex(begin(stored, replace(make_answer(), citations=()))) == ""


# ---- the passages that were read


def test_the_passages_that_were_read_come_back_with_a_stored_answer(stored: Conversations) -> None:
    read = (Evidence(LOOMS, ABSTRACT, 7, 25, 0.5), Evidence(GEARS, ABSTRACT, 18, 36, 0.25))
    kept = stored.start("ada").id
    stored.add(kept, make_answer(), read)
    papers = {LOOMS.key: LOOMS, GEARS.key: GEARS}
    (exchange,) = stored.exchanges(kept)
    assert exchange.to_evidence(papers) == read
    (copied,) = stored.exchanges(stored.copy(kept).id)
    assert copied.to_evidence(papers) == read


def test_a_passage_whose_paper_is_gone_or_says_something_else_now_is_left_out(stored: Conversations) -> None:
    kept = stored.start("ada").id
    stored.add(kept, make_answer(), [Evidence(LOOMS, ABSTRACT, 7, 25, 0.5), Evidence(GEARS, ABSTRACT, 18, 36, 0.25)])
    (exchange,) = stored.exchanges(kept)
    rewritten = replace(LOOMS, text=LOOMS.text.upper())
    assert exchange.to_evidence({LOOMS.key: rewritten}) == ()


# ---- answers that were stopped


def stop(stored: Conversations, conversation: str) -> None:
    """Keep an answer as far as it had come."""
    stopped = replace(make_answer("And gears?", "Wheels have"), answered=False, citations=())
    stored.add(conversation, stopped, is_stopped=True)


def test_a_stopped_answer_comes_back_with_its_mark_in_every_form(stored: Conversations) -> None:
    conversation = begin(stored)
    stop(stored, conversation)
    whole, stopped = stored.exchanges(conversation)
    assert [whole.is_stopped, stopped.is_stopped] == [False, True]
    assert stopped.to_answer().text == "Wheels have"
    assert stopped.to_answer().warnings == (STOPPED,)
    assert f"## 2. And gears?\n\nWheels have\n\n*Note: {STOPPED}*\n" in stored.to_markdown(conversation)
    rows = json.loads(stored.to_json(conversation))["exchanges"]
    assert ["stopped" in row["answer"] for row in rows] == [False, True]
    assert stored.to_bibtex(conversation).count("@") == 1


def test_a_later_question_leans_on_what_was_asked_and_not_on_a_stopped_answer(stored: Conversations) -> None:
    conversation = begin(stored)
    stop(stored, conversation)
    assert [turn["content"] for turn in stored.history(conversation)] == [
        "What drives looms?",
        told(make_answer()),
        "And gears?",
    ]
    assert history_of(stored.exchanges(conversation)) == stored.history(conversation)


def test_a_stopped_answer_is_found_copied_and_cut_like_any_other(stored: Conversations) -> None:
    conversation = begin(stored)
    stop(stored, conversation)
    assert [one.id for one in stored.list(search="wheels")] == [conversation]
    assert stored.exchanges(stored.copy(conversation).id)[1].is_stopped
    assert stored.cut(conversation, 2) == 1
    stored.add(conversation, make_answer("And gears?"))
    assert [exchange.is_stopped for exchange in stored.exchanges(conversation)] == [False, False]


def test_a_conversation_that_is_forgotten_before_its_first_question_is_not_there(stored: Conversations) -> None:
    begun = stored.start("ada").id
    stored.forget(begun)
    with pytest.raises(ConversationNotFound):
        stored.get(begun)
    kept = begin(stored)
    stored.forget(kept)
    assert stored.get(kept).questions == 1
