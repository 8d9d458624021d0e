"""Namesakes in a library: which answers mention them, and what the user decides, kept in a file of plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import Assistant
from assistant.errors import ConfigError, PaperNotFound, QuestionError
from assistant.library import Library
from assistant.namesakes import DECISIONS_FILE, Namesakes
from tests.asking import is_one_sentence, open_copy
from tests.pages import make_page, make_record, open_page
from tests.papers import make_paper
from vectorstore.embeddings import EmbeddingModel

ADA, BABBAGE, ARBER = "Ada Lovelace", "Charles Babbage", "Agnes Arber"
PAGE = make_page(
    make_record(
        "Analytical Engines for Tables of Numbers",
        authors=f"{ADA}, {BABBAGE}",
        abstract="Engines with cards compute tables of numbers. Their gears add and carry.",
        listing="9.0CLMay 2, 2012",
    ),
    make_record(
        "Programs of Analytical Engines",
        authors=f"{BABBAGE}, {ADA}",
        abstract="A program is a deck of cards. The engine reads it and computes numbers.",
        listing="9.0CLMay 2, 2013Code",
    ),
    make_record(
        "Gears that Add and Carry",
        authors=f"{BABBAGE}, {ADA}",
        abstract="We speed up the gears of engines that compute tables of numbers.",
        listing="9.0CLMay 2, 2014",
    ),
    make_record(
        "Petals of Alpine Flowers",
        authors=f"{ADA}, {ARBER}",
        abstract="Alpine flowers close their petals at night. We drew them in the meadow.",
        listing="9.0QBMay 2, 2020",
    ),
    make_record(
        "Pollen in Alpine Meadows",
        authors=f"{ARBER}, {ADA}",
        abstract="Pollen of alpine flowers travels with bumblebees. Meadows were watched for a summer.",
        listing="9.0QBMay 2, 2021Code",
    ),
    header=f"{ADA}\n\nCL",
)
ENGINES = ("babbage2013programs", "babbage2014gears", "lovelace2012analytical")
FLOWERS = ("arber2021pollen", "lovelace2020petals")


@pytest.fixture(scope="module")
def ingested(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two people's papers under one name. Shared: copy it."""
    with open_page(PAGE, tmp_path_factory.mktemp("namesakes"), model) as opened:
        yield opened.library


@pytest.fixture
def assistant(ingested: Library, tmp_path: Path) -> Iterator[Assistant]:
    with open_copy(ingested, tmp_path) as opened:
        yield opened


@pytest.fixture
def nameless(model: EmbeddingModel, tmp_path: Path) -> Iterator[Assistant]:
    """A library whose source names no author."""
    with Assistant(library="nameless", data_dir=tmp_path / "nameless", model=model) as opened:
        opened.library.ingest([make_paper("Looms"), make_paper("Cards", authors=(BABBAGE, ADA))])
        opened.chain.refresh()
        yield opened


def groups(people: Namesakes, name: str | None = None) -> list[tuple[str, ...]]:
    return [tuple(sorted(person.papers)) for person in people.persons(name)]


def notes(assistant: Assistant, question: str) -> list[str]:
    return [warning for warning in assistant.ask(question).warnings if "different people" in warning]


def decisions_file(assistant: Assistant) -> Path:
    return assistant.library.store.directory / DECISIONS_FILE


def decisions(assistant: Assistant) -> list[str]:
    """The lines of the file that decide something."""
    file = decisions_file(assistant)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [line for line in lines if not line.startswith("#")]


# ---- counts over people


def counted(assistant: Assistant, question: str, column: str) -> dict[str, int]:
    table = assistant.ask(question).table or ()
    return {str(row[column]): int(row["papers"]) for row in table}


def test_two_people_of_one_name_are_counted_apart_once_they_are_told_apart(assistant: Assistant) -> None:
    question = "Who are the most frequent co-authors?"
    assert counted(assistant, question, "author") == {BABBAGE: 3, ARBER: 2}
    assistant.people.split("babbage2014gears", BABBAGE)
    apart = counted(assistant, question, "author")
    assert sorted(apart.values()) == [1, 2, 2]
    assert [re.sub(r":.*", "", name) for name in apart] == [ARBER, f"{BABBAGE} (1 of 2", f"{BABBAGE} (2 of 2"]
    assert re.search(r"Charles Babbage \(2 of 2: [^)]*gears", " ".join(apart))  # what tells one from the other
    pairs = counted(assistant, "Which pairs of authors wrote most papers together?", "pair of authors")
    assert list(pairs.values()) == [2, 2, 1]
    assistant.people.undo(BABBAGE)
    assert counted(assistant, question, "author") == {BABBAGE: 3, ARBER: 2}


