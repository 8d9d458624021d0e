"""Which papers are on a topic: the real model over made-up papers of several fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.analysis.facets import Facet
from assistant.answers import Filters
from assistant.catalogue import Catalogue
from assistant.library import Library
from assistant.papers import ABSTRACT, TITLE, Paper, Section
from assistant.relevance import Topical, split_topic
from assistant.retrieval import Retriever
from tests.children import open_at
from vectorstore.embeddings import EmbeddingModel


def make_paper(title: str, abstract: str, year: int) -> Paper:
    text = f"{title}\n\n{abstract}" if abstract else title
    sections = [Section(TITLE, 0, len(title))]
    if abstract:
        sections.append(Section(ABSTRACT, len(title) + 2, len(text)))
    return Paper("", title, text, tuple(sections), date=str(year))


HONEYBEES = make_paper(
    "Foraging distances of honeybees in farmland",
    "We tracked honeybees with radio tags. Bees that forage near orchards fly shorter distances and bring more pollen.",
    2018,
)
BUMBLEBEES = make_paper(
    "Bumblebee colonies decline near treated fields",
    "Insecticides harm the colonies of bumblebees. Queens in treated fields reared fewer workers.",
    2019,
)
BRIDGES = make_paper(
    "Fatigue cracks in steel bridges",
    "Traffic loads open cracks in the welds of steel bridges. We monitor three bridges with strain gauges for a year.",
    2019,
)
GLACIERS = make_paper(
    "Meltwater under alpine glaciers",
    "We surveyed four glaciers with ground penetrating radar (GPR). GPR shows channels of meltwater below the ice.",
    2020,
)
LAW = make_paper(
    "Dowries in the courts of medieval Florence",
    "Widows sued for their dowries. We read 400 court records of the fifteenth century.",
    2021,
)
TITLE_ALONE = make_paper("Sea ice thickness from radar altimetry", "", 2022)
PAPERS = [HONEYBEES, BUMBLEBEES, BRIDGES, GLACIERS, LAW, TITLE_ALONE]


def describe(paper: Paper) -> tuple[Facet, ...]:
    """The glaciers' paper brings a dataset, and no other brings anything."""
    return (Facet("dataset", "GlacierSet", 0, len(paper.title)),) if paper.title == GLACIERS.title else ()


