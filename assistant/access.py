"""Who may use what is served: API keys, users of the web login and their sessions, in one SQLite file.

No secret is stored. A key and a session's token are 32 random bytes, which nobody can guess from a hash of any speed:
SHA-256 is enough, and a request costs microseconds. A password is chosen by a person and can be guessed, so it is
hashed by Argon2id with the parameters that RFC 9106 recommends where memory is limited (64 MiB, 3 passes, 4 lanes).

The file is opened for each call and closed after it, so that the command line and any number of servers share it, and
a key that is revoked in one is refused by all with the next request. It keeps SQLite's rollback journal: it is hardly
ever written, and looked into with each request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from assistant.errors import AccessError
from assistant.sqlite_file import Kind, SqliteFile, read, written

if TYPE_CHECKING:
    from argon2 import PasswordHasher

Scope = Literal["read", "ingest", "admin", "owner"]
"""What one may do; each includes those before it. ``owner`` is this machine's user, and cannot be given."""
GIVEN: tuple[Scope, ...] = ("read", "ingest", "admin")
"""Scopes that a key or a user can have."""

IDLE = timedelta(hours=12)
"""A session that nobody uses for so long is over."""
LONGEST = timedelta(days=30)
"""So is one that began so long ago."""

SHORTEST_PASSWORD = 12
"""Characters."""
LONGEST_PASSWORD = 1024
"""Bytes of UTF-8: far more than a passphrase has, and no work for the hash that a stranger could ask for."""

_FILE = "access.sqlite3"
_APPLICATION = 0x50544143
"""What SQLite's header says whose file it is ("PTAC")."""
_KEYS_USERS_AND_SESSIONS = (
    """CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        digest TEXT NOT NULL,
        name TEXT NOT NULL,
        scope TEXT NOT NULL,
        owner TEXT NOT NULL,
        created TEXT NOT NULL,
        used TEXT
    )""",
    """CREATE TABLE users (
        name TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        scope TEXT NOT NULL,
        owner TEXT NOT NULL,
        created TEXT NOT NULL
    )""",
    """CREATE TABLE sessions (
        digest TEXT PRIMARY KEY,
        user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        started TEXT NOT NULL,
        seen TEXT NOT NULL
    )""",
    "CREATE INDEX sessions_by_user ON sessions (user)",
)
_KIND = Kind("keys and users", AccessError, _APPLICATION, (_KEYS_USERS_AND_SESSIONS,))

_KEY = re.compile(r"pt_([0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_USER = re.compile(r"\w[\w.@+-]{0,63}")
_LONGEST_NAME = 64
_SEEN_AGAIN = timedelta(minutes=5)
"""How exactly it is known when a session was last used: each request would else write."""


def including(scope: Scope) -> frozenset[Scope]:
    """The scope, and those that it includes."""
    every: tuple[Scope, ...] = get_args(Scope)
    return frozenset(every[: every.index(scope) + 1])


@dataclass(frozen=True, slots=True)
class Key:
    """What an API key is listed by. ``owner`` stands for it as the owner of conversations, and is told to nobody."""

    id: str
    name: str
    scope: Scope
    owner: str
    created: datetime
    used: date | None = None

    @property
    def scopes(self) -> frozenset[Scope]:
        return including(self.scope)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "scope": self.scope,
            "created": written(self.created),
            "used": None if self.used is None else self.used.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class User:
    """Who may log in. ``owner`` stands for them as the owner of conversations, and is told to nobody."""

    name: str
    scope: Scope
    owner: str
    created: datetime

    @property
    def scopes(self) -> frozenset[Scope]:
        return including(self.scope)

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "scope": self.scope, "created": written(self.created)}


