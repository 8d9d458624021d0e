"""Sentences as they are read, with the noun phrases, names and abbreviations in them.

No parser and no tagger: an abstract's noun phrases are regular enough to be read from left to right, up to the first
word that ends one (Abney, 1991, calls such phrases chunks).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from assistant.english.data import DATA_SOURCES, SECTION_LABEL
from assistant.english.facets import (
    DATASET_NOUNS,
    DETERMINERS,
    EVALUATIVE,
    FIELD_ABBREVIATIONS,
    JOINERS,
    LANGUAGES,
    METHOD_NOUNS,
    PARTICIPLES,
    PHRASE_STOPS,
    SET_QUALIFIERS,
    STUDY_NOUNS,
    TASK_NOUNS,
)
from assistant.mentions import looks_coined
from assistant.papers import ABSTRACT, TITLE, Paper, clean
from assistant.passages import body_sections, split_sentences
from assistant.words import is_common

_TOKEN = re.compile(r"[^\s()\[\],;:\"“”‘]+|[()\[\],;:\"“”‘]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,60}>")
_BRACKETED = re.compile(r"\(\s*[\"“]?(?P<name>[^\s(),;\"”]{2,20}(?:\s[\d.]+)?)[\"”]?\s*\)")
_MARKS = frozenset('()[],;:"“”‘')
_QUOTES = frozenset("\"“”‘’'")
_NAME_LINKS = frozenset(["of", "for", "the", "and", "in", "with", "to", "on"])


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence or the title: ``paper.text[start:end]``, and ``text``, which is the same as a person reads it."""

    start: int
    end: int
    text: str
    is_title: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase without its determiner; ``abbreviation`` is what stands in brackets in or after it."""

    words: tuple[str, ...]
    determined: bool
    abbreviation: str
    start: int
    end: int

    @property
    def text(self) -> str:
        return " ".join(self.words)


def read_sentences(paper: Paper) -> list[Sentence]:
    """The title, and the sentences of the abstract; of a paper without one, of its first section."""
    found: list[Sentence] = []
    title = paper.section(TITLE)
    if title:
        found.append(Sentence(title.start, title.end, _readable(paper.text[title.start : title.end]), is_title=True))
    sections = list(body_sections(paper))
    body = next((span for name, span in sections if name == ABSTRACT), sections[0][1] if sections else (0, 0))
    for start, end in split_sentences(paper.text[slice(*body)]):
        start, end = body[0] + start, body[0] + end
        found.append(Sentence(start, end, _readable(paper.text[start:end])))
    return found


def _readable(text: str) -> str:
    plain = " ".join(_TAG.sub("", clean(text)).split())
    plain = DATA_SOURCES.sub("Data sources: ", plain)
    label = SECTION_LABEL.match(plain)
    return plain[label.end() :] if label and label.end() < len(plain) else plain


def tokenize(text: str) -> list[Token]:
    found = []
    for match in _TOKEN.finditer(text):
        word, start, end = match[0], match.start(), match.end()
        stripped = word.rstrip(".!?'’")
        if stripped and stripped != word and not re.fullmatch(r"(?:[A-Za-z]\.)+", word) and word not in _MARKS:
            found.append(Token(stripped, start, start + len(stripped)))
            found.append(Token(word[len(stripped) :][0], start + len(stripped), end))
        else:
            found.append(Token(word, start, end))
    return found


def read_phrase(text: str, start: int) -> Phrase | None:
    """The noun phrase that begins at an offset of a sentence."""
    listed = tokenize(text[start:])
    at = 0
    while at < len(listed) and (listed[at].text in _QUOTES or listed[at].low in DETERMINERS):
        at += 1
    determined = any(token.low in DETERMINERS for token in listed[:at])
    words: list[str] = []
    abbreviation, end, headed = "", start, False
    while at < len(listed):
        token = listed[at]
        if token.text in "([":
            match = _BRACKETED.match(text, start + token.start)
            if not words or not match or not is_abbreviation(match["name"], words):
                break
            abbreviation, end = match["name"], match.end()
            while at < len(listed) and start + listed[at].start < end:
                at += 1
            headed = False
            continue
        if token.text in _QUOTES:
            at += 1
            continue
        if token.low in JOINERS:
            following = listed[at + 1].low if at + 1 < len(listed) else ""
            if not words or headed or following in PHRASE_STOPS or following in DETERMINERS or following in _MARKS:
                break
            if token.low not in ("yet", "but") and not _joins_modifiers(
                words, [t.low for t in listed[at + 1 : at + 6]]
            ):
                break
        elif token.text == ",":
            following = listed[at + 1].low if at + 1 < len(listed) else ""
            if not words or headed or words[-1].lower() not in EVALUATIVE or following in PHRASE_STOPS | DETERMINERS:
                break
            at += 1
            continue
        elif token.text in _MARKS or token.text in ".!?–—" or token.low in PHRASE_STOPS:
            break
        elif headed and token.text.islower() and PARTICIPLES.fullmatch(token.low) and token.low not in METHOD_NOUNS:
            following = listed[at + 1].low if at + 1 < len(listed) else ""
            if not token.low.endswith("ing") or following not in METHOD_NOUNS | DATASET_NOUNS:
                break  # "a model trained on"; but "a model training method"
        words.append(token.text)
        headed = headed or token.low in METHOD_NOUNS or token.low in DATASET_NOUNS or token.low in TASK_NOUNS
        end = start + token.end
        at += 1
    while words and words[-1].lower() in JOINERS:
        words.pop()
    return Phrase(tuple(words), determined, abbreviation, start, end) if words else None


def _joins_modifiers(before: list[str], after: list[str]) -> bool:
    """Whether "and" stands between two modifiers of one head: "a simple and effective method"."""
    if before[-1].lower() in EVALUATIVE or PARTICIPLES.fullmatch(before[-1].lower()):
        return True
    heads = METHOD_NOUNS | DATASET_NOUNS | STUDY_NOUNS | TASK_NOUNS
    return len(before) <= 4 and any(word in heads for word in after[1:4])


def head_kind(words: Iterable[str]) -> str:
    """What the last head in a noun phrase is: "dataset", "method", "task", "study" or nothing."""
    listed = [word.lower() for word in words]
    for place in range(len(listed) - 1, -1, -1):
        word = listed[place]
        if word in DATASET_NOUNS:
            return "dataset"
        if word in ("set", "sets"):
            return "dataset" if place and listed[place - 1] in SET_QUALIFIERS else ""
        if word in ("graph", "graphs", "base", "bases", "bank") and place and listed[place - 1] == "knowledge":
            return "dataset"
        for kind, nouns in (("method", METHOD_NOUNS), ("task", TASK_NOUNS), ("study", STUDY_NOUNS)):
            if word in nouns:
                return kind
    return ""


def is_description(name: str) -> bool:
    """Whether what a paper brings goes by words that say what it is, as ``test sets for Danish``, and by no name."""
    words = name.split()
    plain = [word for word in words if word == word.lower()]
    return len(words) > 1 and words[0] == words[0].lower() and not looks_coined(words[0]) and head_kind(plain) != ""


def is_abbreviation(short: str, words: Iterable[str]) -> bool:
    """Whether a bracketed word abbreviates those before it (after Schwartz and Hearst, 2003), or is just a name."""
    if looks_coined(short) and not re.fullmatch(r"[\d.,%]+", short):
        return True
    return short.isupper() and long_form(short, " ".join(words)) != ""


def long_form(short: str, before: str) -> str:
    """The end of ``before`` that ``short`` abbreviates, or "" (Schwartz and Hearst, 2003)."""
    letters = [char for char in short.lower() if char.isalnum()]
    at = len(before)
    for place in range(len(letters) - 1, -1, -1):
        at = before.lower().rfind(letters[place], 0, at)
        while place == 0 and at > 0 and before[at - 1].isalnum():
            at = before.lower().rfind(letters[0], 0, at)
        if at < 0:
            return ""
    found = before[at:]
    return found if len(found.split()) <= min(len(letters) + 5, len(letters) * 2) else ""


def abbreviations(text: str) -> Iterator[tuple[str, str]]:
    """``(short, long)`` for every abbreviation that a text explains in brackets."""
    for match in _BRACKETED.finditer(text):
        before = text[max(0, match.start() - 120) : match.start()].rstrip(' "“”')
        short = match["name"].removesuffix("s") if match["name"][:-1].isupper() else match["name"]
        found = long_form(short, before) if re.search(r"[A-Z]", short) else ""
        if found and len(found) > len(short):
            yield match["name"], found


def is_name(words: tuple[str, ...] | list[str]) -> bool:
    """Whether words are written as a proper name: coined, or two and more in capitals."""
    if not words or words[0].lower() in _NAME_LINKS or words[-1].lower() in _NAME_LINKS or len(words) > 7:
        return False
    capital = [word for word in words if word[:1].isupper() or word[:1].isdigit() or looks_coined(word)]
    if any(word not in capital and word.lower() not in _NAME_LINKS for word in words):
        return False
    if len(words) == 1:
        word = words[0]
        return looks_coined(word) or (word[:1].isupper() and word.lower() not in LANGUAGES and not is_common(word))
    return len([word for word in capital if word[:1].isalpha()]) >= 1


def is_field_word(name: str) -> bool:
    """Whether a name is everybody's: an abbreviation of the field, a language, a pair of languages."""
    if name.upper().removesuffix("S") in FIELD_ABBREVIATIONS or name.upper() in FIELD_ABBREVIATIONS:
        return True
    initials = "".join(word[0] for word in name.split())
    if len(initials) > 2 and initials.upper() in FIELD_ABBREVIATIONS and not any(map(looks_coined, name.split())):
        return True  # "Convolutional Neural Networks"
    parts = [part for part in re.split(r"[-–/→\s]+", name.lower()) if part not in ("to", "and")]
    return all(part in LANGUAGES or part.removesuffix("s") in LANGUAGES for part in parts)


def without_praise(words: Iterable[str]) -> tuple[str, ...]:
    """The words of a phrase from the first that says more than that the thing is new, large or good."""
    listed = list(words)
    while listed and (listed[0].lower() in EVALUATIVE or listed[0].lower() in JOINERS or listed[0].endswith("ly")):
        listed.pop(0)
    return tuple(listed)


def squashed(name: str) -> str:
    """A name without case, blanks and marks, by which its spellings meet."""
    return re.sub(r"[\W_]", "", name).casefold()


def short_form(name: str) -> str:
    """The abbreviation of ``Long Form (LF)``; any other name as it is."""
    match = re.fullmatch(r".+\s\(([^()\s]+)\)", name)
    return match[1] if match else name
