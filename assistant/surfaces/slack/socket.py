"""Socket Mode: Slack's events over a WebSocket that we open, so that nobody needs to reach us."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from assistant.surfaces.slack.backoff import Backoff
from assistant.surfaces.slack.faults import DOCUMENTED, REVOKED
from assistant.surfaces.slack.retrying import TOO_MANY, retry_after

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from assistant.surfaces.slack.web_api import WebApi

_PING = 5
"""Seconds between two pings, by which a connection is known to be lost that says nothing any more."""
_HANDSHAKE = 30.0
"""Seconds that a connection may take to be there."""
_OVER = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
"""What is read from a connection that ends, or is gone."""
_HOPELESS = REVOKED | {"not_allowed_token_type", "missing_scope", "no_permission", "invalid_app"}
"""Errors after which another connection is not asked for."""

_log = logging.getLogger(__name__)


class Socket(SocketModeClient):
    """A connection that comes back when it is lost, until the app's token is not taken any more."""

    def __init__(self, app: AsyncApp, token: str, api: WebApi, logger: logging.Logger) -> None:
        super().__init__(token, logger, api.patient, ping_interval=_PING)
        self._app = app
        self._api = api
        self._backoff = Backoff()
        self.socket_mode_request_listeners.append(self._heard)

    async def open(self) -> None:
        """Connect; it is tried until it works."""
        await self.connect()

    async def shut(self) -> None:
        await self.close()  # type: ignore[no-untyped-call]

    async def connect(self) -> None:
        """In place of the SDK's, which goes on with the address of a connection that failed. Slack takes each once, and
        it lets in whoever has it: the SDK would be refused for ever, and log it each time."""
        self._backoff.lost()
        while not self.closed:
            await asyncio.sleep(self._backoff.pause())
            try:
                await self._connect_once()
            except Exception as error:  # the client's, the network's, Slack's: it is tried again
                if self.closed:
                    return
                self._backoff.failed()
                _log.warning("Slack gives no connection (%s); it is tried again", type(error).__name__)
            else:
                self._backoff.connected()
                return

    async def _connect_once(self) -> None:
        self.auto_reconnect_enabled = False
        if self.current_session is not None:
            with suppress(Exception):  # it may be broken in any way
                await self.current_session.close()
        address, self.wss_uri = self.wss_uri or await self.issue_new_wss_url(), None
        async with asyncio.timeout(_HANDSHAKE):
            self.current_session = await self.aiohttp_client_session.ws_connect(
                address, autoping=False, heartbeat=self.ping_interval, proxy=self.proxy
            )
            await self.current_session.ping(f"sdk-ping-pong:{time.time()}".encode())
        self.auto_reconnect_enabled, self.stale, self.last_ping_pong_time = True, False, None
        # This may run in one of the tasks that end here: nothing may be awaited after it, here or in who calls.
        for task in (self.current_session_monitor, self.message_receiver):
            if task is not None:
                task.cancel()
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:
        """In place of the SDK's, which asks for an address before :meth:`connect` does, so without its pauses; and
        which, where it is forced, does not wait for a connection that is being made."""
        session = self.current_session
        async with self.connect_operation_lock:
            is_new = session is not self.current_session
            if not is_new and (force or not await self.is_connected()):
                await self.connect()

    async def receive_messages(self) -> None:
        """In place of the SDK's, which takes up to a ping's time to see that a connection is gone."""
        session = self.current_session
        assert session is not None
        while not self.closed and session is self.current_session:
            message = await session.receive()
            if message.type == WSMsgType.TEXT:
                await self.enqueue_message(message.data)
            elif message.type == WSMsgType.PING:
                with suppress(ConnectionError):  # the next message says that it is gone
                    await session.pong(message.data)
            elif message.type == WSMsgType.PONG:
                self.last_ping_pong_time = time.time()
            elif message.type in _OVER:
                await self.connect_to_new_endpoint()
                return

    async def issue_new_wss_url(self) -> str:
        try:
            opened = await self.web_client.apps_connections_open(app_token=self.app_token)
        except SlackApiError as error:
            reason = str(error.response.get("error"))
            if reason in _HOPELESS:
                self.closed = True
                self._api.end(
                    f"Slack does not take the app-level token ({reason}); set PAPERTALK_SLACK_APP_TOKEN as "
                    f"{DOCUMENTED} says."
                )
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
