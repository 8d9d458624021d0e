"""When two records are one paper, and what the paper is then."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.merging import (
    PaperIndex,
    SourceRecord,
    compare,
    digest,
    from_json,
    is_preprint,
    merge,
    to_json,
    updated,
)
from assistant.papers import ABSTRACT, REFERENCES, Paper, Section
from assistant.sources.entries import Entry

WEAVERS = ("Ada Lovelace", "Charles Babbage", "Mary Somerville")


def entry(title: str = "Engines that Weave", place: str = "a.bib, line 1", **fields: object) -> Paper:
    paper = Entry(**{"title": title, "authors": WEAVERS, "date": "2020", **fields}).to_paper(place)  # type: ignore[arg-type]
    assert isinstance(paper, Paper)
    return paper


def record(origin: str, kind: str, paper: Paper) -> SourceRecord:
    return SourceRecord(origin, kind, paper, (digest(paper),))


def matched(known: Paper, other: Paper) -> bool:
    return PaperIndex({"known": known}).match(other).keys == ("known",)


# when records are of one paper


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (entry(ids=["doi:10.1/a"]), entry("ENGINES—that weave.", ids=["doi:10.1/a"])),
        (entry(ids=["doi:10.1/a"]), entry("Engines that Weave, Revisited", ids=["doi:10.1/a"])),
        (entry(ids=["arxiv:2001.00001"]), entry(ids=["arxiv:2001.00001", "doi:10.1/a"], date="2022")),
        (entry(), entry("Engines that weave!")),
        (entry("$k$-Engines"), entry("k-Engines")),
        (entry(authors=("Lovelace, Ada", "Babbage, C.", "Somerville, M.")), entry()),
        (entry(authors=WEAVERS[:1], authors_complete=False), entry()),
        (entry(authors=()), entry()),
        (entry("A Langauge Engine for the Weavers"), entry("A Language Engine for the Weavers")),
        (entry(date="2019", ids=["arxiv:1901.00001"]), entry(date="2021", ids=["doi:10.1/a"], venue="Looms")),
    ],
)
def test_records_are_one_paper(known: Paper, other: Paper) -> None:
    assert matched(known, other)
    assert matched(other, known)


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (entry(), entry(authors=("Ada Lovelace", "Mary Somerville", "Grace Hopper"))),
        (entry(), entry(date="2012")),
        (entry("Editorial"), entry("Editorial", date="2018")),
        (entry(ids=["doi:10.1/a"], venue="Looms"), entry(ids=["doi:10.1/b"], venue="Shuttles")),
        (entry(ids=["arxiv:2001.00001"]), entry(ids=["arxiv:2002.00002"])),
        (entry("Engines that Weave, Part 1"), entry("Engines that Weave, Part 2")),
        (entry("Supervised Weaving of Engines"), entry("Unsupervised Weaving of Engines")),
        (entry("Reply to: Engines that Weave"), entry("Engines that Weave")),
        (entry("Weaving", ids=["doi:10.1/a"]), entry("A Flood in York", authors=("A Stranger",), ids=["doi:10.1/a"])),
    ],
)
def test_records_are_two_papers(known: Paper, other: Paper) -> None:
    assert not matched(known, other)
    assert not matched(other, known)


@pytest.mark.parametrize(
    ("known", "other", "says"),
    [
        (entry(), entry(authors=("A Stranger",)), "but other authors; both were kept."),
        (entry(ids=["doi:10.1/a"]), entry(ids=["doi:10.1/b"]), "but another DOI (10.1/a); both were kept."),
        (
            entry(ids=["doi:10.1/a"]),
            entry("A Flood in York", authors=("A Stranger",), ids=["doi:10.1/a"]),
            "but another title; both were kept.",
        ),
    ],
)
def test_what_looks_like_one_paper_and_is_kept_apart_is_said(known: Paper, other: Paper, says: str) -> None:
    notice = PaperIndex({"known": known}).match(other).notice
    assert notice is not None
    assert notice.startswith("a.bib, line 1: ")
    assert notice.endswith(says)


def test_a_record_may_show_that_two_papers_are_one() -> None:
    index = PaperIndex(
        {
            "preprint": entry("Looms", ids=["arxiv:2001.00001"]),
            "published": entry("Engines that Weave on Looms", ids=["doi:10.1/a"]),
        }
    )
    both = entry("Engines that Weave on Looms", ids=["doi:10.1/a", "arxiv:2001.00001"])
    assert set(index.match(both).keys) == {"preprint", "published"}


def test_a_paper_that_is_replaced_or_dropped_is_not_found_as_it_was() -> None:
    index = PaperIndex({"a": entry(ids=["doi:10.1/a"])})
    index.put("a", entry("A Flood in York", authors=("A Stranger",)))
    assert index.match(entry(ids=["doi:10.1/a"])).keys == ()
    index.drop("a")
    assert index.match(entry("A Flood in York", authors=("A Stranger",))).keys == ()


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (entry(ids=["doi:10.18653/v1/k17-1021"]), False),
        (entry(ids=["doi:10.1101/2020.01.02.123456"]), True),
        (entry(ids=["doi:10.1101/gr.123456.111"]), False),
        (entry(ids=["arxiv:2001.00001"]), True),
        (entry(ids=["arxiv:2001.00001"], venue="Journal of Looms"), False),
        (entry(ids=["arxiv:2001.00001"], venue="arXiv preprint"), True),
        (entry(), False),
    ],
)
def test_a_preprint_shows_by_its_doi_its_venue_or_its_arxiv_id_alone(paper: Paper, expected: bool) -> None:
    assert is_preprint(paper) is expected


# what the paper is


def test_the_preprint_and_the_published_version_are_one_paper_with_both_links() -> None:
    preprint = entry(
        abstract="We weave.", ids=["arxiv:2001.00001"], date="2020-01-05", url="https://arxiv.org/abs/2001.00001"
    )
    published = entry(ids=["doi:10.1/a"], date="2021", venue="Looms", url="https://doi.org/10.1/a", kind="article")
    for records in (
        [record("arxiv:1", "arxiv", preprint), record("refs.bib", "bibtex", published)],
        [record("refs.bib", "bibtex", published), record("arxiv:1", "arxiv", preprint)],
    ):
        paper = merge("key", records)
        assert (paper.date, paper.venue, paper.kind) == ("2021", "Looms", "article")
        assert (paper.url, paper.links) == ("https://doi.org/10.1/a", ("https://arxiv.org/abs/2001.00001",))
        assert set(paper.ids) == {"doi:10.1/a", "arxiv:2001.00001"}
        assert paper.abstract == "We weave."


def test_the_fuller_list_of_authors_is_taken_and_stands_in_the_text() -> None:
    short = entry(authors=("A. Lovelace", "C. Babbage", "M. Somerville"), abstract="We weave.")
    paper = merge("key", [record("refs.bib", "bibtex", short), record("openalex:A1", "openalex", entry())])
    assert [author.name for author in paper.authors] == list(WEAVERS)
    assert paper.section_text("Authors") == ", ".join(WEAVERS)


def test_a_more_exact_date_of_the_same_year_is_taken() -> None:
    exact = entry(date="2020-06-01", venue="Looms")
    paper = merge("key", [record("refs.bib", "bibtex", entry(venue="Looms")), record("doi:10.1/a", "doi", exact)])
    assert paper.date == "2020-06-01"


def with_full_text(paper: Paper) -> Paper:
    body = "\n\nWe set the loom to 12.\n\n[1] A. Stranger. Floods."
    at = len(paper.text) + 2
    sections = (Section("3 Set-up", at, at + 22), Section(REFERENCES, at + 24, at + len(body) - 2))
    return replace(
        paper, text=paper.text + body, sections=(*paper.sections, *sections), pages=((0, 1), (at, 4), (at + 24, 9))
    )


def test_the_full_text_moves_with_its_sections_and_pages() -> None:
    full = with_full_text(entry(abstract="We weave.", authors=WEAVERS[:2]))
    known = entry(abstract="We weave with engines, and more of it.", venue="Proceedings of Looms")
    paper = merge("key", [record("refs.bib", "bibtex", known), record("a.pdf", "pdf", full)])
    assert paper.section_text("3 Set-up") == "We set the loom to 12."
    assert paper.section_text(REFERENCES) == "[1] A. Stranger. Floods."
    assert paper.section_text(ABSTRACT) == "We weave with engines, and more of it."
    assert paper.page_at(paper.text.index("We set")) == 4
    assert paper.page_at(paper.text.index("[1]")) == 9
    assert paper.page_at(0) is None


def test_a_newer_record_of_a_source_keeps_what_the_older_was_fuller_in() -> None:
    old = with_full_text(entry(abstract="We weave.", ids=["doi:10.1/a"]))
    kept = updated(old, entry(authors=WEAVERS[:1], date="2021"))
    assert kept.abstract == "We weave."
    assert len(kept.authors) == 3
    assert kept.doi == "10.1/a"


def test_where_sources_disagree_is_told_with_what_each_says() -> None:
    rows = compare(
        [
            record("refs.bib", "bibtex", entry(venue="Looms", date="2020")),
            record("openalex:A1", "openalex", entry("Engines that weave", venue="Journal of Shuttles", date="2020-05")),
        ]
    )
    by_name = {row.name: row for row in rows}
    assert (by_name["venue"].value, by_name["venue"].origin) == ("Looms", "refs.bib")
    assert by_name["venue"].others == (("openalex:A1", "Journal of Shuttles"),)
    assert by_name["title"].others == ()
    assert by_name["date"].others == ()


@pytest.mark.parametrize("count", [1, 2])
def test_records_are_kept_beside_the_paper(count: int) -> None:
    records = [
        record("refs.bib", "bibtex", entry(abstract="We weave.")),
        record("a.pdf", "pdf", with_full_text(entry())),
    ][:count]
    assert from_json(to_json(records), merge("key", records)) == records


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (
            entry("Deep Learning for Genomics Research", authors=("Wang, Wei",), venue="A"),
            entry("Deep Learning for Genomics Research", authors=("Wang, Li",), venue="B"),
        ),
        (entry("Treatment of Hypertension in Mice"), entry("Treatment of Hypotension in Mice")),
        (entry("A Fast Encoder for Looms"), entry("A Fast Encoded for Looms")),
        (entry("Programming in C", authors=("Ada Lovelace",)), entry("Programming in C++", authors=("Ada Lovelace",))),
        (entry("Programming in C++"), entry("Programming in C#")),
        (entry("Editorial", venue="Looms"), entry("Editorial", venue="Shuttles")),
        (entry("Theory of Looms, Part 1", ids=["doi:10.1/a"]), entry("Theory of Looms, Part 2", ids=["doi:10.1/a"])),
        (entry("Introduction", authors=("John Smith",)), entry("Introduction", authors=("Jane Smith",))),
    ],
)
def test_what_only_looks_alike_is_kept_apart(known: Paper, other: Paper) -> None:
    assert not matched(known, other)
    assert not matched(other, known)


@pytest.mark.parametrize(
    "other", [("A. Lovelace", "C. Babbage", "M. Somerville"), ("Ada K. Lovelace", "Charlie Babbage", "Mary Somerville")]
)
def test_given_names_may_be_initials_and_most_of_the_list_is_enough(other: tuple[str, ...]) -> None:
    assert matched(entry(), entry(authors=other))
