"""Tables of papers by their dimensions, the figures beside them, and the words in which sets and numbers are told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, get_args

import plotly.graph_objects as go
import pytest

from assistant import Assistant, Filters
from assistant.analysis.figures import bars, stacked
from assistant.answering.wording import conditions, counted, date_in_words, join, percent
from assistant.answers import Chart, Dimension
from assistant.catalogue import Catalogue
from assistant.errors import PaperNotFound, QuestionError
from assistant.library import Library
from assistant.papers import Paper
from assistant.retrieval import Retriever
from assistant.tables import Table, nested_table, table_of_groups
from tests.asking import is_one_sentence
from tests.fakes import FirstWords
from tests.papers import ADA, BABBAGE, PAPERS, describe

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """Six papers of 2018 to 2021 with none in 2020, one of them without date, authors and category."""
    with make_assistant(tmp_path_factory.mktemp("tables"), PAPERS) as opened:
        yield opened


def make_assistant(folder: Any, papers: Sequence[Paper]) -> Assistant:
    assistant = Assistant(library="test", data_dir=folder, model=FirstWords())
    assistant.library.ingest(papers, describe=describe)
    assistant.chain.refresh()
    return assistant


def rows(table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in table.rows]


# ---- one dimension


def test_papers_by_year_are_counted_and_named_with_their_keys(assistant: Assistant) -> None:
    table = assistant.trends("year")
    assert rows(table) == [
        {"year": 2018, "papers": 2, "titles": "Looms; Cards"},
        {"year": 2019, "papers": 2, "titles": "Gears; Bernoulli"},
        {"year": 2021, "papers": 1, "titles": "Tides"},
    ]
    assert table.keys == (
        ("lovelace2018looms", "lovelace2018cards"),
        ("babbage2019gears", "babbage2019bernoulli"),
        ("somerville2021tides",),
    )
    assert table.title == "Papers by year"


def test_papers_by_category_tell_the_first_and_the_last_year(assistant: Assistant) -> None:
    assert rows(assistant.trends("category")) == [
        {"category": "CL", "papers": 2, "first": 2018, "last": 2019, "titles": "Looms; Bernoulli"},
        {"category": "LG", "papers": 2, "first": 2018, "last": 2019, "titles": "Cards; Gears"},
    ]


def test_papers_by_author_leave_out_the_titles(assistant: Assistant) -> None:
    assert rows(assistant.trends("author"))[:2] == [
        {"author": ADA, "papers": 3, "first": 2018, "last": 2019},
        {"author": BABBAGE, "papers": 3, "first": 2018, "last": 2019},
    ]


def test_titles_stand_beside_three_papers_but_not_beside_four(assistant: Assistant) -> None:
    many, few = rows(assistant.trends("code"))
    assert (many["code"], many["papers"], many.get("titles")) == ("without code", 4, None)
    assert (few["code"], few["papers"], few["titles"]) == ("with code", 2, "Looms; Tides")


def test_a_group_of_papers_without_dates_has_no_first_and_last_year(assistant: Assistant) -> None:
    (row,) = rows(assistant.trends("code", Filters(title="Notes")))
    assert (row["first"], row["last"]) == (None, None)


def test_shares_are_parts_of_the_whole(assistant: Assistant) -> None:
    catalogue = assistant.chain.catalogue
    groups = catalogue.group(catalogue.papers, "category")
    assert [row["share"] for row in table_of_groups(groups, "category", whole=6).rows] == [0.3333, 0.3333]
    assert "share" not in table_of_groups(groups, "category").rows[0]


def test_periods_come_in_the_order_in_which_they_are_given(assistant: Assistant) -> None:
    catalogue = assistant.chain.catalogue
    table = table_of_groups(catalogue.group(catalogue.papers, "year"), "year", heading="period")
    assert [row["period"] for row in table.rows] == [2018, 2019, 2021]
    assert table.title == "Papers by period"


def test_filters_are_told_in_the_title_and_hold_in_the_rows(assistant: Assistant) -> None:
    table = assistant.trends("year", Filters(categories=("LG",), years=(2018, None)))
    assert table.title == "Papers in the category LG from 2018 on by year"
    assert [(row["year"], row["papers"]) for row in table.rows] == [(2018, 1), (2019, 1)]


@pytest.mark.parametrize("said", ["C#", "a*b", "x|y", "[1]", "R&D <b>", "snake_case", "$5"])
def test_a_title_is_plain_text(assistant: Assistant, said: str) -> None:
    for filters in (Filters(title=said), Filters(mentions=((said,),))):
        assert said in assistant.trends("year", filters).title


# ---- two dimensions


def test_a_year_without_a_paper_has_a_column_too(assistant: Assistant) -> None:
    table = assistant.trends(("category", "year"))
    assert rows(table) == [
        {"category": "CL", "2018": 1, "2019": 1, "2020": 0, "2021": 0, "papers": 2},
        {"category": "LG", "2018": 1, "2019": 1, "2020": 0, "2021": 0, "papers": 2},
    ]
    assert table.title == "Papers by category and year"


def test_a_figure_over_years_shows_the_year_without_a_paper(assistant: Assistant) -> None:
    for by in ("year", ("category", "year")):
        chart = assistant.trends(by).chart
        assert chart
        assert list(chart.data[0]["x"]) == ["2018", "2019", "2020", "2021"]


def test_a_paper_without_a_date_counts_in_its_row_but_in_no_year(assistant: Assistant) -> None:
    table = assistant.trends(("code", "year"))
    without = rows(table)[0]
    assert without == {"code": "without code", "2018": 1, "2019": 2, "2020": 0, "2021": 0, "papers": 4}


def test_a_paper_of_several_authors_is_in_each_of_their_columns(assistant: Assistant) -> None:
    table = assistant.trends(("first_author", "author"))
    assert rows(table)[:2] == [
        {"first author": ADA, ADA: 2, BABBAGE: 1, "Mary Somerville": 0, "papers": 2},
        {"first author": BABBAGE, ADA: 1, BABBAGE: 2, "Mary Somerville": 1, "papers": 2},
    ]


@pytest.mark.parametrize("first", DIMENSIONS)
def test_every_pair_of_dimensions_gives_a_table_that_can_be_taken_away(assistant: Assistant, first: Dimension) -> None:
    for by in [(first,), *((first, second) for second in DIMENSIONS)]:
        table = assistant.trends(by)
        assert len(table.rows) == len(table.keys) == len(table.to_dataframe())
        assert all(row["papers"] == len(keys) for row, keys in zip(table.rows, table.keys, strict=True))
        assert table.to_csv().count("\n") == len(table.rows) + 1
        json.dumps(table.to_dict())
        if table.chart:
            go.Figure(table.chart.to_plotly_json())


def test_the_same_question_gives_the_same_table(assistant: Assistant) -> None:
    for by in (("topic", "year"), ("author",), ("month", "category")):
        one, other = assistant.trends(by), assistant.trends(by)
        assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())


# ---- what is not there


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ("colour", "'colour'"),
        (("year", "colour"), "'colour'"),
        (("year", "month", "topic"), "3 things"),
        ((), "0 things"),
    ],
    ids=["one", "one of two", "three", "none"],
)
def test_what_papers_cannot_be_grouped_by_is_named_with_what_they_can(
    assistant: Assistant, by: Any, named: str
) -> None:
    with pytest.raises(QuestionError) as refusal:
        assistant.trends(by)
    assert named in str(refusal.value)
    assert all(dimension in str(refusal.value) for dimension in DIMENSIONS)
    assert is_one_sentence(str(refusal.value))


@pytest.mark.parametrize("by", [*DIMENSIONS, ("topic", "year"), ("author", "month")], ids=str)
def test_an_empty_library_gives_an_empty_table_without_a_figure(tmp_path: Any, by: Any) -> None:
    with make_assistant(tmp_path, []) as assistant:
        table = assistant.trends(by)
        assert (rows(table), table.keys, table.figure) == ([], (), None)
        assert table.to_dataframe().empty
        assert table.to_dict()["figure"] is None


@pytest.mark.parametrize("by", ["year", "category", "topic", ("topic", "year")], ids=str)
def test_one_paper_is_one_row_and_nothing_to_compare(tmp_path: Any, by: Any) -> None:
    with make_assistant(tmp_path, PAPERS[:1]) as assistant:
        table = assistant.trends(by)
        assert [row["papers"] for row in table.rows] == [1]
        assert table.figure is None


def test_two_papers_of_two_years_are_two_bars(tmp_path: Any) -> None:
    with make_assistant(tmp_path, PAPERS[1:3]) as assistant:
        table = assistant.trends("year")
        assert table.chart
        assert (list(table.chart.data[0]["x"]), list(table.chart.data[0]["y"])) == (["2018", "2019"], [1, 1])


def test_filters_that_no_paper_meets_give_an_empty_table(assistant: Assistant) -> None:
    table = assistant.trends(("category", "year"), Filters(years=(1990, 1991)))
    assert (rows(table), table.figure) == ([], None)


# ---- figures


def longest_first(chart: Chart) -> list[tuple[str, int]]:
    """The bars of a lying figure from the top: Plotly counts from the bottom."""
    trace = chart.data[0]
    return list(zip(trace["y"], trace["x"], strict=True))[::-1]


def strings(value: Any) -> Iterator[str]:
    """Every text in a figure's JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def test_one_name_alone_is_no_figure() -> None:
    assert bars(["a"], [1], title="t", label="l", over_time=True) is None
    assert bars([], [], title="t", label="l", over_time=False) is None
    assert stacked(["2018"], {"a": [1]}, title="t", label="l") is None
    assert stacked(["2018", "2019"], {}, title="t", label="l") is None


