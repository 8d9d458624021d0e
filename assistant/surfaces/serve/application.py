"""Everything that is served, as one ASGI application: the page, REST, OpenAI's form, MCP, and what operators need."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from assistant.surfaces.serve import health, login, logs, metrics, problems, restoring, tracing
from assistant.surfaces.serve.guard import Guard
from assistant.surfaces.serve.service import Service
from assistant.surfaces.web import page
from assistant.surfaces.web.desk import Desk

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from assistant.surfaces.serve.platforms import Platforms

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
_WORTH_PACKING = 1_000
"""Bytes of an answer from which on it is compressed. Gradio compresses its own files, and not the page."""
_PACKING = 5
"""Of 9: those above take several times as long for a few bytes."""


def application(
    service: Service, host: str = "127.0.0.1", owner_token: str | None = None, platforms: Platforms | None = None
) -> ASGIApp:
    """
    Args:
        host: where it will listen; on this machine alone it answers under this machine's names alone.
        owner_token: what this machine's user proves to be that with.
        platforms: the chat platforms that post to it.
    """
    app = _routed(service)
    app.routes[:0] = platforms.routes if platforms else []  # before the page, which takes all other addresses
    guarded = Guard(
        logs.Routed(app),
        service.settings,
        service.access,
        host,
        owner_token=owner_token,
        open_paths=platforms.paths if platforms else frozenset(),
        on_refusal=service.meters.refused,
    )
    watched = logs.Watched(guarded, logs.log_access, service.meters.request, routes=app.routes)
    return tracing.Traced(watched, service.tracing) if service.tracing else watched


def _routed(service: Service) -> FastAPI:
    from fastapi import FastAPI
    from fastapi.middleware.gzip import GZipMiddleware

    from assistant.surfaces.serve import api, mcp_server, openai_api

    rest = api.application(service)
    service.before_end(rest.state.jobs.close)
    mcp, mcp_running = mcp_server.mcp_app(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with mcp_running:
            yield

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=tracing.OFF)
    app.add_middleware(GZipMiddleware, minimum_size=_WORTH_PACKING, compresslevel=_PACKING)
    app.include_router(health.router(service))
    app.include_router(metrics.router(service))
    app.routes.extend(login.routes(service.access, service.settings))
    app.include_router(restoring.router(service, rest.state.jobs))
    app.mount(api.PREFIX, rest)
    app.include_router(openai_api.router(service))
    app.add_api_route("/v1/{rest:path}", _nothing_of_openai, methods=_METHODS, include_in_schema=False)
    app.add_api_route("/api/{rest:path}", _nothing, methods=_METHODS, include_in_schema=False)
    app.routes.append(Route("/mcp", mcp))
    problems.install(app)
    settings = service.settings
    is_own = settings.access == "local" if settings.web_editing is None else settings.web_editing
    page.mount(app, Desk(service.shelf, editing=is_own, answers=partial(service.events, surface="web")))
    return app


def _nothing() -> None:
    raise HTTPException(404)


def _nothing_of_openai() -> Response:
    from assistant.surfaces.serve import openai_api

    return JSONResponse(openai_api.envelope(404, "There is nothing at this address; GET /v1/models lists models."), 404)
