"""The file of stored conversations: its tables, and the functions that its queries use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from assistant.errors import ConversationsError
from assistant.sqlite_file import Kind, SqliteFile
from assistant.words import folded

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


def _prepare(database: sqlite3.Connection) -> None:
    database.create_function("holds", 2, lambda text, words: words in folded(text), deterministic=True)
    database.create_function("searchable", 2, _searchable, deterministic=True)


def _searchable(question: str, told: str) -> str:
    """An exchange as it is searched. What is looked for is folded too, and so never spans the two."""
    return f"{folded(question)}\n{folded(told)}"


_KIND = Kind("conversations", ConversationsError, _APPLICATION, _STEPS, has_log=True, prepare=_prepare)


class Database(SqliteFile):
    """Stored conversations."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _KIND)
