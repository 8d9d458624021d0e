"""What goes with a process: a file or a folder, and a lock beside it that the operating system lets go of when the
process ends, however it ends. So what a killed process left is told from what is in use, also where its number is
another's now.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_PATIENCE = 5.0
"""Seconds to wait for a lock of one's own, which whoever looks around holds for a moment."""
_LOCK = ".lock"


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """The lock of ``path``, whose name must be nobody else's; to be held before ``path`` is made, until it is gone.

    Raises:
        OSError: the folder cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(path, _PATIENCE):
        try:
            yield
        finally:
            _beside(path).unlink(missing_ok=True)


def is_left_over(path: Path) -> bool:
    """Whether the process that made ``path`` has ended; nothing is left of its lock then.

    Raises:
        OSError: the lock cannot be looked at.
    """
    try:
        with _lock(path, 0):
            _beside(path).unlink(missing_ok=True)
    except Timeout:
        return False
    return True


def _lock(path: Path, patience: float) -> FileLock:
    return FileLock(_beside(path), timeout=patience, mode=0o600, is_singleton=False, thread_local=False)


def _beside(path: Path) -> Path:
    return path.with_name(path.name + _LOCK)
