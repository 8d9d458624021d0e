"""One paper once: when two records are of one paper, and what the paper is then.

A record is what one source says of a paper. Records are of one paper where they share a DOI or an arXiv id, or else
where their titles agree but for case, punctuation and markup, and neither their authors nor their years nor two DOIs of
published versions speak against it. A preprint and the version that was published are one paper with both links.

The paper is made anew from all its records whenever one of them changes, so that nothing depends on the order in which
they came. Each field is taken from the record that is the best for it; :func:`compare` says which that was.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Author, Paper, Section, assemble, clean

_RANKS = {
    kind: rank
    for rank, kinds in enumerate(
        (
            ("bibtex", "ris", "csl-json", "jsonl"),  # what a person keeps
            ("doi",),  # what the publisher has deposited
            ("profile", "openalex", "s2"),
            ("arxiv", "orcid"),
            ("html", "text"),
            ("pdf",),  # read off a page's look
        )
    )
    for kind in kinds
}
_LAST_RANK = 9
_MOST_YEARS_APART = 3
"""A preprint may be that much older than the published version."""
_LEAST_LIKENESS_OF_TITLES = 60
"""Below this, of 100, a shared identifier is rather a slip of the pen."""
_MOST_OF_THEM = 0.75
_LEAST_TELLING = 20
"""Letters of a title below which it may be anybody's: "Introduction", "Editorial"."""
_LEAST_MISTYPED = 6
_SIGNED = re.compile(r"(?<!\w)(\w)([+#]{1,2})(?!\w)")
"""``C++`` and ``C#``: signs that are part of a name."""
_NUMERAL = re.compile(r"\b(?:\d+|[ivx]{1,4}|one|two|three|four|first|second|third)\b")
# The registrants that publish nothing but preprints, and bioRxiv's and medRxiv's part of Cold Spring Harbor's.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550|31234|31219|31235|26434|21203|20944|36227|22541|2139|64898|12688|5281|7287/peerj\.preprints)\b"
    r"|10\.1101/(?:\d{6}|\d{4}\.\d{2}\.\d{2}\.)"
)
_PREPRINT_VENUE = re.compile(r"(?i)\b(?:arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|ssrn|preprint|research square|corr)\b")


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What one source says of a paper.

    ``origin`` is the source as the user named it and ``kind`` what it is (``bibtex``, ``openalex``, ...). ``digests``
    tell by content the entries that the record was made of: more than one where a source has the paper twice.
    """

    origin: str
    kind: str
    paper: Paper
    digests: tuple[str, ...]


def digest(paper: Paper) -> str:
    """What an entry says, whatever its key and its place: equal for equal content."""
    content = replace(paper, key="", source="").to_dict()
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:16]


def to_json(records: Sequence[SourceRecord]) -> str:
    """Records as they are kept beside the paper; where there is one, the paper itself says what it says."""
    rows: list[dict[str, Any]] = []
    for record in records:
        row: dict[str, Any] = {"origin": record.origin, "kind": record.kind, "digests": record.digests}
        if len(records) == 1:
            row["key"] = record.paper.key
        else:
            row["paper"] = {name: value for name, value in record.paper.to_dict().items() if name != "abstract"}
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False)


def from_json(text: str, paper: Paper) -> list[SourceRecord]:
    """Undo :func:`to_json` for ``paper``."""
    return [
        SourceRecord(
            row["origin"],
            row["kind"],
            Paper.from_dict(row["paper"]) if "paper" in row else replace(paper, key=row.get("key", "")),
            tuple(row["digests"]),
        )
        for row in json.loads(text)
    ]


_INITIALS = re.compile(r"\w\.|\w[\s-]|[A-Z]{2,3}\s")


# ---- when two records are one paper


def title_letters(title: str) -> str:
    """What of a title counts when titles are compared: its letters and digits in lower case."""
    plain = unicodedata.normalize("NFKC", clean(title)).casefold()
    spelt = _SIGNED.sub(lambda match: match[1] + "plus" * match[2].count("+") + "sharp" * match[2].count("#"), plain)
    return "".join(re.findall(r"[^\W_]+", spelt))


def is_preprint(paper: Paper) -> bool:
    """Whether the record is of a preprint: by its kind, its DOI or its venue, or an arXiv id with neither of these."""
    if paper.doi and not _PREPRINT_DOI.match(paper.doi):
        return False
    if paper.kind == "preprint" or paper.doi:
        return True
    return bool(_PREPRINT_VENUE.search(paper.venue)) if paper.venue else paper.arxiv_id is not None


def may_share_authors(a: Paper, b: Paper) -> bool:
    """Whether the visible lists may be of one paper: one begins the other, or most of the names are in both."""
    pairs = list(zip(a.authors, b.authors, strict=False))
    if all(_may_be_one_person(one, other) for one, other in pairs):
        return True
    first, second = ({fold(author.family) for author in paper.authors} for paper in (a, b))
    complete = a.authors_complete and b.authors_complete
    wanted = max(len(first), len(second)) if complete else min(len(first), len(second))
    return len(pairs) >= 3 and len(first & second) >= _MOST_OF_THEM * wanted


def _may_be_one_person(a: Author, b: Author) -> bool:
    """Whether two written names agree: family names, and given names as far as both are spelt out."""
    families = [fold(author.family.split()[-1]) if author.family else "" for author in (a, b)]
    if families[0] != families[1]:
        return False
    one, other = (fold(author.name.split()[0]) if len(author.name.split()) > 1 else "" for author in (a, b))
    return one.startswith(other) or other.startswith(one) or (min(len(one), len(other)) <= 2 and one[0] == other[0])


@dataclass(frozen=True, slots=True)
class Match:
    """The papers that a record is of, by key, and what a user should know of how that was decided."""

    keys: tuple[str, ...]
    notice: str | None = None


class PaperIndex:
    """The papers of a library as a record is looked up among them: by identifier, by title, by authors."""

    def __init__(self, papers: Mapping[str, Paper] | None = None) -> None:
        self._papers: dict[str, Paper] = {}
        self._by_id: defaultdict[str, set[str]] = defaultdict(set)
        self._by_title: defaultdict[str, set[str]] = defaultdict(set)
        self._by_authors: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        for key, paper in (papers or {}).items():
            self.put(key, paper)

    def put(self, key: str, paper: Paper) -> None:
        """Add a paper, or replace it."""
        self.drop(key)
        self._papers[key] = paper
        for entries in self._entries(paper):
            entries.add(key)

    def drop(self, key: str) -> None:
        old = self._papers.pop(key, None)
        for entries in self._entries(old) if old else ():
            entries.discard(key)

    def match(self, record: Paper) -> Match:
        """The papers that the record is of; more than one where it shows that these are one."""
        found: list[str] = []
        notice: str | None = None
        for identifier in _shared_ids(record):
            for key in sorted(self._by_id[identifier]):
                other = self._papers[key]
                one_title = _may_be_one_title(record, other) and not _are_parts(record.title, other.title)
                if one_title or (not _may_be_one_title(record, other) and may_share_authors(record, other)):
                    found.append(key)
                else:
                    notice = (
                        f"{record.source}: {record.title!r} has the identifier {identifier!r} of "
                        f"{other.title!r}, but another title; both were kept."
                    )
        for key in sorted(self._by_title[title_letters(record.title)]):
            other = self._papers[key]
            if key in found:
                continue
            if reason := _why_apart(record, other):
                notice = f"{record.source}: another paper has the title {record.title!r} but {reason}; both were kept."
            else:
                found.append(key)
        if not found:
            found += [key for key in sorted(self._by_authors[_signature(record)]) if self._is_mistyped(record, key)]
        return Match(tuple(dict.fromkeys(found)), None if found else notice)

    def _is_mistyped(self, record: Paper, key: str) -> bool:
        other = self._papers[key]
        return _differ_by_a_slip(record.title, other.title) and not _why_apart(record, other)

    def _entries(self, paper: Paper) -> Iterator[set[str]]:
        yield from (self._by_id[identifier] for identifier in _shared_ids(paper))
        yield self._by_title[title_letters(paper.title)]
        if signature := _signature(paper):
            yield self._by_authors[signature]


def _shared_ids(paper: Paper) -> list[str]:
    """The identifiers that no two papers share."""
    return [i for i in paper.ids if i.startswith(("doi:", "arxiv:", "pmid:", "pmcid:", "openalex:", "s2:", "acl:"))]


def _signature(paper: Paper) -> tuple[str, ...]:
    """The family names of three or more known authors: they seldom wrote two like-named papers."""
    names = tuple(fold(author.family) for author in paper.authors)
    return names if paper.authors_complete and len(names) >= 3 else ()


def _may_be_one_title(a: Paper, b: Paper) -> bool:
    from rapidfuzz import fuzz

    return fuzz.token_set_ratio(a.title.casefold(), b.title.casefold()) >= _LEAST_LIKENESS_OF_TITLES


def _are_parts(a: str, b: str) -> bool:
    """Whether two titles differ in their numbers: "Part 1" and "Part 2" are two papers whatever their DOIs say."""
    first, second = (_NUMERAL.findall(title.casefold()) for title in (a, b))
    return bool(first and second) and first != second


def _why_apart(a: Paper, b: Paper) -> str | None:
    """What speaks against two records of one title being one paper."""
    if not may_share_authors(a, b):
        return "other authors"
    years = abs(a.year - b.year) if a.year and b.year else 0
    one_is_preprint = is_preprint(a) != is_preprint(b)
    if a.doi and b.doi and a.doi != b.doi and not (is_preprint(a) or is_preprint(b)):
        return f"another DOI ({b.doi})"
    if a.arxiv_id and b.arxiv_id and a.arxiv_id != b.arxiv_id:
        return f"another arXiv id ({b.arxiv_id})"
    venues = [title_letters(paper.venue or "") for paper in (a, b)]
    few = min(len(a.authors), len(b.authors))
    anybodys = len(title_letters(a.title)) < _LEAST_TELLING and (few == 1 or len(a.title.split()) == 1)
    weak = anybodys or not few
    if weak and all(venues) and venues[0] != venues[1] and not one_is_preprint:
        return f"another venue ({b.venue})"
    if years > _MOST_YEARS_APART or (years > 1 and weak and not one_is_preprint):
        return f"another year ({b.year})"
    return None


def _differ_by_a_slip(a: str, b: str) -> bool:
    """Whether two titles differ by a letter left out, put in or exchanged with its neighbour, within a long word.

    Another letter makes another word (encoder, encoded), and so do two (hypertension, hypotension).
    """
    first, second = (re.findall(r"[^\W_]+", clean(title).casefold()) for title in (a, b))
    if len(first) != len(second) or first == second:
        return False
    pairs = [(x, y) for x, y in zip(first, second, strict=True) if x != y]
    return len(pairs) <= 2 and all(
        min(len(x), len(y)) >= _LEAST_MISTYPED
        and not (re.search(r"\d", x + y) or _is_inflected(x, y))
        and _is_slip(x[1:-1], y[1:-1])
        and (x[0], x[-1]) == (y[0], y[-1])
        for x, y in pairs
    )


def _is_slip(a: str, b: str) -> bool:
    from rapidfuzz.distance import OSA, Indel

    return Indel.distance(a, b) == 1 or (len(a) == len(b) and OSA.distance(a, b) == 1 and sorted(a) == sorted(b))


def _is_inflected(a: str, b: str) -> bool:
    """``supervised`` and ``unsupervised``, ``model`` and ``models``: words of their own, not slips."""
    return a in b or b in a


# ---- what the paper is


def updated(old: Paper, new: Paper) -> Paper:
    """A source's newer record of a paper, with whatever its older one was fuller in: authors, abstract, links."""
    best = new if new.abstract or not old.abstract else old
    if len(old.authors) > len(best.authors):
        best = _with_byline(best, old)
    elif len(new.authors) > len(best.authors):
        best = _with_byline(best, new)
    return replace(
        best,
        key=new.key or old.key,
        affiliation=best.affiliation or old.affiliation,
        url=best.url or old.url,
        venue=best.venue or old.venue,
        ids=tuple(dict.fromkeys((*best.ids, *old.ids))),
        links=tuple(dict.fromkeys((*best.links, *old.links))),
    )


