"""One entry of a bibliography or of a service -> Paper: what all of their formats have in common.

An entry's fields come as loose text from many hands. Here they are made plain (markup, entities, control characters
and blanks), checked, and put together into a paper's text, so that every reader of a format only has to name them.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Author, Paper, assemble
from assistant.sources import Unreadable

MAX_TITLE, MAX_ABSTRACT, MAX_AUTHORS, MAX_NAME = 1_000, 50_000, 5_000, 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What a source says of one publication, each field as it has it but decoded from its format's own escapes.

    ``authors`` are names as they are written (``Marie Curie`` or ``Curie, Marie``), or an :class:`Author` whose name
    stays as it is (``Barnes, Noble and Co.``). ``date`` is a year, a month or a
    day of ISO 8601. ``ids`` are ``scheme:value``; :func:`doi_id` and :func:`arxiv_id` make them of what people write.
    ``key`` is the entry's own key, which the library keeps where it is free.
    """

    title: str
    authors: Iterable[str | Author] = ()
    authors_complete: bool = True
    abstract: str = ""
    date: str | None = None
    venue: str | None = None
    kind: str | None = None
    url: str | None = None
    ids: Iterable[str] = ()
    links: Iterable[str] = ()
    license: str | None = None
    category: str | None = None
    affiliation: str | None = None
    key: str = ""

    def to_paper(self, place: str) -> Paper | Unreadable:
        """The paper; ``place`` says where in the source the entry stands (``refs.bib, line 12``)."""
        title = plain(self.title)
        if not re.search(r"\w", title):
            return Unreadable(place, "the entry has no title.")
        if len(title) > MAX_TITLE:
            return Unreadable(place, f"its title has {len(title):,} characters, more than a title may ({MAX_TITLE:,}).")
        abstract = plain(self.abstract, paragraphs=True)
        if len(abstract) > MAX_ABSTRACT:
            return Unreadable(
                place, f"its abstract has {len(abstract):,} characters, more than an abstract may ({MAX_ABSTRACT:,})."
            )
        names = [name for name in map(_spoken, self.authors) if name]
        if len(names) > MAX_AUTHORS:
            return Unreadable(place, f"it has {len(names):,} authors, more than an entry may ({MAX_AUTHORS:,}).")
        if (longest := max((len(name) for name in names), default=0)) > MAX_NAME:
            return Unreadable(place, f"an author's name has {longest:,} characters, more than one may ({MAX_NAME:,}).")
        date = iso_date(self.date)
        venue = plain(self.venue or "") or None
        ids = tuple(dict.fromkeys(i.casefold() for i in self.ids if i))
        byline = ", ".join(names) + ("" if self.authors_complete or not names else " et al.")
        listing = " · ".join(part for part in (venue, date, _written_doi(ids)) if part)
        text, sections = assemble(((LISTING, listing), (TITLE, title), (AUTHORS, byline), (ABSTRACT, abstract)))
        urls = [link for link in dict.fromkeys((self.url, *self.links)) if link and is_web_link(link)]
        if not urls and (doi := next((i[4:] for i in ids if i.startswith("doi:")), None)):
            urls = [f"https://doi.org/{doi}"]
        return Paper(
            key=self.key,
            title=title,
            text=text,
            sections=sections,
            authors=tuple(Author(name) for name in names),
            authors_complete=self.authors_complete,
            affiliation=plain(self.affiliation or "") or None,
            date=date,
            category=plain(self.category or "") or None,
            url=urls[0] if urls else None,
            source=place,
            venue=venue,
            kind=self.kind,
            ids=ids,
            links=tuple(urls[1:]),
            license=self.license,
        )


