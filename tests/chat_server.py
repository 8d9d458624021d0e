"""A small server on loopback that speaks the protocol of OpenAI's chat completions, and keeps what it was asked."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, Literal

from tests.loopback import listening

SLOW = 60
"""Seconds that a reply is held back at most, should a test fail to let it go."""

Trouble = Literal["silence", "stalls", "breaks", "garbles", "pauses"]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: ``text`` from the model, or a server's error where ``status`` says so.

    ``end`` is why the model stopped; None: it does not say. ``trouble`` is what happens on the way: nothing comes at
    all ("silence"), or nothing after half of it ("stalls"); the connection ends within the body ("breaks"), or an
    event is no JSON ("garbles"), or all of it comes once the test says so ("pauses"). ``code`` is the error's.
    ``deltas`` are the texts of a stream's events; without them ``text`` comes in words. ``pieces`` are the bytes of a
    stream that are written at once, one number after the other
    and the last for all that follow; None: event by event. ``usage`` are the tokens read and written.
    """

    text: str = ""
    status: int = 200
    refusal: str | None = None
    end: str | None = "stop"
    trouble: Trouble | None = None
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None
    deltas: tuple[str, ...] = ()
    pieces: tuple[int, ...] | None = None
    usage: tuple[int, int] | None = (1, 1)

    def body(self, model: str) -> bytes:
        if self.status != 200:
            return json.dumps({"error": {"message": self.text, "type": "error", "code": self.code}}).encode()
        said = self.text or "".join(self.deltas)
        message = {"role": "assistant", "content": None if self.refusal else said, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "finish_reason": self.end, "logprobs": None}
        return json.dumps(_envelope("chat.completion", model, [choice], self._tokens())).encode()

    def events(self, model: str) -> list[bytes]:
        """The same as a stream: server-sent events (WHATWG HTML, 9.2), each a chunk of the reply."""
        texts = self.deltas or _words(self.text)
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"refusal": word} for word in _words(self.refusal or "")] or [{"content": text} for text in texts]
        chunks = [_chunk(model, delta, None) for delta in deltas]
        if self.end is not None:
            chunks.append(_chunk(model, {}, self.end))
        if self.usage is not None:
            chunks.append(_envelope("chat.completion.chunk", model, [], self._tokens()))
        events = [b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n" for chunk in chunks]
        return [*events, b"data: [DONE]\n\n"]

    def writes(self, model: str, *, streamed: bool) -> Iterator[bytes]:
        """The body as it goes out."""
        parts = self.events(model) if streamed and self.status == 200 else [self.body(model)]
        if self.trouble == "garbles":
            parts[len(parts) // 2] = b"data: {no JSON}\n\n"
        if self.pieces is None:
            yield from parts
            return
        body, place, sizes = b"".join(parts), 0, iter(self.pieces)
        size = 0
        while place < len(body):
            size = next(sizes, size)
            yield body[place : place + size]
            place += size

    def _tokens(self) -> dict[str, int] | None:
        if self.usage is None:
            return None
        read, written = self.usage
        return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _envelope(kind: str, model: str, choices: list[Any], usage: dict[str, int] | None) -> dict[str, Any]:
    made = {"id": "chatcmpl-1", "object": kind, "created": 0, "model": model, "choices": choices}
    return made if usage is None else made | {"usage": usage}


def _chunk(model: str, delta: dict[str, Any], end: str | None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
    return _envelope("chat.completion.chunk", model, [choice], None)


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:] if text else []


class ChatServer:
    """Gives its ``replies`` in turn; asked for more than there are, it fails for good.

    ``requests`` are the bodies that came to the chat's own address, ``keys`` what was sent as the key with each, and
    ``elsewhere`` the other addresses that were asked. ``closed_early`` counts the clients that hung up while a reply
    with a trouble kept them waiting; ``hung_up`` is set with the first, and ``waiting`` when one begins to wait.
    ``going_on`` is set by a test to end a pause.
    """

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.elsewhere: list[str] = []
        self.url = ""
        self.closed_early = 0
        self.waiting = threading.Event()
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self.going_on = threading.Event()

    def will_say(self, *replies: str | Reply) -> None:
        self.replies.extend(Reply(reply) if isinstance(reply, str) else reply for reply in replies)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of who asks this server."""
        return {"chat_model": "openai:small", "chat_url": self.url, "chat_timeout": 20}

    @property
    def prompts(self) -> list[str]:
        """What was said to the model in each request."""
        return ["\n".join(message["content"] for message in asked["messages"]) for asked in self.requests]

    def next(self, asked: dict[str, Any], key: str) -> Reply:
        self.requests.append(asked)
        self.keys.append(key)
        return self.replies.popleft() if self.replies else Reply("There is no reply left.", status=501)

    def keep_waiting(self, client: socket.socket) -> None:
        """Say nothing until the client hangs up or the server closes."""
        self.waiting.set()
        while not self.closing.is_set():
            readable, _, _ = select.select([client], [], [], 0.01)
            if readable and _is_gone(client):
                self.closed_early += 1
                self.hung_up.set()
                return


def _is_gone(client: socket.socket) -> bool:
    try:
        return not client.recv(1)
    except ConnectionResetError:
        return True


def emptied(server: ChatServer) -> Iterator[ChatServer]:
    """A server that several tests share, for one of them: every reply that the test gives it is asked for."""
    for kept in (server.requests, server.keys, server.waiting, server.hung_up, server.going_on):
        kept.clear()
    yield server
    left = len(server.replies)
    server.replies.clear()
    assert left == 0


@contextmanager
def serving_chat() -> Iterator[ChatServer]:
    """The server while it runs; its ``url`` is the base URL of a client."""
    server = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path != "/v1/chat/completions":
                server.elsewhere.append(self.path)
                self.send_error(404)
                return
            asked = json.loads(content)
            reply = server.next(asked, self.headers.get("Authorization", ""))
            if reply.trouble == "silence":
                server.keep_waiting(self.connection)
                return
            if reply.trouble == "pauses":
                server.waiting.set()
                server.going_on.wait(SLOW)
            writes = list(reply.writes(asked["model"], streamed=bool(asked.get("stream"))))
            self._begin(reply, sum(map(len, writes)))
            if reply.trouble not in ("stalls", "breaks"):
                self._write(writes)
            elif len(writes) == 1:
                self._write([writes[0][: len(writes[0]) // 2]])
            else:
                self._write(writes[: len(writes) // 2])
            if reply.trouble == "stalls":
                server.keep_waiting(self.connection)

        def _begin(self, reply: Reply, length: int) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(length))
            for name, value in {"x-should-retry": "false", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def _write(self, parts: list[bytes]) -> None:
            try:
                for part in parts:
                    self.wfile.write(part)
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                server.closed_early += 1
                server.hung_up.set()

        def do_GET(self) -> None:
            server.elsewhere.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as address:
        server.url = f"{address}/v1"
        try:
            yield server
        finally:
            server.closing.set()
