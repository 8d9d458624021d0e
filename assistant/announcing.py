"""How a command in another terminal finds the server that owns a library: a note in the data folder that only its user
can read, with the server's address on this machine and a token that goes with its process."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import LibraryNotWritable

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
    """The note, as long as the server runs. A note that a killed server left is found out by asking there.

    Raises:
        LibraryNotWritable: the data folder cannot be written.
    """
    note = data_dir / _FOLDER / f"{os.getpid()}.json"
    try:
        note.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        note.unlink(missing_ok=True)
        _sweep(note.parent)
        descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"url": server.url, "token": server.token}, stream)
    except OSError as error:
        raise LibraryNotWritable(
            f"The folder {str(data_dir)!r} cannot be written ({error.strerror}); make it writable, or choose another "
            f"with --data-dir."
        ) from error
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def servers(data_dir: Path) -> list[Announced]:
    """Those that were announced, the newest first; some may run no more. Notes of others are not believed."""
    found = []
    for note in sorted((data_dir / _FOLDER).glob("*.json"), key=_changed, reverse=True):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            if os.name == "posix" and note.stat().st_uid != os.getuid():
                continue
            row = json.loads(note.read_text(encoding="utf-8"))
            found.append(Announced(str(row["url"]), str(row["token"]), int(note.stem)))
    return found


def _sweep(folder: Path) -> None:
    """Take away the notes of servers that were killed."""
    for note in folder.glob("*.json"):
        with contextlib.suppress(ValueError, PermissionError, OverflowError):
            try:
                os.kill(int(note.stem), 0)
            except ProcessLookupError:
                note.unlink(missing_ok=True)


def _changed(note: Path) -> float:
    try:
        return note.stat().st_mtime
    except OSError:
        return 0.0
