"""Which calls of Slack's Web API are made again, when, and how often."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientConnectionError, ClientConnectorError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

TOO_MANY, SERVER = 429, 500
"""Statuses: asked too often, and the first of what is wrong at Slack's own end."""

_ONCE = frozenset(
    {
        "chat.postMessage",
        "chat.postEphemeral",
        "chat.startStream",
        "chat.appendStream",
        "files.completeUploadExternal",
        "views.open",
    }
)
"""Methods that do something again when they are called again."""
_WAITS, _REPETITIONS = 8, 4
"""How often one call waits as Slack asks, and how often it is made again after something went wrong."""
_LONGEST_WAIT = 60.0
"""Seconds that Slack may ask to wait before a call is given up."""
_FIRST_PAUSE = 0.5
"""Seconds before the first repetition where Slack names none; each next pause is twice as long."""


class Patient(AsyncRetryHandler):
    """Calls again after 429, for as long as Slack says; after other failures where that does nothing twice.

    Args:
        is_post: whether each request does something again, whatever its address.
    """

    def __init__(self, *, is_post: bool = False) -> None:
        super().__init__(max_retry_count=_WAITS)
        self._is_post = is_post

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is not None and response.status_code == TOO_MANY:
            return retry_after(response.headers) <= _LONGEST_WAIT
        if state.current_attempt >= _REPETITIONS:
            return False
        if self._is_post or request.url.rpartition("/")[2] in _ONCE:
            return isinstance(error, ClientConnectorError)  # the request was not sent
        if response is not None:
            return response.status_code >= SERVER
        return isinstance(error, ClientConnectionError | TimeoutError)

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        state.next_attempt_requested = True
        asked = response is not None and response.status_code == TOO_MANY
        pause = retry_after(response.headers) if response and asked else _FIRST_PAUSE * 2**state.current_attempt
        await asyncio.sleep(pause * random.uniform(1, 1.25))  # many answers were refused at once
        state.increment_current_attempt()


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds that Slack asks to wait, by a response's headers; 1 where it does not say."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            first = value[0] if isinstance(value, list) else value
            return float(first) if str(first).isdigit() else 1.0
    return 1.0
