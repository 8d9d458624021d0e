"""Authors and works of each service: the real code reads recorded replies from a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Profile, Skipped, Unreadable
from assistant.sources.entries import Entry
from assistant.sources.web import arxiv, crossref, openalex, orcid, semantic_scholar
from assistant.sources.web.records import parsed, without_heading
from tests.replay_server import Answering, Asked, ReplayServer, Reply, recorded, recorded_json, replaying
from tests.web_sources import Hands, left_out, notices, papers, profile, source, web

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "apis"
CURIE = {
    "id": "https://openalex.org/A5000000001",
    "orcid": "https://orcid.org/0000-0002-1825-0097",
    "display_name": "Marie Curie",
    "works_count": 2,
    "cited_by_count": 1234,
    "summary_stats": {"h_index": 20},
    "affiliations": [{"institution": {"display_name": "Sorbonne"}, "years": [1906]}],
    "last_known_institutions": [{"display_name": "Radium Institute"}],
    "topics": [{"display_name": "Radioactivity"}, {"display_name": "Chemistry"}],
    "counts_by_year": [{"year": 2024, "works_count": 1}, {"year": 2019, "works_count": 3}, {"year": 2012}],
}


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with replaying() as server:
        yield server


def read(server: ReplayServer, folder: Path, text: str) -> list[Item]:
    with web(server, folder) as sources:
        return list(sources.read(source(text)))


def work(number: int, **fields: Any) -> dict[str, Any]:
    """A work as OpenAlex writes it."""
    plain = {"id": f"https://openalex.org/W{number}", "title": f"Work {number}", "type": "article"}
    return plain | {"publication_date": "2020-01-02", "authorships": [{"raw_author_name": "Curie, Marie"}]} | fields


# ---- OpenAlex


def openalex_author(server: ReplayServer, *pages: list[dict[str, Any]], count: int | None = None) -> None:
    """An author with works on several pages."""
    said = sum(map(len, pages)) if count is None else count

    def page(asked: Asked) -> Reply:
        place = 0 if asked.query["cursor"] == "*" else int(asked.query["cursor"])
        following = str(place + 1) if place + 1 < len(pages) else None
        return Reply({"meta": {"count": said, "next_cursor": following}, "results": pages[place]})

    server.gives("/openalex/authors/A5000000001", Reply(CURIE))
    server.gives("/openalex/works", page)


def test_an_author_of_openalex_comes_with_a_profile_and_all_pages_of_works(
    server: ReplayServer, tmp_path: Path
) -> None:
    openalex_author(server, [work(1), work(2)], [work(3)])
    items = read(server, tmp_path, "openalex:A5000000001")
    assert profile(items) == Profile(
        "Marie Curie",
        figures={
            "works": "2",
            "citations": "1234",
            "h-index": "20",
            "affiliations": "Radium Institute; Sorbonne",
            "ORCID": "0000-0002-1825-0097",
        },
    )
    assert [paper.title for paper in papers(items)] == ["Work 1", "Work 2", "Work 3"]
    assert papers(items)[2].source == "openalex:A5000000001, W3"
    assert papers(items)[0].authors[0].name == "Marie Curie"
    assert [asked.query["cursor"] for asked in server.asked[1:]] == ["*", "1"]
    assert {asked.query["filter"] for asked in server.asked[1:]} == {"authorships.author.id:A5000000001"}


def test_openalexs_putting_works_under_one_name_is_said_aloud(server: ReplayServer, tmp_path: Path) -> None:
    openalex_author(server, [work(1)], count=2)
    said = notices(read(server, tmp_path, "openalex:A5000000001"))
    assert said[0].startswith("OpenAlex puts 2 works under A5000000001 (Marie Curie); it merges people of one name")
    assert said[1] == "OpenAlex counts 2 works of A5000000001 and gave 1."


def test_an_author_whom_openalex_has_merged_is_followed(server: ReplayServer, tmp_path: Path) -> None:
    openalex_author(server, [work(1)])
    moved = f"{server.url}/openalex/authors/A5000000001"
    server.gives("/openalex/authors/A9", Reply(status=301, headers={"Location": moved}))
    items = read(server, tmp_path, "openalex:A9")
    assert notices(items)[0] == "OpenAlex has merged A9 into A5000000001."
    assert len(papers(items)) == 1


def test_every_record_of_a_list_is_an_item(server: ReplayServer, tmp_path: Path) -> None:
    records = [
        work(1),
        work(2, type="dataset"),
        work(3, title=None),
        work(4, title="x" * 2_000),
        work(5, is_retracted=True),
        work(6, type="erratum"),
    ]
    openalex_author(server, records)
    items = read(server, tmp_path, "openalex:A5000000001")
    assert len(papers(items)) + len(left_out(items)) == len(records)
    assert [str(item) for item in left_out(items)] == [
        "openalex:A5000000001, W2: Work 2 is a data set.",
        "openalex:A5000000001, W3: the entry has no title.",
        "openalex:A5000000001, W4: its title has 2,000 characters, more than a title may (1,000).",
        "openalex:A5000000001, W6: Work 6 is a correction of another work.",
    ]
    assert "'Work 5' was retracted, says OpenAlex." in notices(items)


def test_a_list_of_authors_that_a_page_cuts_at_a_hundred_is_asked_for_whole(
    server: ReplayServer, tmp_path: Path
) -> None:
    authors = [{"raw_author_name": f"Author {number}"} for number in range(250)]
    openalex_author(server, [work(1, authorships=authors[:100])])
    server.gives("/openalex/works/W1", Reply(work(1, authorships=authors)))
    [paper] = papers(read(server, tmp_path, "openalex:A5000000001"))
    assert (len(paper.authors), paper.authors_complete) == (250, True)


def test_a_list_that_stays_cut_says_so(server: ReplayServer, tmp_path: Path) -> None:
    authors = [{"raw_author_name": f"Author {number}"} for number in range(100)]
    openalex_author(server, [work(1, authorships=authors)])
    server.gives("/openalex/works/W1", Reply(status=404))
    [paper] = papers(read(server, tmp_path, "openalex:A5000000001"))
    assert (len(paper.authors), paper.authors_complete) == (100, False)


def test_a_cursor_that_comes_back_ends_the_list(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/openalex/authors/A5000000001", Reply(CURIE))
    server.gives("/openalex/works", Reply({"meta": {"count": 9, "next_cursor": "*"}, "results": [work(1)]}))
    assert len(papers(read(server, tmp_path, "openalex:A5000000001"))) == 1


def test_a_recorded_work_has_its_abstract_in_order_and_both_versions_links() -> None:
    published, preprint = (openalex.entry(row).to_paper("here") for row in recorded_json("openalex_works")["results"])
    assert isinstance(published, Paper)
    assert isinstance(preprint, Paper)
    assert published.abstract.startswith("Large language models (LLMs) have shown strong performance in tasks across")
    assert (published.kind, published.license, published.date) == ("article", "cc-by", "2024-05-08")
    assert published.url == "https://doi.org/10.1038/s42256-024-00832-8"
    assert published.ids == ("doi:10.1038/s42256-024-00832-8", "openalex:w4396723768", "pmid:38799228")
    assert (preprint.kind, preprint.venue, preprint.arxiv_id) == ("preprint", "arXiv", "2304.05376")


def test_a_published_work_keeps_the_link_and_identifier_of_its_preprint() -> None:
    locations = [
        {"landing_page_url": "https://doi.org/10.1000/182"},
        {"landing_page_url": "http://arxiv.org/abs/2004.12345v2"},
    ]
    paper = openalex.entry(work(1, doi="https://doi.org/10.1000/182", locations=locations)).to_paper("here")
    assert isinstance(paper, Paper)
    assert (paper.url, paper.links) == ("https://doi.org/10.1000/182", ("https://arxiv.org/abs/2004.12345v2",))
    assert (paper.doi, paper.arxiv_id) == ("10.1000/182", "2004.12345")


def test_the_affiliation_is_the_authors_own() -> None:
    authorships = [
        {"author": {"id": "https://openalex.org/A1"}, "institutions": [{"display_name": "Elsewhere"}]},
        {"author": {"id": "https://openalex.org/A2"}, "institutions": [{"display_name": "Sorbonne"}]},
    ]
    assert openalex.entry(work(1, authorships=authorships), "A2").affiliation == "Sorbonne"


@pytest.mark.parametrize(
    ("index", "abstract"),
    [
        ({"not": [1, 3], "Do": [0], "panic,": [2], "run.": [4]}, "Do not panic, not run."),
        (None, ""),
        ([], ""),
        ({"a": "b", "c": [None, "x", 0], "d": 7}, "c"),
        ({"far": [10**15], "near": [0]}, "near far"),
    ],
)
def test_an_inverted_index_is_put_in_order(index: Any, abstract: str) -> None:
    assert openalex.abstract_of({"abstract_inverted_index": index}) == abstract


@pytest.mark.parametrize(
    ("abstract", "bare"),
    [
        ("Abstract Large language models answer.", "Large language models answer."),
        ("ABSTRACT: We show", "We show"),
        ("<jats:title>Abstract</jats:title><jats:p>We show</jats:p>", "<jats:p>We show</jats:p>"),
        ("Abstract Meaning Representation (AMR) is", "Abstract Meaning Representation (AMR) is"),
        ("Abstract interpretation is", "Abstract interpretation is"),
        ("We show", "We show"),
    ],
)
def test_the_heading_above_an_abstract_is_none_of_its_words(abstract: str, bare: str) -> None:
    assert without_heading(abstract) == bare


def test_a_single_work_of_openalex(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/openalex/works/W2109415576", recorded("openalex_work"))
    [paper] = papers(read(server, tmp_path, "openalex:W2109415576"))
    assert paper.byline == "Makris et al., 2014"
    assert paper.source == "openalex:W2109415576"


# ---- Semantic Scholar


def s2_page(found: list[dict[str, Any]], size: int) -> Answering:
    """Whichever page of an author's papers is asked for."""

    def page(asked: Asked) -> Reply:
        start = int(asked.query["offset"])
        rest = {"next": start + size} if start + size < len(found) else {}
        return Reply({"offset": start, "data": found[start : start + size]} | rest)

    return page


