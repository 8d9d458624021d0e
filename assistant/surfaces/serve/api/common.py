"""What the routes share: the library that a path names, who asks, filters in a query, pages, and how JSON goes out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from fastapi import Depends, Path, Query, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse

from assistant.access import Scope
from assistant.answers import Filters
from assistant.api import Assistant
from assistant.surfaces.serve.api.jobs import Jobs
from assistant.surfaces.serve.api.schemas import FiltersGiven, Keys, Name, Names, Year
from assistant.surfaces.serve.callers import Caller, needs
from assistant.surfaces.serve.problems import MEDIA_TYPE, fault_of, invalid
from assistant.surfaces.serve.service import Service

if TYPE_CHECKING:
    from assistant.papers import Paper

Item = TypeVar("Item")

# ---- who asks, and of what

_SCOPES: tuple[Scope, ...] = ("read", "ingest", "admin")
READ, INGEST, ADMIN = ([needs(scope)] for scope in _SCOPES)
"""Dependencies of routes that do not look at who asks."""
Reader = Annotated[Caller, needs("read")]
Ingester = Annotated[Caller, needs("ingest")]
Admin = Annotated[Caller, needs("admin")]


def _service(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


Serving = Annotated[Service, Depends(_service)]


def _jobs(request: Request) -> Jobs:
    jobs = request.app.state.jobs
    assert isinstance(jobs, Jobs)
    return jobs


Working = Annotated[Jobs, Depends(_jobs)]


async def _opened(
    library: Annotated[str, Path(max_length=64, description="The library's name.")], service: Serving
) -> Assistant:
    return await service.run(service.assistant, library)


Opened = Annotated[Assistant, Depends(_opened)]
Key = Annotated[str, Path(max_length=200, description="The paper's key.")]

# ---- filters


def _filters(
    *,
    since: Annotated[Year | None, Query(description="Only papers of this year or later.")] = None,
    until: Annotated[Year | None, Query(description="Only papers of this year or earlier.")] = None,
    category: Annotated[Names, Query(default_factory=list, description="Only these categories.")],
    with_code: Annotated[bool | None, Query(description="Only papers with, or without, code.")] = None,
    topic: Annotated[Name | None, Query(description="Only papers on this.")] = None,
    mentions: Annotated[Names, Query(default_factory=list, description="Only papers that mention all of these.")],
    introduces: Annotated[
        list[Literal["dataset", "method"]],
        Query(default_factory=list, description="Only papers that introduce one."),
    ],
    author: Annotated[Names, Query(default_factory=list, description="Only papers of all these authors.")],
    first_author: Annotated[
        Names, Query(default_factory=list, description="Only papers that one of these authors leads.")
    ],
    paper: Annotated[Keys, Query(default_factory=list, description="Only the papers of these keys.")],
    title: Annotated[Name | None, Query(description="Only papers with this in their title.")] = None,
    filters: Annotated[
        str | None, Query(max_length=20_000, description="Any filters, in JSON, as ``ask`` takes them.")
    ] = None,
) -> Filters:
    """The filters of the command line, under the same names."""
    if since is not None and until is not None and since > until:
        raise invalid(("query", "since"), f"{since} is later than {until} of 'until'; exchange the two")
    named = Filters(
        years=None if since is None and until is None else (since, until),
        categories=tuple(category),
        has_code=with_code,
        topic=topic or None,
        mentions=tuple((term,) for term in mentions),
        introduces=tuple(introduces),
        authors=tuple(author),
        first_authors=tuple(first_author),
        papers=tuple(paper),
        title=title or None,
    )
    return named.joined(_parsed(filters)) if filters else named


def _parsed(text: str) -> Filters:
    try:
        return FiltersGiven.model_validate_json(text).to_filters()
    except ValidationError as error:
        first = error.errors()[0]
        raise invalid(("query", "filters", *first["loc"]), fault_of(first)) from error


Filtered = Annotated[Filters, Depends(_filters)]


def chosen(assistant: Assistant, filters: Filters) -> Sequence[Paper]:
    """The papers that filters admit.

    Raises:
        PaperNotFound: one of the keys is not there; it would leave no paper and look like an empty library.
    """
    for key in filters.papers:
        assistant.paper(key)
    return assistant.papers(filters)


# ---- pages

Limit = Annotated[int, Query(ge=1, le=200, description="How many a page has at most.")]
Cursor = Annotated[
    str | None, Query(max_length=2_000, description="Where the page begins: ``next`` of the one before.")
]


@dataclass(frozen=True, slots=True)
class Order:
    """An order of items that stays the same while others come and go: by ``value``, and by ``key`` where that is equal.

    ``name`` stands in the cursor, so that a cursor of one order is refused by another; ``kind`` is that of the value.
    """

    name: str
    place: Callable[[Any], tuple[Any, str]]
    is_falling: bool = False
    kind: type[str] | type[int] = str


def page(items: Sequence[Item], order: Order, limit: int, cursor: str | None) -> tuple[list[Item], str | None]:
    """The items after the cursor, and the cursor of those after them: keyset pagination, in which nothing that was
    there throughout is left out or shown twice."""
    rows = sorted(items, key=order.place, reverse=order.is_falling)
    if cursor is not None:
        last = _read(cursor, order)
        rows = [row for row in rows if (order.place(row) < last if order.is_falling else order.place(row) > last)]
    taken = rows[:limit]
    return taken, _written(order, order.place(taken[-1])) if len(rows) > limit else None


def _written(order: Order, place: tuple[Any, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps([order.name, *place]).encode()).decode()


def _read(cursor: str, order: Order) -> tuple[Any, str]:
    try:
        name, value, key = json.loads(base64.b64decode(cursor.encode(), altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError):
        name = None
    if name != order.name or not isinstance(value, order.kind) or not isinstance(key, str):
        raise invalid(("query", "cursor"), "it is none of this list; take 'next' of the page before, or leave it away")
    return value, key


# ---- what goes out


class Json(JSONResponse):
    """JSON as the package made it; half characters, which a paper may hold, become question marks."""

    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
            "utf-8", "replace"
        )


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route of the API may answer with, as OpenAPI has them."""
    return {status: {"description": _MEANINGS[status], "content": PROBLEM} for status in (401, 403, *statuses)}


PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
"""The content of a response that tells of a problem."""

_MEANINGS = {
    401: "A key or a login is needed.",
    403: "The caller may not do this.",
    404: "There is no such library, paper, job or conversation.",
    409: "Not as things stand: the library is empty or in use, or the request contradicts one before.",
    413: "It is too large.",
    415: "It is none of the media types that are read.",
    422: "The request, the question or a source is not as it should be.",
    429: "Too much is asked at once; ask again after the seconds in Retry-After.",
    502: "The chat model did not answer as it should.",
    503: "The library's store or a model does not answer; ask again after the seconds in Retry-After.",
    504: "The answer took too long.",
}
