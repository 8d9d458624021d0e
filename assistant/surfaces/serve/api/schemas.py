"""The JSON that the REST API takes and gives, as pydantic knows it: requests are checked by it, and OpenAPI shows it.

What is given is made by the package itself (``Answer.to_dict()`` and its like); a test holds these models against it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from assistant.answers import Dimension, Filters, Intent, Mode, Pick, Subject
from assistant.conversations.stored_answers import filters_of


def _whole(text: str) -> str:
    """JSON can write half characters (lone surrogates), which no file and no database takes."""
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValueError("it holds half a character")
    return text


Text = Annotated[str, AfterValidator(_whole)]
"""Text of a request."""
Name = Annotated[Text, Field(max_length=300)]
"""A name, a term or a title among filters."""
Names = Annotated[list[Name], Field(max_length=200)]
Keys = Annotated[list[Annotated[Text, Field(max_length=200)]], Field(max_length=1_000)]
Year = Annotated[int, Field(ge=0, le=9999)]
LIBRARY_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class _Given(BaseModel):
    """Of a request: a field that is not known is a slip, and refused."""

    model_config = ConfigDict(extra="forbid")


class _Told(BaseModel):
    """Of a response."""

    model_config = ConfigDict(extra="forbid")


# ---- requests


class FiltersGiven(_Given):
    """Which papers may answer; each condition that is set must hold. See ``docs/answer.md``, The plan."""

    years: tuple[Year | None, Year | None] | None = None
    dates: tuple[Name | None, Name | None] | None = None
    categories: Names = []
    affiliations: Names = []
    venues: Names = []
    has_code: bool | None = None
    authors: Names = []
    first_authors: Names = []
    last_authors: Names = []
    any_authors: Names = []
    author_count: Annotated[int, Field(ge=0, le=100_000)] | None = None
    author_range: tuple[Annotated[int, Field(ge=0)] | None, Annotated[int, Field(ge=0)] | None] | None = None
    placed_authors: Annotated[list[tuple[Annotated[int, Field(ge=1, le=100_000)], Name]], Field(max_length=50)] = []
    months: Annotated[list[Annotated[int, Field(ge=1, le=12)]], Field(max_length=12)] = []
    has_affiliation: bool | None = None
    papers: Keys = []
    title: Name | Names | None = None
    mentions: Annotated[list[Names], Field(max_length=50)] = []
    introduces: Annotated[list[Literal["dataset", "method"]], Field(max_length=2)] = []
    kinds: Annotated[list[Literal["survey", "position", "tutorial"]], Field(max_length=3)] = []
    topic: Name | None = None
    excluding: Annotated[list[FiltersGiven], Field(max_length=10)] = []

    @field_validator("years", "dates")
    @classmethod
    def _in_order(cls, span: tuple[Any, Any] | None) -> tuple[Any, Any] | None:
        """Nothing lies between two ends that are exchanged, and nobody asks for nothing on purpose."""
        if span is not None and None not in span and span[0] > span[1]:
            raise ValueError(f"{span[0]} is later than {span[1]}; give the earlier one first")
        return span

    def to_filters(self) -> Filters:
        return filters_of(self.model_dump(exclude_none=True))


class TurnGiven(_Given):
    """One turn of a conversation, oldest first."""

    role: Literal["user", "assistant"]
    content: Annotated[Text, Field(max_length=100_000)]


class QuestionGiven(_Given):
    """A question. ``history`` and ``conversation`` exclude each other: a stored conversation is a history, and its
    answer is stored in it. ``new`` begins one."""

    question: Text
    history: Annotated[list[TurnGiven], Field(max_length=100)] = []
    filters: FiltersGiven | None = None
    conversation: Annotated[Text, Field(max_length=100)] | None = None


class SearchGiven(_Given):
    """What to look for in the passages of the papers."""

    query: Text
    filters: FiltersGiven | None = None
    limit: Annotated[int, Field(ge=1, le=50)] = 8
    per_paper: Annotated[int, Field(ge=1, le=10)] = 2


class LibraryGiven(_Given):
    """The name of a library that shall be."""

    name: Annotated[str, Field(pattern=LIBRARY_NAME)]


class SourcesGiven(_Given):
    """What papers come from. ``sources`` are ``openalex:ID``, ``orcid:ID``, ``arxiv:ID``, ``arxiv:au:NAME``,
    ``s2:ID``, ``doi:DOI`` and links; this machine's user may name files too. ``text`` is what a user would paste: a
    publication page, BibTeX, RIS, references, or identifiers and links one a line. ``full_text`` fetches the PDFs whose
    licences allow to keep a copy."""

    sources: Annotated[list[Annotated[Text, Field(max_length=2_000)]], Field(max_length=500)] = []
    text: Annotated[Text, Field(max_length=5_000_000)] | None = None
    full_text: bool = False


class AcceptGiven(_Given):
    """The keys of the papers of a preview that shall not come in."""

    without: Keys = []


class SyncGiven(_Given):
    full_text: bool = False


class PersonGiven(_Given):
    """Whose papers: a name as papers show it; the library's own author where none is given."""

    name: Name | None = None


