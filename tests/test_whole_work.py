"""What is asked of all of an author's work: what it is on, what is new, whose it is, where to begin, the longest list
of authors, what several papers share, kinds of paper; and what only sounds like it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant import Assistant
from assistant.answers import Dimension, Filters, Pick, Plan, Subject, Turn
from assistant.mentions import Names
from assistant.planning.conditions import Vocabulary
from assistant.planning.planner import Planner
from assistant.planning.whole_work import plainly
from tests.asking import assert_well_cited, talk
from tests.pages import make_page, make_record, open_page
from tests.sea import SEA, SOLVANG
from vectorstore.embeddings import EmbeddingModel

PLANNER = Planner(Names(SEA), Vocabulary(SEA, SOLVANG))
ON_A_PAPER = ("What is CoralWatch?", "A system that predicts when reefs bleach [1].")
QUAYS = make_page(
    make_record(
        "Fair Leases for Quays",
        listing="5.0EM2019",
        authors="Paulo Mendes",
        abstract="Leases of quays are auctioned. We study 31 auctions in Norway.",
    ),
    make_record(
        "Auctions of Quotas: A Survey",
        listing="6.0EM2021Code",
        authors="Rosa Lind, Paulo Mendes",
        abstract="We survey auctions of fishing quotas and what they cost.",
    ),
    make_record(
        "Do Rents Follow the Herring?",
        listing="7.0TH2022",
        authors="Rosa Lind, Ivo Petrov, Paulo Mendes et al.",
        abstract="Rents of quays follow the herring with a delay of two years.",
    ),
    header="Paulo Mendes\n\nEM",
)


def plan(question: str, *before: str) -> Plan:
    history: list[Turn] = talk(*before)
    return PLANNER.plan(question, history).plan


# ---- what is new


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("What has the author been working on lately?", Filters()),
        ("What is she working on these days?", Filters()),
        ("Could you please tell me what they published recently?", Filters()),
        ("What did the author recently study?", Filters()),
        ("What is Solvang currently working on?", Filters()),
        ("What projects is the group busy with at the moment?", Filters()),
        ("What's new?", Filters()),
        ("Recent work", Filters()),
        ("What are her most recent publications?", Filters()),
        ("What topics has he been interested in in the last few years?", Filters()),
        ("Any recent papers on plankton?", Filters(topic="plankton")),
        ("What has she written about plankton lately?", Filters(topic="plankton")),
        ("What is the latest on bleaching?", Filters(topic="bleaching")),
        ("What are the newest papers with code?", Filters(has_code=True)),
    ],
)
def test_what_is_new_is_told_by_the_newest_papers(question: str, filters: Filters) -> None:
    made = plan(question)
    assert (made.intent, made.pick, made.limit, made.filters) == ("trend", "last", 5, filters)


@pytest.mark.parametrize(
    "question",
    [
        "What is the newest paper?",
        "Which papers use recent neural models?",
        "What is a recent approach to counting plankton?",
        "Do they release code more often now?",
        "What does the most recent paper measure?",
        "What are the three latest papers?",
    ],
)
def test_what_only_speaks_of_recent_things_is_not_what_is_new(question: str) -> None:
    assert plan(question).limit != 5


@pytest.mark.parametrize(
    ("question", "pick"),
    [("What were the last two papers?", "last"), ("What are her first two publications?", "first")],
)
def test_a_number_behind_first_or_last_is_how_many(question: str, pick: Pick) -> None:
    assert (plan(question).pick, plan(question).limit) == (pick, 2)


# ---- what all of it is on


@pytest.mark.parametrize(
    "question",
    [
        "Summarize the author's research in three sentences.",
        "In one sentence, what is Solvang's research about?",
        "Can you please summarise her work?",
        "What are their research interests?",
        "What are the main contributions of the author?",
        "What is this author known for?",
        "What does the group work on?",
        "Describe the research agenda.",
        "How would you characterize the research of this author?",
        "What are the papers about?",
        "What kind of research does she do?",
        "Which problems does the author try to solve?",
        "What do these papers have in common?",
        "Give me an overview",
        "What is the focus of their research?",
    ],
)
def test_all_of_the_work_is_told_by_its_topics(question: str) -> None:
    made = plan(question)
    assert (made.intent, made.subject, made.filters) == ("list", "topics", Filters())


@pytest.mark.parametrize(
    "question",
    [
        "What are the main contributions of CoralWatch?",
        "What is the paper on bleaching about?",
        "Summarize the paper on plankton.",
        "What problem does CoralWatch solve?",
        "How does CoralWatch work?",
    ],
)
def test_what_one_paper_is_about_is_looked_up(question: str) -> None:
    assert plan(question).intent == "look_up"


@pytest.mark.parametrize(
    "question",
    ["Summarize her research.", "What has she been working on lately?", "Which paper should I read first?"],
)
def test_all_of_the_work_is_of_no_paper_spoken_of(question: str) -> None:
    assert plan(question, *ON_A_PAPER).standalone_question == question


@pytest.mark.parametrize("question", ["Give me a summary", "Who is the author?", "What are its main contributions?"])
def test_what_may_be_of_a_paper_is_of_the_one_spoken_of(question: str) -> None:
    assert "CoralWatch" in plan(question, *ON_A_PAPER).standalone_question


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("Summarize her work since 2019", (2019, None)),
        ("What was her focus before 2018?", (None, 2017)),
        ("Give me a summary of the author's research until 2017", (None, 2017)),
    ],
)
def test_the_work_of_some_years_is_told_by_its_topics(question: str, years: tuple[int | None, int | None]) -> None:
    assert (plan(question).subject, plan(question).filters) == ("topics", Filters(years=years))


def test_what_was_done_in_a_year_is_its_papers() -> None:
    made = plan("What did she do in 2017?")
    assert (made.intent, made.subject, made.filters) == ("list", "papers", Filters(years=(2017, 2017)))


def test_how_the_work_has_changed_is_followed_by_topic_and_year() -> None:
    for question in (
        "How has her research changed recently?",
        "How did the author's research interests evolve over time?",
    ):
        assert (plan(question).subject, plan(question).group_by) == ("topics", ("topic", "year")), question


# ---- for how long, and how much


@pytest.mark.parametrize(
    ("question", "group_by", "pick"),
    [
        ("How long has the author been publishing?", (), "both_ends"),
        ("Which years do the papers cover?", (), "both_ends"),
        ("Is the author still active?", (), "last"),
        ("How productive is the author?", ("year",), None),
        ("How many papers does she write per year on average?", ("year",), "mean"),
        ("What is the average number of authors per paper?", ("author_count",), "mean"),
        ("How many authors does a paper have on average?", ("author_count",), "mean"),
        ("How big is a typical author team?", ("author_count",), "mean"),
        ("Which paper has the most authors?", ("author_count",), "most"),
        ("Which of her papers was written with the largest number of co-authors?", ("author_count",), "most"),
        ("What is the longest author list?", ("author_count",), "most"),
        ("Which paper has the fewest authors?", ("author_count",), "fewest"),
        ("Which paper has the longest title?", ("title_length",), "most"),
        ("Which paper has the shortest abstract?", ("abstract_length",), "fewest"),
    ],
)
def test_what_is_measured_over_all_papers(question: str, group_by: tuple[Dimension, ...], pick: Pick | None) -> None:
    made = plan(question)
    assert (made.group_by, made.pick, made.filters) == (group_by, pick, Filters())


@pytest.mark.parametrize(
    "question",
    ["Which author has the most papers?", "Who has written the most papers?", "Which year has most papers?"],
)
def test_who_has_the_most_papers_is_no_length(question: str) -> None:
    assert "author_count" not in plan(question).group_by


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Which papers have more than five authors?", (6, None)),
        ("How many papers have at least four authors?", (4, None)),
        ("papers with fewer than 3 co-authors", (None, 2)),
        ("List papers written by up to two authors", (None, 2)),
        ("Which papers have between 2 and 4 authors?", (2, 4)),
        ("papers by three or more authors", (3, None)),
        ("multi-author papers", (2, None)),
    ],
)
def test_how_many_authors_is_a_condition(question: str, wanted: tuple[int | None, int | None]) -> None:
    assert plan(question).filters == Filters(author_range=wanted)


# ---- what several papers share


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Which papers share a first author?", "first_authors"),
        ("Which of the papers share their first author?", "first_authors"),
        ("Are there papers with the same first author?", "first_authors"),
        ("Which papers have the same authors?", "authors"),
        ("Which authors appear on more than one paper?", "authors"),
        ("Which papers use the same dataset?", "datasets_used"),
        ("Which datasets are used in several papers?", "datasets_used"),
    ],
)
def test_what_several_papers_share(question: str, subject: Subject) -> None:
    assert (plan(question).subject, plan(question).pick) == (subject, "shared")


# ---- whose they are, where to begin


@pytest.mark.parametrize(
    "question",
    [
        "Who is the author?",
        "Whose papers are these?",
        "Who wrote these papers?",
        "Who is Solvang?",
        "Please tell me about this author",
        "Who is behind this library?",
        "What is the author's name?",
        "Write a short bio of the author.",
        "Give me a brief biography of Ingrid Solvang.",
        "Write her bio, please.",
        "Can you write a short bio for the author?",
        "Introduce the author in two sentences.",
        "Introduce me to the author",
        "Write a short introduction to the author.",
        "What should I know about her?",
        "What do I need to know about the author?",
        "Tell me about him.",
    ],
)
def test_whose_papers_they_are_is_told(question: str) -> None:
    assert (plan(question).intent, plan(question).subject) == ("who", "owner")


@pytest.mark.parametrize(
    "question",
    [
        "Who is the author of CoralWatch?",
        "Who wrote CoralWatch?",
        "Who are you?",
        "What is her age?",
        "Introduce the author's methods.",
        "What should I know about CoralWatch?",
        "Tell me about her datasets.",
        "Write a bio of Albert Einstein.",
        "Write me a poem about the author.",
    ],
)
def test_who_wrote_one_paper_is_not_whose_all_are(question: str) -> None:
    assert plan(question).subject != "owner"


@pytest.mark.parametrize(
    ("question", "pick", "filters"),
    [
        ("Which paper should I read first?", "to_begin", Filters()),
        ("Where should I start?", "to_begin", Filters()),
        ("Which papers would you recommend?", "to_begin", Filters()),
        ("What should a newcomer read about plankton?", "to_begin", Filters(topic="plankton")),
        ("Recommend a paper on plankton", "to_begin", Filters(topic="plankton")),
        ("What is a good starting point?", "to_begin", Filters()),
        ("What is the most important paper?", "foremost", Filters()),
        ("Which is her best paper?", "foremost", Filters()),
        ("Give me the three most important papers", "foremost", Filters()),
    ],
)
def test_where_to_begin_is_asked_in_many_ways(question: str, pick: Pick, filters: Filters) -> None:
    assert (plan(question).pick, plan(question).filters) == (pick, filters)


@pytest.mark.parametrize(
    "question",
    [
        "Which paper won a best paper award?",
        "What is the best model for plankton?",
        "Where does the training of CoralWatch start?",
        "What is the most important feature of CoralWatch?",
    ],
)
def test_the_best_of_other_things_is_nothing_to_begin_with(question: str) -> None:
    assert plan(question).pick not in ("to_begin", "foremost")


# ---- kinds of paper


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("Is there a survey?", Filters(kinds=("survey",))),
        ("Any review articles?", Filters(kinds=("survey",))),
        ("Has she written a survey?", Filters(kinds=("survey",))),
        ("Are there any overview papers on plankton?", Filters(kinds=("survey",), topic="plankton")),
        ("Which surveys are there?", Filters(kinds=("survey",))),
        ("Does the author have a position paper?", Filters(kinds=("position",))),
        ("Are there any tutorials?", Filters(kinds=("tutorial",))),
        ("Are there literature reviews among her papers?", Filters(kinds=("survey",))),
        ("Which papers are not surveys?", Filters(excluding=(Filters(kinds=("survey",)),))),
    ],
)
def test_kinds_of_paper_are_looked_for(question: str, filters: Filters) -> None:
    assert (plan(question).intent, plan(question).filters) == ("list", filters)


def test_of_a_kind_of_paper_the_number_the_share_and_the_newest_are_told() -> None:
    asked = ("How many papers are surveys?", "What share of the papers are surveys?", "What is the latest survey?")
    plans = [plan(question) for question in asked]
    assert [(made.intent, made.pick) for made in plans] == [("count", None), ("count", "share"), ("trend", "last")]
    assert {made.filters for made in plans} == {Filters(kinds=("survey",))}


@pytest.mark.parametrize(
    "question",
    [
        "What does the survey say about plankton?",
        "How many reviews does the dataset contain?",
        "Are there surveys with participants?",
        "Which papers analyze product reviews?",
    ],
)
def test_surveys_that_are_no_papers_are_no_kind_of_paper(question: str) -> None:
    assert plan(question).filters.kinds == ()


# ---- how many that is


LISTED = ("Which papers are on plankton?", "2 papers on “plankton”.")


@pytest.mark.parametrize(
    "question",
    ["how many is that?", "How many are those?", "and how many are there in total?", "how many are they", "count them"],
)
def test_what_was_listed_is_counted(question: str) -> None:
    made = plan(question, *LISTED)
    assert (made.intent, made.subject, made.filters) == ("count", "papers", Filters(topic="plankton"))


def test_what_was_listed_is_counted_by_year() -> None:
    made = plan("and how many is that per year?", *LISTED)
    assert (made.intent, made.group_by, made.filters) == ("trend", ("year",), Filters(topic="plankton"))


def test_things_that_were_listed_are_counted() -> None:
    made = plan("how many are those?", "Which datasets did she introduce?", "PlanktonBank and others.")
    assert (made.intent, made.subject) == ("count", "datasets")


def test_of_what_was_listed_the_longest_list_of_authors_is_picked() -> None:
    made = plan("which of these has the most authors?", *LISTED)
    assert (made.group_by, made.pick, made.filters) == (("author_count",), "most", Filters(topic="plankton"))


def test_how_many_of_other_things_is_not_what_was_listed() -> None:
    assert plan("how many reefs are there?", *LISTED).filters.topic != "plankton"


# ---- what is said of them


@pytest.fixture(scope="module")
def quays(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_page(QUAYS, tmp_path_factory.mktemp("quays"), model, "quays") as opened:
        yield opened


def told(assistant: Assistant, question: str, *, answered: bool = True) -> str:
    answer = assistant.ask(question)
    assert answer.answered == answered
    assert_well_cited(answer)
    return answer.text


def test_whose_papers_they_are_is_told_with_what_the_source_says(quays: Assistant) -> None:
    text = told(quays, "Who is the author?")
    assert "**Paulo Mendes** (field: EM)" in text
    assert "3 papers" in text
    assert "from 2019 to 2022" in text
    assert "Rosa Lind (2)" in text


def test_where_the_author_works_is_not_made_up(quays: Assistant) -> None:
    assert "do not say where" in told(quays, "Where does the author work?", answered=False)


def test_the_newest_papers_come_first(quays: Assistant) -> None:
    text = told(quays, "What has the author been working on lately?")
    assert text.index("Herring") < text.index("A Survey") < text.index("Fair Leases")


def test_who_wrote_the_latest_paper_is_told_with_it(quays: Assistant) -> None:
    assert "(Lind et al., 2022) is by Rosa Lind, Ivo Petrov, Paulo Mendes et al." in told(
        quays, "Who wrote the latest paper?"
    )


def test_a_list_that_ends_in_et_al_is_longer_than_it_shows(quays: Assistant) -> None:
    text = told(quays, "Which paper has the most authors?")
    assert "**1 paper** has the most authors" in text
    assert "Herring" in text
    assert "Herring" in told(quays, "Which papers have at least four authors?")
    assert "Herring" not in told(quays, "Which papers have at most three authors?")
    text = told(quays, "Which papers have more than five authors?", answered=False)
    assert "the records do not show: 1 list of authors ends in “et al.”" in text


def test_the_fewest_authors_are_of_lists_that_are_whole(quays: Assistant) -> None:
    assert "Of the 3 papers, **Fair Leases for Quays** (2019) has the fewest authors: **1**" in told(
        quays, "Which paper has the fewest authors?"
    )


def test_averages_are_computed(quays: Assistant) -> None:
    assert "**at least 2.3 authors** on average; 1 of the lists ends in “et al.”" in told(
        quays, "How many authors does a paper have on average?"
    )
    assert "**0.8 a year** on average" in told(quays, "What is the average number of papers per year?")


def test_the_longest_title_is_measured_in_words(quays: Assistant) -> None:
    assert "**5**" in told(quays, "Which paper has the longest title?")


def test_who_stands_first_on_several_papers_is_told(quays: Assistant) -> None:
    text = told(quays, "Which papers share a first author?")
    assert "**1 first author** stands on more than one of the 3 papers" in text
    assert "Rosa Lind" in text


def test_a_survey_is_found_and_another_kind_is_not(quays: Assistant) -> None:
    assert "Auctions of Quotas" in told(quays, "Is there a survey?")
    assert "no position paper" in told(quays, "Is there a position paper?", answered=False)


def test_what_to_read_first_is_suggested_with_reasons(quays: Assistant) -> None:
    text = told(quays, "Which paper should I read first?")
    assert "- an overview: **Auctions of Quotas: A Survey**" in text
    assert "- the newest: **Do Rents Follow the Herring?**" in text
    assert "- the nearest in content to all the others: " in text


@pytest.mark.parametrize(
    "question",
    ["What is the most important paper?", "Which of her papers is best?", "Which paper has the most impact?"],
)
def test_which_paper_matters_most_is_declined_with_a_next_step(quays: Assistant, question: str) -> None:
    assert "which one to read first" in told(quays, question, answered=False)


def test_the_owner_is_the_author_whatever_is_said_for_politeness() -> None:
    assert (
        plainly("Could you please tell me what Solvang's work is about?", SOLVANG) == "what the author's work is about"
    )