def _with_byline(paper: Paper, other: Paper) -> Paper:
    """The paper with the other's author line in its text."""
    parts = {section.name: paper.text[section.start : section.end] for section in record_sections(paper)}
    parts[AUTHORS] = other.section_text(AUTHORS)
    text, sections = assemble((name, parts.get(name, "")) for name in (LISTING, TITLE, AUTHORS, ABSTRACT))
    body, moved, pages = _body(paper, len(text))
    return replace(
        paper,
        text=text + body,
        sections=(*sections, *moved),
        pages=pages,
        authors=other.authors,
        authors_complete=other.authors_complete,
    )


def record_sections(paper: Paper) -> list[Section]:
    """The sections that come with a record: listing, title, authors and abstract."""
    return [section for section in paper.sections if section.name in (LISTING, TITLE, AUTHORS, ABSTRACT)]


def merge(key: str, records: Sequence[SourceRecord]) -> Paper:
    """The paper that one or more records are of."""
    if len(records) == 1:
        return replace(records[0].paper, key=key)
    chosen = _choose(records)
    listing, title, byline, abstract, body = (
        chosen[name].paper if name in chosen else None for name in ("date", "title", "authors", "abstract", "full text")
    )
    first = _by_rank(records)[0].paper
    title = title or first
    lines = [paper.section_text(LISTING) for paper in (listing, *(r.paper for r in _by_rank(records))) if paper]
    text, sections = assemble(
        (
            (LISTING, "\n".join(dict.fromkeys(line for line in lines if line))),
            (TITLE, title.section_text(TITLE) or title.title),
            (AUTHORS, byline.section_text(AUTHORS) if byline else ""),
            (ABSTRACT, abstract.abstract if abstract else ""),
        )
    )
    pages: tuple[tuple[int, int], ...] = ()
    if body:
        more, moved, pages = _body(body, len(text))
        text, sections = text + more, (*sections, *moved)
    values = {name: _FIELDS[name](record.paper) for name, record in chosen.items() if name in _FIELDS}
    urls = list(
        dict.fromkeys(link for r in _published_first(records) for link in (r.paper.url, *r.paper.links) if link)
    )
    return Paper(
        key=key,
        title=title.title,
        text=text,
        sections=sections,
        authors=byline.authors if byline else (),
        authors_complete=byline.authors_complete if byline else True,
        affiliation=values.get("affiliation"),
        date=values.get("date"),
        category=values.get("category"),
        has_code=_any_known(record.paper.has_code for record in records),
        score=values.get("score"),
        url=urls[0] if urls else None,
        source=" and ".join(dict.fromkeys(r.paper.source for r in records if r.paper.source)),
        venue=values.get("venue"),
        kind=values.get("kind"),
        ids=tuple(dict.fromkeys(i for r in _published_first(records) for i in r.paper.ids)),
        links=tuple(urls[1:]),
        license=values.get("license"),
        pages=pages,
    )


