"""The log of a server: lines of text or of JSON on standard error, one of them for each request.

A line never holds a question, a key, a cookie, an address, a query or a path, neither of a request nor of this machine.
So requests are named by the template of their route, and errors by their types and by where they arose, without their
messages. Of packages that are not ours there are warnings alone, as the template that stands in their source:
what they put into it may be anybody's.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from traceback import walk_tb
from typing import IO, TYPE_CHECKING, Any

from fastapi.routing import iter_route_contexts
from starlette.routing import Mount, compile_path

from assistant.settings import Settings
from assistant.surfaces.serve.callers import request_id

if TYPE_CHECKING:
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNROUTED = "unrouted"
"""The route of a request that came to none."""
_SEEN = "papertalk.seen"
"""Where in a scope what is known after routing is handed to those before the guard, who do not see its copy."""
_LEFT = 499
"""The status of a request whose client left before the response began, as nginx has it."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Those that are called by their names; whatever else a client sends is one."""
_PROBES = frozenset({"/healthz", "/readyz", "/metrics", "/alive", "/gradio_api/heartbeat/{session_hash}"})
"""Routes that machines ask for every few seconds."""
_PLAIN = frozenset(
    {"/mcp", "/login", "/logout", "/login.css", "/slack/events", "/mattermost/command", "/mattermost/webhook"}
)
"""Routes of Starlette's own, which leaves no template in the scope."""
_PARTS = ("/assets/", "/static/", "/theme.css", "/favicon.ico")
"""How the routes of what a page is made of begin."""
_OURS = frozenset({"assistant", "vectorstore", "papertalk", "uvicorn"})
"""Packages whose messages are known to hold nothing of a user's."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SHOWN = ("method", "route", "status", "ms", "bytes", "caller")
"""What a record may hold beside its message."""
_FRAMES = 6
"""Calls that are shown of where an error arose, the innermost."""

_access = logging.getLogger("papertalk.access")


# ---- requests


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its response, without what is in them. ``route`` is a template; ``caller`` a name, never a key."""

    route: str
    method: str
    status: int
    seconds: float
    size: int
    caller: str