def test_figures_over_people_count_them_apart_too(assistant: Assistant) -> None:
    assistant.people.split("babbage2014gears", BABBAGE)
    found = {one.name: one for one in assistant.overview()}["co-authors"]
    assert [row["papers"] for row in found.rows] == [2, 2, 1]
    assert "3 co-authors" in found.answer


def test_a_name_of_two_people_is_left_out_as_one_where_the_librarys_author_bears_it(assistant: Assistant) -> None:
    assistant.people.accept()
    assert counted(assistant, "Who are the most frequent co-authors?", "author") == {BABBAGE: 3, ARBER: 2}
    first = counted(assistant, "How many papers per first author?", "first author")
    assert sorted(re.sub(r":.*", "", name) for name in first) == [f"{ADA} (1 of 2", f"{ADA} (2 of 2", ARBER, BABBAGE]


def test_papers_of_a_name_that_two_people_bear_say_so(assistant: Assistant) -> None:
    question = f"How many papers are there with {BABBAGE}?"
    assert "people named" not in " ".join(assistant.ask(question).warnings)
    assistant.people.split("babbage2014gears", BABBAGE)
    assert f"papers of 2 people named {BABBAGE}: 2 (1 of 2" in " ".join(assistant.ask(question).warnings)


# ---- what answers say


def test_papers_of_two_people_of_one_name_are_two_groups(assistant: Assistant) -> None:
    assert groups(assistant.people) == [ENGINES, FLOWERS]
    assert assistant.people.owner == ADA
    assert not assistant.people.is_settled()


@pytest.mark.parametrize(
    "question",
    ["How many papers are there?", "How many papers have code?", "How many papers per year?", "List all papers"],
)
def test_an_answer_over_several_groups_mentions_them_and_where_to_settle_it(
    assistant: Assistant, question: str
) -> None:
    (note,) = notes(assistant, question)
    assert f"2 different people named {ADA}" in note
    assert "papertalk people" in note


def test_the_note_tells_how_many_of_the_cited_papers_each_group_has(assistant: Assistant) -> None:
    (note,) = notes(assistant, "How many papers since 2014?")
    assert re.search(r"\(1 [^;]*engines[^;]*; 2 [^;]*flowers[^;]*\)", note)


@pytest.mark.parametrize(
    "question",
    [
        "How many papers before 2015?",
        "How many papers did she write with Agnes Arber?",
        "What is the oldest paper?",
        "List the papers from 2030",
        "Who wrote Petals of Alpine Flowers?",
        "When do alpine flowers close their petals?",
    ],
)
def test_an_answer_within_one_group_mentions_nothing(assistant: Assistant, question: str) -> None:
    assert notes(assistant, question) == []


@pytest.mark.parametrize("settle", ["accept", "merge"])
def test_what_is_settled_is_not_mentioned_any_more(assistant: Assistant, settle: str) -> None:
    if settle == "accept":
        assistant.people.accept()
    else:
        assistant.people.merge([1, 2])
    assert notes(assistant, "How many papers are there?") == []


def test_what_was_taken_back_is_mentioned_again(assistant: Assistant) -> None:
    assistant.people.accept()
    assistant.people.undo()
    assert len(notes(assistant, "How many papers are there?")) == 1


def test_a_library_without_an_author_has_no_namesakes_to_mention(nameless: Assistant) -> None:
    assert nameless.people.owner is None
    assert nameless.people.note(nameless.papers()) == ""
    assert nameless.ask("How many papers are there?").warnings == ()


# ---- what the user decides


def test_accepting_keeps_the_groups_as_they_are(assistant: Assistant) -> None:
    assert [tuple(sorted(person.papers)) for person in assistant.people.accept()] == [ENGINES, FLOWERS]
    assert assistant.people.is_settled()
    assert decisions(assistant) == [f"accept | {ADA} | {', '.join(ENGINES)} / {', '.join(FLOWERS)}"]


def test_merging_makes_one_person_of_several_groups(assistant: Assistant) -> None:
    (person,) = assistant.people.merge([2, 1])
    assert set(person.papers) == {*ENGINES, *FLOWERS}
    assert len(decisions(assistant)) == 1
    assert decisions(assistant)[0].startswith(f"merge | {ADA} | ")


def test_splitting_makes_a_person_of_the_papers_that_are_named(assistant: Assistant) -> None:
    assistant.people.split(ENGINES[:1])
    assert sorted(groups(assistant.people)) == sorted([ENGINES[:1], ENGINES[1:], FLOWERS])


