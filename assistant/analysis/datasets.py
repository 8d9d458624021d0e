"""Data sets, corpora, knowledge bases and benchmarks that a paper works with, by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.analysis.phrases import Sentence, is_field_word, is_name
from assistant.english.cues import Pattern
from assistant.english.data import (
    CITATION,
    CONSULTED,
    CONTRASTED,
    DATA_AFTER,
    DATA_BEFORE,
    DERIVED,
    EVALUATED,
    FREE_AFTER,
    NAMED_DATA,
    SOURCE_PHRASES,
    SOURCES,
    TASK_AFTER,
    TITLE_NAMES,
)
from assistant.english.general import FUNCTION_WORDS, PAPER_WORDS
from assistant.mentions import looks_coined
from assistant.words import is_common

_PART = r"(?:[A-Z][\w’'&!?@/+.-]*[\w!?]|[A-Z]|[a-z]{1,4}[A-Z]\w*|\d+[A-Z]\w*|#\w+)"
_NAME = re.compile(rf"(?<![\w-]){_PART}(?:\s(?:(?:of)\s(?:the\s)?)?(?:{_PART}|\d[\d.]*\b(?!%)|v\d[\d.]*\b|\d{{4}}\b))*")
_JOIN = re.compile(
    r"\s*(?:,\s*and|,\s*or|,|and|or|&|/|as well as|\))\s+(?:the\s+|on\s+|on the\s+|in\s+|both\s+)?[\"“]?$"
)


_STUDY_OF = re.compile(
    r"^.*\b(?:Study|Survey|Analysis|Evaluation|Comparison|Results|Experience|Data)\s(?:of|from|on|in)\s(?:the\s)?"
)
_REACH = 200
_LETTERS = re.compile(r"[A-Za-z]{2}")
_AMOUNT = re.compile(r"\d+(?:[KMB]|GB|MB|TB)\b")
_BRACKETED = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Used:
    """A name that stands where a data set stands."""

    name: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    start: int
    end: int


def used_datasets(sentence: Sentence, own: bool) -> Iterator[Used]:
    """Names in a sentence that stand for data; ``own`` says that the sentence tells of this paper's work."""
    text = CITATION.sub(lambda match: " " * len(match[0]), sentence.text)
    taken: list[tuple[int, int]] = []
    for pattern in (SOURCE_PHRASES, NAMED_DATA):
        for match in pattern.finditer(text):
            name = _STUDY_OF.sub("", match[0].removeprefix("The ")).strip()
            if sentence.is_title and not TITLE_NAMES.search(text[: match.end() - len(name)]):
                continue
            if (own or sentence.is_title) and not any(s < match.end() and match.start() < e for s, e in taken):
                taken.append(match.span())
                yield Used(name, sentence)
    if sentence.is_title:
        return
    for group in _groups(text):
        names = [name for name in group if not any(s < name.end and name.start < e for s, e in taken)]
        yield from _judged(text, group, names, sentence, own)


def _groups(text: str) -> Iterator[list[_Name]]:
    """Names that are listed together: ``A, B and C``."""
    group: list[_Name] = []
    for match in _NAME.finditer(text):
        words = match[0].split()
        dropped = 0
        while words and (words[0].lower() in FUNCTION_WORDS or words[0].lower() in PAPER_WORDS):
            dropped += len(words[0]) + 1
            words.pop(0)
        if not words:
            continue
        name = _Name(" ".join(words), match.start() + dropped, match.end())
        between = _BRACKETED.sub(" ", text[group[-1].end : name.start]) if group else ""
        if group and _JOIN.fullmatch(between):
            group.append(name)
        else:
            if group:
                yield group
            group = [name]
    if group:
        yield group


def _judged(text: str, group: list[_Name], names: list[_Name], sentence: Sentence, own: bool) -> Iterator[Used]:
    before, after = text[: group[0].start], text[group[-1].end :]

    def precedes(cues: Pattern) -> re.Match[str] | None:
        return cues.search(text, max(0, group[0].start - _REACH), group[0].start)

    following = DATA_AFTER.match(after)
    if following and len(group) == 1 and following["noun"].endswith(("s", "corpora")) and not before.endswith("the "):
        following = None  # "a lack of X datasets": data of a kind
    called = following is not None or (precedes(DATA_BEFORE) is not None and not precedes(CONTRASTED))
    free = FREE_AFTER.match(after) is not None
    tested = precedes(EVALUATED) is not None
    evaluated, tasked = tested and free, tested and TASK_AFTER.match(after) is not None
    derived = precedes(DERIVED) is not None and free
    consulted = precedes(CONSULTED) is not None and free
    for name in names:
        words = name.text.split()
        coined = looks_coined(name.text.replace(" ", "-")) or (
            len(words) == 1 and not all(is_common(part) for part in name.text.split("-"))
        )
        if name.text in SOURCES:
            if own:
                yield Used(name.text, sentence)
            continue
        if is_field_word(name.text) or not is_name(words) or not _LETTERS.search(name.text) or _AMOUNT.match(name.text):
            continue
        if len(words) == 1 and not coined and (name.start == 0 or (following and is_common(name.text))):
            continue
        if not coined and (re.search(r"\ban?\s(?:\w+\s)?$", before) if called else re.search(r"-[a-z]", name.text)):
            continue  # "a Gothic corpus"; "Part-of-Speech"
        evaluated = evaluated or (tasked and coined)
        if (called and (own or evaluated)) or (own and (evaluated or (coined and (consulted or derived)))):
            yield Used(name.text, sentence)
