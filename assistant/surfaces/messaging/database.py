"""The file in which chat platforms keep what must outlive a process: questions under way, threads, and channels.

Any number of processes share it.
"""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ConversationsError
from assistant.sqlite_file import Kind, SqliteFile

FILE = "messaging.sqlite"
"""Where a data folder keeps it."""

_APPLICATION = 0x50544D53
"""What SQLite's header says whose file it is ("PTMS")."""
_TABLES = (
    "CREATE TABLE seen (id TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX seen_by_time ON seen (at)",
    """CREATE TABLE questions (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        platform TEXT NOT NULL,
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        message TEXT NOT NULL,
        user TEXT NOT NULL,
        kind TEXT NOT NULL,
        ids TEXT NOT NULL,
        details TEXT NOT NULL,
        text TEXT,
        at REAL NOT NULL,
        owner TEXT,
        is_deleted INTEGER NOT NULL DEFAULT 0,
        attempts INTEGER NOT NULL DEFAULT 1,
        handle TEXT NOT NULL DEFAULT '{}',
        conversation TEXT NOT NULL DEFAULT '',
        exchange INTEGER NOT NULL DEFAULT 0
    )""",
    "CREATE UNIQUE INDEX questions_by_message ON questions (platform, team, channel, message) WHERE message <> ''",
    "CREATE INDEX questions_by_owner ON questions (owner)",
    "CREATE INDEX questions_by_time ON questions (at)",
    """CREATE TABLE threads (
        platform TEXT NOT NULL,
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        library TEXT NOT NULL,
        conversation TEXT NOT NULL,
        PRIMARY KEY (platform, team, channel, thread)
    ) WITHOUT ROWID""",
    """CREATE TABLE channels (
        platform TEXT NOT NULL,
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        library TEXT,
        is_silent INTEGER NOT NULL,
        PRIMARY KEY (platform, team, channel)
    ) WITHOUT ROWID""",
)
_KIND = Kind("messages", ConversationsError, _APPLICATION, (_TABLES,), has_log=True)


class Database(SqliteFile):
    """Questions under way, threads and channels. Where text is deleted, it is overwritten in the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _KIND)
        self.folder = path.parent
