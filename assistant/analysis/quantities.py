"""Numbers of a paper with what they count or measure: "4,480 documents", "an F1 score of 71.2"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.analysis.phrases import Sentence
from assistant.english.data import (
    AMOUNT_BEFORE,
    COMPARATIVES,
    LABELS,
    MEASURED_BEFORE,
    NO_AMOUNT,
    QUANTITY_STOPS,
    SAME_MEASURE,
    UNCERTAINTY,
    UNIT,
)
from assistant.english.facets import PARTICIPLES
from assistant.papers import LINK
from assistant.words import numbers

_COUNTED = re.compile(r"^(?:\s*\([^()]*\))?\s*(?P<what>[^\W\d_](?:[^.,;:()\[\]]|\.(?=\d))*)")
_ELIDED = re.compile(r"^\s*(?P<stem>\w+)-\s.*?-(?P<head>\w[\w@]*(?:\s[a-z]\w+)?)")
_THOUSANDS = re.compile(r"(?<=\d),\s(?=\d{3}\b)")
_SCALE = re.compile(r"^\s(?:million|billion|trillion|thousand|hundred)\b")
_NAMED = re.compile(r"(?<!^)\b[A-Z][\w-]*\s$")
_MIDDLE_DOT = re.compile(r"(?<=\d)·(?=\d)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORT_FORM = re.compile(r"\s*[\[(][A-Za-z]{1,6}[\])],?\s*$")
_LINKS = ("of", "from", "in")
_LONGEST = 7
_REACH = 80
_LONGEST_MEASURE = 5


@dataclass(frozen=True, slots=True)
class _Number:
    value: str
    start: int
    end: int


def quantities(sentence: Sentence) -> Iterator[tuple[str, str]]:
    """``(value as written, what it counts or measures)``.

    Years, versions, labels ("type 2"), confidence intervals and p-values are left out; numbers that are compared share
    what they measure.
    """
    text = UNCERTAINTY.sub(_hidden, LINK.sub(_hidden, _MIDDLE_DOT.sub(".", sentence.text)))
    found = list(_numbers(text))
    whats = [_counted(text[number.end :]) or _measured(text[: number.start]) for number in found]
    for place in range(1, len(found)):
        between = text[found[place - 1].end : found[place].start]
        if SAME_MEASURE.fullmatch(between):
            whats[place] = whats[place] or whats[place - 1]
            whats[place - 1] = whats[place - 1] or whats[place]
    yield from ((number.value, what) for number, what in zip(found, whats, strict=True) if what)


def _hidden(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _numbers(text: str) -> Iterator[_Number]:
    for start, end in numbers(text):
        value = _THOUSANDS.sub(",", text[start:end])
        if ", " in value:  # "0.80, 0.66" is a value and a bound of its interval
            value = value.partition(",")[0]
            end = start + len(value)
        if value.lower() in NO_AMOUNT or _YEAR.fullmatch(value) or _is_label(value, text[:start], text[end:]):
            continue
        tail = _SCALE.match(text[end:]) or UNIT.match(text[end:])
        yield _Number(value + (tail[0] if tail else ""), start, end + (tail.end() if tail else 0))


def _is_label(value: str, before: str, after: str) -> bool:
    """Whether a number only tells one thing from another: "three-stage", "Task 4", "Name 2.0", "type 2"."""
    if re.match(r"-[A-Za-z]", after) or LABELS.search(before) or re.search(r"(?:19|20)\d\d[-–]?$", before):
        return True
    named = _NAMED.search(before) is not None
    return named and (
        (value.isdigit() and re.match(r"\s*(?:[A-Z]|[,.)]|$)", after) is not None) or value.endswith(".0")
    )


def _counted(after: str) -> str:
    """The noun phrase that follows: ``118,732 event mentions``, ``12% of the training data``."""
    elided = _ELIDED.match(after)
    if elided:  # "8.3 micro- and 7.8 macro-recall improvements"
        return f"{elided['stem']}-{elided['head']}"
    match = _COUNTED.match(after)
    words = match["what"].split() if match else []
    if words[:1] == ["of"]:
        words = [word for word in words[1:] if word.lower() not in ("the", "all", "our", "its", "their")]
    kept: list[str] = []
    for place, word in enumerate(words[:_LONGEST]):
        opening = not kept and word.lower() in COMPARATIVES
        linking = bool(kept) and word in _LINKS and not set(words[place + 1 : place + 2]) <= QUANTITY_STOPS
        if word.lower() in QUANTITY_STOPS and not (opening or linking):
            break
        kept.append(word)
    return " ".join(kept)


def _measured(before: str) -> str:
    """The measure that stands before: ``a test score of 67.10%``, ``BLEU: 33.8``, ``accuracy (88%)``."""
    plain = AMOUNT_BEFORE.sub(" ", _SHORT_FORM.sub(" ", before))
    match = MEASURED_BEFORE.search(plain, max(0, len(plain) - _REACH))
    words = match["what"].split()[-_LONGEST_MEASURE:] if match else []
    while words and (PARTICIPLES.fullmatch(words[-1].lower()) or words[-1].lower() in QUANTITY_STOPS):
        words.pop()
    kept: list[str] = []
    for word in reversed(words):
        if word.lower() in QUANTITY_STOPS and word != "of":
            break
        kept.insert(0, word)
    return " ".join(kept).removeprefix("of ").strip("(\"'“”")
