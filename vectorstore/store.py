"""What every store can do, wherever it is kept: documents with their passages and sentences, by vector and by word.

Chroma is the one source of truth. :mod:`vectorstore.embedded` keeps a store in a directory of one process,
:mod:`vectorstore.served` on a Chroma server for many.

A document goes in with all its records by one upsert, which Chroma commits as a whole. A shorter new version leaves
records of the old one behind; the document says how many it has, so they are never found, and they are then deleted.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Self

import numpy as np

from vectorstore.embeddings import EmbeddingModel, Vectors
from vectorstore.keywords import Entry, KeywordIndex
from vectorstore.records import (
    UNSEARCHED,
    Hit,
    Kind,
    ModelMismatch,
    Record,
    Scalar,
    StoreError,
    StoreTooNew,
    StoreUnwritable,
    Where,
    record_id,
    split_id,
)

LAYOUT = "1"
"""Raised when records are cut or prefixed in another way, which makes old vectors unfit."""

WRITTEN = "written"
"""The field for the number of the write that a record came with, where others have to know; no part of the record."""
OWN_FIELDS = frozenset(("kind", "parent", "passages", "sentences", "revision"))
"""What a store adds to the fields of a record by itself."""

Derive = Callable[[Record], list[Record]]
"""A document as it is kept -> all its records, made anew."""

_PARTS: tuple[Kind, ...] = ("passage", "sentence")
_PAGE = 1_000  # SQLite refuses a statement with too many variables
_PARENTS_A_QUERY = 400
_MOST_COMPARED = 5_000  # records that are compared one by one where a search is narrowed to them
_SAMPLE = 200  # documents whose records are counted for an average
_BATCH_OF_DOCUMENTS = 16
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """Documents, each with its passages and sentences, and their unit vectors, shape ``(len(records), dimension)``."""

    records: Sequence[Record]
    vectors: Vectors

    @property
    def revision(self) -> Scalar:
        """Changes with whatever the records of the first document say."""
        return self.records[0].fields["revision"]


class Store(ABC):
    """Documents by key. Open an :class:`~vectorstore.embedded.EmbeddedStore` or a
    :class:`~vectorstore.served.ServedStore`.

    Any number of threads may read; one at a time changes it, inside :meth:`writing`.
    """

    directory: Path
    """Where files that belong to the store lie on this machine."""
    is_shared: bool
    """Whether other processes read and change it too."""

    def __init__(self, directory: Path, model: EmbeddingModel) -> None:
        self.directory = directory
        self.model = model
        self.keywords = KeywordIndex(None)
        self._documents: dict[str, Record] = {}
        self._defers = False

    # how it is kept

    @abstractmethod
    def close(self) -> None: ...

    @property
    @abstractmethod
    def about(self) -> dict[str, Any]:
        """A few values about the whole store, kept beside the stamp."""

    @about.setter
    @abstractmethod
    def about(self, values: dict[str, Any]) -> None: ...

    @property
    @abstractmethod
    def most_records(self) -> int:
        """The most that one document may have: it goes in whole, and Chroma takes no more at once."""

    @abstractmethod
    def writing(self) -> contextlib.AbstractContextManager[None]:
        """Who changes the store is alone in that, in this process and in all others; the others wait.

        Whoever enters sees everything that was written before. It may be entered again inside itself.
        """

    @abstractmethod
    def catch_up(self) -> bool:
        """Take over what other processes have written; whether there was anything."""

    @abstractmethod
    def _reading(self) -> contextlib.AbstractContextManager[Any]:
        """The collection to read from, with Chroma's failures in the store's words."""

    @abstractmethod
    def _changing(self) -> contextlib.AbstractContextManager[Any]:
        """The collection to change, with Chroma's failures in the store's words."""

    @abstractmethod
    def _fields(self) -> dict[str, Scalar]:
        """What this way of keeping writes beside every record."""

    @abstractmethod
    def _note(self, changes: int, dead: int) -> None:
        """So many records were written or deleted, and so many of those that were there before are gone by it."""

    @abstractmethod
    def _announce(self, *, is_deletion: bool = False) -> None:
        """Documents have changed, or some of them are gone."""

    @abstractmethod
    def _renew(self) -> None:
        """Renew what is derived from the documents, after a change or, while many go in, between two."""

    @abstractmethod
    def _finish(self) -> None:
        """Renew what is derived from the documents, after many changes."""

    # what is kept

    @property
    def documents(self) -> dict[str, Record]:
        """Every document by key, in the order in which they were first stored."""
        return dict(self._documents)

    @property
    def records_a_document(self) -> float:
        """How many records a document has on average, of many documents by a sample: about ten with an abstract,
        hundreds with a full text."""
        step = max(1, len(self._documents) // _SAMPLE)
        counts = [_count_of(document) for document in islice(self._documents.values(), 0, None, step)]
        return sum(counts) / max(1, len(counts))

    def snapshot(self) -> Self:
        """The store to read from with the documents that it has now: those that come later are not found in it."""
        seen = copy.copy(self)
        seen._documents = dict(self._documents)
        return seen

    def upsert(self, records: Sequence[Record], progress: Callable[[int, int], None] | None = None) -> None:
        """Store documents with their records, each whole document replacing what it was.

        ``records`` holds, for each document, its own record followed by its passages and sentences. ``progress`` is
        told how many of how many records are embedded.
        """
        with self.writing():
            try:
                self._embed(records, progress)
            finally:  # what went in before a failure is found by its words too
                self._renew()

    def _embed(self, records: Sequence[Record], progress: Callable[[int, int], None] | None) -> None:
        total, done = len(records), 0

        def embedded(count: int) -> None:
            nonlocal done
            done += count
            if progress:
                progress(done, total)

        for rows in _batches(records, self.most_records):
            self._put(rows, self.model.embed([record.embed or record.text for record in rows], embedded))

    def _fill(self, rows: Iterable[Rows]) -> None:
        """Store documents whose vectors are known."""
        most = self.most_records
        for part in rows:
            start = 0
            for batch in _batches(part.records, most, len(part.records)):
                if len(batch) > most:
                    raise StoreError(
                        f"The document {batch[0].parent!r} has {len(batch):,} records, more than go in at once "
                        f"({most:,})."
                    )
                self._put(batch, part.vectors[start : start + len(batch)])
                start += len(batch)

    def _put(self, rows: Sequence[Record], vectors: Vectors) -> None:
        """Whole documents at once: all of them go in, or none."""
        groups = (list(group) for _, group in groupby(rows, key=lambda row: row.parent))
        heads = {group[0].parent: _with_counts(group) for group in groups}
        rows = [heads[row.parent] if row.kind == "document" else row for row in rows]
        left_behind = _left_behind(self._documents, heads)
        with self._changing() as collection:
            collection.upsert(
                ids=[row.id for row in rows],
                embeddings=vectors,
                documents=[row.text for row in rows],
                metadatas=[{**row.fields, "kind": row.kind, "parent": row.parent, **self._fields()} for row in rows],
            )
            dead = sum(len(ids_of(self._documents[key])) for key in heads if key in self._documents)
            self._documents.update(heads)
            self._note(len(rows), dead)
            self._announce()
            self._delete_records(collection, left_behind)

    @contextlib.contextmanager
    def many_upserts(self) -> Iterator[None]:
        """Many changes in a row: what is derived from all records is renewed once, at the end, also after a failure."""
        with self.writing():
            self._defers = True
            try:
                yield
            finally:
                self._defers = False
                self._finish()

    def delete(self, parents: Sequence[str]) -> None:
        """Remove documents with all their records; those that are not there are passed over."""
        with self.writing():
            present = [parent for parent in dict.fromkeys(parents) if parent in self._documents]
            gone = [i for parent in present for i in ids_of(self._documents[parent])]
            if gone:
                with self._changing() as collection:
                    self._delete_records(collection, gone)
                    self._note(0, len(gone))
                    for parent in present:
                        del self._documents[parent]
                    self._announce(is_deletion=True)
            self._renew()

    def _delete_records(self, collection: Any, ids: Sequence[str]) -> None:
        for page in pages(ids):
            collection.delete(ids=page)
            self._note(len(page), 0)

    def get(self, ids: Sequence[str]) -> list[Record]:
        """The records of those ids, in their order; what is not there is left out."""
        found: dict[str, Record] = {}
        with self._reading() as collection:
            for page in pages(dict.fromkeys(ids)):
                rows = collection.get(ids=page, include=["documents", "metadatas"])
                found |= {row.id: row for row in _records(rows)}
        return [found[i] for i in ids if i in found and self._is_live(i)]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The unit vectors of those records, shape ``(len(ids), dimension)``; zeros for what is not there."""
        place = {identifier: row for row, identifier in enumerate(dict.fromkeys(ids))}
        out = np.zeros((len(place), self.model.dimension), dtype=np.float32)
        with self._reading() as collection:
            for page in pages(place):
                rows = collection.get(ids=page, include=["embeddings"])
                for identifier, vector in zip(rows["ids"], rows["embeddings"], strict=True):
                    out[place[identifier]] = vector
        return _unit(out)[[place[identifier] for identifier in ids]]

    def rows(self, keys: Iterable[str]) -> Iterator[Rows]:
        """Whole documents with their vectors, each as it is at one moment; those that are gone by then are left out.

        A document that is changed while it is read is read again.
        """
        for batch in _small_batches([self._documents[key] for key in keys]):
            is_one_request = sum(len(ids_of(document)) for document in batch) <= _PAGE
            found = self._read_rows([i for document in batch for i in ids_of(document)]) if is_one_request else {}
            for document in batch:
                rows = _as_rows(document, found) or self._read_alone(document.id)
                if rows is not None:
                    yield rows

    def _read_alone(self, key: str) -> Rows | None:
        """One document, which others may be changing; None where it is gone."""
        for _ in range(_TRIES):
            before = self._read_rows([key])
            if key not in before:
                return None
            rows = _as_rows(before[key][0], self._read_rows(ids_of(before[key][0])))
            after = self._read_rows([key])
            if rows is not None and key in after and after[key][0].fields["revision"] == rows.revision:
                return rows
        raise StoreError(f"The document {key!r} cannot be read whole; what changes it does not stop, or it is damaged.")

    def _read_rows(self, ids: Sequence[str]) -> dict[str, tuple[Record, Vectors]]:
        found: dict[str, tuple[Record, Vectors]] = {}
        with self._reading() as collection:
            for page in pages(ids):
                rows = collection.get(ids=page, include=["documents", "metadatas", "embeddings"])
                vectors = np.asarray(rows["embeddings"], dtype=np.float32)
                found |= {row.id: (row, vector) for row, vector in zip(_records(rows), vectors, strict=True)}
        return found

    # what is found

    def nearest(self, vector: Vectors, limit: int, where: Where | None = None) -> list[Hit]:
        """The records of every kind nearest to a unit vector, best first; the score is the cosine, cut off below 0."""
        if limit < 1 or not self._documents or (where and where.parents is not None and not where.parents):
            return []
        if where is not None and where.parents is not None:
            documents = [self._documents[key] for key in sorted(where.parents & self._documents.keys())]
            if sum(map(_count_of, documents)) <= _MOST_COMPARED:
                return self._compared(vector, limit, documents)
        found: list[Hit] = []
        with self._reading() as collection:
            for clause in _clauses(where):
                rows = collection.query(
                    query_embeddings=vector.reshape(1, -1),
                    n_results=self._at_most(limit, collection) if clause is None else limit,
                    where=clause,
                    include=["distances"],
                )
                pairs = zip(rows["ids"][0], rows["distances"][0], strict=True)
                found += [Hit(i, min(1.0, max(0.0, 1.0 - float(d)))) for i, d in pairs if self._is_live(i)]
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    def _at_most(self, limit: int, collection: Any) -> int:
        """As many as there are, where that is less. Chroma counts by reading, so it is asked only where it matters."""
        return limit if limit <= len(self._documents) else min(limit, int(collection.count()))

    def _compared(self, vector: Vectors, limit: int, documents: Iterable[Record]) -> list[Hit]:
        """:meth:`nearest` among the records of few documents: one by one, since Chroma's filter walks all records."""
        ids = [i for document in documents for i in ids_of(document)]
        cosines = np.clip(self.vectors(ids) @ vector.reshape(-1), 0.0, 1.0)
        best = np.argsort(-cosines, kind="stable")[:limit]
        return [Hit(ids[place], float(cosines[place])) for place in best]

    def matching(self, query: str, limit: int, weights: dict[str, float], where: Where | None = None) -> list[Hit]:
        """The documents that share words with the query, best first by BM25."""
        return self.keywords.search(query, limit, weights, where.parents if where else None)

    def searched_texts(self, keys: Iterable[str]) -> list[str]:
        """What is searched by word of each document; nothing of one that is gone."""
        documents = (self._documents.get(key) for key in keys)
        return [_searched(document) if document else "" for document in documents]

    # inside

    def _check_stamp(self, stamp: dict[str, Any]) -> None:
        refuse_newer(stamp)
        if stamp.get("model") != self.model.name or stamp.get("layout") != LAYOUT:
            stored = str(stamp.get("model"))
            raise ModelMismatch(
                stored if stamp.get("layout") == LAYOUT else f"{stored} (older layout)", self.model.name
            )

    def _is_live(self, identifier: str) -> bool:
        parent, kind, place = split_id(identifier)
        document = self._documents.get(parent)
        return document is not None and (kind == "document" or place < int(document.fields[f"{kind}s"]))

    def _stamp(self) -> str:
        """Stands for all that the documents say."""
        rows = sorted(f"{key} {record.fields['revision']}" for key, record in self._documents.items())
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()

    def _build_keywords(self, path: Path | None) -> None:
        """Index the documents anew. Who searches meanwhile, or has a snapshot, goes on with the old index."""
        entries = (
            Entry(key, str(record.fields.get("title", "")), _searched(record), str(record.fields.get("people", "")))
            for key, record in self._documents.items()
        )
        index = KeywordIndex(path)
        try:
            index.build(entries, self._stamp())
        except (OSError, ValueError) as error:
            raise StoreUnwritable(f"The keyword index in {str(path)!r} cannot be written: {error}.") from error
        self.keywords = index