class MergeGiven(PersonGiven):
    """Numbers of groups that are one person, at least two."""

    numbers: Annotated[list[Annotated[int, Field(ge=0, le=1_000_000)]], Field(max_length=1_000)]


class SplitGiven(PersonGiven):
    """Keys of papers that another person wrote than the rest of their group."""

    keys: Annotated[Keys, Field(min_length=1)]


class TitleGiven(_Given):
    title: Annotated[Text, Field(max_length=2_000)]


class FeedbackGiven(_Given):
    """Whether an answer was useful, and why in the reader's words."""

    useful: bool
    reason: Annotated[Text, Field(max_length=2_000)] = ""


# ---- answers


class PaperCited(_Told):
    key: str
    title: str
    authors: list[str]
    authors_complete: bool
    year: int | None


class Citation(_Told):
    """The span behind a marker: ``paper.text[start:end] == quote``."""

    marker: int
    paper: PaperCited
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    url: str | None


class PaperNear(_Told):
    key: str
    title: str
    year: int | None


class Plan(_Told):
    """How the question was understood. The last five are there where the answer is computed."""

    intent: Intent
    standalone_question: str
    filters: dict[str, Any]
    papers: list[str]
    unknown_names: list[str]
    planned_by: Literal["rules", "model"]
    problems: list[str]
    subject: Subject | None = None
    group_by: list[Dimension] | None = None
    pick: Pick | None = None
    limit: int | None = None
    periods: list[list[int | None]] | None = None


class Figure(_Told):
    """Plotly's JSON."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]


class Grounding(_Told):
    supported: int
    repaired: int
    dropped: int
    invented: int


class Usage(_Told):
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None


class Answer(_Told):
    """An answer with its evidence, the same over HTTP, in Python and in the terminal. ``text`` is Markdown with ``[n]``
    markers. See ``docs/answer.md``."""

    question: str
    standalone_question: str
    text: str
    answered: bool
    mode: Mode
    plan: Plan
    citations: list[Citation]
    closest: list[PaperNear]
    table: list[dict[str, Any]] | None
    figure: Figure | None
    timings_ms: dict[str, float]
    warnings: list[str]
    grounding: Grounding | None
    usage: Usage | None


class FollowUpsGiven(_Given):
    """An answer as ``ask`` gave it, and the conversation before it."""

    answer: Answer
    history: Annotated[list[TurnGiven], Field(max_length=100)] = []


class Suggestions(_Told):
    """Questions to ask next."""

    items: list[str]


# ---- libraries and papers


class Author(_Told):
    """What the source says of the author."""

    name: str
    subject: str | None
    figures: dict[str, str]


class LibraryName(_Told):
    name: str
    is_default: bool


class Libraries(_Told):
    items: list[LibraryName]


class Library(LibraryName):
    """A library: whose papers, how many, of which years (first and last), and the models that read it."""

    author: Author | None
    papers: int
    years: list[int] | None
    embedding_model: str
    chat_model: str | None
    examples: list[str]


class PaperSummary(_Told):
    """A paper without its text."""

    key: str
    title: str
    authors: list[str]
    authors_complete: bool
    affiliation: str | None
    year: int | None
    date: str | None
    category: str | None
    has_code: bool | None
    score: float | None
    url: str | None
    source: str
    venue: str | None
    kind: str | None
    ids: list[str]
    links: list[str]
    license: str | None
    abstract: str
    has_full_text: bool


class Papers(_Told):
    """A page of papers; ``next`` is the cursor of the page after it, and null on the last. ``total`` counts all."""

    items: list[PaperSummary]
    next: str | None
    total: int


class Span(_Told):
    """A section of a paper's text: ``text[start:end]``."""

    name: str
    start: int
    end: int


class Passage(_Told):
    section: str
    start: int
    end: int
    text: str
    sentences: list[list[int]]


class Facet(_Told):
    """What a paper says of itself, with the words that show it."""

    kind: Literal["method", "dataset", "dataset_used", "task", "number", "code", "data"]
    name: str
    start: int
    end: int
    what: str
    by: Literal["rules", "model"]
    quote: str


