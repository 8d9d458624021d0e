"""Stand-ins that can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vectorstore.embeddings import EmbeddingModel, Vectors
from vectorstore.records import EmbeddingFailed


class FirstWords:
    """A text's vector: the lengths of its first words, divided by their norm; ``(1, 0, ...)`` for a text without any.

    A word is a token, so "a bcd" is two tokens and the direction of ``(1, 3, 0, ...)``.
    """

    def __init__(self, name: str = "first-words", dimension: int = 8, max_tokens: int = 60) -> None:
        self.name = name
        self.dimension = dimension
        self.max_tokens = max_tokens

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            lengths = [len(word) for word in text.split()[: self.dimension]] or [1]
            out[row, : len(lengths)] = lengths
            if progress:
                progress(1)
        unit: Vectors = out / np.linalg.norm(out, axis=1, keepdims=True)
        return unit


class Watched:
    """Another model, with every text that it was given; before each call, ``before(number of the call)``."""

    def __init__(self, model: EmbeddingModel, before: Callable[[int], None] = lambda _: None) -> None:
        self._model = model
        self._before = before
        self.calls = 0
        self.texts: list[str] = []

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def dimension(self) -> int:
        return self._model.dimension

    @property
    def max_tokens(self) -> int:
        return self._model.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._model.count_tokens(text)

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        self.calls += 1
        self._before(self.calls)
        self.texts.extend(texts)
        return self._model.embed(texts, progress)


def failing_at(call: int, model: EmbeddingModel | None = None) -> Watched:
    """A model that does not answer from that call on, counted from 1."""

    def check(number: int) -> None:
        if number >= call:
            raise EmbeddingFailed("The embedding model did not answer.")

    return Watched(model or FirstWords(), check)
