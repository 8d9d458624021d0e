"""What 'papertalk doctor' looks at: each thing that must be there for the rest to work, by itself."""

from __future__ import annotations

import platform
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError, ConfigError
from assistant.llm import open_chat_model
from assistant.settings import Settings
from assistant.surfaces.outgoing import where_data_goes

_PACKAGES = ("chromadb", "onnxruntime", "tantivy", "langchain-core", "gradio")
_LEAST_FREE = 500_000_000
"""Bytes that a library of some ten thousand passages may take while it is re-embedded."""


@dataclass(frozen=True, slots=True)
class Check:
    what: str
    ok: bool
    detail: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def examine(settings: Settings) -> Iterator[Check]:
    """Every check, as soon as it is done; none changes anything."""
    yield Check("papertalk", True, f"{metadata.version('papertalk')}, Python {platform.python_version()}")
    yield _packages()
    yield _folder(settings.data_dir)
    yield _model(settings)
    yield _library(settings)
    yield Check("your data", True, _where_data_goes(settings))
    yield Check("services", True, _services(settings))
    yield _chat_model(settings)


def _packages() -> Check:
    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check("packages", False, f"{', '.join(missing)} not installed; run 'pip install papertalk' again")
    return Check("packages", True, ", ".join(found))


def _folder(folder: Path) -> Check:
    """Whether files can be made there, or where it will be made."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            return Check("data folder", False, f"{str(there)!r} is a file; choose a folder with --data-dir")
        with tempfile.TemporaryFile(dir=there):
            free = shutil.disk_usage(there).free
    except OSError as error:
        return Check("data folder", False, f"{str(folder)!r} cannot be written: {error.strerror}")
    state = "writable" if there == folder else "not there yet; it can be made"
    detail = f"{str(folder)!r}, {state}, {free / 1e9:.1f} GB free"
    return Check("data folder", free >= _LEAST_FREE, detail if free >= _LEAST_FREE else f"{detail}: too little")


def _library(settings: Settings) -> Check:
    name = repr(settings.library)
    from assistant.client import Client
    from assistant.surfaces.cli_common import counted, is_there, library_or_server

    try:
        if not is_there(settings):
            return Check("library", True, f"{name} is not there yet; 'papertalk ingest FILE' makes it")
        with library_or_server(settings) as library:
            if isinstance(library, Client):
                papers = counted(library.count(), "paper")
                return Check("library", True, f"{name}, {papers}, open in the server at {library.url}")
            papers, model = counted(len(library), "paper"), library.store.model.name
            return Check("library", True, f"{name}, {papers}, embedded with {model}")
    except AssistantError as error:
        return Check("library", False, str(error))
    except Exception as error:  # damage can show as any failure, and finding it is what this is for
        return Check("library", False, f"{name} cannot be opened: {type(error).__name__}: {error}")


def _model(settings: Settings) -> Check:
    from vectorstore.embeddings import open_model
    from vectorstore.records import StoreError

    try:
        model = open_model(settings.embedding_model, settings.embedding_url)
        start = time.perf_counter()
        dimension = model.embed(["Which datasets are introduced?"]).shape[1]
    except StoreError as error:
        return Check("embedding model", False, str(error))
    took = 1000 * (time.perf_counter() - start)
    return Check("embedding model", True, f"{model.name}, {dimension} dimensions, one text in {took:.0f} ms")


def _chat_model(settings: Settings) -> Check:
    """Whether the chat model answers: its first words are waited for, and no more."""
    try:
        model = open_chat_model(settings)
        if model is None:
            return Check("chat model", True, "none configured: answers are quoted from the papers")
        with closing(model):
            start = time.perf_counter()
            with closing(model.stream("You are being tested.", "Reply with the word: yes")) as words:
                next(words)
            took = time.perf_counter() - start
            detail = f"{model.name}, {model.where}, reads {model.context_tokens:,} tokens, first words in {took:.1f} s"
            return Check("chat model", True, detail)
    except AssistantError as error:
        return Check("chat model", False, str(error))


def _services(settings: Settings) -> str:
    """When papers are asked of services on the web, and as whom."""
    keys = {"OpenAlex": settings.openalex_api_key, "Semantic Scholar": settings.s2_api_key}
    known = [name for name, key in keys.items() if key]
    who = f"as {settings.email}" if settings.email else "without an address (PAPERTALK_EMAIL), which slows some down"
    return (
        f"asked by 'find', and by 'ingest' and 'sync' for what you name there, {who}; "
        f"keys: {', '.join(known) or 'none, and OpenAlex gives little a day without one'}"
    )


def _where_data_goes(settings: Settings) -> str:
    try:
        chat = open_chat_model(settings)
    except ConfigError:  # which the check of the chat model tells
        chat = None
    return where_data_goes(settings, chat)
