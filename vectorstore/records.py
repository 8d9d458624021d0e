"""The store's own words: what is kept, what is found, what narrows a search, what goes wrong.

Owns the identifiers. A record's id says what it is and where it belongs::

    curie1911radium        the document itself
    curie1911radium#p0     its first passage
    curie1911radium#s3     its fourth sentence
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["document", "passage", "sentence"]
Scalar = str | int | float | bool

UNSEARCHED = "unsearched"
"""The field of a document for the spans ``[[start, end], ...]``, as JSON, that its words are not searched in."""

_MARKS: dict[Kind, str] = {"document": "", "passage": "#p", "sentence": "#s"}


class StoreError(Exception):
    """Base of everything that the store raises on purpose; its text is one sentence for a user."""


class StoreLocked(StoreError):
    """Another living process owns the directory."""


class StoreCorrupt(StoreError):
    """What lies on disk cannot be opened."""


class StoreUnwritable(StoreError):
    """The directory cannot be written: read-only, or the disk is full."""


class StoreTooNew(StoreError):
    """The records are laid out as a newer version of this package does it."""


class StoreUnavailable(StoreError):
    """The server that keeps the store does not answer as it should; asking again may help."""


class StoreClosed(StoreError):
    """The store was closed by another thread."""


class StoreRefused(StoreError):
    """The server that keeps the store is none, another one, or does not let this program in: a setting is wrong."""


class StoreUnsupported(StoreError):
    """This machine has not what Chroma asks for; says what it has instead."""


class ModelMismatch(StoreError):
    """The records were embedded by another model than the one at hand."""

    def __init__(self, stored: str, wanted: str) -> None:
        super().__init__(f"embedded with {stored!r}, but {wanted!r} is configured")
        self.stored = stored
        self.wanted = wanted


class EmbeddingFailed(StoreError):
    """The embedding model is missing, damaged or did not answer; ``retryable`` says whether asking again may help."""

    def __init__(self, message: str, *, retryable: bool = True) -> None:
        super().__init__(message)
        self.retryable = retryable


def record_id(parent: str, kind: Kind, place: int = 0) -> str:
    """The id of a document's record: its key and its place."""
    return parent if kind == "document" else f"{parent}{_MARKS[kind]}{place}"


def split_id(identifier: str) -> tuple[str, Kind, int]:
    """Undo :func:`record_id`: ``(parent, kind, place)``."""
    parent, mark, place = identifier.partition("#")
    if not mark:
        return parent, "document", 0
    return parent, "passage" if place[0] == "p" else "sentence", int(place[1:])


class _Placed:
    """What an id says of the record that has it."""

    __slots__ = ()
    id: str

    @property
    def parent(self) -> str:
        return split_id(self.id)[0]

    @property
    def kind(self) -> Kind:
        return split_id(self.id)[1]

    @property
    def place(self) -> int:
        return split_id(self.id)[2]


@dataclass(frozen=True, slots=True)
class Record(_Placed):
    """One row of the store.

    ``text`` is what may be quoted; ``embed`` is what the model sees when it differs from the text (a title put before
    a passage). ``fields`` are flat values kept beside the vector.
    """

    id: str
    text: str
    embed: str | None = None
    fields: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit(_Placed):
    """A record that was found, best first; ``score`` is in [0, 1] and compares within one search alone."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Where:
    """What a search is narrowed to: documents by key. ``None`` is no limit; an empty set finds nothing."""

    parents: frozenset[str] | None = None
