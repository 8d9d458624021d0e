"""The catalogue: which papers filters choose and what shows it, how they fall into groups, what is kept of them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from assistant.analysis.facets import Facet, FacetKind, extract
from assistant.answers import Dimension, Filters, find_term
from assistant.catalogue import Catalogue, Group
from assistant.library import Library, reindex, stored_facets
from assistant.papers import ABSTRACT, Paper, Section
from assistant.retrieval import Retriever
from assistant.settings import load
from tests.children import open_at
from tests.papers import ADA, BABBAGE, PAPERS, SOMERVILLE, describe, make_paper

ALL = [paper.title for paper in PAPERS]


def catalogue_of(library: Library) -> Catalogue:
    return Catalogue(library, Retriever(library))


def titles(papers: Iterable[Paper]) -> list[str]:
    return [paper.title for paper in papers]


def counts(groups: Iterable[Group]) -> dict[str | int, list[str]]:
    return {group.value: titles(group.papers) for group in groups}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The six papers. Shared: read it only."""
    with open_at(tmp_path_factory.mktemp("catalogue")) as opened:
        opened.ingest(PAPERS, describe=describe)
        yield opened


@pytest.fixture(scope="module")
def catalogue(library: Library) -> Catalogue:
    return catalogue_of(library)


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Callable[..., Library]]:
    """Opens the library of this test, closing it first where it is open, and takes papers in."""
    opened: list[Library] = []

    def open_with(*papers: Paper) -> Library:
        while opened:
            opened.pop().close()
        opened.append(open_at(tmp_path))
        opened[0].ingest(papers, describe=describe)
        return opened[0]

    yield open_with
    for library in opened:
        library.close()


# ---- choosing

CHOICES: dict[str, tuple[Filters, list[str]]] = {
    "all without a filter": (Filters(), ALL),
    "years, both ends included": (Filters(years=(2018, 2019)), ALL[:4]),
    "years from one on": (Filters(years=(2019, None)), ["Gears", "Bernoulli", "Tides"]),
    "years up to one": (Filters(years=(None, 2018)), ["Looms", "Cards"]),
    "a year between two papers": (Filters(years=(2020, 2020)), []),
    "a month": (Filters(dates=("2019-05", "2019-05")), ["Gears", "Bernoulli"]),
    "before a day": (Filters(dates=(None, "2018-11-29")), ["Looms"]),
    "from a day on": (Filters(dates=("2019-05-03", None)), ["Bernoulli", "Tides"]),
    "to the end of a year": (Filters(dates=("2018-04", "2018")), ["Cards"]),
    "a category in another case": (Filters(categories=("lg",)), ["Cards", "Gears"]),
    "either category": (Filters(categories=("LG", "CL")), ALL[:4]),
    "a part of an affiliation": (Filters(affiliations=("royal",)), ["Looms"]),
    "with code": (Filters(has_code=True), ["Looms", "Tides"]),
    "without code": (Filters(has_code=False), ["Cards", "Gears", "Bernoulli", "Notes"]),
    "an author at any place": (Filters(authors=("charles babbage",)), ["Cards", "Gears", "Bernoulli"]),
    "two authors together": (Filters(authors=(ADA, BABBAGE)), ["Cards", "Gears"]),
    "either first author": (Filters(first_authors=(BABBAGE, SOMERVILLE)), ["Gears", "Bernoulli", "Tides"]),
    "a last author, of whole lists only": (Filters(last_authors=(BABBAGE, SOMERVILLE)), ["Cards"]),
    "the only author comes first and last": (Filters(first_authors=(ADA,), last_authors=(ADA,)), ["Looms"]),
    "one author alone": (Filters(author_count=1), ["Looms"]),
    "two authors, of whole lists only": (Filters(author_count=2), ["Cards", "Gears"]),
    "who comes second": (Filters(placed_authors=((2, BABBAGE),)), ["Cards"]),
    "a month of any year": (Filters(months=(3, 5)), ["Looms", "Gears", "Bernoulli"]),
    "with an affiliation": (Filters(has_affiliation=True), ["Looms"]),
    "without an affiliation": (Filters(has_affiliation=False), ALL[1:]),
    "a word of the title": (Filters(title="GEAR"), ["Gears"]),
    "two words of the title": (Filters(title=("S", "ar")), ["Cards", "Gears"]),
    "a term": (Filters(mentions=(("loom",),)), ["Looms", "Cards"]),
    "either term": (Filters(mentions=(("loom", "shuttle"),)), ["Looms", "Cards", "Gears"]),
    "one term of each group": (Filters(mentions=(("loom", "shuttle"), ("gear",))), ["Cards", "Gears"]),
    "what brings a dataset": (Filters(introduces=("dataset",)), ["Looms"]),
    "what brings either": (Filters(introduces=("dataset", "method")), ["Looms", "Gears"]),
    "all but a category": (Filters(excluding=(Filters(categories=("CL",)),)), ["Cards", "Gears", "Tides", "Notes"]),
    "all but an author's": (Filters(excluding=(Filters(authors=(ADA,)),)), ["Bernoulli", "Tides", "Notes"]),
    "with code, but not of that year": (Filters(has_code=True, excluding=(Filters(years=(2018, 2018)),)), ["Tides"]),
    "all but what either leaves out": (
        Filters(excluding=(Filters(categories=("CL",)), Filters(has_code=True))), ["Cards", "Gears", "Notes"],
    ),
    "all but those that bring a dataset": (Filters(excluding=(Filters(introduces=("dataset",)),)), ALL[1:]),
}  # fmt: skip


