"""``papertalk keys`` and ``papertalk users``: who may use what is served. No library is opened for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.surfaces.cli_common import AsJson, DataDir, display, err, out, out_json, settings_of

if TYPE_CHECKING:
    from assistant.access import Access

keys_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Make, list and revoke API keys.")
users_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Add, list and remove users of the login.")

Given = Annotated[
    Literal["read", "ingest", "admin"],
    typer.Option("--scope", help="read: read and ask. ingest: also add and remove papers. admin: everything."),
]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="Letters, digits and . _ @ + -")]


def _access(data_dir: str | None) -> Access:
    from assistant.access import Access

    return Access(settings_of(None, data_dir).data_dir)


# ---- keys


@keys_app.command(epilog="Example: papertalk keys create 'lab website' --scope read")
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is for.")],
    scope: Given = "read",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is printed once, to standard output, and cannot be shown again."""
    key, secret = _access(data_dir).keys.create(name, scope)
    if as_json:
        out_json({**key.to_dict(), "key": secret})
    else:
        out(f"{secret}\n")
    err(f"This is the key {key.name!r} ({key.scope}). Keep it now: only its hash is stored, and it is not shown again.")


@keys_app.command("list", epilog="Example: papertalk keys list")
def list_keys(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the keys, and on which day each was last used."""
    rows = [key.to_dict() for key in _access(data_dir).keys.list()]
    _show(rows, "There are no keys; 'papertalk keys create NAME' makes one.", as_json=as_json)


@keys_app.command(epilog="Example: papertalk keys revoke 3f9a1c07be42")
def revoke(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As 'papertalk keys list' shows it.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Take a key back. A server that is running refuses it with the next request."""
    key = _access(data_dir).keys.revoke(identifier)
    if as_json:
        out_json({"revoked": key.to_dict()})
    else:
        out(f"revoked: {key.name} ({key.id})\n")


# ---- users


@users_app.command(
    epilog="\b\nExample: papertalk users add ada --scope ingest\nExample: pass show ada | papertalk users add ada"
)
def add(name: UserName, scope: Given = "read", data_dir: DataDir = None) -> None:
    """Add a user of the web login. The password is asked for, or read from standard input."""
    user = _access(data_dir).users.add(name, _password(), scope)
    out(f"added: {user.name} ({user.scope})\n")


@users_app.command("list", epilog="Example: papertalk users list")
def list_users(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show the users."""
    rows = [user.to_dict() for user in _access(data_dir).users.list()]
    _show(rows, "There are no users; 'papertalk users add NAME' adds one.", as_json=as_json)


@users_app.command(epilog="Example: papertalk users password ada")
def password(name: UserName, data_dir: DataDir = None) -> None:
    """Set another password. It is asked for, or read from standard input. The user is logged out everywhere."""
    users = _access(data_dir).users
    user = users.find(name)
    users.set_password(user.name, _password())
    out(f"changed: {user.name}\n")


@users_app.command(epilog="Example: papertalk users remove ada")
def remove(name: UserName, data_dir: DataDir = None) -> None:
    """Remove a user, and end what they are logged in to."""
    users = _access(data_dir).users
    user = users.find(name)
    users.remove(user.name)
    out(f"removed: {user.name}\n")


# ---- what they share


def _password() -> str:
    """A password, typed twice without being shown, or the first line of standard input. Never an argument, which
    others can read in the list of processes and which stays in the shell's history."""
    from assistant.access import LONGEST_PASSWORD, SHORTEST_PASSWORD

    if sys.stdin is None:
        raise typer.BadParameter("give the password on standard input.", param_hint="password")
    if sys.stdin.isatty():
        asked = f"Password ({SHORTEST_PASSWORD} characters at least)"
        return str(typer.prompt(asked, hide_input=True, confirmation_prompt=True, err=True))
    line = sys.stdin.buffer.readline(LONGEST_PASSWORD + 2)  # with its end
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _show(rows: Sequence[dict[str, Any]], none: str, *, as_json: bool) -> None:
    if as_json:
        out_json(rows)
    elif rows:
        from assistant.rendering import fitted_table

        display(fitted_table([{**row, "created": row["created"][:10]} for row in rows], "--json has them all"))
    else:
        err(none)
