"""Tasks that a paper works on: noun phrases such as "relation extraction"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from assistant.analysis.phrases import Sentence, head_kind
from assistant.english.data import OWN_SENTENCE
from assistant.english.facets import (
    EVALUATIVE,
    GENERIC_MODIFIERS,
    LANGUAGES,
    METHOD_NOUNS,
    PHRASE_STOPS,
    TASK_ENDINGS,
    TASKS_OF_ONE_WORD,
    VERBS_BEFORE_TASKS,
)
from assistant.words import stem

_WORD = re.compile(r"[^\W_]+(?:[-/][^\W_]+)*")
_LONGEST = 5
_NO_MODIFIER = (
    (METHOD_NOUNS - TASK_ENDINGS) | PHRASE_STOPS | EVALUATIVE | VERBS_BEFORE_TASKS | {"and", "or", "neural", "deep"}
)


def tasks(sentences: list[Sentence]) -> list[tuple[str, Sentence]]:
    """``(task, sentence that names it)``, in order.

    Of the title, of sentences that tell of the paper's own work, called a task, or named more than once.
    """
    found: dict[str, tuple[str, Sentence]] = {}
    counts: Counter[str] = Counter()
    sure: set[str] = set()
    for sentence in sentences:
        own = sentence.is_title or OWN_SENTENCE.search(sentence.text) is not None
        for words, called_task in _phrases(sentence.text):
            key = " ".join(stem(word) for word in words)
            found.setdefault(key, (" ".join(map(_small, words)), sentence))
            counts[key] += 1
            if own or called_task:
                sure.add(key)
    return [row for key, row in found.items() if key in sure or counts[key] > 1]


def _small(word: str) -> str:
    """A word without the capitals that titles give it; abbreviations keep theirs."""
    return "-".join(
        part.lower() if part[1:].islower() and part.lower() not in LANGUAGES else part for part in word.split("-")
    )


def _phrases(text: str) -> Iterator[tuple[list[str], bool]]:
    """The words of each phrase that ends as tasks do, and whether it is called a task."""
    listed = list(_WORD.finditer(text))
    gaps = [text[left.end() : right.start()] for left, right in pairwise(listed)]
    for at, match in enumerate(listed):
        ending = match[0].lower().rpartition("-")[2]
        following = listed[at + 1][0].lower() if at < len(gaps) and gaps[at] == " " else ""
        if ending not in TASK_ENDINGS or following in TASK_ENDINGS:
            continue
        first = at
        while first > 0 and at - first + 1 < _LONGEST and gaps[first - 1] == " " and _modifies(listed[first - 1][0]):
            first -= 1
        words = [word[0] for word in listed[first : at + 1]]
        while len(words) > 1 and (words[0].lower() in GENERIC_MODIFIERS or words[0].lower().endswith("ly")):
            words.pop(0)
        if len(words) > 1 or "-" in words[0] or words[0].lower() in TASKS_OF_ONE_WORD:
            yield words, head_kind([following]) == "task"


def _modifies(word: str) -> bool:
    return word.lower() not in _NO_MODIFIER and not head_kind([word]) and not word.isdigit()
