"""Papers over the years: their topics, their number, and whether code comes with them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.analysis.figures import MOST_SERIES, bars, numbered, stacked
from assistant.analysis.topics import OTHER
from assistant.answering.wording import counted, join, percent
from assistant.catalogue import Catalogue
from assistant.overview.finding import Finding, Keys, sentences, span_of
from assistant.papers import Paper

Groups = Mapping[str, Sequence[Paper]]
"""Papers by a value, in the order in which they are shown."""
Years = tuple[int, int]
"""The first and the last of a span."""

_MOST_YEARS = 60
"""Years that have a bar each; of longer spans, decades have."""
_CLEARLY = 1.96
"""The two-proportion z from which on a change of shares is told: 5 % significance, for one topic."""
_REST = "all others"
_NOT_SAID = "not said"


def topics_over_years(catalogue: Catalogue, papers: Sequence[Paper]) -> Finding | None:
    """The topics, largest first, in each year; None where there is one year or one topic."""
    dated = _dated(papers)
    groups = {str(group.value): group.papers for group in catalogue.group(dated, "topic")}
    named = {label: theirs for label, theirs in groups.items() if label != OTHER}
    periods = _Periods.of(dated)
    if not periods or not named or len(groups) < 2:
        return None
    answer = _shift(named, _Halves.of(dated))
    question = "How did the topics shift over the years?"
    return _stacked("topics-over-years", question, answer, groups, periods, _undated(papers))


def papers_by_year(papers: Sequence[Paper]) -> Finding | None:
    """How many papers each year has, of which categories, kinds or venues; None where there is one year."""
    dated = _dated(papers)
    periods = _Periods.of(dated)
    if not periods:
        return None
    sort, groups = _sorted_out(dated)
    question, answer = "How many papers came out each year", _busiest(dated, periods)
    if sort:
        first, theirs = next(iter(groups.items()))
        question += f", and {sort.asked}"
        answer += f"; of all {len(dated):,}, {len(theirs):,} {sort.told.format(first)}"
    return _stacked("papers-per-year", f"{question}?", f"{answer}.", groups, periods, _undated(papers))


def share_with_code(papers: Sequence[Paper]) -> Finding | None:
    """The share of papers with code, of those of which it is known; None where all of these have it, or none."""
    known = [paper for paper in _dated(papers) if paper.has_code is not None]
    groups = {said: [paper for paper in known if paper.has_code is has] for said, has in _CODE.items()}
    periods = _Periods.of(known)
    if not periods or not all(groups.values()):
        return None
    unknown = sum(paper.has_code is None for paper in papers)
    halves = _Halves.of(known)
    parts = zip(halves.counts(groups[_WITH]), halves.wholes, halves.spans, strict=True)
    shares = join([f"{part:,} of {whole:,} in {span_of(*span)}" for part, whole, span in parts])
    of = f"the {counted(len(known))}{' of which it is known' if unknown else ''}"
    answer = f"{percent(len(groups[_WITH]), len(known))} of {of} come with code: {shares}."
    left_out = f"Of {counted(unknown)} it is not known, and they are not counted." if unknown else ""
    question = "What share of the papers comes with code?"
    note = sentences((left_out, _undated(papers)))
    return _stacked("code-share", question, answer, groups, periods, note, share_of=_WITH)


_WITH = "with code"
_CODE = {_WITH: True, "without code": False}


# ---- periods


@dataclass(frozen=True, slots=True)
class _Periods:
    """Years without a gap, or decades where there are too many."""

    first: int
    last: int

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> _Periods | None:
        """From the first year of some papers to their last; None where that is one year."""
        years = [paper.year for paper in papers if paper.year is not None]
        return cls(min(years), max(years)) if len(set(years)) > 1 else None

    @property
    def width(self) -> int:
        return 1 if self.last - self.first < _MOST_YEARS else 10

    @property
    def labels(self) -> list[str]:
        numbers = range(self.first // self.width, self.last // self.width + 1)
        return [self.label(number * self.width) for number in numbers]

    def label(self, year: int) -> str:
        return str(year) if self.width == 1 else f"{year // self.width * self.width}s"

    def sort(self, papers: Iterable[Paper]) -> dict[str, Keys]:
        """The keys of papers in each period; those without a date are in none."""
        found: dict[str, list[str]] = {label: [] for label in self.labels}
        for paper in papers:
            if paper.year is not None:
                found[self.label(paper.year)].append(paper.key)
        return {label: tuple(keys) for label, keys in found.items()}


@dataclass(frozen=True, slots=True)
class _Halves:
    """The years of early papers and of late ones, with nearly as many papers in each as whole years allow."""

    spans: tuple[Years, Years]
    wholes: tuple[int, int]

    @classmethod
    def of(cls, papers: Iterable[Paper]) -> _Halves:
        """Of papers from at least two years."""
        years = sorted(paper.year for paper in papers if paper.year is not None)
        cuts = sorted(set(years))[1:]
        cut = min(cuts, key=lambda year: abs(2 * _before(years, year) - len(years)))
        early = _before(years, cut)
        return cls(((years[0], years[early - 1]), (cut, years[-1])), (early, len(years) - early))

    def counts(self, papers: Iterable[Paper]) -> tuple[int, int]:
        """How many papers of a group are in each."""
        cut = self.spans[1][0]
        years = [paper.year for paper in papers if paper.year is not None]
        early = _before(years, cut)
        return early, len(years) - early

    def change(self, papers: Iterable[Paper]) -> float:
        """How clearly a group's share rose: the z of two proportions with a pooled variance, below 0 where it fell."""
        (before, after), (early, late) = self.counts(papers), self.wholes
        share = (before + after) / (early + late)
        spread = math.sqrt(share * (1 - share) * (1 / early + 1 / late))
        return (after / late - before / early) / spread if spread else 0.0


