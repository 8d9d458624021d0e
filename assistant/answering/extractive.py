"""Plan and candidates -> the sentences that answer, from the right paper or papers, each cited."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.drafting import Draft, named
from assistant.answering.sufficiency import share_of
from assistant.papers import TITLE
from assistant.questions import Asked
from assistant.reading import Readings, Sentence
from assistant.retrieval import Candidate, Scored
from assistant.words import stem

MAX_WORDS = 120
MAX_WORDS_COMPARED = 90
_RELATIVE_FLOOR = 0.55
"""A sentence that scores less than this share of the best one is left out."""

_RESULT_ASKED = re.compile(
    r"\b(?:results?|perform\w*|outperform\w*|improv\w*|achiev\w*|accura\w*|conclu\w*|findings?|found|gains?|beat|better|worse|compared|against|well|fare|effect\w*|win|came out)\b",
    re.IGNORECASE,
)
_RESULT_SAID = re.compile(
    r"\b(?:results?|experiment\w*|show\w*|outperform\w*|achiev\w*|improv\w*|demonstrat\w*|find|found|evaluat\w*|conclu\w*|superior|significant\w*|indicat\w*|suggest\w*|reveal\w*)\b|%",
    re.IGNORECASE,
)
_REASON_SAID = re.compile(
    r"\b(?:because|however|due to|since|lack\w*|cannot|difficult\w*|challeng\w*|limit\w*|expensive|suffer\w*|therefore|thus|hard\w*|problem\w*|issue\w*|motivat\w*|although|despite|fail\w*|requir\w*|rarely|reason\w*|only|whereas)\b",
    re.IGNORECASE,
)
_MAKING_ASKED = re.compile(r"\b(?:what is|what's|which paper|who|anything|tell me|which work|what are|is there|explain|describe|about|introduc\w*|propos\w*)\b", re.IGNORECASE)
_MAKING_SAID = re.compile(
    r"\b(?:we|paper|study|work|article) (?:\w+ ){0,3}(?:propos\w*|introduc\w*|present\w*|develop\w*|releas\w*|creat\w*|construct\w*|build|investigat\w*|stud\w*|review\w*|describ\w*|explor\w*)",
    re.IGNORECASE,
)


def look_up(question: str, asked: Asked, candidates: Sequence[Candidate], readings: Readings, draft: Draft) -> None:
    """The sentences of one paper or, where two are as near, of both."""
    room = MAX_WORDS // len(candidates)
    for candidate in candidates:
        paper = candidate.reading.paper
        draft.say(("\n\n" if draft.parts else "") + named(paper) + "\n\n")
        draft.say(" ".join(draft.quote(paper, s.start, s.end) for s in choose(question, asked, candidate, readings, room)))


def side_by_side(question: str, asked: Sequence[Asked], candidates: Sequence[Candidate], readings: Readings, draft: Draft) -> None:
    """What each of several papers says."""
    for wanted, candidate in zip(asked, candidates, strict=True):
        paper = candidate.reading.paper
        sentences = choose(question, wanted, candidate, readings, MAX_WORDS_COMPARED)
        quotes = " ".join(draft.quote(paper, s.start, s.end) for s in sentences)
        draft.say(f"- {named(paper)}: {quotes}\n")


def choose(question: str, asked: Asked, candidate: Candidate, readings: Readings, room: int) -> list[Sentence]:
    """The best sentences within ``room`` words, in the order of the paper; the title where there is no prose."""
    ranked = sorted(
        ((value(question, asked, scored, readings), scored.sentence) for scored in candidate.sentences),
        key=lambda pair: (-pair[0], pair[1].place),
    )
    if not ranked:
        return _title(candidate)
    best = ranked[0][0]
    chosen: list[Sentence] = []
    for worth, sentence in ranked:
        if chosen and (worth < _RELATIVE_FLOOR * best or sum(s.words for s in chosen) + sentence.words > room):
            continue
        chosen.append(sentence)
    return sorted(chosen, key=lambda sentence: sentence.place)


def value(question: str, asked: Asked, scored: Scored, readings: Readings) -> float:
    """How much a sentence does for the question: its meaning, its words, and the kind of thing that is wanted."""
    sentence = scored.sentence
    worth = scored.question + 0.4 * share_of(asked.content, sentence, readings)
    worth += 0.2 * share_of(asked.telling, sentence, readings)
    if asked.wanted in ("number", "quantity") and sentence.quantities():
        worth += 0.15 + 0.2 * bool({stem(word) for word in asked.focus} & sentence.stems)
    if asked.wanted == "link" and sentence.has_link:
        worth += 1.0
    if asked.wanted == "reason" and _REASON_SAID.search(sentence.text):
        worth += 0.1
    if _RESULT_ASKED.search(question) and _RESULT_SAID.search(sentence.text):
        worth += 0.1
    if _MAKING_ASKED.search(question) and _MAKING_SAID.search(sentence.text):
        worth += 0.12
    return worth


def _title(candidate: Candidate) -> list[Sentence]:
    paper = candidate.reading.paper
    section = paper.section(TITLE)
    if section is None:
        return []
    return [Sentence(0, TITLE, section.start, section.end, paper.title, candidate.reading.stems, 0, False)]
