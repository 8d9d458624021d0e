"""OpenAlex: authors with all their works, single works, and people by name.

Formats: https://developers.openalex.org/api-reference (lists by cursor, abstracts as inverted indexes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from assistant.errors import SourceError
from assistant.papers import Paper
from assistant.sources import Item, Notice, Profile, Skipped
from assistant.sources.entries import Entry, arxiv_id, doi_id
from assistant.sources.web.candidates import Candidate
from assistant.sources.web.http import Http
from assistant.sources.web.naming import Source
from assistant.sources.web.records import at, number, rows, text, texts, without_heading

_PAGE = 100
_DOIS_AT_ONCE = 50
_AUTHORS_SHOWN = 100
_FIELDS = (
    "id,doi,ids,title,publication_date,publication_year,type,primary_location,best_oa_location,locations,authorships,"
    "abstract_inverted_index,is_retracted"
)
_UNQUOTED = "/:;()"
_MAX_WORDS = 20_000
_KINDS = {
    "article": "article", "review": "article", "letter": "article", "editorial": "article", "preprint": "preprint",
    "book": "book", "book-chapter": "incollection", "book-section": "incollection", "dissertation": "phdthesis",
    "report": "techreport", "reference-entry": "incollection", "standard": "techreport",
}  # fmt: skip
_NO_PUBLICATIONS = {
    "dataset": "a data set", "software": "software", "paratext": "a cover, an index or the like of a volume",
    "peer-review": "a review of another work", "erratum": "a correction of another work", "grant": "a grant",
    "retraction": "the retraction of another work", "supplementary-materials": "a supplement of another work",
    "libguides": "a library's guide", "database": "a database",
}  # fmt: skip


def read(http: Http, source: Source) -> Iterator[Item]:
    """An author's profile and works, newest first, or one work."""
    if source.id.startswith("W"):
        work = http.json("openalex", f"/works/{source.id}", what=f"work {source.id}", select=_FIELDS)
        yield from items(work, str(source))
        return
    author = http.json("openalex", f"/authors/{source.id}", what=f"author {source.id}")
    key = _short(text(author, "id")) or source.id
    if key != source.id:
        yield Notice(f"OpenAlex has merged {source.id} into {key}.")
    name, count = text(author, "display_name"), number(author, "works_count") or 0
    yield Profile(name or key, figures=_figures(author))
    yield Notice(
        f"OpenAlex puts {count:,} works under {key} ({name or 'no name'}); it merges people of one name and splits one "
        f"person in several, so look at who is behind them."
    )
    yield from _works(http, key)


def _works(http: Http, author: str) -> Iterator[Item]:
    place, cursor, seen, said = f"openalex:{author}", "*", 0, 0
    passed = set()
    while cursor and cursor not in passed:
        passed.add(cursor)
        page = http.json(
            "openalex",
            "/works",
            what=f"page {len(passed)} of the works of {author}",
            filter=f"authorships.author.id:{author}",
            sort="publication_date:desc",
            select=_FIELDS,
            per_page=_PAGE,
            cursor=cursor,
        )
        found = rows(page, "results")
        for work in found:
            yield from items(_with_all_authors(http, work), f"{place}, {_short(text(work, 'id'))}", author)
        seen, said = seen + len(found), number(page, "meta", "count") or 0
        cursor = text(page, "meta", "next_cursor") if found else ""
    if seen < said:
        yield Notice(f"OpenAlex counts {said:,} works of {author} and gave {seen:,}.")


def _with_all_authors(http: Http, work: dict[str, Any]) -> dict[str, Any]:
    """The work with all of its authors, of whom a list of works shows the first hundred."""
    if len(rows(work, "authorships")) < _AUTHORS_SHOWN:
        return work
    key = _short(text(work, "id"))
    try:
        return http.json("openalex", f"/works/{key}", what=f"work {key}", select=_FIELDS)
    except SourceError:
        return work | {"is_authors_truncated": True}


