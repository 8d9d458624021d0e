"""Rows of a page -> text: words that a line's end cut are whole again, and each stretch knows its page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.sources.pdf_layout import Line, Row
from assistant.words import is_common

_CUT_WORD = re.compile(r"([^\W\d_]+(?:[-‐][^\W\d_]+)*)[-‐\xad]$")
_REST = re.compile(r"[^\W\d_]+")
_SUSPENDED = re.compile(r"(?:and|or|to|und|oder|et|ou|y|o)\b")
_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_LINK_GOES_ON = re.compile(r"(?:https?://|www\.|doi\.org/)\S*[/_=&-]$", re.IGNORECASE)
_HYPHENS = "-‐\xad"


@dataclass(frozen=True, slots=True)
class Text:
    """``pages`` are pairs ``(offset, page)``: from that offset on, it stands on that page."""

    text: str
    pages: tuple[tuple[int, int], ...]

    def cut(self, start: int) -> Text:
        """What stands from ``start`` on."""
        before = [page for offset, page in self.pages if offset <= start]
        after = [(offset - start, page) for offset, page in self.pages if offset > start]
        return Text(self.text[start:], ((0, before[-1]), *after))


class Healer:
    """Joins lines. Whether a hyphen at a line's end is the word's own, the rest of the document tells."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._words: set[str] = set()
        for line in lines:
            words = _WORD.findall(line.text)
            if line.text[-1:] in tuple(_HYPHENS):
                words = words[:-1]
            self._words.update(word.casefold().replace("‐", "-") for word in words[1:])

    def joined(self, rows: Sequence[Row], marks: Mapping[int, Collection[str]] | None = None) -> Text:
        """The rows as one paragraph, without the superscripts that point to notes: ``marks`` has those of each page."""
        text, pages = "", [(0, rows[0].page)]
        for row in rows:
            piece = " ".join(
                shown for cell in row.cells if (shown := without_marks(cell, (marks or {}).get(row.page, ())))
            )
            text, start = self.appended(text, piece)
            if row.page != pages[-1][1]:
                pages.append((start, row.page))
        return Text(text, tuple(pages))

    def appended(self, text: str, piece: str) -> tuple[str, int]:
        """A text with one more line, and where that line begins in it."""
        piece = piece.strip()
        if not text or not piece:
            return text + piece, len(text)
        if text[-1] == "\xad" or (text[-1] in _HYPHENS and not _LINK_GOES_ON.search(text[-300:])):
            text = self._at_hyphen(text, piece)
        elif not _LINK_GOES_ON.search(text[-300:]) and not (_is_unspaced(text[-1]) and _is_unspaced(piece[0])):
            text += " "
        return text + piece, len(text)

    def _at_hyphen(self, text: str, piece: str) -> str:
        cut, rest = _CUT_WORD.search(text[-80:]), _REST.match(piece)
        if not rest:
            return text if piece[0].isdigit() and cut else text + " "
        if _SUSPENDED.match(piece):
            return text + " "
        if not cut:
            return text
        return text if self._keeps_hyphen(cut[1], rest[0]) else text[:-1]

    def _keeps_hyphen(self, left: str, right: str) -> bool:
        """Whether ``left-right`` is how the word is written: ``state-of-the-`` ``art``, not ``repre-`` ``sent``."""
        whole, compound = (left + right).casefold(), f"{left}-{right}".casefold()
        if whole in self._words or compound in self._words:
            return compound in self._words and whole not in self._words
        if right[0].isupper():
            return True
        if "-" in left:
            return True
        if is_common(whole):
            return False
        return min(len(left), len(right)) > 2 and is_common(left) and is_common(right)


def without_marks(line: Line, marks: Collection[str]) -> str:
    """A line's text without the superscripts that point to footnotes; those of numbers, symbols and units stay."""
    if not marks:
        return line.text
    before = ["", *(word.text for word in line.words)]
    kept = [
        word
        for word, last in zip(line.words, before, strict=False)
        if not (line.raises(word) and word.text in marks and _MAY_BEAR_A_MARK.search(last))
    ]
    if len(kept) == len(line.words):
        return line.text
    return Line(kept).text if kept else ""


_MAY_BEAR_A_MARK = re.compile(r"[^\W\d_]{4}$|[.,;:!?)\]\"”’]$")


def _is_unspaced(character: str) -> bool:
    """Whether a script that sets no blanks between words has it: Chinese and Japanese."""
    return "\u3040" <= character <= "\u30ff" or "\u3400" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"
