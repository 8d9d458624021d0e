"""What 'papertalk doctor' looks at: each thing that must be there for the rest to work, by itself.

A problem says what is seen, why that matters, and what to do. Nothing is changed. What the rest is made of comes first
(:mod:`assistant.surfaces.foundation`), and what rests on it is imported once that is known to be sound.
"""

from __future__ import annotations

import errno
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import AssistantError, ConfigError, LibraryDamaged, LibraryInUse, LibraryNotWritable
from assistant.surfaces.foundation import Check, Machine, foundation

if TYPE_CHECKING:
    from assistant.settings import Settings

_LEAST_FREE = 500_000_000
"""Bytes that a library of some ten thousand passages may take while it is re-embedded."""


def examine(settings: Settings | None, machine: Machine | None = None) -> Iterator[Check]:
    """Every check, as soon as it is done; none changes anything. ``settings`` is None where nothing can read them."""
    machine = machine or Machine()
    is_sound = yield from foundation(machine)
    if settings is None:
        return
    yield _folder(settings.data_dir, machine)
    if is_sound:  # else even to load what these use would fail, or end this process
        yield _model(settings)
        yield _library(settings)
        yield _port(settings)
        yield Check("your data", True, _where_data_goes(settings))
        yield Check("services", True, _services(settings))
        yield _chat_model(settings)


_ELSEWHERE = "Name a folder that you may write to: --data-dir FOLDER, or PAPERTALK_DATA_DIR."


def _folder(folder: Path, machine: Machine) -> Check:
    """Whether files can be made there, or where it will be made."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            return Check("data folder", False, f"{str(there)!r} is a file", _LIES_THERE, _ELSEWHERE)
        with tempfile.TemporaryFile(dir=there):
            free = machine.free(there)
    except OSError as error:
        said = f"{str(folder)!r} cannot be written: {error.strerror}"
        return Check("data folder", False, said, _LIES_THERE, _ELSEWHERE)
    state = "writable" if there == folder else "not there yet; it can be made"
    detail = f"{str(folder)!r}, {state}, {free / 1e9:.1f} GB free"
    if free >= _LEAST_FREE:
        return Check("data folder", True, detail)
    return Check(
        "data folder",
        False,
        f"{detail}: too little",
        f"A library takes up to {_LEAST_FREE / 1e9:.1f} GB while it is re-embedded; what no longer fits is refused.",
        f"Free space on that disk. {_ELSEWHERE}",
    )


_LIES_THERE = "Libraries, conversations and keys lie there."


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
    except LibraryInUse as error:
        return _in_use(settings, error)
    except LibraryNotWritable as error:
        return Check("library", False, str(error), "Its papers cannot be asked.", f"Make it writable. {_ELSEWHERE}")
    except LibraryDamaged as error:
        return Check("library", False, str(error), "Its papers cannot be asked.", _from_backup(settings))
    except AssistantError as error:
        return Check("library", False, str(error), "Its papers cannot be asked.", _AS_SAID)
    except Exception as error:  # damage can show as any failure, and finding it is what this is for
        said = f"{name} cannot be opened: {type(error).__name__}: {error}"
        return Check("library", False, said, "Its papers cannot be asked.", _from_backup(settings))


_AS_SAID = "Do what the first line names."


def _from_backup(settings: Settings) -> str:
    return f"{_AS_SAID} A backup makes it anew: papertalk restore FILE --replace --library {settings.library}."


def _in_use(settings: Settings, error: LibraryInUse) -> Check:
    from vectorstore.ownership import held_since, holder_of

    since, process = held_since(settings.library_dir), holder_of(settings.library_dir)
    when = f" Held since {since.astimezone():%Y-%m-%d %H:%M}." if since else ""
    return Check(
        "library",
        False,
        f"{error}{when}",
        "One process at a time can use a library that lies on disk; that one is no server that commands go through.",
        f"Let it finish, or end it{f': kill {process}' if process else ''}. To share a library, run 'papertalk serve'.",
    )


def _port(settings: Settings) -> Check:
    """Whether ``papertalk serve`` could listen where the settings say."""
    from assistant.announcing import servers
    from assistant.surfaces.serve.listening import listen

    where = f"{settings.host}:{settings.port}"
    try:
        with listen(settings.host, settings.port):
            return Check("port", True, f"{where} is free")
    except ConfigError as error:
        is_taken = isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.EADDRINUSE
        own = [server for server in servers(settings.data_dir) if server.url.endswith(f":{settings.port}")]
        if is_taken and own:
            return Check("port", True, f"{where}, where a server of yours listens (process {own[0].process})")
        return Check(
            "port",
            False,
            str(error),
            "The web chat cannot be served there; 'papertalk serve' and 'make run' would not start.",
            "Choose another, or end the program that listens there." if is_taken else _AS_SAID,
        )


def _model(settings: Settings) -> Check:
    from vectorstore.embeddings import open_model
    from vectorstore.records import StoreError

    try:
        model = open_model(settings.embedding_model, settings.embedding_url)
        start = time.perf_counter()
        dimension = model.embed(["Which datasets are introduced?"]).shape[1]
    except StoreError as error:
        return Check(
            "embedding model",
            False,
            str(error),
            "Papers and questions are compared by it: nothing can be taken in or asked.",
            "Do what the first line names, or set PAPERTALK_EMBEDDING_MODEL to another ('minilm' is installed here).",
        )
    took = 1000 * (time.perf_counter() - start)
    return Check("embedding model", True, f"{model.name}, {dimension} dimensions, one text in {took:.0f} ms")


def _chat_model(settings: Settings) -> Check:
    """Whether the chat model answers: its first words are waited for, and no more."""
    from assistant.llm.model import open_chat_model

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
        return Check(
            "chat model",
            False,
            str(error),
            "Without it answers are quoted from the papers, with a line that says so.",
            "Do what the first line names; to do without a model, unset PAPERTALK_CHAT_MODEL.",
        )


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
    from assistant.llm.model import open_chat_model
    from assistant.surfaces.outgoing import where_data_goes

    try:
        chat = open_chat_model(settings)
    except ConfigError:  # which the check of the chat model tells
        chat = None
    return where_data_goes(settings, chat)
