"""Does a paper hold what is asked? Similar words are not enough: a thing of the asked kind must be tied to the focus.

Each kind of question has its own test; what a test looked for and did not find is said in the words of the question.
The thresholds were chosen on development questions of four authors (`benchmarks/abstention.py` prints the trade-off).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.mentions import looks_coined
from assistant.papers import Paper
from assistant.questions import QUANTITY_STEMS, Asked
from assistant.reading import Readings, Sentence
from assistant.retrieval import Candidate, Scored
from assistant.words import rarity, stem, tokens

SOFT = 0.50
"""From this cosine between the focus and a sentence on, the sentence may speak of it in other words."""
_NEGATION = re.compile(r"\b(?:no|not|without|never|none|cannot|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_SHARED = 0.45
_REACH = 6
_MEASURES = frozenset("big large long far fast high low small wide deep often many much accurate old".split())
_WORD = re.compile(r"[^\W_]+")

# What papers are asked about, and the words by which a text that says it says it: whole words or stems.
_ATTRIBUTES: tuple[tuple[str, str], ...] = (
    (r"licen[cs]\w*|copyright", r"licen[cs]\w*|copyright|creative commons|cc[- ]by|\bmit\b|apache|\bgpl|public domain"),
    (r"(?:inter-?\s?(?:annotator|rater|coder) )?agreements?|kappa|krippendorff\S*", r"agreement|kappa|krippendorff|fleiss"),
    (r"paid|pay|payment|wages?|salar\w+|compensat\w+|remunerat\w+|reimburs\w+", r"\bpaid\b|\bpay\b|payment|wage|salar|compensat|remunerat|[$€£]\s?\d|reimburs"),
    (r"(?:which |what |how many |number of )?(?:gpus?|tpus?|hardware|graphics cards?|accelerators?)", r"\bgpus?\b|\btpus?\b|nvidia|hardware|graphics|\b[avh]100\b|\brtx\b|cluster"),
    (r"learning rates?", r"learning rate"),
    (r"batch sizes?", r"batch size|batches of|mini-?batch"),
    (r"epochs?", r"epochs?\b"),
    (r"drop-?out(?: rates?)?", r"drop-?out"),
    (r"optimi[sz]ers?", r"optimi[sz]er|\badam\b|\badamw\b|\bsgd\b|adagrad|rmsprop"),
    (r"beam (?:size|width)s?", r"\bbeam\b"),
    (r"random seeds?", r"\bseeds?\b"),
    (r"attention heads?|hidden (?:size|dimension|units?|layers?)|embedding (?:size|dimension)s?", r"\bheads?\b|hidden|dimension"),
    (r"weight decay|warm-?up|momentum|gradient clipping", r"weight decay|warm-?up|momentum|clipping"),
    (r"latency|throughput|inference (?:time|speed)", r"latency|throughput|inference|faster|speed|seconds?\b|\bms\b"),
    (r"funding|funded|funders?|grants?|sponsor\w*", r"fund(?:ed|ing|er)|grants?\b|sponsor|supported by"),
    (r"conflicts? of interest|ethic\w* (?:approval|committee|board)|irb", r"conflict|disclos|ethic|\birb\b|institutional review"),
    (r"citations?|cited|impact factor|h-index", r"citations?\b|cited|h-index"),
    (r"reviewers?|review scores?|accept(?:ed|ance)(?: rate)?|best paper|awards?", r"reviewer|accepted|acceptance|award"),
    (r"e-?mails?|phone|telephone|(?:postal |home )?address|office|birthday|born|salary", r"@\w|phone|telephone"),
    (r"manufactur\w+|vendors?|suppliers?|compan(?:y|ies)|brand", r"manufactur|vendor|supplier|compan|\binc\b|\bltd\b|gmbh|\bcorp"),
    (r"p[- ]values?", r"\bp\s?[<=>≤]|p[- ]value"),
    (r"i²|i2 |heterogeneity", r"i²|\bi2\b|heterogene"),
    (r"page limit|page numbers?|volume|isbn|doi", r"\bdoi\b|isbn"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """``missing`` says, where the paper does not suffice, what was looked for."""

    sufficient: bool
    missing: str = ""


_YES = Verdict(True)


def judge(question: str, asked: Asked, candidate: Candidate, readings: Readings) -> Verdict:
    """Whether this paper answers the question."""
    missing = _missing_attribute(question, candidate)
    if missing:
        return Verdict(False, missing)
    if asked.wanted == "number":
        return _number(asked, candidate)
    if asked.wanted == "quantity":
        return _quantity(question, asked, candidate, readings)
    if asked.wanted == "venue":
        return _YES if re.search(r"\bproceedings\b|\bconference\b|\bworkshop\b|\bjournal\b|\bshared task\b", candidate.reading.paper.abstract, re.IGNORECASE) else Verdict(False, "the venue")
    return _YES


def coverage(words: Iterable[str], candidate: Candidate, readings: Readings) -> float:
    """The share of the words that the paper holds, each weighed by how much it tells; 1 where there are none."""
    weights = {word: 0.5 * readings.rarity(stem(word)) + 0.5 * rarity(word) for word in words}
    total = sum(weights.values())
    held = sum(weight for word, weight in weights.items() if stem(word) in candidate.reading.stems)
    return held / total if total else 1.0


def is_abbreviated(name: str, papers: Iterable[Paper]) -> bool:
    """Whether the letters of a name are the initials of words that follow each other in some paper."""
    letters = re.sub(r"[^A-Za-z]", "", name).lower()
    if not 2 <= len(letters) <= 6 or not name.isalpha() or not name.isupper():
        return False
    pattern = re.compile(r"\b" + r"\w*[\s-]+(?:(?:of|the|and|for|in)\s+)?".join(letters) + r"\w*", re.IGNORECASE)
    return any(pattern.search(paper.text) for paper in papers)


def _missing_attribute(question: str, candidate: Candidate) -> str:
    """The first attribute that is asked about and that no sentence of the paper speaks of."""
    low = question.lower()
    text = candidate.reading.paper.abstract.lower() + " " + candidate.reading.paper.title.lower()
    for asked, said in _ATTRIBUTES:
        match = re.search(rf"(?<![\w-])(?:{asked})(?![\w-])", low)
        if match and not re.search(said, text) and match[0] not in text:
            return match[0].strip()
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
    return bool(telling) and telling <= sentence.stems and bool(_NEGATION.search(sentence.text))


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
    """A figure in a sentence that speaks of the measure, or of most of what the question says beside it."""
    heads = {stem(word) for word in asked.focus}
    measure = heads & QUANTITY_STEMS
    rest = [word for word in asked.content if stem(word) not in QUANTITY_STEMS and word not in _MEASURES]
    for scored in candidate.sentences:
        sentence = scored.sentence
        if _denies(sentence, asked):
            return _YES
        if not sentence.quantities():
            continue
        speaks = bool(heads & sentence.stems)
        shared = share_of(rest, sentence, readings)
        if (speaks and shared >= 0.2) or shared >= _SHARED or scored.focus >= SOFT or (not rest and not measure):
            return _YES
        if not measure and scored.question >= SOFT:
            return _YES
    what = " ".join(asked.focus) or " ".join(asked.content)
    return Verdict(False, f"a figure for {what}" if what else "a figure")


def share_of(words: Iterable[str], sentence: Sentence, readings: Readings) -> float:
    """The share of the words that a sentence holds, each weighed by how much it tells; 0 where there are none."""
    weights = {word: 0.5 * readings.rarity(stem(word)) + 0.5 * rarity(word) for word in words}
    total = sum(weights.values())
    return sum(w for word, w in weights.items() if stem(word) in sentence.stems) / total if total else 0.0


def names_something_else(unknown: Iterable[str], asked: Asked, candidate: Candidate, readings: Readings) -> str:
    """A name that occurs nowhere in the library is a reason by itself, unless all else that is said fits a paper."""
    for name in unknown:
        parts = set(tokens(name))
        rest = [word for word in asked.content if not set(tokens(word)) & parts]
        if (looks_coined(name) or rarity(name.lower()) >= 1.0) and (
            len(rest) < 3 or coverage(rest, candidate, readings) < 0.7
        ):
            return name
    return ""


def best_scored(candidate: Candidate) -> Scored | None:
    return max(candidate.sentences, key=lambda scored: scored.question, default=None)
