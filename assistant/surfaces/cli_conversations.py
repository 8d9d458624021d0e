"""``papertalk conversations`` and ``papertalk feedback``: what was asked and answered before, and what readers thought.

No library is opened for it; BibTeX alone looks into one, through the server that has it open where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.errors import ExportError, LibraryError, ModelError
from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    assistant_or_server,
    conversation_rows,
    counted,
    display,
    err,
    exchange_shown,
    given,
    out,
    out_json,
    papers_of,
    say_saved,
    settings_of,
    stored_conversations,
    write_text,
)

if TYPE_CHECKING:
    from assistant.conversations.feedback import Rated
    from assistant.conversations.store import Conversation, Conversations

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
feedback_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

About = Annotated[
    str | None,
    typer.Option("--library", "-l", metavar="NAME", help="Only conversations about this library; default: all."),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: standard output.")]
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
        Literal["markdown", "json", "bibtex"] | None,
        typer.Option("--format", help="Default: as the file's name ends, else markdown."),
    ] = None,
    output: Output = None,
    data_dir: DataDir = None,
) -> None:
    """Write a whole conversation as Markdown or JSON, with the references of each answer; as BibTeX, what it cites."""
    stored = stored_conversations(data_dir)
    found = stored.find(which)
    form = form or _FORMS.get(output.suffix.lower() if output else "", "markdown")
    if form == "bibtex":
        content = _bibtex(stored, found, data_dir)
    else:
        content = stored.to_json(found.id) if form == "json" else stored.to_markdown(found.id)
    _write(content, output)


_FORMS: Mapping[str, Literal["json", "bibtex"]] = {".json": "json", ".bib": "bibtex"}
"""By the ending of a file's name."""


def _bibtex(stored: Conversations, conversation: Conversation, data_dir: str | None) -> str:
    try:
        with assistant_or_server(conversation.library, data_dir) as assistant:
            return stored.to_bibtex(conversation.id, papers_of(assistant))
    except (LibraryError, ModelError) as error:  # an entry of title, authors and year is better than none
        err(f"warning: {error} The entries have only what the answers hold.")
        return stored.to_bibtex(conversation.id)


def _write(content: str, output: Path | None) -> None:
    if output is None:
        from assistant.rendering import visible

        out(visible(content))
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


# ---- what readers thought

NotUseful = Annotated[bool, typer.Option("--not-useful", help="Only of answers that were not useful.")]


@feedback_app.callback(
    epilog="\b\nExample: papertalk feedback --not-useful\nExample: papertalk feedback export -o questions.jsonl"
)
def feedback(
    context: typer.Context,
    not_useful: NotUseful = False,
    library: About = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List what readers thought of answers, newest first, or write it as questions for 'papertalk eval'."""
    if context.invoked_subcommand:
        here = {"data_dir": data_dir, "library": library, "not_useful": not_useful}
        context.default_map = {"export": here}
        return
    settings_of(library, data_dir)  # refuses a name that no library can have
    found = stored_conversations(data_dir).feedback(library, False if not_useful else None)
    if as_json:
        out_json([rated.to_dict() for rated in found])
    elif found:
        from assistant.rendering import fitted_table

        display(fitted_table(_feedback_rows(found), "--json has them all"))
    else:
        err("There is no such feedback yet." if library or not_useful else "There is no feedback yet.")


@feedback_app.command("export", epilog="Example: papertalk feedback export -o questions.jsonl")
def export_feedback(
    not_useful: Annotated[
        bool,
        typer.Option("--not-useful", help="Those whose answers were not useful, for you to add what is right."),
    ] = False,
    output: Output = None,
    library: About = None,
    data_dir: DataDir = None,
) -> None:
    """Write questions that 'papertalk eval' reads: those whose answers were useful, with what was cited as gold.

    Of an answer that was not useful nothing right is known, and eval counts a question without gold as right when it
    is answered at all; so these are written by --not-useful alone, with the reasons that were given.
    """
    settings_of(library, data_dir)  # refuses a name that no library can have
    found = stored_conversations(data_dir).feedback(library, not not_useful)
    libraries = sorted({rated.library for rated in found})
    if len(libraries) > 1:
        names = ", ".join(map(repr, libraries))
        raise ExportError(f"The feedback is about several libraries, {names}; choose one with --library.")
    if not found:
        err("There is no such feedback yet.")
        return
    from assistant.conversations.feedback import as_questions

    _write(as_questions(found), output)


def _feedback_rows(found: Sequence[Rated]) -> list[dict[str, Any]]:
    """As a table shows them, in local time."""
    return [
        {
            "at": f"{rated.feedback.at.astimezone():%Y-%m-%d %H:%M}",
            "library": rated.library,
            "useful": "yes" if rated.feedback.useful else "no",
            "question": rated.question,
            "reason": " ".join(rated.feedback.reason.split()),
        }
        for rated in found
    ]