def by_doi(http: Http, dois: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The works of many DOIs, each with its DOI in lower case; those that OpenAlex has not are left out.

    Raises:
        SourceError: OpenAlex does not answer.
    """
    plain = [doi for doi in dois if not set(doi) & set("|,")]
    for start in range(0, len(plain), _DOIS_AT_ONCE):
        wanted = plain[start : start + _DOIS_AT_ONCE]
        page = http.json(
            "openalex",
            "/works",
            what=f"the works of {len(wanted)} DOIs",
            filter=f"doi:{'|'.join(wanted)}",
            select=_FIELDS,
            per_page=_PAGE,
        )
        for work in rows(page, "results"):
            found = doi_id(text(work, "doi"))
            if found:
                yield _written_doi(found), _with_all_authors(http, work)


def _written_doi(identifier: str) -> str:
    scheme, _, value = identifier.partition(":")
    return f"10.48550/arxiv.{value}" if scheme == "arxiv" else value


def work_of_doi(http: Http, doi: str) -> dict[str, Any]:
    """One work.

    Raises:
        SourceError: OpenAlex has none of that DOI, or does not answer.
    """
    return http.json(
        "openalex", f"/works/doi:{quote(doi, safe=_UNQUOTED)}", what=f"work of the DOI {doi}", select=_FIELDS
    )


def items(work: dict[str, Any], place: str, author: str = "") -> Iterator[Item]:
    """What a work's record is: a paper, and a notice where it was retracted."""
    reason = _NO_PUBLICATIONS.get(text(work, "type"))
    if reason:
        yield Skipped(place, f"{text(work, 'title')[:200] or 'the entry'} is {reason}.")
        return
    paper = entry(work, author).to_paper(place)
    if isinstance(paper, Paper) and work.get("is_retracted") is True:
        yield Notice(f"{paper.title!r} was retracted, says OpenAlex.")
    yield paper


def entry(work: dict[str, Any], author: str = "") -> Entry:
    """``author`` is whose affiliation is taken, by OpenAlex's identifier."""
    locations = [row for row in (at(work, "primary_location"), *rows(work, "locations")) if isinstance(row, dict)]
    landings = _landings(locations)
    authorships = rows(work, "authorships")
    names = [text(a, "raw_author_name") or text(a, "author", "display_name") for a in authorships]
    kind = _kind(work)
    return Entry(
        title=text(work, "title"),
        authors=names,
        authors_complete=at(work, "is_authors_truncated") is not True,
        abstract=abstract_of(work),
        date=text(work, "publication_date") or text(work, "publication_year"),
        venue="arXiv" if _is_arxiv(landings[:1]) else text(work, "primary_location", "source", "display_name"),
        kind=kind,
        url=landings[0] if landings else None,
        ids=_ids(work, landings),
        links=landings[1:10],
        license=text(work, "best_oa_location", "license") or text(work, "primary_location", "license") or None,
        affiliation=_affiliation(authorships, author),
    )


def _landings(locations: Sequence[dict[str, Any]]) -> list[str]:
    """The pages of a work's copies for people to look at, each once."""
    found = [text(location, "landing_page_url") for location in locations]
    secure = [re.sub(r"^http://(?=(?:dx\.)?doi\.org/|arxiv\.org/)", "https://", link) for link in found]
    return list(dict.fromkeys(link for link in secure if link and "//api." not in link))


def _is_arxiv(links: Sequence[str]) -> bool:
    return any("arxiv" in link.casefold() for link in links)


def _kind(work: dict[str, Any]) -> str:
    kind = _KINDS.get(text(work, "type"), "misc")
    if kind == "article" and text(work, "primary_location", "source", "type") == "conference":
        return "inproceedings"
    if kind == "article" and text(work, "primary_location", "source", "type") == "repository":
        return "preprint"
    return kind


def _ids(work: dict[str, Any], landings: Sequence[str]) -> list[str]:
    found = [doi_id(text(work, "doi"))]
    found += [arxiv_id(link) or doi_id(link) for link in landings if _is_arxiv([link])]
    own, pmid = _short(text(work, "id")), text(work, "ids", "pmid").rpartition("/")[2]
    found += [f"openalex:{own}" if own else None, f"pmid:{pmid}" if pmid.isdigit() else None]
    return [identifier for identifier in found if identifier]


def _affiliation(authorships: Sequence[dict[str, Any]], author: str) -> str | None:
    if not author:
        return None
    own = [a for a in authorships if _short(text(a, "author", "id")) == author]
    named = [text(place, "display_name") for a in own for place in rows(a, "institutions")]
    return next((name for name in named if name), None)


def abstract_of(work: dict[str, Any]) -> str:
    """The words of the work's inverted index (word -> its places) in their order."""
    index = at(work, "abstract_inverted_index")
    if not isinstance(index, dict):
        return ""
    placed = [(p, word) for word, places in index.items() if isinstance(places, list) for p in places[:_MAX_WORDS]]
    words = sorted((p, word) for p, word in placed if isinstance(p, int))
    return without_heading(" ".join(word for _, word in words[:_MAX_WORDS]))


def license_of_arxiv_copy(work: dict[str, Any]) -> str:
    """The licence of the copy on arXiv, "" where none is on record."""
    copies = [row for row in rows(work, "locations") if arxiv_id(text(row, "landing_page_url"))]
    return next((text(copy, "license") for copy in copies if text(copy, "license")), "")


def find(http: Http, name: str) -> list[Candidate]:
    """People of a name, as OpenAlex ranks them."""
    page = http.json("openalex", "/authors", what=f"authors named {name!r}", search=name, per_page=10)
    return [candidate(row) for row in rows(page, "results") if _short(text(row, "id"))]


def candidate(author: dict[str, Any]) -> Candidate:
    orcid = text(author, "orcid").rpartition("/")[2]
    years = [year for year in (number(row, "year") for row in _active(author)) if year]
    return Candidate(
        name=text(author, "display_name"),
        affiliations=tuple(_affiliations(author)),
        works=number(author, "works_count"),
        topics=tuple(topic for topic in (text(row, "display_name") for row in rows(author, "topics")[:3]) if topic),
        years=(min(years), max(years)) if years else None,
        sources=(f"openalex:{_short(text(author, 'id'))}", *([f"orcid:{orcid}"] if orcid else [])),
    )


def _active(author: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for row in rows(author, "counts_by_year") if number(row, "works_count")]


def _affiliations(author: dict[str, Any]) -> list[str]:
    now = [text(row, "display_name") for row in rows(author, "last_known_institutions")]
    before = [text(row, "institution", "display_name") for row in rows(author, "affiliations")]
    return list(dict.fromkeys(name for name in (*now, *before) if name))[:3]


def _figures(author: dict[str, Any]) -> dict[str, str]:
    found = {
        "works": text(author, "works_count"),
        "citations": text(author, "cited_by_count"),
        "h-index": text(author, "summary_stats", "h_index"),
        "affiliations": "; ".join(_affiliations(author)),
        "also written": "; ".join(texts(author, "display_name_alternatives")[:5]),
        "ORCID": text(author, "orcid").rpartition("/")[2],
    }
    return {name: value for name, value in found.items() if value}


def _short(url: str) -> str:
    """``https://openalex.org/W123`` -> ``W123``."""
    key = url.rpartition("/")[2]
    return key if key[:1] in "AWI" and key[1:].isdigit() else ""
