"""The command ``mcp``: the libraries as tools for the program that starts this one, by standard input and output."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from assistant.errors import LibraryInUse
from assistant.surfaces.cli_common import DataDir, LibraryName, err, existing, reached, settings_of

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.surfaces.serve.mcp_server import Libraries

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="\b\nExample: papertalk mcp --library curie")
def mcp(library: LibraryName = None, data_dir: DataDir = None) -> None:
    """Serve the libraries to an assistant program over MCP, by standard input and output.

    Write this command into the program's settings; docs/mcp.md shows how. Nothing but the protocol goes to standard
    output. A library that a running 'papertalk serve' has open is asked through that server.
    """
    settings = existing(settings_of(library, data_dir))
    import anyio

    from assistant.surfaces.serve.mcp_server import serve_stdio

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):  # asyncio's own way with Ctrl-C waits for the thread that reads
        signal.signal(number, _interrupted)
    try:
        with _libraries(settings) as libraries:
            anyio.run(serve_stdio, libraries)
    except KeyboardInterrupt:
        err("Interrupted.")
        os._exit(130)  # a thread waits for standard input, and Python would wait for the thread


@contextmanager
def _libraries(settings: Settings) -> Iterator[Libraries]:
    """Those of the data folder, or of the server of this user that has the library open. What stands in the way is said
    now, and not by the first tool.

    Raises:
        LibraryInUse: another process has the library open.
    """
    from assistant.shelf import Shelf
    from assistant.surfaces.serve.mcp_remote import AtServer
    from assistant.surfaces.serve.mcp_server import OnShelf

    with Shelf(settings) as shelf:
        try:
            _ = shelf.first
        except LibraryInUse:
            if (client := reached(settings)) is None:
                raise
        else:
            yield OnShelf(shelf)
            return
    with client:
        yield AtServer(client)


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # it would report the task that this breaks off
    raise KeyboardInterrupt
