"""The libraries of one data folder, or of one Chroma server, each opened when it is first asked for: what a surface for
many visitors needs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from assistant.api import Assistant
from assistant.conversations.store import Conversations
from assistant.errors import LibraryError, LibraryNotFound
from assistant.library import delete_library, library_names
from assistant.settings import Settings, check_library_name
from vectorstore.embeddings import EmbeddingModel, open_model


class Shelf:
    """Libraries by name. They share the models and the conversations; each stays open until the shelf is closed.

    Args:
        settings: those of every library; ``settings.library`` is the one that is shown first.
        opened: libraries that are open already; the caller closes them.
    """

    def __init__(self, settings: Settings, *opened: Assistant) -> None:
        self.settings = settings
        self._given = {assistant.library.name: assistant for assistant in opened}
        self._opened: dict[str, Assistant] = {}
        self._model: EmbeddingModel | None = opened[0].library.store.model if opened else None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what was opened here."""
        with self._lock:
            for assistant in self._opened.values():
                assistant.close()
            self._opened.clear()

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def first(self) -> Assistant:
        """The library that is shown where none is named."""
        return self.open(self.settings.library)

    @property
    def conversations(self) -> Conversations:
        """What was asked and answered, of all libraries."""
        return self.first.conversations

    @property
    def opened(self) -> list[Assistant]:
        """Those that are open now."""
        with self._lock:
            return [*self._given.values(), *self._opened.values()]

    def names(self) -> list[str]:
        """The libraries that are there, by name, the first one first.

        Raises:
            LibraryUnavailable, ConfigError: the Chroma server that keeps them cannot be asked.
        """
        there = {*library_names(self.settings), *self._given, *self._opened}
        return sorted(there, key=lambda name: (name != self.settings.library, name.casefold()))

    def create(self, name: str) -> Assistant:
        """A new library.

        Raises:
            ConfigError: no library can be called so.
            LibraryError: there is one of that name, or it cannot be made.
        """
        check_library_name(name)
        if name.casefold() in (there.casefold() for there in self.names()):  # some folders know no capitals
            raise LibraryError(f"There is a library {name!r} already; choose another name.")
        with self._lock:
            return self._open(name)

    def delete(self, name: str) -> None:
        """Delete a library for good; conversations about it stay. Who still reads it is told that it is closed.

        Raises:
            LibraryNotFound: there is no library of that name.
            LibraryError: it cannot be removed.
        """
        if name not in self.names():
            raise LibraryNotFound(f"There is no library {name!r}; it was deleted before, or its name is another.")
        with self._lock:
            if assistant := self._opened.pop(name, None) or self._given.pop(name, None):
                assistant.close()
            delete_library(self.settings.model_copy(update={"library": name}), self._embedding())

    @contextlib.contextmanager
    def aside(self, name: str) -> Iterator[None]:
        """A library closed, so that what it is kept in can be changed; it is opened anew when it is asked for after
        the block. Who still reads it is told that it is closed."""
        with self._lock:
            if assistant := self._opened.pop(name, None) or self._given.pop(name, None):
                assistant.close()
            yield

    def open(self, name: str) -> Assistant:
        """The assistant over a library.

        Raises:
            LibraryNotFound: there is no library of that name.
            LibraryInUse, LibraryDamaged, LibraryNotWritable, LibraryUnavailable, EmbeddingMismatch, ModelError: it
                cannot be opened.
        """
        if name in self._given:
            return self._given[name]
        with self._lock:
            if name not in (*self._opened, self.settings.library) and name not in self.names():
                raise LibraryNotFound(f"There is no library {name!r}; 'papertalk ingest --library' makes one.")
            return self._open(name)

    def _open(self, name: str) -> Assistant:
        if name not in self._opened:
            chosen = self.settings.model_copy(update={"library": name})
            self._opened[name] = Assistant(settings=chosen, model=self._embedding())
        return self._opened[name]

    def _embedding(self) -> EmbeddingModel:
        self._model = self._model or open_model(self.settings.embedding_model, self.settings.embedding_url)
        return self._model
