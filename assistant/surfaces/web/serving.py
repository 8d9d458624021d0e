"""The web chat behind a socket: the page, uploads beside it, and the server that shows them."""

from __future__ import annotations

import errno
import ipaddress
import logging
import secrets
import socket
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from assistant.errors import ConfigError, SourceError
from assistant.surfaces.web import blocks
from assistant.surfaces.web.desk import Desk
from assistant.surfaces.web.guarding import Guarded

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

    from assistant.settings import Settings
    from assistant.shelf import Shelf

_ANY = ("0.0.0.0", "::")
"""Addresses that stand for all of a machine's."""
_ALIVE = "/alive"
"""Says which start of the server this is: a page that was open before a restart sees that it must begin anew."""
_SCRIPTS = ("page.js", "sources.js", "figures.js", "adding.js")
_STYLES = (
    "page.css",
    "chat.css",
    "answers.css",
    "panel.css",
    "narrow.css",
    "views.css",
    "figures.css",
    "library.css",
    "people.css",
    "talks.css",
)


def serve(shelf: Shelf, host: str, port: int, *, listener: socket.socket | None = None) -> None:
    """Show the web chat until Ctrl-C.

    Args:
        listener: a socket of :func:`listen`, where the port was to be taken early.

    Raises:
        ConfigError: nothing can listen there.
    """
    with listener or listen(host, port) as bound:
        blocks.silence()
        import uvicorn

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                name = socket.gethostname() if host in _ANY else host
                shown = f"[{name}]" if ":" in name else name
                print(f"Papertalk is at http://{shown}:{bound.getsockname()[1]} (Ctrl-C ends it).", flush=True)

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                # An open page keeps its connections; uvicorn cuts them, and would print a traceback for each.
                logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
                await super().shutdown(sockets)

        Server(uvicorn.Config(application(shelf), log_level="warning", timeout_graceful_shutdown=1)).run([bound])


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free.

    Raises:
        ConfigError: the port is taken or not allowed, or the host is none of this machine's.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except socket.gaierror as error:
        raise ConfigError(
            f"The host {host!r} is not known; set PAPERTALK_HOST to an address of this machine."
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 7860
            raise ConfigError(
                f"Port {port} on {host} is taken; choose another, such as PAPERTALK_PORT={other}."
            ) from error
        if error.errno == errno.EACCES:
            raise ConfigError(
                f"Port {port} needs rights; choose one above 1023, such as PAPERTALK_PORT=7860."
            ) from error
        raise ConfigError(
            f"Nothing can listen on {host}:{port} ({error.strerror}); set PAPERTALK_HOST to an address of this machine."
        ) from error


def application(shelf: Shelf, *, editing: bool | None = None) -> ASGIApp:
    """The page as an ASGI application: Gradio's, without telemetry, files and what it would load from elsewhere.

    Args:
        editing: whether visitors may change libraries. None: as the settings say.
    """
    desk = Desk(shelf, editing=may_edit(shelf.settings) if editing is None else editing)
    page = blocks.build(desk)
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.middleware.gzip import GZipMiddleware

    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
    theme = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="slate",
        text_size="md",
        font=fonts,
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    ).set(body_background_fill="#f4f5f7", body_background_fill_dark="#12161c")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)  # Gradio compresses its own files, and not the page
    start = secrets.token_hex(8)
    app.add_api_route(_ALIVE, lambda: {"start": start})
    _take_uploads(app, desk)
    gr.mount_gradio_app(
        app,
        page,
        "/",
        footer_links=[],
        run_history=False,
        show_error=False,
        allowed_paths=[],
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme,
        # Not as Gradio's own ``css``: it puts its container before every selector.
        head=f"<style>{''.join(map(_asset, _STYLES))}</style><script>{''.join(map(_asset, _SCRIPTS))}</script>",
    )
    return Guarded(app, only_local=desk.editing and shelf.settings.web_editing is None)


def _take_uploads(app: FastAPI, desk: Desk) -> None:
    """Files come by ``PUT /upload/NAME``, from visitors of this page alone, and only where they may add papers."""
    from fastapi import HTTPException, Request

    async def upload(name: str, request: Request) -> dict[str, str]:
        owner = request.cookies.get(blocks.COOKIE)
        if not desk.editing or not owner:
            raise HTTPException(403, "Papers cannot be added from this page.")
        try:
            return {"token": await desk.uploads.take(owner, name, request)}
        except SourceError as error:
            raise HTTPException(413, str(error)) from error

    upload.__annotations__["request"] = Request  # imported here, so FastAPI could not look it up by its name
    app.add_api_route("/upload/{name}", upload, methods=["PUT"])


def may_edit(settings: Settings) -> bool:
    """Whether visitors may change libraries: as set, else where the page is for this machine alone."""
    if settings.web_editing is not None:
        return settings.web_editing
    try:
        return ipaddress.ip_address(settings.host).is_loopback
    except ValueError:
        return settings.host == "localhost"


@cache
def _asset(name: str) -> str:
    return (resources.files("assistant.surfaces") / "assets" / name).read_text(encoding="utf-8")