def refuse_newer(stamp: dict[str, Any]) -> None:
    """
    Raises:
        StoreTooNew: a newer version of this package wrote it; to read it by our rules could lose what is in it.
    """
    layout = str(stamp.get("layout"))
    if layout.isdecimal() and int(layout) > int(LAYOUT):
        raise StoreTooNew(f"layout {layout}, and this version reads {LAYOUT}")


def stamp_of(model: EmbeddingModel) -> dict[str, str | int]:
    """What a collection says of its vectors."""
    return {"model": model.name, "dimension": model.dimension, "layout": LAYOUT}


def read_documents(collection: Any, where: dict[str, Any] | None = None, page: int = _PAGE) -> dict[str, Record]:
    """The documents of a collection that meet a condition, by key."""
    own: dict[str, Any] = {"kind": "document"}
    clause = {"$and": [own, where]} if where else own
    found: dict[str, Record] = {}
    for offset in range(0, int(collection.count()), page):
        rows = collection.get(where=clause, include=["documents", "metadatas"], limit=page, offset=offset)
        found |= {row.id: row for row in _records(rows)}
        if len(rows["ids"]) < page:
            break
    return found


def in_order(documents: Iterable[Record]) -> dict[str, Record]:
    """Documents by key, in the order in which they were first stored."""
    ordered = sorted(documents, key=lambda record: (int(record.fields.get("order", 0)), record.id))
    return {record.id: record for record in ordered}