_FIELDS: Mapping[str, Callable[[Paper], Any]] = {
    "title": lambda paper: paper.title,
    "authors": lambda paper: (
        ", ".join(author.name for author in paper.authors)
        + ("" if paper.authors_complete or not paper.authors else " et al.")
    ),
    "date": lambda paper: paper.date,
    "venue": lambda paper: paper.venue,
    "kind": lambda paper: paper.kind,
    "abstract": lambda paper: paper.abstract,
    "category": lambda paper: paper.category,
    "affiliation": lambda paper: paper.affiliation,
    "score": lambda paper: paper.score,
    "license": lambda paper: paper.license,
    "doi": lambda paper: paper.doi,
    "arxiv": lambda paper: paper.arxiv_id,
    "url": lambda paper: paper.url,
}


@dataclass(frozen=True, slots=True)
class FieldOrigin:
    """One field of a paper: its value, the source that it is from, and what other sources say instead."""

    name: str
    value: str
    origin: str
    others: tuple[tuple[str, str], ...] = ()
    """Pairs of a source and its value, where that differs by more than spelling."""


def compare(records: Sequence[SourceRecord]) -> list[FieldOrigin]:
    """Where each field of the paper is from, and where its sources disagree."""
    chosen = _choose(records)
    rows = []
    for name, of in _FIELDS.items():
        known = [record for record in _published_first(records) if of(record.paper)]
        if not known:
            continue
        best = chosen.get(name, known[0])
        differing = (r for r in known if r is not best and _disagree(name, of(best.paper), of(r.paper)))
        rows.append(
            FieldOrigin(name, str(of(best.paper)), best.origin, tuple((r.origin, str(of(r.paper))) for r in differing))
        )
    return rows


