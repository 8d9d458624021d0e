"""Embedded Chroma, as the one source of truth.

A store is a directory with one owner. In it, ``CURRENT`` names the generation in use, so that re-embedding builds the
next generation beside it and swaps by replacing that one small file. A generation holds one Chroma collection (own
vectors, cosine), stamped with the embedding model, its dimension and the layout of the records, and the keyword index
built from it.

A crash while Chroma writes the files of its vector index, which it does in place, leaves files that it cannot open. So
the generation in use never writes them: SQLite alone keeps its changes, and Chroma replays these when it is opened. It
also reads all of them anew with every upsert, so that time and memory would grow with them. When they are many, the
store goes on in a next generation, whose index was written before it came into use: a copy of the files, or, once most
of the index is of records that are gone, a copy of the records.

A document goes in with all its records by one upsert, which Chroma commits as a whole. A shorter new version leaves
records of the old one behind; the document says how many it has, so they are never found, and they are then deleted.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from vectorstore.embeddings import EmbeddingModel, Vectors
from vectorstore.keywords import Entry, KeywordIndex
from vectorstore.ownership import Ownership
from vectorstore.records import (
    UNSEARCHED,
    Hit,
    Kind,
    ModelMismatch,
    Record,
    Scalar,
    StoreCorrupt,
    StoreUnwritable,
    Where,
    record_id,
    split_id,
)

LAYOUT = "1"
"""Raised when records are cut or prefixed in another way, which makes old vectors unfit."""

_COLLECTION = "papertalk"
_KEYWORDS = "keywords"
_PARTS: tuple[Kind, ...] = ("passage", "sentence")
_PAGE = 1_000  # SQLite refuses a statement with too many variables
_PARENTS_A_QUERY = 400
_BATCH_OF_DOCUMENTS = 16
_SIGNS_OF_UNWRITABLE = ("readonly", "read-only", "disk is full", "no space left")
_LEAST_FREE_BYTES = 8_000_000
_DATABASE = "chroma.sqlite3"
_AT_ONCE, _OFTEN, _NEVER = 2, 1_000, 2**30  # changes after which Chroma writes its vector index
_MOST_TO_REPLAY = 2_000
_M_ARENA_MAX, _ARENAS = -8, 2  # malloc.h
_SHARE_TO_REPLAY = 20  # while many go in: one in so many, for each copy takes as long as the store is large


class Store:
    """Documents with their passages and sentences, by vector and by word. Use :func:`Store.open`."""

    def __init__(
        self, directory: Path, generation: str, model: EmbeddingModel, ownership: Ownership, written: int = _NEVER
    ) -> None:
        self.directory = directory
        self.model = model
        self._ownership = ownership
        self._gate = _Gate()
        self._open_generation(generation, written)
        self._documents: dict[str, Record] = {}
        self._defers = False
        self._has_room = True

    def _open_generation(self, generation: str, written: int = _NEVER) -> None:
        self._generation = generation
        self._client, self._collection = _open_collection(self.directory / generation, self.model, written)
        self._changes, self._dead = (int(self._metadata().get(name, 0)) for name in ("changes", "dead"))
        keywords = KeywordIndex(self.directory / generation / _KEYWORDS)
        keywords.open()
        self.keywords = keywords

    @classmethod
    def open(cls, directory: Path, model: EmbeddingModel) -> Store:
        """Open the store in ``directory``, or create it.

        Raises:
            StoreLocked: another process owns it.
            StoreUnwritable: the directory cannot be written.
            StoreCorrupt: what lies there cannot be read; nothing is changed.
            ModelMismatch: its records were embedded by another model.
        """
        ownership = Ownership(directory)
        try:
            generation = _current(directory)
            store = cls(directory, generation, model, ownership)
            try:
                store._check_stamp()
                store._load()
                store._compact()
                store._sweep_generations()
                store._refresh_keywords()
            except BaseException:
                store._client.close()
                raise
        except BaseException:
            ownership.release()
            raise
        return store

    @classmethod
    def rebuild(
        cls,
        directory: Path,
        model: EmbeddingModel,
        derive: Callable[[Record], list[Record]],
        progress: Callable[[int, int], None] | None = None,
    ) -> Store:
        """Re-embed everything with ``model``: build the next generation beside this one, then swap.

        ``derive`` makes a document's records anew (what a passage may hold depends on the model). Stopped at any
        moment, it leaves the old generation in use.
        """
        ownership = Ownership(directory)
        try:
            current = _current(directory)
            old = cls(directory, current, model, ownership)
            try:
                old._load()
                documents, about = list(old._documents.values()), old.about
            finally:
                old._client.close()
            following = _following(directory, current)
            new = cls(directory, following, model, ownership, _OFTEN)
            try:
                new.about = about
                new.upsert([record for document in documents for record in derive(document)], progress)
                _seal(new._collection, new._metadata())
                new._client.close()
                new._open_generation(following)
                _point(directory, following)
            except BaseException:
                new._client.close()
                raise
            new._sweep_generations()
        except BaseException:
            ownership.release()
            raise
        return new

    def close(self) -> None:
        with self._gate.closed():
            self._client.close()
        self._ownership.release()

    # what is kept

    @property
    def about(self) -> dict[str, Any]:
        """A few values about the whole store, kept beside the stamp."""
        with self._gate.passed():
            loaded: dict[str, Any] = json.loads(self._metadata().get("about", "{}"))
        return loaded

    @about.setter
    def about(self, values: dict[str, Any]) -> None:
        with self._gate.passed(), _translated(self.directory):
            self._collection.modify(metadata={**self._metadata(), "about": json.dumps(values, ensure_ascii=False)})

    @property
    def documents(self) -> dict[str, Record]:
        """Every document by key, in the order in which they were first stored."""
        return dict(self._documents)

    @property
    def records_a_document(self) -> float:
        """How many records a document has on average: about ten with an abstract, hundreds with a full text."""
        with self._gate.passed():
            return int(self._collection.count()) / max(1, len(self._documents))

    @property
    def most_records(self) -> int:
        """The most that one document may have: it goes in whole, and Chroma takes no more at once."""
        with self._gate.passed():
            return int(self._client.get_max_batch_size())

    def upsert(self, records: Sequence[Record], progress: Callable[[int, int], None] | None = None) -> None:
        """Store documents with their records, each whole document replacing what it was.

        ``records`` holds, for each document, its own record followed by its passages and sentences. ``progress`` is
        told how many of how many records are embedded.
        """
        groups = [list(group) for _, group in groupby(records, key=lambda record: record.parent)]
        total, done = len(records), 0

        def embedded(count: int) -> None:
            nonlocal done
            done += count
            if progress:
                progress(done, total)

        try:
            for batch in _batches(groups, self.most_records):
                rows = [record for group in batch for record in group]
                vectors = self.model.embed([record.embed or record.text for record in rows], embedded)
                heads = {group[0].parent: _with_counts(group) for group in batch}
                rows = [heads[row.parent] if row.kind == "document" else row for row in rows]
                left_behind = _left_behind(self._documents, heads)
                with _translated(self.directory):
                    self._collection.upsert(
                        ids=[row.id for row in rows],
                        embeddings=vectors,
                        documents=[row.text for row in rows],
                        metadatas=[{"kind": row.kind, "parent": row.parent, **row.fields} for row in rows],
                    )
                    self._changes += len(rows)
                    self._dead += sum(len(_ids_of(self._documents[key])) for key in heads if key in self._documents)
                    self._documents.update(heads)
                    self._delete_records(left_behind)
        finally:  # what went in before a failure is found by its words too
            self._renew_caches()

    @contextlib.contextmanager
    def many_upserts(self) -> Iterator[None]:
        """Many changes in a row: what is derived from all records is renewed once, at the end, also after a failure."""
        self._defers = True
        try:
            yield
        finally:
            self._defers = False
            self._note_changes()
            self._compact()
            self._refresh_keywords()

    def _renew_caches(self) -> None:
        if not self._defers:
            self._note_changes()
            self._refresh_keywords()
        elif self._changes > _MOST_TO_REPLAY:
            if self._changes - int(self._metadata().get("changes", 0)) > _MOST_TO_REPLAY:
                self._note_changes()  # a kill now leaves few changes uncounted
            self._compact(max(_MOST_TO_REPLAY, self._collection.count() // _SHARE_TO_REPLAY))

    def delete(self, parents: Sequence[str]) -> None:
        """Remove documents with all their records; those that are not there are passed over."""
        present = [parent for parent in dict.fromkeys(parents) if parent in self._documents]
        gone = [i for parent in present for i in _ids_of(self._documents[parent])]
        with _translated(self.directory):
            self._delete_records(gone)
        self._dead += len(gone)
        for parent in present:
            del self._documents[parent]
        self._renew_caches()

    def get(self, ids: Sequence[str]) -> list[Record]:
        """The records of those ids, in their order; what is not there is left out."""
        found: dict[str, Record] = {}
        with self._gate.passed(), _translated(self.directory):
            for page in _pages(dict.fromkeys(ids)):
                rows = self._collection.get(ids=page, include=["documents", "metadatas"])
                for i, text, fields in zip(rows["ids"], rows["documents"], rows["metadatas"], strict=True):
                    found[i] = Record(i, text, None, fields)
        return [found[i] for i in ids if i in found and self._is_live(i)]

    def vectors(self, ids: Sequence[str]) -> Vectors:
        """The unit vectors of those records, shape ``(len(ids), dimension)``; zeros for what is not there."""
        place = {identifier: row for row, identifier in enumerate(dict.fromkeys(ids))}
        out = np.zeros((len(place), self.model.dimension), dtype=np.float32)
        with self._gate.passed(), _translated(self.directory):
            for page in _pages(place):
                rows = self._collection.get(ids=page, include=["embeddings"])
                for identifier, vector in zip(rows["ids"], rows["embeddings"], strict=True):
                    out[place[identifier]] = vector
        norms = np.linalg.norm(out, axis=1, keepdims=True)
        unit: Vectors = out / np.maximum(norms, 1e-12)
        return unit[[place[identifier] for identifier in ids]]

    # what is found

    def nearest(self, vector: Vectors, limit: int, where: Where | None = None) -> list[Hit]:
        """The records of every kind nearest to a unit vector, best first; the score is the cosine, cut off below 0."""
        if limit < 1 or not self._documents or (where and where.parents is not None and not where.parents):
            return []
        found: list[Hit] = []
        with self._gate.passed(), _translated(self.directory):
            for clause in _clauses(where):
                count = self._collection.count() if clause is None else limit
                rows = self._collection.query(
                    query_embeddings=vector.reshape(1, -1),
                    n_results=min(limit, count),
                    where=clause,
                    include=["distances"],
                )
                pairs = zip(rows["ids"][0], rows["distances"][0], strict=True)
                found += [Hit(i, min(1.0, max(0.0, 1.0 - float(d)))) for i, d in pairs if self._is_live(i)]
        return sorted(found, key=lambda hit: -hit.score)[:limit]

    def matching(self, query: str, limit: int, weights: dict[str, float], where: Where | None = None) -> list[Hit]:
        """The documents that share words with the query, best first by BM25."""
        if where is None or where.parents is None:
            return self.keywords.search(query, limit, weights)
        everything = self.keywords.search(query, len(self._documents), weights)
        return [hit for hit in everything if hit.parent in where.parents][:limit]

    # inside

    def _metadata(self) -> dict[str, Any]:
        return dict(self._collection.metadata or {})

    def _check_stamp(self) -> None:
        stamp = self._metadata()
        if stamp.get("model") != self.model.name or stamp.get("layout") != LAYOUT:
            stored = str(stamp.get("model"))
            raise ModelMismatch(
                stored if stamp.get("layout") == LAYOUT else f"{stored} (older layout)", self.model.name
            )

    def _load(self) -> None:
        rows: list[tuple[int, Record]] = []
        with _translated(self.directory):
            for offset in range(0, self._collection.count(), _PAGE):
                page = self._collection.get(
                    where={"kind": "document"}, include=["documents", "metadatas"], limit=_PAGE, offset=offset
                )
                if not page["ids"]:
                    break
                for i, text, fields in zip(page["ids"], page["documents"], page["metadatas"], strict=True):
                    rows.append((int(fields.get("order", 0)), Record(i, text, None, fields)))
        self._documents = {record.id: record for _, record in sorted(rows, key=lambda row: (row[0], row[1].id))}

    def _is_live(self, identifier: str) -> bool:
        parent, kind, place = split_id(identifier)
        document = self._documents.get(parent)
        return document is not None and (kind == "document" or place < int(document.fields[f"{kind}s"]))

    def _delete_records(self, ids: Sequence[str]) -> None:
        for page in _pages(ids):
            self._collection.delete(ids=page)
            self._changes += len(page)

    def _note_changes(self) -> None:
        stamp = self._metadata()
        if stamp.get("changes", 0) != self._changes:
            with _translated(self.directory):
                self._collection.modify(metadata={**stamp, "changes": self._changes, "dead": self._dead})

    def _compact(self, most: int = _MOST_TO_REPLAY) -> None:
        """Go on in a next generation where more than ``most`` changes would have to be replayed."""
        if self._changes <= most or not self._has_room:
            return
        is_mostly_dead = self._dead > max(_MOST_TO_REPLAY, self._collection.count())
        following = _following(self.directory, self._generation)
        with self._gate.closed():
            try:
                with _translated(self.directory):
                    if is_mostly_dead:
                        self._copy_records(following)
                    else:
                        self._client.close()  # the memory of one index is given back before the next is loaded
                        self._copy_files(following)
                _point(self.directory, following)
            except StoreUnwritable:  # no room for a copy: this one does, but opens slowly
                self._has_room = False
            finally:
                self._client.close()
                self._open_generation(_current(self.directory))
                self._sweep_generations()

    def _copy_records(self, following: str) -> None:
        """Write the next generation out of the records that are there."""
        client, collection = _open_collection(self.directory / following, self.model, _OFTEN)
        try:
            for page in _pages(i for document in self._documents.values() for i in _ids_of(document)):
                rows = self._collection.get(ids=page, include=["embeddings", "documents", "metadatas"])
                del rows["included"], rows["uris"], rows["data"]
                collection.upsert(**rows)
            _seal(collection, self._metadata())
        finally:
            client.close()

    def _copy_files(self, following: str) -> None:
        """Write the next generation as this one's files, with the changes replayed into those of the index."""
        old, new = self.directory / self._generation, self.directory / following
        shutil.copytree(old, new, ignore=shutil.ignore_patterns(f"{_DATABASE}*"))
        with (
            contextlib.closing(sqlite3.connect(old / _DATABASE)) as source,
            contextlib.closing(sqlite3.connect(new / _DATABASE)) as target,
        ):
            source.backup(target)
        client, collection = _open_collection(new, self.model)
        try:
            _write_after(collection, _AT_ONCE)
            collection.get(limit=1, include=[])  # Chroma replays its log with the first access
            _seal(collection, dict(collection.metadata), dead=self._dead)
        finally:
            client.close()

    def _sweep_generations(self) -> None:
        for other in self.directory.glob("generation-*"):
            if other.name != self._generation:
                shutil.rmtree(other, ignore_errors=True)

    def _stamp(self) -> str:
        rows = sorted(f"{key} {record.fields['revision']}" for key, record in self._documents.items())
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()

    def _refresh_keywords(self) -> None:
        if self.keywords.stamp != self._stamp():
            self._rebuild_keywords()

    def _rebuild_keywords(self) -> None:
        entries = (
            Entry(key, str(record.fields.get("title", "")), _searched(record), str(record.fields.get("people", "")))
            for key, record in self._documents.items()
        )
        try:
            self.keywords.build(entries, self._stamp())
        except (OSError, ValueError) as error:
            raise StoreUnwritable(
                f"The keyword index in {str(self.directory)!r} cannot be written: {error}."
            ) from error


