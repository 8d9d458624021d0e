"""Answers out of a paper's record rather than its prose: who wrote it, when, and where its code is."""

from __future__ import annotations

import re
from typing import Literal

from assistant.answering.drafting import Draft, escape, named
from assistant.answering.sufficiency import Verdict
from assistant.papers import AUTHORS, LISTING, TITLE, Paper
from assistant.questions import Asked
from assistant.reading import Reading

Wish = Literal["authors", "first author", "last author", "other author", "date", "link"]

_AUTHORS = re.compile(
    r"\bauthors?\b|\bco-?authors?\b|\bauthored\b|\bwrote\b|\bwritten by\b|\bworked on\b|\bwho(?:'s| is| are| was| were)? behind\b",
    re.IGNORECASE,
)
_WHO = re.compile(r"\bwho\b|\bwhose\b|\bwhom\b|\bnames? of\b|\bfirst\b|\blast\b|\blist\b|\bauthors? of\b|\bauthors?\s*\??\W*$", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:first|lead|main)[- ]?author\b", re.IGNORECASE)
_LAST = re.compile(r"\b(?:last|final|senior|closing)[- ]?(?:named |listed )?author\b", re.IGNORECASE)
_OTHER = re.compile(r"\bcorresponding\b|\bcontact\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b(?:when|what year|which year|what date|what month|which month)\b.{0,80}\b(?:publish\w*|released?|appear\w*|c[ao]me out|written|posted|listed|submitted|written|introduced|proposed|from)\b|"
    r"\b(?:publication|release) (?:date|year)\b|\bhow old is\b|^\W*(?:what|which) year is\b",
    re.IGNORECASE,
)
_SHARES = re.compile(r"\b(?:code|codes|data|datasets?|corpus|corpora|resources?|models?|software|toolkit|scripts?|checkpoints?)\b", re.IGNORECASE)
_AVAILABLE = re.compile(r"\b(?:available|releas\w*|public(?:ly)?|open[- ]?sourc\w*|download\w*|obtained|found at|make\b.{0,30}\bfreely)\b", re.IGNORECASE)


def wish(question: str, asked: Asked) -> Wish | None:
    """What of the record the question wants, if it does."""
    if _AUTHORS.search(question) and _WHO.search(question) and not re.search(r"\baccording to\b|\bin the words of\b|\bdid the authors\b|\bdo the authors\b", question, re.IGNORECASE):
        if _LAST.search(question):
            return "last author"
        if _OTHER.search(question):
            return "other author"
        if _FIRST.search(question):
            return "first author"
        return "authors" if re.search(r"\bwho\b|\bauthors? of\b|\bauthors?\W*$|\bwritten by\b|\bnames?\b|\blist\b", question, re.IGNORECASE) else None
    if _DATE.search(question):
        return "date"
    return "link" if asked.wanted == "link" else None


def check(what: Wish, paper: Paper) -> Verdict:
    """Whether the record holds it."""
    if what in ("authors", "first author") and not paper.authors:
        return Verdict(False, "its authors")
    if what == "last author" and not (paper.authors and paper.authors_complete):
        return Verdict(False, "its last author, as the list of authors ends in \"et al.\"")
    if what == "other author":
        return Verdict(False, "its corresponding author")
    if what == "date" and paper.date is None:
        return Verdict(False, "its date")
    return Verdict(True)


def tell(what: Wish, reading: Reading, draft: Draft) -> None:
    """The answer; :func:`check` has found that the record holds it."""
    if what == "link":
        _link(reading, draft)
    elif what == "date":
        _date(reading.paper, draft)
    else:
        _authors(what, reading.paper, draft)


def _authors(what: Wish, paper: Paper, draft: Draft) -> None:
    section = paper.section(AUTHORS)
    assert section is not None  # a paper with authors has the line that names them
    if what in ("first author", "last author"):
        name = paper.authors[0 if what == "first author" else -1].name
        start = paper.text.find(name, section.start)
        draft.say(f"The {what} of {named(paper)} is {escape(name)} {draft.cite(paper, start, start + len(name))}.")
        return
    names = [author.name for author in paper.authors]
    line = ", ".join(names[:-1]) + (" and " if len(names) > 1 and paper.authors_complete else ", " if len(names) > 1 else "") + names[-1]
    marker = draft.cite(paper, section.start, section.end)
    rest = "" if paper.authors_complete else " et al.; the list here names no more"
    draft.say(f"{named(paper)} is by {escape(line)}{rest} {marker}.")


def _date(paper: Paper, draft: Draft) -> None:
    section = paper.section(LISTING) or paper.section(TITLE)
    assert section is not None and paper.date is not None
    year = paper.text.find(paper.date[:4], section.start, section.end)
    start, end = (section.start, section.end) if year < 0 else (section.start, section.end)
    draft.say(f"{named(paper)} is listed with the date {paper.date} {draft.cite(paper, start, end)}.")


def _link(reading: Reading, draft: Draft) -> None:
    paper = reading.paper
    with_link = [s for s in reading.sentences if s.has_link]
    promised = [s for s in reading.sentences if _SHARES.search(s.text) and _AVAILABLE.search(s.text) and not s.has_link]
    if with_link:
        quotes = " ".join(draft.quote(paper, s.start, s.end) for s in with_link[:3])
        draft.say(f"{named(paper)}\n\n{quotes}")
        return
    section = paper.section(LISTING) or paper.section(TITLE)
    assert section is not None
    marker = draft.cite(paper, section.start, section.end)
    if paper.has_code:
        draft.say(f"The listing marks {named(paper)} as having code, but its abstract gives no URL {marker}.")
    else:
        draft.say(f"There is no code link for {named(paper)}: the listing marks no code, and the abstract gives no URL {marker}.")
    if promised:
        draft.say(" It says: " + " ".join(draft.quote(paper, s.start, s.end) for s in promised[:2]))