def _before(years: Sequence[int], cut: int) -> int:
    return sum(year < cut for year in years)


def _dated(papers: Iterable[Paper]) -> list[Paper]:
    return [paper for paper in papers if paper.year is not None]


def _undated(papers: Sequence[Paper]) -> str:
    number = len(papers) - len(_dated(papers))
    return f"{counted(number)} without a date {'is' if number == 1 else 'are'} left out." if number else ""


# ---- what the numbers say


def _shift(groups: Groups, halves: _Halves) -> str:
    """Which topic grew most clearly from the early papers to the late ones, and which gave way."""
    (early, late), (of_early, of_late) = halves.spans, halves.wholes
    grown = max(groups, key=lambda name: halves.change(groups[name]))
    fallen = min(groups, key=lambda name: halves.change(groups[name]))
    grew, fell = halves.change(groups[grown]) >= _CLEARLY, halves.change(groups[fallen]) <= -_CLEARLY

    def told(name: str) -> str:
        before, after = halves.counts(groups[name])
        start = f"from {before:,} of {counted(of_early)} in {span_of(*early)}"
        return f"{start} to {after:,} of {of_late:,} in {span_of(*late)}"

    if grew and fell:
        before, after = halves.counts(groups[fallen])
        gave_way = f"{fallen} fell from {before:,} of {of_early:,} to {after:,} of {of_late:,}"
        return f"Work on {grown} grew {told(grown)}, while {gave_way}."
    if grew or fell:
        return f"Work on {grown} grew {told(grown)}." if grew else f"Work on {fallen} fell {told(fallen)}."
    largest = max(groups, key=lambda name: len(groups[name]))
    return f"No topic clearly grew or fell: {largest} went {told(largest)}."


@dataclass(frozen=True, slots=True)
class _Sort:
    """What papers are told apart by, how it is asked, and how it is told of some."""

    of: Callable[[Paper], str | None]
    asked: str
    told: str