def s2_author(server: ReplayServer, found: list[dict[str, Any]], *, pages: int) -> None:
    """An author whose papers come on so many pages."""
    about = {"authorId": "7", "name": "A. Turing", "paperCount": len(found), "hIndex": 3}
    server.gives("/s2/graph/v1/author/7", Reply(about))
    server.gives("/s2/graph/v1/author/7/papers", s2_page(found, -(-len(found) // pages)))


def s2_papers(count: int) -> list[dict[str, Any]]:
    return [{"paperId": f"{number:040x}", "title": f"Paper {number}", "year": 1950} for number in range(count)]


def offsets(server: ReplayServer) -> list[int]:
    return [int(asked.query["offset"]) for asked in server.asked if asked.path.endswith("/papers")]


def test_all_nine_pages_of_an_author_are_read(server: ReplayServer, tmp_path: Path) -> None:
    s2_author(server, s2_papers(60), pages=9)
    items = read(server, tmp_path, "s2:7")
    assert profile(items).figures == {"works": "60", "h-index": "3"}
    assert [paper.title for paper in papers(items)] == [f"Paper {number}" for number in range(60)]
    assert offsets(server) == [0, 7, 14, 21, 28, 35, 42, 49, 56]


@pytest.mark.skipif(not SHARED.exists(), reason="the recorded author lies outside the repository")
def test_a_recorded_author_of_semantic_scholar_is_read_whole(server: ReplayServer, tmp_path: Path) -> None:
    author = json.loads((SHARED / "semanticscholar" / "Author.json").read_text(encoding="utf-8"))
    s2_author(server, author["papers"], pages=9)
    items = read(server, tmp_path, "s2:7")
    assert len(papers(items)) + len(left_out(items)) == 60
    assert sum(bool(paper.abstract) for paper in papers(items)) > 20


def test_a_read_that_stopped_at_page_six_goes_on_there(server: ReplayServer, tmp_path: Path) -> None:
    s2_author(server, s2_papers(60), pages=9)
    hands, page = Hands(), s2_page(s2_papers(60), size=7)
    server.gives("/s2/graph/v1/author/7/papers", *[page] * 5, Reply(status=500))
    with web(server, tmp_path, hands) as sources, pytest.raises(SourceError, match="papers of author 7 from 36 on"):
        list(sources.read(source("s2:7")))
    server.asked.clear()
    server.gives("/s2/graph/v1/author/7/papers", page)
    with web(server, tmp_path, hands) as sources:
        assert len(papers(sources.read(source("s2:7")))) == 60
    assert offsets(server) == [35, 42, 49, 56]
    assert "/s2/graph/v1/author/7" not in server.paths()


def test_an_author_who_is_not_there(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/0", recorded("s2_no_author"))
    with pytest.raises(SourceError, match=r"^Semantic Scholar has no author 0; check the identifier\.$"):
        read(server, tmp_path, "s2:0")


def test_a_service_that_forbids_names_the_key(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/s2/graph/v1/author/0", recorded("s2_forbidden"))
    with pytest.raises(SourceError, match="set a key of your own in PAPERTALK_S2_API_KEY"):
        read(server, tmp_path, "s2:0")


def test_recorded_papers_of_semantic_scholar_hold_both_identifiers() -> None:
    [first] = [row for row in recorded_json("s2_batch") if row and row["externalIds"].get("MAG") == "2096684396"]
    paper = semantic_scholar.entry(first).to_paper("here")
    assert isinstance(paper, Paper)
    assert paper.title == "How Much Should We Trust Differences-in-Differences Estimates?"
    assert (paper.doi, paper.date, paper.url) == (
        "10.2139/ssrn.288970",
        "2001-10-01",
        "https://doi.org/10.2139/ssrn.288970",
    )
    assert len(paper.authors) == 3


def test_a_published_paper_of_semantic_scholar_links_to_its_preprint() -> None:
    row = {"title": "T", "externalIds": {"ArXiv": "2004.12345", "DOI": "10.18653/V1/K17-1021"}, "venue": "CoNLL"}
    paper = semantic_scholar.entry(row | {"publicationTypes": ["Conference"]}).to_paper("here")
    assert isinstance(paper, Paper)
    assert (paper.kind, paper.url) == ("inproceedings", "https://doi.org/10.18653/v1/k17-1021")
    assert paper.links == ("https://arxiv.org/abs/2004.12345",)
    assert paper.ids == ("doi:10.18653/v1/k17-1021", "arxiv:2004.12345")


def test_an_arxiv_doi_alone_makes_a_preprint() -> None:
    row = {
        "title": "T",
        "externalIds": {"ArXiv": "2004.12345", "DOI": "10.48550/arXiv.2004.12345"},
        "venue": "arXiv.org",
    }
    paper = semantic_scholar.entry(row).to_paper("here")
    assert isinstance(paper, Paper)
    assert (paper.kind, paper.ids, paper.url) == ("preprint", ("arxiv:2004.12345",), "https://arxiv.org/abs/2004.12345")


# ---- arXiv


def arxiv_pages(*names: str) -> list[Reply]:
    """Recorded pages of a search, as if they were all of it."""
    said = f"<opensearch:totalResults>{10 * len(names)}</opensearch:totalResults>"
    return [
        Reply(
            recorded(name).content.decode().replace("<opensearch:totalResults>214881</opensearch:totalResults>", said)
        )
        for name in names
    ]


def test_all_pages_of_a_name_on_arxiv_are_read(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/arxiv/api/query", *arxiv_pages("arxiv_page_1", "arxiv_page_2"))
    items = read(server, tmp_path, "arxiv:au:Curie_M")
    assert len(papers(items)) == 20
    assert [asked.query["start"] for asked in server.asked] == ["0", "10"]
    assert server.asked[0].query["search_query"] == "au:Curie_M"
    assert "papers of others who are called Curie M may be among these" in notices(items)[0]


def test_an_entry_of_arxiv_has_the_published_version_and_the_preprint(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/arxiv/api/query", *arxiv_pages("arxiv_page_1"))
    paper = papers(read(server, tmp_path, "arxiv:au:Ahuja_M"))[0]
    assert paper.title == "Testing Deep Learning Models: A First Comparative Study of Multiple Testing Techniques"
    assert (paper.url, paper.links) == (
        "https://doi.org/10.1109/icstw55395.2022.00035",
        ("https://arxiv.org/abs/2202.12139",),
    )
    assert paper.ids == ("arxiv:2202.12139", "doi:10.1109/icstw55395.2022.00035")
    assert (paper.date, paper.category, paper.kind) == ("2022-02-24", "cs.SE", "article")
    assert paper.source == "arxiv:au:Ahuja_M, 2202.12139v1"


def test_an_empty_page_in_the_middle_is_asked_for_again(server: ReplayServer, tmp_path: Path) -> None:
    first, second = arxiv_pages("arxiv_page_1", "arxiv_page_2")
    server.gives("/arxiv/api/query", first, recorded("arxiv_none"), second)
    assert len(papers(read(server, tmp_path, "arxiv:au:Curie_M"))) == 20


def test_a_name_without_papers_on_arxiv_is_an_error(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/arxiv/api/query", recorded("arxiv_none"))
    with pytest.raises(SourceError, match=r"arXiv has no papers of Nobody X; write the name as arXiv does"):
        read(server, tmp_path, "arxiv:au:Nobody_X")


def test_one_paper_of_arxiv(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/arxiv/api/query", recorded("arxiv_one"))
    [paper] = papers(read(server, tmp_path, "arxiv:1605.08386"))
    assert (paper.byline, paper.venue, paper.kind) == ("Stanley and Windisch, 2016", "arXiv", "preprint")
    assert server.asked[0].query["id_list"] == "1605.08386"


@pytest.mark.parametrize(
    ("name", "said"),
    [("arxiv_none", "arXiv has no paper 1605.08386"), ("arxiv_refused", "arXiv does not take the request")],
)
def test_a_paper_that_arxiv_has_not(server: ReplayServer, tmp_path: Path, name: str, said: str) -> None:
    server.gives("/arxiv/api/query", recorded(name))
    with pytest.raises(SourceError, match=said):
        read(server, tmp_path, "arxiv:1605.08386")


def test_a_list_of_many_authors_is_whole() -> None:
    [paper] = [arxiv.item(entry, "here") for entry in arxiv.feed_of(recorded("arxiv_published").content).entries]
    assert isinstance(paper, Paper)
    assert (len(paper.authors), paper.authors_complete) == (34, True)


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><feed>&c;</feed>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><feed/>',
        b"<feed>",
        b"",
        b"\xff\xfe<",
        b'<?xml version="1.0" encoding="utf-16"?><feed',
    ],
)
def test_hostile_xml_is_not_read(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        arxiv.feed_of(body)


# ---- Crossref and others behind a DOI

PLOS = "doi:10.1371/journal.pone.0033693"


def test_a_doi_is_read_from_crossref(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/crossref/works/10.1073/pnas.1414271111", recorded("crossref_same_work"))
    [paper] = papers(read(server, tmp_path, "doi:10.1073/pnas.1414271111"))
    assert (paper.byline, paper.venue) == ("Makris et al., 2014", "Proceedings of the National Academy of Sciences")
    assert paper.abstract.startswith("Significance\n\nThe inadequate mechanical properties")
    assert paper.source == "doi:10.1073/pnas.1414271111, Crossref"


def test_an_abstract_that_crossref_lacks_comes_from_others_and_a_notice_says_whose(
    server: ReplayServer, tmp_path: Path
) -> None:
    server.gives("/crossref/works/10.1371/journal.pone.0033693", recorded("crossref_work"))
    server.gives("/openalex/works/doi:10.1371/journal.pone.0033693", recorded("openalex_none"))
    server.gives("/s2/graph/v1/paper/DOI:10.1371/journal.pone.0033693", Reply({"abstract": "Mice were given it."}))
    items = read(server, tmp_path, PLOS)
    [paper] = papers(items)
    assert paper.abstract == "Mice were given it."
    assert paper.license == "http://creativecommons.org/licenses/by/4.0/"
    assert notices(items) == ["The abstract of the DOI 10.1371/journal.pone.0033693 comes from Semantic Scholar."]


def test_a_paper_without_an_abstract_anywhere_still_comes(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/crossref/works/10.1371/journal.pone.0033693", recorded("crossref_work"))
    items = read(server, tmp_path, PLOS)
    assert len(papers(items)) == 1
    assert notices(items) == ["No abstract of the DOI 10.1371/journal.pone.0033693 was found."]


def test_a_doi_that_crossref_has_not_is_asked_of_its_registrar(server: ReplayServer, tmp_path: Path) -> None:
    csl = {
        "type": "article-journal",
        "title": "Of a registrar",
        "author": [{"family": "Curie", "given": "M."}],
        "issued": {"date-parts": [[1911, 3]]},
        "container-title": "Radium",
        "abstract": "Short.",
    }
    server.gives("/crossref/works/10.5281/zenodo.1", Reply("Resource not found.", 404))
    server.gives("/doi/10.5281/zenodo.1", Reply(status=302, headers={"Location": "/registrar"}))
    server.gives("/registrar", Reply(csl))
    [paper] = papers(read(server, tmp_path, "doi:10.5281/zenodo.1"))
    assert (paper.title, paper.byline, paper.date, paper.venue) == (
        "Of a registrar",
        "Curie, 1911",
        "1911-03",
        "Radium",
    )
    assert {asked.headers["accept"] for asked in server.asked[1:]} == {"application/vnd.citationstyles.csl+json"}


def test_a_doi_that_nobody_has_is_an_error(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/crossref/works/10.1371/notarealdoi", Reply("Resource not found.", 404))
    server.gives("/doi/10.1371/notarealdoi", Reply("", 404))
    with pytest.raises(SourceError, match=r"doi.org has no record of the DOI 10\.1371/notarealdoi"):
        read(server, tmp_path, "doi:10.1371/notarealdoi")


def test_the_preprint_of_a_published_paper_is_linked() -> None:
    relation = {"has-preprint": [{"id-type": "doi", "id": "10.48550/arXiv.2004.12345"}]}
    made = crossref.entry({"title": ["T"], "type": "journal-article", "relation": relation}, "10.1000/182")
    assert list(made.ids) == ["doi:10.1000/182", "arxiv:2004.12345"]
    assert "https://doi.org/10.48550/arXiv.2004.12345" in list(made.links)


@pytest.mark.parametrize("kind", ["dataset", "component", "peer-review", "journal-issue"])
def test_what_has_a_doi_and_is_no_publication_is_skipped(server: ReplayServer, tmp_path: Path, kind: str) -> None:
    server.gives("/crossref/works/10.1000/182", Reply({"message": {"title": ["T"], "type": kind}}))
    [item] = read(server, tmp_path, "doi:10.1000/182")
    assert isinstance(item, Skipped)


# ---- ORCID


def orcid_person(server: ReplayServer) -> str:
    """A recorded person with a recorded list of works."""
    key = "0000-0002-9341-7985"
    server.gives(f"/orcid/v3.0/{key}/person", recorded("orcid_person"))
    server.gives(f"/orcid/v3.0/{key}/works", recorded("orcid_works"))
    return key


def test_every_work_that_a_person_lists_is_an_item(server: ReplayServer, tmp_path: Path) -> None:
    key = orcid_person(server)
    server.gives("/openalex/works", Reply({"results": []}))
    items = read(server, tmp_path, f"orcid:{key}")
    groups = recorded_json("orcid_works")["group"]
    assert profile(items) == Profile("Peter Binfield", figures={"works": str(len(groups))})
    assert len(papers(items)) + len(left_out(items)) == len(groups)
    assert papers(items)[0].authors_complete is False
    assert server.asked[0].headers["accept"] == "application/json"


def test_works_with_a_doi_come_with_openalexs_abstracts_and_authors(server: ReplayServer, tmp_path: Path) -> None:
    key = orcid_person(server)
    known = work(5, doi="https://doi.org/10.1038/NPRE.2009.2801", abstract_inverted_index={"Get": [0], "rid.": [1]})
    server.gives("/openalex/works", Reply({"results": [known]}))
    items = read(server, tmp_path, f"orcid:{key}")
    [paper] = [paper for paper in papers(items) if paper.doi == "10.1038/npre.2009.2801"]
    assert (paper.abstract, paper.authors_complete) == ("Get rid.", True)
    assert paper.source.startswith(f"orcid:{key}, work ")
    assert paper.source.endswith(", OpenAlex")
    assert "10.1038/npre.2009.2801" in server.asked[2].query["filter"]


def test_without_openalex_the_works_come_as_orcid_has_them(server: ReplayServer, tmp_path: Path) -> None:
    key = orcid_person(server)
    server.gives("/openalex/works", Reply(status=403))
    items = read(server, tmp_path, f"orcid:{key}")
    assert papers(items)
    assert "come without OpenAlex's abstracts: OpenAlex refuses access" in notices(items)[0]


def test_details_of_works_bring_authors_and_descriptions(server: ReplayServer, tmp_path: Path) -> None:
    detailed = recorded_json("orcid_work")
    summary = {name: detailed[name] for name in ("put-code", "title", "type", "publication-date")}
    key = "0000-0002-0734-2199"
    server.gives(f"/orcid/v3.0/{key}/person", recorded("orcid_person"))
    server.gives(f"/orcid/v3.0/{key}/works", Reply({"group": [{"work-summary": [summary]}]}))
    server.gives(f"/orcid/v3.0/{key}/works/77226586", Reply({"bulk": [{"work": detailed}]}))
    [paper] = papers(read(server, tmp_path, f"orcid:{key}"))
    assert (paper.byline, paper.authors_complete, paper.venue) == ("Kreutzer et al., 2020", True, "Ancient TL")
    assert paper.abstract.startswith("We present additional experiments for α-Al2O3:C chips")


def test_a_person_whom_orcid_has_not(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/orcid/v3.0/0000-0002-1825-0097/person", recorded("orcid_no_person"))
    with pytest.raises(SourceError, match="ORCID has no person 0000-0002-1825-0097"):
        read(server, tmp_path, "orcid:0000-0002-1825-0097")


def test_a_fault_of_orcid_is_named_after_several_tries(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/orcid/v3.0/0000-0002-1825-0097/person", recorded("orcid_error"))
    with pytest.raises(SourceError, match=r"ORCID did not give person .* \(status 500\); try again later"):
        read(server, tmp_path, "orcid:0000-0002-1825-0097")


# ---- who a name may mean


def test_candidates_come_from_openalex_with_what_tells_them_apart(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/openalex/authors", Reply({"results": [CURIE]}))
    with web(server, tmp_path) as sources:
        [candidate] = sources.find("Marie Curie").candidates
    assert candidate.name == "Marie Curie"
    assert candidate.affiliations == ("Radium Institute", "Sorbonne")
    assert (candidate.works, candidate.years) == (2, (2019, 2024))
    assert candidate.topics == ("Radioactivity", "Chemistry")
    assert candidate.sources == ("openalex:A5000000001", "orcid:0000-0002-1825-0097")
    assert server.paths() == ["/openalex/authors"]


def test_a_service_that_fails_is_a_notice_and_the_next_is_asked(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/openalex/authors", Reply(status=403))
    server.gives("/s2/graph/v1/author/search", recorded("s2_search"))
    with web(server, tmp_path) as sources:
        found = sources.find("Turing")
    assert "s2:2262347" in [candidate.sources[0] for candidate in found.candidates]
    assert found.notices[0].text.startswith("OpenAlex refuses access to authors named 'Turing'")


def test_a_name_that_two_services_do_not_know_is_asked_of_orcid(server: ReplayServer, tmp_path: Path) -> None:
    person = {"orcid-id": "0000-0002-1825-0097", "given-names": "Josiah", "family-names": "Carberry"}
    server.gives("/openalex/authors", Reply({"results": []}))
    server.gives("/s2/graph/v1/author/search", recorded("s2_search_empty"))
    server.gives("/orcid/v3.0/expanded-search/", Reply({"expanded-result": [person | {"institution-name": ["Brown"]}]}))
    with web(server, tmp_path) as sources:
        [candidate] = sources.find('Josiah "Carberry" OR x').candidates
    assert (candidate.name, candidate.affiliations) == ("Josiah Carberry", ("Brown",))
    assert server.asked[-1].query["q"].startswith('given-and-family-names:"Josiah Carberry x"')


def test_a_name_that_nobody_knows_has_no_candidates(server: ReplayServer, tmp_path: Path) -> None:
    server.gives("/openalex/authors", Reply({"results": []}))
    server.gives("/s2/graph/v1/author/search", recorded("s2_search_empty"))
    server.gives("/orcid/v3.0/expanded-search/", Reply({"expanded-result": None, "num-found": 0}))
    with web(server, tmp_path) as sources:
        assert sources.find("Nobody").candidates == ()


def test_where_no_service_answers_it_is_an_error(server: ReplayServer, tmp_path: Path) -> None:
    for path in ("/openalex/authors", "/s2/graph/v1/author/search", "/orcid/v3.0/expanded-search/"):
        server.gives(path, Reply(status=403))
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match="ORCID refuses access"):
        sources.find("Marie Curie")


# ---- full texts

PREPRINT = Entry(title="T", ids=["arxiv:2004.12345"]).to_paper("here")
OAI = """<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><GetRecord><record><metadata>
<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2004.12345</id><license>{}</license></arXiv>
</metadata></record></GetRecord></OAI-PMH>"""


@pytest.mark.parametrize(
    ("license_name", "allowed"),
    [
        ("http://creativecommons.org/licenses/by/4.0/", True),
        ("http://creativecommons.org/licenses/by-nc-nd/4.0/", True),
        ("http://creativecommons.org/publicdomain/zero/1.0/", True),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", False),
        ("http://example.org/creativecommons.org/licenses/by/4.0/", False),
    ],
)
def test_a_full_text_is_taken_only_where_its_licence_allows(
    server: ReplayServer, tmp_path: Path, license_name: str, allowed: bool
) -> None:
    assert isinstance(PREPRINT, Paper)
    server.gives("/arxiv_oai/oai", Reply(OAI.format(license_name)))
    server.gives("/arxiv/pdf/2004.12345", Reply(b"%PDF-1.5 ...", headers={"Content-Type": "application/pdf"}))
    with web(server, tmp_path) as sources:
        path, terms = sources.pdf(PREPRINT)
    assert terms == license_name
    assert (path is not None) is allowed
    assert ("/arxiv/pdf/2004.12345" in server.paths()) is allowed
    assert path is None or path.read_bytes() == b"%PDF-1.5 ..."
    assert server.asked[0].query["identifier"] == "oai:arXiv.org:2004.12345"


def test_a_full_text_that_is_there_is_not_asked_for_again(server: ReplayServer, tmp_path: Path) -> None:
    assert isinstance(PREPRINT, Paper)
    server.gives("/arxiv_oai/oai", Reply(OAI.format("http://creativecommons.org/licenses/by/4.0/")))
    server.gives("/arxiv/pdf/2004.12345", Reply(b"%PDF-1.5 ..."))
    for _ in range(2):
        with web(server, tmp_path) as sources:
            assert sources.pdf(PREPRINT)[0] == tmp_path / "pdf" / "2004.12345.pdf"
    assert len(server.asked) == 2


def test_where_arxivs_record_fails_openalexs_licence_of_that_copy_counts(server: ReplayServer, tmp_path: Path) -> None:
    assert isinstance(PREPRINT, Paper)
    copies: list[dict[str, Any]] = [
        {"landing_page_url": "https://doi.org/10.1000/182", "license": "cc-by"},
        {"landing_page_url": "http://arxiv.org/abs/2004.12345", "license": None},
    ]
    server.gives("/arxiv_oai/oai", Reply(status=500))
    server.gives("/openalex/works/doi:10.48550/arXiv.2004.12345", Reply(work(1, locations=copies)))
    with web(server, tmp_path / "a") as sources:
        assert sources.pdf(PREPRINT) == (None, None)
    copies[1]["license"] = "cc-by-sa"
    server.gives("/openalex/works/doi:10.48550/arXiv.2004.12345", Reply(work(1, locations=copies)))
    with web(server, tmp_path / "b") as sources:
        assert sources.license(PREPRINT) == "cc-by-sa"


def test_a_paper_that_is_not_on_arxiv_has_no_full_text(server: ReplayServer, tmp_path: Path) -> None:
    paper = Entry(title="T", ids=["doi:10.1000/182"]).to_paper("here")
    assert isinstance(paper, Paper)
    with web(server, tmp_path) as sources:
        assert sources.pdf(paper) == (None, None)
    assert server.asked == []


def test_a_page_in_the_place_of_a_pdf_is_not_kept(server: ReplayServer, tmp_path: Path) -> None:
    assert isinstance(PREPRINT, Paper)
    server.gives("/arxiv_oai/oai", Reply(OAI.format("http://creativecommons.org/licenses/by/4.0/")))
    server.gives("/arxiv/pdf/2004.12345", Reply("<html>Please wait</html>"))
    with web(server, tmp_path) as sources, pytest.raises(SourceError, match=r"arXiv did not give PDF of 2004\.12345"):
        sources.pdf(PREPRINT)
    assert not (tmp_path / "pdf").exists()


# ---- records of any shape

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


def _bent(record: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A record with some of its fields, at the top or one below, replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(record)), _JSON, max_size=4).map(lambda changes: record | changes)


@given(_bent(recorded_json("openalex_works")["results"][0]))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_any_record_of_openalex_is_an_item(record: dict[str, Any]) -> None:
    assert all(isinstance(item, Paper | Unreadable | Skipped | Notice) for item in openalex.items(record, "here"))
    openalex.candidate(record)


@given(_bent(recorded_json("s2_batch")[1]))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_any_record_of_semantic_scholar_is_an_item(record: dict[str, Any]) -> None:
    assert isinstance(semantic_scholar.item(record, "here"), Paper | Unreadable | Skipped)


@given(_bent(recorded_json("crossref_work")["message"]))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_any_record_of_crossref_is_an_entry(record: dict[str, Any]) -> None:
    assert isinstance(crossref.entry(record, "10.1000/182").to_paper("here"), Paper | Unreadable)


@given(_bent(recorded_json("orcid_work")))
@settings(derandomize=True, max_examples=100, deadline=None)
def test_any_record_of_orcid_is_an_entry(record: dict[str, Any]) -> None:
    assert isinstance(orcid.entry(record, "Marie Curie").to_paper("here"), Paper | Unreadable)
    orcid.preferred({"work-summary": [record]})


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_bytes_are_a_record_a_feed_or_a_value_error(body: bytes) -> None:
    for reader in (parsed, arxiv.feed_of, arxiv.recorded_license):
        try:
            reader(body)
        except ValueError:
            continue
