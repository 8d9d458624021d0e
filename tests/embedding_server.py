"""A small server on loopback that speaks the protocol of OpenAI's embeddings, and keeps what it was asked."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np

from tests.loopback import listening
from vectorstore.embeddings import EmbeddingModel


class EmbeddingServer:
    """Embeds with ``model``; with ``status`` above 200 it refuses, in the words of ``refusal``.

    ``requests`` are the bodies that came, ``keys`` what was sent as the key with each.
    """

    def __init__(self, model: EmbeddingModel) -> None:
        self.model = model
        self.status = 200
        self.refusal = "No."
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""

    def answer(self, asked: dict[str, Any], key: str) -> dict[str, Any]:
        self.requests.append(asked)
        self.keys.append(key)
        if self.status != 200:
            return {"error": {"message": self.refusal, "type": "invalid_request_error", "code": None}}
        texts = asked["input"]
        assert all(isinstance(text, str) for text in texts), "other servers than OpenAI's take no token ids"
        rows = [self._encoded(vector, asked) for vector in self.model.embed(texts)]
        data = [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)]
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        return {"object": "list", "model": asked["model"], "data": data, "usage": usage}

    @staticmethod
    def _encoded(vector: Any, asked: dict[str, Any]) -> Any:
        floats = 3 * np.asarray(vector, dtype="<f4")  # of another length than 1, as many models give them
        if asked.get("encoding_format") == "base64":
            return base64.b64encode(floats.tobytes()).decode()
        return floats.tolist()


@contextmanager
def serving(model: EmbeddingModel) -> Iterator[EmbeddingServer]:
    """The server while it runs; its ``url`` is the base URL of a client."""
    server = EmbeddingServer(model)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = self.path == "/v1/embeddings"
            body = json.dumps(server.answer(asked, self.headers.get("Authorization", ""))).encode()
            self.send_response(server.status if known else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("x-should-retry", "false")  # the client would wait between its attempts
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with listening(Handler) as address:
        server.url = f"{address}/v1"
        yield server
