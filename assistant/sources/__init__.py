"""Where papers come from: one module a kind of source, each yielding what it read and what it could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """All that the source which was opened last holds is in the library already, under that source's name."""

    known_as: str


Item = Paper | Unreadable | Skipped | Notice | Profile | Opened | Unchanged | Closed
