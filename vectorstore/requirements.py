"""What Chroma asks of the machine before it can be imported."""

from __future__ import annotations

from vectorstore.records import StoreUnsupported

LEAST_SQLITE = (3, 35, 0)
"""What chromadb asks for when it is imported."""


def check_sqlite() -> None:
    """
    Raises:
        StoreUnsupported: Chroma refuses the SQLite of this Python.
    """
    import sqlite3

    if sqlite3.sqlite_version_info < LEAST_SQLITE:
        least = ".".join(map(str, LEAST_SQLITE))
        raise StoreUnsupported(f"Chroma needs SQLite {least} or newer, and this Python has {sqlite3.sqlite_version}")
