"""``/libraries``: which there are, what one holds, and making and deleting them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from assistant.api import Assistant
from assistant.backups import backup
from assistant.errors import LibraryError, QuestionError
from assistant.surfaces.serve.api import schemas
from assistant.surfaces.serve.api.common import ADMIN, READ, Json, Opened, Serving, Working, problems
from assistant.wire import Row

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

router = APIRouter(tags=["libraries"])

_BACKUP = "application/zip"
_BLOCK = 1 << 20


@router.get(
    "/libraries",
    operation_id="list_libraries",
    response_model=schemas.Libraries,
    dependencies=READ,
    responses=problems(),
)
async def list_libraries(service: Serving) -> Response:
    """The names of the libraries, the default one first."""
    names = await service.run(service.shelf.names)
    default = service.settings.library
    return Json({"items": [{"name": name, "is_default": name == default} for name in names]})


@router.get(
    "/libraries/{library}",
    operation_id="get_library",
    response_model=schemas.Library,
    dependencies=READ,
    responses=problems(404, 503),
)
async def get_library(assistant: Opened, service: Serving) -> Response:
    """Whose papers a library holds, how many, of which years, and questions that it answers."""
    return Json(await service.run(_described, assistant, service.settings.library))


@router.post(
    "/libraries",
    operation_id="create_library",
    status_code=201,
    response_model=schemas.Library,
    dependencies=ADMIN,
    responses=problems(409, 503),
)
async def create_library(given: schemas.LibraryGiven, service: Serving) -> Response:
    """Make a library. It is empty until papers are taken in."""
    made = await service.run(service.shelf.create, given.name)
    told = await service.run(_described, made, service.settings.library)
    return Json(told, 201, {"Location": f"/api/v1/libraries/{given.name}"})


@router.delete(
    "/libraries/{library}",
    operation_id="delete_library",
    status_code=204,
    dependencies=ADMIN,
    responses=problems(404, 409, 429, 503),
)
async def delete_library(
    library: str,
    service: Serving,
    jobs: Working,
    confirm: Annotated[str, Query(max_length=64, description="The library's name, once more.")],
) -> Response:
    """Delete a library and all its papers for good. Conversations about it stay."""
    if confirm != library:
        raise QuestionError("The library's name in 'confirm' is another than the one in the address; give it twice.")

    if library == service.settings.library:
        raise LibraryError(f"The library {library!r} is the one that this server shows first, and is not deleted here.")

    def delete() -> None:
        with jobs.idle(library):
            service.shelf.delete(library)

    await service.run(delete)
    return Response(status_code=204)


@router.get(
    "/libraries/{library}/backup",
    operation_id="back_up_library",
    response_class=Response,
    dependencies=ADMIN,
    responses=problems(404, 503)
    | {200: {"description": "The backup.", "content": {_BACKUP: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def back_up_library(assistant: Opened, service: Serving) -> Response:
    """A library as one file, with its vectors and the conversations about it, for ``papertalk restore``."""

    def written() -> IO[bytes]:
        file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by whoever sends it
        try:
            backup(assistant, file)
        except BaseException:
            file.close()
            raise
        return file

    name = f"{assistant.library.name}.papertalk"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return _Sent(await service.run(written), media_type=_BACKUP, headers=disposition)


class _Sent(StreamingResponse):
    """The whole content of a file, which is closed at the end, also where the client leaves before."""

    def __init__(self, file: IO[bytes], media_type: str, headers: dict[str, str]) -> None:
        super().__init__(_blocks(file), media_type=media_type, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while block := file.read(_BLOCK):
        yield block


def _described(assistant: Assistant, default: str) -> Row:
    library, author = assistant.library, assistant.author
    years = [paper.year for paper in library.papers.values() if paper.year]
    return {
        "name": library.name,
        "is_default": library.name == default,
        "author": None
        if author is None
        else {"name": author.name, "subject": author.subject, "figures": dict(author.figures)},
        "papers": len(library),
        "years": [min(years), max(years)] if years else None,
        "embedding_model": library.store.model.name,
        "chat_model": assistant.settings.chat_model,
        "examples": assistant.examples() if len(library) else [],
    }
