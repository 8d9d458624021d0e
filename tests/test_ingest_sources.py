"""Papers from several sources in one library: one paper once, what is remembered of a source, what stays away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.errors import SourceError
from assistant.ingesting import IngestReport
from assistant.library import Library, open_library
from assistant.papers import Paper
from assistant.settings import load
from assistant.sources import Closed, Item, Opened, Profile, Skipped, Unchanged, Unreadable
from assistant.sources.entries import Entry
from tests.fakes import FirstWords

WEAVERS = ("Ada Lovelace", "Charles Babbage", "Mary Somerville")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(load(library="weavers", data_dir=tmp_path), FirstWords()) as opened:
        yield opened


def entry(title: str = "Engines that Weave", **fields: object) -> Paper:
    place = f"{fields.pop('place', 'refs.bib, line 1')}"
    paper = Entry(**{"title": title, "authors": WEAVERS, "date": "2020", **fields}).to_paper(place)  # type: ignore[arg-type]
    assert isinstance(paper, Paper)
    return paper


def source(name: str, kind: str, *items: Item, digest: str | None = None, address: str = "") -> list[Item]:
    return [Opened(name, kind, address or name, digest), *items, Closed()]


def test_the_same_paper_from_two_sources_is_one_with_the_best_of_both(library: Library) -> None:
    report = library.ingest(
        [
            *source("refs.bib", "bibtex", entry(key="Lov20", ids=["doi:10.1/a"], venue="Looms")),
            *source("openalex:A1", "openalex", entry("Engines that weave.", ids=["doi:10.1/a"], abstract="We weave.")),
        ]
    )
    assert (report.added, report.merged, report.entries) == (["Lov20"], ["Lov20"], 2)
    (paper,) = library.papers.values()
    assert (paper.title, paper.venue, paper.abstract) == ("Engines that Weave", "Looms", "We weave.")
    assert [(r.origin, r.kind) for r in library.records("Lov20")] == [
        ("refs.bib", "bibtex"),
        ("openalex:A1", "openalex"),
    ]


def test_what_merges_does_not_depend_on_the_order_of_the_sources(tmp_path: Path) -> None:
    parts = [
        source("refs.bib", "bibtex", entry(ids=["doi:10.1/a"], venue="Looms")),
        source("arxiv:au:Lovelace", "arxiv", entry(ids=["arxiv:2001.00001"], date="2020-01-02", abstract="We weave.")),
    ]
    texts = []
    for order, name in ((parts, "one"), (parts[::-1], "two")):
        with open_library(load(library=name, data_dir=tmp_path), FirstWords()) as library:
            for items in order:
                library.ingest(items)
            (paper,) = library.papers.values()
            texts.append((paper.text, paper.date, set(paper.ids), paper.venue))
    assert texts[0] == texts[1]


def test_sources_that_were_read_before_change_nothing_and_embed_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = [
        *source("refs.bib", "bibtex", entry(venue="Looms"), entry("A Flood in York")),
        *source("openalex:A1", "openalex", entry(abstract="We weave.")),
    ]
    library.ingest(items)

    def refuse(*_: object) -> None:
        raise AssertionError("embedded")

    monkeypatch.setattr(library.store.model, "embed", refuse)
    report = library.ingest(items)
    assert (len(report.unchanged), len(report.merged), report.entries) == (2, 1, 3)
    assert not report.updated


def test_a_moved_file_is_not_a_new_one(library: Library) -> None:
    library.ingest(source("refs.bib", "bibtex", entry()))
    report = library.ingest(source("old.bib", "bibtex", entry(place="elsewhere/old.bib, line 9")))
    assert str(report) == "unchanged: 1"
    (key,) = library.papers
    assert len(library.records(key)) == 1


def test_a_changed_entry_replaces_what_its_source_said_before(library: Library) -> None:
    library.ingest(source("refs.bib", "bibtex", entry(venue="Looms")))
    report = library.ingest(source("refs.bib", "bibtex", entry(venue="Shuttles")))
    assert len(report.updated) == 1
    (paper,) = library.papers.values()
    assert paper.venue == "Shuttles"
    assert len(library.records(paper.key)) == 1


def test_an_entry_may_join_two_papers_that_were_there(library: Library) -> None:
    library.ingest(
        [
            *source("arxiv:au:Lovelace", "arxiv", entry("Looms", ids=["arxiv:2001.00001"])),
            *source("refs.bib", "bibtex", entry("Engines that Weave on Looms", ids=["doi:10.1/a"])),
        ]
    )
    first, second = library.papers
    both = entry("Engines that Weave on Looms", ids=["doi:10.1/a", "arxiv:2001.00001"])
    report = library.ingest(source("openalex:A1", "openalex", both))
    assert list(library.papers) == [first]
    assert len(library.records(first)) == 3
    assert f"{first!r} and {second!r} are one paper" in report.warnings[0]
    assert not [r for r in library.store.documents if r == second]
    assert str(library.ingest(source("openalex:A1", "openalex", both))) == "unchanged: 1"


def test_an_entrys_own_key_is_kept_where_it_is_free(library: Library) -> None:
    report = library.ingest(
        source(
            "refs.bib", "bibtex", entry(key="Lov:20"), entry("A Flood in York", key="Lov:20"), entry("Gulls", key="a b")
        )
    )
    assert report.added == ["Lov:20", "lovelace2020flood", "lovelace2020gulls"]


def test_everything_that_was_there_is_counted(library: Library) -> None:
    report = library.ingest(
        source(
            "refs.bib",
            "bibtex",
            entry(),
            Unreadable("refs.bib, line 4", "there is no title."),
            Skipped("refs.bib, line 9", "it is a talk."),
            entry(place="refs.bib, line 12"),
        )
    )
    assert str(report) == "added: 1, merged: 1, skipped: 1, unreadable: 1"
    assert report.entries == 4
    assert "refs.bib, line 12: 'Engines that Weave' stands twice (refs.bib, line 1)" in report.warnings[0]


def test_what_was_read_before_a_source_failed_goes_in(library: Library) -> None:
    def failing() -> Iterator[Item]:
        yield Opened("openalex:A1", "openalex", "openalex:A1")
        yield entry()
        raise SourceError("OpenAlex does not answer; try again later.")

    with pytest.raises(SourceError, match="does not answer"):
        library.ingest(failing())
    assert len(library) == 1
    assert library.sources == ()


# what is remembered


def test_a_source_that_was_read_to_its_end_is_remembered(library: Library) -> None:
    broken = Unreadable("refs.bib, line 4", "there is no title.")
    library.ingest(source("refs.bib", "bibtex", entry(), broken, digest="d1", address="/papers/refs.bib"))
    (known,) = library.sources
    assert (known.name, known.kind, known.address, known.digest) == ("refs.bib", "bibtex", "/papers/refs.bib", "d1")
    assert known.unreadable == 1
    assert not library.holds("d1"), "what could not be read is tried again"
    library.ingest(source("refs.bib", "bibtex", entry(), digest="d2", address="/papers/refs.bib"))
    assert len(library.sources) == 1
    assert library.holds("d2")
    assert not library.holds("d1")


def test_a_file_that_is_known_counts_its_papers_as_unchanged(library: Library) -> None:
    library.ingest(source("a.pdf", "pdf", entry(), digest="d1"))
    report = library.ingest([Opened("a.pdf", "pdf", "a.pdf", "d1"), Unchanged("a.pdf"), Closed()])
    assert report.unchanged == list(library.papers)
    assert report.entries == 1


def test_a_removed_paper_stays_away_until_it_is_taken_in_again(library: Library) -> None:
    items = source("refs.bib", "bibtex", entry(ids=["doi:10.1/a"]), entry("A Flood in York"), digest="d1")
    library.ingest(items)
    gone = next(iter(library.papers))
    library.remove([gone])
    synced: IngestReport = library.ingest(items, bring_back=False)
    assert str(synced) == "unchanged: 1, skipped: 1"
    assert "was removed from this library before" in str(synced.skipped[0])
    other = entry("Engines that weave!", ids=["doi:10.1/a"], authors=("A. Lovelace",))
    assert str(library.ingest(source("openalex:A1", "openalex", other), bring_back=False)) == "skipped: 1"
    assert not library.holds("d1"), "what was removed may come back"
    assert library.ingest(items).added == [gone]
    assert str(library.ingest(items, bring_back=False)) == "unchanged: 2"


def test_the_first_author_named_stays_the_librarys_author(library: Library) -> None:
    library.ingest(source("openalex:A1", "openalex", Profile("Ada Lovelace", None, {"works": "9"}), entry()))
    library.ingest(source("openalex:A2", "openalex", Profile("Charles Babbage"), entry("Gears")))
    library.ingest(source("orcid:0", "orcid", Profile("A. Lovelace", "Mathematics"), entry("Gulls")))
    assert library.author is not None
    assert (library.author.name, library.author.subject) == ("A. Lovelace", "Mathematics")


def test_the_preprint_and_the_published_version_may_stand_in_one_file(library: Library) -> None:
    published = entry(key="pub", ids=["doi:10.1/a"], venue="Looms", abstract="It reaches 90.1.", date="2020")
    preprint = entry(
        key="pre",
        ids=["arxiv:1901.00001"],
        abstract="It reaches 85.2.",
        date="2019",
        authors=("A. Lovelace", "C. Babbage"),
    )
    items = source("refs.bib", "bibtex", published, replace(preprint, source="refs.bib, line 9"))
    report = library.ingest(items)
    assert (report.added, report.merged) == (["pub"], ["pub"])
    paper = library.paper("pub")
    assert (paper.venue, paper.date, paper.abstract) == ("Looms", "2020", "It reaches 90.1.")
    assert len(paper.authors) == 3
    assert set(paper.ids) == {"doi:10.1/a", "arxiv:1901.00001"}
    assert len(library.records("pub")) == 2
    assert str(library.ingest(items)) == "unchanged: 1, merged: 1"


def test_an_entry_whose_title_was_corrected_is_the_same_paper(library: Library) -> None:
    library.ingest(source("refs.bib", "bibtex", entry("Third Paper about Seas", key="k3")))
    report = library.ingest(source("refs.bib", "bibtex", entry("Third Paper on the Open Oceans", key="k3")))
    assert report.updated == ["k3"]
    assert [paper.title for paper in library.papers.values()] == ["Third Paper on the Open Oceans"]


def test_a_key_that_was_given_to_another_authors_paper_makes_a_paper_of_its_own(library: Library) -> None:
    library.ingest(source("refs.bib", "bibtex", entry(key="k3")))
    report = library.ingest(source("refs.bib", "bibtex", entry("A Flood in York", key="k3", authors=("A Stranger",))))
    assert report.added == ["stranger2020flood"]
    assert len(library) == 2


def test_a_file_that_was_moved_is_remembered_at_its_new_place(library: Library, tmp_path: Path) -> None:
    old, new = str(tmp_path / "old.bib"), str(tmp_path / "new.bib")
    library.ingest(source("old.bib", "bibtex", entry(), digest="d1", address=old))
    assert library.holds("d1") == "old.bib"
    report = library.ingest([Opened("new.bib", "bibtex", new, "d1"), Unchanged("old.bib"), Closed()])
    assert str(report) == "unchanged: 1"
    assert [known.address for known in library.sources] == [new]
