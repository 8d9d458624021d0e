"""What a question points back to in the conversation: papers and names that were spoken of, put in its words."""

from __future__ import annotations

import re

from assistant.answers import History, Turn
from assistant.english import general as english
from assistant.mentions import Names
from assistant.planning.conditions import Vocabulary, read_conditions
from assistant.planning.leaning import pointing
from assistant.planning.one_question import forms_of, written_names

READ = 4_000
"""Characters of a turn that may tell what it is about."""
_BYLINE_OR_TOPIC = re.compile(r"(?<=\*\*) \([^()\n]{1,80}\b(?:19|20)\d\d\)|\bon “[^”\n]{1,200}”")
_BOLD = re.compile(r"\*\*[^*\n]+\*\*")
_NUMBER_AT_END = re.compile(r"\[(\d+)\]\s*$")
BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s", re.MULTILINE)
# What follows the paper's name where it takes a pronoun's place.
PUT_IN = {
    **dict.fromkeys(("it", "this", "that", "they", "them"), ""),
    **dict.fromkeys(("its", "their", "his", "her"), "'s"),
    "it's": " is",
}


def resolve(question: str, history: History, names: Names, vocabulary: Vocabulary) -> tuple[str, tuple[str, ...]]:
    """The question with what it points to put in, and the papers that come with it."""
    if placed := resolve_ordinal(question, history, names):
        return placed
    papers, name = latest_spoken_of(question, history, names, vocabulary)
    asked = next((turn["content"] for turn in reversed(history) if turn["role"] == "user"), "")
    if swapped := _swap(question, asked):
        return swapped, () if names.find(swapped).papers else papers[:1]
    if name:
        return _with_name(question, name), ()
    if not papers:
        return question, ()
    about = names.label(papers[0])
    appended = f"{question.rstrip(' ?.!')} ({about})?"
    if english.ANOTHER_PAPER.search(question):
        return appended, names.others_with(papers[0])
    pointer = english.POINTER.search(pointing(question, names, listed=True))
    put = PUT_IN.get(pointer[0].lower()) if pointer else None
    if pointer and put is not None:
        return with_put(question, pointer.span(), about + put), papers[:1]
    return appended, papers[:1]


def _with_name(question: str, name: str) -> str:
    """The question with a name in its pronoun's place, if it has one."""
    pointer = english.PERSON_POINTER.search(question) or english.POINTER.search(question)
    if pointer is None:
        return question
    word = pointer[0].lower()
    put = PUT_IN.get(word, "" if english.PERSON_POINTER.fullmatch(word) else None)
    return question if put is None else with_put(question, pointer.span(), name + put)


def resolve_ordinal(question: str, history: History, names: Names) -> tuple[str, tuple[str, ...]] | None:
    """The question and the paper for ``the second one``; whatever papers the last turns list, those are counted."""
    ordinal = english.ORDINAL.search(question)
    if ordinal is None:
        return None
    listed = listed_last(history, names)
    if len(listed) < 2 and english.FIRST_OF_ALL.search(question):
        return None
    listed = listed if len(listed) > 1 else listed_before(history, names) or _in_turn(history, names) or listed
    place = english.place_counted(ordinal[1])
    if not -len(listed) <= place < len(listed):
        return None
    return with_put(question, ordinal.span(), names.label(listed[place])), (listed[place],)


def numbered_last(history: History, names: Names) -> dict[int, str]:
    """The papers that the last answer lists a line each, by their numbers; those of an earlier list by their places."""
    last = next((turn["content"] for turn in reversed(history) if turn["role"] == "assistant"), "")
    numbered: dict[int, str] = {}
    for line in last.splitlines():
        number = _NUMBER_AT_END.search(line)
        if number and BULLET.match(line) and (papers := papers_in({"role": "assistant", "content": line}, names)):
            numbered.setdefault(int(number[1]), papers[0])
    if len(numbered) > 1:
        return numbered
    listed = listed_before(history, names) or listed_last(history, names)
    return dict(enumerate(listed, 1)) if len(listed) > 1 else {}


