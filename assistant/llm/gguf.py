"""Chat models in a GGUF file, run in this process by llama.cpp behind an endpoint that this process alone can use.

The endpoint listens on loopback, on a port that the system chooses, and asks for a key that is made anew each time.
llama.cpp holds the interpreter while it reads a file, so that for a second or more nothing else runs.
"""

from __future__ import annotations

import os
import secrets
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from assistant.errors import ModelError

CONTEXT = 8_192
"""Tokens that a model is given room for unless the settings say otherwise: memory grows with them."""

_BATCH = 256  # tokens of a prompt between two signs of life: about 3 s on one core for 135 million parameters
_PING_SECONDS = 1  # a server that ends waits that long for a connection that nobody reads

_STRING, _ARRAY = 8, 9
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The types of GGUF's metadata, and how :mod:`struct` writes those of a fixed length."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a running model is asked: the base URL of the OpenAI protocol, and its key."""

    url: str
    key: str


def context_of(path: Path, wanted: int | None) -> int:
    """Tokens that the model is given room for: as many as wanted (default 8,192), and no more than it was trained on.

    Raises:
        ModelError: there is no such file, or it is no GGUF file.
    """
    return min(wanted or CONTEXT, _trained_context(path) or CONTEXT)


def start(path: Path, context: int) -> Endpoint:
    """Run the model of that file, once in a process however often it is started.

    Raises:
        ModelError: the package is missing, or llama.cpp cannot run the file.
    """
    with _lock:
        if (path, context) not in _running:
            _running[path, context] = _Running(*_serve(path, context))
        _running[path, context].users += 1
        return _running[path, context].endpoint


def stop(path: Path, context: int) -> None:
    """Undo one :func:`start`; with the last one undone the model leaves the memory."""
    with _lock:
        _running[path, context].users -= 1
        if not _running[path, context].users:
            del _running[path, context]


@dataclass(slots=True)
class _Running:
    server: Any
    endpoint: Endpoint
    users: int = 0


_running: dict[tuple[Path, int], _Running] = {}
_lock = threading.Lock()


def _serve(path: Path, context: int) -> tuple[Any, Endpoint]:
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(f"The chat model {str(path)!r} needs: pip install 'papertalk[gguf]'.") from error
    key = secrets.token_urlsafe()
    options = xllamacpp.CommonParams()
    options.model.path = str(path)
    options.hostnames, options.port, options.api_keys = ["127.0.0.1"], 0, [key]
    options.n_ctx, options.n_batch, options.n_parallel = context, min(_BATCH, context), 1
    # One core is left to whoever asks: threads of llama.cpp wait for each other by spinning.
    options.cpuparams.n_threads = options.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 2) - 1)
    options.sse_ping_interval = _PING_SECONDS
    options.cache_ram_mib, options.ui, options.warmup = 0, False, False
    options.verbosity = -1  # the terminal is not llama.cpp's to write to
    try:
        server = xllamacpp.Server(options)
    except RuntimeError as error:
        raise ModelError(
            f"The chat model {str(path)!r} cannot be run by llama.cpp; the file may be damaged, "
            f"of a kind that it does not know, or too large for the memory."
        ) from error
    return server, Endpoint(f"{server.listening_address}/v1", key)


def _trained_context(path: Path) -> int | None:
    """Tokens that a model was trained to read, out of its file; None where the file does not say.

    The layout is that of GGUF 2 and 3 (ggml's ``docs/gguf.md``): magic, version, counts of tensors and of metadata,
    then each metadatum as key, type and value.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                raise ModelError(f"The chat model {str(path)!r} is no GGUF file.")
            _version, _tensors, count = _numbers(file, "IQQ")
            for _ in range(count):
                key = _text(file)
                value = _value(file, *_numbers(file, "I"))
                if key.endswith(b".context_length"):
                    return int(value)
    except FileNotFoundError as error:
        raise ModelError(f"The chat model {str(path)!r} is not there; check PAPERTALK_CHAT_MODEL.") from error
    except OSError as error:
        raise ModelError(f"The chat model {str(path)!r} cannot be read: {error.strerror}.") from error
    except (struct.error, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise ModelError(f"The chat model {str(path)!r} is a damaged GGUF file.") from error
    return None


def _numbers(file: BinaryIO, layout: str) -> tuple[Any, ...]:
    return struct.unpack(f"<{layout}", file.read(struct.calcsize(f"<{layout}")))


def _text(file: BinaryIO) -> bytes:
    (length,) = _numbers(file, "Q")
    return file.read(length)


def _value(file: BinaryIO, kind: int) -> Any:
    """The value that comes next, read to its end; what an array holds is passed over."""
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _numbers(file, _NUMBERS[kind])[0]
    inner, count = _numbers(file, "IQ")
    if inner in _NUMBERS:
        file.seek(count * struct.calcsize(f"<{_NUMBERS[inner]}"), os.SEEK_CUR)
    else:
        for _ in range(count):
            _value(file, inner)
    return None