def test_bars_lie_with_the_first_on_top() -> None:
    chart = bars(["Looms", "Gears"], [5, 2], title="t", label="topic", over_time=False)
    assert chart
    assert longest_first(chart) == [("Looms", 5), ("Gears", 2)]
    assert chart.plotly.layout.yaxis.title.text == "topic"


def test_bars_over_time_stand_in_their_order() -> None:
    chart = bars(["2018", "2019"], [1, 4], title="t", label="year", over_time=True)
    assert chart
    figure = chart.plotly
    assert (list(figure.data[0].x), list(figure.data[0].y)) == (["2018", "2019"], [1, 4])
    assert figure.layout.xaxis.type == "category"
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("year", "papers")


def test_long_names_are_shortened_and_stay_apart() -> None:
    names = [f"Department of Weaving and of Textile Machines, University of {place}" for place in ("Turin", "Leeds")]
    chart = bars(names, [2, 1], title="t", label="affiliation", over_time=False)
    assert chart
    assert len({name for name, _ in longest_first(chart)}) == 2


def test_a_figure_over_time_shows_the_newest() -> None:
    months = [f"{year}-{month:02}" for year in range(2018, 2024) for month in range(1, 13)]
    chart = bars(months, [1] * len(months), title="t", label="month", over_time=True)
    assert chart
    assert chart.data[0]["x"][-1] == "2023-12"