def _open_collection(path: Path, model: EmbeddingModel, written: int = _NEVER) -> tuple[Any, Any]:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    _share_memory()
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    client: Any = None
    try:
        with _translated(path.parent):
            client = chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))
            try:
                collection = client.get_collection(_COLLECTION, embedding_function=None)
            except chromadb.errors.NotFoundError:
                collection = client.create_collection(
                    _COLLECTION,
                    embedding_function=None,
                    configuration={"hnsw": {"space": "cosine", "sync_threshold": written}},
                    metadata={"model": model.name, "dimension": model.dimension, "layout": LAYOUT},
                )
    except BaseException:
        if client:
            client.close()
        else:  # Chroma keeps what failed to start, and would hand it to the next who opens this path
            SharedSystemClient._identifier_to_system.pop(str(path), None)
        raise
    return client, collection


@cache
def _share_memory() -> None:
    """Have the threads of each Chroma client use memory that those of the last one freed.

    glibc gives a new thread a new arena, eight for each core, and keeps what is freed in one from the others. A user's
    own ``MALLOC_ARENA_MAX`` stands.
    """
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        with contextlib.suppress(AttributeError, OSError):  # musl has no mallopt
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def _write_after(collection: Any, changes: int) -> None:
    """Have Chroma write the files of its index after so many changes, once the collection is opened anew."""
    with warnings.catch_warnings():  # of a configuration without a model of Chroma's, as all of ours
        warnings.simplefilter("ignore", DeprecationWarning)
        collection.modify(configuration={"hnsw": {"sync_threshold": changes}})


