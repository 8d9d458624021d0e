"""``POST /libraries/{library}/ask``: a question, answered at once as JSON or as it is made as Server-Sent Events."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypedDict

from fastapi import APIRouter, Request, Response

from assistant.answers import Answer, Event, Filters, Finished, History, Turn
from assistant.api import Assistant
from assistant.conversations.stored_answers import restored
from assistant.errors import AssistantError, ConversationsError
from assistant.papers import Paper
from assistant.surfaces.serve.api import schemas, sse
from assistant.surfaces.serve.api.common import Json, Opened, Reader, Serving, problems
from assistant.surfaces.serve.api.owned import about_library, own
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.problems import body_of, invalid, log_bug, unexpected
from assistant.surfaces.serve.service import Service
from assistant.wire import Row, event_row

router = APIRouter(prefix="/libraries/{library}", tags=["questions"])

CONVERSATION, EXCHANGE = "Papertalk-Conversation", "Papertalk-Exchange"
"""Headers that say where an answer is stored."""
NEW = "new"
"""What stands for a conversation that begins."""

_EVENTS = """The stream's events, each with its data in JSON:

- `planned`: how the question was understood
- `gathered`: `evidence`, the passages that were found
- `text`: `text`, more of the answer, never a part of a marker
- `doubted`: the `sentence` that the last `length` characters made is in no passage; `reason` says what is not
- `restarted`: the text so far does not stand, for a `reason`; what follows is the answer
- `finished`: the whole `answer`, and where it is stored: `conversation` and `exchange`, or null
- `error`: a problem; nothing follows

Comments come while it is silent. A client that leaves ends the request of the chat model."""


class _Told(TypedDict):
    history: History
    filters: Filters | None
    caller: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on its way to an answer. ``conversation`` is the id that the answer is stored under, or ``new``."""

    question: str
    history: History
    filters: Filters | None
    conversation: str | None
    caller: Caller

    @property
    def told(self) -> _Told:
        """What the service is told beside the question."""
        return {"history": self.history, "filters": self.filters, "caller": self.caller.owner}


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an answer is stored."""

    conversation: str
    number: int

    @property
    def headers(self) -> dict[str, str]:
        return {CONVERSATION: self.conversation, EXCHANGE: str(self.number)}


@router.post(
    "/ask",
    operation_id="ask",
    response_model=schemas.Answer,
    responses=problems(404, 409, 422, 429, 502, 503, 504)
    | {
        200: {
            "description": "The answer; or, where ``text/event-stream`` is accepted, the events that make it.",
            "content": {sse.MEDIA_TYPE: {"schema": {"type": "string", "description": _EVENTS}}},
            "headers": {
                CONVERSATION: {"description": "The conversation that it is stored in.", "schema": {"type": "string"}},
                EXCHANGE: {"description": "Its number there.", "schema": {"type": "integer"}},
            },
        }
    },
)
async def ask(
    given: schemas.QuestionGiven, request: Request, assistant: Opened, service: Serving, caller: Reader
) -> Response:
    """Answer a question. Each sentence comes with the passage that it is from.

    With `conversation`, the answer leans on a stored conversation and is stored in it; `new` begins one. With
    `Accept: text/event-stream`, the answer comes as it is made.
    """
    asked = await _asked(given, assistant, service, caller)
    if sse.is_wanted(request):
        events = service.events(assistant, asked.question, **asked.told)
        first = await sse.unless_gone(request, anext(events))  # what goes wrong until here has a status of its own
        return sse.EventStream(_sent(first, events, asked, assistant.library.name, service, request), events)
    answer = await sse.unless_gone(request, service.ask(assistant, asked.question, **asked.told))
    stored = await _stored(answer, asked, assistant.library.name, service)
    return Json(answer.to_dict(), headers=stored.headers if stored else None)


@router.post(
    "/follow-ups",
    operation_id="suggest_follow_ups",
    response_model=schemas.Suggestions,
    responses=problems(404, 422, 429, 502, 503),
)
async def suggest_follow_ups(
    given: schemas.FollowUpsGiven, assistant: Opened, service: Serving, caller: Reader
) -> Response:
    """At most three questions that a reader of an answer may ask next; the library answers each."""
    answer = _held(given.answer, assistant.library.papers)
    async with service.gate.entered(caller.owner):
        found = await service.run(assistant.follow_ups, answer, history=_turns(given.history))
    return Json({"items": found})


async def _asked(given: schemas.QuestionGiven, assistant: Assistant, service: Service, caller: Caller) -> Asked:
    """
    Raises:
        ConversationNotFound: there is no such conversation, or it is another's or about another library.
    """
    filters = given.filters.to_filters() if given.filters else None
    if given.conversation is None:
        return Asked(given.question, _turns(given.history), filters, None, caller)
    if given.history:
        raise invalid(("body", "history"), "a stored conversation is a history; give one of the two")
    if given.conversation == NEW:
        if not caller.name and not caller.may("ingest"):
            raise invalid(("body", "conversation"), "it is kept for those who show a key or log in; send a history")
        return Asked(given.question, (), filters, NEW, caller)
    conversations = service.shelf.conversations
    found = await service.run(own, conversations, given.conversation, caller)
    about_library(found, assistant.library.name)
    history = await service.run(conversations.history, found.id)
    return Asked(given.question, history, filters, found.id, caller)


def _held(given: schemas.Answer, papers: Mapping[str, Paper]) -> Answer:
    """An answer that somebody sends, with those of its citations that the library holds as they are: of the others,
    the places may be anywhere."""
    row = given.model_dump(exclude_unset=True)
    return restored({**row, "citations": [one for one in row["citations"] if _is_span(one, papers)]}, papers)


def _is_span(citation: Row, papers: Mapping[str, Paper]) -> bool:
    paper, start, end = papers.get(citation["paper"]["key"]), citation["start"], citation["end"]
    return paper is not None and 0 <= start < end and paper.text[start:end] == citation["quote"]


def _turns(turns: list[schemas.TurnGiven]) -> list[Turn]:
    return [Turn(role=turn.role, content=turn.content) for turn in turns]


async def _stored(answer: Answer, asked: Asked, library: str, service: Service) -> Stored | None:
    """Store an answer in its conversation. Where that fails, the answer is there all the same."""
    if asked.conversation is None:
        return None
    conversations, conversation = service.shelf.conversations, asked.conversation
    if conversation == NEW:
        conversation = conversations.start(library, asked.caller.owner).id
    try:
        exchange = await service.run(conversations.add, conversation, answer)
    except ConversationsError:
        return None
    return Stored(conversation, exchange.number)


async def _sent(
    first: Event,
    events: AsyncGenerator[Event],
    asked: Asked,
    library: str,
    service: Service,
    request: Request,
) -> AsyncGenerator[bytes]:
    """The events on the wire. What goes wrong on the way is the last of them."""
    number = 0
    try:
        async with aclosing(events):
            event: Event | None = first
            while event is not None:
                number += 1
                yield await _one(event, number, asked, library, service)
                event = await anext(events, None)
    except AssistantError as error:
        yield sse.event("error", body_of(error, request), number + 1)
    except Exception as error:
        log_bug(request, error)
        yield sse.event("error", unexpected(request), number + 1)


async def _one(event: Event, number: int, asked: Asked, library: str, service: Service) -> bytes:
    name, row = event_row(event)
    if isinstance(event, Finished):
        stored = await _stored(event.answer, asked, library, service)
        row["conversation"] = stored.conversation if stored else None
        row["exchange"] = stored.number if stored else None
    return sse.event(name, row, number)
