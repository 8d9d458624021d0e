"""How a command in another terminal finds the server that owns a library: a note in the data folder that only its user
can read, with the server's address on this machine and a token that goes with its process.

A server that is killed leaves its note behind, and its port may be somebody else's by then: only the note of a process
that lives is believed.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import LibraryNotWritable
from assistant.liveness import held, is_left_over

_FOLDER = "servers"


@dataclass(frozen=True, slots=True)
class Announced:
    """A server of this user on this machine. Whoever shows its ``token`` may do what the user may."""

    url: str
    token: str = field(repr=False)
    process: int = field(default_factory=os.getpid)


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


@contextlib.contextmanager
def announced(data_dir: Path, server: Announced) -> Iterator[None]:
    """The note, as long as the server runs.

    Raises:
        LibraryNotWritable: the data folder cannot be written.
    """
    note = data_dir / _FOLDER / f"{secrets.token_hex(8)}.json"
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held(note))
            _write(note, server)
        except OSError as error:
            raise LibraryNotWritable(
                f"The folder {str(data_dir)!r} cannot be written ({error.strerror}); make it writable, or choose "
                f"another with --data-dir."
            ) from error
        stack.callback(note.unlink, missing_ok=True)
        servers(data_dir)  # which takes away the notes of those that were killed
        yield


def servers(data_dir: Path) -> list[Announced]:
    """Those that run, the newest first. What killed ones left is taken away; notes of others are not believed."""
    found = []
    for note in sorted((data_dir / _FOLDER).glob("*.json"), key=_changed, reverse=True):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if _is_another_users(note):
                continue
            if is_left_over(note):
                note.unlink(missing_ok=True)
                continue
            row = json.loads(note.read_text(encoding="utf-8"))
            found.append(Announced(str(row["url"]), str(row["token"]), int(row["process"])))
    return found


def _write(note: Path, server: Announced) -> None:
    """Put the note in place whole."""
    draft = note.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump({"url": server.url, "token": server.token, "process": server.process}, stream)
    draft.replace(note)


def _is_another_users(note: Path) -> bool:
    return os.name == "posix" and note.stat().st_uid != os.getuid()


def _changed(note: Path) -> float:
    try:
        return note.stat().st_mtime
    except OSError:
        return 0.0
