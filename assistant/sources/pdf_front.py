"""The first page of a paper above its text: title, authors, identifiers, and what else stands there.

What a file's metadata say is believed only where the page says the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.papers import NAME_SUFFIXES
from assistant.sources import bylines
from assistant.sources.entries import arxiv_id, doi_id
from assistant.sources.pdf_english import (
    ABSTRACT_HEADING,
    ABSTRACT_LABEL,
    DEGREES,
    ET_AL,
    FIRST_HEADING,
    NAME_JOINS,
    PLACE_OF_WORK,
)
from assistant.sources.pdf_floats import Body, is_labelled
from assistant.sources.pdf_layout import Line

_LARGER = 1.1
"""How much larger than the text a title is set."""
_LONGEST_TITLE_LINES = 8


@dataclass(frozen=True, slots=True)
class Front:
    """``below`` are the lines of the page that are text; ``matter`` those between title and text, names aside."""

    title: tuple[Line, ...]
    authors: tuple[str, ...]
    authors_complete: bool
    matter: tuple[Line, ...]
    below: tuple[Line, ...]


def read_front(lines: Sequence[Line], body: Body, hint: str) -> Front:
    """The front of a paper on its first page; ``hint`` is the title of the file's metadata."""
    start = _text_start(lines, body)
    title = _title([line for line in lines if line.baseline < start], body, hint)
    if not title:
        return Front((), (), True, (), tuple(lines))
    if start == float("inf"):
        start = _first_prose([line for line in lines if line.baseline > title[-1].baseline], body)
    above = [line for line in lines if line.baseline < start and line not in title]
    between = [line for line in above if line.baseline > title[-1].baseline]
    names = _names(between)
    complete = not any(ET_AL.search(line.text) for line in between)
    below = tuple(line for line in lines if line.baseline >= start and line not in title)
    return Front(tuple(title), tuple(names), complete, tuple(above), below)


def _text_start(lines: Sequence[Line], body: Body) -> float:
    """The height at which the text begins: its abstract's heading, or its first heading, or its first prose."""
    headings = [line.baseline for line in lines if _opens_text(line)]
    start = min(headings, default=float("inf"))
    prose = _first_prose([line for line in lines if line.size <= _LARGER * body.size], body)
    abstract = any(ABSTRACT_HEADING.fullmatch(line.text) or ABSTRACT_LABEL.match(line.text) for line in lines)
    tallest = 1.2 * body.size
    return (
        min([line.top for line in lines if abs(line.baseline - start) < tallest], default=start)
        if abstract
        else min(start, prose)
    )


def _opens_text(line: Line) -> bool:
    return any(
        (
            ABSTRACT_HEADING.fullmatch(line.text),
            ABSTRACT_LABEL.match(line.text),
            FIRST_HEADING.fullmatch(line.text),
            is_labelled(line),
        )
    )


def _first_prose(lines: Sequence[Line], body: Body) -> float:
    """The height of the first two lines on end that read as sentences."""
    for line in lines:
        below = [
            other
            for other in lines
            if 0.5 * body.size < other.baseline - line.baseline < 1.6 * max(body.leading, line.size)
            and other.x0 < line.x1
            and other.x1 > line.x0
        ]
        if _reads_as_prose(line) and any(map(_reads_as_prose, below)):
            return line.baseline
    return float("inf")


def _reads_as_prose(line: Line) -> bool:
    words = [word for word in line.text.split() if word[:1].isalpha()]
    return len(words) >= 7 and sum(word[0].islower() for word in words) >= 0.6 * len(words) and "@" not in line.text


# ---- the title


def _title(lines: Sequence[Line], body: Body, hint: str) -> list[Line]:
    """The largest lines of the page's upper part, or those that the metadata's title names."""
    blocks = [block for block in _blocks(lines) if sum(map(str.isalpha, _text(block))) >= 3]
    agreeing = [block for block in blocks if len(hint) > 8 and _folded(hint) == _folded(_text(block))]
    if agreeing:
        return agreeing[0]
    large = [block for block in blocks if block[0].size >= _LARGER * body.size]
    wordy = [block for block in large if len(_text(block).split()) >= 3] or large
    if wordy:
        return max(wordy, key=lambda block: block[0].size)
    short = [block for block in blocks if not any(map(_reads_as_prose, block)) and len(_text(block).split()) <= 30]
    emphasised = [block for block in short if block[0].style.bold and not body.bold]
    first = blocks[:1] if blocks[:1] == short[:1] else []
    return (emphasised or first or [[]])[0]


