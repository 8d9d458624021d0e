"""Answers out of a paper's record, not its prose: who wrote it, when and where it came out, where its code is."""

from __future__ import annotations

from typing import Literal

from assistant.answering.drafting import Draft, named
from assistant.answering.sufficiency import Verdict
from assistant.english import general as english
from assistant.papers import AUTHORS, FRONT, LISTING, TITLE, Paper
from assistant.questions import Asked
from assistant.reading import Reading, Sentence
from assistant.rendering import escape

Wish = Literal["authors", "first author", "last author", "other author", "date", "venue", "DOI", "arXiv id", "link"]


def wish(question: str, asked: Asked) -> Wish | None:
    """What of the record the question wants, if it does."""
    names_wanted = english.AUTHORS_WANTED.search(question) and english.NAMES_WANTED.search(question)
    if names_wanted and not english.AUTHORS_AS_SUBJECT.search(question):
        if english.LAST_AUTHOR.search(question):
            return "last author"
        if english.OTHER_AUTHOR.search(question):
            return "other author"
        if english.FIRST_AUTHOR.search(question):
            return "first author"
        return "authors" if english.ALL_AUTHORS.search(question) else None
    if english.DATE_WANTED.search(question):
        return "date"
    if asked.wanted == "venue":
        return "venue"
    if english.DOI_WANTED.search(question):
        return "DOI"
    if english.ARXIV_WANTED.search(question):
        return "arXiv id"
    return "link" if asked.wanted == "link" else None


def check(what: Wish, paper: Paper) -> Verdict:
    """Whether the record holds it."""
    if what in ("authors", "first author") and not paper.authors:
        return Verdict(False, "its authors")
    if what == "last author" and not (paper.authors and paper.authors_complete):
        return Verdict(False, 'its last author, as the list of authors ends in "et al."')
    if what == "other author":
        return Verdict(False, "its corresponding author")
    if what == "date" and paper.date is None:
        return Verdict(False, "its date")
    if what == "DOI" and paper.doi is None:
        return Verdict(False, "its DOI")
    if what == "arXiv id" and paper.arxiv_id is None:
        return Verdict(False, "its arXiv id")
    return Verdict(True)


def tell(what: Wish, reading: Reading, draft: Draft) -> None:
    """The answer; :func:`check` has found that the record holds it."""
    if what == "link":
        _link(reading, draft)
    elif what == "date":
        _date(reading.paper, draft)
    elif what == "venue":
        _venue(reading, draft)
    elif what == "arXiv id":
        _listed(f"has the arXiv id {escape(reading.paper.arxiv_id or '')}", reading.paper, draft)
    elif what == "DOI":
        _listed(f"has the DOI {escape(reading.paper.doi or '')}", reading.paper, draft)
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
    line = (
        ", ".join(names[:-1])
        + (" and " if len(names) > 1 and paper.authors_complete else ", " if len(names) > 1 else "")
        + names[-1]
    )
    marker = draft.cite(paper, section.start, section.end)
    rest = "" if paper.authors_complete else " et al.; the list here names no more"
    draft.say(f"{named(paper)} is by {escape(line)}{rest} {marker}.")


def _date(paper: Paper, draft: Draft) -> None:
    _listed(f"is listed with the date {paper.date}", paper, draft)


def printed_venue(reading: Reading) -> Sentence | None:
    """What a full text's first page says of where it came out."""
    return next((s for s in reading.sentences if s.section == FRONT and english.VENUE_SAID.search(s.text)), None)


def _venue(reading: Reading, draft: Draft) -> None:
    paper = reading.paper
    if paper.venue:
        _listed(f"is listed with the venue {escape(paper.venue)}", paper, draft)
    elif said := printed_venue(reading):
        draft.say(f"{named(paper)}\n\n{draft.quote(paper, said.start, said.end)}")


def _listed(says: str, paper: Paper, draft: Draft) -> None:
    """A sentence on the paper that its listing line proves."""
    section = paper.section(LISTING) or paper.section(TITLE)
    assert section is not None  # every paper has a title
    draft.say(f"{named(paper)} {says} {draft.cite(paper, section.start, section.end)}.")


def _link(reading: Reading, draft: Draft) -> None:
    paper = reading.paper
    with_link = [s for s in reading.sentences if s.has_link]
    promised = [s for s in reading.sentences if not s.has_link and _promises(s.text)]
    if with_link:
        quotes = " ".join(draft.quote(paper, s.start, s.end) for s in with_link[:3])
        draft.say(f"{named(paper)}\n\n{quotes}")
        return
    section = paper.section(LISTING) or paper.section(TITLE)
    assert section is not None  # every paper has a title
    marker = draft.cite(paper, section.start, section.end)
    if paper.has_code:
        draft.say(f"The listing marks {named(paper)} as having code, but its abstract gives no URL {marker}.")
    else:
        says = "its source does not say" if paper.has_code is None else "the listing marks no code"
        nothing = f"{says}, and {'its text' if paper.has_full_text else 'the abstract'} gives no URL"
        draft.say(f"There is no code link for {named(paper)}: {nothing} {marker}.")
    if promised:
        draft.say(" It says: " + " ".join(draft.quote(paper, s.start, s.end) for s in promised[:2]))


def _promises(text: str) -> bool:
    return bool(english.SHARED_THING.search(text) and english.SHARING_SAID.search(text))
