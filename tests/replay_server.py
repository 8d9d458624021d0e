"""A small web server on loopback that gives recorded or written replies, with troubles on the way if it is told to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.loopback import listening

RECORDED = Path(__file__).parent / "data" / "apis"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came: its path without escapes, the last value of each parameter, its headers in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. ``drops``: the connection ends after half of the body. An ETag in ``headers`` is honoured with 304."""

    body: bytes | str | dict[str, Any] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drops: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


def recorded(name: str) -> Reply:
    """A reply of ``tests/data/apis``."""
    row = json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))
    return Reply(row["body"], row["status"])


def recorded_json(name: str) -> Any:
    return json.loads(recorded(name).content)


Answering = Callable[[Asked], Reply]


class ReplayServer:
    """Gives the replies of a path in turn, and the last of them again and again; 501 for a path that it has none for.

    ``asked`` are the requests that came.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self._routes: dict[str, list[Reply | Answering]] = {}

    def gives(self, path: str, *replies: Reply | Answering) -> None:
        self._routes[path] = list(replies)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def reply_to(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        replies = self._routes.get(asked.path)
        if not replies:
            return Reply(f"nothing is recorded for {asked.path}", status=501)
        following = replies.pop(0) if len(replies) > 1 else replies[0]
        reply = following if isinstance(following, Reply) else following(asked)
        tag = reply.headers.get("ETag")
        return Reply(status=304, headers=reply.headers) if tag and asked.headers.get("if-none-match") == tag else reply


@contextmanager
def replaying() -> Iterator[ReplayServer]:
    """The server while it runs."""
    server = ReplayServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = server.reply_to(Asked(unquote(parts.path), query, headers))
            self.send_response(reply.status)
            content = reply.content
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 304:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.close_connection = reply.drops
            if reply.status != 304:
                self._write(content[: len(content) // 2] if reply.drops else content)

        def _write(self, content: bytes) -> None:
            try:
                self.wfile.write(content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as address:
        server.url = address
        yield server
