"""Question and history -> Plan, by rules that need no model: the intent, the standalone question, the papers named."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant import english
from assistant.answers import Filters, History, Intent, Plan
from assistant.mentions import Named, Names
from assistant.words import content_words, tokens

MAX_WORDS = 1_000
_NO_PAPERS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan and what it was made from."""

    plan: Plan
    named: Named


def plan(question: str, history: History, names: Names, filters: Filters) -> Reading:
    """Understand a question. What it takes from the history is put in before anything is searched."""
    named = names.find(question)
    standalone, carried = question, _NO_PAPERS
    if history and not english.GREETING.fullmatch(question) and _leans_on_history(question, named):
        standalone, carried = _resolve(question, history, names)
        if standalone != question:
            named = names.find(standalone)
    papers = tuple(dict.fromkeys((*carried, *named.papers)))
    return Reading(
        Plan(
            question=question,
            standalone_question=standalone,
            intent=_intent(standalone, named, papers),
            filters=filters,
            papers=papers,
            unknown_names=named.unknown,
            warnings=_warnings(standalone),
        ),
        named,
    )


def _warnings(question: str) -> tuple[str, ...]:
    if english.LISTS_PAPERS.search(question):
        return ("Lists over the whole library are not made yet; only the nearest papers are shown.",)
    return ()


def _intent(question: str, named: Named, papers: tuple[str, ...]) -> Intent:
    if english.GREETING.fullmatch(question):
        return "about_assistant"
    if not papers:
        if english.ABOUT_ASSISTANT.search(question):
            return "about_assistant"
        if english.OVERRIDE.search(question) or english.OTHER_TASK.search(question):
            return "off_topic"
        if english.COUNTS_PAPERS.search(question) and not english.ASKED_OF_A_PAPER.search(question):
            return "count"
        return "compare" if english.COMPARES.search(question) else "look_up"
    sure = {mention.papers[0] for mention in named.mentions if mention.weight >= 2}
    several = len(papers) > 1 and len(sure) > 1
    return "compare" if several or english.WITH_ANOTHER.search(question) else "look_up"


def _leans_on_history(question: str, named: Named) -> bool:
    """Whether the question cannot stand alone: it points back, opens as a continuation, or says too little."""
    continues = bool(english.CONTINUES.match(question))
    points = bool(english.POINTER.search(question))
    if named.papers:
        # A pronoun before the name stands for something else than it; one after it may stand for it.
        first = min((question.find(mention.text) for mention in named.mentions), default=0)
        return bool(english.PRONOUN.search(question[: max(0, first)])) or (continues and points)
    if named.unknown or english.COUNTS_PAPERS.search(question):
        return continues and points
    return continues or points or len(content_words(question)) < 3


def _resolve(question: str, history: History, names: Names) -> tuple[str, tuple[str, ...]]:
    """The question with what it points to put in, and the papers that come with it."""
    topics = _topics(history, names)
    if not topics:
        return question, ()
    asked = next((turn["content"] for turn in reversed(history) if turn["role"] == "user"), "")
    swapped = _swap(question, asked)
    if swapped:
        return swapped, () if names.find(swapped).papers else topics[:1]
    ordinal = english.ORDINAL.search(question)
    if ordinal and len(topics) > 1:
        place = english.ORDINALS[ordinal[1].lower()]
        if -len(topics) <= place < len(topics):
            return _put(question, ordinal.span(), names.label(topics[place])), (topics[place],)
    about = names.label(topics[0])
    appended = f"{question.rstrip(' ?.!')} ({about})?"
    if english.ANOTHER_PAPER.search(question):
        return appended, names.others_with(topics[0])
    pointer = english.POINTER.search(question)
    put = _PUT_IN.get(pointer[0].lower()) if pointer else None
    if pointer and put is not None:
        return _put(question, pointer.span(), about + put), topics[:1]
    return appended, topics[:1]


# What follows the paper's name where it takes a pronoun's place.
_PUT_IN = {
    **dict.fromkeys(("it", "this", "that", "they", "them"), ""),
    **dict.fromkeys(("its", "their", "his", "her"), "'s"),
    "it's": " is",
}


def _swap(question: str, asked: str) -> str:
    """``What about words instead of sentences?`` after a question on sentences is that question on words."""
    match = english.INSTEAD.search(question)
    if match and match["old"].lower() in asked.lower():
        return re.sub(re.escape(match["old"]), match["new"], asked, flags=re.IGNORECASE)
    return ""


def _topics(history: History, names: Names) -> tuple[str, ...]:
    """The papers that the conversation is about: those of the last turns, the latest first."""
    for turn in reversed(history):
        content = re.sub(r"\[(\d+)\]", " ", turn["content"])
        papers = names.find(content[:4000]).papers
        if papers:
            return papers
    return ()


def _put(question: str, span: tuple[int, int], words: str) -> str:
    text = question[: span[0]] + words + question[span[1] :]
    return re.sub(r"^\W*(?:ok(?:ay)?|and|so|but)[\s,]+", "", text, flags=re.IGNORECASE)


def is_of_several(question: str) -> bool:
    """Whether the question itself says that it is about several papers."""
    return bool(english.OF_SEVERAL.search(question))


def parts_of_comparison(question: str) -> list[str]:
    """What is held against each other, as a question describes it: ``the A paper and the B paper``."""
    text = re.sub(r"[?.!]+$", "", question)
    inner = re.search(r"\(([^()]{8,})\)", text)
    if inner and re.search(r"\b(?:and|vs|versus)\b", inner[1]):
        text = inner[1]
    pieces = [piece for piece in english.JOINS_COMPARED.split(text) if piece]
    return [piece for piece in pieces if content_words(piece)] if len(pieces) > 1 else []


def too_long(question: str) -> bool:
    return len(question) > 20_000 or len(tokens(question)) > MAX_WORDS
