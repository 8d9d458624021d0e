"""What a visitor's library holds, and which of it they chose: counted once for as long as neither changes, since every
click draws from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from assistant.papers import Paper
from assistant.surfaces.web.visit import Choice

if TYPE_CHECKING:
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Visit

_PEOPLE = 300
"""Names that are kept, those of most papers."""
_KEPT = "chosen"
"""The name under which a visit keeps its choice."""

Counted = Sequence[tuple[str, int]]
"""Names, each with how many papers have it."""


class Holdings:
    """What is counted over all papers of a library, each when it is first asked for."""

    def __init__(self, papers: Mapping[str, Paper]) -> None:
        self.papers = papers
        self.topics: Counted = ()
        """Empty as long as they are being found."""

    @cached_property
    def years(self) -> Mapping[int, int]:
        """How many papers each year has, the years in order."""
        return dict(sorted(Counter(paper.year for paper in self.papers.values() if paper.year).items()))

    @cached_property
    def categories(self) -> Counted:
        return Counter(paper.category for paper in self.papers.values() if paper.category).most_common()

    @cached_property
    def people(self) -> Counted:
        names = (author.name for paper in self.papers.values() for author in paper.authors)
        return Counter(names).most_common(_PEOPLE)

    @cached_property
    def coded(self) -> int:
        """Papers with code."""
        return sum(paper.has_code is True for paper in self.papers.values())

    @cached_property
    def told(self) -> int:
        """Papers of which it is known whether there is code."""
        return sum(paper.has_code is not None for paper in self.papers.values())

    @cached_property
    def extent(self) -> str:
        """How many papers, of which years."""
        years = list(self.years)
        span = "" if not years else f", {years[0]}" if years[0] == years[-1] else f", {years[0]} to {years[-1]}"
        return (number_of_papers(len(self.papers)) if self.papers else "no papers") + span


def number_of_papers(count: int) -> str:
    return "1 paper" if count == 1 else f"{count:,} papers"


_HELD: WeakKeyDictionary[Desk, dict[str, Holdings]] = WeakKeyDictionary()
"""By library, as it last was; visitors share it."""


def holdings(desk: Desk, visit: Visit) -> Holdings:
    """What the visitor's library holds."""
    library = desk.assistant(visit).library
    kept, papers = _HELD.setdefault(desk, {}), library.papers
    if library.name not in kept or kept[library.name].papers is not papers:
        kept[library.name] = Holdings(papers)
    return kept[library.name]


def topics(desk: Desk, visit: Visit) -> Counted:
    """The topics of the library, most papers first; none as long as they are being found."""
    held = holdings(desk, visit)
    if not held.topics:
        held.topics = [(label, len(keys)) for label, keys in desk.topics(visit)]
    return held.topics


# ---- what of it is chosen


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The papers of a choice, out of a library as it was."""

    of: Mapping[str, Paper]
    choice: Choice
    papers: Sequence[Paper]


def chosen(desk: Desk, visit: Visit) -> Sequence[Paper]:
    """The papers that the visitor chose, all where nothing is chosen."""
    papers, choice = desk.assistant(visit).library.papers, visit.place.choice
    kept = visit.kept.get(_KEPT)
    if not (isinstance(kept, _Chosen) and kept.of is papers and kept.choice == choice):
        kept = visit.kept[_KEPT] = _Chosen(papers, choice, desk.papers(visit))
    return kept.papers


def conditions(choice: Choice) -> list[str]:
    """The names of the conditions that a choice sets."""
    return [field.name for field in fields(Choice) if getattr(choice, field.name) != field.default]


def without(choice: Choice, name: str) -> Choice:
    """A choice without one of its conditions."""
    return replace(choice, **{name: getattr(Choice(), name)})


def ways_out(desk: Desk, visit: Visit) -> Iterable[tuple[str, int]]:
    """Of a choice that no paper meets: the conditions that can be taken off so that some do, each with how many."""
    for name in conditions(visit.place.choice):
        looser = replace(visit.place, choice=without(visit.place.choice, name))
        count = len(desk.assistant(visit).papers(desk.filters_of(looser)))
        if count:
            yield name, count
