"""A profile page as a person pastes it: a header about the author, then one record a paper.

A record is a listing line (score, category, date, a mark for code, run together or apart), the title, up to a few of
the authors, perhaps their affiliation after a middle dot, and the abstract::

    31.2CLOct 16, 2019Code
    The Title of a Paper

    First Author, Second Author, Third Author et al. · some-university

    The abstract, in one or several paragraphs.

Copying changes blank lines, tabs and line ends, and none of them is relied on where the lines themselves say enough.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from assistant.errors import SourceError
from assistant.papers import ABSTRACT, AUTHORS, LISTING, TITLE, Paper, assemble
from assistant.sources import Item, Notice, Profile, Unreadable, bylines, listing
from assistant.sources.bylines import Grade
from assistant.sources.listing import Listing


def read(text: str, name: str = "the page") -> Iterator[Item]:
    """Everything on the page, in its order: its author first, then each paper or why it cannot be read.

    Raises:
        SourceError: there is no record on it.
    """
    lines = _lines(text)
    starts = _record_starts(lines)
    if not any(start.listing for start in starts):
        raise SourceError(
            f"{name!r} holds no paper that can be read: no line such as '12.3CLJul 15, 2023' or 'CL 2023', which "
            f"starts a record, was found; paste the whole profile page into it."
        )
    above, orphans = _without_orphans(_blocks(lines[: starts[0].first]), None)
    profile, declared = _header([line for block in above for line in block])
    yield profile or Notice(f"{name}: there is no header with the author's name above the first paper.")
    page = _Page(name, profile.name if profile else None, frozenset(line.text for line in lines[: starts[0].first]))
    yield from page.without_listing(orphans)
    found = 0
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        for item in _record(start, lines[start.last + 1 : following.first if following else len(lines)], page):
            found += isinstance(item, Paper)
            yield item
    if page.furniture:
        shown = ", ".join(repr(line.text) for line in page.furniture[:5])
        yield Notice(
            f"{name}, line {page.furniture[0].number}: left out as parts of the page, not of a paper: {shown}."
        )
    if declared is not None and declared != found:
        yield Notice(f"{name}: the header says {declared} papers, and {found} were read.")


class _Line(NamedTuple):
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Start:
    """A record's first line or lines; ``listing`` is None where they look like a listing and are none."""

    first: int
    last: int
    text: str
    number: int
    listing: Listing | None


class _Page:
    """What holds for all records of a page, and what was found on it beside them."""

    def __init__(self, name: str, author: str | None, header: frozenset[str]) -> None:
        self.name = name
        self.author = author
        self.header = header
        self.furniture: list[_Line] = []

    def place(self, number: int) -> str:
        return f"{self.name}, line {number}"

    def without_listing(self, titles: Iterable[_Line]) -> Iterator[Unreadable]:
        for line in titles:
            yield Unreadable(
                self.place(line.number), f"{_short(line.text)!r} has no line with its category and date above it."
            )


# ---- lines

