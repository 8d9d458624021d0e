"""The command ``mcp``: the libraries as tools for the program that starts this one, by standard input and output."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

import typer

from assistant.errors import LibraryInUse
from assistant.surfaces.cli_common import DataDir, LibraryName, err, existing, reached, settings_of

if TYPE_CHECKING:
    from assistant.shelf import Shelf

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="\b\nExample: papertalk mcp --library curie")
def mcp(library: LibraryName = None, data_dir: DataDir = None) -> None:
    """Serve the libraries to an assistant program over MCP, by standard input and output.

    Write this command into the program's settings; docs/mcp.md shows how. Nothing but the protocol goes to standard
    output.
    """
    settings = existing(settings_of(library, data_dir))
    import anyio

    from assistant.shelf import Shelf
    from assistant.surfaces.serve.mcp_server import OnShelf, serve_stdio

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for number in (signal.SIGINT, signal.SIGTERM):  # asyncio's own way with Ctrl-C waits for the thread that reads
        signal.signal(number, _interrupted)
    with Shelf(settings) as shelf:
        _open_first(shelf)
        try:
            anyio.run(serve_stdio, OnShelf(shelf))
        except KeyboardInterrupt:
            err("Interrupted.")
            shelf.close()
            os._exit(130)  # a thread waits for standard input, and Python would wait for the thread


def _open_first(shelf: Shelf) -> None:
    """What stands in the way is said now, and not by the first tool.

    Raises:
        LibraryInUse: another process has the library open; names the address at which a server of this user has the
            same tools.
    """
    try:
        _ = shelf.first
    except LibraryInUse as error:
        if (client := reached(shelf.settings)) is None:
            raise
        with client:
            raise LibraryInUse(
                f"The library {shelf.settings.library!r} is open in the server at {client.url}, which has the same "
                f"tools; give your program {client.url}/mcp in place of this command."
            ) from error


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
