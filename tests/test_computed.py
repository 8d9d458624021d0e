"""Computed answers, whole: every number with all the papers behind it, over invented libraries and the sample."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Assistant, Filters
from assistant.answers import TextDelta
from assistant.errors import EmptyLibrary
from assistant.library import Library
from assistant.papers import Paper
from tests.asking import assert_well_cited, markers, open_copy, talk
from tests.pages import make_page, make_record, open_page
from tests.papers import make_paper
from tests.sea import OKAFOR, SEA_PAGE, SOLVANG, ZHANG
from vectorstore.embeddings import EmbeddingModel

Hold = Callable[..., Assistant]

LEASES = make_record(
    "Fair Leases for Fishing Grounds",
    listing="5.0EM2019",
    authors="Paulo Mendes",
    abstract="Leases of fishing grounds are auctioned. We study 31 auctions.",
)
RENTS = make_record(
    "Rents of *Herring* <b>Markets</b> [draft] `x`",
    listing="6.0EM2021Code",
    authors="Rosa Lind, Paulo Mendes",
    abstract="Herring markets clear weekly. We price four of them.",
)
MENDES = "Paulo Mendes\n\nEM"


@pytest.fixture(scope="module")
def sea(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The ecologist's eight papers. Shared: read it only."""
    with open_page(SEA_PAGE, tmp_path_factory.mktemp("sea"), model, "sea") as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(sample_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with open_copy(sample_library, tmp_path_factory.mktemp("copied")) as opened:
        yield opened


@pytest.fixture
def hold(model: EmbeddingModel, tmp_path: Path) -> Iterator[Hold]:
    """Opens a library of records of a page, or of papers, with the author of the header."""
    opened: list[Assistant] = []

    def open_with(*content: str | Paper, header: str = MENDES) -> Assistant:
        assistant = Assistant(library="held", data_dir=tmp_path, model=model)
        opened.append(assistant)
        if records := [item for item in content if isinstance(item, str)]:
            page = tmp_path / "page.txt"
            page.write_text(make_page(*records, header=header), encoding="utf-8")
            assistant.ingest(page)
        if papers := [item for item in content if isinstance(item, Paper)]:
            assistant.library.ingest(papers)
            assistant.chain.refresh()
        return assistant

    yield open_with
    for assistant in opened:
        assistant.close()


def computed(assistant: Assistant, question: str, **given: Any) -> Answer:
    """The answer, which is computed, answered and cited."""
    answer = assistant.ask(question, **given)
    assert answer.mode == "computed"
    assert answer.answered, answer.text
    assert_well_cited(answer)
    return answer


def declined(assistant: Assistant, question: str) -> str:
    """What is said where nothing can be computed."""
    answer = assistant.ask(question)
    assert not answer.answered
    assert answer.citations == ()
    return answer.text


def cited(answer: Answer) -> set[str]:
    """The first words of the titles of the papers behind an answer."""
    return {citation.paper.title.split()[0].rstrip(":") for citation in answer.citations}


def rows(answer: Answer, column: str) -> dict[str, int]:
    """The table's counts by a column."""
    return {str(row[column]): row["papers"] for row in answer.table or ()}


def bullets(answer: Answer) -> list[str]:
    return [line for line in answer.text.splitlines() if line.startswith("- ")]


def statements(text: str) -> list[str]:
    """The sentences of a computed answer, a bullet being one. What is said of the table alone is none."""
    said = [sentence for line in text.splitlines() for sentence in re.split(r"(?<=\.)\s+(?=[A-Z])", line)]
    return [sentence for sentence in said if sentence.strip() and not sentence.startswith("The table holds")]


# ---- what holds for all of them

QUESTIONS = [
    "How many papers are there?",
    "How many papers since 2018?",
    "How many papers have code?",
    "How many papers on plankton?",
    "How many papers with Wei Zhang?",
    "How many co-authors does she have?",
    "How many papers in 2013?",
    "List all papers",
    "List the papers about kelp",
    "Which papers use PlanktonBank?",
    "Which papers introduce a dataset?",
    "Which datasets did she introduce?",
    "Which methods have they proposed?",
    "How many papers per year?",
    "papers per month in 2017",
    "Papers per category",
    "Which year had the most papers?",
    "Which year had the fewest papers?",
    "Compare how many papers came out in 2017 and in 2020",
    "Are there years without papers?",
    "What is the longest pause between two papers?",
    "What share of the papers have code?",
    "What is her first paper?",
    "What are the three most recent papers?",
    "earliest and latest paper",
    "Who are her main co-authors?",
    "Who is most often first author?",
    "Which topics does she work on?",
    "How has the focus of her research shifted?",
    "Which papers came before DriftCam?",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_sentence_has_its_marker_and_every_marker_its_span(sea: Assistant, question: str) -> None:
    answer = computed(sea, question)
    assert all(markers(sentence) for sentence in statements(answer.text)), answer.text


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_tables_markers_are_those_of_the_answer(sea: Assistant, question: str) -> None:
    answer = computed(sea, question)
    numbers = {citation.marker for citation in answer.citations}
    for row in answer.table or ():
        behind = row["sources"] if "sources" in row else [row["source"]]
        assert set(behind) <= numbers
        assert "papers" not in row or len(behind) == row["papers"]


@pytest.mark.parametrize(
    "question",
    [
        "How many papers per year?",
        "Who are the most frequent co-authors?",
        "How many papers per category?",
        "How did the topics change over the years?",
        "How many papers per category each year?",
        "Which methods by dataset by year?",
    ],
)
def test_each_mark_of_a_figure_has_exactly_its_papers_behind_it(sample: Assistant, question: str) -> None:
    answer = computed(sample, question)
    assert answer.chart is not None
    behind = answer.chart.layout["meta"]["sources"]
    papers = {citation.marker: citation.paper.key for citation in answer.citations}
    seen = 0
    for trace in answer.chart.data:
        values = trace["x"] if trace.get("orientation") == "h" else trace["y"]
        for number, value in zip(trace["ids"], values, strict=True):
            found = len({papers[marker] for marker in behind[int(number)]})
            assert found == value or (trace["name"] == "all others" and found < value)  # some are in several of them
            seen += 1
    assert seen == len(behind) > 1


@pytest.mark.parametrize("question", QUESTIONS[::4])
def test_the_same_question_has_the_same_answer_and_is_streamed_the_same(sea: Assistant, question: str) -> None:
    answer = computed(sea, question)
    again = sea.ask(question)
    assert {**again.to_dict(), "timings_ms": 0} == {**answer.to_dict(), "timings_ms": 0}
    pieces = [event.text for event in sea.stream(question) if isinstance(event, TextDelta)]
    assert "".join(pieces).strip() == answer.text


@pytest.mark.parametrize("question", ["How many papers since 2018?", "papers per year", "Who are her main co-authors?"])
def test_nothing_is_embedded_where_no_topic_is_asked_for(sea: Assistant, question: str) -> None:
    assert {"plan", "compute", "total"} <= set(computed(sea, question).timings_ms)
    assert "embed" not in computed(sea, question).timings_ms


# ---- counting and listing


@pytest.mark.parametrize(
    ("question", "said", "titles"),
    [
        ("How many papers since 2018?", "**4 papers from 2018 on**", {"DriftCam", "A", "Fish", "CoralWatch"}),
        ("How many papers before 2017?", "**2 papers until 2016**", {"TideNet", "Kelp"}),
        ("How many in 2017?", "**2 papers from 2017**", {"PlanktonBank", "Where"}),
        ("How many have code?", "**4 papers with code**", {"TideNet", "PlanktonBank", "DriftCam", "CoralWatch"}),
        ("How many papers are in CV?", "**3 papers in the category CV**", {"PlanktonBank", "DriftCam", "A"}),
        ("How many papers by her alone?", "**1 paper with one author**", {"Where"}),
        ("How many papers mention jellyfish?", "**1 paper mentioning", {"DriftCam"}),
        ("How many papers on kelp?", "**2 papers on “kelp”**", {"Kelp", "Where"}),
        (
            "How many papers did Okafor lead?",
            f"**2 papers with {OKAFOR} as first author**",
            {"PlanktonBank", "CoralWatch"},
        ),
        ("How many papers came before PlanktonBank?", "**2 papers until 1 February 2017**", {"TideNet", "Kelp"}),
    ],
)
def test_a_count_has_exactly_its_papers_behind_it(sea: Assistant, question: str, said: str, titles: set[str]) -> None:
    answer = computed(sea, question)
    assert said in answer.text
    assert "of 8 in this library" in answer.text
    assert cited(answer) == titles
    assert len(answer.table or ()) == len(titles) == len(bullets(answer))


def test_one_paper_is_spoken_of_as_one(sea: Assistant) -> None:
    assert computed(sea, "How many papers mention jellyfish?").text.startswith("There is **1 paper mentioning")


def test_what_shows_that_a_paper_counts_is_quoted(sea: Assistant) -> None:
    assert all("kelp" in c.quote.lower() for c in computed(sea, "Which papers mention kelp?").citations)
    assert {c.quote for c in computed(sea, "papers led by Okafor").citations} == {OKAFOR}
    assert all("Code" in c.quote for c in computed(sea, "papers with code").citations)


def test_of_many_papers_ten_are_named_and_the_table_holds_all(sample: Assistant) -> None:
    answer = computed(sample, "List all papers")
    assert len(bullets(answer)) == 10
    assert len(answer.table or ()) == len({c.paper.key for c in answer.citations}) == 37
    assert "The table holds the other 27." in answer.text
    assert "([1] to [37])" in answer.text


def test_of_many_papers_that_are_counted_none_is_named(sample: Assistant) -> None:
    answer = computed(sample, "How many papers are there?")
    assert answer.text == "There are **37 papers** ([1] to [37])."
    assert len(answer.table or ()) == 37


def test_as_many_as_are_wanted_are_named(sea: Assistant) -> None:
    answer = computed(sea, "What are the three most recent papers?")
    assert [line[:14] for line in bullets(answer)] == ["- **CoralWatch", "- **Fish Weirs", "- **A Survey of"[:14]]


def test_a_list_that_may_hide_the_person_makes_the_number_a_least_one(sea: Assistant) -> None:
    answer = computed(sea, "How many papers did she write with Wei Zhang?")
    assert "**at least 3 papers" in answer.text
    assert cited(answer) == {"PlanktonBank", "DriftCam", "A"}
    assert any(w.startswith("1 other paper's list of authors ends in “et al.”") and ZHANG in w for w in answer.warnings)


def test_where_every_list_is_whole_the_number_is_exact(sea: Assistant) -> None:
    answer = computed(sea, "How many papers with Wei Zhang before 2018?")
    assert "at least" not in answer.text
    assert not any("et al." in warning for warning in answer.warnings)


def test_no_paper_is_a_number_too(sea: Assistant) -> None:
    answer = computed(sea, "How many papers in 2013?")
    assert "**0 papers from 2013**" in answer.text
    assert "the papers run from 2014 to 2021" in answer.text
    assert cited(answer) == {"TideNet", "CoralWatch"}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("List the papers from 2013", ("from 2013", "2014 to 2021")),
        ("papers since 2030", ("from 2030 on", "2014 to 2021")),
        ("List the papers on volcanoes", ("volcanoes", "8")),
        ("papers in 20201", ("20201", "2014 to 2021")),
        ("papers after 2020 and before 2018", ("2021", "2017")),
        ("papers by Emma Okafor", ("Emma Okafor", OKAFOR)),
    ],
)
def test_what_nothing_meets_is_said_with_what_there_is(sea: Assistant, question: str, said: tuple[str, ...]) -> None:
    text = declined(sea, question)
    assert all(words in text for words in said)


