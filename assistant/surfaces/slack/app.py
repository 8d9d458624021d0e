"""Papertalk in one Slack workspace: the Bolt app with all that it listens to, its start and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from typing import TYPE_CHECKING

from assistant.errors import AssistantError, ConfigError
from assistant.settings import Settings
from assistant.surfaces.messaging.commands import Commands
from assistant.surfaces.messaging.replies import Undelivered
from assistant.surfaces.messaging.responder import Responder
from assistant.surfaces.serve.service import Service
from assistant.surfaces.slack.events import PLATFORM
from assistant.surfaces.slack.faults import DOCUMENTED, REVOKED, Refused

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    from assistant.surfaces.slack.socket import Socket
    from assistant.surfaces.slack.web_api import WebApi

_DRAINING = 20.0
"""Seconds that answers under way may still take at the end."""
_PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds between two tries to reach Slack at the start; the last one again and again."""

_log = logging.getLogger(__name__)


def slack_app(service: Service, settings: Settings) -> SlackSurface:
    """The surface, not started yet.

    Raises:
        ConfigError: as :func:`check`.
    """
    check(settings)
    return SlackSurface(service, settings)


def is_wanted(settings: Settings) -> bool:
    """Whether a server shall answer in Slack too.

    Raises:
        ConfigError: what it needs for that is set by half.
    """
    can_hear = settings.slack_app_token is not None or settings.slack_signing_secret is not None
    if can_hear and settings.slack_bot_token is None:
        raise ConfigError(
            f"There is a token to hear of questions in Slack, and none to answer; set PAPERTALK_SLACK_BOT_TOKEN as "
            f"{DOCUMENTED} says."
        )
    if settings.slack_bot_token is not None and not can_hear:
        raise ConfigError(
            f"PAPERTALK_SLACK_BOT_TOKEN is set, and nothing by which questions come; set PAPERTALK_SLACK_APP_TOKEN or "
            f"PAPERTALK_SLACK_SIGNING_SECRET as {DOCUMENTED} says."
        )
    return can_hear


def check(settings: Settings, *, over_socket: bool = False) -> None:
    """
    Args:
        over_socket: whether it shall listen by Socket Mode.

    Raises:
        ConfigError: what Slack needs is not installed or not set.
    """
    try:
        import aiohttp  # noqa: F401  # whether it is there
        import slack_bolt  # noqa: F401  # whether it is there
    except ImportError as error:
        raise ConfigError("Slack needs packages that are missing; run: pip install 'papertalk[slack]'.") from error
    if settings.slack_bot_token is None:
        raise ConfigError(f"Slack needs the app's bot token; set PAPERTALK_SLACK_BOT_TOKEN as {DOCUMENTED} says.")
    if over_socket and settings.slack_app_token is None:
        raise ConfigError(f"Slack needs the app-level token; set PAPERTALK_SLACK_APP_TOKEN as {DOCUMENTED} says.")


class SlackSurface:
    """For one event loop.

    Attributes:
        bolt: what takes Slack's requests.
        signing_secret: what Slack signs them with over HTTP; empty where it is not set.
    """

    def __init__(self, service: Service, settings: Settings) -> None:
        from slack_bolt.async_app import AsyncApp
        from slack_sdk.web.async_client import AsyncWebClient

        from assistant.surfaces.slack.delivery import Workspace
        from assistant.surfaces.slack.listeners import Listeners
        from assistant.surfaces.slack.replying import Replying
        from assistant.surfaces.slack.web_api import WebApi

        assert settings.slack_bot_token is not None
        self._app_token = settings.slack_app_token
        self._logger = _quiet_logger()
        self._api = WebApi(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, self._logger)
        workspace = Workspace(self._api, settings.public_url)
        replying = Replying(workspace)
        self._responder = Responder(service, replying, PLATFORM)
        found = Commands(service, self._responder.threads, settings.slack_editors)
        self._listeners = Listeners(workspace, replying, self._responder, found)
        self._socket: Socket | None = None
        self._running: asyncio.Task[None] | None = None
        secret = settings.slack_signing_secret
        self.signing_secret = secret.get_secret_value() if secret else ""
        self.bolt: AsyncApp = AsyncApp(
            name="papertalk",
            client=AsyncWebClient(base_url=settings.slack_api_url, logger=self._logger),
            authorize=_told_who_we_are(self._api),
            signing_secret=self.signing_secret,
            logger=self._logger,
            process_before_response=True,  # what a listener does is done before Slack is told that it came
        )
        self._listeners.listen(self.bolt)

    async def start(self) -> None:
        """Answer what an earlier process left, and listen: by Socket Mode, where the app-level token is set.

        Raises:
            ConfigError: Slack does not take a token. Where Slack cannot be reached it is tried again.
        """
        await self._api.open()
        await self._meet()
        await self._responder.resume()
        if self._app_token is not None:
            from assistant.surfaces.slack.socket import Socket

            token = self._app_token.get_secret_value()
            self._socket = Socket(self.bolt, token, self._api, self._logger)
            await self._socket.open()
            if self._api.ended.done():
                await self._api.ended

    def start_later(self) -> None:
        """Start in a task of its own: a server does not wait for Slack. What stands in its way is logged."""
        self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self.start()
            await self.run()
        except AssistantError as error:
            _log.error("Slack is not answered: %s", error)
        except Exception:  # a bug: nobody awaits this task, so the log tells
            _log.exception("Slack is not answered")
        if self._socket is not None:  # what nobody would answer is not to be acknowledged
            await self._socket.shut()

    async def run(self) -> None:
        """Wait until Slack takes a token no more.

        Raises:
            ConfigError: which token that is.
        """
        await self._api.ended

    @property
    def is_ready(self) -> bool:
        """Whether it is known who we are in the workspace, and may answer there."""
        return bool(self._api.bot) and not self._api.ended.done()

    async def stop(self, timeout: float = _DRAINING) -> None:
        """Hear nothing more, finish answers under way, ``timeout`` seconds at most, and leave the rest to the next
        start. To be called before the service is stopped."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        if self._socket is not None:
            await self._socket.shut()
        await self._listeners.stop()
        await self._responder.stop(timeout)
        await self._api.close()

    async def _meet(self) -> None:
        """Learn who we are in the workspace."""
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            try:
                said = await self._api.call("auth.test")
                self._api.home = frozenset(str(said[name]) for name in ("team_id", "enterprise_id") if said.get(name))
                self._api.bot, self._api.bot_id = str(said["user_id"]), str(said.get("bot_id", ""))
            except Undelivered as error:
                if isinstance(error, Refused) and error.reason in REVOKED:
                    raise ConfigError(str(error)) from error
                _log.warning("Slack cannot be reached (%s); it is tried again in %g s.", error, pause)
                await asyncio.sleep(pause)
            else:
                return


def _told_who_we_are(api: WebApi) -> Callable[[], Awaitable[AuthorizeResult]]:
    """What Bolt asks before each event, to pass over what we say ourselves; of a bound method it would give no self."""
    from slack_bolt.authorization import AuthorizeResult

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=None, bot_user_id=api.bot, bot_id=api.bot_id, bot_token=api.patient.token
        )

    return authorize


def _quiet_logger() -> logging.Logger:
    """Bolt's logger: below warnings it tells what people write."""
    logger = logging.getLogger("slack_bolt")
    logger.setLevel(logging.WARNING)
    return logger