def _seal(collection: Any, stamp: dict[str, Any], dead: int = 0) -> None:
    """The collection's files are whole: from now on they are never written."""
    collection.modify(metadata={**stamp, "changes": 0, "dead": dead})
    _write_after(collection, _NEVER)


class _Gate:
    """Threads pass it side by side; who closes it waits until none is inside, and holds up the others meanwhile."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_closed = False

    @contextlib.contextmanager
    def passed(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._is_closed = True
            self._changed.wait_for(lambda: self._inside == 0)
        try:
            yield
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()


@contextlib.contextmanager
def _translated(directory: Path) -> Iterator[None]:
    """Chroma's failures in the store's words. On a full disk it fails at any step, and does not always say why."""
    import chromadb.errors

    try:
        yield
    except (chromadb.errors.ChromaError, sqlite3.Error, OSError) as error:
        words = str(error).lower()
        full = shutil.disk_usage(directory).free < _LEAST_FREE_BYTES
        if isinstance(error, OSError) or full or any(sign in words for sign in _SIGNS_OF_UNWRITABLE):
            raise StoreUnwritable(f"The folder {str(directory)!r} cannot be written: {error}.") from error
        raise StoreCorrupt(f"The store in {str(directory)!r} cannot be read: {error}.") from error


def _current(directory: Path) -> str:
    try:
        name = (directory / "CURRENT").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        if any(directory.glob(f"generation-*/{_DATABASE}")):
            raise StoreCorrupt(f"The store in {str(directory)!r} has lost its file 'CURRENT'.") from None
        name = "generation-1"
        with _translated(directory):
            (directory / name).mkdir(exist_ok=True)
        _point(directory, name)
        return name
    except (OSError, UnicodeDecodeError) as error:
        raise StoreCorrupt(f"The file 'CURRENT' in {str(directory)!r} cannot be read: {error}.") from error
    if not re.fullmatch(r"generation-\d+", name) or not (directory / name).is_dir():
        raise StoreCorrupt(
            f"The store in {str(directory)!r} has no generation {name!r}, which its file 'CURRENT' names."
        )
    database = directory / name / _DATABASE
    if (directory / name / _KEYWORDS).exists() and not (database.is_file() and database.stat().st_size):
        raise StoreCorrupt(f"The store in {str(directory)!r} has lost its database {str(database)!r}.")
    return name


def _following(directory: Path, generation: str) -> str:
    """The name of the next generation, and nothing in its place."""
    name = f"generation-{int(generation.rpartition('-')[2]) + 1}"
    shutil.rmtree(directory / name, ignore_errors=True)
    return name


def _point(directory: Path, generation: str) -> None:
    draft = directory / "CURRENT.new"
    try:
        draft.write_text(generation + "\n", encoding="utf-8")
        draft.replace(directory / "CURRENT")
    except OSError as error:
        raise StoreUnwritable(f"The folder {str(directory)!r} cannot be written: {error.strerror}.") from error


def _batches(groups: Sequence[list[Record]], most: int) -> Iterator[list[list[Record]]]:
    batch: list[list[Record]] = []
    for group in groups:
        if batch and (len(batch) == _BATCH_OF_DOCUMENTS or sum(map(len, batch)) + len(group) > most):
            yield batch
            batch = []
        batch.append(group)
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


def _ids_of(document: Record) -> list[str]:
    return [document.id] + [
        record_id(document.id, kind, place) for kind in _PARTS for place in range(int(document.fields[f"{kind}s"]))
    ]


def _left_behind(old: dict[str, Record], new: dict[str, Record]) -> list[str]:
    kept = {i for record in new.values() for i in _ids_of(record)}
    return [i for parent in new if parent in old for i in _ids_of(old[parent]) if i not in kept]


def _pages(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while page := list(islice(rest, _PAGE)):
        yield page


def _clauses(where: Where | None) -> Iterator[dict[str, Any] | None]:
    if where is None or where.parents is None:
        yield None
        return
    parents = sorted(where.parents)
    for start in range(0, len(parents), _PARENTS_A_QUERY):
        yield {"parent": {"$in": parents[start : start + _PARENTS_A_QUERY]}}