def test_the_users_filters_hold_beside_the_question(sea: Assistant) -> None:
    answer = computed(sea, "How many papers have code?", filters=Filters(years=(2017, 2018)))
    assert cited(answer) == {"PlanktonBank", "DriftCam"}


def test_filters_that_contradict_the_question_are_named(sea: Assistant) -> None:
    answer = sea.ask("Which papers since 2020?", filters=Filters(years=(None, 2016)))
    assert not answer.answered
    assert "from 2020 on" in answer.text
    assert "until 2016" in answer.text


def test_a_follow_up_counts_within_what_was_asked(sea: Assistant) -> None:
    history = talk("How many papers since 2017?", "There are 6 papers.")
    answer = computed(sea, "and with Lena Berg?", history=history)
    assert cited(answer) == {"DriftCam", "A"}


# ---- over time


def test_papers_by_year_are_in_order_with_their_number(sea: Assistant) -> None:
    answer = computed(sea, "How many papers per year?")
    assert rows(answer, "year") == {"2014": 1, "2016": 1, "2017": 2, "2018": 1, "2020": 2, "2021": 1}
    assert "2 in 2017" in answer.text
    assert answer.chart is not None


def test_papers_by_month_are_of_the_year_asked_about(sea: Assistant) -> None:
    answer = computed(sea, "papers per month in 2017")
    assert rows(answer, "month") == {"2017-02": 1, "2017-11": 1}
    assert "February 2017" in answer.text