def ids_of(document: Record) -> list[str]:
    """The ids of a document and all its parts."""
    return [document.id] + [
        record_id(document.id, kind, place) for kind in _PARTS for place in range(int(document.fields[f"{kind}s"]))
    ]


def _count_of(document: Record) -> int:
    """How many records a document has, with its own."""
    return 1 + sum(int(document.fields[f"{kind}s"]) for kind in _PARTS)


def pages(ids: Iterable[str]) -> Iterator[list[str]]:
    """As many ids at a time as Chroma takes in one request."""
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page


def _records(rows: Any) -> list[Record]:
    columns = zip(rows["ids"], rows["documents"], rows["metadatas"], strict=True)
    return [
        Record(i, text, None, {name: value for name, value in fields.items() if name != WRITTEN})
        for i, text, fields in columns
    ]


def _as_rows(document: Record, found: dict[str, tuple[Record, Vectors]]) -> Rows | None:
    """A document out of what was read; None where that is of another version of it."""
    ids = ids_of(document)
    if any(i not in found for i in ids):
        return None
    rows = Rows([found[i][0] for i in ids], _unit(np.stack([found[i][1] for i in ids])))
    return rows if rows.revision == document.fields["revision"] else None


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return unit


def _batches(records: Sequence[Record], most: int, most_documents: int = _BATCH_OF_DOCUMENTS) -> Iterator[list[Record]]:
    """Whole documents, at most so many records of them where one alone does not have more."""
    batch: list[list[Record]] = []
    for _, rows in groupby(records, key=lambda record: record.parent):
        group = list(rows)
        if batch and (len(batch) == most_documents or sum(map(len, batch)) + len(group) > most):
            yield [row for one in batch for row in one]
            batch = []
        batch.append(group)
    if batch:
        yield [row for one in batch for row in one]