class Watched:
    """An ASGI application whose exchanges are told to listeners, each when its response has ended. It stands before all
    else; :class:`Routed` stands behind the guard. ``routes`` are those that a request would have come to which the
    guard refuses."""

    def __init__(self, app: ASGIApp, *listeners: Callable[[Exchange], None], routes: Iterable[BaseRoute] = ()) -> None:
        self._app = app
        self._listeners = listeners
        self._templates = Templates(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, status, size = time.perf_counter(), 0, 0
        seen = seen_of(scope)

        async def counting(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        except Exception:
            status = status or 500
            raise
        finally:
            exchange = Exchange(
                route=seen.route if seen.is_routed else self._templates.of(scope["path"]),
                method=scope["method"] if scope["method"] in METHODS else "other",
                status=status or _LEFT,
                seconds=time.perf_counter() - start,
                size=size,
                caller=seen.caller or _caller_of(scope),
            )
            for listener in self._listeners:
                listener(exchange)


class Routed:
    """An ASGI application that routes requests; what comes of that is told to those who stand before it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        finally:
            seen = seen_of(scope)
            seen.route, seen.is_routed = _route_of(scope), True
            seen.caller = _caller_of(scope)


@dataclass(slots=True)
class Seen:
    """What :class:`Routed` knows of a request: the template of its route, such as
    ``/api/v1/libraries/{library}/papers``, and its caller's name."""

    route: str = UNROUTED
    caller: str = ""
    is_routed: bool = False
    """False where the request was refused before."""


def seen_of(scope: Scope) -> Seen:
    """What is told of a request; the same for all who ask, whichever copy of its scope they have, from the first on."""
    seen: Seen = scope.setdefault(_SEEN, Seen())
    return seen


def _caller_of(scope: Scope) -> str:
    """The name of whoever the guard found to be the sender: also of one whom it sends away."""
    return getattr(scope.get("state", {}).get("caller"), "name", "")


class Templates:
    """The templates of routes, by which a request is told that none of them was asked to answer."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._known = [(compile_path(template)[0], template) for template in _templates_of(routes)]

    def of(self, path: str) -> str:
        """Such as ``/api/v1/libraries/{library}``; :data:`UNROUTED` where no route has it."""
        found = next((template for pattern, template in self._known if pattern.match(path)), UNROUTED)
        return _CONVERTOR.sub("", found)


_CONVERTOR = re.compile(r"(?<=[A-Za-z0-9_]):[a-z]+(?=\})")
"""How a template says what its parameter may hold: the ``:path`` of ``{key:path}``."""


def _templates_of(routes: Iterable[BaseRoute], prefix: str = "") -> Iterator[str]:
    """In the order in which they are tried; those of what is mounted come after its prefix."""
    for route in iter_route_contexts(list(routes)):
        if isinstance(route.original_route, Mount):
            yield from _templates_of(route.original_route.routes, f"{prefix}{route.original_route.path}")
        elif path := getattr(route, "path", None):
            yield f"{prefix}{path}"


def _route_of(scope: Scope) -> str:
    """By what FastAPI and Starlette leave in the scope of what they chose."""
    mounted = scope.get("root_path", "").removeprefix(scope.get("app_root_path", "")).rstrip("/")
    # FastAPI keeps the prefix of an included router apart from the route.
    chosen = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    template = getattr(chosen, "path_format", None)
    if template is None or isinstance(chosen, Mount):  # a mounted application without routes, or no route at all
        path = scope.get("path", "")
        return mounted or (path if path in _PLAIN else UNROUTED)
    return f"{mounted}{template}"


def log_access(exchange: Exchange) -> None:
    """One line; for a probe at DEBUG."""
    _access.log(
        logging.DEBUG if exchange.route in _PROBES or exchange.route.startswith(_PARTS) else logging.INFO,
        "%s %s %d",
        exchange.method,
        exchange.route,
        exchange.status,
        extra={
            "method": exchange.method,
            "route": exchange.route,
            "status": exchange.status,
            "ms": round(1000 * exchange.seconds, 1),
            "bytes": exchange.size,
            "caller": exchange.caller,
        },
    )


# ---- lines


def configure(settings: Settings, stream: IO[str] | None = None) -> None:
    """Send all logs of this process to ``stream``; to standard error, where none is given."""
    handler = logging.StreamHandler(stream)
    handler.addFilter(_may_be_written)
    handler.setFormatter(_AsJson() if settings.log_format == "json" else _AsText())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("assistant", "papertalk"):
        logging.getLogger(name).setLevel(logging.INFO)
    if settings.access == "local" and settings.log_format == "text":  # a terminal of one's own is not to be flooded
        _access.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):  # whose own handlers show addresses and paths
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    logging.captureWarnings(True)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in _OURS


def _may_be_written(record: logging.LogRecord) -> bool:
    """Whatever level a package that is not ours is set to: below warnings it shows URLs and bodies."""
    return _is_ours(record) or record.levelno >= logging.WARNING


class _AsJson(logging.Formatter):
    """An object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_fields(record), ensure_ascii=False)


class _AsText(logging.Formatter):
    """The time, the level, the logger, the message, and the rest as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        head = [str(fields.pop(name)) for name in ("time", "level", "logger", "message")]
        return " ".join([*head, *(f"{name}={value}" for name, value in fields.items())])


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What is written of a record; no value holds a line's end."""
    written = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    fields: dict[str, Any] = {
        "time": written.replace("+00:00", "Z"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
        "request_id": request_id.get(),
    }
    fields |= {name: getattr(record, name, None) for name in _SHOWN}
    if record.exc_info and record.exc_info[1]:
        fields["error"] = " from ".join(_told(record.exc_info[1]))
    return {name: _on_one_line(value) for name, value in fields.items() if value not in (None, "")}


def _message(record: logging.LogRecord) -> str:
    if _is_ours(record):
        return record.getMessage()
    place = f"{record.module}.{record.funcName}:{record.lineno}"
    return f"{place}: {record.msg}" if record.args else place


def _told(error: BaseException | None) -> Iterator[str]:
    """An error and its causes, outermost first, each by its type and by the calls that led to it, innermost first."""
    while error is not None:
        calls = [
            f"{frame.f_globals.get('__name__', '?')}.{frame.f_code.co_name}:{line}"
            for frame, line in walk_tb(error.__traceback__)
        ]
        yield " < ".join([type(error).__name__, *reversed(calls[-_FRAMES:])])
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _on_one_line(value: Any) -> Any:
    return _CONTROL.sub(" ", value).strip() if isinstance(value, str) else value