def test_two_years_are_counted_side_by_side(sea: Assistant) -> None:
    answer = computed(sea, "Compare how many papers came out in 2018 and in 2020")
    assert "**1 paper** from 2018" in answer.text
    assert "**2 papers** from 2020" in answer.text
    assert cited(answer) == {"DriftCam", "A", "Fish"}


def test_years_that_tie_are_all_named(sea: Assistant) -> None:
    text = computed(sea, "Which year had the most papers?").text
    assert "**2017**" in text
    assert "**2020**" in text
    assert "**2** each" in text


def test_years_without_papers_are_named(sea: Assistant) -> None:
    answer = computed(sea, "Are there years without papers?")
    assert answer.text.startswith("Yes")
    assert "**2015 and 2019**" in answer.text
    assert rows(answer, "year")["2015"] == 0


def test_years_before_the_first_paper_are_without_one_and_that_is_cited(sea: Assistant) -> None:
    answer = computed(sea, "Which years between 2005 and 2008 have no papers?")
    assert "2005" in answer.text
    assert "the others" not in answer.text


def test_years_without_such_a_paper_go_on_to_the_last_year_of_all(sea: Assistant) -> None:
    assert "**2019 and 2021**" in computed(sea, "Which years since 2018 have no papers in CV?").text


def test_whether_every_year_has_a_paper_is_answered_the_other_way_round(sea: Assistant) -> None:
    assert computed(sea, "Did she publish every year?").text.startswith("No")
    assert computed(sea, "Did she publish every year from 2016 to 2018?").text.startswith("Yes")