def _small_batches(documents: Iterable[Record]) -> Iterator[list[Record]]:
    """Documents that are read by one request, which Chroma answers as of one moment."""
    batch: list[Record] = []
    size = 0
    for document in documents:
        count = _count_of(document)
        if batch and size + count > _PAGE:
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += count
    if batch:
        yield batch


def _with_counts(group: Sequence[Record]) -> Record:
    """The document's record with how many of each kind belong to it, and the revision of the whole."""
    head = group[0]
    content = "\x1e".join(f"{row.id}\x1f{row.text}\x1f{sorted(row.fields.items())}" for row in group)
    counts: dict[str, Scalar] = {
        "passages": sum(row.kind == "passage" for row in group),
        "sentences": sum(row.kind == "sentence" for row in group),
        "revision": hashlib.sha256(content.encode()).hexdigest()[:16],
    }
    return replace(head, embed=None, fields={**head.fields, **counts})


def _searched(document: Record) -> str:
    """The text without the spans that the document excludes from the search by word."""
    kept, end = [], 0
    for start, stop in json.loads(str(document.fields.get(UNSEARCHED, "[]"))):
        kept.append(document.text[end:start])
        end = stop
    return " ".join((*kept, document.text[end:]))


def _left_behind(old: dict[str, Record], new: dict[str, Record]) -> list[str]:
    kept = {i for record in new.values() for i in ids_of(record)}
    return [i for parent in new if parent in old for i in ids_of(old[parent]) if i not in kept]


def _clauses(where: Where | None) -> Iterator[dict[str, Any] | None]:
    if where is None or where.parents is None:
        yield None
        return
    parents = sorted(where.parents)
    for start in range(0, len(parents), _PARENTS_A_QUERY):
        yield {"parent": {"$in": parents[start : start + _PARENTS_A_QUERY]}}
