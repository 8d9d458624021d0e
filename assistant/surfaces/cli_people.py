"""``papertalk people``: who wrote with the author, the persons behind one name, and what the user decides of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.surfaces.cli_common import (
    AsJson,
    DataDir,
    LibraryName,
    assistant_or_server,
    counted,
    display,
    err,
    given,
    out,
    out_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.analysis.people import Person
    from assistant.client import People
    from assistant.namesakes import Namesakes

app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)

Name = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", callback=given, help="Whose papers; default: the library's author."),
]


@app.callback(
    epilog="\b\nExample: papertalk people --name 'Ada Lovelace'\n"
    "Example: papertalk people merge 1 3, and to take it back: papertalk people undo"
)
def people(
    context: typer.Context,
    name: Name = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show co-authors, and which papers may be namesakes'. You decide.

    Papers of one name are grouped by what speaks for one person. The groups are a suggestion until you accept, merge
    or split them; a decision is kept with the library, holds when papers are added, and can be undone.
    """
    if context.invoked_subcommand:
        options = {"name": name, "library": library, "data_dir": data_dir, "as_json": as_json}
        context.default_map = dict.fromkeys(("accept", "merge", "split", "keep", "undo"), options)
        return
    with assistant_or_server(library, data_dir) as assistant:
        namesakes = assistant.people
        if as_json:
            out_json(namesakes.to_dict(name))
        else:
            _show(namesakes, name)


def _show(namesakes: Namesakes | People, name: str | None) -> None:
    from assistant.rendering import fitted_table, persons_list

    others = [
        {"co-author": other.name, "papers": len(other.papers), "first": other.first, "last": other.last}
        for other in namesakes.coauthors(name)
    ]
    persons = namesakes.persons(name) if name or namesakes.owner else ()
    if persons:
        display(persons_list(persons))
    if others:
        display(fitted_table(others, "--json has them all"))
    if not persons:
        err("The library's source names no author; --name NAME groups the papers of a name.")
    elif len(persons) > 1 and not namesakes.is_settled(name):
        err("A suggestion. Keep it: papertalk people accept. Correct it: papertalk people merge 1 2, or split KEY.")


@app.command(epilog="Example: papertalk people accept")
def accept(name: Name = None, library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Keep the groups as they are. A paper that comes later joins the nearest of them."""
    _decide(lambda namesakes: namesakes.accept(name), "accepted", name, library, data_dir, as_json)


@app.command(epilog="Example: papertalk people merge 1 3")
def merge(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER", help="Numbers of groups; two or more.")],
    name: Name = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make groups one person's."""
    _decide(lambda namesakes: namesakes.merge(numbers, name), "merged", name, library, data_dir, as_json)


@app.command(epilog="Example: papertalk people split lovelace1843notes")
def split(
    keys: Annotated[list[str], typer.Argument(metavar="KEY", help="Keys of papers that one other person wrote.")],
    name: Name = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make papers another person's than the rest of their group."""
    _decide(lambda namesakes: namesakes.split(keys, name), "split", name, library, data_dir, as_json)


@app.command(epilog="Example: papertalk people keep 1")
def keep(
    numbers: Annotated[list[int], typer.Argument(metavar="NUMBER", help="Numbers of the author's own groups.")],
    name: Name = None,
    library: LibraryName = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove the papers of all other groups. A sync does not bring them back; taking them in again does."""
    with assistant_or_server(library, data_dir) as assistant:
        gone = assistant.people.papers_of_others(numbers, name)
        assistant.remove(*gone)
        left = len(assistant.papers())
    if as_json:
        out_json({"removed": gone, "left": left})
    else:
        out(f"removed: {len(gone)}\nleft: {left}\n")


@app.command(epilog="Example: papertalk people undo")
def undo(name: Name = None, library: LibraryName = None, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Take back the last decision. Again, the one before."""
    _decide(lambda namesakes: namesakes.undo(name), "undone", name, library, data_dir, as_json)


def _decide(
    decision: Callable[[Namesakes | People], Sequence[Person]],
    done: str,
    name: str | None,
    library: str | None,
    data_dir: str | None,
    as_json: bool,
) -> None:
    """Do it, show the groups as they are now, and say what has changed and how to take it back."""
    with assistant_or_server(library, data_dir) as assistant:
        namesakes = assistant.people
        before = namesakes.persons(name), namesakes.is_settled(name)
        now = decision(namesakes)
        if as_json:
            out_json(namesakes.to_dict(name))
        else:
            from assistant.rendering import persons_list

            display(persons_list(now))
        if done == "undone" and before == (now, namesakes.is_settled(name)):
            err("nothing to undo")
        else:
            err(f"{done}: {_change(len(before[0]), len(now))}")
    if done != "undone":
        err("'papertalk people undo', with the same options, takes it back.")


def _change(before: int, now: int) -> str:
    return f"{counted(now, 'person')}, as before" if before == now else f"{counted(now, 'person')} now, {before} before"
