"""Putting an answer together: every sentence with its citation, markers numbered as they come."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.answers import Citation
from assistant.papers import Paper, clean
from assistant.rendering import escape

_WORD = re.compile(r"\S+\s*|\s+")


def named(paper: Paper) -> str:
    """The paper as an answer calls it: its title in bold, who and when."""
    byline = f" ({paper.byline})" if paper.byline else ""
    return f"**{escape(clean(paper.title))}**{byline}"


def word_by_word(text: str) -> Iterator[str]:
    """A text as it is streamed: each word with the white space behind it; a marker such as ``[1]`` is a word."""
    yield from (match[0] for match in _WORD.finditer(text))


class Draft:
    """Collects the parts of an answer's text and the citations that they carry."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.citations: list[Citation] = []
        self._markers: dict[tuple[str, int, int], int] = {}

    def cited_in(self, text: str) -> tuple[Citation, ...]:
        """What the markers that :meth:`cite` gave stand for, as far as they are in a text."""
        return tuple(citation for citation in self.citations if f"[{citation.marker}]" in text)

    def say(self, text: str) -> None:
        """Words of our own that state nothing of a paper."""
        self.parts.append(text)

    def cite(self, paper: Paper, start: int, end: int) -> str:
        """The marker for a span; one span has one marker."""
        return f"[{self.number(paper, start, end)}]"

    def number(self, paper: Paper, start: int, end: int) -> int:
        """The number of the marker for a span."""
        span = (paper.key, start, end)
        if span not in self._markers:
            self._markers[span] = len(self.citations) + 1
            quote = paper.text[start:end]
            self.citations.append(Citation(self._markers[span], paper, paper.section_at(start), start, end, quote))
        return self._markers[span]

    def quote(self, paper: Paper, start: int, end: int) -> str:
        """A sentence of a paper as it stands there, shown clean, with its marker."""
        return f"{escape(clean(paper.text[start:end]))} {self.cite(paper, start, end)}"

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()
