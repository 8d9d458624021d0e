"""What tests of other programs' protocols need: a small library whose papers have addresses, and a server of it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant import Assistant
from assistant.papers import Paper
from assistant.settings import load
from assistant.surfaces.serve import problems
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.openai_api import router
from assistant.surfaces.serve.service import Service
from tests.papers import make_paper
from vectorstore.embeddings import EmbeddingModel

LIBRARY = "looms"
WEAVEBANK = replace(
    make_paper(
        "WeaveBank: A Dataset of Woven Patterns",
        "We present WeaveBank, a dataset of 12,000 woven patterns. It was collected from forty mills in the north. "
        "Models trained on WeaveBank sort patterns with an accuracy of 91%.",
        date="2018-03-05",
    ),
    url="https://example.org/weavebank",
)
GEARNET = make_paper(
    "GearNet: Learning Gear Trains",
    "We propose GearNet, a method that learns gear trains from drawings. GearNet needs no labels at all.",
    date="2019-05-02",
)
PAPERS: list[Paper] = [WEAVEBANK, GEARNET]
"""The first has an address, the second none."""

KEYS = {
    "right": Caller("reader", frozenset({"read"}), "key:reader"),
    "other": Caller("other", frozenset({"read"}), "key:other"),
    "idle": Caller("idle", frozenset(), "key:idle"),
}
NOBODY = Caller("", frozenset(), "")


def open_looms(folder: Path, model: EmbeddingModel, **settings: Any) -> Assistant:
    """An assistant over a new library of :data:`PAPERS`, which no chat model has read."""
    with Assistant(settings=load(library=LIBRARY, data_dir=folder), model=model) as assistant:
        assistant.take_in(PAPERS)
    return Assistant(settings=load(library=LIBRARY, data_dir=folder, **settings), model=model)


class Known:
    """The part of the guard that these tests need: whose key it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"").decode()
            scope.setdefault("state", {})["caller"] = KEYS.get(given.removeprefix("Bearer "), NOBODY)
        await self._app(scope, receive, send)


def application(
    service: Service, mcp: ASGIApp | None = None, lifespan: AbstractAsyncContextManager[Any] | None = None
) -> ASGIApp:
    @asynccontextmanager
    async def living(_: FastAPI) -> Any:
        async with lifespan or nullcontext():
            yield

    app = FastAPI(lifespan=living)
    problems.install(app)
    app.include_router(router(service))
    if mcp is not None:
        app.router.routes.append(Route("/mcp", endpoint=mcp))
    return Known(app)


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The address of a server on loopback, which runs until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