_KINDS = {
    "article": "journal article",
    "inproceedings": "conference paper",
    "conference": "conference paper",
    "incollection": "book chapter",
    "inbook": "book chapter",
    "phdthesis": "PhD thesis",
    "mastersthesis": "master’s thesis",
    "techreport": "technical report",
}
"""BibTeX's words for a reader."""
_SORTS = (
    _Sort(lambda paper: paper.category, "in which categories", "are in {}"),
    _Sort(lambda paper: _KINDS.get(paper.kind or "", paper.kind), "of which kinds", "are of the kind “{}”"),
    _Sort(lambda paper: paper.venue, "at which venues", "appeared at {}"),
)


def _sorted_out(papers: Sequence[Paper]) -> tuple[_Sort | None, Groups]:
    """The papers by category, else by kind of publication, else by venue; together where most have none, or each one
    of its own."""
    for sort in _SORTS:
        groups: dict[str, list[Paper]] = {}
        for paper in papers:
            groups.setdefault(sort.of(paper) or "", []).append(paper)
        without = groups.pop("", [])
        if len(groups) < 2 or 2 * max(len(without), len(groups)) > len(papers):
            continue
        ranked = dict(sorted(groups.items(), key=lambda group: (-len(group[1]), group[0])))
        return sort, {**ranked, **({_NOT_SAID: without} if without else {})}
    return None, {"papers": papers}


def _busiest(papers: Sequence[Paper], periods: _Periods) -> str:
    """When most papers came out."""
    numbers = {label: len(keys) for label, keys in periods.sort(papers).items()}
    most = max(numbers.values())
    best = [label for label, number in numbers.items() if number == most]
    if len(best) > 3:
        unit = "years" if periods.width == 1 else "decades"
        return f"{len(best)} of {len(numbers)} {unit} have {counted(most)}, and none has more"
    return f"Most came out in {'the ' * (periods.width > 1)}{join(best)}: {counted(most)}{' each' * (len(best) > 1)}"


# ---- the figure and its rows


def _stacked(
    name: str, question: str, answer: str, groups: Groups, periods: _Periods, note: str, *, share_of: str = ""
) -> Finding | None:
    """A bar a period, a part a group. In the rows, which are periods, ``share_of`` is the group whose share is told."""
    shown = {value: periods.sort(theirs) for value, theirs in _merged(groups).items()}
    counts = {value: [len(keys) for keys in cells.values()] for value, cells in shown.items()}
    if len(counts) > 1:
        chart = stacked(periods.labels, counts, title=question, label="year")
    else:
        chart = bars(periods.labels, *counts.values(), title=question, label="year", over_time=True)
    if chart is None:
        return None
    keys = tuple(keys for cells in shown.values() for keys in cells.values())
    return Finding(name, question, answer, numbered(chart), _rows(groups, periods, share_of), keys, note)


def _rows(groups: Groups, periods: _Periods, share_of: str) -> tuple[Mapping[str, Any], ...]:
    cells = {value: periods.sort(theirs) for value, theirs in groups.items()}
    rows = []
    for label in periods.labels:
        counts = {value: len(found[label]) for value, found in cells.items()}
        row: dict[str, Any] = {"year" if periods.width == 1 else "decade": label, **counts}
        row["papers"] = sum(counts.values())
        if share_of:
            row["share"] = round(counts[share_of] / row["papers"], 4) if row["papers"] else None
        rows.append(row)
    return tuple(rows)


def _merged(groups: Groups) -> Groups:
    """As many groups as there are colours: the first ones, and all others, with the papers of no topic, as the last."""
    named = [value for value in groups if value != OTHER]
    rest = [value for value in groups if value == OTHER]
    if len(groups) > MOST_SERIES:
        named, rest = named[: MOST_SERIES - 1], [*named[MOST_SERIES - 1 :], *rest]
    shown = {value: groups[value] for value in named}
    if len(rest) > 1:
        return {**shown, _REST: [paper for value in rest for paper in groups[value]]}
    return {**shown, **{value: groups[value] for value in rest}}
