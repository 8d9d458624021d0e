"""ORCID: a person with the works that the person's record lists, and people by name.

The list is the person's own, and so the surest of all; but it holds few abstracts. A work with a DOI is therefore
taken as OpenAlex has it, and the others as ORCID has them.

Format: https://pub.orcid.org/v3.0 (works in groups of one work each, details of up to 100 at once).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from assistant.errors import SourceError
from assistant.sources import Item, Notice, Profile, Skipped
from assistant.sources.entries import Entry, arxiv_id, doi_id
from assistant.sources.web import openalex
from assistant.sources.web.candidates import Candidate
from assistant.sources.web.http import Http
from assistant.sources.web.naming import Source
from assistant.sources.web.records import number, parsed, rows, text, texts

_JSON = "application/json"
_AT_ONCE = 50
_KINDS = {
    "journal-article": "article", "book-review": "article", "conference-paper": "inproceedings", "book": "book",
    "edited-book": "book", "book-chapter": "incollection", "dissertation-thesis": "phdthesis", "preprint": "preprint",
    "working-paper": "techreport", "report": "techreport", "review": "article", "conference-abstract": "inproceedings",
    "encyclopedia-entry": "incollection", "dictionary-entry": "incollection", "magazine-article": "article",
    "newsletter-article": "article", "newspaper-article": "article", "manual": "manual", "other": "misc",
}  # fmt: skip


def read(http: Http, source: Source) -> Iterator[Item]:
    """The person's profile, then one item for each work of the record."""
    key = source.id
    person = _json(http, f"/v3.0/{key}/person", f"person {key}")
    groups = rows(_json(http, f"/v3.0/{key}/works", f"works of {key}"), "group")
    name = _name(person)
    yield Profile(name or key, figures={"works": str(len(groups))})
    works = [preferred(group) for group in groups]
    for start in range(0, len(works), _AT_ONCE):
        yield from _batch(http, key, name, works[start : start + _AT_ONCE])


def _batch(http: Http, key: str, name: str, works: Sequence[dict[str, Any]]) -> Iterator[Item]:
    dois = {_put_code(work): doi for work in works if (doi := _doi(work)) and _is_publication(work)}
    known: dict[str, dict[str, Any]] = {}
    try:
        known = dict(openalex.by_doi(http, list(dois.values())))
    except SourceError as error:
        yield Notice(f"The works of ORCID {key} come without OpenAlex's abstracts: {error}")
    own = [_put_code(work) for work in works if _is_publication(work) and dois.get(_put_code(work)) not in known]
    details = _details(http, key, [code for code in own if code])
    for work in works:
        code = _put_code(work)
        place = f"orcid:{key}, work {code or 'with no number'}"
        if not _is_publication(work):
            title = text(work, "title", "title", "value")[:200] or "the entry"
            yield Skipped(place, f"{title} is listed as {text(work, 'type').replace('-', ' ') or 'nothing'}.")
        elif dois.get(code) in known:
            yield from openalex.items(known[dois[code]], f"{place}, OpenAlex")
        else:
            yield entry(details.get(code, work), name).to_paper(place)


def entry(work: dict[str, Any], name: str) -> Entry:
    """``name`` is the person's, who stands for all authors where the record lists none."""
    listed = [text(row, "credit-name", "value") for row in rows(work, "contributors", "contributor")]
    listed = [author for author in listed if author]
    parts = (text(work, "title", "title", "value"), text(work, "title", "subtitle", "value"))
    doi = _doi(work)
    return Entry(
        title=": ".join(part for part in parts if part),
        authors=listed or [name],
        authors_complete=bool(listed),
        abstract=text(work, "short-description"),
        date="-".join(_date(work)),
        venue=text(work, "journal-title", "value"),
        kind=_KINDS.get(text(work, "type"), "misc"),
        url=f"https://doi.org/{doi}" if doi else text(work, "url", "value"),
        ids=_ids(work),
        links=[text(work, "url", "value")],
    )


def _date(work: dict[str, Any]) -> Iterator[str]:
    for part in ("year", "month", "day"):
        found = text(work, "publication-date", part, "value")
        if not found.isdigit():
            return
        yield found


def _ids(work: dict[str, Any]) -> list[str]:
    found = []
    for row in rows(work, "external-ids", "external-id"):
        if text(row, "external-id-relationship") not in ("self", "version-of", ""):
            continue
        value = text(row, "external-id-normalized", "value") or text(row, "external-id-value")
        kind = text(row, "external-id-type")
        found.append({"doi": doi_id(value), "arxiv": arxiv_id(f"arxiv:{value.removeprefix('arXiv:')}")}.get(kind))
        if kind == "pmid" and value.isdigit():
            found.append(f"pmid:{value}")
    return [identifier for identifier in found if identifier]


def _doi(work: dict[str, Any]) -> str:
    return next((i.removeprefix("doi:") for i in _ids(work) if i.startswith("doi:")), "")


def _is_publication(work: dict[str, Any]) -> bool:
    return text(work, "type") in _KINDS


def _put_code(work: dict[str, Any]) -> str:
    code = number(work, "put-code")
    return str(code) if code is not None and code >= 0 else ""


def preferred(group: dict[str, Any]) -> dict[str, Any]:
    """Of the sources' versions of one work the one that the person prefers: the highest display index."""

    def preference(summary: dict[str, Any]) -> int:
        index = text(summary, "display-index")
        return int(index) if re.fullmatch(r"\d{1,9}", index) else 0

    return max(rows(group, "work-summary"), key=preference, default={})


def _details(http: Http, key: str, codes: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The works in full, with authors and descriptions, by their put-codes; empty where ORCID does not give them."""
    if not codes:
        return {}
    try:
        found = _json(http, f"/v3.0/{key}/works/{','.join(codes)}", f"details of {len(codes)} works of {key}")
    except SourceError:
        return {}
    return {_put_code(row["work"]): row["work"] for row in rows(found, "bulk") if isinstance(row.get("work"), dict)}


def find(http: Http, name: str) -> list[Candidate]:
    """People of a name, in ORCID's order."""
    words = [word for word in re.findall(r"[^\W_]+", name) if word.upper() not in ("AND", "OR", "NOT", "TO")]
    if not words:
        return []
    query = f'given-and-family-names:"{" ".join(words)}" OR other-names:"{" ".join(words)}"'
    found = _json(http, "/v3.0/expanded-search/", f"persons named {name!r}", q=query, rows=10)
    return [_candidate(row) for row in islice(rows(found, "expanded-result"), 10) if text(row, "orcid-id")]


def _candidate(row: dict[str, Any]) -> Candidate:
    name = text(row, "credit-name") or f"{text(row, 'given-names')} {text(row, 'family-names')}".strip()
    return Candidate(
        name=name,
        affiliations=tuple(texts(row, "institution-name")[:3]),
        sources=(f"orcid:{text(row, 'orcid-id')}",),
    )


def _name(person: dict[str, Any]) -> str:
    credit = text(person, "name", "credit-name", "value")
    parts = (text(person, "name", "given-names", "value"), text(person, "name", "family-name", "value"))
    return credit or " ".join(part for part in parts if part)


def _json(http: Http, path: str, what: str, **params: str | int) -> dict[str, Any]:
    return http.parsed("orcid", path, parsed, what=what, accept=_JSON, **params)
