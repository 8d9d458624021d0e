"""Markdown as it streams -> styled text: the emphasis, code and escaped characters that answers are written in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.rendering.text import visible

Span = tuple[str, str]
"""A stretch of text and its style: words out of ``bold``, ``italic``, ``cyan``."""

_TOKEN = re.compile(r"\\[!-/:-@\[-`{-~]|\*\*|[*`\\\n]|[^*`\\\n]+")


class Inline:
    """Reads the Markdown that answers are written in, piece by piece: emphasis, code and escaped characters."""

    def __init__(self) -> None:
        self._held = ""
        self._before = " "
        self._open: dict[str, bool] = {"**": False, "*": False, "`": False}

    def feed(self, piece: str) -> list[Span]:
        """The spans that are certain by now; a mark at the end waits for what follows it."""
        tokens = _TOKEN.findall(self._held + visible(piece))
        self._held = ""
        while tokens and tokens[-1] in ("*", "**", "\\"):
            self._held = tokens.pop() + self._held
        return list(self._spans(tokens, self._held[:1]))

    def finish(self) -> list[Span]:
        tokens, self._held = _TOKEN.findall(self._held), ""
        return list(self._spans(tokens, " "))

    def _spans(self, tokens: Sequence[str], after: str) -> Iterator[Span]:
        for place, token in enumerate(tokens, start=1):
            following = tokens[place] if place < len(tokens) else after
            if not self._toggled(token, following[:1]):
                yield self._plain(token)
            self._before = token[-1:]

    def _toggled(self, token: str, after: str) -> bool:
        """Whether the token is a mark: an opening one stands before a word, a closing one after one."""
        if token not in self._open or (self._open["`"] and token != "`"):
            return False
        if token != "`" and (self._before if self._open[token] else after or " ").isspace():
            return False
        self._open[token] = not self._open[token]
        return True

    def _plain(self, token: str) -> Span:
        if token == "\n":
            if self._before == "\n":  # emphasis ends with its paragraph
                self._open = dict.fromkeys(self._open, False)
            return token, ""
        escaped = len(token) == 2 and token[0] == "\\" and not self._open["`"]
        return token[1:] if escaped else token, self._style

    @property
    def _style(self) -> str:
        styles = {"**": "bold", "*": "italic", "`": "cyan"}
        return " ".join(style for mark, style in styles.items() if self._open[mark])


def inline(text: str) -> list[Span]:
    """A whole text's spans."""
    reader = Inline()
    return reader.feed(text) + reader.finish()


def plain_inline(text: str) -> str:
    """A whole text without its marks."""
    return "".join(piece for piece, _ in inline(text))
