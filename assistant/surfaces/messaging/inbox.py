"""Questions on disk, from their arrival until they are answered: each is taken once, and outlives its process.

A question belongs to the process that took it. Each process holds a lock of the operating system's, which is gone with
it, however it ends: so it is known at once which questions nobody answers any more, and no two answer one.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from assistant.errors import ConversationsError
from assistant.sqlite_file import Value
from assistant.surfaces.messaging.database import Database
from assistant.surfaces.messaging.events import Place, Question
from assistant.surfaces.messaging.replies import Handle

SEEN_FOR = 24 * 3_600.0
"""Seconds for which a delivery is known again; platforms give up after an hour or less."""
KEPT_FOR = 90 * 24 * 3_600.0
"""Seconds after which a question can be edited or deleted no more."""
_FORGET_EVERY = 600.0
"""Seconds between two looks for what is to be forgotten."""
_LOCK = ".messaging-"
"""How the name of a process's lock begins."""
_PATIENCE = 10.0
"""Seconds to wait for a lock that nobody holds for long."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A question as it is kept.

    Attributes:
        question: without its text, where it is settled.
        handle: where its reply is shown.
        at: when it was taken, or edited last, in seconds since 1970.
        attempts: how many processes took it up since then.
        is_open: whether there is still something to be done for it.
        is_deleted: whether that is to take away its answer.
        conversation: where its answer is stored; empty where it is not.
        number: of the answer there.
    """

    question: Question
    handle: Handle
    at: float
    attempts: int
    is_open: bool
    is_deleted: bool
    conversation: str
    number: int