class Access:
    """Keys, users and sessions of a data folder, in a file that is made with the first of them.

    Every method of the three raises AccessError where the file is damaged, not Papertalk's, or cannot be written.

    Args:
        now: the clock, in UTC.
    """

    def __init__(self, data_dir: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        file = SqliteFile(data_dir / _FILE, _KIND)
        self.keys = Keys(file, now)
        self.users = Users(file, now)
        self.sessions = Sessions(file, now)

    def is_empty(self) -> bool:
        """Whether there is neither a key nor a user."""
        return not self.keys.list() and not self.users.list()


class Keys:
    """API keys: ``pt_``, an id that may be seen, ``_`` and 32 random bytes."""

    def __init__(self, file: SqliteFile, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now

    def create(self, name: str, scope: Scope = "read") -> tuple[Key, str]:
        """A new key and its secret, which is told this once.

        Raises:
            AccessError: the name is empty, too long or no text for one line, or the scope cannot be given.
        """
        name = _key_name(name)
        identifier = secrets.token_hex(6)
        secret = f"pt_{identifier}_{secrets.token_urlsafe(32)}"
        key = Key(identifier, name, _given(scope), f"key:{secrets.token_urlsafe(24)}", self._now())
        with self._file.writing() as database:
            values = (key.id, _digest(secret), key.name, key.scope, key.owner, written(key.created))
            database.execute("INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, NULL)", values)
        return key, secret

    def verify(self, secret: str) -> Key | None:
        """The key of this secret, which counts as used today; None where there is none."""
        if not (shape := _KEY.fullmatch(secret)):
            return None
        rows = self._file.rows(f"SELECT {_KEY_COLUMNS}, digest FROM keys WHERE id = :id", {"id": shape[1]})
        stored = rows[0][-1] if rows else ""
        if not hmac.compare_digest(stored, _digest(secret)):
            return None
        key = _key(rows[0])
        today = self._now().date()
        if key.used != today:
            with self._file.writing() as database:
                database.execute("UPDATE keys SET used = ? WHERE id = ?", (today.isoformat(), key.id))
        return key

    def list(self) -> Sequence[Key]:
        """Oldest first."""
        return [_key(row) for row in self._file.rows(f"SELECT {_KEY_COLUMNS} FROM keys ORDER BY created, id")]

    def revoke(self, identifier: str) -> Key:
        """Forget a key; what is asked with it from now on is refused.

        Raises:
            AccessError: there is none of that id.
        """
        with self._file.writing() as database:
            rows = database.execute(f"DELETE FROM keys WHERE id = ? RETURNING {_KEY_COLUMNS}", (identifier,)).fetchall()
        if not rows:
            raise AccessError(f"There is no key {identifier!r}; 'papertalk keys list' shows their ids.")
        return _key(rows[0])


class Users:
    """Users of the web login. Names differ by more than case."""

    def __init__(self, file: SqliteFile, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now

    def add(self, name: str, password: str, scope: Scope = "read") -> User:
        """
        Raises:
            AccessError: there is a user of that name, the name, the password or the scope cannot be one.
        """
        user = User(_user_name(name), _given(scope), f"user:{secrets.token_urlsafe(24)}", self._now())
        values = (user.name, _hashed(password), user.scope, user.owner, written(user.created))
        with self._file.writing() as database:
            if not database.execute("INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?, ?)", values).rowcount:
                raise AccessError(
                    f"There is a user {user.name!r} already; 'papertalk users password {user.name}' sets another "
                    f"password."
                )
        return user

    def verify(self, name: str, password: str) -> User | None:
        """The user, if that is their password. A name that there is not takes as long to refuse as a wrong password."""
        named = folded_name(name)
        row = _first(self._file, f"SELECT {_USER_COLUMNS}, hash FROM users WHERE name = :name", {"name": named})
        stored = row[-1] if row else _hash_of_nobody()
        if not _matches(stored, password) or row is None:
            return None
        if _hasher().check_needs_rehash(stored):
            with self._file.writing() as database:
                values = (_hashed(password), named, stored)
                database.execute("UPDATE users SET hash = ? WHERE name = ? AND hash = ?", values)
        return _user(row)

    def set_password(self, name: str, password: str) -> None:
        """Set another password, and end the user's sessions.

        Raises:
            AccessError: there is no such user, or the password cannot be one.
        """
        hashed, named = _hashed(password), folded_name(name)
        with self._file.writing() as database:
            if not database.execute("UPDATE users SET hash = ? WHERE name = ?", (hashed, named)).rowcount:
                raise _no_user(name)
            database.execute("DELETE FROM sessions WHERE user = ?", (named,))

    def remove(self, name: str) -> None:
        """Forget a user, and end their sessions. Their conversations stay, and are nobody's any more.

        Raises:
            AccessError: there is no such user.
        """
        with self._file.writing() as database:
            if not database.execute("DELETE FROM users WHERE name = ?", (folded_name(name),)).rowcount:
                raise _no_user(name)

    def find(self, name: str) -> User:
        """
        Raises:
            AccessError: there is no such user.
        """
        row = _first(self._file, f"SELECT {_USER_COLUMNS} FROM users WHERE name = :name", {"name": folded_name(name)})
        if row is None:
            raise _no_user(name)
        return _user(row)

    def list(self) -> Sequence[User]:
        """By name."""
        return [_user(row) for row in self._file.rows(f"SELECT {_USER_COLUMNS} FROM users ORDER BY name")]


class Sessions:
    """Who is logged in, by the token in their browser's cookie."""

    def __init__(self, file: SqliteFile, now: Callable[[], datetime]) -> None:
        self._file = file
        self._now = now

    def begin(self, user: User) -> str:
        """The token of a new session.

        Raises:
            AccessError: the user was removed in the meantime.
        """
        token, now = secrets.token_urlsafe(32), self._now()
        values = {"digest": _digest(token), "at": written(now), "user": user.name}
        with self._file.writing() as database:
            database.execute("DELETE FROM sessions WHERE seen < :idle OR started < :longest", _oldest(now))
            begun = "INSERT INTO sessions SELECT :digest, name, :at, :at FROM users WHERE name = :user"
            if not database.execute(begun, values).rowcount:
                raise _no_user(user.name)
        return token

    def user(self, token: str) -> User | None:
        """Whose session it is, which counts as used; None where it is over or was never one."""
        if not _TOKEN.fullmatch(token):
            return None
        now = self._now()
        # What is looked up is a hash of 32 random bytes, so the time that the look-up takes tells nothing of a token.
        row = _first(
            self._file,
            "SELECT name, scope, owner, created, seen, digest FROM sessions JOIN users ON user = name "
            "WHERE digest = :digest AND seen >= :idle AND started >= :longest",
            {"digest": _digest(token), **_oldest(now)},
        )
        if row is None:
            return None
        *fields, seen, digest = row
        if now - read(seen) > _SEEN_AGAIN:
            with self._file.writing() as database:
                database.execute("UPDATE sessions SET seen = ? WHERE digest = ?", (written(now), digest))
        return _user(fields)

    def end(self, token: str) -> None:
        """Log out; nothing happens where there is no such session."""
        if _TOKEN.fullmatch(token):
            with self._file.writing() as database:
                database.execute("DELETE FROM sessions WHERE digest = ?", (_digest(token),))


# ---- names, passwords, secrets


def _given(scope: str) -> Scope:
    if scope not in GIVEN:
        raise AccessError(f"There is no scope {scope!r} to give; choose one of {', '.join(GIVEN)}.")
    return scope


def _key_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise AccessError(f"A key's name is one line of 1 to {_LONGEST_NAME} characters, such as 'lab website'.")
    return name


def folded_name(name: str) -> str:
    """One form of what a user types as a name: width, composition and case aside."""
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def _user_name(name: str) -> str:
    folded = folded_name(name)
    if not _USER.fullmatch(folded):
        raise AccessError(
            f"A user's name is 1 to {_LONGEST_NAME} letters, digits and the signs . _ @ + -, and begins with a letter "
            f"or digit, such as 'ada'."
        )
    return folded


def _no_user(name: str) -> AccessError:
    return AccessError(f"There is no user {name!r}; 'papertalk users list' shows their names.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher, profiles

    return PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)


def _hash_of_nobody() -> str:
    """A hash that no password is known to have: random bytes, with the costs that a user's hash has."""
    hasher = _hasher()
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, hasher.hash_len))
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _typed(password: str) -> bytes:
    """A password's bytes, however the keyboard composes its letters (NFC, as RFC 8265 has it)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def _hashed(password: str) -> str:
    if len(unicodedata.normalize("NFC", password)) < SHORTEST_PASSWORD:
        raise AccessError(f"A password has at least {SHORTEST_PASSWORD} characters; choose a longer one.")
    if len(_typed(password)) > LONGEST_PASSWORD:
        raise AccessError(f"A password has at most {LONGEST_PASSWORD} bytes; choose a shorter one.")
    return _hasher().hash(_typed(password))


def _matches(stored: str, password: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    typed = _typed(password[: LONGEST_PASSWORD + 1])
    try:
        _hasher().verify(stored, typed[:LONGEST_PASSWORD])
    except VerifyMismatchError:
        return False
    return len(typed) <= LONGEST_PASSWORD


# ---- rows

_KEY_COLUMNS = "id, name, scope, owner, created, used"
_USER_COLUMNS = "name, scope, owner, created"


def _first(file: SqliteFile, query: str, values: Mapping[str, str]) -> Sequence[Any] | None:
    rows = file.rows(query, values)
    return rows[0] if rows else None


def _key(row: Sequence[Any]) -> Key:
    identifier, name, scope, owner, created, used, *_ = row
    return Key(identifier, name, scope, owner, read(created), date.fromisoformat(used) if used else None)


def _user(row: Sequence[Any]) -> User:
    name, scope, owner, created, *_ = row
    return User(name, scope, owner, read(created))


def _oldest(now: datetime) -> dict[str, str]:
    """When a session that is not over was last used, and began, at the earliest."""
    return {"idle": written(now - IDLE), "longest": written(now - LONGEST)}