def _disagree(name: str, a: Any, b: Any) -> bool:
    if name == "date":
        return not (str(a).startswith(str(b)) or str(b).startswith(str(a)))
    if name == "authors":
        first, second = ([fold(Author(n).family) for n in str(x).removesuffix(" et al.").split(", ")] for x in (a, b))
        shorter = min(len(first), len(second))
        return first[:shorter] != second[:shorter]
    return title_letters(str(a)) != title_letters(str(b))


def _choose(records: Sequence[SourceRecord]) -> dict[str, SourceRecord]:
    """The record that each field is taken from."""
    published, ranked = _published_first(records), _by_rank(records)
    chosen: dict[str, SourceRecord] = {}
    for name, order in (("title", published), ("venue", published), ("kind", published), ("license", ranked)):
        chosen |= _first(name, order)
    for name in ("category", "affiliation", "score", "doi", "arxiv", "url"):
        chosen |= _first(name, published)
    chosen |= _dated(published)
    with_authors = [record for record in ranked if record.paper.authors]
    if with_authors:
        chosen["authors"] = min(with_authors, key=lambda record: _weakness_of_authors(record.paper))
    abstracts = [record for record in ranked if record.paper.abstract]
    if abstracts:
        longest = max(len(record.paper.abstract) for record in abstracts)
        chosen["abstract"] = next(r for r in abstracts if len(r.paper.abstract) >= 0.6 * longest)
    bodies = [record for record in ranked if record.paper.has_full_text]
    if bodies:
        chosen["full text"] = max(bodies, key=lambda record: len(record.paper.text))
    return chosen