# The elements with which services mark up titles and abstracts: HTML's, JATS's and MathML's; "<mask>" is none of them.
_TAG = re.compile(
    r"(?i)</?(?:(?:jats|mml|m|math|xhtml|html):[\w-]{1,40}|a|abstract|abbr|article-title|b|bdi|bdo|big|blockquote|body|bold|br"
    r"|center|cite|code|dd|div|dl|dt|em|ext-link|fn|font|h[1-6]|hr|html|i|img|inf|inline-formula|inline-graphic|italic"
    r"|label|li|list|list-item|math|m[inosr]|mfenced|mfrac|mover|mroot|mrow|mspace|msqrt|mstyle|msub|msubsup|msup|mtable"
    r"|mtd|mtext|mtr|munder|munderover|monospace|named-content|ol|overline|p|pre|q|roman|s|sans-serif|sc|scp|script|sec"
    r"|section|semantics|small|span|strike|strong|style|styled-content|sub|sup|table|tbody|td|tex-math|th|title|tr|tt|u"
    r"|ul|underline|uri|xref|annotation|alternatives)(?:\s[^<>]{0,500})?/?>"
)
_BLOCK_TAG = re.compile(r"(?i)</?(?:jats:)?(?:p|div|br|sec|title|li|h[1-6])\b[^<>]{0,200}>")
_UNSEEN = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def plain(text: str, *, paragraphs: bool = False) -> str:
    """Text without tags, entities, control characters and runs of blanks; NFC. A tag's words stay.

    ``paragraphs`` keeps an empty line where the source has one or a paragraph's tag.
    """
    text = _BLOCK_TAG.sub("\n\n", text) if paragraphs else text
    text = html.unescape(_TAG.sub("", text) if "<" in text else text)
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text.replace("\r\n", "\n")).encode("utf-8", "ignore").decode())
    if not paragraphs:
        return " ".join(text.split())
    return "\n\n".join(part for part in (" ".join(p.split()) for p in re.split(r"\n\s*\n", text)) if part)


def in_reading_order(name: str) -> str:
    """``Curie, Marie`` and ``Curie, Jr., Pierre`` as they are spoken; other names as they are."""
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) == 2:
        return f"{parts[1]} {parts[0]}"
    if len(parts) == 3:
        return f"{parts[2]} {parts[0]} {parts[1]}"
    return " ".join(parts)


def _spoken(name: str | Author) -> str:
    return plain(name.name) if isinstance(name, Author) else in_reading_order(plain(name))


_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d-])")


def iso_date(text: str | None) -> str | None:
    """``2020-4-8T00:00`` -> ``2020-04-08``; None for what is no date of a publication (years 1400 to 2200)."""
    match = _DATE.match((text or "").strip())
    if not match or not 1400 <= int(match[1]) <= 2200:
        return None
    parts = [match[1]]
    for part, most in ((match[2], 12), (match[3], 31)):
        if not part or not 1 <= int(part) <= most:
            break
        parts.append(f"{int(part):02}")
    return "-".join(parts)


_DOI = re.compile(r"\b10\.\d{4,9}/(?:[^\s\"<>{}]|<\d{1,6}::[^\s\"<>{}]{1,40}>){1,300}")
"""With the angle brackets of older identifiers, ``10.1002/(sici)...15/16<1661::aid-sim968>3.0.co;2-2``."""
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ARXIV = re.compile(
    r"(?:\barxiv(?:\.org/(?:abs|pdf|html))?[:/\s]\s*|^)(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d{1,3})?(?!\d)",
    re.IGNORECASE,
)


def doi_id(text: str | None) -> str | None:
    """``doi:10...`` of a DOI or a link to one; an arXiv DOI becomes ``arxiv:...``; None where there is none."""
    match = _DOI.search(text or "")
    if not match:
        return None
    doi = match[0].rstrip(".,;:]").casefold()
    while doi.endswith(")") and doi.count(")") > doi.count("("):
        doi = doi[:-1].rstrip(".,;:]")
    arxiv = _ARXIV_DOI.fullmatch(doi)
    return arxiv_id(arxiv[1]) if arxiv else f"doi:{doi}"


def arxiv_id(text: str | None) -> str | None:
    """``arxiv:2004.12345``, without the version, of an identifier or a link to one; None where there is none."""
    match = _ARXIV.search((text or "").strip())
    return f"arxiv:{match[1].casefold()}" if match else None


def is_web_link(link: str) -> bool:
    """Whether a browser may be sent there: http or https to a named host, without blanks or control characters."""
    return re.fullmatch(r"https?://[^\s/?#\"<>\\]+(?:[/?#][^\s\"<>\\]*)?", link, re.IGNORECASE) is not None


def _written_doi(ids: Iterable[str]) -> str | None:
    return next((i for i in ids if i.startswith("doi:")), None)
