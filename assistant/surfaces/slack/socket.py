"""Socket Mode: Slack's events over a WebSocket that we open, so that nobody needs to reach us."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from assistant.errors import ConfigError
from assistant.surfaces.slack.faults import DOCUMENTED, REVOKED
from assistant.surfaces.slack.retrying import TOO_MANY, retry_after

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_sdk.web.async_client import AsyncWebClient

_PING = 5
"""Seconds between two pings, and between two tries to connect again."""
_HOPELESS = REVOKED | {"not_allowed_token_type", "missing_scope", "no_permission", "invalid_app"}
"""Errors after which another connection is not asked for."""

_log = logging.getLogger(__name__)


class Socket(SocketModeClient):
    """A connection that comes back when it is lost, and ends when the app's token is not taken any more.

    Attributes:
        ended: done with a ConfigError where Slack will give no connection again.
    """

    def __init__(self, app: AsyncApp, token: str, client: AsyncWebClient, logger: logging.Logger) -> None:
        super().__init__(token, logger, client, ping_interval=_PING)
        self._app = app
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.socket_mode_request_listeners.append(self._heard)

    async def open(self) -> None:
        """Connect; it is tried until it works."""
        await self.connect()  # type: ignore[no-untyped-call]

    async def shut(self) -> None:
        await self.close()  # type: ignore[no-untyped-call]

    async def issue_new_wss_url(self) -> str:
        try:
            opened = await self.web_client.apps_connections_open(app_token=self.app_token)
        except SlackApiError as error:
            reason = str(error.response.get("error"))
            if reason in _HOPELESS:
                self.closed = True
                self._fail(reason)
            elif error.response.status_code == TOO_MANY:  # longer than a call waits for
                await asyncio.sleep(retry_after(error.response.headers))
            raise
        _log.info("Slack gives a connection")
        return str(opened["url"])

    async def _heard(self, _: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(self._app, request)
        try:
            await send_async_response(self, request, response, 0.0)
        except ConnectionError:  # the connection is being closed, or replaced
            _log.info("An acknowledgement did not reach Slack, which sends its event again")

    def _fail(self, reason: str) -> None:
        sentence = (
            f"Slack does not take the app-level token ({reason}); set PAPERTALK_SLACK_APP_TOKEN as {DOCUMENTED} says."
        )
        if not self.ended.done():
            self.ended.set_exception(ConfigError(sentence))