def _any_known(values: Iterable[bool | None]) -> bool | None:
    known = [value for value in values if value is not None]
    return any(known) if known else None


def _first(name: str, order: Sequence[SourceRecord]) -> dict[str, SourceRecord]:
    found = next((record for record in order if _FIELDS[name](record.paper)), None)
    return {name: found} if found else {}


def _dated(order: Sequence[SourceRecord]) -> dict[str, SourceRecord]:
    """The best record's date, from the record that has it most exactly."""
    dated = [record for record in order if record.paper.date]
    if not dated:
        return {}
    best = str(dated[0].paper.date)
    exact = max(dated, key=lambda r: len(str(r.paper.date)) if str(r.paper.date).startswith(best) else 0)
    return {"date": exact}


def _weakness_of_authors(paper: Paper) -> tuple[bool, int, int]:
    """Lists that end in "et al." come last, then those whose given names are initials, then the shorter ones."""
    initials = sum(bool(_INITIALS.match(author.name)) for author in paper.authors)
    return not paper.authors_complete, initials, -len(paper.authors)


def _by_rank(records: Iterable[SourceRecord]) -> list[SourceRecord]:
    return sorted(
        records, key=lambda record: (_RANKS.get(record.kind, _LAST_RANK), is_preprint(record.paper), record.origin)
    )


def _published_first(records: Iterable[SourceRecord]) -> list[SourceRecord]:
    return sorted(_by_rank(records), key=lambda record: is_preprint(record.paper))


def _body(paper: Paper, after: int) -> tuple[str, tuple[Section, ...], tuple[tuple[int, int], ...]]:
    """The full text below the abstract, its sections and its pages, moved to stand after ``after`` characters."""
    record = {id(section) for section in record_sections(paper)}
    rest = [section for section in paper.sections if id(section) not in record]
    if not rest:
        return "", (), ()
    start = min(section.start for section in rest)
    shift = after + 2 - start
    moved = tuple(Section(s.name, s.start + shift, s.end + shift) for s in rest)
    page = paper.page_at(start)
    pages = [(start + shift, page)] if page else []
    pages += [(offset + shift, number) for offset, number in paper.pages if offset > start]
    return "\n\n" + paper.text[start:], moved, tuple(pages)


_UNDECOMPOSED = {ord("ø"): "o", ord("Ø"): "O", ord("ł"): "l", ord("Ł"): "L", ord("ß"): "ss"}
"""Letters that Unicode takes for letters of their own, not for letters with a mark."""


def fold(word: str) -> str:
    """ASCII letters and digits in lower case; other scripts keep their letters."""
    plain = unicodedata.normalize("NFKD", word.translate(_UNDECOMPOSED))
    return re.sub(r"[^\w]|_", "", "".join(c for c in plain if not unicodedata.combining(c))).casefold()
