"""Slack's Web API as this surface calls it: one method a name, errors as Undelivered and Unsure."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import ClientError, ClientSession, ClientTimeout
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from assistant.errors import ConfigError
from assistant.surfaces.messaging.replies import Undelivered
from assistant.surfaces.slack.faults import REVOKED, Refused, Unsure, fault_message
from assistant.surfaces.slack.retrying import SERVER, TOO_MANY, Patient, retry_after

if TYPE_CHECKING:
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

_TIMEOUT = 15
"""Seconds that a call may take."""


class WebApi:
    """The calls of one workspace, over connections that are kept.

    Attributes:
        patient: the client that makes calls again.
        bot, bot_id: the ids of our own user and of its bot; empty before they are known.
        home: the ids of the workspace, and of the organisation that it is part of.
        ended: done with a ConfigError once Slack takes a token no more; there from :meth:`open` on.
    """

    def __init__(self, token: str, url: str, logger: logging.Logger) -> None:
        self.patient = AsyncWebClient(token, url, timeout=_TIMEOUT, logger=logger, retry_handlers=[Patient()])
        self._hasty = AsyncWebClient(token, url, timeout=_TIMEOUT, logger=logger, retry_handlers=[])
        self._logger = logger
        self._session: ClientSession | None = None
        self.bot = self.bot_id = ""
        self.home: frozenset[str] = frozenset()
        self.ended: asyncio.Future[None]

    async def open(self) -> None:
        """Keep connections; in the event loop that makes the calls."""
        self.ended = asyncio.get_running_loop().create_future()
        self._session = ClientSession(timeout=ClientTimeout(total=_TIMEOUT))
        self.patient.session = self._hasty.session = self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def end(self, sentence: str) -> None:
        """No call with a token will do any more; ``sentence`` says which, and what to do."""
        if not self.ended.done():
            self.ended.set_exception(ConfigError(sentence))
            self.ended.exception()  # known, though nobody may be waiting for it

    async def call(self, method: str, *, hasty: bool = False, **arguments: Any) -> AsyncSlackResponse:
        """Call a method with what is given and not None. ``hasty`` is a call that no repetition is worth.

        Raises:
            Refused: Slack said no, or was asked too often for too long.
            Unsure: it may have done it or not.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        client = self._hasty if hasty else self.patient
        with self._told_of(method):
            return await client.api_call(method, json=given)

    async def read(self, method: str, **arguments: Any) -> AsyncSlackResponse:
        """As :meth:`call`, for methods that take no JSON."""
        with self._told_of(method):
            return await self.patient.api_call(method, http_verb="GET", params=arguments)

    async def upload(self, channel: str, thread: str | None, name: str, content: bytes, title: str) -> str:
        """Put a file into a thread; its id. Errors are those of :meth:`call`."""
        with self._told_of("files.completeUploadExternal"):
            sent = await self.patient.files_upload_v2(
                channel=channel, thread_ts=thread, filename=name, title=title, content=content
            )
            return str(sent["files"][0]["id"])

    async def respond(self, url: str, message: Mapping[str, Any]) -> None:
        """Answer a command or a click by its response URL. Errors are those of :meth:`call`."""
        hook = AsyncWebhookClient(
            url, timeout=_TIMEOUT, session=self._session, logger=self._logger, retry_handlers=[Patient(is_post=True)]
        )
        with self._told_of("response_url"):
            sent = await hook.send_dict(dict(message))
        if sent.status_code == TOO_MANY:
            raise Refused("response_url", "ratelimited", retry_after(sent.headers))
        if sent.status_code >= SERVER:
            raise Unsure(fault_message("response_url", f"status {sent.status_code}"))
        if sent.status_code != 200:
            raise Refused("response_url", str(sent.status_code))

    @contextmanager
    def _told_of(self, method: str) -> Iterator[None]:
        """What goes wrong inside as what this module raises."""
        try:
            yield
        except SlackApiError as error:
            refused = _refused(method, error)
            if isinstance(refused, Refused) and refused.reason in REVOKED:
                self.end(str(refused))
            raise refused from error
        except (ClientError, TimeoutError, SlackClientError) as error:
            raise Unsure(fault_message(method, type(error).__name__)) from error


def _refused(method: str, error: SlackApiError) -> Undelivered:
    status, headers = error.response.status_code, error.response.headers
    if status == TOO_MANY:
        return Refused(method, "ratelimited", retry_after(headers))
    if status >= SERVER:
        return Unsure(fault_message(method, f"status {status}"))
    data: Any = error.response.data
    return Refused(method, str(data.get("error", "unknown_error")) if isinstance(data, dict) else "unknown_error")
