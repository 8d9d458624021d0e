"""Where papers come from: one module a kind of source, each yielding what it read and what it could not."""

from __future__ import annotations

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
class Notice:
    """Something that a reader of the source should know, though nothing is lost by it."""

    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a page says of its author: the name, the field and the figures beside it, as they stand there."""

    name: str
    subject: str | None = None
    figures: Mapping[str, str] = field(default_factory=dict)


Item = Paper | Unreadable | Notice | Profile


def read(path: Path) -> Iterator[Item]:
    """Read a file of papers. Papers come without a key; the library gives them one.

    Raises:
        SourceError: the file is missing, a directory, empty, binary, too large, or holds no paper.
    """
    from assistant.sources import profile

    return profile.read(read_text(path), str(path))


def read_text(path: Path) -> str:
    """A text file's content, UTF-8 or, with a byte-order mark, UTF-16."""
    try:
        if path.is_dir():
            raise SourceError(f"{str(path)!r} is a directory; name the file with the papers in it.")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise SourceError(
                f"{str(path)!r} is {size / 1e6:.0f} MB, more than the {MAX_BYTES // 1_000_000} MB that a page may "
                f"have; split it into several files."
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise SourceError(f"There is no file {str(path)!r}; check the name and the folder.") from None
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    if not content.strip():
        raise SourceError(f"{str(path)!r} is empty; paste the author's profile page into it.")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in content:
        raise SourceError(f"{str(path)!r} is a binary file; give the page as plain text.")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(f"{str(path)!r} is not UTF-8 text (line {line}); save it as UTF-8 and try again.") from error
