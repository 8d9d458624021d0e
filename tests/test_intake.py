"""From what a user names to papers in a library: files and services together, again, and when one of them fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import SourceError
from assistant.library import Library
from assistant.sources import Closed, Opened, Unchanged, Unreadable, intake
from assistant.sources.web import Web
from tests.children import open_at
from tests.pdf_making import BOLD, Sheet, save
from tests.replay_server import Asked, ReplayServer, Reply, replaying
from tests.web_sources import web

AUTHOR = {"id": "https://openalex.org/A5000000001", "display_name": "Marie Curie", "works_count": 2}
BIB = "@article{Cur02, title={On Radium}, author={Curie, Marie}, year=1902, journal={Rays}, doi={10.1000/radium.1}}\n"


def work(number: int, title: str, **fields: Any) -> dict[str, Any]:
    plain = {"id": f"https://openalex.org/W{number}", "title": title, "type": "article"}
    return plain | {"publication_date": "1902-03-01", "authorships": [{"raw_author_name": "Curie, Marie"}]} | fields


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        radium = {"doi": "https://doi.org/10.1000/radium.1", "abstract_inverted_index": {"It": [0], "shines.": [1]}}
        works = [work(1, "On Radium", **radium), work(2, "On Polonium")]
        server.gives("/openalex/authors/A5000000001", Reply(AUTHOR))
        server.gives("/openalex/works", Reply({"meta": {"count": 2, "next_cursor": None}, "results": works}))
        yield server


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_at(tmp_path) as library:
        yield library


@pytest.fixture
def open_web(server: ReplayServer, tmp_path: Path) -> Callable[[], Web]:
    return lambda: web(server, tmp_path / "cache")


def test_a_file_and_a_service_make_one_library(library: Library, open_web: Callable[[], Web], tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(BIB, encoding="utf-8")
    given = intake.understand([tmp_path / "refs.bib", "openalex:A5000000001"])
    report = library.ingest(intake.read(given, open_web))
    assert (report.added[0], len(report.added), report.merged) == ("Cur02", 2, ["Cur02"])
    paper = library.paper("Cur02")
    assert (paper.venue, paper.abstract, paper.date) == ("Rays", "It shines.", "1902-03-01")
    assert library.author is not None
    assert library.author.name == "Marie Curie"
    assert [(known.kind, known.name) for known in library.sources] == [
        ("bibtex", "refs.bib"),
        ("openalex", "openalex:A5000000001"),
    ]


def test_a_second_time_asks_the_service_for_nothing_and_embeds_nothing(
    library: Library, open_web: Callable[[], Web], server: ReplayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = intake.understand(["openalex:A5000000001"])
    library.ingest(intake.read(given, open_web))
    asked = len(server.asked)

    def refuse(*_: object) -> None:
        raise AssertionError("embedded")

    monkeypatch.setattr(library.store.model, "embed", refuse)
    report = library.ingest(intake.read(given, open_web))
    assert len(report.unchanged) == 2
    assert len(server.asked) == asked


def test_a_service_that_fails_is_reported_and_the_rest_goes_in(
    library: Library, open_web: Callable[[], Web], server: ReplayServer, tmp_path: Path
) -> None:
    def refuses(_: Asked) -> Reply:
        return Reply({}, status=403)

    server.gives("/openalex/works", refuses)
    (tmp_path / "refs.bib").write_text(BIB, encoding="utf-8")
    given = intake.understand(["openalex:A5000000001", tmp_path / "refs.bib"])
    report = library.ingest(intake.read(given, open_web))
    assert report.added == ["Cur02"]
    (failed,) = report.unreadable
    assert failed.place == "openalex:A5000000001"
    assert "OpenAlex" in failed.reason
    assert [known.name for known in library.sources] == ["refs.bib"], "what was not read whole is read again"


def test_no_service_is_opened_for_files(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_text(BIB, encoding="utf-8")

    def never() -> Web:
        raise AssertionError("opened")

    items = list(intake.read(intake.understand([tmp_path / "refs.bib"]), never))
    assert isinstance(items[0], Opened)
    assert isinstance(items[-1], Closed)


def test_a_file_that_is_known_by_its_content_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "refs.bib"
    file.write_text(BIB, encoding="utf-8")
    known = intake.digest(file)
    file.rename(tmp_path / "moved.bib")
    given = intake.understand([tmp_path / "moved.bib"])
    items = list(
        intake.read(given, lambda: pytest.fail("opened"), known_as=lambda found: "refs.bib" if found == known else None)
    )
    assert [type(item) for item in items] == [Opened, Unchanged, Closed]


def test_a_file_that_cannot_be_read_is_named_and_its_neighbours_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "b.bib").write_text(BIB, encoding="utf-8")
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    items = list(intake.read(intake.understand([tmp_path]), lambda: pytest.fail("opened")))
    bad = [item.place for item in items if isinstance(item, Unreadable)]
    assert bad == [str(tmp_path / "a.pdf"), str(tmp_path / "c.png")]


@pytest.mark.parametrize("source", ["nowhere.bib", "openalex:12", "ftp://example.org/refs.bib", "x" * 5_000, "a\0b"])
def test_what_names_nothing_is_refused_before_anything_is_read(source: str) -> None:
    with pytest.raises(SourceError):
        intake.understand([source])


# ---- full texts by way of arXiv

LICENSED = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1902.00001</id><license>{}</license></arXiv>
</metadata></record></GetRecord></OAI-PMH>"""
FEED = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">
<opensearch:totalResults>1</opensearch:totalResults>
<entry><id>http://arxiv.org/abs/1902.00001v2</id><title>On Radium</title><published>1999-02-01T00:00:00Z</published>
<author><name>Marie Curie</name></author><summary>Radium shines in the dark.</summary></entry></feed>"""
FREE = "http://creativecommons.org/licenses/by/4.0/"


def written(folder: Path) -> bytes:
    sheet = Sheet()
    sheet.write(72, 72, "On Radium", 18, BOLD)
    sheet.write(72, 100, "Marie Curie", 11)
    sheet.write(72, 130, "Abstract", 12, BOLD)
    sheet.column(72, 148, ["Radium shines in the dark."])
    sheet.write(72, 190, "1 Introduction", 12, BOLD)
    sheet.column(72, 208, ["Some elements give off light of their own, which had no name before this work began."])
    second = Sheet()
    second.write(72, 72, "2 Set-up", 12, BOLD)
    second.column(72, 90, ["The furnace was kept at a temperature of 1,250 degrees for nine hours on each day."])
    return save(folder / "made.pdf", [sheet, second]).read_bytes()


@pytest.fixture
def arxiv(server: ReplayServer, tmp_path: Path) -> ReplayServer:
    server.gives("/arxiv/api/query", Reply(FEED))
    server.gives("/arxiv_oai/oai", Reply(LICENSED.format(FREE)))
    server.gives("/arxiv/pdf/1902.00001", Reply(written(tmp_path), headers={"Content-Type": "application/pdf"}))
    return server


def test_a_full_text_from_arxiv_joins_its_paper(
    library: Library, open_web: Callable[[], Web], arxiv: ReplayServer
) -> None:
    given = intake.understand(["arxiv:1902.00001"])
    report = library.ingest(intake.read(given, open_web, full_text=True))
    assert (len(library), report.unreadable) == (1, [])
    [paper] = library.papers.values()
    assert paper.has_full_text
    assert (paper.abstract, paper.license) == ("Radium shines in the dark.", FREE)
    place = paper.text.index("temperature of 1,250 degrees")
    assert paper.page_at(place) == 2
    assert [section.name for section in paper.sections if section.start <= place < section.end] == ["2 Set-up"]
    asked = len(arxiv.asked)
    again = library.ingest(intake.read(given, open_web, full_text=True))
    assert (again.added, again.updated, len(arxiv.asked)) == ([], [], asked)


def test_a_full_text_that_may_not_be_kept_is_told_and_its_paper_stays(
    library: Library, open_web: Callable[[], Web], arxiv: ReplayServer
) -> None:
    arxiv.gives("/arxiv_oai/oai", Reply(LICENSED.format("http://arxiv.org/licenses/nonexclusive-distrib/1.0/")))
    arxiv.gives("/openalex/works/doi:10.48550/arXiv.1902.00001", Reply(status=404))
    report = library.ingest(intake.read(intake.understand(["arxiv:1902.00001"]), open_web, full_text=True))
    assert [paper.has_full_text for paper in library.papers.values()] == [False]
    assert any("its licence on record does not let a copy be kept" in warning for warning in report.warnings)
    assert "/arxiv/pdf/1902.00001" not in arxiv.paths()


@pytest.mark.parametrize("reply", [Reply(status=404), Reply("<html>Please wait</html>"), Reply(b"%PDF-1.5 broken")])
def test_a_full_text_that_does_not_come_leaves_the_paper_as_it_is(
    library: Library, open_web: Callable[[], Web], arxiv: ReplayServer, reply: Reply
) -> None:
    arxiv.gives("/arxiv/pdf/1902.00001", reply)
    report = library.ingest(intake.read(intake.understand(["arxiv:1902.00001"]), open_web, full_text=True))
    [paper] = library.papers.values()
    assert (paper.abstract, paper.has_full_text) == ("Radium shines in the dark.", False)
    told = [*report.warnings, *map(str, report.unreadable)]
    assert any("arxiv:1902.00001" in line for line in told)
