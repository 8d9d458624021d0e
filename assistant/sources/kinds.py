"""What the formats of bibliographies share: what an entry is, whether it is a publication at all, and its key.

Their common words are BibTeX's and biblatex's entry types, and the notes with which people mark a talk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_TALK, _SOFTWARE, _DATA, _EDITED = (
    "it is a talk or a poster, not a publication.",
    "it is software, not a publication.",
    "it is a data set, not a publication.",
    "it is a volume that its editors put together, not a paper.",
)
_MEDIUM = "it is a recording, a picture or a performance, not a publication."
_LEGAL = "it is a legal document, not a publication."
_LETTER = "it is a letter, an interview or a message, not a publication."
_APPARATUS = "it serves the bibliography itself and is no publication."

_BY_REASON = {
    _TALK: "talk presentation poster slides slide speech lecture conftalk invitedtalk keynote",
    _SOFTWARE: "software softwareversion softwaremodule codefragment code program computerprogram comp",
    _DATA: "dataset data database dbase aggr",
    _EDITED: "proceedings mvproceedings collection mvcollection periodical edbook",
    _MEDIUM: "movie video audio music image artwork performance sound mpct multi advs art song graphic figure map "
    "motion_picture broadcast musical_score chart",
    _LEGAL: "legal legislation jurisdiction bill case stat gov hearing hear treaty legal_case regulation",
    _LETTER: "letter personal_communication interview email icomm pcomm",
    _APPARATUS: "set xdata control bibnote",
}
_NOT_PUBLICATIONS = {word: reason for reason, words in _BY_REASON.items() for word in words.split()}

_KINDS = {kind: kind for kind in (
    "article", "book", "booklet", "inbook", "incollection", "inproceedings", "manual", "mastersthesis", "misc",
    "patent", "phdthesis", "preprint", "techreport", "unpublished",
)} | {
    "bookinbook": "inbook", "conference": "inproceedings", "collectedworks": "book", "inreference": "incollection",
    "mathesis": "mastersthesis", "mvbook": "book", "report": "techreport", "review": "article",
    "standard": "techreport", "suppbook": "inbook", "suppcollection": "incollection",
    "suppperiodical": "article", "thesis": "phdthesis",
}  # fmt: skip

_PREPRINT_SERVER = re.compile(
    r"(?:\w{2,10}rxiv|arxiv|corr|ssrn|osf preprints|research square|preprints(?:\.org)?)\b"
    r"(?! (?:conference|proceedings|journal))",
    re.IGNORECASE,
)
_TALK_NOTE = re.compile(
    r"\b(?:(?:contributed|invited|keynote|plenary|lightning|seminar|conference|workshop|guest|local|public|research)"
    r" (?:talk|lecture|presentation)|talk (?:at|given|presented)|(?:presentation|lecture|seminar|keynote|presented) at"
    r"|slides|colloquium)\b|^(?:talk|keynote|lecture|presentation|seminar)s?\W*$",
    re.IGNORECASE,
)
_POSTER_NOTE = re.compile(r"\bposter (?:at|presented|session)\b|^(?:conference )?poster\W*$", re.IGNORECASE)
_SERIES_OF_TALKS = re.compile(r"\b(?:seminars?|colloqui(?:um|a)|meet-?up|reading group)\b", re.IGNORECASE)
_SOFTWARE_NOTE = re.compile(
    r"^(?:computer |open[- ]source )?(?:software|source code|code|program|r package|python package)(?: package)?\W*$",
    re.IGNORECASE,
)
_DATA_NOTE = re.compile(r"^data ?(?:set|base)?\W*$", re.IGNORECASE)
_THESIS_OF_A_MASTER = re.compile(
    r"\b(?:master|m\.? ?sc|m\.? ?a\b|m\.? ?phil|mathesis|diplom|bachelor|b\.? ?sc)", re.IGNORECASE
)

# Fields with which an entry shows that it was printed or posted somewhere.
_EVIDENCE = (
    "doi", "eprint", "pages", "volume", "number", "publisher", "journal", "journaltitle", "isbn", "issn", "series",
    "editor", "school", "institution", "eid", "articleno", "arxivid", "pmid",
)  # fmt: skip
_OF_AN_EVENT = ("eventdate", "venue", "location", "organization")


def kind_of(word: str, *, venue: str = "", preprint: bool = False, genre: str = "") -> str:
    """BibTeX's word, or ``preprint``, for an entry type of BibTeX or biblatex; ``misc`` where it says nothing.

    ``preprint`` says that the entry has a preprint's identifier, ``genre`` what it says of itself ("Master's thesis").
    """
    kind = _KINDS.get(word.casefold(), "misc")
    if _PREPRINT_SERVER.match(venue) or (preprint and not venue) or genre.casefold() == "preprint":
        return "preprint" if kind in ("article", "misc", "unpublished") else kind
    if kind == "phdthesis" and _THESIS_OF_A_MASTER.search(genre):
        return "mastersthesis"
    return kind


def why_none(word: str, fields: Mapping[str, str]) -> str | None:
    """Why an entry of this type with these fields (by BibTeX's names) is no publication; None where it may be one."""
    reason = _NOT_PUBLICATIONS.get(word.casefold())
    if reason:
        return reason
    if not fields.get("author") and fields.get("editor"):
        return _EDITED
    return None if any(fields.get(name) for name in _EVIDENCE) else _by_its_notes(word.casefold(), fields)


def _by_its_notes(word: str, fields: Mapping[str, str]) -> str | None:
    """What an entry that was printed nowhere says of itself, or shows by the event that it names."""
    notes = [fields[name] for name in ("note", "howpublished", "type", "entrysubtype", "titleaddon") if name in fields]
    booktitle, event = fields.get("booktitle", ""), fields.get("eventtitle", "")
    if any(_TALK_NOTE.search(note) for note in notes):
        return _TALK
    if not booktitle and any(_POSTER_NOTE.search(note) for note in notes):
        return _TALK
    if any(_SOFTWARE_NOTE.match(note) for note in notes):
        return _SOFTWARE
    if any(_DATA_NOTE.match(note) for note in notes):
        return _DATA
    # An event with no volume of its own is where somebody spoke.
    if event and booktitle in ("", event):
        return _TALK
    at_an_event = word in ("inproceedings", "conference", "misc", "unpublished") and any(
        fields.get(name) for name in _OF_AN_EVENT
    )
    return _TALK if at_an_event and _SERIES_OF_TALKS.search(f"{booktitle} {event}") else None


def own_key(text: str) -> str:
    """An entry's key where it is a plain one, else empty; an address of a program's database is none."""
    return text if re.fullmatch(r"[A-Za-z0-9_:.+/-]{1,60}", text) and "://" not in text else ""


_OTHERS = re.compile(r"(?:and )?(?:others|et\.? al\.?|al\.|\.{3})", re.IGNORECASE)


def stands_for_others(name: str) -> bool:
    """Whether a name in a list says that the list goes on: "et al.", "others"."""
    return _OTHERS.fullmatch(name.strip(" ,")) is not None
