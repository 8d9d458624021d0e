"""Catalogue: what code counts over. The papers with their facets, topics and persons, chosen by filters, grouped.

Nothing here is a guess about one question: a set of papers is chosen, and each comes with the span that shows why.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, islice
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from assistant.analysis.facets import Facet, FacetKind
from assistant.analysis.person_names import KnownNames
from assistant.analysis.topics import Topics, find_topics
from assistant.answers import Dimension, Filters, find_term
from assistant.english.general import ATTRIBUTES
from assistant.ingesting import Progress
from assistant.kinds_of_paper import KINDS, shows_kind
from assistant.library import Library, store_errors
from assistant.namesakes import Apart, Namesakes
from assistant.paper_vectors import paper_vectors
from assistant.papers import AUTHORS, LISTING, TITLE, Paper
from assistant.relevance import Relevance, Topical, on_topic
from assistant.retrieval import Retriever
from assistant.words import folded
from vectorstore.embeddings import Vectors

Span = tuple[int, int]
_TOPICS_FILE = "topics.json"

MONTH_NAMES = ("January February March April May June July August September October November December").split()
TIMED: tuple[Dimension, ...] = ("year", "half", "quarter", "month")
"""Dimensions whose values stand in the order of time."""
OTHER_TOPIC = "other"
MEASURED: tuple[Dimension, ...] = ("author_count", "title_length", "abstract_length")
"""Dimensions whose values are numbers of a paper's own."""
PEOPLE: tuple[Dimension, ...] = ("author", "first_author", "author_pair")
FACET_OF: dict[Dimension, FacetKind] = {
    "dataset": "dataset",
    "dataset_used": "dataset_used",
    "method": "method",
    "task": "task",
    "code": "code",
}


_CODE = {True: "with code", False: "without code", None: "not said"}


