"""What is said to a request that the guard sends away: a status, and one sentence as problem+json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from assistant.errors import AccessError, AssistantError, Busy
from assistant.surfaces.serve.callers import UNAUTHENTICATED, request_id
from assistant.surfaces.serve.limits import BodyRefused, Standing
from assistant.surfaces.serve.sent import Sent, is_below
from assistant.wire import http_problem, problem_type, title_of

Headers = list[tuple[bytes, bytes]]

CHALLENGE: Headers = [(name.lower().encode(), value.encode()) for name, value in UNAUTHENTICATED.items()]
"""What goes with status 401."""
_OPENAI = "/v1"
_REPEATED = 1_000
"""Characters of an address that are told to its sender."""


class Refused(Exception):
    """A request that is sent away, with one sentence that says why. ``reason`` is its word in the figures."""

    def __init__(self, status: int, reason: str, sentence: str, headers: Headers | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.reason = reason
        self.sentence = sentence
        self.headers = headers or []


def problem(sent: Sent, refused: Refused) -> bytes:
    """As :mod:`~assistant.surfaces.serve.problems` writes them. What OpenAI's clients look for is an extension member,
    which others pass over."""
    kind = _KINDS.get(refused.status)
    name, title = (problem_type(kind), title_of(kind)) if kind else http_problem(refused.status)
    told: dict[str, Any] = {
        "type": name,
        "title": title,
        "status": refused.status,
        "instance": sent.path[:_REPEATED],
        "request_id": request_id.get(),
        "detail": refused.sentence,
    }
    if is_below(sent.path, _OPENAI):
        from assistant.surfaces.serve.openai_api.failures import envelope

        told |= envelope(refused.status, refused.sentence)
    return json.dumps(told).encode()


_KINDS: Mapping[int, type[AssistantError]] = {401: AccessError, 403: AccessError, 429: Busy}
"""What a client of ours raises for a status."""


def too_many(standing: Standing) -> Refused:
    seconds = "1 second" if standing.wait == 1 else f"{standing.wait} seconds"
    return Refused(429, "rate", f"These are too many requests; go on in {seconds}.", standing.headers())


def refused_body(refused: BodyRefused) -> Refused:
    reason = "size" if refused.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else "slow"
    return Refused(refused.status, reason, refused.sentence, [(b"connection", b"close")])
