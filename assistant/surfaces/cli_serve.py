"""The commands of whoever runs a server: ``serve``, ``backup`` and ``restore``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.errors import AssistantError, LibraryInUse
from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    LibraryName,
    counted,
    existing,
    open_or_reach,
    out,
    out_json,
    progress,
    settings_of,
)

if TYPE_CHECKING:
    from assistant.backups import RestoreReport
    from assistant.ingesting import Progress
    from assistant.settings import Settings

app = typer.Typer(rich_markup_mode=None)


@app.command(
    epilog="\b\nExample: papertalk serve --library curie\n"
    "Example: PAPERTALK_ACCESS=public papertalk serve --host 0.0.0.0 --port 8080"
)
def serve(
    host: Annotated[
        str | None, typer.Option(metavar="HOST", help="Where to listen; default: the setting 'host'.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Its port; default: the setting 'port'.")
    ] = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
) -> None:
    """Serve the web chat, the REST API, an OpenAI-compatible endpoint and MCP. Until Ctrl-C, from one process.

    It listens on this machine alone, unless told otherwise; docs/security.md says how to let others in.
    """
    from assistant.settings import load

    settings = load(library=library, data_dir=data_dir, host=host, port=port)
    from assistant.surfaces.serve import logs
    from assistant.surfaces.serve.running import run

    try:
        run(settings)
    except AssistantError as error:
        if settings.log_format == "text":
            raise
        logs.configure(settings)
        logging.getLogger(__name__).critical("%s", error)
        raise typer.Exit(1) from error


@app.command(epilog="Example: papertalk backup curie.papertalk --library curie")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; a file that is there is replaced.")],
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a library to one file: papers, vectors, conversations. Also while a server has it open.

    'papertalk restore' makes a library of it, here or elsewhere, without embedding anything again.
    """
    from assistant import backups
    from assistant.client import Client

    with open_or_reach(existing(settings_of(library, data_dir))) as assistant, progress("writing") as step:
        if isinstance(assistant, Client):
            size = assistant.backup(file)
            report = {"library": assistant.library, "size": size}
        else:
            report = backups.backup(assistant, file, step).to_dict()
    if as_json:
        out_json({**report, "file": str(file)})
    else:
        out(f"{file}: {report['size']:,} bytes\n")


@app.command(epilog="Example: papertalk restore curie.papertalk --library curie")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What 'papertalk backup' wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of a library of that name.")] = False,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a library out of a backup. Nothing is embedded again; what is there is not touched without --replace.

    A library that a server of yours has open is replaced through that server, which goes on serving.
    """
    settings = settings_of(library, data_dir)
    with progress("restoring") as step:
        report = _restored(file, settings, replace=replace, step=step)
    if as_json:
        out_json(report)
    else:
        out(f"{report.library}: {counted(report.papers, 'paper')}, {counted(report.conversations, 'conversation')}\n")


def _restored(file: Path, settings: Settings, *, replace: bool, step: Progress) -> RestoreReport:
    from assistant import backups
    from assistant.client import Client

    try:
        return backups.restore(file, settings, replace=replace, progress=step)
    except LibraryInUse:
        with open_or_reach(settings) as holder:
            if isinstance(holder, Client):
                return holder.restore(file, step)
        return backups.restore(file, settings, replace=replace, progress=step)  # whoever held it has ended meanwhile
