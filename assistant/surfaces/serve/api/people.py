"""``/libraries/{library}/people``: who is behind a name, who wrote with them, and what the library's keeper decides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from assistant.api import Assistant
from assistant.surfaces.serve.api import schemas
from assistant.surfaces.serve.api.common import INGEST, READ, Json, Opened, Serving, problems
from assistant.surfaces.serve.service import Service
from assistant.wire import Row

router = APIRouter(prefix="/libraries/{library}/people", tags=["people"])

_ERRORS = problems(404, 422, 503)


@router.get("", operation_id="list_people", response_model=schemas.People, dependencies=READ, responses=_ERRORS)
async def list_people(
    assistant: Opened,
    service: Serving,
    name: Annotated[
        str | None, Query(max_length=300, description="A name that papers show; else the library's own author.")
    ] = None,
) -> Response:
    """The persons who may share a name, and everybody who wrote with them."""
    return await _people(assistant, service, name, lambda: None)


@router.post(
    "/accept", operation_id="accept_people", response_model=schemas.People, dependencies=INGEST, responses=_ERRORS
)
async def accept_people(given: schemas.PersonGiven, assistant: Opened, service: Serving) -> Response:
    """Keep the groups as they are. A paper that comes later joins the nearest."""
    return await _people(assistant, service, given.name, lambda: assistant.people.accept(given.name))


@router.post(
    "/merge", operation_id="merge_people", response_model=schemas.People, dependencies=INGEST, responses=_ERRORS
)
async def merge_people(given: schemas.MergeGiven, assistant: Opened, service: Serving) -> Response:
    """Make groups one person's."""
    return await _people(assistant, service, given.name, lambda: assistant.people.merge(given.numbers, given.name))


@router.post(
    "/split", operation_id="split_people", response_model=schemas.People, dependencies=INGEST, responses=_ERRORS
)
async def split_people(given: schemas.SplitGiven, assistant: Opened, service: Serving) -> Response:
    """Make papers another person's than the rest of their group."""
    return await _people(assistant, service, given.name, lambda: assistant.people.split(given.keys, given.name))


@router.post("/undo", operation_id="undo_people", response_model=schemas.People, dependencies=INGEST, responses=_ERRORS)
async def undo_people(given: schemas.PersonGiven, assistant: Opened, service: Serving) -> Response:
    """Take back the last decision. Again, the one before."""
    return await _people(assistant, service, given.name, lambda: assistant.people.undo(given.name))


async def _people(assistant: Assistant, service: Service, name: str | None, decide: Callable[[], object]) -> Response:
    """The groups, once something is decided of them."""

    def decided() -> Row:
        decide()
        return assistant.people.to_dict(name or None)

    return Json(await service.run(decided))
