"""What an answer is made of: Filters and Plan in, Evidence beside, Citation and Answer out, and stream events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from assistant.papers import Paper


class Turn(TypedDict):
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


History = Sequence[Turn]

Intent = Literal["look_up", "compare", "count", "about_assistant", "off_topic"]
Mode = Literal["extractive", "computed", "generative"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which papers may answer. Every condition that is set must hold; texts match without regard to case.

    ``years`` is inclusive at both ends, either of which may be None. ``papers`` are keys.
    """

    years: tuple[int | None, int | None] | None = None
    categories: tuple[str, ...] = ()
    has_code: bool | None = None
    authors: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    title: str | None = None

    def __bool__(self) -> bool:
        return self != Filters()

    def admits(self, paper: Paper) -> bool:
        first, last = self.years or (None, None)
        names = [author.name.casefold() for author in paper.authors]
        return (
            (self.years is None or paper.year is not None)
            and (first is None or (paper.year or 0) >= first)
            and (last is None or (paper.year or 0) <= last)
            and (not self.categories or (paper.category or "").casefold() in {c.casefold() for c in self.categories})
            and (self.has_code is None or paper.has_code == self.has_code)
            and all(any(wanted.casefold() in name for name in names) for wanted in self.authors)
            and (not self.papers or paper.key in self.papers)
            and (self.title is None or self.title.casefold() in paper.title.casefold())
        )

    def to_dict(self) -> dict[str, Any]:
        rows = {
            "years": list(self.years) if self.years else None,
            "categories": list(self.categories),
            "has_code": self.has_code,
            "authors": list(self.authors),
            "papers": list(self.papers),
            "title": self.title,
        }
        return {name: value for name, value in rows.items() if value not in (None, [])}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question was understood.

    ``standalone_question`` is the question with what it takes from the history put in. ``papers`` are the keys of the
    papers that it names, in its order; ``unknown_names`` are names in it that the library does not hold.
    """

    question: str
    standalone_question: str
    intent: Intent = "look_up"
    filters: Filters = field(default_factory=Filters)
    papers: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "intent": self.intent,
            "standalone_question": self.standalone_question,
            "filters": self.filters.to_dict(),
            "papers": list(self.papers),
            "unknown_names": list(self.unknown_names),
        }


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

    def to_dict(self) -> dict[str, Any]:
        return {
            "marker": self.marker,
            "paper": {
                "key": self.paper.key,
                "title": self.paper.title,
                "authors": [author.name for author in self.paper.authors],
                "year": self.paper.year,
            },
            "section": self.section,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "url": self.url,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its evidence. ``text`` is Markdown with ``[n]`` markers, one citation each.

    ``answered`` is False where the library does not hold the answer. ``closest`` are the papers nearest to the
    question, best first, at most five.
    ``timings_ms`` are milliseconds by stage.
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
    figure: Any = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

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
            "figure": None if self.figure is None else self.figure.to_plotly_json(),
            "timings_ms": {stage: round(value, 2) for stage, value in self.timings_ms.items()},
            "warnings": list(self.warnings),
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
    """More of the answer's text; never a part of a marker."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; its text is the deltas joined."""

    answer: Answer


Event = Planned | Gathered | TextDelta | Finished
