"""An answer -> what OpenAI's clients read: a chat completion, whole or in chunks, and embeddings."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.answers import Answer
from assistant.papers import clean
from assistant.rendering import visible, web_address
from assistant.surfaces.serve.messages import as_message
from vectorstore.embeddings import EmbeddingModel, Vectors

_MARKER = re.compile(r"(?<!\\)\[(\d{1,6})\]")
_PIECE = re.compile(r".+?(?:[.!?\]]\s+|\n+|\Z)", re.DOTALL)
"""About a sentence: a chunk a word would be ten times the bytes."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as a message. ``usage`` counts tokens."""

    content: str
    annotations: tuple[dict[str, Any], ...]
    usage: dict[str, int]
    vendor: dict[str, Any]
    """Fields of our own, where they were asked for."""


def tell(answer: Answer, prompt: Sequence[str], model: EmbeddingModel, *, with_answer: bool) -> Told:
    """The message. ``prompt`` are the texts that the client sent, which are counted where no chat model did."""
    text = as_message(answer, more="'papertalk': true in the request brings all")
    return Told(
        content=text,
        annotations=tuple(url_citations(answer, text)),
        usage=_usage(answer, prompt, text, model),
        vendor={"papertalk": answer.to_dict()} if with_answer else {},
    )


def url_citations(answer: Answer, text: str) -> Iterator[dict[str, Any]]:
    """OpenAI's ``url_citation`` for each marker in the answer's own text: ``content[start_index:end_index] == "[1]"``,
    in code points. A paper without an address has none; the list of references names it."""
    shown = visible(answer.text)
    offset = text.index(shown.strip()) - (len(shown) - len(shown.lstrip()))
    cited = {citation.marker: citation for citation in answer.citations}
    for match in _MARKER.finditer(shown):
        citation = cited.get(int(match[1]))
        if citation is None or (url := web_address(citation.url)) is None:
            continue
        yield {
            "type": "url_citation",
            "url_citation": {
                "start_index": offset + match.start(),
                "end_index": offset + match.end(),
                "url": url,
                "title": clean(citation.paper.title),
            },
        }


def _usage(answer: Answer, prompt: Sequence[str], text: str, model: EmbeddingModel) -> dict[str, int]:
    """The chat model's tokens where one was asked; else those of the embedding model, which reads the question."""
    if answer.usage is not None and answer.usage.input_tokens:
        read, written = answer.usage.input_tokens, answer.usage.output_tokens
    else:
        read, written = sum(map(model.count_tokens, prompt)), model.count_tokens(text)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a completion and all of its chunks share."""

    model: str
    id: str
    created: int

    @classmethod
    def new(cls, model: str) -> Envelope:
        return cls(model, f"chatcmpl-{uuid.uuid4().hex}", int(time.time()))

    def completion(self, answer: Told) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": answer.content,
            "refusal": None,
            "annotations": list(answer.annotations),
            **answer.vendor,
        }
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._of("chat.completion", [choice]) | {"usage": answer.usage}

    def opening(self) -> bytes:
        """The first chunk: who speaks."""
        return self._chunk({"role": "assistant", "content": "", "refusal": None})

    def chunks(self, answer: Told, *, with_usage: bool) -> Iterator[bytes]:
        """All that follows: sentences, annotations, the end, the usage where it is asked for."""
        for piece in _PIECE.findall(answer.content):
            yield self._chunk({"content": piece})
        last: dict[str, Any] = {**answer.vendor}
        if answer.annotations:
            last["annotations"] = list(answer.annotations)
        if last:
            yield self._chunk(last)
        yield self._chunk({}, "stop")
        if with_usage:
            yield event(self._of("chat.completion.chunk", []) | {"usage": answer.usage})

    def _chunk(self, delta: dict[str, Any], end: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
        return event(self._of("chat.completion.chunk", [choice]))

    def _of(self, kind: str, choices: list[dict[str, Any]]) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model, "choices": choices}


END = b"data: [DONE]\n\n"


def event(body: dict[str, Any]) -> bytes:
    """A server-sent event (WHATWG HTML, 9.2)."""
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n\n"


def embeddings(vectors: Vectors, model: str, tokens: int, *, in_base64: bool) -> dict[str, Any]:
    """Vectors, shape ``(texts, dimension)``; in base64 they are little-endian float32."""
    rows = (_base64(vector) if in_base64 else vector.tolist() for vector in vectors)
    return {
        "object": "list",
        "model": model,
        "data": [{"object": "embedding", "index": place, "embedding": row} for place, row in enumerate(rows)],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _base64(vector: Vectors) -> str:
    return base64.b64encode(vector.astype("<f4").tobytes()).decode()
