"""Datasets and methods over the years: where papers introduce them, and where they use or name them."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from assistant.analysis.facets import FacetKind
from assistant.analysis.figures import Dot, Span, spans
from assistant.analysis.phrases import is_name, short_form, squashed
from assistant.answers import find_term
from assistant.catalogue import Catalogue
from assistant.overview.finding import Finding, number_of, span_of
from assistant.papers import Paper

_MOST_SPANS = 20
"""Spans that are drawn; the rows hold all."""


@dataclass
class _Thing:
    """A dataset or a method with the dated papers that introduce it and those that use or name it, by key."""

    name: str
    made: dict[str, Paper] = field(default_factory=dict)
    met: dict[str, Paper] = field(default_factory=dict)

    @cached_property
    def by_year(self) -> dict[int, list[str]]:
        """The keys of all its papers in each of their years, the first year first."""
        found: dict[int, list[str]] = {}
        for paper in sorted({**self.made, **self.met}.values(), key=lambda paper: (paper.date or "", paper.key)):
            found.setdefault(paper.year or 0, []).append(paper.key)
        return found

    @property
    def papers(self) -> int:
        return sum(map(len, self.by_year.values()))

    @property
    def first(self) -> int:
        return next(iter(self.by_year))

    @property
    def last(self) -> int:
        return next(reversed(self.by_year))

    @property
    def has_name(self) -> bool:
        """Whether it goes by a name of its own: ``BERT``, and not ``a corpus of letters``."""
        return is_name(short_form(self.name).split())


def datasets_over_time(catalogue: Catalogue, papers: Sequence[Paper]) -> Finding | None:
    """The datasets that the papers introduce and use; None where there are not two, or all of one year."""
    things = _facets(catalogue, papers, "dataset", "dataset_used")
    made = sum(bool(thing.made) for thing in things)
    of_them = f"{made:,} of which they introduce" if made else "none of which they introduce"
    answer = f"The papers name {number_of(len(things), 'dataset')}, {of_them}"
    question = f"Which datasets were {'introduced and ' if made else ''}used, and when?"
    return _spanned("datasets-over-time", question, answer, "dataset", things, "used")


def methods_over_time(catalogue: Catalogue, papers: Sequence[Paper]) -> Finding | None:
    """The methods that have a name of their own, where they are introduced and where other papers name them; None where
    there are not two, or all of one year."""
    things = [thing for thing in _facets(catalogue, papers, "method") if thing.has_name]
    _meet(things, papers)
    again = sum(bool(thing.met) for thing in things)
    answer = f"The papers introduce {number_of(len(things), 'method')} by name"
    if things:
        year, number = Counter(thing.first for thing in things).most_common(1)[0]
        answer += f", {number:,} of them first in {year}"
    question = f"Which methods were introduced{', and which were named again' * bool(again)}?"
    return _spanned("methods-over-time", question, answer, "method", things, "named")


def _facets(
    catalogue: Catalogue, papers: Sequence[Paper], made: FacetKind, met: FacetKind | None = None
) -> list[_Thing]:
    """What dated papers introduce, and what they use; the spellings of a name are one."""
    found: dict[str, _Thing] = {}
    for paper in papers:
        if paper.year is None:
            continue
        for facet in catalogue.facets(paper.key, made, *([met] if met else [])):
            thing = found.setdefault(squashed(facet.name), _Thing(facet.name))
            (thing.made if facet.kind == made else thing.met)[paper.key] = paper
    return list(found.values())


def _meet(things: Sequence[_Thing], papers: Sequence[Paper]) -> None:
    """Note which other papers have the name of a thing in title or abstract."""
    by_word: dict[str, list[_Thing]] = {}
    for thing in things:
        by_word.setdefault(short_form(thing.name).split()[0].casefold(), []).append(thing)
    for paper in papers:
        if paper.year is None:
            continue
        words = set(_words(f"{paper.title} {paper.abstract}"))
        for thing in itertools.chain.from_iterable(by_word[word] for word in words & by_word.keys()):
            if paper.key not in thing.made and find_term(short_form(thing.name), paper):
                thing.met[paper.key] = paper


def _words(text: str) -> Iterator[str]:
    return (word.strip("()[],.;:!?\"'“”‘’") for word in text.casefold().split())


def _spanned(name: str, question: str, answer: str, noun: str, things: Sequence[_Thing], met: str) -> Finding | None:
    """A figure of the most telling things, and rows of all."""
    by_time = sorted(things, key=lambda thing: (thing.first, thing.last, thing.name.casefold()))
    chosen = {id(thing) for thing in _ranked(things)[:_MOST_SPANS]}
    shown = [thing for thing in by_time if id(thing) in chosen]
    rows = [Span(thing.name, tuple(_dots(thing))) for thing in shown]
    chart = spans(rows, title=question, label=noun, made="introduced", met=met)
    if chart is None:
        return None
    longest = max(by_time, key=lambda thing: (thing.last - thing.first, thing.papers))
    if longest.first < longest.last:
        answer += f"; the longest span is that of {longest.name}, {span_of(longest.first, longest.last)}"
    drawn = f"Drawn are {len(shown)} of {len(things):,}, those in most papers first; the table holds all."
    return Finding(
        name,
        question,
        f"{answer}.",
        chart,
        tuple(_row(noun, thing, met) for thing in by_time),
        tuple(tuple(keys) for thing in shown for keys in thing.by_year.values()),
        drawn if len(shown) < len(things) else "",
    )


def _ranked(things: Sequence[_Thing]) -> list[_Thing]:
    """Those in most papers first, then those with a name of their own; of equals one of each year, the latest first,
    before a second of any."""
    ranked = sorted(things, key=lambda thing: (not thing.made, -thing.first, thing.name))
    seen: Counter[tuple[int, bool, int]] = Counter()
    turns: dict[int, int] = {}
    for thing in ranked:
        kind = (thing.papers, thing.has_name, thing.first)
        turns[id(thing)] = seen[kind]
        seen[kind] += 1
    return sorted(ranked, key=lambda thing: (-thing.papers, not thing.has_name, turns[id(thing)]))


def _dots(thing: _Thing) -> Iterator[Dot]:
    for year, keys in thing.by_year.items():
        yield Dot(year, len(keys), any(key in thing.made for key in keys))


def _row(noun: str, thing: _Thing, met: str) -> Mapping[str, Any]:
    return {
        noun: thing.name,
        "first": thing.first,
        "last": thing.last,
        "papers": thing.papers,
        "introduced in": "; ".join(thing.made),
        f"{met} in": "; ".join(key for key in thing.met if key not in thing.made),
    }
