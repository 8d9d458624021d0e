"""Patterns: what words of a question or of a sentence are known by."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator

Match = re.Match[str]


class Cue:
    """A regular expression that is compiled at its first use: all of them at once would delay every start."""

    __slots__ = ("_compiled", "_flags", "pattern")

    def __init__(self, pattern: str, flags: re.RegexFlag) -> None:
        self.pattern = pattern
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self.pattern, self._flags)
        return self._compiled

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> Match | None:
        return (self._compiled or self.compiled).search(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> Match | None:
        return (self._compiled or self.compiled).match(text, start, end)

    def fullmatch(self, text: str) -> Match | None:
        return (self._compiled or self.compiled).fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[Match]:
        return (self._compiled or self.compiled).finditer(text, start, end)

    def sub(self, instead: str | Callable[[Match], str], text: str, count: int = 0) -> str:
        return (self._compiled or self.compiled).sub(instead, text, count)

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        return (self._compiled or self.compiled).split(text, maxsplit)


Pattern = re.Pattern[str] | Cue


def cue(*alternatives: str, flags: re.RegexFlag = re.IGNORECASE) -> Cue:
    """A pattern that matches any of the alternatives."""
    return Cue("|".join(alternatives), flags)


def is_torn(match: re.Match[str]) -> bool:
    """Whether what is found is only a part of a word with hyphens."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(re.search(r"\w-$", before) or re.match(r"-\w", after)) and bool(re.fullmatch(r"\w.*\w|\w", match[0]))
