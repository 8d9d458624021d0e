"""Semantic Scholar: authors with all their papers, single papers, and people by name.

Format: https://api.semanticscholar.org/api-docs/graph (pages by offset).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from assistant.sources import Item, Notice, Profile, Skipped
from assistant.sources.entries import Entry, arxiv_id, doi_id
from assistant.sources.web.candidates import Candidate
from assistant.sources.web.http import Http
from assistant.sources.web.naming import Source
from assistant.sources.web.records import number, rows, text, texts

_PAGE = 100
_END = 9_999
"""The service gives no papers beyond this one."""
_FIELDS = (
    "title,abstract,authors,year,publicationDate,venue,publicationVenue,journal,publicationTypes,externalIds,url,"
    "openAccessPdf"
)
_UNQUOTED = "/:;()"
_ABOUT = "name,affiliations,paperCount,citationCount,hIndex,url"
_KINDS = {
    "Conference": "inproceedings", "JournalArticle": "article", "Review": "article", "LettersAndComments": "article",
    "Editorial": "article", "CaseReport": "article", "ClinicalTrial": "article", "Study": "article",
    "MetaAnalysis": "article", "Book": "book", "BookSection": "incollection",
}  # fmt: skip


def read(http: Http, source: Source) -> Iterator[Item]:
    """An author's profile and papers, or one paper."""
    if not source.id.isdigit():
        paper = http.json("s2", f"/graph/v1/paper/{source.id}", what=f"paper {source.id}", fields=_FIELDS)
        yield item(paper, str(source))
        return
    author = http.json("s2", f"/graph/v1/author/{source.id}", what=f"author {source.id}", fields=_ABOUT)
    yield Profile(text(author, "name") or source.id, figures=_figures(author))
    yield from _papers(http, source.id, number(author, "paperCount") or 0)


def _papers(http: Http, author: str, said: int) -> Iterator[Item]:
    offset, seen = 0, 0
    while offset < _END:
        page = http.json(
            "s2",
            f"/graph/v1/author/{author}/papers",
            what=f"papers of author {author} from {offset + 1:,} on",
            fields=_FIELDS,
            offset=offset,
            limit=min(_PAGE, _END - offset),
        )
        found = rows(page, "data")
        for paper in found:
            yield item(paper, f"s2:{author}, {text(paper, 'paperId')[:12] or 'a paper with no id'}")
        seen += len(found)
        following = number(page, "next")
        if not found or following is None or following <= offset:
            break
        offset = following
    if seen < said:
        yield Notice(f"Semantic Scholar counts {said:,} papers of author {author} and gave {seen:,}.")


def item(paper: dict[str, Any], place: str) -> Item:
    if "Dataset" in texts(paper, "publicationTypes"):
        return Skipped(place, f"{text(paper, 'title')[:200]} is a data set.")
    return entry(paper).to_paper(place)


def entry(paper: dict[str, Any]) -> Entry:
    arxiv = arxiv_id(text(paper, "externalIds", "ArXiv"))
    doi = doi_id(text(paper, "externalIds", "DOI"))
    published = doi is not None and doi.startswith("doi:")
    preprint = f"https://arxiv.org/abs/{arxiv.removeprefix('arxiv:')}" if arxiv else None
    home = f"https://doi.org/{doi.removeprefix('doi:')}" if doi and published else preprint
    own = text(paper, "paperId")
    pmid = text(paper, "externalIds", "PubMed")
    links = (preprint, text(paper, "url"), text(paper, "openAccessPdf", "url"))
    return Entry(
        title=text(paper, "title"),
        authors=[text(author, "name") for author in rows(paper, "authors")],
        abstract=text(paper, "abstract"),
        date=text(paper, "publicationDate") or text(paper, "year"),
        venue=text(paper, "venue") or text(paper, "publicationVenue", "name") or text(paper, "journal", "name"),
        kind=_kind(paper, published=published, on_arxiv=arxiv is not None),
        url=home or text(paper, "url"),
        ids=[i for i in (doi, arxiv, f"s2:{own}" if own else None, f"pmid:{pmid}" if pmid else None) if i],
        links=[link for link in links if link],
    )


def _kind(paper: dict[str, Any], *, published: bool, on_arxiv: bool) -> str:
    if on_arxiv and not published and "arxiv" in (text(paper, "venue") or "arxiv").casefold():
        return "preprint"
    return next((_KINDS[kind] for kind in texts(paper, "publicationTypes") if kind in _KINDS), "misc")


def abstract_of_doi(http: Http, doi: str) -> str:
    """The abstract of a DOI's paper, "" where it holds none.

    Raises:
        SourceError: it has no such paper, or does not answer.
    """
    return text(
        http.json(
            "s2", f"/graph/v1/paper/DOI:{quote(doi, safe=_UNQUOTED)}", what=f"paper of the DOI {doi}", fields=_FIELDS
        ),
        "abstract",
    )


def find(http: Http, name: str) -> list[Candidate]:
    """People of a name, those with the most papers first."""
    page = http.json(
        "s2", "/graph/v1/author/search", what=f"authors named {name!r}", query=name, fields=_ABOUT, limit=50
    )
    people = sorted(rows(page, "data"), key=lambda row: -(number(row, "paperCount") or 0))
    return [
        Candidate(
            name=text(row, "name"),
            affiliations=tuple(texts(row, "affiliations")[:3]),
            works=number(row, "paperCount"),
            sources=(f"s2:{text(row, 'authorId')}",),
        )
        for row in people[:10]
        if text(row, "authorId").isdigit()
    ]


def _figures(author: dict[str, Any]) -> dict[str, str]:
    found = {
        "works": text(author, "paperCount"),
        "citations": text(author, "citationCount"),
        "h-index": text(author, "hIndex"),
        "affiliations": "; ".join(texts(author, "affiliations")[:3]),
    }
    return {name: value for name, value in found.items() if value}
