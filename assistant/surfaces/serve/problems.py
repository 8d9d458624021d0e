"""Errors as problem+json (RFC 9457): one form for everything that can go wrong, and no word in it that is not the
caller's business."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response

from assistant.errors import (
    AccessError,
    AssistantError,
    Busy,
    ConfigError,
    ConversationNotFound,
    ConversationsError,
    EmbeddingMismatch,
    EmptyLibrary,
    ExportError,
    JobNotFound,
    KeyReused,
    LibraryDamaged,
    LibraryError,
    LibraryInUse,
    LibraryNotFound,
    LibraryNotWritable,
    LibraryUnavailable,
    ModelError,
    PaperNotFound,
    QuestionError,
    SourceError,
    Stopped,
    TimedOut,
)
from assistant.surfaces.serve.limits import BodyRefused
from assistant.wire import PROBLEMS, holds_path, http_problem, problem_type, title_of, without_network

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

Value = TypeVar("Value")


MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = 5
"""Seconds after which to ask again what may be well by then: a store or a model that does not answer."""

_STATUS: Mapping[type[AssistantError], int] = {
    QuestionError: 422,
    SourceError: 422,
    ExportError: 422,
    LibraryNotFound: 404,
    PaperNotFound: 404,
    ConversationNotFound: 404,
    JobNotFound: 404,
    KeyReused: 409,
    EmptyLibrary: 409,
    LibraryInUse: 409,
    EmbeddingMismatch: 409,
    LibraryNotWritable: 507,
    LibraryUnavailable: 503,
    LibraryDamaged: 500,
    LibraryError: 409,
    ConversationsError: 500,
    ConfigError: 500,
    AccessError: 403,
    Busy: 429,
    TimedOut: 504,
    Stopped: 409,
    ModelError: 502,
    AssistantError: 500,
}
_NEUTRAL: Mapping[type[AssistantError], str] = {
    LibraryDamaged: "The library cannot be opened; whoever runs this server can see why with 'papertalk doctor'.",
    LibraryNotWritable: "The library cannot be written at the moment; whoever runs this server can see why with "
    "'papertalk doctor'.",
    LibraryUnavailable: "The library cannot be reached at the moment; ask again soon.",
    LibraryInUse: "The library is in use by another process; try again later.",
    LibraryError: "The library cannot be used for this; whoever runs this server can see why with 'papertalk doctor'.",
    ConversationsError: "Conversations cannot be kept or read at the moment; whoever runs this server can see why with "
    "'papertalk doctor'.",
    ConfigError: "A setting of this server is wrong; whoever runs it can see which with 'papertalk doctor'.",
    LibraryNotFound: "There is no such library; GET /api/v1/libraries lists those that are there.",
    PaperNotFound: "There is no such paper; GET /api/v1/libraries/{library}/papers lists the keys.",
    ConversationNotFound: "There is no such conversation of yours; it was deleted, or its id is another.",
    QuestionError: "The question, or a name in the request, cannot be taken as it stands; write it otherwise.",
    SourceError: "A source could not be read; give an identifier at a service, a link, a text or files.",
    ModelError: "A model is missing or did not answer; whoever runs this server can see why with 'papertalk doctor'.",
    AssistantError: "This could not be done; whoever runs this server can see why with 'papertalk doctor'.",
}
"""What is said of a kind of error in place of a sentence that tells of the machine."""
_OF_THE_MACHINE = (LibraryDamaged, LibraryNotWritable, LibraryInUse, LibraryUnavailable, ConfigError)
"""Kinds whose sentences are for whoever runs the server alone: they name folders, settings and processes."""
_COMMAND = "'papertalk "
"""How a hint begins that is of use in a terminal alone."""
_HINTS: Mapping[type[AssistantError], str] = {
    LibraryNotFound: "GET /api/v1/libraries lists those that are there",
    PaperNotFound: "GET /api/v1/libraries/{library}/papers lists the keys",
    EmptyLibrary: "POST /api/v1/libraries/{library}/ingest takes papers in",
    QuestionError: "GET /api/v1/libraries/{library}/people lists names and groups",
}
"""The next step over HTTP, where a sentence names a command of the terminal."""

_log = logging.getLogger(__name__)


def status_of(error: AssistantError) -> int:
    """The status of HTTP that an error comes with."""
    if isinstance(error, ModelError) and error.retryable:
        return 503
    return _nearest(_STATUS, error, 500)


def sentence_of(error: AssistantError, *, to_owner: bool) -> str:
    """What a caller is told of an error: its own sentence.

    To anybody but this machine's user: without paths of this machine, and with the next step as it is over HTTP.
    """
    if to_owner:
        return str(error)
    sentence, is_neutral = _discreet(error)
    head, semicolon, hint = sentence.rpartition("; ")
    if semicolon and _COMMAND in hint and not is_neutral:
        step = _nearest(_HINTS, error, "")
        return f"{head}; {step}." if step else f"{head}."
    return sentence


def discreet(error: AssistantError) -> str:
    """An error's sentence without what tells of the machine: its folders, its settings, addresses of its network."""
    return _discreet(error)[0]


def _discreet(error: AssistantError) -> tuple[str, bool]:
    """:func:`discreet`, and whether it is not the error's own sentence."""
    sentence = without_network(str(error))
    if isinstance(error, _OF_THE_MACHINE) or holds_path(sentence):
        return _nearest(_NEUTRAL, error, ""), True
    return sentence, False


def retry_after(error: AssistantError) -> int | None:
    """Seconds after which asking again may help; None where it will not."""
    if isinstance(error, Busy):
        return error.retry_after
    return RETRY_AFTER if status_of(error) == 503 else None


