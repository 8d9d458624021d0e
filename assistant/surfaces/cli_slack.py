"""The command ``slack``: the libraries in a Slack workspace, without a public address."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import typer

from assistant.errors import LibraryInUse
from assistant.surfaces.cli_common import DataDir, LibraryName, err, existing, reached, settings_of

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.shelf import Shelf
    from assistant.surfaces.slack.app import SlackSurface

app = typer.Typer(rich_markup_mode=None)

_THREADS = 16
"""Threads beside those in which questions are answered."""
_ENDING = 5.0
"""Seconds that the service may still take at the end, when all answers are told."""


@app.command(epilog="\b\nExample: papertalk slack --library curie")
def slack(library: LibraryName = None, data_dir: DataDir = None) -> None:
    """Answer questions in Slack, over a connection that this command opens (Socket Mode). Until Ctrl-C.

    docs/slack.md says how to install the app. A library that a running 'papertalk serve' has open is its own: set the
    tokens there, and it answers in Slack too.
    """
    from assistant.surfaces.slack.app import check

    settings = settings_of(library, data_dir)
    check(settings, over_socket=True)
    asyncio.run(_answer(existing(settings)))
    err("Stopped.")


async def _answer(settings: Settings) -> None:
    from assistant.shelf import Shelf
    from assistant.surfaces.serve import logs
    from assistant.surfaces.serve.service import Service
    from assistant.surfaces.slack.app import slack_app

    logs.configure(settings)
    interrupted = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(settings.answers_at_once + _THREADS, "papertalk"))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupted.set)
    with Shelf(settings) as shelf:
        _open_first(shelf)
        service = Service(shelf)
        surface = slack_app(service, settings)
        tasks = [asyncio.create_task(_run(surface)), asyncio.create_task(interrupted.wait())]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await surface.stop()
        await service.stop(_ENDING)
        for task in done:
            task.result()


def _open_first(shelf: Shelf) -> None:
    """What stands in the way is said now, and not by the first answer.

    Raises:
        LibraryInUse: another process has the library open; of a server of this user it says that it can answer too.
    """
    try:
        _ = shelf.first
    except LibraryInUse as error:
        if (client := reached(shelf.settings)) is None:
            raise
        with client:
            raise LibraryInUse(
                f"The library {shelf.settings.library!r} is open in the server at {client.url}; start that one with "
                f"the Slack tokens, as docs/slack.md says, and it answers in Slack too."
            ) from error


async def _run(surface: SlackSurface) -> None:
    await surface.start()
    err("Papertalk answers in Slack (Ctrl-C ends it).")
    await surface.run()
