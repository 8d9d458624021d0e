"""The papers that a visitor's list shows: those that the chips choose and the search leaves, in order, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, get_args
from weakref import WeakKeyDictionary

from assistant.papers import Paper, clean
from assistant.surfaces.web.holdings import chosen
from assistant.words import folded

if TYPE_CHECKING:
    from assistant.catalogue import Catalogue
    from assistant.surfaces.web.desk import Desk
    from assistant.surfaces.web.visit import Choice, Visit

PAGE = 50
"""Papers of one page of the list."""

Column = Literal["title", "authors", "year", "venue", "code"]
COLUMNS: tuple[Column, ...] = get_args(Column)

_KEPT = "library"
"""The name under which a visit keeps its list."""


@dataclass(frozen=True, slots=True)
class PaperPages:
    """The papers of a list in order, and which page of them is seen, counted from 1. ``total`` is how many papers the
    library has."""

    asked: tuple[Catalogue, Choice, str, str]
    """What the list was made for: it is made anew where that is another."""
    papers: Sequence[Paper]
    total: int
    page: int = 1

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(0, len(self.papers) - 1) // PAGE + 1

    @property
    def start(self) -> int:
        """The place of the page's first paper."""
        return (self.page - 1) * PAGE

    @property
    def seen(self) -> Sequence[Paper]:
        """The papers of the page."""
        return self.papers[self.start : self.start + PAGE]


def pages_of(desk: Desk, visit: Visit) -> PaperPages:
    """The list as the visitor's place says it, at that page or the nearest that there is. The papers are kept, so that
    they are filtered and sorted once."""
    assistant, place = desk.assistant(visit), visit.place
    catalogue = assistant.chain.catalogue
    asked = (catalogue, place.choice, place.search, place.sort)
    kept = visit.kept.get(_KEPT)
    if not (isinstance(kept, PaperPages) and kept.asked == asked):
        papers = ordered(searched(catalogue, chosen(desk, visit), place.search), place.sort)
        kept = visit.kept[_KEPT] = PaperPages(asked, papers, len(assistant.library.papers))
    return replace(kept, page=min(place.page, kept.last))


def neighbours(desk: Desk, visit: Visit, key: str) -> tuple[Paper | None, Paper | None]:
    """The papers before and after one in the list; in that of the whole library where the list does not have it."""
    papers = pages_of(desk, visit).papers
    if all(paper.key != key for paper in papers):
        papers = ordered(list(desk.assistant(visit).library.papers.values()), visit.place.sort)
    place = next((place for place, paper in enumerate(papers) if paper.key == key), None)
    if place is None:
        return None, None
    return papers[place - 1] if place else None, papers[place + 1] if place + 1 < len(papers) else None


# ---- search

_WORDS: WeakKeyDictionary[Catalogue, Mapping[str, str]] = WeakKeyDictionary()
"""What is searched of each paper, by key, for as long as the library stays as it is."""


def searched(catalogue: Catalogue, papers: Sequence[Paper], search: str) -> Sequence[Paper]:
    """The papers that hold every word of the search in their title, authors, venue, category or abstract; case and
    accents aside."""
    wanted = folded(search).split()
    if not wanted:
        return papers
    words = _WORDS.get(catalogue)
    if words is None:
        words = _WORDS[catalogue] = {key: _words(paper) for key, paper in catalogue.library.papers.items()}
    return [paper for paper in papers if all(word in words[paper.key] for word in wanted)]


def _words(paper: Paper) -> str:
    authors = (author.name for author in paper.authors)
    said = (clean(paper.title), *authors, paper.venue, paper.category, paper.abstract)
    return folded("\n".join(filter(None, said)))


# ---- order


def ordered(papers: Sequence[Paper], sort: str) -> Sequence[Paper]:
    """The papers by a column, such as ``title`` or ``-year``, the newest first among equals and at first. What the
    column says nothing of comes last, either way."""
    newest = sorted(papers, key=lambda paper: paper.date or "", reverse=True)
    column, descending = sorted_by(sort)
    value = _VALUES[column]
    values = [(value(paper), paper) for paper in newest]
    known = [pair for pair in values if pair[0]]
    known.sort(key=itemgetter(0), reverse=descending)
    return [*(paper for _, paper in known), *(paper for text, paper in values if not text)]


def sorted_by(sort: str) -> tuple[Column, bool]:
    """The column that a list is sorted by, and whether its greatest comes first; by year where that is not said."""
    column = next((known for known in COLUMNS if known == sort.removeprefix("-")), None)
    return ("year", True) if column is None else (column, sort.startswith("-"))


def other_way(sort: str, column: Column) -> str:
    """The order that a press on a column's head leads to; empty for the newest first."""
    now, descending = sorted_by(sort)
    wanted = (not descending) if now == column else column == "year"
    return "" if (column, wanted) == ("year", True) else f"{'-' if wanted else ''}{column}"


def venue_of(paper: Paper) -> str:
    """Where it was published, else its category."""
    return paper.venue or paper.category or ""


def _first_author(paper: Paper) -> str:
    return folded(f"{paper.authors[0].family} {paper.authors[0].name}") if paper.authors else ""


_VALUES: Mapping[Column, Callable[[Paper], str]] = {
    "title": lambda paper: folded(clean(paper.title)),
    "authors": _first_author,
    "year": lambda paper: paper.date or "",
    "venue": lambda paper: folded(venue_of(paper)),
    "code": lambda paper: {True: "1 yes", False: "2 no", None: ""}[paper.has_code],
}
