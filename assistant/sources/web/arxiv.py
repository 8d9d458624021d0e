"""arXiv: the papers of an author's name, single papers, and full texts where their licence allows.

Formats: https://info.arxiv.org/help/api/user-manual.html (Atom, pages by offset) and OAI-PMH 2.0 for licences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Unreadable
from assistant.sources.entries import Entry, arxiv_id, doi_id
from assistant.sources.web import openalex
from assistant.sources.web.http import Http, NotFound
from assistant.sources.web.naming import Source

_PAGE = 100
_LAST = 29_900
"""The service gives no page that begins later."""
_NAMES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "opensearch": "http://a9.com/-/spec/opensearch/1.1/",
}
_FREE = re.compile(
    r"(?i)(?:https?://)?(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/|cc-?0$|cc-by|public-domain$"
)


@dataclass(frozen=True, slots=True)
class Feed:
    total: int
    entries: tuple[ElementTree.Element, ...]


def read(http: Http, source: Source) -> Iterator[Item]:
    """All papers under an author's name, newest first, or one paper."""
    name = source.id.removeprefix("au:")
    if name == source.id:
        feed = http.parsed("arxiv", "/api/query", feed_of, what=f"paper {name}", id_list=name, max_results=1)
        if not feed.entries:
            raise NotFound(f"arXiv has no paper {name}; check the identifier.")
        yield item(feed.entries[0], str(source))
        return
    yield Notice(f"arXiv goes by names: papers of others who are called {name.replace('_', ' ')} may be among these.")
    offset, total = 0, 1
    while offset < min(total, _LAST + 1):
        feed = _page(http, name, offset, at_least=1 if offset else 0)
        for entry in feed.entries:
            yield item(entry, f"{source}, {_text(entry, 'atom:id').rpartition('/abs/')[2] or 'an entry with no id'}")
        if not feed.entries:
            break
        offset, total = offset + len(feed.entries), feed.total
    if offset == 0:
        raise NotFound(f"arXiv has no papers of {name.replace('_', ' ')}; write the name as arXiv does (Curie_M).")
    if offset < total:
        yield Notice(f"arXiv counts {total:,} papers of {name.replace('_', ' ')} and gave {offset:,}.")


def _page(http: Http, name: str, offset: int, *, at_least: int) -> Feed:
    def parse(body: bytes) -> Feed:
        feed = feed_of(body)
        if len(feed.entries) < at_least:  # a known fault of the service, gone with the next try
            raise ValueError("the page is empty")
        return feed

    return http.parsed(
        "arxiv",
        "/api/query",
        parse,
        what=f"papers of {name.replace('_', ' ')} from {offset + 1:,} on",
        search_query=f"au:{name}",
        sortBy="submittedDate",
        sortOrder="descending",
        start=offset,
        max_results=_PAGE,
    )


def feed_of(body: bytes) -> Feed:
    root = _xml(body)
    total = root.findtext("opensearch:totalResults", "", _NAMES).strip()
    entries = root.findall("atom:entry", _NAMES)
    if any("/api/errors" in _text(entry, "atom:id") for entry in entries):
        raise ValueError("it is an error's report")
    return Feed(int(total) if re.fullmatch(r"\d{1,9}", total) else len(entries), tuple(entries))


def _xml(body: bytes) -> ElementTree.Element:
    """The root of a document without a type definition, so that no entity can grow or point elsewhere.

    Raises:
        ValueError: it is no such document.
    """
    content = body.decode("utf-8-sig")
    if re.search(r"<!(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        raise ValueError("it defines its own document type")
    try:
        return ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise ValueError("it is no XML") from error


def _text(entry: ElementTree.Element, name: str) -> str:
    return (entry.findtext(name, "", _NAMES) or "").strip()


def item(entry: ElementTree.Element, place: str) -> Paper | Unreadable:
    own = arxiv_id(_text(entry, "atom:id"))
    doi = doi_id(_text(entry, "arxiv:doi"))
    preprint = f"https://arxiv.org/abs/{own.removeprefix('arxiv:')}" if own else _text(entry, "atom:id")
    published = f"https://doi.org/{doi.removeprefix('doi:')}" if doi and doi.startswith("doi:") else None
    people = entry.findall("atom:author", _NAMES)
    journal = _text(entry, "arxiv:journal_ref")
    category = entry.find("arxiv:primary_category", _NAMES)
    made = Entry(
        title=_text(entry, "atom:title"),
        authors=[_text(person, "atom:name") for person in people],
        abstract=_as_text(_text(entry, "atom:summary")),
        date=_text(entry, "atom:published"),
        venue=journal or (None if published else "arXiv"),
        kind="article" if journal or published else "preprint",
        url=published or preprint,
        ids=[i for i in (own, doi) if i],
        links=[preprint],
        category=category.get("term") if category is not None else None,
    )
    return made.to_paper(place)


def _as_text(summary: str) -> str:
    """The abstract with its paragraphs, which arXiv sets in by two blanks."""
    return re.sub(r"\n {2,}", "\n\n", summary)


def license_of(http: Http, paper: Paper) -> str | None:
    """The licence under which arXiv has a paper, by arXiv's own record and else by OpenAlex's; None where none says.

    Raises:
        SourceError: neither answers.
    """
    if paper.arxiv_id is None:
        return None
    failure: SourceError | None = None
    try:
        found = http.parsed(
            "arxiv_oai",
            "/oai",
            recorded_license,
            what=f"licence of {paper.arxiv_id}",
            verb="GetRecord",
            identifier=f"oai:arXiv.org:{paper.arxiv_id}",
            metadataPrefix="arXiv",
        )
        if found:
            return found
    except SourceError as error:
        failure = error
    try:
        work = openalex.work_of_doi(http, f"10.48550/arXiv.{paper.arxiv_id}")
        return openalex.license_of_arxiv_copy(work) or None
    except SourceError:
        if failure is not None:
            raise failure from None
        return None


def recorded_license(body: bytes) -> str:
    found = (element.text or "" for element in _xml(body).iter("{http://arxiv.org/OAI/arXiv/}license"))
    return next(found, "").strip()


def pdf(http: Http, identifier: str) -> bytes:
    """The full text of a paper in its latest version.

    Raises:
        SourceError: it cannot be got.
    """
    return http.file(http.address("arxiv", f"/pdf/{identifier}"), what=f"PDF of {identifier}", starts=b"%PDF").body


def allows_copies(license_name: str | None) -> bool:
    """Whether a licence lets anyone keep a copy: those of Creative Commons and the public domain.

    arXiv's own default licence lets only arXiv itself distribute the paper.
    """
    return license_name is not None and _FREE.match(license_name.strip()) is not None
