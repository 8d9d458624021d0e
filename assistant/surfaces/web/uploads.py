"""Files that visitors hand over: taken in pieces, bounded, in a folder that goes with the server."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import SourceError

if TYPE_CHECKING:
    from fastapi import Request

LARGEST = 200 * 1024 * 1024
"""Bytes of one file."""
_MOST = 500
"""Files that may wait at once, of all visitors."""
_NAME = re.compile(r"[^\w .()\[\]+-]+")


class Uploads:
    """Files by a token that only their visitor is told."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, tuple[str, Path]] = {}
        self._lock = threading.Lock()

    async def take(self, owner: str, name: str, request: Request) -> str:
        """Keep a request's body as a file of this name; its token.

        Raises:
            SourceError: it is too large, or too many wait.
        """
        if int(request.headers.get("content-length") or 0) > LARGEST:
            raise _too_large(name)
        token, path = self._place(owner, name)
        size = 0
        try:
            with path.open("wb") as file:
                async for block in request.stream():
                    size += len(block)
                    if size > LARGEST:
                        raise _too_large(name)
                    file.write(block)
        except BaseException:  # the visitor left, or it is too large: nothing of it stays
            self.drop([token])
            raise
        return token

    def paths(self, owner: str, tokens: list[str]) -> list[Path]:
        """The files of these tokens, as far as they are this visitor's and still there."""
        with self._lock:
            found = [self._files[token] for token in tokens if token in self._files]
        return [path for whose, path in found if whose == owner and path.exists()]

    def drop(self, tokens: list[str]) -> None:
        with self._lock:
            gone = [self._files.pop(token) for token in tokens if token in self._files]
        for _, path in gone:
            shutil.rmtree(path.parent, ignore_errors=True)

    def close(self) -> None:
        with self._lock:
            self._files.clear()
            folder, self._folder = self._folder, None
        if folder:
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, owner: str, name: str) -> tuple[str, Path]:
        with self._lock:
            if len(self._files) >= _MOST:
                raise SourceError(f"{name!r} was not taken: {_MOST} files wait already; take those in first.")
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="papertalk-"))
            token = secrets.token_urlsafe(16)
            path = self._folder / token / (_NAME.sub("_", Path(name).name)[-120:].lstrip(".") or "file")
            self._files[token] = owner, path
        path.parent.mkdir()
        return token, path


def _too_large(name: str) -> SourceError:
    return SourceError(f"{name!r} is larger than {LARGEST // 1024**2} MB; take it in with 'papertalk ingest' instead.")
