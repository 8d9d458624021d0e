"""Lists of publications in Markdown and plain text: a CV, a README, the text of a page.

An entry is an item of a list (bulleted or numbered), a paragraph, or a line of its own where a paragraph holds several.
Headings say what follows them: publications, talks and the like, or nothing that is listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from assistant.errors import SourceError
from assistant.sources import Item, Skipped, Unreadable
from assistant.sources.entries import Entry
from assistant.sources.references import (
    MAX_LENGTH,
    Doubt,
    Mark,
    Written,
    families_of,
    has_year,
    parse,
    resembles_one,
    tidy,
)  # fmt: skip
from assistant.sources.references_english import (
    NO_ENTRY_HEADING,
    OTHER_HEADING,
    PUBLICATIONS_HEADING,
    VENUE_START,
    is_label,
)


class Part(Enum):
    """What a heading announces."""

    UNKNOWN = auto()
    PUBLICATIONS = auto()
    OTHER = auto()
    NO_ENTRIES = auto()


def read(text: str, name: str = "the list") -> Iterator[Item]:
    """Every entry of the list, in its order: a paper, or why it is none.

    Raises:
        SourceError: nothing in it looks like a publication.
    """
    chunks = list(_chunks(text))
    opening = families_of([inline(line) for chunk in chunks for line in chunk.lines if _opens_reference(line)])
    listed = [part for chunk in chunks for part in _split(chunk, opening) if _is_entry(part)]
    if not listed:
        raise SourceError(
            f"{name!r} holds no publication that can be told from its text; export the list as BibTeX, RIS or CSL-JSON."
        )
    families = families_of([chunk.written for chunk in listed])
    for chunk in listed:
        yield to_item(chunk.written, families, f"{name}, line {chunk.line}", part=chunk.part, year=chunk.year)


def to_item(
    written: Written, families: frozenset[str], place: str, *, part: Part = Part.UNKNOWN, year: str | None = None
) -> Item:
    """The paper that a reference is, or why it is none; ``year`` is that of the heading above it."""
    found = parse(written, families)
    if part is Part.OTHER:
        return Skipped(place, f"{beginning(written)} stands under a heading of talks, software or the like.")
    if isinstance(found, Doubt):
        return Unreadable(place, f"{beginning(written)}: {found.reason}")
    return (found if found.date else replace(found, date=year)).to_paper(place)


def beginning(written: Written) -> str:
    """The first words of a reference, quoted."""
    text = " ".join(tidy(written).text.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def part_of(heading: str) -> Part:
    if PUBLICATIONS_HEADING.search(heading):
        return Part.PUBLICATIONS
    if OTHER_HEADING.search(heading):
        return Part.OTHER
    return Part.NO_ENTRIES if NO_ENTRY_HEADING.search(heading) else Part.UNKNOWN


# ---- chunks: what may be an entry


@dataclass(slots=True)
class _Chunk:
    """A run of lines that belong together: the first one's number, and the part and year they stand under."""

    line: int
    lines: list[str] = field(default_factory=list)
    part: Part = Part.UNKNOWN
    year: str | None = None
    is_item: bool = False
    is_listed: bool = False
    """Whether it stands in a row of references, so that it has to be accounted for."""

    @property
    def written(self) -> Written:
        return inline("".join(self.lines))


_ITEM = re.compile(
    r"(?P<indent>\s{0,12})(?:[-*+•–‣▪◦·]\s+|\[[A-Za-z]{0,4}[-.]?\d{1,4}[a-z]?\]\s*|\(?[A-Za-z]{0,2}\d{1,3}[.)]\s+)(?=\S)"
)
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(?P<text>.{1,200}?)\s*#*\s*$")
_UNDERLINE = re.compile(r"\s{0,3}(?:={3,}|-{3,})\s*$")
_YEAR = re.compile(r"\W*(?P<year>(?:19|20)\d\d)\W*")
_HARD_BREAKS = ("  ", "\\", "<br>", "<br/>", "<br />")
_ENDED = re.compile(r"[.\])>\d]$|https?://\S{1,2000}$")
_BELONGS_ABOVE = re.compile(
    r"\s*(?:[\[({<]|https?://|(?i:doi|arxiv|url|isbn|issn|pmid|vol|no|pp?|pages?)\b|\W*\d[\d\W]*$)"
)
_WRAPPED = re.compile(
    r"(?:[,:;&(-]|\b(?:[a-z]{1,3}|the|and|with|from|Proceedings|Proc\.|Conference|Journal|Workshop))$"
)
"""How a line ends that goes on in the next one."""
_MAX_LINES = 400


