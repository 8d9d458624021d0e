"""A DOI -> its paper: from Crossref, or from whoever registered it, with an abstract of others where it has none.

Formats: https://api.crossref.org/swagger-ui (works) and CSL-JSON from doi.org by content negotiation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Skipped
from assistant.sources.entries import Entry, arxiv_id, doi_id
from assistant.sources.web import openalex, semantic_scholar
from assistant.sources.web.http import Http, NotFound
from assistant.sources.web.naming import Source
from assistant.sources.web.records import at, number, parsed, rows, text, texts, without_heading

_CSL = "application/vnd.citationstyles.csl+json"
_KINDS = {
    "journal-article": "article", "article-journal": "article", "proceedings-article": "inproceedings",
    "paper-conference": "inproceedings", "book-chapter": "incollection", "chapter": "incollection", "book": "book",
    "monograph": "book", "edited-book": "book", "reference-book": "book", "book-section": "incollection",
    "book-part": "incollection", "reference-entry": "incollection", "dissertation": "phdthesis", "thesis": "phdthesis",
    "report": "techreport", "posted-content": "preprint", "article": "preprint",
}  # fmt: skip
_NO_PUBLICATIONS = {
    "dataset": "a data set", "software": "software", "component": "a part of another work",
    "peer-review": "a review of another work", "grant": "a grant", "journal": "a journal",
    "journal-issue": "an issue of a journal", "journal-volume": "a volume of a journal", "database": "a database",
}  # fmt: skip


def read(http: Http, source: Source) -> Iterator[Item]:
    doi, place = source.id, str(source)
    try:
        work = _message(http.json("crossref", f"/works/{quote(doi, safe='')}", what=f"work of the DOI {doi}"))
        place += ", Crossref"
    except NotFound:
        work = http.parsed("doi", f"/{quote(doi, safe='/')}", parsed, what=f"record of the DOI {doi}", accept=_CSL)
    title = _first(work, "title")
    reason = _NO_PUBLICATIONS.get(text(work, "type"))
    if reason:
        yield Skipped(place, f"{title[:200] or 'the entry'} is {reason}.")
        return
    made = entry(work, doi)
    if not made.abstract:
        made, said = _with_abstract(http, made, doi)
        yield from said
    paper = made.to_paper(place)
    if isinstance(paper, Paper) and any(text(row, "type") == "retraction" for row in rows(work, "updated-by")):
        yield Notice(f"{paper.title!r} was retracted, says Crossref.")
    yield paper


def _message(reply: dict[str, Any]) -> dict[str, Any]:
    work = reply.get("message")
    return work if isinstance(work, dict) else {}


def _with_abstract(http: Http, made: Entry, doi: str) -> tuple[Entry, list[Notice]]:
    """The entry with the abstract that another service holds, which a notice names."""
    try:
        work = openalex.work_of_doi(http, doi)
        abstract, name = openalex.abstract_of(work), "OpenAlex"
    except SourceError:
        abstract, name = "", ""
    if not abstract:
        try:
            abstract, name = semantic_scholar.abstract_of_doi(http, doi), "Semantic Scholar"
        except SourceError:
            abstract = ""
    if not abstract:
        return made, [Notice(f"No abstract of the DOI {doi} was found.")]
    return replace(made, abstract=abstract), [Notice(f"The abstract of the DOI {doi} comes from {name}.")]


def entry(work: dict[str, Any], doi: str) -> Entry:
    names = [_name(author) for author in rows(work, "author")]
    preprints, versions = _related(work, "has-preprint"), _related(work, "is-preprint-of")
    arxiv = [found for found in (arxiv_id(link) or doi_id(link) for link in preprints) if found]
    return Entry(
        title=": ".join(part for part in (_first(work, "title"), _first(work, "subtitle")) if part),
        authors=[name for name in names if name],
        abstract=without_heading(text(work, "abstract")),
        date=_date(work),
        venue=_first(work, "container-title") or text(work, "institution", "name") or text(work, "publisher"),
        kind=_KINDS.get(text(work, "type"), "misc"),
        url=f"https://doi.org/{doi}",
        ids=[f"doi:{doi}", *(found for found in arxiv if found.startswith("arxiv:"))],
        links=[*preprints, *versions, text(work, "resource", "primary", "URL")],
        license=_license(work),
    )


def _name(author: dict[str, Any]) -> str:
    family, given = text(author, "family"), text(author, "given")
    particle = text(author, "non-dropping-particle") or text(author, "dropping-particle")
    suffix = text(author, "suffix")
    return (
        " ".join(part for part in (given, particle, family, suffix) if part)
        or text(author, "literal")
        or text(author, "name")
    )


def _related(work: dict[str, Any], relation: str) -> list[str]:
    """Links to the works of a relation. Crossref has them in both directions between a preprint and its paper."""
    found = [text(row, "id") for row in rows(work, "relation", relation) if text(row, "id-type") == "doi"]
    return [f"https://doi.org/{doi}" for doi in found if doi.startswith("10.")]


def _date(work: dict[str, Any]) -> str | None:
    for field in ("issued", "published", "published-online", "published-print"):
        parts = at(work, field, "date-parts")
        first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else []
        written = [str(part) for part in first if isinstance(part, (int, str))]
        if written:
            return "-".join(written[:3])
    year = number(work, "issued", "year")
    return str(year) if year else None


def _license(work: dict[str, Any]) -> str | None:
    """The licence of the published version, or of all versions."""
    stated = [row for row in rows(work, "license") if text(row, "content-version") in ("vor", "unspecified", "")]
    return next((text(row, "URL") for row in stated if text(row, "URL")), None)


def _first(work: dict[str, Any], field: str) -> str:
    return next((found for found in texts(work, field) if found.strip()), "")
