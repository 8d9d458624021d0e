"""Conditions: which papers a question means by year, date, code, category, person and place, and what cannot hold."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from assistant.answers import Filters
from assistant.planning.conditions import Conditions, Vocabulary, read_conditions, topic_of
from assistant.planning.planner import contradiction
from tests.asking import is_one_sentence
from tests.pages import make_page, make_record, papers_of
from tests.papers import make_paper
from tests.sea import OKAFOR, SEA, SOLVANG, ZHANG

VOCABULARY = Vocabulary(SEA, SOLVANG)
NAMED = {"TideNet": "p1", "DriftCam": "p5"}
THIS_YEAR = datetime.date.today().year


def conditions_of(question: str) -> Conditions:
    return read_conditions(question, VOCABULARY, {name: key for name, key in NAMED.items() if name in question})


def understood(question: str) -> dict[str, Any]:
    """The filters of a question that holds no problem."""
    found = conditions_of(question)
    assert found.problems == ()
    return found.filters.to_dict()


def problem(question: str) -> str:
    """The one problem of a question, which is a sentence fit to be shown."""
    (found,) = conditions_of(question).problems
    assert is_one_sentence(found)
    return found


def left_of(question: str) -> list[str]:
    """The words that no condition took."""
    return conditions_of(question).rest.replace("\x00", " ").strip(" ?.!").split()


# ---- years


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("How many trials since 2017?", [2017, None]),
        ("studies from 2017 onwards", [2017, None]),
        ("Which reports appeared in 2018 or later?", [2018, None]),
        ("work no earlier than 2018", [2018, None]),
        ("papers starting in 2016", [2016, None]),
        ("papers >= 2016", [2016, None]),
        ("what was published after 2017", [2018, None]),
        ("articles newer than 2018", [2019, None]),
        ("post-2018 surveys", [2019, None]),
        ("everything before 2018", [None, 2017]),
        ("articles older than 2017", [None, 2016]),
        ("list the pre-2018 papers", [None, 2017]),
        ("papers < 2018", [None, 2017]),
        ("reviews until 2017", [None, 2017]),
        ("reviews up to 2017", [None, 2017]),
        ("papers published by 2017", [None, 2017]),
        ("papers from 2017 or earlier", [None, 2017]),
        ("papers no later than 2017", [None, 2017]),
    ],
)
def test_a_bound_is_read_with_its_year_in_or_out(question: str, years: list[int | None]) -> None:
    assert understood(question) == {"years": years}


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("studies between 2016 and 2018", [2016, 2018]),
        ("studies from 2016 to 2018", [2016, 2018]),
        ("studies from 2016 through 2018", [2016, 2018]),
        ("studies from 2018 to 2016", [2016, 2018]),
        ("preprints 2016-2018", [2016, 2018]),
        ("preprints 2016–2018", [2016, 2018]),
        ("the reports of 2016/17", [2016, 2017]),
        ("papers after 2016 and before 2020", [2017, 2019]),
        ("papers since 2016 and until 2020", [2016, 2020]),
        ("papers of the 2010s", [2010, 2019]),
        ("papers of the early 2020s", [2020, 2023]),
        ("papers from the late 2010s", [2016, 2019]),
        ("papers in 2017", [2017, 2017]),
        ("2017: how many trials?", [2017, 2017]),
        ("the 2017 papers", [2017, 2017]),
    ],
)
def test_a_span_of_years_holds_both_its_ends(question: str, years: list[int]) -> None:
    assert understood(question) == {"years": years}


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("papers of the last three years", [THIS_YEAR - 2, None]),
        ("papers in the past 5 years", [THIS_YEAR - 4, None]),
        ("papers from this year", [THIS_YEAR, THIS_YEAR]),
        ("what was published last year?", [THIS_YEAR - 1, THIS_YEAR - 1]),
    ],
)
def test_years_are_counted_back_from_today(question: str, years: list[int | None]) -> None:
    assert understood(question) == {"years": years}


@pytest.mark.parametrize(
    "question",
    [
        "How many papers in 2016 and how many in 2018?",
        "Compare 2016 with 2018",
        "papers of 2016 against those of 2018",
    ],
)
def test_two_years_are_two_periods_within_one_span(question: str) -> None:
    found = conditions_of(question)
    assert found.filters == Filters(years=(2016, 2018))
    assert found.periods == ((2016, 2016), (2018, 2018))


def test_two_spans_are_two_periods() -> None:
    found = conditions_of("How did the themes move from 2014-2016 to 2018-2021?")
    assert found.periods == ((2014, 2016), (2018, 2021))
    assert found.filters.years == (2014, 2021)


def test_one_span_is_no_period_of_its_own() -> None:
    assert conditions_of("papers between 2016 and 2018").periods == ()


def test_a_year_within_a_name_is_no_date() -> None:
    assert understood("Which papers use SeaCLEF 2017?") == {}
    assert understood("Which papers of 2018 use SeaCLEF 2017?") == {"years": [2018, 2018]}


@pytest.mark.parametrize(
    "question",
    ["How many networks have 2048 units?", "papers with 2000-dimensional vectors", "version 3.2017 of the tool"],
)
def test_a_number_within_something_else_is_no_date(question: str) -> None:
    assert understood(question) == {}


@pytest.mark.parametrize("year", ["20201", "1850", "2950", "999"])
@pytest.mark.parametrize("lead", ["in", "since", "before", "of"])
def test_what_can_be_no_year_is_named_with_the_years_that_there_are(lead: str, year: str) -> None:
    assert (
        problem(f"papers {lead} {year}") == f"{year} is no year that papers are from; the papers run from 2014 to 2021."
    )


@pytest.mark.parametrize(
    "question", ["papers of 120 sentences", "studies of 20000 documents", "papers with 1850 examples", "top 100 papers"]
)
def test_a_number_of_things_is_no_wrong_year(question: str) -> None:
    assert understood(question) == {}


# ---- dates


@pytest.mark.parametrize(
    ("question", "dates"),
    [
        ("papers in June 2016", ["2016-06", "2016-06"]),
        ("papers of Jun. 2016", ["2016-06", "2016-06"]),
        ("papers dated 2017-02", ["2017-02", "2017-02"]),
        ("papers since March 2017", ["2017-03", None]),
        ("papers after December 2017", ["2018-01", None]),
        ("papers before January 2018", [None, "2017-12"]),
        ("papers in the first half of 2017", ["2017-01", "2017-06"]),
        ("papers in the second half of 2017", ["2017-07", "2017-12"]),
        ("papers in the third quarter of 2020", ["2020-07", "2020-09"]),
        ("papers from early 2017", ["2017-01", "2017-04"]),
    ],
)
def test_a_part_of_a_year_is_a_span_of_months(question: str, dates: list[str | None]) -> None:
    assert understood(question) == {"dates": dates}


@pytest.mark.parametrize("question", ["papers in March", "How many appeared in a March?", "March papers"])
def test_a_month_without_its_year_is_that_month_of_any_year(question: str) -> None:
    assert understood(question)["months"] == [3]


@pytest.mark.parametrize("question", ["What may kelp need?", "How do forests march north?", "Results may vary"])
def test_a_word_that_is_also_a_month_is_none(question: str) -> None:
    assert understood(question) == {}


@pytest.mark.parametrize(
    ("question", "dates"),
    [
        ("Which papers came before DriftCam?", [None, "2018-04-29"]),
        ("papers published after DriftCam", ["2018-05-01", None]),
        ("What appeared since TideNet?", ["2014-03-06", None]),
        ("papers prior to the release of DriftCam", [None, "2018-04-29"]),
    ],
)
def test_a_paper_can_be_the_bound(question: str, dates: list[str | None]) -> None:
    assert understood(question) == {"dates": dates}


def test_a_paper_that_bounds_nothing_stays_in_the_question() -> None:
    assert understood("Which papers use TideNet?") == {}
    assert "TideNet" in left_of("Which papers use TideNet?")


# ---- code


@pytest.mark.parametrize(
    "question",
    [
        "Which papers have code?",
        "papers that release their source code",
        "studies whose code is available",
        "open-source work",
        "papers with a public implementation",
        "papers that come with a repository",
    ],
)
def test_code_can_be_asked_for(question: str) -> None:
    assert understood(question) == {"has_code": True}


@pytest.mark.parametrize(
    "question",
    [
        "Which papers have no code?",
        "papers without code",
        "studies that do not release code",
        "papers lacking an implementation",
        "Which ones were not open-sourced?",
    ],
)
def test_code_can_be_ruled_out(question: str) -> None:
    assert understood(question) == {"has_code": False}


@pytest.mark.parametrize("question", ["papers with and without code", "papers with or without code"])
def test_with_and_without_is_no_condition(question: str) -> None:
    assert understood(question) == {}


# ---- categories


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("CV papers", "CV"),
        ("cv papers", "CV"),
        ("papers in QM", "QM"),
        ("Which are labelled RO?", "RO"),
        ("papers in computer vision", "CV"),
        ("robotics papers", "RO"),
        ("papers in the category of quantitative methods", "QM"),
        ("Machine Learning papers", "LG"),
        ("papers in the field of robotics", "RO"),
    ],
)
def test_a_category_goes_by_its_code_or_by_its_name(question: str, category: str) -> None:
    assert understood(question) == {"categories": [category]}


def test_one_of_two_categories_will_do() -> None:
    assert understood("papers in CV or RO") == {"categories": ["CV", "RO"]}


@pytest.mark.parametrize(
    "question", ["papers except those in CV", "papers outside CV", "papers that are not in CV", "papers not in CV"]
)
def test_a_category_can_be_left_out(question: str) -> None:
    found = conditions_of(question).filters
    assert found.excluding == (Filters(categories=("CV",)),)
    assert found.categories == ()


def test_a_category_that_the_library_lacks_is_no_category() -> None:
    assert understood("papers on hep-th and AI") == {}


def test_a_dotted_category_goes_by_its_last_part() -> None:
    [paper] = papers_of(make_page(make_record(listing="12.0cs.CLMay 2, 2019")))
    found = read_conditions("papers in CL", Vocabulary([paper]))
    assert found.filters == Filters(categories=("cs.CL",))


# ---- persons


@pytest.mark.parametrize(
    ("question", "person"),
    [
        ("papers with Amara Okafor", OKAFOR),
        ("papers by Okafor", OKAFOR),
        ("What did she write with Zhang?", ZHANG),
        ("Is there work with Tomas Herrera?", "Tomás Herrera"),
        ("Herrera's name: in papers by Herrera", "Tomás Herrera"),
        ("papers written by Prof. Okafor", OKAFOR),
    ],
)
def test_a_person_goes_by_the_whole_name_or_the_family_name(question: str, person: str) -> None:
    assert understood(question) == {"authors": [person]}
    assert conditions_of(question).persons == (person,)


def test_all_persons_that_are_named_must_be_there() -> None:
    assert understood("papers by Okafor and Wei Zhang") == {"authors": [OKAFOR, ZHANG]}


def test_a_family_name_of_two_people_means_both_and_says_so() -> None:
    found = conditions_of("papers with Berg")
    assert found.filters == Filters(authors=("Berg",))
    assert found.notes == ("Berg is the family name of Jonas Berg and Lena Berg; all of them are meant here.",)


def test_a_whole_name_is_one_of_them() -> None:
    found = conditions_of("papers with Lena Berg")
    assert found.filters == Filters(authors=("Lena Berg",))
    assert found.notes == ()


@pytest.mark.parametrize("question", ["papers by Ingrid Solvang", "papers by Solvang", "What did Solvang publish?"])
def test_the_library_s_own_author_is_on_every_paper(question: str) -> None:
    assert understood(question) == {}


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("papers where Wei Zhang is the first author", Filters(first_authors=(ZHANG,))),
        ("papers first-authored by Amara Okafor", Filters(first_authors=(OKAFOR,))),
        ("papers led by Okafor", Filters(first_authors=(OKAFOR,))),
        ("papers where Jonas Berg comes first", Filters(first_authors=("Jonas Berg",))),
        ("papers with Ingrid Solvang as first author", Filters(first_authors=(SOLVANG,))),
        ("papers with Solvang as last author", Filters(last_authors=(SOLVANG,))),
        ("papers whose senior author is Wei Zhang", Filters(last_authors=(ZHANG,))),
        ("papers with Lena Berg as second author", Filters(placed_authors=((2, "Lena Berg"),))),
        (
            "papers where Wei Zhang is not the first author",
            Filters(authors=(ZHANG,), excluding=(Filters(first_authors=(ZHANG,)),)),
        ),
        (
            "papers where Solvang is not the first author",
            Filters(authors=(SOLVANG,), excluding=(Filters(first_authors=(SOLVANG,)),)),
        ),
        (
            "papers that Ingrid Solvang did not lead",
            Filters(authors=(SOLVANG,), excluding=(Filters(first_authors=(SOLVANG,)),)),
        ),
    ],
)
def test_the_place_of_a_person_among_the_authors_is_read(question: str, filters: Filters) -> None:
    found = conditions_of(question)
    assert found.filters == filters
    assert found.problems == ()


@pytest.mark.parametrize(
    "question", ["papers without Wei Zhang", "papers except those by Wei Zhang", "papers not by Wei Zhang"]
)
def test_a_person_can_be_left_out(question: str) -> None:
    found = conditions_of(question).filters
    assert found.excluding == (Filters(authors=(ZHANG,)),)
    assert found.authors == ()


def test_somebody_whom_no_paper_shows_is_named_with_the_nearest_names() -> None:
    said = problem("papers by Emma Okafor")
    assert said.startswith("No paper here shows an author Emma Okafor")
    assert OKAFOR in said


def test_somebody_like_nobody_is_named_alone() -> None:
    assert problem("papers with Xiulan Qureshi-Obermeyer").startswith("No paper here shows an author Xiulan")


@pytest.mark.parametrize(
    ("written", "meant"), [("Amara Okafro", OKAFOR), ("Wei Zang", ZHANG), ("Tomás Herera", "Tomás Herrera")]
)
def test_a_misspelt_name_is_taken_for_its_nearest_and_that_is_said(written: str, meant: str) -> None:
    found = conditions_of(f"papers with {written}")
    assert found.filters == Filters(authors=(meant,))
    assert found.notes == (f"{written} is taken for {meant}, the nearest name in this library.",)


@pytest.mark.parametrize(
    "question", ["papers in the North Sea", "Which work is on Iron Age weirs?", "work on Kelp Forests"]
)
def test_capitals_alone_make_no_person(question: str) -> None:
    found = conditions_of(question)
    assert found.persons == ()
    assert found.problems == ()


# ---- who else and where


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("single-author papers", {"author_count": 1}),
        ("papers by her alone", {"author_count": 1}),
        ("papers without co-authors", {"author_count": 1}),
        ("papers written by two people", {"author_count": 2}),
        ("three-author papers", {"author_count": 3}),
        ("papers from univ-bergen", {"affiliations": ["univ-bergen"]}),
        ("Which papers give an affiliation?", {"has_affiliation": True}),
    ],
)
def test_the_number_of_authors_and_their_place_are_conditions(question: str, filters: dict[str, Any]) -> None:
    assert understood(question) == filters


# ---- together


def test_conditions_are_taken_out_and_leave_the_topic() -> None:
    question = "Which papers on jellyfish with code are from CV since 2018 with Wei Zhang?"
    assert understood(question) == {
        "years": [2018, None],
        "categories": ["CV"],
        "has_code": True,
        "authors": [ZHANG],
    }
    assert topic_of(conditions_of(question).rest)[0] == "jellyfish"


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("How many papers on coral bleaching are there?", ("coral bleaching", True)),
        ("List everything about the migration of eels since 2015", ("migration of eels", True)),
        ("eel migration papers", ("eel migration", False)),
        ("How many papers are there in total?", ("", False)),
        ("papers published", ("", False)),
    ],
)
def test_the_topic_is_what_is_left_and_says_if_it_was_led_to(question: str, topic: tuple[str, bool]) -> None:
    assert topic_of(conditions_of(question).rest) == topic


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("papers after 2019 and before 2017", ("2020", "2016")),
        ("papers since 2019 from 2016", ("2019", "2016")),
        ("papers until 2015 in 2017", ("2015", "2017")),
    ],
)
def test_years_that_no_paper_can_meet_are_named(question: str, said: tuple[str, str]) -> None:
    found = problem(question)
    assert found.startswith("No paper can be")
    assert all(year in found for year in said)


@pytest.mark.parametrize(
    ("given", "asked", "said"),
    [
        (Filters(years=(2018, None)), Filters(years=(None, 2016)), ("from 2018 on", "until 2016")),
        (Filters(has_code=True), Filters(has_code=False), ("with code", "without code")),
        (Filters(categories=("CV",)), Filters(categories=("RO",)), ("CV", "RO")),
    ],
)
def test_a_question_that_contradicts_the_filters_is_told_both(
    given: Filters, asked: Filters, said: tuple[str, str]
) -> None:
    found = contradiction(given, asked)
    assert all(words in found for words in said)
    assert is_one_sentence(found)


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (Filters(years=(2016, 2018)), Filters(years=(2018, None))),
        (Filters(has_code=True), Filters(years=(2018, None))),
        (Filters(categories=("CV", "RO")), Filters(categories=("RO",))),
        (Filters(), Filters(has_code=False)),
    ],
)
def test_filters_that_one_paper_can_meet_contradict_nothing(given: Filters, asked: Filters) -> None:
    assert contradiction(given, asked) == ""


# ---- the vocabulary


def test_the_years_that_there_are_are_told_in_words() -> None:
    assert VOCABULARY.span() == "the papers run from 2014 to 2021"
    assert Vocabulary(SEA[:1]).span() == "the papers are all of 2014"
    assert Vocabulary([replace(SEA[0], date=None)]).span() == "none of the papers has a date"


def test_a_library_without_papers_knows_nothing() -> None:
    nothing = Vocabulary([])
    assert len(nothing) == 0
    assert nothing.years == (None, None)
    assert read_conditions("papers with code since 2018", nothing).filters == Filters(years=(2018, None), has_code=True)


def test_names_are_the_same_without_their_accents_and_capitals() -> None:
    assert VOCABULARY.person("tomas herrera") == "Tomás Herrera"
    assert VOCABULARY.family("BERG") == ("Jonas Berg", "Lena Berg")


@pytest.mark.parametrize(
    "question",
    ["papers by Ann O'Neil", "papers from Univ. (A+B)", "papers in [x", "papers with *code* (2018", "papers by ("],
)
def test_marks_of_patterns_are_only_marks(question: str) -> None:
    odd = make_paper(
        "C++ (a*b) [draft]", authors=("Ann O'Neil", "J. (Jay) R*"), category="math.A+", affiliation="Univ. (A+B)"
    )
    found = read_conditions(question, Vocabulary([odd]))
    assert found.problems == ()
    assert found.filters.authors == (("Ann O'Neil",) if "Neil" in question else ())


def test_the_nearest_names_come_first() -> None:
    (name, likeness), *_ = VOCABULARY.nearest_persons("Amara Okofor")
    assert name == OKAFOR
    assert 85 < likeness < 100


# ---- venues

_VENUES = (
    "Proceedings of the 56th Annual Meeting of the Association for Computational Linguistics (Volume 1: Long Papers)",
    "Proceedings of the 2018 Conference of the North American Chapter of the Association for Computational Linguistics",
    "Proceedings of the 2019 Conference on Empirical Methods in Natural Language Processing (EMNLP-IJCNLP)",
    "Transactions of the Association for Computational Linguistics, Volume 6",
    "Proceedings of the 2nd Workshop on Asian Translation (WAT2015)",
    "Nature Communications",
    "Cell",
    "Physical Review Letters",
)
PLACED = Vocabulary([replace(make_paper(f"v{number}"), venue=venue) for number, venue in enumerate(_VENUES)], SOLVANG)


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("Give me all papers from ACL 2018.", Filters(venues=("ACL",), years=(2018, 2018))),
        ("List the ACL'18 papers", Filters(venues=("ACL",), years=(2018, 2018))),
        ("papers at ACL-2018", Filters(venues=("ACL",), years=(2018, 2018))),
        ("papers at acl 2018", Filters(venues=("ACL",), years=(2018, 2018))),
        ("papers at ACL since 2018", Filters(venues=("ACL",), years=(2018, None))),
        ("Which papers appeared at EMNLP 2019?", Filters(venues=("EMNLP",), years=(2019, 2019))),
        ("Which papers were presented at EMNLP in 2019?", Filters(venues=("EMNLP",), years=(2019, 2019))),
        ("the EMNLP-IJCNLP 2019 papers", Filters(venues=("EMNLP-IJCNLP",), years=(2019, 2019))),
        ("How many NAACL papers are there?", Filters(venues=("NAACL",))),
        ("Which of her papers have been accepted at naacl?", Filters(venues=("NAACL",))),
        ("What did he publish in TACL?", Filters(venues=("TACL",))),
        ("the WAT2015 paper", Filters(venues=("WAT",), years=(2015, 2015))),
        ("papers at ACL or NAACL", Filters(venues=("ACL", "NAACL"))),
        ("papers that are not at ACL", Filters(excluding=(Filters(venues=("ACL",)),))),
        ("How many workshop papers are there?", Filters(venues=("workshop",))),
        ("papers in Nature Comm. with code", Filters(venues=("Nature Comm",), has_code=True)),
        ("papers published in nature communications", Filters(venues=("nature communications",))),
        ("How many PRL papers?", Filters(venues=("PRL",))),
        ("Any papers in Cell?", Filters(venues=("Cell",))),
    ],
)
def test_a_venue_is_a_condition_and_a_year_beside_it_too(question: str, filters: Filters) -> None:
    assert read_conditions(question, PLACED).filters == filters


@pytest.mark.parametrize(
    "question",
    [
        "Which NLP papers are there?",
        "papers on cell growth",
        "the cell papers",
        "Which papers use data of WAT?",
        "papers at ICML",
        "papers about Cell growth",
        "What is Nature Communications?",
        "papers published at least twice",
        "Which papers are about the nature of communications?",
    ],
)
def test_what_is_no_venue_here_is_no_condition(question: str) -> None:
    assert read_conditions(question, PLACED).filters.venues == ()


def test_without_venues_in_the_records_no_venue_is_read() -> None:
    assert conditions_of("Give me all papers at ACL").filters == Filters()
