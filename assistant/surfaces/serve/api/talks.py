"""``/conversations`` of the caller: read, renamed, deleted, shared, exported; and what they think of answers."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response

from assistant.conversations import feedback
from assistant.conversations.store import Conversation
from assistant.errors import LibraryError, ModelError
from assistant.surfaces.serve.api import schemas
from assistant.surfaces.serve.api.common import ADMIN, READ, Cursor, Json, Limit, Order, Reader, Serving, page, problems
from assistant.surfaces.serve.api.owned import own
from assistant.surfaces.serve.service import Service
from assistant.wire import Row

router = APIRouter(tags=["conversations"])

Id = Annotated[str, Path(max_length=100, description="The conversation's id.")]
Number = Annotated[int, Path(ge=1, le=1_000_000_000, description="The number of the question, from 1.")]
_LIBRARY = Query(max_length=64, description="Only those about this library.")
_NEWEST = Order("newest", lambda found: (found.changed.isoformat(), found.id), is_falling=True)


@router.get(
    "/conversations", operation_id="list_conversations", response_model=schemas.Conversations, responses=problems(422)
)
async def list_conversations(
    service: Serving,
    caller: Reader,
    library: Annotated[str | None, _LIBRARY] = None,
    search: Annotated[
        str | None, Query(max_length=300, description="What must stand in the title, a question or an answer.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The caller's conversations, newest first."""

    def listed() -> Row:
        mine = service.shelf.conversations.list(
            library, search, limit=None, owner=caller.owner, unowned=not caller.owner
        )
        items, following = page(mine, _NEWEST, limit, cursor)
        return {"items": [_row(found) for found in items], "next": following}

    return Json(await service.run(listed))


@router.get(
    "/conversations/{conversation}",
    operation_id="get_conversation",
    response_model=schemas.ConversationWhole,
    responses=problems(404),
)
async def get_conversation(conversation: Id, service: Serving, caller: Reader) -> Response:
    """A conversation with all its questions and answers."""

    def whole() -> Row:
        stored = service.shelf.conversations
        found = own(stored, conversation, caller)
        return {**_row(found), "exchanges": [exchange.to_dict() for exchange in stored.exchanges(found.id)]}

    return Json(await service.run(whole))


@router.patch(
    "/conversations/{conversation}",
    operation_id="rename_conversation",
    response_model=schemas.Conversation,
    responses=problems(404, 422),
)
async def rename_conversation(
    conversation: Id, given: schemas.TitleGiven, service: Serving, caller: Reader
) -> Response:
    """Give a conversation another title. A long one is cut between words."""

    def renamed() -> Row:
        stored = service.shelf.conversations
        stored.rename(own(stored, conversation, caller).id, given.title)
        return _row(stored.get(conversation))

    return Json(await service.run(renamed))


@router.delete(
    "/conversations/{conversation}", operation_id="delete_conversation", status_code=204, responses=problems(404)
)
async def delete_conversation(conversation: Id, service: Serving, caller: Reader) -> Response:
    """Delete a conversation for good: no copy of its text stays."""

    def delete() -> None:
        stored = service.shelf.conversations
        stored.delete(own(stored, conversation, caller).id)

    await service.run(delete)
    return Response(status_code=204)


@router.get(
    "/conversations/{conversation}/export",
    operation_id="export_conversation",
    response_class=Response,
    responses=problems(404, 422)
    | {
        200: {
            "description": "The conversation.",
            "content": {
                "text/markdown": {"schema": {"type": "string"}},
                "application/json": {"schema": {"type": "object"}},
                "application/x-bibtex": {"schema": {"type": "string"}},
            },
        }
    },
)
async def export_conversation(
    conversation: Id,
    service: Serving,
    caller: Reader,
    format: Annotated[  # noqa: A002  # the name in the query
        Literal["markdown", "json", "bibtex"], Query(description="``bibtex``: the papers that its answers cite.")
    ] = "markdown",
) -> Response:
    """A conversation as a file, with the references of each answer."""

    def written() -> tuple[str, str]:
        stored = service.shelf.conversations
        found = own(stored, conversation, caller)
        if format == "json":
            return stored.to_json(found.id), "application/json"
        if format == "markdown":
            return stored.to_markdown(found.id), "text/markdown; charset=utf-8"
        return _bibtex(service, found), "application/x-bibtex; charset=utf-8"

    text, media_type = await service.run(written)
    return Response(text.encode("utf-8", "replace"), media_type=media_type)


