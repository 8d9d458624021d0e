"""Whether a question leans on the conversation, or stands on its own beside it.

A question leans where one of its words stands for something said before (``it``, ``the dataset``, ``the second one``),
where it goes on with what was said (``and the size?``), or where it says too little to be put alone (``How many
relations?``). It stands on its own where it names what it is about: what the conversation's last paper does not write
cannot be asked of that paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from assistant.answers import Plan
from assistant.english import counting
from assistant.english import general as english
from assistant.mentions import Named, Names, looks_coined
from assistant.questions import GENERIC_STEMS, QUANTITY_STEMS
from assistant.words import content_words, is_content, stem, tokens

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_ARTICLE = re.compile(r"^(?:a|an|any|some|all)\s+", re.IGNORECASE)
_DETERMINED = re.compile(r"^(?:the|this|that|these|those|its|their|his|her|your|my|it|they|you|we|i)\b", re.IGNORECASE)


def pointing(question: str, names: Names, *, listed: bool = False) -> str:
    """The question, every word blanked that looks as if it pointed back and does not; places stay as they are.

    ``listed`` says that several papers were listed before, of which ``the first paper`` is one.
    """
    spans = [match.span(kind) for match in english.OWN_POINTER.finditer(question) if (kind := match.lastgroup)]
    spans += [match.span("head") for match in english.OF_ITS_OWN.finditer(question) if _tells(match["what"], names)]
    if not listed:
        spans += [match.span() for match in english.FIRST_OF_ALL.finditer(question)]
    for start, end in spans:
        question = question[:start] + " " * (end - start) + question[end:]
    return question


def leans(question: str, named: Named) -> bool:
    """Whether the question, of whose words only those point that point back, cannot stand alone: it points back, opens
    as a continuation, or says too little."""
    continues = bool(english.CONTINUES.match(question))
    points = bool(english.POINTER.search(question))
    if named.papers:
        # A pronoun before the name stands for something else than it; one after it may stand for it.
        first = min((question.find(mention.text) for mention in named.mentions), default=0)
        return bool(english.PRONOUN.search(question[: max(0, first)])) or (continues and points)
    if named.unknown or english.COUNTS_PAPERS.search(question):
        return continues and points
    return continues or points or len(content_words(question)) < 3


def _tells(what: str, names: Names) -> bool:
    """Whether what follows ``the task of`` names something: two words that the library writes so, or a coined one."""
    run = next(_runs(what), [])
    phrases = [*(" ".join(pair) for pair in pairwise(run)), *(word for word in run if "-" in word)]
    return any(map(looks_coined, run)) or any(map(names.writes, phrases))


def is_of_library(question: str, plan: Plan) -> bool:
    """Whether a question that is computed says itself of which papers, however it begins: ``And which papers ...?``."""
    chosen = plan.filters
    bounds = chosen.years or chosen.dates or chosen.categories or chosen.affiliations or chosen.venues
    persons = chosen.authors or chosen.any_authors or chosen.first_authors or chosen.last_authors
    return bool(counting.WORKS_WORD.search(question) or bounds or persons or plan.pick)


def stands_alone(question: str, names: Names, spoken_of: tuple[str, ...]) -> bool:
    """Whether a question without a pointer names what it is about, and that is not the paper spoken of."""
    if english.OF_ANYBODY.search(question):
        return True
    match = english.DEFINES.search(question)
    if match and _is_thing(match[match.lastgroup or 0]):
        return True
    if english.HOW_MANY.search(question) or not spoken_of:
        return False
    return any(_is_of_others(run, names, spoken_of) for run in _runs(question))


def _is_thing(what: str) -> bool:
    """Whether ``what is ...`` asks for a thing in general: a coined name, or a phrase that is no measure of a paper."""
    if _DETERMINED.match(what):
        return False
    words = content_words(_ARTICLE.sub("", what))
    telling = [word for word in words if stem(word) not in GENERIC_STEMS]
    if any(looks_coined(match[0]) for match in _WORD.finditer(what)):
        return True
    return len(telling) > 1 and len(telling) == len(words) and stem(words[-1]) not in QUANTITY_STEMS


def _is_of_others(run: list[str], names: Names, spoken_of: tuple[str, ...]) -> bool:
    """Whether the library writes such a phrase or coined name, and the papers spoken of have none of its words."""
    if len(run) < 2 and not looks_coined(run[0]):
        return False
    if any(names.speaks(key, word) for key in spoken_of for phrase in run for word in tokens(phrase)):
        return False
    return names.writes(" ".join(run))


def _runs(text: str) -> Iterator[list[str]]:
    """Words that stand side by side and each say what a question is about."""
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        low = match[0].lower()
        parts = tokens(low)
        tells = any(map(is_content, parts)) and stem(low) not in GENERIC_STEMS
        if run and (not tells or text[end : match.start()].strip()):
            yield run
            run = []
        if tells:
            run.append(match[0])
        end = match.end()
    if run:
        yield run