@pytest.mark.parametrize(("filters", "expected"), CHOICES.values(), ids=CHOICES)
def test_filters_choose_papers_oldest_first_and_those_without_a_date_last(
    catalogue: Catalogue, filters: Filters, expected: list[str]
) -> None:
    assert titles(catalogue.select(filters).papers) == expected


@pytest.mark.parametrize("filters", [filters for filters, _ in CHOICES.values()], ids=CHOICES)
def test_each_chosen_paper_has_a_span_of_its_text_that_shows_why(catalogue: Catalogue, filters: Filters) -> None:
    chosen = catalogue.select(filters)
    for paper in chosen.papers:
        start, end = chosen.spans[paper.key]
        assert 0 <= start < end <= len(paper.text)
        assert paper.section_at(start)


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        (Filters(mentions=(("gears",),), title="Cards"), "Gears turn."),
        (Filters(first_authors=(ADA,), title="Cards"), ADA),
        (Filters(authors=(BABBAGE,), title="Cards"), BABBAGE),
        (Filters(last_authors=(BABBAGE,)), BABBAGE),
        (Filters(title="Cards"), "Cards"),
        (Filters(years=(2018, 2018), categories=("LG",)), "LG 2018-11-30"),
        (Filters(introduces=("dataset",)), "dataset WeaveBank."),
    ],
    ids=["term", "first author", "author", "last author", "title", "record", "dataset"],
)
def test_the_span_is_what_meets_the_filter(catalogue: Catalogue, filters: Filters, shown: str) -> None:
    chosen = catalogue.select(filters)
    paper = chosen.papers[0]
    start, end = chosen.spans[paper.key]
    assert paper.text[start:end] == shown


def test_a_paper_without_a_listing_line_shows_its_title(catalogue: Catalogue) -> None:
    chosen = catalogue.select(Filters(papers=tuple(catalogue.library.papers)))
    notes = chosen.papers[-1]
    start, end = chosen.spans[notes.key]
    assert notes.text[start:end] == "Notes"


@pytest.mark.parametrize(
    ("filters", "unlisted"),
    [
        (Filters(authors=(ADA,)), 2),
        (Filters(authors=(SOMERVILLE,)), 0),
        (Filters(authors=(ADA,), years=(2019, 2019)), 1),
        (Filters(authors=(ADA,), years=(2018, 2018)), 0),
        (Filters(last_authors=(BABBAGE,)), 2),
        (Filters(first_authors=(ADA,)), 0),
        (Filters(years=(2019, 2021)), 0),
    ],
    ids=["author", "shown in all", "in a year", "no cut list that year", "last author", "first author", "no author"],
)
def test_lists_that_end_in_et_al_are_counted_where_they_might_hide_the_author(
    catalogue: Catalogue, filters: Filters, unlisted: int
) -> None:
    assert catalogue.select(filters).unlisted == unlisted


# ---- filters