def _bibtex(service: Service, conversation: Conversation) -> str:
    try:
        papers = service.assistant(conversation.library).library.papers
    except (LibraryError, ModelError):  # an entry of title, authors and year is better than none
        papers = {}
    return service.shelf.conversations.to_bibtex(conversation.id, papers)


# ---- readers


@router.post(
    "/conversations/{conversation}/share",
    operation_id="share_conversation",
    response_model=schemas.Token,
    responses=problems(404),
)
async def share_conversation(conversation: Id, service: Serving, caller: Reader) -> Response:
    """Let others read a conversation, by a token that cannot be guessed: always the same until it is unshared."""

    def token() -> str:
        stored = service.shelf.conversations
        return stored.share(own(stored, conversation, caller).id)

    return Json({"token": await service.run(token)})


@router.delete(
    "/conversations/{conversation}/share",
    operation_id="unshare_conversation",
    status_code=204,
    responses=problems(404),
)
async def unshare_conversation(conversation: Id, service: Serving, caller: Reader) -> Response:
    """Let nobody else read a conversation any more."""

    def unshare() -> None:
        stored = service.shelf.conversations
        stored.unshare(own(stored, conversation, caller).id)

    await service.run(unshare)
    return Response(status_code=204)


@router.get(
    "/shared/{token}",
    operation_id="read_shared_conversation",
    response_model=schemas.Shared,
    dependencies=READ,
    responses=problems(404),
)
async def read_shared_conversation(token: Annotated[str, Path(max_length=100)], service: Serving) -> Response:
    """A conversation that its owner shares, without what the owner thought of the answers."""

    def shared() -> Row:
        stored = service.shelf.conversations
        found = stored.shared(token)
        exchanges = [{**exchange.to_dict(), "feedback": None} for exchange in stored.exchanges(found.id)]
        row = found.to_dict()
        return {name: row[name] for name in ("library", "title", "started")} | {"exchanges": exchanges}

    return Json(await service.run(shared))


# ---- what readers thought


@router.post(
    "/conversations/{conversation}/exchanges/{number}/feedback",
    operation_id="rate_answer",
    status_code=204,
    responses=problems(404, 422),
)
async def rate_answer(
    conversation: Id, number: Number, given: schemas.FeedbackGiven, service: Serving, caller: Reader
) -> Response:
    """Say whether an answer was useful, in place of what was said before."""

    def rate() -> None:
        stored = service.shelf.conversations
        stored.rate(own(stored, conversation, caller).id, number, given.useful, given.reason)

    await service.run(rate)
    return Response(status_code=204)


@router.delete(
    "/conversations/{conversation}/exchanges/{number}/feedback",
    operation_id="unrate_answer",
    status_code=204,
    responses=problems(404),
)
async def unrate_answer(conversation: Id, number: Number, service: Serving, caller: Reader) -> Response:
    """Forget what was said of an answer."""

    def unrate() -> None:
        service.shelf.conversations.unrate(own(service.shelf.conversations, conversation, caller).id, number)

    await service.run(unrate)
    return Response(status_code=204)


@router.get(
    "/feedback",
    operation_id="export_feedback",
    response_class=Response,
    dependencies=ADMIN,
    responses=problems(422)
    | {200: {"content": {"application/jsonl": {"schema": {"type": "string"}}}, "description": "A question a line."}},
    tags=["feedback"],
)
async def export_feedback(
    service: Serving,
    library: Annotated[str | None, _LIBRARY] = None,
    useful: Annotated[bool, Query(description="Those whose answers were useful, or those whose were not.")] = True,
) -> Response:
    """What readers thought of answers, of everybody, as questions that an evaluation asks again."""
    rated = await service.run(service.shelf.conversations.feedback, library, useful)
    return Response(feedback.as_questions(rated), media_type="application/jsonl")


def _row(conversation: Conversation) -> Row:
    return {**conversation.to_dict(), "is_shared": conversation.token is not None}
