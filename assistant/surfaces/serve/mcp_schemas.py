"""What the tools over MCP take and give: the schemas that a model reads."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from assistant.answers import Filters
from assistant.surfaces.serve.messages import MOST

MOST_ROWS = 200
"""Rows of a table of trends."""
MOST_KEYS = 20
"""Papers named behind one row; the row says how many there are."""


# ---- what tools take


class PaperFilters(BaseModel):
    """Which papers count. Every condition that is set must hold; leave out what does not matter."""

    model_config = ConfigDict(extra="forbid")

    since: Annotated[int | None, Field(ge=0, le=9999, description="Only papers of this year or later.")] = None
    until: Annotated[int | None, Field(ge=0, le=9999, description="Only papers of this year or earlier.")] = None
    authors: Annotated[list[str], Field(max_length=50, description="Only papers that all of these wrote.")] = []
    first_authors: Annotated[list[str], Field(max_length=50, description="Only papers that one of these leads.")] = []
    categories: Annotated[list[str], Field(max_length=50, description="Only these categories, such as CL.")] = []
    has_code: Annotated[bool | None, Field(description="Only papers with, or without, code.")] = None
    topic: Annotated[str | None, Field(max_length=300, description="Only papers on this, in words.")] = None
    mentions: Annotated[list[str], Field(max_length=50, description="Only papers that name all of these.")] = []
    introduces: Annotated[
        list[Literal["dataset", "method"]], Field(max_length=2, description="Only papers that introduce one.")
    ] = []
    title: Annotated[str | None, Field(max_length=300, description="Only papers with this in their title.")] = None
    papers: Annotated[list[str], Field(max_length=1000, description="Only the papers of these keys.")] = []

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.until is not None and self.since > self.until:
            raise ValueError(f"'since', {self.since}, is later than 'until', {self.until}; exchange the two")
        return self

    def to_filters(self) -> Filters:
        return Filters(
            years=None if self.since is None and self.until is None else (self.since, self.until),
            authors=tuple(self.authors),
            first_authors=tuple(self.first_authors),
            categories=tuple(self.categories),
            has_code=self.has_code,
            topic=self.topic or None,
            mentions=tuple((term,) for term in self.mentions),
            introduces=tuple(self.introduces),
            title=self.title or None,
            papers=tuple(self.papers),
        )


LibraryName = Annotated[
    str | None, Field(max_length=64, description="A name out of list_libraries; leave it out for the first one.")
]
Which = Annotated[PaperFilters | None, Field(description="Which papers may answer; leave it out for all.")]


# ---- what tools give


class Papers(BaseModel):
    """A library: the papers of one author."""

    name: str
    author: str | None = None
    papers: int | None = None
    first_year: int | None = None
    last_year: int | None = None
    problem: Annotated[str | None, Field(description="Why it cannot be opened.")] = None


class LibraryList(BaseModel):
    libraries: list[Papers]


class PaperNamed(BaseModel):
    key: str
    title: str
    authors: list[str]
    authors_complete: bool
    year: int | None


class Cited(BaseModel):
    """A literal span of a paper's text: ``text[start:end]`` is the quote."""

    marker: Annotated[int, Field(description="The n of [n] in the text.")]
    paper: PaperNamed
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    url: str | None


class Near(BaseModel):
    key: str
    title: str
    year: int | None


class AnswerGiven(BaseModel):
    question: str
    standalone_question: str
    text: Annotated[str, Field(description="Markdown with markers such as [1].")]
    answered: Annotated[bool, Field(description="False where the papers do not hold the answer.")]
    mode: Literal["extractive", "computed", "generative"]
    citations: Annotated[list[Cited], Field(description=f"The first {MOST}, in the order of the markers.")]
    citations_in_all: int
    closest: Annotated[list[Near], Field(description="The papers nearest to the question, best first.")]
    table: Annotated[list[dict[str, Any]] | None, Field(description=f"The first {MOST} rows of what was computed.")]
    rows_in_all: int
    warnings: list[str]


class Hit(BaseModel):
    """A paper that was found, with its best passage."""

    paper: PaperNamed
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    score: Annotated[float, Field(description="In [0, 1]; compares within one search alone.")]
    url: str | None


class Hits(BaseModel):
    hits: list[Hit]


class PaperGiven(PaperNamed):
    date: str | None
    venue: str | None
    kind: str | None
    category: str | None
    affiliation: str | None
    has_code: bool | None
    url: str | None
    ids: list[str]
    abstract: str
    sections: list[str]
    text: Annotated[str | None, Field(description="All that was read of it, where it was asked for.")] = None


class TableGiven(BaseModel):
    title: str
    rows: Annotated[
        list[dict[str, Any]],
        Field(description=f"The first {MOST_ROWS}; 'keys' are up to {MOST_KEYS} of the papers behind a row."),
    ]
    rows_in_all: int