class Inbox:
    """The questions of one platform, as one process has them; other processes and platforms share the file.

    Every method raises ConversationsError where the file cannot be used. Any thread may call any.

    Args:
        clock: seconds since 1970.
    """

    def __init__(self, database: Database, platform: str, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._folder = database.folder
        self._platform = platform
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._lock: FileLock | None = None
        self._changing_lock = threading.Lock()
        self._forgotten = 0.0

    def close(self) -> None:
        """Leave what is open to whoever asks next."""
        with self._changing_lock:
            if self._lock is not None:
                _let_go(self._lock)
                self._lock = None

    def take(self, questions: Iterable[Question]) -> list[bool]:
        """Make questions this process's own, in one step; says of each whether it is: not where it came before."""
        self._be_alive()
        now = self._clock()
        with self._database.writing() as database:
            if now - self._forgotten > _FORGET_EVERY:
                _forget(database, now)
                self._forgotten = now
            return [_is_new(database, one, now) and _insert(database, one, now, self._process) for one in questions]

    def note(self, question: Question, handle: Handle) -> None:
        """Keep where the reply is shown."""
        self._change(question, "handle = :handle", handle=json.dumps(dict(handle)))

    def note_stored(self, question: Question, conversation: str, number: int) -> None:
        """Keep where the answer is stored."""
        change = "conversation = :conversation, exchange = :number"
        self._change(question, change, conversation=conversation, number=number)

    def settle(self, question: Question) -> None:
        """It was answered, or will not be: its text is deleted, and nobody takes it up again. Nothing where it was
        edited since, or deleted."""
        change = f"text = NULL, owner = NULL WHERE {_AS_IT_IS}"
        with self._database.writing() as database:
            database.execute(f"UPDATE questions SET {change}", self._as_it_is(question))

    def reopen(self, question: Question) -> bool:
        """Take a question up again as if it came now, with the text that it has now; it belongs to this process then,
        and whoever answers it with another text does so for nothing. Says whether it is: not where it was deleted."""
        self._be_alive()
        values = {"id": key_of(question), "text": question.text, "owner": self._process, "at": self._clock()}
        change = "text = :text, owner = :owner, at = :at, attempts = 1"
        with self._database.writing() as database:
            changed = database.execute(f"UPDATE questions SET {change} WHERE id = :id AND NOT is_deleted", values)
            return bool(changed.rowcount)

    def delete(self, place: Place, message: str) -> Entry | None:
        """Note that the question that a message was is deleted; to take away its answer is this process's business
        then. None where it was none, or is noted already. The thread is not looked at."""
        self._be_alive()
        change = f"is_deleted = 1, text = NULL, owner = :owner WHERE {_MESSAGE} RETURNING {_COLUMNS}"
        values = {**_message(place, message), "owner": self._process}
        with self._database.writing() as database:
            rows = database.execute(f"UPDATE questions SET {change}", values).fetchall()
        return _entry(rows[0]) if rows else None

    def drop(self, question: Question) -> None:
        """Forget it, but for that it was seen."""
        with self._database.writing() as database:
            database.execute("DELETE FROM questions WHERE id = ?", (key_of(question),))

    def is_mine(self, question: Question) -> bool:
        """Whether it still belongs to this process, and says what it said: it may have been edited or deleted, here or
        by way of another process."""
        query = f"SELECT 1 FROM questions WHERE {_AS_IT_IS}"
        return bool(self._database.rows(query, self._as_it_is(question)))

    def is_gone(self, question: Question) -> bool:
        """Whether it was deleted."""
        entry = self.entry(question)
        return entry is None or entry.is_deleted

    def left(self) -> Sequence[Entry]:
        """What processes left that are no more, oldest first; it belongs to this one now."""
        self._be_alive()
        rows = self._database.rows("SELECT DISTINCT owner FROM questions WHERE owner IS NOT NULL", {})
        locks = (path.stem.removeprefix(_LOCK) for path in self._folder.glob(f"{_LOCK}*.lock"))
        others = {*(owner for (owner,) in rows), *locks} - {self._process}
        return sorted((entry for other in others for entry in self._inherited(other)), key=lambda entry: entry.at)

    def find(self, place: Place, message: str) -> Entry | None:
        """The question that a message was, and is not deleted; the thread is not looked at."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM questions WHERE {_MESSAGE}", _message(place, message))
        return _entry(rows[0]) if rows else None

    def entry(self, question: Question) -> Entry | None:
        """What is kept of a question now; None where it is forgotten."""
        rows = self._database.rows(f"SELECT {_COLUMNS} FROM questions WHERE id = :id", {"id": key_of(question)})
        return _entry(rows[0]) if rows else None

    def _inherited(self, owner: str) -> list[Entry]:
        """The questions of a process, if it is no more."""
        lock = self._lock_of(owner)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return []
        try:
            with self._database.writing() as database:
                change = f"owner = ?, attempts = attempts + 1 WHERE owner = ? AND platform = ? RETURNING {_COLUMNS}"
                values = (self._process, owner, self._platform)
                return [_entry(row) for row in database.execute(f"UPDATE questions SET {change}", values).fetchall()]
        finally:
            _let_go(lock)

    def _change(self, question: Question, change: str, **values: Value) -> None:
        """Change a question of this process; nothing where another one took it."""
        values |= {"id": key_of(question), "owner": self._process}
        with self._database.writing() as database:
            database.execute(f"UPDATE questions SET {change} WHERE id = :id AND owner = :owner", values)

    def _as_it_is(self, question: Question) -> dict[str, Value]:
        return {"id": key_of(question), "owner": self._process, "text": question.text}

    def _be_alive(self) -> None:
        """Hold the lock by which others see that this process lives. One that looks for the dead may hold it for a
        moment, when it is there and not held yet."""
        with self._changing_lock:
            if self._lock is not None:
                return
            lock = self._lock_of(self._process)
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                lock.acquire(timeout=_PATIENCE)
            except OSError as error:
                raise ConversationsError(
                    f"The folder {str(self._folder)!r} cannot be written: {error.strerror}; choose another one with "
                    f"--data-dir."
                ) from error
            self._lock = lock

    def _lock_of(self, process: str) -> FileLock:
        return FileLock(self._folder / f"{_LOCK}{process}.lock", is_singleton=False, thread_local=False)


def _let_go(lock: FileLock) -> None:
    """Nobody asks for the lock of a process that has ended, once its questions are another's."""
    Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()


# ---- rows

_STORED = "platform, team, channel, thread, message, user, kind, ids, details, text, at"
_COLUMNS = f"{_STORED}, owner, is_deleted, attempts, handle, conversation, exchange"
_AS_IT_IS = "id = :id AND owner = :owner AND text = :text AND NOT is_deleted"
_MESSAGE = (
    "(platform, team, channel, message) = (:platform, :team, :channel, :message) AND message <> '' AND NOT is_deleted"
)


def _message(place: Place, message: str) -> dict[str, Value]:
    return {"platform": place.platform, "team": place.team, "channel": place.channel, "message": message}


def key_of(question: Question) -> str:
    """By which a question is told from all others; not from its text."""
    return _id(question.place, question.ids[0])


def _id(place: Place, name: str) -> str:
    return f"{place.platform}:{place.team}:{name}"


def _is_new(database: sqlite3.Connection, question: Question, now: float) -> bool:
    """Whether none of its ids was seen; they are from now on."""
    ids = [_id(question.place, one) for one in question.ids]
    marks = ", ".join("?" * len(ids))
    if database.execute(f"SELECT 1 FROM seen WHERE id IN ({marks})", ids).fetchone():
        return False
    database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(one, now) for one in ids])
    return True


def _insert(database: sqlite3.Connection, question: Question, now: float, process: str) -> bool:
    """Whether it went in: the message may be there from long ago, when its ids are forgotten."""
    place = question.place
    values = (
        *(key_of(question), process),
        *(place.platform, place.team, place.channel, place.thread, question.message, question.user, question.kind),
        *(json.dumps(question.ids), json.dumps(dict(question.details)), question.text, now),
    )
    marks = ", ".join("?" * len(values))
    row = f"INSERT OR IGNORE INTO questions (id, owner, {_STORED}) VALUES ({marks})"
    return bool(database.execute(row, values).rowcount)


def _entry(row: Sequence[Any]) -> Entry:
    platform, team, channel, thread, message, user, kind, ids, details, text, at, owner, *rest = row
    is_deleted, attempts, handle, conversation, number = rest
    place = Place(platform, team, channel, thread)
    question = Question(place, user, text or "", message, tuple(json.loads(ids)), kind, json.loads(details))
    is_open = owner is not None
    return Entry(question, json.loads(handle), at, attempts, is_open, bool(is_deleted), conversation, number)


def _forget(database: sqlite3.Connection, now: float) -> None:
    database.execute("DELETE FROM seen WHERE at < ?", (now - SEEN_FOR,))
    database.execute("DELETE FROM questions WHERE at < ?", (now - KEPT_FOR,))
