"""Where a quote stands in a text: always an exact span of it, however loosely the quote was copied."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter

Span = tuple[int, int]

_WORD = re.compile(r"[^\W_]+")
_OVERLAP = 0.8
"""The share of a quote's words that a run of the text must have at least."""
_FEWEST, _MOST = 5, 400
"""How many words a quote has that is looked for by its words: fewer are found anywhere."""
_SLACK = 1.25
"""How much longer than the quote a run may be."""


def find_span(quote: str, text: str) -> Span | None:
    """Where a quote stands: exactly, else by its letters alone, else where most of its words stand together.

    The time is linear in the text's length in each of the three.
    """
    return find_copy(quote, text) or _find_by_words(quote, text)


def find_copy(quote: str, text: str) -> Span | None:
    """Where a quote stands exactly, or by its letters and digits alone, so that case, accents, ligatures, hyphens,
    blanks and quotation marks do not count."""
    quote = quote.strip()
    start = text.find(quote) if quote else -1
    if start >= 0:
        return start, start + len(quote)
    wanted, _ = _letters(quote)
    letters, places = _letters(text)
    start = letters.find(wanted) if wanted else -1
    return (places[start], places[start + len(wanted) - 1] + 1) if start >= 0 else None


def _letters(text: str) -> tuple[str, list[int]]:
    """A text's letters and digits, folded, with the place of each."""
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char.isascii():
            if char.isalnum():
                letters.append(char.lower())
                places.append(place)
            continue
        for part in unicodedata.normalize("NFKD", char.casefold()):
            if part.isalnum():
                letters.append(part)
                places.append(place)
    return "".join(letters), places


def _find_by_words(quote: str, text: str) -> Span | None:
    """The shortest run of words that has most of the quote's, each as often as the quote at most."""
    wanted = Counter(_letters(match[0])[0] for match in _WORD.finditer(quote))
    total = wanted.total()
    if not _FEWEST <= total <= _MOST:
        return None
    found = [match for match in _WORD.finditer(text) if _letters(match[0])[0] in wanted]
    words = [_letters(match[0])[0] for match in found]
    # A run is counted by all its words, so that one scattered over a page is none.
    places = [match.start() for match in _WORD.finditer(text)]
    ranks = [bisect_right(places, match.start()) for match in found]
    held: Counter[str] = Counter()
    best: tuple[int, int, Span] | None = None
    first = shared = 0
    for last, word in enumerate(words):
        held[word] += 1
        shared += held[word] <= wanted[word]
        while ranks[last] - ranks[first] >= _SLACK * total or held[words[first]] > wanted[words[first]]:
            held[words[first]] -= 1
            shared -= held[words[first]] < wanted[words[first]]
            first += 1
        length = ranks[last] - ranks[first]
        if shared >= _OVERLAP * total and (best is None or (shared, -length) > best[:2]):
            best = (shared, -length, (found[first].start(), found[last].end()))
    return best[2] if best else None