def test_a_figure_of_many_names_shows_the_most_frequent() -> None:
    names, counts = [f"name {n}" for n in range(100)], list(range(100, 0, -1))
    chart = bars(names, counts, title="t", label="author", over_time=False)
    assert chart
    assert longest_first(chart)[0] == ("name 0", 100)
    assert 10 <= len(longest_first(chart)) <= 50


def test_many_series_are_drawn_as_the_largest_and_all_others_with_nothing_lost() -> None:
    series = {f"topic {n}": [n, 1] for n in range(20)}
    chart = stacked(["2018", "2019"], series, title="t", label="year")
    assert chart
    assert len(chart.data) <= 10
    assert chart.data[-1]["name"] == "all others"
    assert [sum(trace["y"][place] for trace in chart.data) for place in (0, 1)] == [sum(range(20)), 20]


def test_series_are_stacked_each_in_a_colour_of_its_own() -> None:
    chart = stacked(["2018", "2019"], {f"topic {n}": [1, 2] for n in range(9)}, title="t", label="year")
    assert chart
    assert len({trace["marker"]["color"] for trace in chart.data}) == 9
    assert chart.plotly.layout.barmode == "stack"
    assert chart.plotly.layout.showlegend


HOSTILE = ['<a href="http://x.example">x</a>', "<b>bold</b>", "<br>", "%{y}", "%{customdata[0]}", "</extra>"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_papers_say_is_text_in_a_figure_and_never_markup_or_a_template(text: str) -> None:
    lying, standing = (bars([text, "b"], [1, 2], title=text, label="l", over_time=time) for time in (False, True))
    several = stacked([text, "b"], {text: [1, 2], "b": [1, 2]}, title=text, label="l")
    for chart in (lying, standing, several):
        assert chart
        go.Figure(chart.to_plotly_json())
        for said in strings(chart.to_plotly_json()):
            assert not re.search(r"<\w|</", said.replace("<extra></extra>", ""))
        for trace in chart.data:
            assert set(re.findall(r"%{(.*?)}", trace["hovertemplate"])) <= {"customdata", "x", "y"}


def test_quotes_and_other_scripts_stand_in_a_figure_as_they_are() -> None:
    names = ['織機 “gears”, "cogs"', "Ünïcödé & co; 'tis"]
    chart = bars(names, [2, 1], title="t", label="l", over_time=False)
    assert chart
    assert [name for name, _ in longest_first(chart)] == names


# ---- lists of papers


def test_papers_come_in_the_order_in_which_they_went_in(assistant: Assistant) -> None:
    assert [paper.title for paper in assistant.papers()] == [paper.title for paper in PAPERS]
    chosen = assistant.papers(Filters(excluding=(Filters(years=(2018, 2018)),)))
    assert [paper.title for paper in chosen] == ["Gears", "Bernoulli", "Tides", "Notes"]


def test_a_list_of_papers_is_a_row_a_paper(assistant: Assistant) -> None:
    (row,) = assistant.papers(Filters(title="Cards")).to_rows()
    assert row == {
        "key": "lovelace2018cards",
        "title": "Cards",
        "authors": f"{ADA}; {BABBAGE}",
        "authors_complete": True,
        "year": 2018,
        "date": "2018-11-30",
        "category": "LG",
        "has_code": False,
        "affiliation": None,
        "url": None,
    }


def test_facets_of_a_paper_come_with_their_quotes(assistant: Assistant) -> None:
    (facet,) = assistant.facets("lovelace2018looms")
    text = assistant.paper("lovelace2018looms").text
    assert (facet.kind, facet.name, text[facet.start : facet.end]) == ("dataset", "WeaveBank", "dataset WeaveBank.")
    assert assistant.facets("lovelace2018cards") == []


def test_facets_of_a_paper_that_is_not_there_are_refused_with_the_nearest_key(assistant: Assistant) -> None:
    with pytest.raises(PaperNotFound, match="lovelace2018looms"):
        assistant.facets("lovelace2018loom")


# ---- words


@pytest.mark.parametrize(
    ("number", "subject", "said"),
    [
        (0, "papers", "0 papers"),
        (1, "papers", "1 paper"),
        (2, "papers", "2 papers"),
        (1234567, "papers", "1,234,567 papers"),
        (1, "categories", "1 category"),
        (3, "categories", "3 categories"),
        (1, "datasets", "1 dataset introduced"),
        (2, "code", "2 links to code"),
    ],
)
def test_numbers_agree_with_what_they_count(number: int, subject: Any, said: str) -> None:
    assert counted(number, subject) == said


@pytest.mark.parametrize(
    ("words", "said"), [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")]
)
def test_words_are_joined_as_a_reader_says_them(words: list[str], said: str) -> None:
    assert join(words) == said
    assert join(words, "or") == said.replace(" and ", " or ")


@pytest.mark.parametrize(
    ("date", "said"), [("2025-12-02", "2 December 2025"), ("2025-12", "December 2025"), ("2025", "2025")]
)
def test_dates_are_as_exact_in_words_as_they_are(date: str, said: str) -> None:
    assert date_in_words(date) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        (0, 5, "0%"),
        (5, 5, "100%"),
        (1, 4, "25%"),
        (1, 3, "33.3%"),
        (2, 3, "66.7%"),
        (1, 1000, "0.1%"),
        (0, 0, "0%"),
    ],
)
def test_shares_are_told_in_whole_per_cents_or_with_one_decimal(part: int, whole: int, said: str) -> None:
    assert percent(part, whole) == said