@pytest.fixture(scope="module")
def library(model: EmbeddingModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with open_at(tmp_path_factory.mktemp("relevance"), model) as opened:
        opened.ingest(PAPERS, describe=describe)
        yield opened


@pytest.fixture(scope="module")
def topical(library: Library) -> Topical:
    return Topical(Retriever(library))


@pytest.fixture(scope="module")
def on(library: Library) -> Callable[[str], set[str]]:
    """The titles of the papers on a topic."""
    catalogue = Catalogue(library, Retriever(library))
    return lambda topic: {paper.title for paper in catalogue.select(Filters(topic=topic)).papers}


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("honeybees", [HONEYBEES]),
        ("steel bridges", [BRIDGES]),
        ("steel bridge", [BRIDGES]),
        ("widows and their dowries", [LAW]),
        ("altimetry", [TITLE_ALONE]),
        ("radar", [GLACIERS, TITLE_ALONE]),
        ("glaciers or steel bridges", [BRIDGES, GLACIERS]),
        ("dowries and bridges", [BRIDGES, LAW]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_all_papers_that_say_a_topic_are_on_it_and_no_others(
    on: Callable[[str], set[str]], topic: str, expected: list[Paper]
) -> None:
    assert on(topic) == {paper.title for paper in expected}


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("pollinating insects", [HONEYBEES, BUMBLEBEES]),
        ("melting of mountain ice", [GLACIERS]),
        ("legal history", [LAW]),
        ("structural engineering", [BRIDGES]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_papers_that_say_a_topic_in_other_words_come_first(
    library: Library, topical: Topical, topic: str, expected: list[Paper]
) -> None:
    rows = topical.rank(topic, list(library.papers.values()))
    assert {row.paper.title for row in rows[: len(expected)]} == {paper.title for paper in expected}


def test_a_topic_written_in_full_finds_its_initials_and_the_reverse(on: Callable[[str], set[str]]) -> None:
    assert GLACIERS.title in on("ground penetrating radar")
    assert GLACIERS.title in on("GPR")


@pytest.mark.parametrize("topic", ["quantum chromodynamics", "speech recognition", "tax policy", "zxqv"])
def test_nothing_is_on_a_topic_of_another_field(on: Callable[[str], set[str]], topic: str) -> None:
    assert on(topic) == set()


@pytest.mark.parametrize(
    "topic", ["", "?", "the", "papers", "of and or", "蜜蜂", "bees " * 100], ids=lambda topic: repr(topic[:12])
)
def test_words_that_say_no_topic_do_no_harm(library: Library, topical: Topical, topic: str) -> None:
    rows = topical.rank(topic, list(library.papers.values()))
    assert len(rows) == len(PAPERS)


def test_every_paper_is_ranked_once_surest_first_with_a_probability(library: Library, topical: Topical) -> None:
    rows = topical.rank("bees or glaciers", list(library.papers.values()))
    assert sorted(row.paper.key for row in rows) == sorted(library.papers)
    scores = [row.score for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_order_of_the_papers_and_asking_again_change_nothing(library: Library, topical: Topical) -> None:
    papers = list(library.papers.values())
    assert topical.rank("bees", papers) == topical.rank("bees", papers[::-1]) == topical.rank("bees", papers)


def test_the_sentence_that_shows_it_is_the_papers_own(library: Library, topical: Topical) -> None:
    best = topical.rank("insecticides", list(library.papers.values()))[0]
    assert best.sentence
    assert best.paper.text[best.sentence.start : best.sentence.end] == "Insecticides harm the colonies of bumblebees."


def test_no_sentence_is_needed_where_the_title_shows_it(library: Library, topical: Topical) -> None:
    for topic, title in (("steel bridges", BRIDGES.title), ("sea ice thickness", TITLE_ALONE.title)):
        best = topical.rank(topic, list(library.papers.values()))[0]
        assert (best.paper.title, best.sentence) == (title, None)


def test_no_papers_are_on_no_topic(topical: Topical) -> None:
    assert topical.rank("bees", []) == []


@pytest.mark.parametrize("years", [(2018, 2018), (2019, 2019), (2020, 2022)])
@pytest.mark.parametrize("topic", ["honeybee colonies", "insecticides in orchards", "radar", "sea ice", "field work"])
def test_whether_a_paper_is_on_a_topic_does_not_hang_on_the_other_filters(
    library: Library, topic: str, years: tuple[int, int]
) -> None:
    catalogue = Catalogue(library, Retriever(library))
    anywhere = catalogue.select(Filters(topic=topic)).papers
    inside = catalogue.select(Filters(topic=topic, years=years)).papers
    assert list(inside) == [paper for paper in anywhere if Filters(years=years).admits(paper)]


@pytest.mark.parametrize(
    ("topic", "found"), [("foraging bees", True), ("honeybees", True), ("steel bridges", False), ("tax policy", False)]
)
def test_a_library_of_one_paper_tells_its_topic_from_others(
    model: EmbeddingModel, tmp_path: Path, topic: str, found: bool
) -> None:
    with open_at(tmp_path, model) as library:
        library.ingest([HONEYBEES])
        chosen = Catalogue(library, Retriever(library)).select(Filters(topic=topic))
        assert bool(chosen.papers) is found
        assert len(chosen.near) == (0 if found else 1)


def test_what_comes_near_is_nearest_first_and_on_nothing_asked(library: Library) -> None:
    chosen = Catalogue(library, Retriever(library)).select(Filters(topic="volcanic eruptions in Iceland"))
    assert chosen.papers == ()
    assert len(chosen.near) == 3


def test_a_topic_that_nothing_introduced_is_on_is_left_out_and_said_so(library: Library) -> None:
    catalogue = Catalogue(library, Retriever(library))
    chosen = catalogue.select(Filters(topic="volcanic eruptions in Iceland", introduces=("dataset",)))
    assert [paper.title for paper in chosen.papers] == [GLACIERS.title]
    assert [note for note in chosen.notes if "volcanic eruptions in Iceland" in note]


@pytest.mark.parametrize(("topic", "out"), [("steel bridges", {BRIDGES.title}), ("speech recognition", set())])
def test_papers_on_a_topic_can_be_left_out(library: Library, topic: str, out: set[str]) -> None:
    chosen = Catalogue(library, Retriever(library)).select(Filters(excluding=(Filters(topic=topic),)))
    assert {paper.title for paper in chosen.papers} == {paper.title for paper in PAPERS} - out


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        ("bees", ["bees"]),
        ("bees or bridges", ["bees", "bridges"]),
        ("bees, bridges or steel cranes", ["bees", "bridges", "steel cranes"]),
        ("bees/bridges; ice", ["bees", "bridges", "ice"]),
        ("bees and bridges", ["bees", "bridges"]),
        ("pollen as well as nectar", ["pollen", "nectar"]),
        ("research and development of engines", ["research and development of engines"]),
        ("horizon", ["horizon"]),
        ("or", ["or"]),
        ("", [""]),
    ],
)
def test_a_topic_is_split_where_each_part_says_enough_alone(topic: str, parts: list[str]) -> None:
    assert split_topic(topic) == parts
