"""Finding: a question about a set of papers, its answer, and the figure whose marks lead to papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assistant import exporting
from assistant.answers import Chart

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A question about a set of papers, answered.

    ``name`` is short and fit for an address. ``rows`` are what the figure shows, in full. ``keys[n]`` are the papers
    behind mark ``n`` of the chart, whose traces hold these numbers as ``ids``. ``note`` says what the figure leaves
    out.
    """

    name: str
    question: str
    answer: str
    chart: Chart
    rows: tuple[Mapping[str, Any], ...]
    keys: tuple[Keys, ...]
    note: str = ""

    def behind(self, mark: str) -> Keys:
        """The papers behind a mark, told by its number as a page sends it; none where there is no such mark."""
        known = mark.isascii() and mark.isdecimal() and int(mark) < len(self.keys)
        return self.keys[int(mark)] if known else ()

    def to_csv(self) -> str:
        return exporting.to_csv(self.rows)


def number_of(number: int, noun: str) -> str:
    """``1 dataset``, ``24 datasets``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def span_of(first: int, last: int) -> str:
    """``2019``, ``2019–2021``."""
    return str(first) if first == last else f"{first}–{last}"


def sentences(parts: Iterable[str]) -> str:
    """The parts that say something, one after the other."""
    return " ".join(filter(None, parts))
