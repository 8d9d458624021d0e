"""The libraries of one data folder, each opened when it is first asked for: what a surface for many visitors needs."""

from __future__ import annotations

import threading
from pathlib import Path

from assistant.api import Assistant
from assistant.conversations import Conversations
from assistant.errors import LibraryNotFound
from assistant.settings import Settings
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

    def names(self) -> list[str]:
        """The libraries that are there, by name, the first one first."""
        folder = self.settings.data_dir / "libraries"
        there = {path.name for path in _folders(folder)} | set(self._given) | set(self._opened)
        return sorted(there, key=lambda name: (name != self.settings.library, name.casefold()))

    def open(self, name: str) -> Assistant:
        """The assistant over a library.

        Raises:
            LibraryNotFound: there is no library of that name.
            LibraryInUse, LibraryDamaged, LibraryNotWritable, EmbeddingMismatch, ModelError: it cannot be opened.
        """
        if name in self._given:
            return self._given[name]
        with self._lock:
            if name not in self._opened:
                if name not in self.names() and name != self.settings.library:
                    raise LibraryNotFound(f"There is no library {name!r}; 'papertalk ingest --library' makes one.")
                self._model = self._model or open_model(self.settings.embedding_model, self.settings.embedding_url)
                chosen = self.settings.model_copy(update={"library": name})
                self._opened[name] = Assistant(settings=chosen, model=self._model)
            return self._opened[name]


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if (path / "CURRENT").exists()] if folder.is_dir() else []
