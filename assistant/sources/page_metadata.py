"""What a page of publications says for machines: JSON-LD, Highwire's ``citation_`` tags, COinS, embedded BibTeX."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources.entries import Entry, arxiv_id, doi_id

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_WORKS = frozenset("ScholarlyArticle MedicalScholarlyArticle Thesis Chapter Book Report".split())


def of_json_ld(text: str) -> Iterator[Entry]:
    try:
        todo: list[Any] = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while todo:
        node = todo.pop(0)
        if isinstance(node, list):
            todo = [*node, *todo]
        elif isinstance(node, dict):
            kinds = node.get("@type")
            if _WORKS & set(map(str, kinds if isinstance(kinds, list) else [kinds])) and _word(
                node, "name", "headline"
            ):
                yield _of_work(node)
            else:
                todo = [*(value for value in node.values() if isinstance(value, (dict, list))), *todo]


def _of_work(node: dict[str, Any]) -> Entry:
    authors = node.get("author") or node.get("creator") or []
    listed = authors if isinstance(authors, list) else [authors]
    said = json.dumps([node.get(k) for k in ("@id", "doi", "identifier", "sameAs", "url")])[:5_000]
    return Entry(
        title=_word(node, "name", "headline"),
        authors=[name for name in map(_person, listed) if name],
        abstract=_word(node, "abstract"),
        date=_word(node, "datePublished", "dateCreated") or None,
        venue=_word(node.get("isPartOf"), "name") or None,
        url=_word(node, "url") or None,
        ids=[found for found in (doi_id(said), arxiv_id(said.strip('[]" '))) if found],
    )


def _person(node: Any) -> str:
    if isinstance(node, str):
        return node
    return _word(node, "name") or f"{_word(node, 'givenName')} {_word(node, 'familyName')}".strip()


def _word(node: Any, *names: str) -> str:
    """The first of the fields that is text."""
    node = node[0] if isinstance(node, list) and node else node
    values = [node.get(name) for name in names] if isinstance(node, dict) else []
    return next((value for value in values if isinstance(value, str)), "")


def of_coins(title: str) -> Entry | None:
    """COinS: OpenURL's key-value pairs in the title of a ``span.Z3988``."""
    fields = parse_qs(title[:20_000], max_num_fields=500) if title.count("&") < 500 else {}

    def value(*names: str) -> str:
        return next((fields[f"rft.{name}"][0] for name in names if f"rft.{name}" in fields), "")

    name = value("atitle", "title", "btitle")
    first = ", ".join(part for part in (value("aulast"), value("aufirst", "auinit")) if part)
    authors = list(dict.fromkeys((*([first] if first else []), *fields.get("rft.au", []))))
    doi = next((found for found in map(doi_id, fields.get("rft_id", [])) if found), None)
    if not name or not (authors or doi):
        return None
    if first and len(authors) > 1 and value("aulast") in authors[1]:
        del authors[0]
    return Entry(
        title=name,
        authors=authors,
        date=value("date") or None,
        venue=value("jtitle", "stitle") or None,
        ids=[doi] if doi else [],
    )


def of_highwire(root: HtmlElement) -> Entry | None:
    """The ``citation_`` tags that Google Scholar asks journals for; they speak of the page's one paper."""
    fields: dict[str, list[str]] = {}
    for node in root.iter("meta"):
        name = (node.get("name") or "").casefold().removeprefix("citation_")
        if node.get("content") and (node.get("name") or "").casefold().startswith("citation_"):
            fields.setdefault(name, []).append(node.get("content") or "")

    def value(*names: str) -> str:
        return next((fields[name][0] for name in names if name in fields), "")

    authors = [name for entry in fields.get("author", fields.get("authors", [])) for name in entry.split(";")]
    ids = [found for found in (doi_id(value("doi")), arxiv_id(value("arxiv_id"))) if found]
    if not authors and not ids:
        return None
    return Entry(
        title=value("title"),
        authors=[name.strip() for name in authors],
        abstract=value("abstract"),
        date=value("publication_date", "date", "online_date", "year").replace("/", "-") or None,
        venue=value("journal_title", "conference_title", "dissertation_institution") or None,
        url=value("abstract_html_url", "public_url", "fulltext_html_url", "pdf_url") or None,
        ids=ids,
    )


def of_bibtex(text: str, name: str) -> Iterator[Entry]:
    from assistant.sources import bibtex

    try:
        papers = [item for item in bibtex.read(text, name) if isinstance(item, Paper)]
    except SourceError:
        return
    for paper in papers:
        links = [link for link in (paper.url, *paper.links) if link]
        yield Entry(
            title=paper.title,
            authors=[author.name for author in paper.authors],
            authors_complete=paper.authors_complete,
            abstract=paper.abstract,
            date=paper.date,
            venue=paper.venue,
            kind=paper.kind,
            url=links[0] if links else None,
            ids=paper.ids,
            links=links[1:],
            key=paper.key,
        )
