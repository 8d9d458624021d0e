"""What a question wants: the kind of thing that would answer it, and the words that say what it is about.

A reader does not look for similar words; he sees that a number of something, a link, a name of some kind, a person, a
date or a reason is asked for, and looks whether the paper holds one tied to that focus.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from assistant.english import general as english
from assistant.english.cues import Pattern
from assistant.words import content_words, is_content, stem, tokens

Wanted = Literal["number", "quantity", "link", "people", "date", "venue", "reason", "name", "yes_no", "explanation"]

QUANTITY_STEMS = frozenset(map(stem, english.QUANTITY_NOUNS))
GENERIC_STEMS = frozenset(map(stem, english.GENERIC_WORDS))


@dataclass(frozen=True, slots=True)
class Asked:
    """``focus`` and ``content`` are words in lower case; the focus is what the answer must be tied to."""

    wanted: Wanted
    focus: tuple[str, ...]
    content: tuple[str, ...]

    @property
    def telling(self) -> tuple[str, ...]:
        """The focus without words that any paper is asked about; all of it where nothing else is left."""
        return tuple(word for word in self.focus if stem(word) not in GENERIC_STEMS)


def clauses(question: str) -> list[str]:
    """The questions in a question: ``how many were there, and where did they come from``."""
    parts = [part.strip() for part in english.NEXT_CLAUSE.split(question)]
    return [part for part in parts if content_words(part)] or [question]


def understand(question: str, names: tuple[str, ...] = ()) -> Asked:
    """``names`` are those of papers in the question: they say where to look, not what for."""
    bare = question
    for name in sorted(names, key=len, reverse=True):
        bare = re.sub(rf"(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)", " ", bare, flags=re.IGNORECASE)
    low = re.sub(r"[\"“”‘]", " ", bare.lower())
    content = tuple(content_words(bare))
    wanted, phrase = _wanted(low)
    focus = tuple(word for word in dict.fromkeys(tokens(phrase)) if is_content(word))
    if wanted == "name" and focus and stem(focus[-1]) in QUANTITY_STEMS:
        wanted = "quantity"
    if wanted == "explanation" and english.VERBLESS.match(low) and {stem(word) for word in focus[:3]} & QUANTITY_STEMS:
        wanted = "quantity"
    return Asked(wanted, focus, content)


def _wanted(low: str) -> tuple[Wanted, str]:
    """The kind of thing that is wanted, and the words in which the focus is."""
    if english.HOW_MANY_ELSEWHERE.search(low):
        return "number", ""
    many = english.HOW_MANY.search(low)
    shared = english.SHARED_THING.search(low) and english.SHARING_ASKED.search(low) and not many
    shared = shared and not english.SHARING_BY_THE_WAY.search(low)
    if english.LINK_WANTED.search(low) or shared:
        return "link", ""
    if many:
        return "number", _noun_phrase(low[many.end() :], through_and=True)
    much = english.HOW_MUCH.search(low)
    if much:
        rest = low[much.end() :]
        measure = english.MEASURED_BY.get(much[0].split()[-1], "")
        return "quantity", _noun_phrase(rest) if much[0].endswith("much") else f"{measure} {rest}"
    for wanted, pattern in _BY_QUESTION_WORD:
        match = pattern.search(low)
        if match:
            return wanted, low[match.end() :]
    which = english.WHICH.search(low)
    if which:
        phrase = _noun_phrase(low[which.end() :])
        return ("name", phrase) if phrase else ("explanation", low[which.end() :])
    how = english.HOW.search(low)
    if how:
        return "explanation", low[how.end() :]
    if english.YES_NO.match(low):
        return "yes_no", low
    return "explanation", _noun_phrase(low) or low


_BY_QUESTION_WORD: tuple[tuple[Wanted, Pattern], ...] = (
    ("people", english.WHO),
    ("date", english.TIME_WANTED),
    ("venue", english.VENUE_WANTED),
    ("reason", english.REASON_WANTED),
)


def _noun_phrase(text: str, through_and: bool = False) -> str:
    """The words up to the first verb or preposition that closes a noun phrase."""
    kept: list[str] = []
    for match in re.finditer(r"[^\s,;:?!()]+|[,;:?!()]", text):
        word = match[0]
        mark = word in ",;:?!()"
        if word == "of" and kept:
            if any(is_content(w) for w in kept):
                break
            kept = []  # "what kind of N" asks for N
        elif word in english.PHRASE_ENDS or mark or word == "or" or (word == "and" and not through_and):
            if kept:
                break
            if word in english.PHRASE_ENDS:
                return ""
        else:
            kept.append(word)
    return " ".join(kept)
