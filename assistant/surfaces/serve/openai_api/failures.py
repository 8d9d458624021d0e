"""What went wrong -> OpenAI's envelope: ``{"error": {"message", "type", "param", "code"}}`` under the right status, so
that its clients raise their own exceptions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from assistant.errors import AssistantError
from assistant.surfaces.serve.api.common import Json
from assistant.surfaces.serve.callers import caller_of
from assistant.surfaces.serve.problems import fault_of, retry_after, sentence_of, status_of

_TYPES = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
_UNPROCESSABLE = 422
"""What REST calls a question that cannot be asked; OpenAI has one word, 400, for all that is wrong with a request."""
_NOBODY_LISTENS = 499
"""The status of a request whose client has gone, as nginx logs it."""

_log = logging.getLogger(__name__)


class Refused(Exception):
    """A request that is not answered. ``param`` is the field that stands in the way, ``code`` a word for programs."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.param = param
        self.code = code
        self.status = status


def envelope(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    """The body of a failure."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def envelope_of(error: AssistantError, request: Request) -> tuple[int, dict[str, Any]]:
    """The status and the body of an error that the answer ended in."""
    status = status_of(error)
    sentence = sentence_of(error, to_owner=caller_of(request).may("owner"))
    if status >= 500 or sentence != str(error):
        _log.warning("a question came to no answer: %s", type(error).__name__)
    status = 400 if status == _UNPROCESSABLE else status
    return status, envelope(status, sentence)


def failed(error: Exception, request: Request) -> Response:
    """The response to an error that a route may raise.

    Raises:
        Exception: the error itself, where it is none of those.
    """
    match error:
        case Refused():
            return _reply(error.status, envelope(error.status, str(error), error.param, error.code))
        case RequestValidationError():
            return _reply(400, envelope(400, *_first_fault(error)))
        case HTTPException():
            sentence = f"{error.detail.rstrip('.')}."  # FastAPI's own has no full stop
            return _reply(error.status_code, envelope(error.status_code, sentence), error.headers)
        case AssistantError():
            seconds = retry_after(error)
            return _reply(
                *envelope_of(error, request), headers=None if seconds is None else {"Retry-After": str(seconds)}
            )
        case ClientDisconnect():
            return Response(status_code=_NOBODY_LISTENS)
    raise error


def _reply(status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Json(body, status, headers)


def _first_fault(error: RequestValidationError) -> tuple[str, str | None]:
    """The first of what is wrong with a body as a sentence, and the field."""
    fault = error.errors()[0]
    place = [part for part in fault["loc"][1:] if isinstance(part, str | int)]
    if fault["type"] == "json_invalid" or not place:
        return f"The body is not the JSON object that this takes: {fault_of(fault)}.", None
    param = ".".join(map(str, place))
    return f"The field {param!r} is not as it should be: {fault_of(fault)}.", param


class OpenAIRoute(APIRoute):
    """A route that fails in OpenAI's envelope."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # failed() lets through what is none of its own
                return failed(error, request)

        return answer