@pytest.mark.parametrize(("part", "whole"), [(1, 10_000), (9_999, 10_000)])
def test_some_are_never_told_as_none_or_as_all(part: int, whole: int) -> None:
    assert percent(part, whole) not in ("0%", "100%")


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(), ""),
        (Filters(has_code=True), " with code"),
        (Filters(has_code=False), " without code"),
        (Filters(years=(2018, 2021)), " from 2018 to 2021"),
        (Filters(years=(2018, 2018)), " from 2018"),
        (Filters(years=(2018, None)), " from 2018 on"),
        (Filters(years=(None, 2018)), " until 2018"),
        (Filters(dates=("2019-05", "2019-05")), " of May 2019"),
        (Filters(dates=("2019-05", None)), " from May 2019 on"),
        (Filters(dates=(None, "2019-05-31")), " until 31 May 2019"),
        (Filters(dates=("2019-05", "2020")), " from May 2019 to 2020"),
        (Filters(categories=("CL", "LG")), " in the category CL or LG"),
        (Filters(affiliations=("Royal Society",)), " with the affiliation Royal Society"),
        (Filters(venues=("ACL", "NAACL")), " with the venue ACL or NAACL"),
        (Filters(venues=("workshop",)), " at a workshop"),
        (Filters(authors=(ADA, BABBAGE)), f" showing {ADA} and {BABBAGE} among the authors"),
        (Filters(first_authors=(ADA, BABBAGE)), f" with {ADA} or {BABBAGE} as first author"),
        (Filters(last_authors=(ADA,)), f" with {ADA} as last author"),
        (Filters(mentions=(("loom", "card"),)), " mentioning loom or card"),
        (Filters(title="Looms"), " with “Looms” in the title"),
        (Filters(title=("power", "looms")), " with “power” and “looms” in the title"),
        (Filters(topic="power looms"), " on “power looms”"),
        (Filters(introduces=("dataset", "method")), " introducing a dataset or a method or system"),
        (Filters(papers=("a", "b", "c")), " among 3 chosen"),
        (Filters(excluding=(Filters(categories=("CL",)),)), " leaving out those in the category CL"),
        (Filters(topic="looms", has_code=True, years=(2018, None)), " on “looms” with code from 2018 on"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_filters_are_told_in_words_that_stand_after_papers(filters: Filters, said: str) -> None:
    assert conditions(filters) == said


def test_no_filter_goes_unsaid() -> None:
    examples: dict[str, Any] = dict.fromkeys(Filters.__slots__, ("dataset",))
    examples |= {"years": (2018, None), "dates": ("2018", None), "months": (5,), "has_code": True}
    examples |= {"author_count": 1, "author_range": (2, None), "placed_authors": ((2, "x"),), "has_affiliation": False}
    examples |= {"title": "x", "topic": "x", "mentions": (("x",),), "excluding": (Filters(title="x"),)}
    assert [name for name, value in examples.items() if not conditions(replace(Filters(), **{name: value}))] == []


def test_what_a_user_asked_for_is_no_markup_in_an_answer(assistant: Assistant) -> None:
    for said, shown in (("[1]", r"\[1\]"), ("*bold*", r"\*bold\*")):
        answer = assistant.ask("How many papers are there?", filters=Filters(title=said))
        assert shown in answer.text


# ---- three dimensions


def test_things_by_two_dimensions_keep_every_paper_and_say_where_one_is_not_named(sample_library: Library) -> None:
    catalogue = Catalogue(sample_library, Retriever(sample_library))
    groups = catalogue.group(catalogue.papers, "method")
    table, behind = nested_table(catalogue, catalogue.papers, groups, ("method", "dataset_used", "year"))
    assert len(table.rows) == len(behind) == len(table.keys)
    assert all(row["papers"] == sum(row[str(year)] for year in range(2018, 2026)) for row in table.rows)
    assert {key for keys in table.keys for key in keys} == {p.key for group in groups for p in group.papers}
    assert any(row["dataset"] == "none named" for row in table.rows)
