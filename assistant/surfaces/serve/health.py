"""Whether the process lives, and whether it can answer: what a load balancer and an orchestrator ask for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.requests import HTTPConnection

from assistant.errors import AssistantError
from assistant.library import store_errors
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.problems import not_ready

if TYPE_CHECKING:
    from assistant.surfaces.serve.service import Service

_KEPT = 1.0
"""Seconds for which what was found is told again."""
_STOPPING = "The server is stopping."
_NOT_READY = "The library cannot be used now."


class Readiness:
    """Looks whether the library that is shown first can be read, at most once a second, however many ask.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, service: Service, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._clock = clock
        self._lock = asyncio.Lock()
        self._looked = -_KEPT
        self._problem = ""

    async def problem(self) -> str:
        """Why questions cannot be answered, in one sentence; empty where they can."""
        async with self._lock:
            if self._clock() - self._looked >= _KEPT:
                self._problem = await self._service.run(self._look)
                self._looked = self._clock()
            return self._problem

    def _look(self) -> str:
        try:
            library = self._service.assistant().library
            with store_errors(library.name):
                library.store.get(["readyz"])  # asks Chroma, for a record that is not there
        except AssistantError as error:
            return str(error)
        return ""


def router(service: Service) -> APIRouter:
    """``GET /healthz`` is always 200, ``GET /readyz`` is 503 where no question can be answered; neither takes a key."""
    routes = APIRouter(include_in_schema=False)
    readiness = Readiness(service)

    @routes.get("/healthz")
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @routes.get("/readyz")
    async def readyz(request: HTTPConnection) -> Response:
        if service.is_stopping:
            return not_ready(request, _STOPPING, is_stopping=True)
        problem = await readiness.problem()
        if not problem:
            return JSONResponse({"status": "ready"})
        caller = request.scope.get("state", {}).get("caller")
        is_admin = isinstance(caller, Caller) and caller.may("admin")
        return not_ready(request, problem if is_admin else _NOT_READY)

    return routes
