"""The server: it listens, announces itself to commands of its user, and ends without breaking off what it does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assistant.announcing import Announced, announced, new_token
from assistant.api import Assistant
from assistant.settings import Settings
from assistant.shelf import Shelf
from assistant.surfaces.serve import logs, stray
from assistant.surfaces.serve.application import application
from assistant.surfaces.serve.listening import listen, refuse_binding
from assistant.surfaces.serve.platforms import Platforms
from assistant.surfaces.serve.scratch import scratch
from assistant.surfaces.serve.sent import is_loopback
from assistant.surfaces.serve.service import Service
from assistant.surfaces.web.blocks import silence

_ANY = ("0.0.0.0", "::")
"""Addresses that stand for all of a machine's."""
_THREADS = 16
"""Threads beside those in which questions are answered: slow models must not hold up the page and the health checks."""
_KEPT_ALIVE = 75
"""Seconds that an idle connection is kept, as nginx does: longer than a client waits that was told to come again."""
_FLUSHING = 3.0
"""Seconds that the last traces may take to be sent."""
_DRAINING = 20.0
"""Seconds that answers under way may still take when the server is to end."""


def run(settings: Settings, prepare: Callable[[Assistant], None] = lambda _: None) -> None:
    """Serve the libraries of the data folder until Ctrl-C or SIGTERM. ``prepare`` is done with the library that is
    shown first, before anybody is let in.

    Raises:
        ConfigError: nothing can listen there, or it would be open to everybody.
        LibraryError, ModelError: the library that is shown first cannot be opened.
    """
    refuse_binding(settings, settings.host)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the library is released then too
    with (
        contextlib.suppress(KeyboardInterrupt),
        listen(settings.host, settings.port) as listener,
        Assistant(settings=settings) as assistant,
    ):
        prepare(assistant)
        with Shelf(settings, assistant) as shelf:
            serve(shelf, listener, settings.host)
    print("\nStopped.")


def serve(shelf: Shelf, listener: socket.socket, host: str) -> None:
    """Serve until Ctrl-C or SIGTERM. Answers under way are finished, ingests stop between two papers."""
    silence()
    settings = shelf.settings
    logs.configure(settings)
    with stray.logged(), scratch(settings.data_dir):
        service, token = Service(shelf), new_token()
        own = Announced(_url("127.0.0.1" if host in _ANY else host, listener.getsockname()[1]), token)
        is_here = host in _ANY or is_loopback(host)
        try:
            with announced(settings.data_dir, own) if is_here else contextlib.nullcontext():
                _run(service, listener, host, token)
        finally:
            if service.tracing:
                service.tracing.close(_FLUSHING)


def _run(service: Service, listener: socket.socket, host: str, token: str) -> None:
    import uvicorn

    platforms = Platforms(service)

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            threads = ThreadPoolExecutor(service.settings.answers_at_once + _THREADS, "papertalk")
            asyncio.get_running_loop().set_default_executor(threads)
            await super().startup(sockets)
            await platforms.start()
            print(f"Papertalk is at {_url(_shown(host), listener.getsockname()[1])} (Ctrl-C ends it).", flush=True)

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await platforms.stop(_DRAINING)
            await service.stop(_DRAINING)
            # An open page keeps its connections; uvicorn cuts them, and would print a traceback for each.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        application(service, host, token, platforms),
        log_config=None,
        access_log=False,
        http="h11",
        timeout_keep_alive=_KEPT_ALIVE,
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    Server(config).run([listener])


def _shown(host: str) -> str:
    return socket.gethostname() if host in _ANY else host


def _url(name: str, port: int) -> str:
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"
