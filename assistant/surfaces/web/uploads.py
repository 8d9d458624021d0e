"""Files that visitors hand over: taken in pieces, bounded, in a folder that goes with the server. A library knows an
upload by its name, so two that wait under one name are told apart by what they hold."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from itertools import count
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


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file that waits: whose it is, and the digest of its content, empty as long as it is on its way."""

    owner: str
    path: Path
    digest: str = ""


class Uploads:
    """Files by a token that only their visitor is told."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._files: dict[str, _Upload] = {}
        self._lock = threading.Lock()

    async def take(self, owner: str, name: str, request: Request) -> str:
        """Keep a request's body as a file of this name, with a number where another file of the visitor's has it; its
        token, which is that of the file that waits where it is the same one again.

        Raises:
            SourceError: it is too large, or too many wait.
        """
        if int(request.headers.get("content-length") or 0) > LARGEST:
            raise _too_large(name)
        token, path = self._place(owner, name)
        size, content = 0, hashlib.sha256()
        try:
            with path.open("wb") as file:
                async for block in request.stream():
                    size += len(block)
                    if size > LARGEST:
                        raise _too_large(name)
                    content.update(block)
                    file.write(block)
        except BaseException:  # the visitor left, or it is too large: nothing of it stays
            self.drop([token])
            raise
        return self._settled(token, content.hexdigest())

    def paths(self, owner: str, tokens: list[str]) -> list[Path]:
        """The files of these tokens, as far as they are this visitor's and still there."""
        with self._lock:
            found = [self._files[token] for token in tokens if token in self._files]
        return [upload.path for upload in found if upload.owner == owner and upload.path.exists()]

    def rename(self, owner: str, path: Path, taken: Container[str]) -> None:
        """Give a visitor's file a name with a number, such as ``main (2).pdf``, which is none of those taken."""
        with self._lock:
            token = next((token for token, upload in self._files.items() if upload.path == path), None)
            if token is None:  # its visitor has taken it away
                return
            named = path.with_name(_free(path.name, lambda name: name in taken or name in self._names(owner)))
            path.rename(named)
            self._files[token] = replace(self._files[token], path=named)

    def drop(self, tokens: list[str]) -> None:
        with self._lock:
            gone = [self._files.pop(token) for token in tokens if token in self._files]
        for upload in gone:
            shutil.rmtree(upload.path.parent, ignore_errors=True)

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
            known = _NAME.sub("_", Path(name).name)[-120:].lstrip(".") or "file"
            path = self._folder / token / _free(known, self._names(owner).__contains__)
            self._files[token] = _Upload(owner, path)
        path.parent.mkdir()
        return token, path

    def _names(self, owner: str) -> set[str]:
        return {upload.path.name for upload in self._files.values() if upload.owner == owner}

    def _settled(self, token: str, digest: str) -> str:
        """The token of a file that has come; where the same one waits already, the new one goes."""
        with self._lock:
            own = self._files.get(token)
            if own is None:  # the server closes
                return token
            same = (
                other
                for other, upload in self._files.items()
                if (upload.owner, upload.digest) == (own.owner, digest) and _root(upload.path) == _root(own.path)
            )
            first = next(same, None)
            self._files[token] = replace(own, digest=digest)
        if first is None:
            return token
        self.drop([token])
        return first


def _free(name: str, is_taken: Callable[[str], bool]) -> str:
    """The name, with the least number that makes it free where it is taken."""
    path = Path(name)
    numbered = (f"{path.stem} ({number}){path.suffix}" for number in count(2))
    return name if not is_taken(name) else next(one for one in numbered if not is_taken(one))


def _root(path: Path) -> str:
    """The name that a file came with, but for the number that it was given here."""
    return re.sub(r" \(\d+\)$", "", path.stem) + path.suffix


def _too_large(name: str) -> SourceError:
    return SourceError(f"{name!r} is larger than {LARGEST // 1024**2} MB; divide it, and give its parts.")