def _chunks(text: str) -> Iterator[_Chunk]:
    """Items, paragraphs and lines, each with the part of the list that it stands in."""
    part, year = Part.UNKNOWN, None
    chunk: _Chunk | None = None
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines, start=1):
        following = lines[number] if number < len(lines) else ""
        heading = _heading(line, following, alone=chunk is None)
        if heading is not None:
            yield from _closed(chunk)
            chunk = None
            found = _YEAR.fullmatch(heading)
            year = found["year"] if found else None
            part = part if found else part_of(heading)
        elif not line.strip() or _UNDERLINE.match(line):
            yield from _closed(chunk)
            chunk = None
        else:
            starts = _ITEM.match(line)
            if chunk is None or starts or len(chunk.lines) >= _MAX_LINES:
                yield from _closed(chunk)
                chunk = _Chunk(number, [], part, year, starts is not None)
            broken = line.endswith(_HARD_BREAKS)
            chunk.lines.append(f"{line.removesuffix(_break_of(line)).rstrip()}{chr(10) if broken else ' '}")
    yield from _closed(chunk)


def _closed(chunk: _Chunk | None) -> Iterator[_Chunk]:
    if chunk is not None:
        yield chunk


def _break_of(line: str) -> str:
    return next((mark for mark in _HARD_BREAKS if line.endswith(mark)), "")


def _heading(line: str, following: str, *, alone: bool) -> str | None:
    """The text of a heading: marked as one, underlined, or a short line by itself without a reference's signs."""
    marked = _HEADING.match(line) if len(line) < 300 else None
    if marked:
        return marked["text"].strip("*_ ")
    text = line.strip().strip("*_:")
    if not text or len(text) > 80 or not alone or _ITEM.match(line):
        return text if text and len(text) <= 80 and _UNDERLINE.match(following) and alone else None
    if _UNDERLINE.match(following) or _YEAR.fullmatch(text):
        return text
    blank_below = not following.strip() or _ITEM.match(following) is not None
    titled = (
        text.isupper() or line.strip().startswith(("**", "__")) or line.strip().endswith(":") or len(text.split()) < 5
    )
    return text if blank_below and titled and not re.search(r"[.,;]|\d{4}", text) else None


def _split(chunk: _Chunk, families: frozenset[str]) -> list[_Chunk]:
    """The references of a paragraph or an item one by one, where it holds several without a blank line between them."""
    if len(chunk.lines) == 1 or any(line.endswith("\n") for line in chunk.lines):
        return [chunk]
    parts = [replace(chunk, lines=chunk.lines[:1])]
    for offset, line in enumerate(chunk.lines[1:], start=1):
        indented = _indent(line) > _indent(chunk.lines[0])
        if not indented and _starts_anew(parts[-1], line, families):
            parts.append(replace(chunk, line=chunk.line + offset, lines=[]))
        parts[-1].lines.append(line)
    if len(parts) > 1 and any(resembles_one(part.written) for part in parts):
        return [replace(part, is_listed=True) for part in parts]
    return parts


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _starts_anew(above: _Chunk, line: str, families: frozenset[str]) -> bool:
    """Whether a line is no more of the reference above it."""
    text = "".join(above.lines).rstrip()[-2_000:]
    ended = _ENDED.search(text) is not None
    opens = _opens_reference(line)
    if ended and opens:
        return True
    if opens and not _opens_reference(above.lines[0]) and isinstance(parse(inline(line), families), Entry):
        return not has_year(text)
    if not has_year(text) or _BELONGS_ABOVE.match(line) or is_label(line.strip()):
        return False
    begins = not (line.lstrip()[:1].islower() or line.lstrip()[:1].isdigit())
    if has_year(line) and (ended or (begins and (opens or isinstance(parse(inline(line), families), Entry)))):
        return True
    if has_year(line) and begins and not _WRAPPED.search(text) and not VENUE_START.match(line.lstrip()):
        return True
    found = parse(above.written, families) if ended or (opens and begins) else None
    return isinstance(found, Entry) and found.venue is not None


