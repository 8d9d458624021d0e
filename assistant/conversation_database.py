"""The file of stored conversations: how it is made, brought up to date, opened, and made to let go of what is deleted.

It is opened for each call and closed after it, so that any number of threads and processes may use it at once, and a
file that was deleted is gone.
"""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.errors import ConversationsError
from assistant.words import folded

Value = str | int | None

_APPLICATION = 0x50415054
"""What SQLite's header says whose file it is ("PAPT")."""

_CONVERSATIONS_AND_EXCHANGES = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        library TEXT NOT NULL,
        title TEXT NOT NULL,
        started TEXT NOT NULL,
        changed TEXT NOT NULL
    )""",
    """CREATE TABLE exchanges (
        conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        question TEXT NOT NULL,
        answer TEXT NOT NULL,
        told TEXT NOT NULL,
        PRIMARY KEY (conversation, number)
    )""",
)
# The text that is searched has a table of its own: beside whole answers it would be spread over the whole file. FTS5
# would be faster still, but keeps deleted text in its index until that is merged.
_OWNERS_SHARES_FEEDBACK_AND_SEARCH = (
    "ALTER TABLE conversations ADD COLUMN owner TEXT",
    "ALTER TABLE conversations ADD COLUMN token TEXT",
    "CREATE INDEX conversations_by_owner ON conversations (owner, changed)",
    "CREATE INDEX conversations_by_change ON conversations (changed)",
    "CREATE UNIQUE INDEX conversations_by_token ON conversations (token)",
    """CREATE TABLE feedback (
        conversation TEXT NOT NULL,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        useful INTEGER NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (conversation, number),
        FOREIGN KEY (conversation, number) REFERENCES exchanges ON DELETE CASCADE
    )""",
    """CREATE TABLE searched (
        conversation TEXT NOT NULL,
        number INTEGER NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (conversation, number),
        FOREIGN KEY (conversation, number) REFERENCES exchanges ON DELETE CASCADE
    )""",
    "INSERT INTO searched SELECT conversation, number, searchable(question, told) FROM exchanges",
)
_PASSAGES_READ = ("ALTER TABLE exchanges ADD COLUMN evidence TEXT",)
_STEPS = (_CONVERSATIONS_AND_EXCHANGES, _OWNERS_SHARES_FEEDBACK_AND_SEARCH, _PASSAGES_READ)
"""From each version of the schema to the next, beginning with an empty file; a new file goes all the way. A step that
was released is never changed."""
_VERSION = len(_STEPS)

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


class Database:
    """Every method raises ConversationsError where the file is damaged, not Papertalk's, or cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, query: str, values: Mapping[str, Value]) -> Sequence[Any]:
        """What a query finds; nothing where there is no file."""
        with self._translated():
            if not self._path.exists():
                return []
            with self._open() as database:
                return database.execute(query, values).fetchall()

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
            raise ConversationsError(
                f"What was deleted from {str(self._path)!r} is gone from every list, but its text is still beside the "
                f"file, which another process is reading; end that process, and it is gone too."
            )

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        if not self._path.exists():
            _create(self._path)
        with _connection(self._path) as database:
            self._check(database)
            _upgrade(database)
            yield database

    def _check(self, database: sqlite3.Connection) -> None:
        """Make sure that the file is ours before anything is written."""
        (application,) = database.execute("PRAGMA application_id").fetchone()
        if application != _APPLICATION:
            raise ConversationsError(
                f"The file {str(self._path)!r} is not one of conversations; move it away, or choose another folder "
                f"with --data-dir."
            )
        if not 0 < _version(database) <= _VERSION:
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} is of another version of Papertalk; install that one, "
                f"or move the file away."
            )

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = _REASONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
            if reason is None:
                raise
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} cannot be used: {reason}."
            ) from error
        except OSError as error:
            raise ConversationsError(
                f"The file of conversations {str(self._path)!r} cannot be used: {error.strerror}; choose another "
                f"folder with --data-dir."
            ) from error


@contextlib.contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA secure_delete = ON")
        database.create_function("holds", 2, lambda text, words: words in folded(text), deterministic=True)
        database.create_function("searchable", 2, _searchable, deterministic=True)
        yield database


def _create(path: Path) -> None:
    """Make the file whole under another name, for its owner's eyes alone, and put it in place unless another process
    was faster. Nobody meets one that is half made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.stem}-") as folder:
        made = Path(folder) / path.name
        with _connection(made) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA application_id = {_APPLICATION}")
            _upgrade(database)
        made.chmod(0o600)
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(made)


def _upgrade(database: sqlite3.Connection) -> None:
    """Bring the schema up to date, at once or not at all."""
    if _version(database) == _VERSION:
        return
    with _transaction(database):
        for step in _STEPS[_version(database) :]:  # asked again: another process may have been faster
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {_VERSION}")


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


def _searchable(question: str, told: str) -> str:
    """An exchange as it is searched. What is looked for is folded too, and so never spans the two."""
    return f"{folded(question)}\n{folded(told)}"


def written(time: datetime) -> str:
    """A time as the file holds it: in ISO 8601, so that text sorts as time does."""
    return time.isoformat(timespec="microseconds")


def read(time: str) -> datetime:
    return datetime.fromisoformat(time)