class FieldOrigin(BaseModel):
    """A field's value, which source it is from, and what others say instead."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    value: str
    origin: str = Field(alias="from")
    others: dict[str, str]


class Paper(PaperSummary):
    """A whole paper."""

    pages: list[list[int]]
    text: str
    sections: list[Span]
    fields: dict[str, FieldOrigin]
    facets: list[Facet]
    passages: list[Passage]


class RelatedPaper(_Told):
    score: float
    paper: PaperSummary


class RelatedPapers(_Told):
    items: list[RelatedPaper]


class Found(_Told):
    """A passage that was found; ``score`` in [0, 1] compares within one search alone."""

    paper: PaperCited
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    score: float
    url: str | None


class SearchResult(_Told):
    items: list[Found]


class Table(_Told):
    """Counts: in each row the dimensions, the numbers, and under ``keys`` the papers behind it. ``marks`` are, for each
    mark of the figure, the papers behind that: the number of the row, and the paper's key."""

    title: str
    rows: list[dict[str, Any]]
    figure: Figure | None
    marks: list[list[tuple[int, str]]]


class Finding(_Told):
    name: str
    question: str
    answer: str
    figure: Figure
    rows: list[dict[str, Any]]
    keys: list[list[str]]
    note: str


class Overview(_Told):
    items: list[Finding]


class Person(_Told):
    number: int
    label: str
    papers: list[str]
    evidence: list[str]
    decided: bool


class CoAuthor(_Told):
    name: str
    papers: list[str]
    first: int | None
    last: int | None


class People(_Told):
    """The persons who may share a name, and who wrote with them."""

    name: str | None
    settled: bool
    persons: list[Person]
    coauthors: list[CoAuthor]


class Source(_Told):
    """What papers came from: where it is found again, the day on which it was read last, how many of its entries could
    not be read then, and of how many papers it said something."""

    name: str
    kind: str
    address: str
    digest: str | None
    read_on: str
    unreadable: int
    papers: int


class Sources(_Told):
    """In the order in which they first came."""

    items: list[Source]


# ---- jobs


class Place(_Told):
    place: str
    reason: str


class IngestReport(_Told):
    """What became of each entry, by the key of its paper."""

    entries: int
    added: list[str]
    updated: list[str]
    unchanged: list[str]
    merged: list[str]
    skipped: list[Place]
    unreadable: list[Place]
    warnings: list[str]


class Change(BaseModel):
    """A field that would get another value."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    field: str
    now: str
    then: str
    origin: str = Field(alias="from")


class PaperPreviewed(_Told):
    key: str
    title: str
    source: str
    outcome: Literal["added", "updated", "unchanged"]
    entries: int
    absorbs: list[str]
    changes: list[Change]


class Preview(IngestReport):
    """What an ingest would do."""

    papers: list[PaperPreviewed]


class UndoReport(_Told):
    """What became of the papers of the ingest that was taken back."""

    removed: list[str]
    restored: list[str]
    left: dict[str, str]
    sources: list[str]


class Problem(BaseModel):
    """What went wrong (RFC 9457). ``type`` is stable; ``detail`` is a sentence for people; ``request_id`` is what the
    server's log knows the request by; ``errors`` says which values of a request cannot be."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[dict[str, str]] | None = None


class Job(_Told):
    """Work that takes its time. ``stage`` says in words what is going on. ``done`` counts papers that came in, of the
    ``total`` that were read by now, which grows while sources are read, and is 0 where it cannot be told. At the end
    there is a ``report``, or for a preview a ``preview``; where it failed, or was stopped, a ``problem`` too."""

    id: str
    kind: Literal["ingest", "preview", "accept", "sync", "undo"]
    library: str
    state: Literal["queued", "running", "done", "failed", "stopped"]
    stage: str
    done: int
    total: int
    created: str
    ended: str | None
    report: IngestReport | UndoReport | None
    preview: Preview | None
    problem: Problem | None


class Jobs(_Told):
    items: list[Job]


# ---- conversations


class Conversation(_Told):
    id: str
    library: str
    title: str
    started: str
    changed: str
    questions: int
    is_shared: bool


class Conversations(_Told):
    """A page of conversations, newest first; ``next`` is the cursor of the page after it, and null on the last."""

    items: list[Conversation]
    next: str | None


class Feedback(_Told):
    useful: bool
    reason: str
    at: str


class StoredAnswer(Answer):
    """An answer in a conversation. ``stopped``: its reader ended it before it was whole, and nothing of it was
    checked."""

    stopped: bool = False


class Exchange(_Told):
    """A question, counted from 1, with its answer."""

    number: int
    at: str
    question: str
    answer: StoredAnswer
    feedback: Feedback | None


class ConversationWhole(Conversation):
    exchanges: list[Exchange]


class Shared(_Told):
    """A conversation as a reader sees it: without its id, which would let them change it."""

    library: str
    title: str
    started: str
    exchanges: list[Exchange]


class Token(_Told):
    """What a conversation is read by: GET /api/v1/shared/{token}."""

    token: str