JOINED: dict[str, tuple[Filters, Filters]] = {
    "years": (Filters(years=(2018, 2019)), Filters(years=(2019, None))),
    "years apart": (Filters(years=(None, 2018)), Filters(years=(2021, None))),
    "a month in a year, at its start": (Filters(dates=("2018", None)), Filters(dates=("2018-04", None))),
    "a month in a year, at its end": (Filters(dates=(None, "2018")), Filters(dates=(None, "2018-04"))),
    "categories": (Filters(categories=("CL", "LG")), Filters(categories=("lg",))),
    "categories apart": (Filters(categories=("CL",)), Filters(categories=("LG",))),
    "authors": (Filters(authors=(ADA,)), Filters(authors=(BABBAGE,))),
    "first authors": (Filters(first_authors=(ADA, BABBAGE)), Filters(first_authors=(BABBAGE,))),
    "a first author by part of the name": (Filters(first_authors=("Babbage",)), Filters(first_authors=(BABBAGE,))),
    "code": (Filters(has_code=True), Filters(years=(2018, 2018))),
    "code and none": (Filters(has_code=True), Filters(has_code=False)),
    "months": (Filters(months=(3, 5)), Filters(months=(5, 11))),
    "months apart": (Filters(months=(3,)), Filters(months=(5,))),
    "places": (Filters(placed_authors=((1, ADA),)), Filters(placed_authors=((2, BABBAGE),))),
    "terms": (Filters(mentions=(("loom",),)), Filters(mentions=(("gear",),))),
    "things introduced": (Filters(introduces=("dataset", "method")), Filters(introduces=("dataset",))),
    "two words of the title": (Filters(title="ar"), Filters(title="ge")),
    "a word of the title and no other": (Filters(title="ar"), Filters(title="ar")),
    "two things left out": (
        Filters(excluding=(Filters(categories=("CL",)),)),
        Filters(excluding=(Filters(authors=("Mary Somerville",)),)),
    ),
    "what is left out": (Filters(excluding=(Filters(categories=("CL",)),)), Filters(has_code=False)),
}


@pytest.mark.parametrize(("one", "other"), JOINED.values(), ids=JOINED)
def test_joined_filters_choose_what_both_choose(catalogue: Catalogue, one: Filters, other: Filters) -> None:
    both = [title for title in titles(catalogue.select(one).papers) if title in titles(catalogue.select(other).papers)]
    assert titles(catalogue.select(one.joined(other)).papers) == both
    assert titles(catalogue.select(other.joined(one)).papers) == both


@pytest.mark.parametrize("filters", [filters for filters, _ in CHOICES.values()], ids=CHOICES)
def test_filters_joined_with_none_stay_as_they_are(filters: Filters) -> None:
    assert filters.joined(Filters()) == Filters().joined(filters) == filters


def test_filters_go_into_json_with_what_is_set_alone() -> None:
    filters = Filters(
        years=(2018, None), has_code=False, mentions=(("loom", "shuttle"),), excluding=(Filters(authors=(ADA,)),)
    )
    assert json.loads(json.dumps(filters.to_dict())) == {
        "years": [2018, None],
        "has_code": False,
        "mentions": [["loom", "shuttle"]],
        "excluding": [{"authors": [ADA]}],
    }
    assert Filters().to_dict() == {}
    assert not Filters()
    assert filters


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("loom", "Many Looms weave.", "Looms"),
        ("power loom", "A power-\nloom weaves.", "power-\nloom"),
        ("power-loom", "A power loom weaves.", "power loom"),
        ("C++", "We use C++, mostly.", "C++"),
        (".NET", "Built on .NET.", ".NET"),
        ("BERT", "Bert asks what BERT is.", "BERT"),
        ("Ångström", "One ångström wide.", "ångström"),
        ("织机", "关于 织机 的研究", "织机"),
        ("loom", "Heirloom seeds bloom.", None),
        ("GEAR", "The gear turns.", None),
        ("a.b", "An aXb.", None),
    ],
)  # fmt: skip
def test_a_term_is_found_as_words_of_its_own(term: str, text: str, found: str | None) -> None:
    paper = Paper("k", "", text, (Section(ABSTRACT, 0, len(text)),))
    span = find_term(term, paper)
    assert (span and text[slice(*span)]) == found


# ---- grouping


@pytest.mark.parametrize("dimension", get_args(Dimension))
def test_each_group_has_papers_each_with_a_span_of_its_text(catalogue: Catalogue, dimension: Dimension) -> None:
    for group in catalogue.group(catalogue.papers, dimension):
        assert group.papers
        assert set(group.spans) == {paper.key for paper in group.papers}
        for paper in group.papers:
            start, end = group.spans[paper.key]
            assert 0 <= start < end <= len(paper.text)