def _blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of one size and weight that follow each other closely."""
    blocks: list[list[Line]] = []
    for line in lines:
        block = next((b for b in reversed(blocks[-4:]) if _follows(b[-1], line)), None)
        if block is not None and len(block) < _LONGEST_TITLE_LINES:
            block.append(line)
        else:
            blocks.append([line])
    return blocks


def _follows(line: Line, following: Line) -> bool:
    step = following.baseline - line.baseline
    beside = following.x0 < line.x1 and following.x1 > line.x0
    same_row = abs(step) < 0.3 * line.size
    return (
        abs(line.size - following.size) <= 0.04 * line.size
        and line.style.bold == following.style.bold
        and ((beside and step < 1.6 * line.size) or (same_row and following.x0 - line.x1 < 2.5 * line.size))
    )


def _text(lines: Sequence[Line]) -> str:
    return " ".join(line.text for line in lines)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if char.isalnum())


# ---- the authors


def _names(lines: Sequence[Line]) -> list[str]:
    """The persons named, in order: of the styles used, the one in which most names are set."""
    styles = dict.fromkeys(_key(line, place) for line in lines for place in range(len(line.words)))
    found = [_names_in(lines, style) for style in styles]
    return max(found, key=len, default=[])


_Key = tuple[float, bool, bool]


def _key(line: Line, place: int) -> _Key:
    style = line.words[place].style
    return round(style.size * 2) / 2, style.bold, style.italic


def _names_in(lines: Sequence[Line], style: _Key) -> list[str]:
    names: list[str] = []
    for text in _lists([run for line in lines for run in _runs(line, style)]):
        parts = [DEGREES.sub("", part).strip(" .,;*∗†‡§¶") for part in NAME_JOINS.split(ET_AL.sub("", text))]
        for part in parts:
            if names and part.casefold().rstrip(".") in NAME_SUFFIXES:
                names[-1] += f" {part}"
            elif is_person(part):
                names.append(" ".join(part.split()))
    return list(dict.fromkeys(names))


def _runs(line: Line, style: _Key) -> list[str]:
    """The stretches of a line in a style; superscripts and other styles part them."""
    runs = []
    for alike, places in groupby(range(len(line.words)), key=lambda place: _key(line, place) == style):
        if alike:
            words = [line.words[place] for place in places]
            runs.append("".join((" " if word.spaced else "") + word.text for word in words).strip())
    return runs


def _lists(runs: Sequence[str]) -> list[str]:
    """Runs, those joined that are one list of names cut at a line's end."""
    joined: list[str] = []
    for run in runs:
        if joined and re.search(r"(?:,|;|\band|&)$", joined[-1]) and len(joined[-1]) < 20_000:
            joined[-1] += f" {run}"
        else:
            joined.append(run)
    return joined


def is_person(text: str) -> bool:
    """Whether a text between commas is a person's name: two to five words, none of which names a place of work."""
    words = text.split()
    if re.fullmatch(r"[\u4e00-\u9fff·]{2,5}|[\uac00-\ud7a3]{2,4}", text):
        return True
    if not 2 <= len(words) <= 6 or len(text) > 60 or re.search(r"[\d@()\[\]{}/:|]", text):
        return False
    return PLACE_OF_WORK.search(text) is None and bylines.grade(text) is bylines.Grade.ONE_NAME


# ---- identifiers


def ids_of(first_page: str, margin: str) -> tuple[str, ...]:
    """The paper's own DOI and arXiv id, of its first page's text and of the stamp in the margin."""
    stamp = arxiv_id(margin) or next((i for line in first_page.splitlines() if (i := _stamped(line))), None)
    doi = doi_id(re.sub(r"(?i)(?<=doi\.org/)\s|(?<=doi:)\s", "", first_page))
    return tuple(dict.fromkeys(i for i in (doi, stamp) if i))


def _stamped(line: str) -> str | None:
    """The arXiv id of a line that is a stamp: ``arXiv:2310.01234v2 [cs.CL] 3 Oct 2023``."""
    return arxiv_id(line) if re.match(r"\W*arxiv\s?:", line, re.IGNORECASE) else None


_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_DATED = re.compile(r"\b(\d{1,2})\s(" + "|".join(_MONTHS) + r")[a-z]*\.?\s((?:19|20)\d\d)\b", re.IGNORECASE)
_DATED_US = re.compile(r"\b(" + "|".join(_MONTHS) + r")[a-z]*\.?\s(\d{1,2}),\s((?:19|20)\d\d)\b", re.IGNORECASE)


def date_of(front: Sequence[str], margin: str) -> str | None:
    """The day in the margin's stamp, or on a line of the front that is nothing but a date."""
    if stamp := _DATED.search(margin):
        return _iso(stamp[3], stamp[2], stamp[1])
    for line in front:
        if found := _DATED.fullmatch(line.strip()):
            return _iso(found[3], found[2], found[1])
        if found := _DATED_US.fullmatch(line.strip()):
            return _iso(found[3], found[1], found[2])
    return None


def _iso(year: str, month: str, day: str) -> str | None:
    return f"{year}-{_MONTHS.index(month[:3].casefold()) + 1:02}-{int(day):02}" if 1 <= int(day) <= 31 else None
