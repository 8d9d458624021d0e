"""Which of the papers shown a sentence speaks of: by title, by what a paper is called, by first author and year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.english import grounding as english
from assistant.grounding.statements import fold, looks_coined, plain
from assistant.papers import Paper
from assistant.words import is_common

_TITLE_PART = re.compile(r"(?<=[:?!.])\s|\s[-–—]\s")
_FEWEST_WORDS = 4
"""Words of a title that nobody writes by chance."""
_SHORTEST_NAME = 3
_QUOTES = ('"', "“", "‘")
_WORD = re.compile(r"[^\W_]+")
_ET_AL = re.compile(
    r"(?P<surname>[^\W\d_]\w{1,40})(?P<others> et al\.?| and (?:colleagues|co-?authors|co-?workers|others))"
    r"(?:['’]s)?,?(?: \(?(?P<year>(?:19|20)\d\d)\)?)?"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name of papers in a sentence, and the sources that are passages of them.

    The name is the sentence's ``subject`` where it opens with it; it is its ``voice`` where the sentence says that
    these papers or their authors say so: "In the work on X, ...", "X et al. find ...".
    """

    text: str
    sources: frozenset[int]
    subject: bool
    voice: bool


class Papers:
    """The papers that were shown, by what they are called.

    Args:
        called: for each source its paper with the paper's further names.
    """

    def __init__(self, called: Sequence[tuple[Paper, Sequence[str]]]) -> None:
        names: dict[tuple[str, ...], set[int]] = {}
        self._written: set[str] = set()
        self._authors: list[tuple[frozenset[str], str]] = []
        for source, (paper, aliases) in enumerate(called):
            for name in _names(paper, aliases):
                names.setdefault(_words(name), set()).add(source)
                self._written.add(_squashed(name))
            first = paper.authors[0].name if paper.authors else ""
            self._authors.append((frozenset(_words(first)), str(paper.year or "")))
        self._sources = {words: frozenset(sources) for words, sources in names.items()}
        longest_first = sorted(names, key=lambda words: (-len(words), -sum(map(len, words))))
        alternatives = "|".join(r"\W{1,3}".join(map(re.escape, words)) for words in longest_first)
        self._pattern = re.compile(rf"(?<![\w-])(?:{alternatives})(?!\.?\w)") if names else None

    def named_in(self, sentence: str) -> list[Named]:
        """The papers that a sentence names; where names overlap, by the longest."""
        text = plain(sentence)
        return [Named(text[start:end], sources, *_role(text, start, end)) for start, end, sources in self._found(text)]

    def without_names(self, sentence: str) -> str:
        """The sentence with blanks for the names: a title "Comparing X and Y" compares nothing."""
        text = plain(sentence)
        for start, end, _ in self._found(text):
            text = text[:start] + " " * (end - start) + text[end:]
        return text

    def _found(self, text: str) -> Iterator[tuple[int, int, frozenset[int]]]:
        for match in self._pattern.finditer(_same_length(text)) if self._pattern else ():
            words, (start, end) = _words(match[0]), match.span()
            if len(words) >= _FEWEST_WORDS or _squashed(text[start:end]) in self._written:
                yield start, end, self._sources[words]
        for match in _ET_AL.finditer(text):
            (surname,) = _words(match["surname"])[:1]
            sources = frozenset(
                source
                for source, (names, year) in enumerate(self._authors)
                if surname in names and match["year"] in (None, year)
            )
            if sources:
                yield *match.span(), sources


def _names(paper: Paper, aliases: Sequence[str]) -> Iterator[str]:
    """Its title, the parts of it that it may be known by, and its names."""
    title = plain(paper.title)
    head, colon, _ = title.partition(": ")
    if colon and (len(head.split()) > 1 or looks_coined(head) or not is_common(head)):
        yield head
    yield from (part for part in [title, *_TITLE_PART.split(title)] if len(_words(part)) >= _FEWEST_WORDS)
    for name in aliases:
        if len(_words(name)) >= _FEWEST_WORDS or (len(name) >= _SHORTEST_NAME and looks_coined(name)):
            yield name


def _squashed(text: str) -> str:
    """A name as it is written, signs and blanks aside: short names are known by their capitals."""
    return "".join(_WORD.findall(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_same_length(text)))


def _same_length(text: str) -> str:
    """Folded, each character for one, so that places stay."""
    return "".join(low if len(low := fold(char)) == 1 else char for char in text)


def _role(text: str, start: int, end: int) -> tuple[bool, bool]:
    """Whether a name is a sentence's subject, and its voice."""
    before, after = text[:start], text[end:]
    if english.SAYS_WHO.fullmatch(before) or (english.OPENS.fullmatch(before) and english.SAYS_SO.match(after)):
        return True, True
    opens = english.OPENS.fullmatch(before) is not None
    return opens, opens and (before[-1:] in _QUOTES or _ET_AL.fullmatch(text, start, end) is not None)