def test_years_come_in_order_and_papers_without_one_are_in_none(catalogue: Catalogue) -> None:
    assert counts(catalogue.group(catalogue.papers, "year")) == {
        2018: ["Looms", "Cards"],
        2019: ["Gears", "Bernoulli"],
        2021: ["Tides"],
    }


def test_a_date_that_is_but_a_year_is_in_no_month(catalogue: Catalogue) -> None:
    assert counts(catalogue.group(catalogue.papers, "month")) == {
        "2018-03": ["Looms"],
        "2018-11": ["Cards"],
        "2019-05": ["Gears", "Bernoulli"],
    }


def test_values_come_by_how_many_papers_have_them_then_by_name(catalogue: Catalogue) -> None:
    assert list(counts(catalogue.group(catalogue.papers, "author"))) == [ADA, BABBAGE, SOMERVILLE]
    assert list(counts(catalogue.group(catalogue.papers[:3], "category"))) == ["LG", "CL"]
    assert list(counts(catalogue.group(catalogue.papers[1:3], "first_author"))) == [ADA, BABBAGE]


def test_a_paper_is_in_the_group_of_each_of_its_authors_at_their_line(catalogue: Catalogue) -> None:
    groups = catalogue.group([paper for paper in catalogue.papers if paper.title == "Cards"], "author")
    assert counts(groups) == {ADA: ["Cards"], BABBAGE: ["Cards"]}
    for group in groups:
        paper = group.papers[0]
        assert str(group.value) in paper.text[slice(*group.spans[paper.key])]


def test_values_can_be_left_out_whatever_their_case(catalogue: Catalogue) -> None:
    groups = catalogue.group(catalogue.papers, "author", but=["ada LOVELACE"])
    assert [group.value for group in groups] == [BABBAGE, SOMERVILLE]


def test_one_name_with_and_without_its_accents_is_one_author(hold: Callable[..., Library]) -> None:
    decomposed = unicodedata.normalize("NFD", "Émilie du Châtelet")
    library = hold(
        make_paper("Fire", authors=("Émilie du Châtelet",)),
        make_paper("Light", authors=("Emilie du Chatelet",)),
        make_paper("Force", authors=(decomposed,)),
    )
    groups = catalogue_of(library).group(list(library.papers.values()), "author")
    assert [(group.value, len(group.papers)) for group in groups] == [("Émilie du Châtelet", 3)]


def test_papers_with_code_and_without_are_two_groups(catalogue: Catalogue) -> None:
    groups = counts(catalogue.group(catalogue.papers, "code"))
    assert groups == {"without code": ["Cards", "Gears", "Bernoulli", "Notes"], "with code": ["Looms", "Tides"]}


# ---- libraries of 0, 1 and 2 papers


@pytest.mark.parametrize("dimension", get_args(Dimension))
def test_an_empty_library_has_no_groups(hold: Callable[..., Library], dimension: Dimension) -> None:
    assert catalogue_of(hold()).group([], dimension) == []


def test_an_empty_library_chooses_nothing_and_has_no_topics(hold: Callable[..., Library]) -> None:
    catalogue = catalogue_of(hold())
    assert catalogue.papers == []
    assert catalogue.select(Filters(topic="looms", authors=(ADA,), introduces=("method",))).papers == ()
    assert catalogue.topics.topics == ()


@pytest.mark.parametrize("papers", [PAPERS[:1], PAPERS[:2], PAPERS[-1:]], ids=["one", "two", "one with a title alone"])
def test_in_a_small_library_each_paper_is_in_one_topic(hold: Callable[..., Library], papers: list[Paper]) -> None:
    library = hold(*papers)
    groups = catalogue_of(library).group(list(library.papers.values()), "topic")
    assert sorted(title for group in groups for title in titles(group.papers)) == sorted(titles(papers))


# ---- facets are kept


