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
from assistant.sources.references import (
    MAX_LENGTH,
    Doubt,
    Mark,
    Written,
    families_of,
    parse,
    resembles_one,
    tidy,
)  # fmt: skip
from assistant.sources.references_english import NO_ENTRY_HEADING, OTHER_HEADING, PUBLICATIONS_HEADING, is_label


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
    listed = [chunk for chunk in _chunks(text) if _is_entry(chunk)]
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
            yield from _split(chunk)
            chunk = None
            found = _YEAR.fullmatch(heading)
            year = found["year"] if found else None
            part = part if found else part_of(heading)
        elif not line.strip() or _UNDERLINE.match(line):
            yield from _split(chunk)
            chunk = None
        else:
            starts = _ITEM.match(line)
            if chunk is None or starts or len(chunk.lines) >= _MAX_LINES:
                yield from _split(chunk)
                chunk = _Chunk(number, [], part, year, starts is not None)
            broken = line.endswith(_HARD_BREAKS)
            chunk.lines.append(f"{line.removesuffix(_break_of(line)).strip()}{chr(10) if broken else ' '}")
    yield from _split(chunk)


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


def _split(chunk: _Chunk | None) -> Iterator[_Chunk]:
    """A paragraph's references one by one, where it holds several without a blank line between them."""
    if chunk is None:
        return
    if chunk.is_item or len(chunk.lines) == 1 or any(line.endswith("\n") for line in chunk.lines):
        yield chunk
        return
    current: _Chunk | None = None
    for offset, line in enumerate(chunk.lines):
        if current is None or (_ENDED.search(current.lines[-1].rstrip()[-2_000:]) and _opens_reference(line)):
            if current:
                yield current
            current = replace(chunk, line=chunk.line + offset, lines=[])
        current.lines.append(line)
    if current:
        yield current


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
    if chunk.part is Part.PUBLICATIONS and chunk.is_item:
        return len(tidy(written).text.split()) >= 4
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