@dataclass(frozen=True, slots=True)
class Selection:
    """The papers that filters admit, oldest first, and for each the span that shows why it is among them.

    ``unlisted`` counts papers that would have to be looked at to be sure: their author lists end in "et al.". ``near``
    are papers that come close to the topic; ``notes`` say what was not used.
    """

    papers: tuple[Paper, ...]
    spans: Mapping[str, Span]
    unlisted: int = 0
    near: tuple[Paper, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One value of a dimension with the papers that have it, and for each the span that shows it."""

    value: str | int
    papers: tuple[Paper, ...]
    spans: Mapping[str, Span]


class Catalogue:
    """What can be counted of one library. Keeps what it has computed; make a new one when the library has changed."""

    def __init__(self, library: Library, retriever: Retriever) -> None:
        self.library = library
        self.namesakes = Namesakes(library)
        self._retriever = retriever
        self._topical: Topical | None = None
        self._topics: Topics | None = None
        self._names: KnownNames | None = None
        self._last_topic: tuple[str, list[Relevance]] | None = None

    @cached_property
    def papers(self) -> Sequence[Paper]:
        """All papers, oldest first; those without a date come last."""
        return sorted(self.library.papers.values(), key=by_date)

    def facets(self, key: str, *kinds: FacetKind) -> list[Facet]:
        """What a paper introduces, uses and reports; of these kinds, where some are given."""
        return [facet for facet in self.library.facets[key] if not kinds or facet.kind in kinds]

    @property
    def topics(self) -> Topics:
        """The topics of the library. Found when they are first asked for, and kept in a file beside the store."""
        return self.find_topics()

    def find_topics(self, progress: Progress | None = None) -> Topics:
        """:attr:`topics`; ``progress`` is told how far it has come where they have to be found."""
        if self._topics is None:
            self._topics = self.known_topics or self._found_topics(progress)
        return self._topics

    @property
    def known_topics(self) -> Topics | None:
        """:attr:`topics` where they were found before, for these papers; None where finding them takes its time."""
        if self._topics is None:
            kept = _kept_topics(self._topics_file)
            if kept and {key for topic in kept.topics for key in topic.papers} == set(self.library.papers):
                self._topics = kept
        return self._topics

    @property
    def _topics_file(self) -> Path:
        return self.library.store.directory / _TOPICS_FILE

    def _found_topics(self, progress: Progress | None) -> Topics:
        papers = list(self.library.papers.values())
        previous = _kept_topics(self._topics_file)
        found = find_topics(papers, self.vectors(papers), previous=previous, progress=progress)
        with contextlib.suppress(OSError):  # a cache: where it cannot be written, it is computed again
            self._topics_file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._topics_file, json.dumps(found.to_dict()))
        return found

    def vectors(self, papers: Sequence[Paper]) -> Vectors:
        """A vector a paper: the mean of its title's and its passages', of length 1."""
        return paper_vectors(self.library, papers)

    def most_central(self, papers: Sequence[Paper]) -> Paper:
        """The paper whose content is nearest to that of all."""
        vectors = self.vectors(papers)
        return papers[int(np.argmax(vectors @ vectors.mean(axis=0)))]

    # choosing

    def select(self, filters: Filters) -> Selection:
        """The papers that meet the filters."""
        rows = [paper for paper in self.papers if filters.admits(paper)]
        spans = {paper.key: self._shows(paper, filters) for paper in rows}
        if filters.kinds:
            rows, spans = self._of_kind(rows, filters.kinds)
        if filters.introduces:
            rows, spans = self._introducing(rows, spans, filters.introduces)
        notes: tuple[str, ...] = ()
        near: tuple[Paper, ...] = ()
        if filters.topic and rows:
            admitted = {paper.key for paper in _speaking_of(filters.topic, rows)}
            of_kind = spans if filters.kinds else {}
            found = self._ranked(filters.topic)
            chosen = [row for row in on_topic(found) if row.paper.key in admitted]
            taken = {row.paper.key for row in chosen}
            left = admitted - taken
            near = tuple(islice((row.paper for row in found if row.paper.key in left), 3))
            if not chosen and filters.introduces:
                notes = (f"“{filters.topic}” fits none of them and was left out of the filters.",)
            else:
                rows = sorted((row.paper for row in chosen), key=by_date)
                spans = {row.paper.key: _topic_span(row) for row in chosen} | {
                    row.paper.key: of_kind[row.paper.key] for row in chosen if row.paper.key in of_kind
                }
        for out in filters.excluding:
            if out.needs_catalogue:
                left_out = {row.key for row in self.select(out).papers}
                rows = [paper for paper in rows if paper.key not in left_out]
        return Selection(tuple(rows), spans, self._unlisted(filters, rows), near, (*notes, *self._unmarked(filters)))

    def _unmarked(self, filters: Filters) -> Iterator[str]:
        """That some papers are left out since nobody says whether they come with code."""
        if filters.has_code is None:
            return
        unknown = sum(paper.has_code is None and replace(filters, has_code=None).admits(paper) for paper in self.papers)
        if unknown:
            papers = "1 paper" if unknown == 1 else f"{unknown:,} papers"
            yield f"Whether there is code is not said of {papers}, which are left out."

    def _ranked(self, topic: str) -> list[Relevance]:
        """All papers by how surely they are on the topic: what other filters leave does not change who is on it."""
        if self._last_topic is None or self._last_topic[0] != topic:
            with store_errors(self.library.name):
                self._last_topic = topic, self.topical.rank(topic, self.papers)
        return self._last_topic[1]

    @property
    def topical(self) -> Topical:
        """Holds the papers against a topic in words."""
        if self._topical is None:
            self._topical = Topical(self._retriever)
        return self._topical

    def _of_kind(self, papers: Iterable[Paper], kinds: Sequence[str]) -> tuple[list[Paper], dict[str, Span]]:
        """Those that are of one of the kinds, each with what says so."""
        shown: dict[str, Span] = {}
        kept: list[Paper] = []
        for paper in papers:
            reading = self._retriever.readings.of(paper.key)
            found = [
                sentence
                for kind in KINDS
                if kind in kinds
                for is_one, sentence in [shows_kind(reading, kind)]
                if is_one
            ]
            if found:
                kept.append(paper)
                shown[paper.key] = (found[0].start, found[0].end) if found[0] else title_span(paper)
        return kept, shown

    def _introducing(
        self, papers: Iterable[Paper], spans: Mapping[str, Span], wanted: Sequence[str]
    ) -> tuple[list[Paper], dict[str, Span]]:
        kept: list[Paper] = []
        shown: dict[str, Span] = {}
        for paper in papers:
            facet = next((f for f in self.facets(paper.key) if f.kind in wanted), None)
            if facet:
                kept.append(paper)
                shown[paper.key] = (facet.start, facet.end)
        return kept, shown or dict(spans)

    def _unlisted(self, filters: Filters, chosen: Sequence[Paper]) -> int:
        """How many other papers might count as well, if their author lists were whole."""
        counted = filters.author_count is not None or filters.author_range is not None
        if not (filters.authors or filters.any_authors or filters.last_authors or counted):
            return 0
        keys = {paper.key for paper in chosen}
        looser = replace(
            filters, authors=(), any_authors=(), last_authors=(), author_count=None, author_range=None, topic=None,
            introduces=(), kinds=(),
        )  # fmt: skip
        others = (p for p in self.library.papers.values() if p.key not in keys and looser.admits(p))
        most = filters.author_count if filters.author_count is not None else (filters.author_range or (None, None))[1]
        return sum(not p.authors_complete and (most is None or len(p.authors) < most) for p in others)

    def _shows(self, paper: Paper, filters: Filters) -> Span:
        """Where it stands that the paper meets the filters: the most telling of the conditions decides."""
        if filters.mentions:
            term = next((t for t in filters.mentions[0] if find_term(t, paper)), "")
            if found := find_term(term, paper) if term else None:
                return self._sentence(paper, found)
        if filters.first_authors and paper.authors:
            return name_span(paper, paper.authors[0].name) or record_span(paper)
        for wanted in (*filters.authors, *filters.any_authors, *filters.last_authors):
            author = next((a for a in paper.authors if folded(wanted) in folded(a.name)), None)
            if author and (span := name_span(paper, author.name)):
                return span
        return title_span(paper) if filters.title else record_span(paper)

    def _sentence(self, paper: Paper, inside: Span) -> Span:
        """The sentence, or the section of the record, in which a span lies."""
        for passage in self.library.passages(paper.key):
            for start, end in passage.sentences:
                if start <= inside[0] and inside[1] <= end:
                    return start, end
        section = next((s for s in paper.sections if s.start <= inside[0] < s.end), None)
        return (section.start, section.end) if section else inside

    # grouping

    def group(self, papers: Sequence[Paper], dimension: Dimension, *, but: Sequence[str] = ()) -> list[Group]:
        """The papers by a dimension: years and months in order, all else by how many papers, then by name.

        A paper of several values (authors, datasets) is in each of their groups. ``but`` are values to leave out; of
        persons, those who bear such a name. Persons of one name whom the user has told apart are a group each.
        """
        left_out = {folded(value) for value in but}
        apart = self.namesakes.apart() if dimension in PEOPLE else Apart()
        found: dict[str | int, dict[str, Span]] = {}
        written: dict[str, str] = {}
        by_key = {paper.key: paper for paper in papers}
        for paper in papers:
            for value, span in self._values(paper, dimension, apart, left_out):
                name = written.setdefault(folded(value), value) if isinstance(value, str) else value
                if isinstance(name, str) and folded(name) in left_out:
                    continue
                found.setdefault(name, {}).setdefault(paper.key, span)
        groups = [Group(value, tuple(by_key[key] for key in spans), spans) for value, spans in found.items()]
        if dimension in MEASURED:
            return sorted(groups, key=lambda group: int(group.value))
        if dimension in TIMED:
            return sorted(groups, key=lambda group: min(paper.date or "" for paper in group.papers))
        return sorted(groups, key=lambda group: (-len(group.papers), str(group.value).casefold()))

    def _values(
        self, paper: Paper, dimension: Dimension, apart: Apart, left_out: Collection[str]
    ) -> Iterable[tuple[str | int, Span]]:
        if kind := FACET_OF.get(dimension):
            if dimension == "code":
                yield _CODE[paper.has_code], record_span(paper)
            else:
                yield from ((f.name, (f.start, f.end)) for f in self.facets(paper.key, kind))
        elif dimension == "topic":
            topic = self.topics.of(paper.key)
            yield (topic.label if topic else OTHER_TOPIC), title_span(paper)
        elif dimension in PEOPLE:
            yield from self._people(paper, dimension, apart, left_out)
        else:
            yield from _PLAIN[dimension](paper)

    def _people(
        self, paper: Paper, dimension: Dimension, apart: Apart, left_out: Collection[str]
    ) -> list[tuple[str, Span]]:
        """Who is in the list of authors and where, each in the fullest spelling that the library has."""
        if self._names is None:
            bylines = [[author.name for author in other.authors] for other in self.library.papers.values()]
            self._names = KnownNames(bylines)
        names = [self._names.resolve(author.name) or author.name for author in paper.authors]
        span = authors_span(paper)  # one citation a paper
        if dimension == "author_pair":
            called = [apart.called(name, paper.key) for name in names]
            return [(" and ".join(sorted(pair)), span) for pair in combinations(called, 2)]
        shown = names if dimension == "author" else names[:1]
        return [(apart.called(name, paper.key), span) for name in shown if folded(name) not in left_out]


def _kept_topics(file: Path) -> Topics | None:
    """The topics that were found before; None where there are none or they cannot be read."""
    try:
        return TypeAdapter(Topics).validate_json(file.read_bytes(), strict=True)
    except (OSError, ValueError):
        return None


def write_atomic(file: Path, text: str) -> None:
    """Replace a file at once: a reader sees the old or the new, never a part."""
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


def by_date(paper: Paper) -> tuple[bool, str, str]:
    """Oldest first; papers without a date come last."""
    return paper.date is None, paper.date or "", paper.key


def title_span(paper: Paper) -> Span:
    section = paper.section(TITLE)
    return (section.start, section.end) if section else (0, min(len(paper.text), 1))


def record_span(paper: Paper) -> Span:
    """The listing line, which holds the date, the category and the code mark; the title where there is none."""
    section = paper.section(LISTING)
    return (section.start, section.end) if section else title_span(paper)


def authors_span(paper: Paper) -> Span:
    section = paper.section(AUTHORS)
    return (section.start, section.end) if section else record_span(paper)


def name_span(paper: Paper, name: str) -> Span | None:
    """Where an author's name stands in the line of authors."""
    section = paper.section(AUTHORS)
    place = paper.text.find(name, section.start, section.end) if section else -1
    return (place, place + len(name)) if place >= 0 else None


def _speaking_of(topic: str, papers: Sequence[Paper]) -> list[Paper]:
    """Where the topic is an attribute that papers either state or do not (a prize, who paid), those that state it."""
    said = [pattern for asked, pattern in ATTRIBUTES if asked.search(topic)]
    return [p for p in papers if all(pattern.search(f"{p.title} {p.abstract}") for pattern in said)]


def _topic_span(row: Relevance) -> Span:
    return (row.sentence.start, row.sentence.end) if row.sentence else title_span(row.paper)


def _part_of_year(paper: Paper, months: int, name: str) -> list[tuple[str, Span]]:
    """``first half of 2021``: the part of the year by its months."""
    if not paper.date or len(paper.date) < 7:
        return []
    place = (int(paper.date[5:7]) - 1) // months
    return [(f"{_ORDINAL[place]} {name} of {paper.year}", record_span(paper))]


_ORDINAL = ("first", "second", "third", "fourth")
_PLAIN: dict[Dimension, Callable[[Paper], Iterable[tuple[str | int, Span]]]] = {
    "year": lambda paper: [(paper.year, record_span(paper))] if paper.year else [],
    "half": lambda paper: _part_of_year(paper, 6, "half"),
    "quarter": lambda paper: _part_of_year(paper, 3, "quarter"),
    "calendar_month": lambda paper: (
        [(MONTH_NAMES[int(paper.date[5:7]) - 1], record_span(paper))] if paper.date and len(paper.date) >= 7 else []
    ),
    "month": lambda paper: [(paper.date[:7], record_span(paper))] if paper.date and len(paper.date) >= 7 else [],
    "category": lambda paper: [(paper.category, record_span(paper))] if paper.category else [],
    "affiliation": lambda paper: [(paper.affiliation, authors_span(paper))] if paper.affiliation else [],
    "author_count": lambda paper: (
        [(len(paper.authors), authors_span(paper))] if paper.authors and paper.authors_complete else []
    ),
    "title_length": lambda paper: [(len(paper.title.split()), title_span(paper))],
    "abstract_length": lambda paper: [(len(paper.abstract.split()), title_span(paper))] if paper.abstract else [],
}