class Reader:
    """Describes papers and keeps which it was asked for."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, paper: Paper) -> tuple[Facet, ...]:
        self.read.append(paper.title)
        return describe(paper)


def test_facets_are_read_of_papers_that_are_new_or_changed_and_of_no_others(hold: Callable[..., Library]) -> None:
    library, reader = hold(), Reader()
    library.ingest(PAPERS[:2], describe=reader)
    assert reader.read == ["Looms", "Cards"]
    library.ingest(PAPERS[:3], describe=reader)
    assert reader.read == ["Looms", "Cards", "Gears"]
    library.ingest([make_paper("Looms", "Our method WeaveNet.", date="2018-03-05")], describe=reader)
    assert reader.read == ["Looms", "Cards", "Gears", "Looms"]
    looms = next(key for key, paper in library.papers.items() if paper.title == "Looms")
    assert [facet.name for facet in library.facets[looms]] == ["WeaveNet"]


def test_facets_are_there_after_reopening_as_they_were_read(hold: Callable[..., Library]) -> None:
    before = dict(hold(*PAPERS).facets)
    assert [facet.name for facets in before.values() for facet in facets] == ["WeaveBank", "GearNet"]
    assert hold().facets == before


def test_facets_outlive_another_embedding_model(tmp_path: Path, hold: Callable[..., Library]) -> None:
    before = dict(hold(*PAPERS[:3]).facets)
    hold().close()
    with reindex(load(data_dir=tmp_path, library="test")) as library:
        assert library.facets == before


def test_facets_of_other_rules_are_read_anew(hold: Callable[..., Library]) -> None:
    library = hold(make_paper("Looms", "We introduce WeaveBank, a new dataset of 500 patterns for weaving."))
    (key,) = library.papers
    paper, record = library.paper(key), library.store.documents[key]
    stale = json.dumps([0, [["method", "Stale", 0, 5, "", "rules"]]])
    for fields in ({**record.fields, "facets": stale}, {k: v for k, v in record.fields.items() if k != "facets"}):
        assert stored_facets(replace(record, fields=fields), paper) == extract(paper)


def test_facets_can_be_asked_for_by_kind(catalogue: Catalogue) -> None:
    gears = next(paper for paper in catalogue.papers if paper.title == "Gears")
    wanted: list[tuple[tuple[FacetKind, ...], list[str]]] = [
        ((), ["GearNet"]),
        (("method",), ["GearNet"]),
        (("dataset",), []),
    ]
    for kinds, names in wanted:
        assert [facet.name for facet in catalogue.facets(gears.key, *kinds)] == names


# ---- topics are kept


def topics_file(library: Library) -> Path:
    return library.store.directory / "topics.json"


def test_topics_are_kept_beside_the_store_and_read_again_after_reopening(hold: Callable[..., Library]) -> None:
    library = hold(*PAPERS)
    found = catalogue_of(library).topics
    file = topics_file(library)
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert catalogue_of(hold()).topics == found
    kept["topics"][0]["label"] = "as it was kept"
    file.write_text(json.dumps(kept), encoding="utf-8")
    assert catalogue_of(hold()).topics.topics[0].label == "as it was kept"


def test_topics_hold_a_new_paper_and_no_removed_one(hold: Callable[..., Library]) -> None:
    library = hold(*PAPERS)
    before = catalogue_of(library).topics
    library.ingest([make_paper("Umbrellas")], describe=describe)
    library.remove([next(iter(library.papers))])
    found = catalogue_of(library).topics
    assert found != before
    assert sorted(key for topic in found.topics for key in topic.papers) == sorted(library.papers)


def test_topics_are_the_same_whatever_the_order_in_which_papers_came(
    library: Library, hold: Callable[..., Library]
) -> None:
    assert catalogue_of(hold(*reversed(PAPERS))).topics == catalogue_of(library).topics


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"topics": null}',
        b'{"topics": [{"label": "x"}]}',
        b'{"topics": [], "floor": 0, "size": "x", "changed": 0}',
        b'{"topics": [], "floor": "0", "size": 3, "changed": 0}',
        b'{"topics": [{"label": 1, "terms": "x", "papers": [2], "centroid": null}]}',
        b"\xff\xfe\x00",
    ],
)
def test_a_broken_file_of_topics_is_harmless_and_replaced(hold: Callable[..., Library], content: bytes) -> None:
    library = hold(*PAPERS[:3])
    found = catalogue_of(library).topics
    whole = topics_file(library).read_bytes()
    topics_file(library).write_bytes(content)
    assert catalogue_of(library).topics == found
    assert topics_file(library).read_bytes() == whole


def test_where_topics_cannot_be_kept_they_are_found_all_the_same(hold: Callable[..., Library]) -> None:
    library = hold(*PAPERS[:3])
    topics_file(library).mkdir()
    assert catalogue_of(library).topics == catalogue_of(library).topics
    assert topics_file(library).is_dir()


def test_topics_are_not_found_before_they_are_asked_for(hold: Callable[..., Library]) -> None:
    library = hold(*PAPERS[:2])
    catalogue_of(library).select(Filters(years=(2018, 2018)))
    assert not topics_file(library).exists()