def _nearest(values: Mapping[type[AssistantError], Value], error: AssistantError, default: Value) -> Value:
    """What stands for the error's kind, or for the nearest above it."""
    return next((values[kind] for kind in type(error).__mro__ if kind in values), default)


# ---- bodies


def body_of(error: AssistantError, request: HTTPConnection) -> dict[str, Any]:
    """The problem that an error is."""
    to_owner = _is_owner(request)
    body = _body(request, problem_type(type(error)), title_of(type(error)), status_of(error))
    return {**body, "detail": sentence_of(error, to_owner=to_owner)}


def unexpected(request: HTTPConnection) -> dict[str, Any]:
    """The problem that a bug is: nothing is told but where the log has it."""
    body = _body(request, f"{PROBLEMS}internal-error", "Internal error", 500)
    return {**body, "detail": "Something went wrong here; the server's log has more under this request's id."}


def request_id_of(request: HTTPConnection) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


def _body(request: HTTPConnection, kind: str, title: str, status: int) -> dict[str, Any]:
    return {
        "type": kind,
        "title": title,
        "status": status,
        "instance": request.url.path,
        "request_id": request_id_of(request),
    }


def _is_owner(request: HTTPConnection) -> bool:
    caller = request.scope.get("state", {}).get("caller")
    return caller is not None and caller.may("owner")


def not_ready(request: HTTPConnection, sentence: str, *, is_stopping: bool = False) -> Problem:
    """The response of a server that can answer no question: not now, or, where it is stopping, not any more."""
    kind, title = ("stopping", "Stopping") if is_stopping else ("not-ready", "Not ready")
    return Problem({**_body(request, f"{PROBLEMS}{kind}", title, 503), "detail": sentence}, {"Retry-After": "1"})


# ---- responses


class Problem(Response):
    """A response of problem+json."""

    media_type = MEDIA_TYPE

    def __init__(self, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        super().__init__(content, body["status"], dict(headers or {}))


def respond(error: AssistantError, request: HTTPConnection) -> Problem:
    """The response to a request that an error ended."""
    body = body_of(error, request)
    if body["status"] >= 500 or body["detail"] != str(error):
        _log.warning("request %s: %s", request_id_of(request), type(error).__name__)
    seconds = retry_after(error)
    return Problem(body, None if seconds is None else {"Retry-After": str(seconds)})


def invalid(place: Sequence[str | int], message: str) -> RequestValidationError:
    """A value of the request that cannot be, such as ``("query", "cursor")``."""
    return RequestValidationError([{"loc": tuple(place), "msg": message, "type": "value_error"}])


def install(app: FastAPI) -> None:
    """Let everything that can go wrong in an application come out as a problem."""
    app.add_exception_handler(AssistantError, _of_assistant)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(StarletteHTTPException, _of_http)
    app.add_middleware(Loud)


async def _of_assistant(request: Request, error: Exception) -> Response:
    assert isinstance(error, AssistantError)
    return respond(error, request)


async def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"place": place_of(one), "message": fault_of(one)} for one in error.errors()]
    body = _body(request, f"{PROBLEMS}invalid-request", "Invalid request", 422)
    first = errors[0] if errors else {"place": "body", "message": "it cannot be read"}
    detail = f"The request is not as it should be at {first['place']}: {first['message']}."
    return Problem({**body, "detail": detail, "errors": errors})


async def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    kind, title = http_problem(error.status_code)
    is_bare = error.detail in ("", HTTPStatus(error.status_code).phrase)
    detail = _SENTENCES.get(error.status_code, f"{title}.") if is_bare else error.detail
    return Problem({**_body(request, kind, title, error.status_code), "detail": detail}, error.headers)


_SENTENCES = {
    404: "There is nothing at this address; GET /api/v1/docs lists what there is.",
    405: "This address does not take that method; GET /api/v1/docs lists what it takes.",
}


_FAULTS = {
    "missing": "it is missing",
    "extra_forbidden": "there is no such field; leave it out",
    "json_invalid": "it is not JSON",
    "model_attributes_type": "it should be an object of JSON",
}
"""What is wrong with a value, by pydantic's word for it, where its own sentence is none for people."""
_SUBJECT = re.compile(r"^[A-Z][a-z]+ (?=should )")


def place_of(fault: Mapping[str, Any]) -> str:
    """Where the value stands of which pydantic says that something is wrong with it: ``body.filters.years``."""
    is_place = fault["type"] != "json_invalid"  # which has a number of characters behind it
    return ".".join(str(part) for part in fault["loc"] if is_place or isinstance(part, str))


def fault_of(fault: Mapping[str, Any]) -> str:
    """What is wrong with it, in words that a sentence ends with."""
    if known := _FAULTS.get(fault["type"]):
        return known
    said = str(fault["msg"]).removeprefix("Value error, ").partition(", unable to ")[0]
    return _SUBJECT.sub("it ", said.rstrip("."))


class Loud:
    """An ASGI application whose bugs are logged, by the type of the exception and by where it arose, and answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:  # nobody is there to be told
            return
        except BodyRefused:  # the guard answers
            raise
        except Exception as error:
            if scope["type"] != "http" or has_begun:
                raise
            request = Request(scope)
            log_bug(request, error)
            await Problem(unexpected(request))(scope, receive, send)


def log_bug(request: HTTPConnection, error: BaseException) -> None:
    """Say in the log what a bug is and where. Its message is left out: it may quote what was asked."""
    calls = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        calls.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    _log.error("request %s: %s at %s", request_id_of(request), type(error).__name__, " < ".join(reversed(calls[-6:])))
