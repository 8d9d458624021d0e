"""Whether the venue in a paper's record is the one that somebody names: by its name, by its acronym, or shortened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.english.venues import (
    AND,
    BEFORE_AN_ACRONYM,
    BEFORE_THE_NAME,
    BETWEEN_NAMES,
    FINDINGS,
    JOINT,
    LITTLE_WORDS,
    OF_A_TOPIC,
    PART_OF_ANOTHER,
    PROCEEDINGS,
    VOLUME,
    WORKSHOP,
    WORKSHOP_AFTER,
)
from assistant.words import folded

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ORDINAL = re.compile(r"\b\d+(?:st|nd|rd|th)?\b|['’]\d\d\b|(?<=[^\W\d_])[-']?(?:19|20)?\d\d\b")
_SHORTEST = 3
_SHORTEST_OF_TOPIC = 4
"""Letters that an acronym has at least, and one that is made of what a conference is on, as ``NLP`` is no venue."""

_WORDS_OF_TOPIC = 4
"""Words that a name has at least where "conference on" is left away, as with fewer it is a field."""


@lru_cache(maxsize=20_000)
def is_venue(listed: str, asked: str) -> bool:
    """Whether a listed venue is the one asked for."""
    if WORKSHOP.fullmatch(asked):
        return WORKSHOP.search(listed) is not None
    if FINDINGS.match(listed) or FINDINGS.match(asked):
        rest = FINDINGS.sub("", asked).strip()
        inside = FINDINGS.sub("", listed)
        return bool(FINDINGS.match(listed) and FINDINGS.match(asked)) and (not rest or is_venue(inside, rest))
    wanted = _names_words(asked)
    if not wanted:
        return False
    if any(_is_shortened(name, wanted) for name in _names(listed)):
        return True
    return len(wanted) == 1 and is_acronym_of(listed, asked)


@lru_cache(maxsize=20_000)
def is_acronym_of(listed: str, asked: str) -> bool:
    """Whether a listed venue goes by an acronym, or a joint one by each of several: ``EMNLP-IJCNLP``."""
    return all(_stands_for(acronym, listed) for acronym in re.split(r"[-/\s]+", asked.strip()))


def _names(listed: str) -> Iterator[list[str]]:
    """The words of each name that a listing gives, with what leads to the name and without."""
    for part in _parts(listed):
        words = _names_words(PROCEEDINGS.sub("", part))
        of_a_topic = OF_A_TOPIC.search(part)
        for start in _starts(words):
            if not start or not of_a_topic or len(words) - start >= _WORDS_OF_TOPIC:
                yield words[start:]


def _names_words(text: str) -> list[str]:
    words = _WORD.findall(_ORDINAL.sub(" ", folded(text).replace("&", " ")))
    return [word for word in words if word not in LITTLE_WORDS]


def _starts(words: Sequence[str]) -> Iterator[int]:
    """Where a name may begin: at its first word, and after each of those that only lead to it."""
    for start in range(len(words)):
        yield start
        if words[start] not in BEFORE_THE_NAME:
            return


def _is_shortened(name: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether two names are one, words of either maybe cut short."""
    shortest = {1: len(name[0]), 2: 3}.get(len(name), 1)
    return len(name) == len(wanted) and all(
        one == two or (min(len(one), len(two)) >= shortest and (one.startswith(two) or two.startswith(one)))
        for one, two in zip(name, wanted, strict=True)
    )


def _stands_for(acronym: str, listed: str) -> bool:
    """Whether a listing writes an acronym as a word of its own, or its names' words begin with its letters."""
    if len(acronym) < _SHORTEST:
        return False
    written = re.compile(rf"(?<![\w]){re.escape(acronym)}(?![^\W\d_])", re.IGNORECASE)
    for match in written.finditer(listed):
        before, after = listed[: match.start()], listed[match.end() :]
        inside = PART_OF_ANOTHER.search(before) or WORKSHOP_AFTER.match(after)
        topical = OF_A_TOPIC.search(before) and not BEFORE_AN_ACRONYM.search(before)
        if not (inside or topical) and any(letter.isupper() for letter in match[0][1:]):
            return True
    letters = folded(acronym)
    return any(_is_made_of(letters, part) for part in _parts(listed) if not WORKSHOP.search(part) or len(letters) > 3)


def _parts(listed: str) -> Iterator[str]:
    """The names in a listing; of a joint conference on two things, those on each too."""
    for part in BETWEEN_NAMES.split(VOLUME.sub("", listed)):
        yield part
        if JOINT.search(part):
            head, *tails = AND.split(part)
            yield head
            yield from (f"conference on {tail}" for tail in tails)


def _is_made_of(letters: str, part: str) -> bool:
    words = _names_words(part)
    for start in _starts(words):
        of_a_topic = start and OF_A_TOPIC.search(part)
        if len(letters) < (_SHORTEST_OF_TOPIC if of_a_topic else _SHORTEST):
            continue
        if len(words) > start + 1 and _begin_words(letters, words[start:], skips=1 if len(letters) < 5 else 2):
            return True
    return False


def _begin_words(letters: str, words: Sequence[str], skips: int, *, first: bool = True) -> bool:
    """Whether the letters are beginnings of the words in turn, of the first and of the last among them."""
    if not words:
        return not letters
    if not letters:
        return False
    word, *others = words
    shared = next(
        (n for n, (a, b) in enumerate(zip(letters, word, strict=False)) if a != b), min(len(letters), len(word))
    )
    if any(_begin_words(letters[n:], others, skips, first=False) for n in range(1, shared + 1)):
        return True
    return bool(not first and others and skips and _begin_words(letters, others, skips - 1, first=False))
