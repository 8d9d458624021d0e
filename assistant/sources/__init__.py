"""Where papers come from: one module a kind of source, each yielding what it read and what it could not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import SourceError
from assistant.papers import Paper

MAX_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a source that is no paper: where it stands and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was read and is no publication: a talk, a program, a data set."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a reader of the source should know, though nothing is lost by it."""

    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a page says of its author: the name, the field and the figures beside it, as they stand there."""

    name: str
    subject: str | None = None
    figures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opened:
    """A source begins, and what follows is from it: its name as the user gave it, what it is, and its content's digest.

    ``kind`` is ``profile``, ``bibtex``, ``ris``, ``csl-json``, ``jsonl``, ``html``, ``text``, ``pdf`` or a service's
    name. ``address`` is where it is found again: the file's absolute path, or the service's identifier.
    """

    name: str
    kind: str
    address: str = ""
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """All of the source that was opened last has been read."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """All that the source which was opened last holds is in the library already."""


Item = Paper | Unreadable | Skipped | Notice | Profile | Opened | Unchanged | Closed


def read(path: Path) -> Iterator[Item]:
    """Read a file of papers. Papers come without a key; the library gives them one.

    Raises:
        SourceError: the file is missing, a directory, empty, binary, too large, or holds no paper.
    """
    from assistant.sources import profile

    return profile.read(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A text file's content: UTF-8, or UTF-16 or UTF-32 that shows itself as such.

    Raises:
        SourceError: the file is missing, a directory, empty, binary or too large.
    """
    content = _content(path)
    text = _decoded(content, path)
    if not text.strip("\ufeff\0 \t\r\n\f\v\xa0"):
        raise SourceError(f"{str(path)!r} is empty; paste the author's profile page into it.")
    if len(_CONTROL.findall(text)) > len(text) // 10:
        raise SourceError(_binary(path, content))
    return text


def _content(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise SourceError(f"{str(path)!r} is a directory; name the file with the papers in it.")
        size = path.stat().st_size
        if size <= MAX_BYTES:
            with path.open("rb") as file:  # a pipe says that it is empty, and may never end
                content = file.read(MAX_BYTES + 1)
            size = len(content)
    except FileNotFoundError:
        raise SourceError(f"There is no file {str(path)!r}; check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{str(path)[:200]!r} cannot be read ({reason}); check its name and permissions.") from error
    if size > MAX_BYTES:
        limit = MAX_BYTES // 1_000_000
        raise SourceError(
            f"{str(path)!r} has {size / 1e6:.0f} MB, more than the {limit} MB that a page may have; split it into "
            f"several files."
        )
    return content


# What a text may begin with; UTF-32's mark begins with UTF-16's.
_MARKS = {b"\xff\xfe\0\0": "utf-32", b"\0\0\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_BINARY = {b"%PDF": "a PDF", b"PK\x03\x04": "a zip or Office file", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image"}
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1b]")


def _decoded(content: bytes, path: Path) -> str:
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if encoding is None and any(content.startswith(mark) for mark in _BINARY):
        raise SourceError(_binary(path, content))
    if encoding is None and content.count(b"\0") > len(content) // 4:  # UTF-16 without a mark: every other byte is 0
        encoding = "utf-16-be" if content[::2].count(b"\0") > content[1::2].count(b"\0") else "utf-16-le"
    try:
        return content.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding or b"\0" in content:
            raise SourceError(_binary(path, content)) from error
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"{str(path)!r} is not UTF-8 text (line {line}); save it as UTF-8 and try again.") from error


def _binary(path: Path, content: bytes) -> str:
    kind = next((name for mark, name in _BINARY.items() if content.startswith(mark)), "a binary file")
    return f"{str(path)!r} is {kind}, not text; copy the page's text into a plain text file."
