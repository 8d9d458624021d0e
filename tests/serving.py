"""A server of Papertalk on a loopback port, for tests that speak real HTTP: the REST API over a library of a test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from assistant import Assistant
from assistant.access import Scope, including
from assistant.library import Library
from assistant.settings import load
from assistant.shelf import Shelf
from assistant.surfaces.serve.api import PREFIX, application
from assistant.surfaces.serve.api.jobs import Jobs
from assistant.surfaces.serve.callers import Caller
from assistant.surfaces.serve.service import Service
from tests.asking import open_copy

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Send
    from starlette.types import Scope as AsgiScope

    from vectorstore.embeddings import EmbeddingModel


@dataclass
class Server:
    """A server that runs."""

    url: str
    service: Service
    jobs: Jobs
    assistant: Assistant

    @property
    def api(self) -> str:
        return self.url + PREFIX

    @property
    def library(self) -> str:
        """The address of the library that is shown first."""
        return f"{self.api}/libraries/{self.assistant.library.name}"

    def as_caller(self, scope: Scope = "admin", owner: str = "") -> httpx2.Client:
        """A client of somebody who may do so much."""
        headers = {"x-test-scope": scope, "x-test-owner": owner}
        return httpx2.Client(base_url=self.api, headers=headers, timeout=60, trust_env=False)


@contextmanager
def serving(assistant: Assistant) -> Iterator[Server]:
    """The API over an open assistant, while the block runs; the caller closes the assistant."""
    with Shelf(assistant.settings, assistant) as shelf:
        service = Service(shelf)
        api = application(service)
        try:
            with running(_Known(Starlette(routes=[Mount(PREFIX, api)]))) as url:
                yield Server(url, service, api.state.jobs, assistant)
        finally:
            api.state.jobs.close()


def empty_assistant(folder: Path, model: EmbeddingModel, **settings: Any) -> Assistant:
    """A library without a paper."""
    return Assistant(settings=load(**{"library": "curie", "data_dir": folder, **settings}), model=model)


@contextmanager
def serving_copy(library: Library, folder: Path, **settings: Any) -> Iterator[Server]:
    """The API over a copy of a library."""
    with open_copy(library, folder, **settings) as assistant, serving(assistant) as server:
        yield server


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """An ASGI application behind uvicorn; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_config=None, lifespan="off", timeout_graceful_shutdown=5)
        server = _Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="uvicorn")
        thread.start()
        try:
            assert server.ready.wait(60)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Tells another thread when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Known:
    """Takes a request's word for who sends it, as the guard does not; a key is the name of what it may."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._count = 0

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            key = headers.get("authorization", "").removeprefix("Bearer ")
            may: Any = headers.get("x-test-scope") or key or "admin"
            owner = headers.get("x-test-owner", "")
            self._count += 1
            caller = Caller(owner, frozenset(including(may)) if may != "none" else frozenset(), owner)
            scope["state"] = {"caller": caller, "request_id": f"request-{self._count}"}
        await self._app(scope, receive, send)