def test_undoing_takes_back_one_decision_at_a_time(assistant: Assistant) -> None:
    people = assistant.people
    people.merge([1, 2])
    people.split(FLOWERS)
    assert sorted(groups(people)) == sorted([ENGINES, FLOWERS])
    people.undo()
    assert len(groups(people)) == 1
    people.undo()
    assert groups(people) == [ENGINES, FLOWERS]
    people.undo()
    assert decisions(assistant) == []


def test_a_decision_survives_reopening(assistant: Assistant, tmp_path: Path, model: EmbeddingModel) -> None:
    assistant.people.merge([1, 2])
    assistant.close()
    with Assistant(library="ada", data_dir=tmp_path, model=model) as again:
        assert len(again.people.persons()) == 1
        assert notes(again, "How many papers are there?") == []


def test_a_line_deleted_by_hand_is_undone_at_once(assistant: Assistant) -> None:
    assistant.people.merge([1, 2])
    decisions_file(assistant).write_text("# nothing yet\n", encoding="utf-8")
    assert groups(assistant.people) == [ENGINES, FLOWERS]


def test_a_decision_about_another_name_leaves_the_author_alone(assistant: Assistant) -> None:
    assistant.people.accept(BABBAGE)
    assert assistant.people.is_settled(BABBAGE)
    assert not assistant.people.is_settled()
    assert groups(assistant.people, BABBAGE) == [ENGINES]


def test_a_paper_that_is_gone_is_in_no_group(assistant: Assistant) -> None:
    assistant.people.accept()
    assistant.remove(FLOWERS[0])
    assert groups(assistant.people) == [ENGINES, FLOWERS[1:]]
    assert assistant.people.is_settled()


# ---- what cannot be decided


@pytest.mark.parametrize(
    ("numbers", "said"), [([1, 3], "no group 3"), ([0, 1], "no group 0"), ([1], "two"), ([1, 1], "two")]
)
def test_groups_that_cannot_be_joined_are_named(assistant: Assistant, numbers: list[int], said: str) -> None:
    with pytest.raises(QuestionError, match=said) as raised:
        assistant.people.merge(numbers)
    assert is_one_sentence(str(raised.value))
    assert decisions(assistant) == []


def test_a_paper_that_is_not_there_cannot_be_split_off(assistant: Assistant) -> None:
    with pytest.raises(PaperNotFound, match="'nobody1999nothing'"):
        assistant.people.split(["nobody1999nothing", *FLOWERS])
    assert decisions(assistant) == []


def test_a_name_that_no_paper_shows_is_named(assistant: Assistant) -> None:
    with pytest.raises(QuestionError, match="'Mary Somerville'") as raised:
        assistant.people.persons("Mary Somerville")
    assert is_one_sentence(str(raised.value))


def test_a_library_without_an_author_asks_for_a_name(nameless: Assistant) -> None:
    with pytest.raises(QuestionError, match="names no author"):
        nameless.people.persons()
    assert len(nameless.people.persons(BABBAGE)) == 1


def test_a_file_that_cannot_be_read_is_named_with_its_line(assistant: Assistant) -> None:
    decisions_file(assistant).write_text("join | Ada Lovelace | x\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 1"):
        assistant.people.persons()


# ---- co-authors


def test_co_authors_come_with_their_papers_and_years(assistant: Assistant) -> None:
    first, second = assistant.people.coauthors()
    assert (first.name, set(first.papers), first.first, first.last) == (BABBAGE, set(ENGINES), 2012, 2014)
    assert (second.name, set(second.papers)) == (ARBER, set(FLOWERS))


def test_a_co_author_has_co_authors_too(assistant: Assistant) -> None:
    assert [other.name for other in assistant.people.coauthors(ARBER)] == [ADA]


def test_in_a_library_without_an_author_everybody_is_a_co_author(nameless: Assistant) -> None:
    assert [other.name for other in nameless.people.coauthors()] == [ADA, BABBAGE]


def test_persons_and_co_authors_are_json(assistant: Assistant) -> None:
    row = assistant.people.to_dict()
    assert (row["name"], row["settled"]) == (ADA, False)
    assert [person["number"] for person in row["persons"]] == [1, 2]
    assert all({"number", "label", "papers", "evidence", "decided"} == set(person) for person in row["persons"])
    assert row["coauthors"][0] == {
        "name": BABBAGE,
        "papers": list(row["coauthors"][0]["papers"]),
        "first": 2012,
        "last": 2014,
    }