def _swap(question: str, asked: str) -> str:
    """``What about words instead of sentences?`` after a question on sentences is that question on words."""
    match = english.INSTEAD.search(question)
    if match and match["old"].lower() in asked.lower():
        return re.sub(re.escape(match["old"]), match["new"], asked, flags=re.IGNORECASE)
    return ""


def with_put(question: str, span: tuple[int, int], words: str) -> str:
    """The question with words in the place of what points, and without its ``and`` or ``so``."""
    text = question[: span[0]] + words + question[span[1] :]
    return re.sub(r"^\W*(?:ok(?:ay)?|and|so|but)[\s,]+", "", text, flags=re.IGNORECASE)


def latest_spoken_of(
    question: str, history: History, names: Names, vocabulary: Vocabulary
) -> tuple[tuple[str, ...], str]:
    """What a question may point to, the latest first: the papers of a turn, or whom or what a question is about by
    name. A reply that names papers which nobody asked about says nothing of it; its question does."""
    for turn in reversed(history):
        if turn["role"] == "assistant" and english.NAMES_UNASKED.search(turn["content"]):
            continue
        if papers := papers_in(turn, names):
            return papers, ""
        if turn["role"] == "user" and (name := _subject(turn["content"], question, names, vocabulary)):
            return (), name
    return (), ""


def _subject(asked: str, question: str, names: Names, vocabulary: Vocabulary) -> str:
    """Whom or what a question that names no paper is about, as far as the next one may point to that."""
    asked = asked[:READ]
    named = names.find(asked)
    if english.PERSON_POINTER.search(question):
        persons = read_conditions(named.corrected, vocabulary, written_names(named)).persons
        if persons:
            return persons[0]
        if vocabulary.owner and (english.THE_AUTHOR.search(asked) or forms_of(vocabulary.owner).search(asked)):
            return vocabulary.owner
    whole = " ".join(named.unknown)  # of a name in several words, each is one
    return whole if whole in asked else next(iter(named.unknown), "")


def papers_in(turn: Turn, names: Names) -> tuple[str, ...]:
    """The papers that a turn names: neither who wrote one that stands there by its title names another, nor the topic
    that papers are on."""
    said = turn["content"]
    if turn["role"] == "assistant":
        said = _BYLINE_OR_TOPIC.sub(" ", said)
    return names.find(re.sub(r"\[(\d+)\]", " ", said)[:READ]).papers


def listed_last(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that names any."""
    return next(filter(None, (papers_in(turn, names) for turn in reversed(history))), ())


def listed_before(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that lists several, line by line."""
    lists = (turn for turn in reversed(history) if len(BULLET.findall(turn["content"])) > 1)
    return next((papers for turn in lists if len(papers := papers_in(turn, names)) > 1), ())


def named_together(turn: Turn, names: Names) -> tuple[str, ...]:
    """The papers that a turn is about: of an answer that quotes one paper, that one alone."""
    papers = papers_in(turn, names)
    several = max(len(pattern.findall(turn["content"])) for pattern in (BULLET, _BOLD)) > 1
    return papers if turn["role"] == "user" or several else papers[:1]


def last_together(history: History, names: Names) -> tuple[str, ...]:
    """The papers of the last turn that is about any."""
    return next(filter(None, (named_together(turn, names) for turn in reversed(history))), ())


def _in_turn(history: History, names: Names) -> tuple[str, ...]:
    """The papers of a conversation, one after the other."""
    return tuple(dict.fromkeys(key for turn in history for key in papers_in(turn, names)[:1]))


def last_two(history: History, names: Names) -> tuple[str, ...]:
    """Two papers that were spoken of together, or the last two that were spoken of; empty where more were listed."""
    spoken: list[str] = []
    for turn in reversed(history):
        papers = named_together(turn, names)
        if len(papers) == 2:
            return papers
        if len(papers) > 2:
            return ()
        spoken = [*spoken, *(key for key in papers if key not in spoken)]
        if len(spoken) == 2:
            return tuple(reversed(spoken))
    return ()
