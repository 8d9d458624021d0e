"""What comes back from a chat model, gathered chunk by chunk: its text without its thoughts, why it ended, its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk


@dataclass(slots=True)
class Reply:
    """A reply: its chunks in one message, why it ended, if the model declined, and tokens read and written.

    ``ending`` is None as long as no chunk says why; ``tokens`` as long as the server tells nothing of them.
    """

    message: AIMessageChunk | None = None
    ending: str | None = None
    declined: bool = False
    tokens: tuple[int, int] | None = None

    @property
    def is_cut(self) -> bool:
        return self.ending in _CUT

    @property
    def text(self) -> str:
        """What was said, without the thought before it."""
        return _THOUGHT.sub("", self.message.text) if self.message is not None else ""

    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects in the text, then those that the model called tools with."""
        called = self.message.tool_calls if self.message is not None else []
        return [*_objects(self.text), *(call["args"] for call in called)]

    def add(self, chunk: AIMessageChunk) -> None:
        self.message = chunk if self.message is None else self.message + chunk
        self.ending = _ending(chunk.response_metadata) or self.ending
        self.declined = self.declined or self.ending in _DECLINED or bool(chunk.additional_kwargs.get("refusal"))
        usage = self.message.usage_metadata
        if usage is not None:
            self.tokens = usage["input_tokens"], usage["output_tokens"]


_THOUGHT = re.compile(r"\A.*</think>", re.DOTALL)
_CUT = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
_DECLINED = frozenset({"content_filter", "content_filtered", "refusal", "safety", "recitation", "prohibited_content"})
"""Reasons for the end of a reply, in the providers' words, lower case."""


def _ending(metadata: dict[str, Any]) -> str | None:
    """Why a reply ended, where its metadata says so: each provider has its own name for it."""
    for name in ("finish_reason", "stop_reason", "done_reason", "stopReason"):
        if reason := metadata.get(name):
            return str(reason).lower()
    details = metadata.get("incomplete_details")  # of OpenAI's Responses API, as is the status
    reason = (details.get("reason") if isinstance(details, dict) else None) or metadata.get("status")
    return str(reason).lower() if reason else None


class Spoken:
    """Passes a streamed reply on without the blanks and the thoughts that it opens with.

    What may be the tag that opens a thought is held back; of the thought itself no more is kept than may be a part
    of the tag that closes it.
    """

    _OPEN, _CLOSE = "<think>", "</think>"

    def __init__(self, put: Callable[[str], None]) -> None:
        self._put = put
        self._held = ""
        self._state: Literal["opening", "thought", "text"] = "opening"

    @property
    def has_begun(self) -> bool:
        """Whether any of the text has been passed on."""
        return self._state == "text"

    def restart(self) -> None:
        """Another reply in place of one of which nothing was passed on."""
        self._held, self._state = "", "opening"

    def take(self, piece: str) -> None:
        if self._state == "text":
            if piece:
                self._put(piece)
            return
        self._held += piece
        if self._state == "thought":
            _, closed, rest = self._held.partition(self._CLOSE)
            self._held = rest if closed else self._held[1 - len(self._CLOSE) :]
            if not closed:
                return
            self._state = "opening"
        self._held = self._held.lstrip()
        if self._held.startswith(self._OPEN):
            self._state, self._held = "thought", self._held[len(self._OPEN) :]
            self.take("")
        elif not self._OPEN.startswith(self._held):
            self._begin()

    def finish(self) -> None:
        """The reply has ended: what was held back and opens no thought is text."""
        if self._state == "opening" and self._held:
            self._begin()

    def _begin(self) -> None:
        self._state, held = "text", self._held
        self._put(held)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text, outermost ones, in order."""
    decoder = json.JSONDecoder()
    place = text.find("{")
    while place >= 0:
        try:
            fields, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place = text.find("{", place + 1)
        else:
            yield fields
            place = text.find("{", end)


def first_fault(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    # The place of a key too many is that key, in the model's words.
    steps = fault["loc"][:-1] if fault["type"] == "extra_forbidden" else fault["loc"]
    return f"{'.'.join(map(str, steps)) or 'the object'}: {fault['msg']}"
