"""Surveys, position papers and tutorials: what kind of paper one is says its title, or what its abstract says of
itself. No other paper's words come near it, so that terms and meanings do not find it."""

from __future__ import annotations

from typing import Literal, get_args

from assistant.english.cues import Pattern, cue
from assistant.papers import ABSTRACT
from assistant.reading import Reading, Sentence
from assistant.words import tokens

Kind = Literal["survey", "position", "tutorial"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WORDS: dict[Kind, frozenset[str]] = {
    "survey": frozenset("survey surveys surveying review reviews reviewing overview overviews".split()),
    "position": frozenset("position positions position-style perspective perspectives opinion viewpoint".split()),
    "tutorial": frozenset("tutorial tutorials primer primers".split()),
}
_BESIDE = frozenset("literature systematic comprehensive style like type kind field fields state-of-the-art".split())
"""What may stand beside such a word without making a topic of it."""
_SURVEYS = r"(?:surveys?|overviews?|reviews?)"
_OLD_WORK = r"(?:(?:literature|systematic|scoping|critical|narrative|comprehensive|brief|short)\s+)"
_WE = r"(?:we|i|(?:this|our|the present) (?:paper|article|work|chapter|study|talk))"
_IN_TITLE: dict[Kind, Pattern] = {
    "survey": cue(
        rf"(?:^|[:.?!–—]\s+|\b(?:an?|the)\s+)(?:[\w-]+\s+){{0,3}}?{_SURVEYS}\b(?!\s+(?:data|respons|question|texts?\b))",
        rf"\b{_SURVEYS}\s+(?:of|on|and outlook)\b|\b{_OLD_WORK}{_SURVEYS}\b",
        r"\bpast, present,? and future\b",
    ),
    "position": cue(
        r"\b(?:position (?:paper|statement)|perspectives? on|an? (?:perspective|viewpoint|opinion)|manifesto)\b",
    ),
    "tutorial": cue(r"\b(?:tutorials?|primer|lecture notes|(?:a|an) (?:\w+ )?introduction (?:to|for))\b"),
}
_OF_ITSELF: dict[Kind, Pattern] = {
    "survey": cue(
        rf"\b{_WE}\s+(?:\w+ly\s+|also\s+|first\s+)?(?:surveys?|reviews?)\b",
        rf"\b{_WE}\s+(?:provide|give|present|offer|conduct|perform)s?\s+(?:an?|the first)\s+"
        rf"(?:[\w-]+\s+){{0,3}}{_SURVEYS}\b",
        rf"\b(?:this|our|the present)\s+{_OLD_WORK}?{_SURVEYS}\b",
        r"\btakes? an? (?:\w+ )?look (?:in)?to the (?:history|state)\b",
    ),
    "position": cue(
        r"\b(?:this|our|in an?) (?:\w+ )?(?:position|perspective|opinion|viewpoint) (?:paper|piece|article)\b",
        r"\bwe take the position\b",
    ),
    "tutorial": cue(
        r"\b(?:this|our|the present) (?:\w+ )?(?:tutorial|primer)\b",
        rf"\b{_WE}\s+(?:provide|give|present|offer)s?\s+(?:an?|the first)\s+(?:[\w-]+\s+){{0,3}}(?:tutorial|primer)\b",
    ),
}


def kind_asked(topic: str) -> Kind | None:
    """The kind of paper that a topic names and nothing else: ``literature reviews``, not ``product reviews``."""
    words = [word.lower() for word in tokens(topic)]
    for kind, names in _WORDS.items():
        if any(word in names for word in words) and all(word in names or word in _BESIDE for word in words):
            return kind
    return None


def shows_kind(reading: Reading, kind: Kind) -> tuple[bool, Sentence | None]:
    """Whether a paper is of that kind, and the sentence in which it says so; None where its title does, or nothing."""
    if _IN_TITLE[kind].search(reading.paper.title):
        return True, None
    said = (s for s in reading.sentences if s.section == ABSTRACT and _OF_ITSELF[kind].search(s.text))
    sentence = next(said, None)
    return sentence is not None, sentence
