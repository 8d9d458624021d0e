"""How much of a question's wording stands in each of some texts, by runs of letters, so that word forms matter less."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

_RUN = 4
_MOST_RUNS = 400
_MOST_CHARACTERS = 4_000  # a title with its abstract; in a full text nearly every run stands somewhere
_WORD = re.compile(r"\w+")


def shares(question: str, texts: Sequence[str]) -> list[float]:
    """For each text, the share of the question's runs of four letters that stand in its beginning, in [0, 1].

    A run weighs by how few of these texts have it, as a word does in BM25, so what all of them say tells nothing. A
    shorter word is one run.
    """
    beginnings = [text[:_MOST_CHARACTERS].lower() for text in texts]
    found, total = [0.0] * len(texts), 0.0
    for run in list(dict.fromkeys(_runs(question)))[:_MOST_RUNS]:
        holders = [place for place, beginning in enumerate(beginnings) if run in beginning]
        weight = _rarity(len(holders), len(texts))
        total += weight
        for place in holders:
            found[place] += weight
    return [share / total for share in found] if total else found


def _runs(question: str) -> Iterator[str]:
    for word in _WORD.findall(question.lower()):
        yield from (word[start : start + _RUN] for start in range(max(1, len(word) - _RUN + 1)))


def _rarity(having: int, of: int) -> float:
    return math.log(1 + (of - having + 0.5) / (having + 0.5))
