"""What an answer is made of: Filters and Plan in, Evidence beside, Citation and Answer out, and stream events."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypedDict

from assistant.papers import REFERENCES, Paper
from assistant.venues import is_venue
from assistant.words import folded


class Turn(TypedDict):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


History = Sequence[Turn]

Intent = Literal["look_up", "compare", "list", "count", "trend", "who", "about_assistant", "off_topic"]
Mode = Literal["extractive", "computed", "generative"]

Subject = Literal[
    "papers", "authors", "first_authors", "author_pairs", "categories", "years", "datasets", "datasets_used", "methods",
    "tasks", "topics", "affiliations", "code", "owner",
]  # fmt: skip
"""What is listed, counted or ranked; ``owner`` is whose papers the library holds."""
Dimension = Literal[
    "year", "half", "quarter", "month", "calendar_month", "category", "author", "first_author", "author_pair", "topic",
    "dataset", "dataset_used", "method", "task", "affiliation", "code", "author_count", "title_length",
    "abstract_length",
]  # fmt: skip
"""What papers are grouped by; the last three are numbers of authors or of words."""
DIMENSION_OF: dict[Subject, Dimension] = {
    "authors": "author",
    "first_authors": "first_author",
    "author_pairs": "author_pair",
    "categories": "category",
    "years": "year",
    "datasets": "dataset",
    "datasets_used": "dataset_used",
    "methods": "method",
    "tasks": "task",
    "topics": "topic",
    "affiliations": "affiliation",
    "code": "code",
}
"""What each subject is grouped by that papers are grouped by."""
Pick = Literal[
    "first", "last", "both_ends", "most", "fewest", "absent", "share", "mean", "shared", "to_begin", "foremost",
]  # fmt: skip
"""Which of them: the earliest, the latest, both, the most frequent or greatest, the rarest or smallest, what is
missing, what part of all, how many on average, what several papers have, what to read first, what matters most."""

Years = tuple[int | None, int | None]
Dates = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may answer. Every condition that is set must hold; texts match without regard to case.

    ``years`` is inclusive at both ends, either of which may be None; so is ``dates``, in ISO 8601, where a shorter
    date is its whole month or year. Of ``categories`` and ``affiliations`` one must be the paper's, and one of
    ``venues``, names or acronyms, where it came out. ``authors`` must all be among the authors shown, one of
    ``any_authors``; one of ``first_authors`` must come first, one of ``last_authors`` last in a list that is
    complete; ``placed_authors`` are places, from 1, each with who stands there. ``author_count`` is how many there are,
    ``author_range`` how many at least and at most, where the list is complete. ``months`` are months of any year, from
    1. ``papers`` are keys. ``title`` is what must stand in the title: one text, or several that all must. Of each group
    in ``mentions`` one term must stand in the paper's title or text. ``introduces`` are kinds of things (``dataset``,
    ``method``) of which the paper must bring one, ``kinds`` kinds of papers (``survey``, ``position``, ``tutorial``) of
    which it must be one. ``topic`` is what the papers are on, in words. ``excluding`` are sets of papers to leave out.
    """

    years: Years | None = None
    dates: Dates | None = None
    categories: tuple[str, ...] = ()
    affiliations: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    has_code: bool | None = None
    authors: tuple[str, ...] = ()
    first_authors: tuple[str, ...] = ()
    last_authors: tuple[str, ...] = ()
    any_authors: tuple[str, ...] = ()
    author_count: int | None = None
    author_range: tuple[int | None, int | None] | None = None
    placed_authors: tuple[tuple[int, str], ...] = ()
    months: tuple[int, ...] = ()
    has_affiliation: bool | None = None
    papers: tuple[str, ...] = ()
    title: str | tuple[str, ...] | None = None
    mentions: tuple[tuple[str, ...], ...] = ()
    introduces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    topic: str | None = None
    excluding: tuple[Filters, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()

    def admits(self, paper: Paper) -> bool:
        """Whether the record and the text of a paper meet the conditions. What it introduces, what kind it is and what
        it is on are not in the record: ``introduces``, ``kinds`` and ``topic`` are the catalogue's to decide."""
        names = [author.name for author in paper.authors]
        return (
            self._admits_date(paper)
            and (not self.categories or (paper.category or "").casefold() in _folded(self.categories))
            and (not self.affiliations or any(_is_called(paper.affiliation or "", one) for one in self.affiliations))
            and (not self.venues or any(is_venue(paper.venue or "", one) for one in self.venues))
            and (self.has_code is None or paper.has_code == self.has_code)
            and all(_holds_one(wanted, names) for wanted in self.authors)
            and (not self.any_authors or any(_holds_one(wanted, names) for wanted in self.any_authors))
            and (
                not self.first_authors
                or (bool(names) and any(_is_called(names[0], wanted) for wanted in self.first_authors))
            )
            and (
                not self.last_authors
                or (
                    bool(names)
                    and paper.authors_complete
                    and any(_is_called(names[-1], wanted) for wanted in self.last_authors)
                )
            )
            and (self.author_count is None or (paper.authors_complete and len(names) == self.author_count))
            and (self.author_range is None or _has_so_many(paper, self.author_range))
            and all(len(names) >= place and _is_called(names[place - 1], name) for place, name in self.placed_authors)
            and (self.has_affiliation is None or bool(paper.affiliation) == self.has_affiliation)
            and (not self.papers or paper.key in self.papers)
            and all(wanted.casefold() in paper.title.casefold() for wanted in self.titles)
            and all(any(mentioned(term, paper) for term in group) for group in self.mentions)
            and not any(out.admits(paper) for out in self.excluding if not out.needs_catalogue)
        )

    @property
    def persons(self) -> tuple[str, ...]:
        """Whoever must be among the authors, in whatever place."""
        return (*self.authors, *self.any_authors, *self.first_authors, *self.last_authors)

    @property
    def titles(self) -> tuple[str, ...]:
        """What must stand in the title, each of them."""
        return (self.title,) if isinstance(self.title, str) else self.title or ()

    @property
    def needs_catalogue(self) -> bool:
        """Whether a paper's record and text do not decide."""
        return bool(self.topic or self.introduces or self.kinds)

    def _admits_date(self, paper: Paper) -> bool:
        first, last = self.years or (None, None)
        early, late = self.dates or (None, None)
        if paper.date is None or paper.year is None:
            return self.years is None and self.dates is None and not self.months
        return (
            (first is None or paper.year >= first)
            and (last is None or paper.year <= last)
            and (not self.months or (len(paper.date) >= 7 and int(paper.date[5:7]) in self.months))
            and (early is None or paper.date >= early)
            and (late is None or f"{paper.date}-99"[: max(len(late), 4)] <= late)
        )

    def joined(self, other: Filters) -> Filters:
        """The conditions of both; where each gives years, those that lie in both spans, which may be none."""
        return Filters(
            years=_overlap(self.years, other.years),
            dates=_overlap_of_dates(self.dates, other.dates),
            categories=_both(self.categories, other.categories),
            affiliations=_both(self.affiliations, other.affiliations),
            venues=_both(self.venues, other.venues),
            has_code=self.has_code if other.has_code is None else other.has_code,
            authors=tuple(dict.fromkeys((*self.authors, *other.authors))),
            first_authors=_both(self.first_authors, other.first_authors),
            last_authors=_both(self.last_authors, other.last_authors),
            author_count=self.author_count if other.author_count is None else other.author_count,
            author_range=_overlap(self.author_range, other.author_range),
            any_authors=_both(self.any_authors, other.any_authors),
            placed_authors=tuple(dict.fromkeys((*self.placed_authors, *other.placed_authors))),
            months=_both(self.months, other.months) if self.months and other.months else self.months or other.months,
            has_affiliation=self.has_affiliation if other.has_affiliation is None else other.has_affiliation,
            papers=(_NOTHING,) if self._contradicts(other) else _both(self.papers, other.papers),
            title=_one_or_all(tuple(dict.fromkeys((*self.titles, *other.titles)))),
            mentions=tuple(dict.fromkeys((*self.mentions, *other.mentions))),
            introduces=_both(self.introduces, other.introduces),
            kinds=_both(self.kinds, other.kinds),
            topic=" ".join(dict.fromkeys(topic for topic in (self.topic, other.topic) if topic)) or None,
            excluding=tuple(dict.fromkeys((*self.excluding, *other.excluding))),
        )

    def _contradicts(self, other: Filters) -> bool:
        """Whether the two say yes and no of one thing."""
        pairs = (
            (self.has_code, other.has_code),
            (self.author_count, other.author_count),
            (self.has_affiliation, other.has_affiliation),
        )
        return any(one is not None and two is not None and one != two for one, two in pairs)

    def to_dict(self) -> dict[str, Any]:
        rows = {name: getattr(self, name) for name in self.__slots__}
        rows["excluding"] = tuple(out.to_dict() for out in self.excluding)
        return {name: _listed(value) for name, value in rows.items() if value not in (None, ())}


def mentioned(term: str, paper: Paper) -> bool:
    """Whether a term stands in a paper's title or text as words of its own; a plural's s is let pass."""
    return find_term(term, paper) is not None


def find_term(term: str, paper: Paper) -> tuple[int, int] | None:
    """Where a term stands first in a paper, its references aside; capitals count in a term that is all capitals."""
    for match in _of_term(term).finditer(paper.text):
        if not any(s.start <= match.start() < s.end for s in paper.sections if s.name == REFERENCES):
            return match.span()
    return None


@lru_cache(maxsize=1_024)
def _of_term(term: str) -> re.Pattern[str]:
    flags = re.NOFLAG if term.isupper() else re.IGNORECASE
    words = r"[\s-]+".join(re.escape(word) for word in re.split(r"[\s-]+", term) if word)
    return re.compile(rf"(?<!\w){words}(?:['’]?s)?(?!\w)", flags)


def _folded(texts: Sequence[str]) -> list[str]:
    return [text.casefold() for text in texts]


def _is_called(name: str, wanted: str) -> bool:
    """Whether the wanted words stand in a name, one after the other, as whole words; accents aside."""
    return f" {_words(wanted)} " in f" {_words(name)} "


def _words(name: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", folded(name))) or "\0"


def _holds_one(wanted: str, names: Sequence[str]) -> bool:
    return any(_is_called(name, wanted) for name in names)


def _one_or_all(texts: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return texts if len(texts) > 1 else next(iter(texts), None)


_NOTHING = "\0"


def _both(one: tuple[Any, ...], other: tuple[Any, ...]) -> tuple[Any, ...]:
    """What both admit, of two texts the longer where it holds the other; what no paper has where they share nothing."""
    if not one or not other:
        return one or other
    shared = [
        max(a, b, key=lambda value: len(str(value)))
        for a in one
        for b in other
        if a == b or (isinstance(a, str) and (_is_called(a, b) or _is_called(b, a)))
    ]
    return tuple(dict.fromkeys(shared)) or (_NOTHING if isinstance(one[0], str) else -1,)


def _overlap_of_dates(one: Dates | None, other: Dates | None) -> Dates | None:
    if one is None or other is None:
        return one or other
    starts = [start for start, _ in (one, other) if start is not None]
    ends = [end for _, end in (one, other) if end is not None]
    return max(starts, default=None), min(ends, default=None, key=lambda end: f"{end}-99-99"[:10])


def _overlap(one: tuple[Any, Any] | None, other: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
    if one is None or other is None:
        return one or other
    starts = [start for start, _ in (one, other) if start is not None]
    ends = [end for _, end in (one, other) if end is not None]
    return max(starts, default=None), min(ends, default=None)


def _has_so_many(paper: Paper, span: tuple[int | None, int | None]) -> bool:
    """Whether the list of authors is surely so long; one that ends in "et al." has more than it shows."""
    first, last = span
    least = len(paper.authors) + (not paper.authors_complete)
    return (first is None or least >= first) and (last is None or (paper.authors_complete and least <= last))


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question was understood.

    ``standalone_question`` is the question with what it takes from the history put in. ``papers`` are the keys of the
    papers that it names, in its order; ``unknown_names`` are names in it that the library does not hold.

    For what is computed: ``subject`` is what is listed, counted or ranked, ``group_by`` what by, ``pick`` which of
    them and ``limit`` how many; ``periods`` are spans of years held against each other. ``planned_by`` says what
    understood the question. ``problems`` say what in it cannot be met, such as conditions that contradict each other.
    """

    question: str
    standalone_question: str
    intent: Intent = "look_up"
    filters: Filters = field(default_factory=Filters)
    papers: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()
    subject: Subject = "papers"
    group_by: tuple[Dimension, ...] = ()
    pick: Pick | None = None
    limit: int | None = None
    periods: tuple[Years, ...] = ()
    planned_by: Literal["rules", "model"] = "rules"
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_computed(self) -> bool:
        """Whether code over the whole catalogue answers, and not what single papers say."""
        return self.intent in ("list", "count", "trend", "who")

    def to_dict(self) -> dict[str, Any]:
        row: dict[str, Any] = {
            "intent": self.intent,
            "standalone_question": self.standalone_question,
            "filters": self.filters.to_dict(),
            "papers": list(self.papers),
            "unknown_names": list(self.unknown_names),
            "planned_by": self.planned_by,
            "problems": list(self.problems),
        }
        if self.is_computed:
            row |= {
                "subject": self.subject,
                "group_by": list(self.group_by),
                "pick": self.pick,
                "limit": self.limit,
                "periods": _listed(self.periods),
            }
        return row


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure as Plotly's own JSON. :attr:`plotly` makes the object, which takes a second to import."""

    data: tuple[Mapping[str, Any], ...]
    layout: Mapping[str, Any]

    def to_plotly_json(self) -> dict[str, Any]:
        return {"data": [dict(trace) for trace in self.data], "layout": dict(self.layout)}

    @property
    def plotly(self) -> Any:
        """The figure as a ``plotly.graph_objects.Figure``."""
        import plotly.graph_objects as go

        return go.Figure(self.to_plotly_json())


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a paper that may support an answer; ``score`` in [0, 1] compares within one question alone."""

    paper: Paper
    section: str
    start: int
    end: int
    score: float

    @property
    def quote(self) -> str:
        return self.paper.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """The span behind a marker: ``paper.text[start:end] == quote``."""

    marker: int
    paper: Paper
    section: str
    start: int
    end: int
    quote: str

    @property
    def url(self) -> str | None:
        return self.paper.url

    @property
    def page(self) -> int | None:
        """The page that the quote begins on, counted from 1; None where the paper's pages are not known."""
        return self.paper.page_at(self.start)

    def to_dict(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "paper": {
                "key": self.paper.key,
                "title": self.paper.title,
                "authors": [author.name for author in self.paper.authors],
                "authors_complete": self.paper.authors_complete,
                "year": self.paper.year,
            },
            "section": self.section,
            "page": self.page,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Grounding:
    """What became of the sentences that a chat model wrote, and of its markers.

    ``supported`` sentences stand in the passages that they cite; so do the ``repaired`` ones, once a marker was put in
    or another one put in its place. ``dropped`` are those that nothing supports, left out or shown with a mark.
    ``invented`` counts markers that stood for no passage.
    """

    supported: int = 0
    repaired: int = 0
    dropped: int = 0
    invented: int = 0

    def to_dict(self) -> dict[str, int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer asked of a chat model: tokens as its server counts them, the cost where prices are set."""

    model: str
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence. ``text`` is Markdown with ``[n]`` markers, one citation each.

    ``answered`` is False where the library does not hold the answer. ``closest`` are the papers nearest to the
    question, best first, at most five.
    ``timings_ms`` are milliseconds by stage. ``table`` are the rows behind what was computed, in which ``source`` and
    ``sources`` are markers; ``chart`` is the figure as Plotly's JSON. ``grounding`` is there where a chat model wrote
    the text, ``usage`` where one was asked for anything.
    """

    question: str
    standalone_question: str
    text: str
    answered: bool
    mode: Mode
    plan: Plan
    citations: tuple[Citation, ...] = ()
    closest: tuple[Paper, ...] = ()
    table: tuple[Mapping[str, Any], ...] | None = None
    chart: Chart | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    grounding: Grounding | None = None
    usage: Usage | None = None

    @property
    def figure(self) -> Any:
        """The figure as a ``plotly.graph_objects.Figure``; None where there is none to look at."""
        return None if self.chart is None else self.chart.plotly

    def to_dataframe(self) -> Any:
        """The table as a ``pandas.DataFrame``, empty where there is none."""
        from assistant.exporting import to_dataframe

        return to_dataframe(self.table or ())

    def save(self, path: str | Path) -> Path:
        """Write the table (.csv, .json) or the figure (.png, .svg, .html), as the file's name ends.

        Raises:
            ExportError: another ending, no figure to draw, no browser to draw it with, or the file cannot be written.
        """
        from assistant.exporting import save

        return save(Path(path), self.table or (), self.chart, self.to_dict())

    def to_dict(self) -> dict[str, Any]:
        """The JSON that every surface shows; its keys are documented in ``docs/answer.md``."""
        return {
            "question": self.question,
            "standalone_question": self.standalone_question,
            "text": self.text,
            "answered": self.answered,
            "mode": self.mode,
            "plan": self.plan.to_dict(),
            "citations": [citation.to_dict() for citation in self.citations],
            "closest": [{"key": paper.key, "title": paper.title, "year": paper.year} for paper in self.closest],
            "table": None if self.table is None else [dict(row) for row in self.table],
            "figure": None if self.chart is None else self.chart.to_plotly_json(),
            "timings_ms": {stage: round(value, 2) for stage, value in self.timings_ms.items()},
            "warnings": list(self.warnings),
            "grounding": None if self.grounding is None else self.grounding.to_dict(),
            "usage": None if self.usage is None else self.usage.to_dict(),
        }

    def _repr_markdown_(self) -> str:
        from assistant.rendering import to_markdown

        return to_markdown(self)


@dataclass(frozen=True, slots=True)
class Planned:
    """The question is understood."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence is found."""

    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer's text; never a part of a marker. ``citations`` are what the markers in it stand for, for
    whoever keeps an answer that is stopped; they go over no wire."""

    text: str
    citations: tuple[Citation, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Doubted:
    """The sentence that the last deltas made is in no passage: ``reason`` says what is not. ``length`` is how many
    characters of the deltas it is, counted from their end. Where grounding is strict, the whole answer lacks it."""

    sentence: str
    reason: str
    length: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """The text so far does not stand; what follows is the answer. ``reason`` is a sentence for the reader."""

    reason: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer. Its text is the deltas since the last :class:`Restarted`, joined, but for what was doubted, or
    rejected by a second opinion."""

    answer: Answer


Event = Planned | Gathered | TextDelta | Doubted | Restarted | Finished
