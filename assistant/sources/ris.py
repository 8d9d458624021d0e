"""RIS, the tagged lines of reference managers: records to papers.

A record's lines are put together first, since rispy, which knows the tags, joins two records where the ``ER`` between
them is missing, drops the last one without it, and does not count lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.errors import SourceError
from assistant.sources import Item, Skipped, Unreadable, kinds
from assistant.sources.entries import Entry, arxiv_id, doi_id

MAX_RECORD = 500_000
"""Characters of one record; the longest lists of authors and abstracts have a fifth of that."""

_TAG = re.compile(r"([A-Z][A-Z0-9]) {1,2}-(?: +|$)(.*)", re.DOTALL)
_BIBTEX_TYPES = {
    "ABST": "inproceedings", "BLOG": "misc", "BOOK": "book", "CHAP": "incollection", "CONF": "inproceedings",
    "CPAPER": "inproceedings", "ECHAP": "incollection", "EBOOK": "book", "EJOUR": "article", "ENCYC": "incollection",
    "INPR": "article", "JFULL": "article", "JOUR": "article", "MANSCPT": "unpublished", "MGZN": "article",
    "NEWS": "article", "PAT": "patent", "RPRT": "techreport", "SER": "book", "STAND": "techreport",
    "THES": "phdthesis", "UNPB": "unpublished", "UNPD": "unpublished",
}  # fmt: skip
_VENUES = ("journal_name", "alternate_title3", "secondary_title", "alternate_title2", "alternate_title1")
_BY_PUBLISHER = frozenset(["THES", "RPRT", "BOOK", "EBOOK"])
_MORE_TAGS = {"BT": "book_title", "ED": "editors", "L3": "related_records"}


def read(text: str, name: str) -> Iterator[Item]:
    """The papers of a RIS file in its order, and an item for each record that is none.

    Raises:
        SourceError: it has no line with a tag.
    """
    from rispy import RisParser
    from rispy.config import TAG_KEY_MAPPING

    tags = {tag: name for tag, name in TAG_KEY_MAPPING.items() if tag != RisParser.UNKNOWN_TAG} | _MORE_TAGS
    parser = RisParser(mapping=tags, list_tags=list(tags), delimiter_tags_mapping={}, skip_unknown_tags=True)
    found = False
    for record in _records(text):
        found = True
        place = f"{name}, line {record.line}"
        length = sum(map(len, record.lines))
        if length > MAX_RECORD:
            yield Unreadable(place, f"the record has {length:,} characters, more than one may ({MAX_RECORD:,}).")
            continue
        (fields,) = parser.parse_lines(iter([*record.lines, "ER  - "]))
        word = fields.pop("type_of_reference").upper()
        yield _item(word, {name: [v.strip() for v in values if v.strip()] for name, values in fields.items()}, place)
    if not found:
        raise SourceError(f"{name!r} holds no RIS record; one begins with its type, as 'TY  - JOUR'.")


@dataclass(slots=True)
class _Record:
    line: int
    lines: list[str]
    """A tag and its value each, the type first."""


def _records(text: str) -> Iterator[_Record]:
    """Records, each from its ``TY``, or from its first tag where that is missing, to ``ER`` or the next ``TY``."""
    record: _Record | None = None
    value: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        match = _TAG.match(line)
        if match is None:
            value.append(line)
            continue
        if record is not None:
            record.lines[-1] += _continued(value)
        value = []
        tag, content = match.groups()
        if record is not None and tag in ("TY", "ER"):
            yield record
            record = None
        if record is None and tag != "ER":
            record = _Record(number, [] if tag == "TY" else ["TY  - GEN"])
        if record is not None:
            record.lines.append(f"{tag}  - {content}")
    if record is not None:
        record.lines[-1] += _continued(value)
        yield record


def _continued(lines: list[str]) -> str:
    """Lines below a tag's own go on with its value."""
    rest = "\n".join(lines).rstrip()
    return f"\n{rest}" if rest else ""