_NEWLINE = re.compile(r"\r\n|\n|\r")
_BREAK = re.compile(r"[\v\f\x1c-\x1e\x85\u2028]")  # what breaks a line, though editors do not count it
_BLANK = re.compile(r"[\s\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
# Characters that are not seen. The joiners stay: Persian words and emoji need them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb]"
)
_COMBINING = re.compile(r"[\u0300-\u036f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _lines(text: str) -> list[_Line]:
    """The page's lines, numbered as an editor does."""
    lines: list[_Line] = []
    for number, whole in enumerate(_NEWLINE.split(text), start=1):
        if whole.isascii() and whole.isprintable():
            lines.append(_Line(number, _BLANK.sub(" ", whole).strip()))
        else:
            parts = _BREAK.split(whole.replace("\u2029", "\u2028\u2028"))  # the one ends a paragraph, the other a line
            lines.extend(_Line(number, _plain(part)) for part in parts)
    return lines


def _plain(line: str) -> str:
    """Without characters that are not seen; every run of blanks, non-breaking ones too, is one space."""
    line = _SURROGATE.sub("\ufffd", _UNSEEN.sub("", line))
    if _COMBINING.search(line):  # a letter and its accent apart, as some systems copy them
        line = unicodedata.normalize("NFC", line)
    return _BLANK.sub(" ", line).strip()


# ---- where records start


def _record_starts(lines: Sequence[_Line]) -> list[_Start]:
    candidates = list(_candidates(lines))
    habits = _Habits(lines, candidates)
    starts: list[_Start] = []
    for start in candidates:
        if not (start.listing and start.listing.sure) and not habits.allow(start):
            continue
        before = starts[-1] if starts else None
        if before and before.listing and not any(line.text for line in lines[before.last + 1 : start.first]):
            if start.text == before.text:  # copied twice
                starts[-1] = replace(before, last=start.last)
                continue
            if not (start.listing and (start.listing.sure or start.listing.of_a_class)):
                continue  # "GPT 2020" as the title below a listing
        starts.append(start)
    return starts


def _candidates(lines: Sequence[_Line]) -> Iterator[_Start]:
    """Every line, or run of short lines, that is a listing or nearly one."""
    index = 0
    while index < len(lines):
        start = _start_at(lines, index)
        if start:
            yield start
            index = start.last
        index += 1


def _start_at(lines: Sequence[_Line], index: int) -> _Start | None:
    line = lines[index]
    if not line.text or len(line.text) > listing.MAX_LENGTH:
        return None
    text = _seen(line.text)
    found = listing.parse(text)
    if found:
        start = _Start(index, index, line.text, line.number, found)
        return start if found.has_code else _with_code_below(lines, start)
    joined = _apart(lines, index) if listing.is_piece(text) else None
    if joined:
        return joined
    return _Start(index, index, line.text, line.number, None) if listing.resembles_one(text) else None


def _seen(text: str) -> str:
    return re.sub(r"[\u200c\u200d]", "", text)


def _apart(lines: Sequence[_Line], index: int) -> _Start | None:
    """A listing whose pieces were copied to lines of their own, with as many blank lines between each."""
    pieces = [index]
    gap = 0
    while len(pieces) < 4:
        following = next((i for i in range(pieces[-1] + 1, min(pieces[-1] + 4, len(lines))) if lines[i].text), None)
        if following is None or len(lines[following].text) > 40:
            break
        if len(pieces) > 1 and following - pieces[-1] != gap:
            break
        gap = following - pieces[-1]
        pieces.append(following)
    for count in range(len(pieces), 1, -1):
        text = " ".join(lines[i].text for i in pieces[:count])
        found = listing.parse(_seen(text))
        if found and found.category:
            return _Start(index, pieces[count - 1], text, lines[index].number, found)
    return None


def _with_code_below(lines: Sequence[_Line], start: _Start) -> _Start:
    """The listing with its mark for code where that was copied to the next line."""
    below = [i for i in range(start.last + 1, min(start.last + 4, len(lines))) if lines[i].text][:2]
    if not below or lines[below[0]].text.casefold() != "code" or not start.listing:
        return start
    if len(below) == 1 and not any(line.text for line in lines[below[0] + 1 : below[0] + 4]):
        return start  # nothing comes after it: it is the title
    text = f"{start.text} {lines[below[0]].text}"
    return replace(start, last=below[0], text=text, listing=replace(start.listing, text=text, has_code=True))


class _Habits:
    """How the page sets its listing lines, learned from those that are sure; it decides about the others."""

    def __init__(self, lines: Sequence[_Line], candidates: Iterable[_Start]) -> None:
        self._lines = lines
        known = [(start, start.listing) for start in candidates if start.listing]
        sure = [start for start, found in known if found.sure]
        likely = [start for start, found in known if found.of_a_class]
        models = sure or likely or [start for start, found in known if found.category]
        self._categories = frozenset(s.listing.category for s in models if s.listing and s.listing.category)
        self._guessed = not (sure or likely)
        self._blank_above = self._guessed or _most(self._after_blank(start) for start in models)
        self._title_below = self._guessed or _most(self._before_text(start) for start in models)

    def allow(self, start: _Start) -> bool:
        found = start.listing
        if self._blank_above and not self._after_blank(start):
            return False
        if found is None:
            return listing.is_broken(_seen(start.text), self._categories)
        if self._title_below and not self._before_text(start):
            return False
        if found.category is None:
            return bool(self._categories) and not self._guessed
        return found.category in self._categories or found.of_a_class or self._has_authors_below(start)

    def _has_authors_below(self, start: _Start) -> bool:
        below = [line.text for line in self._lines[start.last + 1 : start.last + 8] if line.text]
        return any(bylines.grade(text) >= Grade.LIST for text in below[1:4])

    def _after_blank(self, start: _Start) -> bool:
        return start.first == 0 or not self._lines[start.first - 1].text

    def _before_text(self, start: _Start) -> bool:
        return start.last + 1 < len(self._lines) and self._lines[start.last + 1].text != ""


def _most(values: Iterable[bool]) -> bool:
    held = list(values)
    return 2 * sum(held) > len(held)


# ---- the header

_LABELS_FIRST = ("h-index", "i10-index", "g-index", "novelty", "ai score")
_LABELS_LAST = ("papers", "publications", "works", "citations", "co-authors", "coauthors")
_LABELS = (*_LABELS_FIRST, *_LABELS_LAST)
_FIGURE = re.compile(
    r"(?P<label>[A-Za-z][A-Za-z0-9 -]*?)\s?:?\s?(?P<value>\d[\d,.]*[KkM]?%?)"
    r"|(?P<value2>\d[\d,.]*(?:[KM](?=\s?[a-z])|[kK](?=\s))?%?)\s?(?P<label2>[A-Za-z][A-Za-z -]*)"
)
_NUMBER = re.compile(r"\d[\d,.]*[KkM]?%?")
_COUNT = re.compile(r"(\d[\d,]*)\s*(?:papers|publications|works)", re.IGNORECASE)
_FIELD = re.compile(r"[A-Z]{2,6}|[a-z]+(?:-[a-z]+)?(?:\.[A-Za-z-]+)?(?:, .*)?")


def _header(lines: Sequence[_Line]) -> tuple[Profile | None, int | None]:
    """The author, and how many papers the header speaks of; where it says two numbers, the larger."""
    figures: dict[str, str] = {}
    words: list[str] = []
    counts: list[int] = []
    for text in _joined_figures([line.text for line in lines if 0 < len(line.text) <= 80]):
        count = _COUNT.fullmatch(text)
        figure = _FIGURE.fullmatch(text)
        label = (figure["label"] or figure["label2"]).strip().casefold() if figure else ""
        if count:
            counts.append(int(count[1].replace(",", "")))
        if figure and (words or label in _LABELS):  # "Wei Wang 0001" above them is a name
            figures.setdefault(label, figure["value"] or figure["value2"])
        elif text.casefold() not in _LABELS:
            words.append(text)
    declared = max(counts, default=None)
    if not words or (len(words) == 1 and _FIELD.fullmatch(words[0])):
        return None, declared  # a field alone is no name
    fields = [word for word in words[1:] if _FIELD.fullmatch(word)]
    subject = fields[0] if fields else words[1] if len(words) > 1 else None
    return Profile(words[0], subject, figures), declared


def _joined_figures(texts: Sequence[str]) -> Iterator[str]:
    """The header's lines, a figure's label and its number on one where they were copied to two."""
    index = 0
    while index < len(texts):
        pair = [text.casefold() for text in texts[index : index + 2]]
        if len(pair) == 2 and (
            (pair[0] in _LABELS_FIRST and _NUMBER.fullmatch(pair[1]))
            or (_NUMBER.fullmatch(pair[0]) and pair[1] in _LABELS_LAST)
        ):
            yield f"{texts[index]} {texts[index + 1]}"
            index += 2
        else:
            yield texts[index]
            index += 1


# ---- one record

_MAX_TITLE = 500


def _record(start: _Start, body: Sequence[_Line], page: _Page) -> Iterator[Paper | Unreadable]:
    place = page.place(start.number)
    found = start.listing
    if found is None:
        yield Unreadable(place, f"{start.text!r} looks like the first line of a record, but holds no date.")
        return
    if found.date is None:
        yield Unreadable(place, f"{found.written_date!r} is no date.")
        return
    blocks = _blocks(_without_furniture(body, page))
    if not blocks:
        yield Unreadable(place, "the record has no title.")
        return
    parts = _parts(blocks, page.author)
    if _lacks_title(parts, page):
        yield Unreadable(place, f"the record has no title: {_short(parts.title)!r} is none.")
        return
    yield _paper(start.text, found, parts, place)
    yield from page.without_listing(parts.orphans)


def _paper(line: str, found: Listing, parts: _Parts, place: str) -> Paper:
    people = bylines.parse(parts.byline)
    text, sections = assemble(
        ((LISTING, line), (TITLE, parts.title), (AUTHORS, parts.byline), (ABSTRACT, parts.abstract))
    )
    return Paper(
        key="",
        title=parts.title,
        text=text,
        sections=sections,
        authors=people.authors,
        authors_complete=people.complete,
        affiliation=people.affiliation,
        date=found.date,
        category=found.category,
        has_code=found.has_code,
        score=found.score,
        source=place,
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _lacks_title(parts: _Parts, page: _Page) -> bool:
    """Whether what stands in the title's place is nothing, an author line or an abstract."""
    if not re.search(r"\w", parts.title) or len(parts.title) > _MAX_TITLE:
        return True
    return not parts.byline and bylines.grade(parts.title, page.author) is Grade.MARKED


_FURNITURE = re.compile(
    r"(?:load|show|see|view|read) (?:more|less|all)(?: papers| publications| results)?|loading(?:\.\.\.|…)?"
    r"|(?:next|previous|prev)(?: page)?|back to top|page \d+ of \d+|showing \d+\W+\d+ of \d+(?: \w+)?"
    r"|[«‹<]? ?(?:prev(?:ious)? )?\d+(?: (?:\d+|…|\.\.\.))+(?: next)? ?[»›>]?"
    r"|(?:©|copyright|\(c\)) ?\d{4}\b.{0,80}|all rights reserved\.?"
    r"|privacy policy|terms of (?:use|service)|cookie (?:policy|settings)|contact us|about us|sign in|log in|sign up",
    re.IGNORECASE,
)


def _without_furniture(body: Sequence[_Line], page: _Page) -> Sequence[_Line]:
    """The record without the page's buttons and links that were copied at its end, and without a second header."""
    title = next((index for index, line in enumerate(body) if line.text), 0)
    end = _header_again(body, title, page.header)
    furniture: list[_Line] = []
    for index in range(end - 1, title, -1):
        text = body[index].text
        if text and not (len(text) <= 120 and _FURNITURE.fullmatch(text)):
            break
        if text:
            furniture.append(body[index])
            end = index
    page.furniture.extend(reversed(furniture))
    return body[:end]


def _header_again(body: Sequence[_Line], title: int, header: frozenset[str]) -> int:
    """Where the page's header begins for the second time, as where two parts of a page were pasted; else the end."""
    end = len(body)
    while end - 1 > title and (not body[end - 1].text or body[end - 1].text in header):
        end -= 1
    again = [line.text for line in body[end:] if line.text]
    return end if any(_FIGURE.fullmatch(text) for text in again[1:]) else len(body)


def _blocks(body: Sequence[_Line]) -> list[list[_Line]]:
    """Runs of lines without a blank one between them."""
    blocks: list[list[_Line]] = [[]]
    for line in body:
        if line.text:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


# ---- the parts of a record

_Block = list[_Line]
_MAX_TITLE_LINES = 5
# A title that ends in one of these goes on in the next line.
_DANGLING = re.compile(
    r"(?:[:,–—-]|\b(?:a|an|and|as|at|by|for|from|in|into|is|of|on|or|over|the|their|to|towards?|under|using|via|with))$",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"[.!?]\s+[A-Z].*[.!?]$")
_STOP = re.compile(r"[a-z]{2}\.$")
_SHORTEST_WRAPPED = 40  # nobody wraps lines at fewer characters


@dataclass(frozen=True, slots=True)
class _Parts:
    title: str
    byline: str
    abstract: str
    orphans: tuple[_Line, ...]
    """Titles further down whose listing line is lost."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Lines of a block that may be its byline."""

    first: int
    end: int
    grade: Grade


_NONE = _Span(0, 0, Grade.NO)


def _parts(blocks: Sequence[_Block], author: str | None) -> _Parts:
    """Title, byline and abstract. Blank lines are believed unless a byline among the lines says otherwise."""
    first, rest = blocks[0], list(blocks[1:])
    below = _whole_or_begin(rest[0], author, last=len(rest) == 1) if rest else _NONE
    inside = _inside(first, author, alone=not rest)
    if inside.grade > below.grade or (inside.grade and inside.grade is below.grade and below.end < len(rest[0])):
        title, byline = first[: inside.first], first[inside.first : inside.end]
        rest = [first[inside.end :], *rest]
    elif below.grade:
        title, byline = first, rest[0][: below.end]
        rest = [rest[0][below.end :], *rest[1:]]
    else:
        end = _title_end(first, alone=not rest)
        title, byline = first[:end], []
        rest = [first[end:], *rest]
    paragraphs, orphans = _without_orphans([block for block in rest if block], author)
    return _Parts(_joined(title), _joined(byline), "\n\n".join(_joined(block) for block in paragraphs), orphans)


def _whole_or_begin(block: _Block, author: str | None, last: bool) -> _Span:
    """The byline that a block is, or begins with."""
    whole = _Span(0, len(block), bylines.grade(_joined(block), author))
    begin = _span(block, 0, author)
    if begin.grade > whole.grade or (last and len(block) > 1 and begin.grade and _is_prose(block[-1].text)):
        return begin
    return whole


def _inside(block: _Block, author: str | None, alone: bool) -> _Span:
    """The byline among the lines below the title's first; the last of two that follow each other."""
    # A single name is rather the end of a title, but directly below a line that may be a whole one.
    one_name = _ends(block[0]) and (alone or len(block[0].text) < _SHORTEST_WRAPPED)
    for index in range(1, min(_MAX_TITLE_LINES + 1, len(block))):
        if index > 1 and _is_prose(block[index - 1].text):
            break
        span = _span(block, index, author)
        if span.grade is Grade.NO or (span.grade is Grade.ONE_NAME and not (index == 1 and one_name)):
            continue
        after = _span(block, span.end, author) if span.end < len(block) else _NONE
        return after if after.grade > span.grade else span
    return _NONE


def _span(block: _Block, first: int, author: str | None) -> _Span:
    """The line at ``first``, with those below it that go on with a list of authors."""
    end = first + 1
    while end < len(block) and bylines.goes_on(block[end - 1].text, block[end].text):
        end += 1
    for last in (end, first + 1):
        found = bylines.grade(_joined(block[first:last]), author)
        if found:
            return _Span(first, last, found)
    return _NONE


def _ends(line: _Line) -> bool:
    return _DANGLING.search(line.text) is None


def _is_prose(text: str, stop_is_prose: bool = True) -> bool:
    """Whether it is longer than titles are, or sentences; a title may end in a full stop too."""
    return len(text) > 250 or (stop_is_prose and _STOP.search(text) is not None) or _SENTENCES.search(text) is not None


def _title_end(block: _Block, alone: bool) -> int:
    """How many of a block's lines are the title where there are no authors; ``alone`` if no other block follows."""
    wrapped = len(block[0].text) >= _SHORTEST_WRAPPED
    if not alone and len(block) <= _MAX_TITLE_LINES and not _is_prose(_joined(block), stop_is_prose=not wrapped):
        return len(block)
    end = 1
    while end < min(len(block), _MAX_TITLE_LINES) and not _is_prose(block[end].text):
        tail = end + 1 == len(block) and wrapped
        if _ends(block[end - 1]) and not block[end].text[:1].islower() and not tail:
            break
        end += 1
    return end


def _without_orphans(blocks: list[_Block], author: str | None) -> tuple[list[_Block], tuple[_Line, ...]]:
    """The abstract's paragraphs, and the titles of records below it whose own first line is lost.

    Such a record shows by its authors: a list that ends in "et al." and the like, under a line that is no sentence.
    """
    at = [
        index - 1
        for index in range(1, len(blocks))
        if bylines.grade(_joined(blocks[index]), author) is Grade.MARKED and not _is_prose(_joined(blocks[index - 1]))
    ]
    return (blocks[: at[0]], tuple(blocks[index][0] for index in at)) if at else (blocks, ())


def _joined(block: Sequence[_Line]) -> str:
    """The lines as one; a word that was cut at its hyphen is whole again."""
    pieces: list[str] = []
    for line in block:
        if pieces and not (re.search(r"\w-$", pieces[-1][-2:]) and _REST_OF_WORD.match(line.text)):
            pieces.append(" ")
        pieces.append(line.text)
    return "".join(pieces)


_REST_OF_WORD = re.compile(r"(?!(?:and|or|to)\b)[a-z]")