def test_the_longest_pause_lies_between_two_papers(sea: Assistant) -> None:
    answer = computed(sea, "What is the longest pause between two papers?")
    assert "**27 months**" in answer.text
    assert cited(answer) == {"TideNet", "Kelp"}


@pytest.mark.parametrize(
    ("question", "titles", "said"),
    [
        ("What is her first paper?", {"TideNet"}, "5 March 2014"),
        ("Which is the latest paper with code?", {"CoralWatch"}, "latest of the 4 papers with code"),
        ("When did she first publish with Wei Zhang?", {"PlanktonBank"}, "2 February 2017"),
        ("earliest and latest paper", {"TideNet", "CoralWatch"}, "1 October 2021"),
    ],
)
def test_first_and_last_have_their_date(sea: Assistant, question: str, titles: set[str], said: str) -> None:
    answer = computed(sea, question)
    assert cited(answer) == titles
    assert said in answer.text


def test_papers_of_one_day_are_first_together(hold: Hold) -> None:
    twins = [make_record(f"Twin {name}", listing="5.0CLMay 2, 2019") for name in ("One", "Two")]
    assistant = hold(*twins, make_record("Later", listing="5.0CLMay 3, 2019"))
    answer = computed(assistant, "What is the oldest paper?")
    assert len(bullets(answer)) == len(answer.citations) == 2
    assert "all of 2 May 2019" in answer.text


@pytest.mark.parametrize(
    "question", ["How have the topics changed over time?", "How has the focus of the research shifted over the years?"]
)
def test_topics_are_followed_from_the_earlier_to_the_later_years(sample: Assistant, question: str) -> None:
    answer = computed(sample, question)
    assert answer.text.count("are mostly on") == 2
    assert {c.paper.key for c in answer.citations} == set(sample.library.papers)
    assert all(str(year) in (answer.table or ())[0] for year in range(2018, 2026))


def test_topics_are_followed_over_the_periods_asked_about(sea: Assistant) -> None:
    text = computed(sea, "How did her interests move from 2014-2017 to 2018-2021?").text
    assert "From 2014 to 2017 the 4 papers" in text
    assert "From 2018 to 2021 the 4 papers" in text


# ---- shares


def test_a_share_is_given_with_its_parts(sea: Assistant) -> None:
    answer = computed(sea, "What share of the papers have code?")
    assert answer.text.startswith("**50%**: 4 of the 8 papers")
    assert len(answer.table or ()) == 4


