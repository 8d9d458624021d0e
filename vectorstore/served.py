"""A store on a Chroma server, which any number of processes read and change.

A small collection ``papertalk.NAME.current`` is the pointer: its metadata names the generation in use, the embedding
model, its dimension and the layout of the records, what is known about the whole store, and a version that changes
with every write. The records of a generation are in ``papertalk.NAME.1``, ``.2`` and so on; re-embedding builds the
next beside the one in use and swaps by one change of the pointer. The generation before stays until the next write,
for those who are reading it.

Who changes the store holds a lease (:mod:`vectorstore.lease`). Every record carries the number of the write that it
came with, so that the others read what is new alone, and list the keys where something was deleted. The keyword index
of a process is in its memory.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from vectorstore.chroma_server import ChromaServer, ServerAddress
from vectorstore.embeddings import EmbeddingModel
from vectorstore.lease import Lease
from vectorstore.records import Record, Scalar, StoreError, StoreUnavailable
from vectorstore.store import (
    LAYOUT,
    WRITTEN,
    Derive,
    Rows,
    Store,
    ids_of,
    in_order,
    pages,
    read_documents,
    refuse_newer,
    stamp_of,
)

_FIRST = "papertalk."
_POINTER = "current"
_LOOK_EVERY = 1.0
"""Seconds between two looks at the pointer."""
_SHARE_OF_TIME = 4
"""Catching up takes at most one second in so many and one, where many write much."""
_MOST_BYTES = 30_000_000  # Chroma refuses requests of more than 40 MB
_BYTES_A_NUMBER, _BYTES_A_TEXT = 6, 2_000
_IDS_A_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class _Pointer:
    """The metadata of a pointer. ``sequence`` counts the writes, ``deleted`` is the last that deleted something."""

    generation: int
    model: str
    dimension: int
    layout: str
    about: str = "{}"
    sequence: int = 0
    deleted: int = 0
    version: str = ""

    def written(self) -> _Pointer:
        """The pointer after one more write."""
        return replace(self, sequence=self.sequence + 1, version=uuid.uuid4().hex)


class ServedStore(Store):
    """Use :meth:`open`."""

    is_shared = True

    def __init__(self, server: ChromaServer, name: str, directory: Path, model: EmbeddingModel) -> None:
        super().__init__(directory, model)
        self.name = name
        self._server = server
        self._base = _FIRST + _encoded(name)
        self._changing_lock = threading.RLock()
        self._lease: Lease | None = None
        self._next_look = 0.0
        self._pointer = _Pointer(0, model.name, model.dimension, LAYOUT)
        self._home: Any = None  # no pointer leads to a generation that is being built
        self._collection: Any = None

    @classmethod
    def open(cls, address: ServerAddress, name: str, directory: Path, model: EmbeddingModel) -> Self:
        """Open the store of that name on a server, or create it. ``directory`` is for files of this machine.

        Raises:
            StoreUnavailable: the server does not answer.
            StoreRefused: it is no Chroma server of this version, or refuses the key.
            ModelMismatch: the records were embedded by another model.
        """
        server = ChromaServer(address)
        try:
            store = cls(server, name, directory, model)
            store._load(*(store._found() or store._made()))
        except BaseException:
            server.close()
            raise
        return store

    @classmethod
    def rebuild(
        cls,
        address: ServerAddress,
        name: str,
        directory: Path,
        model: EmbeddingModel,
        derive: Derive,
        progress: Callable[[int, int], None] | None = None,
    ) -> Self:
        """Re-embed everything with ``model``: build the next generation beside this one, then swap.

        ``derive`` makes a document's records anew (what a passage may hold depends on the model). Stopped at any
        moment, it leaves the old generation in use.
        """
        server = ChromaServer(address)
        try:
            store = cls(server, name, directory, model)
            with store._leased() as was_released:
                home, store._pointer = store._there()
                refuse_newer(asdict(store._pointer))
                store._collection = store._generation(store._pointer.generation)
                with store._reading() as collection:
                    store._documents = in_order(read_documents(collection).values())
                store._clear_away(was_released)
                records = [row for document in store._documents.values() for row in derive(document)]
                with store._building():
                    store._embed(records, progress)
                with store._changing():
                    store._point(home, store._pointer)
                store._renew()
        except BaseException:
            server.close()
            raise
        return store

    @classmethod
    def refill(
        cls,
        address: ServerAddress,
        name: str,
        directory: Path,
        model: EmbeddingModel,
        rows: Iterable[Rows],
        about: dict[str, Any],
    ) -> None:
        """Put these documents in the place of all that a store holds, or make it of them: build the next generation,
        then swap. Stopped at any moment, it leaves what was there."""
        server = ChromaServer(address)
        try:
            store = cls(server, name, directory, model)
            with store._leased():
                home, store._pointer = store._found() or (None, store._pointer)
                with store._building():
                    store._fill(rows)
                with store._changing():
                    store._point(home, replace(store._pointer, about=json.dumps(about, ensure_ascii=False)))
        finally:
            server.close()

    @classmethod
    def delete_all(cls, address: ServerAddress, name: str, directory: Path, model: EmbeddingModel) -> None:
        """Remove a store from its server, for good."""
        server = ChromaServer(address)
        try:
            store = cls(server, name, directory, model)
            with store._leased():
                own = [one for one in server.names(f"{store._base}.") if ".lease." not in one]
                for one in sorted(own, key=lambda one: not one.endswith(_POINTER)):
                    server.delete(one)
        finally:
            server.close()

    def close(self) -> None:
        self._server.close()

    @property
    def about(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self._pointer.about)
        return loaded

    @about.setter
    def about(self, values: dict[str, Any]) -> None:
        with self.writing(), self._changing():
            self._point(self._home, replace(self._pointer, about=json.dumps(values, ensure_ascii=False)))

    @property
    def most_records(self) -> int:
        bytes_a_record = self.model.dimension * _BYTES_A_NUMBER + _BYTES_A_TEXT
        return min(self._server.most_records, _MOST_BYTES // bytes_a_record)

    # who changes it

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        with self._changing_lock:
            if self._lease is not None:
                yield
                return
            with self._leased() as was_released:
                if was_released:
                    self._follow()
                else:  # who was killed may have written what the pointer does not tell
                    self._load(*self._there())
                self._clear_away(was_released)
                yield

    @contextlib.contextmanager
    def _leased(self) -> Iterator[bool]:
        """Hold the lease; whether whoever held it last was done."""
        lease = Lease(self._server, self._base)
        was_released = lease.acquire()
        self._lease = lease
        try:
            yield was_released
        finally:
            self._lease = None
            lease.release()

    def _clear_away(self, was_released: bool) -> None:
        """Delete what is no longer read, and what a process that was killed had begun."""
        own = {f"{self._base}.{self._pointer.generation}", f"{self._base}.{_POINTER}"}
        for name in self._server.names(f"{self._base}."):
            if name not in own and ".lease." not in name:
                self._server.delete(name)
        if was_released:
            return
        self._announce(is_deletion=True)  # others may not have been told of what it deleted
        live = {i for document in self._documents.values() for i in ids_of(document)}
        dead = [i for i in self._ids() if i not in live]
        with self._changing() as collection:
            for page in pages(dead):
                collection.delete(ids=page)

    def catch_up(self) -> bool:
        """At most one look a second, by one thread; the others go on with what is known."""
        if time.monotonic() < self._next_look or not self._changing_lock.acquire(blocking=False):
            return False
        try:
            if self._lease is not None:  # nobody else writes
                return False
            began = time.monotonic()
            has_changed = self._follow()
            now = time.monotonic()
            self._next_look = now + max(_LOOK_EVERY, _SHARE_OF_TIME * (now - began))
            return has_changed
        finally:
            self._changing_lock.release()

    def _follow(self) -> bool:
        """Take over what the pointer leads to; whether that is anything new. Nothing is taken over by halves."""
        home, pointer = self._there()
        before = self._pointer
        if pointer.version == before.version:
            return False
        if pointer.generation != before.generation or pointer.sequence < before.sequence:
            self._load(home, pointer)
            return True
        self._check_stamp(asdict(pointer))
        with self._reading() as collection:
            newer = read_documents(collection, {WRITTEN: {"$gt": before.sequence}})
            documents = {**self._documents, **newer}
            if pointer.deleted != before.deleted:
                documents = self._those_left(collection, documents)
        has_changed = bool(newer) or documents.keys() != self._documents.keys()
        self._home, self._pointer, self._documents = home, pointer, in_order(documents.values())
        if has_changed:
            self._build_keywords(None)
        return True

    def _those_left(self, collection: Any, documents: dict[str, Record]) -> dict[str, Record]:
        """The documents without those that were deleted, and with those that were not known."""
        there = set(self._ids({"kind": "document"}))
        found = {key: document for key, document in documents.items() if key in there}
        for page in pages(sorted(there - found.keys())):
            found |= read_documents(collection, {"parent": {"$in": page}})
        return found

    def _ids(self, where: dict[str, Any] | None = None) -> list[str]:
        found: list[str] = []
        with self._reading() as collection:
            while True:
                page = collection.get(where=where, include=[], limit=_IDS_A_PAGE, offset=len(found))["ids"]
                found += page
                if len(page) < _IDS_A_PAGE:
                    return found

    def _load(self, home: Any, pointer: _Pointer) -> None:
        """Read all documents; once more where something was deleted meanwhile, since that moves the pages."""
        while True:
            self._check_stamp(asdict(pointer))
            collection = self._generation(pointer.generation)
            with self._server.translated():
                documents = read_documents(collection)
            read, (home, pointer) = pointer, self._there()
            if (pointer.generation, pointer.deleted) == (read.generation, read.deleted):
                break
        self._home, self._pointer, self._collection = home, read, collection
        self._documents = in_order(documents.values())
        self._build_keywords(None)

    # how it is kept

    def _found(self) -> tuple[Any, _Pointer] | None:
        """The pointer's collection and what it says."""
        home = self._server.collection(f"{self._base}.{_POINTER}")
        return None if home is None else (home, _Pointer(**home.metadata))

    def _there(self) -> tuple[Any, _Pointer]:
        """:meth:`_found`, of a store that was there before."""
        found = self._found()
        if found is None:
            raise StoreUnavailable(
                f"The Chroma server at {self._server.address} no longer keeps the library {self.name!r}; restore it "
                f"there, or start Papertalk again to begin an empty one."
            )
        return found

    def _made(self) -> tuple[Any, _Pointer]:
        """A new, empty store, or that of another process, which made one at the same moment."""
        with self._leased():
            found = self._found()
            if found is not None:
                return found
            with self._building():
                pass
            self._point(None, self._pointer)
        return self._home, self._pointer

    def _generation(self, number: int) -> Any:
        collection = self._server.collection(f"{self._base}.{number}")
        if collection is None:
            raise StoreUnavailable(
                f"The library {self.name!r} is being rebuilt on the Chroma server at {self._server.address}; ask again."
            )
        return collection

    @contextlib.contextmanager
    def _building(self) -> Iterator[None]:
        """What is written goes into the next generation, which is empty; nobody sees it until :meth:`_point`."""
        pointer = self._pointer
        following = replace(
            pointer,
            generation=pointer.generation + 1,
            model=self.model.name,
            dimension=self.model.dimension,
            layout=LAYOUT,
        )
        name = f"{self._base}.{following.generation}"
        self._server.delete(name)
        self._server.create(name, stamp_of(self.model))
        self._home, self._pointer, self._documents = None, following, {}
        self._collection = self._generation(following.generation)
        try:
            yield
        except BaseException:
            with contextlib.suppress(StoreError):  # the next who changes the store clears it away
                self._server.delete(name)
            raise

    def _point(self, home: Any, pointer: _Pointer) -> None:
        """Have everybody read what the pointer says from now on. ``home`` is where it is written; None: nowhere yet."""
        following = pointer.written()
        if home is None:
            home = self._server.create(f"{self._base}.{_POINTER}", asdict(following))
            if home is None:
                raise StoreUnavailable(f"Another process has just made the library {self.name!r}; ask again.")
        else:
            with self._server.translated():
                home.modify(metadata=asdict(following))
        self._home, self._pointer = home, following

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Any]:
        with self._server.translated():
            yield self._collection

    @contextlib.contextmanager
    def _changing(self) -> Iterator[Any]:
        lease = self._lease
        assert lease is not None, "who changes a store is inside writing()"
        lease.check()
        try:
            with self._server.translated():
                yield self._collection
        except BaseException:
            lease.is_doubtful = True
            raise

    def _fields(self) -> dict[str, Scalar]:
        return {WRITTEN: self._pointer.sequence + 1}

    def _note(self, changes: int, dead: int) -> None:
        pass  # the server keeps its own index in shape

    def _announce(self, *, is_deletion: bool = False) -> None:
        if self._home is not None:
            deleted = self._pointer.sequence + 1 if is_deletion else self._pointer.deleted
            self._point(self._home, replace(self._pointer, deleted=deleted))

    def _renew(self) -> None:
        if not self._defers:
            self._build_keywords(None)

    def _finish(self) -> None:
        self._build_keywords(None)


def served_names(address: ServerAddress) -> list[str]:
    """The stores that a server keeps, by name.

    Raises:
        StoreUnavailable, StoreRefused: as :class:`ChromaServer`.
    """
    server = ChromaServer(address)
    try:
        pointers = server.names(_FIRST)
    finally:
        server.close()
    ending = f".{_POINTER}"
    return sorted(_decoded(name[len(_FIRST) : -len(ending)]) for name in pointers if name.endswith(ending))


def _encoded(name: str) -> str:
    """A store's name without dots, which part a collection's name; two that differ stay different."""
    return name.replace("_", "__").replace(".", "_d")


def _decoded(name: str) -> str:
    return "_".join(part.replace("_d", ".") for part in name.split("__"))
