"""``papertalk conversations``: what was asked and answered before, to be read, exported, renamed and deleted.

No library is opened for it, so that it works while the web chat is running.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    conversation_rows,
    counted,
    display,
    err,
    exchange_shown,
    given,
    out,
    out_json,
    say_saved,
    settings_of,
    stored_conversations,
    write_text,
)

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

About = Annotated[
    str | None,
    typer.Option("--library", "-l", metavar="NAME", help="Only conversations about this library; default: all."),
]
ID = typer.Argument(metavar="ID", help="An id as 'papertalk conversations' lists it, or its beginning; or 'last'.")


@app.callback(
    epilog="\b\nExample: papertalk conversations --search benchmark\n"
    "Example: papertalk conversations export last -o talk.md"
)
def conversations(
    context: typer.Context,
    search: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", callback=given, help="Only those with this in the title, a question or an answer."
        ),
    ] = None,
    library: About = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List, show, export and delete conversations. They are kept by 'papertalk chat' and by the web chat.

    Go on with one: papertalk chat --continue ID.
    """
    if context.invoked_subcommand:
        here = {"data_dir": data_dir}
        context.default_map = {
            "show": {**here, "as_json": as_json},
            "export": here,
            "rename": here,
            "delete": {**here, "library": library, "as_json": as_json},
        }
        return
    settings_of(library, data_dir)  # refuses a name that no library can have
    found = stored_conversations(data_dir).list(library, search, limit=None)
    if as_json:
        out_json([conversation.to_dict() for conversation in found])
    elif found:
        from assistant.rendering import fitted_table

        display(fitted_table(conversation_rows(found), "--json has them all"))
    else:
        err(f"No conversation holds {search!r}." if search else "There is no conversation yet.")


@app.command(epilog="Example: papertalk conversations show last")
def show(which: Annotated[str, ID], data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show a whole conversation."""
    stored = stored_conversations(data_dir)
    found = stored.find(which)
    if as_json:
        out(stored.to_json(found.id))
        return
    from assistant.rendering import visible

    out(f"{visible(found.title)} (library {found.library}, {found.started.astimezone():%Y-%m-%d %H:%M})\n\n")
    for exchange in stored.exchanges(found.id):
        display(exchange_shown(exchange))


@app.command(epilog="Example: papertalk conversations export last --format json -o talk.json")
def export(
    which: Annotated[str, ID],
    form: Annotated[
        Literal["markdown", "json"] | None,
        typer.Option("--format", help="Default: as the file's name ends, else markdown."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Write a whole conversation as Markdown, or as JSON. The references of each answer come with it."""
    stored = stored_conversations(data_dir)
    found = stored.find(which)
    as_json = form == "json" or (form is None and output is not None and output.suffix.lower() == ".json")
    content = stored.to_json(found.id) if as_json else stored.to_markdown(found.id)
    if output is None:
        out(content)
    else:
        write_text(output.expanduser(), content)
        say_saved(output)


@app.command(epilog="Example: papertalk conversations rename last 'The first datasets'")
def rename(
    which: Annotated[str, ID],
    title: Annotated[list[str], typer.Argument(metavar="TITLE")],
    data_dir: DataDir = None,
) -> None:
    """Give a conversation another title."""
    stored = stored_conversations(data_dir)
    found = stored.find(which)
    stored.rename(found.id, " ".join(title))
    err(f"renamed: {stored.get(found.id).title}")


@app.command(epilog="\b\nExample: papertalk conversations delete last\nExample: papertalk conversations delete --all")
def delete(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids, or their beginnings.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them; with --library, those about it.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    library: About = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Delete conversations for good. Their text is overwritten; where one of the ids is not there, none is deleted."""
    if bool(ids) == every:
        raise typer.BadParameter("name the conversations, or all of them with --all.", param_hint="ID")
    if ids and library:
        raise typer.BadParameter("it goes with --all.", param_hint="--library")
    settings_of(library, data_dir)  # refuses a name that no library can have
    stored = stored_conversations(data_dir)
    found = stored.list(library, limit=None) if every else [stored.find(which) for which in ids or ()]
    if found and not yes:
        what = repr(found[0].title) if len(found) == 1 else counted(len(found), "conversation")
        typer.confirm(f"Delete {what} for good?", abort=True, err=True)
    gone = stored.delete_all(library) if every else stored.delete(*(conversation.id for conversation in found))
    left = len(stored.list(limit=None))
    if as_json:
        out_json({"deleted": gone, "left": left})
    else:
        out(f"deleted: {gone}\nleft: {left}\n")
