"""A small server on loopback that speaks the protocol of OpenAI's chat completions, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: ``text`` from the model, or a server's error where ``status`` says so.

    ``end`` is why the model stopped. ``trouble`` is what happens on the way: nothing comes ("silence"), or the
    connection ends within the body ("breaks").
    """

    text: str = ""
    status: int = 200
    refusal: str | None = None
    end: str = "stop"
    trouble: Literal["silence", "breaks"] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, model: str) -> bytes:
        if self.status != 200:
            return json.dumps({"error": {"message": self.text, "type": "error", "code": None}}).encode()
        message = {"role": "assistant", "content": None if self.refusal else self.text, "refusal": self.refusal}
        return json.dumps(
            {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "created": 0,
                "model": model,
                "choices": [{"index": 0, "message": message, "finish_reason": self.end, "logprobs": None}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
            }
        ).encode()


class ChatServer:
    """Gives its ``replies`` in turn; asked for more than there are, it fails for good.

    ``requests`` are the bodies that came to the chat's own address, ``keys`` what was sent as the key with each, and
    ``elsewhere`` the other addresses that were asked.
    """

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.elsewhere: list[str] = []
        self.url = ""
        self.closing = threading.Event()

    def will_say(self, *replies: str | Reply) -> None:
        self.replies.extend(Reply(reply) if isinstance(reply, str) else reply for reply in replies)

    @property
    def prompts(self) -> list[str]:
        """What was said to the model in each request."""
        return ["\n".join(message["content"] for message in asked["messages"]) for asked in self.requests]

    def next(self, asked: dict[str, Any], key: str) -> Reply:
        self.requests.append(asked)
        self.keys.append(key)
        return self.replies.popleft() if self.replies else Reply("There is no reply left.", status=501)


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
                server.closing.wait()
                return
            body = reply.body(asked["model"])
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in {"x-should-retry": "false", **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if reply.trouble == "breaks" else body)

        def do_GET(self) -> None:
            server.elsewhere.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.url = f"http://127.0.0.1:{http.server_port}/v1"
        try:
            yield server
        finally:
            server.closing.set()
            http.shutdown()
            thread.join()
