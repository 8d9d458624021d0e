"""Does a paper hold what is asked? Similar words are not enough: a thing of the asked kind must be tied to the focus.

Each kind of question has its own test; what a test looked for and did not find is said in the words of the question.
The thresholds were chosen on development questions of four authors; ``papertalk eval`` prints what they give.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.english import general as english
from assistant.mentions import looks_coined
from assistant.papers import Paper
from assistant.questions import GENERIC_STEMS, QUANTITY_STEMS, Asked, clauses, understand
from assistant.reading import Readings, Sentence
from assistant.retrieval import Candidate
from assistant.words import rarity, stem, tokens

SOFT = 0.50
"""From this cosine between the focus and a sentence on, the sentence may speak of it in other words."""
_SHARED = 0.45
"""From this share of the question's words in a sentence on, its figure is the one that is asked for."""
_REACH = 6
_SUBJECT = r"\b(?:the|of|by|in|does|did|is|do)\s+{}(?:['’]s)?\s+" + english.KIND_OF_WORK
_NOT_THE_TOPIC = QUANTITY_STEMS | GENERIC_STEMS
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``missing`` says, where the paper does not suffice, what was looked for."""

    sufficient: bool
    missing: str = ""


_YES = Verdict(True)


def judge(question: str, names: tuple[str, ...], candidate: Candidate, readings: Readings) -> Verdict:
    """Whether this paper answers the question, or one of the questions in it; ``names`` say where to look."""
    missing = _missing_attribute(question, candidate)
    if missing:
        return Verdict(False, missing)
    verdicts = [_judge_clause(part, understand(part, names), candidate, readings) for part in clauses(question)]
    return next((verdict for verdict in verdicts if verdict.sufficient), verdicts[0])


def _judge_clause(question: str, asked: Asked, candidate: Candidate, readings: Readings) -> Verdict:
    if asked.wanted == "number":
        return _number(asked, candidate)
    if asked.wanted == "quantity":
        return _quantity(question, asked, candidate, readings)
    if asked.wanted == "venue" and not english.VENUE_SAID.search(candidate.reading.paper.abstract):
        return Verdict(False, "the venue")
    return _YES


def coverage(words: Iterable[str], candidate: Candidate, readings: Readings) -> float:
    """The share of the words that the paper holds, each weighed by how much it tells; 1 where there are none."""
    weights = {word: 0.5 * readings.rarity(stem(word)) + 0.5 * rarity(word) for word in words}
    total = sum(weights.values())
    held = sum(weight for word, weight in weights.items() if stem(word) in candidate.reading.stems)
    return held / total if total else 1.0


def is_abbreviated(name: str, papers: Iterable[Paper]) -> bool:
    """Whether the letters of a name are the initials of words that follow each other in some paper."""
    letters = name.lower()
    papers = list(papers)
    if not 2 <= len(letters) <= 6 or not name.isalpha() or not name.isupper():
        return False
    if any(name in re.sub(r"[^A-Z]", "", phrase) for paper in papers for phrase in re.split(r"[.:;]", paper.title)):
        return True
    pattern = re.compile(r"\b" + r"\w*[\s-]+(?:(?:of|the|and|for|in)\s+)?".join(letters) + r"\w*", re.IGNORECASE)
    return any(pattern.search(paper.text) for paper in papers)


def _missing_attribute(question: str, candidate: Candidate) -> str:
    """The first attribute that is asked about and that no sentence of the paper speaks of."""
    text = " ".join([candidate.reading.paper.title, *(scored.sentence.text for scored in candidate.sentences)])
    for asked, said in english.ATTRIBUTES:
        match = asked.search(question)
        if match and not said.search(text) and match[0].lower() not in text.lower():
            return english.LEADING_QUESTION_WORDS.sub("", match[0]).strip()
    return ""


def _number(asked: Asked, candidate: Candidate) -> Verdict:
    wanted = {stem(word) for word in asked.focus}
    if not wanted:
        return _YES if any(s.sentence.quantities() for s in candidate.sentences) else Verdict(False, "a number")
    for scored in candidate.sentences:
        if _tied(scored.sentence, wanted, asked) or (scored.sentence.quantities() and scored.focus >= SOFT):
            return _YES
        if _denies(scored.sentence, asked):
            return _YES
    return Verdict(False, f"a number of {' '.join(asked.focus)}")


def _denies(sentence: Sentence, asked: Asked) -> bool:
    """Whether it says that there is none: that settles how many there are."""
    telling = {stem(word) for word in asked.telling}
    return bool(telling) and telling <= sentence.stems and bool(english.NEGATION.search(sentence.text))


def _tied(sentence: Sentence, wanted: set[str], asked: Asked) -> bool:
    """Whether a quantity stands just before one of the wanted words, or just after it."""
    places = [(match.start(), stem(match[0].lower())) for match in _WORD.finditer(sentence.text)]
    needed = {stem(asked.focus[-1])} | ({stem(word) for word in asked.telling} if len(wanted) > 1 else set())
    for start, end in sentence.quantities():
        after = [term for place, term in places if place >= end][:_REACH]
        before = [term for place, term in places if place < start][-3:]
        if needed & set(after) or needed & set(before):
            return True
    return False


def _quantity(question: str, asked: Asked, candidate: Candidate, readings: Readings) -> Verdict:
    """A figure of the right unit in a sentence that speaks of the measure, or of most of what else is said."""
    heads = {stem(word) for word in asked.focus}
    measure = heads & QUANTITY_STEMS
    rest = [word for word in asked.content if stem(word) not in _NOT_THE_TOPIC and word not in english.MEASURING_WORDS]
    of_size = bool(english.SIZE_WANTED.search(question))
    by_adjective = bool(english.HOW_MUCH.search(question))  # "how fast is it" says no more than that
    unit = next((said for wanted, said in english.UNITS if wanted.search(question)), None)
    what = " ".join(asked.focus) or " ".join(asked.content)
    sought = Verdict(False, f"a figure for {what}" if what else "a figure")
    strange = [word for word in rest if rarity(word) >= 1.0 and stem(word) not in candidate.reading.stems]
    for scored in candidate.sentences:
        sentence = scored.sentence
        if _denies(sentence, asked):
            return _YES
        if not sentence.quantities() or (unit and not unit.search(sentence.text)):
            continue
        shared = share_of(rest, sentence, readings)
        of_data = shared >= _SHARED or (not rest and english.DATA_SAID.search(sentence.text))
        if of_size and of_data and english.SIZE_SAID.search(sentence.text):
            return _YES
        if (measure & sentence.stems and shared >= 0.2) or (unit in english.TELLING_UNITS and shared > 0):
            return _YES
        if strange:  # a rare word that the paper lacks is what the figure should be of
            continue
        if shared >= _SHARED or scored.focus >= SOFT or not (rest or (measure and not by_adjective)):
            return _YES
        if not measure and scored.question >= SOFT:
            return _YES
    return sought


def share_of(words: Iterable[str], sentence: Sentence, readings: Readings) -> float:
    """The share of the words that a sentence holds, each weighed by how much it tells; 0 where there are none."""
    weights = {word: 0.5 * readings.rarity(stem(word)) + 0.5 * rarity(word) for word in words}
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if stem(word) in sentence.stems) / total if total else 0.0


def names_something_else(
    question: str, unknown: Iterable[str], asked: Asked, candidate: Candidate, readings: Readings
) -> str:
    """A name that occurs nowhere in the library is a reason by itself, unless all else that is said fits a paper."""
    for name in unknown:
        if " " in name:  # a title
            return name
        if not looks_coined(name) and rarity(name.lower()) < 1.0:
            continue
        parts = set(tokens(name))
        rest = [word for word in asked.content if word not in parts and not set(tokens(word)) & parts]
        subject = re.search(_SUBJECT.format(re.escape(name)), question, re.IGNORECASE)
        if subject or len(rest) < 3 or coverage(rest, candidate, readings) < 0.7:
            return name
    return ""


def unknown_in_focus(question: str, unknown: Iterable[str], asked: Asked) -> str:
    """Of a paper that is named: a measure or a rival that the library does not know is what it cannot answer."""
    for name in unknown:
        if not looks_coined(name) or " " in name:
            continue
        measured = asked.wanted in ("name", "quantity", "number") and set(tokens(name)) <= set(asked.focus)
        compared = english.COMPARES.search(question)
        if measured or compared or re.search(english.AGAINST + re.escape(name) + r"(?!\w)", question, re.IGNORECASE):
            return name
    return ""
