"""A store in a directory: embedded Chroma.

The directory has one owner. In it, ``CURRENT`` names the generation in use, so that re-embedding builds the next
generation beside it and swaps by replacing that one small file. A generation holds one Chroma collection (own vectors,
cosine), stamped with the embedding model, its dimension and the layout of the records, and the keyword index built
from it.

A crash while Chroma writes the files of its vector index, which it does in place, leaves files that it cannot open. So
the generation in use never writes them: SQLite alone keeps its changes, and Chroma replays these when it is opened. It
also reads all of them anew with every upsert, so that time and memory would grow with them. When they are many, the
store goes on in a next generation, whose index was written before it came into use: a copy of the files, or, once most
of the index is of records that are gone, a copy of the records.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import shutil
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from vectorstore.embeddings import EmbeddingModel
from vectorstore.keywords import KeywordIndex
from vectorstore.ownership import Ownership
from vectorstore.records import Scalar, StoreClosed, StoreCorrupt, StoreUnwritable
from vectorstore.requirements import check_sqlite
from vectorstore.store import Derive, Rows, Store, ids_of, in_order, pages, read_documents, refuse_newer, stamp_of

_COLLECTION = "papertalk"
_KEYWORDS = "keywords"
_SIGNS_OF_UNWRITABLE = ("readonly", "read-only", "disk is full", "no space left")
_LEAST_FREE_BYTES = 8_000_000
_DATABASE = "chroma.sqlite3"
_AT_ONCE, _OFTEN, _NEVER = 2, 1_000, 2**30  # changes after which Chroma writes its vector index
_MOST_TO_REPLAY = 2_000
_M_ARENA_MAX, _ARENAS = -8, 2  # malloc.h
_SHARE_TO_REPLAY = 20  # while many go in: one in so many, for each copy takes as long as the store is large


class _Generation:
    """The generation in use: its name, its collection, and how many changes wait to be replayed."""

    def __init__(self, directory: Path, name: str, model: EmbeddingModel, written: int) -> None:
        self.name = name
        self.client, self.collection = _open_collection(directory / name, model, written)
        self.changes, self.dead = (int(self.metadata.get(count, 0)) for count in ("changes", "dead"))

    @property
    def metadata(self) -> dict[str, Any]:
        return dict(self.collection.metadata or {})


class _Place:
    """Where the records lie. A store and its snapshots share it, and move to a next generation together."""

    def __init__(self, generation: _Generation) -> None:
        self.generation = generation
        self.gate = _Gate()
        self.changing = threading.RLock()
        self.has_room = True
        self.is_closed = False


class EmbeddedStore(Store):
    """Use :meth:`open`."""

    is_shared = False

    def __init__(
        self, directory: Path, generation: str, model: EmbeddingModel, ownership: Ownership, written: int = _NEVER
    ) -> None:
        super().__init__(directory, model)
        self._ownership = ownership
        self._place = _Place(_Generation(directory, generation, model, written))
        self._open_keywords()

    @classmethod
    def open(cls, directory: Path, model: EmbeddingModel) -> EmbeddedStore:
        """Open the store in ``directory``, or create it.

        Raises:
            StoreLocked: another process owns it.
            StoreUnwritable: the directory cannot be written.
            StoreCorrupt: what lies there cannot be read; nothing is changed.
            ModelMismatch: its records were embedded by another model.
            StoreUnsupported: Chroma cannot run on this machine.
        """
        check_sqlite()
        ownership = Ownership(directory)
        try:
            generation = _current(directory)
            store = cls(directory, generation, model, ownership)
            try:
                store._check_stamp(store._generation.metadata)
                store._load()
                store._compact()
                store._sweep_generations()
                store._refresh_keywords()
            except BaseException:
                store._generation.client.close()
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
        derive: Derive,
        progress: Callable[[int, int], None] | None = None,
    ) -> EmbeddedStore:
        """Re-embed everything with ``model``: build the next generation beside this one, then swap.

        ``derive`` makes a document's records anew (what a passage may hold depends on the model). Stopped at any
        moment, it leaves the old generation in use.
        """
        ownership = Ownership(directory)
        try:
            current = _current(directory)
            old = cls(directory, current, model, ownership)
            try:
                refuse_newer(old._generation.metadata)
                old._load()
                documents, about = list(old._documents.values()), old.about
            finally:
                old._generation.client.close()
            following = _following(directory, current)
            new = cls(directory, following, model, ownership, _OFTEN)
            try:
                new.about = about
                new.upsert([record for document in documents for record in derive(document)], progress)
                _seal(new._generation.collection, new._generation.metadata)
                new._generation.client.close()
                new._go_on_in(following)
                _point(directory, following)
            except BaseException:
                new._generation.client.close()
                raise
            new._sweep_generations()
        except BaseException:
            ownership.release()
            raise
        return new

    @classmethod
    def refill(cls, directory: Path, model: EmbeddingModel, rows: Iterable[Rows], about: dict[str, Any]) -> None:
        """Put these documents in the place of all that a directory holds: build the next generation, then swap.

        Stopped at any moment, it leaves the old generation in use.
        """
        ownership = Ownership(directory)
        try:
            following = _following(directory, _current(directory))
            store = cls(directory, following, model, ownership, _OFTEN)
            try:
                store.about = about
                store._fill(rows)
                store._renew()
                _seal(store._generation.collection, store._generation.metadata)
            finally:
                store._generation.client.close()
            _point(directory, following)
            store._sweep_generations()
        finally:
            ownership.release()

    @classmethod
    def adopt(cls, directory: Path, other: Path) -> None:
        """Put all that another directory holds in the place of what this one holds, where nobody has either open.

        Stopped at any moment, it leaves the old generation in use, or the new one.
        """
        following = _following(directory, _current(directory))
        try:
            (other / _current(other)).rename(directory / following)
        except OSError as error:
            raise StoreUnwritable(f"The folder {str(directory)!r} cannot be written: {error.strerror}.") from error
        _point(directory, following)
        for generation in directory.glob("generation-*"):
            if generation.name != following:
                shutil.rmtree(generation, ignore_errors=True)

    @classmethod
    def delete_all(cls, directory: Path) -> None:
        """Remove a store for good, where nobody has it open."""
        ownership = Ownership(directory)
        gone = directory.with_name(f".{directory.name}.deleted")
        try:
            shutil.rmtree(gone, ignore_errors=True)
            directory.rename(gone)
        except OSError as error:
            raise StoreUnwritable(f"The folder {str(directory)!r} cannot be removed: {error.strerror}.") from error
        finally:
            ownership.release()
        shutil.rmtree(gone, ignore_errors=True)

    def close(self) -> None:
        with self._place.gate.closed():
            if self._place.is_closed:
                return
            self._place.is_closed = True
            self._generation.client.close()
        self._ownership.release()

    @property
    def about(self) -> dict[str, Any]:
        with self._place.gate.passed():
            loaded: dict[str, Any] = json.loads(self._generation.metadata.get("about", "{}"))
        return loaded

    @about.setter
    def about(self, values: dict[str, Any]) -> None:
        with self.writing(), self._reading() as collection:
            stamp = self._generation.metadata
            collection.modify(metadata={**stamp, "about": json.dumps(values, ensure_ascii=False)})

    @property
    def most_records(self) -> int:
        with self._place.gate.passed():
            return int(self._generation.client.get_max_batch_size())

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        with self._place.changing:
            self._check_open()
            yield

    def catch_up(self) -> bool:
        return False  # the directory is this process's alone

    # inside

    @property
    def _generation(self) -> _Generation:
        return self._place.generation

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._place.gate.passed(), _translated(self.directory):
            self._check_open()
            yield self._generation.collection

    def _check_open(self) -> None:
        if self._place.is_closed:
            raise StoreClosed("The store was closed meanwhile; open it again.")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Any]:
        with _translated(self.directory):
            self._check_open()
            yield self._generation.collection

    def _fields(self) -> dict[str, Scalar]:
        return {}

    def _note(self, changes: int, dead: int) -> None:
        self._generation.changes += changes
        self._generation.dead += dead

    def _announce(self, *, is_deletion: bool = False) -> None:
        pass  # nobody else reads this store

    def _renew(self) -> None:
        generation = self._generation
        if not self._defers:
            self._note_changes()
            self._refresh_keywords()
        elif generation.changes > _MOST_TO_REPLAY:
            if generation.changes - int(generation.metadata.get("changes", 0)) > _MOST_TO_REPLAY:
                self._note_changes()  # a kill now leaves few changes uncounted
            self._compact(max(_MOST_TO_REPLAY, generation.collection.count() // _SHARE_TO_REPLAY))

    def _finish(self) -> None:
        self._note_changes()
        self._compact()
        self._refresh_keywords()

    def _load(self) -> None:
        with _translated(self.directory):
            self._documents = in_order(read_documents(self._generation.collection).values())

    def _note_changes(self) -> None:
        """Keep the counts of changes, which are told by the collection's metadata when it is opened again."""
        generation = self._generation
        stamp = generation.metadata
        if stamp.get("changes", 0) != generation.changes:
            with _translated(self.directory):
                counts = {"changes": generation.changes, "dead": generation.dead}
                generation.collection.modify(metadata={**stamp, **counts})

    def _compact(self, most: int = _MOST_TO_REPLAY) -> None:
        """Go on in a next generation where more than ``most`` changes would have to be replayed."""
        place, generation = self._place, self._generation
        if generation.changes <= most or not place.has_room:
            return
        is_mostly_dead = generation.dead > max(_MOST_TO_REPLAY, generation.collection.count())
        following = _following(self.directory, generation.name)
        with place.gate.closed():
            try:
                with _translated(self.directory):
                    if is_mostly_dead:
                        self._copy_records(following)
                    else:
                        generation.client.close()  # the memory of one index is given back before the next is loaded
                        self._copy_files(following)
                _point(self.directory, following)
            except StoreUnwritable:  # no room for a copy: this one does, but opens slowly
                place.has_room = False
            finally:
                generation.client.close()
                _give_back_memory()
                self._go_on_in(_current(self.directory))
                self._sweep_generations()

    def _go_on_in(self, generation: str) -> None:
        self._place.generation = _Generation(self.directory, generation, self.model, _NEVER)
        self._open_keywords()

    def _copy_records(self, following: str) -> None:
        """Write the next generation out of the records that are there."""
        client, collection = _open_collection(self.directory / following, self.model, _OFTEN)
        try:
            for page in pages(i for document in self._documents.values() for i in ids_of(document)):
                rows = self._generation.collection.get(ids=page, include=["embeddings", "documents", "metadatas"])
                del rows["included"], rows["uris"], rows["data"]
                collection.upsert(**rows)
            _seal(collection, self._generation.metadata)
        finally:
            client.close()

    def _copy_files(self, following: str) -> None:
        """Write the next generation as this one's files, with the changes replayed into those of the index."""
        old, new = self.directory / self._generation.name, self.directory / following
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
            _seal(collection, dict(collection.metadata), dead=self._generation.dead)
        finally:
            client.close()

    def _sweep_generations(self) -> None:
        for other in self.directory.glob("generation-*"):
            if other.name != self._generation.name:
                shutil.rmtree(other, ignore_errors=True)

    def _open_keywords(self) -> None:
        self.keywords = KeywordIndex(self.directory / self._generation.name / _KEYWORDS)
        self.keywords.open()

    def _refresh_keywords(self) -> None:
        if self.keywords.stamp != self._stamp():
            self._build_keywords(self.directory / self._generation.name / _KEYWORDS)


def _open_collection(path: Path, model: EmbeddingModel, written: int = _NEVER) -> tuple[Any, Any]:
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    _share_memory()
    check_sqlite()
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
                    metadata=stamp_of(model),
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


def _give_back_memory() -> None:
    """Return to the system what was freed: glibc keeps it, scattered, for as long as the process lives."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # musl has no malloc_trim
            ctypes.CDLL(None).malloc_trim(0)


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
    check_sqlite()
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