def test_a_share_within_years_is_of_the_papers_of_those_years(sea: Assistant) -> None:
    assert computed(sea, "What percentage of the papers since 2017 is from CV?").text.startswith("**50%**: 3 of the 6")


def test_a_share_that_is_nothing_is_said_to_be(sea: Assistant) -> None:
    assert re.search(r"\*\*0(?:%| papers)", computed(sea, "What share of the papers since 2020 is from QM?").text)


def test_the_share_of_each_year_is_of_that_years_papers(sea: Assistant) -> None:
    text = computed(sea, "Do they release code more often now?").text
    assert re.search(r"2014: 100%", text)
    assert re.search(r"2017: 50%", text)


# ---- things and persons


def test_a_dataset_is_quoted_where_it_is_introduced(sea: Assistant) -> None:
    answer = computed(sea, "Which datasets did she introduce?")
    (citation,) = answer.citations
    assert citation.quote == "We introduce PlanktonBank, a dataset of 90,000 plankton images."
    assert "**PlanktonBank** (2017)" in answer.text


def test_the_words_of_a_dataset_stand_in_its_quote(sample: Assistant) -> None:
    answer = computed(sample, "Which datasets did they introduce?")
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    assert len(answer.table or ()) > 3
    for row in answer.table or ():
        words = str(row["dataset"]).split()
        assert all(word in quotes[marker] for marker in row["sources"] for word in words)


def test_what_is_only_described_is_listed_as_no_name(hold: Hold) -> None:
    record = make_record(
        "Rulings, Again", listing="6.0CL2021", authors="Rosa Lind", abstract="We build test sets for old court rulings."
    )
    assert bullets(computed(hold(record, LEASES), "Which datasets are introduced?")) == [
        "- test sets for old court rulings, unnamed (2021), in *Rulings, Again* [1]"
    ]


def test_methods_are_listed_in_the_order_of_time(sea: Assistant) -> None:
    answer = computed(sea, "Which methods have they proposed?")
    assert [re.findall(r"\*\*(\w+)\*\*", line)[0] for line in bullets(answer)] == ["TideNet", "DriftCam", "CoralWatch"]


def test_the_author_of_the_library_is_not_among_the_co_authors(sea: Assistant) -> None:
    answer = computed(sea, "Who are her main co-authors?")
    assert list(rows(answer, "author").items())[:2] == [(OKAFOR, 3), (ZHANG, 3)]
    assert SOLVANG not in answer.text
    assert any("et al." in warning for warning in answer.warnings)


def test_the_author_of_the_library_is_not_counted_among_the_co_authors(sea: Assistant) -> None:
    answer = computed(sea, "How many co-authors does she have?")
    assert "**at least 5 different" in answer.text
    assert SOLVANG not in rows(answer, "author")


def test_the_author_of_the_library_can_be_a_first_author(sea: Assistant) -> None:
    answer = computed(sea, "Who is most often first author?")
    assert rows(answer, "first author") == {SOLVANG: 3, OKAFOR: 2, "Jonas Berg": 1, "Tomás Herrera": 1, ZHANG: 1}


def test_whose_co_authors_are_asked_for_is_not_among_them(sea: Assistant) -> None:
    answer = computed(sea, "Who are the co-authors of Wei Zhang?")
    assert ZHANG not in rows(answer, "author")
    assert rows(answer, "author")["Lena Berg"] == 2


def test_pairs_of_authors_are_counted_by_the_papers_that_show_both(sea: Assistant) -> None:
    answer = computed(sea, "Which pairs of authors publish together most often?")
    found = rows(answer, "pair of authors")
    assert found[f"{OKAFOR} and {SOLVANG}"] == 3
    assert found[f"Lena Berg and {ZHANG}"] == 2


def test_the_most_frequent_category_is_named_with_its_number(sea: Assistant) -> None:
    answer = computed(sea, "Which category has the most papers since 2017?")
    assert re.search(r"\*\*CV\*\*.*\b3\b", answer.text)
    assert rows(answer, "category")["CV"] == 3


def test_papers_per_category_are_counted_and_named(sea: Assistant) -> None:
    assert rows(computed(sea, "Papers per category"), "category") == {"CV": 3, "QM": 3, "LG": 1, "RO": 1}


# ---- small and odd libraries


