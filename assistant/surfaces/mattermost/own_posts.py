"""What we posted ourselves lately: a webhook that watches a whole channel may be told of it, and would ask it."""

from __future__ import annotations

from collections import deque

_REMEMBERED = 100
"""Posts; an echo comes within seconds."""
_PART = 1_000
"""Characters from which on a text counts as a part of a post that Mattermost cut."""


class OwnPosts:
    def __init__(self) -> None:
        self._texts: deque[str] = deque(maxlen=_REMEMBERED)

    def add(self, text: str) -> None:
        self._texts.append(_compared(text))

    def holds(self, text: str) -> bool:
        """Whether a post is one of ours, or a long part of one."""
        text = _compared(text)
        return text in self._texts or (len(text) >= _PART and any(text in own for own in self._texts))


def _compared(text: str) -> str:
    return " ".join(text.split())