_Fields = Mapping[str, list[str]]


def _item(word: str, record: _Fields, place: str) -> Item:
    written = record.get("authors") or record.get("first_authors") or []
    authors = [name.strip(" ,") for name in written if not kinds.stands_for_others(name)]
    editors = [*record.get("secondary_authors", ()), *record.get("editors", ())]
    links = [link for value in record.get("urls", ()) for link in re.split(r";\s*(?=https?:)|\s+", value) if link]
    kind = _BIBTEX_TYPES.get(word, word)
    genre = _first(record, "type_of_work")
    venue = _first(record, *_VENUES, *(["publisher"] if word in _BY_PUBLISHER else ["book_title"]))
    doi = next((i for i in map(doi_id, _places_of_doi(record, links)) if i), None)
    arxiv = next((i for i in map(arxiv_id, _places_of_arxiv(record, links, doi)) if i), None)
    shown = {
        "author": " and ".join(authors),
        "editor": " and ".join(editors),
        "doi": doi or arxiv or "",
        "pages": _first(record, "start_page"),
        "volume": _first(record, "volume"),
        "publisher": _first(record, "publisher"),
        "journal": venue if kind == "article" else "",
        "type": genre,
    }
    if reason := kinds.why_none(kind, shown):
        return Skipped(place, reason)
    return Entry(
        title=_first(record, "title", "primary_title", "book_title"),
        authors=authors,
        authors_complete=len(authors) == len(written),
        abstract=_first(record, "abstract", "notes_abstract"),
        date=_date(record),
        venue=venue,
        kind=kinds.kind_of(kind, venue=venue, preprint=arxiv is not None, genre=genre),
        url=links[0] if links else (f"https://doi.org/{doi[4:]}" if doi and doi.startswith("doi:") else None),
        links=[*links[1:], *([f"https://arxiv.org/abs/{arxiv[6:]}"] if arxiv else [])],
        ids=[i for i in (doi, arxiv, *_other_ids(record)) if i],
        key=kinds.own_key(_first(record, "id", "label")),
    ).to_paper(place)


def _first(record: _Fields, *names: str) -> str:
    return next((value for name in names for value in record.get(name, ())), "")


def _places_of_doi(record: _Fields, links: list[str]) -> Iterator[str]:
    """``DO`` where there is one; older programs write a DOI into ``M3``, ``L3`` or a link."""
    for name in ("doi", "type_of_work", "related_records"):
        yield from record.get(name, ())
    yield from links


def _places_of_arxiv(record: _Fields, links: list[str], doi: str | None) -> Iterator[str]:
    named = [
        value for name in ("accession_number", "number", "note", "notes", *_VENUES) for value in record.get(name, ())
    ]
    return (value for value in (doi or "", *links, *named) if "arxiv" in value.lower())


_ID = re.compile(r"(?:^|;\s*)([a-z0-9]{2,20}:[^\s;]{1,200})")


def _other_ids(record: _Fields) -> Iterator[str]:
    for value in record.get("accession_number", ()):
        if value.isdecimal() and "pubmed" in _first(record, "name_of_database").lower():
            yield f"pmid:{value}"
        yield from _ID.findall(value.lower())
    for value in record.get("custom2", ()):
        if re.fullmatch(r"PMC\d{1,9}", value):
            yield f"pmcid:{value.lower()}"


def _date(record: _Fields) -> str | None:
    """``2020-04-08`` of ``DA  - 2020/04/08/``, else the year of ``PY`` or ``Y1`` with what stands behind it."""
    dates = [_iso(_first(record, name)) for name in ("date", "year", "publication_year")]
    return max((date for date in dates if date), key=len, default=None)


def _iso(text: str) -> str | None:
    match = re.match(r"(\d{4})(?:[/-](\d{1,2}))?(?:[/-](\d{1,2}))?(?!\d)", text)
    return "-".join(part for part in match.groups() if part) if match else None