def test_a_single_paper_is_counted_and_dated(hold: Hold) -> None:
    assistant = hold(LEASES)
    assert "**1 paper**" in computed(assistant, "How many papers are there?").text
    assert "2019" in computed(assistant, "What is the oldest paper?").text
    assert "1 in 2019" in computed(assistant, "How many papers per year?").text
    assert computed(assistant, "Are there years without papers?").text.startswith("No")
    assert "the papers are all of 2019" in declined(assistant, "List the papers from 2020")
    assert "co-author" in declined(assistant, "Who are the main co-authors?")


def test_two_papers_have_a_gap_between_them(hold: Hold) -> None:
    assistant = hold(LEASES, RENTS)
    assert "**2020**" in computed(assistant, "Are there years without papers?").text
    assert "**Rosa Lind**: 1 paper (2021)" in computed(assistant, "Who are the main co-authors?").text
    assert computed(assistant, "What share of the papers have code?").text.startswith("**50%**")
    assert len(computed(assistant, "How has the focus of the research shifted?").citations) >= 2


def test_months_are_declined_where_the_dates_are_years_alone(hold: Hold) -> None:
    assistant = hold(LEASES, RENTS)
    for question in ("How many papers per month?", "Which month has the most papers?", "papers by quarter"):
        assert "years alone" in declined(assistant, question)
    assert "month" in declined(assistant, "What is the longest pause between two papers?")


def test_a_library_without_a_paper_is_no_answer_but_an_error(hold: Hold) -> None:
    with pytest.raises(EmptyLibrary):
        hold().ask("How many papers are there?")


def test_papers_without_a_date_are_counted_and_not_dated(hold: Hold) -> None:
    assistant = hold(
        make_paper("Undated", date=None), *(make_paper(f"Of {year}", date=year) for year in ("2018", "2019"))
    )
    assert "**3 papers**" in computed(assistant, "How many papers are there?").text
    assert len(computed(assistant, "List all papers").citations) == 3
    assert "**Of 2018**" in computed(assistant, "What is the oldest paper?").text
    assert rows(computed(assistant, "How many papers per year?"), "year") == {"2018": 1, "2019": 1}


def test_where_no_paper_has_a_date_that_is_said(hold: Hold) -> None:
    assistant = hold(make_paper("Undated", date=None), make_paper("Timeless", date=None))
    for question in ("What is the oldest paper?", "How many papers per year?", "Are there years without papers?"):
        assert "give no" in declined(assistant, question)
    assert "none of the papers has a date" in declined(assistant, "List the papers since 2018")


def test_markup_of_a_title_is_shown_and_not_obeyed(hold: Hold) -> None:
    answer = computed(hold(LEASES, RENTS), "List all papers")
    assert r"**Rents of \*Herring\* \<b\>Markets\</b\> \[draft\] \`x\`**" in answer.text
    assert [row["title"] for row in answer.table or ()][1] == "Rents of *Herring* <b>Markets</b> [draft] `x`"


# ---- kinds of paper


@pytest.mark.parametrize("question", ["Which papers are surveys?", "list review articles", "Are there any overviews?"])
def test_surveys_are_found_by_what_they_say_of_themselves(sea: Assistant, question: str) -> None:
    answer = sea.ask(question)
    assert [citation.paper.title for citation in answer.citations] == ["A Survey of Machine Vision in Marine Ecology"]


def test_a_kind_of_paper_that_is_not_there_is_not_made_up(sea: Assistant) -> None:
    assert not sea.ask("Which of the papers are position papers?").answered


# ---- persons whose paper is asked about


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What does the paper of Herrera et al. propose?", "Fish Weirs of the Iron Age"),
        ("What is Berg et al. about?", "Kelp Forests under Heat Waves"),
        ("What did Berg et al. submit on kelp?", "Kelp Forests under Heat Waves"),
        ("What did Herrera's robot do?", "Fish Weirs of the Iron Age"),
    ],
)
def test_the_paper_of_a_person_who_is_named_is_looked_into(sea: Assistant, question: str, title: str) -> None:
    answer = sea.ask(question)
    assert answer.plan.intent == "look_up"
    assert {citation.paper.title for citation in answer.citations} == {title}


@pytest.mark.parametrize(
    "question", ["Which cake does Herrera like?", "What is the rent of a flat for Herrera's aunt?"]
)
def test_a_person_who_is_named_does_not_make_a_question_one_on_the_papers(sea: Assistant, question: str) -> None:
    assert not sea.ask(question).answered
