"""Papers that a question names by their place: in time, in what was listed, beside the one spoken of."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.answers import Filters, Plan
from assistant.mentions import Names
from assistant.papers import Paper
from assistant.planning.conditions import Vocabulary
from assistant.planning.one_question import Reading
from assistant.planning.placing import placed_in
from assistant.planning.planner import Planner
from tests.asking import talk
from tests.papers import make_paper

KELP, CRAB, TIDE, GULL, SALT = "kelp", "crab", "tide", "gull", "salt"


def _paper(key: str, title: str, date: str, abstract: str, code: bool = False) -> Paper:
    return replace(make_paper(title, abstract, authors=("Ingrid Solvang",), date=date, code=code), key=key)


PAPERS = [
    _paper(KELP, "KelpNet: Growth of Seaweed Forests", "2016-02-01", "We introduce KelpNet, a model of seaweed."),
    _paper(CRAB, "CrabWalk: Sideways Gaits of Crabs", "2017-03-05", "We release CrabWalk, recordings of crabs.", True),
    _paper(TIDE, "TideBank: Levels of Harbours", "2018-04-09", "We present TideBank, a dataset of tides and seaweed."),
    _paper(GULL, "GullSong: Calls of Sea Birds", "2019-05-11", "We propose GullSong, which hears birds.", True),
    _paper(SALT, "SaltMeter: Sensors for Brine", "2020-06-13", "We build SaltMeter, sensors for brine and seaweed."),
]
NAMES = Names(PAPERS)
VOCABULARY = Vocabulary(PAPERS, "Ingrid Solvang")


def _select(filters: Filters) -> Sequence[Paper]:
    return [p for p in PAPERS if filters.admits(p) and (filters.topic or "").lower() in p.text.lower()]


PLANNER = Planner(NAMES, VOCABULARY, select=_select)


def read(question: str, *before: str, filters: Filters | None = None) -> Reading:
    return PLANNER.plan(question, talk(*before), filters)


def plan(question: str, *before: str) -> Plan:
    return read(question, *before).plan


# ---- in time


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("What data does the newest paper use?", "What data does SaltMeter use?"),
        ("Is the code of the latest paper available?", "Is the code of SaltMeter available?"),
        ("Summarize her most recent publication.", "Summarize SaltMeter."),
        ("Please summarise the author's latest article for me", "Please summarise SaltMeter for me"),
        ("Who wrote the first paper?", "Who wrote KelpNet?"),
        ("What results does the oldest paper report?", "What results does KelpNet report?"),
        ("What is the second newest paper about?", "What is GullSong about?"),
        ("How does the model of the third oldest paper work?", "How does the model of TideBank work?"),
        ("What does the penultimate paper propose?", "What does GullSong propose?"),
        ("What method does the latest paper on birds propose?", "What method does GullSong propose?"),
        ("Who are the authors of the newest paper with code?", "Who are the authors of GullSong?"),
        ("What does the latest paper from before 2018 say on gaits?", "What does CrabWalk say on gaits?"),
    ],
)
def test_a_paper_that_is_named_by_its_place_in_time_is_asked_about(question: str, standalone: str) -> None:
    made = plan(question)
    assert made.standalone_question == standalone
    assert len(made.papers) == 1
    assert made.intent in ("look_up", "who")


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("Compare the earliest and the latest paper.", (KELP, SALT)),
        ("compare the first and last paper on seaweed", (KELP, SALT)),
        ("Compare the two latest papers", (SALT, GULL)),
        ("What is new in the latest paper compared to the first?", (SALT, KELP)),
        ("Tell me about the last two papers.", (SALT, GULL)),
        ("difference between the newest and the second newest paper", (SALT, GULL)),
        ("How do the first three papers differ?", (KELP, CRAB, TIDE)),
        ("What is the difference between the oldest paper with code and the newest one?", (CRAB, GULL)),
        ("Compare the first paper on seaweed with the latest paper on birds.", (KELP, GULL)),
    ],
)
def test_several_papers_that_are_named_by_their_places_are_compared(question: str, papers: tuple[str, ...]) -> None:
    made = plan(question)
    assert (made.intent, made.papers) == ("compare", papers)


@pytest.mark.parametrize(
    ("question", "standalone", "words"),
    [
        ("What is the most recent paper and what is it about?", "what is SaltMeter about?", "latest"),
        ("Which is the latest paper, and who wrote it?", "who wrote SaltMeter?", "latest"),
        ("Which paper is the newest and who wrote it?", "who wrote SaltMeter?", "latest"),
        ("latest paper on birds: what method does it propose?", "what method does GullSong propose?", "latest"),
        ("Name the oldest paper. Does the paper have code?", "Does KelpNet have code?", "earliest"),
        ("What is the second newest paper?", "What is GullSong about?", "second latest"),
    ],
)
def test_which_paper_it_is_and_what_is_asked_of_it_are_both_told(question: str, standalone: str, words: str) -> None:
    reading = read(question)
    assert reading.plan.standalone_question == standalone
    assert [told.words for told in reading.told] == [words]


@pytest.mark.parametrize(
    "question",
    [
        "What is the newest paper?",
        "When was the latest paper published?",
        "Which is her first paper on seaweed?",
        "In what year did the first paper on tides appear?",
        "the oldest paper with code",
        "What are the last two papers?",
    ],
)
def test_where_only_the_paper_is_asked_for_it_is_computed(question: str) -> None:
    made = plan(question)
    assert (made.intent, made.standalone_question) == ("trend", question)


@pytest.mark.parametrize(
    "question",
    [
        "Who is the last author of KelpNet?",
        "Which papers has she as first author?",
        "What is the first step of CrabWalk?",
        "What are the latest papers about?",
        "How many papers were there in the first year?",
        "What is the second dataset of TideBank?",
        "Does KelpNet beat the previous work?",
    ],
)
def test_other_things_that_are_first_or_last_are_no_papers(question: str) -> None:
    assert placed_in(question) == []
    assert not read(question).placed


def test_the_users_own_filters_say_among_which_papers() -> None:
    reading = read("Who wrote the latest paper?", filters=Filters(years=(2016, 2017)))
    assert reading.plan.papers == (CRAB,)


def test_papers_of_one_date_are_listed_instead_of_taking_one_of_them() -> None:
    papers = [*PAPERS, _paper("reef", "ReefMap: Corals", "2020", "We draw ReefMap, a map of corals.")]
    reading = Planner(Names(papers), Vocabulary(papers, None)).plan("Who wrote the latest paper?")
    assert reading.plan.filters == Filters(dates=("2020", "2020"))
    assert "ask about one by its title" in reading.undecided


@pytest.mark.parametrize(
    "question", ["Who wrote the fifth paper on seaweed?", "Compare the last four papers with code"]
)
def test_a_place_that_there_is_not_is_said_not_to_be_there(question: str) -> None:
    assert "no such place" in plan(question).problems[0]


# ---- in a conversation

ON_NEWEST = (
    "What is the newest paper?",
    "The latest of the 5 papers is **SaltMeter: Sensors for Brine**, 13 June 2020 [1].",
    "who wrote it?",
    "**SaltMeter: Sensors for Brine** (Solvang, 2020) is by Ingrid Solvang [1].",
)
ON_LIST = (
    "Which papers are on seaweed?",
    "3 papers on “seaweed”, of 5 in this library ([1] to [3]):\n\n- **KelpNet: Growth of Seaweed Forests** (2016) [1]\n"
    "- **TideBank: Levels of Harbours** (2018) [2]\n- **SaltMeter: Sensors for Brine** (2020) [3]",
    "Who wrote the second one?",
    "**TideBank: Levels of Harbours** (Solvang, 2018) is by Ingrid Solvang [1].",
)
ON_TWO = (
    "Compare KelpNet and GullSong",
    "- **KelpNet: Growth of Seaweed Forests** (Solvang, 2016): We introduce KelpNet, a model of seaweed. [1]\n"
    "- **GullSong: Calls of Sea Birds** (Solvang, 2019): We propose GullSong, which hears birds. [2]",
)


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("and the one before?", "who wrote GullSong?"),
        ("And the one before that?", "who wrote GullSong?"),
        ("the previous one?", "who wrote GullSong?"),
        ("what about the paper before it?", "who wrote GullSong?"),
        ("what data does the one before use?", "what data does GullSong use?"),
        ("and before that?", "who wrote GullSong?"),
        ("and the previous?", "who wrote GullSong?"),
        ("and the oldest?", "who wrote KelpNet?"),
        ("and the second newest one?", "who wrote GullSong?"),
        ("what about TideBank?", "who wrote TideBank?"),
        ("sorry, I meant CrabWalk", "who wrote CrabWalk?"),
    ],
)
def test_the_question_before_is_put_to_another_paper(question: str, standalone: str) -> None:
    assert plan(question, *ON_NEWEST).standalone_question == standalone


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("and the next one?", "Who wrote SaltMeter?"),
        ("and the next?", "Who wrote SaltMeter?"),
        ("and the previous one?", "Who wrote KelpNet?"),
        ("and the first one?", "Who wrote KelpNet?"),
        ("no, I meant the third one", "Who wrote SaltMeter?"),
        ("What is the one after that about?", "What is SaltMeter about?"),
    ],
)
def test_within_a_list_the_next_is_the_next_of_the_list(question: str, standalone: str) -> None:
    assert plan(question, *ON_LIST).standalone_question == standalone


@pytest.mark.parametrize("question", ["and the one after that?", "and the next paper?"])
def test_beyond_the_latest_there_is_none(question: str) -> None:
    assert plan(question, *ON_NEWEST).problems == ("SaltMeter is the latest paper here; none comes after it.",)


def test_beyond_the_latest_of_some_there_is_none_of_them() -> None:
    asked = ("What is the latest paper on birds?", "The only paper on “birds” is **GullSong: Calls of Sea Birds** [1].")
    assert plan("and the next one?", *asked).problems == (
        "GullSong is the latest of the papers that were asked for; none comes after it.",
    )


def test_of_two_papers_both_the_other_and_the_newer_can_be_meant() -> None:
    assert plan("what data do both use?", *ON_TWO).papers == (KELP, GULL)
    newer = plan("which one is newer?", *ON_TWO)
    assert (newer.pick, newer.filters.papers) == ("last", (KELP, GULL))
    one = (*ON_TWO, "who wrote the first one?", "**KelpNet: Growth of Seaweed Forests** (Solvang, 2016) is by her [1].")
    assert plan("and the other one?", *one).standalone_question == "who wrote GullSong?"
    assert plan("no, I meant the other one", *one).papers == (GULL,)


def test_which_of_several_others_is_meant_is_asked_back() -> None:
    spoken = ("What is KelpNet?", "A model.", "What is TideBank?", "A dataset.", "What is GullSong?", "It hears birds.")
    assert "name it, as TideBank or KelpNet" in plan("no, the other one", *spoken).problems[0]


@pytest.mark.parametrize(
    "question",
    [
        "Which papers came before 2018?",
        "How many crabs are in CrabWalk?",
        "What does CrabWalk record, and how?",
        "Which papers are about birds?",
        "Is there a paper after 2018?",
    ],
)
def test_a_question_of_its_own_is_not_put_to_the_paper_before(question: str) -> None:
    assert plan(question, *ON_NEWEST).standalone_question == question


@pytest.mark.parametrize("question", ["how many is that?", "And how many are they?", "how many are these in total?"])
def test_what_was_listed_is_counted(question: str) -> None:
    made = plan(question, *ON_LIST[:2])
    assert (made.intent, made.filters) == ("count", Filters(topic="seaweed"))


@pytest.mark.parametrize(
    "question", ["which one is the newest?", "Which of them is the latest?", "so which is the newest?"]
)
def test_the_newest_of_what_was_listed_is_meant(question: str) -> None:
    made = plan(question, *ON_LIST[:2])
    assert (made.pick, made.filters) == ("last", Filters(topic="seaweed"))


@pytest.mark.parametrize(
    "question", ["who wrote them?", "How do they differ?", "summarize them both", "now compare them"]
)
def test_they_are_the_papers_that_were_spoken_of_together(question: str) -> None:
    made = plan(question, *ON_TWO)
    assert (made.intent, made.papers) == ("compare", (KELP, GULL))


def test_a_paper_that_another_one_quotes_was_not_spoken_of_together_with_it() -> None:
    quoted = ("What is GullSong?", "**GullSong: Calls of Sea Birds** (Solvang, 2019)\n\nWe go beyond KelpNet. [1]")
    assert plan("who wrote them?", *quoted).papers == (GULL,)


@pytest.mark.parametrize("question", ["which has code?", "which of them has code?", "And which ones have code?"])
def test_which_of_two_papers_has_something_is_asked_of_these(question: str) -> None:
    assert plan(question, *ON_TWO).filters == Filters(has_code=True, papers=(KELP, GULL))


def test_the_first_one_is_the_first_that_was_spoken_of() -> None:
    spoken = ("What is KelpNet?", "A model.", "What is TideBank?", "A dataset.", "What is GullSong?", "It hears birds.")
    assert plan("back to the first one: who wrote it?", *spoken).papers == (KELP,)


ON_PERSONS = (
    "Who are the main co-authors?",
    "The co-authors, most often [1] [2]:\n\n- **Ingrid Solvang**: 5 papers [1]\n- **Wei Zhang**: 1 paper [2]",
)


@pytest.mark.parametrize("question", ["which papers did the second one write?", "List the papers by the last one."])
def test_where_persons_were_listed_the_second_is_one_of_them(question: str) -> None:
    papers = [*PAPERS, replace(make_paper("Reefs", authors=("Wei Zhang", "Ingrid Solvang")), key="reef")]
    made = Planner(Names(papers), Vocabulary(papers, None)).plan(question, talk(*ON_PERSONS)).plan
    assert (made.intent, made.filters) == ("list", Filters(authors=("Wei Zhang",)))


@pytest.mark.parametrize(
    "question", ["is there a newer paper on the same topic?", "any other papers about this topic?"]
)
def test_which_topic_is_the_same_is_asked_back(question: str) -> None:
    assert "name it" in plan(question, *ON_NEWEST).problems[0]


# ---- papers to cite


@pytest.mark.parametrize(
    ("question", "papers"),
    [
        ("Give me a BibTeX entry for the newest paper.", (SALT,)),
        ("How do I cite KelpNet?", (KELP,)),
        ("How should one reference the first paper?", (KELP,)),
        ("cite CrabWalk please", (CRAB,)),
        ("APA citation of TideBank", (TIDE,)),
        ("I need the citation for GullSong", (GULL,)),
        ("bibtex of KelpNet and GullSong", (KELP, GULL)),
        ("RIS for the last two papers, please", (SALT, GULL)),
        ("What is the correct reference for TideBank?", (TIDE,)),
    ],
)
def test_papers_that_are_named_are_to_be_cited(question: str, papers: tuple[str, ...]) -> None:
    reading = read(question)
    assert (reading.cites, reading.plan.papers) == (True, papers)


@pytest.mark.parametrize(
    "question", ["bibtex please", "cite this paper", "how do I cite it?", "And its BibTeX?", "RIS?"]
)
def test_the_paper_spoken_of_is_to_be_cited(question: str) -> None:
    reading = read(question, *ON_NEWEST)
    assert (reading.cites, reading.plan.papers) == (True, (SALT,))


def test_a_citation_is_wanted_of_the_paper_before_too_and_of_all_that_were_listed() -> None:
    cited = (*ON_NEWEST, "bibtex please", "**SaltMeter: Sensors for Brine** (Solvang, 2020) in BibTeX [1]:")
    before = read("and the one before?", *cited)
    assert (before.cites, before.plan.papers) == (True, (GULL,))
    these = read("bibtex for these", *ON_LIST[:2])
    assert (these.cites, these.plan.intent, these.plan.filters) == (True, "list", Filters(topic="seaweed"))


@pytest.mark.parametrize(
    "question",
    [
        "How many citations does KelpNet have?",
        "Which papers cite TideBank?",
        "What is the reference implementation of CrabWalk?",
        "Which papers are about citation graphs?",
        "Does GullSong cite KelpNet?",
    ],
)
def test_what_only_speaks_of_citations_asks_for_none(question: str) -> None:
    assert not read(question).cites


# ---- small talk


@pytest.mark.parametrize(
    "message",
    ["a", "ok", "hm", "Hmm...", "thanks, that helps!", "ok thanks", "yes", "got it", "oh I see", "Great job!"],
)
def test_small_talk_is_no_question_on_the_paper_spoken_of(message: str) -> None:
    made = plan(message, *ON_NEWEST)
    assert (made.intent, made.papers) == ("about_assistant", ())


@pytest.mark.parametrize(
    "question", ["why?", "and its size?", "great, who wrote it?", "ok, and its data?", "and the data?"]
)
def test_a_short_question_is_still_one_on_the_paper_spoken_of(question: str) -> None:
    assert plan(question, *ON_NEWEST).papers == (SALT,)


@pytest.mark.parametrize(
    "message", ["thanks thanks you " * 300 + "z", "the first and the last " * 200, "one before " * 300]
)
def test_a_long_message_is_read_in_time_that_grows_with_it(message: str) -> None:
    started = time.monotonic()
    plan(message, *ON_NEWEST)
    assert time.monotonic() - started < 10


# ---- how it works


@pytest.mark.parametrize(
    ("question", "standalone"),
    [
        ("How does the latest paper work?", "How does SaltMeter work?"),
        ("How does the latest seaweed paper work?", "How does SaltMeter work?"),
        ("How did her first paper work?", "How did KelpNet work?"),
        ("How does the newest paper on seaweed work?", "How does SaltMeter work?"),
        ("How exactly does the second paper on seaweed work?", "How exactly does TideBank work?"),
        ("Can you tell me how the oldest paper works?", "Can you tell me how KelpNet works?"),
    ],
)
def test_how_a_paper_works_is_more_than_which_it_is(question: str, standalone: str) -> None:
    assert plan(question).standalone_question == standalone


@pytest.mark.parametrize(
    "question",
    [
        "How does the latest paper work?",
        "How does the latest seaweed paper work?",
        "How did the newest paper on seaweed work?",
        "Please tell me how the latest seaweed paper works.",
    ],
)
def test_how_a_paper_works_is_not_told_where_several_share_the_date(question: str) -> None:
    rows = [replace(paper, date="2020") for paper in PAPERS]
    reading = Planner(Names(rows), Vocabulary(rows, "Ingrid Solvang")).plan(question)
    assert reading.undecided.startswith("Which paper is the latest is not known, as several have the same date")
    assert reading.plan.filters.dates == ("2020", "2020")


@pytest.mark.parametrize(
    "question",
    [
        "Which is the latest paper?",
        "How old is the newest paper?",
        "When was the first work published?",
        "Name her last paper.",
    ],
)
def test_which_paper_it_is_and_when_it_came_is_computed(question: str) -> None:
    assert (plan(question).intent, plan(question).papers) == ("trend", ())