_OPENS = re.compile(
    r"(?:[^\W\d_a-z][\w'’-]+(?:\s[^\W\d_a-z][\w'’-]+)?,?\s(?:[^\W\d_a-z]\.[\s-]?){1,3}|(?:[^\W\d_a-z]\.[\s-]?){1,3}[^\W\d_a-z]"
    r"[\w'’-]+|[^\W\d_a-z][\w'’-]+\s[^\W\d_a-z][\w'’-]+(?:,|\sand\s|\s&\s|\.\s(?:19|20)\d\d)|[^\W\d_a-z]\w+\s[A-Z]{1,3}[,.])"
)


def _opens_reference(line: str) -> bool:
    return _OPENS.match(line.lstrip("*_[ ")) is not None


def _is_entry(chunk: _Chunk) -> bool:
    if chunk.part is Part.NO_ENTRIES:
        return False
    written = chunk.written
    if chunk.is_listed or (chunk.part is Part.PUBLICATIONS and chunk.is_item):
        return re.search(r"\w", tidy(written).text) is not None
    return resembles_one(written)


# ---- inline marks


_INLINE = re.compile(
    r"!?\[(?P<link>[^\[\]\n]{0,1000})\]\((?P<href>[^()\s]{0,2000}(?:\([^()\s]{0,200}\)[^()\s]{0,500})?)(?:\s\"[^\"]{0,300}\")?\)"
    r"|<(?P<auto>https?://[^<>\s]{1,2000})>|(?P<strong>\*\*|__)(?=\S)(?P<bold>[^*\n]{1,1000}?)(?<=\S)(?P=strong)"
    r"|(?<![\w*])(?P<em>[*_])(?=[^\s*_])(?P<italic>[^*_\n]{1,1000}?)(?<=[^\s*_])(?P=em)(?![\w*])"
    r"|(?P<tag></?[A-Za-z][^<>\n]{0,300}>)|\\(?P<escaped>[\\`*_{}\[\]()#+.!|<>-])"
)
_BARE_LINK = re.compile(r"https?://[^\s<>\"]{1,2000}")


def inline(text: str) -> Written:
    """Markdown's marks taken out of a text: links, bold and italics become marks of the plain text."""
    text = re.sub(r"[^\S\n]+", " ", text[: MAX_LENGTH + 1]).strip()
    pieces: list[str] = []
    marks: list[Mark] = []
    links: list[str] = []
    place = kept = 0

    def put(piece: str) -> int:
        nonlocal place
        pieces.append(piece)
        place += len(piece)
        return place

    for match in _INLINE.finditer(text):
        start = put(text[kept : match.start()])
        kept = match.end()
        if match["link"] is not None:
            inner = inline_text(match["link"])
            if match[0].startswith("!"):
                continue
            links.insert(0 if not is_label(inner) else len(links), match["href"])
            marks.append(Mark(start, put(inner), "link"))
        elif match["auto"]:
            links.append(match["auto"])
            put(match["auto"])
        elif match["bold"]:
            marks.append(Mark(start, put(inline_text(match["bold"])), "strong"))
        elif match["italic"]:
            marks.append(Mark(start, put(inline_text(match["italic"])), "emphasis"))
        elif match["escaped"]:
            put(match["escaped"])
    put(text[kept:])
    plain = "".join(pieces)
    links += _BARE_LINK.findall(plain)
    return Written(plain, tuple(marks), tuple(dict.fromkeys(link.rstrip(".,;)") for link in links)))


def inline_text(text: str) -> str:
    """The text inside a link or bold type without further marks."""
    return re.sub(r"(?<!\w)[*_]{1,3}|[*_]{1,3}(?!\w)", "", text)
