"""Plan and candidates -> the sentences that answer, from the right paper or papers, each cited."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from assistant.answering.drafting import Draft, named
from assistant.english import general as english
from assistant.papers import ABSTRACT, TITLE
from assistant.questions import Asked
from assistant.reading import Readings, Sentence
from assistant.retrieval import Candidate, Scored
from assistant.words import stem

MAX_WORDS = 120
MAX_WORDS_COMPARED = 110
MAX_WORDS_BESIDE = 60
_RELATIVE_FLOOR = 0.25
"""A sentence that scores less than this share of the best one is left out."""
_FLOOR_OF_FIGURES = 0.4
"""The same where a figure is wanted: it stands in few sentences."""

_SAME = 0.6
_LEAST_WORDS = 5
_FLOAT = re.compile(r"(?:Figure|Table|Front matter)\b")
"""Sections that hold captions, the rows of tables, and what stands around a title."""

# Beside the cosine: what all of the question's words in a sentence are worth, and a sentence of the wanted kind.
_WORDS = 0.8
_KIND = 0.25


def look_up(question: str, asked: Asked, candidates: Sequence[Candidate], readings: Readings, draft: Draft) -> None:
    """The sentences of one paper or, where two are as near, of both."""
    room = MAX_WORDS // len(candidates)
    for candidate in candidates:
        paper = candidate.reading.paper
        draft.say(("\n\n" if draft.parts else "") + named(paper) + "\n\n")
        draft.say(
            " ".join(draft.quote(paper, s.start, s.end) for s in choose(question, asked, candidate, readings, room))
        )


def side_by_side(
    question: str, asked: Asked, candidates: Sequence[Candidate], readings: Readings, draft: Draft
) -> None:
    """What each of several papers says."""
    for candidate in candidates:
        paper = candidate.reading.paper
        sentences = choose(question, asked, candidate, readings, MAX_WORDS_COMPARED)
        quotes = " ".join(draft.quote(paper, s.start, s.end) for s in sentences)
        draft.say(f"- {named(paper)}: {quotes}\n")


def choose(question: str, asked: Asked, candidate: Candidate, readings: Readings, room: int) -> list[Sentence]:
    """The best sentences within ``room`` words, in the order of the paper; the title where there is no prose."""
    ranked = _ranked(question, asked, candidate, readings)
    if not ranked:
        return _title(candidate)
    most = ranked[0][0]
    floor = _FLOOR_OF_FIGURES if asked.wanted in ("number", "quantity") else _RELATIVE_FLOOR
    chosen: list[Sentence] = []
    for worth, sentence in ranked:
        if chosen and (worth < floor * most or sum(s.words for s in chosen) + sentence.words > room):
            continue
        if any(
            _repeats(sentence, other) for other in chosen
        ):  # an introduction and a conclusion say the abstract again
            continue
        chosen.append(sentence)
    return sorted(chosen, key=lambda sentence: sentence.place)


def best(question: str, asked: Asked, candidate: Candidate, readings: Readings) -> Sentence | None:
    """The sentence that does most for the question; None where the paper has no prose."""
    ranked = _ranked(question, asked, candidate, readings)
    return ranked[0][1] if ranked else None


def _ranked(question: str, asked: Asked, candidate: Candidate, readings: Readings) -> list[tuple[float, Sentence]]:
    """The sentences with their worth, best first."""
    weights = _weights(asked, candidate, readings)
    full_text = candidate.reading.paper.has_full_text
    return sorted(
        (
            (_value(question, asked, scored, weights, full_text), scored.sentence)
            for scored in candidate.sentences
            if not (full_text and is_heading(scored.sentence))
        ),
        key=lambda pair: (-pair[0], pair[1].place),
    )


def _weights(asked: Asked, candidate: Candidate, readings: Readings) -> dict[str, float]:
    """How much each of the question's stems tells one sentence of this paper from the others; they sum to 1."""
    count = len(candidate.sentences)
    weights = {}
    for word in asked.content:
        term = stem(word)
        holders = sum(term in scored.sentence.stems for scored in candidate.sentences)
        if holders:
            weights[term] = math.log((count + 1) / holders) * (0.5 + 0.5 * readings.rarity(term))
    total = sum(weights.values())
    return {term: weight / total for term, weight in weights.items()} if total else {}


def is_heading(sentence: Sentence) -> bool:
    """Whether it is a section's heading, or as short as one."""
    if sentence.section == ABSTRACT:
        return False
    return sentence.text == sentence.section or (sentence.words < _LEAST_WORDS and not sentence.quantities())


def _repeats(sentence: Sentence, other: Sentence) -> bool:
    """Whether two sentences are made of nearly the same terms."""
    both = len(sentence.stems & other.stems)
    return both >= _SAME * len(sentence.stems | other.stems)


def _value(question: str, asked: Asked, scored: Scored, weights: Mapping[str, float], full_text: bool) -> float:
    """How much a sentence does for the question: its meaning, its words, and the kind of thing that is wanted."""
    sentence = scored.sentence
    worth = scored.question + _WORDS * sum(weight for term, weight in weights.items() if term in sentence.stems)
    if asked.wanted in ("number", "quantity") and sentence.quantities():
        worth += _KIND + _KIND * bool({stem(word) for word in asked.focus} & sentence.stems)
    if sentence.has_link:
        worth += 1.0 if asked.wanted == "link" else -_KIND
    if asked.wanted == "reason" and english.REASON_SAID.search(sentence.text):
        worth += _KIND
    if sentence.section == ABSTRACT or not full_text:
        if english.MAKING_SAID.search(sentence.text):  # what the paper is about corrects a wrong assumption, too
            worth += _KIND
    elif _FLOAT.match(sentence.section):
        worth -= _KIND  # a caption or a row of a table: of little use without what stands around it
    for wanted, said in english.SENTENCE_CUES:
        if wanted.search(question) and said.search(sentence.text):
            worth += _KIND
    return worth


def _title(candidate: Candidate) -> list[Sentence]:
    paper = candidate.reading.paper
    section = paper.section(TITLE)
    if section is None:
        return []
    return [Sentence(0, TITLE, section.start, section.end, paper.title, candidate.reading.stems, frozenset(), 0, False)]
