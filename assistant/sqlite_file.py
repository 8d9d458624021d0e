"""A file of SQLite: how it is made, told from others, brought up to date, opened, and made to let go of what is
deleted.

It is opened for each call and closed after it, so that any number of threads and processes may use it at once, and a
file that was deleted is gone.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError

Value = str | int | float | None

_PATIENCE = 10.0
"""Seconds to wait for another process that is writing."""
_PAUSE = 0.01
"""Seconds between two tries."""

_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full; make room",
    sqlite3.SQLITE_READONLY: "it is read-only; choose another folder with --data-dir",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; choose another folder with --data-dir",
    sqlite3.SQLITE_PERM: "it may not be opened; choose another folder with --data-dir",
    sqlite3.SQLITE_IOERR: "the disk does not answer as it should; choose another folder with --data-dir",
    sqlite3.SQLITE_BUSY: "another process keeps it busy; try again when that is done",
    sqlite3.SQLITE_PROTOCOL: "another process keeps it busy; try again when that is done",
    sqlite3.SQLITE_NOTADB: "it is damaged or not Papertalk's; move it away, and a new one is made",
    sqlite3.SQLITE_CORRUPT: "it is damaged; move it away, and a new one is made",
}
"""SQLite's primary result codes that are no bug, as a user may act on them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of file it is.

    ``holds`` is what it is called by in errors, which are of the type ``error``. ``application`` is what SQLite's
    header says whose file it is. ``steps`` lead from each version of the schema to the next, beginning with an empty
    file; one that was released is never changed. ``has_log`` gives it a write-ahead log, in which a writer and readers
    do not wait for each other; to look into a file that has one takes twice as long where nobody else holds it open.
    ``prepare`` adds functions to a connection.
    """

    holds: str
    error: type[AssistantError]
    application: int
    steps: Sequence[Sequence[str]]
    has_log: bool = False
    prepare: Callable[[sqlite3.Connection], None] = lambda _: None


class SqliteFile:
    """Every method raises the kind's error where the file is damaged, not Papertalk's, or cannot be written."""

    def __init__(self, path: Path, kind: Kind) -> None:
        self._path = path
        self._kind = kind

    def rows(self, query: str, values: Mapping[str, Value] | None = None) -> Sequence[Any]:
        """What a query finds; nothing where there is no file."""
        with self._translated():
            if not self._path.exists():
                return []
            with self._open() as database:
                return database.execute(query, values or {}).fetchall()

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction."""
        with self._translated(), self._open() as database, _transaction(database):
            yield database

    @contextlib.contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, after which SQLite writes over what its log still holds of the text that was deleted."""
        with self._translated(), self._open() as database:
            with _transaction(database):
                yield database
            is_gone = _log_emptied(database)
        if not is_gone:
            raise self._kind.error(
                f"What was deleted from {str(self._path)!r} is gone from every list, but its text is still beside the "
                f"file, which another process is reading; end that process, and it is gone too."
            )

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.exists():
            self._create()
        with self._connection(self._path) as database:
            self._check(database)
            self._upgrade(database)
            yield database

    @contextlib.contextmanager
    def _connection(self, path: Path) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA foreign_keys = ON")
            database.execute("PRAGMA secure_delete = ON")
            self._kind.prepare(database)
            yield database

    def _create(self) -> None:
        """Make the file whole under another name, for its owner's eyes alone, and put it in place unless another
        process was faster. Nobody meets one that is half made. SQLite gives what it puts beside it the same rights."""
        path = self._path
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
            made = Path(folder) / path.name
            with self._connection(made) as database:
                if self._kind.has_log:
                    database.execute("PRAGMA journal_mode = WAL")
                database.execute(f"PRAGMA application_id = {self._kind.application}")
                self._upgrade(database)
            made.chmod(0o600)
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(made)

    def _check(self, database: sqlite3.Connection) -> None:
        """Make sure that the file is ours before anything is written."""
        (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != self._kind.application:
            raise self._kind.error(
                f"The file {str(self._path)!r} is not one of {self._kind.holds}; move it away, or choose another "
                f"folder with --data-dir."
            )
        if not 0 < _version(database) <= len(self._kind.steps):
            raise self._kind.error(
                f"The file of {self._kind.holds} {str(self._path)!r} is of another version of Papertalk; install that "
                f"one, or move the file away."
            )

    def _upgrade(self, database: sqlite3.Connection) -> None:
        """Bring the schema up to date, at once or not at all."""
        steps = self._kind.steps
        if _version(database) == len(steps):
            return
        with _transaction(database):
            for step in steps[_version(database) :]:  # asked again: another process may have been faster
                for statement in step:
                    database.execute(statement)
            database.execute(f"PRAGMA user_version = {len(steps)}")

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if reason is None:
                raise
            raise self._unusable(reason) from error
        except OSError as error:
            raise self._unusable(f"{error.strerror}; choose another folder with --data-dir") from error

    def _unusable(self, reason: str) -> AssistantError:
        return self._kind.error(f"The file of {self._kind.holds} {str(self._path)!r} cannot be used: {reason}.")


def _log_emptied(database: sqlite3.Connection) -> bool:
    """Whether nothing is left of the log. A checkpoint waits for those who read, but is refused at once while another
    one is going on, as with each connection that closes; so it is asked for again."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        (is_busy, *_) = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not is_busy or time.monotonic() > deadline:
            return not is_busy
        time.sleep(_PAUSE)


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


@contextlib.contextmanager
def _transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def written(time: datetime) -> str:
    """A time as a file holds it: in ISO 8601, so that text sorts as time does."""
    return time.isoformat(timespec="microseconds")


def read(time: str) -> datetime:
    return datetime.fromisoformat(time)
