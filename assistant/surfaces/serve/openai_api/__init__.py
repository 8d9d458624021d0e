"""OpenAI's API over the libraries: ``/v1/models``, ``/v1/chat/completions``, ``/v1/embeddings``.

A library is a model, named as the library is; ``papertalk`` is the first of them. An answer streams once it stands: a
client of OpenAI's cannot take back what it has shown, and until the last check of an answer each of its sentences may
be taken back, those of a chat model most of all. So the stream opens at once, is kept open by comments, and then has
exactly the text that is given without streaming. Nothing is stored: the client sends the conversation along.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from assistant.answers import Answer, Finished, Planned, Turn
from assistant.api import Assistant
from assistant.errors import AssistantError, LibraryNotFound
from assistant.library import store_errors
from assistant.surfaces.serve.api.common import Json
from assistant.surfaces.serve.api.sse import EventStream, unless_gone
from assistant.surfaces.serve.callers import caller_of, needs
from assistant.surfaces.serve.openai_api import told
from assistant.surfaces.serve.openai_api.asked import ChatRequest, EmbeddingsRequest
from assistant.surfaces.serve.openai_api.failures import OpenAIRoute, Refused, envelope, envelope_of
from assistant.surfaces.serve.service import Service

__all__ = ["envelope", "router"]

FIRST = "papertalk"
"""The model that is the first library, whatever its name."""
_SURFACE = "openai"


def router(service: Service) -> APIRouter:
    """The routes, in a group ``/v1`` of their own."""
    routes = APIRouter(
        prefix="/v1",
        tags=["OpenAI-compatible"],
        route_class=OpenAIRoute,
        dependencies=[needs("read")],
        responses=_FAILURES,
    )

    @routes.get("/models")
    async def list_models() -> Json:
        """The libraries, each as a model to chat with, and the model that embeds."""
        return Json({"object": "list", "data": [_model(name) for name in await service.run(_models, service)]})

    @routes.get("/models/{model:path}")
    async def show_model(model: str) -> Json:
        if model not in await service.run(_models, service):
            raise _no_model(model)
        return Json(_model(model))

    @routes.post("/chat/completions")
    async def chat(asked: ChatRequest, request: Request) -> Response:
        """Answer the last message of the user from the papers of a library."""
        asked.refuse_the_impossible()
        question, history = asked.asking()
        assistant = await service.run(_library, service, asked.model)
        answering = _Answering(service, assistant, asked, question, history, request)
        if asked.stream:
            events = answering.stream()
            first = await unless_gone(request, anext(events))  # what fails before it has a status of its own
            return EventStream(_from(first, events))
        return Json(await unless_gone(request, answering.whole()))

    @routes.post("/embeddings")
    async def embed(asked: EmbeddingsRequest, request: Request) -> Json:
        """The vectors of texts, by the model that embeds the papers."""
        texts = asked.texts()
        assistant = await service.run(service.assistant)
        async with service.gate.entered(caller_of(request).owner):
            return Json(await service.run(_embedded, assistant, asked, texts))

    return routes


_FAILURES: dict[int | str, dict[str, Any]] = {
    status: {
        "description": reason,
        "content": {"application/json": {"example": envelope(status, f"{reason}.")}},
    }
    for status, reason in (
        (400, "The request asks for what cannot be done"),
        (401, "A key is missing or wrong"),
        (403, "The key may not read"),
        (404, "There is no such model"),
        (429, "Too many requests; Retry-After says when to come again"),
        (503, "The library cannot be read at the moment"),
        (504, "The answer took too long"),
    )
}


class _Answering:
    """One question on its way to an answer in OpenAI's form."""

    def __init__(
        self,
        service: Service,
        assistant: Assistant,
        asked: ChatRequest,
        question: str,
        history: list[Turn],
        request: Request,
    ) -> None:
        self._service = service
        self._assistant = assistant
        self._asked = asked
        self._question = question
        self._history = history
        self._request = request
        self._caller = caller_of(request).owner
        self._envelope = told.Envelope.new(asked.model)

    async def whole(self) -> dict[str, Any]:
        answer = await self._service.ask(
            self._assistant, self._question, history=self._history, surface=_SURFACE, caller=self._caller
        )
        return self._envelope.completion(await self._told(answer))

    async def stream(self) -> AsyncGenerator[bytes]:
        """The events. What fails after the first of them is told in the stream, where OpenAI's clients look for it."""
        options = self._asked.stream_options
        began = False
        coming = self._service.events(
            self._assistant, self._question, history=self._history, surface=_SURFACE, caller=self._caller
        )
        try:
            async with aclosing(coming) as events:
                async for event in events:
                    if isinstance(event, Planned):
                        began = True
                        yield self._envelope.opening()
                    elif isinstance(event, Finished):
                        made = await self._told(event.answer)
                        with_usage = options is not None and options.include_usage
                        yield b"".join(self._envelope.chunks(made, with_usage=with_usage))
        except AssistantError as error:
            if not began:
                raise
            _, body = envelope_of(error, self._request)
            yield told.event(body)
        else:
            yield told.END

    async def _told(self, answer: Answer) -> told.Told:
        prompt = [self._question, *(turn["content"] for turn in self._history)]
        model = self._assistant.library.store.model
        return await self._service.run(told.tell, answer, prompt, model, with_answer=self._asked.papertalk)


async def _from(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    async with aclosing(rest):
        yield first
        async for event in rest:
            yield event


def _library(service: Service, model: str) -> Assistant:
    """
    Raises:
        Refused: no library is called so.
        LibraryError: it cannot be opened.
    """
    if model == FIRST and FIRST not in service.shelf.names():
        return service.assistant()
    try:
        return service.assistant(model)
    except LibraryNotFound as error:
        raise _no_model(model) from error


def _models(service: Service) -> list[str]:
    return list(dict.fromkeys([FIRST, *service.shelf.names(), service.assistant().library.store.model.name]))


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "papertalk"}


def _no_model(name: str) -> Refused:
    return Refused(f"There is no model {name!r}; GET /v1/models lists them.", "model", "model_not_found", 404)


def _embedded(assistant: Assistant, asked: EmbeddingsRequest, texts: list[str]) -> dict[str, Any]:
    """
    Raises:
        Refused: another model or dimension is asked for, or a text is longer than the model reads.
        ModelError: the model does not answer.
    """
    with store_errors(assistant.library.name):
        model = assistant.library.store.model
        if asked.model not in (model.name, assistant.settings.embedding_model):
            raise _no_model(asked.model)
        if asked.dimensions not in (None, model.dimension):
            raise Refused(
                f"The model's vectors have {model.dimension} dimensions and no others; leave 'dimensions' out.",
                "dimensions",
                "unsupported_parameter",
            )
        counts = [model.count_tokens(text) for text in texts]
        longest = max(range(len(counts)), key=counts.__getitem__)
        if counts[longest] > model.max_tokens:
            raise Refused(
                f"Text {longest} of the input has {counts[longest]:,} tokens, and the model reads {model.max_tokens}; "
                f"cut it.",
                "input",
                "context_length_exceeded",
            )
        return told.embeddings(model.embed(texts), model.name, sum(counts), in_base64=asked.encoding_format == "base64")
