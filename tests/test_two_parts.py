"""Questions in two parts: both are answered, or it is said which is not; and what only sounds like two."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant
from assistant.answers import Filters, Intent, Pick, Plan, Subject
from assistant.mentions import Names
from assistant.planning.conditions import Vocabulary
from assistant.planning.one_question import Reading
from assistant.planning.planner import Planner
from tests.asking import assert_well_cited
from tests.pages import open_page
from tests.sea import SEA, SEA_PAGE, SOLVANG
from vectorstore.embeddings import EmbeddingModel

PLANNER = Planner(Names(SEA), Vocabulary(SEA, SOLVANG))


def read(question: str) -> Reading:
    return PLANNER.plan(question)


def both(question: str) -> tuple[Plan, Plan]:
    reading = read(question)
    assert len(reading.also) == 1, reading.plan
    return reading.plan, reading.also[0]


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Which papers are about reefs and which are about herring?", "reefs", "herring"),
        ("Which papers are about reefs, and which ones are about herring?", "reefs", "herring"),
        ("Which papers are on reefs and which papers are on herring?", "reefs", "herring"),
        ("What papers are about reefs, and what papers are about herring?", "reefs", "herring"),
        ("How many papers are on reefs and how many are on herring?", "reefs", "herring"),
        ("Which papers deal with reefs? And which deal with herring?", "reefs", "herring"),
    ],
)
def test_two_topics_are_two_lists(question: str, one: str, other: str) -> None:
    assert [plan.filters.topic for plan in both(question)] == [one, other]
    assert {plan.question for plan in both(question)} == {question}


@pytest.mark.parametrize(
    ("second", "intent", "subject", "pick"),
    [
        (", and which one is the newest?", "trend", "papers", "last"),
        (" and which is the oldest?", "trend", "papers", "first"),
        (", and which of them is the latest?", "trend", "papers", "last"),
        ("? Which one is the most recent?", "trend", "papers", "last"),
        (", and who wrote them?", "who", "authors", "most"),
        (" and who are their authors?", "who", "authors", "most"),
        ("? Who wrote them?", "who", "authors", "most"),
        (", and since when?", "trend", "papers", "first"),
        (", and when were they published?", "trend", "papers", None),
        (", and what are they about?", "list", "topics", None),
        (" and which datasets do they use?", "list", "datasets_used", None),
        (" and do any of them have code?", "list", "papers", None),
        (" and how many of them have code?", "count", "papers", None),
        (", and how many have code?", "count", "papers", None),
        (", and is there code for them?", "list", "papers", None),
    ],
)
@pytest.mark.parametrize("first", ["How many papers are about reefs", "Which papers are about reefs"])
def test_what_is_asked_of_the_first_papers(
    first: str, second: str, intent: Intent, subject: Subject, pick: Pick | None
) -> None:
    one, other = both(first + second)
    assert (one.subject, one.pick, one.filters) == ("papers", None, Filters(topic="reefs"))
    assert (other.intent, other.subject, other.pick) == (intent, subject, pick)
    assert other.filters.topic == "reefs"
    assert other.filters.has_code is (True if "code" in second else None)


def test_their_names_and_their_number_are_one_list() -> None:
    named, counted = (
        read("How many papers are about reefs and which are they?"),
        read("List the papers on reefs, and how many are there?"),
    )
    assert (named.plan.intent, named.plan.filters.topic, named.also) == ("list", "reefs", ())
    assert (counted.plan.intent, counted.plan.filters.topic, counted.also) == ("list", "reefs", ())


@pytest.mark.parametrize(
    "question",
    [
        "How many papers are about reefs, and why do they matter?",
        "Who are the main collaborators, and on what did they work together?",
        "Who are the most frequent co-authors, and how did they meet?",
    ],
)
def test_a_part_that_is_not_computed_is_told(question: str) -> None:
    plan = read(question).plan
    assert plan.is_computed
    assert plan.filters.topic in (None, "reefs")
    assert any(note.startswith("Only the first part is answered; “") for note in plan.warnings)


@pytest.mark.parametrize(
    "question",
    [
        "What is the difference between the reef papers from 2017 and 2018?",
        "What are the main differences between the reef papers of 2017 and those of 2018?",
        "Explain the differences between her reef papers from 2017 and from 2018.",
        "Are there any differences between the reef papers from 2017 and 2018?",
        "What is the difference between reef papers in 2017 and in 2018?",
        "What are the similarities between the reef papers of 2017 and 2018?",
    ],
)
def test_the_papers_of_two_years_are_listed_by_year(question: str) -> None:
    one, other = both(question)
    assert (one.filters, other.filters) == (
        Filters(topic="reef", years=(2017, 2017)),
        Filters(topic="reef", years=(2018, 2018)),
    )
    assert any("differ in what they say is not computed" in note for note in one.warnings)


@pytest.mark.parametrize(
    "question",
    [
        "What is CoralWatch, and who wrote it?",
        "What does CoralWatch predict and how does it work?",
        "Which papers are about reefs and herring?",
        "List the papers that are about reefs and which have code.",
        "Which papers are about when and where herring spawn?",
        "What is the difference between CoralWatch and the 2018 survey?",
        "How many papers have code and how many do not?",
        "Hello, who are you and what can you do?",
    ],
)
def test_other_questions_are_one(question: str) -> None:
    assert read(question).also == ()


@pytest.fixture(scope="module")
def sea(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_page(SEA_PAGE, tmp_path_factory.mktemp("sea"), model) as held:
        yield held


def test_both_parts_are_answered_with_markers_of_their_own(sea: Assistant) -> None:
    answer = sea.ask("How many papers are about plankton, and which one is the newest?")
    count, newest = answer.text.split("\n\n")[0], answer.text.split("\n\n")[-1]
    assert count.startswith("There ")
    assert " on “plankton”" in count
    assert newest.startswith(("The latest of the ", "The only paper "))
    assert_well_cited(answer)


def test_the_part_that_is_not_held_is_a_note(sea: Assistant) -> None:
    for question in (
        "Which papers are about plankton and which are about quantum gravity?",
        "Which papers are about quantum gravity and which are about plankton?",
    ):
        answer = sea.ask(question)
        assert answer.answered
        assert "“plankton”" in answer.text
        assert "quantum" not in answer.text
        assert "I found no papers on “quantum gravity”" in answer.warnings[0]
        assert_well_cited(answer)


def test_two_parts_of_which_neither_is_held_are_declined(sea: Assistant) -> None:
    answer = sea.ask("Which papers are about quantum gravity and which are about medieval poetry?")
    assert not answer.answered
    assert "quantum gravity" in answer.text
    assert "medieval poetry" in answer.text
    assert not answer.citations


def test_filters_hold_for_both_parts(sea: Assistant) -> None:
    only = Filters(years=(1990, 1991))
    assert not sea.ask("Which papers are about plankton and which are about reefs?", filters=only).answered
