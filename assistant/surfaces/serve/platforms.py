"""The chat platforms that a server answers on too: those whose settings are set."""

from __future__ import annotations

import asyncio

from starlette.routing import Route

from assistant.surfaces.mattermost.app import mattermost
from assistant.surfaces.serve.service import Service
from assistant.surfaces.slack import http
from assistant.surfaces.slack.app import is_wanted, slack_app


class Platforms:
    """
    Attributes:
        routes: what platforms post to. Each request proves there that it is the platform's.

    Raises:
        ConfigError: a platform's settings are there by half, or what it needs is not installed.
    """

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._slack = slack_app(service, settings) if is_wanted(settings) else None
        self._mattermost = mattermost(service)
        self.routes: list[Route] = []
        if self._slack and settings.slack_app_token is None:
            self.routes += http.routes(self._slack)
        if self._mattermost:
            self.routes += self._mattermost.routes()

    @property
    def paths(self) -> frozenset[str]:
        return frozenset(route.path for route in self.routes)

    async def start(self) -> None:
        """Answer what a killed process left, and listen. Slack is not waited for."""
        if self._slack:
            self._slack.start_later()
        if self._mattermost:
            await self._mattermost.start()

    async def stop(self, timeout: float) -> None:
        """Finish answers under way, ``timeout`` seconds at most. To be called before the service is stopped."""
        await asyncio.gather(*(one.stop(timeout) for one in (self._slack, self._mattermost) if one))
