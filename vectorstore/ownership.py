"""One owner at a time: embedded Chroma is not safe under two processes.

The lock is the operating system's, so a crashed owner's is gone with it; the note beside it says who holds it.
"""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from vectorstore.records import StoreLocked, StoreUnwritable


class Ownership:
    """Held from construction to :meth:`release`.

    Raises:
        StoreLocked: another process holds the directory; the sentence names it.
        StoreUnwritable: the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self._note = directory / "owner"
        self._lock = FileLock(directory / "owner.lock", timeout=0, is_singleton=False, thread_local=False)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        except Timeout:
            raise StoreLocked(self._holder()) from None
        except OSError as error:
            raise StoreUnwritable(f"The folder {str(directory)!r} cannot be written: {error.strerror}.") from error
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]]).strip() or "python"
        try:
            self._note.write_text(f"process {os.getpid()} ({command})", encoding="utf-8")
        except OSError as error:
            self._lock.release()
            raise StoreUnwritable(f"The folder {str(directory)!r} cannot be written: {error.strerror}.") from error

    def _holder(self) -> str:
        try:
            return self._note.read_text(encoding="utf-8", errors="replace") or "another process"
        except OSError:
            return "another process"

    def release(self) -> None:
        self._note.unlink(missing_ok=True)
        self._lock.release()


def held_since(directory: Path) -> datetime | None:
    """Since when the process that says it holds the directory does, in UTC; ask only where it is held."""
    try:
        return datetime.fromtimestamp((directory / "owner").stat().st_mtime, UTC)
    except OSError:
        return None


def holder_of(directory: Path) -> int | None:
    """The process that says it holds the directory; ask only where it is held."""
    try:
        found = re.match(r"process (\d+) ", (directory / "owner").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return int(found[1]) if found else None
